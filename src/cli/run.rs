//! `aerie run`: one program in the sandbox, from a file, an argument or standard input.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anstream::eprintln;
use clap::Args;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, cache_dir, show, state_dir};
use super::progress::Shown;
use super::source_frame;
use crate::artifacts::{ExecutionFolder, Files, NewFolder, json_text};
use crate::backend::wasi::WasiBackend;
use crate::backend::wasi::pack::{Cache, DEFAULT_PACK, Manifest, format_duration};
use crate::backend::{Backend, Event, Job, Report, Surroundings};
use crate::error::ErrorCode;
use crate::execution::{ExecutionId, Limits, Status, parse_bytes};

/// Largest program. What an agent writes has a few kilobytes; data belongs into an input.
const MAX_PROGRAM_BYTES: u64 = 4 << 20;
/// How long a program that was interrupted may take to stop.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// Largest context.
const MAX_CONTEXT_BYTES: u64 = 32 << 20;

/// Run a Python program in the sandbox.
///
/// The program finds its data in `context` and below /inputs, may write files into its working folder, and leaves
/// `results`, open matplotlib figures and artifacts behind. Its own output is on stdout, all else on stderr.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(
    after_help = "Exit codes: 0 done, 1 the script failed, 2 usage, 5 timed out or cancelled, 6 infrastructure.\n\n\
Examples:\n  aerie run analysis.py --input dcct.csv=data/dcct.csv\n  aerie run -c 'print(1 + 1)'\n  \
echo 'results = {\"n\": 1}' | aerie run - --json"
)]
pub(super) struct Run {
    /// The program; `-` reads it from standard input.
    #[arg(value_name = "FILE", required_unless_present = "code", conflicts_with = "code")]
    file: Option<PathBuf>,
    /// The program itself.
    #[arg(short, long, value_name = "CODE")]
    code: Option<String>,
    /// Data for the program's `context`: a JSON file, or a JSON object itself.
    #[arg(long, value_name = "FILE|JSON")]
    context: Option<String>,
    /// A file or folder that the program may read as /inputs/NAME. May be repeated.
    #[arg(long = "input", value_name = "NAME=PATH")]
    inputs: Vec<String>,
    /// The folder for everything that the execution leaves; it must be empty or new.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// How long the program may run, such as 30, 90s or 5m.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_time)]
    timeout: Duration,
    /// CPU time that it may use; as much as --timeout if it is not given.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    cpu_time: Option<Duration>,
    /// Memory that it may use, the runtime's own included.
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = parse_size)]
    memory: u64,
    /// Output that it may write.
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = parse_size)]
    max_output: u64,
    /// Bytes that its files may hold.
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = parse_size)]
    max_file_bytes: u64,
    /// Files that it may create.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_files: u64,
    /// Host calls that it may make.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    max_host_calls: u64,
    /// Seeds everything random; the seed of an earlier run repeats it.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Fix the clock too, and the seed to 0 if none is given: two runs give the same bytes.
    #[arg(long)]
    deterministic: bool,
    /// Keep figures as SVG too.
    #[arg(long)]
    svg: bool,
    /// One JSON document on stdout instead of the program's output.
    #[arg(long)]
    json: bool,
    /// Nothing on stderr but the program's own.
    #[arg(short, long)]
    quiet: bool,
    /// The runtime pack.
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PACK)]
    pack: String,
    /// Where prepared runtimes are kept.
    #[arg(long, value_name = "FOLDER", env = "AERIE_CACHE_DIR", hide_env_values = true)]
    cache_dir: Option<PathBuf>,
    /// Where executions are kept.
    #[arg(long, value_name = "FOLDER", env = "AERIE_STATE_DIR", hide_env_values = true)]
    state_dir: Option<PathBuf>,
    /// More runtime manifests.
    #[arg(long, value_name = "FOLDER", env = "AERIE_RUNTIMES_DIR", hide_env_values = true)]
    runtimes_dir: Option<PathBuf>,
}

pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    let error = || format!("`{text}` is no time: write seconds, or a number with ms, s, m or h");
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| error())?;
    let scale = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return Err(error()),
    };
    Duration::try_from_secs_f64(number * scale).ok().filter(|time| !time.is_zero()).ok_or_else(error)
}

fn parse_size(text: &str) -> Result<u64, String> {
    parse_bytes(text).map_err(|error| error.to_string())
}

impl Run {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let program = self.program()?;
        let context = self.read_context()?;
        let mut inputs: Vec<(String, PathBuf)> = Vec::new();
        for input in &self.inputs {
            let (name, path) = parse_input(input)?;
            if inputs.iter().any(|(known, _)| *known == name) {
                return Err(Failure::new(
                    ErrorCode::InvalidInput,
                    format!("--input {input}: there are two named `{name}`"),
                ));
            }
            inputs.push((name, path));
        }
        let manifest = Manifest::find(&self.pack, self.runtimes_dir.as_deref())
            .map_err(crate::backend::wasi::pack::PackError::from)?;
        let cache = Cache::at(cache_dir(self.cache_dir.clone())?);
        let progress = Shown::new(self.quiet);
        let backend = WasiBackend::open_or_install(&manifest, &cache, 1, &progress)?;

        let started = jiff::Zoned::now();
        let (millis, random) = entropy(&started);
        let id = ExecutionId::from_parts(millis, random);
        let place = match &self.out {
            Some(out) => NewFolder::At(out.clone()),
            None => NewFolder::Below { agent_data_dir: state_dir(self.state_dir.clone())?, name: self.folder_name() },
        };
        let folder = ExecutionFolder::create(&place, id, &started)?;
        for (name, path) in &inputs {
            folder.add_input(name, path)?;
        }
        let job = Job {
            code: program,
            filename: self.filename(),
            context,
            limits: self.limits(),
            seed: self.seed.unwrap_or(if self.deterministic { 0 } else { seed_from(random) }),
            deterministic: self.deterministic,
            svg: self.svg,
            workspace: Some(folder.workspace()),
        };
        folder.write_inputs(&job)?;
        let path = folder.path().to_owned();
        let Some(report) = self.run_job(&backend, &job)? else {
            eprintln!("cancelled; the program could not be stopped in time, and its report is lost");
            return Ok(Status::Cancelled.exit_code());
        };
        let files = folder.finish(id, &report, (&started, &jiff::Zoned::now()))?;
        self.show(id, &job, &report, &files, &path);
        Ok(report.outcome.status.exit_code())
    }

    /// `None`: it was cancelled, and did not stop in time; its output is blocked, for one.
    fn run_job(&self, backend: &WasiBackend, job: &Job) -> Result<Option<Report>, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::new(ErrorCode::EngineFailed, format!("cannot start the runtime: {error}")))?;
        let cancel = CancellationToken::new();
        let surroundings = Surroundings {
            events: if self.json { Box::new(|_| {}) } else { Box::new(forward) },
            cancel: cancel.clone(),
            ..Surroundings::default()
        };
        let job = job.clone();
        let report = runtime.block_on(async {
            let interrupt = async {
                if tokio::signal::ctrl_c().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let run = backend.run(job, surroundings);
            tokio::pin!(run);
            tokio::select! {
                report = &mut run => Some(report),
                () = interrupt => {
                    cancel.cancel();
                    tokio::time::timeout(STOP_GRACE, run).await.ok()
                }
            }
        });
        runtime.shutdown_background();
        Ok(report.transpose()?)
    }

    fn program(&self) -> Result<String, Failure> {
        let (bytes, name) = match (&self.code, &self.file) {
            (Some(code), _) => (code.clone().into_bytes(), "the code".to_owned()),
            (None, Some(path)) if path.as_os_str() == "-" => {
                (read_limited(std::io::stdin(), MAX_PROGRAM_BYTES, "standard input")?, "standard input".to_owned())
            }
            (None, Some(path)) => {
                let file = open(path)?;
                (read_limited(file, MAX_PROGRAM_BYTES, &show(path))?, show(path))
            }
            (None, None) => return Err(Failure::new(ErrorCode::EmptyProgram, "name a program, or give one with -c")),
        };
        if bytes.len() as u64 > MAX_PROGRAM_BYTES {
            return Err(Failure::new(
                ErrorCode::ProgramTooLarge,
                format!("{name} is larger than the 4 MiB that a program may have; pass data with --input or --context"),
            ));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Failure::new(ErrorCode::NotUtf8, format!("{name} is not UTF-8 (byte {at}); save it as UTF-8"))
        })?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        if text.trim().is_empty() {
            return Err(Failure::new(ErrorCode::EmptyProgram, format!("{name} is empty; there is nothing to run")));
        }
        Ok(text)
    }

    fn read_context(&self) -> Result<Map<String, Value>, Failure> {
        let Some(context) = &self.context else { return Ok(Map::new()) };
        let (bytes, name) = if context.trim_start().starts_with('{') {
            (context.clone().into_bytes(), "--context".to_owned())
        } else {
            let path = Path::new(context);
            (read_limited(open(path)?, MAX_CONTEXT_BYTES, context)?, context.clone())
        };
        if bytes.len() as u64 > MAX_CONTEXT_BYTES {
            return Err(Failure::new(
                ErrorCode::InvalidContext,
                format!("{name} is larger than the 32 MiB that a context may have; pass data with --input"),
            ));
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::new(ErrorCode::InvalidContext, format!("{name} is no JSON object: {error}")))
    }

    fn filename(&self) -> String {
        let name = self.file.as_ref().filter(|path| path.as_os_str() != "-").and_then(|path| path.file_name());
        name.map_or_else(|| "code.py".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    fn folder_name(&self) -> String {
        let stem = self.file.as_ref().filter(|path| path.as_os_str() != "-").and_then(|path| path.file_stem());
        stem.map_or_else(|| "script".to_owned(), |stem| stem.to_string_lossy().into_owned())
    }

    fn limits(&self) -> Limits {
        Limits {
            wall: self.timeout,
            cpu: self.cpu_time.unwrap_or(self.timeout),
            memory: self.memory,
            output: self.max_output,
            files: self.max_files,
            file_bytes: self.max_file_bytes,
            host_calls: self.max_host_calls,
        }
    }

    fn show(&self, id: ExecutionId, job: &Job, report: &Report, files: &Files, folder: &Path) {
        if self.json {
            let document = document(id, report, files, folder);
            let _ = std::io::stdout().lock().write_all(json_text(&document).as_bytes());
        } else if !self.quiet {
            summary(job, report, files, folder);
        }
    }
}

/// The `--json` document. Its names are a contract: see `docs/command-line.md`.
fn document(id: ExecutionId, report: &Report, files: &Files, folder: &Path) -> Value {
    let outcome = &report.outcome;
    json!({
        "id": id,
        "status": outcome.status,
        "exit_code": outcome.exit_code,
        "results": outcome.results,
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "figures": files.figures,
        "artifacts": files.artifacts,
        "usage": outcome.usage,
        "seed": outcome.seed,
        "folder": folder,
        "error": outcome.error,
    })
}

/// What people see after a run.
fn summary(job: &Job, report: &Report, files: &Files, folder: &Path) {
    use anstyle::{AnsiColor, Style};
    let outcome = &report.outcome;
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    let took = format_duration(Duration::from_secs_f64(outcome.usage.wall_seconds));
    if outcome.status == Status::Succeeded {
        let green = bold.fg_color(Some(AnsiColor::Green.into()));
        eprintln!("{green}succeeded{green:#} in {took} {dim}(seed {}){dim:#}", outcome.seed);
    } else {
        if let Some(frame) =
            outcome.error.as_ref().and_then(|error| source_frame::render(&job.filename, &job.code, error))
        {
            eprintln!("{frame}");
        }
        let red = bold.fg_color(Some(AnsiColor::Red.into()));
        let word = serde_json::to_value(outcome.status).ok().and_then(|word| word.as_str().map(str::to_owned));
        let word = word.unwrap_or_default().replace('_', " ");
        let why = outcome
            .error
            .as_ref()
            .map(|error| format!(": {}: {}", plain(&error.kind), plain(&error.message)))
            .unwrap_or_default();
        eprintln!("{red}{word}{red:#} after {took}{why}");
    }
    if let Some(results) = &outcome.results {
        let text = results.to_string();
        let short: String = plain(&text).chars().take(100).collect();
        let dots = if short.len() < text.len() { "…" } else { "" };
        eprintln!("  {dim}results{dim:#}   {short}{dots}");
    }
    for figure in &files.figures {
        eprintln!("  {dim}figure{dim:#}    {} {dim}{}{dim:#}", show(&figure.path), plain(&figure.title));
    }
    for artifact in &files.artifacts {
        eprintln!("  {dim}artifact{dim:#}  {} {dim}{}{dim:#}", plain(&show(&artifact.path)), plain(&artifact.title));
    }
    eprintln!("  {dim}folder{dim:#}    {}", show(folder));
}

/// Text that came from the program, in a line that is ours: control characters could rewrite what the terminal shows.
pub(super) fn plain(text: &str) -> String {
    text.chars().take(2_000).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Passes the program's output on as it comes. Whoever reads it may have left: that does not end the program.
fn forward(event: Event<'_>) {
    let _ = match event {
        Event::Stdout(bytes) => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Event::Stderr(bytes) => std::io::stderr().lock().write_all(bytes),
    };
}

fn parse_input(text: &str) -> Result<(String, PathBuf), Failure> {
    let wrong = |reason: &str| Failure::new(ErrorCode::InvalidInput, format!("--input {text}: {reason}"));
    let (name, path) = text.split_once('=').ok_or_else(|| wrong("write it as NAME=PATH"))?;
    let plain = !name.is_empty()
        && !name.starts_with('.')
        && name.len() <= 120
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if !plain {
        return Err(wrong("the name may have letters, digits, dots, dashes and underscores, and starts with no dot"));
    }
    Ok((name.to_owned(), PathBuf::from(path)))
}

pub(super) fn open(path: &Path) -> Result<std::fs::File, Failure> {
    let unreadable =
        |reason: String| Failure::new(ErrorCode::UnreadableFile, format!("cannot read {}: {reason}", show(path)));
    let file = std::fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(unreadable("it is a folder".to_owned()));
    }
    Ok(file)
}

/// Reads at most one byte more than `limit`, so that the caller can tell what is too large.
pub(super) fn read_limited(source: impl Read, limit: u64, name: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    source
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(ErrorCode::UnreadableFile, format!("cannot read {name}: {error}")))?;
    Ok(bytes)
}

fn entropy(now: &jiff::Zoned) -> (u64, u128) {
    let mut bytes = [0; 16];
    // Without a random source the id is still unique in time, which one process on one machine can tell apart.
    let _ = getrandom::fill(&mut bytes);
    (u64::try_from(now.timestamp().as_millisecond()).unwrap_or(0), u128::from_le_bytes(bytes))
}

/// A seed that people can read and type: 32 bits.
fn seed_from(random: u128) -> u64 {
    u64::from(u32::try_from((random >> 96) & 0xffff_ffff).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_units() {
        for (text, seconds) in [("30", 30.0), ("1.5s", 1.5), ("250ms", 0.25), ("5m", 300.0), ("1h", 3600.0)] {
            assert!((parse_time(text).unwrap().as_secs_f64() - seconds).abs() < 1e-9, "{text}");
        }
        for text in ["", "s", "0", "-1", "1d", "1e999", "nan"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn input_names_stay_in_their_folder() {
        for text in ["x", "=p", "../x=p", "a/b=p", ".x=p"] {
            assert!(parse_input(text).is_err(), "{text}");
        }
        assert_eq!(parse_input("a.csv=b=c").unwrap(), ("a.csv".to_owned(), PathBuf::from("b=c")));
    }
}

//! What the commands that run a program share: its arguments, its folder, its site, and the run itself.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use super::approvals::at_once;
use super::failure::{Failure, cache_dir, show, state_dir};
use super::progress::Shown;
use crate::approval::{Digest, Fingerprint};
use crate::artifacts::{ExecutionFolder, Files, KeptExecution, KeptRequest, NewFolder};
use crate::backend::wasi::WasiBackend;
use crate::backend::wasi::pack::{Cache, DEFAULT_PACK, Manifest};
use crate::backend::{Backend, Job, Report};
use crate::config::{Config, ControlSystemConfig};
use crate::error::ErrorCode;
use crate::execution::{ExecutionId, Limits, Method, PythonExecutionRequest, parse_bytes};
use crate::gate::{JournalWriter, Site, WriteRecord};
use crate::policy::Principal;
use crate::store::{Options, SqliteStore, Store};

/// Largest program. What an agent writes has a few kilobytes; data belongs into an input.
const MAX_PROGRAM_BYTES: u64 = 4 << 20;
/// Largest context.
const MAX_CONTEXT_BYTES: u64 = 32 << 20;
/// The folder of execution folders.
pub(super) const EXECUTED_SCRIPTS: &str = "executed_scripts";
/// A program and what it may use.
#[derive(Debug, Args)]
pub(super) struct ProgramArgs {
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
    /// How long the program may run, such as 30, 90s or 5m. Without it as configured: 10m.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    timeout: Option<Duration>,
    /// CPU time that it may use. Without it as configured: as much as it may run.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    cpu_time: Option<Duration>,
    /// Memory that it may use, the runtime's own included. Without it as configured: 1G.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    memory: Option<u64>,
    /// Output that it may write. Without it as configured: 16M.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_output: Option<u64>,
    /// Bytes that its files may hold. Without it as configured: 256M.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_file_bytes: Option<u64>,
    /// Files that it may create. Without it as configured: 1000.
    #[arg(long, value_name = "N")]
    max_files: Option<u64>,
    /// Host calls that it may make. Without it as configured: 10000.
    #[arg(long, value_name = "N")]
    max_host_calls: Option<u64>,
    /// Seeds everything random; the seed of an earlier run repeats it.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Fix the clock too, and the seed to 0 if none is given: two runs give the same bytes.
    #[arg(long)]
    deterministic: bool,
    /// Keep figures as SVG too.
    #[arg(long)]
    svg: bool,
    /// The runtime pack.
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PACK)]
    pack: String,
}

/// Where a program is to run.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum MethodChoice {
    /// The sandbox.
    Wasi,
    /// A Jupyter kernel.
    Container,
    /// A Python of this host.
    Local,
    /// What the analysis chooses.
    Auto,
}

impl From<MethodChoice> for Method {
    fn from(choice: MethodChoice) -> Self {
        match choice {
            MethodChoice::Wasi => Self::Wasi,
            MethodChoice::Container => Self::Container,
            MethodChoice::Local => Self::Local,
            MethodChoice::Auto => Self::Auto,
        }
    }
}

/// Where things are.
#[derive(Debug, Clone, Args)]
pub(super) struct PlaceArgs {
    /// The site's configuration; without it the control system is the simulated machine.
    #[arg(long, value_name = "FILE", env = "AERIE_CONFIG", hide_env_values = true)]
    pub(super) config: Option<PathBuf>,
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

/// How to answer.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct AnswerArgs {
    /// One JSON document on stdout instead of the program's output.
    #[arg(long)]
    pub(super) json: bool,
    /// Nothing on stderr but the program's own.
    #[arg(short, long)]
    pub(super) quiet: bool,
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

impl PlaceArgs {
    /// Where prepared runtimes are kept, if the command line says so.
    pub(super) fn cache(&self) -> Option<PathBuf> {
        self.cache_dir.clone()
    }

    pub(super) fn state(&self) -> Result<PathBuf, Failure> {
        state_dir(self.state_dir.clone())
    }

    /// What to give to another command so that it finds the same.
    pub(super) fn again(&self) -> String {
        let option = |name: &str, path: &Option<PathBuf>| {
            path.as_ref().map(|path| format!(" --{name} {}", show(&std::path::absolute(path).unwrap_or(path.clone()))))
        };
        let config = option("config", &self.config).unwrap_or_default();
        format!("{config}{}", option("state-dir", &self.state_dir).unwrap_or_default())
    }

    /// The site, and whom it serves here.
    pub(super) fn site(&self) -> Result<Arc<Site>, Failure> {
        let (config, base) = self.config()?;
        Ok(Arc::new(Site::open(&config, &base)?))
    }

    /// The configuration of the control system, and the folder that its paths are below.
    pub(super) fn config(&self) -> Result<(ControlSystemConfig, PathBuf), Failure> {
        let config = self.whole_config()?;
        let folder = config.folder();
        Ok((config.control_system, folder))
    }

    /// The whole configuration; without a file, what holds without one.
    pub(super) fn whole_config(&self) -> Result<Config, Failure> {
        let Some(path) = &self.config else { return Ok(Config::default()) };
        Ok(Config::read(path)?)
    }

    /// Where executions are kept: as the command line says, or else the configuration, or else the user's state folder.
    pub(super) fn state_of(&self, config: &Config) -> Result<PathBuf, Failure> {
        match (&self.state_dir, &config.state_dir) {
            (None, Some(folder)) => Ok(config.folder().join(folder)),
            _ => self.state(),
        }
    }

    /// A runtime pack's description.
    pub(super) fn manifest(&self, pack: &str) -> Result<Manifest, Failure> {
        let found =
            Manifest::find(pack, self.runtimes_dir.as_deref()).map_err(crate::backend::wasi::pack::PackError::from)?;
        Ok(found)
    }

    pub(super) fn backend(&self, pack: &str, quiet: bool) -> Result<WasiBackend, Failure> {
        let manifest = self.manifest(pack)?;
        let cache = Cache::at(cache_dir(self.cache_dir.clone())?);
        Ok(WasiBackend::open_or_install(&manifest, &cache, 1, &Shown::new(quiet))?)
    }

    /// An earlier execution, by its id or its folder.
    pub(super) fn execution(&self, named: &str) -> Result<KeptExecution, Failure> {
        if let Ok(id) = named.parse::<ExecutionId>() {
            // The pipeline's executions are where the configuration has them, and their store knows.
            let state = self.state_of(&self.whole_config()?)?;
            let known = at_once(async {
                Ok(SqliteStore::open(&state, Options::default()).await?.summary(id).await?.and_then(|one| one.folder))
            })?;
            return match known {
                Some(folder) => Ok(KeptExecution::open(Path::new(&folder))?),
                None => Ok(KeptExecution::find(&state, id)?),
            };
        }
        let path = Path::new(named);
        if !path.is_dir() {
            return Err(Failure::new(
                ErrorCode::UnknownExecution,
                format!("`{named}` is neither the id of an execution (ex_…) nor its folder"),
            ));
        }
        Ok(KeptExecution::open(path)?)
    }
}

/// Who is at this command line, as the operating system says, not the environment. Their roles are their groups.
///
/// # Errors
///
/// When the system cannot say it: rules about somebody must not be passed by being nobody.
pub(super) fn principal() -> Result<Principal, Failure> {
    use nix::unistd::{Gid, Group, Uid, User, getgrouplist};
    let unknown =
        |what: String| Failure::new(ErrorCode::InvalidOption, format!("the operating system does not know {what}"));
    let uid = Uid::current();
    let user = User::from_uid(uid).ok().flatten().ok_or_else(|| unknown(format!("user {uid}")))?;
    let name = std::ffi::CString::new(user.name.clone()).map_err(|_| unknown(format!("user {uid}")))?;
    let groups: Vec<Gid> =
        getgrouplist(&name, user.gid).map_err(|error| unknown(format!("the groups of {}: {error}", user.name)))?;
    let mut roles = Vec::with_capacity(groups.len());
    for group in groups {
        let found = Group::from_gid(group).ok().flatten().ok_or_else(|| unknown(format!("group {group}")))?;
        roles.push(found.name);
    }
    Ok(Principal { name: user.name, roles })
}

impl ProgramArgs {
    /// Reads everything that was named, and makes the folder.
    pub(super) fn prepare(&self, place: &PlaceArgs, site: &Site, kind: &str, quiet: bool) -> Result<Launch, Failure> {
        let code = self.program()?;
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
        let limits = self.limits(place)?;
        let backend = place.backend(&self.pack, quiet)?;
        let job = Job {
            code,
            filename: self.filename(),
            context,
            limits,
            seed: 0,
            deterministic: self.deterministic,
            svg: self.svg,
            workspace: None,
        };
        let seed = self.seed.or_else(|| self.deterministic.then_some(0));
        let place = match &self.out {
            Some(out) => NewFolder::At(out.clone()),
            None => NewFolder::Below { scripts: place.state()?.join(EXECUTED_SCRIPTS), name: self.folder_name() },
        };
        Launch::new(Start { kind, backend, pack: &self.pack, job, seed, inputs, place, plan: None }, site)
    }

    /// The request for an execution that the pipeline carries.
    pub(super) fn request(&self, place: &PlaceArgs) -> Result<PythonExecutionRequest, Failure> {
        let mut request = PythonExecutionRequest::of_code(self.program()?);
        request.capability_context_data = self.read_context()?;
        request.execution_folder_name = self.folder_name();
        request.existing_execution_folder.clone_from(&self.out);
        request.filename = Some(self.filename());
        request.pack = Some(self.pack.clone());
        request.limits = Some(self.limits(place)?);
        request.seed = self.seed;
        request.deterministic = self.deterministic;
        request.svg = self.svg;
        for input in &self.inputs {
            let (name, path) = parse_input(input)?;
            if request.inputs.insert(name.clone(), path).is_some() {
                let message = format!("--input {input}: there are two named `{name}`");
                return Err(Failure::new(ErrorCode::InvalidInput, message));
            }
        }
        Ok(request)
    }

    fn program(&self) -> Result<String, Failure> {
        let (bytes, name) = match (&self.code, &self.file) {
            (Some(code), _) => (code.clone().into_bytes(), "the code".to_owned()),
            (None, Some(path)) => read_program(path)?,
            (None, None) => return Err(Failure::new(ErrorCode::EmptyProgram, "name a program, or give one with -c")),
        };
        program_text(bytes, &name)
    }

    fn read_context(&self) -> Result<Map<String, Value>, Failure> {
        self.context.as_deref().map_or_else(|| Ok(Map::new()), parse_context)
    }

    fn filename(&self) -> String {
        let name = self.file.as_ref().filter(|path| path.as_os_str() != "-").and_then(|path| path.file_name());
        name.map_or_else(|| "code.py".to_owned(), |name| name.to_string_lossy().into_owned())
    }
    fn folder_name(&self) -> String {
        let stem = self.file.as_ref().filter(|path| path.as_os_str() != "-").and_then(|path| path.file_stem());
        stem.map_or_else(|| "script".to_owned(), |stem| stem.to_string_lossy().into_owned())
    }

    /// What is given here goes before what is configured.
    fn limits(&self, place: &PlaceArgs) -> Result<Limits, Failure> {
        let configured = place.whole_config()?.limits();
        let wall = self.timeout.unwrap_or(configured.wall);
        let cpu = if self.timeout.is_some() { wall } else { configured.cpu };
        Ok(Limits {
            wall,
            cpu: self.cpu_time.unwrap_or(cpu),
            memory: self.memory.unwrap_or(configured.memory),
            output: self.max_output.unwrap_or(configured.output),
            files: self.max_files.unwrap_or(configured.files),
            file_bytes: self.max_file_bytes.unwrap_or(configured.file_bytes),
            host_calls: self.max_host_calls.unwrap_or(configured.host_calls),
        })
    }
}

/// A context: a JSON file, or a JSON object itself.
pub(super) fn parse_context(context: &str) -> Result<Map<String, Value>, Failure> {
    let (bytes, name) = if context.trim_start().starts_with('{') {
        (context.as_bytes().to_vec(), "--context".to_owned())
    } else {
        let path = Path::new(context);
        (read_limited(open(path)?, MAX_CONTEXT_BYTES, context)?, context.to_owned())
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

/// The bytes of a program that was named, and how it is called in messages.
pub(super) fn read_program(path: &Path) -> Result<(Vec<u8>, String), Failure> {
    if path.as_os_str() == "-" {
        let name = "standard input".to_owned();
        return Ok((read_limited(std::io::stdin(), MAX_PROGRAM_BYTES, &name)?, name));
    }
    Ok((read_limited(open(path)?, MAX_PROGRAM_BYTES, &show(path))?, show(path)))
}

/// A program's text, if it is one.
pub(super) fn program_text(bytes: Vec<u8>, name: &str) -> Result<String, Failure> {
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

/// What a launch is made of.
pub(super) struct Start<'a> {
    pub(super) kind: &'a str,
    pub(super) backend: WasiBackend,
    pub(super) pack: &'a str,
    pub(super) job: Job,
    /// `None`: a new one.
    pub(super) seed: Option<u64>,
    pub(super) inputs: Vec<(String, PathBuf)>,
    pub(super) place: NewFolder,
    pub(super) plan: Option<ExecutionId>,
}

/// One execution, ready to run.
pub(super) struct Launch {
    pub(super) id: ExecutionId,
    pub(super) backend: WasiBackend,
    pub(super) job: Job,
    pub(super) request: KeptRequest,
    pub(super) path: PathBuf,
    pub(super) principal: Principal,
    /// Whether its id finds it again.
    by_id: bool,
    folder: ExecutionFolder,
    started: jiff::Zoned,
}

impl Launch {
    /// Makes the folder of an execution and puts into it what goes in.
    pub(super) fn new(start: Start<'_>, site: &Site) -> Result<Self, Failure> {
        let Start { kind, backend, pack, mut job, seed, inputs, place, plan } = start;
        let started = jiff::Zoned::now();
        let (millis, random) = entropy(&started);
        let id = ExecutionId::from_parts(millis, random);
        let by_id = matches!(place, NewFolder::Below { .. });
        let folder = ExecutionFolder::create(&place, id, &started)?;
        for (name, path) in &inputs {
            folder.add_input(name, path)?;
        }
        job.seed = seed.unwrap_or_else(|| seed_from(random));
        job.workspace = Some(folder.workspace());
        let principal = principal()?;
        let request = KeptRequest {
            id,
            kind: kind.to_owned(),
            filename: job.filename.clone(),
            seed: job.seed,
            deterministic: job.deterministic,
            svg: job.svg,
            limits: job.limits.clone(),
            pack: pack.to_owned(),
            backend: backend.fingerprint(),
            principal: principal.name.clone(),
            control_system: site.machine(),
            policy: site.rules(),
            inputs: folder.inputs_digest()?,
            plan,
        };
        folder.write_inputs(&job, &request)?;
        let path = folder.path().to_owned();
        Ok(Self { id, backend, job, request, path, principal, by_id, folder, started })
    }

    /// Whether a site's rules are those that this was launched under.
    pub(super) fn rules_are_those_of(&self, site: &Site) -> Result<(), Failure> {
        if site.rules() == self.request.policy && site.machine() == self.request.control_system {
            return Ok(());
        }
        Err(Failure::new(
            ErrorCode::GrantInvalid,
            "the site's rules or its control system changed meanwhile; plan again",
        ))
    }

    /// What to call it in another command: its id, or its folder where only that finds it.
    pub(super) fn named(&self) -> String {
        if self.by_id { self.id.to_string() } else { show(&self.path) }
    }

    /// What an approval of its plan depends on.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            code: Digest::of(self.job.code.as_bytes()),
            inputs: self.request.inputs.clone(),
            context: Digest::of(Value::Object(self.job.context.clone()).to_string().as_bytes()),
            policy: self.request.policy.clone(),
            backend: self.request.backend.clone(),
            control_system: self.request.control_system.clone(),
            principal: self.request.principal.clone(),
            seed: self.request.seed,
        }
    }

    /// Starts the journal.
    pub(super) fn journal(&self) -> Result<JournalWriter, Failure> {
        let path = self.path.join("journal.jsonl.zst");
        let start = std::fs::File::create_new(&path)
            .and_then(|file| JournalWriter::start(Box::new(std::io::BufWriter::new(file)), self.id));
        start.map_err(|error| {
            Failure::new(ErrorCode::OutputUnusable, format!("cannot write {}: {error}", path.display()))
        })
    }

    /// Starts the record of writes.
    pub(super) fn record(&self) -> Result<WriteRecord, Failure> {
        let path = self.path.join("writes.jsonl");
        WriteRecord::create(&path)
            .map_err(|error| Failure::new(ErrorCode::StateUnusable, format!("cannot write {}: {error}", show(&path))))
    }

    /// Writes a document into the folder.
    pub(super) fn write_json(&self, name: &str, value: &Value) -> Result<(), Failure> {
        Ok(self.folder.write_json(name, value)?)
    }

    /// Fills the folder in.
    pub(super) fn finish(self, report: &Report) -> Result<Files, Failure> {
        Ok(self.folder.finish(self.id, self.backend.name(), report, (&self.started, &jiff::Zoned::now()))?)
    }
}

/// Text that came from the program, in a line that is ours: control characters could rewrite what the terminal shows.
pub(super) fn plain(text: &str) -> String {
    let hides = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}');
    text.chars().take(2_000).map(|c| if c.is_control() || hides(c) { ' ' } else { c }).collect()
}

pub(super) fn parse_input(text: &str) -> Result<(String, PathBuf), Failure> {
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

pub(super) fn entropy(now: &jiff::Zoned) -> (u64, u128) {
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

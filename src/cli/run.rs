//! `aerie run`: one program in the sandbox, from a file, an argument or standard input. It may read from the control system
//! and has no way to write.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anstream::eprintln;
use clap::Args;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::apply::exit_code;
use super::failure::{Failure, show};
use super::launch::{
    AnswerArgs, PlaceArgs, ProgramArgs, STOP_GRACE, WRITE_GRACE, cancelling, drive, events, given_up, plain,
};
use super::{source_frame, writes};
use crate::artifacts::{Files, json_text};
use crate::backend::wasi::pack::format_duration;
use crate::backend::{Job, Report};
use crate::execution::{ExecutionId, Status};
use crate::gate::{self, Permission, StopSwitch};

/// Run a Python program in the sandbox.
///
/// The program finds its data in `context` and below /inputs, may read from the control system, may write files into its
/// working folder, and leaves `results`, open matplotlib figures and artifacts behind. It cannot write to the control
/// system: that takes `aerie plan` and `aerie apply`, or channels whose rules have nobody asked. Its own output is on stdout, all else on stderr.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done, 1 the script failed, 2 usage, 5 timed out or cancelled, 6 infrastructure.\n\n\
Examples:\n  aerie run analysis.py --input dcct.csv=data/dcct.csv\n  aerie run -c 'print(1 + 1)'\n  \
echo 'results = {\"n\": 1}' | aerie run - --json"
)]
pub(super) struct Run {
    #[command(flatten)]
    program: ProgramArgs,
    /// Make the writes whose channel rules say `confirm: never`. Every other write is refused.
    #[arg(long)]
    unattended: bool,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Run {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let answer = self.answer;
        let site = self.place.site()?;
        let launch = self.program.prepare(&self.place, &site, "run", answer.quiet)?;
        let cancel = CancellationToken::new();
        let run = gate::Run {
            site,
            principal: launch.principal.clone(),
            journal: Some(launch.journal()?),
            events: events(answer),
            cancel: cancel.clone(),
        };
        if self.unattended && launch.job.deterministic {
            let message =
                "on a deterministic clock a ramp takes no time: --unattended and --deterministic exclude each other";
            return Err(Failure::new(crate::error::ErrorCode::InvalidOption, message));
        }
        let (ran, applied) = if self.unattended {
            let record = launch.record()?;
            let writing = (Permission::Unattended, record);
            let stop = StopSwitch::default();
            let interrupt = {
                let stop = stop.clone();
                move || stop.stop("somebody pressed Ctrl-C")
            };
            let applied = gate::apply(&launch.backend, launch.job.clone(), run, writing, None, stop);
            let Some(applied) = drive(applied, WRITE_GRACE, interrupt)?.transpose()? else { return Ok(given_up()) };
            if !answer.json && !answer.quiet {
                writes::show_applied(&applied.applied);
            }
            let code = exit_code(&applied);
            (applied.ran?, Some((applied.applied, code)))
        } else {
            let ran =
                drive(gate::read_only(&launch.backend, launch.job.clone(), run), STOP_GRACE, cancelling(&cancel))?;
            let Some(ran) = ran.transpose()? else { return Ok(given_up()) };
            (ran, None)
        };
        let (id, job, path) = (launch.id, launch.job.clone(), launch.path.clone());
        let files = launch.finish(&ran.report)?;
        if answer.json {
            let mut document = document(id, &ran.report, &files, &path);
            if let Some((applied, _)) = &applied {
                document["stopped"] = json!(applied.stopped);
                document["writes"] = applied.writes.iter().map(writes::applied_json).collect();
            }
            print(&document);
        } else if !answer.quiet {
            summary(&job, &ran.report, &files, &path);
        }
        warn_about_journal(ran.journal_lacks.as_deref());
        Ok(applied.map_or(ran.report.outcome.status.exit_code(), |(_, code)| code))
    }
}

/// A document on standard output. Whoever reads it may have left.
pub(super) fn print(document: &Value) {
    let _ = std::io::stdout().lock().write_all(json_text(document).as_bytes());
}

/// What cannot be replayed is said at once, not when somebody needs it.
pub(super) fn warn_about_journal(lacks: Option<&str>) {
    if let Some(lacks) = lacks {
        eprintln!("warning: this execution cannot be replayed whole: {lacks}");
    }
}

/// The `--json` document. Its names are a contract: see `docs/command-line.md`.
pub(super) fn document(id: ExecutionId, report: &Report, files: &Files, folder: &Path) -> Value {
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
pub(super) fn summary(job: &Job, report: &Report, files: &Files, folder: &Path) {
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

//! `aerie run`: one program through the pipeline: analysed, run in the sandbox with its writes noted, and, once somebody has
//! seen and allowed them, run again with its writes made.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anstream::eprintln;
use clap::Args;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::drive::{STOP_GRACE, WRITE_GRACE, drive_within, given_up};
use super::failure::{Failure, show};
use super::launch::{AnswerArgs, MethodChoice, PlaceArgs, ProgramArgs, plain};
use super::live::{Live, caller};
use super::outcome::{json_of, say_that_it_waits, show_failure, show_result};
use super::{question, service, source_frame};
use crate::artifacts::{Files, json_text};
use crate::backend::wasi::pack::format_duration;
use crate::backend::{Job, Report};
use crate::error::ErrorCode;
use crate::execution::{ExecutionId, Mode, PythonExecutionRequest, Status};
use crate::service::{Caller, PythonServiceResult, Service, ServiceError, ServiceStatus};

/// Run a Python program.
///
/// The program finds its data in `context` and below /inputs, may read from the control system, may write files into its
/// working folder, and leaves `results`, open matplotlib figures and artifacts behind. If it wants to write to the control
/// system, nothing is written at first: the writes are shown, and made once somebody has approved exactly them, at this
/// terminal or later with `aerie approvals`. Its own output is on stdout, all else on stderr.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done, 1 the script failed, 2 usage, 3 refused, 4 waits for approval, 5 timed out or cancelled,\n\
6 infrastructure, 7 rejected or expired.\n\n\
Examples:\n  aerie run analysis.py --input dcct.csv=data/dcct.csv\n  aerie run -c 'print(1 + 1)'\n  \
echo 'results = {\"n\": 1}' | aerie run - --json"
)]
pub(super) struct Run {
    #[command(flatten)]
    program: ProgramArgs,
    /// The program may not write, whatever anybody would approve.
    #[arg(long, conflicts_with = "unattended")]
    read_only: bool,
    /// Make the writes whose channel rules say `confirm: never`, at once and without a plan. Every other write is refused.
    #[arg(long)]
    unattended: bool,
    /// Do not ask at this terminal: what needs an approval waits for one.
    #[arg(long)]
    no_ask: bool,
    /// Where to run, instead of as configured.
    #[arg(long, value_name = "WHERE")]
    method: Option<MethodChoice>,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Run {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let mut request = self.program.request(&self.place)?;
        if self.unattended && request.deterministic {
            let message =
                "on a deterministic clock a ramp takes no time: --unattended and --deterministic exclude each other";
            return Err(Failure::new(ErrorCode::InvalidOption, message));
        }
        request.execution_mode = match (self.read_only, self.unattended) {
            (true, _) => Some(Mode::ReadOnly),
            (_, true) => Some(Mode::Unattended),
            _ => None,
        };
        request.execution_method = self.method.map(Into::into);
        let filename = request.filename.clone().unwrap_or_default();
        let live = Live::new(!self.answer.json, false);
        carry_out(&self.place, request, &live, &Manner { answer: self.answer, asks: !self.no_ask, filename })
    }
}

/// How an execution is shown, and whether anybody is asked here.
pub(super) struct Manner {
    pub(super) answer: AnswerArgs,
    pub(super) asks: bool,
    pub(super) filename: String,
}

/// Carries a request out, asks at the terminal where that is possible, and shows what came of it.
pub(super) fn carry_out(
    place: &PlaceArgs,
    request: PythonExecutionRequest,
    live: &std::sync::Arc<Live>,
    manner: &Manner,
) -> Result<u8, Failure> {
    let cancel = CancellationToken::new();
    let caller = caller(std::sync::Arc::<Live>::clone(live), &cancel)?;
    let going = async {
        let service = service::open(place, manner.answer.quiet).await?;
        let ended = async {
            let result = Box::pin(service.execute(request, caller.clone())).await?;
            Box::pin(answered(&service, result, &caller, manner)).await
        };
        let ended = ended.await;
        service.close().await;
        ended
    };
    let result = drive_within(going, || if live.writes() { WRITE_GRACE } else { STOP_GRACE }, || cancel.cancel())?;
    live.done();
    let Some(result) = result.transpose()? else { return Ok(given_up()) };
    Ok(told(&result, place, manner))
}

/// Goes on with an execution that is there.
pub(super) fn go_on(
    place: &PlaceArgs,
    id: ExecutionId,
    live: &std::sync::Arc<Live>,
    manner: &Manner,
) -> Result<u8, Failure> {
    let cancel = CancellationToken::new();
    let caller = caller(std::sync::Arc::<Live>::clone(live), &cancel)?;
    let going = async {
        let service = service::open(place, manner.answer.quiet).await?;
        let ended = async {
            let result = service.carry(id, caller.clone()).await?;
            Box::pin(answered(&service, result, &caller, manner)).await
        };
        let ended = ended.await;
        service.close().await;
        ended
    };
    let result = drive_within(going, || if live.writes() { WRITE_GRACE } else { STOP_GRACE }, || cancel.cancel())?;
    live.done();
    let Some(result) = result.transpose()? else { return Ok(given_up()) };
    Ok(told(&result, place, manner))
}

/// Asks at this terminal as long as something is asked.
pub(super) async fn answered(
    service: &Service,
    mut result: PythonServiceResult,
    caller: &Caller,
    manner: &Manner,
) -> Result<PythonServiceResult, Failure> {
    while result.status == ServiceStatus::AwaitingApproval && manner.asks && question::can_ask() {
        let asked = service.question(result.execution_id).await?;
        let simulated = service.is_simulated().await;
        let asking = tokio::task::spawn_blocking(move || question::ask(&asked, simulated));
        let said = tokio::select! {
            said = asking => said.map_err(|fault| Failure::new(ErrorCode::EngineFailed, fault.to_string()))??,
            // It waits on, unharmed.
            () = caller.cancel.cancelled() => return Ok(result),
        };
        let Some(answer) = said else { return Ok(result) };
        match service.answer(result.execution_id, &caller.principal.name, answer).await {
            Ok(_) => {}
            Err(error @ ServiceError::Decision(_)) => {
                eprintln!("{error}");
                return Ok(result);
            }
            Err(error) => return Err(error.into()),
        }
        result = service.carry(result.execution_id, caller.clone()).await?;
    }
    Ok(result)
}

/// Shows how it came out, and gives the exit code.
pub(super) fn told(result: &PythonServiceResult, place: &PlaceArgs, manner: &Manner) -> u8 {
    if manner.answer.json {
        print(&json_of(result));
    } else if !manner.answer.quiet {
        show_result(result, &manner.filename);
    } else {
        // Quiet is for what went well, and for what the program says itself.
        show_failure(result, &manner.filename);
    }
    if result.status == ServiceStatus::AwaitingApproval && !manner.answer.json {
        say_that_it_waits(result, place);
    }
    result.exit_code()
}

/// Text on standard output. Whoever reads it may have left.
pub(super) fn print_text(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
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
        "walls": outcome.walls,
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

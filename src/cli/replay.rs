//! `aerie replay`: an execution again, from its journal.

use std::fs::File;
use std::path::PathBuf;

use anstream::eprintln;
use clap::Args;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::drive::{STOP_GRACE, cancelling, drive, events, given_up};
use super::failure::{Failure, show};
use super::launch::{AnswerArgs, PlaceArgs, plain, program_text, read_program};
use super::places;
use super::run::print;
use crate::artifacts::{KeptExecution, digest_of_folder};
use crate::backend::{Confinement, Workspace};
use crate::error::{ErrorCode, Exit};
use crate::gate::{self, Journal};

/// Run an execution again as it was, without any control system.
///
/// Every host call is answered from the journal, the clock shows what it showed, randomness has the same seed: the output
/// is the same, byte for byte. Another program can be given; it is told where it departs.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 the same, 1 another output or another call, 2 usage, 5 cancelled, 6 infrastructure.\n\n\
Examples:\n  aerie replay ex_01kaqm…\n  aerie replay ex_01kaqm… corrected.py"
)]
pub(super) struct Replay {
    /// The execution: its id or its folder.
    #[arg(value_name = "EXECUTION")]
    execution: String,
    /// A program to run instead of its own.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    answer: AnswerArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl Replay {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let kept = self.place.execution(&self.execution)?;
        let journal = read_journal(&kept)?;
        let complete = journal.complete;
        let mut job = kept.job();
        if let Some(file) = &self.file {
            let (bytes, name) = read_program(file)?;
            job.code = program_text(bytes, &name)?;
        }
        let backend = places::of_fingerprint(&self.place, &kept.request, self.answer.quiet)?;
        if let Confinement::Mediated { why } = backend.confinement() {
            let message = format!(
                "a replay is safe only where a program cannot reach a control system by itself; in `{}` {why}",
                backend.name()
            );
            return Err(Failure::new(ErrorCode::BackendUnavailable, message));
        }
        let same_runtime = backend.fingerprint() == kept.request.backend;
        let inputs = kept.path.join("inputs");
        if inputs.is_dir() && digest_of_folder(&inputs)? != kept.request.inputs {
            return Err(Failure::new(
                ErrorCode::UnknownExecution,
                format!("{}: the inputs are not what they were; a replay would be of something else", show(&inputs)),
            ));
        }
        let scratch = tempfile::tempdir().map_err(|error| {
            Failure::new(ErrorCode::OutputUnusable, format!("cannot make a scratch folder: {error}"))
        })?;
        job.workspace = Some(workspace(&scratch, inputs)?);
        let cancel = CancellationToken::new();
        let replaying = gate::replay(&*backend, job, journal, (events(self.answer), cancel.clone()));
        let Some(replayed) = drive(replaying, STOP_GRACE, cancelling(&cancel))?.transpose()? else {
            return Ok(given_up());
        };
        let then = then(&kept);
        let outcome = &replayed.report.outcome;
        let error = outcome.error.as_ref();
        let now = [
            json!(outcome.stdout),
            json!(outcome.stderr),
            json!(outcome.status),
            json!(outcome.exit_code),
            json!(error.map(|error| &error.kind)),
            json!(replayed.report.figures.len()),
        ];
        let results = outcome.results.clone().unwrap_or(Value::Null);
        let same =
            replayed.departure.is_none() && then.as_ref().is_some_and(|(then, kept)| *then == now && *kept == results);
        if self.answer.json {
            print(&json!({
                "execution": kept.request.id,
                "same": same,
                "calls": replayed.calls,
                "departure": replayed.departure,
                "complete": complete,
                "same_runtime": same_runtime,
                "status": outcome.status,
                "stdout": outcome.stdout,
                "stderr": outcome.stderr,
                "results": outcome.results,
                "error": outcome.error,
            }));
        } else if !self.answer.quiet {
            tell(&replayed, same, complete, same_runtime);
        }
        if cancel.is_cancelled() {
            return Ok(Exit::Stopped as u8);
        }
        Ok(if same { Exit::Done as u8 } else { Exit::ScriptFailed as u8 })
    }
}

fn tell(replayed: &gate::ReplayRun, same: bool, complete: bool, same_runtime: bool) {
    if same {
        eprintln!("the same, with {} host calls", replayed.calls);
        return;
    }
    match &replayed.departure {
        Some(departure) => {
            let line = departure.line.map(|line| format!(", line {line}")).unwrap_or_default();
            eprintln!("departs at host call {}{line}", departure.call);
            eprintln!("  then  {}", departure.then.as_deref().map_or("nothing more".to_owned(), plain));
            eprintln!("  now   {}", departure.now.as_deref().map_or("nothing more".to_owned(), plain));
        }
        None => eprintln!("the host calls are the same; the output, results or status are not"),
    }
    if !complete {
        eprintln!("  the journal is not whole: the execution was cut off, or read the clock more often than is kept");
    }
    if !same_runtime {
        eprintln!("  the runtime is another than then");
    }
}

fn read_journal(kept: &KeptExecution) -> Result<Journal, Failure> {
    let path = kept.path.join("journal.jsonl.zst");
    let wrong = |reason: String| Failure::new(ErrorCode::JournalUnusable, format!("{}: {reason}", show(&path)));
    let file = File::open(&path).map_err(|error| wrong(error.to_string()))?;
    let journal = Journal::read(file).map_err(|error| wrong(error.to_string()))?;
    if journal.execution != kept.request.id {
        return Err(wrong("it is the journal of another execution".to_owned()));
    }
    Ok(journal)
}

/// What the execution left then: output, status, exit status, error, how many figures, and its results.
fn then(kept: &KeptExecution) -> Option<([Value; 6], Value)> {
    let read =
        |name: &str| -> Option<Value> { serde_json::from_slice(&std::fs::read(kept.path.join(name)).ok()?).ok() };
    let metadata = read("execution_metadata.json")?;
    let field = |name: &str| metadata.get(name).cloned().unwrap_or(Value::Null);
    let results = read("results.json").unwrap_or(Value::Null);
    Some((["stdout", "stderr", "status", "exit_code", "error_type", "figure_count"].map(field), results))
}

/// Folders of its own: a replay leaves nothing behind.
fn workspace(scratch: &tempfile::TempDir, inputs: PathBuf) -> Result<Workspace, Failure> {
    let make = |name: &str| {
        let path = scratch.path().join(name);
        std::fs::create_dir(&path)
            .map(|()| path)
            .map_err(|error| Failure::new(ErrorCode::OutputUnusable, format!("cannot make a scratch folder: {error}")))
    };
    let inputs = if inputs.is_dir() { inputs } else { make("inputs")? };
    Ok(Workspace { work: make("work")?, scratch: make("tmp")?, inputs })
}

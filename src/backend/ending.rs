//! How a run ended, from what the guest said and what the host saw; where they differ, the host is right.

use std::time::Duration;

use serde_json::Value;

use super::desk::Finish;
use super::{Job, Report};
use crate::execution::{Limit, Limits, Outcome, ScriptError, Status, Types, Usage};

/// Why the host ends a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Halt {
    #[error("the program called os._exit({0})")]
    Exit(u8),
    #[error("the program met a limit: {0:?}")]
    Limit(Limit),
    #[error("the execution was cancelled")]
    Cancelled,
}

/// How a program ended.
pub(super) struct Verdict {
    pub(super) status: Status,
    pub(super) exit_code: u8,
    pub(super) results: Option<Value>,
    pub(super) types: Types,
    pub(super) error: Option<ScriptError>,
}

/// What was refused to a program while it ran: it names the outcome if the program then fails.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Refused {
    pub(super) memory: bool,
    pub(super) files: bool,
}

impl Verdict {
    /// The host stopped it.
    pub(super) fn halted(halt: Halt, limits: &Limits, finish: Option<Finish>, refused: Refused) -> Self {
        match (halt, finish) {
            (Halt::Cancelled, _) => {
                Self::stopped(Status::Cancelled, "Cancelled", "the execution was cancelled".to_owned())
            }
            (Halt::Limit(limit), _) => {
                let (kind, message) = explain(limit, limits);
                Self::stopped(Status::of_limit(limit), kind, message)
            }
            (Halt::Exit(_), Some(finish)) => Self::finished(finish, refused),
            (Halt::Exit(0), None) => {
                Self { status: Status::Succeeded, exit_code: 0, results: None, types: Types::default(), error: None }
            }
            (Halt::Exit(code), None) => {
                let message = format!("the program called os._exit({code})");
                Self { exit_code: code, ..Self::stopped(Status::Failed, "SystemExit", message) }
            }
        }
    }

    /// The interpreter itself fell.
    pub(super) fn crashed(message: String) -> Self {
        Self::stopped(Status::Crashed, "InterpreterCrash", message)
    }

    /// It ended, and never said how.
    pub(super) fn without_a_word() -> Self {
        Self::crashed("the interpreter ended without a word: the program damaged it".to_owned())
    }

    fn stopped(status: Status, kind: &str, message: String) -> Self {
        let error = ScriptError { kind: kind.to_owned(), message, line: None, traceback: String::new() };
        Self { status, exit_code: status.exit_code(), results: None, types: Types::default(), error: Some(error) }
    }

    /// It ran to its end, and said how.
    pub(super) fn finished(finish: Finish, refused: Refused) -> Self {
        let Finish { exit_status, error, results, types, .. } = finish;
        let status = match (&error, exit_status) {
            (None, 0) => Status::Succeeded,
            // A refusal that the program could not cope with is what ended it.
            (Some(error), _) if error.kind == "MemoryError" && refused.memory => Status::MemoryLimit,
            (Some(error), _) if error.kind == "OSError" && refused.files => Status::FileLimit,
            _ => Status::Failed,
        };
        let exit_code = if status == Status::Failed && exit_status != 0 { exit_status } else { status.exit_code() };
        let types = if results.is_some() { types } else { Types::default() };
        Self { status, exit_code, results, types, error }
    }

    /// The outcome of a job that ended so.
    pub(super) fn outcome(self, (stdout, stderr): (String, String), usage: Usage, seed: u64) -> Outcome {
        let Self { status, exit_code, results, types, error } = self;
        Outcome { status, exit_code, results, types, stdout, stderr, error, usage, seed, walls: None }
    }
}

/// The report of a job that was cancelled while it waited for its turn.
pub(super) fn cancelled_before_start(job: &Job) -> Report {
    let message = "the execution was cancelled before it started".to_owned();
    let verdict = Verdict::stopped(Status::Cancelled, "Cancelled", message);
    let outcome = verdict.outcome(<(String, String)>::default(), Usage::default(), job.seed);
    Report { outcome, figures: Vec::new(), artifacts: Vec::new() }
}

fn explain(limit: Limit, limits: &Limits) -> (&'static str, String) {
    let seconds = |duration: Duration| duration.as_secs_f64();
    match limit {
        Limit::Wall => ("WallLimit", format!("the program ran longer than its {} s", seconds(limits.wall))),
        Limit::Cpu => ("CpuLimit", format!("the program used more than its {} s of CPU time", seconds(limits.cpu))),
        Limit::Output => ("OutputLimit", format!("the program wrote more than its {} bytes of output", limits.output)),
        Limit::HostCalls => {
            ("HostCallLimit", format!("the program made more than its {} host calls", limits.host_calls))
        }
        Limit::Memory => ("MemoryLimit", format!("the program used more than its {} bytes of memory", limits.memory)),
        Limit::Files => ("FileLimit", format!("the program made more than its {} files", limits.files)),
        Limit::FileBytes => {
            ("FileLimit", format!("the program filled more than its {} bytes of files", limits.file_bytes))
        }
    }
}

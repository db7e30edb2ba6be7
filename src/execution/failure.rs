//! [`Failure`]: what went wrong in an execution, in whose hands it lies ([`ErrorCategory`]), and what to do next.

use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Status};

/// Who can do something about a failure. The first four are Osprey's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCategory {
    /// The program is wrong: it is generated anew, with the error.
    CodeRelated,
    /// The machinery is: the same program is tried again, a little later.
    Infrastructure,
    /// The configuration is: nothing helps but changing it.
    Configuration,
    /// It ended by decision or by time: timed out, cancelled, interrupted.
    Workflow,
    /// It is not allowed: nothing helps but asking for something else.
    Policy,
}

impl ErrorCategory {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CodeRelated => "code_related",
            Self::Infrastructure => "infrastructure",
            Self::Configuration => "configuration",
            Self::Workflow => "workflow",
            Self::Policy => "policy",
        }
    }

    /// The command line's exit code for a failure of this kind (`docs/exit-codes.md`).
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::CodeRelated => 1,
            Self::Configuration => 2,
            Self::Policy => 3,
            Self::Workflow => 5,
            Self::Infrastructure => 6,
        }
    }
}

/// Where in the pipeline something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A model writes the program.
    Generation,
    /// Its text is looked at.
    Analysis,
    /// A person is asked.
    Approval,
    /// It runs.
    Execution,
}

impl Stage {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generation => "generation",
            Self::Analysis => "analysis",
            Self::Approval => "approval",
            Self::Execution => "execution",
        }
    }
}

/// One failure. `error_type` is Osprey's exception where it has one: `CodeSyntaxError`, `CodeRuntimeError`,
/// `ExecutionTimeoutError`, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// In whose hands it lies.
    pub category: ErrorCategory,
    /// Where it happened.
    pub stage: Stage,
    /// Which it is.
    pub error_type: String,
    /// What it says.
    pub message: String,
    /// What to do next.
    pub advice: String,
    /// The line of the program, counted from 1, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Python's traceback, the program's own frames only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub traceback: String,
    /// What the analysis found, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

impl Failure {
    /// A failure without line, traceback or findings.
    #[must_use]
    pub fn new(
        (category, stage): (ErrorCategory, Stage),
        error_type: &str,
        message: impl Into<String>,
        advice: &str,
    ) -> Self {
        Self {
            category,
            stage,
            error_type: error_type.to_owned(),
            message: message.into(),
            advice: advice.to_owned(),
            line: None,
            traceback: String::new(),
            findings: Vec::new(),
        }
    }

    /// Why a program that ran did not succeed; `None` if it did.
    #[must_use]
    pub fn of_outcome(outcome: &Outcome) -> Option<Self> {
        use ErrorCategory::{CodeRelated, Workflow};
        let (category, kind, advice) = match outcome.status {
            Status::Succeeded => return None,
            Status::Failed if outcome.error.as_ref().is_some_and(|error| error.kind.ends_with("SyntaxError")) => {
                (CodeRelated, "CodeSyntaxError", "Correct the syntax at the line that is named.")
            }
            Status::Failed | Status::Crashed => (CodeRelated, "CodeRuntimeError", "Correct the program."),
            Status::MemoryLimit => (CodeRelated, "CodeRuntimeError", "Use less memory, or allow more."),
            Status::OutputLimit => (CodeRelated, "CodeRuntimeError", "Print less, or allow more."),
            Status::FileLimit => (CodeRelated, "CodeRuntimeError", "Write fewer or smaller files, or allow more."),
            Status::HostCallLimit => {
                (CodeRelated, "CodeRuntimeError", "Read many channels in one call, or allow more calls.")
            }
            Status::TimedOut | Status::CpuLimit => {
                (Workflow, "ExecutionTimeoutError", "Do less, or allow more time: execution_timeout_seconds.")
            }
            Status::Cancelled => {
                (Workflow, "WorkflowError", "Somebody cancelled it; start it again if that was an error.")
            }
        };
        let mut failure =
            Self::new((category, Stage::Execution), kind, outcome.status.as_str().replace('_', " "), advice);
        if let Some(error) = &outcome.error {
            failure.message = format!("{}: {}", error.kind, error.message);
            failure.line = error.line;
            failure.traceback.clone_from(&error.traceback);
        }
        Some(failure)
    }
}

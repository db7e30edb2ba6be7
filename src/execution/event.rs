//! [`Event`]: what happens to an execution. Events are the truth; everything else about an execution is their fold
//! ([`super::Progress`]). Each is stored before it takes effect.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest::Digest;
use super::failure::Failure;
use super::limits::Usage;
use super::outcome::Status;
use super::request::PythonExecutionRequest;

/// How a program is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// It has no way to write.
    ReadOnly,
    /// Its writes are noted instead of made.
    Plan,
    /// Its planned writes are made.
    Apply,
    /// It writes at once where the channels' rules have nobody asked.
    Unattended,
}

impl RunKind {
    /// Whether it may write, so that it is never done again by itself.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Apply | Self::Unattended)
    }

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Unattended => "unattended",
        }
    }
}

/// What a person is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// That the program runs at all. Writes are asked about again, when they are planned.
    Code,
    /// The writes of a plan.
    Plan,
}

impl Covers {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Plan => "plan",
        }
    }
}

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Reject,
    /// Not this, but that: another program, which is looked at anew.
    Edit,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Which request it answers.
    pub number: u32,
    /// What was shown.
    pub digest: Digest,
    /// Who answers.
    pub by: String,
    /// What.
    pub verdict: Verdict,
    /// Why: kept for ever.
    pub comment: String,
    /// When.
    pub at: jiff::Timestamp,
    /// The program in its place, for [`Verdict::Edit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Digest>,
}

/// What was planned, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanNote {
    /// The plan's digest.
    pub digest: Digest,
    /// Writes that would be made.
    pub allowed: u32,
    /// Writes that would be refused.
    pub refused: u32,
    /// Why it does not show everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
    /// Why a person has to be asked; `None`: nobody has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// What is known of the writes that were made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteNote {
    /// Writes that were sent, or may have been.
    pub sent: u32,
    /// Those of them that ended well.
    pub good: u32,
    /// Those of which nobody knows.
    pub unknown: u32,
    /// Writes that were refused.
    pub refused: u32,
    /// Planned writes that the program never came to.
    pub left: u32,
    /// Why no more were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// How a program came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "source")]
pub enum GenerationNote {
    /// A model wrote it.
    Generated {
        /// Generator, model, parameters, digest of the prompt, tokens, tries.
        record: Value,
    },
    /// The request brought it.
    Given,
    /// A person wrote it instead of the one before.
    Edited {
        /// Who.
        by: String,
    },
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With results.
    Succeeded,
    /// Without: the last failure says why.
    Failed,
    /// The analysis or the policy did not let it pass.
    Refused,
    /// A person said no.
    Rejected,
    /// Nobody answered in time.
    Expired,
    /// It met its limit of time.
    TimedOut,
    /// Somebody cancelled it.
    Cancelled,
    /// The process that carried it ended in the middle of something that must not be repeated.
    Interrupted,
}

impl Ending {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// How an execution began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// What was asked; its context and its program are kept apart.
    pub request: PythonExecutionRequest,
    /// For whom.
    pub principal: String,
    /// Their roles then.
    pub roles: Vec<String>,
    /// Its folder.
    pub folder: String,
    /// Of the context.
    pub context: Digest,
    /// Names and contents of its inputs.
    pub inputs: Digest,
    /// Seeds everything random.
    pub seed: u64,
    /// Whether a model writes the program.
    pub generates: bool,
    /// Attempts at generating, the first included.
    pub generation_attempts: u32,
    /// Attempts at executing, the first included.
    pub execution_attempts: u32,
    /// Of everything in the request.
    pub digest: Digest,
    /// The configuration under which it was asked for, by its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The execution that this one repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<super::id::ExecutionId>,
}

/// Something that happened to an execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// It was asked for.
    Submitted(Box<Submitted>),
    /// A model is about to be asked.
    GenerationStarted {
        /// Counted from 1.
        attempt: u32,
    },
    /// There is a program.
    CodeReady {
        /// Whose attempt it is.
        attempt: u32,
        /// Which program.
        code: Digest,
        /// Where it comes from.
        note: GenerationNote,
    },
    /// There is none.
    GenerationFailed {
        /// Which attempt.
        attempt: u32,
        /// Why.
        failure: Failure,
    },
    /// Its text was looked at.
    Analysed {
        /// Which attempt.
        attempt: u32,
        /// Why it does not pass; `None`: it does.
        failure: Option<Failure>,
        /// Why a person has to be asked before anything runs.
        ask: Option<String>,
        /// What runs first.
        run: RunKind,
        /// Where.
        backend: String,
        /// Why there.
        backend_reason: String,
        /// Whether its text writes: `none`, `possible`, `certain`.
        writes: String,
        /// What was found, a line each.
        findings: Vec<String>,
    },
    /// A person is asked.
    ApprovalRequested {
        /// Counted from 1.
        number: u32,
        /// About what.
        covers: Covers,
        /// What exactly is shown, by its digest.
        digest: Digest,
        /// Why.
        reason: String,
        /// When it is too late.
        expires: jiff::Timestamp,
        /// How many have to approve.
        needed: u32,
        /// Whether the requester may.
        requester_may: bool,
    },
    /// A person answered.
    Decided(Decision),
    /// Nobody answered in time.
    ApprovalExpired {
        /// Which request.
        number: u32,
    },
    /// The program is about to run.
    RunStarted {
        /// Counted from 1, over all attempts.
        run: u32,
        /// Which program.
        attempt: u32,
        /// How.
        kind: RunKind,
        /// Where it leaves its files, below the execution's folder.
        folder: String,
    },
    /// A write is about to be sent.
    WriteIntended {
        /// In which run.
        run: u32,
        /// Number, channel, value before and after: a line of `writes.jsonl`.
        write: Value,
    },
    /// How a write ended, or that it was refused.
    WriteEnded {
        /// In which run.
        run: u32,
        /// Number, outcome, readback: a line of `writes.jsonl`.
        write: Value,
    },
    /// The program ended.
    RunEnded {
        /// Which run.
        run: u32,
        /// How.
        status: Status,
        /// Why it did not succeed.
        failure: Option<Failure>,
        /// What it returned, if that is short; else it is in the run's folder.
        results: Option<Value>,
        /// The digest of the run's `results.json`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        results_digest: Option<Digest>,
        /// What it used.
        usage: Box<Usage>,
        /// What it planned.
        plan: Option<PlanNote>,
        /// What it wrote.
        writes: Option<WriteNote>,
    },
    /// The machinery broke: of the program nothing is known.
    RunBroken {
        /// Which run.
        run: u32,
        /// Why.
        failure: Failure,
        /// What it had written.
        writes: Option<WriteNote>,
    },
    /// Somebody wants it to end.
    CancelRequested {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// It ended.
    Ended {
        /// How.
        ending: Ending,
        /// Why.
        failure: Option<Failure>,
    },
}

impl Event {
    /// Its word, as the ledger has it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Submitted(_) => "submitted",
            Self::GenerationStarted { .. } => "generation_started",
            Self::CodeReady { .. } => "code_ready",
            Self::GenerationFailed { .. } => "generation_failed",
            Self::Analysed { .. } => "analysed",
            Self::ApprovalRequested { .. } => "approval_requested",
            Self::Decided(_) => "decided",
            Self::ApprovalExpired { .. } => "approval_expired",
            Self::RunStarted { .. } => "run_started",
            Self::WriteIntended { .. } => "write_intended",
            Self::WriteEnded { .. } => "write_ended",
            Self::RunEnded { .. } => "run_ended",
            Self::RunBroken { .. } => "run_broken",
            Self::CancelRequested { .. } => "cancel_requested",
            Self::Ended { .. } => "ended",
        }
    }
}

//! [`Plan`]: the ordered writes that a dry run would make, with all that a person needs to judge them.

use serde::{Deserialize, Serialize};

use crate::channel::{AlarmSeverity, Channel, Range, Refusal, Value};
use crate::execution::{Digest, ExecutionId};

/// Everything besides the writes that an approval covers: a change of any of it asks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The program's text.
    pub code: Digest,
    /// Names and contents of its inputs.
    pub inputs: Digest,
    /// Its context.
    pub context: Digest,
    /// The rules of the site.
    pub policy: Digest,
    /// Where it runs, with the runtime's own digest: `wasi/science/3f0c…`.
    pub backend: String,
    /// The machine that it writes to.
    pub control_system: String,
    /// Who asks.
    pub principal: String,
    /// The seed of everything random.
    pub seed: u64,
}

/// What is done to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A value is written.
    Write,
    /// A command is called.
    Command,
}

/// What the gate says about a planned write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict", content = "refusal")]
pub enum Verdict {
    /// It would be made, once it is approved.
    Allowed,
    /// It would not be made, whatever anybody approves.
    Refused(Refusal),
}

/// One write of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedWrite {
    /// Counted from 1.
    pub order: u32,
    /// What is done.
    pub operation: Operation,
    /// To what.
    pub channel: Channel,
    /// What it held before: read at planning, or written by an earlier write of the plan. `None`: a command, or it could
    /// not be read.
    pub before: Option<Value>,
    /// What it will hold, of the channel's own type. For a refused write: what the program gave.
    pub value: Value,
    /// What people read for `before` and `value` where the channel has labels.
    pub labels: (Option<String>, Option<String>),
    /// Its unit.
    pub unit: String,
    /// What may be written: policy and device together.
    pub limits: Range,
    /// How far one write may go.
    pub max_step: Option<f64>,
    /// How bad the channel's state was at planning.
    pub alarm: AlarmSeverity,
    /// The line of the program, as the program itself says.
    pub line: Option<u32>,
    /// What the gate says.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Why, for people: one line for each thing that was looked at.
    pub reasons: Vec<String>,
    /// Which rule decided: name, file and line.
    pub rule: Option<String>,
    /// Virtual seconds after the first planned write.
    pub at: f64,
}

impl PlannedWrite {
    /// Whether it would be made.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }

    /// How far it goes, for a scalar number.
    #[must_use]
    pub fn step(&self) -> Option<f64> {
        match (&self.before, &self.value) {
            (Some(Value::Float(_) | Value::Int(_)), Value::Float(_) | Value::Int(_)) => {
                Some(self.value.as_float()? - self.before.as_ref()?.as_float()?)
            }
            _ => None,
        }
    }
}

/// Why a plan does not show everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Incomplete {
    /// The program went on waiting for something that a plan cannot move.
    Waiting {
        /// The channel that it read most since the last planned write, if it read any.
        channel: Option<String>,
        /// How often.
        reads: u64,
        /// Virtual seconds that passed.
        seconds: f64,
    },
    /// It planned more writes than a plan may have.
    TooManyWrites {
        /// As many are shown.
        limit: u32,
    },
    /// The program did not run to its end: it failed, met a limit, or was cancelled.
    Ended {
        /// How it ended.
        status: String,
    },
}

/// The ordered writes of a dry run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The execution that planned.
    pub id: ExecutionId,
    /// What it depends on.
    pub fingerprint: Fingerprint,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// The writes in their order, those that would be refused included.
    pub writes: Vec<PlannedWrite>,
    /// Why it does not show everything; nothing then can be approved.
    pub incomplete: Option<Incomplete>,
}

impl Plan {
    /// What an approval is bound to: every field of the plan.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // A plan is made of types that always serialise; an empty text would match no grant.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// The writes that an apply makes.
    pub fn allowed(&self) -> impl Iterator<Item = &PlannedWrite> {
        self.writes.iter().filter(|write| write.is_allowed())
    }

    /// Whether there is something to approve.
    #[must_use]
    pub fn can_be_approved(&self) -> bool {
        self.incomplete.is_none() && self.allowed().next().is_some()
    }
}

//! How a write ended ([`WriteOutcome`]) and why one was not made ([`Refusal`]).

use serde::{Deserialize, Serialize};

/// How a write ended. Never better than what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteOutcome {
    /// The gate did not send it.
    Refused,
    /// It was sent, and the control system said no.
    Failed,
    /// It was sent, and read back within tolerance.
    Confirmed,
    /// It was sent and accepted, and what was read back is something else: clamped, for one.
    Mismatch,
    /// It was sent and accepted; there is nothing to read back.
    Unconfirmed,
    /// It was sent; whether it arrived is not known.
    Unknown,
}

impl WriteOutcome {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Confirmed => "confirmed",
            Self::Mismatch => "mismatch",
            Self::Unconfirmed => "unconfirmed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it was made, as far as that can be known.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Confirmed | Self::Unconfirmed)
    }

    /// Whether the machine may be different than before.
    #[must_use]
    pub fn may_have_changed_something(self) -> bool {
        !matches!(self, Self::Refused | Self::Failed)
    }
}

/// Why the gate does not let something through. The words are stable; Osprey's are kept where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// The name is no channel's.
    InvalidChannel,
    /// The execution may not write at all.
    ReadOnlyExecution,
    /// Writes are switched off for the whole site.
    WritesDisabled,
    /// No rule names the channel.
    UnlistedChannel,
    /// A rule forbids it.
    Forbidden,
    /// The channel's rule says that it is not written.
    ReadOnlyChannel,
    /// It is a field that no rule lists.
    UnlistedField,
    /// Not at this time.
    OutsideTimeWindow,
    /// The machine is not in the state that the rule asks for.
    MachineState,
    /// The channel does not answer.
    NotConnected,
    /// The control system does not let us write it.
    NotWritable,
    /// The value does not fit the channel's type.
    WrongType,
    /// NaN or infinite.
    NotFinite,
    /// More elements than it holds.
    TooLong,
    /// Below the smallest value.
    MinExceeded,
    /// Above the largest value.
    MaxExceeded,
    /// Further from the present value than one step may go.
    MaxStepExceeded,
    /// The present value could not be read.
    StepCheckFailed,
    /// Too many writes in too little time.
    RateExceeded,
    /// The channel or its readback is in alarm.
    Alarm,
    /// No limits are known, from the rule or the device, and the rule does not say that none are needed.
    NoLimits,
    /// The grant does not cover it.
    NotGranted,
    /// It is not what was planned.
    DeviatesFromPlan,
    /// What was true at planning is no longer true.
    PreconditionFailed,
    /// Somebody stopped the execution.
    Stopped,
    /// It could not be recorded, so it is not done.
    NotRecorded,
    /// This way of writing is not offered.
    Unsupported,
}

impl Refusal {
    /// The word, such as `MAX_EXCEEDED`.
    #[must_use]
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

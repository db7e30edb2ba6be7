//! What the policy answers: [`ReadDecision`], [`WriteRuling`], the [`WriteRules`] that a value is judged by, and the
//! [`Violation`] that says why not.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::{AlarmSeverity, Channel, Reading, Refusal};

use super::condition::{Allowed, MachineCondition};
use super::source::OnViolation;
use super::units::{Rate, Tolerance};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Principal {
    /// The person's or service's name.
    pub name: String,
    /// The roles that they have.
    pub roles: Vec<String>,
}

impl Principal {
    /// Somebody without roles.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), roles: Vec::new() }
    }
}

/// The line that decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleRef {
    /// The rule's name.
    pub name: Arc<str>,
    /// The source's name.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl RuleRef {
    /// Another line of the same rule.
    #[must_use]
    pub fn at(&self, line: usize) -> Self {
        Self { line, ..self.clone() }
    }
}

impl fmt::Display for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}`, {}:{}", self.name, self.file, self.line)
    }
}

/// Somebody wants to read.
#[derive(Debug, Clone, Copy)]
pub struct ReadRequest<'r> {
    /// What.
    pub channel: &'r Channel,
    /// Who.
    pub principal: &'r Principal,
}

/// Somebody wants to write; the value is judged afterwards.
#[derive(Debug, Clone, Copy)]
pub struct WriteRequest<'r> {
    /// What.
    pub channel: &'r Channel,
    /// Who.
    pub principal: &'r Principal,
    /// When.
    pub now: Timestamp,
}

/// Why something is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Violation {
    /// The word.
    pub refusal: Refusal,
    /// The sentence: with numbers, units, rule and line.
    pub message: String,
    /// The line that decided, where one did.
    pub rule: Option<RuleRef>,
    /// Whether the program goes on.
    pub on_violation: OnViolation,
}

impl Violation {
    pub(super) fn new(refusal: Refusal, message: impl Into<String>, rule: Option<&RuleRef>) -> Self {
        let mut message = message.into();
        if let Some(rule) = rule {
            message = format!("{message} ({rule})");
        }
        Self { refusal, message, rule: rule.cloned(), on_violation: OnViolation::Skip }
    }

    pub(super) fn then(self, on_violation: OnViolation) -> Self {
        Self { on_violation, ..self }
    }
}

/// May it be read?
#[derive(Debug, Clone, PartialEq)]
pub enum ReadDecision {
    /// No.
    Refused(Violation),
    /// Yes.
    Allowed(ReadRules),
}

/// How something may be read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRules {
    /// How often; all hold.
    pub rates: Vec<Rate>,
    /// Most elements of one reading.
    pub max_elements: usize,
    /// The rule that allows it; none where everything may be read.
    pub rule: Option<RuleRef>,
}

/// May it be written?
#[derive(Debug, Clone, PartialEq)]
pub enum WriteRuling {
    /// No, whatever the value is.
    Refused(Violation),
    /// Yes, under these rules.
    Allowed(Box<WriteRules>),
}

/// Whether a person must confirm a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// No.
    Never,
    /// As the plan is: all writes of a plan at once.
    #[default]
    Plan,
    /// Each write by itself.
    Always,
}

/// How a write is verified, in Osprey's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// Not at all; the outcome is `unconfirmed`.
    None,
    /// The control system says that it is done.
    Callback,
    /// It is read back.
    #[default]
    Readback,
}

/// A number of a rule, and its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The number, in the channel's unit.
    pub value: f64,
    /// The line that says so.
    pub by: RuleRef,
}

/// What holds for writes of one channel by one principal now: the tightest of all sources.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteRules {
    /// The channel.
    pub channel: Channel,
    /// The rule that allows it.
    pub rule: RuleRef,
    /// All rules that had a say, one of each kind of source.
    pub rules: Vec<RuleRef>,
    /// Smallest value, included.
    pub min: Option<Bound>,
    /// Largest value, included.
    pub max: Option<Bound>,
    /// Largest distance from the present value, included.
    pub max_step: Option<Bound>,
    /// Lists of what may be written; the value must be in each.
    pub values: Vec<(Arc<[Allowed]>, RuleRef)>,
    /// Whether a number needs a smallest and a largest value, from a rule or the device.
    pub limits_required: bool,
    /// How often; all hold.
    pub rates: Vec<(Rate, RuleRef)>,
    /// Whether a person confirms.
    pub confirm: Confirm,
    /// How it is verified.
    pub verify: Verify,
    /// What is read back, if it is not the channel itself.
    pub readback: Option<Channel>,
    /// How far the readback may be off; none: see [`super::judge::readback`].
    pub tolerance: Option<Tolerance>,
    /// How long the readback may take to show the value.
    pub settle: Duration,
    /// From which severity of the channel or its readback on nothing is written; none: never mind.
    pub refuse_alarm: Option<AlarmSeverity>,
    /// What must hold of other channels; the gate reads them.
    pub conditions: Vec<Arc<MachineCondition>>,
    /// Whether NaN and the infinities may be written.
    pub allow_nan: bool,
    /// Most elements of one value.
    pub max_elements: usize,
    /// Whether a program goes on after a refusal of a value.
    pub on_violation: OnViolation,
    /// A sentence for people, from the rule.
    pub reason: Option<Arc<str>>,
}

impl WriteRules {
    /// Whether the alarm state of the channel, or of its readback, lets it be written.
    pub fn alarm(&self, channel: &Channel, reading: &Reading) -> Result<(), Violation> {
        match self.refuse_alarm {
            Some(from) if reading.severity >= from => {
                let word = match reading.severity {
                    AlarmSeverity::None => "no alarm",
                    AlarmSeverity::Minor => "a minor alarm",
                    AlarmSeverity::Major => "a major alarm",
                    AlarmSeverity::Invalid => {
                        "an invalid value (was it never written?); `refuse_alarm: never` in its rule lets it be written"
                    }
                };
                Err(self.violation(Refusal::Alarm, format!("{channel} has {word}"), None))
            }
            _ => Ok(()),
        }
    }

    /// A refusal by these rules; by their first if no other line is at fault.
    pub(super) fn violation(&self, refusal: Refusal, message: impl Into<String>, by: Option<&RuleRef>) -> Violation {
        Violation::new(refusal, message, Some(by.unwrap_or(&self.rule))).then(self.on_violation)
    }
}

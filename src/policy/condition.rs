//! [`MachineCondition`]: what another channel must say before something is written. The room reads nothing; the gate
//! reads the channel and asks here.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::channel::{AlarmSeverity, Channel, Protocol, Reading, Value};

use super::decision::RuleRef;
use super::node::{Keys, Node, NodeKind, Scalar};
use super::source::{Findings, cut};
use super::units;

/// A value that a list in a policy names.
#[derive(Debug, Clone, PartialEq)]
pub enum Allowed {
    /// A label or a text.
    Text(String),
    /// A number or an index.
    Number(f64),
    /// A truth value.
    Truth(bool),
}

impl Allowed {
    /// Whether a channel's value is this.
    #[must_use]
    pub fn is(&self, value: &Value, labels: &[String]) -> bool {
        match (self, value) {
            (Self::Text(text), Value::Text(value)) => text == value,
            (Self::Text(text), Value::Enum(index)) => {
                usize::try_from(*index).ok().and_then(|index| labels.get(index)) == Some(text)
            }
            (Self::Number(number), Value::Enum(_) | Value::Int(_) | Value::Float(_)) => {
                value.as_float() == Some(*number)
            }
            (Self::Truth(truth), Value::Bool(value)) => truth == value,
            _ => false,
        }
    }

    pub(super) fn read_list(node: &Node, key: &str, findings: &mut Findings) -> Vec<Self> {
        let one = std::slice::from_ref(node);
        let items = if let NodeKind::List(items) = &node.kind { items.as_slice() } else { one };
        if items.is_empty() {
            findings.error(node.line, format!("`{key}` is an empty list"));
        }
        let mut values = Vec::new();
        for item in items {
            match item.scalar() {
                Some(Scalar::Text(text)) => values.push(Self::Text(text)),
                Some(Scalar::Number(number)) if number.is_finite() => values.push(Self::Number(number)),
                Some(Scalar::Bool(truth)) => values.push(Self::Truth(truth)),
                _ => findings.error(item.line, format!("`{key}` has {} among its values", item.kind_name())),
            }
        }
        values
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "`{text}`"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Truth(truth) => write!(f, "{truth}"),
        }
    }
}

/// A list of values, for messages.
pub(super) fn listed(values: &[Allowed]) -> String {
    let mut text = values.iter().take(8).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if values.len() > 8 {
        text.push_str(", …");
    }
    text
}

/// What must hold of one channel. All parts must.
#[derive(Debug, Clone, PartialEq)]
pub struct MachineCondition {
    /// The channel to read.
    pub channel: Channel,
    /// It is one of these.
    pub is: Option<Vec<Allowed>>,
    /// It is none of these.
    pub is_not: Option<Vec<Allowed>>,
    /// It is less than this.
    pub below: Option<f64>,
    /// It is more than this.
    pub above: Option<f64>,
    /// The server took the value at most this long ago (or, where clocks differ, ahead).
    pub max_age: Option<Duration>,
    /// The line that asks for it.
    pub by: RuleRef,
}

impl MachineCondition {
    /// Whether a reading satisfies it; if not, why, for people. A reading that means nothing never does.
    pub fn holds(&self, reading: &Reading, labels: &[String], now: Timestamp) -> Result<(), String> {
        let fail = |why: String| Err(format!("{} {why} ({})", self.channel, self.by));
        if reading.severity == AlarmSeverity::Invalid {
            return fail("has a value that is invalid".to_owned());
        }
        if let Some(max_age) = self.max_age {
            let (seconds, nanos) = reading.time;
            let taken = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
            let age = now.as_nanosecond() - taken;
            if age.unsigned_abs() > max_age.as_nanos() {
                #[expect(clippy::cast_precision_loss, reason = "shown to people")]
                let seconds = age as f64 / 1e9;
                return fail(format!("has a value {seconds:.1} s old; {max_age:?} is the most"));
            }
        }
        let value = match &reading.value {
            Value::Enum(index) => match usize::try_from(*index).ok().and_then(|index| labels.get(index)) {
                Some(label) => format!("is `{label}`"),
                None => format!("is {index}"),
            },
            value => format!("is {value}"),
        };
        if let Some(is) = &self.is
            && !is.iter().any(|allowed| allowed.is(&reading.value, labels))
        {
            return fail(format!("{value}, but should be {}", listed(is)));
        }
        if let Some(is_not) = &self.is_not {
            // What cannot be compared cannot be said to be different.
            let comparable = is_not.iter().all(|other| match (other, &reading.value) {
                (Allowed::Text(_), Value::Text(_)) | (Allowed::Truth(_), Value::Bool(_)) => true,
                (Allowed::Text(text), Value::Enum(index)) => {
                    labels.contains(text) && usize::try_from(*index).is_ok_and(|index| index < labels.len())
                }
                (Allowed::Number(_), Value::Enum(_) | Value::Int(_)) => true,
                (Allowed::Number(_), Value::Float(number)) => !number.is_nan(),
                _ => false,
            });
            if !comparable {
                return fail(format!("{value}, which cannot be compared with {}", listed(is_not)));
            }
            if is_not.iter().any(|other| other.is(&reading.value, labels)) {
                return fail(format!("{value}, but should not be {}", listed(is_not)));
            }
        }
        for (bound, word, good) in [
            (self.below, "below", f64::lt as fn(&f64, &f64) -> bool),
            (self.above, "above", f64::gt as fn(&f64, &f64) -> bool),
        ] {
            let Some(bound) = bound else { continue };
            // NaN is neither.
            if !reading.value.as_float().is_some_and(|number| good(&number, &bound)) {
                return fail(format!("{value}, but should be {word} {bound}"));
            }
        }
        Ok(())
    }

    pub(super) fn read(node: &Node, rule: &RuleRef, findings: &mut Findings) -> Option<Self> {
        let known = ["channel", "protocol", "is", "is_not", "below", "above", "max_age"];
        let keys = Keys::of(node, "a machine condition", &known, findings)?;
        let protocols = [("ca", Protocol::Ca), ("pva", Protocol::Pva), ("tango", Protocol::Tango)];
        let protocol = match keys.get("protocol") {
            Some(entry) => Some(entry.word(&protocols, findings)?),
            None => None,
        };
        let Some(entry) = keys.get("channel") else {
            findings.error(keys.line(), "a machine condition has no `channel`");
            return None;
        };
        let name = entry.text(findings)?;
        // Without a word three slashes mean Tango, as in `domain/family/member/attribute`.
        let guess = if name.matches('/').count() >= 3 { Protocol::Tango } else { Protocol::Ca };
        let channel = match Channel::parse(protocol.unwrap_or(guess), name) {
            Ok(channel) => channel,
            Err(error) => {
                findings.error(entry.value.line, error.to_string());
                return None;
            }
        };
        let mut list = |key: &str| keys.get(key).map(|entry| Allowed::read_list(&entry.value, key, findings));
        let (is, is_not) = (list("is"), list("is_not"));
        let mut number = |key: &str| keys.get(key).and_then(|entry| entry.number(findings));
        let (below, above) = (number("below"), number("above"));
        if is.is_none() && is_not.is_none() && keys.get("below").is_none() && keys.get("above").is_none() {
            findings.error(
                keys.line(),
                format!("the condition on {} asks for nothing: `is`, `is_not`, `below` or `above`", cut(name)),
            );
        }
        if let (Some(below), Some(above)) = (below, above)
            && above >= below
        {
            findings.error(keys.line(), format!("nothing is above {above} and below {below}"));
        }
        let max_age = keys.get("max_age").and_then(|entry| {
            let text = entry.text(findings)?;
            units::duration(text).map_err(|message| findings.error(entry.value.line, message)).ok()
        });
        let by = rule.at(keys.line());
        Some(Self { channel, is, is_not, below, above, max_age, by })
    }
}

impl fmt::Display for MachineCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.is.as_ref().map(|is| format!("is {}", listed(is))));
        parts.extend(self.is_not.as_ref().map(|is| format!("is not {}", listed(is))));
        parts.extend(self.above.map(|above| format!("is above {above}")));
        parts.extend(self.below.map(|below| format!("is below {below}")));
        parts.extend(self.max_age.map(|age| format!("is at most {age:?} old")));
        write!(f, "{} {}", self.channel, parts.join(" and "))
    }
}

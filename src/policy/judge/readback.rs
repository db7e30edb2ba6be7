//! [`readback`]: whether what is read back is what was written.

use crate::channel::{Description, Value};

use super::super::decision::WriteRules;
use super::super::units::Tolerance;

/// What a readback says.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// It is what was written, within tolerance.
    Within,
    /// It is something else.
    Differs {
        /// The first element that differs; 0 for a scalar.
        at: usize,
        /// By how much, in the channel's unit; NaN if there is no difference of numbers.
        difference: f64,
        /// How much was allowed, in the channel's unit.
        allowed: f64,
        /// The limit of the device that it was set to instead, if it looks like it.
        clamped_to: Option<f64>,
        /// A sentence for people.
        message: String,
    },
    /// They are of kinds that cannot be compared: it confirms nothing.
    Incomparable {
        /// A sentence for people.
        message: String,
    },
}

/// Part of a floating-point number that a readback may be off if no rule says how much: rounding to single precision and
/// back, and a conversion to raw counts of 20 bits or more.
const RELATIVE: f64 = 1e-6;
/// The same, as a part of the limits' span, for values near zero.
const OF_SPAN: f64 = 1e-9;

/// Compares a written value, as converted, with what was read back. `description` is that of the written channel.
///
/// Integers, indices, truth values and texts must be the same unless a rule gives a tolerance; the display precision of the
/// channel (`PREC`) never counts, for it says how a number is shown and not how well it is set. NaN is NaN.
#[must_use]
pub fn readback(rules: &WriteRules, description: &Description, written: &Value, read: &Value) -> Comparison {
    let incomparable = || Comparison::Incomparable {
        message: format!(
            "{} was written and {} read back: {} and {}",
            rules.channel,
            written.kind_name(),
            read.kind_name(),
            read
        ),
    };
    let label = |index: u32| description.labels.get(index as usize);
    let same = |same: bool| {
        if same {
            return Comparison::Within;
        }
        let message = format!("{} was set to {written} and reads {read}", rules.channel);
        Comparison::Differs { at: 0, difference: f64::NAN, allowed: 0.0, clamped_to: None, message }
    };
    match (written, read) {
        (Value::None, _) | (_, Value::None | Value::Structure(..)) => incomparable(),
        (Value::Text(a), Value::Text(b)) => same(a == b),
        (Value::Texts(a), Value::Texts(b)) => same(a == b),
        (Value::Enum(index), Value::Text(text)) => match label(*index) {
            Some(label) => same(label == text),
            None => incomparable(),
        },
        (Value::Enum(a), Value::Enum(b)) => same(a == b),
        (Value::Int(a), Value::Int(b)) if rules.tolerance.is_none() => same(a == b),
        (Value::Array(a), Value::Array(b)) => {
            if a.shape() != b.shape() {
                let message = format!("{}: {} values were written and {} read back", rules.channel, a.len(), b.len());
                return Comparison::Differs {
                    at: a.len().min(b.len()),
                    difference: f64::NAN,
                    allowed: 0.0,
                    clamped_to: None,
                    message,
                };
            }
            if a == b && !a.kind().is_float() {
                return Comparison::Within;
            }
            let exact = !a.kind().is_float();
            let pairs = a.floats().zip(b.floats()).enumerate();
            // What is equal as doubles may yet differ as 64-bit integers.
            let last = if exact && a != b && a.kind() == b.kind() && rules.tolerance.is_none() {
                same(false)
            } else {
                Comparison::Within
            };
            pairs
                .map(|(at, (a, b))| numbers(rules, description, a, b, exact, at))
                .find(|one| *one != Comparison::Within)
                .unwrap_or(last)
        }
        (a, b) => match (a.as_float(), b.as_float()) {
            (Some(a), Some(b)) => numbers(rules, description, a, b, !matches!(written, Value::Float(_)), 0),
            _ => incomparable(),
        },
    }
}

fn numbers(
    rules: &WriteRules,
    description: &Description,
    written: f64,
    read: f64,
    exact: bool,
    at: usize,
) -> Comparison {
    #[expect(clippy::float_cmp, reason = "also of the infinities, which have no difference")]
    if written == read || (written.is_nan() && read.is_nan()) {
        return Comparison::Within;
    }
    let allowed = rules.tolerance.and_then(|tolerance| Tolerance::around(tolerance, written)).unwrap_or_else(|| {
        let span = match (description.control.low, description.control.high) {
            (Some(low), Some(high)) if (high - low).is_finite() => (high - low).abs(),
            _ => 0.0,
        };
        if exact { 0.0 } else { (RELATIVE * written.abs()).max(OF_SPAN * span) }
    });
    let difference = (read - written).abs();
    // Written so that NaN is not within, and an infinite allowance is none.
    if difference <= allowed && allowed.is_finite() {
        return Comparison::Within;
    }
    let clamped_to = [description.control.low, description.control.high]
        .into_iter()
        .flatten()
        .find(|bound| bound.total_cmp(&read).is_eq());
    let unit = if description.unit.is_empty() { String::new() } else { format!(" {}", description.unit) };
    let clamped = if clamped_to.is_some() { ", a limit of the device" } else { "" };
    let message = format!(
        "{} was set to {written}{unit} and reads {read}{unit}{clamped}; {difference}{unit} is more than {allowed}{unit}",
        rules.channel
    );
    Comparison::Differs { at, difference, allowed, clamped_to, message }
}

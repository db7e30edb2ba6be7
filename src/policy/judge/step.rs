//! [`step`]: how far a write may go from where the machine is.

use crate::channel::{Description, Kind, Refusal, ScalarKind, Value};

use super::super::decision::{Violation, WriteRules};
use super::number::{At, Number, elements};

/// Checks a converted value against the channel's present one, element by element. Without a `max_step` all is well; with
/// one, whatever cannot be compared is refused.
///
/// Doubles that were meant to be a step apart may be off by their rounding (0.8 - 0.7 is more than 0.1); two units in the
/// last place of the larger one are let through.
pub fn step(rules: &WriteRules, description: &Description, native: &Value, present: &Value) -> Result<(), Violation> {
    let Some(max) = &rules.max_step else { return Ok(()) };
    let failed = |why: String| {
        let message = format!("{}: the step cannot be checked: {why}", rules.channel);
        Err(rules.violation(Refusal::StepCheckFailed, message, Some(&max.by)))
    };
    let single = matches!(description.native.kind, Kind::Number(ScalarKind::F32));
    let epsilon = if single { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let unit = if description.unit.is_empty() { String::new() } else { format!(" {}", description.unit) };
    let one = |new: f64, old: f64, at: At| {
        let distance = (new - old).abs();
        if !old.is_finite() {
            return failed(format!("{at}the present value is {old}"));
        }
        if !new.is_finite() {
            return failed(format!("{at}the new value is {new}"));
        }
        // Written so that a comparison with NaN refuses.
        if distance <= max.value + 2.0 * epsilon * new.abs().max(old.abs()) {
            return Ok(());
        }
        let message = format!(
            "{}: {at}from {old}{unit} to {new}{unit} is a step of {distance}{unit}, more than {}{unit}",
            rules.channel, max.value
        );
        Err(rules.violation(Refusal::MaxStepExceeded, message, Some(&max.by)))
    };
    // Exactly: 64-bit integers are not all doubles.
    let whole = |new: i128, old: i128, at: At| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive; `as` saturates")]
        if new.abs_diff(old) <= max.value.floor() as u128 {
            return Ok(());
        }
        let distance = new.abs_diff(old);
        let message = format!(
            "{}: {at}from {old}{unit} to {new}{unit} is a step of {distance}{unit}, more than {}{unit}",
            rules.channel, max.value
        );
        Err(rules.violation(Refusal::MaxStepExceeded, message, Some(&max.by)))
    };
    match (native, present) {
        (Value::Int(new), Value::Int(old)) => whole(*new, *old, At(None)),
        (Value::Array(new), Value::Array(old)) => {
            if new.shape() != old.shape() {
                return failed(format!("{} values are there, and {} are written", old.len(), new.len()));
            }
            for (at, pair) in elements(new).zip(elements(old)).enumerate() {
                match pair {
                    (Number::Int(new), Number::Int(old)) => whole(new, old, At(Some(at)))?,
                    (new, old) => one(new.float(), old.float(), At(Some(at)))?,
                }
            }
            Ok(())
        }
        (new, old) => match (new.as_float(), old.as_float()) {
            (Some(new), Some(old)) => one(new, old, At(None)),
            _ => failed(format!("the present value is {}, the new one {}", old.kind_name(), new.kind_name())),
        },
    }
}

//! Taking back: from what an execution wrote to the program that writes it back, in reverse order.
//!
//! The program is planned, approved and applied like any other: people see what it would do before it does it.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::record::MadeWrite;
use super::wire;
use crate::approval::Operation;
use crate::channel::Value;

/// A program that takes writes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollback {
    /// The program; it writes what is in its context.
    pub code: String,
    /// Arrays that are too long for a line.
    pub context: Map<String, Json>,
    /// How many writes it takes back.
    pub count: usize,
    /// What it cannot take back, and why.
    pub left: Vec<String>,
}

/// What each program begins with: what cannot be taken back does not keep the rest from it.
const PREAMBLE: &str = "\
# Takes back, last first, what was written.
from aerie_guest.control import ControlError, put


def back(protocol, channel, value):
    try:
        put(protocol, channel, value)
    except ControlError as error:
        print(\"not taken back:\", error)


";

/// Longest array that is written out.
const INLINE: usize = 8;

/// The ordered inverse of some writes. Writes that did not change anything, and those that took others back with them, are
/// left out.
#[must_use]
pub fn rollback(writes: &[MadeWrite]) -> Rollback {
    let mut code = PREAMBLE.to_owned();
    let mut context = Map::new();
    let mut left = Vec::new();
    let mut count = 0;
    let taken_back: Vec<u32> = writes.iter().filter(|w| w.outcome.is_good()).filter_map(|w| w.takes_back).collect();
    for write in writes.iter().rev() {
        let done = write.takes_back.is_some() || taken_back.contains(&write.n);
        if done || !write.outcome.may_have_changed_something() {
            continue;
        }
        let channel = &write.channel;
        let Some(before) = write.before.as_ref().filter(|_| write.operation == Operation::Write) else {
            let why = if write.operation == Operation::Command {
                "a command cannot be taken back"
            } else {
                "it is not known what it held"
            };
            left.push(format!("{channel}: {why}"));
            continue;
        };
        let Some(value) = literal(before, &mut context) else {
            left.push(format!("{channel}: its value before cannot be written as Python"));
            continue;
        };
        let name = json!(channel.name());
        let _ = writeln!(code, "back({:?}, {name}, {value})  # write {}", channel.protocol().as_str(), write.n);
        count += 1;
    }
    Rollback { code, context, count, left }
}

/// A value as Python has it; long arrays go into the context.
fn literal(value: &Value, context: &mut Map<String, Json>) -> Option<String> {
    Some(match value {
        Value::None | Value::Structure(..) => return None,
        Value::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Value::Int(value) => value.to_string(),
        // Rust's and Python's shortest forms read back as the same number.
        Value::Float(value) if value.is_finite() => format!("{value:?}"),
        Value::Float(value) => format!("float({:?})", value.to_string()),
        Value::Enum(index) => index.to_string(),
        Value::Text(text) => json!(text).to_string(),
        Value::Texts(texts) => json!(texts).to_string(),
        Value::Array(array) => {
            let list = wire::encode_short(value, usize::MAX)?;
            if array.floats().any(|number| !number.is_finite()) || array.shape().len() > 1 {
                return None;
            }
            if array.len() <= INLINE {
                return Some(list.to_string());
            }
            let key = format!("array_{}", context.len() + 1);
            context.insert(key.clone(), list);
            format!("context.{key}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Array, Channel, Protocol, WriteOutcome};

    fn write(n: u32, name: &str, before: Option<Value>, outcome: WriteOutcome) -> MadeWrite {
        MadeWrite {
            n,
            operation: Operation::Write,
            channel: Channel::parse(Protocol::Ca, name).unwrap(),
            before,
            value: Value::Float(9.0),
            takes_back: None,
            outcome,
            readback: None,
            message: String::new(),
        }
    }

    #[test]
    fn the_inverse_is_in_reverse_order_and_exact() {
        let wave = Array::of_doubles(&(0..20).map(f64::from).collect::<Vec<_>>());
        let writes = [
            write(1, "A:SP", Some(Value::Float(0.1)), WriteOutcome::Confirmed),
            write(2, "B:SP", Some(Value::Float(1.0)), WriteOutcome::Refused),
            write(3, "C:SP", Some(Value::Array(wave)), WriteOutcome::Unknown),
            write(4, "A:SP", Some(Value::Float(0.2)), WriteOutcome::Mismatch),
            write(5, "D:SP", None, WriteOutcome::Confirmed),
        ];
        let rollback = rollback(&writes);
        let puts: Vec<&str> = rollback.code.lines().filter(|line| line.starts_with("back(")).collect();
        assert_eq!(
            puts,
            [
                r#"back("ca", "A:SP", 0.2)  # write 4"#,
                r#"back("ca", "C:SP", context.array_1)  # write 3"#,
                r#"back("ca", "A:SP", 0.1)  # write 1"#
            ]
        );
        assert_eq!((rollback.count, rollback.left.len()), (3, 1));
        assert_eq!(rollback.context["array_1"].as_array().unwrap().len(), 20);
    }

    #[test]
    fn what_was_taken_back_is_not_taken_back_again() {
        let mut back = write(2, "A:SP", Some(Value::Float(9.0)), WriteOutcome::Confirmed);
        back.takes_back = Some(1);
        let writes = [write(1, "A:SP", Some(Value::Float(0.1)), WriteOutcome::Mismatch), back];
        assert_eq!(rollback(&writes).count, 0);
    }
}

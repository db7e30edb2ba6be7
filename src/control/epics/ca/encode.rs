//! A value in a channel's own type, ready to be sent. Nothing is converted: what does not fit exactly is refused.

use super::convert::{number_of, swap};
use super::link::Link;
use super::wire;
use crate::channel::{Array, ScalarKind, Value};

/// What is sent: the bytes and how many elements they are.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    pub(super) count: u32,
}

/// The bytes of a value; or what is wrong with it. `labels` is the number of an enumeration's labels.
pub(super) fn encode(link: &Link, labels: usize, value: &Value) -> Result<Encoded, String> {
    let native = wire::type_name(link.kind);
    if link.is_scalar() {
        return Ok(Encoded { bytes: scalar(link.kind, labels, value)?, count: 1 });
    }
    let count = value.len();
    if count == 0 {
        return Err("it is an array, and Channel Access writes at least one element".to_owned());
    }
    let few = u32::try_from(count).ok().filter(|count| *count <= link.count);
    let Some(few) = few else { return Err(format!("it holds {} elements, not {count}", link.count)) };
    let bytes = match (link.kind, value) {
        (wire::STRING, Value::Texts(texts)) => {
            let mut bytes = Vec::with_capacity(count * wire::STRING_SIZE);
            for text in texts {
                bytes.extend_from_slice(&string(text)?);
            }
            bytes
        }
        (kind, Value::Array(array)) => row(kind, array)?,
        (_, other) => {
            return Err(format!("it is an array ({native}, up to {} elements), not {}", link.count, other.kind_name()));
        }
    };
    Ok(Encoded { bytes, count: few })
}

fn row(kind: u16, array: &Array) -> Result<Vec<u8>, String> {
    let native = wire::type_name(kind);
    let Some(number) = number_of(kind) else { return Err(format!("it is an array of {native}, not of numbers")) };
    if array.kind() != number || array.shape().len() != 1 {
        return Err(format!("it is a row of {number:?} ({native}), not {:?} of {:?}", array.kind(), array.shape()));
    }
    let mut bytes = array.bytes().to_vec();
    swap(number.size(), &mut bytes);
    Ok(bytes)
}

fn scalar(kind: u16, labels: usize, value: &Value) -> Result<Vec<u8>, String> {
    let wrong = || Err(format!("it is {}, not {}", wire::type_name(kind), value.kind_name()));
    Ok(match (kind, value) {
        (wire::STRING, Value::Text(text)) => string(text)?.to_vec(),
        (wire::DOUBLE, Value::Float(number)) => number.to_be_bytes().to_vec(),
        (wire::FLOAT, Value::Float(number)) => single(*number)?.to_be_bytes().to_vec(),
        (wire::SHORT, Value::Int(number)) => {
            i16::try_from(*number).map_err(|_| outside(ScalarKind::I16, *number))?.to_be_bytes().to_vec()
        }
        (wire::LONG, Value::Int(number)) => {
            i32::try_from(*number).map_err(|_| outside(ScalarKind::I32, *number))?.to_be_bytes().to_vec()
        }
        (wire::CHAR, Value::Int(number)) => vec![u8::try_from(*number).map_err(|_| outside(ScalarKind::U8, *number))?],
        (wire::ENUM, Value::Enum(index)) => {
            let known = usize::try_from(*index).is_ok_and(|index| index < labels);
            match u16::try_from(*index) {
                Ok(index) if known => index.to_be_bytes().to_vec(),
                _ => return Err(format!("it has {labels} labels, so there is none with the index {index}")),
            }
        }
        _ => return wrong(),
    })
}

fn outside(kind: ScalarKind, number: i128) -> String {
    let (low, high) = kind.integer_range().unwrap_or_default();
    format!("it holds integers from {low} to {high}, not {number}")
}

/// A double as a single: rounded, as it must be, but never to infinity.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what a single does; overflow is looked for")]
fn single(number: f64) -> Result<f32, String> {
    let single = number as f32;
    if number.is_finite() && single.is_infinite() {
        return Err(format!("it holds single precision, and {number} is too large for it"));
    }
    Ok(single)
}

fn string(text: &str) -> Result<[u8; wire::STRING_SIZE], String> {
    if text.contains('\0') {
        return Err("it holds a text without zero characters".to_owned());
    }
    let mut bytes = [0; wire::STRING_SIZE];
    let length = text.len();
    let room = bytes.split_at_mut_checked(length).filter(|(_, rest)| !rest.is_empty());
    let Some((start, _)) = room else {
        return Err(format!("it holds {} bytes of text, not {length}", wire::STRING_SIZE - 1));
    };
    start.copy_from_slice(text.as_bytes());
    Ok(bytes)
}

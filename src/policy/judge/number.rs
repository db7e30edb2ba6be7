//! [`Number`]: one element on its way, neither rounded nor converted.

use crate::channel::{Array, ScalarKind};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Bool(bool),
    Int(i128),
    Float(f64),
}

/// Where an element stands, for messages; nothing for a scalar.
#[derive(Debug, Clone, Copy)]
pub(super) struct At(pub Option<usize>);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |place| write!(f, "element {place}: "))
    }
}

impl Number {
    /// As a double; integers beyond 2^53 are rounded.
    #[expect(clippy::cast_precision_loss, reason = "said in the documentation")]
    pub(super) fn float(self) -> f64 {
        match self {
            Self::Bool(truth) => f64::from(u8::from(truth)),
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// Whether a number is beyond a bound, exactly: an integer is never rounded to compare it.
pub(super) fn outside(number: Number, bound: f64, low: bool) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is right for a bound out of range")]
    match number {
        Number::Bool(truth) => outside(Number::Int(i128::from(truth)), bound, low),
        Number::Int(number) if low => number < bound.ceil() as i128,
        Number::Int(number) => number > bound.floor() as i128,
        // NaN gets here only where it is allowed.
        Number::Float(number) if low => number < bound,
        Number::Float(number) => number > bound,
    }
}

/// The elements of an array, none of them rounded.
pub(super) fn elements(array: &Array) -> impl Iterator<Item = Number> + '_ {
    let kind = array.kind();
    array.bytes().chunks_exact(kind.size()).filter_map(move |bytes| {
        Some(match kind {
            ScalarKind::Bool => Number::Bool(*bytes.first()? != 0),
            ScalarKind::I8 => Number::Int(i128::from(bytes.first()?.cast_signed())),
            ScalarKind::U8 => Number::Int(i128::from(*bytes.first()?)),
            ScalarKind::I16 => Number::Int(i128::from(i16::from_le_bytes(bytes.try_into().ok()?))),
            ScalarKind::U16 => Number::Int(i128::from(u16::from_le_bytes(bytes.try_into().ok()?))),
            ScalarKind::I32 => Number::Int(i128::from(i32::from_le_bytes(bytes.try_into().ok()?))),
            ScalarKind::U32 => Number::Int(i128::from(u32::from_le_bytes(bytes.try_into().ok()?))),
            ScalarKind::I64 => Number::Int(i128::from(i64::from_le_bytes(bytes.try_into().ok()?))),
            ScalarKind::U64 => Number::Int(i128::from(u64::from_le_bytes(bytes.try_into().ok()?))),
            ScalarKind::F32 => Number::Float(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
            ScalarKind::F64 => Number::Float(f64::from_le_bytes(bytes.try_into().ok()?)),
        })
    })
}

/// Appends an element that is known to fit.
pub(super) fn push(kind: ScalarKind, number: Number, bytes: &mut Vec<u8>) {
    #[expect(clippy::cast_possible_truncation, reason = "checked against the type before")]
    match (kind, number) {
        (ScalarKind::F32, Number::Float(number)) => bytes.extend((number as f32).to_le_bytes()),
        (_, Number::Float(number)) => bytes.extend(number.to_le_bytes()),
        (_, Number::Bool(truth)) => bytes.push(u8::from(truth)),
        (kind, Number::Int(number)) => bytes.extend(number.to_le_bytes().into_iter().take(kind.size())),
    }
}

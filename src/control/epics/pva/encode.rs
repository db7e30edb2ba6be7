//! A value in a channel's own type, ready to be written. Nothing is converted: what does not fit exactly is refused. The
//! library below would convert (a text that is no number into 0.0) or quietly write nothing.

use epics_pva_rs::pvdata::{PvArray, PvField, ScalarValue, TypedScalarArray};

use super::structure::{Shape, labels, native, shape};
use crate::channel::{Array, ScalarKind, Value};

/// Why a value is not written.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It is of the wrong type; with what is wrong.
    Wrong(String),
    /// Channels like this are not written; with what to do.
    Unsupported(String),
}

/// The field to write and what to write into it.
pub(super) fn encode(root: &PvField, value: &Value) -> Result<(&'static str, PvField), Unfit> {
    let fit = match shape(root) {
        Shape::Scalar(model) => ("value", scalar(model, value).map(|fit| fit.map(PvField::Scalar))),
        Shape::Row(model) => ("value", row(model, value).map(|fit| fit.map(PvField::ScalarArrayTyped))),
        Shape::Enum(choice) => ("value.index", index(labels(choice).len(), value)),
        Shape::Other(_) => {
            let message = format!("it is a structure ({}); structures are read only", native(root).name);
            return Err(Unfit::Unsupported(message));
        }
    };
    match fit {
        (field, Some(Ok(encoded))) => Ok((field, encoded)),
        (_, Some(Err(message))) => Err(Unfit::Wrong(message)),
        (_, None) => Err(Unfit::Wrong(format!("it is {}, not {}", native(root).name, described(value)))),
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::Array(array) => format!("an array of {:?}, {:?}", array.kind(), array.shape()),
        other => other.kind_name().to_owned(),
    }
}

/// Written as an `int` by that name and no other way: what the library does with a label or with another type is nothing,
/// successfully.
fn index(labels: usize, value: &Value) -> Option<Result<PvField, String>> {
    let Value::Enum(index) = value else { return None };
    let known = usize::try_from(*index).is_ok_and(|index| index < labels);
    Some(match i32::try_from(*index) {
        Ok(index) if known => Ok(PvField::Scalar(ScalarValue::Int(index))),
        _ => Err(format!("it has {labels} labels, so there is none with the index {index}")),
    })
}

fn scalar(model: &ScalarValue, value: &Value) -> Option<Result<ScalarValue, String>> {
    macro_rules! integer {
        ($number:expr, $kind:ident, $variant:ident) => {
            ScalarKind::$kind.integer_range().map(|(low, high)| match (*$number).try_into() {
                Ok(fits) => Ok(ScalarValue::$variant(fits)),
                Err(_) => Err(format!("it holds integers from {low} to {high}, not {}", $number)),
            })
        };
    }
    match (model, value) {
        (ScalarValue::Boolean(_), Value::Bool(truth)) => Some(Ok(ScalarValue::Boolean(*truth))),
        (ScalarValue::Byte(_), Value::Int(number)) => integer!(number, I8, Byte),
        (ScalarValue::Short(_), Value::Int(number)) => integer!(number, I16, Short),
        (ScalarValue::Int(_), Value::Int(number)) => integer!(number, I32, Int),
        (ScalarValue::Long(_), Value::Int(number)) => integer!(number, I64, Long),
        (ScalarValue::UByte(_), Value::Int(number)) => integer!(number, U8, UByte),
        (ScalarValue::UShort(_), Value::Int(number)) => integer!(number, U16, UShort),
        (ScalarValue::UInt(_), Value::Int(number)) => integer!(number, U32, UInt),
        (ScalarValue::ULong(_), Value::Int(number)) => integer!(number, U64, ULong),
        (ScalarValue::Float(_), Value::Float(number)) => Some(single(*number).map(ScalarValue::Float)),
        (ScalarValue::Double(_), Value::Float(number)) => Some(Ok(ScalarValue::Double(*number))),
        (ScalarValue::String(_), Value::Text(text)) => Some(Ok(ScalarValue::String(text.as_str().into()))),
        _ => None,
    }
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

fn row(model: &TypedScalarArray, value: &Value) -> Option<Result<TypedScalarArray, String>> {
    if let (TypedScalarArray::String(_), Value::Texts(texts)) = (model, value) {
        let texts: Vec<_> = texts.iter().map(|text| text.as_str().into()).collect();
        return Some(Ok(TypedScalarArray::String(texts.into())));
    }
    let Value::Array(array) = value else { return None };
    if array.shape().len() != 1 {
        return None;
    }
    let bytes = array.bytes();
    Some(Ok(match (model, array.kind()) {
        (TypedScalarArray::Boolean(_), ScalarKind::Bool) => {
            TypedScalarArray::Boolean(bytes.iter().map(|byte| *byte != 0).collect::<Vec<_>>().into())
        }
        (TypedScalarArray::Byte(_), ScalarKind::I8) => TypedScalarArray::Byte(copy(array, i8::from_le_bytes)),
        (TypedScalarArray::UByte(_), ScalarKind::U8) => TypedScalarArray::UByte(bytes.to_vec().into()),
        (TypedScalarArray::Short(_), ScalarKind::I16) => TypedScalarArray::Short(copy(array, i16::from_le_bytes)),
        (TypedScalarArray::UShort(_), ScalarKind::U16) => TypedScalarArray::UShort(copy(array, u16::from_le_bytes)),
        (TypedScalarArray::Int(_), ScalarKind::I32) => TypedScalarArray::Int(copy(array, i32::from_le_bytes)),
        (TypedScalarArray::UInt(_), ScalarKind::U32) => TypedScalarArray::UInt(copy(array, u32::from_le_bytes)),
        (TypedScalarArray::Long(_), ScalarKind::I64) => TypedScalarArray::Long(copy(array, i64::from_le_bytes)),
        (TypedScalarArray::ULong(_), ScalarKind::U64) => TypedScalarArray::ULong(copy(array, u64::from_le_bytes)),
        (TypedScalarArray::Float(_), ScalarKind::F32) => TypedScalarArray::Float(copy(array, f32::from_le_bytes)),
        (TypedScalarArray::Double(_), ScalarKind::F64) => TypedScalarArray::Double(copy(array, f64::from_le_bytes)),
        _ => return None,
    }))
}

fn copy<T: Send + Sync + 'static, const N: usize>(array: &Array, of_bytes: fn([u8; N]) -> T) -> PvArray<T> {
    array.bytes().as_chunks::<N>().0.iter().map(|bytes| of_bytes(*bytes)).collect::<Vec<T>>().into()
}

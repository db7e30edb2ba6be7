//! Native types: what protocols call them, which values fit, and numbers turned into values of a type.

use crate::channel::{Array, Description, Kind, NativeType, Protocol, ScalarKind, Value};

/// Longest text that is taken, in bytes.
const MAX_TEXT: usize = 65_536;
/// Longest text of a Channel Access string.
const MAX_DBR_STRING: usize = 39;

/// A type under the name that the protocol has for it.
pub(super) fn native(protocol: Protocol, kind: Kind, shape: Vec<usize>) -> NativeType {
    let base = match protocol {
        Protocol::Ca => ca_name(kind),
        Protocol::Pva => pva_name(kind),
        Protocol::Tango => tango_name(kind),
    };
    let array = protocol == Protocol::Pva && !shape.is_empty();
    NativeType { kind, shape, name: if array { format!("{base}[]") } else { base.to_owned() } }
}

fn ca_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Number(ScalarKind::F64 | ScalarKind::I64 | ScalarKind::U64) => "DBR_DOUBLE",
        Kind::Number(ScalarKind::F32) => "DBR_FLOAT",
        Kind::Number(ScalarKind::I32 | ScalarKind::U32) => "DBR_LONG",
        Kind::Number(ScalarKind::I16 | ScalarKind::U16) => "DBR_SHORT",
        Kind::Number(ScalarKind::I8 | ScalarKind::U8 | ScalarKind::Bool) => "DBR_CHAR",
        Kind::Text | Kind::Structure | Kind::None => "DBR_STRING",
        Kind::Enum => "DBR_ENUM",
    }
}

fn pva_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Number(number) => match number {
            ScalarKind::Bool => "boolean",
            ScalarKind::I8 => "byte",
            ScalarKind::U8 => "ubyte",
            ScalarKind::I16 => "short",
            ScalarKind::U16 => "ushort",
            ScalarKind::I32 => "int",
            ScalarKind::U32 => "uint",
            ScalarKind::I64 => "long",
            ScalarKind::U64 => "ulong",
            ScalarKind::F32 => "float",
            ScalarKind::F64 => "double",
        },
        Kind::Text => "string",
        Kind::Enum => "enum_t",
        Kind::Structure | Kind::None => "structure",
    }
}

fn tango_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Number(number) => match number {
            ScalarKind::Bool => "DevBoolean",
            ScalarKind::I8 | ScalarKind::U8 => "DevUChar",
            ScalarKind::I16 => "DevShort",
            ScalarKind::U16 => "DevUShort",
            ScalarKind::I32 => "DevLong",
            ScalarKind::U32 => "DevULong",
            ScalarKind::I64 => "DevLong64",
            ScalarKind::U64 => "DevULong64",
            ScalarKind::F32 => "DevFloat",
            ScalarKind::F64 => "DevDouble",
        },
        Kind::Text => "DevString",
        Kind::Enum => "DevEnum",
        Kind::Structure => "DevEncoded",
        Kind::None => "DevVoid",
    }
}

/// Says why a value is not of this type; nothing is converted.
pub(super) fn fits(native: &NativeType, labels: &[String], value: &Value) -> Result<(), String> {
    let given = || format!("it is {}, and was given {}", name_of(native), value.kind_name());
    match (native.kind, native.shape.as_slice(), value) {
        (Kind::Structure, ..) => {
            Err("it is a structure; only its fields could be written, and no protocol says how".into())
        }
        (Kind::None, _, Value::None) => Ok(()),
        (Kind::Number(ScalarKind::Bool), [], Value::Bool(_)) => Ok(()),
        (Kind::Number(number), [], Value::Float(_)) if number.is_float() => Ok(()),
        (Kind::Number(number), [], Value::Int(int)) => match number.integer_range() {
            Some((low, high)) if number != ScalarKind::Bool => {
                let inside = (low..=high).contains(int);
                inside.then_some(()).ok_or_else(|| format!("{int} is not within {low} to {high}, its type's range"))
            }
            _ => Err(given()),
        },
        (Kind::Text, [], Value::Text(text)) => text_fits(native, text),
        (Kind::Enum, [], Value::Enum(index)) => {
            let known = usize::try_from(*index).is_ok_and(|index| index < labels.len());
            known.then_some(()).ok_or_else(|| format!("it has {} states, and no number {index}", labels.len()))
        }
        (Kind::Number(number), sides @ [_, ..], Value::Array(array)) => {
            if array.kind() != number || array.shape().len() != sides.len() {
                return Err(given());
            }
            let inside = array.shape().iter().zip(sides).all(|(side, most)| side <= most);
            inside
                .then_some(())
                .ok_or_else(|| format!("it holds at most {sides:?} elements, and was given {:?}", array.shape()))
        }
        (Kind::Text, [most], Value::Texts(texts)) => {
            if texts.len() > *most {
                return Err(format!("it holds at most {most} texts, and was given {}", texts.len()));
            }
            texts.iter().try_for_each(|text| text_fits(native, text))
        }
        _ => Err(given()),
    }
}

fn text_fits(native: &NativeType, text: &str) -> Result<(), String> {
    let most = if native.name == "DBR_STRING" { MAX_DBR_STRING } else { MAX_TEXT };
    if text.len() > most {
        return Err(format!("its text may have {most} bytes, and this one has {}", text.len()));
    }
    if text.contains('\0') { Err("its text may have no NUL character".into()) } else { Ok(()) }
}

fn name_of(native: &NativeType) -> String {
    if native.is_scalar() { native.name.clone() } else { format!("{} {:?}", native.name, native.shape) }
}

/// A number as a scalar of this type; what does not fit is cut to the type's range. `None` for types without numbers.
pub(super) fn of_float(kind: Kind, number: f64) -> Option<Value> {
    Some(match kind {
        Kind::Number(ScalarKind::Bool) => Value::Bool(number != 0.0),
        Kind::Number(scalar) => match scalar.integer_range() {
            Some((low, high)) => Value::Int(whole(number).clamp(low, high)),
            None => Value::Float(number),
        },
        Kind::Enum => Value::Enum(u32::try_from(whole(number)).unwrap_or(0)),
        Kind::Text | Kind::Structure | Kind::None => return None,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and NaN becomes 0: what is wanted here")]
fn whole(number: f64) -> i128 {
    number.round() as i128
}

/// The bytes of one element of a row of numbers.
pub(super) fn push_element(bytes: &mut Vec<u8>, kind: ScalarKind, number: f64) {
    match kind {
        ScalarKind::F64 => bytes.extend_from_slice(&number.to_le_bytes()),
        ScalarKind::F32 => bytes.extend_from_slice(&single(number).to_le_bytes()),
        _ => {
            let (low, high) = kind.integer_range().unwrap_or((0, 0));
            let integer = whole(number).clamp(low, high);
            // Within its range, an integer's low bytes are the integer.
            bytes.extend_from_slice(integer.to_le_bytes().get(..kind.size()).unwrap_or(&[]));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a single is asked for; what is too large becomes infinite")]
fn single(number: f64) -> f32 {
    number as f32
}

/// Numbers in an array of this type and shape; `None` if they are not as many as the shape says.
pub(super) fn array(kind: ScalarKind, shape: Vec<usize>, numbers: impl Iterator<Item = f64>) -> Option<Array> {
    let mut bytes = Vec::with_capacity(numbers.size_hint().0 * kind.size());
    for number in numbers {
        push_element(&mut bytes, kind, number);
    }
    Array::new(kind, shape, bytes)
}

/// A value turned into the type of a channel that follows one of another type; itself if that is not possible.
pub(super) fn like(about: &Description, value: Value) -> Value {
    if fits(&about.native, &about.labels, &value).is_ok() {
        return value;
    }
    let turned = if about.native.is_scalar() {
        value.as_float().and_then(|number| of_float(about.native.kind, number))
    } else {
        None
    };
    turned.unwrap_or(value)
}

/// About how much memory a value takes.
pub(super) fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Array(array) => array.bytes().len(),
            Value::Texts(texts) => texts.iter().map(|text| text.len() + size_of::<String>()).sum(),
            Value::Structure(id, fields) => {
                id.len() + fields.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>()
            }
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Enum(_) => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_converted() {
        let double = native(Protocol::Ca, Kind::Number(ScalarKind::F64), Vec::new());
        assert!(fits(&double, &[], &Value::Float(1.0)).is_ok());
        for value in [Value::Int(1), Value::Bool(true), Value::Text("1".into()), Value::None, Value::Enum(1)] {
            assert!(fits(&double, &[], &value).is_err(), "{value:?}");
        }
        let short = native(Protocol::Tango, Kind::Number(ScalarKind::I16), Vec::new());
        assert!(fits(&short, &[], &Value::Int(32767)).is_ok());
        assert!(fits(&short, &[], &Value::Int(32768)).is_err());
        assert!(fits(&short, &[], &Value::Float(1.0)).is_err());
    }

    #[test]
    fn arrays_keep_type_and_shape() {
        let row = native(Protocol::Pva, Kind::Number(ScalarKind::F64), vec![3]);
        assert_eq!(row.name, "double[]");
        assert!(fits(&row, &[], &Value::Array(Array::of_doubles(&[1.0, 2.0]))).is_ok());
        assert!(fits(&row, &[], &Value::Array(Array::of_doubles(&[0.0; 4]))).is_err());
        let singles = array(ScalarKind::F32, vec![1], [1.0].into_iter()).unwrap();
        assert!(fits(&row, &[], &Value::Array(singles)).is_err());
        let grid = array(ScalarKind::F64, vec![1, 1], [1.0].into_iter()).unwrap();
        assert!(fits(&row, &[], &Value::Array(grid)).is_err());
    }

    #[test]
    fn texts_and_labels_have_bounds() {
        let text = native(Protocol::Ca, Kind::Text, Vec::new());
        assert!(fits(&text, &[], &Value::Text("x".repeat(39))).is_ok());
        assert!(fits(&text, &[], &Value::Text("x".repeat(40))).is_err());
        let state = native(Protocol::Ca, Kind::Enum, Vec::new());
        let labels = ["Off".to_owned(), "On".to_owned()];
        assert!(fits(&state, &labels, &Value::Enum(1)).is_ok());
        assert!(fits(&state, &labels, &Value::Enum(2)).is_err());
    }

    #[test]
    fn integers_in_rows_are_cut_to_their_range() {
        let row = array(ScalarKind::I8, vec![3], [-1.0, 300.0, f64::NAN].into_iter()).unwrap();
        assert_eq!(row.floats().collect::<Vec<_>>(), [-1.0, 127.0, 0.0]);
    }
}

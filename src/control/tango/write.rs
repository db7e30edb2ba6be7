//! From our values to Tango's, of exactly the channel's own type: nothing is converted, and what does not fit is not sent.

use ::tango::buf::Buf;
use ::tango::dev::{AttrInfo, DevState};
use ::tango::value::{
    AttrDataFormat, AttrDataKind, CommandDataKind, DevEnum, Scalar, Spectrum, Value as Wire, ValueFormat,
};

use super::failure::Failure;
use super::types::{INDEX, STATES, attribute_kind};
use crate::channel::{Array, ScalarKind, Value};

/// The states, in Tango's order.
const STATE_VALUES: [DevState; 14] = [
    DevState::On,
    DevState::Off,
    DevState::Close,
    DevState::Open,
    DevState::Insert,
    DevState::Extract,
    DevState::Moving,
    DevState::Standby,
    DevState::Fault,
    DevState::Init,
    DevState::Running,
    DevState::Alarm,
    DevState::Disable,
    DevState::Unknown,
];

/// A value for an attribute.
pub(super) fn attribute(info: &AttrInfo, value: &Value) -> Result<Wire, Failure> {
    let labels = info.config.enum_labels.len();
    match info.data_format {
        AttrDataFormat::Scalar => scalar(info.data_kind, labels, value),
        AttrDataFormat::Spectrum(most) => {
            let name = format!("at most {most} of {}", attribute_kind(info.data_kind).1);
            if value.len() > most {
                return Err(wrong(&name, value));
            }
            row(info.data_kind, labels, &name, value)
        }
        AttrDataFormat::Image(columns, rows) => {
            let name = format!("at most {rows} rows of at most {columns} {}", attribute_kind(info.data_kind).1);
            let Value::Array(array) = value else { return Err(wrong(&name, value)) };
            match *array.shape() {
                [height, width] if height <= rows && width <= columns => {
                    grid(info.data_kind, labels, &name, array, [width, height])
                }
                _ => Err(wrong(&name, value)),
            }
        }
    }
}

/// A value for a command.
pub(super) fn argument(kind: CommandDataKind, value: &Value) -> Result<Wire, Failure> {
    use AttrDataKind as Of;
    use CommandDataKind as Kind;
    let one = |kind| scalar(kind, 0, value);
    let many = |kind: AttrDataKind| row(kind, 0, &format!("a row of {}", attribute_kind(kind).1), value);
    match kind {
        Kind::Void if *value == Value::None => Ok(Wire::Void),
        Kind::Void => Err(wrong("no argument", value)),
        Kind::Bool => one(Of::Bool),
        Kind::Octet => one(Of::Octet),
        Kind::UShort => one(Of::UShort),
        Kind::Short => one(Of::Short),
        Kind::ULong => one(Of::ULong),
        Kind::Long => one(Of::Long),
        Kind::ULong64 => one(Of::ULong64),
        Kind::Long64 => one(Of::Long64),
        Kind::Float => one(Of::Float),
        Kind::Double => one(Of::Double),
        Kind::State => one(Of::State),
        Kind::String => one(Of::String),
        Kind::BoolArray => many(Of::Bool),
        Kind::OctetArray => many(Of::Octet),
        Kind::UShortArray => many(Of::UShort),
        Kind::ShortArray => many(Of::Short),
        Kind::ULongArray => many(Of::ULong),
        Kind::LongArray => many(Of::Long),
        Kind::ULong64Array => many(Of::ULong64),
        Kind::Long64Array => many(Of::Long64),
        Kind::FloatArray => many(Of::Float),
        Kind::DoubleArray => many(Of::Double),
        Kind::StateArray => many(Of::State),
        Kind::StringArray => many(Of::String),
        Kind::LongStringArray => {
            let (numbers, strings) = pair(ScalarKind::I32, "numbers (32-bit integers) and strings", value)?;
            Ok(Wire::LongString(Buf::from(elements(numbers, i32::from_le_bytes)), strings))
        }
        Kind::DoubleStringArray => {
            let (numbers, strings) = pair(ScalarKind::F64, "numbers (doubles) and strings", value)?;
            Ok(Wire::DoubleString(Buf::from(elements(numbers, f64::from_le_bytes)), strings))
        }
        Kind::Encoded => Err(Failure::Unsupported("DevEncoded can be read, not sent".to_owned())),
    }
}

fn wrong(want: &str, value: &Value) -> Failure {
    let given = match value {
        Value::Array(array) => format!("an array {:?} of {:?}", array.shape(), array.kind()),
        Value::Texts(texts) => format!("{} texts", texts.len()),
        Value::Text(_) | Value::None | Value::Structure(..) => value.kind_name().to_owned(),
        other => format!("{} ({other})", other.kind_name()),
    };
    Failure::Wrong(format!("it takes {want}, not {given}"))
}

fn scalar(kind: AttrDataKind, labels: usize, value: &Value) -> Result<Wire, Failure> {
    let (_, name) = attribute_kind(kind);
    let bad = || wrong(name, value);
    match (kind, value) {
        (AttrDataKind::Bool, Value::Bool(value)) => Ok(Wire::from(*value)),
        (AttrDataKind::Octet, Value::Int(value)) => u8::try_from(*value).map(Wire::from).map_err(|_| bad()),
        (AttrDataKind::UShort, Value::Int(value)) => u16::try_from(*value).map(Wire::from).map_err(|_| bad()),
        (AttrDataKind::Short, Value::Int(value)) => i16::try_from(*value).map(Wire::from).map_err(|_| bad()),
        (AttrDataKind::ULong, Value::Int(value)) => u32::try_from(*value).map(Wire::from).map_err(|_| bad()),
        (AttrDataKind::Long, Value::Int(value)) => i32::try_from(*value).map(Wire::from).map_err(|_| bad()),
        (AttrDataKind::ULong64, Value::Int(value)) => u64::try_from(*value).map(Wire::from).map_err(|_| bad()),
        (AttrDataKind::Long64, Value::Int(value)) => i64::try_from(*value).map(Wire::from).map_err(|_| bad()),
        (AttrDataKind::Double, Value::Float(value)) => Ok(Wire::from(*value)),
        (AttrDataKind::Float, Value::Float(value)) => single(*value).map(Wire::from).ok_or_else(bad),
        (AttrDataKind::Enum, Value::Enum(index)) => match i16::try_from(*index) {
            Ok(short) if usize::try_from(*index).is_ok_and(|index| index < labels) => Ok(Wire::from(DevEnum(short))),
            _ => Err(wrong(&format!("an index below {labels}"), value)),
        },
        (AttrDataKind::State, Value::Enum(index)) => state(i64::from(*index)).map(Wire::from).ok_or_else(bad),
        (AttrDataKind::String, Value::Text(text)) => Ok(Wire::from(plain(text)?)),
        (AttrDataKind::Encoded, _) => Err(Failure::Unsupported("DevEncoded can be read, not written".to_owned())),
        _ => Err(bad()),
    }
}

/// The nearest single-precision number; none where a finite number would become infinite.
#[expect(clippy::cast_possible_truncation, reason = "rounding to the channel's own precision is what a write to it is")]
fn single(value: f64) -> Option<f32> {
    let single = value as f32;
    (single.is_finite() || !value.is_finite()).then_some(single)
}

fn state(index: i64) -> Option<DevState> {
    usize::try_from(index).ok().and_then(|index| STATE_VALUES.get(index).copied())
}

/// Tango's texts are Latin-1 and end at the first NUL: what would arrive as something else is not sent.
fn plain(text: &str) -> Result<&str, Failure> {
    match text.chars().find(|c| *c == '\0' || u32::from(*c) > 0xFF) {
        None => Ok(text),
        Some(c) => Err(Failure::Wrong(format!("Tango's texts are Latin-1 without NUL; {c:?} cannot be sent"))),
    }
}

fn strings(texts: &[String]) -> Result<Spectrum<str>, Failure> {
    for text in texts {
        plain(text)?;
    }
    Ok(Spectrum::from(texts))
}

fn elements<T, const N: usize>(array: &Array, element: fn([u8; N]) -> T) -> Vec<T> {
    array.bytes().chunks_exact(N).filter_map(|bytes| bytes.try_into().ok().map(element)).collect()
}

/// Numbers of one type, in a row or a grid.
macro_rules! numbers {
    ($array:expr, $dim:expr, $kind:expr, $element:expr) => {
        if $array.kind() == $kind { Buf::from_slice(&elements($array, $element), $dim).map(Wire::from) } else { None }
    };
}

macro_rules! packed {
    ($kind:expr, $labels:expr, $array:expr, $dim:expr) => {
        match $kind {
            AttrDataKind::Bool => numbers!($array, $dim, ScalarKind::Bool, |[byte]: [u8; 1]| byte != 0),
            AttrDataKind::Octet => numbers!($array, $dim, ScalarKind::U8, u8::from_le_bytes),
            AttrDataKind::UShort => numbers!($array, $dim, ScalarKind::U16, u16::from_le_bytes),
            AttrDataKind::Short => numbers!($array, $dim, ScalarKind::I16, i16::from_le_bytes),
            AttrDataKind::ULong => numbers!($array, $dim, ScalarKind::U32, u32::from_le_bytes),
            AttrDataKind::Long => numbers!($array, $dim, ScalarKind::I32, i32::from_le_bytes),
            AttrDataKind::ULong64 => numbers!($array, $dim, ScalarKind::U64, u64::from_le_bytes),
            AttrDataKind::Long64 => numbers!($array, $dim, ScalarKind::I64, i64::from_le_bytes),
            AttrDataKind::Float => numbers!($array, $dim, ScalarKind::F32, f32::from_le_bytes),
            AttrDataKind::Double => numbers!($array, $dim, ScalarKind::F64, f64::from_le_bytes),
            AttrDataKind::Enum if all_below($array, $labels) => {
                numbers!($array, $dim, INDEX, |bytes| DevEnum(i16::from_le_bytes(bytes)))
            }
            AttrDataKind::State if all_below($array, STATES.len()) => {
                numbers!($array, $dim, INDEX, |bytes| state(i16::from_le_bytes(bytes).into())
                    .unwrap_or(DevState::Unknown))
            }
            AttrDataKind::Enum | AttrDataKind::State | AttrDataKind::String | AttrDataKind::Encoded => None,
        }
    };
}

fn all_below(array: &Array, labels: usize) -> bool {
    let index = |value: i16| usize::try_from(value).is_ok_and(|index| index < labels);
    array.kind() == INDEX && elements(array, i16::from_le_bytes).into_iter().all(index)
}

fn row(kind: AttrDataKind, labels: usize, name: &str, value: &Value) -> Result<Wire, Failure> {
    match (kind, value) {
        (AttrDataKind::String, Value::Texts(texts)) => Ok(Wire::String(ValueFormat::Spectrum(strings(texts)?))),
        (_, Value::Array(array)) if array.shape().len() == 1 => {
            packed!(kind, labels, array, [array.len()]).ok_or_else(|| wrong(name, value))
        }
        _ => Err(wrong(name, value)),
    }
}

fn grid(kind: AttrDataKind, labels: usize, name: &str, array: &Array, dim: [usize; 2]) -> Result<Wire, Failure> {
    packed!(kind, labels, array, dim).ok_or_else(|| wrong(name, &Value::Array(array.clone())))
}

fn pair<'v>(kind: ScalarKind, name: &str, value: &'v Value) -> Result<(&'v Array, Spectrum<str>), Failure> {
    let Value::Structure(_, fields) = value else { return Err(wrong(name, value)) };
    match fields.as_slice() {
        [(first, Value::Array(numbers)), (second, Value::Texts(texts))]
            if first == "numbers" && second == "strings" && numbers.kind() == kind && numbers.shape().len() == 1 =>
        {
            Ok((numbers, strings(texts)?))
        }
        _ => Err(wrong(name, value)),
    }
}

/// A name as rstango takes it.
pub(super) fn name(name: &str) -> Scalar<str> {
    Scalar::from(name)
}

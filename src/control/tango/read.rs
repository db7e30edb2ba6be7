//! From Tango's values to ours.

use std::time::{SystemTime, UNIX_EPOCH};

use ::tango::dev::{AttrInfo, AttrQuality, AttrRead};
use ::tango::error::Error;
use ::tango::value::{
    AttrDataFormat, AttrDataKind, CommandDataKind, DevEncoded, DevEnum, Spectrum, Value as Wire, ValueFormat,
};

use super::failure::Failure;
use super::types::{INDEX, attribute_kind};
use crate::channel::{AlarmSeverity, Array, Kind, Reading, ScalarKind, Value};

/// A reading, as an attribute or an event brings it.
pub(super) fn reading(read: AttrRead<Wire>) -> Result<Reading, Failure> {
    let (severity, status, message) = quality(read.quality);
    Ok(Reading {
        value: read.value.map_or(Ok(Value::None), value)?,
        set_value: read.w_value.map(value).transpose()?,
        severity,
        status,
        message: message.to_owned(),
        time: time(read.time),
    })
}

/// Severity, Tango's number and Tango's word of a quality.
fn quality(quality: AttrQuality) -> (AlarmSeverity, u16, &'static str) {
    match quality {
        AttrQuality::Valid => (AlarmSeverity::None, 0, ""),
        AttrQuality::Invalid => (AlarmSeverity::Invalid, 1, "ATTR_INVALID"),
        AttrQuality::Alarm => (AlarmSeverity::Major, 2, "ATTR_ALARM"),
        AttrQuality::Changing => (AlarmSeverity::None, 3, "ATTR_CHANGING"),
        AttrQuality::Warning => (AlarmSeverity::Minor, 4, "ATTR_WARNING"),
    }
}

fn time(time: SystemTime) -> (i64, u32) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}

/// A valid reading that came without a value.
pub(super) fn without_value(read: AttrRead<Wire>, info: &AttrInfo) -> Result<Reading, Failure> {
    let value = match info.data_format {
        // Only written.
        AttrDataFormat::Scalar => Value::None,
        AttrDataFormat::Spectrum(_) if read.w_value.is_some() => empty(info.data_kind, vec![0]),
        AttrDataFormat::Image(..) if read.w_value.is_some() => empty(info.data_kind, vec![0, 0]),
        // rstango 0.3.0 gives neither value where the sizes that the device announces do not add up, as for a writable
        // image that nobody has written yet. That is not an empty image.
        AttrDataFormat::Spectrum(_) | AttrDataFormat::Image(..) => {
            return Err(Failure::Unsupported(
                "its value cannot be told from its set value; after a first write it can".to_owned(),
            ));
        }
    };
    Ok(Reading { value, ..reading(read)? })
}

/// An empty row or grid of eight-byte numbers, which rstango 0.3.0 cannot read: it skips padding before the first element
/// even where there is none, and omniORB does not send any. It then takes the type's number, which comes next, for the
/// format, and says so. What it takes for the quality is lost; a quality of `INVALID` comes without an array.
pub(super) fn misread_empty(error: &Error, info: &AttrInfo) -> Option<Reading> {
    let number = match info.data_kind {
        AttrDataKind::Double => 5,
        AttrDataKind::Long64 => 23,
        AttrDataKind::ULong64 => 24,
        _ => return None,
    };
    let shape = match info.data_format {
        AttrDataFormat::Scalar => return None,
        AttrDataFormat::Spectrum(_) => vec![0],
        AttrDataFormat::Image(..) => vec![0, 0],
    };
    let said = error.description() == format!("Invalid attribute data format value: {number}");
    let message = "it is empty; its quality and time cannot be read".to_owned();
    said.then(|| Reading { message, ..Reading::of(empty(info.data_kind, shape), time(SystemTime::now())) })
}

/// The same of a command's result.
pub(super) fn misread_empty_result(error: &Error, kind: CommandDataKind) -> Option<Value> {
    let kind = match kind {
        CommandDataKind::DoubleArray => AttrDataKind::Double,
        CommandDataKind::Long64Array => AttrDataKind::Long64,
        CommandDataKind::ULong64Array => AttrDataKind::ULong64,
        _ => return None,
    };
    error.description().starts_with("Could not read slice of 0 bytes aligned to 8").then(|| empty(kind, vec![0]))
}

/// A row or a grid without elements.
fn empty(kind: AttrDataKind, shape: Vec<usize>) -> Value {
    match attribute_kind(kind).0 {
        Kind::Text => Value::Texts(Vec::new()),
        Kind::Enum => Array::new(INDEX, shape, Vec::new()).map_or(Value::None, Value::Array),
        Kind::Number(kind) => Array::new(kind, shape, Vec::new()).map_or(Value::None, Value::Array),
        Kind::Structure | Kind::None => Value::None,
    }
}

/// Numbers of one type: a scalar, or the bytes of a row or a grid.
macro_rules! numbers {
    ($format:expr, $kind:expr, $scalar:expr, $bytes:expr) => {{
        let bytes: fn(_) -> _ = $bytes;
        match $format {
            ValueFormat::Scalar(value) => {
                let scalar: fn(_) -> Value = $scalar;
                Ok(scalar(value.value()))
            }
            ValueFormat::Spectrum(row) => array($kind, vec![row.len()], row.iter().flat_map(bytes).collect()),
            ValueFormat::Image(grid) => {
                // rstango counts columns first; the elements lie row by row all the same.
                let [columns, rows] = grid.dim();
                array($kind, vec![rows, columns], grid.iter().flat_map(bytes).collect())
            }
        }
    }};
}

/// A value.
pub(super) fn value(value: Wire) -> Result<Value, Failure> {
    match value {
        Wire::Void => Ok(Value::None),
        Wire::Bool(format) => numbers!(format, ScalarKind::Bool, Value::Bool, |v: bool| [u8::from(v)]),
        Wire::Octet(format) => numbers!(format, ScalarKind::U8, |v: u8| Value::Int(v.into()), u8::to_le_bytes),
        Wire::UShort(format) => numbers!(format, ScalarKind::U16, |v: u16| Value::Int(v.into()), u16::to_le_bytes),
        Wire::Short(format) => numbers!(format, ScalarKind::I16, |v: i16| Value::Int(v.into()), i16::to_le_bytes),
        Wire::ULong(format) => numbers!(format, ScalarKind::U32, |v: u32| Value::Int(v.into()), u32::to_le_bytes),
        Wire::Long(format) => numbers!(format, ScalarKind::I32, |v: i32| Value::Int(v.into()), i32::to_le_bytes),
        Wire::ULong64(format) => numbers!(format, ScalarKind::U64, |v: u64| Value::Int(v.into()), u64::to_le_bytes),
        Wire::Long64(format) => numbers!(format, ScalarKind::I64, |v: i64| Value::Int(v.into()), i64::to_le_bytes),
        Wire::Float(format) => numbers!(format, ScalarKind::F32, |v: f32| Value::Float(v.into()), f32::to_le_bytes),
        Wire::Double(format) => numbers!(format, ScalarKind::F64, Value::Float, f64::to_le_bytes),
        Wire::Enum(ValueFormat::Scalar(value)) => index(i64::from(value.value().0)),
        Wire::Enum(format) => numbers!(format, INDEX, |_| Value::None, |v: DevEnum| v.0.to_le_bytes()),
        Wire::State(ValueFormat::Scalar(value)) => index(value.value() as i64),
        Wire::State(format) => numbers!(format, INDEX, |_| Value::None, |v| i16::from(v as u8).to_le_bytes()),
        Wire::String(ValueFormat::Scalar(text)) => Ok(Value::Text(text.value().to_owned())),
        Wire::String(ValueFormat::Spectrum(row)) => Ok(texts(&row)),
        Wire::String(ValueFormat::Image(_)) => Err(Failure::Unsupported("images of texts are not offered".to_owned())),
        Wire::LongString(numbers, strings) => {
            let bytes = numbers.iter().flat_map(i32::to_le_bytes).collect();
            Ok(pair("DevVarLongStringArray", array(ScalarKind::I32, vec![numbers.len()], bytes)?, &strings))
        }
        Wire::DoubleString(numbers, strings) => {
            let bytes = numbers.iter().flat_map(f64::to_le_bytes).collect();
            Ok(pair("DevVarDoubleStringArray", array(ScalarKind::F64, vec![numbers.len()], bytes)?, &strings))
        }
        Wire::Encoded(DevEncoded { format, data }) => {
            let bytes: Vec<u8> = data.as_slice().to_vec();
            let format = ("format".to_owned(), Value::Text(format.value().to_owned()));
            let data = ("data".to_owned(), array(ScalarKind::U8, vec![bytes.len()], bytes)?);
            Ok(Value::Structure("DevEncoded".to_owned(), vec![format, data]))
        }
    }
}

fn index(index: i64) -> Result<Value, Failure> {
    let index = u32::try_from(index);
    index.map(Value::Enum).map_err(|_| Failure::Unsupported("the enumeration's index is negative".to_owned()))
}

fn array(kind: ScalarKind, shape: Vec<usize>, bytes: Vec<u8>) -> Result<Value, Failure> {
    let array = Array::new(kind, shape, bytes);
    array
        .map(Value::Array)
        .ok_or_else(|| Failure::Unsupported("the array does not have the size that it says".to_owned()))
}

fn texts(row: &Spectrum<str>) -> Value {
    Value::Texts(row.iter().map(str::to_owned).collect())
}

fn pair(name: &str, numbers: Value, strings: &Spectrum<str>) -> Value {
    let fields = vec![("numbers".to_owned(), numbers), ("strings".to_owned(), texts(strings))];
    Value::Structure(name.to_owned(), fields)
}

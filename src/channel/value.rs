//! [`Value`]: what a channel holds or shall hold. Waveforms stay raw bytes from the wire to the guest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The type of one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScalarKind {
    /// True or false.
    Bool,
    /// 8 bits, signed.
    I8,
    /// 8 bits, unsigned.
    U8,
    /// 16 bits, signed.
    I16,
    /// 16 bits, unsigned.
    U16,
    /// 32 bits, signed.
    I32,
    /// 32 bits, unsigned.
    U32,
    /// 64 bits, signed.
    I64,
    /// 64 bits, unsigned.
    U64,
    /// IEEE 754 single.
    F32,
    /// IEEE 754 double.
    F64,
}

impl ScalarKind {
    /// Bytes of one element.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether it is a floating-point type.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Smallest and largest value of an integer type; `None` for floats.
    #[must_use]
    pub fn integer_range(self) -> Option<(i128, i128)> {
        match self {
            Self::Bool => Some((0, 1)),
            Self::I8 => Some((i128::from(i8::MIN), i128::from(i8::MAX))),
            Self::U8 => Some((0, i128::from(u8::MAX))),
            Self::I16 => Some((i128::from(i16::MIN), i128::from(i16::MAX))),
            Self::U16 => Some((0, i128::from(u16::MAX))),
            Self::I32 => Some((i128::from(i32::MIN), i128::from(i32::MAX))),
            Self::U32 => Some((0, i128::from(u32::MAX))),
            Self::I64 => Some((i128::from(i64::MIN), i128::from(i64::MAX))),
            Self::U64 => Some((0, i128::from(u64::MAX))),
            Self::F32 | Self::F64 => None,
        }
    }
}

/// Numbers in a row or a grid: little-endian bytes, C order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    kind: ScalarKind,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    /// An array, if the bytes are as many as type and shape need.
    #[must_use]
    pub fn new(kind: ScalarKind, shape: Vec<usize>, bytes: Vec<u8>) -> Option<Self> {
        let count = shape.iter().try_fold(1usize, |product, side| product.checked_mul(*side))?;
        let fits = !shape.is_empty() && shape.len() <= 3 && count.checked_mul(kind.size())? == bytes.len();
        fits.then_some(Self { kind, shape, bytes })
    }

    /// One row of doubles.
    #[must_use]
    pub fn of_doubles(values: &[f64]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { kind: ScalarKind::F64, shape: vec![values.len()], bytes }
    }

    /// The type of each element.
    #[must_use]
    pub fn kind(&self) -> ScalarKind {
        self.kind
    }

    /// The lengths of its sides: one for a row, two for an image (rows, columns).
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements, little-endian, in C order.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The elements' bytes, given away.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How many elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() / self.kind.size()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Element `at` as a double; 64-bit integers beyond 2^53 are rounded.
    #[must_use]
    pub fn float(&self, at: usize) -> Option<f64> {
        let size = self.kind.size();
        let start = at.checked_mul(size)?;
        element(self.kind, self.bytes.get(start..start.checked_add(size)?)?)
    }

    /// All elements as doubles.
    pub fn floats(&self) -> impl Iterator<Item = f64> + '_ {
        self.bytes.chunks_exact(self.kind.size()).filter_map(|bytes| element(self.kind, bytes))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double is what comparisons with limits use; said in the documentation"
)]
fn element(kind: ScalarKind, bytes: &[u8]) -> Option<f64> {
    Some(match kind {
        ScalarKind::Bool => f64::from(u8::from(*bytes.first()? != 0)),
        ScalarKind::I8 => f64::from(bytes.first()?.cast_signed()),
        ScalarKind::U8 => f64::from(*bytes.first()?),
        ScalarKind::I16 => f64::from(i16::from_le_bytes(bytes.try_into().ok()?)),
        ScalarKind::U16 => f64::from(u16::from_le_bytes(bytes.try_into().ok()?)),
        ScalarKind::I32 => f64::from(i32::from_le_bytes(bytes.try_into().ok()?)),
        ScalarKind::U32 => f64::from(u32::from_le_bytes(bytes.try_into().ok()?)),
        ScalarKind::I64 => i64::from_le_bytes(bytes.try_into().ok()?) as f64,
        ScalarKind::U64 => u64::from_le_bytes(bytes.try_into().ok()?) as f64,
        ScalarKind::F32 => f64::from(f32::from_le_bytes(bytes.try_into().ok()?)),
        ScalarKind::F64 => f64::from_le_bytes(bytes.try_into().ok()?),
    })
}

/// What a channel holds or shall hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: a command without an argument or a result.
    None,
    /// True or false.
    Bool(bool),
    /// Any integer of up to 64 bits, signed or unsigned.
    Int(i128),
    /// A floating-point number, NaN and the infinities included.
    Float(f64),
    /// Text.
    Text(String),
    /// The index of an enumeration's label.
    Enum(u32),
    /// Numbers.
    Array(Array),
    /// Texts in a row.
    Texts(Vec<String>),
    /// A PV Access structure: its type id and its fields in order.
    Structure(String, Vec<(String, Value)>),
}

impl Value {
    /// A scalar number as a double; `None` for anything else.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "limits are doubles; integers beyond 2^53 are compared rounded")]
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Enum(index) => Some(f64::from(*index)),
            Self::None | Self::Text(_) | Self::Array(_) | Self::Texts(_) | Self::Structure(..) => None,
        }
    }

    /// How many elements it has; 1 for a scalar.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Array(array) => array.len(),
            Self::Texts(texts) => texts.len(),
            _ => 1,
        }
    }

    /// Whether it has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What kind of thing it is, for messages.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Enum(_) => "an enumeration's index",
            Self::Array(_) => "an array",
            Self::Texts(_) => "a list of texts",
            Self::Structure(..) => "a structure",
        }
    }
}

/// A number with nine digits at most, for people: what they see is then what they would type. Records have all digits.
#[must_use]
pub fn rounded(value: f64) -> String {
    let exact = value.to_string();
    if exact.trim_start_matches('-').len() <= 10 || !value.is_finite() {
        return exact;
    }
    let rounded: f64 = format!("{value:.8e}").parse().unwrap_or(value);
    if (1e-4..1e12).contains(&rounded.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}

impl std::fmt::Display for Value {
    /// For people: short, on one line, numbers with nine digits at most.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("nothing"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{}", rounded(*value)),
            Self::Text(text) => write!(f, "{:?}", text.chars().take(60).collect::<String>()),
            Self::Enum(index) => write!(f, "{index}"),
            Self::Array(array) => {
                f.write_str("[")?;
                for (place, value) in array.floats().take(4).enumerate() {
                    write!(f, "{}{}", if place == 0 { "" } else { ", " }, rounded(value))?;
                }
                if array.len() > 4 { write!(f, ", … {} values]", array.len()) } else { f.write_str("]") }
            }
            Self::Texts(texts) => write!(f, "{} texts", texts.len()),
            Self::Structure(id, _) => write!(f, "structure {id}"),
        }
    }
}

/// A value as records keep it: exact, arrays and numbers that JSON cannot hold included.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "t", content = "v")]
enum Exact {
    None,
    Bool(bool),
    Int(String),
    Float(String),
    Text(String),
    Enum(u32),
    Array { kind: ScalarKind, shape: Vec<usize>, base64: String },
    Texts(Vec<String>),
    Structure { id: String, fields: Vec<(String, Exact)> },
}

impl Exact {
    fn of(value: &Value) -> Self {
        match value {
            Value::None => Self::None,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(value.to_string()),
            Value::Float(value) => Self::Float(value.to_string()),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Enum(index) => Self::Enum(*index),
            Value::Array(array) => {
                Self::Array { kind: array.kind, shape: array.shape.clone(), base64: STANDARD.encode(&array.bytes) }
            }
            Value::Texts(texts) => Self::Texts(texts.clone()),
            Value::Structure(id, fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect();
                Self::Structure { id: id.clone(), fields }
            }
        }
    }

    fn value(self) -> Option<Value> {
        Some(match self {
            Self::None => Value::None,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(text) => Value::Int(text.parse().ok()?),
            Self::Float(text) => Value::Float(text.parse().ok()?),
            Self::Text(text) => Value::Text(text),
            Self::Enum(index) => Value::Enum(index),
            Self::Array { kind, shape, base64 } => {
                Value::Array(Array::new(kind, shape, STANDARD.decode(base64).ok()?)?)
            }
            Self::Texts(texts) => Value::Texts(texts),
            Self::Structure { id, fields } => {
                let fields = fields.into_iter().map(|(name, value)| Some((name, value.value()?)));
                Value::Structure(id, fields.collect::<Option<_>>()?)
            }
        })
    }
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Exact::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let exact = Exact::deserialize(deserializer)?;
        exact.value().ok_or_else(|| serde::de::Error::custom("the value does not hold together"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_has_as_many_bytes_as_it_says() {
        assert!(Array::new(ScalarKind::F64, vec![2], vec![0; 16]).is_some());
        assert!(Array::new(ScalarKind::F64, vec![2], vec![0; 15]).is_none());
        assert!(Array::new(ScalarKind::F64, vec![usize::MAX, 8], vec![0; 16]).is_none());
        assert!(Array::new(ScalarKind::F64, vec![], vec![]).is_none());
        let image =
            Array::new(ScalarKind::I16, vec![2, 2], [1i16, -2, 3, -4].iter().flat_map(|v| v.to_le_bytes()).collect());
        assert_eq!(image.unwrap().floats().collect::<Vec<_>>(), [1.0, -2.0, 3.0, -4.0]);
    }

    #[test]
    fn records_keep_values_exactly() {
        for value in [
            Value::Int(i128::from(u64::MAX)),
            Value::Float(0.1 + 0.2),
            Value::Float(f64::NEG_INFINITY),
            Value::Array(Array::of_doubles(&[0.1, f64::MIN_POSITIVE])),
            Value::Structure("x".to_owned(), vec![("a".to_owned(), Value::None)]),
        ] {
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn people_read_nine_digits() {
        for (value, text) in [
            (-0.886_476_056_041_772_5, "-0.886476056"),
            (0.1 + 0.2, "0.3"),
            (1.5, "1.5"),
            (1e-9, "1e-9"),
            (1.0 / 3.0 * 1e-9, "3.33333333e-10"),
            (123_456_789.123, "123456789"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(rounded(value), text);
        }
    }

    #[test]
    fn people_read_values_on_one_line() {
        assert_eq!(
            Value::Array(Array::of_doubles(&[1.0, 2.5, 3.0, 4.0, 5.0])).to_string(),
            "[1, 2.5, 3, 4, … 5 values]"
        );
        assert_eq!(Value::Float(1.5).to_string(), "1.5");
    }
}

//! Values and metadata out of PV Access structures. Numbers in a row are copied as a whole, never one by one.

use epics_pva_rs::pvdata::{PvField, PvStructure, ScalarValue, TypedScalarArray};

use crate::channel::{AlarmSeverity, Array, Description, Kind, NativeType, Range, Reading, ScalarKind, Value};

/// Deepest structure that is read; deeper ones are cut.
const DEEPEST: usize = 32;
/// Elements that an array may have: the protocol does not tell how many a server takes, and counts to this.
const MOST_ELEMENTS: usize = 0x7fff_ffff;

/// What a channel's structure is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape<'a> {
    /// One value, in the field `value` or by itself.
    Scalar(&'a ScalarValue),
    /// Values in a row.
    Row(&'a TypedScalarArray),
    /// One of some labels.
    Enum(&'a PvStructure),
    /// Anything else.
    Other(&'a PvField),
}

/// The shape of a channel's whole structure. Only the standard types are taken apart: in others, a field named `value`
/// may mean anything.
pub(super) fn shape(root: &PvField) -> Shape<'_> {
    let content = match root {
        PvField::Structure(structure) => {
            let standard = ["epics:nt/NTScalar:", "epics:nt/NTScalarArray:", "epics:nt/NTEnum:"];
            let is_standard = standard.iter().any(|id| structure.struct_id.starts_with(id));
            structure.get_field("value").filter(|_| is_standard)
        }
        alone => Some(alone),
    };
    match content {
        Some(PvField::Scalar(scalar)) => Shape::Scalar(scalar),
        Some(PvField::ScalarArrayTyped(row)) => Shape::Row(row),
        Some(PvField::Structure(choice)) if choice.get_field("index").is_some() => Shape::Enum(choice),
        _ => Shape::Other(root),
    }
}

/// The channel's own type.
pub(super) fn native(root: &PvField) -> NativeType {
    match shape(root) {
        Shape::Scalar(scalar) => {
            let (kind, name) = scalar_type(scalar);
            NativeType { kind, shape: Vec::new(), name: name.to_owned() }
        }
        Shape::Row(row) => {
            let (kind, name) = row_type(row);
            NativeType { kind, shape: vec![MOST_ELEMENTS], name: format!("{name}[]") }
        }
        Shape::Enum(_) => NativeType { kind: Kind::Enum, shape: Vec::new(), name: "enum_t".to_owned() },
        Shape::Other(field) => NativeType { kind: Kind::Structure, shape: Vec::new(), name: id(field).to_owned() },
    }
}

fn id(field: &PvField) -> &str {
    match field {
        PvField::Structure(structure) if !structure.struct_id.is_empty() => &structure.struct_id,
        PvField::Union { .. } => "union",
        PvField::Variant(_) => "any",
        PvField::StructureArray(_) => "structure[]",
        PvField::UnionArray(_) => "union[]",
        PvField::VariantArray(_) => "any[]",
        _ => "structure",
    }
}

fn scalar_type(scalar: &ScalarValue) -> (Kind, &'static str) {
    let (number, name) = match scalar {
        ScalarValue::Boolean(_) => (ScalarKind::Bool, "boolean"),
        ScalarValue::Byte(_) => (ScalarKind::I8, "byte"),
        ScalarValue::Short(_) => (ScalarKind::I16, "short"),
        ScalarValue::Int(_) => (ScalarKind::I32, "int"),
        ScalarValue::Long(_) => (ScalarKind::I64, "long"),
        ScalarValue::UByte(_) => (ScalarKind::U8, "ubyte"),
        ScalarValue::UShort(_) => (ScalarKind::U16, "ushort"),
        ScalarValue::UInt(_) => (ScalarKind::U32, "uint"),
        ScalarValue::ULong(_) => (ScalarKind::U64, "ulong"),
        ScalarValue::Float(_) => (ScalarKind::F32, "float"),
        ScalarValue::Double(_) => (ScalarKind::F64, "double"),
        ScalarValue::String(_) => return (Kind::Text, "string"),
    };
    (Kind::Number(number), name)
}

fn row_type(row: &TypedScalarArray) -> (Kind, &'static str) {
    let (number, name) = match row {
        TypedScalarArray::Boolean(_) => (ScalarKind::Bool, "boolean"),
        TypedScalarArray::Byte(_) => (ScalarKind::I8, "byte"),
        TypedScalarArray::Short(_) => (ScalarKind::I16, "short"),
        TypedScalarArray::Int(_) => (ScalarKind::I32, "int"),
        TypedScalarArray::Long(_) => (ScalarKind::I64, "long"),
        TypedScalarArray::UByte(_) => (ScalarKind::U8, "ubyte"),
        TypedScalarArray::UShort(_) => (ScalarKind::U16, "ushort"),
        TypedScalarArray::UInt(_) => (ScalarKind::U32, "uint"),
        TypedScalarArray::ULong(_) => (ScalarKind::U64, "ulong"),
        TypedScalarArray::Float(_) => (ScalarKind::F32, "float"),
        TypedScalarArray::Double(_) => (ScalarKind::F64, "double"),
        TypedScalarArray::String(_) => return (Kind::Text, "string"),
    };
    (Kind::Number(number), name)
}

/// The labels of an enumeration.
pub(super) fn labels(choice: &PvStructure) -> Vec<String> {
    match choice.get_field("choices") {
        Some(PvField::ScalarArrayTyped(TypedScalarArray::String(labels))) => {
            labels.iter().map(|label| text(label.as_bytes())).collect()
        }
        Some(PvField::ScalarArray(labels)) => labels
            .iter()
            .map(|label| if let ScalarValue::String(label) = label { text(label.as_bytes()) } else { String::new() })
            .collect(),
        _ => Vec::new(),
    }
}

/// The reading in a channel's whole structure; `None` if it contradicts itself.
pub(super) fn reading(root: &PvField) -> Option<Reading> {
    let value = match shape(root) {
        Shape::Enum(choice) => Value::Enum(u32::try_from(integer(choice.get_field("index")?)?).ok()?),
        Shape::Scalar(one) => scalar(one),
        Shape::Row(many) => row(many)?,
        Shape::Other(field) => match image(field) {
            Some(image) => Value::Array(image),
            None => value(field, 0)?,
        },
    };
    let number = |path| at(root, path).and_then(integer);
    let seconds = number(["timeStamp", "secondsPastEpoch"]).and_then(|seconds| i64::try_from(seconds).ok());
    let nanoseconds = number(["timeStamp", "nanoseconds"]).and_then(|nanoseconds| u32::try_from(nanoseconds).ok());
    let severity = number(["alarm", "severity"]).unwrap_or_default();
    let status = number(["alarm", "status"]).unwrap_or_default();
    Some(Reading {
        value,
        set_value: None,
        severity: AlarmSeverity::of_number(u16::try_from(severity).unwrap_or(u16::MAX)),
        status: u16::try_from(status).unwrap_or(u16::MAX),
        message: if severity == 0 && status == 0 { String::new() } else { words(root, ["alarm", "message"]) },
        time: (seconds.unwrap_or_default(), nanoseconds.unwrap_or_default().min(999_999_999)),
    })
}

/// The pixels of an `NTNDArray` that is not compressed, as rows and columns. Its first dimension is the fastest.
fn image(field: &PvField) -> Option<Array> {
    let PvField::Structure(structure) = field else { return None };
    if !structure.struct_id.starts_with("epics:nt/NTNDArray:") {
        return None;
    }
    let pixels = match structure.get_field("value")? {
        PvField::Union { value, .. } => &**value,
        other => other,
    };
    let PvField::ScalarArrayTyped(pixels) = pixels else { return None };
    let Value::Array(flat) = row(pixels)? else { return None };
    let PvField::StructureArray(dimensions) = structure.get_field("dimension")? else { return None };
    let mut shape = Vec::with_capacity(dimensions.len());
    for dimension in dimensions.iter().rev() {
        shape.push(usize::try_from(integer(dimension.as_ref()?.get_field("size")?)?).ok()?);
    }
    Array::new(flat.kind(), shape, flat.into_bytes())
}

/// The description in a channel's whole structure.
pub(super) fn description(root: &PvField, server: String) -> Description {
    let mut about = Description::of(native(root));
    about.server = server;
    about.unit = words(root, ["display", "units"]);
    about.text = words(root, ["display", "description"]);
    about.precision =
        at(root, ["display", "precision"]).and_then(integer).and_then(|digits| i32::try_from(digits).ok());
    let range = |group, low, high| match (at(root, [group, low]), at(root, [group, high])) {
        (Some(low), Some(high)) => Range::of_bounds(float(low), float(high)),
        _ => Range::default(),
    };
    about.display = range("display", "limitLow", "limitHigh");
    about.control = range("control", "limitLow", "limitHigh");
    about.alarm = range("valueAlarm", "lowAlarmLimit", "highAlarmLimit");
    about.warning = range("valueAlarm", "lowWarningLimit", "highWarningLimit");
    if let Shape::Enum(choice) = shape(root) {
        about.labels = labels(choice);
    }
    about
}

fn at<'a>(root: &'a PvField, [group, field]: [&str; 2]) -> Option<&'a PvField> {
    let PvField::Structure(root) = root else { return None };
    let PvField::Structure(group) = root.get_field(group)? else { return None };
    group.get_field(field)
}

fn words(root: &PvField, path: [&str; 2]) -> String {
    match at(root, path) {
        Some(PvField::Scalar(ScalarValue::String(words))) => text(words.as_bytes()),
        _ => String::new(),
    }
}

fn integer(field: &PvField) -> Option<i128> {
    match field {
        PvField::Scalar(one) => match scalar(one) {
            Value::Int(number) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

fn float(field: &PvField) -> f64 {
    match field {
        PvField::Scalar(one) => scalar(one).as_float().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

fn scalar(scalar: &ScalarValue) -> Value {
    match scalar {
        ScalarValue::Boolean(truth) => Value::Bool(*truth),
        ScalarValue::Byte(number) => Value::Int((*number).into()),
        ScalarValue::Short(number) => Value::Int((*number).into()),
        ScalarValue::Int(number) => Value::Int((*number).into()),
        ScalarValue::Long(number) => Value::Int((*number).into()),
        ScalarValue::UByte(number) => Value::Int((*number).into()),
        ScalarValue::UShort(number) => Value::Int((*number).into()),
        ScalarValue::UInt(number) => Value::Int((*number).into()),
        ScalarValue::ULong(number) => Value::Int((*number).into()),
        ScalarValue::Float(number) => Value::Float((*number).into()),
        ScalarValue::Double(number) => Value::Float(*number),
        ScalarValue::String(words) => Value::Text(text(words.as_bytes())),
    }
}

fn row(row: &TypedScalarArray) -> Option<Value> {
    let (kind, bytes) = match row {
        TypedScalarArray::Boolean(row) => (ScalarKind::Bool, row.iter().map(|truth| u8::from(*truth)).collect()),
        TypedScalarArray::Byte(row) => (ScalarKind::I8, copy(row, i8::to_le_bytes)),
        TypedScalarArray::UByte(row) => (ScalarKind::U8, row.to_vec()),
        TypedScalarArray::Short(row) => (ScalarKind::I16, copy(row, i16::to_le_bytes)),
        TypedScalarArray::UShort(row) => (ScalarKind::U16, copy(row, u16::to_le_bytes)),
        TypedScalarArray::Int(row) => (ScalarKind::I32, copy(row, i32::to_le_bytes)),
        TypedScalarArray::UInt(row) => (ScalarKind::U32, copy(row, u32::to_le_bytes)),
        TypedScalarArray::Long(row) => (ScalarKind::I64, copy(row, i64::to_le_bytes)),
        TypedScalarArray::ULong(row) => (ScalarKind::U64, copy(row, u64::to_le_bytes)),
        TypedScalarArray::Float(row) => (ScalarKind::F32, copy(row, f32::to_le_bytes)),
        TypedScalarArray::Double(row) => (ScalarKind::F64, copy(row, f64::to_le_bytes)),
        TypedScalarArray::String(row) => {
            return Some(Value::Texts(row.iter().map(|words| text(words.as_bytes())).collect()));
        }
    };
    let count = bytes.len() / kind.size();
    Array::new(kind, vec![count], bytes).map(Value::Array)
}

/// The little-endian bytes of a row: one pass over memory.
fn copy<T: Copy, const N: usize>(row: &[T], bytes_of: fn(T) -> [u8; N]) -> Vec<u8> {
    let mut bytes = vec![0; row.len() * N];
    for (place, element) in bytes.as_chunks_mut::<N>().0.iter_mut().zip(row) {
        *place = bytes_of(*element);
    }
    bytes
}

/// Any field. Lists of structures become structures whose fields are named by their places.
fn value(field: &PvField, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return Some(Value::None);
    }
    let inner = |field| value(field, depth + 1);
    Some(match field {
        PvField::Scalar(one) => scalar(one),
        PvField::ScalarArrayTyped(many) => row(many)?,
        PvField::ScalarArray(many) => list("any[]", many.iter().map(|one| Some(scalar(one))))?,
        PvField::Structure(structure) => of_structure(structure, depth)?,
        PvField::StructureArray(many) => list(
            "structure[]",
            many.iter().map(|one| one.as_ref().map_or(Some(Value::None), |one| of_structure(one, depth + 1))),
        )?,
        PvField::Union { value, .. } => inner(value)?,
        PvField::UnionArray(many) => {
            list("union[]", many.iter().map(|one| one.as_ref().map_or(Some(Value::None), |one| inner(&one.value))))?
        }
        PvField::Variant(any) => inner(&any.value)?,
        PvField::VariantArray(many) => {
            list("any[]", many.iter().map(|one| one.as_ref().map_or(Some(Value::None), |one| inner(&one.value))))?
        }
        PvField::Null => Value::None,
    })
}

fn of_structure(structure: &PvStructure, depth: usize) -> Option<Value> {
    let id = if structure.struct_id.is_empty() { "structure" } else { &structure.struct_id };
    let fields = structure.fields.iter().map(|(name, field)| Some((name.clone(), value(field, depth + 1)?)));
    Some(Value::Structure(id.to_owned(), fields.collect::<Option<_>>()?))
}

fn list(id: &str, values: impl Iterator<Item = Option<Value>>) -> Option<Value> {
    let fields = values.enumerate().map(|(place, value)| Some((place.to_string(), value?)));
    Some(Value::Structure(id.to_owned(), fields.collect::<Option<_>>()?))
}

/// Text as UTF-8, or else Latin-1, in which every byte is a character.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

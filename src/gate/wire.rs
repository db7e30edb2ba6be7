//! Values as the door carries them: a small JSON object each, and the elements of arrays as raw bytes behind the header.
//!
//! What comes from the guest is hostile: every field, offset and length is checked here, and a value that does not hold
//! together is an error for the guest.

use serde_json::{Map, Value as Json, json};

use crate::channel::{Array, Description, Kind, NativeType, Range, Reading, ScalarKind, Value};

/// Most texts in a list and most fields in a structure.
const MAX_ITEMS: usize = 1_000_000;
/// Deepest structure.
const MAX_DEPTH: usize = 16;
/// Elements start at a multiple of this, so that the guest can look at them where they are.
const ALIGNMENT: usize = 8;

/// Writes a value; its elements go to the end of `payload`.
pub(super) fn encode(value: &Value, payload: &mut Vec<u8>) -> Json {
    match value {
        Value::None => json!({ "t": "none" }),
        Value::Bool(value) => json!({ "t": "bool", "v": value }),
        Value::Int(value) => json!({ "t": "int", "v": integer(*value) }),
        Value::Float(value) if value.is_finite() => json!({ "t": "float", "v": value }),
        Value::Float(value) => json!({ "t": "float", "v": non_finite(*value) }),
        Value::Text(text) => json!({ "t": "text", "v": text }),
        Value::Enum(index) => json!({ "t": "enum", "v": index }),
        Value::Texts(texts) => json!({ "t": "texts", "v": texts }),
        Value::Array(array) => {
            payload.resize(payload.len().next_multiple_of(ALIGNMENT), 0);
            let at = payload.len();
            payload.extend_from_slice(array.bytes());
            json!({ "t": "array", "k": array.kind(), "shape": array.shape(), "at": at })
        }
        Value::Structure(id, fields) => {
            let fields: Vec<Json> = fields.iter().map(|(name, value)| json!([name, encode(value, payload)])).collect();
            json!({ "t": "struct", "id": id, "v": fields })
        }
    }
}

/// Writes a value without bulk, for records and for people's tools; `None` for arrays with more than `most` elements.
pub(super) fn encode_short(value: &Value, most: usize) -> Option<Json> {
    Some(match value {
        Value::Array(array) if array.len() > most => return None,
        Value::Texts(texts) if texts.len() > most => return None,
        Value::Structure(..) => return None,
        Value::None => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => integer(*value),
        Value::Float(value) if value.is_finite() => json!(value),
        Value::Float(value) => json!(non_finite(*value)),
        Value::Text(text) => json!(text),
        Value::Enum(index) => json!(index),
        Value::Array(array) => array
            .floats()
            .map(|value| if value.is_finite() { json!(value) } else { json!(non_finite(value)) })
            .collect(),
        Value::Texts(texts) => json!(texts),
    })
}

fn integer(value: i128) -> Json {
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(value), _) => json!(value),
        (_, Ok(value)) => json!(value),
        _ => json!(value.to_string()),
    }
}

fn non_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "nan"
    } else if value > 0.0 {
        "inf"
    } else {
        "-inf"
    }
}

/// Reads a value that a guest sent, its elements in `payload`.
pub(super) fn decode(json: &Json, payload: &[u8]) -> Result<Value, String> {
    decode_at(json, payload, 0)
}

/// Bytes of the arrays in a value.
pub(super) fn bulk(value: &Value) -> usize {
    match value {
        Value::Array(array) => array.bytes().len(),
        Value::Structure(_, fields) => fields.iter().map(|(_, value)| bulk(value)).sum(),
        _ => 0,
    }
}

fn decode_at(json: &Json, payload: &[u8], depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err("the value is nested too deep".to_owned());
    }
    let object = json.as_object().ok_or("a value must be an object")?;
    let kind = object.get("t").and_then(Json::as_str).ok_or("a value needs its type `t`")?;
    let value = || object.get("v").ok_or("a value needs `v`");
    Ok(match kind {
        "none" => Value::None,
        "bool" => Value::Bool(value()?.as_bool().ok_or("`v` must be true or false")?),
        "int" => {
            let number = value()?;
            let number = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            Value::Int(number.ok_or("`v` must be an integer of at most 64 bits")?)
        }
        "float" => Value::Float(match value()? {
            Json::String(word) => match word.as_str() {
                "nan" => f64::NAN,
                "inf" => f64::INFINITY,
                "-inf" => f64::NEG_INFINITY,
                _ => return Err("`v` must be a number, nan, inf or -inf".to_owned()),
            },
            number => number.as_f64().ok_or("`v` must be a number")?,
        }),
        "text" => Value::Text(value()?.as_str().ok_or("`v` must be a text")?.to_owned()),
        "enum" => {
            let index = value()?.as_u64().and_then(|index| u32::try_from(index).ok());
            Value::Enum(index.ok_or("`v` must be an index")?)
        }
        "texts" => Value::Texts(texts(value()?)?),
        "array" => Value::Array(array(object, payload)?),
        "struct" => {
            let id = object.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
            let fields = value()?.as_array().filter(|fields| fields.len() <= MAX_ITEMS).ok_or("`v` must be a list")?;
            let mut read = Vec::with_capacity(fields.len());
            for field in fields {
                let Some([Json::String(name), value]) = field.as_array().map(Vec::as_slice) else {
                    return Err("a field is a name and a value".to_owned());
                };
                read.push((name.clone(), decode_at(value, payload, depth + 1)?));
            }
            Value::Structure(id, read)
        }
        _ => return Err("there is no such type of value".to_owned()),
    })
}

fn texts(json: &Json) -> Result<Vec<String>, String> {
    let list = json.as_array().filter(|list| list.len() <= MAX_ITEMS).ok_or("`v` must be a list of texts")?;
    list.iter()
        .map(|text| text.as_str().map(str::to_owned).ok_or_else(|| "`v` must be a list of texts".to_owned()))
        .collect()
}

fn array(object: &Map<String, Json>, payload: &[u8]) -> Result<Array, String> {
    let kind = object.get("k").ok_or("an array needs its element type `k`")?;
    let kind: ScalarKind = serde_json::from_value(kind.clone()).map_err(|_| "there is no such element type")?;
    let size = |json: &Json| json.as_u64().and_then(|size| usize::try_from(size).ok());
    let shape = object.get("shape").and_then(Json::as_array).ok_or("an array needs its `shape`")?;
    let shape: Option<Vec<usize>> = shape.iter().map(size).collect();
    let shape = shape.filter(|shape| (1..=3).contains(&shape.len())).ok_or("a shape is one to three sizes")?;
    let at = object.get("at").and_then(size).ok_or("an array needs `at`")?;
    let wrong = "the array's elements are not in the frame";
    let count = shape.iter().try_fold(1usize, |count, side| count.checked_mul(*side)).ok_or(wrong)?;
    let end = count.checked_mul(kind.size()).and_then(|length| at.checked_add(length)).ok_or(wrong)?;
    let bytes = payload.get(at..end).ok_or(wrong)?;
    Ok(Array::new(kind, shape, bytes.to_vec()).ok_or(wrong)?)
}

/// A reading as the door carries it.
pub(super) fn reading(reading: &Reading, payload: &mut Vec<u8>) -> Json {
    let mut object = Map::with_capacity(6);
    object.insert("v".to_owned(), encode(&reading.value, payload));
    if let Some(set) = &reading.set_value {
        object.insert("set".to_owned(), encode(set, payload));
    }
    object.insert("sev".to_owned(), json!(reading.severity.number()));
    object.insert("status".to_owned(), json!(reading.status));
    object.insert("msg".to_owned(), json!(reading.message));
    object.insert("time".to_owned(), json!([reading.time.0, reading.time.1]));
    Json::Object(object)
}

/// A description as the door carries it.
pub(super) fn description(name: &str, description: &Description) -> Json {
    let (kind, shape, native) = native(&description.native);
    json!({
        "name": name,
        "kind": kind,
        "shape": shape,
        "native": native,
        "argument": description.argument.as_ref().map(|argument| {
            let (kind, shape, native) = self::native(argument);
            json!({ "kind": kind, "shape": shape, "native": native })
        }),
        "readable": description.readable,
        "writable": description.writable,
        "unit": description.unit,
        "precision": description.precision,
        "control": range(description.control),
        "display": range(description.display),
        "warning": range(description.warning),
        "alarm": range(description.alarm),
        "labels": description.labels,
        "label": description.label,
        "format": description.format,
        "text": description.text,
        "server": description.server,
    })
}

fn native(native: &NativeType) -> (Json, &[usize], &str) {
    let kind = match native.kind {
        Kind::Number(kind) => json!(kind),
        Kind::Text => json!("text"),
        Kind::Enum => json!("enum"),
        Kind::Structure => json!("struct"),
        Kind::None => json!("none"),
    };
    (kind, &native.shape, &native.name)
}

/// Bounds as a pair; an open side is null.
pub(super) fn range(range: Range) -> Json {
    let bound = |bound: Option<f64>| bound.filter(|bound| bound.is_finite());
    json!([bound(range.low), bound(range.high)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back(value: &Value) -> Value {
        let mut payload = vec![7; 3];
        let json = encode(value, &mut payload);
        decode(&json, &payload).unwrap()
    }

    #[test]
    fn values_come_back_as_they_went() {
        let image = Array::new(ScalarKind::U16, vec![2, 2], vec![1, 0, 2, 0, 3, 0, 4, 0]).unwrap();
        for value in [
            Value::None,
            Value::Bool(true),
            Value::Int(i128::from(u64::MAX)),
            Value::Int(i128::from(i64::MIN)),
            Value::Float(-0.1),
            Value::Float(f64::INFINITY),
            Value::Text("µ \"x\"".to_owned()),
            Value::Enum(3),
            Value::Texts(vec!["a".to_owned(), String::new()]),
            Value::Array(image.clone()),
            Value::Structure(
                "id".to_owned(),
                vec![("x".to_owned(), Value::Array(image)), ("y".to_owned(), Value::None)],
            ),
        ] {
            assert_eq!(back(&value), value);
        }
        assert!(matches!(back(&Value::Float(f64::NAN)), Value::Float(value) if value.is_nan()));
    }

    #[test]
    fn arrays_that_are_not_there_are_refused() {
        for (shape, at) in [
            ("[3]", "0"),
            ("[1]", "16"),
            ("[18446744073709551615]", "8"),
            ("[]", "0"),
            ("[1,1,1,1]", "0"),
            ("[-1]", "0"),
            ("[1]", "-8"),
        ] {
            let json: Json =
                serde_json::from_str(&format!(r#"{{"t":"array","k":"f64","shape":{shape},"at":{at}}}"#)).unwrap();
            assert!(decode(&json, &[0; 16]).is_err(), "{shape} {at}");
        }
    }

    proptest! {
        #[test]
        fn no_value_from_a_guest_is_a_panic(text in "\\PC{0,200}", number in any::<i64>(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            for kind in ["none", "bool", "int", "float", "text", "enum", "texts", "array", "struct", text.as_str()] {
                for value in [json!(text), json!(number), json!([text, number]), json!([[text, { "t": kind }]]), json!({ "t": kind })] {
                    let _ = decode(&json!({ "t": kind, "v": value, "k": "i32", "shape": [number, 1], "at": number }), &bytes);
                }
            }
        }
    }
}

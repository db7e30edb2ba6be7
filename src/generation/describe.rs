//! [`describe_context`]: what `context` holds, in words for a model.
//!
//! Types, shapes and names only: no value of the data leaves this process with a prompt.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Most keys that are described one by one.
const KEYS: usize = 100;
/// Most names inside one description.
const NAMES: usize = 12;
/// How deep objects are described.
const DEPTH: usize = 3;
/// Longest name, in characters.
const NAME: usize = 60;
/// Longest description, in characters.
const DESCRIPTION: usize = 300;

/// A short description of each key. Tagged values (`docs/results.md`) are described as what the program will see.
#[must_use]
pub fn describe_context(context: &Map<String, Value>) -> BTreeMap<String, String> {
    let mut described: BTreeMap<String, String> = context
        .iter()
        .take(KEYS)
        .map(|(key, value)| (cut(key, NAME), cut(&describe(value, DEPTH), DESCRIPTION)))
        .collect();
    if context.len() > KEYS {
        described.insert("…".to_owned(), format!("and {} more keys", context.len() - KEYS));
    }
    described
}

fn describe(value: &Value, depth: usize) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) => if number.is_f64() { "float" } else { "int" }.to_owned(),
        Value::String(text) => format!("str of {} characters", text.chars().count()),
        Value::Array(items) => describe_list(items, depth),
        Value::Object(fields) => match fields.get("$type").and_then(Value::as_str) {
            Some(tag) => describe_tagged(tag, fields),
            None => describe_object(fields, depth),
        },
    }
}

/// Nested lists of numbers have a shape; other lists are told by their first item.
fn describe_list(items: &[Value], depth: usize) -> String {
    let Some(first) = items.first() else { return "empty list".to_owned() };
    let mut shape = vec![items.len()];
    let mut inner = first;
    while let Value::Array(next) = inner
        && let Some(first) = next.first()
        && shape.len() < 8
    {
        shape.push(next.len());
        inner = first;
    }
    if inner.is_number() {
        let kind = if items.iter().all(Value::is_i64) { "int" } else { "number" };
        return match shape.as_slice() {
            [length] => format!("list of {length} {kind}s"),
            _ => format!("nested list of numbers, shape {}", by(&shape)),
        };
    }
    if depth == 0 {
        format!("list of {}", items.len())
    } else {
        format!("list of {}: {}", items.len(), describe(first, depth - 1))
    }
}

fn describe_object(fields: &Map<String, Value>, depth: usize) -> String {
    if fields.is_empty() {
        return "empty object".to_owned();
    }
    if depth == 0 {
        return format!("object of {} fields", fields.len());
    }
    let mut inside: Vec<String> = fields
        .iter()
        .take(NAMES)
        .map(|(key, value)| format!("{}: {}", cut(key, NAME), describe(value, depth - 1)))
        .collect();
    if fields.len() > NAMES {
        inside.push(format!("and {} more", fields.len() - NAMES));
    }
    format!("object {{{}}}", inside.join(", "))
}

/// A value that plain JSON cannot hold.
fn describe_tagged(tag: &str, fields: &Map<String, Value>) -> String {
    let text = |key: &str| fields.get(key).and_then(Value::as_str).map(|text| cut(text, NAME));
    let length = |key: &str| fields.get(key).and_then(Value::as_array).map(Vec::len);
    let dtype = text("dtype").unwrap_or_else(|| "unknown dtype".to_owned());
    match tag {
        "ndarray" | "masked_array" => {
            let shape: Vec<usize> = fields
                .get("shape")
                .and_then(Value::as_array)
                .map(|shape| shape.iter().take(8).filter_map(Value::as_u64).filter_map(|n| n.try_into().ok()).collect())
                .unwrap_or_default();
            let kind = if tag == "ndarray" { "numpy array" } else { "numpy masked array" };
            format!("{kind} of {dtype}, shape {}", by(&shape))
        }
        "series" => {
            let rows = length("data").map_or_else(String::new, |rows| format!(", {rows} values"));
            format!("pandas Series of {dtype}{rows}")
        }
        "dataframe" => describe_frame(fields),
        "index" => "pandas Index".to_owned(),
        "timestamp" => "pandas Timestamp".to_owned(),
        "NaT" | "NA" => format!("pandas {tag}"),
        "datetime" | "date" | "time" | "timedelta" => format!("datetime.{tag}"),
        "datetime64" | "timedelta64" => format!("numpy {tag}"),
        "float" => "float that is not finite".to_owned(),
        "dict" => format!("dict of {} items with other keys than text", length("items").unwrap_or(0)),
        "set" => format!("set of {} items", length("items").unwrap_or(0)),
        "int" | "str" | "bytes" | "complex" => tag.to_owned(),
        "decimal" => "decimal.Decimal".to_owned(),
        "fraction" => "fractions.Fraction".to_owned(),
        "uuid" => "uuid.UUID".to_owned(),
        "figure" => "a figure, which does not come back".to_owned(),
        "object" => {
            format!("{}, which does not come back", text("class").unwrap_or_else(|| "an object".to_owned()))
        }
        other => format!("tagged value `{}`", cut(other, NAME)),
    }
}

fn describe_frame(fields: &Map<String, Value>) -> String {
    let (columns, dtypes) = (fields.get("columns"), fields.get("dtypes"));
    let columns = columns.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let dtype = |at: usize, name: &str| match dtypes {
        Some(Value::Array(list)) => list.get(at).and_then(Value::as_str),
        Some(Value::Object(map)) => map.get(name).and_then(Value::as_str),
        _ => None,
    };
    let mut names: Vec<String> = columns
        .iter()
        .take(NAMES)
        .enumerate()
        .map(|(at, column)| {
            let name = column.as_str().map_or_else(|| column.to_string(), str::to_owned);
            let kind = dtype(at, &name).map(|kind| format!(" ({})", cut(kind, NAME))).unwrap_or_default();
            cut(&name, NAME) + &kind
        })
        .collect();
    if columns.len() > NAMES {
        names.push(format!("and {} more", columns.len() - NAMES));
    }
    let first = match fields.get("data") {
        Some(Value::Array(columns)) => columns.first(),
        Some(Value::Object(columns)) => columns.values().next(),
        _ => None,
    };
    let rows = first.and_then(Value::as_array).map_or_else(String::new, |rows| format!(", {} rows", rows.len()));
    format!("pandas DataFrame{rows}, columns: {}", names.join(", "))
}

fn by(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "()".to_owned();
    }
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("×")
}

/// On one line, and not longer than that.
fn cut(text: &str, most: usize) -> String {
    let mut line: String = text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn described(value: Value) -> String {
        let mut context = Map::new();
        context.insert("key".to_owned(), value);
        describe_context(&context).remove("key").unwrap()
    }

    #[test]
    fn types_and_shapes_are_told() {
        for (value, says) in [
            (json!(null), "None"),
            (json!(1), "int"),
            (json!(1.5), "float"),
            (json!("abc"), "str of 3 characters"),
            (json!([1, 2, 3]), "list of 3 ints"),
            (json!([1.5, 2]), "list of 2 numbers"),
            (json!([[1, 2, 3], [4, 5, 6]]), "nested list of numbers, shape 2×3"),
            (json!([{"pv": "SR:C1"}]), "list of 1: object {pv: str of 5 characters}"),
            (json!([]), "empty list"),
            (json!({"a": 1, "b": {"c": true}}), "object {a: int, b: object {c: bool}}"),
            (json!({"$type": "float", "value": "nan"}), "float that is not finite"),
            (
                json!({"$type": "ndarray", "dtype": "float64", "shape": [1000, 4], "file": "a.npy"}),
                "numpy array of float64, shape 1000×4",
            ),
            (json!({"$type": "series", "dtype": "int64", "data": [1, 2]}), "pandas Series of int64, 2 values"),
            (
                json!({"$type": "dataframe", "columns": ["t", "x"], "dtypes": ["datetime64[ns]", "float64"],
                       "data": [[1, 2, 3], [4, 5, 6]]}),
                "pandas DataFrame, 3 rows, columns: t (datetime64[ns]), x (float64)",
            ),
            (json!({"$type": "datetime", "iso": "2026-01-01"}), "datetime.datetime"),
            (json!({"$type": "object", "class": "mpl.Figure", "repr": "<>"}), "mpl.Figure, which does not come back"),
            (json!({"$type": 7, "x": 1}), "object {$type: int, x: int}"),
        ] {
            assert_eq!(described(value.clone()), says, "{value}");
        }
    }

    #[test]
    fn descriptions_are_bounded_and_hold_no_value() {
        let mut context = Map::new();
        for n in 0..5_000 {
            context.insert(format!("{n:05}{}", "k".repeat(1_000)), json!({"secret": "TOP", "n": vec!["TOP"; 1_000]}));
        }
        let described = describe_context(&context);
        assert_eq!(described.len(), KEYS + 1);
        assert_eq!(described["…"], "and 4900 more keys");
        let text = format!("{described:?}");
        assert!(text.len() < 100_000 && !text.contains("TOP"), "{}", text.len());
        let mut deep = json!(1);
        for _ in 0..50 {
            deep = json!({"a": [deep]});
        }
        assert!(super::describe(&deep, DEPTH).len() < 300);
    }

    proptest! {
        #[test]
        fn any_tagged_value_is_described(tag in "[a-zA-Z0-9_]{0,12}", shape in any::<Vec<i32>>(), text in any::<String>()) {
            let value = json!({"$type": tag, "shape": shape, "dtype": text, "columns": [text, 1, null], "data": shape});
            prop_assert!(described(value).chars().count() <= DESCRIPTION + 1);
        }
    }
}

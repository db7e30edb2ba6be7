//! Results for people: as text, and tables as HTML. Tagged values (`docs/results.md`) are shown as what they stand for.
//!
//! Everything here is bounded: results are whatever a program made.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::text::{coded, short};

/// Longest text, and longest HTML after which no further table is begun, in bytes.
const MAX_TEXT: usize = 24 << 10;
const MAX_HTML: usize = 256 << 10;
/// Most entries of a list or dictionary, and most levels.
const MAX_ITEMS: usize = 50;
const MAX_DEPTH: usize = 8;
/// Most rows and columns of a table as HTML, and most rows of one in text.
const MAX_ROWS: usize = 50;
const MAX_COLUMNS: usize = 16;
const MAX_TEXT_ROWS: usize = 10;
/// Longest text of a cell, and of a text among the results, in characters.
const MAX_CELL: usize = 60;
const MAX_STRING: usize = 500;

/// The data of the results' output: always text, and HTML where there are tables.
pub(super) fn results(results: &Value) -> Value {
    let mut text = String::new();
    write(&mut text, results, 0);
    let mut data = Map::new();
    if let Some(html) = html(results) {
        data.insert("text/html".to_owned(), Value::String(html));
    }
    data.insert("text/plain".to_owned(), Value::String(text));
    Value::Object(data)
}

/// A table with its first rows.
struct Table {
    caption: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    more_rows: usize,
    more_columns: usize,
}

fn tag(value: &Value) -> Option<&str> {
    value.get("$type")?.as_str()
}

fn html(results: &Value) -> Option<String> {
    let mut out = String::new();
    if let Some(table) = table(results) {
        write_html(&mut out, "", &table);
    } else if let Value::Object(entries) = results
        && tag(results).is_none()
    {
        let tables: Vec<_> = entries.iter().filter(|(_, value)| is_table(value)).collect();
        for (place, (name, value)) in tables.iter().enumerate() {
            if out.len() > MAX_HTML {
                let _ = write!(out, "<p>... {} more tables</p>", tables.len() - place);
                break;
            }
            if let Some(table) = table(value) {
                write_html(&mut out, name, &table);
            }
        }
        if !out.is_empty() {
            // Where there is HTML it is what a notebook shows: the rest of the results must be in it too.
            let others: Map<_, _> =
                entries.iter().filter(|(_, value)| !is_table(value)).map(|(k, v)| (k.clone(), v.clone())).collect();
            if !others.is_empty() {
                let mut text = String::new();
                write(&mut text, &Value::Object(others), 0);
                out.insert_str(0, &format!("<pre>{}</pre>", coded(&text)));
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

fn write_html(out: &mut String, name: &str, table: &Table) {
    let name = if name.is_empty() { String::new() } else { format!("<b>{}</b>: ", coded(&short(name, MAX_CELL))) };
    let _ = write!(out, "<p>{name}{}</p><table><thead><tr>", coded(&table.caption));
    for head in &table.head {
        let _ = write!(out, "<th>{}</th>", coded(head));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let kind = if place == 0 { "th" } else { "td" };
            let _ = write!(out, "<{kind}>{}</{kind}>", coded(cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    if table.more_rows > 0 {
        let _ = write!(out, "<p>... {} more rows</p>", table.more_rows);
    }
    if table.more_columns > 0 {
        let _ = write!(out, "<p>... {} more columns</p>", table.more_columns);
    }
}

fn is_table(value: &Value) -> bool {
    matches!(tag(value), Some("dataframe" | "series" | "ndarray" | "masked_array")) && value.get("data").is_some()
}

/// The table that a tagged value with its data stands for.
fn table(value: &Value) -> Option<Table> {
    let data = value.get("data")?.as_array()?;
    let dtype = || short(value.get("dtype").and_then(Value::as_str).unwrap_or("?"), MAX_CELL);
    match tag(value)? {
        "dataframe" => {
            let names = value.get("columns")?.as_array()?;
            let columns: Vec<&Vec<Value>> = data.iter().filter_map(Value::as_array).collect();
            let rows = columns.iter().map(|column| column.len()).max().unwrap_or(0);
            let shown = columns.len().min(MAX_COLUMNS);
            let head = std::iter::once(String::new()).chain(names.iter().take(shown).map(cell)).collect();
            let row = |at: usize| {
                let cells = columns.iter().take(shown).map(|column| column.get(at).map(cell).unwrap_or_default());
                std::iter::once(label(value.get("index"), at)).chain(cells).collect()
            };
            Some(Table {
                caption: format!("DataFrame, {rows} rows × {} columns", columns.len()),
                head,
                rows: (0..rows.min(MAX_ROWS)).map(row).collect(),
                more_rows: rows.saturating_sub(MAX_ROWS),
                more_columns: columns.len() - shown,
            })
        }
        "series" => Some(Table {
            caption: format!("Series of {}, {} rows", dtype(), data.len()),
            head: vec![String::new(), value.get("name").filter(|name| !name.is_null()).map(cell).unwrap_or_default()],
            rows: data
                .iter()
                .take(MAX_ROWS)
                .enumerate()
                .map(|(at, item)| vec![label(value.get("index"), at), cell(item)])
                .collect(),
            more_rows: data.len().saturating_sub(MAX_ROWS),
            more_columns: 0,
        }),
        kind @ ("ndarray" | "masked_array") => {
            let shape: Vec<usize> = value
                .get("shape")?
                .as_array()?
                .iter()
                .map(|length| length.as_u64().and_then(|length| usize::try_from(length).ok()))
                .collect::<Option<_>>()?;
            // An array of more axes is shown as the rows of its last.
            let width = if shape.len() > 1 { shape.last().copied()? } else { 1 };
            let rows = data.len().checked_div(width)?;
            let shown = width.min(MAX_COLUMNS);
            let item = |item: &Value| if item.is_null() { "--".to_owned() } else { cell(item) };
            let name = if kind == "ndarray" { "array" } else { "masked array" };
            Some(Table {
                caption: format!("{name} of {}, shape {}", dtype(), sizes(value)),
                head: std::iter::once(String::new()).chain((0..shown).map(|at| at.to_string())).collect(),
                rows: data
                    .chunks(width)
                    .take(MAX_ROWS)
                    .enumerate()
                    .map(|(at, row)| std::iter::once(at.to_string()).chain(row.iter().take(shown).map(item)).collect())
                    .collect(),
                more_rows: rows.saturating_sub(MAX_ROWS),
                more_columns: width - shown,
            })
        }
        _ => None,
    }
}

fn sizes(value: &Value) -> String {
    short(&value.get("shape").map(Value::to_string).unwrap_or_default(), MAX_CELL)
}

/// The label of a row.
fn label(index: Option<&Value>, at: usize) -> String {
    let Some(index) = index else { return at.to_string() };
    if let Some(values) = index.get("values").and_then(Value::as_array) {
        return values.get(at).map(cell).unwrap_or_default();
    }
    let number = |name: &str| index.get(name).and_then(Value::as_i64);
    let (start, step) = (number("start").unwrap_or(0), number("step").unwrap_or(1));
    let label = i64::try_from(at).ok().and_then(|at| at.checked_mul(step)).and_then(|at| start.checked_add(at));
    label.unwrap_or_default().to_string()
}

/// A value in one short line.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => {
            let mut text = String::new();
            write(&mut text, value, MAX_DEPTH - 2);
            text
        }
        _ => scalar(value),
    };
    short(&text, MAX_CELL)
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// A text as Python writes it, nearly: in one line, and short.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for (place, c) in text.chars().enumerate() {
        if place == MAX_STRING {
            let _ =
                write!(out, "' ... {} more bytes", text.len() - text.char_indices().nth(place).map_or(0, |(at, _)| at));
            return out;
        }
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' | '\'' => out.extend(['\\', c]),
            _ => {
                let mut buffer = [0; 4];
                out.push_str(&super::text::plain(c.encode_utf8(&mut buffer)));
            }
        }
    }
    out.push('\'');
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    if out.len() > MAX_TEXT {
        return;
    }
    match value {
        _ if tag(value).is_some() => tagged(out, value, depth),
        Value::Array(_) | Value::Object(_) if depth >= MAX_DEPTH => out.push_str("..."),
        Value::Array(items) => sequence(out, ('[', ']'), items.iter(), depth, |out, item| write(out, item, depth + 1)),
        Value::Object(entries) => sequence(out, ('{', '}'), entries.iter(), depth, |out, (name, item)| {
            let _ = write!(out, "{}: ", quoted(name));
            write(out, item, depth + 1);
        }),
        _ => out.push_str(&scalar(value)),
    }
}

/// In one line if it holds only numbers and short words, else one entry a line.
fn sequence<'a, T: Clone>(
    out: &mut String,
    (open, close): (char, char),
    items: impl ExactSizeIterator<Item = T> + 'a,
    depth: usize,
    mut write_item: impl FnMut(&mut String, T),
) {
    let all = items.len();
    let mut written = Vec::new();
    let mut room = MAX_TEXT.saturating_sub(out.len());
    for item in items.take(MAX_ITEMS) {
        let mut text = String::new();
        write_item(&mut text, item);
        if text.len() > room {
            break;
        }
        room -= text.len();
        written.push(text);
    }
    if written.len() < all {
        written.push(format!("... {} more", all - written.len()));
    }
    let length: usize = written.iter().map(|text| text.len() + 2).sum();
    out.push(open);
    if length <= 100 && !written.iter().any(|text| text.contains('\n')) {
        out.push_str(&written.join(", "));
    } else {
        let indent = " ".repeat(2 * (depth.min(MAX_DEPTH) + 1));
        for text in &written {
            let _ = write!(out, "\n{indent}{text},");
        }
        let _ = write!(out, "\n{}", indent.get(2..).unwrap_or_default());
    }
    out.push(close);
}

fn tagged(out: &mut String, value: &Value, depth: usize) {
    let text = |name: &str| short(value.get(name).and_then(Value::as_str).unwrap_or("?"), MAX_STRING);
    let kind = tag(value).unwrap_or_default();
    if let Some(file) = value.get("file").and_then(Value::as_str) {
        let shape =
            if kind == "ndarray" { format!(" of {}, shape {}", text("dtype"), sizes(value)) } else { String::new() };
        let _ = write!(out, "<{}{shape} in {}>", short(kind, MAX_CELL), short(file, MAX_STRING));
        return;
    }
    if let Some(table) = table(value) {
        in_text(out, &table, depth);
        return;
    }
    match kind {
        "float" | "int" | "complex" | "decimal" | "fraction" | "uuid" | "datetime64" | "timedelta64" => {
            out.push_str(&text("value"));
        }
        "datetime" | "date" | "time" | "timestamp" => out.push_str(&text("iso")),
        "timedelta" if value.get("iso").is_some() => out.push_str(&text("iso")),
        "timedelta" => {
            let number = |name: &str| value.get(name).map(scalar).unwrap_or_default();
            let _ = write!(out, "{} s and {} µs", number("seconds"), number("microseconds"));
        }
        "bytes" | "str" => {
            let length = value.get("base64").and_then(Value::as_str).map_or(0, |text| text.len() / 4 * 3);
            let _ = write!(out, "<{kind} of about {length} bytes>");
        }
        "set" if depth < MAX_DEPTH => {
            let items = value.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            sequence(out, ('{', '}'), items.iter(), depth, |out, item| write(out, item, depth + 1));
        }
        "dict" if depth < MAX_DEPTH => {
            let items = value.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            sequence(out, ('{', '}'), items.iter(), depth, |out, item| {
                write(out, item.get(0).unwrap_or(&Value::Null), depth + 1);
                out.push_str(": ");
                write(out, item.get(1).unwrap_or(&Value::Null), depth + 1);
            });
        }
        "figure" => {
            let _ = write!(out, "<figure {}>", value.get("number").map(scalar).unwrap_or_default());
        }
        "NaT" | "NA" => out.push_str(kind),
        "object" => out.push_str(&text("repr")),
        _ => {
            let _ = write!(out, "<{}>", short(kind, MAX_CELL));
        }
    }
}

fn in_text(out: &mut String, table: &Table, depth: usize) {
    let _ = write!(out, "<{}>", table.caption);
    if depth >= MAX_DEPTH - 2 {
        return;
    }
    let indent = " ".repeat(2 * (depth + 1));
    let lines = std::iter::once(&table.head).chain(&table.rows);
    for row in lines.take(MAX_TEXT_ROWS + 1) {
        let _ = write!(out, "\n{indent}{}", row.join(" | "));
    }
    let more = table.more_rows + table.rows.len().saturating_sub(MAX_TEXT_ROWS);
    if more > 0 {
        let _ = write!(out, "\n{indent}... {more} more rows");
    }
    if table.more_columns > 0 {
        let _ = write!(out, "\n{indent}... {} more columns", table.more_columns);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        results(value)["text/plain"].as_str().unwrap().to_owned()
    }

    fn html_of(value: &Value) -> String {
        results(value)["text/html"].as_str().unwrap().to_owned()
    }

    #[test]
    fn plain_results_read_like_python() {
        let value = json!({ "a": 1, "b": [true, null, 2.5], "c": "it's\n\u{1b}[31m" });
        assert_eq!(text(&value), "{'a': 1, 'b': [True, None, 2.5], 'c': 'it\\'s\\n\\u001b[31m'}");
        assert!(results(&value).get("text/html").is_none());
    }

    #[test]
    fn frames_series_and_arrays_are_tables() {
        let frame = json!({ "$type": "dataframe", "columns": ["<b>x", "y"], "dtypes": ["int64", "float64"],
            "index": { "start": 10, "stop": 210, "step": 2 }, "data": [(0..100).collect::<Vec<_>>(), vec![0.5; 100]] });
        let shown = html_of(&json!({ "frame": frame, "n": 3 }));
        assert!(shown.contains("<th>&#60;b&#62;x</th>") && shown.contains("<th>12</th><td>1</td>"), "{shown}");
        assert!(shown.contains("... 50 more rows") && shown.contains("n&#39;&#58; 3"), "{shown}");
        assert!(text(&frame).contains("... 90 more rows"));
        let array = json!({ "$type": "ndarray", "dtype": "float64", "shape": [2, 2],
            "data": [1.0, { "$type": "float", "value": "nan" }, 3.0, 4.0] });
        assert!(html_of(&array).contains("<th>0</th><td>1&#46;0</td><td>nan</td>"));
        let masked = json!({ "$type": "masked_array", "dtype": "int64", "shape": [2], "data": [1, null] });
        assert!(html_of(&masked).contains("<td>--</td>"));
        let series = json!({ "$type": "series", "name": "s", "dtype": "int64", "data": [7],
            "index": { "dtype": "str", "values": ["first"] } });
        assert!(html_of(&series).contains("<th>first</th><td>7</td>"));
    }

    #[test]
    fn tags_are_shown_as_what_they_stand_for() {
        for (value, shown) in [
            (json!({ "$type": "float", "value": "-inf" }), "-inf"),
            (json!({ "$type": "datetime", "iso": "2026-11-22T12:00:00" }), "2026-11-22T12:00:00"),
            (json!({ "$type": "timedelta", "seconds": 3, "microseconds": 5 }), "3 s and 5 µs"),
            (json!({ "$type": "bytes", "base64": "AAAA" }), "<bytes of about 3 bytes>"),
            (json!({ "$type": "set", "items": [1, 2] }), "{1, 2}"),
            (json!({ "$type": "dict", "items": [[1, "a"], []] }), "{1: 'a', None: None}"),
            (json!({ "$type": "figure", "number": 1 }), "<figure 1>"),
            (json!({ "$type": "NaT" }), "NaT"),
            (json!({ "$type": "object", "class": "x.Y", "repr": "Y(1)" }), "Y(1)"),
            (
                json!({ "$type": "ndarray", "dtype": "float64", "shape": [200, 100], "file": "artifacts/results_01.npy" }),
                "<ndarray of float64, shape [200,100] in artifacts/results_01.npy>",
            ),
        ] {
            assert_eq!(text(&value), shown);
        }
    }

    #[test]
    fn huge_wide_deep_and_malformed_results_stay_small() {
        let deep = (0..400).fold(json!(1), |inner, _| Value::Array(vec![inner]));
        let wide = json!((0..100_000).map(|n| "x".repeat(n % 7)).collect::<Vec<_>>());
        let many: Map<_, _> =
            (0..5_000).map(|n| (format!("key {n} {}", "k".repeat(5_000)), json!("v".repeat(9_000)))).collect();
        let row = json!({ "$type": "dataframe", "columns": vec!["<".repeat(999); 99], "dtypes": [], "index": null,
            "data": vec![vec!["&".repeat(999); 99]; 99] });
        let frames: Map<_, _> = (0..99).map(|n| (n.to_string(), row.clone())).collect();
        let nested = json!(vec![vec![vec![vec![vec!["y".repeat(400); 60]; 60]; 3]; 3]; 3]);
        for value in [deep, wide, many.into(), frames.into(), nested] {
            let shown = results(&value).to_string();
            assert!(shown.len() < 1_500_000, "{}", shown.len());
        }
        for kind in ["dataframe", "series", "ndarray", "masked_array", "dict", "set", "timedelta", "odd <b>"] {
            for data in [json!(null), json!(3), json!([]), json!([[], 1, {}]), json!({ "a": [] })] {
                let value = json!({ "$type": kind, "data": data, "items": data, "columns": data, "shape": data, "index": data });
                results(&value);
                results(&json!({ "x": value }));
            }
            results(
                &json!({ "$type": kind, "data": [1, 2], "shape": [0, 0], "index": { "start": i64::MAX, "step": i64::MAX } }),
            );
        }
    }
}

//! [`schema`]: the tables as a JSON schema, for editors and for `aerie config schema`.

use serde_json::{Map, Value, json};

use super::keys::{Effect, Key, Kind, Others};
use super::scalar::YEAR;
use super::table::SECTIONS;
use super::yaml;

/// What may stand in a configuration: JSON schema, draft 2020-12. Sections of others are open; ours take no unknown keys.
#[must_use]
pub fn schema() -> Value {
    let sections = keys(SECTIONS);
    let mut top = sections.clone();
    top.insert(
        "osprey".to_owned(),
        json!({"description": "The sections may stand below it, or flat; each only once.", "type": ["object", "null"], "properties": sections}),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Aerie's configuration (config.yml)",
        "type": ["object", "null"],
        "properties": top,
        "$defs": {"variable": {"description": "Replaced by the environment: ${NAME} or ${NAME:-default}.", "type": "string", "pattern": "\\$\\{[^}]*\\}"}}
    })
}

fn keys(keys: &'static [Key]) -> Map<String, Value> {
    keys.iter().map(|key| (key.name.to_owned(), described(key))).collect()
}

fn described(key: &Key) -> Value {
    let mut schema = kind(&key.kind);
    if let (None, false, Some(schema)) = (key.default, key.required, schema.as_object_mut()) {
        // `null` is as good as leaving it out.
        if let Some(Value::Array(any)) = schema.get_mut("anyOf") {
            any.push(json!({"type": "null"}));
        } else if let Some(Value::String(one)) = schema.get("type").cloned() {
            if let Some(Value::Array(words)) = schema.get_mut("enum") {
                words.push(Value::Null);
            }
            schema.insert("type".to_owned(), json!([one, "null"]));
        }
    }
    let Some(object) = schema.as_object_mut() else { return schema };
    let description = match key.effect {
        Effect::Works => key.doc.to_owned(),
        Effect::Nothing(why) => format!("{} Without effect here: {why}.", key.doc),
        Effect::Older(new) => format!("{} Older spelling; write `{new}`.", key.doc),
        Effect::For(backends) => format!("{} Counts for the backend {} alone.", key.doc, backends.join(", ")),
    };
    object.insert("description".to_owned(), description.into());
    if matches!(key.effect, Effect::Older(_)) {
        object.insert("deprecated".to_owned(), true.into());
    }
    if let Some(default) = key.default.filter(|default| *default != "{}") {
        object.insert("default".to_owned(), default_value(&key.kind, default));
    }
    schema
}

fn default_value(kind: &Kind, text: &str) -> Value {
    if matches!(kind, Kind::List(_)) {
        return json!([]);
    }
    if let Some(truth) = yaml::truth(text) {
        return truth.into();
    }
    text.parse::<u64>().map_or_else(|_| text.into(), Value::from)
}

fn kind(kind: &Kind) -> Value {
    let or_variable = |schema: Value| json!({"anyOf": [schema, {"$ref": "#/$defs/variable"}]});
    match kind {
        Kind::Flag => or_variable(json!({"type": "boolean"})),
        Kind::Count { min, max: u64::MAX } => or_variable(json!({"type": "integer", "minimum": min})),
        Kind::Count { min, max } => or_variable(json!({"type": "integer", "minimum": min, "maximum": max})),
        Kind::Number { min, max } if max.is_infinite() => or_variable(json!({"type": "number", "minimum": min})),
        Kind::Number { min, max } => or_variable(json!({"type": "number", "minimum": min, "maximum": max})),
        Kind::Seconds => or_variable(json!({"type": "number", "exclusiveMinimum": 0, "maximum": YEAR})),
        Kind::Time => json!({"anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": "^[0-9.]+([eE][0-9]+)? *(ms|s|m|min|h|d)$"},
            {"$ref": "#/$defs/variable"}
        ]}),
        Kind::Size => json!({"anyOf": [
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": "^ *[0-9]+ *([kKmMgG]([iI]?[bB])?|[bB])? *$"},
            {"$ref": "#/$defs/variable"}
        ]}),
        Kind::Text | Kind::Verbatim | Kind::Secret => json!({"type": "string"}),
        Kind::Written => json!({"type": ["string", "number", "boolean"]}),
        Kind::Word { words, older } => {
            let all: Vec<&str> = words.iter().copied().chain(older.iter().map(|(old, _)| *old)).collect();
            or_variable(json!({"enum": all}))
        }
        Kind::List(of) => json!({"type": "array", "items": self::kind(of)}),
        Kind::Section { keys: known, others } => {
            let mut object = Map::new();
            object.insert("type".to_owned(), json!(["object", "null"]));
            if !known.is_empty() {
                object.insert("properties".to_owned(), keys(known).into());
            }
            let required: Vec<&str> = known.iter().filter(|key| key.required).map(|key| key.name).collect();
            if !required.is_empty() {
                object.insert("required".to_owned(), json!(required));
            }
            let others = match others {
                Others::Refused => Value::Bool(false),
                Others::NotOurs => Value::Bool(true),
                Others::Each(each) => self::kind(each),
            };
            object.insert("additionalProperties".to_owned(), others);
            object.into()
        }
        Kind::Free { .. } => json!({}),
    }
}

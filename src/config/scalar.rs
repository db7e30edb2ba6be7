//! What single values mean: numbers, times, sizes, words; free values as JSON; and what people are not shown.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::keys::Kind;
use super::value::sounds_secret;
use super::yaml::{Content, Node, Spot, number, truth};
use crate::execution::parse_bytes;

/// Seconds of a year.
pub(super) const YEAR: f64 = 366.0 * 86_400.0;

/// Why a value is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Kind,
    Range,
    Word,
}

/// Why a text cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unexpanded {
    Unclosed,
    Unset(String),
}

/// Reads a value of a kind.
pub(super) fn read(kind: &Kind, text: &str, plain: bool) -> Result<Value, Wrong> {
    let within = |number: f64, fits: bool| if fits { Ok(Value::from(number)) } else { Err(Wrong::Range) };
    let numeric = || if plain { number(text).ok_or(Wrong::Kind) } else { Err(Wrong::Kind) };
    match kind {
        Kind::Flag if plain => truth(text).map(Value::from).ok_or(Wrong::Kind),
        Kind::Flag => Err(Wrong::Kind),
        Kind::Count { min, max } => {
            let is = numeric()?;
            let Ok(count) = text.trim_start_matches('+').parse::<u64>() else {
                return Err(if is.fract() == 0.0 { Wrong::Range } else { Wrong::Kind });
            };
            if (*min..=*max).contains(&count) { Ok(count.into()) } else { Err(Wrong::Range) }
        }
        Kind::Number { min, max } => numeric().and_then(|is| within(is, is >= *min && is <= *max)),
        Kind::Seconds => numeric().and_then(|is| within(is, (1e-3..=YEAR).contains(&is))),
        Kind::Time => {
            let seconds = numeric().or_else(|_| seconds(text).ok_or(Wrong::Kind))?;
            within(seconds, (1e-3..=10.0 * YEAR).contains(&seconds))
        }
        Kind::Size => match parse_bytes(text) {
            Ok(0) => Err(Wrong::Range),
            Ok(bytes) => Ok(bytes.into()),
            Err(_) if numeric().is_ok() => Err(Wrong::Range),
            Err(_) => Err(Wrong::Kind),
        },
        Kind::Text | Kind::Verbatim | Kind::Secret => {
            let is_text = !plain || (truth(text).is_none() && number(text).is_none() && !is_null(text));
            if is_text { Ok(text.into()) } else { Err(Wrong::Kind) }
        }
        Kind::Written if plain && is_null(text) => Err(Wrong::Kind),
        Kind::Written => Ok(text.into()),
        Kind::Word { words, older } => {
            let now = older.iter().find(|(old, _)| *old == text).map(|(_, new)| *new);
            let word = now.or_else(|| words.iter().copied().find(|word| *word == text));
            word.map(Value::from).ok_or(Wrong::Word)
        }
        Kind::List(_) | Kind::Section { .. } | Kind::Free { .. } => Err(Wrong::Kind),
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn seconds(text: &str) -> Option<f64> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (amount, unit) = text.split_at(split);
    let unit = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Some(number(amount.trim_end())? * unit)
}

/// What was found in a free value.
#[derive(Debug, Default)]
pub(super) struct Free {
    pub variables: Vec<String>,
    pub unset: Option<(Spot, String)>,
    pub unclosed: Vec<Spot>,
    /// A key, where it is for the second time, and the line of the first.
    pub doubled: Vec<(String, Spot, usize)>,
}

type Expand<'e> = dyn FnMut(&str) -> Result<(String, Vec<String>), Unexpanded> + 'e;

/// A free value as JSON; a text that cannot be expanded stays as it is.
pub(super) fn free(node: &Node, found: &mut Free, expand: &mut Expand<'_>) -> Value {
    match &node.content {
        Content::Scalar { text, plain } => {
            if *plain && is_null(text) {
                return Value::Null;
            }
            if *plain && let Some(truth) = truth(text) {
                return truth.into();
            }
            if *plain && let Some(number) = number(text) {
                let whole = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
                return whole.unwrap_or_else(|_| number.into());
            }
            match expand(text) {
                Ok((text, variables)) => {
                    found.variables.extend(variables);
                    text.into()
                }
                Err(Unexpanded::Unclosed) => {
                    found.unclosed.push(node.at);
                    text.as_str().into()
                }
                Err(Unexpanded::Unset(variable)) => {
                    found.unset.get_or_insert((node.at, variable));
                    text.as_str().into()
                }
            }
        }
        Content::List(items) => items.iter().map(|item| free(item, found, expand)).collect(),
        Content::Map(entries) => {
            let mut lines: HashMap<&str, usize> = HashMap::new();
            let mut object = Map::new();
            for entry in entries {
                if let Some(line) = lines.insert(&entry.key, entry.at.line) {
                    found.doubled.push((entry.key.clone(), entry.at, line));
                }
                object.insert(entry.key.clone(), free(&entry.value, found, expand));
            }
            object.into()
        }
    }
}

/// Whether people are not shown this value.
pub(super) fn is_secret(name: &str, text: &str) -> bool {
    let with_password = || {
        let authority = text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
        authority.contains('@')
    };
    sounds_secret(name)
        || text.contains("Bearer ")
        || text.starts_with("sk-")
        || text.contains("=sk-")
        || with_password()
}

/// A free value as people are shown it.
pub(super) fn masked(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if is_secret(name, text) => "***".into(),
        Value::Array(_) | Value::Object(_) | Value::Number(_) if sounds_secret(name) => "***".into(),
        Value::Array(items) => {
            // `--api-key VALUE` as two elements of a command line.
            let mut before = "";
            let mut shown = Vec::new();
            for item in items {
                let option = before.strip_prefix('-').unwrap_or("");
                shown.push(masked(option, item));
                before = item.as_str().unwrap_or("");
            }
            shown.into()
        }
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), masked(key, value))).collect(),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_units() {
        for (text, is) in [("90", 90.0), ("1.5m", 90.0), ("24h", 86_400.0), ("7d", 604_800.0), ("250ms", 0.25)] {
            assert_eq!(read(&Kind::Time, text, true), Ok(is.into()), "{text}");
        }
        for text in ["", "h", "0", "-1", "1w", "1e999", "nan", "99999d"] {
            assert!(read(&Kind::Time, text, true).is_err(), "{text}");
        }
    }

    #[test]
    fn counts_are_whole_and_in_range() {
        let count = Kind::Count { min: 0, max: 1000 };
        assert_eq!(read(&count, "0", true), Ok(0.into()));
        assert_eq!(read(&count, "-1", true), Err(Wrong::Range));
        assert_eq!(read(&count, "1001", true), Err(Wrong::Range));
        assert_eq!(read(&count, "99999999999999999999999", true), Err(Wrong::Range));
        assert_eq!(read(&count, "1.5", true), Err(Wrong::Kind));
        assert_eq!(read(&count, "3", false), Err(Wrong::Kind));
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let value = serde_json::json!({
            "model": "m", "max_tokens": 5, "api_key": "abc", "headers": {"Authorization": "Bearer x"},
            "base_url": "https://me:pw@llm.example.org/v1", "command": ["gen", "--api-key", "abc", "--x=sk-1"]
        });
        let shown = masked("openai", &value);
        assert_eq!(
            shown,
            serde_json::json!({
                "model": "m", "max_tokens": 5, "api_key": "***", "headers": {"Authorization": "***"},
                "base_url": "***", "command": ["gen", "--api-key", "***", "***"]
            })
        );
    }
}

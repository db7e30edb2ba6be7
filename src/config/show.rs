//! [`Effective`]: everything that holds and where it comes from, for `aerie config show`. Secrets are `***`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::held::{Held, Holds, join};
use super::problem::{Origin, Place};
use super::whole::Config;
use super::yaml;

/// What holds.
#[derive(Debug, Clone, Copy)]
pub struct Effective<'c>(&'c Config);

impl Config {
    /// Everything that holds and where it comes from.
    #[must_use]
    pub fn effective(&self) -> Effective<'_> {
        Effective(self)
    }
}

impl Effective<'_> {
    /// As a configuration file with the origin behind each value. Without secrets in it, it says the same as the configuration.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        section(&self.0.held, 0, &mut text);
        text
    }

    /// By dotted key: `value`, and `origin` with `kind` (`default`, `file`, `variable`, `flag`), `name` (the file, variable or
    /// option), `line`, `column` and `variables`. A value that needs a variable which is not set has `unset`, its name.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut values = Map::new();
        flat(&self.0.held, "", &mut values);
        json!({"file": &*self.0.file, "values": values})
    }
}

fn section(all: &[Held], level: usize, text: &mut String) {
    let indent = "  ".repeat(level);
    for held in all {
        let name = key(&held.name);
        match &held.holds {
            Holds::Nothing => {}
            Holds::Section(below) if below.iter().all(|held| matches!(held.holds, Holds::Nothing)) => {
                if held.is_said() {
                    let _ = writeln!(text, "{indent}{name}: {{}}  # {}", comment(&held.origin));
                }
            }
            Holds::Section(below) => {
                let _ = writeln!(text, "{indent}{name}:");
                section(below, level + 1, text);
            }
            Holds::Value { shown, .. } => {
                let _ = writeln!(text, "{indent}{name}: {}  # {}", value(shown), comment(&held.origin));
            }
            Holds::Unset { unset, shown } => {
                // Lists and mappings are shown as JSON already.
                let shown = if shown.starts_with(['[', '{']) { shown.clone() } else { value(&shown.as_str().into()) };
                let origin = comment(&held.origin);
                let _ = writeln!(text, "{indent}{name}: {shown}  # {origin}; {} is not set", plain(&unset.variable));
            }
        }
    }
}

fn key(name: &str) -> String {
    let simple = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if simple { name.to_owned() } else { escaped(&name.into()) }
}

/// A value in YAML: JSON, but for texts that need no quotes.
fn value(value: &Value) -> String {
    if let Value::String(text) = value {
        let simple = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/'))
            && yaml::truth(text).is_none()
            && !matches!(text.as_str(), "null" | "Null" | "NULL");
        if simple
            || (yaml::number(text).is_none() && text.bytes().all(|b| b.is_ascii_alphanumeric()) && !text.is_empty())
                && text.starts_with(|c: char| c.is_ascii_digit())
        {
            return text.clone();
        }
    }
    escaped(value)
}

/// JSON that is YAML too: `\u0085` and its like end a line in YAML.
fn escaped(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        if matches!(c, '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text
}

fn comment(origin: &Origin) -> String {
    plain(&origin.to_string())
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { '?' } else { c }).collect()
}

fn flat(all: &[Held], path: &str, values: &mut Map<String, Value>) {
    for held in all {
        let path = join(path, &held.name);
        match &held.holds {
            Holds::Nothing => {}
            Holds::Section(below) => flat(below, &path, values),
            Holds::Value { shown, .. } => {
                values.insert(path, json!({"value": shown, "origin": origin(&held.origin)}));
            }
            Holds::Unset { unset, shown } => {
                let origin = origin(&held.origin);
                values.insert(path, json!({"value": shown, "origin": origin, "unset": unset.variable}));
            }
        }
    }
}

fn origin(origin: &Origin) -> Value {
    match origin {
        Origin::Default => json!({"kind": "default"}),
        Origin::Said { place: Place::File { file, spot }, variables } => {
            json!({"kind": "file", "name": &**file, "line": spot.line, "column": spot.column, "variables": variables})
        }
        Origin::Said { place: Place::Variable(name), .. } => json!({"kind": "variable", "name": name}),
        Origin::Said { place: Place::Flag(name), .. } => json!({"kind": "flag", "name": name}),
    }
}

//! [`Held`]: the configuration as it was read: every value with its key and where it comes from.

use std::fmt;

use serde_json::{Map, Value};

use super::keys::Key;
use super::problem::Origin;
use super::value::Unset;

/// One key and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub name: String,
    /// Its entry in the tables; names that a site chose have none.
    pub key: Option<&'static Key>,
    pub origin: Origin,
    pub holds: Holds,
}

#[derive(Clone)]
pub(super) enum Holds {
    /// Nobody said anything, and there is no default.
    Nothing,
    /// A value, as the program takes it and as people are shown it.
    Value { typed: Value, shown: Value },
    /// A value that needs a variable, and its text as people are shown it.
    Unset { unset: Unset, shown: String },
    /// What is below.
    Section(Vec<Held>),
}

impl fmt::Debug for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Value { shown, .. } => write!(f, "{shown}"),
            Self::Unset { unset, .. } => write!(f, "{unset}"),
            Self::Section(below) => f.debug_list().entries(below).finish(),
        }
    }
}

impl Held {
    /// The value as the typed sections read it.
    pub(super) fn value(&self) -> Option<Value> {
        match &self.holds {
            Holds::Nothing => None,
            Holds::Value { typed, .. } => Some(typed.clone()),
            Holds::Unset { unset, .. } => serde_json::to_value(unset).ok(),
            Holds::Section(below) => Some(Value::Object(object(below))),
        }
    }

    /// Whether somebody said it, or something below it.
    pub(super) fn is_said(&self) -> bool {
        matches!(self.origin, Origin::Said { .. })
    }
}

/// The values of a section.
pub(super) fn object(section: &[Held]) -> Map<String, Value> {
    section.iter().filter_map(|held| Some((held.name.clone(), held.value()?))).collect()
}

/// What stands at a path.
pub(super) fn find<'h>(section: &'h [Held], path: &[&str]) -> Option<&'h Held> {
    let (first, rest) = path.split_first()?;
    let held = section.iter().find(|held| held.name == *first)?;
    match (&held.holds, rest.is_empty()) {
        (_, true) => Some(held),
        (Holds::Section(below), false) => find(below, rest),
        (_, false) => None,
    }
}

/// A path with one more name; names that a site chose may hold dots.
pub(super) fn join(path: &str, name: &str) -> String {
    let simple = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let name = if simple { name.to_owned() } else { format!("\"{}\"", super::problem::cut(name)) };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

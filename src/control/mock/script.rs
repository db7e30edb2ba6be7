//! The text of a described machine: its YAML, and errors with a line and the nearest key.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_yaml::Value as Yaml;

/// What is wrong with a machine's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for ScriptError {}

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Machine {
    pub seed: u64,
    pub only: bool,
    pub noise: Option<f64>,
    pub lag: Option<Time>,
    pub delay: Option<Time>,
    pub most_names: Option<usize>,
    pub channels: Named<ChannelText>,
    pub commands: Named<CommandText>,
}

/// One channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelText {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub shape: Vec<usize>,
    pub value: Option<Yaml>,
    #[serde(default)]
    pub unit: String,
    pub precision: Option<i32>,
    pub limits: Option<Bounds>,
    pub beyond: Option<Beyond>,
    pub display: Option<Bounds>,
    pub warning: Option<Bounds>,
    pub alarm: Option<Bounds>,
    pub severity: Option<crate::channel::AlarmSeverity>,
    #[serde(default)]
    pub labels: Vec<String>,
    pub writable: Option<bool>,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub noise: f64,
    pub follows: Option<Follows>,
    pub delay: Option<Time>,
    #[serde(default)]
    pub faults: FaultsText,
}

/// One command of a Tango device.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommandText {
    pub argument: Option<String>,
    pub result: Option<String>,
    pub returns: Option<Yaml>,
    #[serde(default)]
    pub sets: Named<Yaml>,
    pub delay: Option<Time>,
    #[serde(default)]
    pub faults: FaultsText,
}

/// What happens to a value beyond the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Beyond {
    Clamp,
    Refuse,
}

/// `[low, high]`, with `null` for an open side.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Bounds(pub Option<f64>, pub Option<f64>);

/// How a readback follows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Follows {
    /// Itself without it: a Tango attribute whose value comes after its set value.
    pub channel: Option<String>,
    pub lag: Option<Time>,
    #[serde(default)]
    pub offset: f64,
    pub rate: Option<f64>,
}

/// How a channel fails.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FaultsText {
    pub answers: Option<Answers>,
    pub drops_after: Option<u64>,
    pub put: Option<PutText>,
}

/// How answers come.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answers {
    Never,
    Late(Time),
    WrongType,
}

/// How writes end.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PutText {
    Lost,
    Fails(String),
    Unknown,
    UnknownLost,
}

/// Nanoseconds: `2s`, `500ms`, `10us`, or seconds as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(pub u64);

/// A mapping in the order of the text, each key once.
#[derive(Debug)]
pub(super) struct Named<T>(pub Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Named<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of names")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Named::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries: Vec<(String, T)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    if !seen.insert(name.clone()) {
                        return Err(serde::de::Error::custom(format_args!("`{name}` is there twice")));
                    }
                    entries.push((name, map.next_value()?));
                }
                Ok(Named(entries))
            }
        }
        deserializer.deserialize_map(Entries(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as 2s, 500ms or 10us")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Time, E> {
                time_of(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
            fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Time, E> {
                seconds_of(seconds).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(seconds), &self))
            }
            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Time, E> {
                Ok(Time(seconds.saturating_mul(1_000_000_000)))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

fn time_of(text: &str) -> Option<Time> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        "ns" => 1e-9,
        "min" => 60.0,
        _ => return None,
    };
    seconds_of(number.trim().parse::<f64>().ok()? * seconds)
}

fn seconds_of(seconds: f64) -> Option<Time> {
    std::time::Duration::try_from_secs_f64(seconds).ok().map(|time| Time(super::clock::nanos_of(time)))
}

/// A word, or a word with something: `never`, `{late: 2s}`.
fn one_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(String, Option<Yaml>), D::Error> {
    struct Word;
    impl<'de> Visitor<'de> for Word {
        type Value = (String, Option<Yaml>);
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a word, or a mapping of one word")
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok((text.to_owned(), None))
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let first = map.next_entry::<String, Yaml>()?;
            match (first, map.next_key::<String>()?) {
                (Some((word, value)), None) => Ok((word, Some(value))),
                _ => Err(serde::de::Error::custom("there must be one word and what belongs to it")),
            }
        }
    }
    deserializer.deserialize_any(Word)
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (word, value) = one_of(deserializer)?;
        match (word.as_str(), value) {
            ("never", None) => Ok(Self::Never),
            ("wrong_type", None) => Ok(Self::WrongType),
            ("late", Some(time)) => Time::deserialize(time).map(Self::Late).map_err(serde::de::Error::custom),
            _ => Err(serde::de::Error::custom("`answers` is never, wrong_type or {late: TIME}")),
        }
    }
}

impl<'de> Deserialize<'de> for PutText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (word, value) = one_of(deserializer)?;
        match (word.as_str(), value) {
            ("lost", None) => Ok(Self::Lost),
            ("unknown", None) => Ok(Self::Unknown),
            ("unknown_lost", None) => Ok(Self::UnknownLost),
            ("fails", None) => Ok(Self::Fails("the device refused it".to_owned())),
            ("fails", Some(Yaml::String(words))) => Ok(Self::Fails(words)),
            _ => Err(serde::de::Error::custom("`put` is lost, unknown, unknown_lost, fails or {fails: TEXT}")),
        }
    }
}

/// Reads a description; says where it is wrong.
pub(super) fn read(text: &str, file: &str) -> Result<Machine, ScriptError> {
    if text.trim().is_empty() {
        return Ok(Machine::default());
    }
    serde_yaml::from_str(text).map_err(|error| {
        let line = error.location().map(|location| location.line());
        ScriptError { file: file.to_owned(), line, message: with_nearest(&error.to_string()) }
    })
}

/// An error's words without its place, and with the nearest key where a key is unknown.
fn with_nearest(words: &str) -> String {
    let words = words.rsplit_once(" at line ").map_or(words, |(words, _)| words);
    let Some((_, rest)) = words.split_once("unknown field `") else { return words.to_owned() };
    let mut quoted = rest.split('`').step_by(2);
    let unknown = quoted.next().unwrap_or("");
    let nearest = quoted.filter(|key| !key.is_empty()).min_by_key(|key| strsim::damerau_levenshtein(unknown, key));
    match nearest {
        Some(key) if strsim::damerau_levenshtein(unknown, key) <= 3 => {
            format!("unknown key `{unknown}`; did you mean `{key}`?")
        }
        _ => words.replacen("unknown field", "unknown key", 1),
    }
}

/// The line of a key, as people find it.
pub(super) fn line_of(text: &str, key: &str) -> Option<usize> {
    let is_it = |line: &str| {
        let line = line.trim_start().trim_start_matches(['"', '\'']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    text.lines().position(is_it).map(|at| at + 1)
}

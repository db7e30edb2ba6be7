//! What must come of a program. What is not named must not be there: no output, no results, no error, no files; only when
//! several ends are allowed is the rest open.

use std::collections::BTreeMap;

use aerie::execution::Status;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};

use super::program::bytes;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    #[serde(default)]
    pub(super) status: Statuses,
    /// The status' own where it is not given.
    pub(super) exit_code: Option<u8>,
    pub(super) stdout: Option<Text>,
    pub(super) stderr: Option<Text>,
    /// Exactly these; `null` is not the same as none.
    #[serde(default, deserialize_with = "present")]
    pub(super) results: Option<Json>,
    /// Instead: what the results have at these JSON pointers.
    pub(super) results_at: Option<BTreeMap<String, Json>>,
    /// The places of the types beside the results.
    pub(super) types: Option<Json>,
    pub(super) error: Option<ErrorWanted>,
    #[serde(default)]
    pub(super) figures: Vec<FigureWanted>,
    #[serde(default)]
    pub(super) artifacts: Artifacts,
    /// What is left in the working folder.
    #[serde(default)]
    pub(super) files: Files,
    #[serde(default)]
    pub(super) usage: BTreeMap<String, Bound>,
    /// The writes that a plan shows.
    pub(super) writes: Option<Writes>,
    /// The backend does not take the job, and says this.
    pub(super) refused: Option<Text>,
}

fn present<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

fn parse<T: for<'a> Deserialize<'a>>(value: Json) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// One status, or several that are all right.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Json")]
pub(super) struct Statuses(pub(super) Vec<Status>);

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![Status::Succeeded])
    }
}

impl Statuses {
    /// The only one.
    pub(super) fn only(&self) -> Option<Status> {
        if let [only] = self.0[..] { Some(only) } else { None }
    }
}

impl TryFrom<Json> for Statuses {
    type Error = String;

    fn try_from(value: Json) -> Result<Self, String> {
        parse(if value.is_array() { value } else { Json::Array(vec![value]) }).map(Self)
    }
}

/// One text, or several.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Json")]
pub(super) struct Texts(pub(super) Vec<String>);

impl TryFrom<Json> for Texts {
    type Error = String;

    fn try_from(value: Json) -> Result<Self, String> {
        parse(if value.is_array() { value } else { Json::Array(vec![value]) }).map(Self)
    }
}

/// A text exactly, or what is to be said of it.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Json")]
pub(super) enum Text {
    Exactly(String),
    Has(TextParts),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TextParts {
    pub(super) contains: Texts,
    pub(super) lacks: Texts,
    pub(super) starts: String,
    pub(super) ends: String,
    /// A regular expression that it has somewhere.
    pub(super) matches: Option<String>,
    /// In characters.
    pub(super) length: Option<usize>,
    pub(super) at_least: usize,
    /// Of standard error: it is the error's traceback and nothing else.
    pub(super) is_traceback: bool,
}

impl TryFrom<Json> for Text {
    type Error = String;

    fn try_from(value: Json) -> Result<Self, String> {
        match value {
            Json::String(text) => Ok(Self::Exactly(text)),
            other => parse(other).map(Self::Has),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorWanted {
    #[serde(rename = "type")]
    pub(super) kind: Texts,
    pub(super) message: Option<Text>,
    pub(super) line: Option<u32>,
    pub(super) traceback: Option<Text>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FigureWanted {
    pub(super) number: u32,
    pub(super) title: String,
    pub(super) format: String,
}

/// What is to be said of bytes; a text alone is all of them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BytesWanted {
    pub(super) text: Option<String>,
    pub(super) contains: String,
    pub(super) base64: Option<Base64>,
    pub(super) starts_base64: Option<Base64>,
    pub(super) length: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Base64(pub(super) Vec<u8>);

impl TryFrom<String> for Base64 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        bytes(&text).map(Self)
    }
}

fn bytes_wanted(value: Json) -> Result<BytesWanted, String> {
    match value {
        Json::String(text) => Ok(BytesWanted { text: Some(text), ..BytesWanted::default() }),
        other => parse(other),
    }
}

/// How many, or what they are.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Json")]
pub(super) enum Artifacts {
    Count(usize),
    /// In the order in which they were saved: name, title where it is given, bytes.
    Are(Vec<(String, Option<String>, BytesWanted)>),
}

impl Default for Artifacts {
    fn default() -> Self {
        Self::Are(Vec::new())
    }
}

impl TryFrom<Json> for Artifacts {
    type Error = String;

    fn try_from(value: Json) -> Result<Self, String> {
        if let Some(count) = value.get("count") {
            return parse(count.clone()).map(Self::Count);
        }
        let wanted: Vec<Map<String, Json>> = parse(value)?;
        let read = |mut one: Map<String, Json>| {
            let name = parse(one.remove("name").ok_or("an artifact has a `name`")?)?;
            let title = one.remove("title").map(parse).transpose()?;
            Ok((name, title, bytes_wanted(Json::Object(one))?))
        };
        wanted.into_iter().map(read).collect::<Result<_, String>>().map(Self::Are)
    }
}

/// What is left in the working folder, folders aside: these files and no others, or what is to be said of all.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Map<String, Json>")]
pub(super) enum Files {
    Are(BTreeMap<String, BytesWanted>),
    Have(FilesTogether),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilesTogether {
    pub(super) count: Option<usize>,
    pub(super) count_at_most: Option<usize>,
    /// In bytes.
    pub(super) total_at_most: Option<usize>,
}

impl Default for Files {
    fn default() -> Self {
        Self::Are(BTreeMap::new())
    }
}

impl TryFrom<Map<String, Json>> for Files {
    type Error = String;

    fn try_from(wanted: Map<String, Json>) -> Result<Self, String> {
        let together = ["count", "count_at_most", "total_at_most"];
        if !wanted.is_empty() && wanted.keys().all(|key| together.contains(&key.as_str())) {
            return parse(Json::Object(wanted)).map(Self::Have);
        }
        let read = |(name, value)| Ok((name, bytes_wanted(value)?));
        wanted.into_iter().map(read).collect::<Result<_, String>>().map(Self::Are)
    }
}

/// A number exactly, or its bounds.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Json")]
pub(super) struct Bound {
    pub(super) at_least: f64,
    pub(super) at_most: f64,
}

impl TryFrom<Json> for Bound {
    type Error = String;

    fn try_from(value: Json) -> Result<Self, String> {
        if let Some(number) = value.as_f64() {
            return Ok(Self { at_least: number, at_most: number });
        }
        let bounds: BTreeMap<String, f64> = parse(value)?;
        if let Some(other) = bounds.keys().find(|key| !["at_least", "at_most"].contains(&key.as_str())) {
            return Err(format!("a bound has no `{other}`"));
        }
        let bound = |name: &str, none: f64| bounds.get(name).copied().unwrap_or(none);
        Ok(Self { at_least: bound("at_least", f64::NEG_INFINITY), at_most: bound("at_most", f64::INFINITY) })
    }
}

/// How many writes a plan has, or what they are: of each, the fields that are given.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Json")]
pub(super) enum Writes {
    Count(usize),
    Are(Vec<Map<String, Json>>),
}

impl TryFrom<Json> for Writes {
    type Error = String;

    fn try_from(value: Json) -> Result<Self, String> {
        if let Some(count) = value.get("count") {
            return parse(count.clone()).map(Self::Count);
        }
        parse(value).map(Self::Are)
    }
}

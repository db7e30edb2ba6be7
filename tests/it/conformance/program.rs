//! The programs as their files have them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aerie::execution::{Limits, parse_bytes};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::expect::Expect;
use super::host::Answer;

/// One program, what surrounds it, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    /// A sentence: what it shows.
    pub(super) name: String,
    pub(super) code: Content,
    #[serde(default = "code_py")]
    pub(super) filename: String,
    #[serde(default)]
    pub(super) context: Map<String, Json>,
    #[serde(default)]
    pub(super) inputs: BTreeMap<String, Content>,
    #[serde(default)]
    pub(super) limits: LimitsGiven,
    #[serde(default = "one")]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) deterministic: bool,
    #[serde(default)]
    pub(super) svg: bool,
    /// Packages that it imports, by their names on the index.
    #[serde(default)]
    pub(super) needs: Vec<String>,
    #[serde(default)]
    pub(super) host_calls: Vec<Answer>,
    /// A gate on a scripted machine instead of scripted answers.
    pub(super) gate: Option<GateMode>,
    /// It is cancelled when it has printed this.
    pub(super) cancel_after_output: Option<String>,
    /// It is run twice, and leaves the same.
    #[serde(default)]
    pub(super) repeats: bool,
    expect: Map<String, Json>,
    #[serde(default)]
    differs: BTreeMap<String, Difference>,
}

fn code_py() -> String {
    "code.py".to_owned()
}

fn one() -> u64 {
    1
}

/// How a backend differs: `expect` goes over the program's own, key by key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    why: String,
    expect: Map<String, Json>,
}

/// How a program meets the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GateMode {
    ReadOnly,
    Plan,
}

impl Program {
    /// What must come of it on a backend.
    pub(super) fn expect(&self, backend: &str) -> Expect {
        let mut expect = self.expect.clone();
        if let Some(difference) = self.differs.get(backend) {
            expect.extend(difference.expect.clone());
        }
        serde_json::from_value(Json::Object(expect)).unwrap_or_else(|error| panic!("{}: expect: {error}", self.name))
    }

    /// Where a backend differs, and why.
    pub(super) fn differences(&self) -> impl Iterator<Item = (&str, &str)> {
        self.differs.iter().map(|(backend, difference)| (backend.as_str(), difference.why.as_str()))
    }

    /// Its context, with long texts written out.
    pub(super) fn context(&self) -> Map<String, Json> {
        let long = |value: &Json| {
            let (text, times) = (value.get("$repeat")?.as_str()?, value.get("times")?.as_u64()?);
            Some(Json::String(text.repeat(usize::try_from(times).expect("a size"))))
        };
        self.context.iter().map(|(key, value)| (key.clone(), long(value).unwrap_or_else(|| value.clone()))).collect()
    }
}

/// Text as it stands, `{base64}`, or `{repeat, times, then}`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Json")]
pub(super) struct Content(pub(super) Vec<u8>);

impl Content {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.clone()).expect("a program is text")
    }
}

impl TryFrom<Json> for Content {
    type Error = String;

    fn try_from(value: Json) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Repeated {
            repeat: String,
            times: usize,
            #[serde(default)]
            then: String,
        }
        if let Json::String(text) = value {
            return Ok(Self(text.into_bytes()));
        }
        if let Some(text) = value.get("base64").and_then(Json::as_str) {
            return Ok(Self(bytes(text)?));
        }
        let repeated: Repeated = serde_json::from_value(value).map_err(|error| error.to_string())?;
        Ok(Self((repeated.repeat.repeat(repeated.times) + &repeated.then).into_bytes()))
    }
}

pub(super) fn bytes(base64: &str) -> Result<Vec<u8>, String> {
    base64::engine::general_purpose::STANDARD.decode(base64).map_err(|error| error.to_string())
}

/// Limits other than those of the suite: times in seconds, sizes with or without a unit.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsGiven {
    wall: Option<f64>,
    cpu: Option<f64>,
    memory: Option<Json>,
    output: Option<Json>,
    files: Option<u64>,
    file_bytes: Option<Json>,
    host_calls: Option<u64>,
}

impl LimitsGiven {
    /// With the suite's own where none is given: two minutes, for a slow machine, and else the defaults.
    pub(super) fn limits(&self) -> Limits {
        let time = |given: Option<f64>| given.map_or(Duration::from_mins(2), Duration::from_secs_f64);
        let size = |given: &Option<Json>, default: u64| match given {
            None => default,
            Some(Json::String(text)) => parse_bytes(text).expect("a size"),
            Some(number) => number.as_u64().expect("a number of bytes"),
        };
        let default = Limits::default();
        Limits {
            wall: time(self.wall),
            cpu: time(self.cpu),
            memory: size(&self.memory, default.memory),
            output: size(&self.output, default.output),
            files: self.files.unwrap_or(default.files),
            file_bytes: size(&self.file_bytes, default.file_bytes),
            host_calls: self.host_calls.unwrap_or(default.host_calls),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// The groups by name: one file each.
pub(super) fn groups() -> Vec<String> {
    let files = std::fs::read_dir(folder()).expect("the folder of programs").flatten().map(|entry| entry.path());
    let name = |path: PathBuf| path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
    let mut found: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "yml")).map(name).collect();
    found.sort();
    found
}

/// The programs of a group.
pub(super) fn programs(group: &str) -> Vec<Program> {
    let path = folder().join(format!("{group}.yml"));
    let text = std::fs::read_to_string(&path).expect("a group's file");
    // By way of JSON: what is expected of results is JSON, and the forms of an enumeration are those of JSON.
    let values: Vec<Json> = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let read = |value: Json| {
        let name = value["name"].to_string();
        serde_json::from_value(value).unwrap_or_else(|error| panic!("{group}: {name}: {error}"))
    };
    values.into_iter().map(read).collect()
}

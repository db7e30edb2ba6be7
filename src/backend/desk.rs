//! [`Desk`]: the door's calls that belong to the job itself: what it is given, and what it leaves (`job.*`).
//!
//! The same for every backend. What a program hands in is checked here and counted as its files.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::frame::{Header, MAX_FRAME, frame};
use super::{Figure, HostCallError, HostReply, Job, JobTooLarge, SavedArtifact};
use crate::execution::{Limit, ScriptError, Types};

/// Largest `results`, as JSON. Large arrays and frames are files.
const MAX_RESULTS: usize = 8 << 20;

const NO_MORE_BYTES: &str = "the execution may not fill files with any more bytes";

/// What a program's files may amount to.
pub(super) trait Quota {
    /// Counts one more file or folder, if it may be.
    fn add_file(&mut self) -> Result<(), Limit>;
    /// Counts `growth` more bytes, if they may be.
    fn grow(&mut self, growth: u64) -> Result<(), Limit>;
}

/// What one job is given and leaves.
pub(super) struct Desk {
    pub(super) figures: Vec<Figure>,
    pub(super) artifacts: Vec<SavedArtifact>,
    pub(super) finish: Option<Finish>,
    /// Calls of the program's own so far.
    pub(super) calls: u64,
    limit: u64,
}

/// What the guest says at its end.
#[derive(Debug)]
pub(super) struct Finish {
    pub(super) exit_status: u8,
    pub(super) error: Option<ScriptError>,
    pub(super) results: Option<Value>,
    pub(super) types: Types,
    /// Bytes that it wrote to both streams, if it says so.
    pub(super) written: Option<Written>,
    /// What it used, if it says so.
    pub(super) used: Option<Used>,
}

/// What a guest says of itself: for information, not for judgement.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Used {
    pub(super) cpu_seconds: f64,
    pub(super) memory_bytes: u64,
}

/// Bytes that a guest says it wrote.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Written {
    pub(super) stdout: u64,
    pub(super) stderr: u64,
}

/// The answer to `job.start`: the job, with what a place adds.
///
/// # Errors
///
/// It does not fit into a frame.
pub(super) fn start(job: &Job, place: Map<String, Value>) -> Result<Vec<u8>, JobTooLarge> {
    let mut value = json!({
        "filename": job.filename,
        "context": job.context,
        "seed": job.seed,
        "deterministic": job.deterministic,
        "svg": job.svg,
        "folders": job.workspace.is_some(),
    });
    if let Value::Object(value) = &mut value {
        value.extend(place);
    }
    let start = frame(&json!({ "value": value }), job.code.as_bytes());
    if start.len() > MAX_FRAME { Err(JobTooLarge(start.len() as u64)) } else { Ok(start) }
}

impl Desk {
    pub(super) fn new(job: &Job) -> Self {
        Self { figures: Vec::new(), artifacts: Vec::new(), finish: None, calls: 0, limit: job.limits.host_calls }
    }

    /// Counts a call of the program's own.
    pub(super) fn count_call(&mut self) -> Result<(), Limit> {
        if self.calls >= self.limit {
            return Err(Limit::HostCalls);
        }
        self.calls += 1;
        Ok(())
    }

    /// Answers a call that belongs to the job itself; gives any other back.
    pub(super) fn answer(
        &mut self,
        header: Header,
        payload: &[u8],
        quota: &mut impl Quota,
    ) -> Result<Result<Vec<u8>, String>, Header> {
        if !header.call.starts_with("job.") {
            return Err(header);
        }
        let args = Value::Object(header.args);
        let taken = match header.call.as_str() {
            "job.figure" => self.figure(args, payload, quota),
            "job.artifact" => self.artifact(args, payload, quota),
            "job.finish" => self.finish(args, payload, quota),
            other => Err(format!("there is no call named `{other}`")),
        };
        Ok(taken.map(|()| frame(&json!({ "value": null }), &[])))
    }

    fn figure(&mut self, args: Value, payload: &[u8], quota: &mut impl Quota) -> Result<(), String> {
        let FigureArgs { title, number, format } = parse(args)?;
        if !matches!(format.as_str(), "png" | "svg") {
            return Err("a figure is `png` or `svg`".to_owned());
        }
        check_title(&title)?;
        if self.figures.iter().any(|known| known.number == number && known.format == format) {
            return Err(format!("there is a figure {number} as {format} already"));
        }
        charge(quota, payload.len())?;
        self.figures.push(Figure { number, title, format, bytes: payload.to_vec() });
        Ok(())
    }

    fn artifact(&mut self, args: Value, payload: &[u8], quota: &mut impl Quota) -> Result<(), String> {
        let ArtifactArgs { name, title } = parse(args)?;
        self.keep(name, title, payload, quota)
    }

    /// Keeps an artifact.
    pub(super) fn keep(
        &mut self,
        name: String,
        title: String,
        bytes: &[u8],
        quota: &mut impl Quota,
    ) -> Result<(), String> {
        check_name(&name)?;
        check_title(&title)?;
        if self.artifacts.iter().any(|known| known.name == name) {
            return Err(format!("there is an artifact named `{name}` already"));
        }
        charge(quota, bytes.len())?;
        self.artifacts.push(SavedArtifact { name, title, bytes: bytes.to_vec() });
        Ok(())
    }

    fn finish(&mut self, args: Value, payload: &[u8], quota: &mut impl Quota) -> Result<(), String> {
        let FinishArgs { exit_status, error, types, written, used } = parse(args)?;
        if self.finish.is_some() {
            return Err("the job has finished already".to_owned());
        }
        if payload.len() > MAX_RESULTS {
            return Err(format!(
                "`results` takes {} bytes as JSON, more than the {MAX_RESULTS} that it may: keep large data with save_artifact",
                payload.len()
            ));
        }
        // They are kept as a file; writing them into memory cannot fail.
        let noted = if types.is_empty() { 0 } else { serde_json::to_vec(&types).map_or(0, |text| text.len()) };
        quota.grow((payload.len() + noted) as u64).map_err(|_| NO_MORE_BYTES.to_owned())?;
        let results = match payload {
            [] => None,
            payload => {
                Some(serde_json::from_slice(payload).map_err(|error| format!("`results` is no strict JSON: {error}"))?)
            }
        };
        self.finish = Some(Finish { exit_status, error, results, types, written, used });
        Ok(())
    }
}

/// The answer of a host call as a reply's header, and its bulk.
pub(super) fn reply(answer: Result<HostReply, HostCallError>) -> (Value, Vec<u8>) {
    match answer {
        Ok(HostReply { value, payload }) => (json!({ "value": value }), payload),
        Err(HostCallError { kind, message, reason: None }) => {
            (json!({ "error": { "type": kind, "message": message } }), Vec::new())
        }
        Err(HostCallError { kind, message, reason }) => {
            (json!({ "error": { "type": kind, "message": message, "reason": reason } }), Vec::new())
        }
    }
}

#[derive(Deserialize)]
struct FigureArgs {
    #[serde(default)]
    title: String,
    number: u32,
    format: String,
}

#[derive(Deserialize)]
struct ArtifactArgs {
    name: String,
    #[serde(default)]
    title: String,
}

#[derive(Deserialize)]
struct FinishArgs {
    exit_status: u8,
    error: Option<ScriptError>,
    #[serde(default)]
    types: Types,
    written: Option<Written>,
    used: Option<Used>,
}

/// The arguments of a call.
pub(super) fn parse<T: serde::de::DeserializeOwned>(args: Value) -> Result<T, String> {
    serde_json::from_value(args).map_err(|error| format!("the call's arguments are wrong: {error}"))
}

/// Figures and artifacts count as files.
fn charge(quota: &mut impl Quota, bytes: usize) -> Result<(), String> {
    quota.add_file().map_err(|_| "the execution may not make any more files".to_owned())?;
    quota.grow(bytes as u64).map_err(|_| NO_MORE_BYTES.to_owned())
}

/// A title is a line, not a place for data.
fn check_title(title: &str) -> Result<(), String> {
    if title.len() <= 1_000 { Ok(()) } else { Err("a title has at most 1,000 bytes".to_owned()) }
}

/// A name that is one visible path component on any system.
fn check_name(name: &str) -> Result<(), String> {
    let fine = !name.is_empty()
        && name.len() <= 120
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')' | '+' | '='));
    if fine {
        Ok(())
    } else {
        Err("an artifact's name is 1-120 letters, digits, spaces and . - _ + = ( ), and does not start with a dot"
            .to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifact_names_cannot_leave_their_folder() {
        for name in ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a\0b", "a\nb", &"x".repeat(121)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_name("beam lifetime (2).csv").is_ok());
    }
}

//! [`PythonExecutionRequest`]: what somebody wants to have done, with Osprey's names. What it does not say, the configuration
//! says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::id::ExecutionId;
use super::limits::Limits;

/// A task in words, or a program, and what surrounds it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PythonExecutionRequest {
    /// What the person asked, in their own words.
    pub user_query: String,
    /// What this execution has to achieve.
    pub task_objective: String,
    /// What the folder is named after.
    pub execution_folder_name: String,
    /// What `results` has to hold: names, and types or descriptions.
    pub expected_results: Map<String, Value>,
    /// Further instructions for the model, a line or a paragraph each.
    pub capability_prompts: Vec<String>,
    /// The program's `context`.
    pub capability_context_data: Map<String, Value>,
    /// Earlier executions whose results are part of the context, by the name that they have there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub results_of: BTreeMap<String, ExecutionId>,
    /// Attempts, of generation and of execution each, instead of the configured ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// A program that is there already: nothing is generated. It is analysed, planned and approved like any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_code: Option<String>,
    /// The folder to use: new, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing_execution_folder: Option<PathBuf>,
    /// Whatever the caller wants to find again with the execution: user, session, conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_context: Option<Value>,
    /// How the task is cut into phases, for the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_plan: Option<Value>,
    /// The conversation that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// Where to run: `wasi`, `container`, `local` or `auto`, instead of the configured one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_method: Option<Method>,
    /// The sandbox's runtime pack. Default `science`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// With which rights: `read_only` makes no plan and cannot write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_mode: Option<Mode>,
    /// Which generator, instead of the configured one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_generator: Option<String>,
    /// What the program may use, instead of what is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Seeds everything random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Fixes the clock too. Such an execution is read-only.
    #[serde(skip_serializing_if = "is_false")]
    pub deterministic: bool,
    /// Keeps figures as SVG too.
    #[serde(skip_serializing_if = "is_false")]
    pub svg: bool,
    /// Files and folders that the program may read as `/inputs/NAME`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, PathBuf>,
    /// What tracebacks call the program. Default `code.py`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The same key a second time is the same execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Where a program runs: `execution_method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The sandbox.
    Wasi,
    /// A Jupyter server.
    Container,
    /// A Python of the host.
    Local,
    /// As the analysis advises.
    Auto,
}

/// With which rights a program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It cannot write, whatever its text says.
    ReadOnly,
    /// Its writes are planned, and made once they are approved.
    WriteAccess,
    /// It writes at once, without a plan, where the channels' rules say `confirm: never`; every other write is refused.
    Unattended,
}

/// Most bytes of a request's texts together.
pub const MAX_REQUEST_TEXT: usize = 1 << 20;

/// A request that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It says neither what to do nor how.
    #[error("the request has neither a task (task_objective or user_query) nor a program (approved_code)")]
    Empty,
    /// Its texts are too long.
    #[error(
        "the request's texts have {bytes} bytes, more than the 1 MiB that they may; pass data in capability_context_data"
    )]
    TooLong {
        /// What they have.
        bytes: usize,
    },
    /// A text has NUL or other control characters where a name stands.
    #[error("{field} is no plain name: {value:?}")]
    Name {
        /// Which field.
        field: &'static str,
        /// What it says, cut.
        value: String,
    },
    /// Two settings exclude each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

impl PythonExecutionRequest {
    /// A program to run, without a task in words.
    #[must_use]
    pub fn of_code(code: impl Into<String>) -> Self {
        Self { approved_code: Some(code.into()), ..Self::default() }
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), RequestError> {
        let has_task = !self.task_objective.trim().is_empty() || !self.user_query.trim().is_empty();
        if self.approved_code.is_none() && !has_task {
            return Err(RequestError::Empty);
        }
        let json = |value: Option<&Value>| value.map_or(0, |value| value.to_string().len());
        let bytes = self.user_query.len()
            + self.task_objective.len()
            + self.capability_prompts.iter().map(String::len).sum::<usize>()
            + self.expected_results.iter().map(|(name, value)| name.len() + value.to_string().len()).sum::<usize>()
            + json(self.session_context.as_ref())
            + json(self.structured_plan.as_ref());
        if bytes > MAX_REQUEST_TEXT {
            return Err(RequestError::TooLong { bytes });
        }
        for (field, value) in [
            ("execution_folder_name", Some(&self.execution_folder_name)),
            ("thread_id", self.thread_id.as_ref()),
            ("code_generator", self.code_generator.as_ref()),
            ("idempotency_key", self.idempotency_key.as_ref()),
            ("filename", self.filename.as_ref()),
            ("pack", self.pack.as_ref()),
        ] {
            if let Some(value) = value.filter(|value| value.len() > 200 || value.chars().any(char::is_control)) {
                return Err(RequestError::Name { field, value: value.chars().take(40).collect() });
            }
        }
        if self.deterministic && matches!(self.execution_mode, Some(Mode::WriteAccess | Mode::Unattended)) {
            let why =
                "on a deterministic clock a ramp takes no time: `deterministic` and write access exclude each other";
            return Err(RequestError::Contradiction(why));
        }
        Ok(())
    }

    /// What the execution is called: the folder's name, or the beginning of the task.
    #[must_use]
    pub fn name(&self) -> String {
        let words = [&self.execution_folder_name, &self.task_objective, &self.user_query];
        let text = words.into_iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or("script");
        text.lines().next().unwrap_or(text).chars().take(80).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_a_task_or_a_program() {
        assert_eq!(PythonExecutionRequest::default().check(), Err(RequestError::Empty));
        assert_eq!(PythonExecutionRequest::of_code("1").check(), Ok(()));
        let asked = PythonExecutionRequest { user_query: "how long does the beam live".into(), ..Default::default() };
        assert_eq!(asked.check(), Ok(()));
        assert_eq!(asked.name(), "how long does the beam live");
    }

    #[test]
    fn what_is_too_long_or_no_name_is_refused() {
        let long = PythonExecutionRequest { user_query: "x".repeat(2 << 20), ..Default::default() };
        assert!(matches!(long.check(), Err(RequestError::TooLong { .. })));
        let odd = PythonExecutionRequest { thread_id: Some("a\nb".into()), ..PythonExecutionRequest::of_code("1") };
        assert!(matches!(odd.check(), Err(RequestError::Name { field: "thread_id", .. })));
    }

    #[test]
    fn a_misspelt_field_is_an_error() {
        let error = serde_json::from_str::<PythonExecutionRequest>(r#"{"task_objectiv": "x"}"#).unwrap_err();
        assert!(error.to_string().contains("task_objectiv"), "{error}");
    }
}

//! [`Task`]: what is to be written, for which surroundings, and what failed before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a program is asked for. Everything in it is data: no text of it is read as a template.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What the person asked, in their words.
    pub user_query: String,
    /// What this program is to do for it.
    pub task_objective: String,
    /// What the capability says about its field, in its order.
    #[serde(default)]
    pub capability_prompts: Vec<String>,
    /// What must be in `results`: names, and a description or an example of each.
    #[serde(default)]
    pub expected_results: Map<String, Value>,
    /// What `context` holds: key and a short description, as [`super::describe_context`] makes it.
    #[serde(default)]
    pub context_summary: BTreeMap<String, String>,
    /// Where the program will run.
    #[serde(default)]
    pub surroundings: Surroundings,
    /// What failed before, oldest first.
    #[serde(default)]
    pub errors: Vec<FailedAttempt>,
    /// Which attempt this is, counted from 1.
    #[serde(default)]
    pub attempt: u32,
}

/// Where a program will run, and what it may do there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Surroundings {
    /// The backend, such as `wasi`.
    pub backend: String,
    /// Packages beside the standard library: name and version.
    pub packages: Vec<(String, String)>,
    /// The machine, such as `epics` or `simulated machine`.
    pub control_system: String,
    /// The site's channel rules, one line each, for people.
    pub channel_rules: Vec<String>,
    /// What the execution may use, one line each, for people.
    pub limits: Vec<String>,
    /// Whether this site writes at all.
    pub writes_enabled: bool,
}

/// A program that did not do, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FailedAttempt {
    /// Which attempt, counted from 1.
    pub attempt: u32,
    /// Where it failed: `generation`, `analysis`, `execution`.
    pub stage: String,
    /// The exception, or the error's name.
    pub error_type: String,
    /// What it says.
    pub message: String,
    /// The program; empty if there was none.
    pub code: String,
    /// Python's traceback; empty if there was none.
    pub traceback: String,
    /// What the analysis found, one line each.
    pub findings: Vec<String>,
}

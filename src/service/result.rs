//! [`PythonServiceResult`]: what a caller gets, on every path the same type: fresh, resumed, failed, rejected, waiting.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::ServiceError;
use super::log::Log;
use super::{LastRun, Service};
use crate::execution::{
    Covers, Digest, Ending, ExecutionId, FailedAttempt, Failure, Progress, Returned, State, WriteNote,
};

/// Where an execution is, for its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// With results.
    Succeeded,
    /// Without.
    Failed,
    /// The analysis or the rules did not let it pass.
    Refused,
    /// A person said no.
    Rejected,
    /// Nobody answered in time.
    Expired,
    /// It met its limit of time.
    TimedOut,
    /// Somebody cancelled it.
    Cancelled,
    /// The process that carried it ended in the middle of its writes.
    Interrupted,
    /// A person has to answer.
    AwaitingApproval,
    /// Somebody else carries it.
    InProgress,
}

impl From<Ending> for ServiceStatus {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Succeeded => Self::Succeeded,
            Ending::Failed => Self::Failed,
            Ending::Refused => Self::Refused,
            Ending::Rejected => Self::Rejected,
            Ending::Expired => Self::Expired,
            Ending::TimedOut => Self::TimedOut,
            Ending::Cancelled => Self::Cancelled,
            Ending::Interrupted => Self::Interrupted,
        }
    }
}

/// What a program that succeeded left: Osprey's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PythonExecutionSuccess {
    /// `results`, as strict JSON with tagged values (`docs/results.md`).
    pub results: Value,
    /// What it printed.
    pub stdout: String,
    /// Seconds that it ran.
    pub execution_time: f64,
    /// The execution's folder.
    pub folder_path: PathBuf,
    /// Its notebook.
    pub notebook_path: PathBuf,
    /// The same as an address.
    pub notebook_link: String,
    /// Its figures, absolute, in the order of their numbers.
    pub figure_paths: Vec<PathBuf>,
}

/// What waits for an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waits {
    /// Counted from 1.
    pub number: u32,
    /// About what.
    pub covers: Covers,
    /// What is shown.
    pub digest: Digest,
    /// Why it is asked.
    pub reason: String,
    /// When it is too late.
    pub expires: jiff::Timestamp,
}

/// What a caller gets.
#[derive(Debug, Serialize)]
pub struct PythonServiceResult {
    /// Which execution.
    pub execution_id: ExecutionId,
    /// Where it is.
    pub status: ServiceStatus,
    /// What it left, if it succeeded.
    pub execution_result: Option<PythonExecutionSuccess>,
    /// The program that it came to.
    pub generated_code: Option<String>,
    /// Where it ran, or would: `wasi`, `container`, `local`; empty before that was decided.
    pub execution_method: String,
    /// Why there.
    pub execution_method_reason: String,
    /// How many programs it took.
    pub generation_attempt: u32,
    /// What the analysis saw in it.
    pub analysis_warnings: Vec<String>,
    /// Why it did not succeed.
    pub failure: Option<Failure>,
    /// What failed on the way.
    pub error_chain: Vec<(u32, Failure)>,
    /// What a person has to answer.
    pub waits: Option<Waits>,
    /// What is known of its writes.
    pub writes: Option<WriteNote>,
    /// Its folder.
    pub folder: PathBuf,
    /// What the last run left, if it was this process's.
    #[serde(skip)]
    pub last_run: Option<LastRun>,
}

impl PythonServiceResult {
    /// The command line's exit code (`docs/exit-codes.md`).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        use crate::error::Exit;
        let of_failure =
            || self.failure.as_ref().map_or(Exit::ScriptFailed as u8, |failure| failure.category.exit_code());
        match self.status {
            ServiceStatus::Succeeded => Exit::Done as u8,
            ServiceStatus::Failed => of_failure(),
            ServiceStatus::Refused => Exit::Refused as u8,
            ServiceStatus::Rejected | ServiceStatus::Expired => Exit::Rejected as u8,
            ServiceStatus::TimedOut | ServiceStatus::Cancelled => Exit::Stopped as u8,
            ServiceStatus::Interrupted | ServiceStatus::InProgress => Exit::Infrastructure as u8,
            ServiceStatus::AwaitingApproval => Exit::Waiting as u8,
        }
    }
}

impl Service {
    /// Where an execution is, from what is stored.
    pub async fn result(&self, id: ExecutionId) -> Result<PythonServiceResult, ServiceError> {
        let log = Log::load(Arc::clone(&self.store), id, None).await?;
        let progress = log.progress()?.clone();
        self.result_of(id, &progress, None).await
    }

    /// How far an execution is, from what is stored.
    pub async fn progress(&self, id: ExecutionId) -> Result<Progress, ServiceError> {
        Log::load(Arc::clone(&self.store), id, None).await?.progress().cloned()
    }

    pub(super) async fn result_of(
        &self,
        id: ExecutionId,
        progress: &Progress,
        last_run: Option<LastRun>,
    ) -> Result<PythonServiceResult, ServiceError> {
        let folder = PathBuf::from(&progress.submitted.folder);
        let (status, failure, waits) = match &progress.state {
            State::Ended(ending, failure) => (ServiceStatus::from(*ending), failure.clone(), None),
            State::Waiting(open) => {
                let (digest, reason) = (open.digest.clone(), open.reason.clone());
                let waits = Waits { number: open.number, covers: open.covers, digest, reason, expires: open.expires };
                (ServiceStatus::AwaitingApproval, None, Some(waits))
            }
            _ => (ServiceStatus::InProgress, None, None),
        };
        let execution_result = match (status, &last_run) {
            (ServiceStatus::Succeeded, Some(last)) => {
                let outcome = &last.report.outcome;
                let figures = last.files.figures.iter().map(|figure| figure.path.clone()).collect();
                let results = outcome.results.clone().unwrap_or_default();
                let (stdout, seconds) = (outcome.stdout.clone(), outcome.usage.wall_seconds);
                Some(success(&folder, results, (stdout, seconds), figures))
            }
            (ServiceStatus::Succeeded, None) => Some(from_folder(&folder, &progress.returned)?),
            _ => None,
        };
        let generated_code = match &progress.code {
            Some(digest) => self.store.blob(digest).await?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            None => None,
        };
        let told = |failed: &FailedAttempt| (failed.attempt, failed.failure.clone());
        Ok(PythonServiceResult {
            execution_id: id,
            status,
            execution_result,
            generated_code,
            execution_method: progress.backend.clone(),
            execution_method_reason: progress.backend_reason.clone(),
            generation_attempt: progress.attempt,
            analysis_warnings: progress.findings.clone(),
            failure,
            error_chain: progress.failed.iter().map(told).collect(),
            waits,
            writes: progress.writes.clone(),
            folder,
            last_run,
        })
    }
}

fn success(
    folder: &Path,
    results: Value,
    (stdout, execution_time): (String, f64),
    figure_paths: Vec<PathBuf>,
) -> PythonExecutionSuccess {
    let notebook_path = folder.join(crate::artifacts::notebook::Notebook::FILE);
    PythonExecutionSuccess {
        results,
        stdout,
        execution_time,
        folder_path: folder.to_owned(),
        notebook_link: format!("file://{}", notebook_path.display()),
        notebook_path,
        figure_paths,
    }
}

/// The results in an execution's folder, if they are those that were returned.
pub(super) fn check_results(folder: &Path, returned: &Returned) -> Result<Value, ServiceError> {
    let Some(digest) = &returned.digest else { return Ok(Value::Null) };
    let path = folder.join("results.json");
    let unusable = |reason: String| ServiceError::Unusable { path: path.display().to_string(), reason };
    let text = std::fs::read(&path).map_err(|error| unusable(format!("{error}; was its folder removed?")))?;
    if Digest::of(&text) != *digest {
        return Err(unusable("it is not what the program returned: somebody altered it".to_owned()));
    }
    serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))
}

/// What an execution left that ended in another process.
fn from_folder(folder: &Path, returned: &Returned) -> Result<PythonExecutionSuccess, ServiceError> {
    let results = match &returned.results {
        Some(results) => results.clone(),
        None => check_results(folder, returned)?,
    };
    let read = |name: &str| -> Result<Value, ServiceError> {
        let path = folder.join(name);
        let unusable = |reason: String| ServiceError::Unusable { path: path.display().to_string(), reason };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Value::Null),
            Err(error) => return Err(unusable(error.to_string())),
        };
        serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))
    };
    let metadata = read("execution_metadata.json")?;
    let mut figures: Vec<PathBuf> =
        std::fs::read_dir(folder.join("figures")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    figures.sort();
    let stdout = metadata["stdout"].as_str().unwrap_or_default().to_owned();
    let seconds = metadata["usage"]["wall_seconds"].as_f64().unwrap_or_default();
    Ok(success(folder, results, (stdout, seconds), figures))
}

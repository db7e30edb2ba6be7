//! Where code runs: one trait, [`Backend`], and what goes in and comes out.
//!
//! Every backend runs the same [`Job`], obeys the same limits, passes host calls to the same [`HostCalls`], and ends
//! with the same [`Report`]. A script that fails is a report; broken machinery is the backend's error.

mod clock;
pub mod container;
mod desk;
mod ending;
mod frame;
mod guest;
pub mod local;
mod output;
mod outside;
pub mod wasi;

use std::path::PathBuf;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::error::{Coded, ErrorCode};
use crate::execution::{Limits, Outcome, format_bytes};

pub use clock::{ClockMove, ClockState, ProgramClock, Readings, TapeState};

/// Why a backend failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sandbox did.
    #[error(transparent)]
    Wasi(#[from] wasi::Error),
    /// A process of this host did.
    #[error(transparent)]
    Local(#[from] local::Error),
    /// A kernel or its server did.
    #[error(transparent)]
    Container(#[from] container::Error),
    /// Program and context together do not fit into a frame of the door.
    #[error(transparent)]
    TooLarge(#[from] JobTooLarge),
    /// The interpreter ended before it took the job.
    #[error("the Python for the program ended before the program began: {said}")]
    NeverBegan {
        /// The last that it said.
        said: String,
    },
    /// A fixed clock was asked for where there is none.
    #[error(
        "a deterministic run needs the sandbox: time cannot be fixed in `{backend}`; leave `deterministic` out, or set execution_method to wasi"
    )]
    NotDeterministic {
        /// Where it was to run.
        backend: &'static str,
    },
}

impl Coded for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Wasi(error) => error.code(),
            Self::Local(error) => error.code(),
            Self::Container(error) => error.code(),
            Self::TooLarge(_) => ErrorCode::InvalidContext,
            Self::NeverBegan { .. } => ErrorCode::ProcessFailed,
            Self::NotDeterministic { .. } => ErrorCode::BackendUnavailable,
        }
    }
}

/// Program and context together do not fit into a frame of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("program and context take {}, more than the 64 MiB that they may; pass data with --input", format_bytes(*.0))]
pub struct JobTooLarge(pub u64);

/// One program to run, with all it may see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The Python source.
    pub code: String,
    /// What tracebacks call it. Default `code.py`.
    pub filename: String,
    /// The seed's `capability_context_data`: what the program finds as `context`.
    pub context: Map<String, Value>,
    /// What it may use.
    pub limits: Limits,
    /// Seeds `random`, `numpy.random` and `os.urandom`, so that a run can be repeated.
    pub seed: u64,
    /// Whether time is fixed as well, so that two runs give the same bytes.
    pub deterministic: bool,
    /// Whether open matplotlib figures are also kept as SVG.
    pub svg: bool,
    /// The folders that it sees. `None`: it has no files at all but Python's own.
    pub workspace: Option<Workspace>,
}

impl Job {
    /// A job with default limits, no context, no folders, and this seed.
    #[must_use]
    pub fn new(code: impl Into<String>, seed: u64) -> Self {
        Self {
            code: code.into(),
            filename: "code.py".to_owned(),
            context: Map::new(),
            limits: Limits::default(),
            seed,
            deterministic: false,
            svg: false,
            workspace: None,
        }
    }
}

/// Host folders that a program sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its working folder, `/work` in the sandbox. May be written.
    pub work: PathBuf,
    /// Its scratch folder, `/tmp`. May be written; the caller removes it.
    pub scratch: PathBuf,
    /// Its inputs, `/inputs`. Read-only.
    pub inputs: PathBuf,
}

/// What a program left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// How it ended, what it printed and returned.
    pub outcome: Outcome,
    /// Its open figures, in the order of their numbers.
    pub figures: Vec<Figure>,
    /// What it passed to `save_artifact`.
    pub artifacts: Vec<SavedArtifact>,
}

/// One matplotlib figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Figures are counted from 1.
    pub number: u32,
    /// Its suptitle, or the title of its only axes; may be empty.
    pub title: String,
    /// `png` or `svg`.
    pub format: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// One object that the program saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedArtifact {
    /// A file name without folders.
    pub name: String,
    /// What the program called it.
    pub title: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Something that happens while a program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// Bytes on standard output.
    Stdout(&'a [u8]),
    /// Bytes on standard error.
    Stderr(&'a [u8]),
}

/// Takes events in order, on the thread that runs the program: it should be quick.
pub type EventSink = Box<dyn FnMut(Event<'_>) + Send>;

/// One call through the door.
#[derive(Debug, Clone, PartialEq)]
pub struct HostCall {
    /// Its name, such as `epics.caget`.
    pub name: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
    /// Bulk data: raw little-endian bytes.
    pub payload: Vec<u8>,
}

/// The answer to a host call.
#[derive(Debug, Clone, PartialEq)]
pub struct HostReply {
    /// The value.
    pub value: Value,
    /// Bulk data: raw little-endian bytes.
    pub payload: Vec<u8>,
}

/// Why a host call was not answered. The guest raises it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct HostCallError {
    /// What to raise in the guest.
    pub kind: String,
    /// What it says.
    pub message: String,
    /// A finer code where there is one: the control system's own.
    pub reason: Option<String>,
}

impl HostCallError {
    /// An error without a finer code.
    #[must_use]
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), reason: None }
    }
}

/// Answers the calls that a program makes through the door.
#[async_trait]
pub trait HostCalls: Send {
    /// Answers one call. It may wait, for a person even: the time is not charged to the program unless the answerer does so
    /// ([`ProgramClock::charge`]). The future is dropped
    /// when the execution is cancelled.
    async fn call(&mut self, call: HostCall) -> Result<HostReply, HostCallError>;
}

/// Offers no host calls at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHostCalls;

#[async_trait]
impl HostCalls for NoHostCalls {
    async fn call(&mut self, call: HostCall) -> Result<HostReply, HostCallError> {
        let message = format!("this execution offers no host call named `{}`", call.name);
        Err(HostCallError::new("UnknownHostCall", message))
    }
}

/// What surrounds a running job.
pub struct Surroundings {
    /// Answers its host calls.
    pub host_calls: Box<dyn HostCalls>,
    /// Takes its output as it is written.
    pub events: EventSink,
    /// Ends it early.
    pub cancel: CancellationToken,
    /// Time as it sees it.
    pub clock: ProgramClock,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            host_calls: Box::new(NoHostCalls),
            events: Box::new(|_| {}),
            cancel: CancellationToken::new(),
            clock: ProgramClock::default(),
        }
    }
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("cancel", &self.cancel).finish_non_exhaustive()
    }
}

/// Whether a program could reach a control system without passing the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confinement {
    /// It could not: there is no other way out.
    Enforced,
    /// It might: host calls pass the gate, but something else is open.
    Mediated {
        /// What is open.
        why: String,
    },
}

/// A place where code runs.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Its name, as `execution_method` has it.
    fn name(&self) -> &'static str;

    /// What runs there, down to the bytes as far as that is known: part of what an approval covers.
    fn fingerprint(&self) -> String;

    /// Whether a program could go round the gate.
    fn confinement(&self) -> Confinement;

    /// Runs one job to its end. Dropping the future cancels the job.
    ///
    /// # Errors
    ///
    /// Only when the machinery fails: a failing, looping or hostile program is a [`Report`].
    async fn run(&self, job: Job, surroundings: Surroundings) -> Result<Report, Error>;

    /// Gives back what it holds ready for executions to come. What runs is not touched; it can be used again.
    async fn close(&self) {}
}

//! The vocabulary of one execution: what was asked, what happens to it, what it may use, and how it ended. No I/O.

mod digest;
mod event;
mod failure;
mod id;
mod limits;
mod outcome;
mod progress;
mod request;
mod types;
mod walls;

pub use digest::Digest;
pub(crate) use digest::hexadecimal;
pub use event::{Covers, Decision, Ending, Event, GenerationNote, PlanNote, RunKind, Submitted, Verdict, WriteNote};
pub use failure::{ErrorCategory, Failure, Stage};
pub use id::{ExecutionId, InvalidExecutionId};
pub use limits::{Limit, Limits, ParseSizeError, Usage, format_bytes, parse_bytes};
pub use outcome::{Outcome, ScriptError, Status};
pub use progress::{Approvals, Approved, FailedAttempt, Illegal, OpenRequest, Progress, Returned, State, next};
pub use request::{MAX_REQUEST_TEXT, Method, Mode, PythonExecutionRequest, RequestError};
pub use types::{Dtype, Place, Places, Shape, Types};
pub use walls::{MissingWall, Walls};

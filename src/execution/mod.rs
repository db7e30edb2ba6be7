//! The vocabulary of one execution: its name, what it may use, and how it ended. No I/O.

mod id;
mod limits;
mod outcome;

pub use id::{ExecutionId, InvalidExecutionId};
pub use limits::{Limit, Limits, ParseSizeError, Usage, format_bytes, parse_bytes};
pub use outcome::{Outcome, ScriptError, Status};

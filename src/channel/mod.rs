//! The vocabulary of control systems: what a channel is called, what it holds, what is known about it, and how a write
//! ended. No I/O.

mod address;
mod description;
mod outcome;
mod value;

pub use address::{Channel, InvalidChannel, Part, Protocol};
pub use description::{AlarmSeverity, Description, Kind, NativeType, Range, Reading};
pub use outcome::{Refusal, WriteOutcome};
pub use value::{Array, ScalarKind, Value, rounded};

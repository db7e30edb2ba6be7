//! Judgement of values: what a program sent becomes a value of the channel's own type, or a [`Violation`].
//!
//! Strict: a text never becomes a number, nothing is rounded into an integer, nothing is clamped. What comes out is what
//! is sent to the machine, so limits hold for that and not for what was meant.
//!
//! [`Violation`]: super::Violation

mod convert;
mod number;
mod readback;
mod step;

pub use convert::value;
pub use readback::{Comparison, readback};
pub use step::step;

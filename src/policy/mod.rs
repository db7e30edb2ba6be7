//! Channel rules: whether a program may read or write a channel, within which limits, and which line says so.
//!
//! Pure and synchronous. Texts come in, judgements go out; what has to be read from the machine to decide (the state of
//! another channel, the present value, an alarm) is handed back as a question that the gate answers. Whatever is not
//! allowed is refused, and whatever is not understood is an error with its file and line.

mod attributes;
mod check;
mod condition;
mod decision;
mod explain;
mod index;
mod json;
pub mod judge;
mod layer;
mod limits;
mod lines;
mod literal;
mod names;
mod node;
mod pattern;
#[cfg(test)]
mod properties;
mod rate;
mod readback;
mod rule;
mod rules;
mod site;
mod source;
#[cfg(test)]
mod tests;
mod trial;
mod units;
mod window;
mod yaml;

pub use condition::{Allowed, MachineCondition};
pub use decision::{
    Bound, Confirm, Principal, ReadDecision, ReadRequest, ReadRules, RuleRef, Verify, Violation, WriteRequest,
    WriteRules, WriteRuling,
};
pub use explain::{Access, Check, Explanation, Question, Verdict};
pub use rate::{RateExceeded, RateLimiter};
pub use rules::{BUILT_IN, Policy};
pub use source::{MAX_SOURCE, Machine, OnViolation, Options, Place, PolicyErrors, Problem, Source, SourceKind};
pub use trial::{Failure, PolicyTest};
pub use units::{Rate, Tolerance};
pub use window::TimeWindow;

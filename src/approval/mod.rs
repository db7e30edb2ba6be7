//! What a person is shown ([`Plan`]), who may answer ([`may_decide`]), and what they thereby allow ([`Grant`]). Pure: no I/O.
//!
//! Promise: a grant holds for exactly the plan that was shown, once, until it expires.

mod decision;
mod grant;
mod plan;

pub use crate::execution::Digest;
pub(crate) use crate::execution::hexadecimal;
pub use decision::{DecisionError, digest_of, may_decide};
pub use grant::{Grant, GrantError, OnDeviation, OnFailure, SigningKey};
pub use plan::{Fingerprint, Incomplete, Operation, Plan, PlannedWrite, Verdict};

//! What a person is shown ([`Plan`]) and what they thereby allow ([`Grant`]). Pure: no I/O.
//!
//! Promise: a grant holds for exactly the plan that was shown, once, until it expires.

mod grant;
mod plan;

pub use grant::{Grant, GrantError, OnDeviation, OnFailure, SigningKey};
pub(crate) use plan::hexadecimal;
pub use plan::{Digest, Fingerprint, Incomplete, Operation, Plan, PlannedWrite, Verdict};

//! [`Walls`]: what stood between a program and its host while it ran.

use serde::{Deserialize, Serialize};

/// The walls around one program, as its backend found them when it started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Those that stand, by name, with how far they reach: `landlock (ABI 7)`, `seccomp`, …
    pub standing: Vec<String>,
    /// Those that do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingWall>,
}

/// A wall that does not stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingWall {
    /// Its name.
    pub wall: String,
    /// Why it does not, and what that leaves open.
    pub why: String,
}

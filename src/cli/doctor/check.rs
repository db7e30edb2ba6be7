//! [`Check`]: one promise, what was found, and what to do.

use serde::Serialize;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and promises less.
    Warning,
    /// It does not work, or a promise is broken.
    Wrong,
}

impl Verdict {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    /// The backend, and its mode where that counts.
    pub(super) place: String,
    /// What was looked at.
    pub(super) name: String,
    pub(super) verdict: Verdict,
    /// What was found.
    pub(super) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

impl Check {
    pub(super) fn new(place: &str, name: &str, verdict: Verdict, found: impl Into<String>) -> Self {
        Self { place: place.to_owned(), name: name.to_owned(), verdict, found: found.into(), advice: None }
    }

    #[must_use]
    pub(super) fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

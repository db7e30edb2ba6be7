//! Whether somebody may answer a question: [`may_decide`].

use jiff::Timestamp;

use crate::execution::{Digest, OpenRequest, Verdict};

/// Why an answer does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// Nothing is asked.
    #[error("this execution asks nothing: it is {state}")]
    NotAsked {
        /// What it is.
        state: &'static str,
    },
    /// Too late.
    #[error("the question expired at {expires}; run it again")]
    Expired {
        /// When.
        expires: Timestamp,
    },
    /// What was looked at is not what is asked.
    #[error("what you looked at ({seen}) is not what is asked now ({asked}); look again: aerie approvals show")]
    OtherThanShown {
        /// What was looked at.
        seen: String,
        /// What is asked.
        asked: String,
    },
    /// One's own.
    #[error("{by} asked for it, and this site wants somebody else to approve it")]
    OwnRequest {
        /// Who.
        by: String,
    },
    /// One's own program.
    #[error("{by} wrote this program, and this site wants somebody else to approve it")]
    OwnProgram {
        /// Who.
        by: String,
    },
    /// It was asked under another configuration.
    #[error("it was asked under {asked}: give --config {asked}")]
    OtherConfiguration {
        /// Under which.
        asked: String,
    },
    /// Once is enough.
    #[error("{by} approved it already; {missing} more have to")]
    Again {
        /// Who.
        by: String,
        /// How many are missing.
        missing: u32,
    },
    /// A rejection without a word does not help whoever asked.
    #[error("say why it is rejected: whoever asked has to do something else")]
    NoReason,
}

/// Whether `by` may answer `request` with `verdict` now. `seen` is the digest of what they looked at, or its first digits.
///
/// # Errors
///
/// Why not.
pub fn may_decide(
    request: &OpenRequest,
    (requester, author): (&str, Option<&str>),
    (by, verdict, comment): (&str, Verdict, &str),
    seen: Option<&str>,
    now: Timestamp,
) -> Result<(), DecisionError> {
    if now >= request.expires {
        return Err(DecisionError::Expired { expires: request.expires });
    }
    if let Some(seen) = seen
        && (seen.len() < MIN_SEEN || !request.digest.as_str().starts_with(seen))
    {
        let asked = request.digest.short().to_owned();
        return Err(DecisionError::OtherThanShown { seen: seen.chars().take(12).collect(), asked });
    }
    match verdict {
        Verdict::Approve => {
            if by == requester && !request.approvals.requester_may {
                return Err(DecisionError::OwnRequest { by: by.to_owned() });
            }
            if author == Some(by) && !request.approvals.requester_may {
                return Err(DecisionError::OwnProgram { by: by.to_owned() });
            }
            if request.approvals.given.iter().any(|given| given.by == by) {
                let given = u32::try_from(request.approvals.given.len()).unwrap_or(u32::MAX);
                let missing = request.approvals.needed.saturating_sub(given);
                return Err(DecisionError::Again { by: by.to_owned(), missing });
            }
        }
        Verdict::Reject if comment.trim().is_empty() => return Err(DecisionError::NoReason),
        Verdict::Reject | Verdict::Edit => {}
    }
    Ok(())
}

/// Fewer digits than these could be guessed.
const MIN_SEEN: usize = 8;

/// The digest of several things at once, each by its name.
#[must_use]
pub fn digest_of(parts: &[(&str, &str)]) -> Digest {
    let mut bytes = Vec::new();
    for (name, value) in parts {
        for text in [name, value] {
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
    Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::{Approvals, Covers, Decision};

    fn request() -> OpenRequest {
        OpenRequest {
            number: 1,
            covers: Covers::Plan,
            digest: Digest::of(b"plan"),
            reason: "it writes".into(),
            expires: Timestamp::from_second(100).unwrap(),
            approvals: Approvals { given: vec![], needed: 2, requester_may: false },
        }
    }

    fn asks(request: &OpenRequest, by: &str, verdict: Verdict, comment: &str) -> Result<(), DecisionError> {
        may_decide(request, ("alice", Some("dave")), (by, verdict, comment), None, Timestamp::from_second(50).unwrap())
    }

    #[test]
    fn somebody_else_has_to_approve_and_each_counts_once() {
        let mut request = request();
        assert!(matches!(asks(&request, "alice", Verdict::Approve, ""), Err(DecisionError::OwnRequest { .. })));
        assert!(matches!(asks(&request, "dave", Verdict::Approve, ""), Err(DecisionError::OwnProgram { .. })));
        assert_eq!(asks(&request, "bob", Verdict::Approve, ""), Ok(()));
        let at = Timestamp::UNIX_EPOCH;
        let digest = request.digest.clone();
        let given = Decision {
            number: 1,
            digest,
            by: "bob".into(),
            verdict: Verdict::Approve,
            comment: String::new(),
            at,
            code: None,
        };
        request.approvals.given.push(given);
        assert!(matches!(asks(&request, "bob", Verdict::Approve, ""), Err(DecisionError::Again { missing: 1, .. })));
        assert_eq!(asks(&request, "alice", Verdict::Reject, "too much"), Ok(()), "one may take back one's own");
        assert_eq!(asks(&request, "carol", Verdict::Reject, " "), Err(DecisionError::NoReason));
    }

    #[test]
    fn too_late_and_what_was_not_shown_do_not_count() {
        let request = request();
        let late =
            may_decide(&request, ("a", None), ("b", Verdict::Approve, ""), None, Timestamp::from_second(100).unwrap());
        assert!(matches!(late, Err(DecisionError::Expired { .. })));
        let now = Timestamp::from_second(1).unwrap();
        let seen = |seen: &str| may_decide(&request, ("a", None), ("b", Verdict::Approve, ""), Some(seen), now);
        assert_eq!(seen(request.digest.short()), Ok(()));
        assert_eq!(seen(request.digest.as_str()), Ok(()));
        for wrong in ["", "0", &request.digest.as_str()[..7], "zzzzzzzzzzzz"] {
            assert!(matches!(seen(wrong), Err(DecisionError::OtherThanShown { .. })), "{wrong}");
        }
    }

    #[test]
    fn parts_of_a_digest_do_not_run_into_each_other() {
        assert_ne!(digest_of(&[("a", "bc")]), digest_of(&[("ab", "c")]));
    }
}

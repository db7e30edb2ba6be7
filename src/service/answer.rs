//! Answers: approve, reject, edit; and cancelling. Each is stored, and holds for what was shown.

use std::sync::Arc;

use super::Service;
use super::error::ServiceError;
use super::log::{Committed, Log};
use crate::approval::{DecisionError, may_decide};
use crate::execution::{Decision, Event, ExecutionId, Progress, State, Verdict};

/// What a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Yes, no, or another program.
    pub verdict: Verdict,
    /// Why.
    pub comment: String,
    /// The digest of what they looked at, or its first digits; `None`: whatever is asked.
    pub seen: Option<String>,
    /// The program, for [`Verdict::Edit`].
    pub code: Option<String>,
}

/// Largest program that an edit may bring.
const MAX_CODE: usize = 4 << 20;

impl Service {
    /// Answers the question of an execution. It is stored when this returns; [`Service::carry`] goes on with it.
    pub async fn answer(&self, id: ExecutionId, by: &str, answer: Answer) -> Result<Progress, ServiceError> {
        // Somebody else may answer at the same moment: then what is asked is looked at anew.
        for _ in 0..10 {
            let mut log = Log::load(Arc::clone(&self.store), id, None).await?;
            let progress = log.progress()?.clone();
            let State::Waiting(open) = &progress.state else {
                return Err(DecisionError::NotAsked { state: progress.state.as_str() }.into());
            };
            let now = jiff::Timestamp::now();
            let says = (by, answer.verdict, answer.comment.as_str());
            let people = (progress.submitted.principal.as_str(), progress.author.as_deref());
            may_decide(open, people, says, answer.seen.as_deref(), now)?;
            if answer.verdict == Verdict::Approve && progress.submitted.config != self.settings.config {
                let asked = progress.submitted.config.clone().unwrap_or_else(|| "no configuration".to_owned());
                return Err(DecisionError::OtherConfiguration { asked }.into());
            }
            let code = match (answer.verdict, &answer.code) {
                (Verdict::Edit, Some(code)) if code.len() <= MAX_CODE && !code.trim().is_empty() => {
                    Some(log.keep(code.clone().into_bytes()))
                }
                (Verdict::Edit, _) => {
                    let reason = "the edited program is empty, or larger than 4 MiB".to_owned();
                    return Err(ServiceError::Unusable { path: "the program".to_owned(), reason });
                }
                _ => None,
            };
            let decision = Decision {
                number: open.number,
                digest: open.digest.clone(),
                by: by.to_owned(),
                verdict: answer.verdict,
                comment: answer.comment.clone(),
                at: now,
                code,
            };
            log.note_by(Event::Decided(decision), by)?;
            if log.commit().await? == Committed::Whole {
                return Ok(log.progress()?.clone());
            }
        }
        Err(ServiceError::Broken { id, reason: "others answer it without end".to_owned() })
    }

    /// Ends an execution, wherever it is. What runs is stopped by the process that runs it; a write that is under way is
    /// still verified and recorded.
    pub async fn cancel(&self, id: ExecutionId, by: &str, reason: &str) -> Result<Progress, ServiceError> {
        let mut log = Log::load(Arc::clone(&self.store), id, None).await?;
        let event = Event::CancelRequested { by: by.to_owned(), reason: reason.to_owned() };
        log.note_by(event, by)?;
        if log.commit().await? == Committed::Superseded {
            // It ended meanwhile, or waits for something else: say what it is.
            log = Log::load(Arc::clone(&self.store), id, None).await?;
        }
        Ok(log.progress()?.clone())
    }
}

//! [`Question`]: everything that a person is shown before they answer, and what exactly their answer will cover.

use serde::Serialize;

use super::Service;
use super::carry::Carried;
use super::error::ServiceError;
use super::log::Log;
use super::plans::KeptPlan;
use crate::approval::{Digest, Plan, digest_of};
use crate::backend::Backend;
use crate::execution::{Covers, Decision, Event, ExecutionId, OpenRequest, Progress, State};
use crate::gate::Site;

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// The execution that waits.
    pub execution: ExecutionId,
    /// Counted from 1 within it.
    pub number: u32,
    /// What it is about.
    pub covers: Covers,
    /// Names exactly what is shown: an answer is for this and nothing else.
    pub digest: Digest,
    /// Why it is asked.
    pub reason: String,
    /// Who wants it.
    pub requested_by: String,
    /// What for.
    pub task: String,
    /// When it is too late to answer.
    pub expires: jiff::Timestamp,
    /// Who approved so far.
    pub approvals: Vec<Decision>,
    /// How many have to.
    pub needed: u32,
    /// Whether whoever wants it may approve it.
    pub requester_may: bool,
    /// The program.
    pub code: String,
    /// The program of the attempt before, if there was one.
    pub code_before: Option<String>,
    /// What the analysis saw.
    pub findings: Vec<String>,
    /// The writes, for a question about them.
    pub plan: Option<Plan>,
    /// What the answer covers, for people.
    pub coverage: Vec<String>,
    /// The execution's folder.
    pub folder: String,
}

impl Service {
    /// Asks: from here on the execution waits, and nothing but an answer moves it.
    pub(super) async fn ask(
        &self,
        carried: &Carried,
        progress: &Progress,
        covers: Covers,
        reason: &str,
    ) -> Result<(), ServiceError> {
        let digest = match (covers, &progress.plan) {
            (Covers::Plan, Some(plan)) => plan.digest.clone(),
            (Covers::Plan, None) => {
                return Err(ServiceError::Broken { id: carried.id, reason: "it asks about no plan".to_owned() });
            }
            (Covers::Code, _) => {
                // What cannot be opened now is told when the program would run.
                let site = self.site().await.ok();
                let backend = self.backend_of(progress, progress.first_run).await.ok();
                code_digest(progress, site.as_deref(), backend.as_deref())
            }
        };
        let approval = &self.settings.approval;
        let now = jiff::Timestamp::now();
        let expires =
            jiff::SignedDuration::try_from(approval.expires_after).ok().and_then(|time| now.checked_add(time).ok());
        let mut log = carried.log.lock().await;
        log.note(Event::ApprovalRequested {
            number: progress.requests + 1,
            covers,
            digest,
            reason: reason.to_owned(),
            expires: expires.unwrap_or(jiff::Timestamp::MAX),
            needed: approval.needed.max(1),
            requester_may: approval.requester_may,
        })?;
        drop(log);
        let plan =
            if covers == Covers::Plan { self.kept_plan(carried, progress).ok().map(|kept| kept.plan) } else { None };
        self.attempt_notebook(carried, "awaiting_approval", None, plan.as_ref()).await?;
        carried.log.lock().await.commit().await?;
        Ok(())
    }

    /// The question of an execution that waits.
    ///
    /// # Errors
    ///
    /// Also when it waits for nothing.
    pub async fn question(&self, id: ExecutionId) -> Result<Question, ServiceError> {
        let log = Log::load(std::sync::Arc::clone(&self.store), id, None).await?;
        let progress = log.progress()?.clone();
        let State::Waiting(open) = &progress.state else {
            return Err(crate::approval::DecisionError::NotAsked { state: progress.state.as_str() }.into());
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let code = match &progress.code {
            Some(code) => text(log.blob(code).await?),
            None => String::new(),
        };
        let code_before = match &progress.code_before {
            Some(code) => Some(text(log.blob(code).await?)),
            None => None,
        };
        let plan = if open.covers == Covers::Plan { Some(self.plan_that_waits(id, &progress, open)?) } else { None };
        let request = &progress.submitted.request;
        let task = [&request.task_objective, &request.user_query].into_iter().find(|text| !text.trim().is_empty());
        Ok(Question {
            execution: id,
            number: open.number,
            covers: open.covers,
            digest: open.digest.clone(),
            reason: open.reason.clone(),
            requested_by: progress.submitted.principal.clone(),
            task: task.cloned().unwrap_or_default(),
            expires: open.expires,
            approvals: open.approvals.given.clone(),
            needed: open.approvals.needed,
            requester_may: open.approvals.requester_may,
            coverage: coverage(&progress, plan.as_ref()),
            code,
            code_before,
            findings: progress.findings.clone(),
            plan,
            folder: progress.submitted.folder.clone(),
        })
    }

    /// The plan that is asked about; what was altered is none.
    fn plan_that_waits(&self, id: ExecutionId, progress: &Progress, open: &OpenRequest) -> Result<Plan, ServiceError> {
        let kept = KeptPlan::read(progress).map_err(|reason| ServiceError::Broken { id, reason })?;
        if kept.plan.digest() != open.digest || !self.authority.is_ours(&kept.plan, &kept.seal) {
            let reason = "its plan was altered since it was made; reject it, and run it again".to_owned();
            return Err(ServiceError::Broken { id, reason });
        }
        Ok(kept.plan)
    }
}

/// What an answer about a program covers: all that decides what it does.
pub(super) fn code_digest(progress: &Progress, site: Option<&Site>, backend: Option<&dyn Backend>) -> Digest {
    let submitted = &progress.submitted;
    let rules = site.map(|site| site.rules().to_string()).unwrap_or_default();
    digest_of(&[
        ("code", progress.code.as_ref().map_or("", Digest::as_str)),
        ("context", submitted.context.as_str()),
        ("inputs", submitted.inputs.as_str()),
        ("rules", &rules),
        ("machine", &site.map(Site::machine).unwrap_or_default()),
        ("backend", &backend.map(Backend::fingerprint).unwrap_or_default()),
        ("principal", &submitted.principal),
        ("seed", &submitted.seed.to_string()),
        ("run", progress.first_run.as_str()),
    ])
}

fn coverage(progress: &Progress, plan: Option<&Plan>) -> Vec<String> {
    let short = |digest: &Digest| digest.short().to_owned();
    let mut lines = Vec::new();
    match plan {
        Some(plan) => {
            lines.push(format!(
                "{} shown, in this order, each with this value, once",
                match plan.allowed().count() {
                    1 => "the write that is".to_owned(),
                    count => format!("the {count} writes that are"),
                }
            ));
            lines.push(format!(
                "by this program ({}) with these inputs ({})",
                short(&plan.fingerprint.code),
                short(&plan.fingerprint.inputs)
            ));
            lines.push(format!("on {}, in {}", plan.fingerprint.control_system, plan.fingerprint.backend));
            lines.push(format!("under the rules as they are now ({})", short(&plan.fingerprint.policy)));
            if progress
                .plan
                .as_ref()
                .and_then(|plan| plan.ask.as_deref())
                .is_some_and(|ask| ask.contains("confirm: always"))
            {
                let again = "each write whose rule says `confirm: always` is asked about again when it is made: approve it at a terminal";
                lines.push(again.to_owned());
            }
        }
        None => {
            let code = progress.code.as_ref().map(short).unwrap_or_default();
            lines.push(format!("that this program ({code}) runs and reads, with this context and these inputs"));
            if progress.backend == "wasi" {
                lines.push("no write: what it would write is asked about when it is planned".to_owned());
            } else {
                let unseen = "writes through the gate are asked about when they are planned; what it does past the gate is not seen, and is \
                              done twice if there are such writes: in the run that plans, and in the one that writes";
                lines.push(unseen.to_owned());
            }
        }
    }
    lines.push("anything else asks again".to_owned());
    lines
}

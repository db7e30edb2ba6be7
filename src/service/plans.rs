//! Plans within the pipeline: who has to be asked about one, what is kept of it, and how its approval is spent.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Service;
use super::carry::Carried;
use super::settings::Ask;
use crate::approval::{Fingerprint, Grant, Plan};
use crate::error::Coded;
use crate::execution::{Covers, ErrorCategory, Failure, Progress, Stage};
use crate::gate::Permission;
use crate::policy::Confirm;

/// `plan.json`: a plan, and what shows that it was made here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptPlan {
    pub(crate) plan: Plan,
    pub(crate) seal: String,
}

impl KeptPlan {
    /// The plan of an execution's last run.
    pub(super) fn read(progress: &Progress) -> Result<Self, String> {
        let Some((_, run)) = &progress.last_run else { return Err("it has no plan".to_owned()) };
        let path = Path::new(&progress.submitted.folder).join(run).join("plan.json");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: it is no plan: {error}", path.display()))
    }
}

impl Service {
    /// Spends the approval of the plan that is to be applied.
    pub(super) fn redeem(
        &self,
        carried: &Carried,
        progress: &Progress,
        fingerprint: &Fingerprint,
    ) -> Result<(Permission, KeptPlan), Box<Failure>> {
        let kept = self.kept_plan(carried, progress)?;
        let approved = progress.approved.iter().find(|one| one.covers == Covers::Plan);
        if let Some(late) = approved.filter(|one| jiff::Timestamp::now() >= one.expires) {
            return Err(Box::new(changed(&format!("the approval expired at {}", late.expires))));
        }
        if kept.plan.fingerprint != *fingerprint {
            let what = differences(&kept.plan.fingerprint, fingerprint);
            return Err(Box::new(changed(&format!("{what} changed since the writes were planned"))));
        }
        let redeemed = self
            .authority
            .grant(&kept.plan, self.grant(progress, &kept.plan))
            .and_then(|grant| self.authority.redeem(grant, kept.plan.clone(), jiff::Timestamp::now()));
        match redeemed {
            Ok(redeemed) => Ok((Permission::Granted(Box::new(redeemed)), kept)),
            Err(error) => {
                let advice = "Run it again: a plan is applied once.";
                let message = format!("{error} [{}]", error.code());
                let what = (ErrorCategory::Policy, Stage::Execution);
                Err(Box::new(Failure::new(what, "GrantInvalid", message, advice)))
            }
        }
    }

    /// Why a person has to be asked about planned writes.
    pub(super) fn asks_about(&self, plan: &Plan, confirm: Option<Confirm>, author: Option<&str>) -> Option<String> {
        let writes = match plan.allowed().count() {
            0 => return None,
            1 => "it writes to a control system: 1 write".to_owned(),
            count => format!("it writes to a control system: {count} writes"),
        };
        if confirm == Some(Confirm::Always) {
            return Some(format!("{writes}, and a channel's rule says `confirm: always`"));
        }
        let approval = &self.settings.approval;
        if !approval.enabled || approval.ask == Ask::Disabled {
            return None;
        }
        // Whose channels have nobody asked trust a requester, not whoever wrote another program in their place.
        if let Some(author) = author {
            return Some(format!("{writes}, by a program that {author} wrote"));
        }
        let asks = approval.ask == Ask::AllCode || self.settings.write_access.requires_approval;
        (asks && confirm != Some(Confirm::Never)).then_some(writes)
    }

    /// What was allowed, and by whom.
    fn grant(&self, progress: &Progress, plan: &Plan) -> Grant {
        let digest = plan.digest();
        let given = progress
            .approved
            .iter()
            .find(|one| one.covers == Covers::Plan && one.digest == digest)
            .map(|one| one.given.as_slice())
            .unwrap_or_default();
        let now = jiff::Timestamp::now();
        let names: Vec<&str> = given.iter().map(|decision| decision.by.as_str()).collect();
        let comments: Vec<&str> =
            given.iter().map(|decision| decision.comment.as_str()).filter(|text| !text.is_empty()).collect();
        let minute = jiff::SignedDuration::from_mins(1);
        Grant {
            id: plan.id,
            plan: plan.id,
            digest,
            approver: if names.is_empty() {
                "nobody: neither approval settings nor channel rules ask".to_owned()
            } else {
                names.join(", ")
            },
            comment: comments.join("; "),
            granted: now,
            // It is redeemed at once.
            expires: now.checked_add(minute).unwrap_or(jiff::Timestamp::MAX),
            on_deviation: self.settings.on_deviation,
            on_failure: self.settings.on_failure,
            signature: String::new(),
        }
    }

    /// The plan that is to be applied: the one that was asked about, unaltered.
    pub(super) fn kept_plan(&self, carried: &Carried, progress: &Progress) -> Result<KeptPlan, Box<Failure>> {
        let wrong = |reason: String| {
            let advice = "Run it again.";
            Box::new(Failure::new((ErrorCategory::Policy, Stage::Execution), "PlanAltered", reason, advice))
        };
        let planned = progress.plan.as_ref().ok_or_else(|| wrong("there is no plan".to_owned()))?;
        let kept = KeptPlan::read(progress).map_err(wrong)?;
        if kept.plan.id != carried.id
            || kept.plan.digest() != planned.digest
            || !self.authority.is_ours(&kept.plan, &kept.seal)
        {
            return Err(wrong("the plan was altered since it was made".to_owned()));
        }
        Ok(kept)
    }
}

pub(super) fn changed(what: &str) -> Failure {
    let advice = "Run it again: an approval holds for exactly what was shown.";
    Failure::new((ErrorCategory::Policy, Stage::Execution), "ApprovalVoid", what, advice)
}

/// What of the fingerprint is another, for people.
pub(crate) fn differences(then: &Fingerprint, now: &Fingerprint) -> String {
    let changed = [
        ("the program", then.code != now.code),
        ("its inputs", then.inputs != now.inputs),
        ("its context", then.context != now.context),
        ("the site's rules", then.policy != now.policy),
        ("the runtime", then.backend != now.backend),
        ("the control system", then.control_system != now.control_system),
        ("who asks", then.principal != now.principal),
        ("the seed", then.seed != now.seed),
    ];
    let changed: Vec<&str> = changed.into_iter().filter(|(_, changed)| *changed).map(|(what, _)| what).collect();
    changed.join(", ")
}

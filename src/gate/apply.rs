//! Writes for real. An apply run makes the planned writes, each as it was shown, in its order; an unattended run makes
//! those whose rules say that nobody is asked. The truth about each is kept.
//!
//! A write runs to its end even when the program is cancelled in the middle of it: what was sent is verified and recorded.
//! After a stop no write follows.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::applied::{Applied, AppliedWrite, Asker, Deviation, Permission};
use super::judge::{self, Bench, Judged};
use super::record::{WriteEntry, WriteRecord};
use super::send::{abridged, call, ended, send};
use super::{Asked, Ended, Site};
use crate::approval::{OnDeviation, OnFailure, Operation, PlannedWrite, Verdict};
use crate::channel::{Channel, Refusal, Value, WriteOutcome};
use crate::policy::{Confirm, OnViolation, Principal, WriteRules};

/// How long a write that takes another back may take.
const TAKE_BACK_TIMEOUT: Duration = Duration::from_mins(10);
/// How much earlier than planned a write may come.
const PACE_SLACK: Duration = Duration::from_millis(100);
/// Writes that may be refused before the program is stopped: whoever goes on after so many goes on for ever.
const MAX_REFUSALS: u32 = 1_000;

#[derive(Debug, Default)]
struct Progress {
    /// How many of the plan's writes are behind us.
    next: usize,
    /// How many writes were tried.
    tried: u32,
    writes: Vec<AppliedWrite>,
    stopped: Option<String>,
    /// When the last planned write was sent, and its planned moment.
    last: Option<(Instant, f64)>,
    /// Writes that were refused.
    refused: u32,
    /// How long people were waited for.
    waited: Duration,
    taken_back: bool,
}

/// What comes of a judged write.
enum Next {
    /// It may be made; it is this one of the plan.
    Go(Option<u32>),
    /// A person is to say whether it may be made.
    Ask(Box<Deviation>, Refusal),
    No(Box<Ended>),
}

/// The state of one run that writes.
pub struct Applying {
    site: Arc<Site>,
    principal: Principal,
    permission: Permission,
    record: Arc<WriteRecord>,
    /// Ends the program.
    cancel: CancellationToken,
    asker: Option<Box<dyn Asker>>,
    tracker: TaskTracker,
    progress: Mutex<Progress>,
    /// One write at a time.
    turn: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Applying {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Applying").finish_non_exhaustive()
    }
}

impl Applying {
    /// An apply run under a grant. Everything that is done is kept in `record`; `cancel` ends the program.
    ///
    /// # Errors
    ///
    /// When the grant itself cannot be kept: then nothing may be written.
    pub fn start(
        site: Arc<Site>,
        principal: Principal,
        permission: Permission,
        record: WriteRecord,
        cancel: CancellationToken,
        asker: Option<Box<dyn Asker>>,
    ) -> std::io::Result<Arc<Self>> {
        if let Permission::Granted(redeemed) = &permission {
            record.keep(&WriteEntry::Granted { grant: Box::new(redeemed.grant().clone()) })?;
        }
        Ok(Arc::new(Self {
            site,
            principal,
            permission,
            record: Arc::new(record),
            cancel,
            asker,
            tracker: TaskTracker::new(),
            progress: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The planned writes; none in an unattended run.
    fn planned(&self) -> &[PlannedWrite] {
        match &self.permission {
            Permission::Granted(redeemed) => &redeemed.plan().writes,
            Permission::Unattended => &[],
        }
    }

    /// How long people were waited for.
    pub(super) fn waited(&self) -> Duration {
        self.progress().waited
    }

    /// No write follows; the program ends. A write that is under way is still verified and recorded.
    pub fn stop(&self, reason: &str) {
        self.note_stop(reason);
        self.cancel.cancel();
    }

    fn note_stop(&self, reason: &str) {
        let mut progress = self.progress();
        if progress.stopped.is_some() {
            return;
        }
        progress.stopped = Some(reason.to_owned());
        drop(progress);
        // That it stopped is true even if it cannot be kept; the writes themselves are.
        let _ = self.record.keep(&WriteEntry::Stopped { at: Timestamp::now(), reason: reason.to_owned() });
    }

    /// Waits for whatever is under way, and says how it went.
    pub async fn finish(&self) -> Applied {
        self.tracker.close();
        self.tracker.wait().await;
        let progress = self.progress();
        let left = self.planned().iter().skip(progress.next).filter(|write| write.is_allowed());
        Applied {
            writes: progress.writes.clone(),
            stopped: progress.stopped.clone(),
            left: left.map(|write| write.order).collect(),
        }
    }

    /// Makes one write, or takes note that it is `refused` whoever asks. It goes on to its end even if the caller is gone.
    pub(super) async fn write(self: Arc<Self>, asked: Asked, refused: Option<Ended>) -> Ended {
        if self.tracker.is_closed() {
            return Ended::refused(Refusal::Stopped, "the execution is over");
        }
        let tried = self.progress().tried;
        match self.tracker.spawn(Arc::clone(&self).turn(asked, refused)).await {
            Ok(ended) => ended,
            Err(_) if self.progress().tried == tried => {
                Ended::refused(Refusal::Stopped, "the write was not carried out: the gate is closing")
            }
            Err(_) => {
                self.note_stop("the gate failed in the middle of a write");
                ended(WriteOutcome::Unknown, "the gate failed in the middle of the write")
            }
        }
    }

    async fn turn(self: Arc<Self>, asked: Asked, refused: Option<Ended>) -> Ended {
        let _turn = self.turn.lock().await;
        let Ok(channel) = asked.channel.clone() else {
            return refused.unwrap_or_else(|| Ended::refused(Refusal::InvalidChannel, "no channel"));
        };
        if let Some(reason) = self.progress().stopped.clone() {
            return Ended::refused(Refusal::Stopped, format!("`{channel}` is not written: {reason}"));
        }
        let planned = self.planned().get(self.progress().next).cloned();
        let (ended, judged) = match refused.or_else(|| self.foreseen(&channel, &asked, planned.as_ref())) {
            Some(ended) => (ended, Judged::unseen(channel.clone(), asked.value.clone())),
            None => match self.decide(&channel, &asked, planned.as_ref()).await {
                Ok(ended) => {
                    self.after(&ended).await;
                    return ended;
                }
                Err((ended, judged)) => (ended, judged),
            },
        };
        let violation = judged.refusal.as_ref().is_some_and(|violation| violation.on_violation == OnViolation::Error);
        // A write that was planned as refused, and is refused, is behind us.
        let expected = planned.is_some_and(|write| {
            let same =
                write.channel == channel && write.operation == asked.operation && write.value == abridged(&asked.value);
            let word = match write.verdict {
                Verdict::Refused(refusal) => Some(refusal.word()),
                Verdict::Allowed => None,
            };
            same && word.is_some() && word == ended.reason
        });
        let ended = self.keep_refusal(&judged, &asked, ended).await;
        let refused = {
            let mut progress = self.progress();
            progress.refused += 1;
            progress.refused
        };
        if refused > MAX_REFUSALS {
            self.stop(&format!("the program was refused more than {MAX_REFUSALS} writes"));
        }
        if expected {
            self.progress().next += 1;
        } else {
            self.after(&ended).await;
        }
        if violation {
            self.stop(&format!("the rules have a violation stop the program: {}", ended.message));
        }
        ended
    }

    /// What can be said without looking at the machine: another channel than the next planned one, and nobody to ask.
    fn foreseen(&self, channel: &Channel, asked: &Asked, planned: Option<&PlannedWrite>) -> Option<Ended> {
        let Permission::Granted(redeemed) = &self.permission else { return None };
        let can_ask = self.asker.is_some() && redeemed.grant().on_deviation == OnDeviation::Ask;
        let (refusal, reason) = self.other_target(channel, asked, planned).filter(|_| !can_ask)?;
        Some(Ended::refused(refusal, reason))
    }

    /// Judges a write, asks about it if somebody must be asked, and makes it. `Err`: it is refused.
    async fn decide(
        &self,
        channel: &Channel,
        asked: &Asked,
        planned: Option<&PlannedWrite>,
    ) -> Result<Ended, (Ended, Judged)> {
        // What a person was shown and allowed; judged again afterwards, for they may have taken their time.
        let mut allowed: Option<Option<Value>> = None;
        let mut asked = asked.clone();
        loop {
            let lease = tokio::select! {
                lease = self.site.lease(channel) => lease,
                () = self.cancel.cancelled() => {
                    let judged = Judged::unseen(channel.clone(), asked.value.clone());
                    return Err((Ended::refused(Refusal::Stopped, "the execution was stopped"), judged));
                }
            };
            let now = Timestamp::now();
            let bench = Bench { site: &self.site, principal: &self.principal, now, overlay: None };
            let rates =
                |rules: &WriteRules| judge::has_room(&self.site.limiter(), channel, &self.principal, rules, now);
            let judged = bench.judge(channel, &asked, rates).await;
            match self.next(&judged, &asked, planned, allowed.as_ref()) {
                Next::No(ended) => return Err((*ended, judged)),
                Next::Go(matched) => {
                    // What is sent is what was shown, not what is near it; and it is judged as what is sent.
                    let shown = planned.filter(|write| allowed.is_none() && Some(write.order) == matched);
                    if let Some(shown) = shown.filter(|write| write.value != judged.value && write.value != asked.value)
                    {
                        asked.value = shown.value.clone();
                        continue;
                    }
                    let ended = self.carry_out(&judged, &asked, matched, None).await;
                    drop(lease);
                    return Ok(ended);
                }
                Next::Ask(question, refusal) => {
                    drop(lease);
                    let begun = Instant::now();
                    let answer = match &self.asker {
                        None => false,
                        Some(asker) => tokio::select! {
                            answer = asker.allow(&question) => answer,
                            () = self.cancel.cancelled() => false,
                        },
                    };
                    self.progress().waited += begun.elapsed();
                    if !answer {
                        return Err((Ended::refused(refusal, question.reason), judged));
                    }
                    allowed = Some(judged.before.as_ref().map(|reading| reading.value.clone()));
                }
            }
        }
    }

    /// Whether a judged write may be made: it is the next planned one and what was true at planning is still true, or a
    /// person allowed it. `allowed` is what the channel held when they did.
    fn next(
        &self,
        judged: &Judged,
        asked: &Asked,
        planned: Option<&PlannedWrite>,
        allowed: Option<&Option<Value>>,
    ) -> Next {
        if let Some(violation) = &judged.refusal {
            return Next::No(Box::new(Ended::refused(violation.refusal, violation.message.clone())));
        }
        let Some(rules) = &judged.rules else {
            return Next::No(Box::new(Ended::refused(Refusal::Forbidden, "no rule allows it")));
        };
        let Permission::Granted(redeemed) = &self.permission else {
            return match judged.confirm() {
                Confirm::Never => Next::Go(None),
                Confirm::Plan | Confirm::Always => {
                    let message =
                        format!("`{}` is not written without a person: plan it ({})", judged.channel, rules.rule);
                    Next::No(Box::new(Ended::refused(Refusal::NotGranted, message)))
                }
            };
        };
        let (refusal, reason) = match self.deviation(judged, asked, planned, rules) {
            None if judged.confirm() == Confirm::Always => {
                (Refusal::NotGranted, format!("its rule has each write confirmed by itself ({})", rules.rule))
            }
            None => return Next::Go(planned.map(|write| write.order)),
            Some(deviation) => deviation,
        };
        let present = judged.before.as_ref().map(|reading| &reading.value);
        let unmoved = |shown: &Option<Value>| match (shown, present) {
            (Some(shown), Some(present)) => judge::same(rules, judged.description.as_ref(), shown, present),
            (shown, present) => shown.is_none() && present.is_none(),
        };
        if allowed.is_some_and(unmoved) {
            let same = planned.filter(|write| write.channel == judged.channel && write.is_allowed());
            return Next::Go(same.map(|write| write.order));
        }
        if refusal != Refusal::NotGranted && redeemed.grant().on_deviation != OnDeviation::Ask {
            return Next::No(Box::new(Ended::refused(refusal, reason)));
        }
        let question = Deviation {
            wanted: (asked.operation, judged.channel.clone(), judged.value.clone()),
            planned: planned.cloned(),
            reason,
            line: asked.line,
        };
        Next::Ask(Box::new(question), refusal)
    }

    /// Whether a write is to something else than the next planned one.
    fn other_target(
        &self,
        channel: &Channel,
        asked: &Asked,
        planned: Option<&PlannedWrite>,
    ) -> Option<(Refusal, String)> {
        let why = match planned {
            None => format!("the plan has no write after its {}", self.planned().len()),
            Some(write) if write.channel != *channel || write.operation != asked.operation => {
                format!("write {} of the plan is {} = {}", write.order, write.channel, write.value)
            }
            Some(_) => return None,
        };
        Some((Refusal::DeviatesFromPlan, format!("`{channel}`: {why}")))
    }

    /// In what a write is not the next planned one.
    fn deviation(
        &self,
        judged: &Judged,
        asked: &Asked,
        planned: Option<&PlannedWrite>,
        rules: &WriteRules,
    ) -> Option<(Refusal, String)> {
        let channel = &judged.channel;
        if let Some(other) = self.other_target(channel, asked, planned) {
            return Some(other);
        }
        let planned = planned?;
        let departs = |why: String| Some((Refusal::DeviatesFromPlan, format!("`{channel}`: {why}")));
        if !planned.is_allowed() {
            return departs(format!("write {} of the plan was shown as one that is refused", planned.order));
        }
        if !judge::same(rules, judged.description.as_ref(), &planned.value, &judged.value) {
            return departs(format!("the plan has {}, the program writes {}", planned.value, judged.value));
        }
        let label = judged.label(&judged.value);
        if planned.labels.1 != label {
            return departs(format!("what was shown as {:?} is {label:?} now", planned.labels.1));
        }
        if let Some((last, at)) = self.progress().last
            && last.elapsed() + PACE_SLACK < Duration::try_from_secs_f64(planned.at - at).unwrap_or_default()
        {
            let apart = planned.at - at;
            return departs(format!("it comes earlier than planned, which was {apart:.1} s after the one before"));
        }
        let present = judged.before.as_ref().map(|reading| &reading.value);
        match (&planned.before, present) {
            (Some(then), Some(now)) if !judge::same(rules, judged.description.as_ref(), then, now) => Some((
                Refusal::PreconditionFailed,
                format!("`{channel}` was {then} at planning and is {now} now: plan again"),
            )),
            _ => None,
        }
    }

    /// Sends a write that may be made, and finds out what became of it.
    async fn carry_out(&self, judged: &Judged, asked: &Asked, planned: Option<u32>, takes_back: Option<u32>) -> Ended {
        let channel = &judged.channel;
        let before = judged.before.as_ref().map(|reading| reading.value.clone());
        let system = self.site.routes.of(channel.protocol()).and_then(|route| route.write.clone());
        let (Some(system), Some(rules)) = (system, &judged.rules) else {
            return Ended::refused(Refusal::NotWritable, format!("`{channel}` is only read here"));
        };
        // Judging takes time, and a person may have taken some: whoever stopped it meanwhile is right.
        let stopped = self.progress().stopped.clone().filter(|_| takes_back.is_none());
        if let Some(reason) = stopped {
            return Ended::refused(Refusal::Stopped, format!("`{channel}` is not written: {reason}"));
        }
        if takes_back.is_none() {
            let counted = judge::count(&mut self.site.limiter(), channel, &self.principal, rules, Timestamp::now());
            if let Err(violation) = counted {
                return Ended::refused(violation.refusal, violation.message);
            }
        }
        let n = self.number();
        let intent = WriteEntry::Intent {
            n,
            at: Timestamp::now(),
            operation: asked.operation,
            channel: channel.clone(),
            before: before.clone(),
            value: judged.value.clone(),
            line: asked.line,
            planned,
            takes_back,
        };
        if let Err(fault) = self.record.keep_everywhere(intent).await {
            let message = format!("`{channel}` is not written: that it is about to be could not be recorded: {fault}");
            let (record, channel, why) = (Arc::clone(&self.record), channel.to_string(), message.clone());
            let _ = tokio::task::spawn_blocking(move || record.keep_not_sent(n, channel, why)).await;
            let ended = Ended::refused(Refusal::NotRecorded, message);
            self.add(n, judged, asked, (planned, takes_back), &ended);
            return ended;
        }
        // From here on it may have been made, whatever happens to us.
        self.add(n, judged, asked, (planned, takes_back), &ended(WriteOutcome::Unknown, "it was under way"));
        {
            let mut progress = self.progress();
            if planned.is_some() {
                progress.next += 1;
                let at = self.planned().get(progress.next - 1).map_or(0.0, |write| write.at);
                progress.last = Some((Instant::now(), at));
            }
        }
        let mut ended = match asked.operation {
            Operation::Write => send(&*system, &self.site, judged, rules, asked.timeout).await,
            Operation::Command => call(&*system, judged, asked.timeout).await,
        };
        ended.before = before;
        ended.wrote = Some(judged.value.clone());
        if let Some(write) = self.progress().writes.iter_mut().find(|write| write.n == n) {
            write.outcome = ended.outcome;
            write.reason.clone_from(&ended.reason);
            write.message.clone_from(&ended.message);
            write.readback.clone_from(&ended.readback);
        }
        let kept = self
            .record
            .keep_everywhere(WriteEntry::Outcome {
                n,
                at: Timestamp::now(),
                outcome: ended.outcome,
                channel: channel.to_string(),
                refusal: None,
                message: ended.message.clone(),
                readback: ended.readback.clone(),
            })
            .await;
        if let Err(fault) = kept {
            self.note_stop(&format!("the outcome of a write could not be recorded: {fault}"));
        }
        ended
    }

    /// The number of the next write.
    fn number(&self) -> u32 {
        let mut progress = self.progress();
        progress.tried += 1;
        progress.tried
    }

    async fn keep_refusal(&self, judged: &Judged, asked: &Asked, ended: Ended) -> Ended {
        let n = self.number();
        let refusal = ended.reason.as_ref().and_then(|word| serde_json::from_value(serde_json::json!(word)).ok());
        // A refusal changes nothing; that it cannot be kept is told by the next intent, which cannot be kept either.
        let _ = self
            .record
            .keep_everywhere(WriteEntry::Outcome {
                n,
                at: Timestamp::now(),
                outcome: ended.outcome,
                channel: judged.channel.to_string(),
                refusal,
                message: ended.message.clone(),
                readback: None,
            })
            .await;
        self.add(n, judged, asked, (None, None), &ended);
        ended
    }

    fn add(&self, n: u32, judged: &Judged, asked: &Asked, of: (Option<u32>, Option<u32>), ended: &Ended) {
        let mut progress = self.progress();
        // What a plan bounds is kept whole, to be taken back; what it does not is kept for people.
        let bounded = matches!(self.permission, Permission::Granted(_)) && ended.outcome != WriteOutcome::Refused;
        let kept = |value: &Value| if bounded { value.clone() } else { abridged(value) };
        progress.writes.push(AppliedWrite {
            n,
            operation: asked.operation,
            channel: judged.channel.clone(),
            before: judged.before.as_ref().map(|reading| kept(&reading.value)),
            value: kept(&judged.value),
            outcome: ended.outcome,
            reason: ended.reason.clone(),
            message: ended.message.clone(),
            readback: ended.readback.clone(),
            planned: of.0,
            takes_back: of.1,
        });
    }

    /// What a failure leads to.
    async fn after(&self, ended: &Ended) {
        if ended.is_good() {
            return;
        }
        let what = match ended.outcome {
            WriteOutcome::Refused => format!("a write was refused: {}", ended.message),
            outcome => format!("a write ended {}: {}", outcome.as_str(), ended.message),
        };
        let deviates = matches!(ended.reason.as_deref(), Some("DEVIATES_FROM_PLAN" | "PRECONDITION_FAILED"));
        let on_failure = match &self.permission {
            Permission::Granted(redeemed) => redeemed.grant().on_failure,
            Permission::Unattended => OnFailure::Continue,
        };
        match on_failure {
            OnFailure::Continue if !deviates => {}
            OnFailure::Continue | OnFailure::Stop => self.note_stop(&what),
            OnFailure::Rollback => {
                self.note_stop(&what);
                self.take_back().await;
            }
        }
    }

    /// Takes back what was written, last first, once. What cannot be taken back, or was changed by others since, is recorded
    /// as refused, and the rest goes on.
    async fn take_back(&self) {
        let made: Vec<AppliedWrite> = {
            let mut progress = self.progress();
            if std::mem::replace(&mut progress.taken_back, true) {
                return;
            }
            progress.writes.iter().filter(|write| write.outcome.may_have_changed_something()).cloned().collect()
        };
        for write in made.into_iter().rev() {
            let asked = Asked {
                operation: write.operation,
                text: write.channel.to_string(),
                channel: Ok(write.channel.clone()),
                value: write.before.clone().unwrap_or(Value::None),
                timeout: TAKE_BACK_TIMEOUT,
                line: None,
            };
            let unseen = Judged::unseen(write.channel.clone(), asked.value.clone());
            if write.operation == Operation::Command || write.before.is_none() {
                let why = "not taken back: it is not known what was there before";
                self.keep_refusal(&unseen, &asked, Ended::refused(Refusal::Unsupported, why)).await;
                continue;
            }
            let _lease = self.site.lease(&write.channel).await;
            let now = Timestamp::now();
            let bench = Bench { site: &self.site, principal: &self.principal, now, overlay: None };
            // Rates do not hold somebody back who returns to where they were.
            let judged = bench.judge(&write.channel, &asked, |_| Ok(())).await;
            let refused =
                judged.refusal.clone().map(|violation| (violation.refusal, violation.message)).or_else(|| {
                    let rules = judged.rules.as_ref()?;
                    let present = judged.before.as_ref().map(|reading| &reading.value)?;
                    let ours = [Some(&write.value), write.readback.as_ref(), write.before.as_ref()];
                    let same = |ours: &Value| judge::same(rules, judged.description.as_ref(), ours, present);
                    let foreign = !ours.into_iter().flatten().any(same);
                    foreign.then(|| (Refusal::PreconditionFailed, format!("it holds {present}, which is not ours")))
                });
            match refused {
                Some((refusal, why)) => {
                    let ended = Ended::refused(refusal, format!("not taken back: {why}"));
                    self.keep_refusal(&judged, &asked, ended).await;
                }
                None => {
                    self.carry_out(&judged, &asked, None, Some(write.n)).await;
                }
            }
        }
    }
}

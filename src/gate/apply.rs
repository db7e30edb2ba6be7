//! Writes for real. An apply run makes the planned writes, each as it was shown, in its order; an unattended run makes
//! those whose rules say that nobody is asked. The truth about each is kept.
//!
//! A write runs to its end even when the program is cancelled in the middle of it: what was sent is verified and recorded.
//! After a stop no write follows.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::authority::Redeemed;
use super::judge::{self, Bench, Judged};
use super::record::{WriteEntry, WriteRecord};
use super::{Asked, Ended, Site};
use crate::approval::{OnDeviation, OnFailure, Operation, PlannedWrite};
use crate::channel::{Channel, Refusal, Value, WriteOutcome};
use crate::control::{Called, ControlError, ControlSystem, Put};
use crate::policy::{Confirm, OnViolation, Principal, Verify, WriteRules};

/// How long a readback is waited for at least, and how often it is looked at.
const READBACK_TIMEOUT: Duration = Duration::from_secs(5);
const READBACK_INTERVAL: Duration = Duration::from_millis(50);

/// A write that is not the next planned one.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    /// What the program wants to do: channel, and value as people read it.
    pub wanted: (Operation, Channel, Value),
    /// What comes next in the plan; `None`: nothing does.
    pub planned: Option<PlannedWrite>,
    /// Why it is asked about.
    pub reason: String,
    /// The program's line, as it says itself.
    pub line: Option<u32>,
}

/// Somebody who can be asked while a program waits.
#[async_trait]
pub trait Asker: Send + Sync {
    /// Whether this very write may be made. Whoever drops the future says no.
    async fn allow(&self, deviation: &Deviation) -> bool;
}

/// One write of an apply.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedWrite {
    /// Counted from 1; refused ones have a number too.
    pub n: u32,
    /// What was done, to what.
    pub operation: Operation,
    /// The channel.
    pub channel: Channel,
    /// What it held.
    pub before: Option<Value>,
    /// What was written.
    pub value: Value,
    /// How it ended.
    pub outcome: WriteOutcome,
    /// The gate's word or the control system's.
    pub reason: Option<String>,
    /// For people.
    pub message: String,
    /// What was read back.
    pub readback: Option<Value>,
    /// The planned write that it was.
    pub planned: Option<u32>,
    /// The write that it takes back.
    pub takes_back: Option<u32>,
}

/// How an apply went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Applied {
    /// The writes in the order in which they were tried.
    pub writes: Vec<AppliedWrite>,
    /// Why no more were made.
    pub stopped: Option<String>,
    /// Planned writes that the program never came to.
    pub left: Vec<u32>,
}

#[derive(Debug, Default)]
struct Progress {
    /// How many of the plan's writes are behind us.
    next: usize,
    writes: Vec<AppliedWrite>,
    stopped: Option<String>,
}

/// Why anything may be written.
#[derive(Debug)]
pub enum Permission {
    /// A person saw a plan and allowed it.
    Granted(Redeemed),
    /// The rules of the channels say `confirm: never`; whatever they do not say it of is refused.
    Unattended,
}

/// The state of one run that writes.
pub struct Applying {
    site: Arc<Site>,
    principal: Principal,
    permission: Permission,
    record: WriteRecord,
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
            record,
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

    /// Makes one write. It goes on to its end even if the caller is gone.
    pub(super) async fn write(self: Arc<Self>, asked: Asked) -> Ended {
        if self.tracker.is_closed() {
            return Ended::refused(Refusal::Stopped, "the execution is over");
        }
        let task = self.tracker.spawn(Arc::clone(&self).turn(asked));
        match task.await {
            Ok(ended) => ended,
            Err(_) => Ended::refused(Refusal::Stopped, "the write was not carried out: the gate is closing"),
        }
    }

    /// Takes note of a write that is refused whoever asks.
    pub(super) async fn refuse(&self, asked: &Asked, ended: Ended) {
        let Ok(channel) = &asked.channel else { return };
        let _turn = self.turn.lock().await;
        let planned = self.planned().get(self.progress().next).cloned();
        if planned.is_some_and(|write| !write.is_allowed() && write.channel == *channel) {
            self.progress().next += 1;
            return;
        }
        let judged = Judged::unseen(channel.clone(), asked.value.clone());
        let ended = self.keep_refusal(&judged, asked, ended);
        self.after(&ended).await;
    }

    async fn turn(self: Arc<Self>, asked: Asked) -> Ended {
        let _turn = self.turn.lock().await;
        let Ok(channel) = asked.channel.clone() else {
            return Ended::refused(Refusal::InvalidChannel, "no channel");
        };
        if let Some(reason) = self.progress().stopped.clone() {
            return Ended::refused(Refusal::Stopped, format!("`{channel}` is not written: {reason}"));
        }
        let _lease = self.site.lease(&channel).await;
        let now = Timestamp::now();
        let bench = Bench { site: &self.site, principal: &self.principal, now, overlay: None };
        let judged = bench
            .judge(&channel, &asked, |rules| {
                judge::count(&mut self.site.limiter(), &channel, &self.principal, rules, now)
            })
            .await;
        let planned = self.planned().get(self.progress().next).cloned();
        let ended = match self.permitted(&judged, &asked, planned.as_ref()).await {
            Ok(matched) => {
                if matched.is_some() {
                    self.progress().next += 1;
                }
                self.carry_out(&judged, &asked, matched, None).await
            }
            Err(ended) => {
                // A write that was planned as refused, and is refused, is behind us.
                if planned.is_some_and(|write| !write.is_allowed() && write.channel == channel) {
                    self.progress().next += 1;
                    return ended;
                }
                self.keep_refusal(&judged, &asked, ended)
            }
        };
        self.after(&ended).await;
        if judged.refusal.as_ref().is_some_and(|violation| violation.on_violation == OnViolation::Error) {
            self.stop(&format!("the rules have a violation stop the program: {}", ended.message));
        }
        ended
    }

    /// Whether a judged write may be made: it is the next planned one and what was true at planning is still true, or a
    /// person allows it now. Gives the number of the planned write that it is.
    async fn permitted(
        &self,
        judged: &Judged,
        asked: &Asked,
        planned: Option<&PlannedWrite>,
    ) -> Result<Option<u32>, Ended> {
        if let Some(violation) = &judged.refusal {
            return Err(Ended::refused(violation.refusal, violation.message.clone()));
        }
        let Some(rules) = &judged.rules else {
            return Err(Ended::refused(Refusal::Forbidden, "no rule allows it"));
        };
        let Permission::Granted(redeemed) = &self.permission else {
            return match judged.confirm() {
                Confirm::Never => Ok(None),
                Confirm::Plan | Confirm::Always => {
                    let message =
                        format!("`{}` is not written without a person: plan it ({})", judged.channel, rules.rule);
                    Err(Ended::refused(Refusal::NotGranted, message))
                }
            };
        };
        let deviation = self.deviation(judged, asked, planned, rules);
        let (refusal, reason) = match deviation {
            None if judged.confirm() == Confirm::Always => {
                (Refusal::NotGranted, format!("its rule has each write confirmed by itself ({})", rules.rule))
            }
            None => return Ok(planned.map(|write| write.order)),
            Some(deviation) => deviation,
        };
        let ask = refusal == Refusal::NotGranted || redeemed.grant().on_deviation == OnDeviation::Ask;
        let question = Deviation {
            wanted: (asked.operation, judged.channel.clone(), judged.value.clone()),
            planned: planned.cloned(),
            reason: reason.clone(),
            line: asked.line,
        };
        let allowed = match &self.asker {
            Some(asker) if ask => asker.allow(&question).await,
            _ => false,
        };
        // Whoever stopped the execution while a person thought about it is right.
        if allowed && self.progress().stopped.is_none() {
            let same = planned.filter(|write| write.channel == judged.channel && write.is_allowed());
            return Ok(same.map(|write| write.order));
        }
        Err(Ended::refused(refusal, reason))
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
        let departs = |why: String| Some((Refusal::DeviatesFromPlan, format!("`{channel}`: {why}")));
        let Some(planned) = planned else {
            return departs(format!("the plan has no write after its {}", self.planned().len()));
        };
        if !planned.is_allowed() || planned.channel != *channel || planned.operation != asked.operation {
            return departs(format!("write {} of the plan is {} = {}", planned.order, planned.channel, planned.value));
        }
        if !judge::same(rules, judged.description.as_ref(), &planned.value, &judged.value) {
            return departs(format!("the plan has {}, the program writes {}", planned.value, judged.value));
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
        let n = u32::try_from(self.progress().writes.len() + 1).unwrap_or(u32::MAX);
        let before = judged.before.as_ref().map(|reading| reading.value.clone());
        let system = self.site.routes.of(channel.protocol()).and_then(|route| route.write.clone());
        let (Some(system), Some(rules)) = (system, &judged.rules) else {
            return Ended::refused(Refusal::NotWritable, format!("`{channel}` is only read here"));
        };
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
        if let Err(fault) = self.record.keep(&intent) {
            let message = format!("`{channel}` is not written: that it is about to be could not be recorded: {fault}");
            let ended = Ended::refused(Refusal::NotRecorded, message);
            return self.add(judged, asked, (planned, takes_back), ended);
        }
        let mut ended = match asked.operation {
            Operation::Write => send(&*system, &self.site, judged, rules, asked.timeout).await,
            Operation::Command => call(&*system, judged, asked.timeout).await,
        };
        ended.before = before;
        ended.wrote = Some(judged.value.clone());
        let kept = self.record.keep(&WriteEntry::Outcome {
            n,
            at: Timestamp::now(),
            outcome: ended.outcome,
            channel: channel.to_string(),
            refusal: None,
            message: ended.message.clone(),
            readback: ended.readback.clone(),
        });
        if let Err(fault) = kept {
            self.note_stop(&format!("the outcome of a write could not be recorded: {fault}"));
        }
        self.add(judged, asked, (planned, takes_back), ended)
    }

    fn keep_refusal(&self, judged: &Judged, asked: &Asked, ended: Ended) -> Ended {
        let n = u32::try_from(self.progress().writes.len() + 1).unwrap_or(u32::MAX);
        let refusal = ended.reason.as_ref().and_then(|word| serde_json::from_value(serde_json::json!(word)).ok());
        // A refusal changes nothing; that it cannot be kept is told by the next intent, which cannot be kept either.
        let _ = self.record.keep(&WriteEntry::Outcome {
            n,
            at: Timestamp::now(),
            outcome: ended.outcome,
            channel: judged.channel.to_string(),
            refusal,
            message: ended.message.clone(),
            readback: None,
        });
        self.add(judged, asked, (None, None), ended)
    }

    fn add(&self, judged: &Judged, asked: &Asked, of: (Option<u32>, Option<u32>), ended: Ended) -> Ended {
        let mut progress = self.progress();
        let n = u32::try_from(progress.writes.len() + 1).unwrap_or(u32::MAX);
        progress.writes.push(AppliedWrite {
            n,
            operation: asked.operation,
            channel: judged.channel.clone(),
            before: judged.before.as_ref().map(|reading| reading.value.clone()),
            value: judged.value.clone(),
            outcome: ended.outcome,
            reason: ended.reason.clone(),
            message: ended.message.clone(),
            readback: ended.readback.clone(),
            planned: of.0,
            takes_back: of.1,
        });
        ended
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

    /// Takes back what was written, last first. What cannot be taken back is recorded as refused, and the rest goes on.
    async fn take_back(&self) {
        let made: Vec<AppliedWrite> = {
            let progress = self.progress();
            progress
                .writes
                .iter()
                .filter(|w| w.outcome.may_have_changed_something() && w.takes_back.is_none())
                .cloned()
                .collect()
        };
        for write in made.into_iter().rev() {
            let (Operation::Write, Some(before)) = (write.operation, write.before.clone()) else { continue };
            let asked = Asked {
                operation: Operation::Write,
                text: write.channel.to_string(),
                channel: Ok(write.channel.clone()),
                value: before,
                timeout: READBACK_TIMEOUT,
                line: None,
            };
            let now = Timestamp::now();
            let bench = Bench { site: &self.site, principal: &self.principal, now, overlay: None };
            // Rates do not hold somebody back who returns to where they were.
            let judged = bench.judge(&write.channel, &asked, |_| Ok(())).await;
            match &judged.refusal {
                Some(violation) => {
                    let ended = Ended::refused(violation.refusal, format!("not taken back: {}", violation.message));
                    self.keep_refusal(&judged, &asked, ended);
                }
                None => {
                    self.carry_out(&judged, &asked, None, Some(write.n)).await;
                }
            }
        }
    }
}

fn ended(outcome: WriteOutcome, message: impl Into<String>) -> Ended {
    Ended { outcome, reason: None, message: message.into(), before: None, wrote: None, readback: None, returned: None }
}

/// A control system's refusal after which nothing has changed.
fn not_done(fault: &ControlError) -> Ended {
    let reason = match fault {
        ControlError::Refused { reason, .. } => reason.clone(),
        ControlError::NotConnected { .. } => "NOT_CONNECTED".to_owned(),
        ControlError::TimedOut { .. } => "TIMED_OUT".to_owned(),
        ControlError::WrongType { .. } => "WRONG_TYPE".to_owned(),
        ControlError::Unsupported { .. } => "UNSUPPORTED".to_owned(),
        ControlError::Busy { .. } => "BUSY".to_owned(),
    };
    Ended { reason: Some(reason), ..ended(WriteOutcome::Failed, fault.to_string()) }
}

/// Puts a value and reads it back.
async fn send(
    system: &dyn ControlSystem,
    site: &Site,
    judged: &Judged,
    rules: &WriteRules,
    timeout: Duration,
) -> Ended {
    let deadline = Instant::now() + timeout;
    let late = match system.put(&judged.channel, &judged.value, deadline).await {
        Err(fault) => return not_done(&fault),
        Ok(Put::Accepted) => None,
        Ok(Put::Unknown { reason }) => Some(reason),
    };
    let readable = judged.description.as_ref().is_some_and(|description| description.readable);
    if late.is_none() && rules.verify != Verify::Readback {
        return ended(WriteOutcome::Unconfirmed, "accepted; its rule has it not read back");
    }
    if !readable && rules.readback.is_none() {
        return match late {
            None => ended(WriteOutcome::Unconfirmed, "accepted; there is nothing to read back"),
            Some(reason) => ended(WriteOutcome::Unknown, format!("{reason}; there is nothing to read back")),
        };
    }
    let (found, within) = read_back(system, site, judged, rules).await;
    let wrote = &judged.value;
    match (found, late, within) {
        (Ok(readback), _, true) => Ended {
            message: format!("read back as {readback}"),
            readback: Some(readback),
            ..ended(WriteOutcome::Confirmed, "")
        },
        (Ok(readback), None, false) => Ended {
            message: format!("wrote {wrote}, read back {readback}"),
            readback: Some(readback),
            ..ended(WriteOutcome::Mismatch, "")
        },
        (Ok(readback), Some(reason), false) => Ended {
            message: format!("{reason}; it reads {readback} now, and the write of {wrote} may still arrive"),
            readback: Some(readback),
            ..ended(WriteOutcome::Unknown, "")
        },
        (Err(fault), None, _) => {
            ended(WriteOutcome::Unconfirmed, format!("accepted; it could not be read back: {fault}"))
        }
        (Err(fault), Some(reason), _) => {
            ended(WriteOutcome::Unknown, format!("{reason}; it could not be read back: {fault}"))
        }
    }
}

/// Reads back until the value is there or the rule's time is over.
async fn read_back(
    system: &dyn ControlSystem,
    site: &Site,
    judged: &Judged,
    rules: &WriteRules,
) -> (Result<Value, ControlError>, bool) {
    let channel = rules.readback.as_ref().unwrap_or(&judged.channel);
    let route = if channel.protocol() == judged.channel.protocol() {
        None
    } else {
        site.routes.of(channel.protocol()).map(|route| Arc::clone(&route.read))
    };
    let system = route.as_deref().unwrap_or(system);
    let until = Instant::now() + rules.settle;
    loop {
        let read = system.get(channel, Instant::now() + READBACK_TIMEOUT).await;
        let within = read
            .as_ref()
            .is_ok_and(|reading| judge::same(rules, judged.description.as_ref(), &judged.value, &reading.value));
        if within || Instant::now() >= until {
            return (read.map(|reading| reading.value), within);
        }
        tokio::time::sleep(READBACK_INTERVAL).await;
    }
}

async fn call(system: &dyn ControlSystem, judged: &Judged, timeout: Duration) -> Ended {
    match system.command(&judged.channel, &judged.value, Instant::now() + timeout).await {
        Err(fault) => not_done(&fault),
        Ok(Called::Returned(value)) => {
            Ended { returned: Some(value), ..ended(WriteOutcome::Unconfirmed, "the command returned") }
        }
        Ok(Called::Unknown { reason }) => ended(WriteOutcome::Unknown, reason),
    }
}

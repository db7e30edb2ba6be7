//! A plan run: writes are noted instead of made, and reads see them.
//!
//! From the first planned write on the program's time is virtual: a ramp of ten minutes is planned in milliseconds. A plan
//! that cannot go on says so, and is then no plan that could be approved.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::judge::{self, Bench, Judged};
use super::send::abridged;
use super::{Asked, Ended, Site, wire};
use crate::approval::{Incomplete, Operation, PlannedWrite, Verdict};
use crate::backend::ProgramClock;
use crate::channel::{Kind, Reading, Refusal, Value, WriteOutcome};
use crate::execution::Status;
use crate::policy::{Confirm, OnViolation, Principal, RateLimiter};

/// Channels whose reads are counted, to say what a program waits for.
const MAX_NAMES: usize = 1_000;
/// Bytes of arrays in one plan.
const MAX_BYTES: usize = 256 << 20;

/// How far a plan may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanSettings {
    /// Virtual time after the first planned write. Default one hour.
    pub horizon: Duration,
    /// Writes in one plan; more than a person can read is no plan. Default 1,000.
    pub max_writes: u32,
}

impl Default for PlanSettings {
    fn default() -> Self {
        Self { horizon: Duration::from_hours(1), max_writes: 1_000 }
    }
}

/// What a plan holds instead of the machine.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    values: HashMap<String, Value>,
}

impl Overlay {
    /// Puts the planned value, if there is one, in place of what was read.
    pub(super) fn apply(&self, name: &str, reading: &mut Reading, now: Option<(i64, u32)>) {
        let Some(planned) = self.values.get(name) else { return };
        reading.value = follow(planned, &reading.value);
        if reading.set_value.is_some() {
            reading.set_value = Some(planned.clone());
        }
        if let Some(now) = now {
            reading.time = now;
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value);
    }
}

/// The planned value in the type of the channel that is read: a readback may be of another than its setpoint.
#[expect(clippy::cast_possible_truncation, reason = "a number that was shown as an integer before")]
fn follow(planned: &Value, present: &Value) -> Value {
    match (present, planned.as_float()) {
        (Value::Float(_), Some(number)) if !matches!(planned, Value::Float(_)) => Value::Float(number),
        (Value::Int(_), Some(number)) if matches!(planned, Value::Float(_)) => Value::Int(number.round() as i128),
        _ => planned.clone(),
    }
}

/// What was planned, shared with whoever started the run.
#[derive(Debug, Clone, Default)]
pub struct Planned(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    writes: Vec<PlannedWrite>,
    /// Bytes of their arrays.
    bytes: usize,
    confirm: Option<Confirm>,
    too_many: Option<u32>,
    /// Reads since the last planned write, by channel.
    reads: HashMap<String, u64>,
}

impl Planned {
    fn lock(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writes in their order.
    #[must_use]
    pub fn writes(&self) -> Vec<PlannedWrite> {
        self.lock().writes.clone()
    }

    /// The strictest confirmation that any of the writes needs; `None`: there are none.
    #[must_use]
    pub fn confirm(&self) -> Option<Confirm> {
        self.lock().confirm
    }

    /// Why the plan does not show everything, given how the program ended.
    #[must_use]
    pub fn incomplete(&self, clock: &ProgramClock, ended: Status) -> Option<Incomplete> {
        let noted = self.lock();
        if let Some(limit) = noted.too_many {
            return Some(Incomplete::TooManyWrites { limit });
        }
        if clock.met_horizon() || (ended == Status::HostCallLimit && !noted.reads.is_empty()) {
            let most = noted.reads.iter().max_by_key(|(name, reads)| (**reads, std::cmp::Reverse((*name).clone())));
            return Some(Incomplete::Waiting {
                channel: most.map(|(name, _)| name.clone()),
                reads: most.map_or(0, |(_, reads)| *reads),
                seconds: clock.ahead().as_secs_f64(),
            });
        }
        (ended != Status::Succeeded).then(|| Incomplete::Ended { status: ended.as_str().to_owned() })
    }
}

/// The state of one plan run.
pub struct Planning {
    settings: PlanSettings,
    planned: Planned,
    overlay: Overlay,
    limiter: Option<Mutex<RateLimiter>>,
    stop: CancellationToken,
    news: Vec<(String, Reading)>,
}

impl std::fmt::Debug for Planning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Planning").finish_non_exhaustive()
    }
}

impl Planning {
    /// A plan run; `stop` ends the program when there is nothing more to plan.
    #[must_use]
    pub fn new(settings: PlanSettings, stop: CancellationToken) -> (Self, Planned) {
        let planned = Planned::default();
        let planning = Self {
            settings,
            planned: planned.clone(),
            overlay: Overlay::default(),
            limiter: None,
            stop,
            news: Vec::new(),
        };
        (planning, planned)
    }

    /// Counts a read, so that a program that waits for ever can be told what it waits for.
    pub(super) fn note_read(&self, name: &str) {
        let mut noted = self.planned.lock();
        if noted.writes.is_empty() {
            return;
        }
        if let Some(count) = noted.reads.get_mut(name) {
            *count += 1;
        } else if noted.reads.len() < MAX_NAMES {
            noted.reads.insert(name.to_owned(), 1);
        }
    }

    /// Puts what is planned in place of what was read.
    pub(super) fn overlay(&self, name: &str, reading: &mut Reading, clock: &ProgramClock) {
        self.overlay.apply(name, reading, Some(clock.now()));
    }

    /// What followers of channels are to be told.
    pub(super) fn take_news(&mut self) -> Vec<(String, Reading)> {
        std::mem::take(&mut self.news)
    }

    /// Notes a write that is refused whoever asks.
    pub(super) fn note_refused(&mut self, asked: &Asked, ended: &Ended, clock: &ProgramClock) {
        let Ok(channel) = &asked.channel else { return };
        let refusal = ended.reason.as_ref().and_then(|word| serde_json::from_value(serde_json::json!(word)).ok());
        let judged = Judged {
            reasons: vec![ended.message.clone()],
            refusal: Some(crate::policy::Violation {
                refusal: refusal.unwrap_or(Refusal::Unsupported),
                message: ended.message.clone(),
                rule: None,
                on_violation: OnViolation::Skip,
            }),
            ..Judged::unseen(channel.clone(), asked.value.clone())
        };
        self.note(&judged, asked, clock);
    }

    /// Whether the plan has room; if not, the program is stopped.
    fn is_full(&self) -> bool {
        let mut noted = self.planned.lock();
        let full = noted.writes.len() >= self.settings.max_writes as usize || noted.bytes > MAX_BYTES;
        if full {
            noted.too_many = Some(self.settings.max_writes);
            self.stop.cancel();
        }
        full
    }

    /// Judges a write and notes it.
    pub(super) async fn write(&mut self, site: &Site, who: &Principal, clock: &ProgramClock, asked: Asked) -> Ended {
        let Ok(channel) = &asked.channel else {
            return Ended::refused(Refusal::InvalidChannel, "no channel");
        };
        if self.is_full() {
            let message = format!("a plan has at most {} writes; this program makes more", self.settings.max_writes);
            return Ended::refused(Refusal::Stopped, message);
        }
        let limiter: &Mutex<RateLimiter> = self.limiter.get_or_insert_with(|| Mutex::new(site.limiter().clone()));
        let now = moment(clock);
        let bench = Bench { site, principal: who, now, overlay: Some(&self.overlay) };
        let judged = bench
            .judge(channel, &asked, |rules| {
                let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
                judge::count(&mut limiter, channel, who, rules, now)
            })
            .await;
        self.note(&judged, &asked, clock);
        if let Some(violation) = &judged.refusal {
            if violation.on_violation == OnViolation::Error {
                self.stop.cancel();
            }
            return Ended {
                before: judged.before.map(|reading| reading.value),
                ..Ended::refused(violation.refusal, violation.message.clone())
            };
        }
        if !clock.is_virtual() {
            clock.make_virtual(self.settings.horizon);
        }
        self.follow(&judged, &asked, clock);
        let returned = judged.description.as_ref().filter(|_| asked.operation == Operation::Command);
        Ended {
            outcome: if asked.operation == Operation::Write {
                WriteOutcome::Confirmed
            } else {
                WriteOutcome::Unconfirmed
            },
            reason: None,
            message: "planned".to_owned(),
            before: judged.before.map(|reading| reading.value),
            wrote: Some(judged.value.clone()),
            readback: (asked.operation == Operation::Write).then_some(judged.value),
            returned: returned.map(|description| nothing(description.native.kind)),
        }
    }

    /// Later reads see the value, of the channel and of its readback.
    fn follow(&mut self, judged: &Judged, asked: &Asked, clock: &ProgramClock) {
        if asked.operation == Operation::Command {
            return;
        }
        let mut names = vec![judged.channel.name().to_owned()];
        names.extend(
            judged.rules.iter().filter_map(|rules| rules.readback.as_ref()).map(|other| other.name().to_owned()),
        );
        for name in names {
            self.overlay.set(&name, judged.value.clone());
            self.news.push((name, Reading::of(judged.value.clone(), clock.now())));
        }
    }

    fn note(&mut self, judged: &Judged, asked: &Asked, clock: &ProgramClock) {
        if self.is_full() {
            return;
        }
        let mut noted = self.planned.lock();
        let before = judged.before.as_ref().map(|reading| reading.value.clone());
        let order = u32::try_from(noted.writes.len() + 1).unwrap_or(u32::MAX);
        noted.writes.push(PlannedWrite {
            order,
            operation: asked.operation,
            channel: judged.channel.clone(),
            labels: (before.as_ref().and_then(|value| judged.label(value)), judged.label(&judged.value)),
            before,
            value: if judged.refusal.is_some() { abridged(&asked.value) } else { judged.value.clone() },
            unit: judged.description.as_ref().map(|description| description.unit.clone()).unwrap_or_default(),
            limits: judged.limits,
            max_step: judged.max_step(),
            alarm: judged.alarm,
            line: asked.line,
            verdict: judged.refusal.as_ref().map_or(Verdict::Allowed, |violation| Verdict::Refused(violation.refusal)),
            reasons: reasons(judged, asked),
            rule: judged.rule(),
            at: clock.ahead().as_secs_f64(),
        });
        if judged.refusal.is_none() {
            noted.confirm = Some(noted.confirm.map_or(judged.confirm(), |known| known.max(judged.confirm())));
        }
        let last = noted.writes.last();
        let bytes = last.map_or(0, |write| wire::bulk(&write.value) + write.before.as_ref().map_or(0, wire::bulk));
        noted.bytes += bytes;
        noted.reads.clear();
    }
}

/// What people are told about a write.
fn reasons(judged: &Judged, asked: &Asked) -> Vec<String> {
    let mut reasons = judged.reasons.clone();
    let result = judged.description.as_ref().map(|description| description.native.kind);
    if asked.operation == Operation::Command && judged.refusal.is_none() && result != Some(Kind::None) {
        reasons.push("a plan cannot know what the command returns: the program saw a zero or nothing".to_owned());
    }
    reasons
}

/// The program's time.
fn moment(clock: &ProgramClock) -> Timestamp {
    let (seconds, nanos) = clock.now();
    Timestamp::new(seconds, i32::try_from(nanos).unwrap_or(0)).unwrap_or_default()
}

/// What a command that was not called seems to return: the plainest value of its type.
fn nothing(kind: Kind) -> Value {
    match kind {
        Kind::Number(crate::channel::ScalarKind::Bool) => Value::Bool(false),
        Kind::Number(kind) if kind.is_float() => Value::Float(0.0),
        Kind::Number(_) => Value::Int(0),
        Kind::Text => Value::Text(String::new()),
        Kind::Enum => Value::Enum(0),
        Kind::Structure | Kind::None => Value::None,
    }
}

//! The three ways through the gate, from a job to its report: [`read_only`], [`plan`] and [`apply`], and [`replay`], which
//! needs no gate at all.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::applied::{Applied, Asker, Permission};
use super::apply::Applying;
use super::journal::{Journal, JournalWriter, Journaled};
use super::plan::{PlanSettings, Planning};
use super::record::WriteRecord;
use super::replay::{Departure, Replay};
use super::{Gate, Mode, Site};
use crate::approval::{Fingerprint, Plan};
use crate::backend::{Backend, Error, EventSink, HostCalls, Job, ProgramClock, Report, Surroundings};
use crate::execution::{ExecutionId, Status};
use crate::policy::{Confirm, Principal};

/// What surrounds a run at the gate.
pub struct Run {
    /// The site.
    pub site: Arc<Site>,
    /// For whom.
    pub principal: Principal,
    /// Where host calls are written down.
    pub journal: Option<JournalWriter>,
    /// Takes output as it is written.
    pub events: EventSink,
    /// Ends it early.
    pub cancel: CancellationToken,
}

impl Run {
    /// A run without a journal whose output nobody watches.
    #[must_use]
    pub fn new(site: Arc<Site>, principal: Principal) -> Self {
        Self { site, principal, journal: None, events: Box::new(|_| {}), cancel: CancellationToken::new() }
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("site", &self.site).field("principal", &self.principal).finish_non_exhaustive()
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// The program's report.
    pub report: Report,
    /// What the journal lacks, if it lacks something.
    pub journal_lacks: Option<String>,
}

/// Runs a job with `calls` behind the journal.
async fn behind_journal(
    backend: &dyn Backend,
    job: Job,
    journal: Option<JournalWriter>,
    calls: Box<dyn HostCalls>,
    (events, cancel, clock): (EventSink, CancellationToken, ProgramClock),
) -> Result<Ran, Error> {
    let journal = Arc::new(Mutex::new(journal));
    let host_calls = Box::new(Journaled::new(calls, Arc::clone(&journal)));
    let surroundings = Surroundings { host_calls, events, cancel, clock: clock.clone() };
    let report = backend.run(job, surroundings).await;
    let journal = journal.lock().unwrap_or_else(PoisonError::into_inner).take();
    let journal_lacks = journal.and_then(|journal| match journal.finish(&clock.readings()) {
        Ok(lacks) => lacks,
        Err(error) => Some(error.to_string()),
    });
    Ok(Ran { report: report?, journal_lacks })
}

/// Runs a job that may read and has no way to write.
pub async fn read_only(backend: &dyn Backend, job: Job, run: Run) -> Result<Ran, Error> {
    let clock = ProgramClock::recording();
    let gate = Gate::new(run.site, run.principal, clock.clone(), Mode::ReadOnly);
    behind_journal(backend, job, run.journal, Box::new(gate), (run.events, run.cancel, clock)).await
}

/// A plan, and the run that made it.
#[derive(Debug)]
pub struct PlanRun {
    /// The plan. Without writes, the run was the execution itself.
    pub plan: Plan,
    /// The strictest confirmation that a planned write needs.
    pub confirm: Option<Confirm>,
    /// The run.
    pub ran: Ran,
}

/// Runs a job with its writes noted instead of made. Its clock is never a deterministic one: a plan shows when writes come.
pub async fn plan(
    backend: &dyn Backend,
    mut job: Job,
    run: Run,
    (id, fingerprint): (ExecutionId, Fingerprint),
    settings: PlanSettings,
) -> Result<PlanRun, Error> {
    job.deterministic = false;
    let clock = ProgramClock::recording();
    // A plan that is full ends its program; that is another matter than somebody who cancels it.
    let full = run.cancel.child_token();
    let (planning, planned) = Planning::new(settings, full.clone());
    let gate = Gate::new(run.site, run.principal, clock.clone(), Mode::Plan(planning));
    let created = Timestamp::now();
    let ran = behind_journal(backend, job, run.journal, Box::new(gate), (run.events, full, clock.clone())).await?;
    let incomplete = planned.incomplete(&clock, ran.report.outcome.status);
    let plan = Plan { id, fingerprint, created, writes: planned.writes(), incomplete };
    Ok(PlanRun { plan, confirm: planned.confirm(), ran })
}

/// An apply, and the run that made it.
#[derive(Debug)]
pub struct ApplyRun {
    /// What became of each write.
    pub applied: Applied,
    /// The run. That the machinery failed does not undo what was written.
    pub ran: Result<Ran, Error>,
}

impl ApplyRun {
    /// Whether the program succeeded and every planned write was made and found.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.ran.as_ref().is_ok_and(|ran| ran.report.outcome.status == Status::Succeeded)
            && self.applied.left.is_empty()
            && self.applied.stopped.is_none()
            && self.applied.writes.iter().all(|write| write.outcome.is_good())
    }
}

/// Why an apply did not start.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The grant could not be recorded, so nothing is written.
    #[error("the grant could not be recorded, so nothing was written: {0}")]
    Record(#[from] std::io::Error),
}

impl crate::error::Coded for ApplyError {
    fn code(&self) -> crate::error::ErrorCode {
        match self {
            Self::Record(_) => crate::error::ErrorCode::StateUnusable,
        }
    }
}

/// Stops an apply from outside.
#[derive(Debug, Clone, Default)]
pub struct StopSwitch(Arc<Mutex<Switched>>);

/// Why it was stopped, and what there is to stop.
type Switched = (Option<String>, Option<std::sync::Weak<Applying>>);

impl StopSwitch {
    /// No write follows; the program ends. The write that is under way is still verified and recorded.
    pub fn stop(&self, reason: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.get_or_insert_with(|| reason.to_owned());
        if let Some(applying) = state.1.as_ref().and_then(std::sync::Weak::upgrade) {
            applying.stop(reason);
        }
    }

    fn watch(&self, applying: &Arc<Applying>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &state.0 {
            applying.stop(reason);
        }
        state.1 = Some(Arc::downgrade(applying));
    }
}

/// Runs a job that writes: what a grant allows, or what the rules have nobody asked about. Its clock is never a
/// deterministic one: on such a clock a ramp takes no time.
pub async fn apply(
    backend: &dyn Backend,
    mut job: Job,
    run: Run,
    (permission, record): (Permission, WriteRecord),
    asker: Option<Box<dyn Asker>>,
    stop: StopSwitch,
) -> Result<ApplyRun, ApplyError> {
    job.deterministic = false;
    let clock = ProgramClock::recording();
    let cancel = run.cancel.clone();
    let applying =
        Applying::start(Arc::clone(&run.site), run.principal.clone(), permission, record, cancel.clone(), asker)?;
    stop.watch(&applying);
    let gate = Gate::new(run.site, run.principal, clock.clone(), Mode::Apply(Arc::clone(&applying)));
    let ran = behind_journal(backend, job, run.journal, Box::new(gate), (run.events, cancel, clock)).await;
    let applied = applying.finish().await;
    Ok(ApplyRun { applied, ran })
}

/// A replay, and where it departed from what was recorded.
#[derive(Debug)]
pub struct ReplayRun {
    /// The program's report.
    pub report: Report,
    /// The first call that was another than then.
    pub departure: Option<Departure>,
    /// Calls that were the same.
    pub calls: usize,
}

/// Runs a job again from its journal. There is no control system behind it.
pub async fn replay(
    backend: &dyn Backend,
    job: Job,
    journal: Journal,
    (events, cancel): (EventSink, CancellationToken),
) -> Result<ReplayRun, Error> {
    let clock = ProgramClock::playing(journal.readings);
    let entries = Arc::new(journal.entries);
    let (replay, followed) = Replay::new(Arc::clone(&entries));
    let surroundings = Surroundings { host_calls: Box::new(replay), events, cancel, clock };
    let report = backend.run(job, surroundings).await?;
    Ok(ReplayRun { report, departure: followed.departure(&entries), calls: followed.calls() })
}

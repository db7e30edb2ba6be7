//! Recovery: what a process left behind that ended in the middle. Its claims end with it, so whoever can take one of those
//! knows that nobody carries that execution.

use std::path::Path;

use super::carry::Carried;
use super::error::ServiceError;
use super::{Caller, Service};
use crate::channel::WriteOutcome;
use crate::execution::{ErrorCategory, Event, ExecutionId, Failure, RunKind, Stage, State, WriteNote};
use crate::gate::{WriteEntry, WriteRecord, made};
use crate::store::{Query, StoreError, Summary};

/// An execution that nobody carries.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Which.
    pub id: ExecutionId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub state: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recovered {
    /// They may have written: they ended as interrupted, with what is known.
    pub interrupted: Vec<Found>,
    /// Nobody answered in time.
    pub expired: Vec<Found>,
    /// They can be gone on with; [`Service::carry`] does.
    pub resumable: Vec<Found>,
    /// They could not be looked after, and why.
    pub troubled: Vec<(Found, String)>,
}

/// States in which something is being done.
const BUSY: [&str; 7] = ["generating", "analysing", "running", "planning", "approved", "applying", "ending"];
/// Whoever changed it so short a time ago is likely still at it: for those who only look.
pub const FRESH: std::time::Duration = std::time::Duration::from_secs(1);
const WAITING: &str = "awaiting_approval";

impl Service {
    /// Looks for what processes left that are gone. Settles what must not be repeated, and what is too late; starts nothing.
    /// What was changed within `fresh` is left alone. Whoever is going on with it gives zero, for a process may have been killed
    /// and started again within that time.
    pub async fn settle(&self, caller: &Caller, fresh: std::time::Duration) -> Result<Recovered, ServiceError> {
        let mut recovered = Recovered::default();
        let states = BUSY.iter().chain([&WAITING]).map(|state| (*state).to_owned()).collect();
        let mut query = Query { states, limit: 1_000, ..Query::default() };
        loop {
            let page = self.store.list(&query).await?;
            for summary in &page {
                if let Err(error) = self.settle_one(summary, (caller, fresh), &mut recovered).await {
                    recovered.troubled.push((found(summary), error.to_string()));
                }
            }
            match page.last() {
                Some(last) if page.len() == query.limit as usize => query.before = Some(last.id),
                _ => return Ok(recovered),
            }
        }
    }

    async fn settle_one(
        &self,
        summary: &Summary,
        (caller, fresh): (&Caller, std::time::Duration),
        recovered: &mut Recovered,
    ) -> Result<(), ServiceError> {
        if summary.state == WAITING {
            let late = summary.expires.is_some_and(|expires| expires <= jiff::Timestamp::now());
            if late && self.ended(summary.id, caller).await? {
                recovered.expired.push(found(summary));
            }
            return Ok(());
        }
        let age = jiff::Timestamp::now().duration_since(summary.updated);
        if age.is_positive() && age.unsigned_abs() < fresh {
            return Ok(());
        }
        // Whoever carries it keeps its claim.
        match self.store.claim(summary.id).await {
            Ok(claim) => drop(claim),
            Err(StoreError::Held { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let state = self.progress(summary.id).await?.state;
        let over = matches!(state, State::Running { kind, .. } if kind.writes()) || matches!(state, State::ToEnd(..));
        if !over {
            recovered.resumable.push(found(summary));
        } else if self.ended(summary.id, caller).await? && matches!(state, State::Running { .. }) {
            recovered.interrupted.push(found(summary));
        }
        Ok(())
    }

    /// Ends an execution that is over, unless somebody else does; starts nothing, whatever happened to it meanwhile.
    async fn ended(&self, id: ExecutionId, caller: &Caller) -> Result<bool, ServiceError> {
        match Box::pin(self.carry_within(id, caller.clone(), false)).await {
            Ok(_) => Ok(true),
            Err(ServiceError::Store(StoreError::Held { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// An execution that was running when its process ended.
    pub(super) async fn recover_running(&self, carried: &Carried) -> Result<(), ServiceError> {
        let progress = carried.progress().await?;
        let State::Running { run, kind, folder } = &progress.state else { return Ok(()) };
        let (failure, writes) = match kind {
            RunKind::ReadOnly | RunKind::Plan => {
                let what = (ErrorCategory::Infrastructure, Stage::Execution);
                let advice = "It wrote nothing: aerie executions rerun does it again.";
                (Failure::new(what, "ProcessEnded", "the process that ran it ended", advice), None)
            }
            RunKind::Apply | RunKind::Unattended => {
                let path = carried.root.path().join(folder).join("writes.jsonl");
                let (writes, told) = what_is_known(&path, progress.may_have_written);
                let advice = "Look at the machine, and at what is known of each write; `aerie rollback` plans the way back, \
                    `aerie executions rerun` does it again from the beginning.";
                let what = (ErrorCategory::Workflow, Stage::Execution);
                (Failure::new(what, "Interrupted", told, advice), Some(writes))
            }
        };
        let mut log = carried.log.lock().await;
        log.note(Event::RunBroken { run: *run, failure, writes })?;
        log.commit().await?;
        Ok(())
    }
}

fn found(summary: &Summary) -> Found {
    Found { id: summary.id, name: summary.name.clone(), state: summary.state.clone() }
}

/// What is known of the writes of a run that was cut off. `announced`: the ledger has the intent of one.
fn what_is_known(path: &Path, announced: bool) -> (WriteNote, String) {
    let ended = "the process that made its writes ended in the middle";
    let entries: Vec<WriteEntry> = match WriteRecord::read(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !announced => {
            return (WriteNote::default(), format!("{ended}: before the first write; nothing was written"));
        }
        Err(error) => {
            // Nobody knows: that counts as something.
            let note = WriteNote { sent: 1, unknown: 1, ..WriteNote::default() };
            return (note, format!("{ended}, and {} cannot be read: {error}", path.display()));
        }
    };
    let writes = made(&entries);
    let of = |wanted: fn(WriteOutcome) -> bool| {
        u32::try_from(writes.iter().filter(|write| wanted(write.outcome)).count()).unwrap_or(u32::MAX)
    };
    let note = WriteNote {
        sent: of(WriteOutcome::may_have_changed_something),
        good: of(WriteOutcome::is_good),
        unknown: of(|outcome| outcome == WriteOutcome::Unknown),
        ..WriteNote::default()
    };
    let told = if note.sent == 0 {
        format!("{ended}: nothing was written")
    } else {
        let unknown: Vec<String> = writes
            .iter()
            .filter(|write| write.outcome == WriteOutcome::Unknown)
            .map(|write| format!("{} = {}", write.channel, write.value))
            .collect();
        let unknown =
            if unknown.is_empty() { String::new() } else { format!("; of {} nobody knows", unknown.join(", ")) };
        format!("{ended}: {} writes were sent or may have been, {} confirmed{unknown}", note.sent, note.good)
    };
    (note, told)
}

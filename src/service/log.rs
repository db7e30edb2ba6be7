//! [`Log`]: the events of one execution, stored before they take effect.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::ServiceError;
use crate::execution::{Digest, Event, ExecutionId, GenerationNote, Progress, State, next};
use crate::gate::{Witness, WriteEntry};
use crate::ledger::Entry;
use crate::store::{Append, NewEvent, Store, StoreError, Summary};

/// Who does what the pipeline itself does.
pub(super) const PIPELINE: &str = "aerie";

/// What came of storing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Committed {
    /// All of it.
    Whole,
    /// Somebody else changed the execution, and what was noted cannot follow on that. It was dropped.
    Superseded,
}

/// One execution's events: those that are stored, and those that are about to be.
pub(super) struct Log {
    store: Arc<dyn Store>,
    id: ExecutionId,
    epoch: Option<u64>,
    /// How many are stored.
    version: u32,
    stored: Option<Progress>,
    pending: Vec<(Event, String)>,
    progress: Option<Progress>,
    blobs: Vec<Vec<u8>>,
    key: Option<(String, String)>,
    created: Timestamp,
    state_since: Timestamp,
}

/// An event as the ledger holds it.
pub(super) fn event_of(id: ExecutionId, entry: &Entry) -> Result<(Event, Timestamp), ServiceError> {
    let broken = |reason: String| ServiceError::Broken { id, reason };
    let body = entry.read().map_err(|error| broken(error.to_string()))?;
    let event = serde_json::from_value(body.body).map_err(|error| broken(format!("entry {}: {error}", entry.seq)))?;
    Ok((event, body.time))
}

impl Log {
    /// The log of a new execution.
    pub(super) fn new(store: Arc<dyn Store>, id: ExecutionId, epoch: u64, key: Option<(String, String)>) -> Self {
        let now = Timestamp::now();
        Self {
            store,
            id,
            epoch: Some(epoch),
            version: 0,
            stored: None,
            pending: Vec::new(),
            progress: None,
            blobs: Vec::new(),
            key,
            created: now,
            state_since: now,
        }
    }

    /// The log of one that is there.
    pub(super) async fn load(store: Arc<dyn Store>, id: ExecutionId, epoch: Option<u64>) -> Result<Self, ServiceError> {
        let mut log = Self { epoch, ..Self::new(store, id, 0, None) };
        log.catch_up().await?;
        if log.stored.is_none() {
            return Err(ServiceError::Unknown(id));
        }
        log.progress.clone_from(&log.stored);
        Ok(log)
    }

    /// Reads what was stored since.
    async fn catch_up(&mut self) -> Result<(), ServiceError> {
        let entries = self.store.events(self.id).await?;
        for entry in entries.iter().skip(self.version as usize) {
            let (event, time) = event_of(self.id, entry)?;
            if self.version == 0 {
                self.created = time;
            }
            let before = self.stored.as_ref().map(|progress| progress.state.as_str());
            let after = next(self.stored.take(), &event);
            let after = after.map_err(|fault| ServiceError::Broken { id: self.id, reason: fault.to_string() })?;
            if before != Some(after.state.as_str()) {
                self.state_since = time;
            }
            self.stored = Some(after);
            self.version += 1;
        }
        Ok(())
    }

    /// Where the execution is, what is noted included.
    pub(super) fn progress(&self) -> Result<&Progress, ServiceError> {
        self.progress.as_ref().ok_or(ServiceError::Unknown(self.id))
    }

    /// Notes what is about to happen. It has no effect before [`Self::commit`].
    pub(super) fn note(&mut self, event: Event) -> Result<(), ServiceError> {
        self.note_by(event, PIPELINE)
    }

    /// The same, by somebody.
    pub(super) fn note_by(&mut self, event: Event, actor: &str) -> Result<(), ServiceError> {
        let after =
            next(self.progress.clone(), &event).map_err(|source| ServiceError::Illegal { id: self.id, source })?;
        self.progress = Some(after);
        self.pending.push((event, actor.to_owned()));
        Ok(())
    }

    /// Takes back what was noted and not stored: it did not happen.
    pub(super) fn forget(&mut self) {
        self.pending.clear();
        self.blobs.clear();
        self.progress.clone_from(&self.stored);
    }

    /// Keeps bytes that an event speaks of.
    pub(super) fn keep(&mut self, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        self.blobs.push(bytes);
        digest
    }

    /// Stores what was noted. It is on the disk when this returns.
    pub(super) async fn commit(&mut self) -> Result<Committed, ServiceError> {
        // Whoever cancels or answers meanwhile comes first; a handful of them is many.
        for _ in 0..100 {
            if self.pending.is_empty() {
                return Ok(Committed::Whole);
            }
            match self.try_commit().await {
                Ok(()) => return Ok(Committed::Whole),
                Err(ServiceError::Store(StoreError::Stale { .. })) => {
                    self.catch_up().await?;
                    let mut progress = self.stored.clone();
                    for (event, _) in &self.pending {
                        match next(progress, event) {
                            Ok(after) => progress = Some(after),
                            Err(_) => {
                                self.forget();
                                return Ok(Committed::Superseded);
                            }
                        }
                    }
                    self.progress = progress;
                }
                Err(error) => return Err(error),
            }
        }
        Err(ServiceError::Broken { id: self.id, reason: "others change it without end".to_owned() })
    }

    async fn try_commit(&mut self) -> Result<(), ServiceError> {
        let now = Timestamp::now();
        let progress = self.progress()?;
        let changed = self.stored.as_ref().map(|progress| progress.state.as_str()) != Some(progress.state.as_str());
        let state_since = if changed { now } else { self.state_since };
        let summary = self.summary(progress, state_since, now);
        let mut events = Vec::with_capacity(self.pending.len());
        let actor = self.pending.first().map_or(PIPELINE, |(_, actor)| actor).to_owned();
        for (event, _) in &self.pending {
            let body = serde_json::to_value(event)
                .map_err(|error| ServiceError::Broken { id: self.id, reason: error.to_string() })?;
            events.push(NewEvent { kind: event.kind().to_owned(), body });
        }
        let append = Append {
            execution: self.id,
            expected: self.version,
            epoch: self.epoch,
            actor,
            events,
            summary,
            blobs: self.blobs.clone(),
            key: self.key.clone().filter(|_| self.version == 0),
        };
        let appended = self.store.append(append).await?;
        self.version = appended.version;
        self.state_since = state_since;
        self.stored.clone_from(&self.progress);
        self.pending.clear();
        self.blobs.clear();
        Ok(())
    }

    fn summary(&self, progress: &Progress, state_since: Timestamp, now: Timestamp) -> Summary {
        let submitted = &progress.submitted;
        let (expires, question) = match &progress.state {
            State::Waiting(open) => (
                Some(open.expires),
                Some(
                    json!({ "number": open.number, "covers": open.covers, "digest": open.digest.short(), "reason": open.reason,
                    "approvals": open.approvals.given.len(), "needed": open.approvals.needed }),
                ),
            ),
            _ => (None, None),
        };
        let failure = match &progress.state {
            State::Ended(_, failure) | State::ToEnd(_, failure) => failure.as_ref(),
            _ => None,
        };
        let short = |text: &str| text.chars().take(200).collect::<String>();
        Summary {
            id: self.id,
            name: submitted.request.name(),
            principal: submitted.principal.clone(),
            thread: submitted.request.thread_id.clone(),
            state: progress.state.as_str().to_owned(),
            state_since,
            created: self.created,
            updated: now,
            folder: Some(submitted.folder.clone()),
            expires,
            may_have_written: progress.may_have_written,
            detail: json!({
                "version": self.version as usize + self.pending.len(),
                "attempt": progress.attempt,
                "backend": progress.backend,
                "question": question,
                "error_type": failure.map(|failure| &failure.error_type),
                "error": failure.map(|failure| short(&failure.message)),
                "planned": progress.plan.as_ref().map(|plan| plan.allowed),
                "writes": progress.writes,
            }),
        }
    }

    /// Whether somebody changed the execution since; reads it if so.
    pub(super) async fn look(&mut self) -> Result<&Progress, ServiceError> {
        let before = self.version;
        if self.pending.is_empty() {
            let summary = self.store.summary(self.id).await?;
            if summary.is_some_and(|summary| summary.detail["version"] != json!(self.version)) {
                self.catch_up().await?;
            }
            if self.version != before {
                self.progress.clone_from(&self.stored);
            }
        }
        self.progress()
    }

    /// How the program of an attempt was generated; `None`: it was not.
    pub(super) async fn generation_of(&self, attempt: u32) -> Result<Option<Value>, ServiceError> {
        let of = |event: &Event| match event {
            Event::CodeReady { attempt: its, note: GenerationNote::Generated { record }, .. } if *its == attempt => {
                Some(record.clone())
            }
            _ => None,
        };
        if let Some(record) = self.pending.iter().find_map(|(event, _)| of(event)) {
            return Ok(Some(record));
        }
        if self.stored.as_ref().is_none_or(|progress| !progress.submitted.generates) {
            return Ok(None);
        }
        for entry in self.store.events(self.id).await?.iter().rev() {
            if let Some(record) = of(&event_of(self.id, entry)?.0) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Bytes that an earlier event spoke of.
    pub(super) async fn blob(&self, digest: &Digest) -> Result<Vec<u8>, ServiceError> {
        if let Some(bytes) = self.blobs.iter().find(|bytes| Digest::of(bytes) == *digest) {
            return Ok(bytes.clone());
        }
        self.store.blob(digest).await?.ok_or_else(|| ServiceError::Broken {
            id: self.id,
            reason: format!("{} is not kept any more", digest.short()),
        })
    }
}

/// Puts the writes of one run into the ledger as they happen.
pub(super) struct Writes {
    pub(super) log: Arc<tokio::sync::Mutex<Log>>,
    pub(super) run: u32,
}

/// Puts the writes of `aerie apply`, which belong to no execution of the pipeline, into the ledger as notes.
pub struct NotedWrites {
    /// The ledger's store.
    pub store: Arc<dyn Store>,
    /// Whose writes they are.
    pub execution: ExecutionId,
    /// Who makes them.
    pub by: String,
}

impl std::fmt::Debug for NotedWrites {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NotedWrites").field("execution", &self.execution).finish_non_exhaustive()
    }
}

#[async_trait]
impl Witness for NotedWrites {
    async fn saw(&self, entry: &WriteEntry) -> std::io::Result<()> {
        let kind = match entry {
            WriteEntry::Granted { .. } | WriteEntry::Stopped { .. } => return Ok(()),
            WriteEntry::Intent { .. } => "write_intended",
            WriteEntry::Outcome { .. } => "write_ended",
        };
        let body = json!({ "execution": self.execution, "write": short_entry(entry)? });
        self.store
            .record_note(kind, &self.by, body)
            .await
            .map(drop)
            .map_err(|error| std::io::Error::other(error.to_string()))
    }
}

/// Longest array that the ledger repeats; the whole is in `writes.jsonl`.
const LONG: usize = 64 << 10;

/// An entry as the ledger has it: long arrays by their digest.
fn short_entry(entry: &WriteEntry) -> std::io::Result<Value> {
    let mut write = serde_json::to_value(entry)?;
    if write.to_string().len() > LONG
        && let Value::Object(fields) = &mut write
    {
        for name in ["value", "before", "readback"] {
            if let Some(value) = fields.get_mut(name)
                && value.to_string().len() > LONG / 4
            {
                *value = json!({ "digest": Digest::of(value.to_string().as_bytes()) });
            }
        }
    }
    Ok(write)
}

#[async_trait]
impl Witness for Writes {
    async fn saw(&self, entry: &WriteEntry) -> std::io::Result<()> {
        let write = short_entry(entry)?;
        let event = match entry {
            WriteEntry::Intent { .. } => Event::WriteIntended { run: self.run, write },
            WriteEntry::Outcome { .. } => Event::WriteEnded { run: self.run, write },
            WriteEntry::Granted { .. } | WriteEntry::Stopped { .. } => return Ok(()),
        };
        let mut log = self.log.lock().await;
        let noted = log.note(event);
        let stored = match noted {
            Ok(()) => log.commit().await,
            Err(error) => Err(error),
        };
        match stored {
            Ok(Committed::Whole) => Ok(()),
            Ok(Committed::Superseded) => Err(std::io::Error::other("the execution was ended by somebody else")),
            Err(error) => {
                // An intent that is not stored is not carried out; an outcome that is not is in the run's own record.
                log.forget();
                Err(std::io::Error::other(error.to_string()))
            }
        }
    }
}

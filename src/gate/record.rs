//! What was written, kept so that it survives a crash: an intent before each write, its outcome after it.
//!
//! `writes.jsonl`: one JSON line each, on the disk before the gate goes on. An intent without an outcome is a write of which
//! nobody knows whether it was made.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::approval::{Grant, Operation};
use crate::channel::{Channel, Refusal, Value, WriteOutcome};

/// A line of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum WriteEntry {
    /// The grant under which all that follows is done.
    Granted {
        /// It.
        grant: Box<Grant>,
    },
    /// A write is about to be sent.
    Intent {
        /// Counted from 1 within the execution.
        n: u32,
        /// When.
        at: jiff::Timestamp,
        /// What.
        operation: Operation,
        /// Where.
        channel: Channel,
        /// What it held.
        before: Option<Value>,
        /// What it shall hold.
        value: Value,
        /// The program's line, as it says itself.
        line: Option<u32>,
        /// The number of the planned write that it is; `None`: a person allowed it when it came up, or it takes one back.
        planned: Option<u32>,
        /// The number of the write that it takes back.
        takes_back: Option<u32>,
    },
    /// How it ended. Of a refusal there is no intent.
    Outcome {
        /// The intent's number; for a refusal that of the write that was not made.
        n: u32,
        /// When.
        at: jiff::Timestamp,
        /// How.
        outcome: WriteOutcome,
        /// Which channel.
        channel: String,
        /// Why the gate refused.
        refusal: Option<Refusal>,
        /// For people.
        message: String,
        /// What was read back.
        readback: Option<Value>,
    },
    /// No write follows.
    Stopped {
        /// When.
        at: jiff::Timestamp,
        /// Why.
        reason: String,
    },
}

/// Somebody who is told of every entry once it is on the disk, and can object: the ledger.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Keeps an entry too. An intent that it cannot keep is not carried out.
    async fn saw(&self, entry: &WriteEntry) -> std::io::Result<()>;
}

/// Keeps entries on disk.
pub struct WriteRecord {
    /// The file, and whether it is beyond use.
    file: Mutex<(File, bool)>,
    witness: Option<Arc<dyn Witness>>,
}

impl std::fmt::Debug for WriteRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteRecord").finish_non_exhaustive()
    }
}

impl WriteRecord {
    /// A new record at `path`, which must not exist.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let file = File::options().append(true).create_new(true).open(path)?;
        if let Some(folder) = path.parent() {
            // The file's name must survive too.
            File::open(folder)?.sync_all()?;
        }
        Ok(Self { file: Mutex::new((file, false)), witness: None })
    }

    /// The same, with somebody who is told of every entry.
    #[must_use]
    pub fn seen_by(mut self, witness: Arc<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
    }

    /// A record that goes on at the end of a file opened for appending.
    #[must_use]
    pub fn append(file: File) -> Self {
        Self { file: Mutex::new((file, false)), witness: None }
    }

    /// Keeps one entry. It is on the disk when this returns.
    pub fn keep(&self, entry: &WriteEntry) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = file.0.metadata()?.len();
        if file.1 {
            return Err(std::io::Error::other("an entry before this one could not be kept"));
        }
        let kept = file.0.write_all(&line).and_then(|()| file.0.sync_data());
        if kept.is_err() && file.0.set_len(whole).is_err() {
            // Half a line stays; whatever came after it could not be read.
            file.1 = true;
        }
        kept
    }

    /// Keeps an entry on disk, away from the threads that others wait for, and then with whoever is told of it.
    pub(super) async fn keep_everywhere(self: &Arc<Self>, entry: WriteEntry) -> std::io::Result<()> {
        let (record, told) = (Arc::clone(self), self.witness.as_ref().map(|witness| (witness, entry.clone())));
        let kept = tokio::task::spawn_blocking(move || record.keep(&entry)).await;
        kept.unwrap_or_else(|fault| Err(std::io::Error::other(fault.to_string())))?;
        match told {
            Some((witness, entry)) => witness.saw(&entry).await,
            None => Ok(()),
        }
    }

    /// Says of an intent that could not be kept everywhere that nothing was sent.
    pub(super) fn keep_not_sent(&self, n: u32, channel: String, message: String) -> std::io::Result<()> {
        self.keep(&WriteEntry::Outcome {
            n,
            at: jiff::Timestamp::now(),
            outcome: WriteOutcome::Refused,
            channel,
            refusal: Some(Refusal::NotRecorded),
            message,
            readback: None,
        })
    }

    /// Reads a record. A last line that a crash cut off is left out: it was not kept, so it was not acted on.
    pub fn read(path: &Path) -> std::io::Result<Vec<WriteEntry>> {
        let text = std::fs::read(path)?;
        let mut entries = Vec::new();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if line.last() != Some(&b'\n') {
                break;
            }
            match serde_json::from_slice(line) {
                Ok(entry) => entries.push(entry),
                Err(error) => return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, error)),
            }
        }
        Ok(entries)
    }
}

/// One write as a record tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeWrite {
    /// Counted from 1.
    pub n: u32,
    /// What was done.
    pub operation: Operation,
    /// Where.
    pub channel: Channel,
    /// What it held.
    pub before: Option<Value>,
    /// What was written.
    pub value: Value,
    /// The write that it takes back.
    pub takes_back: Option<u32>,
    /// How it ended; [`WriteOutcome::Unknown`] where a crash came before the outcome.
    pub outcome: WriteOutcome,
    /// What was read back.
    pub readback: Option<Value>,
    /// For people.
    pub message: String,
}

/// The writes that were sent, in their order.
#[must_use]
pub fn made(entries: &[WriteEntry]) -> Vec<MadeWrite> {
    let mut writes: Vec<MadeWrite> = Vec::new();
    for entry in entries {
        match entry {
            WriteEntry::Intent { n, operation, channel, before, value, takes_back, .. } => writes.push(MadeWrite {
                n: *n,
                operation: *operation,
                channel: channel.clone(),
                before: before.clone(),
                value: value.clone(),
                takes_back: *takes_back,
                outcome: WriteOutcome::Unknown,
                readback: None,
                message: "the execution ended before its outcome was kept".to_owned(),
            }),
            // Refusals have numbers of their own, but for an intent that could not be kept everywhere.
            WriteEntry::Outcome { n, refusal: Some(_), .. } => writes.retain(|write| write.n != *n),
            WriteEntry::Outcome { n, outcome, message, readback, refusal: None, .. } => {
                if let Some(write) = writes.iter_mut().find(|write| write.n == *n) {
                    write.outcome = *outcome;
                    write.message.clone_from(message);
                    write.readback.clone_from(readback);
                }
            }
            _ => {}
        }
    }
    writes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Protocol;

    fn intent(n: u32) -> WriteEntry {
        WriteEntry::Intent {
            n,
            at: jiff::Timestamp::UNIX_EPOCH,
            operation: Operation::Write,
            channel: Channel::parse(Protocol::Ca, "X:SP").unwrap(),
            before: Some(Value::Float(1.0)),
            value: Value::Float(2.0),
            line: Some(4),
            planned: Some(n),
            takes_back: None,
        }
    }

    #[test]
    fn an_intent_without_an_outcome_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writes.jsonl");
        let record = WriteRecord::create(&path).unwrap();
        assert!(WriteRecord::create(&path).is_err(), "a record is never written over");
        record.keep(&intent(1)).unwrap();
        record
            .keep(&WriteEntry::Outcome {
                n: 1,
                at: jiff::Timestamp::UNIX_EPOCH,
                outcome: WriteOutcome::Confirmed,
                channel: "X:SP".to_owned(),
                refusal: None,
                message: String::new(),
                readback: Some(Value::Float(2.0)),
            })
            .unwrap();
        record.keep(&intent(2)).unwrap();
        let outcomes: Vec<_> = made(&WriteRecord::read(&path).unwrap()).iter().map(|write| write.outcome).collect();
        assert_eq!(outcomes, [WriteOutcome::Confirmed, WriteOutcome::Unknown]);
    }

    #[test]
    fn a_line_that_was_cut_off_was_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writes.jsonl");
        WriteRecord::create(&path).unwrap().keep(&intent(1)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(WriteRecord::read(&path).unwrap(), [], "{length}");
        }
        std::fs::write(&path, b"nonsense\n").unwrap();
        assert!(WriteRecord::read(&path).is_err());
    }
}

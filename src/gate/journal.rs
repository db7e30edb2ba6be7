//! The journal: every host call of an execution with its reply, in order, and the clock readings that the program took.
//!
//! `journal.jsonl.zst` is JSON lines, compressed: a head, a line for each call, and a tail with the readings. A journal that
//! was cut off by a crash can be read as far as it goes.

use std::io::{BufRead, BufReader, Read, Write};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::backend::{HostCall, HostCallError, HostCalls, HostReply, Readings};
use crate::execution::ExecutionId;

/// Version of the file's form.
const VERSION: u32 = 1;
/// Bytes of calls and replies that one journal keeps.
const MAX_BYTES: u64 = 1 << 30;
/// Longest line that is read back: a frame in base 64, and its header.
const MAX_LINE: u64 = 128 << 20;
/// How hard it is compressed: fast.
const LEVEL: i32 = 1;

/// A journal that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It is no journal of ours.
    #[error("line {line} is no line of a journal: {reason}")]
    Malformed {
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    journal: u32,
    execution: ExecutionId,
}

/// One call and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counted from 1.
    pub n: u64,
    /// The call's name.
    pub call: String,
    /// Its arguments.
    pub args: Map<String, Json>,
    /// Its bulk, in base 64.
    #[serde(default, skip_serializing_if = "String::is_empty", rename = "in")]
    pub sent: String,
    /// What it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// The answer's bulk, in base 64.
    #[serde(default, skip_serializing_if = "String::is_empty", rename = "out")]
    pub bulk: String,
    /// Why it was not answered: kind, message and finer code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<(String, String, Option<String>)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Tail {
    end: bool,
    readings: String,
    incomplete: bool,
}

/// Writes a journal while the execution runs.
pub struct JournalWriter {
    out: zstd::stream::write::Encoder<'static, Box<dyn Write + Send>>,
    calls: u64,
    bytes: u64,
    /// The first thing that could not be written; nothing is written after it.
    failed: Option<String>,
}

impl std::fmt::Debug for JournalWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JournalWriter").field("calls", &self.calls).finish_non_exhaustive()
    }
}

impl JournalWriter {
    /// Starts a journal.
    pub fn start(out: Box<dyn Write + Send>, execution: ExecutionId) -> std::io::Result<Self> {
        let mut writer = Self { out: zstd::stream::write::Encoder::new(out, LEVEL)?, calls: 0, bytes: 0, failed: None };
        writer.line(&Head { journal: VERSION, execution })?;
        Ok(writer)
    }

    fn line(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.bytes += text.len() as u64;
        self.out.write_all(&text)
    }

    /// Records one call. What cannot be written is told by [`JournalWriter::finish`].
    fn record(&mut self, call: (String, Map<String, Json>, String), reply: &Result<HostReply, HostCallError>) {
        self.calls += 1;
        if self.failed.is_some() {
            return;
        }
        if self.bytes > MAX_BYTES {
            self.failed = Some(format!("the journal would be larger than {MAX_BYTES} bytes"));
            return;
        }
        let (call, args, sent) = call;
        let (value, bulk, error) = match reply {
            Ok(reply) => (Some(reply.value.clone()), STANDARD.encode(&reply.payload), None),
            Err(error) => {
                (None, String::new(), Some((error.kind.clone(), error.message.clone(), error.reason.clone())))
            }
        };
        let entry = Entry { n: self.calls, call, args, sent, value, bulk, error };
        if let Err(error) = self.line(&entry) {
            self.failed = Some(error.to_string());
        }
    }

    /// Ends the journal; `Some`: what is missing from it.
    pub fn finish(mut self, readings: &Readings) -> std::io::Result<Option<String>> {
        let tail = Tail { end: true, readings: STANDARD.encode(&readings.bytes), incomplete: readings.incomplete };
        let missing = self.failed.take();
        if missing.is_none() {
            self.line(&tail)?;
        }
        self.out.finish()?.flush()?;
        Ok(missing
            .or_else(|| readings.incomplete.then(|| "the program read the clock more often than is kept".to_owned())))
    }
}

/// A journal, read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// Whose it is.
    pub execution: ExecutionId,
    /// The calls in their order.
    pub entries: Vec<Entry>,
    /// The clock readings, packed.
    pub readings: Vec<u8>,
    /// Whether everything that happened is in it.
    pub complete: bool,
}

impl Journal {
    /// Reads a compressed journal.
    pub fn read(input: impl Read) -> Result<Self, JournalError> {
        let mut lines = BufReader::new(zstd::stream::read::Decoder::new(input)?);
        let mut number = 0;
        let head = next(&mut lines, &mut number)?.ok_or_else(|| malformed(1, "it is empty"))?;
        let head: Head = parse(&head, number)?;
        if head.journal != VERSION {
            return Err(malformed(1, "it is of another version"));
        }
        let mut journal =
            Self { execution: head.execution, entries: Vec::new(), readings: Vec::new(), complete: false };
        // A cut-off stream is an error of the decompressor; what came before it is still true.
        while let Ok(Some(line)) = next(&mut lines, &mut number) {
            if line.starts_with(b"{\"end\"") {
                let tail: Tail = parse(&line, number)?;
                journal.readings =
                    STANDARD.decode(tail.readings).map_err(|error| malformed(number, &error.to_string()))?;
                journal.complete = !tail.incomplete;
                break;
            }
            journal.entries.push(parse(&line, number)?);
        }
        Ok(journal)
    }
}

fn malformed(line: u64, reason: &str) -> JournalError {
    JournalError::Malformed { line, reason: reason.to_owned() }
}

fn parse<T: serde::de::DeserializeOwned>(line: &[u8], number: u64) -> Result<T, JournalError> {
    serde_json::from_slice(line).map_err(|error| malformed(number, &error.to_string()))
}

fn next(lines: &mut impl BufRead, number: &mut u64) -> Result<Option<Vec<u8>>, JournalError> {
    let mut line = Vec::new();
    *number += 1;
    let length = lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    Ok((length > 0 && line.last() == Some(&b'\n')).then_some(line))
}

/// Host calls that are written down. Shared: whoever made it takes the journal when the execution is over.
pub struct Journaled {
    inner: Box<dyn HostCalls>,
    journal: std::sync::Arc<std::sync::Mutex<Option<JournalWriter>>>,
}

impl std::fmt::Debug for Journaled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journaled").finish_non_exhaustive()
    }
}

impl Journaled {
    /// Writes down what `inner` is asked and answers.
    #[must_use]
    pub fn new(inner: Box<dyn HostCalls>, journal: std::sync::Arc<std::sync::Mutex<Option<JournalWriter>>>) -> Self {
        Self { inner, journal }
    }
}

#[async_trait]
impl HostCalls for Journaled {
    async fn call(&mut self, call: HostCall) -> Result<HostReply, HostCallError> {
        let kept = (call.name.clone(), call.arguments.clone(), STANDARD.encode(&call.payload));
        let reply = self.inner.call(call).await;
        let mut journal = self.journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(journal) = journal.as_mut() {
            journal.record(kept, &reply);
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NoHostCalls;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written() -> Vec<u8> {
        let kept = Kept::default();
        let writer = JournalWriter::start(Box::new(kept.clone()), ExecutionId::from_parts(1, 2)).unwrap();
        let journal = Arc::new(Mutex::new(Some(writer)));
        let mut calls = Journaled::new(Box::new(NoHostCalls), Arc::clone(&journal));
        for _ in 0..3 {
            let call = HostCall { name: "control.read".to_owned(), arguments: Map::new(), payload: vec![1, 2, 3] };
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(calls.call(call)).unwrap_err();
        }
        let readings = Readings { bytes: vec![9, 8], incomplete: false };
        assert_eq!(journal.lock().unwrap().take().unwrap().finish(&readings).unwrap(), None);
        kept.0.lock().unwrap().clone()
    }

    #[test]
    fn a_journal_comes_back_as_it_was_written() {
        let journal = Journal::read(&written()[..]).unwrap();
        assert!(journal.complete);
        assert_eq!((journal.entries.len(), journal.readings.as_slice()), (3, &[9u8, 8][..]));
        assert_eq!(journal.entries[2].n, 3);
        assert_eq!(journal.entries[0].error.as_ref().unwrap().0, "UnknownHostCall");
    }

    #[test]
    fn a_journal_that_was_cut_off_is_read_as_far_as_it_goes() {
        let bytes = written();
        for length in 0..bytes.len() {
            if let Ok(journal) = Journal::read(&bytes[..length]) {
                assert!(!journal.complete, "{length}");
            }
        }
    }

    #[test]
    fn garbage_is_no_journal() {
        for bytes in [&b""[..], b"hello", b"\x28\xb5\x2f\xfd"] {
            assert!(Journal::read(bytes).is_err());
        }
        let other = zstd::stream::encode_all(&b"{\"x\":1}\n"[..], 1).unwrap();
        assert!(matches!(Journal::read(&other[..]), Err(JournalError::Malformed { line: 1, .. })));
    }
}

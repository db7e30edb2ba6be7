//! [`Verifier`]: takes the entries one by one, in the order in which they are stored, and says what is wrong with which.
//!
//! It keeps the end of the chain, one number for each execution, and the checkpoints; never the entries.

use std::collections::{BTreeMap, HashMap};

use super::entry::link;
use super::{CHECKPOINT_EVERY, Checkpoint, Entry, EntryBody, Fault, Faults, PublicKey, Wrong};
use crate::approval::Digest;
use crate::execution::ExecutionId;

/// An entry as it was found, however damaged.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// Its place.
    pub seq: i64,
    /// The digest of the entry before it.
    pub previous: &'a [u8],
    /// Its digest.
    pub digest: &'a [u8],
    /// What happened.
    pub text: &'a [u8],
    /// What a database says besides.
    pub columns: Option<Columns<'a>>,
}

/// What a database repeats from the text, to find entries by.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// Whose event.
    pub execution: Option<&'a [u8]>,
    /// The how-manieth.
    pub version: i64,
    /// What happened.
    pub kind: &'a [u8],
    /// When.
    pub time: &'a [u8],
}

impl<'a> From<&'a Entry> for Stored<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            seq: i64::try_from(entry.seq).unwrap_or(i64::MAX),
            previous: entry.previous.as_str().as_bytes(),
            digest: entry.digest.as_str().as_bytes(),
            text: entry.text.as_bytes(),
            columns: None,
        }
    }
}

/// What is known of a ledger from elsewhere: that this entry had this digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The place of the entry.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest,
    /// From where this is known, for people: `the checkpoint of 2026-01-09T12:00:00Z in kept.jsonl`.
    pub source: String,
}

/// What to hold a ledger against.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The keys that may have signed. None: any, and [`Verified::keys`] says which did.
    pub keys: Vec<PublicKey>,
    /// What is known from elsewhere.
    pub anchors: Vec<Anchor>,
}

/// A ledger that is what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// How many executions they are about.
    pub executions: u64,
    /// The digest of the last; 64 zeros when there is none.
    pub head: Digest,
    /// The last checkpoint. What comes after it is chained, but not signed.
    pub checkpoint: Option<Checkpoint>,
    /// Who signed, in the order of their first checkpoint.
    pub keys: Vec<PublicKey>,
}

/// Checks a ledger, entry by entry.
#[derive(Debug)]
pub struct Verifier {
    trust: Trust,
    /// What is to be held against entries that are still to come.
    checkpoints: BTreeMap<u64, Vec<Checkpoint>>,
    anchors: BTreeMap<u64, Vec<Anchor>>,
    /// The last place.
    last: i64,
    /// What the next entry may call `previous`: the digest of the last, as stored and as it should be. `None`: unknown,
    /// because entries are missing.
    heads: Option<[Vec<u8>; 2]>,
    versions: HashMap<ExecutionId, u32>,
    /// The last place that a good checkpoint signed.
    signed: i64,
    checkpoint: Option<Checkpoint>,
    keys: Vec<PublicKey>,
    faults: Faults,
}

type About = Option<(Option<String>, String)>;

impl Verifier {
    /// A check that begins.
    #[must_use]
    pub fn new(mut trust: Trust) -> Self {
        let mut anchors: BTreeMap<u64, Vec<Anchor>> = BTreeMap::new();
        for anchor in trust.anchors.drain(..) {
            anchors.entry(anchor.seq).or_default().push(anchor);
        }
        let start = super::Head::start().digest.as_str().as_bytes().to_vec();
        let mut verifier = Self {
            trust,
            checkpoints: BTreeMap::new(),
            anchors,
            last: 0,
            heads: Some([start.clone(), start]),
            versions: HashMap::new(),
            signed: 0,
            checkpoint: None,
            keys: Vec::new(),
            faults: Faults::default(),
        };
        verifier.hold_against_anchors(0, None);
        verifier
    }

    fn fault(&mut self, entry: i64, about: &About, wrong: Wrong) {
        self.faults.push(Fault { entry: Some(entry), about: about.clone(), wrong });
    }

    /// Notes what is wrong with the ledger as a whole.
    pub fn note(&mut self, wrong: Wrong) {
        self.faults.push(Fault { entry: None, about: None, wrong });
    }

    /// Takes a checkpoint: before its entry, or right after it.
    pub fn checkpoint(&mut self, checkpoint: Checkpoint) {
        let seq = i64::try_from(checkpoint.seq).unwrap_or(i64::MAX);
        let time = checkpoint.time.clone();
        if !checkpoint.is_signed() {
            self.fault(seq, &None, Wrong::Signature { time });
        } else if !self.trust.keys.is_empty() && !self.trust.keys.contains(&checkpoint.key) {
            self.fault(seq, &None, Wrong::ForeignKey { time, key: checkpoint.key });
        } else if seq > self.last {
            self.checkpoints.entry(checkpoint.seq).or_default().push(checkpoint);
        } else if seq == self.last {
            self.hold_against_checkpoint(checkpoint, &None);
        } else {
            self.fault(seq, &None, Wrong::Order { expected: self.last.saturating_add(1) });
        }
    }

    fn is_head(&self, digest: &Digest) -> bool {
        self.heads.as_ref().is_none_or(|heads| heads.iter().any(|head| head == digest.as_str().as_bytes()))
    }

    fn hold_against_checkpoint(&mut self, checkpoint: Checkpoint, about: &About) {
        if self.is_head(&checkpoint.digest) {
            self.signed = self.last;
            if !self.keys.contains(&checkpoint.key) {
                self.keys.push(checkpoint.key);
            }
            self.checkpoint = Some(checkpoint);
        } else {
            self.fault(self.last, about, Wrong::Checkpoint { time: checkpoint.time });
        }
    }

    fn hold_against_anchors(&mut self, seq: u64, about: Option<&About>) {
        for anchor in self.anchors.remove(&seq).unwrap_or_default() {
            if !self.is_head(&anchor.digest) {
                let wrong = Wrong::Against { source_name: anchor.source };
                self.fault(self.last, about.unwrap_or(&None), wrong);
            }
        }
    }

    /// Whether the last entry should have a checkpoint and has none.
    fn check_signed(&mut self) {
        let due = u64::try_from(self.last).is_ok_and(|last| last > 0 && last % CHECKPOINT_EVERY == 0);
        if due && self.signed != self.last {
            self.fault(self.last, &None, Wrong::Unsigned);
        }
    }

    /// Takes the next entry.
    pub fn entry(&mut self, stored: &Stored<'_>) {
        let body = serde_json::from_slice::<EntryBody>(stored.text);
        let about: About = match (&body, &stored.columns) {
            (Ok(body), _) => Some((body.execution.map(|id| id.to_string()), body.kind.clone())),
            (Err(_), Some(columns)) => Some((columns.execution.map(lossy), lossy(columns.kind))),
            (Err(_), None) => None,
        };
        // A place beyond all numbers can only be a forger's.
        let expected = self.last.saturating_add(1);
        if stored.seq < expected {
            return self.fault(stored.seq, &about, Wrong::Order { expected });
        }
        self.check_signed();
        if stored.seq > expected {
            self.fault(expected, &None, Wrong::Missing { from: expected, to: stored.seq - 1 });
            self.heads = None;
            // What is known of the missing ones cannot be held against them; that they are missing is told.
            let here = u64::try_from(stored.seq).unwrap_or(0);
            self.checkpoints = self.checkpoints.split_off(&here);
            self.anchors = self.anchors.split_off(&here);
        }
        self.last = stored.seq;

        let digest = link(stored.previous, stored.text).into_bytes();
        if digest != stored.digest {
            self.fault(stored.seq, &about, Wrong::Text);
        }
        if self.heads.as_ref().is_some_and(|heads| heads.iter().all(|head| head != stored.previous)) {
            self.fault(stored.seq, &about, Wrong::Link { after: stored.seq - 1 });
        }
        self.heads = Some([digest, stored.digest.to_vec()]);
        match body {
            Ok(body) => self.read(stored, &body, &about),
            Err(error) => self.fault(stored.seq, &about, Wrong::Unreadable(error.to_string())),
        }
        let seq = u64::try_from(stored.seq).unwrap_or(0);
        for checkpoint in self.checkpoints.remove(&seq).unwrap_or_default() {
            self.hold_against_checkpoint(checkpoint, &about);
        }
        self.hold_against_anchors(seq, Some(&about));
    }

    /// Holds what the text says against the entry's place and columns.
    fn read(&mut self, stored: &Stored<'_>, body: &EntryBody, about: &About) {
        let seq = stored.seq;
        if i64::try_from(body.seq) != Ok(seq) {
            self.fault(seq, about, Wrong::OtherSeq(body.seq));
        }
        let expected = match body.execution {
            Some(id) => {
                let count = self.versions.entry(id).or_insert(0);
                let expected = count.saturating_add(1);
                *count = body.version;
                expected
            }
            None => 0,
        };
        if body.version != expected {
            self.fault(seq, about, Wrong::Version { expected, found: body.version });
        }
        let Some(columns) = &stored.columns else { return };
        let execution = body.execution.map(|id| id.to_string());
        let mut compare = |column: &'static str, expected: &str, found: &[u8]| {
            if expected.as_bytes() != found {
                let wrong = Wrong::Column { column, expected: shortened(expected.as_bytes()), found: shortened(found) };
                self.fault(seq, about, wrong);
            }
        };
        compare("execution", execution.as_deref().unwrap_or(""), columns.execution.unwrap_or(b""));
        compare("version", &body.version.to_string(), columns.version.to_string().as_bytes());
        compare("kind", &body.kind, columns.kind);
        compare("time", &body.time.to_string(), columns.time);
    }

    /// Takes what a database says of an execution: how many events it has. To be called after the last entry.
    pub fn counted(&mut self, execution: &str, events: i64) {
        let found = execution.parse().ok().and_then(|id| self.versions.get(&id).copied()).unwrap_or(0);
        if i64::from(found) != events {
            self.note(Wrong::Count { execution: execution.to_owned(), expected: events, found });
        }
    }

    /// How many executions the entries so far are about.
    #[must_use]
    pub fn executions(&self) -> u64 {
        self.versions.len() as u64
    }

    /// The end: what was to come and did not is missing.
    pub fn finish(mut self) -> Result<Verified, Faults> {
        self.check_signed();
        let end = self.last;
        let checkpoints = std::mem::take(&mut self.checkpoints).into_values().flatten();
        let signed = checkpoints.map(|known| (known.seq, format!("the checkpoint of {}", known.time)));
        let anchors = std::mem::take(&mut self.anchors).into_values().flatten();
        let missing: Vec<_> = signed.chain(anchors.map(|known| (known.seq, known.source))).collect();
        for (seq, known_by) in missing {
            self.fault(end.saturating_add(1), &None, Wrong::Truncated { end, seq, known_by });
        }
        if self.faults.count() > 0 {
            return Err(self.faults);
        }
        let [digest, _] = self.heads.unwrap_or_default();
        Ok(Verified {
            entries: u64::try_from(self.last).unwrap_or(0),
            executions: self.versions.len() as u64,
            head: Digest::parse(&lossy(&digest)).unwrap_or_else(|| super::Head::start().digest),
            checkpoint: self.checkpoint,
            keys: self.keys,
        })
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn shortened(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(80).collect()
}

/// Checks a whole ledger at once.
pub fn verify<'a>(
    entries: impl IntoIterator<Item = Stored<'a>>,
    checkpoints: impl IntoIterator<Item = Checkpoint>,
    trust: Trust,
) -> Result<Verified, Faults> {
    let mut verifier = Verifier::new(trust);
    for checkpoint in checkpoints {
        verifier.checkpoint(checkpoint);
    }
    for stored in entries {
        verifier.entry(&stored);
    }
    verifier.finish()
}

//! The export: the ledger as JSON lines, which verify anywhere, without the database.
//!
//! A header; then each entry as `{"previous", "digest", "text"}`, in order; after an entry its checkpoints as
//! `{"checkpoint": {…}}`.

use std::io::{BufRead, Read as _};

use serde::{Deserialize, Serialize};

use super::{Anchor, Checkpoint, Entry, PublicKey, Stored, Trust, Verified, Verifier, Wrong};
use super::{Faults, fault::Fault};
use crate::approval::Digest;

/// The format that is written here.
const VERSION: u32 = 1;

/// Longest line, bytes: twice the longest entry, since its text is escaped once more.
const MAX_LINE: u64 = 40 << 20;

/// The first line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHeader {
    /// The version of the format; 1.
    pub aerie_ledger: u32,
    /// The public key by which the ledger was signed last.
    pub key: PublicKey,
    /// How many entries follow.
    pub entries: u64,
}

impl ExportHeader {
    /// The header for this many entries.
    #[must_use]
    pub fn new(key: PublicKey, entries: u64) -> Self {
        Self { aerie_ledger: VERSION, key, entries }
    }
}

/// Any other line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum ExportLine {
    /// An entry. Its place is its line's.
    Entry {
        /// The digest of the entry before it.
        previous: String,
        /// Its digest.
        digest: String,
        /// What happened, verbatim.
        text: String,
    },
    /// A checkpoint for the entry before it.
    Checkpoint {
        /// It.
        checkpoint: Checkpoint,
    },
}

impl From<Entry> for ExportLine {
    fn from(entry: Entry) -> Self {
        Self::Entry {
            previous: entry.previous.as_str().to_owned(),
            digest: entry.digest.as_str().to_owned(),
            text: entry.text,
        }
    }
}

/// Reads lines, none longer than [`MAX_LINE`].
struct Lines<R> {
    reader: R,
    line: u64,
    text: String,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader, line: 0, text: String::new() }
    }

    /// The next line without its end; `None` after the last.
    fn next(&mut self) -> Result<Option<&str>, Faults> {
        self.text.clear();
        self.line += 1;
        let read = self.reader.by_ref().take(MAX_LINE).read_line(&mut self.text);
        let read = read.map_err(|error| wrong(self.line, error.to_string()))?;
        match self.text.strip_suffix('\n') {
            _ if read == 0 => Ok(None),
            Some(line) => Ok(Some(line)),
            None => Err(wrong(self.line, "it was cut off, or is longer than any that Aerie writes".to_owned())),
        }
    }
}

fn wrong(line: u64, reason: String) -> Faults {
    let mut faults = Faults::default();
    faults.push(Fault { entry: None, about: None, wrong: Wrong::Line { line, reason } });
    faults
}

/// Checks an export. With no trusted keys, that of its header is taken: compare [`Verified::keys`] with the one you know.
pub fn verify_export(reader: impl BufRead, trust: Trust) -> Result<Verified, Faults> {
    let mut lines = Lines::new(reader);
    let Some(first) = lines.next()? else { return Err(wrong(1, "the file is empty".to_owned())) };
    let header: ExportHeader =
        serde_json::from_str(first).map_err(|error| wrong(1, format!("this is no export of a ledger: {error}")))?;
    entries_of_export(lines, &header, trust)
}

fn entries_of_export<R: BufRead>(
    mut lines: Lines<R>,
    header: &ExportHeader,
    mut trust: Trust,
) -> Result<Verified, Faults> {
    if header.aerie_ledger != VERSION {
        let reason = format!("its format is version {}; this program reads version {VERSION}", header.aerie_ledger);
        return Err(wrong(1, reason));
    }
    if trust.keys.is_empty() {
        trust.keys.push(header.key);
    }
    let mut verifier = Verifier::new(trust);
    let mut seq = 0i64;
    while let Some(text) = lines.next()? {
        match serde_json::from_str(text) {
            Ok(ExportLine::Entry { previous, digest, text }) => {
                seq += 1;
                verifier.entry(&Stored {
                    seq,
                    previous: previous.as_bytes(),
                    digest: digest.as_bytes(),
                    text: text.as_bytes(),
                    columns: None,
                });
            }
            Ok(ExportLine::Checkpoint { checkpoint }) => verifier.checkpoint(checkpoint),
            Err(_) => {
                let reason = format!("it is neither an entry nor a checkpoint; entry {} was to come", seq + 1);
                verifier.note(Wrong::Line { line: lines.line, reason });
            }
        }
    }
    let found = u64::try_from(seq).unwrap_or(0);
    if found != header.entries {
        verifier.note(Wrong::Line {
            line: 1,
            reason: format!("it promises {} entries; there are {found}", header.entries),
        });
    }
    verifier.finish()
}

/// What a file that was kept elsewhere knows of a ledger: an earlier export, or lines with one checkpoint each. `source`
/// names it for people. Trusted keys are those of `keys`; none: any.
pub fn read_against(reader: impl BufRead, source: &str, keys: &[PublicKey]) -> Result<Vec<Anchor>, Faults> {
    let mut lines = Lines::new(reader);
    let Some(first) = lines.next()? else { return Err(wrong(1, format!("{source} is empty"))) };
    if let Ok(header) = serde_json::from_str::<ExportHeader>(first) {
        let verified = entries_of_export(lines, &header, Trust { keys: keys.to_vec(), anchors: Vec::new() })?;
        let source = format!("the export {source}");
        return Ok(vec![Anchor { seq: verified.entries, digest: verified.head, source }]);
    }
    let mut anchors = Vec::new();
    let mut line = Some(first.to_owned());
    while let Some(text) = line {
        let checkpoint: Checkpoint = serde_json::from_str(&text)
            .map_err(|_| wrong(lines.line, format!("{source} is neither an export nor a list of checkpoints")))?;
        if !checkpoint.is_signed() || !(keys.is_empty() || keys.contains(&checkpoint.key)) {
            return Err(wrong(lines.line, format!("the signature in {source} does not hold, or is by another key")));
        }
        anchors.push(anchor(&checkpoint, source));
        line = lines.next()?.map(str::to_owned);
    }
    Ok(anchors)
}

fn anchor(checkpoint: &Checkpoint, source: &str) -> Anchor {
    let digest: Digest = checkpoint.digest.clone();
    Anchor { seq: checkpoint.seq, digest, source: format!("the checkpoint of {} in {source}", checkpoint.time) }
}

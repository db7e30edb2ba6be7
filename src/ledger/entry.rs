//! [`Entry`]: one event of one execution, or a note of the store, chained to the one before it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::approval::{Digest, hexadecimal};
use crate::execution::ExecutionId;

/// What the text of an entry says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryBody {
    /// Its place, counted from 1.
    pub seq: u64,
    /// When it was written, by the clock of its host. Clocks may jump back: the order is `seq` alone.
    pub time: Timestamp,
    /// Whose event it is. `None`: a note of the store itself.
    pub execution: Option<ExecutionId>,
    /// The how-manieth event of that execution, counted from 1; 0 for a note.
    pub version: u32,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// The rest, as the kind has it.
    pub body: Value,
}

/// One entry as it is kept. `text` is the JSON of an [`EntryBody`], and its bytes are what counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place, counted from 1, without gaps.
    pub seq: u64,
    /// The digest of the entry before it; 64 zeros for the first.
    pub previous: Digest,
    /// SHA-256 of the 64 digits of `previous`, a line feed, and `text`.
    pub digest: Digest,
    /// What happened, verbatim.
    pub text: String,
}

/// The end of the chain, to which the next entry is tied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The place of the last entry; 0 when there is none.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest,
}

/// The digest of an entry.
pub(super) fn link(previous: &[u8], text: &[u8]) -> String {
    hexadecimal(&Sha256::new().chain_update(previous).chain_update(b"\n").chain_update(text).finalize())
}

impl Head {
    /// The end of a chain that has not begun.
    #[must_use]
    pub fn start() -> Self {
        Self { seq: 0, digest: Digest::parse(&"0".repeat(64)).unwrap_or_else(|| Digest::of(b"")) }
    }

    /// Makes the next entry and moves to it. `body.seq` is set here.
    pub fn extend(&mut self, mut body: EntryBody) -> Result<Entry, serde_json::Error> {
        let seq = self.seq + 1;
        body.seq = seq;
        let text = serde_json::to_string(&body)?;
        let digest = Digest::parse(&link(self.digest.as_str().as_bytes(), text.as_bytes()));
        // 32 bytes are 64 digits.
        let digest = digest.unwrap_or_else(|| Digest::of(b""));
        let previous = std::mem::replace(self, Self { seq, digest: digest.clone() }).digest;
        Ok(Entry { seq, previous, digest, text })
    }
}

impl Entry {
    /// What its text says.
    pub fn read(&self) -> Result<EntryBody, serde_json::Error> {
        serde_json::from_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(body: Value) -> EntryBody {
        let time = "2026-01-09T12:00:00.5Z".parse().unwrap();
        EntryBody { seq: 0, time, execution: None, version: 0, kind: "note".into(), actor: "me".into(), body }
    }

    #[test]
    fn an_entry_is_tied_to_the_one_before_it_by_the_documented_digest() {
        let mut head = Head::start();
        let first = head.extend(body(Value::Null)).unwrap();
        let second = head.extend(body("two".into())).unwrap();
        assert_eq!(first.previous.as_str(), "0".repeat(64));
        assert_eq!(second.previous, first.digest);
        assert_eq!(second.digest, Digest::of(format!("{}\n{}", first.digest, second.text).as_bytes()));
        assert_eq!(
            first.text,
            r#"{"seq":1,"time":"2026-01-09T12:00:00.5Z","execution":null,"version":0,"kind":"note","actor":"me","body":null}"#
        );
        assert_eq!((head.seq, &head.digest), (2, &second.digest));
        assert_eq!(second.read().unwrap().body, "two");
    }

    #[test]
    fn the_text_of_an_entry_is_one_line_whatever_it_holds() {
        let hostile = "a\nb\r\0\u{2028}\u{85}\"\\ud800";
        let entry = Head::start().extend(body(hostile.into())).unwrap();
        assert!(entry.text.bytes().all(|byte| byte >= 0x20));
        assert_eq!(entry.read().unwrap().body, hostile);
    }
}

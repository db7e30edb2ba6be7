//! [`Fault`]: one thing that is wrong with a ledger, and which entry it is about.

use std::fmt;

use super::PublicKey;
use crate::error::{Coded, ErrorCode};

/// As many faults are told; the rest is counted.
const MOST: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The entry; `None`: the ledger as a whole.
    pub entry: Option<i64>,
    /// Whose event the entry says it is, and of what kind.
    pub about: Option<(Option<String>, String)>,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Text, `previous` or digest were changed.
    #[error("its text is not what its digest says")]
    Text,
    /// The entry before it is another one than when it was written.
    #[error("it does not follow entry {after}: an entry was changed, exchanged or inserted")]
    Link {
        /// The entry before it.
        after: i64,
    },
    /// Entries are gone.
    #[error("it is missing{}", if *to > *from { format!(", as are all up to entry {to}") } else { String::new() })]
    Missing {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// There is no such place, or it was taken.
    #[error("it was inserted or moved: entry {expected} was to come here")]
    Order {
        /// What was to come.
        expected: i64,
    },
    /// The text is no entry's.
    #[error("its text cannot be read: {0}")]
    Unreadable(String),
    /// The text is another entry's.
    #[error("its text says that it is entry {0}")]
    OtherSeq(u64),
    /// An event of the execution is missing or there twice.
    #[error("it says that it is event {found} of its execution; event {expected} was to come")]
    Version {
        /// What was to come.
        expected: u32,
        /// What came.
        found: u32,
    },
    /// The database's columns were changed.
    #[error("its column `{column}` says `{found}`, its text `{expected}`")]
    Column {
        /// Which.
        column: &'static str,
        /// What the text says.
        expected: String,
        /// What the column says.
        found: String,
    },
    /// A checkpoint is for another entry than the one that is there.
    #[error("it is not the entry that the checkpoint of {time} signed")]
    Checkpoint {
        /// When it was signed.
        time: String,
    },
    /// A checkpoint was changed.
    #[error("the signature of its checkpoint of {time} does not hold")]
    Signature {
        /// When it says that it was signed.
        time: String,
    },
    /// A checkpoint is somebody else's.
    #[error("its checkpoint of {time} is signed by another key, {key}; if that was your key then, name it as well")]
    ForeignKey {
        /// When it says that it was signed.
        time: String,
        /// By whom.
        key: PublicKey,
    },
    /// A checkpoint is gone.
    #[error("it has no checkpoint, which every {}th entry has", super::CHECKPOINT_EVERY)]
    Unsigned,
    /// Something that was kept elsewhere is for another entry.
    #[error("it is not the entry that {source_name} knows: the ledger was rewritten, or is another one")]
    Against {
        /// What was kept.
        source_name: String,
    },
    /// The ledger is shorter than it was.
    #[error("it is missing: the ledger ends at entry {end}, but {known_by} is about entry {seq}")]
    Truncated {
        /// The last entry that is there.
        end: i64,
        /// The entry that was there.
        seq: u64,
        /// Who knows.
        known_by: String,
    },
    /// The database counts other events for an execution than the ledger has.
    #[error("the database says that {execution} has {expected} events; the ledger has {found}")]
    Count {
        /// The execution.
        execution: String,
        /// What the database says.
        expected: i64,
        /// What there are.
        found: u32,
    },
    /// A line of an export or a file of checkpoints cannot be read.
    #[error("line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// The database file itself is damaged.
    #[error("the database is damaged: {0}")]
    Database(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.entry, &self.about) {
            (Some(entry), Some((Some(execution), kind))) => write!(f, "entry {entry} ({execution}, {kind}): ")?,
            (Some(entry), Some((None, kind))) => write!(f, "entry {entry} ({kind}): ")?,
            (Some(entry), None) => write!(f, "entry {entry}: ")?,
            (None, _) => {}
        }
        fmt::Display::fmt(&self.wrong, f)
    }
}

/// Everything that is wrong with a ledger, at most a hundred faults of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    list: Vec<Fault>,
    more: u64,
}

impl Faults {
    pub(super) fn push(&mut self, fault: Fault) {
        if self.list.len() < MOST {
            self.list.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// The first hundred, in the order in which they were found.
    #[must_use]
    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.list.len() as u64 + self.more
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.list.iter().enumerate() {
            write!(f, "{}{fault}", if place > 0 { "\n" } else { "" })?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl Coded for Faults {
    fn code(&self) -> ErrorCode {
        ErrorCode::LedgerBroken
    }
}

//! Keeps every state change of every execution before it takes effect. [`Store`] is the contract, [`SqliteStore`] the
//! embedded database.
//!
//! Promise: what [`Store::append`] acknowledged is on the disk and stays, whatever crashes; what it did not acknowledge is
//! there whole or not at all; and two who change the same execution never both win.

mod claims;
mod error;
mod export;
mod key;
mod side_file;
mod sqlite;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::Digest;
use crate::execution::ExecutionId;
use crate::ledger::{Checkpoint, Entry};

pub use claims::Claim;
pub use error::{ExportError, StoreError, VerifyError};
pub use export::export;
pub use sqlite::{Options, SqliteStore};

/// Largest text of one event, and largest blob, bytes.
pub const MAX_TEXT: usize = 16 << 20;
/// Largest append, all texts and blobs together, bytes.
pub const MAX_APPEND: usize = 64 << 20;
/// Largest [`Summary`], as JSON, bytes.
pub const MAX_SUMMARY: usize = 64 << 10;
/// Deepest nesting of an event's body. Readers in other languages must be able to follow.
pub const MAX_DEPTH: usize = 100;

/// A new event.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub kind: String,
    /// The rest, as the kind has it.
    pub body: Value,
}

/// Changes one execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    /// Which.
    pub execution: ExecutionId,
    /// How many of its events the caller has seen; 0 begins a new execution.
    pub expected: u32,
    /// The epoch of the caller's [`Claim`]. `None`: it needs none, as an answer to an approval does.
    pub epoch: Option<u64>,
    /// Who does it.
    pub actor: String,
    /// What happens, in this order; at least one.
    pub events: Vec<NewEvent>,
    /// The state after that.
    pub summary: Summary,
    /// What the events speak of by digest.
    pub blobs: Vec<Vec<u8>>,
    /// Principal and key of a request that must not be carried out twice. Only for a new execution.
    pub key: Option<(String, String)>,
}

/// The state of one execution, for lists. A convenience: the events are the truth, and the chain covers them alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Which.
    pub id: ExecutionId,
    /// What people call it.
    pub name: String,
    /// For whom.
    pub principal: String,
    /// The conversation that it belongs to.
    pub thread: Option<String>,
    /// Its state.
    pub state: String,
    /// Since when.
    pub state_since: Timestamp,
    /// When it began.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// Its folder.
    pub folder: Option<String>,
    /// When its open approval expires.
    pub expires: Option<Timestamp>,
    /// Whether something may have been written to the machine.
    pub may_have_written: bool,
    /// What lists show besides; small.
    pub detail: Value,
}

/// What an append did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// How many events the execution has now.
    pub version: u32,
    /// The place of the last one in the ledger.
    pub seq: u64,
}

/// Which executions to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// In one of these states; none: in any.
    pub states: Vec<String>,
    /// Of this principal.
    pub principal: Option<String>,
    /// With this in the name; case counts for letters beyond ASCII only.
    pub name: Option<String>,
    /// Begun before this one: the last of the page before.
    pub before: Option<ExecutionId>,
    /// At most as many.
    pub limit: u32,
}

impl Default for Query {
    fn default() -> Self {
        Self { states: Vec::new(), principal: None, name: None, before: None, limit: 100 }
    }
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// How many blobs.
    pub blobs: u64,
    /// Their sizes together.
    pub bytes: u64,
}

/// Keeps executions.
///
/// A method that changes something does all of it or nothing, and what it did is on the disk when it returns. When its
/// future is dropped, or it returns [`StoreError::Unusable`], [`StoreError::Full`] or [`StoreError::Corrupt`], the change
/// may have been made or not: read the events to know.
#[async_trait]
pub trait Store: Send + Sync {
    /// Adds events to an execution. A crash before it returns leaves all of it or nothing; a crash after it, all.
    ///
    /// Refuses in this order: what is too large or makes no sense, a key that was used, an execution that is not there, an
    /// old epoch, events that the caller has not seen.
    async fn append(&self, append: Append) -> Result<Appended, StoreError>;

    /// All events of an execution, in order; none if there is no such execution.
    async fn events(&self, id: ExecutionId) -> Result<Vec<Entry>, StoreError>;

    /// The state of an execution.
    async fn summary(&self, id: ExecutionId) -> Result<Option<Summary>, StoreError>;

    /// The execution that a request with this key began.
    async fn find_key(&self, principal: &str, key: &str) -> Result<Option<ExecutionId>, StoreError>;

    /// Executions, newest first.
    async fn list(&self, query: &Query) -> Result<Vec<Summary>, StoreError>;

    /// Entries of the ledger after this place, at most `limit` and about 32 MiB; none only at the end.
    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// All checkpoints, in order.
    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError>;

    /// Signs the end of the ledger as it is now.
    async fn checkpoint(&self) -> Result<Checkpoint, StoreError>;

    /// What has this digest. `None`: it was never kept, or was forgotten.
    async fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError>;

    /// Takes an execution that is about to begin, for this process alone: its first append has epoch 0. Nothing is stored.
    async fn claim_new(&self, id: ExecutionId) -> Result<Claim, StoreError>;

    /// Takes an execution for this process alone, until the claim is dropped or the process ends, however it ends.
    /// Appends of earlier claims are [`StoreError::Fenced`] from then on.
    async fn claim(&self, id: ExecutionId) -> Result<Claim, StoreError>;

    /// Adds an entry that belongs to no execution. Returns its place.
    async fn record_note(&self, kind: &str, actor: &str, body: Value) -> Result<u64, StoreError>;

    /// Forgets the blobs that only these executions used, and notes that in the ledger, which itself is never shortened.
    async fn forget_blobs(&self, executions: &[ExecutionId], actor: &str) -> Result<Forgotten, StoreError>;
}

//! [`SqliteStore`]: the embedded store, `aerie.db` in the state folder. Several processes of one host use it at once.
//!
//! WAL with `synchronous = FULL`: one `fsync` a commit. One connection writes, each time in `BEGIN IMMEDIATE`; a few read.

mod change;
mod hold;
mod open;
mod read;
mod verify;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use tokio::sync::Mutex;

use super::{Append, Appended, Claim, Forgotten, Query, Store, StoreError, Summary};
use crate::approval::Digest;
use crate::execution::ExecutionId;
use crate::ledger::{Checkpoint, CheckpointKey, Entry, PublicKey};

/// How a [`SqliteStore`] is used.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long to wait for another process that writes.
    pub busy_timeout: Duration,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

impl Default for Options {
    /// 10 seconds; the clock of the host.
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(10), clock: Timestamp::now }
    }
}

/// The store in an SQLite database.
pub struct SqliteStore {
    database: PathBuf,
    ledger: PathBuf,
    claims: PathBuf,
    options: Options,
    connect: SqliteConnectOptions,
    /// Empty while somebody writes, and after a write that went wrong: see [`writer`].
    writer: Mutex<Option<SqliteConnection>>,
    readers: SqlitePool,
    key: CheckpointKey,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("database", &self.database).field("key", &self.key).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// The key by which this store's checkpoints can be checked.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key.public()
    }

    /// Waits for what is being done and closes all connections. Dropping the store does the same without waiting.
    pub async fn close(self) {
        use sqlx::Connection as _;
        self.readers.close().await;
        if let Some(connection) = self.writer.into_inner() {
            // What was acknowledged is on the disk already.
            let _ = connection.close().await;
        }
    }

    /// What SQLite said.
    #[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
    fn failure(&self, error: sqlx::Error) -> StoreError {
        open::failure(&self.database, self.options.busy_timeout, &error)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        self.append_events(append).await
    }

    async fn events(&self, id: ExecutionId) -> Result<Vec<Entry>, StoreError> {
        self.read_events(id).await
    }

    async fn summary(&self, id: ExecutionId) -> Result<Option<Summary>, StoreError> {
        self.read_summary(id).await
    }

    async fn find_key(&self, principal: &str, key: &str) -> Result<Option<ExecutionId>, StoreError> {
        self.read_key(principal, key).await
    }

    async fn list(&self, query: &Query) -> Result<Vec<Summary>, StoreError> {
        self.read_list(query).await
    }

    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        self.read_entries(after, limit).await
    }

    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        self.read_checkpoints().await
    }

    async fn checkpoint(&self) -> Result<Checkpoint, StoreError> {
        self.sign_now().await
    }

    async fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.read_blob(digest).await
    }

    async fn claim_new(&self, id: ExecutionId) -> Result<Claim, StoreError> {
        self.take_new(id).await
    }

    async fn claim(&self, id: ExecutionId) -> Result<Claim, StoreError> {
        self.take_claim(id).await
    }

    async fn record_note(&self, kind: &str, actor: &str, body: Value) -> Result<u64, StoreError> {
        self.append_note(kind, actor, body).await
    }

    async fn forget_blobs(&self, executions: &[ExecutionId], actor: &str) -> Result<Forgotten, StoreError> {
        self.forget(executions, actor).await
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Executor as _, Row as _};

    use super::*;

    #[tokio::test]
    async fn a_commit_waits_for_the_disk() {
        let state = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(state.path(), Options::default()).await.unwrap();
        // The connection that opening left, and one that took its place.
        for _ in 0..2 {
            let mut writer = store.begin().await.unwrap();
            let mut number = async |sql: &'static str| writer.connection.fetch_one(sql).await.unwrap();
            assert_eq!(number("PRAGMA synchronous").await.get::<i64, _>(0), 2, "FULL");
            assert_eq!(number("PRAGMA journal_mode").await.get::<String, _>(0), "wal");
            assert_eq!(number("PRAGMA foreign_keys").await.get::<i64, _>(0), 1);
            assert_eq!(number("PRAGMA secure_delete").await.get::<i64, _>(0), 1);
            drop(writer);
        }
    }
}

//! [`Writer`]: the one connection that writes, in a transaction.
//!
//! A connection goes back only after a clean end. One whose write failed, or was dropped half-way, is closed, which undoes
//! what it had begun; the next write opens another. So no write ever meets what another left behind.

use sqlx::Executor as _;
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions as _, query};
use tokio::sync::MutexGuard;

use super::SqliteStore;
use crate::store::StoreError;

/// A transaction that was begun.
pub(super) struct Writer<'s> {
    store: &'s SqliteStore,
    slot: MutexGuard<'s, Option<SqliteConnection>>,
    pub(super) connection: SqliteConnection,
}

impl SqliteStore {
    /// Waits for its turn, and begins.
    pub(super) async fn begin(&self) -> Result<Writer<'_>, StoreError> {
        let mut slot = self.writer.lock().await;
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => self.connect.connect().await.map_err(|error| self.failure(error))?,
        };
        connection.execute(query("BEGIN IMMEDIATE")).await.map_err(|error| self.failure(error))?;
        Ok(Writer { store: self, slot, connection })
    }
}

impl Writer<'_> {
    /// Keeps what was done, or undoes it.
    pub(super) async fn end<T>(mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let ended = self.connection.execute(query(if result.is_ok() { "COMMIT" } else { "ROLLBACK" })).await;
        match (ended, result) {
            (Ok(_), result) => {
                *self.slot = Some(self.connection);
                result
            }
            (Err(error), Ok(_)) => Err(self.store.failure(error)),
            // SQLite itself undoes after some failures; the first one is what counts.
            (Err(_), Err(error)) => Err(error),
        }
    }
}

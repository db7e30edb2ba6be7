//! Who holds an execution, and what of it is let go: claims and forgetting.

use serde_json::json;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor as _, Row as _, query};

use super::SqliteStore;
use crate::execution::ExecutionId;
use crate::ledger::Checkpoint;
use crate::store::{Claim, Forgotten, StoreError, claims};

impl SqliteStore {
    async fn lock(&self, id: ExecutionId) -> Result<claims::Lock, StoreError> {
        let folder = self.claims.clone();
        let lock = tokio::task::spawn_blocking(move || claims::take(&folder, id)).await;
        lock.unwrap_or_else(|error| Err(StoreError::file(&self.claims, &std::io::Error::other(error))))
    }

    pub(super) async fn take_new(&self, id: ExecutionId) -> Result<Claim, StoreError> {
        Ok(Claim::new(id, 0, self.lock(id).await?))
    }

    pub(super) async fn take_claim(&self, id: ExecutionId) -> Result<Claim, StoreError> {
        let lock = self.lock(id).await?;
        let mut writer = self.begin().await?;
        let statement = query("UPDATE execution SET epoch = epoch + 1 WHERE id = ? RETURNING epoch");
        let row = statement.bind(id.to_string()).fetch_optional(&mut writer.connection).await;
        let epoch = match row {
            Ok(Some(row)) => row.try_get::<i64, _>(0).map_err(|error| self.failure(error)),
            Ok(None) => Err(StoreError::Unknown(id)),
            Err(error) => Err(self.failure(error)),
        };
        let epoch = writer.end(epoch).await?;
        Ok(Claim::new(id, u64::try_from(epoch).unwrap_or_default(), lock))
    }

    pub(super) async fn forget(&self, executions: &[ExecutionId], actor: &str) -> Result<Forgotten, StoreError> {
        let mut writer = self.begin().await?;
        let done = self.forget_within(&mut writer.connection, executions, actor).await;
        let (forgotten, signed) = writer.end(done).await?;
        self.copy_checkpoint(signed).await;
        if forgotten.blobs > 0 {
            self.empty_wal().await;
        }
        Ok(forgotten)
    }

    async fn forget_within(
        &self,
        connection: &mut SqliteConnection,
        executions: &[ExecutionId],
        actor: &str,
    ) -> Result<(Forgotten, Option<Checkpoint>), StoreError> {
        let failure = |error| self.failure(error);
        let ids = json!(executions);
        let statement = query("DELETE FROM blob_use WHERE execution IN (SELECT value FROM json_each(?))");
        statement.bind(ids.to_string()).execute(&mut *connection).await.map_err(failure)?;
        let statement = query(
            "DELETE FROM blob WHERE NOT EXISTS (SELECT 1 FROM blob_use WHERE blob_use.digest = blob.digest)
             RETURNING digest, length(data)",
        );
        let rows = statement.fetch_all(&mut *connection).await.map_err(failure)?;
        let mut forgotten = Forgotten::default();
        let mut digests = Vec::with_capacity(rows.len());
        for row in rows {
            digests.push(row.try_get::<String, _>(0).map_err(failure)?);
            forgotten.blobs += 1;
            forgotten.bytes += u64::try_from(row.try_get::<i64, _>(1).map_err(failure)?).unwrap_or_default();
        }
        if forgotten.blobs == 0 {
            return Ok((forgotten, None));
        }
        let body = json!({"executions": ids, "blobs": digests, "bytes": forgotten.bytes});
        let (_, signed) = self.note_within(connection, "retention", actor, body).await?;
        Ok((forgotten, signed))
    }

    /// Moves everything from the WAL to the database, so that what was forgotten is not there either. If somebody reads just
    /// now, a later commit does it.
    async fn empty_wal(&self) {
        let mut slot = self.writer.lock().await;
        if let Some(mut connection) = slot.take()
            && connection.execute(query("PRAGMA wal_checkpoint(TRUNCATE)")).await.is_ok()
        {
            *slot = Some(connection);
        }
    }
}

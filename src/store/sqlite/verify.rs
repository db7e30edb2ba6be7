//! Checks the ledger of a database: the chain, the columns beside it, the counts, the checkpoints in it and in
//! `checkpoints.jsonl`, and the database file itself.

use sqlx::{Row as _, query};

use super::SqliteStore;
use super::change::signed_number;
use super::read::{bytes, checkpoint};
use crate::ledger::{Columns, Stored, Trust, Verified, Verifier, Wrong, read_against};
use crate::store::{StoreError, VerifyError, side_file};

/// How many rows are read at once.
const BATCH: u32 = 1000;

impl SqliteStore {
    /// Checks everything. Without keys in `trust`, those that may have signed are this store's own. Entries that are
    /// appended meanwhile are left out.
    pub async fn verify(&self, mut trust: Trust) -> Result<Verified, VerifyError> {
        if trust.keys.is_empty() {
            trust.keys.push(self.key.public());
        }
        // Read first: what it knows is in the database by then.
        let side = side_file::read(&self.side_file()).map_err(|error| StoreError::file(&self.side_file(), &error))?;
        if !side.is_empty() {
            trust.anchors.extend(read_against(side.as_slice(), "checkpoints.jsonl", &trust.keys)?);
        }
        let mut verifier = Verifier::new(trust);
        for problem in self.damage().await? {
            verifier.note(Wrong::Database(problem));
        }
        let end = self.take_checkpoints(&mut verifier).await?;
        let mut after = i64::MIN;
        loop {
            let rows = self.rows(after, BATCH).await?;
            for row in &rows {
                let failure = |error| self.failure(error);
                let seq: i64 = row.try_get(0).map_err(failure)?;
                after = seq;
                if seq > end {
                    break;
                }
                let execution = row.try_get_unchecked::<Option<&[u8]>, _>(4).map_err(failure)?;
                let columns = Columns {
                    execution,
                    version: row.try_get(5).map_err(failure)?,
                    kind: bytes(row, 6).map_err(failure)?,
                    time: bytes(row, 7).map_err(failure)?,
                };
                verifier.entry(&Stored {
                    seq,
                    previous: bytes(row, 1).map_err(failure)?,
                    digest: bytes(row, 2).map_err(failure)?,
                    text: bytes(row, 3).map_err(failure)?,
                    columns: Some(columns),
                });
            }
            if rows.is_empty() || after >= end {
                break;
            }
        }
        self.compare_counts(&mut verifier, end).await?;
        Ok(verifier.finish()?)
    }

    /// What SQLite finds wrong with its file.
    async fn damage(&self) -> Result<Vec<String>, StoreError> {
        let rows = query("PRAGMA integrity_check(10)").fetch_all(&self.readers).await;
        let rows = rows.map_err(|error| self.failure(error))?;
        let said = rows.iter().map(|row| row.try_get::<String, _>(0).unwrap_or_default());
        Ok(said.filter(|text| text != "ok").collect())
    }

    /// Hands over the checkpoints and returns the place of the last entry, both as of one moment.
    async fn take_checkpoints(&self, verifier: &mut Verifier) -> Result<i64, StoreError> {
        let statement = query(
            "SELECT c.seq, c.key, c.digest, c.time, c.signature, (SELECT coalesce(max(seq), 0) FROM entry)
             FROM (SELECT 1) LEFT JOIN checkpoint AS c ORDER BY c.seq, c.time",
        );
        let rows = statement.fetch_all(&self.readers).await.map_err(|error| self.failure(error))?;
        let mut end = 0;
        for row in &rows {
            end = row.try_get(5).map_err(|error| self.failure(error))?;
            if row.try_get::<Option<i64>, _>(0).map_err(|error| self.failure(error))?.is_some() {
                match checkpoint(row) {
                    Ok(checkpoint) => verifier.checkpoint(checkpoint),
                    Err(error) => verifier.note(Wrong::Database(error.to_string())),
                }
            }
        }
        Ok(end)
    }

    /// Holds the counts of the executions that began by `end` and did not change since against the ledger's.
    async fn compare_counts(&self, verifier: &mut Verifier, end: i64) -> Result<(), StoreError> {
        let mut after = i64::MIN;
        let mut executions = 0;
        loop {
            let statement = query(
                "SELECT first, id, (SELECT count(*) FROM entry WHERE execution = id AND seq > ?2), version
                 FROM execution WHERE first > ?1 AND first <= ?2 ORDER BY first LIMIT ?3",
            );
            let statement = statement.bind(after).bind(end).bind(BATCH);
            let rows = statement.fetch_all(&self.readers).await.map_err(|error| self.failure(error))?;
            let Some(last) = rows.last() else { break };
            after = last.try_get(0).map_err(|error| self.failure(error))?;
            for row in &rows {
                let get = |column| row.try_get::<i64, _>(column).map_err(|error| self.failure(error));
                executions += 1;
                let id = String::from_utf8_lossy(bytes(row, 1).unwrap_or_default()).into_owned();
                verifier.counted(&id, get(3)? - get(2)?);
            }
        }
        let found = verifier.executions();
        if signed_number(found) != executions {
            verifier.note(Wrong::Database(format!("it has {executions} executions; the ledger has {found}")));
        }
        Ok(())
    }
}

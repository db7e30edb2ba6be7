//! What reads the database. Nothing here waits for who writes.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, query};

use super::SqliteStore;
use super::change::signed_number;
use crate::approval::Digest;
use crate::execution::ExecutionId;
use crate::ledger::{Checkpoint, Entry};
use crate::store::{Query, StoreError, Summary};

/// About as many bytes of entries are read at once.
const BATCH_BYTES: i64 = 32 << 20;

/// A text as it is stored, whatever became of it.
pub(super) fn bytes(row: &SqliteRow, column: usize) -> Result<&[u8], sqlx::Error> {
    row.try_get_unchecked(column)
}

fn text(row: &SqliteRow, column: usize) -> Option<String> {
    bytes(row, column).ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
}

/// The entry of `seq, previous, digest, text`.
fn entry(row: &SqliteRow) -> Result<Entry, StoreError> {
    let seq = row.try_get::<i64, _>(0).unwrap_or_default();
    let digest = |column| text(row, column).as_deref().and_then(Digest::parse);
    match (u64::try_from(seq), digest(1), digest(2), text(row, 3)) {
        (Ok(seq), Some(previous), Some(digest), Some(text)) => Ok(Entry { seq, previous, digest, text }),
        _ => Err(StoreError::Corrupt { what: format!("entry {seq} of the ledger cannot be read") }),
    }
}

fn summary(row: &SqliteRow) -> Result<Summary, StoreError> {
    let text = bytes(row, 0).unwrap_or_default();
    serde_json::from_slice(text)
        .map_err(|error| StoreError::Corrupt { what: format!("the summary of an execution cannot be read ({error})") })
}

fn id(row: &SqliteRow) -> Result<ExecutionId, StoreError> {
    let corrupt = || StoreError::Corrupt { what: "a request's key names no execution".to_owned() };
    text(row, 0).and_then(|text| text.parse().ok()).ok_or_else(corrupt)
}

impl SqliteStore {
    pub(super) async fn read_events(&self, id: ExecutionId) -> Result<Vec<Entry>, StoreError> {
        let rows = query("SELECT seq, previous, digest, text, version FROM entry WHERE execution = ? ORDER BY version")
            .bind(id.to_string())
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.failure(error))?;
        let mut entries = Vec::with_capacity(rows.len());
        for (row, version) in rows.iter().zip(1i64..) {
            let entry = entry(row)?;
            // State is made of these: a damaged one must not become a state.
            if Digest::of(format!("{}\n{}", entry.previous, entry.text).as_bytes()) != entry.digest {
                let what = format!("entry {} ({id}): its text is not what its digest says", entry.seq);
                return Err(StoreError::Corrupt { what });
            }
            if row.try_get::<i64, _>(4).ok() != Some(version) {
                return Err(StoreError::Corrupt { what: format!("{id}: its event {version} is missing") });
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    pub(super) async fn read_summary(&self, id: ExecutionId) -> Result<Option<Summary>, StoreError> {
        let statement = query("SELECT summary FROM execution WHERE id = ?").bind(id.to_string());
        let row = statement.fetch_optional(&self.readers).await.map_err(|error| self.failure(error))?;
        row.as_ref().map(summary).transpose()
    }

    pub(super) async fn read_key(&self, principal: &str, key: &str) -> Result<Option<ExecutionId>, StoreError> {
        let statement = query("SELECT execution FROM request WHERE principal = ? AND key = ?");
        let statement = statement.bind(principal).bind(key);
        let row = statement.fetch_optional(&self.readers).await.map_err(|error| self.failure(error))?;
        row.as_ref().map(id).transpose()
    }

    pub(super) async fn read_list(&self, wanted: &Query) -> Result<Vec<Summary>, StoreError> {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT summary FROM execution WHERE 1");
        if !wanted.states.is_empty() {
            let states = serde_json::Value::from(wanted.states.clone()).to_string();
            sql.push(" AND state IN (SELECT value FROM json_each(").push_bind(states).push("))");
        }
        if let Some(principal) = &wanted.principal {
            sql.push(" AND principal = ").push_bind(principal);
        }
        if let Some(name) = &wanted.name {
            sql.push(" AND instr(lower(name), lower(").push_bind(name).push("))");
        }
        if let Some(before) = wanted.before {
            sql.push(" AND first < (SELECT first FROM execution WHERE id = ").push_bind(before.to_string()).push(")");
        }
        sql.push(" ORDER BY first DESC LIMIT ").push_bind(wanted.limit);
        let rows = sql.build().fetch_all(&self.readers).await.map_err(|error| self.failure(error))?;
        rows.iter().map(summary).collect()
    }

    pub(super) async fn read_entries(&self, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let rows = self.rows(signed_number(after), limit).await?;
        rows.iter().map(entry).collect()
    }

    /// Entries after this place as they are stored, at most `limit` and about [`BATCH_BYTES`], at least one if there is one.
    pub(super) async fn rows(&self, after: i64, limit: u32) -> Result<Vec<SqliteRow>, StoreError> {
        let statement = query(
            "SELECT seq, previous, digest, text, execution, version, kind, time FROM entry
             WHERE seq > ?1 AND seq <= (
                 SELECT max(seq) FROM (
                     SELECT seq, sum(octet_length(text)) OVER (ORDER BY seq) - octet_length(text) AS before
                     FROM (SELECT seq, text FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?2)
                 ) WHERE before < ?3)
             ORDER BY seq",
        );
        let statement = statement.bind(after).bind(limit).bind(BATCH_BYTES);
        statement.fetch_all(&self.readers).await.map_err(|error| self.failure(error))
    }

    pub(super) async fn read_checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        let statement = query("SELECT seq, key, digest, time, signature FROM checkpoint ORDER BY seq, time");
        let rows = statement.fetch_all(&self.readers).await.map_err(|error| self.failure(error))?;
        rows.iter().map(checkpoint).collect()
    }

    pub(super) async fn digest_at(&self, seq: u64) -> Result<Option<String>, StoreError> {
        let statement = query("SELECT digest FROM entry WHERE seq = ?").bind(signed_number(seq));
        let row = statement.fetch_optional(&self.readers).await.map_err(|error| self.failure(error))?;
        Ok(row.as_ref().and_then(|row| text(row, 0)))
    }

    pub(super) async fn read_blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let statement = query("SELECT data FROM blob WHERE digest = ?").bind(digest.as_str());
        let row = statement.fetch_optional(&self.readers).await.map_err(|error| self.failure(error))?;
        let Some(row) = row else { return Ok(None) };
        let data: Vec<u8> = row.try_get(0).map_err(|error| self.failure(error))?;
        if Digest::of(&data) != *digest {
            return Err(StoreError::Corrupt { what: format!("the blob {digest} is not what its digest says") });
        }
        Ok(Some(data))
    }
}

/// The checkpoint of `seq, key, digest, time, signature`.
pub(super) fn checkpoint(row: &SqliteRow) -> Result<Checkpoint, StoreError> {
    let seq = row.try_get::<i64, _>(0).unwrap_or_default();
    let key = text(row, 1).and_then(|key| key.parse().ok());
    let digest = text(row, 2).as_deref().and_then(Digest::parse);
    match (u64::try_from(seq), key, digest, text(row, 3), text(row, 4)) {
        (Ok(seq), Some(key), Some(digest), Some(time), Some(signature)) => {
            Ok(Checkpoint { seq, digest, time, signature, key })
        }
        _ => Err(StoreError::Corrupt { what: format!("the checkpoint of entry {seq} cannot be read") }),
    }
}

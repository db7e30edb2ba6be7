//! What extends the ledger: appends, notes, checkpoints.

use serde_json::Value;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::SqliteStore;
use super::read::checkpoint;
use crate::approval::Digest;
use crate::execution::ExecutionId;
use crate::ledger::{CHECKPOINT_EVERY, Checkpoint, Entry, EntryBody, Head};
use crate::store::{Append, Appended, MAX_APPEND, MAX_DEPTH, MAX_SUMMARY, MAX_TEXT, StoreError, side_file};

/// As many entries are inserted by one statement.
const ROWS: usize = 16;

/// What an append meets.
struct Found {
    head: Head,
    /// How many events the execution has, and its epoch.
    execution: Option<(u32, u64)>,
    /// What a request with the same key began.
    used: Option<ExecutionId>,
}

fn unacceptable<T>(reason: impl Into<String>) -> Result<T, StoreError> {
    Err(StoreError::Unacceptable(reason.into()))
}

/// Whether a value nests no deeper than this.
fn nests_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| nests_within(item, levels - 1)),
        Value::Object(items) => levels > 0 && items.values().all(|item| nests_within(item, levels - 1)),
        _ => true,
    }
}

/// What can be judged without the database. The summary as it is kept.
fn check(append: &Append) -> Result<String, StoreError> {
    if append.events.is_empty() {
        return unacceptable("a change without an event");
    }
    if append.summary.id != append.execution {
        return unacceptable(format!("a summary of {} for {}", append.summary.id, append.execution));
    }
    if append.key.is_some() && append.expected > 0 {
        return unacceptable("a request's key for an execution that has begun already");
    }
    let summary = match serde_json::to_string(&append.summary) {
        Ok(summary) if summary.len() <= MAX_SUMMARY && nests_within(&append.summary.detail, MAX_DEPTH) => summary,
        _ => return unacceptable(format!("a summary over {MAX_SUMMARY} bytes, or nested deeper than {MAX_DEPTH}")),
    };
    if let Some(blob) = append.blobs.iter().find(|blob| blob.len() > MAX_TEXT) {
        return unacceptable(format!("a blob of {} bytes; the most is {MAX_TEXT}", blob.len()));
    }
    Ok(summary)
}

impl SqliteStore {
    pub(super) async fn append_events(&self, append: Append) -> Result<Appended, StoreError> {
        let summary = check(&append)?;
        let mut writer = self.begin().await?;
        let done = self.append_within(&mut writer.connection, append, &summary).await;
        let (appended, signed) = writer.end(done).await?;
        self.copy_checkpoint(signed).await;
        Ok(appended)
    }

    async fn append_within(
        &self,
        connection: &mut SqliteConnection,
        append: Append,
        summary: &str,
    ) -> Result<(Appended, Option<Checkpoint>), StoreError> {
        let failure = |error| self.failure(error);
        let Append { execution, expected, epoch, actor, events, summary: fields, blobs, key } = append;
        let mut found = self.find(connection, Some(execution), key.as_ref()).await?;
        if let Some(execution) = found.used {
            return Err(StoreError::KeyUsed { execution });
        }
        let (version, current) = found.execution.unwrap_or_default();
        if found.execution.is_none() && expected > 0 {
            return Err(StoreError::Unknown(execution));
        }
        if let Some(epoch) = epoch.filter(|epoch| *epoch != current) {
            return Err(StoreError::Fenced { execution, epoch, found: current });
        }
        if version != expected {
            return Err(StoreError::Stale { expected, found: version });
        }

        let time = (self.options.clock)();
        let first = found.head.seq + 1;
        let mut version = version;
        let bodies = events.into_iter().map(|event| {
            version += 1;
            let (kind, actor) = (event.kind, actor.clone());
            EntryBody { seq: 0, time, execution: Some(execution), version, kind, actor, body: event.body }
        });
        let room = MAX_APPEND.saturating_sub(blobs.iter().map(Vec::len).sum());
        let bodies: Vec<_> = bodies.collect();
        let signed = self.insert(connection, &mut found.head, bodies, room).await?;

        let id = execution.to_string();
        let sql = if expected == 0 {
            "INSERT INTO execution (id, version, state, principal, name, summary, first, epoch)
             VALUES (?, ?, ?, ?, ?, ?, ?, 0)"
        } else {
            "UPDATE execution SET version = ?2, state = ?3, principal = ?4, name = ?5, summary = ?6 WHERE id = ?1"
        };
        let statement = query(sql).bind(&id).bind(version).bind(fields.state).bind(fields.principal);
        let statement = statement.bind(fields.name).bind(summary);
        let statement = if expected == 0 { statement.bind(signed_number(first)) } else { statement };
        statement.execute(&mut *connection).await.map_err(failure)?;
        if let Some((principal, key)) = key {
            let statement = query("INSERT INTO request (principal, key, execution) VALUES (?, ?, ?)");
            statement.bind(principal).bind(key).bind(&id).execute(&mut *connection).await.map_err(failure)?;
        }
        for blob in blobs {
            let digest = Digest::of(&blob);
            let statement = query("INSERT INTO blob (digest, data) VALUES (?, ?) ON CONFLICT DO NOTHING");
            statement.bind(digest.as_str().to_owned()).bind(blob).execute(&mut *connection).await.map_err(failure)?;
            let statement = query("INSERT INTO blob_use (execution, digest) VALUES (?, ?) ON CONFLICT DO NOTHING");
            let statement = statement.bind(&id).bind(digest.as_str().to_owned());
            statement.execute(&mut *connection).await.map_err(failure)?;
        }
        Ok((Appended { version, seq: found.head.seq }, signed))
    }

    /// The end of the ledger, and what there is of an execution.
    async fn find(
        &self,
        connection: &mut SqliteConnection,
        execution: Option<ExecutionId>,
        key: Option<&(String, String)>,
    ) -> Result<Found, StoreError> {
        let failure = |error| self.failure(error);
        let statement = query(
            "SELECT head.seq, head.digest, execution.version, execution.epoch,
                 (SELECT execution FROM request WHERE principal = ?2 AND key = ?3)
             FROM (SELECT 1) LEFT JOIN (SELECT seq, digest FROM entry ORDER BY seq DESC LIMIT 1) AS head
             LEFT JOIN execution ON execution.id = ?1",
        );
        let statement = statement.bind(execution.map(|id| id.to_string()));
        let statement = statement.bind(key.map(|key| &key.0)).bind(key.map(|key| &key.1));
        let row = statement.fetch_one(connection).await.map_err(failure)?;
        let get = |column| row.try_get::<Option<i64>, _>(column).map_err(failure);
        let head = match get(0)? {
            None => Head::start(),
            Some(seq) => {
                let digest: Vec<u8> = row.try_get(1).map_err(failure)?;
                let digest = std::str::from_utf8(&digest).ok().and_then(Digest::parse);
                let (Ok(seq), Some(digest)) = (u64::try_from(seq), digest) else {
                    return Err(StoreError::Corrupt { what: format!("entry {seq} has no digest") });
                };
                Head { seq, digest }
            }
        };
        let execution = match (get(2)?, get(3)?) {
            (Some(version), Some(epoch)) => match (u32::try_from(version), u64::try_from(epoch)) {
                (Ok(version), Ok(epoch)) => Some((version, epoch)),
                _ => return Err(StoreError::Corrupt { what: "an execution has a count below zero".to_owned() }),
            },
            _ => None,
        };
        let used: Option<String> = row.try_get(4).map_err(failure)?;
        let used = used.map(|id| id.parse().map_err(|_| StoreError::Corrupt { what: format!("`{id}` is no id") }));
        Ok(Found { head, execution, used: used.transpose()? })
    }

    /// Chains and inserts entries; signs where a checkpoint is due, and returns the last of these.
    async fn insert(
        &self,
        connection: &mut SqliteConnection,
        head: &mut Head,
        bodies: Vec<EntryBody>,
        room: usize,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let failure = |error| self.failure(error);
        let mut room = room;
        let mut rows = Vec::with_capacity(bodies.len());
        let mut signed = Vec::new();
        for body in bodies {
            if !nests_within(&body.body, MAX_DEPTH) {
                return unacceptable(format!("`{}` nests deeper than {MAX_DEPTH}", body.kind));
            }
            let (execution, version) = (body.execution.map(|id| id.to_string()), body.version);
            let (kind, time) = (body.kind.clone(), body.time.to_string());
            let entry = head.extend(body).map_err(|error| StoreError::Unacceptable(error.to_string()))?;
            if entry.text.len() > MAX_TEXT {
                return unacceptable(format!("`{kind}` takes {} bytes; the most is {MAX_TEXT}", entry.text.len()));
            }
            let Some(left) = room.checked_sub(entry.text.len()) else {
                return unacceptable(format!("events and blobs of more than {MAX_APPEND} bytes at once"));
            };
            room = left;
            if entry.seq.is_multiple_of(CHECKPOINT_EVERY) {
                signed.push(self.key.sign(head, (self.options.clock)()));
            }
            rows.push((entry, execution, version, kind, time));
        }
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<_> = rows.by_ref().take(ROWS).collect();
            let values = vec!["(?, ?, ?, ?, ?, ?, ?, ?)"; chunk.len()].join(", ");
            let mut statement = query(AssertSqlSafe(format!(
                "INSERT INTO entry (seq, previous, digest, execution, version, kind, time, text) VALUES {values}"
            )));
            for (Entry { seq, previous, digest, text }, execution, version, kind, time) in chunk {
                statement = statement.bind(signed_number(seq)).bind(previous.as_str().to_owned());
                statement = statement.bind(digest.as_str().to_owned()).bind(execution).bind(version);
                statement = statement.bind(kind).bind(time).bind(text);
            }
            statement.execute(&mut *connection).await.map_err(failure)?;
        }
        for checkpoint in &signed {
            self.insert_checkpoint(connection, checkpoint).await?;
        }
        Ok(signed.pop())
    }

    async fn insert_checkpoint(
        &self,
        connection: &mut SqliteConnection,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError> {
        let statement = query("INSERT INTO checkpoint (seq, key, digest, time, signature) VALUES (?, ?, ?, ?, ?)");
        let statement = statement.bind(signed_number(checkpoint.seq)).bind(checkpoint.key.to_string());
        let statement = statement.bind(checkpoint.digest.as_str().to_owned()).bind(checkpoint.time.clone());
        let statement = statement.bind(checkpoint.signature.clone());
        statement.execute(connection).await.map(drop).map_err(|error| self.failure(error))
    }

    /// Copies a checkpoint to its file. The database has it, so a failure waits for the next opening.
    pub(super) async fn copy_checkpoint(&self, checkpoint: Option<Checkpoint>) {
        let Some(checkpoint) = checkpoint else { return };
        let path = self.side_file();
        let copied = tokio::task::spawn_blocking(move || side_file::add_new(&path, &checkpoint)).await;
        if let Err(error) = copied.map_err(std::io::Error::other).flatten() {
            tracing::warn!(%error, path = %self.side_file().display(), "a checkpoint was not copied");
        }
    }

    pub(super) async fn append_note(&self, kind: &str, actor: &str, body: Value) -> Result<u64, StoreError> {
        let mut writer = self.begin().await?;
        let done = self.note_within(&mut writer.connection, kind, actor, body).await;
        let (seq, signed) = writer.end(done).await?;
        self.copy_checkpoint(signed).await;
        Ok(seq)
    }

    pub(super) async fn note_within(
        &self,
        connection: &mut SqliteConnection,
        kind: &str,
        actor: &str,
        body: Value,
    ) -> Result<(u64, Option<Checkpoint>), StoreError> {
        let mut head = self.find(connection, None, None).await?.head;
        let (kind, actor) = (kind.to_owned(), actor.to_owned());
        let body = EntryBody { seq: 0, time: (self.options.clock)(), execution: None, version: 0, kind, actor, body };
        let signed = self.insert(connection, &mut head, vec![body], MAX_APPEND).await?;
        Ok((head.seq, signed))
    }

    pub(super) async fn sign_now(&self) -> Result<Checkpoint, StoreError> {
        let mut writer = self.begin().await?;
        let done = self.sign_within(&mut writer.connection).await;
        let (checkpoint, is_new) = writer.end(done).await?;
        self.copy_checkpoint(is_new.then(|| checkpoint.clone())).await;
        Ok(checkpoint)
    }

    /// The checkpoint, and whether it was signed just now.
    async fn sign_within(&self, connection: &mut SqliteConnection) -> Result<(Checkpoint, bool), StoreError> {
        let head = self.find(connection, None, None).await?.head;
        let (seq, key) = (signed_number(head.seq), self.key.public().to_string());
        let statement = query("SELECT seq, key, digest, time, signature FROM checkpoint WHERE seq = ? AND key = ?");
        let row = statement.bind(seq).bind(&key).fetch_optional(&mut *connection).await;
        let known = row.map_err(|error| self.failure(error))?.and_then(|row| checkpoint(&row).ok());
        if let Some(known) = known.filter(|known| known.digest == head.digest && known.is_signed()) {
            return Ok((known, false));
        }
        let statement = query("DELETE FROM checkpoint WHERE seq = ? AND key = ?").bind(seq).bind(&key);
        statement.execute(&mut *connection).await.map_err(|error| self.failure(error))?;
        let checkpoint = self.key.sign(&head, (self.options.clock)());
        self.insert_checkpoint(connection, &checkpoint).await?;
        Ok((checkpoint, true))
    }
}

/// SQLite's numbers have a sign; ours do not come near it.
pub(super) fn signed_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

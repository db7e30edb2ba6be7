//! Opens the database: makes it if there is none, refuses what is not Aerie's or is newer, and says what SQLite means.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Access, access};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

use super::{Options, SqliteStore};
use crate::ledger::Checkpoint;
use crate::store::{StoreError, claims, key, side_file};

/// `AERI`: says that an SQLite file is ours.
const APPLICATION: i64 = 0x4145_5249;

/// One text for each version of the database; the first makes it.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql")];

impl SqliteStore {
    /// Opens the store of a state folder; makes what is not there.
    pub async fn open(state: &Path, options: Options) -> Result<Self, StoreError> {
        let (database, ledger, claims) = (state.join("aerie.db"), state.join("ledger"), state.join("claims"));
        for folder in [state, &ledger, &claims] {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|error| StoreError::file(folder, &error))?;
            // SQLite would say no more than that it cannot open the database.
            access(folder, Access::WRITE_OK | Access::EXEC_OK)
                .map_err(|error| StoreError::file(folder, &error.into()))?;
        }
        let alone = {
            let claims = claims.clone();
            let wait = tokio::task::spawn_blocking(move || claims::alone(&claims)).await;
            wait.map_err(std::io::Error::other).flatten().map_err(|error| StoreError::file(state, &error))?
        };
        claims::sweep(&claims, &alone);
        make_file(&database).map_err(|error| StoreError::file(&database, &error))?;
        let key = key::open(&ledger)?;

        let failure = |error| failure(&database, options.busy_timeout, &error);
        let plain = SqliteConnectOptions::new()
            .filename(&database)
            .create_if_missing(false)
            .busy_timeout(options.busy_timeout)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full)
            // What is forgotten is overwritten.
            .pragma("secure_delete", "ON")
            .pragma("trusted_schema", "OFF")
            .disable_statement_logging();
        // A file that is somebody else's is not touched, not even to make it WAL.
        let mut probe = plain.connect().await.map_err(failure)?;
        check(&mut probe, &database, options.busy_timeout).await?;
        probe.close().await.map_err(failure)?;

        let connect = plain.journal_mode(SqliteJournalMode::Wal);
        let mut writer = connect.connect().await.map_err(failure)?;
        migrate(&mut writer, &database, options.busy_timeout).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .test_before_acquire(false)
            // A list of thousands comes over in few wake-ups; what is large is bounded by its query.
            .connect_lazy_with(connect.clone().pragma("query_only", "ON").row_buffer_size(1024));
        let store = Self { database, ledger, claims, options, connect, writer: Some(writer).into(), readers, key };
        store.bring_side_file_up_to_date().await?;
        drop(alone);
        Ok(store)
    }

    /// Holds the database against `checkpoints.jsonl`, and adds what a crash kept from being added.
    async fn bring_side_file_up_to_date(&self) -> Result<(), StoreError> {
        let path = self.side_file();
        let unusable = |error: std::io::Error| StoreError::file(&path, &error);
        let corrupt = |what: &str| StoreError::Corrupt {
            what: format!(
                "{}: {what} (if an old copy was put back on purpose, move this file away first)",
                path.display()
            ),
        };
        let text = side_file::read(&path).map_err(unusable)?;
        let mut last: Option<Checkpoint> = None;
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let known: Checkpoint =
                serde_json::from_slice(line).map_err(|_| corrupt("it has a line that is no checkpoint"))?;
            if last.as_ref().is_none_or(|last| known.seq >= last.seq) {
                last = Some(known);
            }
        }
        if let Some(last) = last.filter(|last| last.seq > 0) {
            let here = self.digest_at(last.seq).await?;
            if here.as_deref() != Some(last.digest.as_str()) {
                let seq = last.seq;
                return Err(corrupt(&format!("it knows an entry {seq} that the database does not have")));
            }
        }
        let checkpoints = self.read_checkpoints().await?;
        side_file::add(&path, &checkpoints).map_err(unusable)
    }

    pub(super) fn side_file(&self) -> std::path::PathBuf {
        self.ledger.join("checkpoints.jsonl")
    }
}

/// The database's file, readable by its owner alone; SQLite gives the files beside it the same mode.
fn make_file(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => {
            file.sync_all()?;
            File::open(path.parent().unwrap_or(path))?.sync_all()
        }
        // Whether it can be written is to be known now. It must not be opened for that: closing it would end the locks that
        // other connections of this process have on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            access(path, Access::READ_OK | Access::WRITE_OK).map_err(Into::into)
        }
        Err(error) => Err(error),
    }
}

async fn number(connection: &mut SqliteConnection, sql: &'static str) -> Result<i64, sqlx::Error> {
    connection.fetch_one(sql).await?.try_get(0)
}

/// Whether the database is Aerie's and of a version that is known here. Its version.
async fn check(connection: &mut SqliteConnection, path: &Path, busy: Duration) -> Result<i64, StoreError> {
    let failure = |error| failure(path, busy, &error);
    let application = number(connection, "PRAGMA application_id").await.map_err(failure)?;
    let version = number(connection, "PRAGMA user_version").await.map_err(failure)?;
    let tables = number(connection, "SELECT count(*) FROM sqlite_schema").await.map_err(failure)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let is_new = application == 0 && version == 0 && tables == 0;
    if application != APPLICATION && !is_new {
        let reason = "it is a database of another program; move it away, or use another state folder".to_owned();
        return Err(StoreError::Unusable { path: path.to_owned(), reason });
    }
    if version > known {
        return Err(StoreError::NewerVersion { path: path.to_owned(), found: version, known });
    }
    Ok(version)
}

/// Brings the database to the version that is known here, in one transaction.
async fn migrate(connection: &mut SqliteConnection, path: &Path, busy: Duration) -> Result<(), StoreError> {
    let failure = |error| failure(path, busy, &error);
    let known = MIGRATIONS.len();
    if usize::try_from(check(connection, path, busy).await?) == Ok(known) {
        return Ok(());
    }
    connection.execute("BEGIN IMMEDIATE").await.map_err(failure)?;
    let version = usize::try_from(check(connection, path, busy).await?).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(version) {
        connection.execute(*migration).await.map_err(failure)?;
    }
    let stamp = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {known}");
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(stamp))).await.map_err(failure)?;
    connection.execute("COMMIT").await.map_err(failure)?;
    Ok(())
}

/// What SQLite said, in our words. <https://www.sqlite.org/rescode.html>
pub(super) fn failure(path: &Path, busy: Duration, error: &sqlx::Error) -> StoreError {
    let path = path.to_owned();
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return StoreError::Locked { path, seconds: 30.0 };
    }
    let code =
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).and_then(|code| code.parse::<u32>().ok());
    // The low byte is the primary code.
    match code.map(|code| (code & 0xff, code)) {
        Some((5 | 6, _)) => StoreError::Locked { path, seconds: busy.as_secs_f64() },
        Some((8, _)) => StoreError::ReadOnly { path },
        // SQLITE_FULL, and no room for the shared index (SQLITE_IOERR_SHMSIZE).
        Some((13, _) | (_, 4874)) => StoreError::Full { path },
        Some((11, _)) => StoreError::Corrupt { what: format!("{}: {error}", path.display()) },
        Some((26, _)) => {
            let reason = "it is no database; move it away, or use another state folder".to_owned();
            StoreError::Unusable { path, reason }
        }
        _ => StoreError::Unusable { path, reason: format!("{error}; check the disk and the state folder") },
    }
}

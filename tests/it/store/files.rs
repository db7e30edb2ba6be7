//! Files that are not what they should be: each is told apart, and none is harmed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use aerie::store::{Options, Query, SqliteStore, Store, StoreError};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::{append, new_id, open, verified};

async fn plain(state: &Path) -> SqliteConnection {
    let path = state.join("aerie.db");
    SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap()
}

async fn refusal(state: &Path) -> StoreError {
    SqliteStore::open(state, Options::default()).await.expect_err("it does not open")
}

#[tokio::test]
async fn all_that_is_kept_is_the_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let state = parent.path().join("new/state");
    let store = open(&state).await;
    let id = new_id();
    store.append(append(id, 0, "created")).await.unwrap();
    store.checkpoint().await.unwrap();
    let _claim = store.claim(id).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for name in ["aerie.db", "aerie.db-wal", "aerie.db-shm", "ledger/key", "ledger/checkpoints.jsonl"] {
        assert_eq!(mode(&state.join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&state.join("claims").join(id.to_string())), 0o600);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let state = tempfile::tempdir().unwrap();
    open(state.path()).await.close().await;
    plain(state.path()).await.execute("PRAGMA user_version = 99").await.unwrap();
    let error = refusal(state.path()).await;
    assert!(matches!(error, StoreError::NewerVersion { found: 99, known: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_not_touched() {
    let state = tempfile::tempdir().unwrap();
    let mut connection = plain(state.path()).await;
    connection.execute("CREATE TABLE bookmarks (url)").await.unwrap();
    connection.close().await.unwrap();
    let before = fs::read(state.path().join("aerie.db")).unwrap();
    let error = refusal(state.path()).await;
    assert!(matches!(error, StoreError::Unusable { .. }) && error.to_string().contains("another program"), "{error}");
    assert_eq!(fs::read(state.path().join("aerie.db")).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_an_empty_one_is_a_new_database() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("aerie.db");
    fs::write(&path, "a diary, much longer than the header of a database. ".repeat(100)).unwrap();
    let error = refusal(state.path()).await;
    assert!(error.to_string().contains("no database") && error.to_string().contains("move it away"), "{error}");
    assert!(fs::read_to_string(&path).unwrap().starts_with("a diary"));
    fs::write(&path, "").unwrap();
    let store = open(state.path()).await;
    store.append(append(new_id(), 0, "created")).await.unwrap();
    verified(&store).await;
}

#[tokio::test]
async fn a_damaged_database_never_becomes_another_state() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    for _ in 0..50 {
        store.append(append(new_id(), 0, "created")).await.unwrap();
    }
    store.close().await;
    let path = state.path().join("aerie.db");
    let whole = fs::read(&path).unwrap();
    // Pages of zeros, one after the other, and files that were cut off: told at opening, at reading, or by the check.
    let pages = whole.len() / 4096;
    assert!(pages > 8);
    for page in 0..2 * pages {
        let mut bytes = whole.clone();
        if page < pages {
            bytes[page * 4096..(page + 1) * 4096].fill(0);
        } else {
            bytes.truncate((page - pages) * 4096 + 100);
        }
        fs::write(&path, &bytes).unwrap();
        match SqliteStore::open(state.path(), Options::default()).await {
            Err(_) => {}
            Ok(store) => {
                let listed = store.list(&Query::default()).await;
                let good = store.verify(aerie::ledger::Trust::default()).await;
                // A page that nothing uses may be zero.
                let same = listed.is_ok_and(|listed| listed.len() == 50);
                assert!(good.is_err() || same, "page {page} of {pages}");
                store.close().await;
            }
        }
        for more in ["aerie.db-wal", "aerie.db-shm"] {
            let _ = fs::remove_file(state.path().join(more));
        }
    }
}

#[tokio::test]
async fn an_old_copy_put_back_is_noticed_at_opening() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("aerie.db");
    let store = open(state.path()).await;
    store.append(append(new_id(), 0, "created")).await.unwrap();
    store.close().await;
    let old = fs::read(&path).unwrap();
    let store = open(state.path()).await;
    store.append(append(new_id(), 0, "created")).await.unwrap();
    store.checkpoint().await.unwrap();
    store.close().await;
    fs::write(&path, old).unwrap();
    let error = refusal(state.path()).await;
    assert!(matches!(error, StoreError::Corrupt { .. }) && error.to_string().contains("entry 2"), "{error}");
    fs::write(&path, "").unwrap();
    assert!(matches!(refusal(state.path()).await, StoreError::Corrupt { .. }));
    // On purpose.
    fs::remove_file(state.path().join("ledger/checkpoints.jsonl")).unwrap();
    open(state.path()).await;
}

#[tokio::test]
async fn a_database_that_stays_locked_is_told_and_used_again_afterwards() {
    let state = tempfile::tempdir().unwrap();
    let options = Options { busy_timeout: Duration::from_millis(50), ..Options::default() };
    let store = SqliteStore::open(state.path(), options).await.unwrap();
    let id = new_id();
    store.append(append(id, 0, "created")).await.unwrap();
    let mut other = plain(state.path()).await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    for _ in 0..3 {
        let error = store.append(append(id, 1, "started")).await.unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
        assert!(matches!(store.claim(id).await, Err(StoreError::Locked { .. })));
        // Readers do not wait.
        assert_eq!(store.events(id).await.unwrap().len(), 1);
    }
    other.execute("ROLLBACK").await.unwrap();
    store.append(append(id, 1, "started")).await.unwrap();
    drop(store.claim(id).await.unwrap());
    assert_eq!(verified(&store).await.entries, 2);
}

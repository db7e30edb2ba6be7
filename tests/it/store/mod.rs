//! The store and its ledger: nothing is lost, nothing is changed unseen, whoever works on it and however it ends.

mod basics;
mod concurrent;
mod crash;
mod disk;
mod files;
mod tamper;

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use aerie::execution::ExecutionId;
use aerie::ledger::{Trust, Verified};
use aerie::store::{Append, NewEvent, Options, SqliteStore, Summary};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An id that no other test, and no other process, has.
fn new_id() -> ExecutionId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    ExecutionId::from_parts(1_790_000_000_000 + count, u128::from(std::process::id()) << 32 | u128::from(count))
}

async fn open(state: &Path) -> SqliteStore {
    SqliteStore::open(state, Options::default()).await.expect("it opens")
}

async fn verified(store: &SqliteStore) -> Verified {
    store.verify(Trust::default()).await.unwrap_or_else(|error| panic!("{error}"))
}

fn summary(id: ExecutionId, state: &str) -> Summary {
    let time: Timestamp = "2026-01-09T12:00:00Z".parse().expect("a time");
    Summary {
        id,
        name: "orbit response".into(),
        principal: "operator".into(),
        thread: None,
        state: state.into(),
        state_since: time,
        created: time,
        updated: time,
        folder: Some("2026-01/x".into()),
        expires: None,
        may_have_written: false,
        detail: json!({"writes": 2}),
    }
}

/// One event, `kind`, for an execution with `expected` events.
fn append(id: ExecutionId, expected: u32, kind: &str) -> Append {
    append_body(id, expected, kind, json!({"n": expected}))
}

fn append_body(id: ExecutionId, expected: u32, kind: &str, body: Value) -> Append {
    Append {
        execution: id,
        expected,
        epoch: None,
        actor: "operator".into(),
        events: vec![NewEvent { kind: kind.into(), body }],
        summary: summary(id, "running"),
        blobs: Vec::new(),
        key: None,
    }
}

/// This test binary once more, to run one test that does nothing unless `AERIE_TEST_STORE` names a state folder.
fn child(test: &str, state: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env("AERIE_TEST_STORE", state);
    command
}

/// The state folder that a child is to use.
fn told() -> Option<std::path::PathBuf> {
    std::env::var_os("AERIE_TEST_STORE").map(Into::into)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

//! Disks that are full or read-only. Each is a small file system of its own, which a user namespace lets us mount.

use std::process::Command;

use aerie::store::{Options, SqliteStore, Store, StoreError};

use super::{append_body, child, new_id, open, runtime, told, verified};

/// Runs a shell line in a namespace of its own; `$TEST` runs the named test as a child with the state folder `state`.
fn in_namespace(script: &str, test: &str, state: &std::path::Path) {
    let test = child(test, state);
    let words: Vec<_> = test.get_args().map(|word| word.to_str().unwrap()).collect();
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-ec", script])
        .env("AERIE_TEST_STORE", state)
        .env("TEST", format!("{} {}", test.get_program().to_str().unwrap(), words.join(" ")))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn fills_its_disk_when_it_is_told_to() {
    let Some(state) = told() else { return };
    let filler = state.join("filler");
    std::fs::write(&filler, vec![1; 1 << 20]).unwrap();
    runtime().block_on(async {
        let store = open(&state.join("state")).await;
        let mut kept = Vec::new();
        let error = loop {
            let id = new_id();
            match store.append(append_body(id, 0, "created", "x".repeat(20_000).into())).await {
                Ok(_) => kept.push(id),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full { .. }) && error.to_string().contains("make room"), "{error:?}");
        assert!(kept.len() > 10);
        // Still full; what there is can be read.
        let id = new_id();
        let change = || append_body(id, 0, "created", "x".repeat(20_000).into());
        assert!(matches!(store.append(change()).await, Err(StoreError::Full { .. })));
        assert_eq!(store.events(kept[0]).await.unwrap().len(), 1);
        std::fs::remove_file(&filler).unwrap();
        store.append(change()).await.unwrap();
        assert_eq!(verified(&store).await.entries, kept.len() as u64 + 1);
    });
}

#[test]
fn a_full_disk_is_told_and_the_store_goes_on_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=3m tmpfs $AERIE_TEST_STORE; exec $TEST";
    in_namespace(script, "store::disk::fills_its_disk_when_it_is_told_to", folder.path());
}

#[test]
fn finds_its_disk_full_when_it_is_told_to() {
    let Some(state) = told() else { return };
    runtime().block_on(async {
        let error = SqliteStore::open(&state, Options::default()).await.unwrap_err();
        assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    });
}

#[test]
fn a_disk_that_is_full_from_the_start_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for free in ["0", "8", "16", "40"] {
        let script = format!(
            "mount -t tmpfs -o size=1m tmpfs $AERIE_TEST_STORE; cd $AERIE_TEST_STORE
             head -c $((1048576 - {free} * 1024)) /dev/zero > filler; cd /; exec $TEST"
        );
        in_namespace(&script, "store::disk::finds_its_disk_full_when_it_is_told_to", folder.path());
    }
}

#[test]
fn finds_its_files_read_only_when_it_is_told_to() {
    let Some(state) = told() else { return };
    runtime().block_on(async {
        let error = SqliteStore::open(&state, Options::default()).await.unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
        assert!(error.to_string().contains("read-only"), "{error}");
    });
}

#[tokio::test]
async fn a_database_or_folder_that_cannot_be_written_is_told() {
    let state = tempfile::tempdir().unwrap();
    open(state.path()).await.close().await;
    for what in ["", "/aerie.db", "/claims", "/ledger"] {
        let script = format!(
            "mount --bind $AERIE_TEST_STORE{what} $AERIE_TEST_STORE{what}
             mount -o remount,bind,ro $AERIE_TEST_STORE{what}; exec $TEST"
        );
        in_namespace(&script, "store::disk::finds_its_files_read_only_when_it_is_told_to", state.path());
    }
    verified(&open(state.path()).await).await;
}

//! Many at once: tasks, stores, processes. The chain stays whole and nobody's event is lost.

use std::process::Stdio;
use std::sync::Arc;

use aerie::store::{NewEvent, SqliteStore, Store, StoreError};

use super::{append, child, new_id, open, runtime, told, verified};

/// Appends to an execution that others append to as well, until it has its own `count` events in.
async fn contend(store: &SqliteStore, id: aerie::execution::ExecutionId, who: &str, count: usize) {
    let mut done = 0;
    let mut seen = 0;
    while done < count {
        let mut change = append(id, seen, who);
        change.events.push(NewEvent { kind: who.to_owned(), body: done.into() });
        match store.append(change).await {
            Ok(appended) => {
                seen = appended.version;
                done += 1;
            }
            Err(StoreError::Stale { found, .. }) => seen = found,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_and_stores_that_append_at_once_lose_nothing() {
    let state = tempfile::tempdir().unwrap();
    let stores = [Arc::new(open(state.path()).await), Arc::new(open(state.path()).await)];
    let shared = new_id();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let store = Arc::clone(&stores[n % 2]);
            tokio::spawn(async move {
                contend(&store, shared, &format!("task {n}"), 10).await;
                contend(&store, new_id(), "own", 10).await;
                store.record_note("note", "task", n.into()).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(stores[0].events(shared).await.unwrap().len(), 160);
    let verified = verified(&stores[1]).await;
    assert_eq!((verified.entries, verified.executions), (160 + 160 + 8, 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_are_dropped_half_way_are_there_whole_or_not_at_all() {
    let state = tempfile::tempdir().unwrap();
    let store = Arc::new(open(state.path()).await);
    let mut finished = 0;
    for n in 0..200u64 {
        let (store, id) = (Arc::clone(&store), new_id());
        let mut change = append(id, 0, "one");
        change.events.push(NewEvent { kind: "two".into(), body: n.into() });
        change.blobs = vec![n.to_le_bytes().to_vec()];
        let task = {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.append(change).await.map(drop) })
        };
        tokio::time::sleep(std::time::Duration::from_micros(n * 17 % 3000)).await;
        task.abort();
        if let Ok(done) = task.await {
            done.unwrap();
            finished += 1;
            assert_eq!(store.events(id).await.unwrap().len(), 2);
        }
    }
    store.append(append(new_id(), 0, "after")).await.unwrap();
    let verified = verified(&store).await;
    assert_eq!(verified.entries % 2, 1);
    assert!(verified.entries > 2 * finished);
}

/// Not a test of its own: what the processes of the next one do.
#[test]
fn a_process_that_contends_when_it_is_told_to() {
    let Some(state) = told() else { return };
    runtime().block_on(async {
        let store = open(&state).await;
        let shared = std::env::var("AERIE_TEST_SHARED").unwrap().parse().unwrap();
        contend(&store, shared, &format!("process {}", std::process::id()), 20).await;
        contend(&store, new_id(), "own", 5).await;
        for _ in 0..5 {
            match store.claim(shared).await {
                Ok(claim) => {
                    let seen = u32::try_from(store.events(shared).await.unwrap().len()).unwrap();
                    let change = append(shared, seen, "claimed");
                    match store.append(aerie::store::Append { epoch: Some(claim.epoch), ..change }).await {
                        Ok(_) | Err(StoreError::Stale { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                Err(StoreError::Held { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_append_at_once_lose_nothing() {
    let state = tempfile::tempdir().unwrap();
    let shared = new_id();
    // They also make the database at once.
    let children: Vec<_> = (0..4)
        .map(|_| {
            child("store::concurrent::a_process_that_contends_when_it_is_told_to", state.path())
                .env("AERIE_TEST_SHARED", shared.to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }
    let store = open(state.path()).await;
    let events = store.events(shared).await.unwrap();
    let own = events.iter().filter(|entry| entry.text.contains("process ")).count();
    assert_eq!(own, 4 * 20 * 2);
    assert_eq!(verified(&store).await.executions, 5);
    assert_eq!(std::fs::read_dir(state.path().join("claims")).unwrap().count(), 0);
}

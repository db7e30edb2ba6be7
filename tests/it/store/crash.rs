//! A process that is killed at any moment leaves a whole chain with everything that it was told is kept.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::Duration;

use aerie::store::{NewEvent, Store, StoreError};

use super::{append, child, new_id, open, runtime, told, verified};

/// Not a test of its own: what the processes of the next one do until they are killed.
#[test]
fn a_process_that_appends_until_it_is_killed_when_it_is_told_to() {
    let Some(state) = told() else { return };
    runtime().block_on(async {
        let store = open(&state).await;
        let mut out = std::io::stdout();
        loop {
            let id = new_id();
            for step in 0..3u32 {
                let mut change = append(id, step * 2, "first");
                change.events.push(NewEvent { kind: "second".into(), body: "x".repeat(3000).into() });
                change.blobs = vec![format!("{id} {step}").into_bytes()];
                let version = store.append(change).await.unwrap().version;
                writeln!(out, "\nacknowledged {id} {version}").unwrap();
            }
            let _claim = store.claim(id).await.unwrap();
            writeln!(out, "\nclaimed {id} 0").unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_any_moment_loses_nothing_that_it_acknowledged() {
    let state = tempfile::tempdir().unwrap();
    let mut acknowledged = std::collections::HashMap::new();
    let mut claimed = Vec::new();
    for round in 0..30u64 {
        let mut process =
            child("store::crash::a_process_that_appends_until_it_is_killed_when_it_is_told_to", state.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let reader = std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        });
        let mut random = [0; 1];
        getrandom::fill(&mut random).unwrap();
        tokio::time::sleep(Duration::from_millis(20 + round * 3 + u64::from(random[0]) / 4)).await;
        process.kill().unwrap();
        process.wait().unwrap();
        for words in reader.join().unwrap() {
            match words.as_slice() {
                [what, id, version] if what == "acknowledged" => {
                    let version: usize = version.parse().unwrap();
                    acknowledged.insert(id.parse().unwrap(), version);
                }
                [what, id, _] if what == "claimed" => claimed.push(id.parse().unwrap()),
                _ => {}
            }
        }
        let store = open(state.path()).await;
        assert_eq!(verified(&store).await.entries % 2, 0, "appends are whole");
        store.close().await;
    }
    assert!(acknowledged.len() > 10, "the processes did something");
    let store = open(state.path()).await;
    for (id, version) in &acknowledged {
        assert!(store.events(*id).await.unwrap().len() >= *version, "{id}");
        let digest = aerie::approval::Digest::of(format!("{id} {}", version / 2 - 1).as_bytes());
        assert!(store.blob(&digest).await.unwrap().is_some());
    }
    // What a dead process held is free.
    for id in claimed {
        drop(store.claim(id).await.unwrap());
    }
    let id = *acknowledged.keys().next().unwrap();
    assert!(matches!(store.append(append(id, 0, "x")).await, Err(StoreError::Stale { .. })));
}

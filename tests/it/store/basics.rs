//! What is put in comes out, and what makes no sense is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aerie::approval::Digest;
use aerie::error::Coded as _;
use aerie::ledger::Trust;
use aerie::store::{MAX_TEXT, NewEvent, Options, Query, SqliteStore, Store, StoreError};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{append, append_body, new_id, open, summary, verified};

#[tokio::test]
async fn what_was_appended_is_read_back_after_the_store_was_opened_again() {
    let state = tempfile::tempdir().unwrap();
    let (id, code) = (new_id(), b"caput('A', 1)".to_vec());
    let store = open(state.path()).await;
    let mut first = append(id, 0, "created");
    first.key = Some(("operator".into(), "request-1".into()));
    first.blobs = vec![code.clone(), Vec::new()];
    first.events.push(NewEvent { kind: "analysed".into(), body: json!([1.5, null, "ä"]) });
    assert_eq!(store.append(first).await.unwrap().version, 2);
    let note = store.record_note("configuration", "operator", json!({"policy": "2"})).await.unwrap();
    let mut second = append(id, 2, "finished");
    second.summary.state = "done".into();
    let appended = store.append(second.clone()).await.unwrap();
    assert_eq!((appended.version, appended.seq, note), (3, 4, 3));
    let checkpoint = store.checkpoint().await.unwrap();
    store.close().await;

    let store = open(state.path()).await;
    let events: Vec<_> = store.events(id).await.unwrap().iter().map(|entry| entry.read().unwrap()).collect();
    let said: Vec<_> = events.iter().map(|event| (event.seq, event.version, event.kind.as_str())).collect();
    assert_eq!(said, [(1, 1, "created"), (2, 2, "analysed"), (4, 3, "finished")]);
    assert_eq!(events[1].body, json!([1.5, null, "ä"]));
    assert_eq!(store.summary(id).await.unwrap(), Some(second.summary));
    assert_eq!(store.find_key("operator", "request-1").await.unwrap(), Some(id));
    assert_eq!(store.find_key("somebody else", "request-1").await.unwrap(), None);
    assert_eq!(store.blob(&Digest::of(&code)).await.unwrap(), Some(code));
    assert_eq!(store.blob(&Digest::of(b"")).await.unwrap(), Some(Vec::new()));
    assert_eq!(store.blob(&Digest::of(b"other")).await.unwrap(), None);
    assert_eq!(store.checkpoints().await.unwrap(), std::slice::from_ref(&checkpoint));
    let entries = store.entries(0, 100).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(store.entries(2, 1).await.unwrap(), entries[2..3]);
    assert!(store.entries(4, 100).await.unwrap().is_empty());
    assert!(store.events(new_id()).await.unwrap().is_empty());
    assert_eq!(store.summary(new_id()).await.unwrap(), None);
    let verified = verified(&store).await;
    assert_eq!((verified.entries, verified.executions, &verified.head), (4, 1, &entries[3].digest));
    assert_eq!((verified.checkpoint, verified.keys), (Some(checkpoint), vec![store.public_key()]));
}

#[tokio::test]
async fn lists_are_newest_first_filtered_and_in_pages() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    let mut ids = Vec::new();
    for n in 0..6u32 {
        let id = new_id();
        let mut change = append(id, 0, "created");
        change.summary.state = ["running", "done", "failed"][n as usize % 3].into();
        change.summary.principal = if n < 4 { "operator" } else { "physicist" }.into();
        change.summary.name = format!("Scan_{n} of 100%");
        store.append(change).await.unwrap();
        ids.push(id);
    }
    ids.reverse();
    // A later change does not move it.
    let mut change = append(ids[5], 1, "waits");
    change.summary.state = "waiting".into();
    store.append(change).await.unwrap();
    let list = async |query: Query| -> Vec<usize> {
        let found = store.list(&query).await.unwrap();
        found.iter().map(|found| ids.iter().position(|id| *id == found.id).unwrap()).collect()
    };
    let all = Query::default;
    assert_eq!(list(all()).await, [0, 1, 2, 3, 4, 5]);
    assert_eq!(list(Query { limit: 2, ..all() }).await, [0, 1]);
    assert_eq!(list(Query { limit: 2, before: Some(ids[1]), ..all() }).await, [2, 3]);
    assert!(list(Query { before: Some(ids[5]), ..all() }).await.is_empty());
    assert_eq!(list(Query { states: vec!["done".into(), "waiting".into()], ..all() }).await, [1, 4, 5]);
    assert_eq!(list(Query { principal: Some("physicist".into()), ..all() }).await, [0, 1]);
    assert_eq!(list(Query { name: Some("scan_3 OF".into()), ..all() }).await, [2]);
    // No sign in it means more than itself.
    assert!(list(Query { name: Some("%_%".into()), ..all() }).await.is_empty());
    assert!(list(Query { states: vec!["' OR 1 --".into()], ..all() }).await.is_empty());
    let both = Query { states: vec!["done".into()], principal: Some("operator".into()), ..all() };
    assert_eq!(list(both).await, [4]);
}

#[tokio::test]
async fn ten_thousand_executions_are_listed_once_each() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    let id = new_id();
    store.append(append(id, 0, "created")).await.unwrap();
    // The rows of its table, 10,000 times; their events are of no matter here.
    let path = format!("sqlite://{}", state.path().join("aerie.db").display());
    let mut direct = <sqlx::SqliteConnection as sqlx::Connection>::connect(&path).await.unwrap();
    sqlx::query(
        "INSERT INTO execution
         WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 10000),
         id (n, id) AS (SELECT n, printf('ex_%026d', n) FROM n)
         SELECT id.n, id.id, 1, 0, iif(id.n % 100, 'done', 'waiting'), principal, name,
             json_set(summary, '$.id', id.id, '$.detail', id.n)
         FROM id, execution",
    )
    .execute(&mut direct)
    .await
    .unwrap();
    let whole = store.list(&Query { limit: 20_000, ..Query::default() }).await.unwrap();
    let numbers: Vec<_> = whole[..9_999].iter().map(|found| found.detail.as_i64().unwrap()).collect();
    assert_eq!(numbers, (2..=10_000).rev().collect::<Vec<_>>());
    assert_eq!(whole[9_999].id, id);
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = store.list(&Query { limit: 700, before, ..Query::default() }).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        paged.extend(page);
    }
    assert_eq!(paged, whole);
    let waiting = Query { states: vec!["waiting".into()], ..Query::default() };
    assert_eq!(store.list(&waiting).await.unwrap().len(), 100);
}

#[tokio::test]
async fn signing_twice_at_the_same_place_is_signing_once() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    store.append(append(new_id(), 0, "created")).await.unwrap();
    let first = store.checkpoint().await.unwrap();
    assert_eq!(store.checkpoint().await.unwrap(), first);
    store.append(append(new_id(), 0, "created")).await.unwrap();
    assert_eq!(store.checkpoint().await.unwrap().seq, 2);
    let side = std::fs::read_to_string(state.path().join("ledger/checkpoints.jsonl")).unwrap();
    assert_eq!(side.lines().count(), 2, "{side}");
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_and_leaves_nothing() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    let id = new_id();
    let refused = async |change, words: &str| {
        let error = store.append(change).await.unwrap_err();
        assert!(matches!(error, StoreError::Unacceptable(_)) && error.to_string().contains(words), "{error}");
    };
    let good = || append(id, 0, "created");
    refused(aerie::store::Append { events: Vec::new(), ..good() }, "without an event").await;
    refused(aerie::store::Append { summary: summary(new_id(), "running"), ..good() }, "summary of").await;
    let key = Some(("a".to_owned(), "b".to_owned()));
    refused(aerie::store::Append { expected: 1, key, ..good() }, "key").await;
    refused(append_body(id, 0, "huge", "x".repeat(MAX_TEXT).into()), "the most is 16777216").await;
    refused(aerie::store::Append { blobs: vec![vec![0; MAX_TEXT + 1]], ..good() }, "blob").await;
    let blobs = (0..5u8).map(|n| vec![n; 15 << 20]).collect();
    refused(aerie::store::Append { blobs, ..good() }, "at once").await;
    let mut change = good();
    change.summary.detail = "x".repeat(70_000).into();
    refused(change, "summary").await;
    let mut deep = Value::Null;
    for _ in 0..200 {
        deep = json!([deep]);
    }
    refused(append_body(id, 0, "deep", deep), "deeper").await;
    assert!(store.events(id).await.unwrap().is_empty());
    assert_eq!(verified(&store).await.entries, 0);
    // What is just small enough is kept.
    let mut largest = append_body(id, 0, "large", "\"".repeat(8 << 20).into());
    largest.events[0].body = "\"".repeat((8 << 20) - 200).into();
    store.append(largest).await.unwrap();
    assert_eq!(store.entries(0, 1000).await.unwrap().len(), 1);
    verified(&store).await;
}

#[tokio::test]
async fn whoever_has_not_seen_the_last_event_is_told_so() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    let id = new_id();
    assert!(matches!(store.append(append(id, 3, "x")).await, Err(StoreError::Unknown(unknown)) if unknown == id));
    store.append(append(id, 0, "created")).await.unwrap();
    for wrong in [0, 2] {
        let error = store.append(append(id, wrong, "x")).await.unwrap_err();
        assert!(matches!(error, StoreError::Stale { expected, found: 1 } if expected == wrong), "{error}");
        assert_eq!(error.code().as_str(), "AE0803");
    }
    store.append(append(id, 1, "started")).await.unwrap();
    assert_eq!(verified(&store).await.entries, 2);
}

#[tokio::test]
async fn an_old_claim_cannot_write_any_more() {
    let state = tempfile::tempdir().unwrap();
    let (here, there) = (open(state.path()).await, open(state.path()).await);
    let id = new_id();
    assert!(matches!(here.claim(id).await, Err(StoreError::Unknown(_))));
    here.append(append(id, 0, "created")).await.unwrap();
    let claim = here.claim(id).await.unwrap();
    for other in [&here, &there] {
        let error = other.claim(id).await.unwrap_err();
        assert!(matches!(error, StoreError::Held { .. }), "{error}");
        assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    }
    let old = claim.epoch;
    let with = |epoch, expected| aerie::store::Append { epoch: Some(epoch), ..append(id, expected, "x") };
    here.append(with(old, 1)).await.unwrap();
    drop(claim);
    let claim = there.claim(id).await.unwrap();
    assert!(claim.epoch > old);
    let error = here.append(with(old, 2)).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Fenced { epoch, found, .. } if (epoch, found) == (old, claim.epoch)),
        "{error}"
    );
    there.append(with(claim.epoch, 2)).await.unwrap();
    // An answer to an approval needs no claim.
    here.append(append(id, 3, "decided")).await.unwrap();
    assert!(matches!(
        here.append(aerie::store::Append { epoch: Some(1), ..append(new_id(), 0, "x") }).await,
        Err(StoreError::Fenced { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_begins_one_execution_however_many_ask_at_once() {
    let state = tempfile::tempdir().unwrap();
    let stores = [Arc::new(open(state.path()).await), Arc::new(open(state.path()).await)];
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let store = Arc::clone(&stores[n % 2]);
            tokio::spawn(async move {
                let id = new_id();
                let key = Some(("operator".to_owned(), "same \0 key".to_owned()));
                match store.append(aerie::store::Append { key, ..append(id, 0, "created") }).await {
                    Ok(_) => (id, true),
                    Err(StoreError::KeyUsed { execution }) => (execution, false),
                    Err(error) => panic!("{error}"),
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|(_, first)| *first).count(), 1);
    assert!(answers.iter().all(|(id, _)| *id == answers[0].0));
    assert_eq!(stores[0].find_key("operator", "same \0 key").await.unwrap(), Some(answers[0].0));
    assert_eq!(verified(&stores[0]).await.entries, 1);
}

#[tokio::test]
async fn hostile_texts_are_kept_as_they_are() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    for text in ["\0", "a\0b", "\\ud800", "\u{fffd}\u{feff}", "'; DROP TABLE entry; --", "\n{\"seq\":1}\n", "\u{202e}"]
    {
        let id = new_id();
        let mut change = append_body(id, 0, text, json!({text: [text]}));
        change.actor = text.to_owned();
        change.key = Some((text.to_owned(), text.to_owned()));
        (change.summary.name, change.summary.principal) = (text.to_owned(), text.to_owned());
        (change.summary.state, change.summary.detail) = (text.to_owned(), text.into());
        let kept = change.summary.clone();
        store.append(change).await.unwrap();
        let event = store.events(id).await.unwrap()[0].read().unwrap();
        assert_eq!((event.kind.as_str(), event.actor.as_str(), &event.body), (text, text, &json!({text: [text]})));
        assert_eq!(store.find_key(text, text).await.unwrap(), Some(id));
        let query = Query { states: vec![text.to_owned()], principal: Some(text.to_owned()), ..Query::default() };
        assert_eq!(store.list(&query).await.unwrap(), [kept]);
    }
    verified(&store).await;
}

#[tokio::test]
async fn forgetting_removes_what_nobody_else_uses_and_leaves_the_ledger_whole() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    let (old, new) = (new_id(), new_id());
    let (alone, shared) = (b"alone and secret".to_vec(), b"shared".to_vec());
    let blobs = vec![alone.clone(), shared.clone(), alone.clone()];
    store.append(aerie::store::Append { blobs, ..append(old, 0, "created") }).await.unwrap();
    store.append(aerie::store::Append { blobs: vec![shared.clone()], ..append(new, 0, "created") }).await.unwrap();
    let forgotten = store.forget_blobs(&[old, new_id()], "retention").await.unwrap();
    let wal = std::fs::metadata(state.path().join("aerie.db-wal")).unwrap().len();
    assert_eq!(wal, 0, "it is not left there either");
    assert_eq!((forgotten.blobs, forgotten.bytes), (1, alone.len() as u64));
    assert_eq!(store.blob(&Digest::of(&alone)).await.unwrap(), None);
    assert_eq!(store.blob(&Digest::of(&shared)).await.unwrap(), Some(shared));
    let entries = store.entries(0, 10).await.unwrap();
    let note = entries[2].read().unwrap();
    assert_eq!((entries.len(), note.kind.as_str(), note.execution), (3, "retention", None));
    assert_eq!(note.body["blobs"], json!([Digest::of(&alone)]));
    assert_eq!(store.forget_blobs(&[old], "retention").await.unwrap().blobs, 0);
    assert_eq!(verified(&store).await.entries, 3);
    store.close().await;
    let kept = std::fs::read(state.path().join("aerie.db")).unwrap();
    assert!(!kept.windows(alone.len()).any(|window| window == alone), "it is overwritten");
}

#[tokio::test]
async fn a_clock_that_jumps_back_changes_nothing() {
    static NOW: AtomicI64 = AtomicI64::new(1_800_000_000);
    let clock = || Timestamp::from_second(NOW.fetch_sub(86_400, Ordering::SeqCst)).unwrap();
    let state = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(state.path(), Options { clock, ..Options::default() }).await.unwrap();
    let ids: Vec<_> = (0..5).map(|_| new_id()).collect();
    for id in &ids {
        store.append(append(*id, 0, "created")).await.unwrap();
        store.checkpoint().await.unwrap();
    }
    let times: Vec<_> = store.entries(0, 10).await.unwrap().iter().map(|entry| entry.read().unwrap().time).collect();
    assert!(times.is_sorted_by(|a, b| a > b));
    let listed: Vec<_> = store.list(&Query::default()).await.unwrap().iter().map(|found| found.id).rev().collect();
    assert_eq!(listed, ids);
    assert_eq!(store.verify(Trust::default()).await.unwrap().entries, 5);
}

#[tokio::test]
async fn every_256th_entry_is_signed_in_the_database_and_beside_it() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    let id = new_id();
    let mut change = append(id, 0, "created");
    change.events = (0..600).map(|n| NewEvent { kind: "step".into(), body: n.into() }).collect();
    store.append(change).await.unwrap();
    let signed: Vec<_> = store.checkpoints().await.unwrap().iter().map(|checkpoint| checkpoint.seq).collect();
    assert_eq!(signed, [256, 512]);
    assert_eq!(verified(&store).await.checkpoint.unwrap().seq, 512);
    store.close().await;
    drop(open(state.path()).await);
    let side = std::fs::read_to_string(state.path().join("ledger/checkpoints.jsonl")).unwrap();
    let mut side: Vec<u64> =
        side.lines().map(|line| serde_json::from_str::<aerie::ledger::Checkpoint>(line).unwrap().seq).collect();
    side.sort_unstable();
    assert_eq!(side, [256, 512]);
}

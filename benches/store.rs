//! What it costs to keep an event, and to list 10,000 executions.
//!
//! Prints medians, and what one `fsync` alone costs here; fails if a list of 10,000 takes more than 50 ms.
#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::time::{Duration, Instant};

use aerie::execution::ExecutionId;
use aerie::ledger::Trust;
use aerie::store::{Append, NewEvent, Options, Query, SqliteStore, Store, Summary};
use jiff::Timestamp;
use serde_json::json;

const EXECUTIONS: u64 = 10_000;
const MOST: Duration = Duration::from_millis(50);

type Failure = Box<dyn std::error::Error>;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn append(n: u64, expected: u32, events: usize) -> Append {
    let id = ExecutionId::from_parts(1_790_000_000_000 + n, u128::from(n));
    let now = Timestamp::now();
    let body = json!({"channel": "SR:C01:PS1:SP", "value": 1.5, "limits": [0.0, 10.0], "reason": "x".repeat(200)});
    Append {
        execution: id,
        expected,
        epoch: None,
        actor: "operator".into(),
        events: vec![NewEvent { kind: "write.intended".into(), body }; events],
        summary: Summary {
            id,
            name: format!("orbit response {n}"),
            principal: if n.is_multiple_of(3) { "operator" } else { "physicist" }.into(),
            thread: Some("thread-1".into()),
            state: if n.is_multiple_of(100) { "waiting" } else { "done" }.into(),
            state_since: now,
            created: now,
            updated: now,
            folder: Some(format!("/var/lib/aerie/executed_scripts/2026-01/20260109_120000_orbit_response_{n}")),
            expires: None,
            may_have_written: true,
            detail: json!({"writes": 3, "figures": 1, "method": "wasi"}),
        },
        blobs: Vec::new(),
        key: None,
    }
}

async fn measure() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    for what in ["of 4 KiB at the end of a growing file", "of 4 KiB in place, as a commit in a WAL"] {
        let mut file = File::create(folder.path().join("plain"))?;
        file.write_all(&vec![0; 301 * 4096])?;
        file.sync_all()?;
        if what.contains("in place") {
            file.rewind()?;
        }
        let mut times = Vec::new();
        for _ in 0..301 {
            file.write_all(&[1; 4096])?;
            let start = Instant::now();
            file.sync_data()?;
            times.push(start.elapsed());
        }
        println!("fsync {what}: {:.0?}", median(times));
    }

    let store = SqliteStore::open(folder.path(), Options::default()).await?;
    let mut times = Vec::new();
    let start = Instant::now();
    for n in 0..EXECUTIONS {
        let start = Instant::now();
        store.append(append(n, 0, 1)).await?;
        times.push(start.elapsed());
    }
    println!("a new execution, 1 event: {:.0?} ({EXECUTIONS} in {:.1?})", median(times), start.elapsed());
    let mut times = Vec::new();
    for n in 0..1000 {
        let start = Instant::now();
        store.append(append(n, 1, 3)).await?;
        times.push(start.elapsed());
    }
    println!("3 events more: {:.0?}", median(times));
    let mut times = Vec::new();
    for _ in 0..21 {
        let start = Instant::now();
        drop(SqliteStore::open(folder.path(), Options::default()).await?);
        times.push(start.elapsed());
    }
    println!("open: {:.1?}", median(times));
    let mut times = Vec::new();
    let id = append(0, 0, 1).execution;
    for _ in 0..201 {
        let start = Instant::now();
        drop(store.claim(id).await?);
        times.push(start.elapsed());
    }
    println!("claim and release: {:.0?}", median(times));
    let mut times = Vec::new();
    for _ in 0..1001 {
        let start = Instant::now();
        store.events(id).await?;
        times.push(start.elapsed());
    }
    println!("the 4 events of an execution: {:.0?}", median(times));

    let all = Query { limit: 20_000, ..Query::default() };
    let queries = [
        ("all 10,000", all.clone(), EXECUTIONS),
        ("100 of 10,000", Query::default(), 100),
        ("100 that wait, by state", Query { states: vec!["waiting".into()], ..all.clone() }, EXECUTIONS / 100),
        ("100 of one principal", Query { principal: Some("operator".into()), ..Query::default() }, 100),
        ("one by its name", Query { name: Some("response 77".into()), limit: 1, ..all }, 1),
    ];
    for (what, query, count) in queries {
        let mut times = Vec::new();
        for _ in 0..21 {
            let start = Instant::now();
            let found = store.list(&query).await?;
            times.push(start.elapsed());
            assert_eq!(found.len() as u64, count, "{what}");
        }
        let median = median(times);
        println!("list {what}: {median:.1?}");
        assert!(median <= MOST, "listing {what} takes {median:?}");
    }
    let start = Instant::now();
    let verified = store.verify(Trust::default()).await?;
    println!("verify {} entries: {:.0?}", verified.entries, start.elapsed());
    Ok(())
}

fn main() -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(measure())
}

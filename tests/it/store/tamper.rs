//! Every change to a ledger behind the store's back is found, and the entry that was changed is named.

use std::path::Path;
use std::process::Command;

use aerie::approval::Digest;
use aerie::execution::ExecutionId;
use aerie::ledger::{
    Anchor, CheckpointKey, Entry, EntryBody, Faults, Head, Stored, Trust, Wrong, read_against, verify, verify_export,
};
use aerie::store::{NewEvent, SqliteStore, Store, VerifyError, export};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, SqliteConnection, query, raw_sql};

use super::{append, new_id, open, verified};

async fn direct(state: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", state.join("aerie.db").display())).await.unwrap()
}

async fn faults(store: &SqliteStore) -> Faults {
    match store.verify(Trust::default()).await {
        Err(VerifyError::Broken(faults)) => faults,
        other => panic!("nothing was found: {other:?}"),
    }
}

fn names(faults: &Faults, entry: i64) -> bool {
    faults.list().iter().any(|fault| fault.entry == Some(entry))
}

/// Two executions and a note, six entries; nothing signed.
async fn small(state: &Path) -> (SqliteStore, [ExecutionId; 2]) {
    let store = open(state).await;
    let ids = [new_id(), new_id()];
    for (expected, kind) in [(0, "created"), (1, "started")] {
        store.append(append(ids[0], expected, kind)).await.unwrap();
        store.append(append(ids[1], expected, kind)).await.unwrap();
    }
    store.record_note("configuration", "operator", serde_json::Value::Null).await.unwrap();
    store.append(append(ids[0], 2, "finished")).await.unwrap();
    (store, ids)
}

/// Runs SQL, gives what the check then says, and undoes it.
async fn after(store: &SqliteStore, direct: &mut SqliteConnection, sql: &str) -> Faults {
    direct.execute("CREATE TABLE kept AS SELECT * FROM entry").await.unwrap();
    direct.execute(raw_sql(AssertSqlSafe(sql.to_owned()))).await.unwrap();
    let found = faults(store).await;
    direct.execute("DELETE FROM entry; INSERT INTO entry SELECT * FROM kept; DROP TABLE kept").await.unwrap();
    found
}

#[tokio::test]
async fn every_byte_of_every_entry_counts() {
    let state = tempfile::tempdir().unwrap();
    let (store, _) = small(state.path()).await;
    let mut direct = direct(state.path()).await;
    direct.execute("PRAGMA synchronous = OFF").await.unwrap();
    verified(&store).await;
    let mut flipped = 0;
    for column in ["previous", "digest", "text", "execution", "kind", "time"] {
        let select = format!("SELECT seq, CAST({column} AS BLOB) FROM entry ORDER BY seq");
        let update = format!("UPDATE entry SET {column} = CAST(? AS TEXT) WHERE seq = ?");
        for row in direct.fetch_all(raw_sql(AssertSqlSafe(select))).await.unwrap() {
            let (seq, bytes): (i64, Option<Vec<u8>>) = (row.get(0), row.get(1));
            let Some(bytes) = bytes else { continue };
            let mut set = async |bytes: Vec<u8>| {
                query(AssertSqlSafe(update.clone())).bind(bytes).bind(seq).execute(&mut direct).await.unwrap();
            };
            for place in 0..bytes.len() {
                let mut changed = bytes.clone();
                // Also what is then no UTF-8, and no text any more.
                changed[place] ^= [1, 0x80, 0x20][place % 3];
                set(changed).await;
                let found = faults(&store).await;
                assert!(names(&found, seq), "{column} of entry {seq}, byte {place}: {found}");
                flipped += 1;
            }
            set(bytes).await;
        }
    }
    assert!(flipped > 2000, "{flipped}");
    for (change, undo) in [("version + 1", "version - 1"), ("version - 100", "version + 100")] {
        for seq in 1..=6 {
            let mut set = async |to: &str| {
                let sql = format!("UPDATE entry SET version = {to} WHERE seq = {seq}");
                direct.execute(raw_sql(AssertSqlSafe(sql))).await.is_ok()
            };
            // An index keeps some from being changed.
            if set(change).await {
                assert!(names(&faults(&store).await, seq));
                set(undo).await;
            }
        }
    }
    verified(&store).await;
}

#[tokio::test]
async fn removed_inserted_and_exchanged_entries_are_named() {
    let state = tempfile::tempdir().unwrap();
    let (store, ids) = small(state.path()).await;
    store.checkpoint().await.unwrap();
    let mut direct = direct(state.path()).await;
    for seq in 1..=6 {
        let found = after(&store, &mut direct, &format!("DELETE FROM entry WHERE seq = {seq}")).await;
        assert!(names(&found, seq) && found.to_string().contains("missing"), "{found}");
    }
    let found = after(&store, &mut direct, "DELETE FROM entry WHERE seq BETWEEN 2 AND 4").await;
    assert!(found.to_string().contains("entry 2: it is missing, as are all up to entry 4"), "{found}");
    // What is wrong with one entry is not told of those after it.
    let found =
        after(&store, &mut direct, "UPDATE entry SET text = replace(text, 'operator', 'nobody') WHERE seq = 3").await;
    assert_eq!(found.to_string(), format!("entry 3 ({}, started): its text is not what its digest says", ids[0]));
    let found = after(&store, &mut direct, "UPDATE entry SET digest = previous WHERE seq = 3").await;
    assert_eq!((found.count(), names(&found, 3)), (1, true), "{found}");
    // The places after it moved up.
    let found = after(&store, &mut direct, "DELETE FROM entry WHERE seq = 3; UPDATE entry SET seq = -seq WHERE seq > 3; UPDATE entry SET seq = -seq - 1 WHERE seq < 0").await;
    assert!(names(&found, 3) && found.to_string().contains("says that it is entry 4"), "{found}");
    let exchange = "UPDATE entry SET seq = 100 WHERE seq = {a}; UPDATE entry SET seq = {a} WHERE seq = {b};
                    UPDATE entry SET seq = {b} WHERE seq = 100";
    for (a, b) in [(1, 2), (2, 5), (3, 4), (5, 6)] {
        let sql = exchange.replace("{a}", &a.to_string()).replace("{b}", &b.to_string());
        let found = after(&store, &mut direct, &sql).await;
        assert!(names(&found, a) && names(&found, b), "{a} and {b}: {found}");
    }
    // Texts alone exchanged.
    let found = after(
        &store,
        &mut direct,
        "UPDATE entry SET text = (SELECT text FROM kept WHERE seq = 8 - entry.seq) WHERE seq IN (3, 5)",
    )
    .await;
    assert!(names(&found, 3) && names(&found, 5), "{found}");
    for seq in [0, -5, 7] {
        let sql = format!(
            "INSERT INTO entry SELECT {seq}, previous, digest, execution, version + 90, kind, time, text FROM kept WHERE seq = 6"
        );
        let found = after(&store, &mut direct, &sql).await;
        assert!(names(&found, seq), "{seq}: {found}");
    }
    let found = after(&store, &mut direct, &format!("UPDATE entry SET execution = '{}' WHERE seq = 6", ids[1])).await;
    assert_eq!(
        found.list()[0].to_string(),
        format!("entry 6 ({}, finished): its column `execution` says `{}`, its text `{}`", ids[0], ids[1], ids[0])
    );
    verified(&store).await;
}

/// What a forger can do: the same chain, with one text changed and all after it chained anew.
fn forged(entries: &[Entry], at: u64, drop_it: bool) -> Vec<Entry> {
    let mut head = Head::start();
    let mut forged = Vec::new();
    for entry in entries {
        let mut body: EntryBody = entry.read().unwrap();
        if body.seq == at {
            if drop_it {
                continue;
            }
            body.actor = "nobody".into();
        }
        forged.push(head.extend(body).unwrap());
    }
    forged
}

async fn replace(direct: &mut SqliteConnection, entries: &[Entry]) {
    direct.execute("DELETE FROM entry").await.unwrap();
    for entry in entries {
        let body = entry.read().unwrap();
        query("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(i64::try_from(entry.seq).unwrap())
            .bind(entry.previous.as_str().to_owned())
            .bind(entry.digest.as_str().to_owned())
            .bind(body.execution.map(|id| id.to_string()))
            .bind(body.version)
            .bind(body.kind)
            .bind(body.time.to_string())
            .bind(entry.text.clone())
            .execute(&mut *direct)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_ledger_that_was_chained_anew_is_found_by_its_checkpoints() {
    let state = tempfile::tempdir().unwrap();
    let (store, _) = small(state.path()).await;
    let checkpoint = store.checkpoint().await.unwrap();
    let entries = store.entries(0, 100).await.unwrap();
    let mut direct = direct(state.path()).await;
    replace(&mut direct, &forged(&entries, 2, false)).await;
    let found = faults(&store).await;
    assert!(found.list().iter().any(|fault| fault.entry == Some(6) && matches!(fault.wrong, Wrong::Checkpoint { .. })));
    // Its checkpoint removed as well: the file beside the database knows. That too: whoever kept a copy knows.
    direct.execute("DELETE FROM checkpoint").await.unwrap();
    assert!(faults(&store).await.to_string().contains("checkpoints.jsonl"));
    std::fs::remove_file(state.path().join("ledger/checkpoints.jsonl")).unwrap();
    verified(&store).await;
    let kept = serde_json::to_string(&checkpoint).unwrap() + "\n";
    let anchors = read_against(kept.as_bytes(), "kept.jsonl", &[store.public_key()]).unwrap();
    let error = store.verify(Trust { keys: Vec::new(), anchors }).await.unwrap_err();
    assert!(error.to_string().starts_with("entry 6 ("), "{error}");
    assert!(error.to_string().contains("in kept.jsonl knows"), "{error}");
}

#[tokio::test]
async fn a_shortened_ledger_is_found_by_what_knows_of_more() {
    let state = tempfile::tempdir().unwrap();
    let (store, _) = small(state.path()).await;
    let mut earlier = Vec::new();
    assert_eq!(export(&store, &mut earlier).await.unwrap(), 6);
    let mut direct = direct(state.path()).await;
    direct.execute("DELETE FROM entry WHERE seq > 4").await.unwrap();
    let found = faults(&store).await.to_string();
    assert!(
        found.contains("entry 5: it is missing: the ledger ends at entry 4") && found.contains("3 events"),
        "{found}"
    );
    // A forger who thinks of the counts and of both kinds of checkpoint leaves nothing here that shows it ...
    direct.execute("DELETE FROM checkpoint; UPDATE execution SET version = 2").await.unwrap();
    std::fs::remove_file(state.path().join("ledger/checkpoints.jsonl")).unwrap();
    verified(&store).await;
    // ... but an earlier export does.
    let anchors = read_against(earlier.as_slice(), "march.jsonl", &[]).unwrap();
    let trust = Trust { keys: Vec::new(), anchors: anchors.clone() };
    let error = store.verify(trust).await.unwrap_err().to_string();
    assert!(error.contains("ends at entry 4, but the export march.jsonl is about entry 6"), "{error}");
    // Grown again, with other events.
    for _ in 0..5 {
        store.append(append(new_id(), 0, "created")).await.unwrap();
    }
    verified(&store).await;
    let error = store.verify(Trust { keys: Vec::new(), anchors }).await.unwrap_err().to_string();
    assert!(error.starts_with("entry 6 (") && error.contains("rewritten"), "{error}");
}

#[tokio::test]
async fn checkpoints_are_checked_themselves() {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    let mut change = append(new_id(), 0, "created");
    change.events = (0..520).map(|n| NewEvent { kind: "step".into(), body: n.into() }).collect();
    store.append(change).await.unwrap();
    let mut direct = direct(state.path()).await;
    for column in ["digest", "time", "signature"] {
        let sql = |from: &str, to: &str| {
            format!("UPDATE checkpoint SET {column} = replace({column}, '{from}', '{to}') WHERE seq = 256")
        };
        let text: String = query(AssertSqlSafe(format!("SELECT {column} FROM checkpoint WHERE seq = 256")))
            .fetch_one(&mut direct)
            .await
            .unwrap()
            .get(0);
        let last = &text[text.len() - 3..];
        let other = if last.ends_with('Z') {
            "00Z"
        } else if last == "abc" {
            "def"
        } else {
            "abc"
        };
        direct.execute(raw_sql(AssertSqlSafe(sql(last, other)))).await.unwrap();
        let found = faults(&store).await;
        assert!(names(&found, 256) && found.to_string().contains("does not hold"), "{column}: {found}");
        let restore = format!("UPDATE checkpoint SET {column} = '{text}' WHERE seq = 256");
        direct.execute(raw_sql(AssertSqlSafe(restore))).await.unwrap();
    }
    verified(&store).await;
    // Another key in place of ours.
    let mut forged = store.checkpoints().await.unwrap();
    let head = Head { seq: 256, digest: forged[0].digest.clone() };
    forged[0] = CheckpointKey::new([9; 32]).sign(&head, "2026-01-09T12:00:00Z".parse().unwrap());
    let statement = query("UPDATE checkpoint SET key = ?, time = ?, signature = ? WHERE seq = 256");
    let statement = statement.bind(forged[0].key.to_string()).bind(&forged[0].time).bind(&forged[0].signature);
    statement.execute(&mut direct).await.unwrap();
    let found = faults(&store).await;
    assert!(names(&found, 256) && found.to_string().contains("signed by another key"), "{found}");
    // Both keys named: it was replaced on purpose.
    store.verify(Trust { keys: vec![store.public_key(), forged[0].key], anchors: Vec::new() }).await.unwrap();
    direct.execute("DELETE FROM checkpoint WHERE seq = 256").await.unwrap();
    assert!(faults(&store).await.to_string().contains("entry 256: it has no checkpoint"));
}

#[tokio::test]
async fn a_count_that_was_changed_and_an_execution_without_a_row_are_told() {
    let state = tempfile::tempdir().unwrap();
    let (store, ids) = small(state.path()).await;
    let mut direct = direct(state.path()).await;
    direct.execute("UPDATE execution SET version = version + 1").await.unwrap();
    assert_eq!(faults(&store).await.count(), 2);
    direct.execute("UPDATE execution SET version = version - 1; DELETE FROM execution WHERE first = 1").await.unwrap();
    assert!(faults(&store).await.to_string().contains("1 executions; the ledger has 2"));
    // State is never made of what does not verify.
    direct.execute("UPDATE entry SET text = replace(text, 'started', 'stopped') WHERE seq = 3").await.unwrap();
    let error = store.events(ids[0]).await.unwrap_err().to_string();
    assert!(error.contains("entry 3") && error.contains("not what its digest says"), "{error}");
    direct.execute("DELETE FROM entry WHERE seq = 3").await.unwrap();
    assert!(store.events(ids[0]).await.unwrap_err().to_string().contains("event 2 is missing"));
}

#[tokio::test]
async fn an_export_verifies_elsewhere_and_every_byte_of_it_counts() {
    let state = tempfile::tempdir().unwrap();
    let (store, _) = small(state.path()).await;
    let mut text = Vec::new();
    export(&store, &mut text).await.unwrap();
    let good = verify_export(text.as_slice(), Trust { keys: vec![store.public_key()], anchors: Vec::new() }).unwrap();
    assert_eq!((good.entries, good.checkpoint.is_some()), (6, true));
    // The signature is looked at only where its own line is changed: the rest is found without it.
    let signed = text.windows(14).position(|window| window == b"{\"checkpoint\":").unwrap();
    let header = text.iter().position(|byte| *byte == b'\n').unwrap();
    let mine = || Trust { keys: vec![store.public_key()], anchors: Vec::new() };
    for place in 0..text.len() {
        let mut changed = text.clone();
        changed[place] ^= [1, 0x80, 0x20][place % 3];
        changed.truncate(if place < signed { signed } else { text.len() });
        // The key in the header is only what is taken when nobody names one.
        let same = verify_export(changed.as_slice(), mine()).is_ok();
        assert!(!same || place < header, "byte {place}");
    }
    let lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
    for cut in 0..lines.len() {
        let mut less = lines.clone();
        less.remove(cut);
        let trust = Trust {
            keys: Vec::new(),
            anchors: vec![Anchor { seq: 6, digest: good.head.clone(), source: "me".into() }],
        };
        let found = verify_export(less.concat().as_slice(), trust);
        // The checkpoint is the last line.
        assert!(found.is_err() || cut == lines.len() - 1, "line {cut}");
    }
    assert!(verify_export(&text[..text.len() - 1], Trust::default()).unwrap_err().to_string().contains("cut off"));
    for (wrong, words) in [("", "empty"), ("{}\n", "no export"), ("[1]\n", "no export"), ("\u{0}", "cut off")] {
        assert!(verify_export(wrong.as_bytes(), Trust::default()).unwrap_err().to_string().contains(words), "{wrong}");
    }
    let newer = String::from_utf8(text).unwrap().replacen("\"aerie_ledger\":1", "\"aerie_ledger\":2", 1);
    assert!(verify_export(newer.as_bytes(), Trust::default()).unwrap_err().to_string().contains("version 2"));
}

/// The program of `docs/ledger.md`, as it stands there.
#[tokio::test]
async fn the_program_in_the_documentation_verifies_an_export_and_finds_a_change() {
    let page = include_str!("../../../docs/ledger.md");
    let program = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a program");
    let state = tempfile::tempdir().unwrap();
    let (store, _) = small(state.path()).await;
    let mut text = Vec::new();
    export(&store, &mut text).await.unwrap();
    let path = state.path().join("export.jsonl");
    let run = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let output = with_input(Command::new("python3").arg("-").arg(&path), program);
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let text = String::from_utf8(text).unwrap();
    let head = &store.entries(5, 1).await.unwrap()[0].digest;
    let (code, stdout, stderr) = run(&text);
    assert_eq!((code, stdout.as_str()), (Some(0), format!("6 entries, head {head}\n").as_str()), "{stderr}");
    let (code, _, stderr) = run(&text.replacen("started", "stopped", 1));
    assert!(code == Some(1) && stderr.contains("entry 3"), "{stderr}");
    let fewer: Vec<_> = text.lines().enumerate().filter(|(line, _)| *line != 4).map(|(_, line)| line).collect();
    let (code, _, stderr) = run(&fewer.join("\n"));
    assert!(code == Some(1) && stderr.contains("entry 4"), "{stderr}");
}

fn with_input(command: &mut Command, input: &str) -> std::process::Output {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python3 starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_ledger_without_entries_verifies_and_one_of_noise_does_not() {
    assert_eq!(verify([], [], Trust::default()).unwrap().entries, 0);
    let key = CheckpointKey::new([1; 32]);
    let empty = key.sign(&Head::start(), "2026-01-09T12:00:00Z".parse().unwrap());
    assert_eq!(verify([], [empty.clone()], Trust::default()).unwrap().checkpoint, Some(empty));
    let wrong = key.sign(&Head { seq: 0, digest: Digest::of(b"x") }, "2026-01-09T12:00:00Z".parse().unwrap());
    assert!(verify([], [wrong], Trust::default()).is_err());
    let noise = Stored { seq: 1, previous: b"\xff", digest: b"", text: b"\0\xff{", columns: None };
    let many = (0..1000).map(|_| noise);
    let faults = verify(many, [], Trust::default()).unwrap_err();
    assert_eq!(faults.list().len(), 100);
    assert!(faults.count() > 1000 && faults.to_string().ends_with(" more"), "{faults}");
    let last = Stored { seq: i64::MAX, ..noise };
    assert!(verify([last, last], [], Trust::default()).is_err());
}

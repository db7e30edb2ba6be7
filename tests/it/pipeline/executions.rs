//! Executions that are there: listed, shown, followed, cancelled, repeated, gone on with, removed; and the ledger of all that.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use aerie::execution::PythonExecutionRequest;
use aerie::ledger::Trust;
use aerie::service::{Retention, ServiceStatus};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::{Bench, Desk, TWO, approve, asked, by, task, text};
use crate::servers::until;
use crate::support::said;

#[test]
fn lists_are_filtered_by_state_name_principal_and_page() {
    let desk = Desk::new("");
    desk.write("good.py", "results = 1\n");
    desk.write("bad.py", "1/0\n");
    let ids: Vec<String> = ["good.py", "bad.py", "two.py", "good.py"]
        .iter()
        .map(|program| text(&desk.json(&["run", program]).0["id"]).to_owned())
        .collect();
    let list = |arguments: &[&str]| -> Vec<String> {
        let (list, code) = desk.json(&[&["executions", "list"], arguments].concat());
        assert_eq!(code, 0);
        list.as_array().expect("a list").iter().map(|one| text(&one["id"]).to_owned()).collect()
    };
    assert_eq!(list(&[]), [&*ids[3], &ids[2], &ids[1], &ids[0]], "newest first");
    assert_eq!(list(&["--state", "failed"]), [&*ids[1]]);
    assert_eq!(list(&["--state", "failed", "--state", "awaiting_approval"]), [&*ids[2], &ids[1]]);
    assert_eq!(list(&["--name", "goo"]), [&*ids[3], &ids[0]]);
    assert_eq!(list(&["--limit", "1", "--before", &ids[2]]), [&*ids[1]]);
    assert!(list(&["--principal", "nobody at all"]).is_empty());
    let (out, _, code) = desk.run(&["executions", "list"]);
    assert!(code == 0 && out.lines().count() == 4 && out.contains("ZeroDivisionError"), "{out}");
    let (out, _, code) = desk.run(&["executions", "show", &ids[1]]);
    assert!(code == 0 && out.contains("ended: failed") && out.contains("what to do:"), "{out}");
    let (_, err, code) = desk.run(&["executions", "show", "ex_00000000000000000000000000"]);
    assert_eq!(code, 2, "{err}");
}

#[test]
fn logs_are_shown_and_followed_to_the_end() {
    let desk = Desk::new("");
    let (ran, _) = desk.json(&["run", "-c", "results = 1"]);
    let id = text(&ran["id"]);
    for follow in [&["executions", "logs", id][..], &["executions", "logs", "-f", id]] {
        let (out, err, code) = desk.run(follow);
        assert!(code == 0 && out.contains("asked for by") && out.contains("ended: succeeded"), "{out}{err}");
    }
    let (out, _, _) = desk.run(&["executions", "logs", id, "--json"]);
    let kinds: Vec<Value> =
        out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["kind"].clone()).collect();
    assert_eq!(kinds, ["submitted", "code_ready", "analysed", "run_started", "run_ended", "ended"]);
}

#[test]
fn a_program_that_runs_is_cancelled_by_another_process_and_followed_by_a_third() {
    let desk = Desk::new("");
    let code = "print('started', flush=True)\nwhile True: pass\n";
    let mut running =
        desk.command(&["run", "-c", code]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("aerie");
    let mut line = String::new();
    BufReader::new(running.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    assert_eq!(line, "started\n");
    let (list, _) = desk.json(&["executions", "list"]);
    let id = text(&list[0]["id"]);
    assert_eq!(list[0]["state"], "planning", "{list}");
    let follower = desk.command(&["executions", "logs", "-f", id]).stdout(Stdio::piped()).spawn().expect("aerie");
    let (_, err, code) = desk.run(&["executions", "cancel", id, "--reason", "enough"]);
    assert!(code == 0 && (err.contains("the process that carries it ends it") || err.contains("cancelled")), "{err}");
    let mut ended = None;
    until("the program stops", || {
        ended = running.try_wait().expect("a status");
        ended.is_some()
    });
    assert_eq!(ended.and_then(|status| status.code()), Some(5));
    let followed = said(&follower.wait_with_output().expect("it ends"));
    assert!(followed.0.contains("ended: cancelled") && followed.2 == 0, "{followed:?}");
    let (shown, _) = desk.json(&["executions", "show", id]);
    assert_eq!(text(&shown["status"]), "cancelled");
    assert!(text(&shown["failure"]["message"]).contains("ancelled"), "{shown}");
    let (_, err, code) = desk.run(&["executions", "cancel", id]);
    assert_ne!(code, 0, "what ended cannot be cancelled: {err}");
}

#[test]
fn what_a_process_left_is_gone_on_with_or_ended() {
    let desk = Desk::new("");
    let code = "import pathlib, time\nprint('started', flush=True)\nif context.get('wait', True): time.sleep(600)\nresults = 1\n";
    let mut running =
        desk.command(&["run", "-c", code]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("aerie");
    let mut line = String::new();
    BufReader::new(running.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    running.kill().expect("killed");
    running.wait().expect("gone");
    let (list, _) = desk.json(&["executions", "list"]);
    let id = text(&list[0]["id"]).to_owned();
    assert_eq!(list[0]["state"], "planning");
    // Somebody goes on with it, and somebody else cancels that.
    let mut resumed = desk
        .command(&["executions", "resume", &id])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("aerie");
    let mut line = String::new();
    BufReader::new(resumed.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    assert_eq!(line, "started\n", "it runs again: it wrote nothing");
    assert_eq!(desk.run(&["executions", "cancel", &id]).2, 0);
    until("it stops", || resumed.try_wait().expect("a status").is_some());
    let (shown, _) = desk.json(&["executions", "show", &id]);
    assert_eq!(text(&shown["status"]), "cancelled");
    let (_, err, code) = desk.run(&["executions", "resume"]);
    assert!(code == 0 && err.contains("nothing to go on with"), "{err}");
    assert_eq!(desk.run(&["ledger", "verify"]).2, 0);
}

#[test]
fn a_rerun_has_the_same_results_with_the_same_seed_context_and_inputs() {
    let desk = Desk::new("");
    desk.write("data.csv", "7\n");
    let code = "import random\nresults = [random.random(), context['k'], open('/inputs/d.csv').read()]\n";
    let (first, exit) = desk.json(&["run", "-c", code, "--context", "{\"k\": 3}", "--input", "d.csv=data.csv"]);
    assert_eq!(exit, 0, "{first}");
    let (again, exit) = desk.json(&["executions", "rerun", text(&first["id"])]);
    assert_eq!((exit, &again["results"], &again["seed"]), (0, &first["results"], &first["seed"]), "{again}");
    assert_ne!(again["id"], first["id"]);
    // What writes asks again.
    let (asked, _) = desk.json(&["run", "two.py"]);
    let digest = text(&asked["waits"]["digest"]);
    assert_eq!(desk.json(&["approvals", "approve", text(&asked["id"]), "--digest", digest]).1, 0);
    let (again, exit) = desk.json(&["executions", "rerun", text(&asked["id"])]);
    assert_eq!((exit, text(&again["status"])), (4, "awaiting_approval"), "{again}");
}

#[tokio::test]
async fn the_same_key_is_the_same_execution() {
    let bench = Bench::new();
    let request = |code: &str| PythonExecutionRequest {
        idempotency_key: Some("order 66".to_owned()),
        ..PythonExecutionRequest::of_code(code)
    };
    let first = bench.execute(request("results = 1\n")).await;
    let second = bench.execute(request("results = 1\n")).await;
    assert_eq!(first.execution_id, second.execution_id);
    assert_eq!(second.execution_result.expect("it succeeded").results, json!(1));
    let other = bench.service().await.execute(request("results = 3\n"), by("bob")).await.expect("works");
    assert_ne!(other.execution_id, first.execution_id, "another person's key is another");
    // Two at once are one.
    let keyed = |code: &str| PythonExecutionRequest { idempotency_key: Some("twice".to_owned()), ..request(code) };
    let (one, two) = (bench.service().await, bench.service().await);
    let both = tokio::join!(
        one.execute(keyed("results = 1\n"), by("alice")),
        two.execute(keyed("results = 1\n"), by("alice"))
    );
    let ids: Vec<_> = [both.0, both.1].into_iter().flatten().map(|result| result.execution_id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]) && !ids.is_empty(), "{ids:?}");
    let listed = one.store().list(&aerie::store::Query::default()).await.expect("a list");
    assert_eq!(listed.len(), 3);
}

#[tokio::test]
async fn pruning_keeps_what_wrote_what_waits_and_what_is_not_an_executions() {
    let bench = Bench::new();
    let read = bench.run("results = 1\n").await;
    let wrote = bench.run(TWO).await;
    let service = bench.service().await;
    service.answer(wrote.execution_id, "bob", approve(asked(&wrote))).await.expect("an answer");
    service.carry(wrote.execution_id, by("alice")).await.expect("works");
    let waits = bench.run(TWO).await;
    let foreign = bench.run("results = 2\n").await;
    // Its folder was put elsewhere, and something else stands there now.
    std::fs::rename(&foreign.folder, bench.folder.path().join("moved")).expect("moved");
    std::fs::create_dir_all(foreign.folder.join("precious")).expect("made");
    let linked = bench.run("results = 3\n").await;
    let target = bench.folder.path().join("target");
    std::fs::rename(&linked.folder, &target).expect("moved");
    std::os::unix::fs::symlink(&target, &linked.folder).expect("linked");

    let retention = Retention { older_than: Duration::ZERO, keep_written: true, dry_run: true };
    let would: Vec<_> = service.prune(retention, "alice").await.expect("pruned").iter().map(|one| one.id).collect();
    assert_eq!(would, [read.execution_id]);
    assert!(read.folder.is_dir(), "a dry run removes nothing");
    let old = Retention { older_than: Duration::from_hours(1), dry_run: false, ..retention };
    assert!(service.prune(old, "alice").await.expect("pruned").is_empty(), "nothing is that old");
    let gone = service.prune(Retention { dry_run: false, ..retention }, "alice").await.expect("pruned");
    assert!(gone.len() == 1 && gone[0].bytes > 0 && !read.folder.exists(), "{gone:?}");
    for kept in [&wrote.folder, &waits.folder, &foreign.folder.join("precious"), &target.join("results.json")] {
        assert!(kept.exists(), "{}", kept.display());
    }
    // Its events stay, and the ledger is whole.
    assert_eq!(service.result(read.execution_id).await.expect("a result").status, ServiceStatus::Succeeded);
    let all = Retention { keep_written: false, dry_run: false, ..retention };
    assert_eq!(service.prune(all, "alice").await.expect("pruned").len(), 1);
    assert!(!wrote.folder.exists() && waits.folder.exists());
    drop(service);
    let store =
        aerie::store::SqliteStore::open(bench.folder.path(), aerie::store::Options::default()).await.expect("a store");
    let verified = store.verify(Trust::default()).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(verified.executions, 5);
}

#[test]
fn the_command_line_prunes_as_configured() {
    let desk = Desk::new("retention: {executions_days: 1}\n");
    let (ran, _) = desk.json(&["run", "-c", "results = 1"]);
    let (pruned, code) = desk.json(&["executions", "prune"]);
    assert_eq!((code, &pruned["removed"]), (0, &json!([])), "nothing is a day old");
    std::thread::sleep(Duration::from_millis(5));
    let (pruned, _) = desk.json(&["executions", "prune", "--older-than", "1ms", "--dry-run"]);
    assert_eq!((pruned["removed"].as_array().map(Vec::len), &pruned["dry_run"]), (Some(1), &json!(true)));
    let folder = PathBuf::from(text(&ran["folder"]));
    assert!(folder.is_dir());
    let (pruned, _) = desk.json(&["executions", "prune", "--older-than", "1ms"]);
    assert_eq!(pruned["removed"][0]["id"], ran["id"]);
    assert!(!folder.exists());
    let (_, err, code) = desk.run(&["ledger", "verify"]);
    assert_eq!(code, 0, "{err}");
    let desk = Desk::new("");
    let (_, err, code) = desk.run(&["executions", "prune"]);
    assert!(code == 2 && err.contains("--older-than"), "{err}");
}

fn database(state: &Path) -> PathBuf {
    state.join("aerie.db")
}

#[test]
fn the_ledger_of_everything_is_verified_exported_and_a_flipped_byte_is_named() {
    let desk = Desk::new("");
    desk.write("bad.py", "1/0\n");
    for arguments in
        [&["run", "-c", "results = 1"][..], &["run", "bad.py"], &["run", "two.py"], &["run", "-c", "def f(:"]]
    {
        desk.run(arguments);
    }
    let (asked, _) = desk.json(&["run", "two.py"]);
    desk.json(&["approvals", "approve", text(&asked["id"]), "--digest", text(&asked["waits"]["digest"])]);
    let (verified, code) = desk.json(&["ledger", "verify"]);
    assert_eq!((code, &verified["whole"], &verified["executions"]), (0, &json!(true), &json!(5)), "{verified}");
    let (export, err, code) = desk.run(&["ledger", "export"]);
    assert_eq!(code, 0, "{err}");
    let file = desk.write("export.jsonl", &export);
    assert_eq!(desk.run(&["ledger", "verify", "--export", &file]).2, 0);
    assert_eq!(desk.run(&["ledger", "verify", "--against", &file]).2, 0);
    let forged = desk.write("forged.jsonl", &export.replacen("confirmed", "consigned", 1));
    let (out, _, code) = desk.run(&["ledger", "verify", "--export", &forged]);
    assert!(code == 6 && !out.is_empty(), "{out}");
    let (tail, _, code) = desk.run(&["ledger", "tail", "-n", "3"]);
    assert!(code == 0 && tail.lines().count() == 3 && tail.contains("ended"), "{tail}");

    // One byte of one entry, behind the store's back.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let address = format!("sqlite://{}", database(desk.folder.path()).display());
        let mut direct = SqliteConnection::connect(&address).await.expect("a connection");
        direct
            .execute("UPDATE entry SET text = replace(text, 'submitted', 'submittex') WHERE seq = 1")
            .await
            .expect("changed");
        direct.close().await.expect("closed");
    });
    let (out, err, code) = desk.run(&["ledger", "verify"]);
    assert!(code == 6 && out.contains("entry 1"), "{out}{err}");
}

#[tokio::test]
async fn a_list_of_everything_that_happened_is_the_fold_of_its_events() {
    let (bench, _) = Bench::new().answering(&["x = 1 / 0\n", "results = 1\n"]);
    let ran = bench.execute(task("the mean")).await;
    let service = bench.service().await;
    let progress = service.progress(ran.execution_id).await.expect("progress");
    assert!(progress.has_ended() && progress.execution_failures == 1 && progress.generation_failures == 0);
    let summary = service.store().summary(ran.execution_id).await.expect("a store").expect("a summary");
    assert_eq!(
        (summary.state.as_str(), summary.name.as_str(), summary.may_have_written),
        ("succeeded", "the mean", false)
    );
    let stored = service.result(ran.execution_id).await.expect("a result");
    let (stored, fresh) = (serde_json::to_value(&stored).expect("JSON"), serde_json::to_value(&ran).expect("JSON"));
    assert_eq!(stored, fresh, "what a later process says is what the first one said");
}

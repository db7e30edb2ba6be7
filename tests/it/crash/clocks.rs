//! Clocks that jump between a question and its answer, and databases that somebody keeps locked.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::desk::{Desk, of};
use super::kill::preloaded;

const DAY: i64 = 86_400;

fn shifted(desk: &Desk, seconds: i64, arguments: &[&str]) -> super::desk::Said {
    let mut command = desk.command(arguments);
    preloaded(&mut command).env("AERIE_CLOCK_SHIFT", seconds.to_string());
    of(command)
}

#[test]
fn an_answer_that_comes_two_days_later_is_too_late_and_that_is_kept() {
    let desk = Desk::new();
    let (id, digest) = desk.asks();
    let late = shifted(&desk, 2 * DAY, &["approvals", "approve", &id, "--digest", &digest]);
    assert!(late.code != 0 && late.err.contains("AE0"), "{late:?}");
    assert_eq!(desk.count(&id, "decided"), 0);
    let list = shifted(&desk, 2 * DAY, &["executions", "list", "--json"]).json();
    assert_eq!(list[0]["state"], "expired", "{list}");
    // The clock is right again: what expired stays so.
    assert_eq!(desk.state_of(&id), "expired");
    let again = desk.run(&["approvals", "approve", &id, "--digest", &digest]);
    assert!(again.code != 0 && again.err.contains("AE0"), "{again:?}");
    desk.is_sound();
}

#[test]
fn a_clock_that_goes_back_breaks_no_order_and_loses_no_approval() {
    let desk = Desk::new();
    let (id, digest) = desk.asks();
    let (other, _) = desk.asks();
    let approved = shifted(&desk, -DAY, &["approvals", "approve", &id, "--digest", &digest, "--json"]);
    assert_eq!(approved.code, 0, "{approved:?}");
    assert_eq!(desk.state_of(&id), "succeeded");
    assert_eq!(desk.count(&id, "write_ended"), 2);
    // And one that is approved by a clock that is ahead, and carried out by one that is right: it is not lost in silence.
    let digest = desk.digest(&other);
    let stored = shifted(&desk, DAY / 2, &["approvals", "approve", &other, "--digest", &digest, "--no-run"]);
    assert_eq!(stored.code, 0, "{stored:?}");
    desk.done(&["executions", "resume", &other]);
    assert_eq!(desk.state_of(&other), "succeeded", "{:#}", desk.show(&other));
    // New work in the past has its place too.
    let past = shifted(&desk, -DAY, &["run", "--json", "-c", "results = 1"]);
    assert_eq!(past.code, 0, "{past:?}");
    let ids: Vec<_> = desk.list().iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(
        ids[0],
        past.json()["id"].as_str().expect("an id"),
        "the ledger's order is the order of work, not of clocks"
    );
    desk.is_sound();
    shifted(&desk, -DAY, &["ledger", "checkpoint"]);
    desk.done(&["ledger", "verify"]);
}

#[test]
fn a_locked_database_is_waited_for_and_then_told() {
    let desk = Desk::new();
    let (id, digest) = desk.asks();
    let script = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\nc.execute('BEGIN EXCLUSIVE')\nprint('locked', flush=True)\nsys.stdin.readline()\nc.execute('ROLLBACK')\nprint('free', flush=True)\nsys.stdin.readline()";
    let mut holder = Command::new("python3")
        .args(["-c", script])
        .arg(desk.state().join("aerie.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut lines = BufReader::new(holder.stdout.take().expect("a pipe")).lines();
    let mut orders = holder.stdin.take().expect("a pipe");
    assert_eq!(lines.next().expect("a line").expect("text"), "locked");
    let approve = ["approvals", "approve", &id, "--digest", &digest];
    let told = desk.run(&approve);
    assert!(told.code == 6 && told.err.contains("AE0") && told.err.contains("locked"), "{told:?}");
    // One that is freed in time is nothing to speak of.
    let mut waiting = desk.command(&approve);
    let child = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("aerie starts");
    std::thread::sleep(std::time::Duration::from_millis(500));
    writeln!(orders, "free it").expect("it listens");
    assert_eq!(lines.next().expect("a line").expect("text"), "free");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    drop(orders);
    let _ = holder.wait();
    assert_eq!(desk.state_of(&id), "succeeded");
    assert_eq!(desk.count(&id, "decided"), 1);
    desk.is_sound();
}

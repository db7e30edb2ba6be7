//! Answers and housekeeping: rejecting, cancelling, pruning, signing. Whatever is killed can be done again.

use std::process::Command;

use super::desk::{Desk, Snapshot};
use super::kill::{Kill, Kind, When, at_every_moment};

struct Work {
    desk: Desk,
    before: Snapshot,
    id: String,
}

/// An execution that waits, and one that ended.
fn waits(_: When) -> Work {
    let desk = Desk::new();
    desk.done(&["run", "-q", "-c", "results = 1"]);
    let (id, _) = desk.asks();
    let before = Snapshot::of(&desk);
    Work { desk, before, id }
}

/// Does something to the execution that waits, is killed, looks after it, does it again.
fn ends_as(work: &mut Work, kill: Kill, arguments: &[&str], state: &str) -> bool {
    let Work { desk, before, id } = work;
    before.put_back(desk);
    let ended = desk.killed(arguments, kill);
    desk.run(&["executions", "resume"]);
    match desk.state_of(id).as_str() {
        "awaiting_approval" => {
            assert!(ended.is_err(), "{kill:?} {ended:?}");
            desk.done(arguments);
        }
        found => {
            assert_eq!(found, state, "{kill:?}");
            // It is not done twice, and that is said.
            let again = desk.run(arguments);
            assert!(again.code == 0 || again.err.contains("AE0"), "{again:?}");
        }
    }
    assert_eq!(desk.state_of(id), state, "{kill:?}");
    assert_eq!(desk.count(id, "ended"), 1, "{kill:?}");
    assert_eq!(desk.count(id, "write_intended"), 0, "{kill:?}");
    desk.is_sound();
    ended.is_err()
}

#[test]
fn a_rejection_is_kept_or_still_to_be_given() {
    for (kind, stride) in [(Kind::Sync, 1), (Kind::Name, 4), (Kind::Data, 11)] {
        at_every_moment((kind, stride), waits, |work, kill| {
            let id = work.id.clone();
            ends_as(work, kill, &["approvals", "reject", &id, "--reason", "not now"], "rejected")
        });
    }
}

#[test]
fn cancelling_is_kept_or_still_to_be_done() {
    for (kind, stride) in [(Kind::Sync, 1), (Kind::Name, 4)] {
        at_every_moment((kind, stride), waits, |work, kill| {
            let id = work.id.clone();
            ends_as(work, kill, &["executions", "cancel", &id, "--reason", "not now"], "cancelled")
        });
    }
}

/// Two that ended: one ran, one was rejected.
fn ended(when: When) -> Work {
    let work = waits(when);
    work.desk.done(&["approvals", "reject", &work.id, "--reason", "no"]);
    let before = Snapshot::of(&work.desk);
    Work { before, ..work }
}

/// Rows of a table of the store.
fn rows(desk: &Desk, table: &str) -> String {
    let script = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM ' + sys.argv[2]).fetchone()[0])";
    let output = Command::new("python3").args(["-c", script]).arg(desk.state().join("aerie.db")).arg(table).output();
    String::from_utf8_lossy(&output.expect("python3 starts").stdout).trim().to_owned()
}

/// Prunes, is killed, prunes again: nothing of what was to go is left.
fn prunes(work: &mut Work, kill: Kill) -> bool {
    let Work { desk, before, .. } = work;
    before.put_back(desk);
    let prune = ["executions", "prune", "--older-than", "1ms"];
    let ended = desk.killed(&prune, kill);
    desk.done(&prune);
    desk.done(&["ledger", "verify"]);
    assert_eq!(desk.list().len(), 2, "{kill:?}: events stay");
    assert_eq!(desk.shell("ls $S/executed_scripts/*"), "", "{kill:?}: stays for ever");
    assert_eq!(rows(desk, "blob"), "0", "{kill:?}: programs stay for ever");
    // What is gone is not told again.
    assert!(desk.done(&prune).err.starts_with("0 executions"), "{kill:?}");
    ended.is_err()
}

#[test]
fn pruning_that_was_cut_off_between_folders_is_finished_by_the_next_one() {
    assert!(at_every_moment((Kind::Sync, 1), ended, prunes) > 4);
}

#[test]
fn pruning_that_was_cut_off_within_a_folder_is_finished_by_the_next_one() {
    assert!(at_every_moment((Kind::Name, 4), ended, prunes) > 4);
}

#[test]
fn a_checkpoint_is_whole_or_not_there() {
    for (kind, stride) in [(Kind::Sync, 1), (Kind::Data, 3)] {
        at_every_moment((kind, stride), waits, |work, kill| {
            let Work { desk, before, .. } = work;
            before.put_back(desk);
            let ended = desk.killed(&["ledger", "checkpoint"], kill);
            desk.done(&["ledger", "verify"]);
            desk.done(&["ledger", "checkpoint"]);
            desk.done(&["ledger", "verify"]);
            let whole = desk.path().join("export");
            std::fs::write(&whole, desk.done(&["ledger", "export"]).out).expect("a file");
            desk.done(&["ledger", "verify", "--against", whole.to_str().expect("text")]);
            ended.is_err()
        });
    }
}

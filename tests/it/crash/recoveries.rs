//! What recovery says when more than the process is gone: the folder, or the record of the writes.

use super::desk::{Desk, Snapshot};
use super::kill::{Kill, Kind, When};

/// A desk at which a process was killed after the outcome of its first write was stored.
fn cut_off() -> (Desk, String) {
    let desk = Desk::new();
    let (id, digest) = desk.asks();
    let before = Snapshot::of(&desk);
    for at in 5..40 {
        before.put_back(&desk);
        let kill = Kill { kind: Kind::Sync, at, when: When::After };
        let _ = desk.killed(&["approvals", "approve", &id, "--digest", &digest], kill);
        if desk.count(&id, "write_ended") == 1 {
            return (desk, id);
        }
    }
    panic!("its first write never ends");
}

#[test]
fn what_is_known_of_each_write_is_shown_with_its_channel_and_value() {
    let (desk, id) = cut_off();
    desk.run(&["executions", "resume"]);
    let shown = desk.done(&["executions", "show", &id]).out;
    assert!(shown.contains("interrupted") && shown.contains("A:SP") && shown.contains("1.5"), "{shown}");
    let line = shown.lines().find(|line| line.contains("write 1:")).unwrap_or_default();
    assert!(line.contains("A:SP = 1.5"), "{line}");
    assert_ne!(desk.show(&id)["written"]["good"], 0);
    desk.is_sound();
}

#[test]
fn a_record_that_is_gone_does_not_mean_that_nothing_was_written() {
    let (desk, id) = cut_off();
    desk.shell("rm $S/executed_scripts/*/*/runs/*/writes.jsonl");
    desk.run(&["executions", "resume"]);
    let shown = desk.show(&id);
    assert_eq!(shown["summary"]["state"], "interrupted", "{shown:#}");
    let message = shown["failure"]["message"].as_str().expect("a message");
    assert!(!message.contains("nothing was written"), "the ledger knows of a write: {message}");
    assert_ne!(shown["written"]["sent"], 0, "{shown:#}");
}

#[test]
fn one_execution_whose_folder_is_gone_does_not_hide_the_others() {
    let (desk, id) = cut_off();
    desk.done(&["run", "-q", "-c", "results = 1"]);
    desk.shell("rm -r $(dirname $S/executed_scripts/*/*/runs)");
    desk.run(&["executions", "resume"]);
    let listed = desk.run(&["executions", "list", "--json"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    assert_eq!(listed.json().as_array().map(Vec::len), Some(2), "{listed:?}");
    let waiting = desk.run(&["approvals", "list"]);
    assert_eq!(waiting.code, 0, "{waiting:?}");
    let shown = desk.run(&["executions", "show", &id]);
    assert_eq!(shown.code, 0, "{shown:?}");
}

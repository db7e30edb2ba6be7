//! Disks that are full or read-only, and folders that are not ours. Nothing is sent that is not on the disk first; the error
//! has a code; and once there is room, the same folder works.

use super::applies::Machine;
use super::desk::{Desk, Said};

const DISK: u64 = 4 << 20;

/// Leaves this many KiB free; everything else is filled.
fn fill(desk: &Desk, free: u64) {
    let script = format!(
        "rm -f $S/filler; room=$(df --output=avail -k $S | tail -1); head -c $(( (room - {free}) * 1024 )) /dev/zero > $S/filler"
    );
    desk.shell(&script);
}

/// It worked, or it says with a code that the disk is full.
#[track_caller]
fn works_or_says_why(said: &Said, good: &[i32], about: &str) -> bool {
    if good.contains(&said.code) {
        return true;
    }
    assert!(said.err.contains("AE0") || said.out.contains("AE0"), "no code ({about}): {said:?}");
    let text = format!("{}{}", said.err, said.out).to_lowercase();
    assert!(
        ["full", "no space", "could not be recorded"].iter().any(|word| text.contains(word)),
        "it is not said that the disk is full ({about}): {said:?}"
    );
    assert!(!text.contains("panicked"), "{said:?}");
    false
}

#[test]
fn a_run_on_a_disk_that_fills_up_says_so_and_is_gone_on_with_once_there_is_room() {
    let mut worked = 0;
    let levels = [0, 4, 8, 16, 24, 32, 64, 96, 160, 400];
    let mut desk = Desk::new();
    desk.mount(DISK);
    desk.list();
    for free in levels {
        fill(&desk, free);
        let known = desk.shell("ls $S/executed_scripts/*/ 2>/dev/null | wc -l");
        let said = desk.run(&["run", "--json", "-c", "results = {'n': 1}"]);
        let about = format!("{free} KiB free, {known} before");
        let good = works_or_says_why(&said, &[0], &about);
        worked += u32::from(good);
        desk.shell("rm $S/filler");
        desk.run(&["executions", "resume"]);
        for one in desk.list() {
            assert!(one["state"] == "succeeded", "{about}: {one} {said:?}");
        }
        if good {
            assert_eq!(desk.list()[0]["id"], said.json()["id"], "{about}");
        }
        desk.is_sound();
    }
    assert!(worked > 0 && (worked as usize) < levels.len(), "{worked} of {}", levels.len());
}

#[test]
fn a_write_that_cannot_be_recorded_is_not_sent() {
    let mut machine = Machine::new();
    machine.desk.mount(DISK);
    machine.desk.list();
    let mut not_sent = 0;
    for free in [0, 16, 24, 32, 40, 48, 64, 96, 400] {
        machine.reset();
        let (id, digest) = machine.asks();
        let desk = &machine.desk;
        fill(desk, free);
        let approved = desk.run(&["approvals", "approve", &id, "--digest", &digest]);
        let about = format!("{free} KiB free: {approved:?}");
        works_or_says_why(&approved, &[0], &about);
        let arrived = machine.seen().len();
        not_sent += u32::from(arrived < 3);
        desk.shell("rm $S/filler");
        let runs = desk.count(&id, "run_started");
        desk.list();
        assert_eq!(runs, desk.count(&id, "run_started"), "looking at it writes: {about}");
        desk.run(&["executions", "resume"]);
        machine.agrees(&id, &about);
        if desk.state_of(&id) == "awaiting_approval" {
            assert_eq!(arrived, 0, "{about}");
            desk.done(&["approvals", "approve", &id, "--digest", &digest]);
        }
        machine.agrees(&id, &about);
        desk.is_sound();
    }
    assert!(not_sent > 2, "the disk was never full at the right moment");
}

#[test]
fn a_state_folder_that_cannot_be_written_is_told_and_left_as_it_is() {
    let mut desk = Desk::new();
    desk.mount(DISK);
    let (id, digest) = desk.asks();
    desk.shell("mount -o remount,bind,ro $S");
    for arguments in [
        &["run", "-q", "-c", "pass"][..],
        &["approvals", "approve", &id, "--digest", &digest],
        &["approvals", "reject", &id, "--reason", "no"],
        &["executions", "cancel", &id],
        &["executions", "resume"],
        &["executions", "prune", "--older-than", "1ms"],
        &["ledger", "checkpoint"],
    ] {
        let said = desk.run(arguments);
        assert!(said.code == 6 && said.err.contains("AE0") && said.err.contains("read-only"), "{arguments:?} {said:?}");
    }
    desk.shell("mount -o remount,bind,rw $S");
    desk.done(&["approvals", "approve", &id, "--digest", &digest]);
    assert_eq!(desk.state_of(&id), "succeeded");
    desk.is_sound();
}

#[test]
fn folders_that_are_taken_away_are_told() {
    // In a namespace of its own root may be kept out of nothing, so what cannot be opened is a file where a folder belongs.
    for what in ["claims", "ledger", "authority", "executed_scripts", "aerie.db"] {
        let desk = Desk::new();
        let (id, digest) = desk.asks();
        desk.shell(&format!(
            "mv $S/{what} $S/aside; touch $S/{what}; test {what} != aerie.db || (rm $S/aerie.db; mkdir $S/aerie.db)"
        ));
        for arguments in [&["run", "-q", "-c", "pass"][..], &["approvals", "approve", &id, "--digest", &digest]] {
            let said = desk.run(arguments);
            let coded = said.err.contains("AE0") || said.err.contains("ContextLost");
            assert!(said.code != 0 && coded && said.err.contains(what), "{what} {arguments:?} {said:?}");
        }
        desk.shell(&format!("rm -r $S/{what}; mv $S/aside $S/{what}"));
        desk.run(&["executions", "resume"]);
        desk.done(&["ledger", "verify"]);
    }
}

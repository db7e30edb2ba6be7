//! Programs that are run, and killed before they have ended or wait for a person.

use super::desk::{Desk, WRITES};
use super::kill::{Kill, Kind, When, at_every_moment};

const READS: &str = "import epics\nresults = {'a': epics.caget('A:SP'), 'n': [1, 2.5, None]}\n";

/// A store that was there before: its making is a scenario of its own.
fn used(_: When) -> Desk {
    let desk = Desk::new();
    assert!(desk.list().is_empty());
    desk
}

/// Reads once; `false`: it was not killed.
fn reads(desk: &mut Desk, kill: Kill) -> bool {
    let known = desk.list().len();
    let ended = desk.killed(&["run", "--json", "-c", READS], kill);
    desk.run(&["executions", "resume"]);
    let list = desk.list();
    assert!(list.len() <= known + 1, "{kill:?}: {list:?}");
    match &ended {
        Ok(said) => {
            assert_eq!((said.code, &list[0]["id"]), (0, &said.json()["id"]), "{kill:?}: {said:?}");
        }
        // What was acknowledged is there.
        Err(said) if !said.out.is_empty() => assert_eq!(list.len(), known + 1, "{kill:?}: {said:?}"),
        Err(_) => {}
    }
    if list.len() > known {
        let shown = desk.show(list[0]["id"].as_str().expect("an id"));
        assert_eq!(shown["summary"]["state"], "succeeded", "{kill:?}: {shown}");
        assert_eq!(shown["results"].to_string(), r#"{"a":1.0,"n":[1,2.5,null]}"#, "{kill:?}");
        assert_eq!(shown["summary"]["may_have_written"], false, "{kill:?}");
    }
    desk.is_sound();
    ended.is_err()
}

#[test]
fn read_only_work_is_gone_on_with_and_ends_with_the_same_results() {
    assert!(at_every_moment((Kind::Sync, 1), used, reads) > 5);
    at_every_moment((Kind::Name, 4), used, reads);
}

#[test]
fn between_any_two_writes_to_its_files_it_may_be_killed_too() {
    at_every_moment((Kind::Data, 13), used, reads);
}

#[test]
fn a_state_folder_that_was_half_made_is_made_whole_by_the_next_command() {
    for kind in [Kind::Sync, Kind::Name] {
        at_every_moment(
            (kind, 1),
            |_| (),
            |(), kill| {
                let desk = Desk::new();
                let ended = desk.killed(&["executions", "list", "--json"], kill);
                assert!(desk.list().is_empty());
                desk.is_sound();
                ended.is_err()
            },
        );
    }
}

#[test]
fn a_question_is_asked_once_and_can_be_answered_whatever_was_killed_on_the_way_to_it() {
    let asks = |desk: &mut Desk, kill: Kill| {
        let known = desk.waiting().len();
        let ended = desk.killed(&["run", "--no-ask", "--json", "-c", WRITES], kill);
        let resumed = desk.run(&["executions", "resume"]);
        let waiting = desk.waiting();
        let list = desk.list();
        // It has never been, or it waits: once.
        assert!(list.len() <= known + 1, "{kill:?}: {list:?}");
        if list.len() > known {
            let id = list[0]["id"].as_str().expect("an id");
            assert_eq!(waiting.len(), known + 1, "{kill:?}: {resumed:?} {list:?}");
            assert_eq!(desk.count(id, "approval_requested"), 1, "{kill:?}");
            assert_eq!((desk.count(id, "write_intended"), desk.count(id, "decided")), (0, 0), "{kill:?}");
            if kill.at % 4 == 1 {
                let digest = desk.digest(id);
                desk.done(&["approvals", "approve", id, "--digest", &digest]);
                assert_eq!(desk.state_of(id), "succeeded", "{kill:?}");
            }
        }
        desk.is_sound();
        again(desk, &ended)
    };
    assert!(at_every_moment((Kind::Sync, 1), used, asks) > 5);
    at_every_moment((Kind::Name, 6), used, asks);
}

#[test]
fn what_a_run_left_whose_end_was_not_stored_is_not_taken_for_the_results_of_the_next() {
    let program = "import epics\nif epics.caget('A:SP') > 5:\n    raise ValueError('too high')\nresults = {'old': True}\nsave_artifact('old', title='Old')\n";
    at_every_moment((Kind::Name, 3), used, |desk, kill| {
        *desk = used(When::Before);
        let ended = desk.killed(&["run", "--json", "-c", program], kill);
        let machine = desk.path().join("machine.yml");
        let text = std::fs::read_to_string(&machine).expect("a machine").replace("value: 1.0", "value: 8.0");
        std::fs::write(&machine, text).expect("a file");
        desk.run(&["executions", "resume"]);
        if let Some(one) = desk.list().first() {
            let shown = desk.show(one["id"].as_str().expect("an id"));
            let folder = std::path::Path::new(one["folder"].as_str().expect("a folder")).to_owned();
            if one["state"] == "failed" {
                assert_eq!(shown["failure"]["error_type"], "CodeRuntimeError", "{kill:?} {shown:#}");
                assert!(shown["results"].is_null(), "{kill:?} {shown:#}");
                assert!(!folder.join("results.json").exists(), "{kill:?}: results of a run that never was");
                assert!(!folder.join("artifacts").join("old.txt").exists(), "{kill:?}: a file of a run that never was");
            } else {
                assert_eq!((&one["state"], &shown["results"]["old"]), (&"succeeded".into(), &true.into()), "{kill:?}");
            }
        }
        ended.is_err()
    });
}

/// Begins anew with an empty store.
fn again<T, E>(desk: &mut Desk, ended: &Result<T, E>) -> bool {
    *desk = used(When::Before);
    ended.is_err()
}

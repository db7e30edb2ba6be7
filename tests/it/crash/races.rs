//! Several that go on with the same work at once, one of them killed on the way: one carries it, and it is done once.

use std::collections::BTreeSet;
use std::thread;

use super::desk::{Desk, has_ended};
use super::kill::{Kill, Kind, When};

const RESUME: [&str; 2] = ["executions", "resume"];

#[test]
fn several_that_resume_at_once_do_it_once() {
    let desk = Desk::new();
    desk.list();
    let mut cut_off = 0;
    for round in 0..6 {
        // In one round longer than anybody waits for another to be done.
        let seconds = if round == 3 { 3.0 } else { 0.2 };
        let program = format!("import time\ntime.sleep({seconds})\nresults = 1");
        // Two executions that were cut off, at different places.
        for at in [3, 4] {
            let cut = Kill { kind: Kind::Sync, at, when: When::After };
            let _ = desk.killed(&["run", "-q", "-c", &program], cut);
        }
        cut_off += desk.list().iter().filter(|one| !has_ended(one["state"].as_str().expect("a state"))).count();
        let kind = if round % 2 == 0 { Kind::Sync } else { Kind::Data };
        let killed = Kill { kind, at: 3 + round * 5 % 23, when: When::Before };
        let (two, third) = thread::scope(|scope| {
            let two = [(); 2].map(|()| scope.spawn(|| desk.run(&RESUME)));
            let third = scope.spawn(|| desk.killed(&RESUME, killed));
            (two.map(|one| one.join().expect("it ends")), third.join().expect("it ends"))
        });
        // That another carries it is no fault.
        for said in two.iter().chain(third.as_ref().ok()) {
            assert_eq!(said.code, 0, "round {round}: {said:?}");
        }
        desk.run(&RESUME);
        desk.is_sound();
        for one in desk.list() {
            let id = one["id"].as_str().expect("an id");
            assert_eq!(one["state"], "succeeded", "{one}");
            let events = desk.events(id);
            let runs: Vec<_> = events
                .iter()
                .filter(|(kind, _)| kind == "run_started")
                .map(|(_, body)| body["run"].as_u64().expect("a number"))
                .collect();
            assert_eq!(runs.iter().collect::<BTreeSet<_>>().len(), runs.len(), "{events:#?}");
            assert_eq!(events.iter().filter(|(kind, _)| kind == "ended").count(), 1, "{events:#?}");
        }
    }
    assert!(cut_off > 0, "{cut_off}: nobody had anything to go on with");
}

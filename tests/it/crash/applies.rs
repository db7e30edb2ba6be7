//! The moment that counts: an approved plan of three writes to a real IOC, killed at every step. The IOC keeps a list of what
//! arrived; what the store says of each write has to agree with it.

use serde_json::Value;

use super::desk::{Desk, Snapshot, has_ended};
use super::kill::{Kill, Kind, When, at_every_moment};
use crate::servers::{Ioc, Kind as Server, until};

/// A desk at an IOC, with a plan that waits for its approval.
pub(super) struct Machine {
    pub(super) ioc: Ioc,
    pub(super) desk: Desk,
    /// What arrived before.
    pub(super) known: usize,
}

impl Machine {
    pub(super) fn new() -> Self {
        let ioc = Ioc::start(Server::Puts);
        let gateway = format!("{{address: 127.0.0.1, port: {}}}", ioc.ca_port());
        let desk = Desk::with(&format!(
            "control_system:\n  type: epics\n  writes_enabled: true\n  policy: [rules.yml]\n  connector:\n    epics:\n      \
             gateways: {{read_only: {gateway}, write_access: {gateway}}}\n"
        ));
        Self { ioc, desk, known: 0 }
    }

    /// The machine as it was at first.
    pub(super) fn reset(&mut self) {
        self.ioc.witness().ca_put(&self.ioc.name("RESET"), 1.0).expect("a reset");
        self.known = self.ioc.puts().len();
    }

    pub(super) fn program(&self) -> String {
        let put = |name: &str, value: f64| format!("epics.caput('{}', {value})\n", self.ioc.name(name));
        format!("import epics\n{}{}{}results = {{'done': True}}\n", put("A", 1.5), put("B", 2.5), put("C", 3.5))
    }

    /// An execution that waits for a person, and what to approve.
    #[track_caller]
    pub(super) fn asks(&self) -> (String, String) {
        let said = self.desk.run(&["run", "--no-ask", "--json", "-c", &self.program()]);
        assert_eq!(said.code, 4, "{said:?}");
        let id = said.json()["id"].as_str().expect("an id").to_owned();
        let digest = self.desk.digest(&id);
        (id, digest)
    }

    /// What arrived since the reset.
    pub(super) fn seen(&self) -> Vec<String> {
        self.ioc.puts()[self.known..].to_vec()
    }

    /// What the ledger says of the writes agrees with what arrived; nothing arrived twice.
    #[track_caller]
    pub(super) fn agrees(&self, id: &str, about: &str) {
        let (shown, events) = (self.desk.show(id), self.desk.events(id));
        let seen = self.seen();
        let bodies = |kind: &str| {
            events.iter().filter(|(known, _)| known == kind).map(|(_, body)| body["write"].clone()).collect::<Vec<_>>()
        };
        let (intents, outcomes) = (bodies("write_intended"), bodies("write_ended"));
        let about = format!("{about}\nit arrived: {seen:?}\nevents: {events:#?}\nshown: {shown:#}");
        for (n, (name, value)) in [("A", 1.5), ("B", 2.5), ("C", 3.5)].into_iter().enumerate() {
            let arrived = seen.iter().filter(|line| **line == format!("{name} {value}")).count();
            assert!(arrived <= 1, "{name} arrived {arrived} times: {about}");
            let n = n + 1;
            let intended = intents.iter().any(|write| write["n"] == n);
            let outcome = outcomes.iter().find(|write| write["n"] == n).map(|write| write["outcome"].clone());
            assert!(intended || arrived == 0, "{name} arrived, and was never announced: {about}");
            match outcome.as_ref().and_then(Value::as_str) {
                Some("confirmed") => assert_eq!(arrived, 1, "{name} is confirmed, and never arrived: {about}"),
                Some("refused" | "failed") => assert_eq!(arrived, 0, "{name} was not done, and arrived: {about}"),
                _ => {}
            }
        }
        let state = shown["summary"]["state"].as_str().expect("a state");
        let written = |name: &str| usize::try_from(shown["written"][name].as_u64().unwrap_or(0)).expect("few");
        assert!(written("sent") >= seen.len() && written("good") <= seen.len(), "{about}");
        assert!(shown["summary"]["may_have_written"] == true || seen.is_empty(), "{about}");
        assert!(state != "succeeded" || (seen.len(), written("good"), outcomes.len()) == (3, 3, 3), "{about}");
        let message = shown["failure"]["message"].as_str().unwrap_or_default();
        assert!(seen.is_empty() || !message.contains("nothing was written"), "{about}");
    }
}

struct Work {
    machine: Machine,
    before: Snapshot,
    id: String,
    digest: String,
}

fn prepare(_: When) -> Work {
    let mut machine = Machine::new();
    machine.reset();
    let (id, digest) = machine.asks();
    let before = Snapshot::of(&machine.desk);
    Work { machine, before, id, digest }
}

/// Approves, is killed, and goes on as people would; `false`: it was not killed.
fn approves(work: &mut Work, kill: Kill) -> bool {
    let Work { machine, before, id, digest } = work;
    before.put_back(&machine.desk);
    machine.reset();
    let desk = &machine.desk;
    let approve = ["approvals", "approve", id, "--digest", digest, "--comment", "shift 3"];
    let ended = desk.killed(&approve, kill);
    let runs = desk.count(id, "run_started");
    // Looking starts nothing.
    for _ in 0..2 {
        desk.list();
        desk.waiting();
        desk.show(id);
    }
    assert_eq!(runs, desk.count(id, "run_started"), "{kill:?}: looking at it writes to the machine");
    let resumed = desk.run(&["executions", "resume"]);
    let state = desk.state_of(id);
    let about = format!("{kill:?} {ended:?}\nresumed: {resumed:?}");
    match state.as_str() {
        "awaiting_approval" => assert_eq!(desk.count(id, "decided"), 0, "{about}"),
        state => assert!(["succeeded", "interrupted"].contains(&state), "{state} {about}"),
    }
    if desk.count(id, "write_intended") == 0 && state == "interrupted" {
        assert!(machine.seen().is_empty(), "{about}");
    }
    machine.agrees(id, &about);
    // An approval is for once: a second one is for what was never approved, or for nothing.
    let second = desk.run(&approve);
    if state == "awaiting_approval" {
        assert_eq!(second.code, 0, "{second:?} {about}");
    } else {
        assert!(second.code != 0 && second.err.contains("AE0"), "{second:?} {about}");
    }
    machine.agrees(id, &about);
    if kill.at % 6 == 1 {
        // Doing it again is another execution, which asks anew.
        let again = desk.run(&["executions", "rerun", id, "--json"]);
        assert!(has_ended(&state) || state == "awaiting_approval");
        assert_eq!(again.code, 4, "{again:?} {about}");
        assert_ne!(again.json()["id"], id.as_str());
        machine.agrees(id, &about);
    }
    desk.is_sound();
    ended.is_err()
}

#[test]
fn what_is_said_of_each_write_is_so_at_whatever_message_to_the_machine_it_was_killed() {
    assert!(at_every_moment((Kind::Send, 1), prepare, approves) > 6);
}

#[test]
fn what_is_said_of_each_write_is_so_at_whatever_write_to_the_store_it_was_killed() {
    assert!(at_every_moment((Kind::Sync, 1), prepare, approves) > 10);
    at_every_moment((Kind::Data, 41), prepare, approves);
}

#[test]
fn a_program_that_writes_unattended_is_never_run_again_by_itself() {
    let prepare = |_: When| {
        let machine = Machine::new();
        let rules = machine.desk.path().join("rules.yml");
        let text = std::fs::read_to_string(&rules).expect("rules").replace("settle", "confirm: never, settle");
        std::fs::write(&rules, text).expect("a file");
        machine.desk.list();
        machine
    };
    for (kind, stride) in [(Kind::Send, 3), (Kind::Sync, 2)] {
        at_every_moment((kind, stride), prepare, |machine, kill| {
            machine.reset();
            let desk = &machine.desk;
            let known = desk.list().len();
            let ended = desk.killed(&["run", "--unattended", "--json", "-c", &machine.program()], kill);
            let runs = |id: &str| desk.count(id, "run_started");
            desk.run(&["executions", "resume"]);
            if let Some(one) = desk.list().first().filter(|_| desk.list().len() > known) {
                let id = one["id"].as_str().expect("an id");
                assert_eq!(runs(id), 1, "{kill:?}");
                assert!(["succeeded", "interrupted"].contains(&one["state"].as_str().expect("a state")), "{one}");
                machine.agrees(id, &format!("{kill:?} {ended:?}"));
            } else {
                assert!(machine.seen().is_empty(), "{kill:?}");
            }
            desk.is_sound();
            ended.is_err()
        });
    }
}

#[test]
fn an_approval_that_was_stored_and_not_carried_out_waits_until_somebody_goes_on() {
    let mut work = prepare(When::Before);
    work.machine.reset();
    let Work { machine, id, digest, .. } = &work;
    machine.desk.done(&["approvals", "approve", id, "--digest", digest, "--no-run"]);
    machine.desk.list();
    machine.desk.show(id);
    machine.desk.waiting();
    assert!(machine.seen().is_empty(), "looking writes: {:?}", machine.seen());
    // Whoever stored it may be about to go on with it; after a while it is told.
    until("it is told how to go on", || {
        let listed = machine.desk.run(&["executions", "list"]);
        assert!(!listed.err.contains("interrupted"), "{listed:?}");
        listed.err.contains(&format!("executions resume {id}"))
    });
    assert!(machine.seen().is_empty(), "looking writes: {:?}", machine.seen());
    machine.desk.done(&["executions", "resume", id]);
    until("all of it arrives", || machine.seen().len() == 3);
    machine.agrees(id, "");
}

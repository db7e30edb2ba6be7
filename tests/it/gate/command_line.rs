//! The commands: plan, apply, rollback, replay, policy.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{aerie, said, scratch};

/// A state folder and a program in it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(program: &str) -> Self {
        let folder = scratch();
        std::fs::write(folder.path().join("p.py"), program).expect("a file");
        std::fs::write(
            folder.path().join("machine.yml"),
            "noise: 0\nonly: true\nchannels:\n  A:SP: {type: double, value: 1.0, unit: A, limits: [-9, 9]}\n  B:SP: {type: double, value: 2.0, limits: [-9, 9]}\n  \
             LOSES: {type: double, value: 0.0, limits: [-9, 9], faults: {put: lost}}\n",
        )
        .expect("a file");
        std::fs::write(
            folder.path().join("rules.yml"),
            "version: 1\nrules:\n  - {name: all, channels: ['*'], access: write, max: 5, min: -5, settle: 50ms}\n",
        )
        .expect("a file");
        std::fs::write(
            folder.path().join("config.yml"),
            "control_system:\n  type: mock\n  connector: {mock: {machine: machine.yml}}\n  policy: [rules.yml]\n",
        )
        .expect("a file");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = aerie(self.folder.path());
        command.args(arguments).arg("--config").arg(self.path("config.yml")).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (String, String, i32) {
        said(&self.command(arguments).output().expect("aerie starts"))
    }

    fn json(&self, arguments: &[&str]) -> (Value, i32) {
        let (out, err, code) = self.run(arguments);
        (serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")), code)
    }

    fn program(&self) -> String {
        self.path("p.py").display().to_string()
    }
}

const TWO: &str = "import epics\nepics.caput('A:SP', 1.5)\nprint('hello')\nepics.caput('B:SP', 2.5)\nresults = {'a': epics.caget('A:SP')}\n";

#[test]
fn a_plan_is_shown_kept_and_applied_once() {
    let desk = Desk::new(TWO);
    let (plan, code) = desk.json(&["plan", &desk.program(), "--json"]);
    assert_eq!(code, 0, "{plan}");
    let writes = plan["writes"].as_array().expect("writes");
    let first = &writes[0];
    assert_eq!(
        (
            &first["order"],
            &first["channel"],
            &first["before"],
            &first["value"],
            &first["unit"],
            &first["line"],
            &first["verdict"]
        ),
        (&1.into(), &"A:SP".into(), &1.0.into(), &1.5.into(), &"A".into(), &2.into(), &"allowed".into())
    );
    assert!(!first["reasons"].as_array().expect("reasons").is_empty());
    assert_eq!(
        (&plan["stdout"], &plan["results"]["a"], &plan["complete"]),
        (&"hello\n".into(), &1.5.into(), &true.into())
    );
    assert_eq!(plan["simulated"], true);

    let id = plan["id"].as_str().expect("an id");
    // Nobody is at a terminal, and nobody said yes.
    let (_, err, code) = desk.run(&["apply", id]);
    assert_eq!(code, 2, "{err}");
    let (applied, code) = desk.json(&["apply", id, "--yes", "--json"]);
    assert_eq!(code, 0, "{applied}");
    let outcomes: Vec<_> =
        applied["writes"].as_array().expect("writes").iter().map(|write| write["outcome"].clone()).collect();
    assert_eq!(outcomes, ["confirmed", "confirmed"]);
    assert!(Path::new(applied["folder"].as_str().expect("a folder")).join("writes.jsonl").exists());
}

#[test]
fn what_was_written_is_taken_back_by_a_plan_of_its_own() {
    let desk = Desk::new(TWO);
    let (plan, _) = desk.json(&["plan", &desk.program(), "--json"]);
    let (applied, code) = desk.json(&["apply", plan["id"].as_str().expect("an id"), "--yes", "--json"]);
    assert_eq!(code, 0);
    let (back, code) = desk.json(&["rollback", applied["id"].as_str().expect("an id"), "--json"]);
    assert_eq!(code, 0, "{back}");
    let order: Vec<_> =
        back["writes"].as_array().expect("writes").iter().map(|w| (w["channel"].clone(), w["value"].clone())).collect();
    assert_eq!(order, [("B:SP".into(), 2.0.into()), ("A:SP".into(), 1.0.into())]);
    let (_, err, code) = desk.run(&["rollback", plan["id"].as_str().expect("an id")]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("only an apply can be rolled back"), "{err}");
}

#[test]
fn a_plan_that_is_not_what_it_was_is_not_applied() {
    let desk = Desk::new(TWO);
    let (plan, _) = desk.json(&["plan", &desk.program(), "--json"]);
    let (id, folder) = (plan["id"].as_str().expect("an id"), PathBuf::from(plan["folder"].as_str().expect("a folder")));
    // The program is exchanged after it was planned.
    let code = std::fs::read_to_string(folder.join("code.py")).expect("text");
    std::fs::write(folder.join("code.py"), code.replace("1.5", "4.5")).expect("a file");
    let (_, err, exit) = desk.run(&["apply", id, "--yes"]);
    assert_eq!(exit, 3, "{err}");
    assert!(err.contains("the program changed") && err.contains("AE0501"), "{err}");
    std::fs::write(folder.join("code.py"), code).expect("a file");
    // The rules are.
    let rules = std::fs::read_to_string(desk.path("rules.yml")).expect("text");
    std::fs::write(desk.path("rules.yml"), rules.replace("max: 5", "max: 6")).expect("a file");
    let (_, err, exit) = desk.run(&["apply", id, "--yes"]);
    assert_eq!(exit, 3, "{err}");
    assert!(err.contains("the site's rules changed"), "{err}");
    std::fs::write(desk.path("rules.yml"), rules).expect("a file");
    // It is too old.
    let (_, err, exit) = desk.run(&["apply", id, "--yes", "--max-age", "1ms"]);
    assert_eq!(exit, 3, "{err}");
    let (_, err, exit) = desk.run(&["apply", "ex_00000000000000000000000000", "--yes"]);
    assert_eq!(exit, 2, "{err}");
}

#[test]
fn a_plan_with_a_refused_write_says_so_and_cannot_be_applied_beyond_it() {
    let desk = Desk::new("import epics\nepics.caput('A:SP', 7.0)\n");
    let (_, err, code) = desk.run(&["plan", &desk.program()]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("MAX_EXCEEDED") && err.contains("rules.yml:3"), "{err}");
    let (plan, _) = desk.json(&["plan", &desk.program(), "--json"]);
    let (_, err, code) = desk.run(&["apply", plan["id"].as_str().expect("an id"), "--yes"]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("AE0502"), "{err}");
}

#[test]
fn a_write_that_did_not_end_well_is_an_exit_code() {
    let desk = Desk::new("import epics\nepics.caput('LOSES', 1.0)\n");
    let (plan, _) = desk.json(&["plan", &desk.program(), "--json"]);
    let (applied, code) = desk.json(&["apply", plan["id"].as_str().expect("an id"), "--yes", "--json"]);
    assert_eq!((code, &applied["writes"][0]["outcome"]), (1, &"mismatch".into()), "{applied}");
}

#[test]
fn an_execution_is_replayed_by_its_id() {
    let desk = Desk::new(
        "import epics, time, random\nprint(epics.caget('A:SP'), time.time(), random.random())\nresults = [1]\n",
    );
    let (ran, code) = desk.json(&["run", &desk.program(), "--json"]);
    assert_eq!(code, 0, "{ran}");
    let id = ran["id"].as_str().expect("an id");
    // There is no control system any more.
    std::fs::remove_file(desk.path("machine.yml")).expect("removed");
    std::fs::remove_file(desk.path("config.yml")).expect("removed");
    let replay = |more: &[&str]| {
        let output = aerie(desk.folder.path()).args(["replay", id]).args(more).output().expect("aerie starts");
        said(&output)
    };
    let (out, err, code) = replay(&[]);
    assert_eq!((out, code), (ran["stdout"].as_str().expect("text").to_owned(), 0), "{err}");
    std::fs::write(desk.path("other.py"), "import epics\nprint(epics.caget('B:SP'))\n").expect("a file");
    let (_, err, code) = replay(&[&desk.path("other.py").display().to_string()]);
    assert_eq!(code, 1);
    assert!(err.contains("departs at host call 1") && err.contains("A:SP") && err.contains("B:SP"), "{err}");
    std::fs::write(PathBuf::from(ran["folder"].as_str().expect("a folder")).join("journal.jsonl.zst"), b"x")
        .expect("a file");
    let (_, err, code) = replay(&[]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("AE0505"), "{err}");
}

#[test]
fn the_rules_are_checked_tested_and_questioned() {
    let desk = Desk::new("");
    let (out, err, code) = desk.run(&["policy", "check"]);
    assert_eq!(code, 0, "{out}{err}");
    let (out, _, code) = desk.run(&["policy", "explain", "alice", "write", "A:SP", "4.5"]);
    assert_eq!(code, 0, "{out}");
    let (out, _, code) = desk.run(&["policy", "explain", "alice", "write", "A:SP", "-7.5"]);
    assert_eq!(code, 3);
    assert!(out.contains("MIN_EXCEEDED") && out.contains("rules.yml:3"), "{out}");
    std::fs::write(
        desk.path("tests.yml"),
        "- {who: alice, write: 'A:SP', value: 1.0, expect: allowed}\n- {who: alice, write: 'A:SP', value: 9.0, expect: MAX_EXCEEDED}\n",
    )
    .expect("a file");
    let tests = desk.path("tests.yml").display().to_string();
    let (out, err, code) = desk.run(&["policy", "test", &tests]);
    assert_eq!(code, 0, "{out}{err}");
    std::fs::write(&tests, "- {who: alice, write: 'A:SP', value: 9.0, expect: allowed}\n").expect("a file");
    let (_, err, code) = desk.run(&["policy", "test", &tests]);
    assert_eq!(code, 1);
    assert!(err.contains("tests.yml:1") && err.contains("MAX_EXCEEDED"), "{err}");
    std::fs::write(
        desk.path("rules.yml"),
        "version: 1\nrules:\n  - {name: a, chanels: ['*'], access: write, min: 5, max: 1}\n",
    )
    .expect("a file");
    let (_, err, code) = desk.run(&["policy", "check"]);
    assert_eq!(code, 2);
    assert!(err.contains("rules.yml:3") && err.contains("channels") && err.contains("AE0601"), "{err}");
    // Rules that cannot be read are no rules: nothing runs.
    let (_, err, code) = desk.run(&["run", "-c", "print(1)"]);
    assert_eq!(code, 2, "{err}");
    std::fs::remove_file(desk.path("rules.yml")).expect("removed");
    let (_, err, code) = desk.run(&["run", "-c", "print(1)"]);
    assert_eq!(code, 2, "{err}");
}

#[test]
fn the_examples_in_the_repository_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let state = scratch();
    let run = |arguments: &[&str]| {
        let output = aerie(state.path()).args(arguments).current_dir(root).output().expect("aerie starts");
        said(&output)
    };
    let (out, err, code) = run(&["policy", "check", "policies/channels.example.yml"]);
    assert_eq!(code, 0, "{out}{err}");
    let (out, err, code) =
        run(&["policy", "test", "policies/tests/example.yml", "--rules", "policies/channels.example.yml"]);
    assert_eq!(code, 0, "{out}{err}");
    let (out, err, code) = run(&["plan", "examples/correct_orbit.py", "--json"]);
    assert_eq!(code, 0, "{out}{err}");
    let plan: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(plan["writes"].as_array().map(Vec::len), Some(3), "{plan}");
}

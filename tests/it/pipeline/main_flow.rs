//! The whole way: a question in words, code that fails, corrected code, a plan, an approval, a write on a real IOC, results,
//! a figure and a notebook. With the files of `examples/pipeline_demo`, whose commands are run as they stand.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Desk, cells_of, text};
use crate::servers::{Ioc, Kind, number};
use crate::support::{cache_dir, said, sandbox, scratch};

const CONTEXT: &str = r#"{"settings": [12.1, null, 12.6, 12.8]}"#;
const TASK: &str = "Set the corrector to the mean of the last good settings, and plot them";

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pipeline_demo")
}

#[test]
fn a_question_becomes_a_program_an_approved_write_on_a_real_ioc_results_a_figure_and_a_notebook() {
    let ioc = Ioc::start(Kind::Base);
    let mut desk = Desk::new("");
    desk.environment = ioc.client_environment();
    for name in ["first.py", "second.py", "rules.yml"] {
        let file = std::fs::read_to_string(demo().join(name)).expect("a file");
        desk.write(name, &file.replace("DEMO:", ioc.prefix()));
    }
    desk.write(
        "config.yml",
        "control_system: {type: epics, writes_enabled: true, policy: [rules.yml]}\nexecution:\n  code_generator: recorded\n  generators: {recorded: {type: mock, files: [first.py, second.py]}}\n",
    );
    let set = ioc.name("SET");
    let before = number(&ioc.witness().ca_get(&set));

    let (asked, code) = desk.json(&["ask", TASK, "--context", CONTEXT, "--expect", "target=float"]);
    assert_eq!((code, text(&asked["status"]), &asked["attempt"]), (4, "awaiting_approval", &json!(2)), "{asked}");
    assert!((number(&ioc.witness().ca_get(&set)) - before).abs() < 1e-12, "nothing is written before the answer");
    let id = text(&asked["id"]);
    let (shown, code) = desk.json(&["approvals", "show", id]);
    assert_eq!((code, text(&shown["task"])), (0, TASK));
    let write = &shown["writes"][0];
    assert!(
        (number(&write["before"]) - before).abs() < 1e-12 && (number(&write["value"]) - 12.5).abs() < 1e-12,
        "{write}"
    );
    assert!(text(&shown["code_before"]).contains("sum(settings) / len(settings)"), "the diff to the attempt before");
    assert_eq!(shown["simulated"], false);

    let digest = text(&shown["digest"]);
    let (done, code) = desk.json(&["approvals", "approve", id, "--digest", digest, "--comment", "shift 3"]);
    assert_eq!((code, text(&done["status"])), (0, "succeeded"), "{done}");
    assert_eq!(text(&done["writes"][0]["outcome"]), "confirmed");
    let witness = ioc.witness();
    assert!((number(&witness.ca_get(&set)) - 12.5).abs() < 1e-12, "an independent client sees it");
    assert!((number(&witness.ca_get(&ioc.name("RBV"))) - 12.5).abs() < 1e-12);
    assert_eq!((&done["results"]["target"], &done["results"]["readback"]), (&json!(12.5), &json!(12.5)));
    assert!((number(&done["results"]["before"]) - before).abs() < 1e-12);

    let folder = Path::new(text(&done["folder"]));
    assert!(folder.join("figures/figure_01.png").is_file());
    let cells = cells_of(&folder.join("notebook.ipynb"));
    assert!(cells.iter().any(|source| source.contains("plt.axhline")), "{cells:#?}");
    cells_of(&folder.join("attempts/01_execution_failed.ipynb"));
    let (shown, _) = desk.json(&["executions", "show", id]);
    let chain: &Vec<Value> = shown["error_chain"].as_array().expect("a list");
    assert!(chain.len() == 1 && chain[0][1]["message"].to_string().contains("TypeError"), "{chain:?}");
    let (verified, code) = desk.json(&["ledger", "verify"]);
    assert_eq!((code, &verified["whole"]), (0, &json!(true)));
}

/// The commands of the demo's README, word for word, by a shell.
#[test]
fn the_commands_of_the_demo_work_as_they_stand() {
    let readme = std::fs::read_to_string(demo().join("README.md")).expect("text");
    let commands = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("commands");
    let state = scratch();
    sandbox();
    let programs = Path::new(env!("CARGO_BIN_EXE_aerie")).parent().expect("a folder");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-u", "-c", commands])
        .env("PATH", path)
        .env("AERIE_CACHE_DIR", cache_dir())
        .env("AERIE_STATE_DIR", state.path())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("a shell");
    let (out, err, code) = said(&output);
    assert_eq!(code, 0, "{out}{err}");
    for says in ["approval needed", "TypeError", "DEMO:SET", "12.5", "aerie approvals approve", "confirmed"] {
        assert!(out.contains(says) || err.contains(says), "{says}: {out}{err}");
    }
    assert!(out.contains("ended: succeeded") && out.contains("all as they were written"), "{out}{err}");
    let folder = out.lines().find_map(|line| line.strip_prefix("folder    ")).expect("a folder");
    for left in ["results.json", "figures/figure_01.png", "plan.json", "writes.jsonl", "notebook.ipynb", "attempts"] {
        assert!(Path::new(folder).join(left).exists(), "{left}");
    }
}

/// The README's question, up to the approval that nobody gives here.
#[test]
fn the_question_of_the_readme_waits_for_its_approval() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("text");
    let task = "Raise the first two horizontal correctors by the step, and tell what they read";
    assert!(readme.contains(&format!("aerie ask '{task}'")), "the README asks this");
    let state = scratch();
    sandbox();
    let output = crate::support::aerie(state.path())
        .args(["ask", task, "--config", "examples/ask/config.yml", "--context", r#"{"limits": {"step": 0.1}}"#])
        .args(["--expect", "currents=two numbers, in A", "--json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("aerie starts");
    let (stdout, stderr, code) = said(&output);
    let told: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    assert_eq!((code, &told["status"]), (4, &json!("awaiting_approval")), "{stderr}");
    assert_eq!(told["writes"].as_array().map(Vec::len), Some(2));
    assert!(told["results"].is_null() && told["exit_code"].is_null(), "what was planned is no result");
}

//! `aerie analyze` as people and programs use it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{bare_aerie, said, scratch};

fn analyze(arguments: &[&str]) -> (String, String, i32) {
    let state = scratch();
    said(&bare_aerie(state.path(), state.path()).arg("analyze").args(arguments).output().expect("aerie starts"))
}

fn json(arguments: &[&str]) -> Value {
    let (stdout, stderr, _) = analyze(&[arguments, &["--json"]].concat());
    serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("no JSON: {stdout}{stderr}"))
}

const SEED: &str = "current = epics.caget('BEAM:CURRENT')\nif current < 400:\n    epics.caput('ALARM:STATUS', 1)\n";

#[test]
fn the_document_has_the_names_that_are_promised() {
    let document = json(&["-c", SEED]);
    for name in [
        "passed",
        "writes",
        "reads",
        "has_writes",
        "has_reads",
        "control_system_type",
        "detected_patterns",
        "needs_approval",
        "approval_reason",
        "execution_mode",
        "backend",
        "backend_reason",
        "risk",
        "operations",
        "findings",
        "imports",
    ] {
        assert!(document.get(name).is_some(), "{name}");
        let schema = include_str!("../../../docs/analysis.md");
        assert!(schema.contains(&format!("`{name}`")), "docs/analysis.md explains {name}");
    }
    assert_eq!(document["writes"], "certain");
    assert_eq!(document["has_reads"], true);
    assert_eq!(document["control_system_type"], "epics");
    assert_eq!(document["execution_mode"], "write_access");
    assert_eq!(document["needs_approval"], true);
    assert_eq!(document["passed"], true);
    assert_eq!(document["detected_patterns"]["writes"][0], r"\bcaput\s*\(");
    let write = &document["operations"][1];
    assert_eq!(write["kind"], "write");
    assert_eq!(write["call"], "epics.caput");
    assert_eq!(write["channel"], "ALARM:STATUS");
    assert_eq!(write["value"], 1);
    assert_eq!(write["certainty"], "certain");
    assert_eq!((write["line"].as_u64(), write["column"].as_u64()), (Some(3), Some(5)));
}

#[test]
fn exit_codes_are_the_verdict() {
    assert_eq!(analyze(&["-c", "results = {}"]).2, 0);
    assert_eq!(analyze(&["-c", "x = ("]).2, 3);
    assert_eq!(analyze(&["-c", "import socket\nsocket.socket()", "--backend", "local"]).2, 3);
    assert_eq!(analyze(&["-c", "import socket\nsocket.socket()", "--backend", "wasi"]).2, 0);
    assert_eq!(analyze(&["/nowhere.py"]).2, 2);
    assert_eq!(analyze(&[]).2, 2);
    assert_eq!(analyze(&["-c", "x", "--config", "/nowhere.yml"]).2, 2);
}

#[test]
fn a_program_comes_from_standard_input_too() {
    let state = scratch();
    let mut command = bare_aerie(state.path(), state.path());
    command.args(["analyze", "-", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("aerie starts");
    child.stdin.take().expect("a pipe").write_all(SEED.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document["writes"], "certain");
}

#[test]
fn people_see_frames_operations_and_the_verdict_last() {
    let (page, _, _) = analyze(&["-c", "import epics\nepics.caput('SR:X', 1)\nresults = {}", "--backend", "local"]);
    assert!(page.contains("note[channel-write]: `epics.caput` writes `SR:X` ← 1"), "{page}");
    assert!(page.contains("2 | epics.caput('SR:X', 1)\n  | ^^^^^^^^^^^^^^^^^^^^^^"), "{page}");
    assert!(page.contains("passed code.py: writes certain, reads none"), "{page}");
    assert!(page.contains("approval  needed: it writes to a control system"), "{page}");
}

#[test]
fn a_hostile_program_cannot_paint_on_the_terminal() {
    let (page, _, _) = analyze(&["-c", "import epics\nepics.caput('SR:\x1b[2J\x07', '\x1b]0;x\x07')\n# \x1b[31m\n"]);
    assert!(!page.contains('\x1b') && !page.contains('\x07'), "{page:?}");
}

#[test]
fn sarif_is_what_review_tools_read() {
    let (text, _, code) = analyze(&["-c", "import socket\nsocket.socket()", "--backend", "local", "--format", "sarif"]);
    assert_eq!(code, 3);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let results = run["results"].as_array().expect("results");
    let network = results.iter().find(|result| result["ruleId"] == "network").expect("a finding");
    assert_eq!(network["level"], "error");
    assert_eq!(network["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
    let index = usize::try_from(network["ruleIndex"].as_u64().expect("an index")).expect("small");
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "network");
}

#[test]
fn rules_are_explained_and_misspelt_ones_named() {
    let (page, _, code) = analyze(&["--explain", "network"]);
    assert_eq!(code, 0);
    assert!(page.starts_with("# network\n"), "{page}");
    let (list, _, _) = analyze(&["--explain"]);
    assert!(list.lines().count() > 15, "{list}");
    let (_, said, code) = analyze(&["--explain", "netwrk"]);
    assert_eq!(code, 2);
    assert!(said.contains("AE0403"), "{said}");
}

#[test]
fn an_invalid_pattern_is_an_error_with_its_place() {
    let folder = scratch();
    let path = folder.path().join("config.yml");
    std::fs::write(&path, "control_system:\n  type: epics\n  patterns:\n    epics:\n      write: ['(']\n")
        .expect("a file");
    let (_, said, code) = analyze(&["-c", "x", "--config", path.to_str().expect("text")]);
    assert_eq!(code, 2);
    for part in
        ["AE0401", "config.yml", "control_system.patterns.epics.write", "line 5", "missing ), unterminated subpattern"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn imports_are_held_against_the_python_that_is_there() {
    let python = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().expect("python3");
    let python = String::from_utf8_lossy(&python.stdout).trim().to_owned();
    let document =
        json(&["-c", "import json, surely_not_there\nresults = {}", "--backend", "local", "--python", &python]);
    assert_eq!(document["passed"], false);
    let finding = &document["findings"][0];
    assert_eq!(finding["rule"], "missing-import");
    assert!(finding["message"].as_str().is_some_and(|text| text.contains("surely_not_there")), "{finding}");
    let (_, said, code) = analyze(&["-c", "x", "--python", "/bin/false"]);
    assert_eq!(code, 2);
    assert!(said.contains("AE0404"), "{said}");
}

#[test]
fn auto_says_where_and_why() {
    let document = json(&["-c", "import numpy as np\nresults = {'x': 1}"]);
    assert_eq!(document["backend"], "wasi");
    let document = json(&["-c", "import numpy as np\nresults = {'x': 1}", "--expected-time", "10m"]);
    assert_eq!(document["backend"], "container");
    let document = json(&["-c", "import tensorflow\nresults = {'x': 1}"]);
    assert_eq!(document["backend"], "local");
    assert!(document["backend_reason"].as_str().is_some_and(|text| text.contains("tensorflow")));
    let document = json(&["-c", "import tensorflow\nresults = {'x': 1}", "--isolated"]);
    assert_eq!(document["backend"], "container");
}

/// What the README shows.
#[test]
fn the_readmes_example_is_seen_through() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/analyze/hidden_write.py");
    let document = json(&[file]);
    let write = &document["operations"][0];
    assert_eq!(write["call"], "epics.caput");
    assert_eq!(write["channels"], serde_json::json!(["SR:C01:HCM1:SP", "SR:C02:HCM1:SP"]));
    assert_eq!(write["value"], 1.5);
    let readme = include_str!("../../../README.md");
    assert!(readme.contains("`epics.caput` writes `SR:C01:HCM1:SP`, `SR:C02:HCM1:SP` ← 1.5"));
}

/// It never runs the program.
#[test]
fn a_program_that_would_leave_a_trace_leaves_none() {
    let folder = scratch();
    let trace = folder.path().join("trace");
    let code = format!("open({:?}, 'w').write('x')\nimport os\nos.system('touch {0}')\n", trace.display().to_string());
    for backend in ["auto", "wasi", "container", "local"] {
        analyze(&["-c", &code, "--backend", backend]);
    }
    assert!(!trace.exists());
}

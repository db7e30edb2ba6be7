//! The examples run as their first lines say, and find in their data what was put there.

use std::path::Path;

use serde_json::Value;

use crate::support::{aerie, said, scratch};

#[test]
fn each_example_finds_the_truth_of_its_model() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).expect("a file")).expect("JSON");
    let expected = expected.as_object().expect("an object");
    assert!(expected.len() >= 4);
    for (name, example) in expected {
        let state = scratch();
        let mut command = aerie(state.path());
        command.args(["run", "--json"]).arg(folder.join(format!("{name}.py")));
        for (input, path) in example["inputs"].as_object().expect("an object") {
            command.arg("--input").arg(format!("{input}={}", path.as_str().expect("a path")));
        }
        let (stdout, stderr, code) = said(&command.output().expect("aerie starts"));
        assert_eq!(code, 0, "{name}: {stdout}{stderr}");
        let document: Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(document["stderr"], "", "{name}");
        assert!(!document["figures"].as_array().expect("a list").is_empty(), "{name} draws");
        for (key, wanted) in example["results"].as_object().expect("an object") {
            let found = &document["results"][key];
            assert!(agrees(&wanted["value"], found, wanted["within"].as_f64()), "{name}.{key}: {found}, not {wanted}");
        }
    }
}

/// Lists item by item; numbers within the tolerance where there is one; all else exactly.
fn agrees(wanted: &Value, found: &Value, within: Option<f64>) -> bool {
    match (wanted, found, within) {
        (Value::Array(wanted), Value::Array(found), _) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| agrees(wanted, found, within))
        }
        (Value::Number(wanted), Value::Number(found), Some(within)) => {
            (wanted.as_f64().unwrap_or(f64::NAN) - found.as_f64().unwrap_or(f64::NAN)).abs() <= within
        }
        _ => wanted == found,
    }
}

/// The command that an example's docstring gives is one that works as it stands.
#[test]
fn each_example_says_how_it_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_none_or(|extension| extension != "py") || name == "make_data.py" {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let line = text
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("aerie run ") || line.starts_with("aerie plan "))
            .unwrap_or_else(|| panic!("{name} says how"));
        let state = scratch();
        let output = aerie(state.path()).args(line.split_whitespace().skip(1)).output().expect("aerie starts");
        assert_eq!(said(&output).2, 0, "{name}: {line}\n{}", said(&output).1);
    }
}

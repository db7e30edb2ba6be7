//! The documents tell the truth: links lead somewhere, help texts are the program's, commands are the ones that work.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{bare_aerie, said, scratch};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("docs"), root().join("benches")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    for path in fs::read_dir(root()).expect("a folder").flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

#[test]
fn links_between_documents_lead_somewhere() {
    for path in documents() {
        let text = fs::read_to_string(&path).expect("text");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.starts_with('#') {
                continue;
            }
            let target = path.parent().unwrap_or(Path::new(".")).join(link.split('#').next().unwrap_or_default());
            assert!(target.exists(), "{}: {link} leads nowhere", path.display());
        }
    }
}

/// `docs/command-line.md` holds each command's help word for word.
#[test]
fn the_help_in_the_documents_is_the_programs() {
    let text = fs::read_to_string(root().join("docs/command-line.md")).expect("text");
    let state = scratch();
    for command in [
        &["run"][..],
        &["ask"],
        &["approvals"],
        &["approvals", "list"],
        &["approvals", "show"],
        &["approvals", "approve"],
        &["approvals", "reject"],
        &["approvals", "edit"],
        &["executions"],
        &["executions", "list"],
        &["executions", "show"],
        &["executions", "logs"],
        &["executions", "cancel"],
        &["executions", "rerun"],
        &["executions", "resume"],
        &["executions", "prune"],
        &["ledger"],
        &["ledger", "verify"],
        &["ledger", "export"],
        &["ledger", "tail"],
        &["ledger", "checkpoint"],
        &["config"],
        &["config", "show"],
        &["config", "check"],
        &["config", "schema"],
        &["config", "default"],
        &["plan"],
        &["apply"],
        &["rollback"],
        &["replay"],
        &["doctor"],
        &["policy"],
        &["policy", "check"],
        &["policy", "test"],
        &["policy", "explain"],
        &["analyze"],
        &["runtime"],
        &["runtime", "install"],
        &["explain"],
    ] {
        let output = bare_aerie(state.path(), state.path())
            .args(command)
            .arg("--help")
            .env("COLUMNS", "100")
            .output()
            .expect("aerie starts");
        let help = said(&output).0;
        let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert!(text.contains(help.trim_end()), "docs/command-line.md lacks the help of {command:?}:\n{help}");
    }
}

#[test]
fn the_readme_names_the_two_commands_and_ci_calls_the_second() {
    let readme = fs::read_to_string(root().join("README.md")).expect("text");
    assert!(
        readme.contains("cargo run --release -- run examples/beam_lifetime.py --input dcct.csv=examples/data/dcct.csv")
    );
    assert!(readme.contains("cargo test --release"));
    let ci = fs::read_to_string(root().join(".ci/run")).expect("text");
    assert!(ci.contains("\ncargo test --release"));
}

#[test]
fn the_newest_version_in_the_changelog_is_the_packages() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).expect("text");
    assert!(text.contains(&format!("## [{}]", env!("CARGO_PKG_VERSION"))));
}

/// The table of tagged values is complete: each tag that the guest writes is in it.
#[test]
fn every_tag_of_results_is_documented() {
    let text = fs::read_to_string(root().join("docs/results.md")).expect("text");
    let code = fs::read_to_string(root().join("runtimes/guest/aerie_guest/values.py")).expect("text");
    for tag in code.split("\"$type\": \"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(text.contains(&format!("`{tag}`")), "docs/results.md lacks `{tag}`");
    }
}

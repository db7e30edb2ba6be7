//! Each rule finds what its fixture has, passes the clean one, is shown as recorded, and has the page that it generates.
//!
//! `AERIE_BLESS=1` writes the pages; snapshots are reviewed and accepted with `cargo insta`, or with `INSTA_UPDATE=always`.

use std::fs;
use std::path::{Path, PathBuf};

use aerie::analysis::{BackendKind, RULES, Rule, Severity};

use crate::support::{bare_aerie, said, scratch};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What `aerie analyze` says of a fixture, and how it ends.
fn analyze(rule: &Rule, which: &str, backend: BackendKind, format: &str) -> (String, i32) {
    let folder = root().join("tests/fixtures/rules").join(rule.name);
    let state = scratch();
    let mut command = bare_aerie(state.path(), state.path());
    command.current_dir(&folder).args(["analyze", which, "--backend", backend.as_str(), "--format", format]);
    if rule.name == "newer-syntax" {
        // A Python that is older than the fixture's syntax.
        let python = folder.join("python-3.11");
        command.arg("--python").arg(python);
    }
    if folder.join("config.yml").exists() {
        command.args(["--config", "config.yml"]);
    }
    let (stdout, stderr, code) = said(&command.output().expect("aerie starts"));
    assert!(stderr.is_empty(), "{}: {stderr}", rule.name);
    (stdout, code)
}

/// Where a rule weighs most.
fn telling(rule: &Rule) -> BackendKind {
    if rule.name == "newer-syntax" || rule.host > rule.wasi { BackendKind::Local } else { BackendKind::Wasi }
}

fn findings(text: &str, rule: &str) -> usize {
    let document: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let all = document["findings"].as_array().expect("findings");
    all.iter().filter(|finding| finding["rule"] == rule).count()
}

#[test]
fn each_rule_finds_its_fixture_and_passes_the_clean_one() {
    for rule in RULES {
        let backend = telling(rule);
        let (found, code) = analyze(rule, "found.py", backend, "json");
        assert!(findings(&found, rule.name) > 0, "{} finds nothing: {found}", rule.name);
        if rule.severity(backend) == Severity::Refusal {
            assert_eq!(code, 3, "{} refuses", rule.name);
        }
        let (clean, _) = analyze(rule, "clean.py", backend, "json");
        assert_eq!(findings(&clean, rule.name), 0, "{} finds something in clean.py: {clean}", rule.name);
    }
}

#[test]
fn what_people_see_of_each_rule_is_as_recorded() {
    for rule in RULES {
        let (page, _) = analyze(rule, "found.py", telling(rule), "text");
        insta::assert_snapshot!(rule.name, page);
    }
}

#[test]
fn examples_in_the_rules_are_true() {
    let analyzer = super::analyzer();
    for rule in RULES {
        // These depend on the site, or on an older Python.
        if ["writes-disabled", "site-pattern", "newer-syntax"].contains(&rule.name) {
            continue;
        }
        let has = |code: &str| {
            let report = analyzer.analyze(code.as_bytes(), super::on(telling(rule)));
            report.findings.iter().any(|finding| finding.rule == rule.name)
        };
        assert!(has(rule.example.found), "{}: {}", rule.name, rule.example.found);
        assert!(!has(rule.example.clean), "{}: {}", rule.name, rule.example.clean);
    }
}

#[test]
fn each_rule_has_the_page_that_it_generates() {
    let folder = root().join("docs/rules");
    if std::env::var_os("AERIE_BLESS").is_some() {
        fs::create_dir_all(&folder).expect("a folder");
        for rule in RULES {
            fs::write(folder.join(format!("{}.md", rule.name)), rule.page()).expect("a page");
        }
    }
    for rule in RULES {
        let page = fs::read_to_string(folder.join(format!("{}.md", rule.name))).unwrap_or_default();
        assert!(page == rule.page(), "docs/rules/{}.md: run this test with AERIE_BLESS=1", rule.name);
    }
    let pages = fs::read_dir(&folder).expect("a folder").flatten().count();
    assert_eq!(pages, RULES.len(), "a page without a rule");
    let index = fs::read_to_string(root().join("docs/analysis.md")).expect("text");
    for rule in RULES {
        assert!(index.contains(&format!("(rules/{}.md)", rule.name)), "docs/analysis.md lists {}", rule.name);
    }
    assert!(Path::new("src/analysis/rules").exists() || root().join("src/analysis/rules").exists());
}

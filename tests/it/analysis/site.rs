//! What a site plugs in: all of it runs, the strictest word stands, and what fails refuses.

use aerie::analysis::{
    Analyzer, BackendKind, Inventories, RULES, Request, Settings, Severity, SiteAnalyzer, SiteError, SiteFinding,
    Subject,
};

use super::on;

fn settings(yaml: &str) -> Settings {
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    Settings::from_yaml(yaml, "config.yml", &rules).expect("settings")
}

fn with(yaml: &str) -> Analyzer {
    Analyzer::new(settings(yaml), Inventories::default()).expect("an analyser")
}

struct Says(Severity, bool);

impl SiteAnalyzer for Says {
    fn name(&self) -> &str {
        "site-says"
    }

    fn analyze(&self, subject: Subject<'_>) -> Result<Vec<SiteFinding>, SiteError> {
        let message = format!("{} operations", subject.operations.len());
        Ok(vec![SiteFinding { severity: self.0, needs_approval: self.1, message, help: None, place: None }])
    }
}

struct Fails;

impl SiteAnalyzer for Fails {
    fn name(&self) -> &str {
        "site-fails"
    }

    fn analyze(&self, _: Subject<'_>) -> Result<Vec<SiteFinding>, SiteError> {
        Err("the database of magnets is not there".into())
    }
}

struct Panics;

impl SiteAnalyzer for Panics {
    fn name(&self) -> &str {
        "site-panics"
    }

    #[expect(clippy::panic, reason = "that is what is tested")]
    fn analyze(&self, _: Subject<'_>) -> Result<Vec<SiteFinding>, SiteError> {
        panic!("a fault of the site")
    }
}

#[test]
fn the_strictest_word_stands_and_a_failure_refuses() {
    let report = with("").with(Says(Severity::Note, false)).analyze(b"results = {}", Request::default());
    assert!(report.passed && !report.needs_approval);
    let report = with("").with(Says(Severity::Note, true)).analyze(b"results = {}", Request::default());
    assert!(report.passed && report.needs_approval, "{}", report.approval_reason);
    let report = with("")
        .with(Says(Severity::Refusal, false))
        .with(Says(Severity::Note, false))
        .analyze(b"results = {}", Request::default());
    assert!(!report.passed);
    assert_eq!(report.findings.iter().filter(|finding| finding.rule == "site-says").count(), 2);
    for analyzer in [with("").with(Fails), with("").with(Panics)] {
        let report = analyzer.analyze(b"results = {}", Request::default());
        assert!(!report.passed);
        assert!(report.findings.iter().any(|finding| finding.message.contains("failed")), "{:?}", report.findings);
    }
}

#[test]
fn policy_entries_forbid_ask_and_warn() {
    let yaml = "\
analysis:
  policy:
    - name: no-rf
      when: {channel: 'RF:*', kind: write}
      then: refuse
      reason: RF setpoints belong to the RF group
    - name: ask-for-scans
      when: {import: bluesky.*}
      then: approve
      reason: scans are announced
";
    let analyzer = with(yaml);
    let refused = analyzer.analyze(b"import epics\nepics.caput('RF:CAV1:PHASE', 1)\n", on(BackendKind::Local));
    assert!(!refused.passed && refused.findings.iter().any(|finding| finding.rule == "no-rf"));
    let read = analyzer.analyze(b"import epics\nepics.caget('RF:CAV1:PHASE')\n", on(BackendKind::Local));
    assert!(read.passed);
    // A channel that is not known may be one of these.
    let unknown = analyzer.analyze(b"import epics\nepics.caput(input(), 1)\n", on(BackendKind::Local));
    assert!(!unknown.passed);
    let other = analyzer.analyze(b"import epics\nepics.caput('SR:X', 1)\n", on(BackendKind::Local));
    assert!(other.passed && other.needs_approval);
    let scan = analyzer.analyze(b"from bluesky.plans import count\n", on(BackendKind::Local));
    assert!(scan.needs_approval && scan.approval_reason.contains("scans are announced"));
}

#[test]
fn a_sites_tables_severities_and_patterns_count() {
    let yaml = "\
control_system:
  type: epics
  patterns: {write: ['\\bramp_to\\(']}
analysis:
  rules: {network: warning}
  inert_modules: [sitemath]
  libraries:
    - library: sitelib
      control_system: epics
      modules: [sitelib]
      functions:
        sitelib.set_current: {does: write, channel: [name, 0], value: [value, 1]}
";
    let analyzer = with(yaml);
    let report = analyzer.analyze(b"from sitelib import set_current as s\ns('Q1', 2.5)\n", on(BackendKind::Local));
    let operation = &report.operations[0];
    assert_eq!((operation.call.as_str(), operation.channel.as_deref()), ("sitelib.set_current", Some("Q1")));
    assert_eq!(operation.library.as_deref(), Some("sitelib"));
    let network =
        analyzer.analyze(b"import requests\nrequests.get('http://x')\nresults = {}\n", on(BackendKind::Local));
    assert!(network.passed, "{:?}", network.findings);
    let own = analyzer.analyze(b"from sitemath import ramp_to\nramp_to(3)\n", on(BackendKind::Local));
    assert!(own.has_writes && own.needs_approval, "{:?}", own.operations);
    let disabled = with("approval:\n  global_mode: disabled\n");
    assert!(!disabled.analyze(b"import epics\nepics.caput('X', 1)\n", on(BackendKind::Local)).needs_approval);
    let all = with("approval:\n  capabilities:\n    python_execution: {mode: all_code}\n");
    assert!(all.analyze(b"results = {}", Request::default()).needs_approval);
}

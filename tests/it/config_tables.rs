//! The configuration's table of `analysis` and `approval` has the keys that the analysis' own reader knows.

use std::collections::BTreeSet;

use aerie::analysis::Settings;
use aerie::config::{Config, schema};

/// What the reader says it knows, when it meets a key that it does not.
fn known(text: &str) -> BTreeSet<String> {
    let error = Settings::from_yaml(text, "c", &[]).unwrap_err().to_string();
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn in_schema(path: &[&str]) -> BTreeSet<String> {
    let schema = schema();
    let mut at = &schema;
    for name in path {
        at = if *name == "[]" { &at["items"] } else { &at["properties"][*name] };
    }
    at["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_table_of_the_analysis_has_the_keys_of_its_reader() {
    for (text, path) in [
        ("analysis: {zzz: 1}", vec!["analysis"]),
        ("analysis: {policy: [{zzz: 1}]}", vec!["analysis", "policy", "[]"]),
        (
            "analysis: {policy: [{name: n, then: warn, reason: r, when: {zzz: 1}}]}",
            vec!["analysis", "policy", "[]", "when"],
        ),
        (
            "approval: {capabilities: {python_execution: {zzz: 1}}}",
            vec!["approval", "capabilities", "python_execution"],
        ),
    ] {
        assert_eq!(known(text), in_schema(&path), "{text}");
    }
}

#[test]
fn the_analysis_reads_what_the_configuration_accepts() {
    let text = "osprey:\n  execution: {execution_method: \"${METHOD}\"}\napproval:\n  capabilities: {python_execution: {enabled: '${ASK}', mode: all_code}}\nanalysis: {rules: {network: note}, inert_modules: [mine], policy: [{name: n, when: {call: 'x*'}, then: warn, reason: 'costs ${5}'}]}\n";
    let variable = |name: &str| match name {
        "METHOD" => Some("container".to_owned()),
        "ASK" => Some("false".to_owned()),
        _ => None,
    };
    let config = Config::from_yaml(text, "config.yml", variable).unwrap();
    let settings = Settings::from_yaml(config.text(), config.file(), &["network"]).unwrap();
    assert!(!settings.approval_enabled);
    assert_eq!(settings.policy[0].reason, "costs ${5}");
    Settings::from_yaml(aerie::config::DEFAULT, "config.default.yml", &[]).unwrap();
}

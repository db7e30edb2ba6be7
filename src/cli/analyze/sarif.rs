//! An analysis as SARIF 2.1.0, which code review tools read:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use serde_json::{Value, json};

use crate::analysis::{RULES, Report, Severity};

/// The document.
pub(super) fn document(report: &Report, name: &str) -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.name,
                "shortDescription": { "text": format!("The program {}.", rule.summary) },
                "fullDescription": { "text": rule.why },
                "help": { "text": rule.instead, "markdown": rule.page() },
            })
        })
        .collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let level = match finding.severity {
                Severity::Refusal => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
                Severity::Off => "none",
            };
            let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(name) } } });
            if let Some(place) = finding.place {
                location["physicalLocation"]["region"] = json!({
                    "startLine": place.line,
                    "startColumn": place.column,
                    "endLine": place.end_line,
                    "endColumn": place.end_column,
                });
            }
            let index = RULES.iter().position(|rule| rule.name == finding.rule);
            let mut result = json!({
                "ruleId": finding.rule,
                "level": level,
                "message": { "text": finding.message },
                "locations": [location],
            });
            if let Some(index) = index {
                result["ruleIndex"] = json!(index);
            }
            result
        })
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "aerie",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            // Columns count characters, not UTF-16 units.
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "passed": report.passed,
                "writes": report.writes,
                "reads": report.reads,
                "needs_approval": report.needs_approval,
                "backend": report.backend,
            },
        }],
    })
}

/// A file name as a relative URI.
fn uri(name: &str) -> String {
    name.replace('\\', "/")
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

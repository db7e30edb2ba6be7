//! A site's channel rules: the YAML of `policies/*.yml`.

use super::attributes::{ATTRIBUTES, Attributes};
use super::decision::RuleRef;
use super::node::{Keys, NodeKind};
use super::rule::{self, Groups, Rule};
use super::source::{Findings, Options};
use super::units::{self, Rate};
use super::yaml;

/// Most rules of one file.
const MAX_RULES: usize = 50_000;

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Site {
    pub rules: Vec<Rule>,
    /// Whether only what rules name may be read.
    pub reads_listed: bool,
    /// Whether channels that no rule here names are left to the limits database.
    pub unlisted_to_limits: bool,
    pub read_rate: Option<Rate>,
    pub read_max_elements: Option<usize>,
}

pub(super) fn read(text: &str, options: Options, findings: &mut Findings) -> Site {
    let node = match yaml::read(text) {
        Ok(Some(node)) => node,
        Ok(None) => {
            findings.error_with(1, "there is nothing in it", "a policy begins with `version: 1`".to_owned());
            return Site::default();
        }
        Err((line, message)) => {
            findings.error(line, message);
            return Site::default();
        }
    };
    let known = ["version", "reads", "unlisted", "read", "defaults", "groups", "rules"];
    let Some(keys) = Keys::of(&node, "a policy", &known, findings) else { return Site::default() };
    match keys.get("version") {
        None => findings.error_with(node.line, "there is no `version`", "say `version: 1`".to_owned()),
        Some(entry) => {
            if entry.number(findings).is_some_and(|version| (version - 1.0).abs() > 0.0) {
                findings.error_with(
                    entry.line,
                    "this version is not known",
                    "this program reads `version: 1`".to_owned(),
                );
            }
        }
    }
    let mut site = Site::default();
    if let Some(entry) = keys.get("reads") {
        site.reads_listed = entry.word(&[("allow", false), ("listed", true)], findings).unwrap_or(true);
    }
    if let Some(entry) = keys.get("unlisted") {
        site.unlisted_to_limits = entry.word(&[("refuse", false), ("limits", true)], findings).unwrap_or(false);
    }
    if let Some(entry) = keys.get("read")
        && let Some(keys) = Keys::of(&entry.value, "`read`", &["rate", "max_elements"], findings)
    {
        site.read_rate = keys.get("rate").and_then(|entry| {
            let text = entry.text(findings)?;
            units::rate(text).map_err(|message| findings.error(entry.value.line, message)).ok()
        });
        site.read_max_elements = keys.get("max_elements").and_then(|entry| entry.count(findings));
    }
    let defaults = keys.get("defaults").and_then(|entry| {
        let known: Vec<&str> = ATTRIBUTES.into_iter().filter(|key| !matches!(*key, "fields" | "reason")).collect();
        let own = Keys::of(&entry.value, "`defaults`", &known, findings)?;
        let by = RuleRef { name: "defaults".into(), file: findings.place(entry.line).file, line: entry.line };
        Some(Attributes::read(&own, &by, findings))
    });
    let groups = keys.get("groups").map_or_else(Groups::default, |entry| rule::groups(&entry.value, findings));
    match keys.get("rules").map(|entry| (entry, &entry.value.kind)) {
        Some((entry, NodeKind::List(nodes))) if nodes.len() > MAX_RULES => {
            findings.error(entry.line, format!("{} rules are more than {MAX_RULES}", nodes.len()));
        }
        Some((_, NodeKind::List(nodes))) => {
            let defaults = defaults.unwrap_or_default();
            site.rules =
                nodes.iter().filter_map(|node| groups.rule(node, &defaults, options.machine, findings)).collect();
        }
        Some((entry, _)) => findings.error(entry.line, "`rules` should be a list"),
        None => findings.error(node.line, "there are no `rules`"),
    }
    site
}

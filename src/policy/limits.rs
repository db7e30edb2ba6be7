//! Osprey's limits database, read as it stands: a JSON object from channels to limits, `defaults` merged below each.
//!
//! Where Osprey logs an entry that it does not understand and forgets it, the whole database is refused here.

use std::collections::HashMap;

use super::attributes::{Access, Attributes};
use super::decision::{Bound, RuleRef, Verify};
use super::json;
use super::node::{Entry, Keys, Node, NodeKind, Scalar};
use super::pattern::{Matcher, Pattern, Reach};
use super::rule::{Effect, Principals, Rule};
use super::source::{Findings, Options, cut};
use super::units::Tolerance;

const KEYS: [&str; 5] = ["min_value", "max_value", "max_step", "writable", "verification"];
/// What Osprey allows a readback to be off if nothing is said.
const DEFAULT_TOLERANCE: f64 = 0.001;

/// Reads the database: one rule for each channel.
pub(super) fn read(text: &str, options: Options, findings: &mut Findings) -> Vec<Rule> {
    let node = match json::read(text) {
        Ok(node) => node,
        Err((line, message)) => {
            findings.error(line, message);
            return Vec::new();
        }
    };
    let NodeKind::Map(entries) = &node.kind else {
        findings.error(node.line, format!("the limits are {}, but should be an object", node.kind_name()));
        return Vec::new();
    };
    let mut defaults = Limits::default();
    if let Some(entry) = entries.iter().find(|entry| entry.key == "defaults") {
        let by = RuleRef { name: "defaults".into(), file: findings.place(entry.line).file, line: entry.line };
        defaults = Limits::read(&entry.value, "`defaults`", &by, findings);
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut rules = Vec::new();
    for entry in entries.iter().filter(|entry| entry.key != "defaults" && !entry.key.starts_with('_')) {
        rules.extend(rule(entry, &defaults, options, &mut seen, findings));
    }
    rules
}

fn rule(
    entry: &Entry,
    defaults: &Limits,
    options: Options,
    seen: &mut HashMap<String, usize>,
    findings: &mut Findings,
) -> Option<Rule> {
    let channel = cut(&entry.key);
    // The text is a name and nothing else: `re:` and `*` mean nothing here.
    let pattern = if entry.key.contains(['*', '?']) {
        Err(format!("`{channel}` is no channel's name: a limits database has exact names; use channel rules"))
    } else {
        Pattern::parse(&format!("exact:{}", entry.key), Reach::Narrow)
    };
    let pattern = match pattern {
        Ok(pattern) => pattern,
        Err(message) => {
            findings.error(entry.line, message);
            return None;
        }
    };
    // Either as an EPICS name or, in lower case, as a Tango name.
    let field = pattern.field.as_deref().unwrap_or("VAL");
    for (matcher, kind) in [(&pattern.epics, field), (&pattern.tango, "tango")] {
        let Some(Matcher::Exact(name)) = matcher else { continue };
        let first = seen.insert(format!("{name}.{kind}"), entry.line);
        if let Some(first) = first.filter(|first| *first != entry.line) {
            findings.error(entry.line, format!("`{channel}` is the same channel as the one on line {first}"));
            break;
        }
    }
    let by = RuleRef { name: entry.key.as_str().into(), file: findings.place(entry.line).file, line: entry.line };
    let limits = Limits::read(&entry.value, &format!("`{channel}`"), &by, findings).over(defaults);
    if let (Some(min), Some(max)) = (&limits.min, &limits.max)
        && min.value > max.value
    {
        findings
            .error(entry.line, format!("`{channel}`: min_value {} is more than max_value {}", min.value, max.value));
    }
    let access = if limits.writable.unwrap_or(true) { Access::Write } else { Access::Read };
    if access == Access::Write && limits.min.is_none() && limits.max.is_none() && !options.limits_required {
        findings.warn(entry.line, format!("`{channel}` may be written without limits"));
    }
    let verify = limits.verification.as_ref().map(|verification| verification.level);
    let tolerance = match limits.verification {
        Some(Verification { tolerance: Some(tolerance), .. }) => Some(tolerance),
        Some(Verification { level: Verify::Readback, .. }) => {
            Some(Tolerance { absolute: None, relative: Some(DEFAULT_TOLERANCE) })
        }
        _ => None,
    };
    let attributes = Attributes {
        access: Some(access),
        min: limits.min.map(Some),
        max: limits.max.map(Some),
        max_step: limits.max_step.map(Some),
        limits_required: Some(options.limits_required),
        verify,
        tolerance: tolerance.map(Some),
        ..Attributes::default()
    };
    Some(Rule {
        by,
        effect: Effect::Access(access),
        principals: Principals { anybody: true, ..Principals::default() },
        channels: vec![(entry.line, pattern)],
        except: Vec::new(),
        attributes,
    })
}

#[derive(Debug, Clone, Default)]
struct Limits {
    min: Option<Bound>,
    max: Option<Bound>,
    max_step: Option<Bound>,
    writable: Option<bool>,
    verification: Option<Verification>,
}

#[derive(Debug, Clone)]
struct Verification {
    level: Verify,
    tolerance: Option<Tolerance>,
}

/// The mapping without what is a comment: keys that begin with `_`.
fn uncommented(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::Map(entries) => {
            NodeKind::Map(entries.iter().filter(|entry| !entry.key.starts_with('_')).cloned().collect())
        }
        kind => kind.clone(),
    };
    Node { line: node.line, kind }
}

impl Limits {
    fn read(node: &Node, what: &str, by: &RuleRef, findings: &mut Findings) -> Self {
        let node = uncommented(node);
        let Some(keys) = Keys::of(&node, what, &KEYS, findings) else { return Self::default() };
        // `null` is how a JSON writer says nothing.
        let get = |key: &str| keys.get(key).filter(|entry| entry.value.scalar() != Some(Scalar::Null));
        let number = |key: &str, findings: &mut Findings| {
            get(key).and_then(|entry| Some(Bound { value: entry.number(findings)?, by: by.at(entry.line) }))
        };
        let max_step = number("max_step", findings);
        if let Some(step) = &max_step
            && step.value <= 0.0
        {
            findings.error(step.by.line, format!("{what}: max_step should be more than 0"));
        }
        Self {
            min: number("min_value", findings),
            max: number("max_value", findings),
            max_step,
            writable: get("writable").and_then(|entry| entry.truth(findings)),
            verification: get("verification").and_then(|entry| Verification::read(&entry.value, findings)),
        }
    }

    /// Shallow, as Osprey merges: a `verification` goes before the other as a whole.
    fn over(self, defaults: &Self) -> Self {
        let d = defaults.clone();
        Self {
            min: self.min.or(d.min),
            max: self.max.or(d.max),
            max_step: self.max_step.or(d.max_step),
            writable: self.writable.or(d.writable),
            verification: self.verification.or(d.verification),
        }
    }
}

impl Verification {
    fn read(node: &Node, findings: &mut Findings) -> Option<Self> {
        let node = uncommented(node);
        let known = ["level", "tolerance_absolute", "tolerance_percent"];
        let keys = Keys::of(&node, "`verification`", &known, findings)?;
        let get = |key: &str| keys.get(key).filter(|entry| entry.value.scalar() != Some(Scalar::Null));
        let level = match get("level") {
            Some(entry) => entry.word(
                &[("none", Verify::None), ("callback", Verify::Callback), ("readback", Verify::Readback)],
                findings,
            )?,
            None => Verify::Callback,
        };
        let mut tolerance = |key: &str| {
            let number = get(key)?.number(findings)?;
            if number < 0.0 {
                findings.error(keys.line(), format!("`{key}` is negative"));
            }
            Some(number)
        };
        // An absolute tolerance goes before one in per cent.
        let (absolute, percent) = (tolerance("tolerance_absolute"), tolerance("tolerance_percent"));
        let tolerance = match (absolute, percent) {
            (Some(absolute), _) => Some(Tolerance { absolute: Some(absolute), relative: None }),
            (None, Some(percent)) => Some(Tolerance { absolute: None, relative: Some(percent / 100.0) }),
            (None, None) => None,
        };
        Some(Self { level, tolerance })
    }
}

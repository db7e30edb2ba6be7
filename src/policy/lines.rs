//! The rules in a few lines for somebody who writes a program: what may be written, how far.

use super::attributes::Access;
use super::decision::{Bound, Confirm, Principal};
use super::layer::Layer;
use super::rule::Rule;
use super::rules::Policy;

/// Most lines; who needs more asks `aerie policy explain`.
const MAX_LINES: usize = 40;
/// Most patterns of one rule.
const MAX_PATTERNS: usize = 6;

impl Policy {
    /// What holds for `principal`, a line for each rule in their order, at most 40 and one that says how many more.
    #[must_use]
    pub fn lines(&self, principal: &Principal) -> Vec<String> {
        let layers = self.site().into_iter().chain(self.limits());
        let rules: Vec<&Rule> =
            layers.flat_map(|layer: &Layer| &layer.rules).filter(|rule| rule.principals.include(principal)).collect();
        let mut lines: Vec<String> = rules.iter().take(MAX_LINES).map(|rule| line(rule)).collect();
        if rules.len() > MAX_LINES {
            lines.push(format!("and {} rules more", rules.len() - MAX_LINES));
        }
        lines
    }
}

fn line(rule: &Rule) -> String {
    let mut patterns: Vec<&str> = rule.channels.iter().take(MAX_PATTERNS).map(|(_, pattern)| &*pattern.text).collect();
    if rule.channels.len() > MAX_PATTERNS {
        patterns.push("…");
    }
    let attributes = &rule.attributes;
    let mut says = vec![
        match rule.access() {
            Access::None => "neither read nor written",
            Access::Read => "read only",
            Access::Write => "may be written",
        }
        .to_owned(),
    ];
    if rule.access() == Access::Write {
        let bound = |bound: &Option<Option<Bound>>| bound.as_ref().and_then(Option::as_ref).map(|bound| bound.value);
        match (bound(&attributes.min), bound(&attributes.max)) {
            (Some(min), Some(max)) => says.push(format!("from {min} to {max}")),
            (Some(min), None) => says.push(format!("at least {min}")),
            (None, Some(max)) => says.push(format!("at most {max}")),
            (None, None) => {}
        }
        if let Some(step) = bound(&attributes.max_step) {
            says.push(format!("in steps of at most {step}"));
        }
        match attributes.confirm {
            Some(Confirm::Never) => says.push("without asking".to_owned()),
            Some(Confirm::Always) => says.push("each write is asked about".to_owned()),
            Some(Confirm::Plan) | None => {}
        }
    }
    if let Some(reason) = &attributes.reason {
        says.push(format!("({reason})"));
    }
    format!("{}: {}", patterns.join(", "), says.join(", "))
}

#[cfg(test)]
mod tests {
    use crate::policy::{Machine, Options, Policy, Principal, Source, SourceKind};

    #[test]
    fn rules_are_told_to_whom_they_are_about() {
        let text = "version: 1\nrules:\n  - {name: correctors, channels: ['SR:*:HCM*:SP'], principals: [alice], access: write, min: -5, max: 5, max_step: 0.5}\n  - {name: rest, channels: ['*'], access: read}\n";
        let source = Source { name: "channels.yml", text, kind: SourceKind::Rules };
        let options = Options { machine: Machine::Real, ..Options::default() };
        let policy = Policy::load(&[source], &options).unwrap_or_else(|error| panic!("{error}"));
        let alice = policy.lines(&Principal::named("alice"));
        assert_eq!(alice[0], "SR:*:HCM*:SP: may be written, from -5 to 5, in steps of at most 0.5");
        assert_eq!(policy.lines(&Principal::named("bob")), ["*: read only"]);
    }
}

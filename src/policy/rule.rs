//! [`Rule`]: one entry of a policy, ready to be asked.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::attributes::{ATTRIBUTES, Access, Attributes};
use super::decision::{Principal, RuleRef};
use super::names::{Hit, Names};
use super::node::{Keys, Node, NodeKind};
use super::pattern::{Pattern, Reach};
use super::source::{Findings, Machine, cut, suggestion};

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Never, whatever else is said.
    Deny {
        /// Whether it may not be read either.
        reads: bool,
    },
    /// As the attributes say, if it is the first that matches.
    Access(Access),
}

impl Effect {
    /// How the patterns of such a rule are read.
    pub(super) fn reach(self) -> Reach {
        match self {
            Self::Deny { .. } | Self::Access(Access::None) => Reach::Wide,
            Self::Access(Access::Read | Access::Write) => Reach::Narrow,
        }
    }
}

/// Whom a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Principals {
    /// Everybody, if nobody is named.
    pub anybody: bool,
    pub names: FxHashSet<Box<str>>,
    pub roles: FxHashSet<Box<str>>,
}

impl Principals {
    pub(super) fn include(&self, principal: &Principal) -> bool {
        self.anybody
            || self.names.contains(principal.name.as_str())
            || principal.roles.iter().any(|role| self.roles.contains(role.as_str()))
    }

    /// Whether everybody in the other is in this.
    pub(super) fn cover(&self, other: &Self) -> bool {
        self.anybody || (!other.anybody && other.names.is_subset(&self.names) && other.roles.is_subset(&self.roles))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub by: RuleRef,
    pub effect: Effect,
    pub principals: Principals,
    /// Each with its line.
    pub channels: Vec<(usize, Pattern)>,
    pub except: Vec<Pattern>,
    pub attributes: Attributes,
}

impl Rule {
    /// Whether an exception takes a channel out of it. Exceptions from what permits are read widely, those from what
    /// forbids narrowly.
    pub(super) fn excepts(&self, names: &Names) -> bool {
        self.except.iter().any(|pattern| match self.effect.reach() {
            Reach::Wide => pattern.narrow(names) == Some(Hit::Channel),
            Reach::Narrow => pattern.wide(names),
        })
    }

    pub(super) fn lists_field(&self, field: &str) -> bool {
        self.attributes.fields.as_ref().is_some_and(|fields| fields.iter().any(|own| **own == *field))
    }

    pub(super) fn access(&self) -> Access {
        match self.effect {
            Effect::Deny { reads: true } => Access::None,
            Effect::Deny { reads: false } => Access::Read,
            Effect::Access(access) => access,
        }
    }
}

/// The names that stand for several in one file.
#[derive(Debug, Default)]
pub(super) struct Groups<'n> {
    pub people: Vec<(&'n str, Vec<(usize, &'n str)>)>,
    pub channels: Vec<(&'n str, Vec<(usize, &'n str)>)>,
    /// How much the rules have made of them so far: many rules that name a large group would grow without bound.
    expanded: std::cell::Cell<usize>,
}

/// Most patterns and principals of one file, groups written out.
const MAX_EXPANDED: usize = 500_000;

fn members<'g, 'n>(
    groups: &'g [(&'n str, Vec<(usize, &'n str)>)],
    name: &str,
    line: usize,
    findings: &mut Findings,
) -> &'g [(usize, &'n str)] {
    match groups.iter().find(|(own, _)| *own == name) {
        Some((_, members)) => members,
        None => {
            let known: Vec<&str> = groups.iter().map(|(name, _)| *name).collect();
            findings.error_with(line, format!("there is no group `{}`", cut(name)), suggestion(name, &known));
            &[]
        }
    }
}

impl Groups<'_> {
    /// Whether so many more may be made.
    fn expand(&self, line: usize, by: usize, findings: &mut Findings) -> bool {
        let before = self.expanded.get();
        self.expanded.set(before.saturating_add(by));
        if before <= MAX_EXPANDED && self.expanded.get() > MAX_EXPANDED {
            findings.error(line, format!("more than {MAX_EXPANDED} patterns and principals, groups written out"));
        }
        self.expanded.get() <= MAX_EXPANDED
    }

    fn principals(&self, texts: &[(usize, &str)], findings: &mut Findings) -> Principals {
        let mut all = Principals::default();
        let mut add = |line: usize, text: &str, findings: &mut Findings| {
            if text == "*" {
                all.anybody = true;
            } else if let Some(role) = text.strip_prefix("role:") {
                all.roles.insert(role.into());
            } else {
                if self.people.iter().any(|(name, _)| *name == text) {
                    findings.error_with(
                        line,
                        format!("`{}` is a group", cut(text)),
                        format!("say `group:{}`", cut(text)),
                    );
                }
                all.names.insert(text.strip_prefix("user:").unwrap_or(text).into());
            }
        };
        for (line, text) in texts {
            match text.strip_prefix("group:") {
                Some(group) => {
                    let members = members(&self.people, group, *line, findings);
                    if !self.expand(*line, members.len(), findings) {
                        break;
                    }
                    for (line, member) in members {
                        add(*line, member, findings);
                    }
                }
                None => add(*line, text, findings),
            }
        }
        all
    }

    /// Reads patterns; groups stand for theirs, with the line that names the group.
    fn patterns(&self, texts: &[(usize, &str)], reach: Reach, findings: &mut Findings) -> Vec<(usize, Pattern)> {
        let mut patterns = Vec::new();
        for (line, text) in texts {
            let own = [(*line, *text)];
            let texts = match text.strip_prefix("group:") {
                Some(group) => members(&self.channels, group, *line, findings),
                None => &own,
            };
            if !self.expand(*line, texts.len(), findings) {
                break;
            }
            for (_, text) in texts {
                match Pattern::parse(text, reach) {
                    Ok(pattern) => patterns.push((*line, pattern)),
                    Err(message) => findings.error(*line, message),
                }
            }
        }
        patterns
    }

    /// Reads one rule; `None` also for a rule that belongs to another machine.
    pub(super) fn rule(
        &self,
        node: &Node,
        defaults: &Attributes,
        machine: Machine,
        findings: &mut Findings,
    ) -> Option<Rule> {
        let known: Vec<&str> =
            ["name", "channels", "except", "principals", "deny", "machine"].into_iter().chain(ATTRIBUTES).collect();
        let keys = Keys::of(node, "a rule", &known, findings)?;
        let name = match keys.get("name") {
            Some(entry) => entry.text(findings).unwrap_or("?"),
            None => {
                findings.error(node.line, "a rule has no `name`");
                "?"
            }
        };
        let line = keys.get("name").map_or(node.line, |entry| entry.line);
        let file = findings.place(line).file;
        let by = RuleRef { name: Arc::from(name), file, line };

        let deny = [("write", Some(false)), ("all", Some(true)), ("true", Some(true)), ("false", None)];
        let deny = keys.get("deny").and_then(|entry| entry.word(&deny, findings)).flatten();
        let own = Attributes::read(&keys, &by, findings);
        if deny.is_some() {
            let foreign: Vec<&str> =
                ATTRIBUTES.into_iter().filter(|key| *key != "reason" && keys.get(key).is_some()).collect();
            if !foreign.is_empty() {
                findings
                    .error(line, format!("rule `{}` denies, and cannot say {} as well", cut(name), foreign.join(", ")));
            }
        }
        let attributes = if deny.is_some() { own } else { own.over(defaults) };
        let effect = match (deny, attributes.access) {
            (Some(reads), _) => Effect::Deny { reads },
            (None, Some(access)) => Effect::Access(access),
            (None, None) => {
                findings.error_with(
                    line,
                    format!("rule `{}` does not say what is allowed", cut(name)),
                    "say `access: write`, `read` or `none`, or `deny: write` or `all`".to_owned(),
                );
                Effect::Access(Access::None)
            }
        };

        let reach = effect.reach();
        let list = |key: &str, findings: &mut Findings| keys.get(key).map(|entry| (entry.line, entry.texts(findings)));
        let channels = match list("channels", findings) {
            Some((line, texts)) => {
                if texts.is_empty() {
                    findings.error(line, format!("rule `{}` names no channels", cut(name)));
                }
                self.patterns(&texts, reach, findings)
            }
            None => {
                findings.error(line, format!("rule `{}` has no `channels`", cut(name)));
                Vec::new()
            }
        };
        // What is taken from a permission is read widely, what is taken from a prohibition narrowly.
        let except_reach = if reach == Reach::Wide { Reach::Narrow } else { Reach::Wide };
        let except = list("except", findings).map(|(_, texts)| self.patterns(&texts, except_reach, findings));
        let except = except.unwrap_or_default().into_iter().map(|(_, pattern)| pattern).collect();
        let principals = match list("principals", findings) {
            Some((line, texts)) => {
                if texts.is_empty() {
                    findings.error_with(
                        line,
                        "`principals` is an empty list",
                        "leave it out to mean everybody".to_owned(),
                    );
                }
                self.principals(&texts, findings)
            }
            None => Principals { anybody: true, ..Principals::default() },
        };
        let machines = [("real", Some(Machine::Real)), ("simulated", Some(Machine::Simulated)), ("any", None)];
        let only = keys.get("machine").and_then(|entry| entry.word(&machines, findings)).flatten();
        if only.is_some_and(|only| only != machine) {
            return None;
        }
        Some(Rule { by, effect, principals, channels, except, attributes })
    }
}

/// The groups of a file.
pub(super) fn groups<'n>(node: &'n Node, findings: &mut Findings) -> Groups<'n> {
    let Some(keys) = Keys::of(node, "`groups`", &["people", "channels"], findings) else { return Groups::default() };
    let mut read = |key: &str| {
        let Some(entry) = keys.get(key) else { return Vec::new() };
        let NodeKind::Map(entries) = &entry.value.kind else {
            findings.error(entry.line, format!("`groups.{key}` should be a mapping from names to lists"));
            return Vec::new();
        };
        let mut groups = Vec::new();
        for group in entries {
            let texts = group.texts(findings);
            if texts.is_empty() {
                findings.error(group.line, format!("the group `{}` is empty", cut(&group.key)));
            }
            for (line, text) in &texts {
                if text.starts_with("group:") {
                    findings.error(*line, "a group cannot contain a group; write it out");
                }
            }
            groups.push((group.key.as_str(), texts));
        }
        groups
    };
    let people = read("people");
    let channels = read("channels");
    for (_, texts) in &channels {
        // Also of groups that no rule names.
        for (line, text) in texts {
            if let (false, Err(message)) = (text.starts_with("group:"), Pattern::parse(text, Reach::Wide)) {
                findings.error(*line, message);
            }
        }
    }
    Groups { people, channels, expanded: std::cell::Cell::new(0) }
}

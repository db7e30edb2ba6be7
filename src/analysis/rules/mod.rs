//! The rules: each looks at what the interpretation saw and says what it thinks of it. One rule, one file, one page
//! (`docs/rules/`, generated from the rule by [`Rule::page`]).

mod channel_write;
mod dynamic_code;
mod endless_loop;
mod environment;
mod introspection;
mod missing_import;
mod missing_results;
mod native_code;
mod network;
mod newer_syntax;
mod outside_files;
mod processes;
mod sandbox_limits;
mod serialised_code;
mod site_pattern;
mod syntax_error;
mod tampering;
mod threads;
mod unreadable_source;
mod unresolved_operation;
mod writes_disabled;

use std::fmt::Write as _;

use ruff_text_size::TextRange;

use super::inventory::Inventory;
use super::pattern::SiteMatches;
use super::report::{BackendKind, Finding, Operation, Severity};
use super::semantic::record::{Record, Use};
use super::settings::Settings;
use super::source::{Place, Source};
use super::syntax::SyntaxError;

/// A program that the rule finds something in, and one that it does not.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// With a finding.
    pub found: &'static str,
    /// Without.
    pub clean: &'static str,
}

/// A rule.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What the program does, as the end of "the program …".
    pub summary: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do instead.
    pub instead: &'static str,
    /// Examples.
    pub example: Example,
    /// Its weight in the sandbox.
    pub wasi: Severity,
    /// Its weight where code runs on a host, in a container or not.
    pub host: Severity,
    check: fn(&Look<'_>, &mut Seen),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("name", &self.name).finish_non_exhaustive()
    }
}

/// All rules, by name.
pub static RULES: &[&Rule] = &[
    &channel_write::RULE,
    &dynamic_code::RULE,
    &endless_loop::RULE,
    &environment::RULE,
    &introspection::RULE,
    &missing_import::RULE,
    &missing_results::RULE,
    &native_code::RULE,
    &network::RULE,
    &newer_syntax::RULE,
    &outside_files::RULE,
    &processes::RULE,
    &sandbox_limits::RULE,
    &serialised_code::RULE,
    &site_pattern::RULE,
    &syntax_error::RULE,
    &tampering::RULE,
    &threads::RULE,
    &unreadable_source::RULE,
    &unresolved_operation::RULE,
    &writes_disabled::RULE,
];

/// A rule by its name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

impl Rule {
    /// Its weight on a backend, as far as the site says nothing else.
    pub fn severity(&self, backend: BackendKind) -> Severity {
        if backend == BackendKind::Wasi { self.wasi } else { self.host }
    }

    /// Its page, Markdown.
    pub fn page(&self) -> String {
        let word = |severity: Severity| match severity {
            Severity::Off => "nothing",
            Severity::Note => "a note",
            Severity::Warning => "a warning",
            Severity::Refusal => "a refusal",
        };
        let mut page = format!("# {}\n\nThe program {}.\n\n{}\n\n", self.name, self.summary, self.why);
        let _ = writeln!(page, "## What to do\n\n{}\n", self.instead);
        let _ = writeln!(
            page,
            "## Weight\n\nIn the sandbox {}, on the other backends {}. A site can change it: `analysis.rules.{}` in its\n\
             configuration is `off`, `note`, `warning` or `refusal`.\n",
            word(self.wasi),
            word(self.host),
            self.name
        );
        let _ = write!(page, "## Examples\n\nFound:\n\n```python\n{}```\n\nClean:\n\n", self.example.found);
        let _ = write!(page, "```python\n{}```\n", self.example.clean);
        page
    }
}

/// What rules look at.
#[derive(Debug)]
pub(super) struct Look<'l> {
    pub(super) source: &'l Source,
    pub(super) record: &'l Record,
    /// What is used, by its name without calls: `socket.socket.send`.
    pub(super) uses: &'l [(String, &'l Use)],
    pub(super) operations: &'l [Operation],
    pub(super) errors: &'l [SyntaxError],
    pub(super) site: &'l SiteMatches,
    pub(super) settings: &'l Settings,
    pub(super) backend: BackendKind,
    pub(super) inventory: Option<&'l Inventory>,
}

/// What one rule has found.
#[derive(Debug)]
pub(super) struct Seen {
    rule: &'static str,
    severity: Severity,
    help: &'static str,
    pub(super) findings: Vec<Finding>,
}

impl Seen {
    /// Something at a place.
    pub(super) fn at(&mut self, place: Place, message: impl Into<String>) {
        self.with_help(Some(place), message, None);
    }

    /// Something at a place, or of the whole program, with help of its own.
    pub(super) fn with_help(&mut self, place: Option<Place>, message: impl Into<String>, help: Option<String>) {
        self.weighing(self.severity, place, message, help);
    }

    /// The same with another weight than the rule's, but never more than the site gives it.
    pub(super) fn weighing(
        &mut self,
        severity: Severity,
        place: Option<Place>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.findings.push(Finding {
            rule: self.rule.to_owned(),
            severity: severity.min(self.severity),
            message: message.into(),
            help: Some(help.unwrap_or_else(|| self.help.to_owned())).filter(|help| !help.is_empty()),
            place,
        });
    }
}

/// Names in modules that rules look at, which do nothing.
const HARMLESS: &[&str] = &[
    "cpu_count",
    "gethostname",
    "getfqdn",
    "timeout",
    "exceptions",
    "PIPE",
    "DEVNULL",
    "STDOUT",
    "current_thread",
    "get_ident",
    "main_thread",
    "active_count",
    "freeze_support",
    "current_process",
    "adapters",
    "list2cmdline",
];

impl Look<'_> {
    pub(super) fn place(&self, range: TextRange) -> Place {
        self.source.place(range)
    }

    /// The uses of these names, and of what is below them: one for each line, the most telling.
    pub(super) fn below<'u>(&'u self, names: &[&str]) -> Vec<(Place, String, &'u Use)> {
        let mut found: Vec<(Place, String, &Use)> = Vec::new();
        for (name, one) in self.uses {
            let last = name.rsplit('.').next().unwrap_or(name);
            let kind = ["Error", "Exception", "Warning", "Expired"].iter().any(|end| last.ends_with(end));
            if kind || HARMLESS.contains(&last) || !names.iter().any(|wanted| is_below(name, wanted)) {
                continue;
            }
            let place = self.place(one.range);
            match found.iter_mut().find(|(known, _, _)| known.line == place.line) {
                Some(known) => {
                    let better = (one.call.is_some(), name.len()) > (known.2.call.is_some(), known.1.len());
                    if better {
                        *known = (place, name.clone(), one);
                    }
                }
                None => found.push((place, name.clone(), one)),
            }
        }
        found.sort_by_key(|(place, _, _)| *place);
        found
    }

    /// A finding for each line that uses one of these names.
    pub(super) fn uses_below(&self, names: &[&str], what: &str, seen: &mut Seen) {
        for (place, name, _) in self.below(names) {
            seen.at(place, format!("`{name}` {what}"));
        }
    }
}

fn is_below(name: &str, wanted: &str) -> bool {
    name.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Runs all rules.
pub(super) fn run(look: &Look<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        let own = rule.severity(look.backend);
        let severity = look.settings.severities.get(rule.name).copied().unwrap_or(own);
        if severity == Severity::Off {
            continue;
        }
        let mut seen = Seen { rule: rule.name, severity, help: rule.instead, findings: Vec::new() };
        (rule.check)(look, &mut seen);
        findings.extend(seen.findings);
    }
    say_once(&mut findings);
    findings
}

/// Where something does not work in the sandbox, what to do instead says it all.
fn say_once(findings: &mut Vec<Finding>) {
    let line = |finding: &Finding| finding.place.map(|place| place.line);
    let limits: Vec<_> = findings.iter().filter(|one| one.rule == sandbox_limits::RULE.name).map(line).collect();
    findings.retain(|finding| match finding.rule.as_str() {
        "processes" | "network" | "native-code" | "threads" => !limits.contains(&line(finding)),
        _ => true,
    });
}

/// The finding of a program that cannot be read.
pub(super) fn unreadable(message: String, place: Option<Place>, help: &str) -> Finding {
    Finding {
        rule: unreadable_source::RULE.name.to_owned(),
        severity: Severity::Refusal,
        message,
        help: Some(help.to_owned()),
        place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted_and_unique() {
        assert!(RULES.windows(2).all(|pair| pair[0].name < pair[1].name));
        for rule in RULES {
            assert!(
                !rule.summary.ends_with('.') && rule.why.ends_with('.') && rule.instead.ends_with('.'),
                "{}",
                rule.name
            );
        }
    }
}

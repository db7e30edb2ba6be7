//! `missing-results`: a program leaves no `results`.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "missing-results",
    summary: "leaves no `results`",
    why: "What a program returns is the dictionary `results`, at the top level of the program.",
    instead: "Assign it: `results = {'lifetime_h': 8.2}`.",
    example: Example { found: "x = 1\n", clean: "results = {'x': 1}\n" },
    wasi: Severity::Note,
    host: Severity::Note,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    if !look.record.assigns_results && look.errors.is_empty() {
        seen.with_help(None, "the program never assigns `results` at its top level", None);
    }
}

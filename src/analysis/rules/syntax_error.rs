//! `syntax-error`: a program is not valid Python.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "syntax-error",
    summary: "is not valid Python",
    why: "Python refuses it before it runs a line of it.",
    instead: "Correct it at the place that is marked.",
    example: Example { found: "x = (1\n", clean: "x = (1)\n" },
    wasi: Severity::Refusal,
    host: Severity::Refusal,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    for error in look.errors.iter().filter(|error| error.needs.is_none()) {
        seen.at(look.place(error.range), error.message.clone());
    }
}

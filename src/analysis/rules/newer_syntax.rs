//! `newer-syntax`: a program uses syntax that is newer than the backend's Python.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "newer-syntax",
    summary: "uses syntax that is newer than the backend's Python",
    why: "Python compiles the whole program before it runs a line of it.",
    instead: "Write it as the older version wants it, or choose a backend with a newer Python.",
    example: Example { found: "type Channel = str\n", clean: "Channel = str\n" },
    wasi: Severity::Refusal,
    host: Severity::Refusal,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    for error in look.errors.iter().filter(|error| error.needs.is_some()) {
        seen.at(look.place(error.range), error.message.clone());
    }
}

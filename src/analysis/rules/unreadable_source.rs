//! `unreadable-source`: a program cannot be read with certainty.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;
use crate::analysis::semantic::record::Dark;

pub(super) static RULE: Rule = Rule {
    name: "unreadable-source",
    summary: "cannot be read with certainty",
    why: "A text that this analysis and the interpreter could read differently is refused: other encodings than UTF-8, NUL bytes, and programs that nest so deeply or are so large that reading them is an attack.",
    instead: "Save the program as UTF-8; move data out of it; split long expressions.",
    example: Example { found: "# coding: utf-7\nx = 1\n", clean: "# coding: utf-8\nx = 1\n" },
    wasi: Severity::Refusal,
    host: Severity::Refusal,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    // Texts that do not get this far are refused before any rule runs.
    for dark in look.record.dark.iter().filter(|dark| dark.why == Dark::GaveUp) {
        seen.weighing(
            Severity::Warning,
            Some(look.place(dark.range)),
            format!("{}: what it does is not resolved", dark.what),
            None,
        );
    }
}

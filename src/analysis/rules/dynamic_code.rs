//! `dynamic-code`: a program executes text as code.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;
use crate::analysis::semantic::record::Dark;

pub(super) static RULE: Rule = Rule {
    name: "dynamic-code",
    summary: "executes text as code",
    why: "Text that comes to be while the program runs is read by nobody. Constant text is followed as if it stood there; what is computed cannot be.",
    instead: "Write the code out. For choices use a dictionary of functions, for literals `ast.literal_eval`.",
    example: Example { found: "exec(input())\n", clean: "import ast\nvalue = ast.literal_eval('[1, 2]')\n" },
    wasi: Severity::Warning,
    host: Severity::Refusal,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    for dark in look.record.dark.iter().filter(|dark| dark.why == Dark::DynamicCode) {
        if dark.followed {
            seen.weighing(
                Severity::Note,
                Some(look.place(dark.range)),
                format!("{}; it was followed", dark.what),
                None,
            );
        } else {
            seen.at(look.place(dark.range), dark.what.clone());
        }
    }
}

//! `introspection`: a program reaches into the interpreter.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;
use crate::analysis::semantic::record::Dark;

pub(super) static RULE: Rule = Rule {
    name: "introspection",
    summary: "reaches into the interpreter",
    why: "From `__globals__`, `__subclasses__`, frames and the collector any object can be reached, past every name in the text.",
    instead: "Import what is needed and call it by its name.",
    example: Example {
        found: "cls = ().__class__.__base__.__subclasses__()\n",
        clean: "import math\nroot = math.sqrt(2)\n",
    },
    wasi: Severity::Note,
    host: Severity::Refusal,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    for dark in look.record.dark.iter().filter(|dark| dark.why == Dark::Introspection) {
        seen.at(look.place(dark.range), format!("`{}` reaches into the interpreter", dark.what));
    }
}

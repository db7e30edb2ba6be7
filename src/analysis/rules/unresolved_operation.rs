//! `unresolved-operation`: a program may write to a control system in a way that its text does not show.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::{Certainty, Severity};

pub(super) static RULE: Rule = Rule {
    name: "unresolved-operation",
    summary: "may write to a control system in a way that its text does not show",
    why: "What cannot be resolved is said to be unresolved, never to be harmless. Before a run on a host such a program counts as one that writes; in the sandbox the plan run finds out.",
    instead: "Call the library by its name, with the channel in the text.",
    example: Example {
        found: "import epics\nname = input()\ngetattr(epics, name)('SR:C01:HCM1:SP', 1)\n",
        clean: "import epics\nepics.caput('SR:C01:HCM1:SP', 1)\n",
    },
    wasi: Severity::Warning,
    host: Severity::Warning,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    for operation in look.operations {
        if operation.certainty == Certainty::Possible && operation.kind.may_write() {
            let reason = operation.reason.as_deref().unwrap_or("it is not resolved");
            seen.at(operation.place, format!("`{}` may write: {reason}", operation.call));
        }
    }
}

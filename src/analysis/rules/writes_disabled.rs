//! `writes-disabled`: a program writes although this site has switched writes off.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::{BackendKind, Certainty, Severity};

pub(super) static RULE: Rule = Rule {
    name: "writes-disabled",
    summary: "writes although this site has switched writes off",
    why: "`control_system.writes_enabled: false` holds for all programs, whatever is approved.",
    instead: "Remove the write, or ask the people who run the machine to switch writes on.",
    example: Example {
        found: "import epics\nepics.caput('SR:C01:HCM1:SP', 1.2)\n",
        clean: "import epics\nvalue = epics.caget('SR:C01:HCM1:SP')\n",
    },
    wasi: Severity::Refusal,
    host: Severity::Refusal,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    if look.settings.writes_enabled {
        return;
    }
    for operation in look.operations.iter().filter(|operation| operation.kind.may_write()) {
        // In the sandbox the gate refuses a write that comes after all; elsewhere this is the last word.
        if operation.certainty == Certainty::Certain || look.backend != BackendKind::Wasi {
            seen.at(operation.place, format!("`{}` would write, and writes are switched off here", operation.call));
        }
    }
}

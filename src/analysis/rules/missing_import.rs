//! `missing-import`: a program imports what its backend does not have.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "missing-import",
    summary: "imports what its backend does not have",
    why: "The import fails, and with it the program.",
    instead: "Install the package in the Python of the backend, choose a backend that has it, or do without it.",
    example: Example { found: "import tensorflow\n", clean: "import math\n" },
    wasi: Severity::Refusal,
    host: Severity::Refusal,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    let Some(inventory) = look.inventory else { return };
    for import in &look.record.imports {
        let place = Some(look.place(import.range));
        if import.relative {
            let message = "a relative import fails: a program is no package";
            seen.with_help(place, message, Some("Put everything into the one program.".to_owned()));
            continue;
        }
        let root = import.module.split('.').next().unwrap_or(&import.module);
        if root.is_empty() || inventory.has(root) {
            continue;
        }
        let near = inventory.near(root).map(|near| format!("Did you mean `{near}`?"));
        let help = inventory.advice(root).map(str::to_owned).or(near).or_else(|| inventory.remedy(root));
        let message = format!("{} has no module `{root}`", inventory.name());
        if import.conditional {
            seen.weighing(Severity::Warning, place, message, help);
        } else {
            seen.with_help(place, message, help);
        }
    }
}

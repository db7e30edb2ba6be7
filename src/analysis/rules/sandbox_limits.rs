//! `sandbox-limits`: a program uses what does not work in the sandbox.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "sandbox-limits",
    summary: "uses what does not work in the sandbox",
    why: "The name is there, so the import succeeds, and the call fails: there are no processes, threads, sockets and native code in WebAssembly.",
    instead: "Do it as the finding says.",
    example: Example { found: "import os\nos.getuid()\n", clean: "import os\nos.getcwd()\n" },
    wasi: Severity::Warning,
    host: Severity::Off,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    let Some(inventory) = look.inventory else { return };
    let mut told: Vec<usize> = Vec::new();
    for (name, one) in look.uses {
        let Some(limit) = inventory.limit(name) else { continue };
        let place = look.place(one.range);
        if told.contains(&place.line) {
            continue;
        }
        told.push(place.line);
        let message =
            format!("`{}` does not work in the sandbox: {}", name.trim_start_matches("builtins."), limit.happens);
        seen.with_help(Some(place), message, Some(limit.instead.clone()));
    }
}

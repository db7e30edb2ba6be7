//! `tampering`: a program replaces parts of modules.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;
use crate::analysis::semantic::record::Dark;

pub(super) static RULE: Rule = Rule {
    name: "tampering",
    summary: "replaces parts of modules",
    why: "Code that replaces what others call changes what the rest of the text means, and may switch off checks that live in the same process.",
    instead: "Define a function of your own under a name of its own.",
    example: Example {
        found: "import epics\nepics.caput = print\n",
        clean: "def show(name, value):\n    print(name, value)\n",
    },
    wasi: Severity::Note,
    host: Severity::Refusal,
    check,
};

/// Settings that programs are meant to change.
const MEANT: &[&str] = &[
    "matplotlib",
    "numpy",
    "pandas",
    "pd",
    "plt",
    "seaborn",
    "warnings",
    "decimal",
    "locale",
    "scipy",
    "PIL",
    "requests",
    "sys.stdout",
    "sys.stderr",
    "torch",
    "sklearn",
    "xarray",
    "sympy",
];

fn check(look: &Look<'_>, seen: &mut Seen) {
    for dark in look.record.dark.iter().filter(|dark| dark.why == Dark::Tampering) {
        if !MEANT.iter().any(|meant| super::is_below(&dark.what, meant)) {
            seen.at(look.place(dark.range), format!("`{}` is replaced", dark.what));
        }
    }
}

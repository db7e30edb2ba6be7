//! `environment`: a program reads the environment or secrets.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "environment",
    summary: "reads the environment or secrets",
    why: "A host's environment holds keys and addresses. In the sandbox it is empty but for a few harmless entries.",
    instead: "Pass what the program needs in its context.",
    example: Example {
        found: "import os\nkey = os.environ['API_KEY']\n",
        clean: "region = context['region'] if 'context' in globals() else None\n",
    },
    wasi: Severity::Note,
    host: Severity::Warning,
    check,
};

const NAMES: &[&str] = &[
    "os.environ",
    "os.environb",
    "os.getenv",
    "os.getenvb",
    "os.putenv",
    "os.unsetenv",
    "posix.environ",
    "getpass.getpass",
    "getpass.getuser",
    "keyring",
    "netrc",
    "dotenv",
    "os.getlogin",
    "winreg",
];

fn check(look: &Look<'_>, seen: &mut Seen) {
    look.uses_below(NAMES, "reads the environment or secrets", seen);
}

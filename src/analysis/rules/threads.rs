//! `threads`: a program runs things side by side.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "threads",
    summary: "runs things side by side",
    why: "In the sandbox there are no threads. Elsewhere, threads go on while a program is stopped, and the order of their writes is not the order of the text.",
    instead: "Use a plain loop; `caget_many`, `caput_many` and `write_channels` work on many channels at once.",
    example: Example {
        found: "import threading\nt = threading.Thread(target=print)\nt.start()\n",
        clean: "for name in ['a', 'b']:\n    print(name)\n",
    },
    wasi: Severity::Warning,
    host: Severity::Note,
    check,
};

const NAMES: &[&str] = &[
    "_thread.start_joinable_thread",
    "_thread.start_new_thread",
    "asyncio.to_thread",
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.thread.ThreadPoolExecutor",
    "multiprocessing.dummy",
    "multiprocessing.pool.ThreadPool",
    "sched.scheduler",
    "signal.alarm",
    "signal.setitimer",
    "threading.Thread",
    "threading.Timer",
];

fn check(look: &Look<'_>, seen: &mut Seen) {
    look.uses_below(NAMES, "runs things side by side", seen);
}

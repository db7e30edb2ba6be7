//! `endless-loop`: a program loops for ever around channel access, without a pause.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "endless-loop",
    summary: "loops for ever around channel access, without a pause",
    why: "Such a loop floods the control system with requests, and only the time limit ends it.",
    instead: "Count the turns, leave the loop on a condition, and wait in between with `time.sleep`.",
    example: Example {
        found: "import epics\nwhile True:\n    epics.caget('SR:DCCT')\n",
        clean: "import epics, time\nfor _ in range(60):\n    epics.caget('SR:DCCT')\n    time.sleep(1)\n",
    },
    wasi: Severity::Warning,
    host: Severity::Warning,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    let mut loops: Vec<_> = look.record.loops.values().collect();
    loops.sort_by_key(|one| one.range.start());
    for one in loops {
        if one.operates && !one.sleeps && !one.has_exit {
            seen.at(look.place(one.range), "this loop never ends and accesses channels without a pause");
        } else if !one.has_exit {
            let message = "this loop never ends: only the time limit stops it";
            seen.weighing(Severity::Note, Some(look.place(one.range)), message, None);
        }
    }
}

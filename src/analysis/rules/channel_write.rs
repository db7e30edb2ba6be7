//! `channel-write`: a program writes to a control system.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::{Certainty, OperationKind, Severity};

pub(super) static RULE: Rule = Rule {
    name: "channel-write",
    summary: "writes to a control system",
    why: "Every write is judged by the gate, and a person sees it before it happens. This finding says what the text shows of it.",
    instead: "Nothing, if the write is meant. If not, read the channel instead.",
    example: Example {
        found: "import epics\nepics.caput('SR:C01:HCM1:SP', 1.2)\n",
        clean: "import epics\nvalue = epics.caget('SR:C01:HCM1:SP')\n",
    },
    wasi: Severity::Note,
    host: Severity::Note,
    check,
};

fn check(look: &Look<'_>, seen: &mut Seen) {
    for operation in look.operations {
        if operation.certainty != Certainty::Certain || !operation.kind.may_write() {
            continue;
        }
        let verb = match operation.kind {
            OperationKind::Command => "commands",
            OperationKind::Configure => "configures",
            OperationKind::Publish => "serves",
            _ => "writes",
        };
        let shown: Vec<String> = operation.channels.iter().take(4).map(|channel| format!("`{channel}`")).collect();
        let channels =
            if shown.is_empty() { "a channel that the text does not name".to_owned() } else { shown.join(", ") };
        let more = if operation.channels.len() > 4 {
            format!(" and {} more", operation.channels.len() - 4)
        } else {
            String::new()
        };
        let value = match &operation.value {
            Some(value) => format!(" ← {value}"),
            None => String::new(),
        };
        seen.at(operation.place, format!("`{}` {verb} {channels}{more}{value}", operation.call));
    }
}

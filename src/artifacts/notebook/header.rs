//! What a notebook says before and after the program, as Markdown.

use std::fmt::Write as _;
use std::num::NonZeroU32;

use super::cells::linked;
use super::text::{code_span, coded, cut};
use super::{About, Attempted, Found};
use crate::approval::{Incomplete, Plan, PlannedWrite, Verdict};
use crate::execution::format_bytes;

/// Most rows of a table.
const MAX_ROWS: usize = 200;
/// Longest text that is shown as it is, in bytes.
const MAX_TEXT: usize = 8 << 10;

pub(super) fn header(
    about: &About<'_>,
    attempt: NonZeroU32,
    stage: &str,
    attempted: &Attempted<'_>,
    up: &str,
) -> String {
    let mut out = format!("# Aerie execution {}\n\n| | |\n|---|---|\n", about.execution);
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "| {name} | {value} |");
    };
    if !about.task.is_empty() {
        row("Task", code_span(about.task, 300));
    }
    row("Status", code_span(about.status, 60));
    row("Attempt", format!("{attempt}, {}", code_span(stage, 60)));
    for (name, time) in [("Started", about.started), ("Ended", about.ended)] {
        if let Some(time) = time {
            row(name, time.to_string());
        }
    }
    row("Backend", code_span(about.backend, 200));
    row("Written by", about.generator.map_or_else(|| "given by the user".to_owned(), |text| code_span(text, 200)));
    row("Seed", about.seed.to_string());
    if !about.query.is_empty() {
        block(&mut out, "Query", about.query, &format!("{up}request.json"));
    }
    match attempted {
        Attempted::Refused(found) => {
            out.push_str("\n**The program did not run.** The analysis refused it, and the setup cell does too.\n");
            findings(&mut out, found);
        }
        Attempted::Planned { plan, findings: found } => {
            planned(&mut out, plan, up);
            findings(&mut out, found);
        }
        Attempted::NotShown { why, findings: found } => {
            let _ = writeln!(out, "\n{why}");
            findings(&mut out, found);
        }
        Attempted::Ran(ran) => {
            if let Some(error) = &ran.outcome.error {
                let line = error.line.map_or_else(String::new, |line| format!(", line {line}"));
                let _ = writeln!(out, "\n**The program failed:** {}{line}", code_span(&error.kind, 100));
                block(&mut out, "Error", &error.message, ran.whole_output);
            }
        }
    }
    if matches!(attempted, Attempted::Ran(_)) {
        out.push_str(
            "\nThe outputs below are the execution's own: standard output first, then standard error and figures.\n",
        );
    }
    out.push_str(
        "\nRunning the cells runs the program anew **with your rights and outside the sandbox**. The setup cell refuses \
         the modules of control systems: a notebook does not repeat calls to them.\n",
    );
    out
}

pub(super) fn files(about: &About<'_>, attempted: &Attempted<'_>, up: &str) -> String {
    let mut out = String::from("## Files and how to repeat it\n\n");
    if let Attempted::Ran(ran) = attempted {
        for file in ran.files.iter().take(MAX_ROWS) {
            let title = if file.title.is_empty() { String::new() } else { format!(" {}", code_span(file.title, 200)) };
            let _ = writeln!(out, "- {}{title}, {}", linked(file.name, up), format_bytes(file.bytes));
        }
        more(&mut out, "- ", ran.files.len(), "files");
        if !ran.files.is_empty() {
            out.push('\n');
        }
    }
    let id = about.execution;
    let _ = write!(
        out,
        "- `aerie replay {id}` runs it again as it was, in the sandbox, with the answers that it had.\n\
         - `import aerie_results; aerie_results.load(EXECUTION_FOLDER)` after the setup cell gives the stored results.\n"
    );
    out
}

/// A text of several lines: what is in a `<pre>` is not read as Markdown, and it is coded besides.
fn block(out: &mut String, name: &str, text: &str, whole: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "\n{name}:\n\n<pre>{}</pre>", coded(&cut(text, MAX_TEXT, whole)));
    }
}

fn findings(out: &mut String, found: &[Found<'_>]) {
    if found.is_empty() {
        return;
    }
    out.push_str("\n| Line | Finding | Rule | Severity |\n|---:|---|---|---|\n");
    for found in found.iter().take(MAX_ROWS) {
        let line = found.line.map(|line| line.to_string()).unwrap_or_default();
        let (message, rule) = (code_span(found.message, 500), code_span(found.rule, 60));
        let _ = writeln!(out, "| {line} | {message} | {rule} | {} |", code_span(found.severity, 20));
    }
    more(out, "\n", found.len(), "findings");
}

fn planned(out: &mut String, plan: &Plan, up: &str) {
    let _ = writeln!(
        out,
        "\n**Nothing was written.** The program waits for a person to allow these writes; the plan is {}, digest `{}`.\n\n\
         | # | Channel | Present → new | Unit | Line | Verdict |\n|---:|---|---|---|---:|---|",
        linked("plan.json", up),
        plan.digest(),
    );
    for write in plan.writes.iter().take(MAX_ROWS) {
        let line = write.line.map(|line| line.to_string()).unwrap_or_default();
        let verdict = match &write.verdict {
            Verdict::Allowed => "allowed".to_owned(),
            Verdict::Refused(refusal) => format!("**refused** {}", code_span(&refusal.word(), 60)),
        };
        let channel = code_span(&write.channel.to_string(), 200);
        let _ = writeln!(
            out,
            "| {} | {channel} | {} | {} | {line} | {verdict} |",
            write.order,
            values(write),
            code_span(&write.unit, 40)
        );
    }
    more(out, "\n", plan.writes.len(), "planned writes");
    if let Some(incomplete) = &plan.incomplete {
        let why = match incomplete {
            Incomplete::Waiting { .. } => "the program waits for something that a plan cannot move".to_owned(),
            Incomplete::TooManyWrites { limit } => format!("the program plans more than {limit} writes"),
            Incomplete::Ended { status } => format!("the program ended early, {}", code_span(status, 60)),
        };
        let _ = writeln!(out, "\nThe plan is incomplete and cannot be approved: {why}.");
    }
}

/// What the channel holds and what it will hold; labels where it has them.
fn values(write: &PlannedWrite) -> String {
    let shown = |value: String, label: &Option<String>| match label {
        Some(label) => code_span(&format!("{value} ({label})"), 120),
        None => code_span(&value, 120),
    };
    let before =
        write.before.as_ref().map_or_else(|| "not known".to_owned(), |v| shown(v.to_string(), &write.labels.0));
    format!("{before} → {}", shown(write.value.to_string(), &write.labels.1))
}

fn more(out: &mut String, before: &str, all: usize, what: &str) {
    if all > MAX_ROWS {
        let _ = writeln!(out, "{before}... {} more {what}", all - MAX_ROWS);
    }
}

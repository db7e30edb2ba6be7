//! An analysis as people read it: frames under the findings, the operations as a list, and the verdict last, where the eye
//! is when the command ends.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use crate::analysis::{
    Certainty, ExecutionMode, Finding, Operation, OperationKind, Presence, Report, Risk, Severity, Source,
};
use crate::cli::launch::plain;

/// Longest line that is shown in a frame.
const MAX_LINE: usize = 400;
/// Most findings with a frame; who has more is told so.
const MAX_FRAMES: usize = 60;

/// The whole page.
pub(super) fn page(report: &Report, program: &[u8], name: &str) -> String {
    let source = Source::from_bytes(program).ok();
    let mut page = String::new();
    for finding in report.findings.iter().take(MAX_FRAMES) {
        let _ = writeln!(page, "{}\n", frame(finding, source.as_ref(), name));
    }
    if report.findings.len() > MAX_FRAMES {
        let _ = writeln!(page, "… and {} more findings\n", report.findings.len() - MAX_FRAMES);
    }
    operations(&mut page, &report.operations);
    verdict(&mut page, report, name);
    page
}

fn frame(finding: &Finding, source: Option<&Source>, name: &str) -> String {
    let level = match finding.severity {
        Severity::Refusal => Level::ERROR.with_name("refused"),
        Severity::Warning => Level::WARNING,
        Severity::Note | Severity::Off => Level::NOTE,
    };
    let title = plain(&finding.message);
    let mut group = Group::with_title(level.primary_title(&title).id(finding.rule.as_str()));
    let shown = finding
        .place
        .zip(source)
        .filter(|(place, source)| source.text().lines().nth(place.line - 1).is_some_and(|line| line.len() <= MAX_LINE));
    if let Some((place, source)) = shown {
        // One line is enough to find it, also where a statement goes on for many.
        let mut range = source.bytes_of(place);
        if let Some(end) = source.text()[range.clone()].find(['\n', '\r']) {
            range.end = range.start + end;
        }
        let snippet = Snippet::source(source.text()).path(name).annotation(AnnotationKind::Primary.span(range));
        group = group.element(snippet);
    }
    if let Some(help) = &finding.help
        && finding.severity > Severity::Note
    {
        group = group.element(Level::HELP.message(plain(help)));
    }
    let renderer = if colour() { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

fn operations(page: &mut String, operations: &[Operation]) {
    if operations.is_empty() {
        return;
    }
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    for operation in operations.iter().take(200) {
        let kind = match operation.kind {
            OperationKind::Read => "read",
            OperationKind::Subscribe => "subscribe",
            OperationKind::Write => "write",
            OperationKind::Command => "command",
            OperationKind::Configure => "configure",
            OperationKind::Publish => "publish",
            OperationKind::Unresolved => "unresolved",
        };
        let sure = if operation.certainty == Certainty::Certain { " " } else { "?" };
        let channels = operation.channels.iter().take(6).map(|channel| plain(channel)).collect::<Vec<_>>().join(", ");
        let more = if operation.channels.len() > 6 { ", …" } else { "" };
        let value =
            operation.value.as_ref().map(|value| format!(" ← {}", plain(&value.to_string()))).unwrap_or_default();
        let kind = format!("{kind}{sure}");
        let _ = writeln!(
            page,
            "  {bold}{kind:11}{bold:#} {channels}{more}{value}  {dim}{} line {}{dim:#}",
            plain(&operation.call),
            operation.place.line
        );
    }
    if operations.len() > 200 {
        let _ = writeln!(page, "  … and {} more", operations.len() - 200);
    }
    page.push('\n');
}

fn verdict(page: &mut String, report: &Report, name: &str) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let word = |presence: Presence| match presence {
        Presence::None => "none",
        Presence::Possible => "possible",
        Presence::Certain => "certain",
    };
    let (colour, passed) = if report.passed { (AnsiColor::Green, "passed") } else { (AnsiColor::Red, "refused") };
    let strong = bold.fg_color(Some(colour.into()));
    let _ = writeln!(
        page,
        "{strong}{passed}{strong:#} {}: writes {}, reads {}",
        plain(name),
        word(report.writes),
        word(report.reads)
    );
    let mode = match report.execution_mode {
        ExecutionMode::ReadOnly => "read_only",
        ExecutionMode::WriteAccess => "write_access",
    };
    let risk = match report.risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    };
    let asked = if report.needs_approval { "needed" } else { "not needed" };
    let _ = writeln!(page, "  {dim}approval{dim:#}  {asked}: {}", plain(&report.approval_reason));
    let _ = writeln!(page, "  {dim}backend{dim:#}   {}: {}", report.backend.as_str(), plain(&report.backend_reason));
    let _ = writeln!(page, "  {dim}mode{dim:#}      {mode}, risk {risk}");
}

fn colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

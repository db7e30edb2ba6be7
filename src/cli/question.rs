//! A question as people see it, and the answer at a terminal: `y`, `n`, `e`dit, `d`iff, `c`ode.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal, Write};
use std::process::Command;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{ChangeTag, DiffOp, DiffableStr, group_diff_ops};

use super::failure::Failure;
use super::launch::plain;
use super::writes;
use crate::error::ErrorCode;
use crate::execution::{Covers, Verdict};
use crate::service::{Answer, Question};

/// Programs with more lines are shown on demand.
const SHORT: usize = 60;

/// Everything that is asked.
pub(super) fn show(question: &Question, simulated: bool) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let yellow = bold.fg_color(Some(AnsiColor::Yellow.into()));
    eprintln!("\n{yellow}approval needed{yellow:#} · {} · question {}", question.execution, question.number);
    let line = |name: &str, text: &str| {
        if !text.trim().is_empty() {
            eprintln!("  {dim}{name:<10}{dim:#} {}", plain(text));
        }
    };
    line("task", &question.task);
    line("asked by", &question.requested_by);
    line("because", &question.reason);
    line("expires", &question.expires.to_string());
    if question.needed > 1 || !question.approvals.is_empty() {
        let given: Vec<&str> = question.approvals.iter().map(|decision| decision.by.as_str()).collect();
        line("approvals", &format!("{} of {} {}", given.len(), question.needed, given.join(", ")));
    }
    if !question.requester_may {
        line("by", &format!("somebody other than {}", question.requested_by));
    }
    if question.code_before.is_some() {
        eprintln!("\n{bold}what changed in the program{bold:#}");
        show_diff(question);
    }
    if question.covers == Covers::Code || question.code.lines().count() <= SHORT {
        eprintln!("\n{bold}the program{bold:#}");
        show_code(&question.code);
    }
    if !question.findings.is_empty() {
        eprintln!("\n{bold}the analysis saw{bold:#}");
        for finding in &question.findings {
            eprintln!("  {}", plain(finding));
        }
    }
    if let Some(plan) = &question.plan {
        writes::show_plan(plan, simulated);
    }
    eprintln!("\n{bold}an approval covers{bold:#}");
    for covered in &question.coverage {
        eprintln!("  {}", plain(covered));
    }
    eprintln!("  {dim}digest{dim:#}     {}", question.digest.short());
}

/// A program with the numbers of its lines.
pub(super) fn show_code(code: &str) {
    let dim = Style::new().dimmed();
    for (number, line) in code.lines().enumerate() {
        eprintln!("{dim}{:>5}{dim:#} {}", number + 1, visible(line));
    }
}

/// What is another than in the attempt before.
fn show_diff(question: &Question) {
    let before = question.code_before.clone().unwrap_or_default();
    let (green, red) =
        (Style::new().fg_color(Some(AnsiColor::Green.into())), Style::new().fg_color(Some(AnsiColor::Red.into())));
    let (old, new) = (before.tokenize_lines(), question.code.tokenize_lines());
    for (number, group) in group_diff_ops(differences(&old, &new), 3).iter().enumerate() {
        if number > 0 {
            eprintln!("      ⋮");
        }
        for change in group.iter().flat_map(|op| op.iter_changes(old.as_slice(), new.as_slice())) {
            let text = visible(change.value().trim_end_matches(['\n', '\r']));
            match change.tag() {
                ChangeTag::Equal => eprintln!("{:>5}   {text}", change.new_index().unwrap_or(0) + 1),
                ChangeTag::Insert => {
                    eprintln!("{green}{:>5} + {text}{green:#}", change.new_index().unwrap_or(0) + 1);
                }
                ChangeTag::Delete => eprintln!("{red}      - {text}{red:#}"),
            }
        }
    }
}

/// What `TextDiff::from_lines` does by default; that function also compiles every other algorithm there is, for each of its
/// ways to hold lines: a tenth of all there is to compile here.
fn differences(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut seen = Compact::new(Replace::new(Capture::new()), old, new);
    match myers::diff(&mut seen, old, 0..old.len(), new, 0..new.len()) {
        Ok(()) => seen.into_inner().into_inner().into_ops(),
        Err(never) => match never {},
    }
}

/// A line of a program as it is: what would hide something, or move the cursor, is shown as what it is.
fn visible(line: &str) -> String {
    let hides = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}');
    let mut text = String::with_capacity(line.len());
    for c in line.chars().take(MAX_LINE) {
        match c {
            '\t' => text.push_str("    "),
            c if c.is_control() || hides(c) => {
                let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    let left = line.chars().count().saturating_sub(MAX_LINE);
    if left > 0 {
        let _ = write!(text, " … ({left} characters more)");
    }
    text
}

/// Longest line that is shown.
const MAX_LINE: usize = 2_000;

/// Whether somebody can be asked here.
pub(super) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// What somebody at the terminal answers; `None`: not now.
pub(super) fn ask(question: &Question, simulated: bool) -> Result<Option<Answer>, Failure> {
    show(question, simulated);
    loop {
        let Some(said) = prompt("\n[y]es  [n]o  [e]dit  [d]iff  [c]ode  [l]ater > ") else { return Ok(None) };
        let answer = |verdict, comment: String, code| {
            Some(Answer { verdict, comment, seen: Some(question.digest.as_str().to_owned()), code })
        };
        match said.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(answer(Verdict::Approve, String::new(), None)),
            "n" | "no" => {
                let Some(reason) = prompt("why not? ") else { return Ok(None) };
                let reason = if reason.trim().is_empty() { "no reason given".to_owned() } else { reason };
                return Ok(answer(Verdict::Reject, reason.trim().to_owned(), None));
            }
            "e" | "edit" => match edit(&question.code)? {
                Some(code) => return Ok(answer(Verdict::Edit, "edited at the terminal".to_owned(), Some(code))),
                None => eprintln!("nothing was changed"),
            },
            "d" | "diff" if question.code_before.is_some() => show_diff(question),
            "d" | "diff" => eprintln!("there is no attempt before this one"),
            "c" | "code" => show_code(&question.code),
            "l" | "later" => return Ok(None),
            _ => eprintln!("y approves exactly what is shown; n rejects it; e opens the program in your editor"),
        }
    }
}

/// Asks at the terminal itself. What was typed before the question is no answer to it.
fn prompt(text: &str) -> Option<String> {
    let mut terminal = std::fs::File::options().read(true).write(true).open("/dev/tty").ok()?;
    let _ = nix::sys::termios::tcflush(&terminal, nix::sys::termios::FlushArg::TCIFLUSH);
    // A program may have left the terminal hiding what follows.
    terminal.write_all(format!("{}{text}", super::apply::RESET).as_bytes()).ok()?;
    terminal.flush().ok()?;
    let mut answer = String::new();
    match std::io::BufReader::new(terminal).read_line(&mut answer) {
        Ok(length) if length > 0 => Some(answer),
        _ => None,
    }
}

/// The program as somebody's editor leaves it; `None`: unchanged.
fn edit(code: &str) -> Result<Option<String>, Failure> {
    let unusable =
        |reason: String| Failure::new(ErrorCode::UnreadableFile, format!("cannot edit the program: {reason}"));
    let mut file = tempfile::Builder::new()
        .prefix("aerie-")
        .suffix(".py")
        .tempfile()
        .map_err(|error| unusable(error.to_string()))?;
    file.write_all(code.as_bytes()).and_then(|()| file.flush()).map_err(|error| unusable(error.to_string()))?;
    let editor = std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR")).unwrap_or_else(|_| "vi".to_owned());
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi").to_owned();
    let status = Command::new(&program)
        .args(words)
        .arg(file.path())
        .status()
        .map_err(|error| unusable(format!("{program}: {error}; set EDITOR")))?;
    if !status.success() {
        return Err(unusable(format!("{program} ended with {status}")));
    }
    let edited = std::fs::read_to_string(file.path()).map_err(|error| unusable(error.to_string()))?;
    Ok((edited != code && !edited.trim().is_empty()).then_some(edited))
}

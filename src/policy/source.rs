//! What a policy is read from ([`Source`], [`Options`]) and what can be wrong with it ([`PolicyErrors`]).
//!
//! Nothing is read from a disk here: whoever opens files hands over their texts.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Most bytes of one source.
pub const MAX_SOURCE: usize = 16 << 20;

/// How a source is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Channel rules in YAML.
    Rules,
    /// Osprey's limits database, a JSON object.
    Limits,
}

/// One text with its name.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    /// Its name in messages, usually the file's path.
    pub name: &'t str,
    /// The whole text.
    pub text: &'t str,
    /// How it is written.
    pub kind: SourceKind,
}

/// Which machine the configured control system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Machine {
    /// Something that moves.
    #[default]
    Real,
    /// The simulated machine.
    Simulated,
}

/// What happens to a program whose write breaks a limit of the limits database, in Osprey's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnViolation {
    /// The write is refused, the program goes on.
    #[default]
    Skip,
    /// The program is stopped.
    Error,
}

/// What the configuration says beside the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which machine it is: rules for another machine are left out.
    pub machine: Machine,
    /// `limits_checking.allow_unlisted_channels`: the limits database says nothing against channels that it does not
    /// list.
    pub allow_unlisted_channels: bool,
    /// `limits_checking.on_violation`.
    pub on_violation: OnViolation,
    /// Entries of a limits database need limits, from themselves or the device. Osprey does not ask for them.
    pub limits_required: bool,
}

/// A line of a source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The source's name.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One thing that is wrong with a source, or odd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What to do, if something can be said.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

/// All that is wrong with some sources. There is then no policy, and nothing may be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct PolicyErrors {
    /// In the order of the sources and lines.
    pub problems: Vec<Problem>,
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if place == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// Most problems that are kept: nobody reads more, and a generated file may have one in every line.
const MAX_PROBLEMS: usize = 1000;

/// Collects what is found while one source is read.
#[derive(Debug)]
pub(super) struct Findings {
    file: Arc<str>,
    pub(super) errors: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

impl Findings {
    pub(super) fn new(file: &str) -> Self {
        Self { file: Arc::from(file), errors: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn place(&self, line: usize) -> Place {
        Place { file: Arc::clone(&self.file), line }
    }

    fn problem(&self, line: usize, message: impl Into<String>, help: impl Into<Option<String>>) -> Problem {
        Problem { place: self.place(line), message: message.into(), help: help.into() }
    }

    pub(super) fn error(&mut self, line: usize, message: impl Into<String>) {
        self.error_with(line, message, None);
    }

    pub(super) fn error_with(&mut self, line: usize, message: impl Into<String>, help: impl Into<Option<String>>) {
        if self.errors.len() < MAX_PROBLEMS {
            let problem = self.problem(line, message, help);
            self.errors.push(problem);
        }
    }

    pub(super) fn warn(&mut self, line: usize, message: impl Into<String>) {
        if self.warnings.len() < MAX_PROBLEMS {
            let problem = self.problem(line, message, None);
            self.warnings.push(problem);
        }
    }
}

/// What to say about a word that is not known: the nearest that is, or all.
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
    let score = |other: &str| strsim::jaro_winkler(word, other);
    let word_is_sane = word.len() <= 100;
    let best = known.iter().copied().filter(|_| word_is_sane).max_by(|a, b| score(a).total_cmp(&score(b)));
    match best {
        Some(best) if score(best) > 0.8 => format!("did you mean `{best}`?"),
        _ if known.len() <= 40 => format!("known here: {}", known.join(", ")),
        _ => "nothing here has a name like it".to_owned(),
    }
}

/// A text for a message: short, on one line.
pub(super) fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(80).is_some() {
        short.push('…');
    }
    short
}

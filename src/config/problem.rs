//! What can be wrong with a configuration ([`ConfigErrors`]), what is odd ([`Note`]), and where values come from
//! ([`Origin`]).

use std::fmt;
use std::sync::Arc;

use super::yaml::Spot;
use crate::error::{Coded, ErrorCode};

/// Where something was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file.
    File {
        /// Its name.
        file: Arc<str>,
        /// Where in it.
        spot: Spot,
    },
    /// In an environment variable, such as `AERIE_STATE_DIR`.
    Variable(String),
    /// By an option of the command line, such as `--backend`.
    Flag(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, spot } => write!(f, "{file}:{}:{}", spot.line, spot.column),
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// Somebody said it.
    Said {
        /// Where.
        place: Place,
        /// The environment variables that stand in it.
        variables: Vec<String>,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Said { place, variables } => {
                match place {
                    Place::File { file, spot } => write!(f, "{file}:{}", spot.line)?,
                    Place::Variable(name) | Place::Flag(name) => f.write_str(name)?,
                }
                if variables.is_empty() { Ok(()) } else { write!(f, ", from {}", variables.join(", ")) }
            }
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// The key, dotted: `execution.container.jupyter_port`. Empty for the whole file.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

/// All that is wrong with a configuration, in the order of the file. At least one, at most a thousand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors {
    /// The problems.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if number == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl Coded for ConfigErrors {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidSettings
    }
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// A section or key of somebody else's, left alone.
    NotOurs,
    /// A key that does nothing here.
    NoEffect,
    /// A key that does nothing as long as something else is configured.
    NoEffectYet,
    /// An older spelling.
    Older,
}

/// Something that is not wrong, but that people should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind.
    pub kind: NoteKind,
    /// Where.
    pub place: Place,
    /// The key, dotted.
    pub key: String,
    /// What there is to know.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.key, self.message)
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

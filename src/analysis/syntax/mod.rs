//! From text to a tree. The only room that names the parser's crate, so that another version touches one place.
//!
//! Promises: no text makes it abort or overflow the stack ([`limits`] come before the tree), and what CPython refuses is
//! refused with the place.

mod context;
mod limits;

use std::fmt;

use ruff_python_ast::{ModModule, PythonVersion};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustpython_parser::{Mode, ParseOptions};
use serde::{Deserialize, Serialize};

pub use limits::TooDeep;

/// A version of Python, such as 3.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// 3.
    pub major: u8,
    /// Such as 11.
    pub minor: u8,
}

impl Version {
    /// The newest whose syntax is known here.
    pub const NEWEST: Self = Self { major: 3, minor: 15 };

    /// A version of Python 3.
    pub const fn three(minor: u8) -> Self {
        Self { major: 3, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    /// Reads `3.11` and `3.11.7`.
    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = text.split('.').map(str::parse);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self { major, minor }),
            _ => Err(format!("`{text}` is no version of Python; write it as 3.11")),
        }
    }
}

/// Something that is no Python, or not of the version that will run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where.
    pub range: TextRange,
    /// What, lower case.
    pub message: String,
    /// The version that would take it, if a newer one would.
    pub needs: Option<Version>,
}

/// A program as a tree.
#[derive(Debug)]
pub struct Tree {
    /// The statements.
    pub module: ModModule,
    /// What is wrong with it; the tree is usable where it is right.
    pub errors: Vec<SyntaxError>,
}

/// Reads `text` as a module for Python `version`.
///
/// The parser itself grows its stack; whoever walks or drops the tree needs a stack that is deep enough for
/// [`limits::MAX_DEPTH`] levels (see [`with_stack`]).
pub fn parse(text: &str, version: Version) -> Result<Tree, TooDeep> {
    limits::check(text)?;
    let target = PythonVersion { major: version.major, minor: version.minor };
    let parsed = rustpython_parser::parse_unchecked(text, ParseOptions::from(Mode::Module).with_target_version(target));
    let mut errors: Vec<SyntaxError> = parsed
        .errors()
        .iter()
        .map(|error| SyntaxError { range: error.location, message: lower(&error.error.to_string()), needs: None })
        .collect();
    errors.extend(parsed.unsupported_syntax_errors().iter().map(|error| {
        let message = error.to_string();
        // The crate tells the version only in words: "… (syntax was added in Python 3.12)".
        let needs =
            message.rsplit_once("added in Python ").map(|(_, version)| version.trim_end_matches(')').to_owned());
        let needs = needs.and_then(|version| Version::try_from(version).ok());
        SyntaxError { range: error.range(), message: lower(&message), needs: Some(needs.unwrap_or(Version::NEWEST)) }
    }));
    let module = match parsed.into_syntax() {
        ruff_python_ast::Mod::Module(module) => module,
        // A module was asked for.
        ruff_python_ast::Mod::Expression(_) => ModModule {
            node_index: ruff_python_ast::AtomicNodeIndex::NONE,
            range: TextRange::default(),
            body: ruff_python_ast::Suite::new(),
        },
    };
    if errors.iter().all(|error| error.needs.is_some()) {
        errors.extend(context::check(&module, text, target));
    }
    let mut errors: Vec<_> = errors.into_iter().take(100).collect();
    errors.sort_by_key(|error| error.range.start());
    Ok(Tree { module, errors })
}

/// Runs `work` on a stack that is deep enough to walk and drop any tree that [`parse`] gives.
pub fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK, STACK, work)
}

/// Bytes of stack for [`limits::MAX_DEPTH`] levels; the pages that are not touched cost nothing.
const STACK: usize = 64 << 20;

fn lower(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next();
    let keep = chars.clone().next().is_some_and(char::is_uppercase);
    match first {
        Some(first) if !keep => first.to_lowercase().chain(chars).collect(),
        _ => message.to_owned(),
    }
}

/// A range that starts and ends at `offset`.
pub(super) fn at(offset: TextSize) -> TextRange {
    TextRange::empty(offset)
}

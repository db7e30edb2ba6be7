//! Jupyter notebooks of an execution: [`Notebook::of_attempt`] and [`Notebook::of_execution`]. Pure: no I/O.
//!
//! Promise: always a valid notebook of format 4.5, the same bytes for the same inputs, the program's text exactly as it ran
//! in one cell, and its real outputs. Nothing from the program or the model becomes markup: not HTML, not Markdown, not a
//! terminal's escapes. Output is bounded, and where it was cut it says where the whole is.
//!
//! The setup cell is `runtimes/notebook/setup.py` with the loader `runtimes/notebook/aerie_results.py` inside.
//! Plain `serde_json` writes it: the crate `nbformat` 3 brings anyhow, chrono, uuid, `jupyter-protocol` and a second
//! thiserror for what is here a hundred lines, and it reads notebooks, which nothing here does.

mod cells;
mod header;
mod shown;
mod text;

use std::num::NonZeroU32;

use serde_json::Value;

use crate::approval::Plan;
use crate::execution::{ExecutionId, Outcome};

/// The loader of results for any Python from 3.9 on: one file for people outside Aerie.
pub const LOADER: &str = include_str!("../../../runtimes/notebook/aerie_results.py");

/// What every notebook says of its execution.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// The execution.
    pub execution: ExecutionId,
    /// What it is about; may be empty.
    pub task: &'a str,
    /// What the user asked; may be empty.
    pub query: &'a str,
    /// The word for how it stands: `succeeded`, `awaiting_approval`.
    pub status: &'a str,
    /// When it was started.
    pub started: Option<jiff::Timestamp>,
    /// When it ended.
    pub ended: Option<jiff::Timestamp>,
    /// Where it ran, with the runtime's own digest.
    pub backend: &'a str,
    /// Who wrote the program, with the model: `openai / qwen3-coder`. `None` for a program that was given.
    pub generator: Option<&'a str>,
    /// The seed of everything random.
    pub seed: u64,
    /// What tracebacks call the program.
    pub filename: &'a str,
    /// The program.
    pub code: &'a str,
}

/// One thing that the analysis found, as a notebook shows it.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The rule's name.
    pub rule: &'a str,
    /// How much it weighs: `warning`, `refusal`.
    pub severity: &'a str,
    /// What was seen, and what to do.
    pub message: &'a str,
    /// The line of the program, counted from 1.
    pub line: Option<u32>,
}

/// A figure that the program left open.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    /// Its number.
    pub number: u32,
    /// Its title; may be empty.
    pub title: &'a str,
    /// Where it lies below the execution's folder: `figures/figure_01.png`.
    pub name: &'a str,
    /// Its PNG.
    pub png: &'a [u8],
}

/// A file of the execution to link to.
#[derive(Debug, Clone, Copy)]
pub struct KeptFile<'a> {
    /// Where it lies below the execution's folder: `artifacts/fit.csv`, `journal.jsonl.zst`.
    pub name: &'a str,
    /// What it is; may be empty.
    pub title: &'a str,
    /// Its size.
    pub bytes: u64,
}

/// A program that ran, and what it left.
#[derive(Debug, Clone, Copy)]
pub struct Ran<'a> {
    /// How it ended.
    pub outcome: &'a Outcome,
    /// Its figures, in the order of their numbers.
    pub figures: &'a [Figure<'a>],
    /// Its files, in the order to show them in.
    pub files: &'a [KeptFile<'a>],
    /// The file below the execution's folder that holds its whole output: `execution_metadata.json`.
    pub whole_output: &'a str,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy)]
pub enum Attempted<'a> {
    /// The analysis refused the program: it did not run, and its notebook does not run it either.
    Refused(&'a [Found<'a>]),
    /// It was planned, and waits for a person.
    Planned {
        /// The writes to judge.
        plan: &'a Plan,
        /// What the analysis found nonetheless.
        findings: &'a [Found<'a>],
    },
    /// It did not run yet, or its outputs are not here.
    NotShown {
        /// Why.
        why: &'a str,
        /// What was found, or what went wrong.
        findings: &'a [Found<'a>],
    },
    /// It ran.
    Ran(Ran<'a>),
}

/// The stage at which an attempt ended: a word such as `syntax_error`, `static_analysis_failed`, `awaiting_approval` or
/// `execution_failed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptStage(String);

/// A text that is no stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no stage of an attempt: it must be 1 to 40 of a-z and _")]
pub struct InvalidStage(String);

impl AttemptStage {
    /// Reads a stage.
    pub fn parse(text: &str) -> Result<Self, InvalidStage> {
        let known =
            (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if known {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidStage(text.chars().take(40).filter(|c| !c.is_control()).collect()))
        }
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One attempt at a program: goes to `attempts/`.
#[derive(Debug, Clone)]
pub struct AttemptNotebook<'a> {
    /// Its execution.
    pub about: About<'a>,
    /// Which attempt it was, counted from 1.
    pub attempt: NonZeroU32,
    /// Where it ended.
    pub stage: AttemptStage,
    /// What became of it.
    pub attempted: Attempted<'a>,
}

impl AttemptNotebook<'_> {
    /// Its file below the execution's folder: `attempts/01_syntax_error.ipynb`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("attempts/{:02}_{}.ipynb", self.attempt, self.stage.as_str())
    }
}

/// The execution as it ended: goes to `notebook.ipynb`.
#[derive(Debug, Clone)]
pub struct FinalNotebook<'a> {
    /// The execution.
    pub about: About<'a>,
    /// Which attempt it came to, counted from 1.
    pub attempt: NonZeroU32,
    /// What became of that.
    pub attempted: Attempted<'a>,
}

/// Makes notebooks: the values to write as `.ipynb` files.
#[derive(Debug, Clone, Copy)]
pub struct Notebook;

impl Notebook {
    /// The file of the final notebook below the execution's folder.
    pub const FILE: &'static str = "notebook.ipynb";

    /// The notebook of one attempt, to be written to [`AttemptNotebook::file_name`].
    #[must_use]
    pub fn of_attempt(notebook: &AttemptNotebook<'_>) -> Value {
        let AttemptNotebook { about, attempt, stage, attempted } = notebook;
        cells::notebook(about, *attempt, stage.as_str(), attempted, "../")
    }

    /// The notebook of the execution, to be written to [`Notebook::FILE`]. Its stage is the word for how it stands.
    #[must_use]
    pub fn of_execution(notebook: &FinalNotebook<'_>) -> Value {
        let FinalNotebook { about, attempt, attempted } = notebook;
        cells::notebook(about, *attempt, about.status, attempted, "")
    }
}

#[cfg(test)]
mod tests;

//! The cells, and the notebook around them, as format 4.5 has them.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::text::{cut, link, plain, short};
use super::{About, Attempted, Figure, LOADER, Ran, header, shown};
use crate::approval::Digest;
use crate::execution::ScriptError;

/// Longest text of one stream, in bytes.
const MAX_STREAM: usize = 256 << 10;
/// Longest traceback, in bytes.
const MAX_TRACEBACK: usize = 64 << 10;
/// Largest figure that is put into a notebook, and all figures together, in bytes.
const MAX_FIGURE: usize = 8 << 20;
const MAX_FIGURES: usize = 24 << 20;

const SETUP: &str = include_str!("../../../runtimes/notebook/setup.py");
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// `up` leads from the notebook's folder to the execution's.
pub(super) fn notebook(
    about: &About<'_>,
    attempt: NonZeroU32,
    stage: &str,
    attempted: &Attempted<'_>,
    up: &str,
) -> Value {
    let (ran, results) = match attempted {
        Attempted::Ran(ran) => (Some(ran), ran.outcome.results.as_ref()),
        Attempted::Refused(_) | Attempted::Planned { .. } | Attempted::NotShown { .. } => (None, None),
    };
    let mut cells = vec![
        markdown("aerie-header", &header::header(about, attempt, stage, attempted, up)),
        code("aerie-setup", &setup(about, held(attempted)), ran.map(|_| 1), &[], true),
        code("aerie-program", about.code, ran.map(|_| 2), &ran.map(outputs).unwrap_or_default(), false),
    ];
    if let Some(results) = results {
        let data = shown::results(results);
        let output = json!({ "output_type": "execute_result", "execution_count": 3, "metadata": {}, "data": data });
        cells.push(code("aerie-results", "results", Some(3), &[output], false));
    }
    cells.push(markdown("aerie-files", &header::files(about, attempted, up)));
    json!({
        "cells": cells,
        "metadata": {
            "aerie": {
                "execution": about.execution,
                "attempt": attempt,
                "stage": stage,
                "code_sha256": Digest::of(about.code.as_bytes()),
            },
            "kernelspec": { "display_name": "Python 3", "language": "python", "name": "python3" },
            "language_info": {
                "codemirror_mode": { "name": "ipython", "version": 3 },
                "file_extension": ".py",
                "mimetype": "text/x-python",
                "name": "python",
                "nbconvert_exporter": "python",
                "pygments_lexer": "ipython3",
            },
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

fn markdown(id: &str, text: &str) -> Value {
    json!({ "cell_type": "markdown", "id": id, "metadata": {}, "source": lines(text) })
}

fn code(id: &str, text: &str, count: Option<u32>, outputs: &[Value], hidden: bool) -> Value {
    let metadata = if hidden { json!({ "jupyter": { "source_hidden": true } }) } else { json!({}) };
    json!({
        "cell_type": "code",
        "execution_count": count,
        "id": id,
        "metadata": metadata,
        "outputs": outputs,
        "source": lines(text),
    })
}

/// A text as the lines that it is made of, which is how notebooks are kept; together they are the text.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Why the notebook does not run the program unless a person insists; empty if it does.
///
/// A program that is no Python could be something to Jupyter: a line with `!` in front is a command of the shell.
fn held(attempted: &Attempted<'_>) -> &'static str {
    match attempted {
        Attempted::Refused(_) => "The analysis refused this program.",
        Attempted::Planned { .. } | Attempted::NotShown { .. } => "",
        Attempted::Ran(ran) => match &ran.outcome.error {
            Some(error) if matches!(error.kind.as_str(), "SyntaxError" | "IndentationError" | "TabError") => {
                "This program is no valid Python, and Jupyter may take it for commands of the shell."
            }
            _ => "",
        },
    }
}

fn setup(about: &About<'_>, held: &str) -> String {
    // A text of JSON is one of Python too: what is not ASCII stands for itself in both.
    let about = json!({
        "execution": about.execution,
        "seed": about.seed,
        "filename": short(about.filename, 200),
        "held": held,
    });
    let loader = SETUP.replacen("@AERIE_RESULTS@", LOADER, 1);
    format!("# Run this first. Made by Aerie: docs/notebooks.md says what it does.\n_aerie = {about}\n\n\n{loader}")
        .trim_end()
        .to_owned()
}

fn outputs(ran: &Ran<'_>) -> Vec<Value> {
    let outcome = ran.outcome;
    let mut outputs = Vec::new();
    // The sandbox prints the traceback on standard error too, and here it has an output of its own.
    let traceback = outcome.error.as_ref().map_or("", |error| &error.traceback);
    let stderr = outcome.stderr.strip_suffix(traceback).unwrap_or(&outcome.stderr);
    for (name, text) in [("stdout", outcome.stdout.as_str()), ("stderr", stderr)] {
        if !text.is_empty() {
            let text = plain(&cut(text, MAX_STREAM, ran.whole_output));
            outputs.push(json!({ "output_type": "stream", "name": name, "text": lines(&text) }));
        }
    }
    let mut room = MAX_FIGURES;
    for figure in ran.figures {
        outputs.push(display(figure, &mut room));
    }
    outputs.extend(outcome.error.as_ref().map(|error| failure(error, ran.whole_output)));
    outputs
}

fn display(figure: &Figure<'_>, room: &mut usize) -> Value {
    let size = figure.png.len();
    let mut data = Map::new();
    let mut text = format!("figure {}", figure.number);
    if !figure.title.is_empty() {
        text = format!("{text}: {}", short(figure.title, 200));
    }
    if !figure.png.starts_with(PNG) {
        text = format!("{text}. It is no PNG and not shown; it is in {}", short(figure.name, 200));
    } else if size > MAX_FIGURE.min(*room) {
        text = format!("{text}. Its {size} bytes are too many for a notebook; it is in {}", short(figure.name, 200));
    } else {
        *room -= size;
        data.insert("image/png".to_owned(), Value::String(STANDARD.encode(figure.png)));
    }
    data.insert("text/plain".to_owned(), Value::String(text));
    json!({ "output_type": "display_data", "data": data, "metadata": {} })
}

fn failure(error: &ScriptError, whole: &str) -> Value {
    let traceback = plain(&cut(&error.traceback, MAX_TRACEBACK, whole));
    let message = plain(&cut(&error.message, MAX_TRACEBACK / 4, whole));
    let kind = short(&error.kind, 200);
    let mut lines: Vec<String> = traceback.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push(format!("{kind}: {message}"));
    }
    json!({ "output_type": "error", "ename": kind, "evalue": message, "traceback": lines })
}

/// A link to a file of the execution, or its bare name where it would lead elsewhere.
pub(super) fn linked(name: &str, up: &str) -> String {
    let label = super::text::code_span(name, 200);
    link(name).map_or(label.clone(), |target| format!("[{label}]({up}{target})"))
}

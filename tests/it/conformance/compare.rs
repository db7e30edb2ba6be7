//! What a program left against what it must have left. Everything that does not fit is said, not only the first.

use aerie::backend::{Figure, SavedArtifact};
use aerie::execution::{Outcome, ScriptError, Status};
use serde_json::Value as Json;

use super::expect::{Artifacts, BytesWanted, ErrorWanted, Expect, FigureWanted, Files, Text, Writes};
use super::run::Left;

/// Longest text that a mismatch shows.
const SHOWN: usize = 600;

/// What does not fit.
pub(super) fn compare(expect: &Expect, left: &Result<Left, String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let left = match (left, &expect.refused) {
        (Err(error), Some(refused)) => {
            text("the refusal", error, refused, None, &mut wrong);
            return wrong;
        }
        (Err(error), None) => return vec![error.clone()],
        (Ok(left), Some(_)) => return vec![format!("it ran, and ended {:?}", left.report.outcome.status)],
        (Ok(left), None) => left,
    };
    let outcome = &left.report.outcome;
    status(expect, outcome, &mut wrong);
    output(expect, left, &mut wrong);
    results(expect, outcome, &mut wrong);
    // Where several ends are allowed, what is not named is open.
    let strict = expect.status.only().is_some();
    figures(&expect.figures, &left.report.figures, strict, &mut wrong);
    artifacts(&expect.artifacts, &left.report.artifacts, strict, &mut wrong);
    files(&expect.files, left, strict, &mut wrong);
    usage(expect, outcome, &mut wrong);
    writes(expect, left, &mut wrong);
    wrong
}

/// What differs between two runs that must be alike.
pub(super) fn same(first: &Left, second: &Left) -> Vec<String> {
    let mut wrong = Vec::new();
    let (one, two) = (&first.report.outcome, &second.report.outcome);
    if one.results != two.results {
        let show = |outcome: &Outcome| shown(&format!("{:?}", outcome.results));
        wrong.push(format!("two runs have the results {} and {}", show(one), show(two)));
    }
    if one.stdout != two.stdout {
        wrong.push(format!("two runs print {} and {}", shown(&one.stdout), shown(&two.stdout)));
    }
    wrong
}

fn status(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<String>) {
    if !expect.status.0.contains(&outcome.status) {
        wrong.push(format!(
            "it ended {:?}, not {:?}: {}",
            outcome.status,
            expect.status.0,
            shown(&format!("{:?}", outcome.error))
        ));
    }
    let code = expect.exit_code.or_else(|| expect.status.only().map(Status::exit_code));
    if let Some(code) = code.filter(|code| *code != outcome.exit_code) {
        wrong.push(format!("its exit code is {}, not {code}", outcome.exit_code));
    }
    match (&expect.error, &outcome.error) {
        (None, Some(found))
            if matches!(expect.status.only(), Some(Status::Succeeded | Status::Failed))
                && outcome.status != Status::Succeeded =>
        {
            wrong.push(format!("it has an error: {}", shown(&format!("{found:?}"))));
        }
        (Some(_), None) => wrong.push("it has no error".to_owned()),
        (Some(wanted), Some(found)) => error(wanted, found, wrong),
        _ => {}
    }
}

fn error(wanted: &ErrorWanted, found: &ScriptError, wrong: &mut Vec<String>) {
    if !wanted.kind.0.contains(&found.kind) {
        wrong.push(format!(
            "its error is {}, not {}: {}",
            found.kind,
            wanted.kind.0.join(" or "),
            shown(&found.message)
        ));
    }
    if wanted.line.is_some() && wanted.line != found.line {
        wrong.push(format!("its error is in line {:?}, not {:?}", found.line, wanted.line));
    }
    for (what, wanted, found) in [
        ("the error's message", &wanted.message, &found.message),
        ("the traceback", &wanted.traceback, &found.traceback),
    ] {
        if let Some(wanted) = wanted {
            text(what, found, wanted, None, wrong);
        }
    }
}

fn output(expect: &Expect, left: &Left, wrong: &mut Vec<String>) {
    let outcome = &left.report.outcome;
    let traceback = outcome.error.as_ref().map(|error| error.traceback.as_str());
    let nothing = Text::Exactly(String::new());
    for (what, wanted, reported, streamed) in [
        ("standard output", &expect.stdout, &outcome.stdout, &left.streamed.stdout),
        ("standard error", &expect.stderr, &outcome.stderr, &left.streamed.stderr),
    ] {
        if let Some(wanted) = wanted.as_ref().or(expect.status.only().is_some().then_some(&nothing)) {
            text(what, reported, wanted, traceback, wrong);
        }
        let streamed = String::from_utf8_lossy(streamed);
        if *reported != streamed {
            wrong.push(format!("{what} was streamed as {}, and reported as {}", shown(&streamed), shown(reported)));
        }
    }
}

fn text(what: &str, found: &str, wanted: &Text, traceback: Option<&str>, wrong: &mut Vec<String>) {
    let mut say = |complaint: String| wrong.push(format!("{what} {complaint}: it is {}", shown(found)));
    let parts = match wanted {
        Text::Exactly(wanted) => {
            if found != wanted {
                say(format!("is not {}", shown(wanted)));
            }
            return;
        }
        Text::Has(parts) => parts,
    };
    for part in parts.contains.0.iter().filter(|part| !found.contains(part.as_str())) {
        say(format!("does not contain {part:?}"));
    }
    for part in parts.lacks.0.iter().filter(|part| found.contains(part.as_str())) {
        say(format!("contains {part:?}"));
    }
    if !found.starts_with(&parts.starts) {
        say(format!("does not start with {:?}", parts.starts));
    }
    if !found.ends_with(&parts.ends) {
        say(format!("does not end with {:?}", parts.ends));
    }
    if let Some(pattern) = &parts.matches
        && !regex::Regex::new(pattern).expect("a pattern").is_match(found)
    {
        say(format!("does not match {pattern:?}"));
    }
    let length = found.chars().count();
    if parts.length.is_some_and(|wanted| wanted != length) || length < parts.at_least {
        say(format!("has {length} characters, not {}", parts.length.unwrap_or(parts.at_least)));
    }
    if parts.is_traceback && traceback != Some(found) {
        say(format!("is not the error's traceback, {}", shown(traceback.unwrap_or_default())));
    }
}

fn results(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<String>) {
    let found = outcome.results.as_ref();
    match &expect.results_at {
        Some(wanted) => {
            for (place, wanted) in wanted {
                let found = found.and_then(|found| found.pointer(place));
                if found != Some(wanted) {
                    wrong.push(format!("its results have {} at {place}, not {wanted}", json(found)));
                }
            }
        }
        None if expect.results.as_ref() != found && (expect.status.only().is_some() || expect.results.is_some()) => {
            wrong.push(format!("its results are {}, not {}", json(found), json(expect.results.as_ref())));
        }
        None => {}
    }
    if let Some(wanted) = &expect.types {
        let found = serde_json::to_value(&outcome.types.places).expect("JSON");
        if found != *wanted {
            wrong.push(format!("the types beside its results are {found}, not {wanted}"));
        }
    }
}

fn figures(wanted: &[FigureWanted], found: &[Figure], strict: bool, wrong: &mut Vec<String>) {
    let seen: Vec<FigureWanted> = found
        .iter()
        .map(|figure| FigureWanted {
            number: figure.number,
            title: figure.title.clone(),
            format: figure.format.clone(),
        })
        .collect();
    if seen != wanted && (strict || !wanted.is_empty()) {
        wrong.push(format!("its figures are {seen:?}, not {wanted:?}"));
    }
    for figure in found {
        let start: &[u8] = if figure.format == "png" { b"\x89PNG\r\n\x1a\n" } else { b"<?xml" };
        if !figure.bytes.starts_with(start) {
            wrong.push(format!("figure {} is no {}", figure.number, figure.format));
        }
    }
}

fn artifacts(wanted: &Artifacts, found: &[SavedArtifact], strict: bool, wrong: &mut Vec<String>) {
    let names: Vec<&str> = found.iter().map(|artifact| artifact.name.as_str()).collect();
    match wanted {
        Artifacts::Count(count) if *count != found.len() => {
            wrong.push(format!("it has {} artifacts, not {count}: {names:?}", found.len()));
        }
        Artifacts::Are(wanted) if !strict && wanted.is_empty() => {}
        Artifacts::Are(wanted) => {
            let expected: Vec<&str> = wanted.iter().map(|(name, ..)| name.as_str()).collect();
            if names != expected {
                wrong.push(format!("its artifacts are {names:?}, not {expected:?}"));
                return;
            }
            for ((name, title, content), artifact) in wanted.iter().zip(found) {
                if title.as_ref().is_some_and(|title| *title != artifact.title) {
                    wrong.push(format!("the title of {name} is {:?}", artifact.title));
                }
                bytes(name, content, &artifact.bytes, wrong);
            }
        }
        Artifacts::Count(_) => {}
    }
}

fn files(wanted: &Files, left: &Left, strict: bool, wrong: &mut Vec<String>) {
    if left.inputs_changed {
        wrong.push("its inputs were changed".to_owned());
    }
    let names: Vec<&str> = left.files.keys().map(String::as_str).collect();
    match wanted {
        Files::Are(wanted) if !strict && wanted.is_empty() => {}
        Files::Are(wanted) => {
            let expected: Vec<&str> = wanted.keys().map(String::as_str).collect();
            if names != expected {
                wrong.push(format!("its files are {names:?}, not {expected:?}"));
                return;
            }
            for (name, content) in wanted {
                bytes(name, content, &left.files[name], wrong);
            }
        }
        Files::Have(wanted) => {
            let total: usize = left.files.values().map(Vec::len).sum();
            let count = names.len();
            if wanted.count.is_some_and(|wanted| wanted != count)
                || wanted.count_at_most.is_some_and(|most| count > most)
                || wanted.total_at_most.is_some_and(|most| total > most)
            {
                wrong.push(format!("it left {count} files with {total} bytes, not {wanted:?}"));
            }
        }
    }
}

fn bytes(name: &str, wanted: &BytesWanted, found: &[u8], wrong: &mut Vec<String>) {
    let as_text = String::from_utf8_lossy(found);
    let fits = wanted.text.as_ref().is_none_or(|text| text.as_bytes() == found)
        && wanted.base64.as_ref().is_none_or(|bytes| bytes.0 == found)
        && wanted.starts_base64.as_ref().is_none_or(|bytes| found.starts_with(&bytes.0))
        && wanted.length.is_none_or(|length| length == found.len())
        && as_text.contains(&wanted.contains);
    if !fits {
        wrong.push(format!("{name} is not {wanted:?}, but {} bytes: {}", found.len(), shown(&as_text)));
    }
}

fn usage(expect: &Expect, outcome: &Outcome, wrong: &mut Vec<String>) {
    let usage = serde_json::to_value(&outcome.usage).expect("JSON");
    for (what, bound) in &expect.usage {
        let found = usage[what].as_f64().unwrap_or_else(|| panic!("there is no usage `{what}`"));
        if found < bound.at_least || found > bound.at_most {
            wrong.push(format!("its {what} is {found}, not {bound:?}"));
        }
    }
}

fn writes(expect: &Expect, left: &Left, wrong: &mut Vec<String>) {
    if left.made > 0 {
        wrong.push(format!("{} writes reached the machine", left.made));
    }
    match &expect.writes {
        None if left.writes.is_empty() => {}
        None => wrong.push(format!("it planned writes: {:?}", left.writes)),
        Some(Writes::Count(count)) => {
            if *count != left.writes.len() {
                wrong.push(format!("it planned {} writes, not {count}", left.writes.len()));
            }
        }
        Some(Writes::Are(wanted)) => {
            let fits = wanted.len() == left.writes.len()
                && wanted
                    .iter()
                    .zip(&left.writes)
                    .all(|(wanted, found)| wanted.iter().all(|(key, value)| found.get(key) == Some(value)));
            if !fits {
                wrong.push(format!("it planned {:?}, not {wanted:?}", left.writes));
            }
        }
    }
}

fn json(value: Option<&Json>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| shown(&value.to_string()))
}

/// A text for people: not too long, and with its control characters to be seen.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    let rest = text.chars().count() - short.chars().count();
    if rest == 0 { format!("{short:?}") } else { format!("{short:?} and {rest} characters more") }
}

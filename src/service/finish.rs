//! The end: what the last run left becomes the execution's own, with a notebook of it; and notebooks of attempts on the way.

use std::num::NonZeroU32;

use super::carry::Carried;
use super::error::ServiceError;
use super::{LastRun, Notice, Service};
use crate::approval::Plan;
use crate::artifacts::notebook::{
    About, AttemptNotebook, AttemptStage, Attempted, FinalNotebook, Found, KeptFile, Notebook, Ran,
};
use crate::artifacts::{ExecutionRoot, Files, json_text, notebook};
use crate::execution::{Ending, Event, Failure, Outcome, Progress, Stage};

/// The file with the whole output of a run.
const WHOLE_OUTPUT: &str = "execution_metadata.json";

impl Service {
    /// Ends an execution. Whatever a crash leaves of it is done again, with the same result.
    pub(super) async fn finish(
        &self,
        carried: &Carried,
        progress: &Progress,
        (ending, failure): (Ending, Option<&Failure>),
        last: Option<&mut LastRun>,
    ) -> Result<(), ServiceError> {
        let last = match last {
            Some(last) if progress.last_run.as_ref().is_some_and(|(_, folder)| *folder == last.folder) => Some(last),
            _ => None,
        };
        // A plan that nobody approved, or that was not applied, is no result: it stays where it is.
        let planned = progress.plan.as_ref().is_some_and(|plan| plan.allowed > 0);
        let only_planned = planned && progress.last_run.as_ref().is_some_and(|(_, run)| run.ends_with("_plan"));
        let counts = !only_planned;
        if let Some((_, folder)) = progress.last_run.as_ref().filter(|_| counts) {
            warned(carried, carried.root.promote(folder));
        }
        let mut ran = None;
        if let Some(last) = last.filter(|_| counts) {
            last.files = carried.root.promoted(&last.folder, &last.files);
            ran = Some((&last.report.outcome, &last.files));
        }
        let code = if progress.code.is_some() { carried.code().await? } else { String::new() };
        if !code.is_empty() && (progress.last_run.is_none() || !counts) {
            warned(carried, carried.root.write("code.py", code.as_bytes()));
        }
        let generator = generator_of(carried, progress).await;
        let about = about(carried, progress, (ending.as_str(), &code), generator.as_deref());
        let text = final_notebook(&carried.root, progress, about, ran, failure);
        warned(carried, carried.root.write(Notebook::FILE, text.as_bytes()));
        let mut log = carried.log.lock().await;
        log.note(Event::Ended { ending, failure: failure.cloned() })?;
        log.commit().await?;
        Ok(())
    }

    /// The notebook of an attempt that did not run.
    pub(super) async fn attempt_notebook(
        &self,
        carried: &Carried,
        stage: &str,
        failure: Option<&Failure>,
        plan: Option<&Plan>,
    ) -> Result<(), ServiceError> {
        self.attempt_notebook_of(carried, stage, failure, plan, None).await
    }

    /// The notebook of an attempt.
    pub(super) async fn attempt_notebook_of(
        &self,
        carried: &Carried,
        stage: &str,
        failure: Option<&Failure>,
        plan: Option<&Plan>,
        outcome: Option<&Outcome>,
    ) -> Result<(), ServiceError> {
        let progress = carried.progress().await?;
        let code = carried.code().await?;
        let generator = generator_of(carried, &progress).await;
        let findings = failure.map_or(progress.findings.as_slice(), |failure| failure.findings.as_slice());
        let found = found(findings, failure);
        let attempted = match (outcome, plan) {
            (Some(outcome), _) => Attempted::Ran(Ran { outcome, figures: &[], files: &[], whole_output: WHOLE_OUTPUT }),
            (None, Some(plan)) => Attempted::Planned { plan, findings: &found },
            (None, None) if failure.is_some() => Attempted::Refused(&found),
            (None, None) => {
                Attempted::NotShown { why: "**Nothing ran yet.** A person is asked before it does.", findings: &found }
            }
        };
        let Ok(stage) = AttemptStage::parse(stage) else { return Ok(()) };
        let notebook = AttemptNotebook {
            about: about(carried, &progress, (stage.as_str(), &code), generator.as_deref()),
            attempt: NonZeroU32::new(progress.attempt).unwrap_or(NonZeroU32::MIN),
            stage: stage.clone(),
            attempted,
        };
        let text = json_text(&Notebook::of_attempt(&notebook));
        warned(carried, carried.root.write(&notebook.file_name(), text.as_bytes()));
        Ok(())
    }
}

/// What cannot be written beside an execution does not keep it from ending: that it ended is stored.
fn warned(carried: &Carried, written: Result<(), crate::artifacts::Error>) {
    if let Err(error) = written {
        carried.see(&Notice::Warning(&error.to_string()));
    }
}

fn about<'a>(
    carried: &Carried,
    progress: &'a Progress,
    (status, code): (&'a str, &'a str),
    generator: Option<&'a str>,
) -> About<'a> {
    let request = &progress.submitted.request;
    About {
        execution: carried.id,
        task: &request.task_objective,
        query: &request.user_query,
        status,
        started: None,
        ended: None,
        backend: &progress.backend,
        generator,
        seed: progress.submitted.seed,
        filename: request.filename.as_deref().unwrap_or("code.py"),
        code,
    }
}

/// Who wrote the program.
async fn generator_of(carried: &Carried, progress: &Progress) -> Option<String> {
    let attempt = progress.attempt;
    let note = carried.log.lock().await.generation_of(attempt).await.ok()??;
    let text = |name: &str| note.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    match (text("generator"), text("model")) {
        (Some(generator), Some(model)) => Some(format!("{generator} / {model}")),
        (generator, _) => generator,
    }
}

/// Findings as a notebook shows them, and the failure itself before them.
fn found<'a>(findings: &'a [String], failure: Option<&'a Failure>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    if let Some(failure) = failure {
        let severity = if failure.stage == Stage::Analysis { "refusal" } else { "failure" };
        found.push(Found { rule: &failure.error_type, severity, message: &failure.message, line: failure.line });
    }
    found.extend(findings.iter().map(|line| Found {
        rule: "analysis",
        severity: "finding",
        message: line,
        line: None,
    }));
    found
}

fn final_notebook(
    root: &ExecutionRoot,
    progress: &Progress,
    about: About<'_>,
    ran: Option<(&Outcome, &Files)>,
    failure: Option<&Failure>,
) -> String {
    let attempt = NonZeroU32::new(progress.attempt).unwrap_or(NonZeroU32::MIN);
    let below = |path: &std::path::Path| path.strip_prefix(root.path()).unwrap_or(path).to_string_lossy().into_owned();
    let found = found(failure.map_or(&[][..], |failure| failure.findings.as_slice()), failure);
    let value = match ran {
        Some((outcome, files)) => {
            let pngs: Vec<(String, Vec<u8>, &str)> = files
                .figures
                .iter()
                .filter(|figure| figure.format == "png")
                .filter_map(|figure| {
                    Some((below(&figure.path), std::fs::read(&figure.path).ok()?, figure.title.as_str()))
                })
                .collect();
            let figures: Vec<notebook::Figure<'_>> = pngs
                .iter()
                .zip(1..)
                .map(|((name, png, title), number)| notebook::Figure { number, title, name, png })
                .collect();
            let mut names: Vec<(String, &str, u64)> =
                files.artifacts.iter().map(|file| (below(&file.path), file.title.as_str(), file.bytes)).collect();
            for name in ["results.json", "plan.json", "writes.jsonl", "journal.jsonl.zst"] {
                if let Ok(metadata) = std::fs::metadata(root.path().join(name)) {
                    names.push((name.to_owned(), "", metadata.len()));
                }
            }
            let kept: Vec<KeptFile<'_>> =
                names.iter().map(|(name, title, bytes)| KeptFile { name, title, bytes: *bytes }).collect();
            let ran = Ran { outcome, figures: &figures, files: &kept, whole_output: WHOLE_OUTPUT };
            Notebook::of_execution(&FinalNotebook { about, attempt, attempted: Attempted::Ran(ran) })
        }
        None => {
            let refused = failure.is_some_and(|failure| failure.stage == Stage::Analysis);
            let why = "What the program left, if it ran, is in this folder; its outputs are not shown here.";
            let attempted =
                if refused { Attempted::Refused(&found) } else { Attempted::NotShown { why, findings: &found } };
            Notebook::of_execution(&FinalNotebook { about, attempt, attempted })
        }
    };
    json_text(&value)
}

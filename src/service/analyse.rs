//! Analysis: the program's text decides whether it passes, where it runs, and whether somebody is asked before it does.

use super::carry::Carried;
use super::error::ServiceError;
use super::settings::Ask;
use super::{Notice, Service};
use crate::analysis::{Asks, BackendKind, Certainty, Operation, Presence, Report, Request, Severity};
use crate::backend::Confinement;
use crate::execution::{ErrorCategory, Event, Failure, Method, Mode, Progress, RunKind, Stage};

/// Most findings that are kept.
const MAX_FINDINGS: usize = 50;

impl Service {
    pub(super) async fn analyse(&self, carried: &Carried, progress: &Progress) -> Result<(), ServiceError> {
        let code = carried.code().await?;
        carried.see(&Notice::Code(&code));
        let request = &progress.submitted.request;
        let backend = match request.execution_method.unwrap_or(self.settings.method) {
            Method::Wasi => Some(BackendKind::Wasi),
            Method::Container => Some(BackendKind::Container),
            Method::Local => Some(BackendKind::Local),
            Method::Auto => None,
        };
        let read_only = request.execution_mode == Some(Mode::ReadOnly)
            || request.deterministic
            || !self.settings.write_access.allows_writes;
        let run = match request.execution_mode {
            _ if read_only => RunKind::ReadOnly,
            Some(Mode::Unattended) => RunKind::Unattended,
            _ => RunKind::Plan,
        };
        let pack = request.pack.clone();
        let event = match self.opened(move |facilities| facilities.analyzer(backend, pack.as_deref())).await {
            Err(missing) => {
                let message = format!("{} [{}]", missing.message, missing.code);
                let what = (ErrorCategory::Configuration, Stage::Analysis);
                let failure = Failure::new(what, "AnalysisUnavailable", message, "Correct the configuration.");
                analysed(progress, run, Some(failure), None, None)
            }
            Ok(analyzer) => {
                let asked = Request { backend, ..Request::default() };
                let looked = tokio::task::spawn_blocking(move || analyzer.analyze(code.as_bytes(), asked)).await;
                match looked {
                    Ok(report) => {
                        let failure = refusal(&report);
                        let ask = match &failure {
                            Some(_) => None,
                            None => self.asks_first(&report, progress, run).await,
                        };
                        analysed(progress, run, failure, ask, Some(&report))
                    }
                    Err(fault) => {
                        let what = (ErrorCategory::Infrastructure, Stage::Analysis);
                        let failure =
                            Failure::new(what, "AnalysisFailed", fault.to_string(), "Please report the program.");
                        analysed(progress, run, Some(failure), None, None)
                    }
                }
            }
        };
        if let Event::Analysed { failure: Some(failure), .. } = &event {
            carried.see(&Notice::Failed(failure));
        }
        let failed = if let Event::Analysed { failure, .. } = &event { failure.clone() } else { None };
        carried.log.lock().await.note(event)?;
        if let Some(failure) = failed {
            let stage = if failure.error_type == "CodeSyntaxError" { "syntax_error" } else { "static_analysis_failed" };
            self.attempt_notebook(carried, stage, Some(&failure), None).await?;
            carried.log.lock().await.commit().await?;
        }
        Ok(())
    }

    /// Why a person has to be asked before anything runs.
    async fn asks_first(&self, report: &Report, progress: &Progress, run: RunKind) -> Option<String> {
        let approval = &self.settings.approval;
        if report.asks == Asks::Site {
            return Some(report.approval_reason.clone());
        }
        if !approval.enabled || approval.ask == Ask::Disabled {
            return None;
        }
        if approval.ask == Ask::AllCode {
            return Some("the approval mode is `all_code`".to_owned());
        }
        if let Some(operation) = report.operations.iter().find(|operation| may_go_round(operation))
            && let Confinement::Mediated { why } = self.confinement(report.backend, progress, run).await
        {
            let what = operation.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let (line, call) = (operation.place.line, &operation.call);
            return Some(format!(
                "it may reach a control system without Aerie: line {line}, `{call}`{what}. In `{}` {why}",
                report.backend.as_str()
            ));
        }
        let only_reads = run == RunKind::ReadOnly || report.writes == Presence::None;
        (self.settings.read_only.requires_approval && only_reads)
            .then(|| "execution.modes.read_only.requires_approval is set".to_owned())
    }

    /// Whether a program could go round the gate where it would run. What cannot be opened cannot promise anything.
    async fn confinement(&self, kind: BackendKind, progress: &Progress, run: RunKind) -> Confinement {
        if kind == BackendKind::Wasi {
            return Confinement::Enforced;
        }
        match self.backend(kind, progress.submitted.request.pack.clone(), run).await {
            Ok(backend) => backend.confinement(),
            Err(missing) => Confinement::Mediated { why: format!("nothing is known: {missing}") },
        }
    }
}

/// Libraries whose calls are host calls: they pass the gate, and the plan shows what they write.
const THROUGH_THE_GATE: &[&str] = &["pyepics", "p4p", "PyTango", "Osprey"];

/// Whether an operation may write without the gate seeing it.
fn may_go_round(operation: &Operation) -> bool {
    let through = operation.library.as_deref().is_some_and(|library| THROUGH_THE_GATE.contains(&library));
    operation.kind.may_write() && !(operation.certainty == Certainty::Certain && through)
}

fn analysed(
    progress: &Progress,
    run: RunKind,
    failure: Option<Failure>,
    ask: Option<String>,
    report: Option<&Report>,
) -> Event {
    let word = |presence: Presence| match presence {
        Presence::None => "none",
        Presence::Possible => "possible",
        Presence::Certain => "certain",
    };
    Event::Analysed {
        attempt: progress.attempt,
        failure,
        ask,
        run,
        backend: report.map_or("none", |report| report.backend.as_str()).to_owned(),
        backend_reason: report.map(|report| report.backend_reason.clone()).unwrap_or_default(),
        writes: report.map_or("possible", |report| word(report.writes)).to_owned(),
        findings: report.map(|report| lines(report, Severity::Note)).unwrap_or_default(),
    }
}

/// The findings of some weight, a line each.
fn lines(report: &Report, least: Severity) -> Vec<String> {
    let heavy = report.findings.iter().filter(|finding| finding.severity >= least);
    heavy
        .take(MAX_FINDINGS)
        .map(|finding| {
            let place = finding.place.as_ref().map(|place| format!("line {}: ", place.line)).unwrap_or_default();
            let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{place}{} [{}]{help}", finding.message, finding.rule)
        })
        .collect()
}

/// Why a program does not pass.
fn refusal(report: &Report) -> Option<Failure> {
    let first = report.findings.iter().find(|finding| finding.severity == Severity::Refusal)?;
    let refusals = || report.findings.iter().filter(|finding| finding.severity == Severity::Refusal);
    let syntax = refusals().any(|finding| matches!(finding.rule.as_str(), "syntax-error" | "unreadable-source"));
    // What a site forbids stays forbidden however it is written.
    let policy = refusals().all(|finding| matches!(finding.rule.as_str(), "writes-disabled" | "site-policy"));
    let (category, kind, advice) = if syntax {
        (ErrorCategory::CodeRelated, "CodeSyntaxError", "Correct the syntax at the line that is named.")
    } else if policy {
        (ErrorCategory::Policy, "PolicyViolation", "The site does not allow it: ask for something else.")
    } else {
        (ErrorCategory::CodeRelated, "CodeAnalysisError", "Write it without what is refused.")
    };
    let mut failure = Failure::new((category, Stage::Analysis), kind, first.message.clone(), advice);
    failure.line = first.place.as_ref().and_then(|place| u32::try_from(place.line).ok());
    failure.findings = lines(report, Severity::Refusal);
    Some(failure)
}

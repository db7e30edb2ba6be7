//! How an execution came out, as machines read it (`--json`) and as people do.

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use super::failure::show;
use super::launch::{PlaceArgs, plain};
use super::run::{document, summary, warn_about_journal};
use super::{source_frame, writes};
use crate::backend::Job;
use crate::backend::local::walls::cgroup::NOT_CONFIGURED;
use crate::execution::ScriptError;
use crate::service::{PythonServiceResult, ServiceStatus};

/// The `--json` document. Its names are a contract: see `docs/command-line.md`.
pub(super) fn json_of(result: &PythonServiceResult) -> Value {
    let mut value = match &result.last_run {
        Some(last) => document(result.execution_id, &last.report, &last.files, &result.folder),
        None => json!({ "id": result.execution_id, "folder": result.folder }),
    };
    if result.status == ServiceStatus::AwaitingApproval {
        // What the plan run returned is no result of the execution.
        value["exit_code"] = Value::Null;
        value["results"] = Value::Null;
    }
    let ran_out = matches!(result.status, ServiceStatus::Succeeded | ServiceStatus::Failed | ServiceStatus::TimedOut);
    if result.last_run.is_none() || !ran_out {
        value["status"] = json!(result.status);
    }
    let extra = json!({
        "execution_method": result.execution_method,
        "execution_method_reason": result.execution_method_reason,
        "attempt": result.generation_attempt,
        "analysis_warnings": result.analysis_warnings,
        "failure": result.failure,
        "waits": result.waits,
        "written": result.writes,
        "notebook": result.folder.join("notebook.ipynb"),
    });
    if let (Value::Object(value), Value::Object(extra)) = (&mut value, extra) {
        value.extend(extra);
    }
    let last = result.last_run.as_ref();
    if let Some(applied) = last.and_then(|last| last.applied.as_ref()) {
        value["writes"] = applied.writes.iter().map(writes::applied_json).collect();
        value["stopped"] = json!(applied.stopped);
        value["not_made"] = json!(applied.left);
    } else if let Some(plan) = last.and_then(|last| last.plan.as_ref()) {
        value["writes"] = plan.writes.iter().map(writes::json).collect();
        value["control_system"] = json!(plan.fingerprint.control_system);
    }
    if result.last_run.is_none()
        && let Some(success) = &result.execution_result
    {
        value["results"] = success.results.clone();
        value["stdout"] = json!(success.stdout);
        value["figures"] = json!(success.figure_paths);
    }
    value
}

/// What people see at the end.
pub(super) fn show_result(result: &PythonServiceResult, filename: &str) {
    let code = result.generated_code.clone().unwrap_or_default();
    let last = result.last_run.as_ref();
    if result.status == ServiceStatus::AwaitingApproval {
        if let Some(plan) = last.and_then(|last| last.plan.as_ref()) {
            writes::show_plan(plan, false);
        }
        return;
    }
    if let Some(last) = last {
        let mut job = Job::new(code.clone(), last.report.outcome.seed);
        filename.clone_into(&mut job.filename);
        summary(&job, &last.report, &last.files, &result.folder);
        say_where(result);
        if let Some(applied) = &last.applied {
            writes::show_applied(applied);
        }
        warn_about_journal(last.journal_lacks.as_deref());
    }
    show_failure(result, filename);
    if result.status == ServiceStatus::Interrupted
        || result.writes.as_ref().is_some_and(|writes| writes.sent > 0 && result.status != ServiceStatus::Succeeded)
    {
        eprintln!("\nto take back what was written: aerie rollback {}", named(result));
    }
}

/// Where it ran, if that was not the sandbox, and what did not stand around it.
fn say_where(result: &PythonServiceResult) {
    let dim = Style::new().dimmed();
    if matches!(result.execution_method.as_str(), "wasi" | "") {
        return;
    }
    eprintln!("  {dim}ran in{dim:#}    {}: {}", result.execution_method, plain(&result.execution_method_reason));
    let walls = result.last_run.as_ref().and_then(|last| last.report.outcome.walls.as_ref());
    // What only a control group could do is not worth a word each time, unless one was asked for.
    let missing = walls.into_iter().flat_map(|walls| &walls.missing);
    for missing in missing.filter(|missing| missing.why != NOT_CONFIGURED && missing.wall != "user_processes") {
        eprintln!("  {dim}no wall{dim:#}   {}: {}", missing.wall, plain(&missing.why));
    }
}

/// Why it did not succeed, where the program itself has not said so.
pub(super) fn show_failure(result: &PythonServiceResult, filename: &str) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let red = bold.fg_color(Some(AnsiColor::Red.into()));
    let code = result.generated_code.clone().unwrap_or_default();
    let last = result.last_run.as_ref();
    // A program that ran and failed has said so, unless it failed over something else than itself.
    let other = ["PlanIncomplete", "ChannelWriteFailedError", "ChannelLimitsViolationError"];
    let own = result.failure.as_ref().is_none_or(|failure| !other.contains(&failure.error_type.as_str()));
    let said = own && last.is_some_and(|last| last.report.outcome.error.is_some());
    if let Some(failure) = result.failure.as_ref().filter(|_| !said) {
        let message = plain(&failure.message);
        let error = ScriptError {
            kind: failure.error_type.clone(),
            message: message.clone(),
            line: failure.line,
            traceback: String::new(),
        };
        if let Some(frame) = source_frame::render(filename, &code, &error) {
            eprintln!("{frame}");
        }
        let word = serde_json::to_value(result.status).ok().and_then(|word| word.as_str().map(str::to_owned));
        eprintln!("{red}{}{red:#}: {}: {message}", word.unwrap_or_default().replace('_', " "), failure.error_type);
        for finding in &failure.findings {
            eprintln!("  {}", plain(finding));
        }
        eprintln!("  {dim}what to do{dim:#}  {}", plain(&failure.advice));
        if last.is_none() {
            eprintln!("  {dim}folder{dim:#}    {}", show(&result.folder));
        }
    }
}

/// What to call an execution in another command.
pub(super) fn named(result: &PythonServiceResult) -> String {
    result.execution_id.to_string()
}

/// Says how to answer, where nobody is asked at this terminal.
pub(super) fn say_that_it_waits(result: &PythonServiceResult, place: &PlaceArgs) {
    let Some(waits) = &result.waits else { return };
    let (id, again) = (result.execution_id, place.again());
    eprintln!("\n{} waits for approval until {}: {}", id, waits.expires, plain(&waits.reason));
    eprintln!("  to see what is asked   aerie approvals show {id}{again}");
    eprintln!("  to approve it          aerie approvals approve {id} --digest {}{again}", waits.digest.short());
    eprintln!("  to reject it           aerie approvals reject {id} --reason '…'{again}");
}

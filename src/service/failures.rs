//! Why a run did not succeed, in words for whoever generates the next program and for the person who asked.

use crate::approval::{Incomplete, Plan};
use crate::backend::Error;
use crate::channel::WriteOutcome;
use crate::error::{Coded, ErrorCode, Exit};
use crate::execution::{ErrorCategory, Failure, Outcome, Progress, Stage, WriteNote};
use crate::gate::{self, Applied};

/// Why a run that wrote nothing did not succeed.
pub(super) fn failure_of(progress: &Progress, outcome: &Outcome, plan: Option<&Plan>) -> Option<Failure> {
    let code = (ErrorCategory::CodeRelated, Stage::Execution);
    if let Some(why) = plan.and_then(|plan| plan.incomplete.as_ref())
        && !matches!(why, Incomplete::Ended { .. })
    {
        let message = format!("its writes could not all be planned: {}", incomplete(why));
        let advice = match why {
            Incomplete::TooManyWrites { .. } => "Make fewer writes in one execution.",
            _ => "Wait for nothing that a plan cannot move: write, and read back once.",
        };
        return Some(Failure::new(code, "PlanIncomplete", message, advice));
    }
    let refused = plan.and_then(|plan| plan.writes.iter().find(|write| !write.is_allowed()));
    let failure = Failure::of_outcome(outcome);
    if let (Some(mut failure), Some(write)) = (failure.clone(), refused) {
        // It failed over a write that the rules refuse: no other program makes that write allowed.
        let reasons = write.reasons.join("; ");
        failure.category = ErrorCategory::Policy;
        "ChannelLimitsViolationError".clone_into(&mut failure.error_type);
        failure.message = format!("{} = {} is refused: {reasons}", write.channel, write.value);
        failure.line = write.line.or(failure.line);
        "The rules do not allow this write: ask for another one.".clone_into(&mut failure.advice);
        return Some(failure);
    }
    if failure.is_none() && outcome.results.is_none() && progress.submitted.generates {
        let message = "it ran, and left nothing in `results`";
        return Some(Failure::new(
            code,
            "CodeRuntimeError",
            message,
            "Put what was asked for into the dictionary `results`.",
        ));
    }
    failure
}

pub(super) fn machine_failure(error: &Error) -> Failure {
    let category = match error.code().exit() {
        Exit::Infrastructure => ErrorCategory::Infrastructure,
        _ => ErrorCategory::Configuration,
    };
    let message = format!("{error} [{}]", error.code());
    let kind = match (error, category) {
        (Error::Container(_), ErrorCategory::Infrastructure) => "ContainerConnectivityError",
        (Error::Container(_), _) => "ContainerConfigurationError",
        _ if error.code() == ErrorCode::WorkerFailed => "WorkerFailed",
        _ => "BackendFailed",
    };
    let advice = match error.code() {
        ErrorCode::KernelDied => {
            "If it does so each time, the program crashes its interpreter or needs more memory than a kernel has: `--method \
             local` tells how such a program ends. If not, the log of the Jupyter server has the kernel's own words."
        }
        _ => "Look after the machinery that is named.",
    };
    Failure::new((category, Stage::Execution), kind, message, advice)
}

fn incomplete(why: &Incomplete) -> String {
    match why {
        Incomplete::Waiting { channel: Some(channel), reads, seconds } => {
            format!("it waits for {channel}, which it read {reads} times over {seconds:.0} s of planned time")
        }
        Incomplete::Waiting { channel: None, seconds, .. } => format!("it waits for {seconds:.0} s of planned time"),
        Incomplete::TooManyWrites { limit } => format!("it makes more than {limit} writes"),
        Incomplete::Ended { status } => format!("the program ended {status}"),
    }
}

pub(super) fn write_note(applied: &Applied) -> WriteNote {
    let of =
        |wanted: fn(&gate::AppliedWrite) -> bool| count(applied.writes.iter().filter(|write| wanted(write)).count());
    WriteNote {
        sent: of(|write| write.outcome.may_have_changed_something()),
        good: of(|write| write.outcome.is_good()),
        unknown: of(|write| write.outcome == WriteOutcome::Unknown),
        refused: of(|write| write.outcome == WriteOutcome::Refused),
        left: count(applied.left.len()),
        stopped: applied.stopped.clone(),
    }
}

/// Why a program that did not end well did not: over a write, where one of them did not end well.
pub(super) fn over_a_write(failure: Failure, applied: &Applied) -> Failure {
    if failure.category != ErrorCategory::CodeRelated || applied.writes.iter().all(|write| write.outcome.is_good()) {
        return failure;
    }
    Failure { line: failure.line, traceback: failure.traceback, ..write_failure(applied) }
}

pub(super) fn write_failure(applied: &Applied) -> Failure {
    let bad = applied.writes.iter().find(|write| !write.outcome.is_good());
    let message = match (bad, &applied.stopped) {
        (Some(write), _) => {
            format!("{} = {}: {}: {}", write.channel, write.value, write.outcome.as_str(), write.message)
        }
        (None, Some(why)) => format!("no further write was made: {why}"),
        (None, None) => format!("{} planned writes were not made", applied.left.len()),
    };
    let sent = applied.writes.iter().any(|write| write.outcome.may_have_changed_something());
    let category = match bad.map(|write| (write.outcome, write.reason.as_deref())) {
        Some((WriteOutcome::Refused, Some("NOT_RECORDED"))) => ErrorCategory::Infrastructure,
        Some((WriteOutcome::Refused, _)) if !sent => ErrorCategory::Policy,
        _ => ErrorCategory::CodeRelated,
    };
    let advice = "Look at the machine; `aerie rollback` plans the way back.";
    Failure::new((category, Stage::Execution), "ChannelWriteFailedError", message, advice)
}

/// A number of writes, as events have it.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

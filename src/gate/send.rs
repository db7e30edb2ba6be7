//! One write is sent, and what became of it is found out: never better than it is known.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::judge::{self, Judged};
use super::{Ended, Site};
use crate::channel::{Value, WriteOutcome};
use crate::control::{Called, ControlError, ControlSystem, Put};
use crate::policy::{Verify, WriteRules};

/// How long a readback is waited for at least, and how often it is looked at.
const READBACK_TIMEOUT: Duration = Duration::from_secs(5);
const READBACK_INTERVAL: Duration = Duration::from_millis(50);

/// A value that is kept for people only.
pub(super) fn abridged(value: &Value) -> Value {
    if value.len() > 100 { Value::Text(format!("{} elements", value.len())) } else { value.clone() }
}

pub(super) fn ended(outcome: WriteOutcome, message: impl Into<String>) -> Ended {
    Ended { outcome, reason: None, message: message.into(), before: None, wrote: None, readback: None, returned: None }
}

/// A control system's refusal after which nothing has changed.
fn not_done(fault: &ControlError) -> Ended {
    let reason = match fault {
        ControlError::Refused { reason, .. } => reason.clone(),
        ControlError::NotConnected { .. } => "NOT_CONNECTED".to_owned(),
        ControlError::TimedOut { .. } => "TIMED_OUT".to_owned(),
        ControlError::WrongType { .. } => "WRONG_TYPE".to_owned(),
        ControlError::Unsupported { .. } => "UNSUPPORTED".to_owned(),
        ControlError::Busy { .. } => "BUSY".to_owned(),
    };
    let message = match fault {
        // Its own words, as the real libraries give them.
        ControlError::Refused { message, .. } => message.clone(),
        other => other.to_string(),
    };
    Ended { reason: Some(reason), ..ended(WriteOutcome::Failed, message) }
}

/// Puts a value and reads it back.
pub(super) async fn send(
    system: &dyn ControlSystem,
    site: &Site,
    judged: &Judged,
    rules: &WriteRules,
    timeout: Duration,
) -> Ended {
    let deadline = Instant::now() + timeout;
    let late = match system.put(&judged.channel, &judged.value, deadline).await {
        Err(fault) => return after_refusal(system, judged, rules, &fault).await,
        Ok(Put::Accepted) => None,
        Ok(Put::Unknown { reason }) => Some(reason),
    };
    let readable = judged.description.as_ref().is_some_and(|description| description.readable);
    if late.is_none() && rules.verify != Verify::Readback {
        return ended(WriteOutcome::Unconfirmed, "accepted; its rule has it not read back");
    }
    if !readable && rules.readback.is_none() {
        return match late {
            None => ended(WriteOutcome::Unconfirmed, "accepted; there is nothing to read back"),
            Some(reason) => ended(WriteOutcome::Unknown, format!("{reason}; there is nothing to read back")),
        };
    }
    let (found, within) = read_back(system, site, judged, rules).await;
    let wrote = &judged.value;
    // Of a write without an answer, the value tells something only if it was not there before.
    let was_there = judged
        .before
        .as_ref()
        .is_some_and(|reading| judge::same(rules, judged.description.as_ref(), wrote, &reading.value));
    let within = within && (late.is_none() || !was_there);
    match (found, late, within) {
        (Ok(readback), late, true) => Ended {
            message: late.map_or(format!("read back as {readback}"), |late| format!("{late}; read back as {readback}")),
            readback: Some(readback),
            ..ended(WriteOutcome::Confirmed, "")
        },
        (Ok(readback), None, false) => Ended {
            message: format!("wrote {wrote}, read back {readback}"),
            readback: Some(readback),
            ..ended(WriteOutcome::Mismatch, "")
        },
        (Ok(readback), Some(reason), false) => Ended {
            message: format!("{reason}; it reads {readback} now, and the write of {wrote} may still arrive"),
            readback: Some(readback),
            ..ended(WriteOutcome::Unknown, "")
        },
        (Err(fault), None, _) => {
            ended(WriteOutcome::Unconfirmed, format!("accepted; it could not be read back: {fault}"))
        }
        (Err(fault), Some(reason), _) => {
            ended(WriteOutcome::Unknown, format!("{reason}; it could not be read back: {fault}"))
        }
    }
}

/// After the control system said no: a device may have acted before it did.
async fn after_refusal(system: &dyn ControlSystem, judged: &Judged, rules: &WriteRules, fault: &ControlError) -> Ended {
    let failed = not_done(fault);
    let (ControlError::Refused { .. }, Some(before)) = (fault, &judged.before) else { return failed };
    let Ok(now) = system.get(&judged.channel, Instant::now() + READBACK_TIMEOUT).await else { return failed };
    if judge::same(rules, judged.description.as_ref(), &before.value, &now.value) {
        return failed;
    }
    let message = format!("{}; it was {} and is {} now", failed.message, before.value, now.value);
    Ended { outcome: WriteOutcome::Unknown, readback: Some(now.value), message, ..failed }
}

/// Reads back until the value is there or the rule's time is over.
async fn read_back(
    system: &dyn ControlSystem,
    site: &Site,
    judged: &Judged,
    rules: &WriteRules,
) -> (Result<Value, ControlError>, bool) {
    let channel = rules.readback.as_ref().unwrap_or(&judged.channel);
    let route = if channel.protocol() == judged.channel.protocol() {
        None
    } else {
        site.routes.of(channel.protocol()).map(|route| Arc::clone(&route.read))
    };
    let system = route.as_deref().unwrap_or(system);
    let until = Instant::now() + rules.settle;
    loop {
        let read = system.get(channel, Instant::now() + READBACK_TIMEOUT).await;
        let within = read
            .as_ref()
            .is_ok_and(|reading| judge::same(rules, judged.description.as_ref(), &judged.value, &reading.value));
        if within || Instant::now() >= until {
            return (read.map(|reading| reading.value), within);
        }
        tokio::time::sleep(READBACK_INTERVAL).await;
    }
}

pub(super) async fn call(system: &dyn ControlSystem, judged: &Judged, timeout: Duration) -> Ended {
    match system.command(&judged.channel, &judged.value, Instant::now() + timeout).await {
        // The framework's own refusals (`API_CommandNotAllowed`) come before the device is called; its own come from within.
        Err(ControlError::Refused { reason, message, .. }) if !reason.starts_with("API_") => {
            Ended { reason: Some(reason), ..ended(WriteOutcome::Unknown, message) }
        }
        Err(fault) => not_done(&fault),
        Ok(Called::Returned(value)) => {
            Ended { returned: Some(value), ..ended(WriteOutcome::Unconfirmed, "the command returned") }
        }
        Ok(Called::Unknown { reason }) => ended(WriteOutcome::Unknown, reason),
    }
}

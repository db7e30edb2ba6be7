//! The gate: every control-system call of a program is judged, planned, carried out, verified and recorded here.
//!
//! A program reaches the machine only by host calls, and each of them ends in [`Gate::call`]. What a gate lets through is
//! decided by its [`Mode`]: a read-only gate has no way to write at all; a planning gate writes into an overlay; an applying
//! gate makes those writes, in that order, that a person saw and allowed.

mod applied;
mod apply;
mod authority;
mod events;
mod journal;
mod judge;
pub mod open;
mod plan;
mod read;
mod record;
mod replay;
mod rollback;
mod runs;
mod send;
mod site;
mod wire;

pub use applied::{Applied, AppliedWrite, Asker, Deviation, Permission};
pub use apply::Applying;
pub use authority::{Authority, AuthorityError, Redeemed};
pub use journal::{Entry, Journal, JournalError, JournalWriter, Journaled};
pub use open::OpenError;
pub use plan::{PlanSettings, Planned, Planning};
pub use record::{MadeWrite, Witness, WriteEntry, WriteRecord, made};
pub use replay::{Departure, Followed, Replay};
pub use rollback::{Rollback, rollback};
pub use runs::{ApplyError, ApplyRun, PlanRun, Ran, ReplayRun, Run, StopSwitch, apply, plan, read_only, replay};
pub use site::{Route, Routes, Site};

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::approval::Operation;
use crate::backend::{HostCall, HostCallError, HostCalls, HostReply, ProgramClock};
use crate::channel::{Channel, InvalidChannel, Protocol, Refusal, Value, WriteOutcome};
use crate::control::{ControlError, Update};
use crate::policy::Principal;
use events::{MAX_SUBSCRIPTIONS, Subscriptions};

/// How long it may wait at most.
const MAX_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a write may wait at most: moving something takes time.
const MAX_WRITE_TIMEOUT: Duration = Duration::from_mins(10);
/// Most channels in one call.
const MAX_CHANNELS: usize = 10_000;
/// Most bytes of values in one answer; the door's frame has room for a little more.
const MAX_ANSWER: usize = 60 << 20;
/// Longest wait for events in one call: how late a program may notice that its time is over. In a plan it takes no time.
const MAX_WAIT: Duration = Duration::from_secs(5);
const MAX_VIRTUAL_WAIT: Duration = Duration::from_hours(1);
/// A value as plain JSON, if it has few elements.
#[must_use]
pub fn short(value: &Value) -> Option<Json> {
    wire::encode_short(value, SHORT)
}

/// Values with more elements are not sent back with an outcome.
const SHORT: usize = 16;

/// What a program may do to the machine.
#[derive(Debug)]
pub enum Mode {
    /// Read. There is no way to write.
    ReadOnly,
    /// Read, and have its writes noted instead of made.
    Plan(Planning),
    /// Make the writes that were allowed.
    Apply(Arc<Applying>),
}

impl Mode {
    fn as_str(&self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
        }
    }
}

/// The gate of one execution.
pub struct Gate {
    site: Arc<Site>,
    principal: Principal,
    clock: ProgramClock,
    mode: Mode,
    subscriptions: Subscriptions,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate")
            .field("principal", &self.principal.name)
            .field("mode", &self.mode.as_str())
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate for a program of `principal`, whose time is `clock`.
    #[must_use]
    pub fn new(site: Arc<Site>, principal: Principal, clock: ProgramClock, mode: Mode) -> Self {
        Self { site, principal, clock, mode, subscriptions: Subscriptions::default() }
    }
}

type Answer = Result<HostReply, HostCallError>;

fn error(kind: &str, message: impl Into<String>) -> HostCallError {
    HostCallError::new(kind, message)
}

#[expect(clippy::unnecessary_wraps, reason = "it is what every call answers with")]
fn plain(value: Json) -> Answer {
    Ok(HostReply { value, payload: Vec::new() })
}

fn arguments<T: serde::de::DeserializeOwned>(arguments: Map<String, Json>) -> Result<T, HostCallError> {
    serde_json::from_value(Json::Object(arguments))
        .map_err(|fault| error("DoorError", format!("the call's arguments are wrong: {fault}")))
}

/// A protocol as calls name it: one of its own, or the site's.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NamedProtocol {
    Ca,
    Pva,
    Tango,
    Site,
}

/// Seconds as calls have them.
fn timeout(seconds: Option<f64>, usual: Duration, most: Duration) -> Duration {
    seconds
        .filter(|seconds| !seconds.is_nan())
        .map_or(usual, |seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(most))
        .min(most)
}

/// An error of one channel, as its place in a list holds it.
fn item_error(kind: &str, message: &str, reason: Option<&str>) -> Json {
    match reason {
        Some(reason) => json!({ "error": { "type": kind, "message": message, "reason": reason } }),
        None => json!({ "error": { "type": kind, "message": message } }),
    }
}

/// What the guest is told when a control system did not answer.
fn told(fault: &ControlError) -> (&'static str, String, Option<String>) {
    let text = fault.to_string();
    match fault {
        ControlError::NotConnected { .. } => ("NotConnected", text, None),
        ControlError::TimedOut { .. } => ("Timeout", text, None),
        ControlError::Refused { reason, message, .. } => ("Refused", message.clone(), Some(reason.clone())),
        ControlError::WrongType { .. } => ("WrongType", text, None),
        ControlError::Unsupported { .. } => ("Unsupported", text, None),
        ControlError::Busy { .. } => ("Busy", text, None),
    }
}

/// One write as a program asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    /// The name as the program wrote it, and what it means.
    pub(crate) text: String,
    pub(crate) channel: Result<Channel, InvalidChannel>,
    pub(crate) value: Value,
    pub(crate) timeout: Duration,
    pub(crate) line: Option<u32>,
}

/// How one write ended, for the program.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) outcome: WriteOutcome,
    /// [`Refusal`]'s word, or the control system's own code.
    pub(crate) reason: Option<String>,
    pub(crate) message: String,
    pub(crate) before: Option<Value>,
    pub(crate) wrote: Option<Value>,
    pub(crate) readback: Option<Value>,
    /// What a command returned.
    pub(crate) returned: Option<Value>,
}

impl Ended {
    pub(crate) fn refused(refusal: Refusal, message: impl Into<String>) -> Self {
        Self {
            outcome: WriteOutcome::Refused,
            reason: Some(refusal.word()),
            message: message.into(),
            before: None,
            wrote: None,
            readback: None,
            returned: None,
        }
    }

    fn json(&self, payload: &mut Vec<u8>, command: bool) -> Json {
        let mut short = |value: &Option<Value>| {
            value.as_ref().filter(|value| value.len() <= SHORT).map(|value| wire::encode(value, payload))
        };
        let mut json = json!({
            "outcome": self.outcome,
            "reason": self.reason,
            "message": self.message,
            "before": short(&self.before),
            "wrote": short(&self.wrote),
            "readback": short(&self.readback),
        });
        if command {
            let value = self.returned.as_ref().map_or(Json::Null, |value| wire::encode(value, payload));
            json["v"] = value;
        }
        json
    }

    fn is_good(&self) -> bool {
        self.outcome.is_good()
    }
}

#[async_trait]
impl HostCalls for Gate {
    async fn call(&mut self, call: HostCall) -> Answer {
        let begun = Instant::now();
        let waited = self.waited_for_people();
        let answer = self.answer_call(call).await;
        // Waiting for the machine is the program's own time, waiting for a person is not.
        let waited = self.waited_for_people().saturating_sub(waited);
        self.clock.charge(begun.elapsed().saturating_sub(waited));
        answer
    }
}

impl Gate {
    fn waited_for_people(&self) -> Duration {
        if let Mode::Apply(applying) = &self.mode { applying.waited() } else { Duration::ZERO }
    }

    async fn answer_call(&mut self, call: HostCall) -> Answer {
        let HostCall { name, arguments, payload } = call;
        match name.as_str() {
            "control.read" => self.read(arguments).await,
            "control.write" => self.write(arguments, &payload).await,
            "control.command" => self.command(arguments, &payload).await,
            "control.describe" => self.describe(arguments).await,
            "control.list" => self.list(arguments).await,
            "control.events" => self.events(arguments).await,
            "control.subscribe" => self.subscribe(arguments).await,
            "control.unsubscribe" => self.unsubscribe(arguments),
            "control.info" => plain(self.info()),
            _ => Err(error("UnknownHostCall", format!("this execution offers no host call named `{name}`"))),
        }
    }
}

#[derive(Deserialize)]
struct WriteCall {
    protocol: NamedProtocol,
    writes: Vec<OneWrite>,
    line: Option<u32>,
    #[serde(default)]
    stop_on_failure: bool,
}

#[derive(Deserialize)]
struct OneWrite {
    channel: String,
    value: Json,
    timeout: Option<f64>,
}

#[derive(Deserialize)]
struct CommandCall {
    protocol: NamedProtocol,
    channel: String,
    argument: Json,
    timeout: Option<f64>,
    line: Option<u32>,
}

#[derive(Deserialize)]
struct ChannelCall {
    protocol: NamedProtocol,
    channel: String,
    timeout: Option<f64>,
}

impl Gate {
    fn protocol(&self, named: NamedProtocol) -> Protocol {
        match named {
            NamedProtocol::Ca => Protocol::Ca,
            NamedProtocol::Pva => Protocol::Pva,
            NamedProtocol::Tango => Protocol::Tango,
            NamedProtocol::Site => self.site.default_protocol,
        }
    }

    fn info(&self) -> Json {
        let routes = &self.site.routes;
        json!({
            "mode": self.mode.as_str(),
            "control_system": routes.name(),
            "simulated": routes.is_simulated(),
            "default_protocol": self.site.default_protocol,
            "protocols": routes.protocols(),
        })
    }

    async fn write(&mut self, args: Map<String, Json>, payload: &[u8]) -> Answer {
        let call: WriteCall = arguments(args)?;
        if call.writes.len() > MAX_CHANNELS {
            return Err(error("TooLarge", format!("at most {MAX_CHANNELS} writes in one call")));
        }
        let protocol = self.protocol(call.protocol);
        let mut answers = Vec::with_capacity(call.writes.len());
        let mut bulk = Vec::new();
        let mut stopped = false;
        if matches!(self.mode, Mode::ReadOnly) {
            let refused = |write: &OneWrite| {
                let message = format!(
                    "this execution may only read; `{}` is not written. To write, plan it: aerie plan",
                    write.channel
                );
                Ended::refused(Refusal::ReadOnlyExecution, message).json(&mut Vec::new(), false)
            };
            return plain(call.writes.iter().map(refused).collect());
        }
        // All of them are read before the first is made: one that makes no sense must not hide what became of the others.
        let mut values = Vec::with_capacity(call.writes.len());
        let mut budget = payload.len();
        for write in &call.writes {
            let value = wire::decode(&write.value, payload).map_err(|fault| error("DoorError", fault))?;
            // Elements are sent once for each array: many arrays of the same bytes would fill the memory.
            budget = budget
                .checked_sub(wire::bulk(&value))
                .ok_or_else(|| error("DoorError", "arrays share their elements"))?;
            values.push(value);
        }
        for (write, value) in call.writes.into_iter().zip(values) {
            if stopped {
                answers.push(json!({
                    "outcome": WriteOutcome::Refused,
                    "reason": "NOT_TRIED",
                    "message": "an earlier write of this call failed",
                    "before": null, "wrote": null, "readback": null,
                }));
                continue;
            }
            let ended = self
                .ask(Asked {
                    operation: Operation::Write,
                    channel: Channel::parse(protocol, &write.channel),
                    text: write.channel,
                    value,
                    timeout: timeout(write.timeout, self.site.default_timeout, MAX_WRITE_TIMEOUT),
                    line: call.line,
                })
                .await;
            stopped = call.stop_on_failure && !ended.is_good();
            answers.push(ended.json(&mut bulk, false));
        }
        Ok(HostReply { value: Json::Array(answers), payload: bulk })
    }

    async fn command(&mut self, args: Map<String, Json>, payload: &[u8]) -> Answer {
        let call: CommandCall = arguments(args)?;
        let protocol = self.protocol(call.protocol);
        let value = wire::decode(&call.argument, payload).map_err(|fault| error("DoorError", fault))?;
        let ended = self
            .ask(Asked {
                operation: Operation::Command,
                channel: Channel::parse(protocol, &call.channel),
                text: call.channel,
                value,
                timeout: timeout(call.timeout, self.site.default_timeout, MAX_WRITE_TIMEOUT),
                line: call.line,
            })
            .await;
        let mut bulk = Vec::new();
        let value = ended.json(&mut bulk, true);
        Ok(HostReply { value, payload: bulk })
    }

    /// One write or command, whatever the mode makes of it.
    async fn ask(&mut self, asked: Asked) -> Ended {
        if let Some(refused) = judge::beforehand(&self.site, &asked) {
            if let Mode::Plan(planning) = &mut self.mode {
                planning.note_refused(&asked, &refused, &self.clock);
            }
            if let Mode::Apply(applying) = &self.mode {
                return Arc::clone(applying).write(asked, Some(refused)).await;
            }
            return refused;
        }
        match &mut self.mode {
            Mode::ReadOnly => Ended::refused(
                Refusal::ReadOnlyExecution,
                format!("this execution may only read; `{}` is not written. To write, plan it: aerie plan", asked.text),
            ),
            Mode::Plan(planning) => {
                let ended = planning.write(&self.site, &self.principal, &self.clock, asked).await;
                for (name, reading) in planning.take_news() {
                    self.subscriptions.tell(&name, &reading);
                }
                ended
            }
            Mode::Apply(applying) => Arc::clone(applying).write(asked, None).await,
        }
    }

    async fn subscribe(&mut self, args: Map<String, Json>) -> Answer {
        let call: ChannelCall = arguments(args)?;
        if self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            return Err(error(
                "TooLarge",
                format!("an execution follows at most {MAX_SUBSCRIPTIONS} channels at once"),
            ));
        }
        let channel = self.permitted(self.protocol(call.protocol), &call.channel)?;
        let route = self.route(&channel)?;
        let deadline = Instant::now() + timeout(call.timeout, self.site.default_timeout, MAX_TIMEOUT);
        let subscription = route.monitor(&channel, deadline).await.map_err(|fault| {
            let (kind, message, reason) = told(&fault);
            HostCallError { reason, ..error(kind, message) }
        })?;
        plain(json!({ "id": self.subscriptions.add(channel, subscription) }))
    }

    fn unsubscribe(&mut self, args: Map<String, Json>) -> Answer {
        #[derive(Deserialize)]
        struct Call {
            id: u64,
        }
        let call: Call = arguments(args)?;
        self.subscriptions.remove(call.id);
        plain(Json::Null)
    }

    async fn events(&mut self, args: Map<String, Json>) -> Answer {
        #[derive(Deserialize)]
        struct Call {
            wait: f64,
        }
        let call: Call = arguments(args)?;
        let most = if self.clock.is_virtual() { MAX_VIRTUAL_WAIT } else { MAX_WAIT };
        let wait = timeout(Some(call.wait), Duration::ZERO, most);
        let happened = self.subscriptions.happened(wait, &self.clock).await;
        let mut bulk = Vec::new();
        let mut list = Vec::with_capacity(happened.len());
        for (id, update) in happened {
            list.push(match update {
                Update::Connected => json!({ "id": id, "connected": true }),
                Update::Disconnected => json!({ "id": id, "connected": false }),
                Update::Reading(mut reading) => {
                    if let (Mode::Plan(planning), Some(channel)) = (&self.mode, self.subscriptions.channel(id)) {
                        planning.overlay(channel.name(), &mut reading, &self.clock);
                    }
                    if bulk.len() > MAX_ANSWER {
                        continue;
                    }
                    json!({ "id": id, "reading": wire::reading(&reading, &mut bulk) })
                }
            });
        }
        Ok(HostReply { value: Json::Array(list), payload: bulk })
    }
}

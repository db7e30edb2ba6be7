//! Who answers a program's host calls: a script of its own file, or the gate on a scripted machine.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aerie::backend::{HostCall, HostCallError, HostCalls, HostReply};
use aerie::channel::{Protocol, Value};
use aerie::control::mock::SimulatedMachine;
use aerie::gate::{Routes, Site};
use aerie::policy::{Machine, Options, Policy, Source, SourceKind};
use async_trait::async_trait;
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use tokio_util::sync::CancellationToken;

use super::run::Streamed;

/// How one call is answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    call: String,
    /// Only with exactly these arguments.
    with: Option<Json>,
    #[serde(default)]
    value: Json,
    payload: Option<Payload>,
    error: Option<Refused>,
    /// After so many seconds.
    after: Option<f64>,
    /// Only once the program's standard output was seen to have this.
    seen: Option<String>,
    /// Never: the execution is cancelled when the call is made.
    #[serde(default)]
    cancels: bool,
}

/// The bulk of an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Payload {
    Base64(String),
    /// What came, if true.
    Echo(bool),
    /// What came, from its end, if true.
    Reversed(bool),
    /// So many zero bytes.
    Zeros(usize),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    #[serde(rename = "type")]
    kind: String,
    message: String,
    reason: Option<String>,
}

/// Answers by the script; what is not in it is unknown.
pub(super) struct Scripted {
    pub(super) answers: Vec<Answer>,
    pub(super) cancel: CancellationToken,
    pub(super) streamed: Arc<Mutex<Streamed>>,
}

#[async_trait]
impl HostCalls for Scripted {
    async fn call(&mut self, call: HostCall) -> Result<HostReply, HostCallError> {
        let arguments = Json::Object(call.arguments);
        let fits =
            |answer: &&Answer| answer.call == call.name && answer.with.as_ref().is_none_or(|with| *with == arguments);
        let Some(answer) = self.answers.iter().find(fits) else {
            let message = format!("nobody answers `{}` with {arguments}", call.name);
            return Err(HostCallError::new("UnknownHostCall", message));
        };
        if answer.cancels {
            self.cancel.cancel();
            std::future::pending::<()>().await;
        }
        if let Some(seconds) = answer.after {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
        while answer.seen.as_ref().is_some_and(|text| !self.streamed.lock().expect("a lock").has(text)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if let Some(Refused { kind, message, reason }) = answer.error.clone() {
            return Err(HostCallError { kind, message, reason });
        }
        let payload = match &answer.payload {
            None | Some(Payload::Echo(false) | Payload::Reversed(false)) => Vec::new(),
            Some(Payload::Base64(text)) => base64::engine::general_purpose::STANDARD.decode(text).expect("base64"),
            Some(Payload::Echo(true)) => call.payload,
            Some(Payload::Reversed(true)) => call.payload.into_iter().rev().collect(),
            Some(Payload::Zeros(length)) => vec![0; *length],
        };
        Ok(HostReply { value: answer.value.clone(), payload })
    }
}

/// A corrector whose readback follows, a mode, a waveform, and what the rules hide.
const MACHINE: &str = "
only: true
noise: 0
channels:
  HCM1:SP: {type: double, value: 1.0, unit: A, limits: [-20, 20]}
  HCM1:RB: {type: double, unit: A, follows: {channel: HCM1:SP}}
  OTHER:SP: {type: double, value: 0.0, limits: [-20, 20]}
  OTHER:RB: {type: double, follows: {channel: OTHER:SP}}
  MODE: {type: enum, labels: [Shutdown, Studies, User], value: Studies}
  WAVE: {type: double, shape: [4], value: [0, 0.5, 0, 0]}
  SECRET:KEY: {type: double, value: 4.0}
";

const RULES: &str = r#"
version: 1
reads: allow
rules:
  - name: secrets
    channels: ["SECRET:*"]
    access: none
  - name: correctors
    channels: ["HCM*:SP", "OTHER:SP"]
    access: write
    min: -10
    max: 10
    readback: ":SP -> :RB"
    settle: 100ms
"#;

/// The scripted machine and the site on it.
pub(super) fn site() -> (Arc<SimulatedMachine>, Arc<Site>) {
    let machine = Arc::new(SimulatedMachine::from_yaml(MACHINE, "machine.yml").expect("a machine"));
    let source = Source { name: "rules.yml", text: RULES, kind: SourceKind::Rules };
    let options = Options { machine: Machine::Simulated, ..Options::default() };
    let policy = Policy::load(&[source], &options).expect("rules");
    let routes = Routes::all(Arc::<SimulatedMachine>::clone(&machine));
    (machine, Arc::new(Site::new(routes, Protocol::Ca, policy, true)))
}

/// The writes of a plan, as far as a program's file can say something of them.
pub(super) fn planned(plan: &aerie::approval::Plan) -> Vec<Map<String, Json>> {
    let one = |write: &aerie::approval::PlannedWrite| {
        let verdict = match write.verdict {
            aerie::approval::Verdict::Allowed => "allowed".to_owned(),
            aerie::approval::Verdict::Refused(refusal) => refusal.word(),
        };
        let value = if let Value::Float(value) = write.value { Some(value) } else { None };
        let fields = json!({ "channel": write.channel.name(), "value": value, "verdict": verdict, "line": write.line });
        fields.as_object().expect("an object").clone()
    };
    plan.writes.iter().map(one).collect()
}

//! [`Replay`]: an execution again, from its journal, without any control system.
//!
//! Each call must be the one that was made then; it gets the answer that it got then. The first that is not is where the
//! program departs: it is told to the program and to whoever replays, and nothing is answered after it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::journal::Entry;
use crate::backend::{HostCall, HostCallError, HostCalls, HostReply};

/// Arguments that do not change what is asked.
const INCIDENTAL: [&str; 1] = ["line"];

/// Where a program does something else than it did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Departure {
    /// The call, counted from 1.
    pub call: u64,
    /// The line of the program, as it says itself.
    pub line: Option<u64>,
    /// What it did then; `None`: nothing more.
    pub then: Option<String>,
    /// What it does now; `None`: nothing more.
    pub now: Option<String>,
}

/// What a replay found, shared with whoever started it.
#[derive(Debug, Clone, Default)]
pub struct Followed(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    next: usize,
    departure: Option<Departure>,
}

impl Followed {
    /// Where the program departed, if it did. `entries` is the whole journal: a program that ended early departed too.
    #[must_use]
    pub fn departure(&self, entries: &[Entry]) -> Option<Departure> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.departure.clone().or_else(|| {
            let left = entries.get(state.next)?;
            Some(Departure { call: left.n, line: None, then: Some(describe(&left.call, &left.args)), now: None })
        })
    }

    /// How many calls were the same.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next
    }
}

/// Answers from a journal.
#[derive(Debug)]
pub struct Replay {
    entries: Arc<Vec<Entry>>,
    followed: Followed,
}

impl Replay {
    /// Answers from these entries.
    #[must_use]
    pub fn new(entries: Arc<Vec<Entry>>) -> (Self, Followed) {
        let followed = Followed::default();
        (Self { entries, followed: followed.clone() }, followed)
    }
}

fn strip(arguments: &Map<String, Json>) -> Map<String, Json> {
    arguments
        .iter()
        .filter(|(key, _)| !INCIDENTAL.contains(&key.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

/// A call on one line, for people.
fn describe(call: &str, arguments: &Map<String, Json>) -> String {
    let text = Json::Object(strip(arguments)).to_string();
    let short: String = text.chars().take(200).collect();
    format!("{call} {short}{}", if short.len() < text.len() { "…" } else { "" })
}

#[async_trait]
impl HostCalls for Replay {
    async fn call(&mut self, call: HostCall) -> Result<HostReply, HostCallError> {
        let mut state = self.followed.0.lock().unwrap_or_else(PoisonError::into_inner);
        let departed = |departure: &Departure| {
            let message = format!(
                "this is call {} of a replay, and it is not the one that was recorded: then {}, now {}",
                departure.call,
                departure.then.as_deref().unwrap_or("nothing more"),
                departure.now.as_deref().unwrap_or("nothing more"),
            );
            HostCallError::new("ReplayDeparted", message)
        };
        if let Some(departure) = &state.departure {
            return Err(departed(departure));
        }
        let entry = self.entries.get(state.next);
        let same = entry.is_some_and(|entry| {
            entry.call == call.name
                && strip(&entry.args) == strip(&call.arguments)
                && entry.sent == STANDARD.encode(&call.payload)
        });
        let Some(entry) = entry.filter(|_| same) else {
            let departure = Departure {
                call: state.next as u64 + 1,
                line: call.arguments.get("line").and_then(Json::as_u64),
                then: entry.map(|entry| describe(&entry.call, &entry.args)),
                now: Some(describe(&call.name, &call.arguments)),
            };
            let error = departed(&departure);
            state.departure = Some(departure);
            return Err(error);
        };
        state.next += 1;
        match (&entry.value, &entry.error) {
            (_, Some((kind, message, reason))) => {
                Err(HostCallError { kind: kind.clone(), message: message.clone(), reason: reason.clone() })
            }
            (value, None) => Ok(HostReply {
                value: value.clone().unwrap_or(Json::Null),
                payload: STANDARD.decode(&entry.bulk).unwrap_or_default(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(n: u64, channel: &str, value: f64) -> Entry {
        let args = json!({ "channels": [channel], "line": 3 }).as_object().unwrap().clone();
        Entry {
            n,
            call: "control.read".to_owned(),
            args,
            sent: String::new(),
            value: Some(json!(value)),
            bulk: String::new(),
            error: None,
        }
    }

    fn ask(replay: &mut Replay, channel: &str) -> Result<Json, String> {
        let arguments = json!({ "channels": [channel], "line": 9 }).as_object().unwrap().clone();
        let call = HostCall { name: "control.read".to_owned(), arguments, payload: vec![] };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(replay.call(call)).map(|reply| reply.value).map_err(|error| error.kind)
    }

    #[test]
    fn the_same_program_gets_the_same_answers_wherever_its_lines_are() {
        let entries = Arc::new(vec![entry(1, "A", 1.0), entry(2, "B", 2.0)]);
        let (mut replay, followed) = Replay::new(Arc::clone(&entries));
        assert_eq!(ask(&mut replay, "A"), Ok(json!(1.0)));
        assert_eq!(followed.departure(&entries).unwrap().then.unwrap(), r#"control.read {"channels":["B"]}"#);
        assert_eq!(ask(&mut replay, "B"), Ok(json!(2.0)));
        assert_eq!((followed.departure(&entries), followed.calls()), (None, 2));
    }

    #[test]
    fn a_changed_program_is_told_where_it_departs_and_gets_nothing_more() {
        let entries = Arc::new(vec![entry(1, "A", 1.0), entry(2, "B", 2.0)]);
        let (mut replay, followed) = Replay::new(Arc::clone(&entries));
        assert!(ask(&mut replay, "A").is_ok());
        assert_eq!(ask(&mut replay, "C"), Err("ReplayDeparted".to_owned()));
        assert_eq!(ask(&mut replay, "B"), Err("ReplayDeparted".to_owned()));
        let departure = followed.departure(&entries).unwrap();
        assert_eq!((departure.call, departure.line), (2, Some(9)));
        assert!(departure.then.unwrap().contains("\"B\"") && departure.now.unwrap().contains("\"C\""));
    }
}

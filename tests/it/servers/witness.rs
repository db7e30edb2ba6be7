//! The witness: what a server really holds, told by libca, p4p and `PyTango` in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{environment, process};

/// How long the witness waits for a server unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much longer the witness itself may take: the first question loads a library.
const START: Duration = Duration::from_mins(1);

/// An independent client of one server. Values come as `tests/servers/witness.py` writes them: an enum as
/// `{"index": 1, "label": "On"}`, not a number as `{"$": "nan"}`.
///
/// It answers one question at a time, in the order asked.
pub(crate) struct Witness(Mutex<Conversation>);

struct Conversation {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
    asked: u64,
}

impl Witness {
    /// A witness that reaches the servers this environment names.
    pub(super) fn start(environment: &[(String, String)]) -> Self {
        let mut command = environment::command("witness.py");
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = process::spawn(&mut command);
        let questions = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .filter(|line| is_news(line))
                .for_each(|line| eprintln!("witness: {line}"));
        });
        Self(Mutex::new(Conversation { child, questions, answers, asked: 0 }))
    }

    /// Asks, and gives the answer or the error's text.
    pub(crate) fn ask(&self, question: Value) -> Result<Value, String> {
        self.ask_within(PATIENCE, question)
    }

    /// Asks with another limit on how long the server may take.
    pub(crate) fn ask_within(&self, patience: Duration, mut question: Value) -> Result<Value, String> {
        // A panic below leaves the conversation usable: answers carry their question's number.
        let mut conversation = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        conversation.asked += 1;
        let number = conversation.asked;
        question["id"] = json!(number);
        question["timeout"] = json!(patience.as_secs_f64());
        writeln!(conversation.questions, "{question}").expect("the witness listens");
        let deadline = Instant::now() + patience + START;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = conversation.answers.recv_timeout(left);
            let line = line.unwrap_or_else(|error| panic!("the witness does not answer {question}: {error}"));
            let mut answer: Value = serde_json::from_str(&line).expect("the witness answers in JSON");
            if answer["id"] == json!(number) {
                return match answer["error"].take() {
                    Value::Null => Ok(answer["value"].take()),
                    error => Err(error.as_str().expect("text").to_owned()),
                };
            }
        }
    }

    /// The value over Channel Access.
    pub(crate) fn ca_get(&self, name: &str) -> Value {
        self.certain(json!({"via": "ca", "get": name}))
    }

    /// Limits, units, severity, type, count and access rights over Channel Access.
    pub(crate) fn ca_describe(&self, name: &str) -> Value {
        self.certain(json!({"via": "ca", "describe": name}))
    }

    /// Writes over Channel Access and waits for completion.
    pub(crate) fn ca_put(&self, name: &str, value: impl Into<Value>) -> Result<(), String> {
        self.ask(json!({"via": "ca", "put": name, "value": value.into()})).map(drop)
    }

    /// The value over PV Access; of a structure without one, its fields.
    pub(crate) fn pva_get(&self, name: &str) -> Value {
        self.certain(json!({"via": "pva", "get": name}))
    }

    /// The whole structure over PV Access.
    pub(crate) fn pva_describe(&self, name: &str) -> Value {
        self.certain(json!({"via": "pva", "describe": name}))
    }

    /// Writes over PV Access and waits for completion.
    pub(crate) fn pva_put(&self, name: &str, value: impl Into<Value>) -> Result<(), String> {
        self.ask(json!({"via": "pva", "put": name, "value": value.into()})).map(drop)
    }

    /// Calls over PV Access.
    pub(crate) fn pva_rpc(&self, name: &str, arguments: impl Into<Value>) -> Result<Value, String> {
        self.ask(json!({"via": "pva", "rpc": name, "arguments": arguments.into()}))
    }

    /// A Tango attribute's value; a state by its name.
    pub(crate) fn tango_get(&self, device: &str, attribute: &str) -> Value {
        self.certain(json!({"via": "tango", "device": device, "get": attribute}))
    }

    /// Writes a Tango attribute.
    pub(crate) fn tango_put(&self, device: &str, attribute: &str, value: impl Into<Value>) -> Result<(), String> {
        self.ask(json!({"via": "tango", "device": device, "put": attribute, "value": value.into()})).map(drop)
    }

    /// Runs a Tango command.
    pub(crate) fn tango_command(
        &self,
        device: &str,
        command: &str,
        argument: impl Into<Value>,
    ) -> Result<Value, String> {
        self.ask(json!({"via": "tango", "device": device, "command": command, "argument": argument.into()}))
    }

    fn certain(&self, question: Value) -> Value {
        let shown = question.to_string();
        self.ask(question).unwrap_or_else(|error| panic!("{shown}: {error}"))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let conversation = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = conversation.child.kill();
        let _ = conversation.child.wait();
    }
}

/// A value as a double, with what JSON has no number for.
pub(crate) fn number(value: &Value) -> f64 {
    let special = || value["$"].as_str().and_then(|text| text.parse().ok());
    value.as_f64().or_else(special).unwrap_or_else(|| panic!("not a number: {value}"))
}

/// libca says at length that a server went away, which tests bring about.
fn is_news(line: &str) -> bool {
    line.contains("Traceback") || line.contains("Error")
}

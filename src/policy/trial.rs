//! [`PolicyTest`]: files of questions with the answers that a site expects, for `aerie policy test`.

use jiff::Timestamp;

use crate::channel::{
    Array, Channel, Description, Kind, NativeType, Part, Protocol, Range, Reading, Refusal, ScalarKind, Value,
};

use super::decision::{Principal, ReadDecision, ReadRequest, RuleRef, Violation, WriteRequest, WriteRuling};
use super::judge;
use super::node::{Entry, Keys, Node, NodeKind, Scalar};
use super::rules::Policy;
use super::source::{Findings, MAX_SOURCE, Place, PolicyErrors, cut, suggestion};
use super::yaml;

/// A file of questions.
#[derive(Debug)]
pub struct PolicyTest {
    cases: Vec<Case>,
}

#[derive(Debug)]
struct Case {
    place: Place,
    principal: Principal,
    write: bool,
    channel: Result<Channel, String>,
    value: Option<Value>,
    present: Option<Value>,
    machine: Vec<(String, Value)>,
    description: Description,
    now: Timestamp,
    expect: Option<Refusal>,
    by: Option<String>,
}

/// An answer that was not expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The question.
    pub place: Place,
    /// What was expected, and what came.
    pub message: String,
}

const KEYS: [&str; 12] =
    ["who", "roles", "read", "write", "protocol", "value", "present", "machine", "at", "device", "expect", "by"];

impl PolicyTest {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once.
    pub fn read(name: &str, text: &str) -> Result<Self, PolicyErrors> {
        let mut findings = Findings::new(name);
        let mut cases = Vec::new();
        if text.len() > MAX_SOURCE {
            findings.error(1, "too large");
        } else {
            match yaml::read(text) {
                Ok(Some(Node { kind: NodeKind::List(nodes), .. })) => {
                    cases.extend(nodes.iter().filter_map(|node| case(node, &mut findings)));
                }
                Ok(node) => findings.error(node.map_or(1, |node| node.line), "tests are a list of questions"),
                Err((line, message)) => findings.error(line, message),
            }
        }
        if findings.errors.is_empty() { Ok(Self { cases }) } else { Err(PolicyErrors { problems: findings.errors }) }
    }

    /// How many questions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Asks all questions.
    #[must_use]
    pub fn run(&self, policy: &Policy) -> Vec<Failure> {
        self.cases.iter().filter_map(|case| case.run(policy)).collect()
    }
}

impl Case {
    fn run(&self, policy: &Policy) -> Option<Failure> {
        let (refusal, rule, message) = match self.answer(policy) {
            Ok(rule) => (None, rule, String::new()),
            Err(violation) => (Some(violation.refusal), violation.rule, violation.message),
        };
        let word = |refusal: Option<Refusal>| refusal.map_or("allowed".to_owned(), Refusal::word);
        let by = rule.as_ref().map(|rule| rule.name.to_string());
        let fail = |message: String| Some(Failure { place: self.place.clone(), message });
        if refusal != self.expect {
            let why = if message.is_empty() { rule.map(|rule| rule.to_string()).unwrap_or_default() } else { message };
            return fail(format!("expected {}, got {}: {why}", word(self.expect), word(refusal)));
        }
        match (&self.by, by) {
            (Some(expected), got) if got.as_ref() != Some(expected) => fail(format!(
                "expected `{expected}` to decide, but it was {}",
                got.map_or("no rule".to_owned(), |got| format!("`{got}`"))
            )),
            _ => None,
        }
    }

    fn answer(&self, policy: &Policy) -> Result<Option<RuleRef>, Violation> {
        let channel = match &self.channel {
            Ok(channel) => channel,
            Err(message) => return Err(Violation::new(Refusal::InvalidChannel, message.clone(), None)),
        };
        let principal = &self.principal;
        if !self.write {
            return match policy.read(&ReadRequest { channel, principal }) {
                ReadDecision::Refused(violation) => Err(violation),
                ReadDecision::Allowed(rules) => Ok(rules.rule),
            };
        }
        let rules = match policy.write(&WriteRequest { channel, principal, now: self.now }) {
            WriteRuling::Refused(violation) => return Err(violation),
            WriteRuling::Allowed(rules) => rules,
        };
        // A channel that the test says nothing about leaves its condition open.
        for condition in &rules.conditions {
            let Some((_, value)) = self.machine.iter().find(|(name, _)| *name == condition.channel.name()) else {
                continue;
            };
            let time = (self.now.as_second(), 0);
            if let Err(message) = condition.holds(&Reading::of(value.clone(), time), &[], self.now) {
                return Err(rules.violation(Refusal::MachineState, message, Some(&condition.by)));
            }
        }
        if !self.description.writable {
            let message = format!("{channel}: the control system does not let it be written");
            return Err(rules.violation(Refusal::NotWritable, message, None));
        }
        if let Some(value) = &self.value {
            let native = judge::value(&rules, &self.description, value)?;
            if let Some(present) = &self.present {
                judge::step(&rules, &self.description, &native, present)?;
            }
        }
        Ok(Some(rules.rule))
    }
}

fn case(node: &Node, findings: &mut Findings) -> Option<Case> {
    let keys = Keys::of(node, "a question", &KEYS, findings)?;
    let text =
        |key: &str, findings: &mut Findings| keys.get(key).and_then(|entry| entry.text(findings).map(str::to_owned));
    let name = text("who", findings).unwrap_or_default();
    let roles = keys.get("roles").map(|entry| entry.texts(findings)).unwrap_or_default();
    let roles = roles.into_iter().map(|(_, role)| role.to_owned()).collect();
    let (entry, write) = match (keys.get("write"), keys.get("read")) {
        (Some(entry), None) => (entry, true),
        (None, Some(entry)) => (entry, false),
        _ => {
            findings.error(node.line, "a question has one of `write` and `read`, with a channel");
            return None;
        }
    };
    let address = entry.text(findings)?;
    let protocols = [("ca", Protocol::Ca), ("pva", Protocol::Pva), ("tango", Protocol::Tango)];
    let guess = if address.matches('/').count() >= 3 { Protocol::Tango } else { Protocol::Ca };
    let protocol = keys.get("protocol").and_then(|entry| entry.word(&protocols, findings)).unwrap_or(guess);
    let channel = Channel::parse(protocol, address).map_err(|error| error.to_string());
    let mut one = |key: &str| keys.get(key).and_then(|entry| value(&entry.value, findings));
    let (sent, present) = (one("value"), one("present"));
    let mut machine = Vec::new();
    if let Some(Entry { value: Node { kind: NodeKind::Map(entries), .. }, .. }) = keys.get("machine") {
        for entry in entries {
            let guess = if entry.key.matches('/').count() >= 3 { Protocol::Tango } else { Protocol::Ca };
            let name = Channel::parse(guess, &entry.key).map_or(entry.key.clone(), |channel| channel.name().to_owned());
            machine.extend(value(&entry.value, findings).map(|value| (name, value)));
        }
    } else if let Some(entry) = keys.get("machine") {
        findings.error(entry.line, "`machine` should be a mapping from channels to values");
    }
    let now = match text("at", findings) {
        None => Timestamp::UNIX_EPOCH,
        Some(text) => match text.parse() {
            Ok(now) => now,
            Err(_) => {
                findings.error(node.line, format!("`{}` is no time such as 2026-01-31T12:00:00+01:00", cut(&text)));
                return None;
            }
        },
    };
    let mut description = device(keys.get("device"), sent.as_ref(), findings)?;
    if channel.as_ref().is_ok_and(|channel| channel.part() == Part::Command) {
        description.argument = Some(description.native.clone());
    }
    let Some(entry) = keys.get("expect") else {
        findings.error(node.line, "a question has no `expect`: `allowed`, or a refusal such as MAX_EXCEEDED");
        return None;
    };
    let word = entry.text(findings)?;
    let expect = if word == "allowed" {
        None
    } else {
        match serde_json::from_value(serde_json::Value::from(word)) {
            Ok(refusal) => Some(refusal),
            Err(_) => {
                let known = [
                    "allowed",
                    "INVALID_CHANNEL",
                    "UNLISTED_CHANNEL",
                    "FORBIDDEN",
                    "READ_ONLY_CHANNEL",
                    "UNLISTED_FIELD",
                    "OUTSIDE_TIME_WINDOW",
                    "MACHINE_STATE",
                    "NOT_WRITABLE",
                    "WRONG_TYPE",
                    "NOT_FINITE",
                    "TOO_LONG",
                    "MIN_EXCEEDED",
                    "MAX_EXCEEDED",
                    "MAX_STEP_EXCEEDED",
                    "STEP_CHECK_FAILED",
                    "NO_LIMITS",
                ];
                findings.error_with(entry.line, format!("`{}` is no answer", cut(word)), suggestion(word, &known));
                return None;
            }
        }
    };
    let by = text("by", findings);
    let principal = Principal { name, roles };
    let place = findings.place(node.line);
    Some(Case { place, principal, write, channel, value: sent, present, machine, description, now, expect, by })
}

/// A value as YAML has it: whole numbers are integers, what has a point or an exponent is not.
fn value(node: &Node, findings: &mut Findings) -> Option<Value> {
    match &node.kind {
        NodeKind::Scalar { text, plain } => Some(match node.scalar()? {
            Scalar::Null => Value::None,
            Scalar::Bool(truth) => Value::Bool(truth),
            Scalar::Number(number) => match text.parse::<i64>() {
                Ok(whole) if *plain => Value::Int(i128::from(whole)),
                _ => Value::Float(number),
            },
            Scalar::Text(text) => Value::Text(text),
        }),
        NodeKind::List(items) => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| match item.scalar() {
                    Some(Scalar::Text(text)) => Some(text),
                    _ => None,
                })
                .collect();
            if let Some(texts) = texts.filter(|texts| !texts.is_empty()) {
                return Some(Value::Texts(texts));
            }
            let numbers: Option<Vec<f64>> = items
                .iter()
                .map(|item| match item.scalar() {
                    Some(Scalar::Number(number)) => Some(number),
                    _ => None,
                })
                .collect();
            if numbers.is_none() {
                findings.error(node.line, "a list of values has numbers only, or texts only");
            }
            numbers.map(|numbers| Value::Array(Array::of_doubles(&numbers)))
        }
        NodeKind::Map(_) => {
            findings.error(node.line, "a value is no mapping");
            None
        }
    }
}

/// What the device would say: `{type: double, length: 10, min: 0, max: 5, unit: A, labels: [Off, On]}`.
fn device(entry: Option<&Entry>, sent: Option<&Value>, findings: &mut Findings) -> Option<Description> {
    let length = match sent {
        Some(Value::Array(array)) => vec![array.len()],
        Some(Value::Texts(texts)) => vec![texts.len()],
        _ => Vec::new(),
    };
    let native = |kind, shape| Description::of(NativeType { kind, shape, name: String::new() });
    let guess = match sent {
        Some(Value::Text(_) | Value::Texts(_)) => Kind::Text,
        _ => Kind::Number(ScalarKind::F64),
    };
    let Some(entry) = entry else { return Some(native(guess, length)) };
    let keys =
        Keys::of(&entry.value, "`device`", &["type", "length", "min", "max", "unit", "labels", "writable"], findings)?;
    let kinds = [
        ("double", Kind::Number(ScalarKind::F64)),
        ("float", Kind::Number(ScalarKind::F32)),
        ("bool", Kind::Number(ScalarKind::Bool)),
        ("i8", Kind::Number(ScalarKind::I8)),
        ("u8", Kind::Number(ScalarKind::U8)),
        ("i16", Kind::Number(ScalarKind::I16)),
        ("u16", Kind::Number(ScalarKind::U16)),
        ("i32", Kind::Number(ScalarKind::I32)),
        ("u32", Kind::Number(ScalarKind::U32)),
        ("i64", Kind::Number(ScalarKind::I64)),
        ("u64", Kind::Number(ScalarKind::U64)),
        ("text", Kind::Text),
        ("enum", Kind::Enum),
        ("structure", Kind::Structure),
        ("nothing", Kind::None),
    ];
    let labels = keys.get("labels").map(|entry| entry.texts(findings)).unwrap_or_default();
    let kind = match keys.get("type") {
        Some(entry) => entry.word(&kinds, findings)?,
        None if !labels.is_empty() => Kind::Enum,
        None => guess,
    };
    let shape = match keys.get("length") {
        Some(entry) => vec![entry.count(findings)?],
        None => length,
    };
    let mut device = native(kind, shape);
    let mut number = |key: &str| keys.get(key).and_then(|entry| entry.number(findings));
    device.control = Range { low: number("min"), high: number("max") };
    device.labels = labels.into_iter().map(|(_, label)| label.to_owned()).collect();
    if let Some(entry) = keys.get("unit") {
        entry.text(findings)?.clone_into(&mut device.unit);
    }
    if let Some(entry) = keys.get("writable") {
        device.writable = entry.truth(findings)?;
    }
    Some(device)
}

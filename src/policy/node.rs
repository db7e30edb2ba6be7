//! [`Node`]: a text's tree with a line at every key and value, so that whatever is wrong can say where it is.

use super::source::{Findings, suggestion};

/// Deepest nesting; a policy needs seven levels.
pub(super) const MAX_DEPTH: usize = 32;
/// Most values in one source.
pub(super) const MAX_NODES: usize = 2_000_000;

/// A value and the line on which it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub line: usize,
    pub kind: NodeKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum NodeKind {
    /// A scalar; a plain one may be a number, a truth value or nothing, a quoted one is text.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the text, without duplicates.
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub key: String,
    pub line: usize,
    pub value: Node,
}

/// What a plain scalar is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Node {
    /// What it is, for messages.
    pub(super) fn kind_name(&self) -> &'static str {
        match (&self.kind, self.scalar()) {
            (NodeKind::List(_), _) => "a list",
            (NodeKind::Map(_), _) => "a mapping",
            (_, Some(Scalar::Null)) => "nothing",
            (_, Some(Scalar::Bool(_))) => "a truth value",
            (_, Some(Scalar::Number(_))) => "a number",
            _ => "a text",
        }
    }

    pub(super) fn scalar(&self) -> Option<Scalar> {
        let NodeKind::Scalar { text, plain } = &self.kind else { return None };
        if !plain {
            return Some(Scalar::Text(text.clone()));
        }
        Some(match text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
            "true" | "True" | "TRUE" => Scalar::Bool(true),
            "false" | "False" | "FALSE" => Scalar::Bool(false),
            text => number(text).map_or_else(|| Scalar::Text(text.to_owned()), Scalar::Number),
        })
    }
}

/// A plain scalar as a number: YAML's core schema, and the words that JSON writers use for what is no number.
fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" | "Infinity" => {
            return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        ".nan" | ".NaN" | ".NAN" | "NaN" => return Some(f64::NAN),
        _ => {}
    }
    let starts_well = unsigned.starts_with(|c: char| c.is_ascii_digit())
        || unsigned.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let plain = unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if starts_well && plain { text.parse().ok() } else { None }
}

/// A mapping that is being read: every key has to be asked for, what is left over is unknown.
#[derive(Debug)]
pub(super) struct Keys<'n> {
    entries: &'n [Entry],
    line: usize,
}

impl<'n> Keys<'n> {
    /// Reads a mapping with these keys; the rest is said to be unknown. `what` stands in messages.
    pub(super) fn of(node: &'n Node, what: &str, known: &[&str], findings: &mut Findings) -> Option<Self> {
        let NodeKind::Map(entries) = &node.kind else {
            findings.error(node.line, format!("{what} is {}, but should be a mapping", node.kind_name()));
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let help = match entry.key.as_str() {
                "<<" => "merge keys are not read; put what is common in `defaults`".to_owned(),
                "writable" => "say `access: write` or `access: read`".to_owned(),
                "min_value" if known.contains(&"min") => "did you mean `min`?".to_owned(),
                "max_value" if known.contains(&"max") => "did you mean `max`?".to_owned(),
                key => suggestion(key, known),
            };
            let key = super::source::cut(&entry.key);
            findings.error_with(entry.line, format!("{what} has no key `{key}`"), help);
        }
        Some(Self { entries, line: node.line })
    }

    pub(super) fn get(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }
}

impl Entry {
    fn wrong(&self, findings: &mut Findings, expected: &str) {
        if self.value.scalar() == Some(Scalar::Null) {
            findings.error_with(
                self.value.line,
                format!("`{}` has no value, but should be {expected}", self.key),
                "leave the key out, or give it a value".to_owned(),
            );
        } else {
            let kind = self.value.kind_name();
            findings.error(self.value.line, format!("`{}` is {kind}, but should be {expected}", self.key));
        }
    }

    /// A text; a plain number or truth value is taken as it is written.
    pub(super) fn text(&self, findings: &mut Findings) -> Option<&str> {
        let text = text_of(&self.value);
        if text.is_none() {
            self.wrong(findings, "a text");
        }
        text
    }

    /// A finite number.
    pub(super) fn number(&self, findings: &mut Findings) -> Option<f64> {
        match self.value.scalar() {
            Some(Scalar::Number(number)) if number.is_finite() => Some(number),
            Some(Scalar::Number(_)) => {
                findings.error(self.value.line, format!("`{}` should be a finite number", self.key));
                None
            }
            _ => {
                self.wrong(findings, "a number");
                None
            }
        }
    }

    /// A whole number from 1.
    pub(super) fn count(&self, findings: &mut Findings) -> Option<usize> {
        let number = self.number(findings)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
        if number.fract() == 0.0 && (1.0..=1e15).contains(&number) {
            Some(number as usize)
        } else {
            findings.error(self.value.line, format!("`{}` should be a whole number from 1", self.key));
            None
        }
    }

    /// `true` or `false`.
    pub(super) fn truth(&self, findings: &mut Findings) -> Option<bool> {
        match self.value.scalar() {
            Some(Scalar::Bool(truth)) => Some(truth),
            _ => {
                self.wrong(findings, "true or false");
                None
            }
        }
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)], findings: &mut Findings) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let text = self.text(findings)?;
        let found = words.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            findings.error_with(
                self.value.line,
                format!("`{}` cannot be `{}`", self.key, super::source::cut(text)),
                suggestion(text, &names),
            );
        }
        found
    }

    /// A list of texts with their lines; a single text is a list of one.
    pub(super) fn texts(&self, findings: &mut Findings) -> Vec<(usize, &str)> {
        let NodeKind::List(items) = &self.value.kind else {
            return self.text(findings).map(|text| vec![(self.value.line, text)]).unwrap_or_default();
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match text_of(item) {
                Some(text) => texts.push((item.line, text)),
                None => findings.error(item.line, format!("`{}` has {} among its texts", self.key, item.kind_name())),
            }
        }
        texts
    }
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar { .. } if node.scalar() == Some(Scalar::Null) => None,
        NodeKind::Scalar { text, .. } => Some(text),
        NodeKind::List(_) | NodeKind::Map(_) => None,
    }
}

/// What is still open while a text is read, for readers that go through it once.
#[derive(Debug, Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    pub(super) root: Option<Node>,
    nodes: usize,
}

#[derive(Debug)]
struct Open {
    line: usize,
    map: bool,
    items: Vec<Node>,
    entries: Vec<Entry>,
    keys: rustc_hash::FxHashMap<String, usize>,
    key: Option<(String, usize)>,
}

impl Builder {
    pub(super) fn open(&mut self, line: usize, map: bool) -> Result<(), (usize, String)> {
        if self.expects_key() {
            return Err((line, "a key should be a text".to_owned()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err((line, format!("more than {MAX_DEPTH} levels")));
        }
        let keys = rustc_hash::FxHashMap::default();
        self.open.push(Open { line, map, items: Vec::new(), entries: Vec::new(), keys, key: None });
        Ok(())
    }

    pub(super) fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.map && open.key.is_none())
    }

    pub(super) fn scalar(&mut self, line: usize, text: String, plain: bool) -> Result<(), (usize, String)> {
        if self.expects_key() {
            let Some(open) = self.open.last_mut() else { return Ok(()) };
            if let Some(first) = open.keys.insert(text.clone(), line) {
                return Err((
                    line,
                    format!("the key `{}` is there twice; first on line {first}", super::source::cut(&text)),
                ));
            }
            open.key = Some((text, line));
            return Ok(());
        }
        self.put(Node { line, kind: NodeKind::Scalar { text, plain } })
    }

    pub(super) fn close(&mut self) -> Result<(), (usize, String)> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let kind = if open.map { NodeKind::Map(open.entries) } else { NodeKind::List(open.items) };
        self.put(Node { line: open.line, kind })
    }

    fn put(&mut self, node: Node) -> Result<(), (usize, String)> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err((node.line, format!("more than {MAX_NODES} values")));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(open) if open.map => {
                if let Some((key, line)) = open.key.take() {
                    open.entries.push(Entry { key, line, value: node });
                }
            }
            Some(open) => open.items.push(node),
        }
        Ok(())
    }
}

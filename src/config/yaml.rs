//! [`read`]: a YAML text's tree with a place at every key and value, so that whatever is wrong can say where it is.
//!
//! Anchors and aliases are read, since Osprey reads them; what they may add is bounded, as are depth, size and lines.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// Most bytes of a text.
pub const MAX_BYTES: usize = 16 << 20;
/// Longest line: the scanner keeps a line as long as it may still turn out to be a key.
const MAX_LINE: usize = 64 << 10;
/// Deepest nesting.
const MAX_DEPTH: usize = 64;
/// Most values, those that aliases repeat included.
const MAX_NODES: usize = 500_000;
/// Most bytes of text that aliases repeat.
const MAX_REPEATED: usize = 1 << 20;

/// Where something stands: from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// How many characters of that line it takes, at least 1.
    pub length: usize,
}

impl Spot {
    /// The beginning of a text.
    pub const START: Self = Self { line: 1, column: 1, length: 1 };
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub at: Spot,
    /// Whether it has a tag (`!name`), or has something tagged below it.
    pub tagged: bool,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// A plain scalar may be a number, a truth value or nothing; any other is text.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the text, doubled keys and all.
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub key: String,
    pub at: Spot,
    pub value: Node,
}

/// What is no YAML, or too much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub at: Spot,
    pub message: String,
}

fn broken(at: Spot, message: impl Into<String>) -> Broken {
    Broken { at, message: message.into() }
}

impl Node {
    /// Whether it is nothing: an empty value, `~` or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match &self.content {
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
            Content::Scalar { .. } if self.is_null() => "nothing",
            Content::Scalar { text, plain: true } if truth(text).is_some() => "a truth value",
            Content::Scalar { text, plain: true } if number(text).is_some() => "a number",
            Content::Scalar { .. } => "a text",
        }
    }

    /// Values and bytes of text in it.
    fn size(&self) -> (usize, usize) {
        let add = |(nodes, bytes): (usize, usize), more: (usize, usize)| (nodes + more.0, bytes + more.1);
        match &self.content {
            Content::Scalar { text, .. } => (1, text.len()),
            Content::List(items) => items.iter().map(Self::size).fold((1, 0), add),
            Content::Map(entries) => {
                entries.iter().map(|entry| add((0, entry.key.len()), entry.value.size())).fold((1, 0), add)
            }
        }
    }
}

/// YAML 1.2's truth values: `no` and `off` are texts.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A plain scalar as a finite number, in decimal.
pub(super) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first = unsigned.strip_prefix('.').unwrap_or(unsigned);
    let plain = unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !plain || !first.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads one document; `None` if there is nothing in it.
pub(super) fn read(text: &str) -> Result<Option<Node>, Broken> {
    if text.len() > MAX_BYTES {
        return Err(broken(Spot::START, format!("the file has more than {} MiB", MAX_BYTES >> 20)));
    }
    if let Some(at) = text.lines().position(|line| line.len() > MAX_LINE) {
        return Err(broken(Spot { line: at + 1, ..Spot::START }, format!("a line of more than {MAX_LINE} bytes")));
    }
    let mut tree = Tree::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            // The end of a text is beyond its last line.
            let line = marker.line().clamp(1, lines(text).max(1));
            let column = if line == marker.line() { marker.col() + 1 } else { 1 };
            broken(Spot { line, column, length: 1 }, format!("this is no YAML: {}", error.info()))
        })?;
        let at = spot(&span);
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(broken(at, "a second document; a configuration is one"));
                }
            }
            Event::Alias(anchor) => tree.alias(at, anchor)?,
            Event::Scalar(text, style, anchor, tag) => {
                tree.scalar(at, text.into_owned(), style == ScalarStyle::Plain, anchor, tag.is_some())?;
            }
            Event::SequenceStart(anchor, tag) => tree.open(at, anchor, tag.is_some(), Content::List(Vec::new()))?,
            Event::MappingStart(anchor, tag) => tree.open(at, anchor, tag.is_some(), Content::Map(Vec::new()))?,
            Event::SequenceEnd | Event::MappingEnd => tree.close()?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    Ok(tree.root)
}

/// Lines as YAML counts them.
fn lines(text: &str) -> usize {
    text.replace("\r\n", "\n").replace('\r', "\n").lines().count()
}

fn spot(span: &Span) -> Spot {
    let length = if span.start.line() == span.end.line() { span.end.col().saturating_sub(span.start.col()) } else { 1 };
    Spot { line: span.start.line().max(1), column: span.start.col() + 1, length: length.max(1) }
}

/// What is still open while a text is read.
#[derive(Debug, Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    repeated: usize,
}

#[derive(Debug)]
struct Open {
    node: Node,
    anchor: usize,
    key: Option<(String, Spot)>,
}

impl Tree {
    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.node.content, Content::Map(_)) && open.key.is_none())
    }

    fn open(&mut self, at: Spot, anchor: usize, tagged: bool, content: Content) -> Result<(), Broken> {
        if self.expects_key() {
            return Err(broken(at, "a key should be a text"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(broken(at, format!("more than {MAX_DEPTH} levels")));
        }
        self.open.push(Open { node: Node { at, tagged, content }, anchor, key: None });
        Ok(())
    }

    fn scalar(&mut self, at: Spot, text: String, plain: bool, anchor: usize, tagged: bool) -> Result<(), Broken> {
        if self.expects_key() {
            if let Some(open) = self.open.last_mut() {
                open.key = Some((text, at));
            }
            return Ok(());
        }
        self.put(Node { at, tagged, content: Content::Scalar { text, plain } }, anchor)
    }

    fn alias(&mut self, at: Spot, anchor: usize) -> Result<(), Broken> {
        if self.expects_key() {
            return Err(broken(at, "a key should be a text, not an alias"));
        }
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(broken(at, "an alias for something that holds it"));
        };
        let (nodes, bytes) = node.size();
        self.nodes += nodes;
        self.repeated += bytes;
        if self.repeated > MAX_REPEATED || self.nodes > MAX_NODES {
            return Err(broken(at, "aliases repeat too much"));
        }
        let depth = self.open.len() + depth(node);
        if depth > MAX_DEPTH {
            return Err(broken(at, format!("more than {MAX_DEPTH} levels")));
        }
        let node = node.clone();
        self.put(node, 0)
    }

    fn close(&mut self) -> Result<(), Broken> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        self.put(open.node, open.anchor)
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Broken> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(broken(node.at, format!("more than {MAX_NODES} values")));
        }
        if anchor != 0 {
            let (nodes, bytes) = node.size();
            self.nodes += nodes;
            self.repeated += bytes;
            if self.repeated > MAX_REPEATED || self.nodes > MAX_NODES {
                return Err(broken(node.at, "what has an anchor is too large"));
            }
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.node.tagged |= node.tagged;
        match &mut open.node.content {
            Content::Map(entries) => {
                if let Some((key, at)) = open.key.take() {
                    entries.push(Entry { key, at, value: node });
                }
            }
            Content::List(items) => items.push(node),
            Content::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn depth(node: &Node) -> usize {
    let below = match &node.content {
        Content::Scalar { .. } => None,
        Content::List(items) => items.iter().map(depth).max(),
        Content::Map(entries) => entries.iter().map(|entry| depth(&entry.value)).max(),
    };
    below.map_or(0, |below| below + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(node: &Node) -> &[Entry] {
        let Content::Map(entries) = &node.content else { panic!("{node:?}") };
        entries
    }

    #[test]
    fn places_are_those_of_the_text() {
        let node = read("# a\nä: 1\nb:\n  - x\n  - 'yy': [1,\n     2]\n").unwrap().unwrap();
        let [first, second] = map(&node) else { panic!() };
        assert_eq!(first.at, Spot { line: 2, column: 1, length: 1 });
        assert_eq!(first.value.at, Spot { line: 2, column: 4, length: 1 });
        let Content::List(items) = &second.value.content else { panic!() };
        assert_eq!((items[0].at.line, items[0].at.column), (4, 5));
        assert_eq!(map(&items[1])[0].at, Spot { line: 5, column: 5, length: 4 });
    }

    #[test]
    fn aliases_stand_for_what_they_name() {
        let node = read("a: &x {k: [1]}\nb: *x\n").unwrap().unwrap();
        assert_eq!(map(&node)[0].value, map(&node)[1].value);
        assert!(read("a: &x [*x]\n").is_err());
        assert!(read("a: *nobody\n").is_err());
    }

    #[test]
    fn what_grows_is_stopped() {
        use std::fmt::Write as _;

        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..20 {
            let list = vec![format!("*a{}", n - 1); 10].join(", ");
            writeln!(bomb, "a{n}: &a{n} [{list}]").unwrap();
        }
        assert!(read(&bomb).unwrap_err().message.contains("too "));
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(60_000), vec!["*a"; 1000].join(", "));
        assert!(read(&long).unwrap_err().message.contains("aliases repeat too much"));
        assert!(read(&"[".repeat(60_000)).is_err());
        assert!(read(&"- ".repeat(100)).unwrap_err().message.contains("levels"));
        assert!(read(&"- ".repeat(30_000)).is_err());
        assert!(read(&"{a: ".repeat(15_000)).is_err());
        assert!(read(&" ".repeat(MAX_BYTES + 1)).unwrap_err().message.contains("16 MiB"));
        assert!(read(&"a".repeat(100_000)).unwrap_err().message.contains("a line of"));
        assert!(read("--- 1\n--- 2\n").unwrap_err().message.contains("second document"));
        assert!(read("? [a]\n: 1\n").is_err());
        assert_eq!(read("# nothing\n"), Ok(None));
    }

    #[test]
    fn numbers_and_truth_values_are_those_of_yaml_1_2() {
        for (text, is) in
            [("1", Some(1.0)), ("-2.5e3", Some(-2500.0)), (".5", Some(0.5)), ("1_000", None), ("0x10", None)]
        {
            assert_eq!(number(text), is, "{text}");
        }
        assert_eq!((truth("True"), truth("no"), truth("on")), (Some(true), None, None));
    }
}

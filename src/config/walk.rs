//! [`Walk`]: holds what a file says against the tables. Everything that is wrong is noted, and reading goes on after it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::control_system::expand;
use super::held::{Held, Holds, join};
use super::keys::{Effect, Key, Kind, Others, misspelt, nearest};
use super::problem::{Note, NoteKind, Origin, Place, Problem, cut};
use super::scalar;
use super::value::Unset;
use super::yaml::{self, Content, Entry, Node, Spot};

/// Most problems that are kept: nobody reads more, and a generated file may have one in every line.
const MAX_PROBLEMS: usize = 1000;

/// A setting from elsewhere than the file, which goes before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The key, dotted: `execution.execution_method`.
    pub key: String,
    /// The value, as it would stand in the file.
    pub value: String,
    /// Who says so: [`Place::Flag`] or [`Place::Variable`].
    pub place: Place,
}

/// What is going on.
pub(super) struct Walk<'a> {
    pub file: Arc<str>,
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    pub overrides: &'a [Override],
    pub problems: Vec<Problem>,
    pub notes: Vec<Note>,
    /// Which places of the text hold variables for values that other readers read, and the values.
    pub replaced: Vec<(Spot, String)>,
}

/// A value on its way: where it stands and whether a variable in it may be missing.
#[derive(Clone, Copy)]
struct At<'a> {
    path: &'a str,
    place: &'a Place,
    late: bool,
}

impl Walk<'_> {
    pub(super) fn place(&self, spot: Spot) -> Place {
        Place::File { file: Arc::clone(&self.file), spot }
    }

    pub(super) fn problem(&mut self, place: Place, key: &str, message: String, help: Option<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { place, key: key.to_owned(), message, help });
        }
    }

    pub(super) fn note(&mut self, kind: NoteKind, place: Place, key: &str, message: String) {
        if self.notes.len() < MAX_PROBLEMS {
            self.notes.push(Note { kind, place, key: key.to_owned(), message });
        }
    }

    /// The keys of a section that stands at `spot`.
    pub(super) fn section(
        &mut self,
        path: &str,
        keys: &'static [Key],
        others: Others,
        given: &[&Entry],
        late: bool,
        spot: Spot,
    ) -> Vec<Held> {
        let mut first: HashMap<&str, &Entry> = HashMap::new();
        let mut named: Vec<&Entry> = Vec::new();
        for entry in given {
            let key = join(path, &entry.key);
            if let Some(earlier) = first.get(entry.key.as_str()) {
                let message = format!("the key is there twice; first on line {}", earlier.at.line);
                self.problem(self.place(entry.at), &key, message, None);
                continue;
            }
            first.insert(&entry.key, entry);
            if keys.iter().any(|known| known.name == entry.key) {
                continue;
            }
            match others {
                Others::Each(_) => named.push(entry),
                Others::Refused => self.unknown(path, entry, keys),
                Others::NotOurs => match keys.iter().find(|known| misspelt(&entry.key, known.name)) {
                    Some(known) => {
                        let help = format!("did you mean `{}`?", known.name);
                        self.problem(self.place(entry.at), &key, "there is no such key".to_owned(), Some(help));
                    }
                    None => self.note(
                        NoteKind::NotOurs,
                        self.place(entry.at),
                        &key,
                        "it is not Aerie's; left alone".to_owned(),
                    ),
                },
            }
        }
        let mut held = Vec::with_capacity(keys.len() + named.len());
        for key in keys {
            let entry = first.get(key.name).copied();
            let path = join(path, key.name);
            if key.required && entry.is_none_or(|entry| entry.value.is_null()) {
                let at = entry.map_or(spot, |entry| entry.at);
                self.problem(
                    self.place(at),
                    &path,
                    "it is missing".to_owned(),
                    Some(format!("give {}", key.kind.expected())),
                );
                continue;
            }
            held.push(self.key(&path, key, entry, late || key.late));
        }
        if let Others::Each(kind) = others {
            for entry in named {
                let (path, place) = (join(path, &entry.key), self.place(entry.at));
                let (holds, variables) =
                    self.value(At { path: &path, place: &place, late }, &entry.key, kind, &entry.value);
                let origin = Origin::Said { place, variables };
                held.push(Held { name: entry.key.clone(), key: None, origin, holds });
            }
        }
        held
    }

    fn unknown(&mut self, path: &str, entry: &Entry, keys: &[Key]) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let help = match nearest(&entry.key, keys.iter().map(|key| key.name)) {
            _ if entry.key == "<<" => "merge keys are not read; write it out".to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
                format!("possible here: {}", names.join(", "))
            }
        };
        let key = join(path, &entry.key);
        self.problem(self.place(entry.at), &key, "there is no such key".to_owned(), Some(help));
    }

    fn key(&mut self, path: &str, key: &'static Key, entry: Option<&Entry>, late: bool) -> Held {
        let held = |origin, holds| Held { name: key.name.to_owned(), key: Some(key), origin, holds };
        let overridden = self.overrides.iter().rev().find(|over| over.key == path);
        if let Some(over) = overridden {
            let content = Content::Scalar { text: over.value.clone(), plain: !key.kind.is_text() };
            let node = Node { at: Spot::START, tagged: false, content };
            let at = At { path, place: &over.place, late: false };
            let (holds, variables) = self.value(at, key.name, &key.kind, &node);
            return held(Origin::Said { place: over.place.clone(), variables }, holds);
        }
        let below =
            || self.overrides.iter().any(|over| over.key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
        let is_section = matches!(key.kind, Kind::Section { .. });
        if let Some(entry) = entry {
            if !entry.value.is_null() || matches!(key.kind, Kind::Free { .. }) {
                let place = self.place(entry.at);
                self.effect(path, key, &place);
                let value_place = self.place(entry.value.at);
                let (holds, variables) =
                    self.value(At { path, place: &value_place, late }, key.name, &key.kind, &entry.value);
                return held(Origin::Said { place, variables }, holds);
            }
            // A section whose lines are all commented out, and an optional value that is `null`, say nothing.
            if !is_section && key.default.is_some() {
                let help = format!("leave the key out, or give {}", key.kind.expected());
                self.problem(self.place(entry.at), path, "it has no value".to_owned(), Some(help));
                return held(Origin::Default, Holds::Nothing);
            }
        }
        let default = key.default.or(if is_section && below() { Some("{}") } else { None });
        let node = default.and_then(|text| yaml::read(text).ok().flatten());
        let Some(node) = node else { return held(Origin::Default, Holds::Nothing) };
        let place = self.place(Spot::START);
        let (holds, _) = self.value(At { path, place: &place, late }, key.name, &key.kind, &node);
        held(Origin::Default, holds)
    }

    fn effect(&mut self, path: &str, key: &Key, place: &Place) {
        let (kind, message) = match key.effect {
            Effect::Works | Effect::For(_) => return,
            Effect::Nothing(why) => (NoteKind::NoEffect, format!("it has no effect here: {why}")),
            Effect::Older(new) => (NoteKind::Older, format!("an older spelling; write `{new}`")),
        };
        self.note(kind, place.clone(), path, message);
    }

    fn value(&mut self, at: At<'_>, name: &str, kind: &Kind, node: &Node) -> (Holds, Vec<String>) {
        let spot = node.at;
        match (kind, &node.content) {
            (Kind::Section { keys, others }, Content::Map(entries)) => {
                let entries: Vec<&Entry> = entries.iter().collect();
                (Holds::Section(self.section(at.path, keys, *others, &entries, at.late, spot)), Vec::new())
            }
            (Kind::Section { keys, others }, Content::Scalar { .. }) if node.is_null() => {
                (Holds::Section(self.section(at.path, keys, *others, &[], at.late, spot)), Vec::new())
            }
            (Kind::List(of), Content::List(items)) => self.list(at, name, of, items),
            (Kind::Free { .. }, _) => self.free(at, name, kind, node),
            (Kind::List(_) | Kind::Section { .. }, _) | (_, Content::List(_) | Content::Map(_)) => {
                let message = format!("it is {}, but should be {}", node.kind(), kind.expected());
                self.problem(at.place.clone(), at.path, message, None);
                (Holds::Nothing, Vec::new())
            }
            (_, Content::Scalar { text, plain }) => {
                if node.tagged {
                    self.problem(at.place.clone(), at.path, "tags (`!name`) are not read".to_owned(), None);
                    return (Holds::Nothing, Vec::new());
                }
                self.scalar(at, name, kind, node, text, *plain)
            }
        }
    }

    fn list(&mut self, at: At<'_>, name: &str, of: &Kind, items: &[Node]) -> (Holds, Vec<String>) {
        let (mut typed, mut shown, mut variables, mut missing) = (Vec::new(), Vec::new(), Vec::new(), None);
        for (number, item) in items.iter().enumerate() {
            let (path, place) = (format!("{}[{number}]", at.path), self.place(item.at));
            let (holds, used) = self.value(At { path: &path, place: &place, ..at }, name, of, item);
            variables.extend(used);
            let held = Held { name: String::new(), key: None, origin: Origin::Default, holds };
            match &held.holds {
                Holds::Unset { unset, shown: text } => {
                    shown.push(text.clone().into());
                    missing.get_or_insert_with(|| unset.clone());
                }
                Holds::Value { shown: value, .. } => shown.push(value.clone()),
                Holds::Section(_) => shown.extend(held.value()),
                Holds::Nothing => {}
            }
            typed.extend(held.value());
        }
        let shown = serde_json::Value::Array(shown);
        match missing {
            Some(unset) => (Holds::Unset { unset, shown: shown.to_string() }, variables),
            None => (Holds::Value { typed: typed.into(), shown }, variables),
        }
    }

    fn free(&mut self, at: At<'_>, name: &str, kind: &Kind, node: &Node) -> (Holds, Vec<String>) {
        if node.tagged {
            self.problem(at.place.clone(), at.path, "tags (`!name`) are not read".to_owned(), None);
            return (Holds::Nothing, Vec::new());
        }
        let mut free = scalar::Free::default();
        let typed = scalar::free(node, &mut free, &mut |text| {
            if kind.expands() { self.expanded(text) } else { Ok((text.to_owned(), Vec::new())) }
        });
        for (key, spot, line) in free.doubled {
            let message = format!("the key is there twice; first on line {line}");
            self.problem(self.place(spot), &join(at.path, &key), message, None);
        }
        for spot in free.unclosed {
            self.problem(self.place(spot), at.path, "a `${` without its `}`".to_owned(), None);
        }
        let shown = scalar::masked(name, &typed);
        match free.unset {
            None => (Holds::Value { typed, shown }, free.variables),
            Some((spot, variable)) => {
                let unset = self.unset(at.path, spot, variable);
                (self.missing(at, unset, shown.to_string()), free.variables)
            }
        }
    }

    fn unset(&self, path: &str, spot: Spot, variable: String) -> Unset {
        Unset { key: path.to_owned(), file: self.file.to_string(), line: spot.line, column: spot.column, variable }
    }

    fn missing(&mut self, at: At<'_>, unset: Unset, shown: String) -> Holds {
        if at.late {
            return Holds::Unset { unset, shown };
        }
        let message = format!("it needs the environment variable {}, which is not set", unset.variable);
        let help = format!("set it, or give a default: `${{{}:-default}}`", unset.variable);
        self.problem(at.place.clone(), at.path, message, Some(help));
        Holds::Nothing
    }

    /// A text with its variables replaced, and their names.
    fn expanded(&self, text: &str) -> Result<(String, Vec<String>), scalar::Unexpanded> {
        let asked = RefCell::new(Vec::new());
        let expanded = expand(text, |name| {
            asked.borrow_mut().push(name.to_owned());
            (self.variable)(name)
        });
        let mut asked = asked.into_inner();
        match expanded {
            Ok(text) => Ok((text, asked)),
            Err(message) if message.contains("has a ${ without its }") => Err(scalar::Unexpanded::Unclosed),
            Err(_) => Err(scalar::Unexpanded::Unset(asked.pop().unwrap_or_default())),
        }
    }

    fn scalar(
        &mut self,
        at: At<'_>,
        name: &str,
        kind: &Kind,
        node: &Node,
        written: &str,
        plain: bool,
    ) -> (Holds, Vec<String>) {
        let secret = matches!(kind, Kind::Secret) || matches!(kind, Kind::Written) && scalar::is_secret(name, written);
        let hidden = |text: &str| if secret { "***".to_owned() } else { text.to_owned() };
        let (text, variables) = if kind.expands() {
            match self.expanded(written) {
                Ok(expanded) => expanded,
                Err(scalar::Unexpanded::Unclosed) => {
                    self.problem(at.place.clone(), at.path, "a `${` without its `}`".to_owned(), None);
                    return (Holds::Nothing, Vec::new());
                }
                Err(scalar::Unexpanded::Unset(variable)) => {
                    let unset = self.unset(at.path, node.at, variable);
                    return (self.missing(at, unset, hidden(written)), Vec::new());
                }
            }
        } else {
            (written.to_owned(), Vec::new())
        };
        let plain = if variables.is_empty() { plain } else { !kind.is_text() };
        match scalar::read(kind, &text, plain) {
            Ok(typed) => {
                if let Kind::Word { older, .. } = kind
                    && let Some((_, new)) = older.iter().find(|(old, _)| *old == text)
                {
                    self.note(
                        NoteKind::Older,
                        at.place.clone(),
                        at.path,
                        format!("`{text}` is an older spelling; write `{new}`"),
                    );
                }
                if kind.is_text() && text.is_empty() && !at.late && !matches!(kind, Kind::Verbatim) {
                    self.problem(
                        at.place.clone(),
                        at.path,
                        "it is an empty text".to_owned(),
                        Some("leave the key out".to_owned()),
                    );
                }
                if !variables.is_empty() && !kind.is_text() {
                    self.replaced.push((node.at, text.clone()));
                }
                let secret = secret || matches!(kind, Kind::Written) && scalar::is_secret(name, &text);
                let as_written = matches!(kind, Kind::Time | Kind::Size) && yaml::number(&text).is_none();
                let shown = match () {
                    () if secret => "***".into(),
                    () if as_written => text.into(),
                    () => typed.clone(),
                };
                (Holds::Value { typed, shown }, variables)
            }
            Err(wrong) => {
                let is = Node { content: Content::Scalar { text: text.clone(), plain }, ..node.clone() };
                let value = match () {
                    () if !variables.is_empty() => format!("what `{}` gives ", cut(written)),
                    () if secret => "it ".to_owned(),
                    () => format!("`{}` ", cut(&text)),
                };
                let message = match wrong {
                    scalar::Wrong::Kind => format!("{value}is {}, but should be {}", is.kind(), kind.expected()),
                    scalar::Wrong::Range => format!("{value}is out of range; it should be {}", kind.expected()),
                    scalar::Wrong::Word => format!("{value}is not possible; it should be {}", kind.expected()),
                };
                let help = match kind {
                    Kind::Word { words, .. } => {
                        nearest(&text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"))
                    }
                    Kind::Text | Kind::Verbatim | Kind::Secret => Some("put it in quotes".to_owned()),
                    _ => None,
                };
                self.problem(at.place.clone(), at.path, message, help);
                (Holds::Nothing, variables)
            }
        }
    }
}

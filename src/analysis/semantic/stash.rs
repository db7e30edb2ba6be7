//! What is put where it is not followed one by one: into objects of libraries, attributes of unknown objects, exceptions.

use ruff_text_size::TextRange;

use super::Interpreter;
use super::containers::{DICT, HOLDER};
use super::names::Name;
use super::record::Dark;
use super::value::{PathId, Shape, Value};

/// Stands for the exceptions of the program in [`Interpreter::stash`].
const RAISED: usize = usize::MAX - 7;

impl Interpreter<'_> {
    /// What was put into an object of a library.
    pub(super) fn stashed(&mut self, path: PathId) -> Value {
        if self.stash.is_empty() {
            return Value::NOTHING;
        }
        let owner = self.paths.get(path).owner;
        match self.stash.get(&owner).copied() {
            Some(heap) => self.contents(heap),
            None => Value::NOTHING,
        }
    }

    /// Remembers that an object of a library holds a value.
    pub(super) fn stash(&mut self, path: PathId, value: Value) {
        let owner = self.paths.get(path).owner;
        let heap = match self.stash.get(&owner) {
            Some(heap) => *heap,
            None => {
                let (heap, _) = self.heap_at(usize::MAX - 1_000_000 - owner.0 as usize, HOLDER);
                self.stash.insert(owner, heap);
                heap
            }
        };
        self.put(heap, value);
    }

    pub(super) fn stashed_attribute(&mut self, name: Name) -> Value {
        match self.attribute_stash.get(&name).copied() {
            Some((value, location)) => {
                self.reads(location);
                value
            }
            None => Value::NOTHING,
        }
    }

    /// Remembers that some object's attribute may hold a value: only what matters.
    pub(super) fn stash_attribute(&mut self, name: Name, value: Value) {
        if !self.carries(value) && !self.holds_function(value) {
            return;
        }
        match self.attribute_stash.get(&name).copied() {
            Some((held, location)) => {
                let joined = self.values.join(held, value);
                if joined != held {
                    self.attribute_stash.insert(name, (joined, location));
                    self.grew(location);
                }
            }
            None => {
                let location = self.new_location();
                self.attribute_stash.insert(name, (value, location));
                self.outdate_all();
            }
        }
    }

    /// Something inside the interpreter is reached for.
    pub(super) fn introspected(&mut self, range: TextRange, what: &str) -> Value {
        let at = self.place(range);
        self.record.darkness(at, Dark::Introspection, what, false);
        Value::ANY_MODULE
    }

    /// `raise value`: an `except` somewhere may catch it, and what it holds.
    pub(super) fn raise(&mut self, value: Value) {
        let value = match self.values.shape(value) {
            Shape::UserClass(_) => {
                let range = self.frames.last().map_or(TextRange::default(), |frame| frame.at);
                let arguments = Self::arguments_of(Vec::new());
                self.call(value, &arguments, range)
            }
            _ => value,
        };
        let (heap, _) = self.heap_at(RAISED, DICT);
        self.put(heap, value);
    }

    /// What an `except` may catch.
    pub(super) fn raised(&mut self) -> Value {
        let (heap, _) = self.heap_at(RAISED, DICT);
        let raised = self.contents(heap);
        self.values.join(raised, Value::DATA)
    }
}

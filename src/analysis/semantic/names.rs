//! Identifiers as numbers.

use std::rc::Rc;

use rustc_hash::FxHashMap;

/// An identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Name(u32);

/// All identifiers of a program.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: FxHashMap<Rc<str>, Name>,
    texts: Vec<Rc<str>>,
}

impl Names {
    pub(super) fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.known.get(text) {
            return *name;
        }
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Rc<str> = text.into();
        self.texts.push(Rc::clone(&text));
        self.known.insert(text, name);
        name
    }

    pub(super) fn text(&self, name: Name) -> Rc<str> {
        Rc::clone(&self.texts[name.0 as usize])
    }
}

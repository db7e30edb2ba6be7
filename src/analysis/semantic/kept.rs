//! What writes and is kept as a value: if no call of it is seen in the end, it went out of sight, and that is reported.
//!
//! This is the net below everything else. Whatever way a function or module takes that is not followed (an operator's special
//! method, an exception, a metaclass), it was seen as a value before.

use std::rc::Rc;

use ruff_text_size::TextRange;

use super::Interpreter;
use super::special_names::Special;
use super::value::{Shape, Value};
use crate::analysis::library::{Effect, Meaning, Member};

impl Interpreter<'_> {
    /// Notes that something that writes is a value here. If no call of it is seen in the end, it went out of sight.
    pub(super) fn note_kept(&mut self, value: Value, range: TextRange) {
        match *self.values.shape(value) {
            Shape::Path(path) if !path.is_tame() => {
                let name = Rc::clone(&self.paths.get(path).dotted);
                match self.paths.get(path).meaning {
                    Meaning::Function(id) if self.libraries.callable_of(id).table.does.writes() => {
                        let call: Rc<str> = (*self.libraries.callable_of(id).path).into();
                        self.keep(range, call, false);
                    }
                    Meaning::Unlisted => self.keep(range, name, true),
                    Meaning::Harmless if !name.contains('.') => self.keep(range, name, true),
                    Meaning::Inert
                        if matches!(
                            self.paths.get(path).special,
                            Some(
                                Special::Exec
                                    | Special::Import
                                    | Special::ImportModule
                                    | Special::Reload
                                    | Special::OtherImport
                                    | Special::ExecutesAny
                                    | Special::Revives
                            )
                        ) =>
                    {
                        self.keep(range, name, true);
                    }
                    _ => {}
                }
            }
            Shape::Member { of, name } => {
                let Shape::Instance { class, .. } = *self.values.shape(of) else { return };
                let text = self.names.text(name);
                if let Member::Method(id) = self.libraries.class(class).member(&text)
                    && self.libraries.callable_of(id).table.does.writes()
                {
                    let call: Rc<str> = (*self.libraries.callable_of(id).path).into();
                    self.keep(range, call, false);
                }
            }
            Shape::AnyMember(of) => {
                if self.carries(of) {
                    self.keep(range, "?".into(), true);
                }
            }
            Shape::Union(_) => {
                for one in self.values.each(value).iter() {
                    self.note_kept(*one, range);
                }
            }
            _ => {}
        }
    }

    fn keep(&mut self, range: TextRange, call: Rc<str>, any: bool) {
        let range = self.place(range);
        if !self.record.kept.iter().any(|(_, known, _)| *known == call) {
            self.record.kept.push((range, call, any));
        }
    }

    /// What was kept and never called went where it is not followed.
    pub(super) fn report_kept(&mut self) {
        for (range, call, any) in std::mem::take(&mut self.record.kept) {
            let seen = self.record.operations().iter().any(|operation| {
                let writes = operation.effect.is_none_or(Effect::writes);
                writes && (any || *operation.call == *call || operation.effect.is_none())
            });
            if !seen {
                self.pin = None;
                self.unresolved(range, &format!("`{call}` is kept as a value, and where it is used is not seen"), true);
            }
        }
    }
}

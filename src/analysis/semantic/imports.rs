//! Imports: where modules come from.

use ruff_python_ast::{StmtImport, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange};

use super::Interpreter;
use super::record::SeenImport;
use super::value::{PathId, Shape, Value};
use crate::analysis::library::Meaning;

impl<'a> Interpreter<'a> {
    pub(super) fn import(&mut self, import: &'a StmtImport) {
        for alias in &import.names {
            let module = alias.name.as_str();
            self.note_import(module, alias.range(), false);
            let (name, value) = match &alias.asname {
                Some(name) => (name.as_str(), self.dotted(module)),
                None => {
                    let root = module.split('.').next().unwrap_or(module);
                    (root, self.module(root))
                }
            };
            let name = self.names.name(name);
            self.bind(name, value);
        }
    }

    pub(super) fn import_from(&mut self, import: &'a StmtImportFrom) {
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        let relative = import.level > 0;
        if relative {
            self.note_import(module, import.range(), true);
        } else {
            self.note_import(module, import.range(), false);
        }
        for alias in &import.names {
            let text = alias.name.as_str();
            if text == "*" {
                let star = if relative { None } else { self.path_of_dotted(module) };
                match star {
                    Some(path) if !self.stars.contains(&path) => self.stars.push(path),
                    Some(_) => {}
                    None => {
                        let path = self.unknown_module();
                        self.stars.push(path);
                    }
                }
                continue;
            }
            let value = if relative {
                Value::UNKNOWN
            } else {
                let module = self.dotted(module);
                self.get_attribute(module, text, alias.range())
                // Called by its bare name it is reported there; passed on, calls are followed.
            };
            let name = alias.asname.as_ref().map_or(text, |name| name.as_str());
            let name = self.names.name(name);
            self.bind(name, value);
        }
    }

    /// Records that a module is imported, and what that means for the rest.
    pub(super) fn note_import(&mut self, module: &str, range: TextRange, relative: bool) {
        let range = self.place(range);
        let root = module.split('.').next().unwrap_or(module);
        if relative || !self.libraries.is_inert_root(root) {
            self.record.reachable = true;
        }
        self.record.import(SeenImport {
            range,
            module: module.to_owned(),
            conditional: self.conditional > 0,
            relative,
        });
    }

    /// A module by its first name.
    pub(super) fn module(&mut self, root: &str) -> Value {
        let name = self.names.name(root);
        let path = self.paths.root(self.libraries, self.watch, name, root);
        self.values.make(Shape::Path(path))
    }

    /// A module or member by its dotted name.
    pub(super) fn dotted(&mut self, dotted: &str) -> Value {
        match self.path_of_dotted(dotted) {
            Some(path) => self.values.make(Shape::Path(path)),
            None => Value::UNKNOWN,
        }
    }

    fn path_of_dotted(&mut self, dotted: &str) -> Option<PathId> {
        let mut parts = dotted.split('.');
        let root = parts.next()?;
        let name = self.names.name(root);
        let mut path = self.paths.root(self.libraries, self.watch, name, root);
        for part in parts {
            let name = self.names.name(part);
            path = self.paths.attribute(self.libraries, self.watch, path, name, part)?;
        }
        Some(path)
    }

    fn unknown_module(&mut self) -> PathId {
        let name = self.names.name("?");
        self.paths.root(self.libraries, self.watch, name, "?")
    }

    /// A module whose name is computed: each that it may be, or any.
    pub(super) fn import_by_value(&mut self, name: Value, whole: bool, range: TextRange) -> Value {
        let Some(names) = self.values.strings(name) else {
            self.record.reachable = true;
            self.unresolved(range, "a module with a computed name is imported", true);
            return Value::ANY_MODULE;
        };
        let mut joined = Value::NOTHING;
        for text in names {
            self.note_import(&text, range, text.starts_with('.'));
            let root = text.split('.').next().unwrap_or(&text);
            let module = if whole { self.dotted(&text) } else { self.module(root) };
            joined = self.values.join(joined, module);
        }
        joined
    }

    /// Whether a path is of a library that can reach a control system.
    pub(super) fn is_control(&self, path: PathId) -> bool {
        !matches!(self.paths.get(path).meaning, Meaning::Inert | Meaning::UnknownModule)
    }
}

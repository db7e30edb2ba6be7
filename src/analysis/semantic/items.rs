//! Items: `a[b]`, `a[b] = c`, namespaces as dictionaries, members with computed names.

use ruff_text_size::TextRange;

use super::Interpreter;
use super::names::Name;
use super::record::Dark;
use super::value::{HeapId, Shape, Value};
use crate::analysis::library::{Effect, Meaning};

/// Modules of which a member by a computed name may be anything.
const RISKY: &[&str] = &[
    "_ctypes",
    "_posixsubprocess",
    "_thread",
    "asyncio",
    "builtins",
    "code",
    "concurrent",
    "ctypes",
    "gc",
    "importlib",
    "inspect",
    "multiprocessing",
    "operator",
    "os",
    "pickle",
    "pkgutil",
    "posix",
    "pty",
    "runpy",
    "socket",
    "subprocess",
    "sys",
    "threading",
    "types",
];

impl Interpreter<'_> {
    /// `value[key]`.
    pub(super) fn get_item(&mut self, value: Value, key: Value, range: TextRange) -> Value {
        self.map(value, |this, one| match this.values.shape(one).clone() {
            Shape::Tuple(elements) => match this.values.as_int(key) {
                Some(index) => {
                    let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
                    let index = if index < 0 { index + length } else { index };
                    let element = usize::try_from(index).ok().and_then(|index| elements.get(index)).copied();
                    element.unwrap_or(Value::NOTHING)
                }
                None => {
                    let element = this.values.join_all(elements.iter().copied());
                    let part = this.list_with(usize::MAX - 3_000_000 - range.start().to_usize(), element);
                    this.values.join(element, part)
                }
            },
            // A slice of a list is a list; that its elements come out of it either way keeps both.
            Shape::List(id) => {
                let element = this.item_of(id, false, key);
                if this.values.as_int(key).is_some() {
                    return element;
                }
                let part = this.list_with(usize::MAX - 3_000_000 - range.start().to_usize(), element);
                this.values.join(element, part)
            }
            Shape::Dict(id) => this.item_of(id, true, key),
            Shape::Holder(_) => this.iterate(one),
            Shape::Namespace(of) => this.named_item(of, key, range),
            Shape::Globals => this.global_item(key, range),
            Shape::Modules => match this.values.strings(key) {
                Some(_) => this.import_by_value(key, true, range),
                None => {
                    this.unresolved(range, "a module is taken from sys.modules by a computed name", true);
                    Value::ANY_MODULE
                }
            },
            Shape::Str(_) | Shape::Template(_) => this.text_item(one, key),
            Shape::Instance { class, .. } => this.instance_item(one, class, key, None, range),
            Shape::Object(class) => {
                let given = this.call_named(one, "__getitem__", vec![key]);
                let held = this.names.name("[]");
                let held = this.class_attribute(class, held);
                if let Some(library_class) = this.classes[class.0 as usize].library_class {
                    return this.instance_item(one, library_class, key, None, range);
                }
                let joined = this.values.join(given.unwrap_or(Value::NOTHING), held.unwrap_or(Value::NOTHING));
                if joined == Value::NOTHING { Value::DATA } else { joined }
            }
            Shape::Path(path) => {
                if &*this.paths.get(path).dotted == "builtins" {
                    return this.named_item(one, key, range);
                }
                // `os.environ['X']`, `np.r_[...]`, `list[int]`.
                let stashed = this.stashed(path);
                this.note_use(path, range, None);
                if this.is_control(path) || this.paths.get(path).special.is_some() {
                    one
                } else {
                    this.values.join(Value::DATA, stashed)
                }
            }
            Shape::UserClass(_) => one,
            Shape::AnyModule | Shape::AnyMember(_) => Value::ANY_MODULE,
            Shape::Unknown => Value::UNKNOWN,
            _ => Value::DATA,
        })
    }

    pub(super) fn instance_item(
        &mut self,
        value: Value,
        class: crate::analysis::library::ClassId,
        key: Value,
        assigned: Option<Value>,
        range: TextRange,
    ) -> Value {
        let libraries = self.libraries;
        let table = libraries.class(class);
        let Some(access) = &table.items else { return Value::DATA };
        let effect = if assigned.is_some() { access.set } else { access.get };
        let device = self.channel_of_object(value);
        if let Some(effect) = effect.filter(|effect| *effect != Effect::Nothing) {
            let channel = self.attribute_channel(device, key, table.separator());
            let path = format!("{}[]", table.path);
            self.record_one(table.library, &path, effect, Some(channel), assigned, range, None);
        }
        match access.gives.as_deref().and_then(|class| self.libraries.class_named(class)) {
            Some(class) => {
                let channel = self.attribute_channel(device, key, table.separator());
                self.values.make(Shape::Instance { class, channel, relative: false })
            }
            None => Value::DATA,
        }
    }

    /// `vars(of)[key]`.
    pub(super) fn named_item(&mut self, of: Value, key: Value, range: TextRange) -> Value {
        match self.values.strings(key) {
            Some(names) => {
                let mut joined = Value::NOTHING;
                for name in names {
                    let found = self.get_attribute(of, &name, range);
                    joined = self.values.join(joined, found);
                }
                joined
            }
            None => self.any_member(of, range),
        }
    }

    /// `getattr(of, computed)`.
    pub(super) fn any_member(&mut self, of: Value, range: TextRange) -> Value {
        self.map(of, |this, one| match this.values.shape(one).clone() {
            Shape::Path(path) if !this.is_control(path) => {
                let root = this.paths.get(path).dotted.split('.').next().unwrap_or_default().to_owned();
                if RISKY.contains(&root.as_str()) {
                    this.values.make(Shape::AnyMember(one))
                } else if this.paths.get(path).meaning == Meaning::UnknownModule {
                    Value::UNKNOWN
                } else {
                    this.stashed(path)
                }
            }
            Shape::Path(_) | Shape::Instance { .. } => this.values.make(Shape::AnyMember(one)),
            Shape::Object(class) | Shape::UserClass(class) => {
                let mut joined = Value::NOTHING;
                let names: Vec<Name> = this.classes[class.0 as usize].attributes.keys().copied().collect();
                let location = this.classes[class.0 as usize].location;
                this.reads(location);
                for name in names {
                    let text = this.names.text(name);
                    let found = this.get_attribute(one, &text, range);
                    joined = this.values.join(joined, found);
                }
                if this.classes[class.0 as usize].library_class.is_some() {
                    let any = this.values.make(Shape::AnyMember(one));
                    joined = this.values.join(joined, any);
                }
                joined
            }
            Shape::Unknown => this.values.make(Shape::AnyMember(one)),
            Shape::AnyModule | Shape::AnyMember(_) => Value::ANY_MODULE,
            Shape::Holder(_) | Shape::Dict(_) | Shape::List(_) => this.iterate(one),
            _ => Value::DATA,
        })
    }

    /// `globals()[key]`.
    pub(super) fn global_item(&mut self, key: Value, range: TextRange) -> Value {
        match self.values.strings(key) {
            Some(names) => {
                let mut joined = Value::NOTHING;
                for text in names {
                    let name = self.names.name(&text);
                    let found = self.look_up(name, range);
                    joined = self.values.join(joined, found);
                }
                joined
            }
            None => {
                let cells = self.cells(super::scopes::ScopeId(0));
                let mut joined = Value::DATA;
                for (name, _) in cells {
                    let found = self.look_up(name, range);
                    joined = self.values.join(joined, found);
                }
                joined
            }
        }
    }

    /// `value[key] = assigned`.
    pub(super) fn set_item(&mut self, value: Value, key: Value, assigned: Value, range: TextRange) {
        for one in self.values.each(value).iter() {
            match self.values.shape(*one).clone() {
                Shape::List(id) | Shape::Holder(id) => self.append(id, assigned),
                Shape::Dict(id) => {
                    for key in self.values.each(key).iter() {
                        self.insert(id, *key, assigned);
                    }
                }
                Shape::Namespace(of) => match self.values.strings(key) {
                    Some(names) => {
                        for name in names {
                            self.set_attribute(of, &name, assigned, range);
                        }
                    }
                    None => {
                        let at = self.place(range);
                        self.record.darkness(at, Dark::Tampering, "a namespace is written with a computed name", true);
                        self.escape_value(assigned, "a namespace under a computed name", range);
                    }
                },
                Shape::Globals => match self.values.strings(key) {
                    Some(names) => {
                        for text in names {
                            let name = self.names.name(&text);
                            self.bind_elsewhere(super::scopes::ScopeId(0), name, assigned);
                        }
                    }
                    None => self.escape_value(assigned, "a global name that is computed", range),
                },
                Shape::Modules => {
                    let at = self.place(range);
                    let module =
                        self.values.as_str(key).map_or_else(|| "sys.modules".to_owned(), |key| key.to_string());
                    self.record.darkness(at, Dark::Tampering, module, true);
                    self.escape_value(assigned, "sys.modules", range);
                }
                Shape::Instance { class, .. } => {
                    self.instance_item(*one, class, key, Some(assigned), range);
                }
                Shape::Object(class) => {
                    self.call_named(*one, "__setitem__", vec![key, assigned]);
                    if let Some(library_class) = self.classes[class.0 as usize].library_class {
                        self.instance_item(*one, library_class, key, Some(assigned), range);
                    }
                    if self.carries(assigned) {
                        let held = self.names.name("[]");
                        self.set_class_attribute(class, held, assigned);
                    }
                }
                Shape::Path(path) => {
                    self.note_use(path, range, None);
                    if self.carries(assigned) || self.holds_function(assigned) {
                        self.stash(path, assigned);
                    }
                }
                Shape::AnyModule | Shape::AnyMember(_) => {
                    self.unresolved(range, "an item of something unknown is assigned", true);
                }
                _ => self.escape_value(assigned, "an object that is not followed", range),
            }
        }
    }

    /// `mapping.update(more)`, `{**more}`.
    pub(super) fn update_from(&mut self, id: HeapId, more: Value) {
        for one in self.values.each(more).iter() {
            match *self.values.shape(*one) {
                Shape::Dict(other) if other != id => {
                    let (entries, rest) = self.entries(other);
                    for (key, value) in entries {
                        self.insert(id, key, value);
                    }
                    if rest != Value::NOTHING {
                        self.put(id, rest);
                    }
                }
                Shape::Namespace(_) | Shape::Globals | Shape::Modules => self.put(id, Value::ANY_MODULE),
                Shape::Dict(_) | Shape::Data | Shape::None => {}
                Shape::List(_) | Shape::Tuple(_) | Shape::Holder(_) => {
                    let element = self.iterate(*one);
                    for pair in self.values.each(element).iter() {
                        match self.values.shape(*pair).clone() {
                            Shape::Tuple(parts) if parts.len() == 2 => self.insert(id, parts[0], parts[1]),
                            _ => self.put(id, *pair),
                        }
                    }
                }
                _ => {
                    let element = self.iterate(*one);
                    self.put(id, element);
                }
            }
        }
    }
}

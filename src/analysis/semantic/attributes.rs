//! Attributes: `a.b`, `a.b = c`.

use ruff_text_size::TextRange;

use super::Interpreter;
use super::functions::Binding;
use super::names::Name;
use super::record::Dark;
use super::value::{PathId, Shape, UserClassId, Value};
use crate::analysis::library::{Access, Effect, Meaning, Member};

/// Attributes that lead into the interpreter, from where anything can be reached.
const INSIDE: &[&str] = &[
    "__subclasses__",
    "__globals__",
    "__builtins__",
    "__getattribute__",
    "__closure__",
    "__reduce__",
    "__reduce_ex__",
    "__loader__",
    "__spec__",
    "f_globals",
    "f_locals",
    "f_builtins",
    "f_back",
    "gi_frame",
    "cr_frame",
    "ag_frame",
    "tb_frame",
    "tb_next",
    "func_globals",
];

impl Interpreter<'_> {
    /// `value.name`, read.
    pub(super) fn get_attribute(&mut self, value: Value, name: &str, range: TextRange) -> Value {
        let id = self.names.name(name);
        self.map(value, |this, one| this.attribute_of(one, id, name, range))
    }

    fn attribute_of(&mut self, value: Value, id: Name, name: &str, range: TextRange) -> Value {
        if !self.step() || self.recursion >= super::MAX_RECURSION {
            return Value::UNKNOWN;
        }
        self.recursion += 1;
        let found = self.attribute_of_inner(value, id, name, range);
        self.recursion -= 1;
        found
    }

    fn attribute_of_inner(&mut self, value: Value, id: Name, name: &str, range: TextRange) -> Value {
        if matches!(name.as_bytes().first(), Some(b'_' | b'f' | b'g' | b'c' | b'a' | b't'))
            && INSIDE.contains(&name)
            && !matches!(self.values.shape(value), Shape::Instance { .. } | Shape::Object(_))
        {
            if name == "__globals__" && matches!(self.values.shape(value), Shape::Function(_) | Shape::Method { .. }) {
                return Value::GLOBALS;
            }
            return self.introspected(range, name);
        }
        match self.values.shape(value).clone() {
            Shape::Path(path) => self.path_attribute(path, value, id, name, range),
            Shape::Instance { class, .. } => self.instance_attribute(value, class, id, name, range),
            Shape::Object(class) => {
                let special = match name {
                    "__class__" => Some(self.values.make(Shape::UserClass(class))),
                    "__dict__" => Some(self.values.make(Shape::Namespace(value))),
                    _ => None,
                };
                special.unwrap_or_else(|| self.object_attribute(class, value, id, name, range))
            }
            Shape::UserClass(class) => match name {
                "__dict__" => self.values.make(Shape::Namespace(value)),
                _ => match self.class_attribute(class, id) {
                    Some(found) => self.map(found, |this, one| match *this.values.shape(one) {
                        Shape::Function(function) if this.functions[function.0 as usize].binding == Binding::Class => {
                            this.values.make(Shape::Method { function: one, this: value })
                        }
                        _ => one,
                    }),
                    None => match self.classes[class.0 as usize].library_class {
                        // `epics.PV.put(self, 1)` by way of a class made from it.
                        Some(library_class) => {
                            let path = self.libraries.class(library_class).path.to_string();
                            let path = self.dotted(&path);
                            self.get_attribute(path, name, range)
                        }
                        None => self.inherited(class, name, range),
                    },
                },
            },
            Shape::Super(class) => self.super_attribute(class, id, name, range),
            Shape::Unknown => {
                let stashed = self.stashed_attribute(id);
                let found = self.values.join(Value::UNKNOWN, stashed);
                // It may be `sys`.
                if name == "modules" { self.values.join(found, Value::MODULES) } else { found }
            }
            Shape::AnyModule | Shape::AnyMember(_) => Value::ANY_MODULE,
            Shape::Partial { callee, .. } if name == "func" => callee,
            Shape::Function(_) | Shape::Method { .. } if name == "__call__" || name == "__wrapped__" => value,
            Shape::Method { function, .. } if name == "__func__" => function,
            Shape::Method { this, .. } if name == "__self__" => this,
            Shape::Member { of, .. } if name == "__self__" => of,
            Shape::Member { of, name: member } if name != "__name__" && name != "__doc__" => {
                if name == "__call__" {
                    return value;
                }
                // A member of a member: `motor.velocity.put`.
                let inner = self.member_object(of, member, range);
                if inner == value { Value::DATA } else { self.get_attribute(inner, name, range) }
            }
            Shape::Data | Shape::Function(_) => {
                let stashed = self.stashed_attribute(id);
                self.values.join(Value::DATA, stashed)
            }
            Shape::Namespace(_)
            | Shape::Globals
            | Shape::Modules
            | Shape::Str(_)
            | Shape::Bytes(_)
            | Shape::Template(_)
            | Shape::List(_)
            | Shape::Tuple(_)
            | Shape::Dict(_)
            | Shape::MethodCaller { .. }
            | Shape::Partial { .. } => self.values.make(Shape::Member { of: value, name: id }),
            Shape::Holder(_) => {
                let contents = self.iterate(value);
                let bound = self.values.make(Shape::Member { of: value, name: id });
                self.values.join(contents, bound)
            }
            _ => Value::DATA,
        }
    }

    fn path_attribute(&mut self, path: PathId, value: Value, id: Name, name: &str, range: TextRange) -> Value {
        if name == "__dict__" {
            return self.values.make(Shape::Namespace(value));
        }
        if &*self.paths.get(path).dotted == "sys" && name == "modules" {
            return Value::MODULES;
        }
        let meaning = self.paths.get(path).meaning;
        if let Meaning::Class(class) = meaning
            && !name.starts_with("__")
        {
            // `epics.PV.put`, not yet bound.
            let bare = self.values.make(Shape::Instance { class, channel: Value::NOTHING, relative: false });
            return match self.libraries.class(class).member(name) {
                Member::Method(_) => self.values.make(Shape::Member { of: bare, name: id }),
                Member::Unlisted => self.values.make(Shape::AnyMember(bare)),
                _ => Value::DATA,
            };
        }
        let member = self.member_path(path, id);
        if let Shape::Path(member) = *self.values.shape(member) {
            self.note_use(member, range, None);
            if matches!(self.paths.get(member).meaning, Meaning::Inert) {
                let stashed = self.stashed(member);
                let by_attribute = self.stashed_attribute(id);
                let found = self.values.make(Shape::Path(member));
                let found = self.values.join(found, stashed);
                let found = self.values.join(found, by_attribute);
                return self.with_patch(path, id, found);
            }
        }
        self.with_patch(path, id, member)
    }

    /// What the program put there itself comes besides.
    fn with_patch(&mut self, path: PathId, id: Name, found: Value) -> Value {
        match self.patched.get(&(path, id)).copied() {
            Some((patch, location)) => {
                self.reads(location);
                self.values.join(found, patch)
            }
            None => found,
        }
    }

    /// A member of a path, as a value.
    pub(super) fn member_path(&mut self, path: PathId, name: Name) -> Value {
        let text = self.names.text(name);
        match self.paths.attribute(self.libraries, self.watch, path, name, &text) {
            Some(member) => self.values.make(Shape::Path(member)),
            None if self.paths.get(path).meaning == Meaning::Inert => Value::DATA,
            None => Value::UNKNOWN,
        }
    }

    fn instance_attribute(
        &mut self,
        value: Value,
        class: crate::analysis::library::ClassId,
        id: Name,
        name: &str,
        range: TextRange,
    ) -> Value {
        if name == "__dict__" {
            return self.values.make(Shape::Namespace(value));
        }
        let libraries = self.libraries;
        match libraries.class(class).member(name) {
            Member::Method(_) => self.values.make(Shape::Member { of: value, name: id }),
            Member::Attribute(access) => self.access(value, class, access, name, None, range),
            Member::Other(access) => {
                self.access(value, class, access, name, None, range);
                self.values.make(Shape::Member { of: value, name: id })
            }
            Member::Harmless => Value::DATA,
            Member::Unlisted => {
                let stashed = self.stashed_attribute(id);
                let member = self.values.make(Shape::Member { of: value, name: id });
                self.values.join(member, stashed)
            }
        }
    }

    /// Reads (`assigned` is `None`) or assigns an attribute that a table lists, and gives what it is.
    fn access(
        &mut self,
        value: Value,
        class: crate::analysis::library::ClassId,
        access: &Access,
        name: &str,
        assigned: Option<Value>,
        range: TextRange,
    ) -> Value {
        let effect = if assigned.is_some() { access.set } else { access.get };
        let libraries = self.libraries;
        let table = libraries.class(class);
        let (library, class_path, separator) = (table.library, table.path.to_string(), table.separator());
        let is_other = matches!(table.member(name), Member::Other(_));
        let object_channel = self.channel_of_object(value);
        let channel = if is_other {
            let name = self.values.str(name);
            self.attribute_channel(object_channel, name, separator)
        } else {
            object_channel
        };
        if let Some(effect) = effect.filter(|effect| *effect != Effect::Nothing) {
            let path = if is_other { format!("{class_path}.*") } else { format!("{class_path}.{name}") };
            self.record_one(library, &path, effect, Some(channel), assigned, range, None);
        }
        match access.gives.as_deref().and_then(|class| self.libraries.class_named(class)) {
            Some(class) => {
                // A part of a device: its own channel is known to the library alone.
                let (texts, _) = self.texts_of(object_channel);
                let part = match texts.first() {
                    Some(text) => self.values.make(Shape::Template(format!("{text}:{{{name}}}").as_str().into())),
                    None => Value::DATA,
                };
                self.values.make(Shape::Instance { class, channel: part, relative: false })
            }
            None => Value::DATA,
        }
    }

    /// What a member of an object is, when it is not called.
    pub(super) fn member_object(&mut self, of: Value, name: Name, range: TextRange) -> Value {
        let Shape::Instance { class, .. } = *self.values.shape(of) else {
            return self.values.make(Shape::Member { of, name });
        };
        let text = self.names.text(name);
        let libraries = self.libraries;
        match libraries.class(class).member(&text) {
            Member::Attribute(access) | Member::Other(access) if access.gives.is_some() => {
                self.access(of, class, access, &text, None, range)
            }
            Member::Unlisted => self.values.make(Shape::AnyMember(of)),
            _ => Value::DATA,
        }
    }

    fn object_attribute(&mut self, class: UserClassId, value: Value, id: Name, name: &str, range: TextRange) -> Value {
        let Some(found) = self.class_attribute(class, id) else {
            return self.missing_attribute(class, value, id, name, range);
        };
        let bound = self.map(found, |this, one| match *this.values.shape(one) {
            Shape::Function(function) => match this.functions[function.0 as usize].binding {
                Binding::Static => one,
                Binding::Class => {
                    let class = this.values.make(Shape::UserClass(class));
                    this.values.make(Shape::Method { function: one, this: class })
                }
                Binding::Property => {
                    let arguments = Self::arguments_of(vec![value]);
                    this.call(one, &arguments, range)
                }
                Binding::Plain => this.values.make(Shape::Method { function: one, this: value }),
            },
            // A component of a device: its channel continues the device's.
            Shape::Instance { class: part, channel, relative: true } => {
                let prefix = this.classes[class.0 as usize].channel;
                let channel = this.concatenated(prefix, channel);
                this.values.make(Shape::Instance { class: part, channel, relative: false })
            }
            Shape::Partial { callee, ref arguments } => {
                // `functools.partialmethod` binds the object too.
                let mut more = (**arguments).clone();
                more.positional.insert(0, value);
                let plain = one;
                let bound = this.values.make(Shape::Partial { callee, arguments: more.into() });
                if this.is_program_function(callee) { this.values.join(plain, bound) } else { plain }
            }
            // A descriptor.
            Shape::Object(_) => {
                let owner = this.values.make(Shape::UserClass(class));
                match this.call_named(one, "__get__", vec![value, owner]) {
                    Some(given) => this.values.join(one, given),
                    None => one,
                }
            }
            _ => one,
        });
        // What `property(get, set)` made without a decorator: the getter is called. Other holders come from library calls
        // with functions in them, and may call them as well.
        self.map(bound, |this, one| match *this.values.shape(one) {
            Shape::Holder(heap) => {
                let contents = this.contents(heap);
                let arguments = Self::arguments_of(vec![value]);
                let given = this.call(contents, &arguments, range);
                this.values.join(one, given)
            }
            _ => one,
        })
    }

    fn is_program_function(&self, value: Value) -> bool {
        matches!(self.values.shape(value), Shape::Function(_))
    }

    fn missing_attribute(&mut self, class: UserClassId, value: Value, id: Name, name: &str, range: TextRange) -> Value {
        if let Some(library_class) = self.classes[class.0 as usize].library_class {
            let channel = self.classes[class.0 as usize].channel;
            let location = self.classes[class.0 as usize].location;
            self.reads(location);
            let inner = self.values.make(Shape::Instance { class: library_class, channel, relative: false });
            return self.get_attribute(inner, name, range);
        }
        for hook in ["__getattr__", "__getattribute__"] {
            let text = self.values.str(name);
            if let Some(given) = self.call_named(value, hook, vec![text]) {
                return given;
            }
        }
        let inherited = self.inherited(class, name, range);
        if inherited != Value::DATA {
            return inherited;
        }
        // A method of what the class is made from, or what was put into it: the `args` of an exception.
        let stashed = self.stashed_attribute(id);
        let bound = self.values.make(Shape::Member { of: value, name: id });
        let held = self.names.name("[]");
        let held = match self.class_attribute(class, held) {
            Some(held) => self.holder(usize::MAX - 2_000_000 - class.0 as usize, held),
            None => Value::NOTHING,
        };
        self.values.join_all([bound, stashed, held])
    }

    /// An attribute that bases outside of the program give.
    fn inherited(&mut self, class: UserClassId, name: &str, range: TextRange) -> Value {
        let mut joined = Value::NOTHING;
        for base in self.classes[class.0 as usize].bases.clone() {
            for one in self.values.each(base).iter() {
                let given = match *self.values.shape(*one) {
                    Shape::UserClass(_) | Shape::Path(_) | Shape::Data => continue,
                    _ => self.get_attribute(*one, name, range),
                };
                joined = self.values.join(joined, given);
            }
        }
        if joined == Value::NOTHING { Value::DATA } else { joined }
    }

    fn super_attribute(&mut self, class: UserClassId, id: Name, name: &str, range: TextRange) -> Value {
        let object = self.values.make(Shape::Object(class));
        let mut joined = Value::NOTHING;
        for base in self.classes[class.0 as usize].bases.clone() {
            for one in self.values.each(base).iter() {
                let given = match *self.values.shape(*one) {
                    Shape::UserClass(parent) => match self.class_attribute(parent, id) {
                        Some(found) => self.map(found, |this, found| match this.values.shape(found) {
                            Shape::Function(_) => this.values.make(Shape::Method { function: found, this: object }),
                            _ => found,
                        }),
                        None => self.super_of_library(parent, object, id, name, range),
                    },
                    Shape::Path(_) => self.super_of_library(class, object, id, name, range),
                    _ => Value::UNKNOWN,
                };
                joined = self.values.join(joined, given);
            }
        }
        if joined == Value::NOTHING { Value::DATA } else { joined }
    }

    fn super_of_library(&mut self, class: UserClassId, object: Value, id: Name, name: &str, range: TextRange) -> Value {
        let Some(library_class) = self.classes[class.0 as usize].library_class else { return Value::DATA };
        if name == "__init__" {
            return self.values.make(Shape::Member { of: object, name: id });
        }
        let channel = self.classes[class.0 as usize].channel;
        let inner = self.values.make(Shape::Instance { class: library_class, channel, relative: false });
        self.get_attribute(inner, name, range)
    }

    /// `value.name = assigned`.
    pub(super) fn set_attribute(&mut self, value: Value, name: &str, assigned: Value, range: TextRange) {
        let id = self.names.name(name);
        for one in self.values.each(value).iter() {
            match self.values.shape(*one).clone() {
                Shape::Instance { class, .. } => self.set_on_instance(*one, class, id, name, assigned, range),
                Shape::Object(class) | Shape::UserClass(class) if name == "__dict__" => {
                    // Every attribute may be another now.
                    let held = self.iterate(assigned);
                    let held = self.values.join(held, Value::DATA);
                    let names: Vec<Name> = self.classes[class.0 as usize].attributes.keys().copied().collect();
                    for name in names {
                        self.set_class_attribute(class, name, held);
                    }
                    self.escape_value(assigned, "an object's `__dict__`", range);
                }
                Shape::Object(class) => {
                    if let Some(library_class) = self.classes[class.0 as usize].library_class
                        && self.class_attribute(class, id).is_none()
                    {
                        let channel = self.classes[class.0 as usize].channel;
                        let inner =
                            self.values.make(Shape::Instance { class: library_class, channel, relative: false });
                        // A new attribute of one's own is no operation; one that the library lists is.
                        let own = matches!(self.libraries.class(library_class).member(name), Member::Unlisted);
                        if !own {
                            self.set_attribute(inner, name, assigned, range);
                        }
                    }
                    let text = self.values.str(name);
                    self.call_named(*one, "__setattr__", vec![text, assigned]);
                    self.set_through(class, *one, id, assigned, range);
                    self.set_class_attribute(class, id, assigned);
                }
                Shape::UserClass(class) => self.set_class_attribute(class, id, assigned),
                Shape::Super(class) => self.set_class_attribute(class, id, assigned),
                Shape::Path(path) => {
                    let dotted = self.paths.get(path).dotted.to_string();
                    let is_module_member = !dotted.contains("()");
                    let at = self.place(range);
                    if is_module_member && !matches!(&*dotted, "numpy" | "pandas" | "matplotlib") {
                        self.record.darkness(at, Dark::Tampering, format!("{dotted}.{name}"), true);
                    }
                    self.note_use(path, range, None);
                    match self.patched.get(&(path, id)).copied() {
                        Some((held, location)) => {
                            let joined = self.values.join(held, assigned);
                            if joined != held {
                                self.patched.insert((path, id), (joined, location));
                                self.grew(location);
                            }
                        }
                        None => {
                            let location = self.new_location();
                            self.patched.insert((path, id), (assigned, location));
                            // Who asked before read nothing that could grow.
                            self.outdate_all();
                        }
                    }
                }
                Shape::AnyModule | Shape::AnyMember(_) => {
                    self.unresolved(range, "an attribute of something unknown is assigned", true);
                }
                Shape::Member { of, name: member } => {
                    let inner = self.member_object(of, member, range);
                    if inner == *one {
                        self.stash_attribute(id, assigned);
                    } else {
                        self.set_attribute(inner, name, assigned, range);
                    }
                }
                Shape::Unknown => {
                    self.stash_attribute(id, assigned);
                    if name == "value" || self.libraries.suspect(name).is_some() {
                        self.unresolved(range, "assigned on an object of which nothing is known", false);
                    }
                }
                _ => self.stash_attribute(id, assigned),
            }
        }
    }

    /// A property's setter, or a descriptor's.
    fn set_through(&mut self, class: UserClassId, object: Value, id: Name, assigned: Value, range: TextRange) {
        let Some(found) = self.class_attribute(class, id) else { return };
        for one in self.values.each(found).iter() {
            match *self.values.shape(*one) {
                Shape::Function(function) => {
                    // `@x.setter` gives the function a second parameter.
                    if self.functions[function.0 as usize].parameters.is_some_and(|parameters| parameters.len() == 2) {
                        let arguments = Self::arguments_of(vec![object, assigned]);
                        self.call(*one, &arguments, range);
                    }
                }
                Shape::Object(_) => {
                    self.call_named(*one, "__set__", vec![object, assigned]);
                }
                Shape::Holder(heap) => {
                    let contents = self.contents(heap);
                    let arguments = Self::arguments_of(vec![object, assigned]);
                    self.call(contents, &arguments, range);
                }
                _ => {}
            }
        }
    }

    fn set_on_instance(
        &mut self,
        value: Value,
        class: crate::analysis::library::ClassId,
        id: Name,
        name: &str,
        assigned: Value,
        range: TextRange,
    ) {
        let libraries = self.libraries;
        match libraries.class(class).member(name) {
            Member::Attribute(access) | Member::Other(access) => {
                if access.set.is_none() {
                    self.stash_attribute(id, assigned);
                }
                self.access(value, class, access, name, Some(assigned), range);
            }
            _ => {
                // `pv.pvname = …`: what it was made for is no longer what it is for.
                self.record.renamed |=
                    ["name", "prefix", "channel", "address", "pv"].iter().any(|part| name.contains(part));
                self.stash_attribute(id, assigned);
            }
        }
    }
}

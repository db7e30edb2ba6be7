//! Calls.

use ruff_text_size::TextRange;

use super::Interpreter;
use super::names::Name;
use super::record::Dark;
use super::value::{Arguments, PathId, Shape, UserClassId, Value};
use crate::analysis::library::{Effect, Meaning, Member};

impl Interpreter<'_> {
    /// `callee(...)`.
    pub(super) fn call(&mut self, callee: Value, arguments: &Arguments, range: TextRange) -> Value {
        self.map(callee, |this, one| {
            if !this.step() || this.recursion >= super::MAX_RECURSION {
                return Value::UNKNOWN;
            }
            this.recursion += 1;
            let value = this.call_one(one, arguments, range);
            this.recursion -= 1;
            value
        })
    }

    fn call_one(&mut self, callee: Value, arguments: &Arguments, range: TextRange) -> Value {
        match self.values.shape(callee).clone() {
            Shape::Path(path) => self.call_path(path, callee, arguments, range),
            Shape::Function(function) => self.call_function(function, arguments),
            Shape::Method { function, this } => {
                let mut all = arguments.clone();
                all.positional.insert(0, this);
                self.call(function, &all, range)
            }
            Shape::UserClass(class) => self.construct(class, arguments, range),
            Shape::Object(class) => self.call_object(class, callee, arguments, range),
            Shape::Partial { callee, arguments: first } => {
                let mut all = (*first).clone();
                all.positional.extend(arguments.positional.iter().copied());
                all.keywords.extend(arguments.keywords.iter().copied());
                all.rest = all.rest.or(arguments.rest);
                all.keyword_rest = all.keyword_rest.or(arguments.keyword_rest);
                self.call(callee, &all, range)
            }
            Shape::Member { of, name } => {
                let text = self.names.text(name);
                self.call_method(of, &text, arguments, range)
            }
            Shape::Instance { class, .. } => match self.libraries.class(class).call {
                Some(call) => {
                    let channel = self.channel_of_object(callee);
                    self.operate(call, Some(channel), arguments, range, None)
                }
                None => {
                    self.call_back(arguments);
                    Value::DATA
                }
            },
            Shape::AttributeGetter(names) => {
                let object = arguments.positional.first().copied().unwrap_or(Value::NOTHING);
                let mut all = Vec::new();
                for name in names.iter() {
                    let mut at = object;
                    for part in self.names.text(*name).split('.') {
                        at = self.get_attribute(at, part, range);
                    }
                    all.push(at);
                }
                if all.len() == 1 { all[0] } else { self.values.make(Shape::Tuple(all.into())) }
            }
            Shape::ItemGetter(key) => {
                let object = arguments.positional.first().copied().unwrap_or(Value::NOTHING);
                self.get_item(object, key, range)
            }
            Shape::MethodCaller { name, arguments: given } => {
                let object = arguments.positional.first().copied().unwrap_or(Value::NOTHING);
                let text = self.names.text(name);
                self.call_method(object, &text, &given, range)
            }
            Shape::AnyModule => {
                self.unresolved(range, "what is called is not known", true);
                self.call_back(arguments);
                Value::ANY_MODULE
            }
            Shape::AnyMember(of) => {
                let control = self.carries(of);
                let why = "a member with a computed name is called";
                let risky = matches!(self.values.shape(of), Shape::Path(_));
                self.unresolved(range, why, control || risky);
                self.call_back(arguments);
                Value::ANY_MODULE
            }
            Shape::Holder(id) => {
                let contents = self.contents(id);
                let given = self.call(contents, arguments, range);
                self.hand_over(arguments, "a function that is not followed", range, false);
                let joined = self.values.join(given, callee);
                self.values.join(joined, Value::DATA)
            }
            Shape::Unknown => {
                self.hand_over(arguments, "code that is not known", range, true);
                Value::UNKNOWN
            }
            Shape::Code(_) | Shape::Namespace(_) | Shape::Globals | Shape::Modules => Value::DATA,
            Shape::Super(_) => callee,
            _ => {
                self.hand_over(arguments, "a function that is not followed", range, false);
                Value::DATA
            }
        }
    }

    fn call_object(&mut self, class: UserClassId, object: Value, arguments: &Arguments, range: TextRange) -> Value {
        let name = self.names.name("__call__");
        let mut all = arguments.clone();
        all.positional.insert(0, object);
        match self.class_attribute(class, name) {
            Some(method) => self.call(method, &all, range),
            None => {
                if let Some(library_class) = self.classes[class.0 as usize].library_class
                    && let Some(call) = self.libraries.class(library_class).call
                {
                    let channel = self.channel_of_object(object);
                    return self.operate(call, Some(channel), arguments, range, None);
                }
                self.hand_over(arguments, "an object that is not followed", range, false);
                Value::DATA
            }
        }
    }

    fn call_path(&mut self, path: PathId, callee: Value, arguments: &Arguments, range: TextRange) -> Value {
        self.note_use(path, range, Some(arguments));
        match self.paths.get(path).meaning {
            Meaning::Function(id) => self.operate(id, None, arguments, range, None),
            Meaning::Class(class) => self.made(class, arguments, range, None),
            Meaning::Harmless => {
                if self.deep {
                    let dotted = self.paths.get(path).dotted.to_string();
                    self.hand_over(arguments, &format!("`{dotted}`"), range, false);
                    self.call_back(arguments);
                }
                Value::DATA
            }
            Meaning::Unlisted => {
                let dotted = self.paths.get(path).dotted.to_string();
                self.unresolved(range, &format!("`{dotted}` is in no table"), true);
                self.call_back(arguments);
                // What it gives is of that library, so it may be an object of its.
                Value::ANY_MODULE
            }
            Meaning::UnknownModule => {
                if self.deep {
                    let dotted = self.paths.get(path).dotted.to_string();
                    self.hand_over(arguments, &format!("`{dotted}`, which is not known"), range, true);
                    self.call_back(arguments);
                }
                Value::UNKNOWN
            }
            Meaning::Inert => {
                if let Some(special) = self.paths.get(path).special
                    && let Some(value) = self.call_special(special, callee, arguments, range)
                {
                    return value;
                }
                self.call_inert(path, arguments, range)
            }
        }
    }

    /// A function of a library that cannot reach a control system by itself. It may call what it is given.
    pub(super) fn call_inert(&mut self, path: PathId, arguments: &Arguments, range: TextRange) -> Value {
        let result = match self.paths.called(self.libraries, self.watch, path) {
            Some(result) => self.values.make(Shape::Path(result)),
            None => Value::DATA,
        };
        if self.paths.get(path).watched {
            self.way_around(path, arguments, range);
        }
        // pandas executes text, and `@name` in it is any name of the program.
        let dotted = &self.paths.get(path).dotted;
        if dotted.starts_with("pandas.") && (dotted.ends_with(".query") || dotted.ends_with(".eval")) {
            let text = arguments.positional.first().and_then(|text| self.values.as_str(*text));
            match text {
                Some(text) if text.contains('@') && text.contains('(') => {
                    self.unresolved(range, "pandas executes text that calls names of the program", true);
                }
                None => self.unresolved(range, "pandas executes computed text", false),
                Some(_) => {}
            }
        }
        if self.paths.get(path).dotted.starts_with("unittest.mock.patch") {
            self.patched_for_a_test(arguments, range);
        }
        if !self.deep || arguments.is_plain(&self.values) {
            return match *self.values.shape(result) {
                Shape::Path(of) => {
                    let stashed = self.stashed(of);
                    self.values.join(result, stashed)
                }
                _ => result,
            };
        }
        let dotted = self.paths.get(path).dotted.to_string();
        self.hand_over(arguments, &format!("`{dotted}`"), range, false);
        let carried = self.carried(arguments);
        self.call_back(arguments);
        let stashed = match *self.values.shape(result) {
            Shape::Path(of) => self.stashed(of),
            _ => Value::NOTHING,
        };
        let result = self.values.join(result, stashed);
        if carried == Value::NOTHING {
            return result;
        }
        // It may keep what it got, and give it back later.
        self.stash(path, carried);
        for value in arguments.all() {
            for one in self.values.each(value).iter() {
                if let Shape::List(id) | Shape::Dict(id) | Shape::Holder(id) = *self.values.shape(*one) {
                    self.put(id, carried);
                }
            }
        }
        let site = range.start().to_usize() * 2 + 1;
        let holder = self.holder(site ^ (usize::MAX >> 8), carried);
        self.values.join(result, holder)
    }

    /// `receiver.name(...)`.
    pub(super) fn call_method(
        &mut self,
        receiver: Value,
        name: &str,
        arguments: &Arguments,
        range: TextRange,
    ) -> Value {
        let id = self.names.name(name);
        self.map(receiver, |this, one| {
            if !this.step() || this.recursion >= super::MAX_RECURSION {
                return Value::UNKNOWN;
            }
            this.recursion += 1;
            let value = this.call_method_of(one, id, name, arguments, range);
            this.recursion -= 1;
            value
        })
    }

    fn call_method_of(&mut self, of: Value, id: Name, name: &str, arguments: &Arguments, range: TextRange) -> Value {
        match self.values.shape(of).clone() {
            Shape::Instance { class, .. } => {
                let libraries = self.libraries;
                let table = libraries.class(class);
                match table.member(name) {
                    Member::Method(method) => {
                        // Unbound: `epics.PV.put(pv, 1)` gives the object first.
                        let unbound = matches!(*self.values.shape(of), Shape::Instance { channel: Value::NOTHING, .. });
                        let first = arguments.positional.first().copied().unwrap_or(Value::NOTHING);
                        if unbound && self.is_instance(first) {
                            let mut rest = arguments.clone();
                            rest.positional.remove(0);
                            let channel = self.channel_of_object(first);
                            return self.operate(method, Some(channel), &rest, range, None);
                        }
                        let channel = self.channel_of_object(of);
                        self.operate(method, Some(channel), arguments, range, None)
                    }
                    Member::Attribute(access) | Member::Other(access) => {
                        let effect = access.call.unwrap_or(Effect::Nothing);
                        if effect == Effect::Nothing {
                            let inner = self.member_object(of, id, range);
                            return if inner == Value::DATA { Value::DATA } else { self.call(inner, arguments, range) };
                        }
                        let is_other = matches!(table.member(name), Member::Other(_));
                        let device = self.channel_of_object(of);
                        let text = self.values.str(name);
                        let channel =
                            if is_other { self.attribute_channel(device, text, table.separator()) } else { device };
                        let path = format!("{}.{}", table.path, if is_other { "*" } else { name });
                        let value = arguments.positional.first().copied();
                        self.record_one(table.library, &path, effect, Some(channel), value, range, None);
                        self.call_back(arguments);
                        Value::DATA
                    }
                    Member::Harmless => {
                        self.call_back(arguments);
                        if name == "__enter__" || name == "__aenter__" { of } else { Value::DATA }
                    }
                    Member::Unlisted => {
                        let found = self.get_attribute(of, name, range);
                        let others: Vec<Value> = self
                            .values
                            .each(found)
                            .iter()
                            .copied()
                            .filter(|one| !matches!(self.values.shape(*one), Shape::Member { .. }))
                            .collect();
                        if !others.is_empty() {
                            let others = self.values.join_all(others);
                            return self.call(others, arguments, range);
                        }
                        self.unresolved(range, &format!("`{}.{name}` is in no table", table.path), true);
                        self.call_back(arguments);
                        Value::ANY_MODULE
                    }
                }
            }
            Shape::Object(class) if name == "__init__" && self.class_attribute(class, id).is_none() => {
                if let Some(library_class) = self.classes[class.0 as usize].library_class {
                    self.made(library_class, arguments, range, Some(class));
                }
                Value::NONE
            }
            Shape::Object(class) => {
                let found = self.get_attribute(of, name, range);
                self.call_found(of, id, class, found, arguments, range)
            }
            Shape::Super(class) if name == "__init__" => {
                if let Some(library_class) = self.classes[class.0 as usize].library_class {
                    self.made(library_class, arguments, range, Some(class));
                }
                let found = self.get_attribute(of, name, range);
                for one in self.values.each(found).iter() {
                    if !matches!(self.values.shape(*one), Shape::Member { .. } | Shape::Data) {
                        self.call(*one, arguments, range);
                    }
                }
                let carried = self.carried(arguments);
                if carried != Value::NOTHING {
                    let held = self.names.name("[]");
                    self.set_class_attribute(class, held, carried);
                }
                Value::NONE
            }
            Shape::UserClass(class) if name == "__init__" => {
                // `Base.__init__(self, name)`.
                let found = self.get_attribute(of, name, range);
                self.call(found, arguments, range);
                if let (Some(library_class), Some(first)) =
                    (self.classes[class.0 as usize].library_class, arguments.positional.first())
                {
                    self.init_of_library(library_class, *first, arguments, range);
                }
                Value::NONE
            }
            Shape::Path(path) => {
                if let Meaning::Class(class) = self.paths.get(path).meaning {
                    if name == "__init__"
                        && let Some(first) = arguments.positional.first()
                    {
                        self.init_of_library(class, *first, arguments, range);
                        return Value::NONE;
                    }
                    let bare = self.values.make(Shape::Instance { class, channel: Value::NOTHING, relative: false });
                    return self.call_method(bare, name, arguments, range);
                }
                if self.patched.is_empty()
                    && self.attribute_stash.is_empty()
                    && self.stash.is_empty()
                    && self.paths.get(path).meaning == Meaning::Inert
                {
                    // The plain case, without the detour.
                    let member = self.member_path(path, id);
                    if &*self.paths.get(path).dotted != "sys" && name != "__dict__" && !name.starts_with("__") {
                        return self.call(member, arguments, range);
                    }
                }
                let found = self.get_attribute(of, name, range);
                let given = self.call(found, arguments, range);
                if name.starts_with("__") && matches!(name, "__getattribute__" | "__getattr__") {
                    let key = arguments.positional.first().copied().unwrap_or(Value::NOTHING);
                    return self.named_item(of, key, range);
                }
                given
            }
            Shape::Unknown => {
                if let Some(effect) = self.libraries.suspect(name)
                    && effect.writes()
                {
                    self.unresolved(range, &format!("`.{name}` of an object of which nothing is known"), false);
                }
                let found = self.get_attribute(of, name, range);
                self.call(found, arguments, range)
            }
            Shape::List(heap) => self.list_method(of, heap, name, arguments, range),
            Shape::Dict(heap) => self.dict_method(of, heap, name, arguments, range),
            Shape::Tuple(_) => match name {
                "__getitem__" => {
                    let key = arguments.positional.first().copied().unwrap_or(Value::DATA);
                    self.get_item(of, key, range)
                }
                "__iter__" => of,
                _ => Value::DATA,
            },
            Shape::Holder(heap) => {
                let contents = self.contents(heap);
                // It may be any method of what is inside, or a way to get at it.
                let given = self.call_method(contents, name, arguments, range);
                let carried = self.carried(arguments);
                if carried != Value::NOTHING {
                    self.put(heap, carried);
                }
                self.call_back(arguments);
                let joined = self.values.join(given, of);
                self.values.join(joined, Value::DATA)
            }
            Shape::Namespace(inner) => match name {
                "get" | "pop" | "setdefault" | "__getitem__" => {
                    let key = arguments.positional.first().copied().unwrap_or(Value::DATA);
                    self.named_item(inner, key, range)
                }
                "items" | "values" | "copy" => {
                    let any = self.any_member(inner, range);
                    self.holder(range.start().to_usize() * 2, any)
                }
                "update" => {
                    for (name, value) in &arguments.keywords {
                        let text = self.names.text(*name);
                        self.set_attribute(inner, &text, *value, range);
                    }
                    for value in &arguments.positional {
                        let held = self.iterate(*value);
                        self.escape_value(held, "a namespace", range);
                    }
                    Value::NONE
                }
                _ => Value::DATA,
            },
            Shape::Globals => match name {
                "get" | "pop" | "setdefault" | "__getitem__" => {
                    if let ("setdefault", [key, value]) = (name, &arguments.positional[..]) {
                        self.set_item(of, *key, *value, range);
                    }
                    let key = arguments.positional.first().copied().unwrap_or(Value::DATA);
                    self.global_item(key, range)
                }
                "items" | "values" | "copy" => {
                    let any = self.global_item(Value::DATA, range);
                    self.holder(range.start().to_usize() * 2, any)
                }
                "update" | "__setitem__" | "__ior__" => {
                    for (name, value) in &arguments.keywords {
                        self.bind_elsewhere(super::scopes::ScopeId(0), *name, *value);
                    }
                    if let [key, value] = arguments.positional[..] {
                        self.set_item(of, key, value, range);
                    }
                    for value in &arguments.positional {
                        if let Shape::Dict(heap) = *self.values.shape(*value) {
                            let (entries, rest) = self.entries(heap);
                            for (key, value) in entries {
                                self.set_item(of, key, value, range);
                            }
                            self.escape_value(rest, "the global names", range);
                        }
                    }
                    Value::NONE
                }
                _ => Value::DATA,
            },
            Shape::Modules => match name {
                "get" | "pop" | "__getitem__" | "setdefault" => {
                    let key = arguments.positional.first().copied().unwrap_or(Value::DATA);
                    self.get_item(of, key, range)
                }
                "values" | "items" | "copy" => {
                    self.record.reachable = true;
                    let at = self.place(range);
                    self.record.darkness(at, Dark::Introspection, "sys.modules", false);
                    Value::ANY_MODULE
                }
                _ => Value::DATA,
            },
            Shape::Str(_) | Shape::Bytes(_) | Shape::Template(_) => {
                self.call_back(arguments);
                self.text_method(of, name, arguments)
            }
            Shape::Data | Shape::None | Shape::Int(_) | Shape::Float(_) | Shape::Bool(_) => {
                let found = self.get_attribute(of, name, range);
                self.call(found, arguments, range)
            }
            _ => {
                let found = self.get_attribute(of, name, range);
                if found == Value::DATA {
                    self.hand_over(arguments, "a method that is not followed", range, false);
                    return Value::DATA;
                }
                self.call(found, arguments, range)
            }
        }
    }

    /// `epics.PV.__init__(self, name)` within a class that is made from it.
    fn init_of_library(
        &mut self,
        class: crate::analysis::library::ClassId,
        first: Value,
        arguments: &Arguments,
        range: TextRange,
    ) {
        if let Shape::Object(object) = *self.values.shape(first) {
            let mut rest = arguments.clone();
            rest.positional.remove(0);
            self.made(class, &rest, range, Some(object));
        }
    }

    /// Calls what an attribute of an object of the program gave.
    fn call_found(
        &mut self,
        of: Value,
        id: Name,
        class: UserClassId,
        found: Value,
        arguments: &Arguments,
        range: TextRange,
    ) -> Value {
        self.map(found, |this, one| match *this.values.shape(one) {
            // A method of what the class is made from.
            Shape::Member { of: owner, name } if owner == of && name == id => {
                let held = this.names.name("[]");
                let held = this.class_attribute(class, held).unwrap_or(Value::NOTHING);
                let carried = this.carried(arguments);
                if carried != Value::NOTHING {
                    let name = this.names.name("[]");
                    this.set_class_attribute(class, name, carried);
                }
                let outside =
                    this.classes[class.0 as usize].bases.clone().into_iter().any(|base| {
                        !matches!(this.values.shape(base), Shape::UserClass(_) | Shape::Path(_) | Shape::Data)
                    });
                let text = this.names.text(name);
                if outside && this.libraries.suspect(&text).is_some_and(Effect::writes) {
                    this.unresolved(range, &format!("`.{text}` of an object of an unknown class"), false);
                }
                this.hand_over(arguments, "a method that is not followed", range, outside);
                this.values.join(held, Value::DATA)
            }
            Shape::Data => {
                this.hand_over(arguments, "a method that is not followed", range, false);
                Value::DATA
            }
            _ => this.call(one, arguments, range),
        })
    }

    fn is_instance(&self, value: Value) -> bool {
        match self.values.shape(value) {
            Shape::Instance { .. } => true,
            Shape::Object(class) => self.classes[class.0 as usize].library_class.is_some(),
            Shape::Union(members) => members.iter().any(|one| self.is_instance(*one)),
            _ => false,
        }
    }
}

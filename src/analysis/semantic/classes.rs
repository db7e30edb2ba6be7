//! Classes of the program: their bodies, attributes and objects.

use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use super::Interpreter;
use super::functions::{Binding, Body, MAX_FRAMES, Run, UserClass};
use super::names::Name;
use super::scopes::ScopeKind;
use super::value::{Arguments, Shape, UserClassId, Value};

impl<'a> Interpreter<'a> {
    /// `class`: walks its body as a scope of its own.
    pub(super) fn define_class(&mut self, node: &'a StmtClassDef) -> Value {
        self.type_parameters(node.type_params.as_deref());
        let mut bases = Vec::new();
        let mut keywords = Vec::new();
        if let Some(arguments) = &node.arguments {
            for base in &arguments.args {
                bases.push(self.evaluate(base));
            }
            for keyword in &arguments.keywords {
                keywords.push(self.evaluate(&keyword.value));
            }
        }
        let site = std::ptr::from_ref(node) as usize;
        let id = self.class_at(site);
        for base in bases {
            self.add_base(id, base);
        }
        self.classes[id.0 as usize].keywords.extend(keywords.iter().copied());
        // The body is a function of no arguments, walked at once.
        let function = match self.function_sites.get(&site) {
            Some(function) => *function,
            None => {
                let parent = self.frames.last().map(|frame| frame.scope);
                let scope = self.new_scope(parent, ScopeKind::Class);
                let function = self.new_function(Body::Suite(&node.body), None, scope, Binding::Plain);
                self.function_sites.insert(site, function);
                self.class_scopes.insert(scope, id);
                function
            }
        };
        if self.frames.len() < MAX_FRAMES && !matches!(self.functions[function.0 as usize].run, Run::Running) {
            let scope = self.functions[function.0 as usize].scope;
            self.run_function(function);
            for (name, value) in self.cells(scope) {
                self.set_class_attribute(id, name, value);
            }
        }
        self.note_fields(id, node);
        let mut value = self.values.make(Shape::UserClass(id));
        // `metaclass=` is called with the name, the bases and the body; most often it is a class and gives the class.
        for called in keywords {
            if self.deep && !matches!(self.values.shape(called), Shape::UserClass(_)) && !self.is_tame(called) {
                let arguments = Self::arguments_of(vec![Value::DATA, Value::DATA, Value::DATA]);
                let given = self.call(called, &arguments, node.name.range);
                value = self.values.join(value, given);
            }
        }
        for decorator in node.decorator_list.iter().rev() {
            let called = self.evaluate(&decorator.expression);
            value = self.decorate(called, value, decorator.expression.range());
        }
        value
    }

    /// The class that is made at a place.
    pub(super) fn class_at(&mut self, site: usize) -> UserClassId {
        if let Some(id) = self.class_sites.get(&site) {
            return *id;
        }
        let location = self.new_location();
        self.classes.push(UserClass {
            bases: Vec::new(),
            attributes: FxHashMap::default(),
            location,
            library_class: None,
            channel: Value::NOTHING,
            fields: Vec::new(),
            keywords: Vec::new(),
        });
        let id = UserClassId(u32::try_from(self.classes.len() - 1).unwrap_or(u32::MAX));
        self.class_sites.insert(site, id);
        id
    }

    pub(super) fn add_base(&mut self, id: UserClassId, base: Value) {
        if self.classes[id.0 as usize].bases.contains(&base) {
            return;
        }
        for one in self.values.each(base).iter() {
            let class = match self.values.shape(*one) {
                Shape::Path(path) => match self.paths.get(*path).meaning {
                    crate::analysis::library::Meaning::Class(class) => Some(class),
                    _ => None,
                },
                Shape::UserClass(parent) if *parent != id => self.classes[parent.0 as usize].library_class,
                _ => None,
            };
            if class.is_some() {
                self.classes[id.0 as usize].library_class = class;
            }
        }
        self.classes[id.0 as usize].bases.push(base);
        let location = self.classes[id.0 as usize].location;
        self.grew(location);
    }

    /// Annotated names of a class body, in order, its bases' first.
    fn note_fields(&mut self, id: UserClassId, node: &'a StmtClassDef) {
        let mut fields = Vec::new();
        for base in self.classes[id.0 as usize].bases.clone() {
            if let Shape::UserClass(parent) = self.values.shape(base) {
                fields.extend(self.classes[parent.0 as usize].fields.iter().copied());
            }
        }
        for stmt in &node.body {
            if let Stmt::AnnAssign(assign) = stmt
                && let Expr::Name(name) = &*assign.target
            {
                let name = self.names.name(name.id.as_str());
                if !fields.contains(&name) {
                    fields.push(name);
                }
            }
        }
        self.classes[id.0 as usize].fields = fields;
    }

    pub(super) fn set_class_attribute(&mut self, id: UserClassId, name: Name, value: Value) {
        let Some((held, location)) = self.classes[id.0 as usize].attributes.get(&name).copied() else {
            let location = self.new_location();
            let class = &mut self.classes[id.0 as usize];
            class.attributes.insert(name, (value, location));
            // Whoever asked before found nothing.
            let whole = class.location;
            self.grew(whole);
            return;
        };
        let joined = self.values.join(held, value);
        let joined = self.settled(location, joined);
        if joined != held {
            self.classes[id.0 as usize].attributes.insert(name, (joined, location));
            self.grew(location);
        }
    }

    /// An attribute of a class or of its objects, its bases' included.
    pub(super) fn class_attribute(&mut self, id: UserClassId, name: Name) -> Option<Value> {
        let mut pending = vec![id];
        let mut seen = Vec::new();
        let mut found: Option<Value> = None;
        while let Some(at) = pending.pop() {
            if seen.contains(&at) {
                continue;
            }
            seen.push(at);
            let whole = self.classes[at.0 as usize].location;
            match self.classes[at.0 as usize].attributes.get(&name).copied() {
                Some((value, location)) => {
                    self.reads(location);
                    found = Some(match found {
                        Some(held) => self.values.join(held, value),
                        None => value,
                    });
                    // An override hides what its own bases have.
                    continue;
                }
                None => self.reads(whole),
            }
            for base in self.classes[at.0 as usize].bases.clone() {
                for one in self.values.each(base).iter() {
                    if let Shape::UserClass(parent) = self.values.shape(*one) {
                        pending.push(*parent);
                    }
                }
            }
        }
        found
    }

    /// `Class(...)` of a class of the program.
    pub(super) fn construct(&mut self, id: UserClassId, arguments: &Arguments, range: TextRange) -> Value {
        let object = self.values.make(Shape::Object(id));
        if !self.deep {
            return object;
        }
        let init = self.names.name("__init__");
        let with_this = |arguments: &Arguments| {
            let mut all = arguments.clone();
            all.positional.insert(0, object);
            all
        };
        match self.class_attribute(id, init) {
            Some(function) => {
                self.call(function, &with_this(arguments), range);
            }
            None => {
                if let Some(class) = self.classes[id.0 as usize].library_class {
                    self.made(class, arguments, range, Some(id));
                }
                let fields = self.classes[id.0 as usize].fields.clone();
                for (name, value) in fields.iter().zip(&arguments.positional) {
                    self.set_class_attribute(id, *name, *value);
                }
                for (name, value) in &arguments.keywords {
                    self.set_class_attribute(id, *name, *value);
                }
                for value in arguments.rest.iter().chain(&arguments.keyword_rest) {
                    for name in &fields {
                        self.set_class_attribute(id, *name, *value);
                    }
                }
                let inherits_unknown =
                    self.classes[id.0 as usize].bases.clone().into_iter().any(|base| {
                        !matches!(self.values.shape(base), Shape::UserClass(_) | Shape::Path(_) | Shape::Data)
                    });
                if inherits_unknown {
                    self.hand_over(arguments, "the constructor of an unknown class", range, true);
                } else if fields.is_empty() {
                    // `class Store(dict)`: what it is made from is in it.
                    let carried = self.carried(arguments);
                    if carried != Value::NOTHING {
                        let any = self.names.name("[]");
                        self.set_class_attribute(id, any, carried);
                    }
                }
            }
        }
        let mut made = object;
        for hook in ["__new__", "__post_init__"] {
            let name = self.names.name(hook);
            if let Some(function) = self.class_attribute(id, name) {
                let arguments = if hook == "__new__" { with_this(arguments) } else { Self::arguments_of(vec![object]) };
                let given = self.call(function, &arguments, range);
                if hook == "__new__" && !self.values.is_data(given) {
                    made = self.values.join(made, given);
                }
            }
        }
        made
    }

    /// Calls a method of an object of the program by name, if it has one.
    pub(super) fn call_named(&mut self, object: Value, name: &str, arguments: Vec<Value>) -> Option<Value> {
        let Shape::Object(class) = *self.values.shape(object) else { return None };
        if !self.deep {
            return None;
        }
        let name = self.names.name(name);
        let method = self.class_attribute(class, name)?;
        let mut all = vec![object];
        all.extend(arguments);
        let arguments = Self::arguments_of(all);
        let range = self.frames.last().map_or(TextRange::default(), |frame| frame.at);
        Some(self.call(method, &arguments, range))
    }
}

//! Functions and classes of the program: walked with what reaches their parameters from all calls together.

use ruff_python_ast::{Expr, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use super::containers::{KWARGS, VARARGS};
use super::names::Name;
use super::scopes::{Frame, ScopeId, ScopeKind};
use super::value::{Arguments, FunctionId, Shape, UserClassId, Value};
use super::{Interpreter, Location};
use crate::analysis::library::ClassId;

/// What a function's text is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body<'a> {
    Suite(&'a [Stmt]),
    Expression(&'a Expr),
}

/// How far a function is walked.
#[derive(Debug)]
pub(super) enum Run {
    Never,
    Running,
    /// With the versions of all that it has read.
    Done(FxHashMap<u32, u32>),
}

/// How a method is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    Plain,
    Static,
    Class,
    Property,
}

/// A function, a lambda, or the module itself.
#[derive(Debug)]
pub(super) struct Function<'a> {
    pub(super) body: Body<'a>,
    pub(super) parameters: Option<&'a Parameters>,
    pub(super) scope: ScopeId,
    pub(super) binding: Binding,
    /// The class that it is a method of.
    pub(super) class: Option<UserClassId>,
    pub(super) run: Run,
    runs: u32,
    /// What reaches each parameter, in the order of the parameters.
    reaching: Vec<Value>,
    /// Whether more reached them since the last walk.
    outdated: bool,
    returned: (Value, Location),
    yielded: (Value, Location),
    pin: Option<TextRange>,
    is_generator_site: usize,
}

/// A class.
#[derive(Debug)]
pub(super) struct UserClass {
    pub(super) bases: Vec<Value>,
    /// Class and instance attributes.
    pub(super) attributes: FxHashMap<Name, (Value, Location)>,
    pub(super) location: Location,
    /// The control-system class that it is made from.
    pub(super) library_class: Option<ClassId>,
    /// The channel that its objects were made for.
    pub(super) channel: Value,
    /// Fields in order: what a dataclass or named tuple takes.
    pub(super) fields: Vec<Name>,
    /// Decorators and metaclass, which may see every object.
    pub(super) keywords: Vec<Value>,
}

/// How often a function is walked anew because of its arguments, before that waits for the end.
const MAX_EAGER_RUNS: u32 = 6;
/// How often a function is walked before constants that reach its parameters are merged.
const MAX_CONSTANT_RUNS: u32 = 20;
/// Functions that are walked within each other.
pub(super) const MAX_FRAMES: usize = 48;
/// How often a function is walked in all.
const MAX_RUNS: u32 = 60;

impl<'a> Interpreter<'a> {
    /// The module as a function.
    pub(super) fn new_main(&mut self, body: &'a [Stmt], scope: ScopeId) -> FunctionId {
        self.new_function(Body::Suite(body), None, scope, Binding::Plain)
    }

    pub(super) fn new_function(
        &mut self,
        body: Body<'a>,
        parameters: Option<&'a Parameters>,
        scope: ScopeId,
        binding: Binding,
    ) -> FunctionId {
        let (returned, yielded) = (self.new_location(), self.new_location());
        let count = parameters.map_or(0, |parameters| parameters.iter().count());
        self.functions.push(Function {
            body,
            parameters,
            scope,
            binding,
            class: None,
            run: Run::Never,
            runs: 0,
            reaching: vec![Value::NOTHING; count],
            outdated: false,
            returned: (Value::NOTHING, returned),
            yielded: (Value::NOTHING, yielded),
            pin: self.pin,
            is_generator_site: self.functions.len(),
        });
        FunctionId(u32::try_from(self.functions.len() - 1).unwrap_or(u32::MAX))
    }

    /// The function that a node defines.
    pub(super) fn function_at(
        &mut self,
        site: usize,
        body: Body<'a>,
        parameters: Option<&'a Parameters>,
        binding: Binding,
    ) -> FunctionId {
        if let Some(id) = self.function_sites.get(&site) {
            return *id;
        }
        let parent = self.frames.last().map(|frame| frame.scope);
        let scope = self.new_scope(parent, ScopeKind::Function);
        let id = self.new_function(body, parameters, scope, binding);
        self.function_sites.insert(site, id);
        id
    }

    /// `def`: the function, with its defaults and decorators applied.
    pub(super) fn define_function(&mut self, node: &'a StmtFunctionDef) -> Value {
        let decorators: Vec<(Value, TextRange)> = node
            .decorator_list
            .iter()
            .map(|decorator| (self.evaluate(&decorator.expression), decorator.expression.range()))
            .collect();
        let mut binding = Binding::Plain;
        for (decorator, _) in &decorators {
            if let Shape::Path(path) = self.values.shape(*decorator) {
                match &*self.paths.get(*path).dotted {
                    "builtins.staticmethod" => binding = Binding::Static,
                    "builtins.classmethod" => binding = Binding::Class,
                    "builtins.property" | "functools.cached_property" => binding = Binding::Property,
                    _ => {}
                }
            }
        }
        let site = std::ptr::from_ref(node) as usize;
        let id = self.function_at(site, Body::Suite(&node.body), Some(&node.parameters), binding);
        if let Some(frame) = self.frames.last()
            && self.scopes[frame.scope.0 as usize].kind == ScopeKind::Class
        {
            self.functions[id.0 as usize].class = self.class_scopes.get(&frame.scope).copied();
        }
        self.type_parameters(node.type_params.as_deref());
        self.note_signature(id, &node.parameters);
        if let Some(returns) = &node.returns {
            self.evaluate(returns);
        }
        let mut value = self.values.make(Shape::Function(id));
        for (decorator, range) in decorators.into_iter().rev() {
            value = self.decorate(decorator, value, range);
        }
        value
    }

    /// Applies a decorator. One of a library may call the function, and gives it back as far as calls are concerned.
    pub(super) fn decorate(&mut self, decorator: Value, value: Value, range: TextRange) -> Value {
        self.map(decorator, |this, one| {
            let bound = match this.values.shape(one) {
                Shape::Path(path) => matches!(
                    &*this.paths.get(*path).dotted,
                    "builtins.staticmethod"
                        | "builtins.classmethod"
                        | "builtins.property"
                        | "functools.cached_property"
                ),
                _ => false,
            };
            if bound {
                return value;
            }
            let arguments = Self::arguments_of(vec![value]);
            let given = this.call(one, &arguments, range);
            let followed = matches!(
                this.values.shape(one),
                Shape::Function(_)
                    | Shape::Method { .. }
                    | Shape::UserClass(_)
                    | Shape::Object(_)
                    | Shape::Partial { .. }
            );
            // `@property.setter`, `@app.route(...)`, `@lru_cache`: the function is still what gets called.
            if followed { given } else { this.values.join(value, given) }
        })
    }

    pub(super) fn lambda(&mut self, node: &'a ruff_python_ast::ExprLambda) -> Value {
        let site = std::ptr::from_ref(node) as usize;
        let id = self.function_at(site, Body::Expression(&node.body), node.parameters.as_deref(), Binding::Plain);
        if let Some(parameters) = node.parameters.as_deref() {
            self.note_signature(id, parameters);
        }
        self.values.make(Shape::Function(id))
    }

    /// Bounds and defaults of type parameters are evaluated when somebody asks for them.
    pub(super) fn type_parameters(&mut self, parameters: Option<&'a ruff_python_ast::TypeParams>) {
        for parameter in parameters.iter().flat_map(|parameters| parameters.iter()) {
            let (bound, default) = match parameter {
                ruff_python_ast::TypeParam::TypeVar(one) => (one.bound.as_deref(), one.default.as_deref()),
                ruff_python_ast::TypeParam::TypeVarTuple(one) => (None, one.default.as_deref()),
                ruff_python_ast::TypeParam::ParamSpec(one) => (None, one.default.as_deref()),
            };
            for part in bound.into_iter().chain(default) {
                self.evaluate(part);
            }
            let name = self.names.name(parameter.name().as_str());
            self.bind(name, Value::DATA);
        }
    }

    /// Defaults reach their parameters whenever the function is called.
    fn note_signature(&mut self, id: FunctionId, parameters: &'a Parameters) {
        for (index, parameter) in parameters.iter().enumerate() {
            if let Some(default) = parameter.default() {
                let value = self.evaluate(default);
                self.reach(id, index, value);
            }
            if let Some(annotation) = parameter.annotation() {
                self.evaluate(annotation);
            }
        }
    }

    fn reach(&mut self, id: FunctionId, index: usize, value: Value) {
        let held = self.functions[id.0 as usize].reaching[index];
        let joined = self.values.join(held, value);
        let joined =
            if self.functions[id.0 as usize].runs > MAX_CONSTANT_RUNS { self.values.widen(joined) } else { joined };
        if joined != held {
            let function = &mut self.functions[id.0 as usize];
            function.reaching[index] = joined;
            function.outdated = true;
        }
    }

    /// Something that was nowhere before is now somewhere: whoever asked for it read nothing that could have grown.
    pub(super) fn outdate_all(&mut self) {
        for function in &mut self.functions {
            function.outdated |= !matches!(function.run, Run::Never);
        }
    }

    /// Whether a function has to be walked again.
    pub(super) fn is_stale(&self, index: usize) -> bool {
        let function = &self.functions[index];
        match &function.run {
            Run::Never => function.outdated && function.runs > 0,
            Run::Running => false,
            Run::Done(read) => {
                function.outdated
                    || read.iter().any(|(location, version)| self.versions[*location as usize] != *version)
            }
        }
    }

    /// Calls a function of the program.
    pub(super) fn call_function(&mut self, id: FunctionId, arguments: &Arguments) -> Value {
        if !self.deep {
            return Value::UNKNOWN;
        }
        self.pass(id, arguments);
        let function = &self.functions[id.0 as usize];
        let walk = match function.run {
            Run::Never => true,
            Run::Running => false,
            Run::Done(_) => function.outdated && function.runs < MAX_EAGER_RUNS,
        };
        if walk && self.frames.len() < MAX_FRAMES {
            self.run_function(id);
        } else if matches!(self.functions[id.0 as usize].run, Run::Never) {
            // Too deep: it is walked at the end.
            let function = &mut self.functions[id.0 as usize];
            function.run = Run::Done(FxHashMap::default());
            function.outdated = true;
        }
        let function = &self.functions[id.0 as usize];
        let (returned, yielded) = (function.returned, function.yielded);
        let site = function.is_generator_site;
        self.reads(returned.1);
        self.reads(yielded.1);
        if yielded.0 == Value::NOTHING {
            return returned.0;
        }
        let generator = self.holder(usize::MAX - site, yielded.0);
        self.values.join(generator, returned.0)
    }

    /// Joins a call's arguments into the parameters.
    fn pass(&mut self, id: FunctionId, arguments: &Arguments) {
        let Some(parameters) = self.functions[id.0 as usize].parameters else { return };
        let names: Vec<Name> = parameters.iter().map(|parameter| self.names.name(parameter.name().as_str())).collect();
        let by_position = parameters.posonlyargs.len() + parameters.args.len();
        // The order of `Parameters::iter`: by position, `*args`, by keyword, `**kwargs`.
        let has_rest = parameters.vararg.is_some();
        let keyword_start = by_position + usize::from(has_rest);
        let keyword_end = keyword_start + parameters.kwonlyargs.len();
        let mut extra = Vec::new();
        for (position, value) in arguments.positional.iter().enumerate() {
            if position < by_position {
                self.reach(id, position, *value);
            } else {
                extra.push(*value);
            }
        }
        if let Some(rest) = arguments.rest {
            for position in arguments.positional.len().min(by_position)..by_position {
                self.reach(id, position, rest);
            }
        }
        if has_rest {
            let site = usize::MAX - id.0 as usize;
            let exact = arguments.rest.is_none();
            let (heap, new) = self.heap_at(site, VARARGS);
            let value = if exact && new {
                self.values.make(Shape::Tuple(extra.clone().into()))
            } else {
                for value in extra.iter().copied().chain(arguments.rest) {
                    self.append(heap, value);
                }
                self.values.make(Shape::List(heap))
            };
            self.reach(id, by_position, value);
        }
        let mut more = Vec::new();
        for (name, value) in &arguments.keywords {
            let found = names
                .iter()
                .position(|parameter| parameter == name)
                .filter(|index| *index < by_position || (keyword_start..keyword_end).contains(index));
            match found {
                Some(index) => self.reach(id, index, *value),
                None => more.push((*name, *value)),
            }
        }
        if let Some(rest) = arguments.keyword_rest {
            for index in (0..by_position).chain(keyword_start..keyword_end) {
                self.reach(id, index, rest);
            }
        }
        if parameters.kwarg.is_some() {
            let (heap, _) = self.heap_at(usize::MAX - id.0 as usize, KWARGS);
            for (name, value) in more {
                let key = self.names.text(name);
                let key = self.values.str(&key);
                self.insert(heap, key, value);
            }
            if let Some(rest) = arguments.keyword_rest {
                self.put(heap, rest);
            }
            let value = self.values.make(Shape::Dict(heap));
            self.reach(id, keyword_end, value);
        }
        if self.functions[id.0 as usize].runs == 0 {
            self.functions[id.0 as usize].outdated = true;
        }
    }

    /// Nobody in the text calls it: its parameters may be what their annotations say, or anything.
    pub(super) fn open_parameters(&mut self, id: FunctionId) {
        let Some(parameters) = self.functions[id.0 as usize].parameters else { return };
        let class = self.functions[id.0 as usize].class;
        let binding = self.functions[id.0 as usize].binding;
        for (index, parameter) in parameters.iter().enumerate() {
            let value = match class {
                Some(class) if index == 0 && binding != Binding::Static => match binding {
                    Binding::Class => self.values.make(Shape::UserClass(class)),
                    _ => self.values.make(Shape::Object(class)),
                },
                _ if parameter.is_variadic() => Value::UNKNOWN,
                _ => match parameter.annotation() {
                    Some(annotation) => self.object_of_annotation(annotation),
                    None => Value::UNKNOWN,
                },
            };
            if self.functions[id.0 as usize].reaching[index] == Value::NOTHING || value == Value::UNKNOWN {
                self.reach(id, index, value);
            }
        }
    }

    /// Whoever is unknown may call it, with what `data` holds.
    pub(super) fn escape(&mut self, id: FunctionId, data: Value) {
        let Some(parameters) = self.functions[id.0 as usize].parameters else {
            self.call_function(id, &Arguments::default());
            return;
        };
        let method = self.functions[id.0 as usize].class.is_some();
        for index in 0..parameters.iter().count() {
            if index == 0 && method {
                continue;
            }
            self.reach(id, index, data);
        }
        if method {
            self.open_parameters(id);
        }
        self.call_function(id, &Arguments::default());
    }

    /// Walks a function's text once with all that reaches it.
    pub(super) fn run_function(&mut self, id: FunctionId) {
        let function = &mut self.functions[id.0 as usize];
        function.runs += 1;
        let runs = function.runs;
        let (body, parameters, scope, pin) = (function.body, function.parameters, function.scope, function.pin);
        function.outdated = false;
        function.run = Run::Running;
        if runs > MAX_RUNS {
            self.give_up(TextRange::default(), "a function depends on itself in too many ways");
            self.functions[id.0 as usize].run = Run::Done(FxHashMap::default());
            return;
        }
        let outer_pin = std::mem::replace(&mut self.pin, pin);
        let outer_dead = std::mem::replace(&mut self.dead, 0);
        let is_module = parameters.is_none() && matches!(body, Body::Suite(_)) && id.0 == 0;
        self.conditional += u32::from(!is_module);
        self.frames.push(Frame::new(scope, id));
        if let Some(parameters) = parameters {
            for (index, parameter) in parameters.iter().enumerate() {
                let value = self.functions[id.0 as usize].reaching[index];
                let name = self.names.name(parameter.name().as_str());
                self.bind(name, value);
            }
        }
        match body {
            Body::Suite(body) => self.walk(body),
            Body::Expression(expression) => {
                let value = self.evaluate(expression);
                if let Some(frame) = self.frames.last_mut() {
                    frame.returned = value;
                }
            }
        }
        self.conditional -= u32::from(!is_module);
        self.pin = outer_pin;
        self.dead = outer_dead;
        let Some(frame) = self.frames.pop() else { return };
        for (which, value) in [(true, frame.returned), (false, frame.yielded)] {
            let function = &self.functions[id.0 as usize];
            let (held, location) = if which { function.returned } else { function.yielded };
            let joined = self.values.join(held, value);
            if joined != held {
                let function = &mut self.functions[id.0 as usize];
                if which {
                    function.returned.0 = joined;
                } else {
                    function.yielded.0 = joined;
                }
                self.grew(location);
            }
        }
        self.functions[id.0 as usize].run = Run::Done(frame.read);
    }
}

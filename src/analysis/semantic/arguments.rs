//! What goes along with a call: whether it can reach a control system, and what happens when it goes where nothing can be
//! followed.

use ruff_python_ast::Expr;
use ruff_text_size::TextRange;

use super::Interpreter;
use super::value::{Arguments, Shape, Value, Values};
use crate::analysis::library::{Effect, Meaning, Member};

impl Arguments {
    /// All of them.
    pub(super) fn all(&self) -> Vec<Value> {
        let mut all = self.positional.clone();
        all.extend(self.rest);
        all.extend(self.keywords.iter().map(|(_, value)| *value));
        all.extend(self.keyword_rest);
        all
    }

    /// Whether they are plain data: the usual case, which needs no further look.
    pub(super) fn is_plain(&self, values: &Values) -> bool {
        self.rest.is_none()
            && self.keyword_rest.is_none()
            && self.positional.iter().all(|value| values.is_data(*value))
            && self.keywords.iter().all(|(_, value)| values.is_data(*value))
    }
}

fn doubt_of(to: &str) -> String {
    format!("handed to {to}, which may call it")
}

impl<'a> Interpreter<'a> {
    /// Whether a value can reach a control system.
    pub(super) fn carries(&mut self, value: Value) -> bool {
        self.carries_to(value, 6)
    }

    fn carries_to(&mut self, value: Value, depth: u8) -> bool {
        if depth == 0 || !self.step() {
            return true;
        }
        match self.values.shape(value).clone() {
            Shape::Path(path) => self.is_control(path),
            Shape::Instance { .. } | Shape::AnyModule => true,
            Shape::Member { of, .. } | Shape::AnyMember(of) | Shape::Namespace(of) => {
                of == Value::UNKNOWN || self.carries_to(of, depth - 1)
            }
            Shape::Partial { callee, arguments } => {
                self.carries_to(callee, depth - 1)
                    || arguments.all().into_iter().any(|one| self.carries_to(one, depth - 1))
            }
            Shape::MethodCaller { arguments, .. } => {
                arguments.all().into_iter().any(|one| self.carries_to(one, depth - 1))
            }
            Shape::Tuple(elements) => elements.iter().any(|one| self.carries_to(*one, depth - 1)),
            Shape::List(id) | Shape::Dict(id) | Shape::Holder(id) => self.heap_carries(id),
            Shape::Object(class) => self.classes[class.0 as usize].library_class.is_some(),
            Shape::UserClass(class) => self.classes[class.0 as usize].library_class.is_some(),
            Shape::Union(members) => members.iter().any(|one| self.carries_to(*one, depth)),
            _ => false,
        }
    }

    /// Whether a value is, or holds, a function of the program.
    pub(super) fn holds_function(&mut self, value: Value) -> bool {
        match self.values.shape(value).clone() {
            Shape::Function(_) | Shape::Method { .. } | Shape::UserClass(_) | Shape::Object(_) => true,
            Shape::Partial { callee, .. } => self.holds_function(callee),
            Shape::Union(members) => members.iter().any(|one| self.holds_function(*one)),
            Shape::Tuple(elements) => elements.iter().any(|one| self.holds_function(*one)),
            _ => false,
        }
    }

    /// Whether a value is plain data or of a library that cannot reach a control system.
    pub(super) fn is_tame(&self, value: Value) -> bool {
        match self.values.shape(value) {
            Shape::Path(path) => self.paths.get(*path).meaning == Meaning::Inert,
            Shape::Union(members) => members.iter().all(|one| self.is_tame(*one)),
            Shape::Nothing => true,
            _ => self.values.is_data(value),
        }
    }

    /// What among the arguments can reach a control system, or is a function that may.
    pub(super) fn carried(&mut self, arguments: &Arguments) -> Value {
        if !self.deep {
            return Value::NOTHING;
        }
        let mut carried = Value::NOTHING;
        for value in arguments.all() {
            for one in self.values.each(value).iter() {
                let inner = match *self.values.shape(*one) {
                    Shape::List(id) | Shape::Dict(id) | Shape::Holder(id) => self.contents(id),
                    Shape::Tuple(_) => self.iterate(*one),
                    _ => *one,
                };
                for part in self.values.each(inner).iter() {
                    if self.carries(*part) || self.holds_function(*part) {
                        carried = self.values.join(carried, *part);
                    }
                }
            }
        }
        carried
    }

    /// Arguments go to code that is not followed (`foreign`: not even known). What they could do there is reported.
    pub(super) fn hand_over(&mut self, arguments: &Arguments, to: &str, range: TextRange, foreign: bool) {
        // In the first walk nothing of a control system is there to be handed over.
        if !self.deep || arguments.is_plain(&self.values) {
            return;
        }
        self.hand_over_callables(arguments, to, range);
        if foreign {
            for value in arguments.all() {
                for one in self.values.each(value).iter() {
                    if *one == Value::ANY_MODULE {
                        continue;
                    }
                    if self.carries(*one) {
                        self.unresolved(range, &format!("something of a control system is handed to {to}"), true);
                        return;
                    }
                }
            }
            self.call_back(arguments);
        }
    }

    /// Functions that write, handed to code that may call them.
    pub(super) fn hand_over_callables(&mut self, arguments: &Arguments, to: &str, range: TextRange) {
        for value in arguments.all() {
            self.escape_value(value, to, range);
        }
    }

    /// A value goes where it is not followed.
    pub(super) fn escape_value(&mut self, value: Value, to: &str, range: TextRange) {
        self.escape_to(value, to, range, 3);
    }

    fn escape_to(&mut self, value: Value, to: &str, range: TextRange, depth: u8) {
        if depth == 0 || !self.deep || self.values.is_data(value) {
            return;
        }
        for one in self.values.each(value).iter() {
            if !self.step() {
                return;
            }
            // What is in a container may have grown since; anything else needs to be looked at once for each place.
            let container = matches!(self.values.shape(*one), Shape::List(_) | Shape::Dict(_) | Shape::Holder(_));
            if !container && !self.escaped.insert((*one, range)) {
                continue;
            }
            match self.values.shape(*one).clone() {
                Shape::Path(path) => match self.paths.get(path).meaning {
                    Meaning::Function(id) => {
                        let does = self.libraries.callable_of(id).table.does;
                        if does != Effect::Nothing {
                            let doubt = doubt_of(to);
                            self.operate(id, None, &Arguments::default(), range, Some(&doubt));
                        }
                    }
                    Meaning::Unlisted => self.unresolved(range, &doubt_of(to), true),
                    _ => {}
                },
                Shape::Member { of, name } => {
                    let text = self.names.text(name);
                    for owner in self.values.each(of).iter() {
                        if let Shape::Instance { class, .. } = *self.values.shape(*owner) {
                            self.escape_member(*owner, class, &text, &doubt_of(to), range);
                        }
                    }
                }
                Shape::AnyMember(of) => {
                    let control = self.carries(of);
                    self.unresolved(range, &doubt_of(to), control);
                }
                Shape::Partial { callee, arguments } => {
                    // It is called with these, and with what else it gets there.
                    let mut all = (*arguments).clone();
                    all.rest = Some(Value::DATA);
                    match *self.values.shape(callee) {
                        Shape::Path(path) => {
                            if let Meaning::Function(id) = self.paths.get(path).meaning {
                                self.operate(id, None, &arguments, range, Some(&doubt_of(to)));
                            } else {
                                self.escape_to(callee, to, range, depth - 1);
                            }
                        }
                        Shape::Member { .. } => self.escape_to(callee, to, range, depth - 1),
                        _ => {
                            self.call(callee, &all, range);
                        }
                    }
                }
                Shape::Tuple(elements) => {
                    for element in elements.iter() {
                        self.escape_to(*element, to, range, depth - 1);
                    }
                }
                Shape::List(id) | Shape::Dict(id) | Shape::Holder(id) => {
                    if self.heap_carries(id) {
                        let contents = self.contents(id);
                        if contents != *one && self.escaped.insert((contents, range)) {
                            self.escape_to(contents, to, range, depth - 1);
                        }
                    }
                }
                Shape::MethodCaller { .. } => {}
                _ => {}
            }
        }
    }

    fn escape_member(
        &mut self,
        owner: Value,
        class: crate::analysis::library::ClassId,
        name: &str,
        doubt: &str,
        range: TextRange,
    ) {
        let libraries = self.libraries;
        let table = libraries.class(class);
        let channel = self.channel_of_object(owner);
        match table.member(name) {
            Member::Method(id) => {
                if libraries.callable_of(id).table.does != Effect::Nothing {
                    self.operate(id, Some(channel), &Arguments::default(), range, Some(doubt));
                }
            }
            Member::Other(access) if access.call.is_some_and(|effect| effect != Effect::Nothing) => {
                let name = self.values.str(name);
                let channel = self.attribute_channel(channel, name, table.separator());
                let path = format!("{}.*", table.path);
                let effect = access.call.unwrap_or(Effect::Command);
                self.record_one(table.library, &path, effect, Some(channel), None, range, Some(doubt));
            }
            Member::Unlisted => self.unresolved(range, doubt, true),
            _ => {}
        }
    }

    /// Functions of the program among the arguments may be called, with data or with what the other arguments hold.
    pub(super) fn call_back(&mut self, arguments: &Arguments) {
        if !self.deep || arguments.is_plain(&self.values) {
            return;
        }
        let all = arguments.all();
        let mut data = Value::NOTHING;
        let mut functions = Vec::new();
        for value in &all {
            for one in self.values.each(*value).iter() {
                if matches!(
                    self.values.shape(*one),
                    Shape::Function(_)
                        | Shape::Method { .. }
                        | Shape::Object(_)
                        | Shape::MethodCaller { .. }
                        | Shape::AttributeGetter(_)
                ) {
                    functions.push(*one);
                } else if matches!(
                    self.values.shape(*one),
                    Shape::List(_) | Shape::Tuple(_) | Shape::Dict(_) | Shape::Holder(_)
                ) {
                    let inner = self.iterate(*one);
                    data = self.values.join(data, inner);
                    for part in self.values.each(inner).iter() {
                        if matches!(self.values.shape(*part), Shape::Function(_) | Shape::Method { .. }) {
                            functions.push(*part);
                        }
                    }
                } else {
                    data = self.values.join(data, *one);
                }
            }
        }
        let data = self.values.join(data, Value::DATA);
        for function in functions {
            self.escape_all(function, data);
        }
    }

    /// Whoever is unknown may call these, with what `data` holds.
    pub(super) fn escape_all(&mut self, value: Value, data: Value) {
        for one in self.values.each(value).iter() {
            match *self.values.shape(*one) {
                Shape::Function(function) => self.escape(function, data),
                Shape::Method { function, this } => {
                    for inner in self.values.each(function).iter() {
                        if let Shape::Function(function) = *self.values.shape(*inner) {
                            let arguments =
                                Arguments { positional: vec![this], rest: Some(data), ..Arguments::default() };
                            self.call_function(function, &arguments);
                        }
                    }
                }
                Shape::Object(_) => {
                    self.call_named(*one, "__call__", vec![data]);
                }
                Shape::MethodCaller { .. } | Shape::AttributeGetter(_) => {
                    let arguments = Self::arguments_of(vec![data]);
                    let range = self.frames.last().map_or(TextRange::default(), |frame| frame.at);
                    self.call(*one, &arguments, range);
                }
                _ => {}
            }
        }
    }

    /// What a parameter with this annotation gets, if nobody in the text says otherwise.
    pub(super) fn object_of_annotation(&mut self, annotation: &'a Expr) -> Value {
        if let Expr::StringLiteral(string) = annotation {
            let Some(module) = self.parse_code(string.value.to_str()) else { return Value::UNKNOWN };
            let Some(ruff_python_ast::Stmt::Expr(inner)) = module.body.first() else { return Value::UNKNOWN };
            return self.object_of_annotation(&inner.value);
        }
        if let Expr::BinOp(either) = annotation
            && either.op == ruff_python_ast::Operator::BitOr
        {
            let (left, right) = (self.object_of_annotation(&either.left), self.object_of_annotation(&either.right));
            return self.values.join(left, right);
        }
        if let Expr::Subscript(generic) = annotation {
            let outer = self.evaluate(&generic.value);
            let name = match self.values.shape(outer) {
                Shape::Path(path) => self.paths.get(*path).dotted.to_string(),
                _ => String::new(),
            };
            let inner = match &*generic.slice {
                Expr::Tuple(several) => {
                    let all: Vec<Value> = several.elts.iter().map(|one| self.object_of_annotation(one)).collect();
                    self.values.join_all(all)
                }
                one => self.object_of_annotation(one),
            };
            let last = name.rsplit('.').next().unwrap_or_default();
            return match last {
                "Optional" | "Union" | "Annotated" | "Final" | "ClassVar" => inner,
                "Callable" | "type" | "Type" => Value::UNKNOWN,
                // Numbers and text in, numbers and text out: `dict[str, float]`, `Sequence[int]`.
                _ if self.values.is_data(inner) => Value::DATA,
                _ => self.holder(super::expressions::site(annotation), inner),
            };
        }
        let class = self.evaluate(annotation);
        self.map(class, |this, one| match *this.values.shape(one) {
            Shape::None => Value::NONE,
            Shape::UserClass(class) => this.values.make(Shape::Object(class)),
            Shape::Path(path) => match this.paths.get(path).meaning {
                Meaning::Class(class) => {
                    this.values.make(Shape::Instance { class, channel: Value::DATA, relative: false })
                }
                Meaning::Inert => {
                    let dotted = &*this.paths.get(path).dotted;
                    if matches!(
                        dotted,
                        "typing.Any" | "builtins.object" | "typing.Callable" | "collections.abc.Callable"
                    ) {
                        return Value::UNKNOWN;
                    }
                    match this.paths.called(this.libraries, this.watch, path) {
                        Some(object) => this.values.make(Shape::Path(object)),
                        None => Value::DATA,
                    }
                }
                _ => Value::UNKNOWN,
            },
            _ => Value::UNKNOWN,
        })
    }
}

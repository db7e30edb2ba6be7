//! Statements.

use ruff_python_ast::{ExceptHandler, Expr, Pattern, Stmt};
use ruff_text_size::Ranged;

use super::Interpreter;
use super::expressions::site;
use super::loops::{has_exit, is_always_true};
use super::record::EndlessLoop;
use super::scopes::ScopeKind;
use super::value::{Shape, Value};

impl<'a> Interpreter<'a> {
    /// Walks statements in order.
    pub(super) fn walk(&mut self, body: &'a [Stmt]) {
        let dead = self.dead;
        for stmt in body {
            if !self.step() {
                break;
            }
            // What comes after `return` seems never to be executed. It is walked all the same, and doubted.
            if !self.reached() {
                self.dead = dead + 1;
                if let Some(frame) = self.frames.last_mut() {
                    frame.reached = true;
                }
            }
            if let Some(frame) = self.frames.last_mut() {
                frame.at = stmt.range();
            }
            self.statement(stmt);
        }
        self.dead = dead;
    }

    /// The `else` of a loop: `break` passes it by.
    fn walk_orelse(&mut self, body: &'a [Stmt]) {
        let before = self.snapshot();
        self.walk(body);
        self.merge(before);
    }

    /// Walks what seems never to be executed.
    fn walk_dead(&mut self, body: &'a [Stmt]) {
        self.dead += 1;
        self.walk(body);
        self.dead -= 1;
    }

    fn statement(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Expr(statement) => {
                self.evaluate(&statement.value);
            }
            Stmt::Assign(assign) => {
                // An alias of a module is a name like any other.
                let plain = !self.in_class() && assign.targets.iter().all(|target| matches!(target, Expr::Name(_)));
                let kept = self.record.kept.len();
                let value = self.evaluate(&assign.value);
                if plain && self.is_module(value) {
                    self.record.kept.truncate(kept);
                }
                for target in &assign.targets {
                    self.assign(target, value);
                }
            }
            Stmt::AnnAssign(assign) => {
                self.evaluate(&assign.annotation);
                if let Some(value) = &assign.value {
                    let value = self.evaluate(value);
                    self.assign(&assign.target, value);
                } else if !matches!(&*assign.target, Expr::Name(_)) {
                    self.evaluate(&assign.target);
                }
            }
            Stmt::AugAssign(assign) => {
                let before = self.read_target(&assign.target);
                let more = self.evaluate(&assign.value);
                let value = match *self.values.shape(before) {
                    // `list += more` changes the list itself.
                    Shape::List(id) => {
                        let elements = self.iterate(more);
                        self.append(id, elements);
                        before
                    }
                    Shape::Dict(id) => {
                        self.update_from(id, more);
                        before
                    }
                    Shape::Globals | Shape::Namespace(_) => {
                        let arguments = Self::arguments_of(vec![more]);
                        self.call_method(before, "update", &arguments, stmt.range());
                        before
                    }
                    _ => self.binary(before, assign.op, more, stmt.range()),
                };
                self.assign(&assign.target, value);
            }
            Stmt::FunctionDef(function) => {
                let value = self.define_function(function);
                let name = self.names.name(function.name.as_str());
                self.bind(name, value);
            }
            Stmt::ClassDef(class) => {
                let value = self.define_class(class);
                let name = self.names.name(class.name.as_str());
                self.bind(name, value);
            }
            Stmt::Return(statement) => {
                let value = statement.value.as_deref().map_or(Value::NONE, |value| self.evaluate(value));
                if let Some(frame) = self.frames.last() {
                    let returned = self.values.join(frame.returned, value);
                    if let Some(frame) = self.frames.last_mut() {
                        frame.returned = returned;
                    }
                }
                self.set_unreached();
            }
            Stmt::If(statement) => {
                let test = self.evaluate(&statement.test);
                let mut open = self.truth(test);
                self.conditional += 1;
                let mut ends = Vec::new();
                let before = self.snapshot();
                if open == Some(false) {
                    self.walk_dead(&statement.body);
                } else {
                    self.walk(&statement.body);
                }
                ends.push(self.snapshot());
                self.restore(before);
                let mut otherwise = false;
                for clause in &statement.elif_else_clauses {
                    // A branch before it is always taken.
                    let taken = open == Some(true);
                    match &clause.test {
                        Some(test) => {
                            let test = self.evaluate(test);
                            let holds = self.truth(test);
                            open = if taken { Some(true) } else { holds };
                        }
                        None => otherwise = true,
                    }
                    let before = self.snapshot();
                    let dead = taken || clause.test.is_some() && open == Some(false);
                    if dead {
                        self.walk_dead(&clause.body);
                    } else {
                        self.walk(&clause.body);
                    }
                    ends.push(self.snapshot());
                    self.restore(before);
                }
                if otherwise && let Some(last) = ends.pop() {
                    self.restore(last);
                }
                for end in ends {
                    self.merge(end);
                }
                self.conditional -= 1;
            }
            Stmt::For(statement) => {
                let iterable = self.evaluate(&statement.iter);
                self.conditional += 1;
                self.repeat(&statement.body, |this| {
                    let item = this.iterate(iterable);
                    this.assign(&statement.target, item);
                });
                self.walk_orelse(&statement.orelse);
                self.conditional -= 1;
            }
            Stmt::While(statement) => {
                let entered = self.evaluate(&statement.test);
                let dead = self.truth(entered) == Some(false);
                self.dead += u32::from(dead);
                let (operations, sleeps) = (self.record.operations_seen, self.record.sleeps_seen);
                self.conditional += 1;
                self.repeat(&statement.body, |this| {
                    this.evaluate(&statement.test);
                });
                self.dead -= u32::from(dead);
                self.walk_orelse(&statement.orelse);
                self.conditional -= 1;
                if is_always_true(&statement.test) {
                    let seen = EndlessLoop {
                        range: self.place(statement.test.range()),
                        has_exit: has_exit(&statement.body),
                        sleeps: self.record.sleeps_seen > sleeps,
                        operates: self.record.operations_seen > operations,
                    };
                    self.record.loops.insert(stmt.start(), seen);
                }
            }
            Stmt::With(statement) => {
                for item in &statement.items {
                    let context = self.evaluate(&item.context_expr);
                    let entered = self.enter(context);
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, entered);
                    }
                }
                // It may swallow what was raised, wherever that came in the body.
                let inside = self.watching(|this| this.walk(&statement.body));
                self.merge((inside, true));
            }
            Stmt::Try(statement) => {
                self.conditional += 1;
                let inside = self.watching(|this| this.walk(&statement.body));
                let after = self.snapshot();
                let mut ends = Vec::new();
                for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    // An exception may come at any point of the body.
                    self.restore((inside.clone(), true));
                    if let Some(kind) = &handler.type_ {
                        self.evaluate(kind);
                    }
                    if let Some(name) = &handler.name {
                        let name = self.names.name(name.as_str());
                        let raised = self.raised();
                        self.bind(name, raised);
                    }
                    self.walk(&handler.body);
                    if let Some(name) = &handler.name {
                        let name = self.names.name(name.as_str());
                        self.unbind(name);
                    }
                    ends.push(self.snapshot());
                }
                self.restore(after);
                self.walk(&statement.orelse);
                for end in ends {
                    self.merge(end);
                }
                if !statement.finalbody.is_empty() {
                    let end = self.snapshot();
                    self.merge((inside, true));
                    self.walk(&statement.finalbody);
                    if !end.1 {
                        self.set_unreached();
                    }
                }
                self.conditional -= 1;
            }
            Stmt::Match(statement) => {
                let subject = self.evaluate(&statement.subject);
                self.conditional += 1;
                let before = self.snapshot();
                let mut ends = vec![before.clone()];
                for case in &statement.cases {
                    self.restore(before.clone());
                    self.pattern(&case.pattern, subject);
                    if let Some(guard) = &case.guard {
                        self.evaluate(guard);
                    }
                    self.walk(&case.body);
                    ends.push(self.snapshot());
                }
                self.restore(before);
                for end in ends {
                    self.merge(end);
                }
                self.conditional -= 1;
            }
            Stmt::Raise(statement) => {
                for part in [&statement.exc, &statement.cause].into_iter().flatten() {
                    let value = self.evaluate(part);
                    self.raise(value);
                }
                self.set_unreached();
            }
            Stmt::Assert(statement) => {
                let before = self.snapshot();
                self.evaluate(&statement.test);
                if let Some(message) = &statement.msg {
                    self.evaluate(message);
                }
                self.merge(before);
            }
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Global(statement) => {
                let names: Vec<_> = statement.names.iter().map(|name| self.names.name(name.as_str())).collect();
                self.declare(names.into_iter(), true);
            }
            Stmt::Nonlocal(statement) => {
                let names: Vec<_> = statement.names.iter().map(|name| self.names.name(name.as_str())).collect();
                self.declare(names.into_iter(), false);
            }
            Stmt::Delete(statement) => {
                let mut targets: Vec<&Expr> = statement.targets.iter().collect();
                while let Some(target) = targets.pop() {
                    match target {
                        Expr::Tuple(tuple) => targets.extend(&tuple.elts),
                        Expr::List(list) => targets.extend(&list.elts),
                        Expr::Name(name) => {
                            let name = self.names.name(name.id.as_str());
                            self.unbind(name);
                        }
                        Expr::Attribute(attribute) => {
                            let value = self.evaluate(&attribute.value);
                            self.call_named(value, "__delattr__", vec![Value::DATA]);
                        }
                        Expr::Subscript(subscript) => {
                            let value = self.evaluate(&subscript.value);
                            let key = self.evaluate(&subscript.slice);
                            for one in self.values.each(value).iter() {
                                if let Shape::List(id) = *self.values.shape(*one) {
                                    self.shuffle(id);
                                }
                            }
                            self.call_named(value, "__delitem__", vec![key]);
                        }
                        _ => {}
                    }
                }
            }
            Stmt::TypeAlias(alias) => {
                self.type_parameters(alias.type_params.as_deref());
                let value = self.evaluate(&alias.value);
                self.assign(&alias.name, value);
            }
            Stmt::Break(_) | Stmt::Continue(_) => self.set_unreached(),
            Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    /// Walks a loop's body until nothing new comes: each turn starts with what any earlier turn may have left.
    fn repeat(&mut self, body: &'a [Stmt], mut head: impl FnMut(&mut Self)) {
        let entry = self.snapshot();
        for turn in 0.. {
            let before = self.snapshot();
            let inside = self.watching(|this| {
                head(this);
                this.walk(body);
            });
            // Out of the loop by its head, by `break`, or by nothing at all: whatever was held at any point.
            let mut exit = inside;
            if turn == 0 {
                // What a loop counts or collects as plain data need not be told apart.
                for (slot, value) in exit.iter_mut().enumerate() {
                    if before.0.get(slot).is_some_and(|old| old != value) {
                        *value = self.values.widen(*value);
                    }
                }
            }
            self.restore(entry.clone());
            self.merge((exit, true));
            let after = self.snapshot();
            let same = after.0.iter().enumerate().all(|(slot, value)| {
                let old = before.0.get(slot).copied().unwrap_or(Value::NOTHING);
                old == *value || (self.is_tame(*value) && self.is_tame(old))
            });
            if same || self.gave_up || !self.deep {
                break;
            }
            if turn >= 24 {
                self.give_up(
                    body.first().map_or(ruff_text_size::TextRange::default(), Ranged::range),
                    "a loop does not settle",
                );
                break;
            }
        }
    }

    fn in_class(&self) -> bool {
        self.frames.last().is_some_and(|frame| self.scopes[frame.scope.0 as usize].kind == ScopeKind::Class)
    }

    /// Whether a value is a module of a control system, and nothing else.
    fn is_module(&self, value: Value) -> bool {
        matches!(self.values.shape(value), Shape::Path(path) if !path.is_tame() && !self.paths.get(*path).dotted.contains('.'))
    }

    /// Whether a test always holds, or never.
    fn truth(&self, test: Value) -> Option<bool> {
        Some(match self.values.shape(test) {
            Shape::Bool(truth) => *truth,
            Shape::Int(number) => *number != 0,
            Shape::Str(text) => !text.is_empty(),
            Shape::None => false,
            _ => return None,
        })
    }

    /// What is assigned to before it is, for `target op= value`.
    fn read_target(&mut self, target: &'a Expr) -> Value {
        match target {
            Expr::Name(name) => {
                let id = self.names.name(name.id.as_str());
                self.look_up(id, name.range)
            }
            Expr::Attribute(attribute) => {
                let value = self.evaluate(&attribute.value);
                self.get_attribute(value, attribute.attr.as_str(), target.range())
            }
            Expr::Subscript(subscript) => {
                let value = self.evaluate(&subscript.value);
                let key = self.evaluate(&subscript.slice);
                self.get_item(value, key, target.range())
            }
            _ => Value::UNKNOWN,
        }
    }

    /// Assigns to a target: a name, an attribute, an item, or several.
    pub(super) fn assign(&mut self, target: &'a Expr, value: Value) {
        match target {
            Expr::Name(name) => {
                let name = self.names.name(name.id.as_str());
                self.bind(name, value);
            }
            Expr::Attribute(attribute) => {
                let object = self.evaluate(&attribute.value);
                self.set_attribute(object, attribute.attr.as_str(), value, target.range());
            }
            Expr::Subscript(subscript) => {
                let object = self.evaluate(&subscript.value);
                let key = self.evaluate(&subscript.slice);
                self.set_item(object, key, value, target.range());
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, value),
            Expr::List(list) => self.unpack(&list.elts, value),
            Expr::Starred(starred) => {
                let element = self.iterate(value);
                let list = self.list_with(site(target), element);
                self.assign(&starred.value, list);
            }
            _ => {
                self.evaluate(target);
            }
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: Value) {
        let alternatives = self.values.each(value);
        let mut joined = vec![Value::NOTHING; targets.len()];
        let star = targets.iter().position(|target| matches!(target, Expr::Starred(_)));
        for one in alternatives.iter() {
            let (elements, rest) = self.elements(*one);
            let whole = rest == Value::NOTHING && !elements.is_empty();
            for (index, slot) in joined.iter_mut().enumerate() {
                let element = match star {
                    _ if !whole => {
                        let all = self.values.join_all(elements.iter().copied());
                        self.values.join(all, rest)
                    }
                    Some(star) if index == star => {
                        let after = targets.len() - star - 1;
                        let middle = elements.get(star..elements.len().saturating_sub(after)).unwrap_or(&[]);
                        self.values.join_all(middle.iter().copied())
                    }
                    Some(star) if index > star => {
                        let from_end = targets.len() - index;
                        let at = elements.len().checked_sub(from_end);
                        at.and_then(|at| elements.get(at)).copied().unwrap_or(Value::NOTHING)
                    }
                    _ => elements.get(index).copied().unwrap_or(Value::NOTHING),
                };
                *slot = self.values.join(*slot, element);
            }
        }
        for (target, value) in targets.iter().zip(joined) {
            match target {
                Expr::Starred(starred) => {
                    let list = self.list_with(site(target), value);
                    self.assign(&starred.value, list);
                }
                _ => self.assign(target, value),
            }
        }
    }

    /// `match`: names in the pattern get the subject, or parts of it.
    fn pattern(&mut self, pattern: &'a Pattern, subject: Value) {
        match pattern {
            Pattern::MatchValue(value) => {
                self.evaluate(&value.value);
            }
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(sequence) => {
                let (elements, rest) = self.elements(subject);
                let fixed = sequence.patterns.iter().all(|one| !matches!(one, Pattern::MatchStar(_)));
                let all = self.values.join_all(elements.iter().copied());
                let any = self.values.join(all, rest);
                for (index, one) in sequence.patterns.iter().enumerate() {
                    let exact = fixed && rest == Value::NOTHING;
                    let element = if exact { elements.get(index).copied().unwrap_or(any) } else { any };
                    self.pattern(one, element);
                }
            }
            Pattern::MatchMapping(mapping) => {
                for (key, one) in mapping.keys.iter().zip(&mapping.patterns) {
                    let key = self.evaluate(key);
                    let value = self.get_item(subject, key, one.range());
                    self.pattern(one, value);
                }
                if let Some(rest) = &mapping.rest {
                    let name = self.names.name(rest.as_str());
                    self.bind(name, subject);
                }
            }
            Pattern::MatchClass(class) => {
                self.evaluate(&class.cls);
                for one in &class.arguments.patterns {
                    self.pattern(one, subject);
                }
                for keyword in &class.arguments.keywords {
                    let value = self.get_attribute(subject, keyword.attr.as_str(), keyword.range());
                    self.pattern(&keyword.pattern, value);
                }
            }
            Pattern::MatchStar(star) => {
                if let Some(name) = &star.name {
                    let name = self.names.name(name.as_str());
                    let list = self.list_with(std::ptr::from_ref(pattern) as usize, subject);
                    self.bind(name, list);
                }
            }
            Pattern::MatchAs(alias) => {
                if let Some(inner) = &alias.pattern {
                    self.pattern(inner, subject);
                }
                if let Some(name) = &alias.name {
                    let name = self.names.name(name.as_str());
                    self.bind(name, subject);
                }
            }
            Pattern::MatchOr(choices) => {
                for one in &choices.patterns {
                    self.pattern(one, subject);
                }
            }
        }
    }

    /// `with`: what entering gives, with `__exit__` called as well.
    fn enter(&mut self, context: Value) -> Value {
        self.map(context, |this, one| match this.values.shape(one).clone() {
            Shape::Object(_) => {
                let entered = this.call_named(one, "__enter__", Vec::new());
                let entered_later = this.call_named(one, "__aenter__", Vec::new());
                for name in ["__exit__", "__aexit__"] {
                    this.call_named(one, name, vec![Value::DATA, Value::DATA, Value::DATA]);
                }
                entered.or(entered_later).unwrap_or(one)
            }
            // A generator that `contextlib.contextmanager` wraps gives what it yields.
            Shape::Holder(id) => {
                let contents = this.contents(id);
                this.values.join(contents, one)
            }
            _ => one,
        })
    }
}

//! Variables: scopes, and the frames that are walked.
//!
//! A frame knows what each variable holds at this point of the text. A scope knows besides what each has ever held: that
//! is what functions inside see, since nobody knows when they are called.

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use super::names::Name;
use super::value::{FunctionId, Shape, Value};
use super::{Interpreter, Location};
use crate::analysis::library::Meaning;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ScopeId(pub(super) u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Function,
    Class,
}

#[derive(Debug)]
pub(super) struct Scope {
    pub(super) kind: ScopeKind,
    pub(super) parent: Option<ScopeId>,
    slots: FxHashMap<Name, usize>,
    order: Vec<Name>,
    /// What each variable has ever held.
    ever: Vec<(Value, Location)>,
    globals: FxHashSet<Name>,
    nonlocals: FxHashSet<Name>,
    /// Names that functions inside bind by `global` or `nonlocal`, or that are bound by way of `globals()`.
    shared: FxHashSet<Name>,
    /// Names that the text binds here, walked or not.
    expected: FxHashSet<Name>,
}

/// A function, class or module that is being walked.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) scope: ScopeId,
    pub(super) function: FunctionId,
    /// What each variable holds now.
    pub(super) now: Vec<Value>,
    /// For each `try` and loop around: what variables held at any point inside.
    pub(super) inside: Vec<Vec<Value>>,
    /// Whether this point is reached: not after `return`.
    pub(super) reached: bool,
    pub(super) returned: Value,
    pub(super) yielded: Value,
    /// The statement at hand.
    pub(super) at: TextRange,
    pub(super) read: FxHashMap<u32, u32>,
}

impl Frame {
    pub(super) fn new(scope: ScopeId, function: FunctionId) -> Self {
        Self {
            scope,
            function,
            now: Vec::new(),
            inside: Vec::new(),
            reached: true,
            returned: Value::NOTHING,
            yielded: Value::NOTHING,
            at: TextRange::default(),
            read: FxHashMap::default(),
        }
    }
}

impl Interpreter<'_> {
    pub(super) fn new_scope(&mut self, parent: Option<ScopeId>, kind: ScopeKind) -> ScopeId {
        self.scopes.push(Scope {
            kind,
            parent,
            slots: FxHashMap::default(),
            order: Vec::new(),
            ever: Vec::new(),
            globals: FxHashSet::default(),
            nonlocals: FxHashSet::default(),
            shared: FxHashSet::default(),
            expected: FxHashSet::default(),
        });
        ScopeId(u32::try_from(self.scopes.len() - 1).unwrap_or(u32::MAX))
    }

    /// Tells a scope which names its text binds, so that they are not taken for the host's.
    pub(super) fn expect_bindings(&mut self, scope: ScopeId, body: &[Stmt]) {
        for text in bound_names(body) {
            let name = self.names.name(text);
            self.scopes[scope.0 as usize].expected.insert(name);
        }
    }

    fn slot(&mut self, scope: ScopeId, name: Name) -> usize {
        if let Some(slot) = self.scopes[scope.0 as usize].slots.get(&name) {
            return *slot;
        }
        let location = self.new_location();
        let scope = &mut self.scopes[scope.0 as usize];
        let slot = scope.ever.len();
        scope.ever.push((Value::NOTHING, location));
        scope.order.push(name);
        scope.slots.insert(name, slot);
        slot
    }

    /// What a variable has ever held.
    pub(super) fn cell_value(&mut self, scope: ScopeId, name: Name) -> Value {
        let slot = self.slot(scope, name);
        self.scopes[scope.0 as usize].ever[slot].0
    }

    /// The names that a scope binds, with what they have ever held.
    pub(super) fn cells(&self, scope: ScopeId) -> Vec<(Name, Value)> {
        let scope = &self.scopes[scope.0 as usize];
        scope.order.iter().copied().zip(scope.ever.iter().map(|(value, _)| *value)).collect()
    }

    fn grow_cell(&mut self, scope: ScopeId, slot: usize, value: Value) {
        let (held, location) = self.scopes[scope.0 as usize].ever[slot];
        let joined = self.values.join(held, value);
        let joined = self.settled(location, joined);
        if joined != held {
            self.scopes[scope.0 as usize].ever[slot].0 = joined;
            self.grew(location);
        }
    }

    /// Declares names `global` in the scope at hand.
    pub(super) fn declare(&mut self, names: impl Iterator<Item = Name>, global: bool) {
        let Some(frame) = self.frames.last() else { return };
        let scope = &mut self.scopes[frame.scope.0 as usize];
        if global { scope.globals.extend(names) } else { scope.nonlocals.extend(names) }
    }

    /// Binds a name at this point.
    pub(super) fn bind(&mut self, name: Name, value: Value) {
        let Some(frame) = self.frames.last() else { return };
        let scope = frame.scope;
        let own = &self.scopes[scope.0 as usize];
        if own.kind != ScopeKind::Module && own.globals.contains(&name) {
            self.bind_elsewhere(ScopeId(0), name, value);
            return;
        }
        if own.nonlocals.contains(&name) {
            let mut outer = own.parent;
            while let Some(at) = outer {
                if self.scopes[at.0 as usize].kind == ScopeKind::Function
                    && self.scopes[at.0 as usize].slots.contains_key(&name)
                {
                    self.bind_elsewhere(at, name, value);
                    return;
                }
                outer = self.scopes[at.0 as usize].parent;
            }
        }
        let slot = self.slot(scope, name);
        self.grow_cell(scope, slot, value);
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.now.len() <= slot {
            frame.now.resize(slot + 1, Value::NOTHING);
        }
        frame.now[slot] = value;
        for around in 0..frame.inside.len() {
            let Some(frame) = self.frames.last_mut() else { return };
            let seen = &mut frame.inside[around];
            if seen.len() <= slot {
                seen.resize(slot + 1, Value::NOTHING);
            }
            let joined = self.values.join(seen[slot], value);
            if let Some(frame) = self.frames.last_mut() {
                frame.inside[around][slot] = joined;
            }
        }
    }

    /// Binds a variable of another scope: whoever walks it may hold either value from now on.
    pub(super) fn bind_elsewhere(&mut self, scope: ScopeId, name: Name, value: Value) {
        let slot = self.slot(scope, name);
        self.scopes[scope.0 as usize].shared.insert(name);
        self.grow_cell(scope, slot, value);
        for index in 0..self.frames.len() {
            if self.frames[index].scope != scope {
                continue;
            }
            let held = self.frames[index].now.get(slot).copied().unwrap_or(Value::NOTHING);
            let joined = self.values.join(held, value);
            let frame = &mut self.frames[index];
            if frame.now.len() <= slot {
                frame.now.resize(slot + 1, Value::NOTHING);
            }
            frame.now[slot] = joined;
        }
    }

    /// Forgets a name at this point (`del`). What it held stays known to functions inside.
    pub(super) fn unbind(&mut self, name: Name) {
        let Some(frame) = self.frames.last_mut() else { return };
        if let Some(slot) = self.scopes[frame.scope.0 as usize].slots.get(&name)
            && let Some(now) = frame.now.get_mut(*slot)
        {
            *now = Value::NOTHING;
        }
    }

    /// What a name is at this point.
    pub(super) fn look_up(&mut self, name: Name, range: TextRange) -> Value {
        let Some(frame) = self.frames.last() else { return Value::UNKNOWN };
        let own = frame.scope;
        let scope = &self.scopes[own.0 as usize];
        let elsewhere = scope.globals.contains(&name) || scope.nonlocals.contains(&name);
        let mut here = Value::NOTHING;
        if !elsewhere
            && let Some(slot) = scope.slots.get(&name)
            && let Some(value) = frame.now.get(*slot)
            && *value != Value::NOTHING
        {
            // What functions bind here may be bound again by any call.
            if scope.shared.contains(&name) {
                let (ever, location) = scope.ever[*slot];
                let value = *value;
                self.reads(location);
                return self.values.join(value, ever);
            }
            let may_be_unbound = scope.kind == ScopeKind::Class
                || scope.kind == ScopeKind::Module && !self.patched.is_empty() && scope.expected.contains(&name);
            if !may_be_unbound {
                return *value;
            }
            // A name that only one branch binds is looked up outside where the other was taken.
            here = *value;
        }
        let scope = &self.scopes[own.0 as usize];
        let mut expected = scope.expected.contains(&name);
        let mut outer = scope.parent;
        while let Some(at) = outer {
            let scope = &self.scopes[at.0 as usize];
            outer = scope.parent;
            if scope.kind == ScopeKind::Class {
                continue;
            }
            expected |= scope.expected.contains(&name);
            // Also what is not bound yet: once it is, this has to be walked again.
            let slot = self.slot(at, name);
            let (value, location) = self.scopes[at.0 as usize].ever[slot];
            self.reads(location);
            if value != Value::NOTHING {
                return self.values.join(here, value);
            }
        }
        if here != Value::NOTHING {
            let builtins = self.names.name("builtins");
            let root = self.paths.root(self.libraries, self.watch, builtins, "builtins");
            let patch = self.patched.get(&(root, name)).map_or(Value::NOTHING, |(patch, _)| *patch);
            return self.values.join(here, patch);
        }
        self.not_bound(name, expected, range)
    }

    /// A name that no scope binds: a builtin, something of `from x import *`, or what the host provides.
    fn not_bound(&mut self, name: Name, expected: bool, range: TextRange) -> Value {
        let text = self.names.text(name);
        let builtins = self.names.name("builtins");
        let root = self.paths.root(self.libraries, self.watch, builtins, "builtins");
        if let Some((value, location)) = self.patched.get(&(root, name)).copied() {
            self.reads(location);
            return value;
        }
        for star in self.stars.clone() {
            let dotted = format!("{}.{text}", self.paths.get(star).dotted);
            let canonical = self.libraries.canonical(&dotted).unwrap_or(dotted);
            match self.libraries.meaning(&canonical) {
                Meaning::Function(_) | Meaning::Class(_) => return self.member_path(star, name),
                _ => {}
            }
        }
        if is_builtin(&text) {
            return self.member_path(root, name);
        }
        if !self.stars.is_empty() {
            let known = self.stars.iter().all(|star| self.paths.get(*star).meaning == Meaning::Inert);
            return if known { Value::DATA } else { Value::UNKNOWN };
        }
        if expected {
            return Value::NOTHING;
        }
        match &*text {
            "__builtins__" => return self.values.make(Shape::Path(root)),
            "__name__" | "__file__" | "__doc__" | "context" | "results" | "np" | "pd" | "plt" | "display" => {
                return Value::DATA;
            }
            "__loader__" | "__spec__" => return self.introspected(range, &text),
            _ => {}
        }
        // Agents forget imports, and hosts provide what they forget.
        if self.libraries.is_control_root(&text) {
            self.record.reachable = true;
            return self.module(&text);
        }
        if let Some(path) = self.libraries.by_bare_name(&text).map(str::to_owned) {
            self.record.reachable = true;
            return self.dotted(&path);
        }
        Value::UNKNOWN
    }

    /// The state of all variables of the frame at hand.
    pub(super) fn snapshot(&self) -> (Vec<Value>, bool) {
        self.frames.last().map_or((Vec::new(), true), |frame| (frame.now.clone(), frame.reached))
    }

    pub(super) fn restore(&mut self, (now, reached): (Vec<Value>, bool)) {
        if let Some(frame) = self.frames.last_mut() {
            frame.now = now;
            frame.reached = reached;
        }
    }

    /// Joins another state into the present one: after a branch.
    pub(super) fn merge(&mut self, (other, other_reached): (Vec<Value>, bool)) {
        let Some(frame) = self.frames.last_mut() else { return };
        // Also what a branch held that does not come here: telling for sure that it does not is harder than it looks.
        frame.reached |= other_reached;
        let mut now = std::mem::take(&mut frame.now);
        if now.len() < other.len() {
            now.resize(other.len(), Value::NOTHING);
        }
        for (slot, value) in other.into_iter().enumerate() {
            if now[slot] != value {
                now[slot] = self.values.join(now[slot], value);
            }
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.now = now;
        }
    }

    /// Walks `work` and gives what variables held at any point inside.
    pub(super) fn watching(&mut self, work: impl FnOnce(&mut Self)) -> Vec<Value> {
        if let Some(frame) = self.frames.last_mut() {
            let now = frame.now.clone();
            frame.inside.push(now);
        }
        work(self);
        self.frames.last_mut().and_then(|frame| frame.inside.pop()).unwrap_or_default()
    }

    pub(super) fn reached(&self) -> bool {
        self.frames.last().is_none_or(|frame| frame.reached)
    }

    pub(super) fn set_unreached(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.reached = false;
        }
    }
}

/// The names that a body binds, without those inside its functions and classes.
pub(super) fn bound_names(body: &[Stmt]) -> Vec<&str> {
    struct Bound<'n>(Vec<&'n str>);
    impl<'n> Visitor<'n> for Bound<'n> {
        fn visit_stmt(&mut self, stmt: &'n Stmt) {
            match stmt {
                Stmt::FunctionDef(function) => self.0.push(function.name.as_str()),
                Stmt::ClassDef(class) => self.0.push(class.name.as_str()),
                Stmt::Import(import) => {
                    for alias in &import.names {
                        let name = alias.asname.as_ref().map_or(alias.name.as_str(), |name| name.as_str());
                        self.0.push(name.split('.').next().unwrap_or(name));
                    }
                }
                Stmt::ImportFrom(import) => {
                    for alias in import.names.iter().filter(|alias| alias.name.as_str() != "*") {
                        self.0.push(alias.asname.as_ref().map_or(alias.name.as_str(), |name| name.as_str()));
                    }
                }
                Stmt::Global(_) | Stmt::Nonlocal(_) => {}
                _ => walk_stmt(self, stmt),
            }
        }
        fn visit_expr(&mut self, expr: &'n Expr) {
            // Targets are names, tuples and lists; a walrus deeper inside is rare, and only makes a name unknown.
            match expr {
                Expr::Name(name) if name.ctx.is_store() => self.0.push(name.id.as_str()),
                Expr::Tuple(tuple) if tuple.ctx.is_store() => tuple.elts.iter().for_each(|one| self.visit_expr(one)),
                Expr::List(list) if list.ctx.is_store() => list.elts.iter().for_each(|one| self.visit_expr(one)),
                _ => {}
            }
        }
    }
    let mut bound = Bound(Vec::new());
    bound.visit_body(body);
    bound.0
}

/// The names of Python's `builtins` module.
pub(super) fn is_builtin(text: &str) -> bool {
    BUILTINS.binary_search(&text).is_ok()
        || (text.ends_with("Error") || text.ends_with("Warning") || text.ends_with("Exception"))
            && text.starts_with(char::is_uppercase)
            && EXCEPTIONS.contains(&text)
}

const BUILTINS: &[&str] = &[
    "BaseException",
    "BaseExceptionGroup",
    "Ellipsis",
    "Exception",
    "ExceptionGroup",
    "False",
    "GeneratorExit",
    "KeyboardInterrupt",
    "None",
    "NotImplemented",
    "StopAsyncIteration",
    "StopIteration",
    "SystemExit",
    "True",
    "__build_class__",
    "__debug__",
    "__import__",
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

const EXCEPTIONS: &[&str] = &[
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BlockingIOError",
    "BrokenPipeError",
    "BufferError",
    "BytesWarning",
    "ChildProcessError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "DeprecationWarning",
    "EOFError",
    "EncodingWarning",
    "EnvironmentError",
    "FileExistsError",
    "FileNotFoundError",
    "FloatingPointError",
    "FutureWarning",
    "IOError",
    "ImportError",
    "ImportWarning",
    "IndentationError",
    "IndexError",
    "InterruptedError",
    "IsADirectoryError",
    "KeyError",
    "LookupError",
    "MemoryError",
    "ModuleNotFoundError",
    "NameError",
    "NotADirectoryError",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "PendingDeprecationWarning",
    "PermissionError",
    "ProcessLookupError",
    "PythonFinalizationError",
    "RecursionError",
    "ReferenceError",
    "ResourceWarning",
    "RuntimeError",
    "RuntimeWarning",
    "SyntaxError",
    "SyntaxWarning",
    "SystemError",
    "TabError",
    "TimeoutError",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "UnicodeWarning",
    "UserWarning",
    "ValueError",
    "Warning",
    "ZeroDivisionError",
];

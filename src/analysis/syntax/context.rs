//! The errors that CPython's compiler finds after its parser: `return` outside a function, `await` outside `async def`,
//! a name that is global and a parameter. The checks are the parser crate's; this file tells them where they are.

use std::cell::RefCell;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ModModule, Parameters, PythonVersion, Stmt};
use ruff_text_size::TextRange;
use rustc_hash::FxHashMap;
use rustpython_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};

use super::{SyntaxError, lower};

/// What is wrong with a program that parses.
pub(super) fn check(module: &ModModule, text: &str, version: PythonVersion) -> Vec<SyntaxError> {
    let nonlocals = memchr::memmem::find(text.as_bytes(), b"nonlocal").is_some();
    let mut walker = Walker {
        nonlocals,
        checker: SemanticSyntaxChecker::new(),
        place: Place {
            source: text,
            version,
            scopes: vec![Scope::new(Kind::Module)],
            loops: 0,
            tries: 0,
            future_annotations: false,
            errors: RefCell::default(),
        },
    };
    walker.place.scopes[0].note_bindings(&module.body, nonlocals);
    walker.visit_body(&module.body);
    let errors = walker.place.errors.into_inner();
    errors
        .into_iter()
        .map(|error| SyntaxError { range: error.range, message: lower(&error.to_string()), needs: None })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Module,
    Class,
    Function { is_async: bool },
    Lambda,
    Comprehension { is_async: bool, generator: bool },
}

/// One scope: its `global` declarations and its parameters.
struct Scope<'a> {
    kind: Kind,
    globals: FxHashMap<&'a str, TextRange>,
    parameters: Option<&'a Parameters>,
    bindings: Vec<&'a str>,
}

impl<'a> Scope<'a> {
    fn new(kind: Kind) -> Self {
        Self { kind, globals: FxHashMap::default(), parameters: None, bindings: Vec::new() }
    }

    /// Only what `nonlocal` needs: whether a name is bound here at all.
    fn note_bindings(&mut self, body: &'a [Stmt], wanted: bool) {
        if !wanted {
            return;
        }
        let mut names = Bindings(std::mem::take(&mut self.bindings));
        names.visit_body(body);
        self.bindings = names.0;
    }
}

/// Collects the names that a body binds, without entering the functions and classes in it.
struct Bindings<'a>(Vec<&'a str>);

impl<'a> Visitor<'a> for Bindings<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => self.0.push(function.name.as_str()),
            Stmt::ClassDef(class) => self.0.push(class.name.as_str()),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().map_or(alias.name.as_str(), ruff_python_ast::Identifier::as_str);
                    self.0.push(name.split('.').next().unwrap_or(name));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.0.push(alias.asname.as_ref().map_or(alias.name.as_str(), ruff_python_ast::Identifier::as_str));
                }
            }
            Stmt::Try(statement) => {
                for ruff_python_ast::ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    self.0.extend(handler.name.as_ref().map(ruff_python_ast::Identifier::as_str));
                }
                walk_stmt(self, stmt);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if !name.ctx.is_load() => self.0.push(name.id.as_str()),
            Expr::Lambda(_) => {}
            _ => walk_expr(self, expr),
        }
    }

    fn visit_pattern(&mut self, pattern: &'a ruff_python_ast::Pattern) {
        use ruff_python_ast::Pattern;
        let name = match pattern {
            Pattern::MatchStar(star) => star.name.as_ref(),
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(mapping) => mapping.rest.as_ref(),
            _ => None,
        };
        self.0.extend(name.map(ruff_python_ast::Identifier::as_str));
        ruff_python_ast::visitor::walk_pattern(self, pattern);
    }
}

struct Place<'a> {
    source: &'a str,
    version: PythonVersion,
    scopes: Vec<Scope<'a>>,
    loops: usize,
    tries: usize,
    future_annotations: bool,
    errors: RefCell<Vec<SemanticSyntaxError>>,
}

impl Place<'_> {
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.scopes.iter().rev().map(|scope| scope.kind)
    }

    fn kind(&self) -> Kind {
        self.scopes.last().map_or(Kind::Module, |scope| scope.kind)
    }
}

impl SemanticSyntaxContext for Place<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        self.future_annotations
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        match self.kinds().find(|kind| !matches!(kind, Kind::Comprehension { .. })) {
            Some(Kind::Function { .. } | Kind::Lambda) => Some(LazyImportContext::Function),
            Some(Kind::Class) => Some(LazyImportContext::Class),
            _ if self.tries > 0 => Some(LazyImportContext::TryExceptBlocks),
            _ => None,
        }
    }

    fn python_version(&self) -> PythonVersion {
        self.version
    }

    fn source(&self) -> &str {
        self.source
    }

    fn global(&self, name: &str) -> Option<TextRange> {
        self.scopes.last().and_then(|scope| scope.globals.get(name).copied())
    }

    fn has_nonlocal_binding(&self, name: &str) -> bool {
        let mut enclosing = self.scopes.iter().rev().skip(1);
        if name == "__class__" && enclosing.clone().any(|scope| scope.kind == Kind::Class) {
            // Every method can have it: the cell that `super()` uses.
            return true;
        }
        enclosing.any(|scope| {
            matches!(scope.kind, Kind::Function { .. } | Kind::Lambda)
                && (scope.bindings.contains(&name)
                    || scope.parameters.is_some_and(|parameters| parameters.includes(name)))
        })
    }

    fn in_async_context(&self) -> bool {
        for kind in self.kinds() {
            match kind {
                Kind::Class | Kind::Module | Kind::Lambda => return false,
                Kind::Function { is_async } => return is_async,
                Kind::Comprehension { .. } => {}
            }
        }
        false
    }

    fn in_await_allowed_context(&self) -> bool {
        for kind in self.kinds() {
            match kind {
                Kind::Class => return false,
                Kind::Function { .. } | Kind::Lambda => return true,
                Kind::Module | Kind::Comprehension { .. } => {}
            }
        }
        false
    }

    fn in_yield_allowed_context(&self) -> bool {
        match self.kind() {
            Kind::Function { .. } | Kind::Lambda => true,
            Kind::Module | Kind::Class | Kind::Comprehension { .. } => false,
        }
    }

    fn in_sync_comprehension(&self) -> bool {
        self.kinds().any(|kind| kind == Kind::Comprehension { is_async: false, generator: false })
    }

    fn in_class_body_comprehension(&self) -> bool {
        for kind in self.kinds() {
            match kind {
                Kind::Class => return true,
                Kind::Comprehension { .. } => {}
                Kind::Module | Kind::Function { .. } | Kind::Lambda => return false,
            }
        }
        false
    }

    fn in_module_scope(&self) -> bool {
        self.scopes.len() == 1
    }

    fn in_function_scope(&self) -> bool {
        matches!(self.kind(), Kind::Function { .. } | Kind::Lambda)
    }

    fn in_generator_context(&self) -> bool {
        matches!(self.kind(), Kind::Comprehension { generator: true, .. })
    }

    fn in_notebook(&self) -> bool {
        false
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        self.errors.borrow_mut().push(error);
    }

    fn in_loop_context(&self) -> bool {
        self.loops > 0
    }

    fn is_bound_parameter(&self, name: &str) -> bool {
        let parameters = self.scopes.last().and_then(|scope| scope.parameters);
        parameters.is_some_and(|parameters| parameters.includes(name))
    }
}

struct Walker<'a> {
    /// Whether the text has `nonlocal` at all: it alone asks for bindings.
    nonlocals: bool,
    checker: SemanticSyntaxChecker,
    place: Place<'a>,
}

impl<'a> Walker<'a> {
    /// Walks what is inside a scope: loops and `try` outside do not reach in.
    fn inside(&mut self, scope: Scope<'a>, work: impl FnOnce(&mut Self)) {
        let (loops, tries) = (self.place.loops, self.place.tries);
        (self.place.loops, self.place.tries) = (0, 0);
        self.place.scopes.push(scope);
        work(self);
        self.place.scopes.pop();
        (self.place.loops, self.place.tries) = (loops, tries);
    }

    fn defaults(&mut self, parameters: &'a Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = parameter.default() {
                self.visit_expr(default);
            }
        }
    }

    fn comprehension(
        &mut self,
        elements: &[&'a Expr],
        generators: &'a [ruff_python_ast::Comprehension],
        generator: bool,
    ) {
        // The first iterable belongs to the scope outside.
        let Some((first, rest)) = generators.split_first() else { return };
        self.visit_expr(&first.iter);
        let is_async = generators.iter().any(|generator| generator.is_async);
        self.inside(Scope::new(Kind::Comprehension { is_async, generator }), |walker| {
            walker.visit_expr(&first.target);
            first.ifs.iter().for_each(|test| walker.visit_expr(test));
            for clause in rest {
                walker.visit_expr(&clause.iter);
                walker.visit_expr(&clause.target);
                clause.ifs.iter().for_each(|test| walker.visit_expr(test));
            }
            for element in elements {
                walker.visit_expr(element);
            }
        });
    }
}

impl<'a> Visitor<'a> for Walker<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.checker.visit_stmt(stmt, &self.place);
        match stmt {
            Stmt::FunctionDef(function) => {
                function.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.defaults(&function.parameters);
                let mut scope = Scope::new(Kind::Function { is_async: function.is_async });
                scope.parameters = Some(&function.parameters);
                scope.note_bindings(&function.body, self.nonlocals);
                self.inside(scope, |walker| walker.visit_body(&function.body));
            }
            Stmt::ClassDef(class) => {
                class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                if let Some(arguments) = &class.arguments {
                    self.visit_arguments(arguments);
                }
                self.inside(Scope::new(Kind::Class), |walker| walker.visit_body(&class.body));
            }
            Stmt::Global(global) => {
                if let Some(scope) = self.place.scopes.last_mut() {
                    scope.globals.extend(global.names.iter().map(|name| (name.as_str(), name.range)));
                }
            }
            Stmt::For(statement) => {
                self.visit_expr(&statement.iter);
                self.visit_expr(&statement.target);
                self.place.loops += 1;
                self.visit_body(&statement.body);
                self.place.loops -= 1;
                self.visit_body(&statement.orelse);
            }
            Stmt::While(statement) => {
                self.visit_expr(&statement.test);
                self.place.loops += 1;
                self.visit_body(&statement.body);
                self.place.loops -= 1;
                self.visit_body(&statement.orelse);
            }
            Stmt::Try(_) => {
                self.place.tries += 1;
                walk_stmt(self, stmt);
                self.place.tries -= 1;
            }
            Stmt::ImportFrom(import) if import.module.as_deref() == Some("__future__") => {
                self.place.future_annotations |= import.names.iter().any(|alias| alias.name.as_str() == "annotations");
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_annotation(&mut self, expr: &'a Expr) {
        self.visit_expr(expr);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.checker.visit_expr(expr, &self.place);
        match expr {
            Expr::Lambda(lambda) => {
                let mut scope = Scope::new(Kind::Lambda);
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                    scope.parameters = Some(parameters);
                }
                self.inside(scope, |walker| walker.visit_expr(&lambda.body));
            }
            Expr::ListComp(list) => self.comprehension(&[&list.elt], &list.generators, false),
            Expr::SetComp(set) => self.comprehension(&[&set.elt], &set.generators, false),
            Expr::DictComp(dict) => {
                let mut elements: Vec<&Expr> = dict.key.as_deref().into_iter().collect();
                elements.push(&dict.value);
                self.comprehension(&elements, &dict.generators, false);
            }
            Expr::Generator(generator) => self.comprehension(&[&generator.elt], &generator.generators, true),
            _ => walk_expr(self, expr),
        }
    }
}

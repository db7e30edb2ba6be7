//! Constant code: `exec(text)` is walked as if the text stood there.

use std::rc::Rc;

use ruff_text_size::TextRange;

use super::Interpreter;
use super::record::Dark;
use super::value::{Arguments, Shape, Value};

impl<'a> Interpreter<'a> {
    /// What executed code binds is in the dictionaries that it was given.
    fn fill_namespaces(&mut self, module: &'a ruff_python_ast::ModModule, arguments: &Arguments, range: TextRange) {
        let given: Vec<Value> = arguments
            .positional
            .iter()
            .skip(1)
            .copied()
            .chain(arguments.keywords.iter().map(|(_, value)| *value))
            .chain(arguments.rest)
            .filter(|value| *value != Value::NONE)
            .collect();
        if given.is_empty() {
            return;
        }
        for text in super::scopes::bound_names(&module.body) {
            let name = self.names.name(text);
            let value = self.look_up(name, range);
            let key = self.values.str(text);
            for namespace in &given {
                self.set_item(*namespace, key, value, range);
            }
        }
    }

    /// `exec(code)`, `eval(code)`: constant code is walked as if it stood there.
    pub(super) fn run_code(&mut self, code: Value, arguments: &Arguments, range: TextRange) -> Value {
        let at = self.place(range);
        let mut given = Value::NOTHING;
        for one in self.values.each(code).iter() {
            let mut text = *one;
            while let Shape::Code(inner) = *self.values.shape(text) {
                text = inner;
            }
            let text = match self.values.shape(text) {
                Shape::Str(text) => Some(Rc::clone(text)),
                Shape::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Rc::from),
                _ => None,
            };
            let module = text.as_deref().and_then(|text| self.parse_code(text.trim_start()));
            let Some(module) = module else {
                self.record.reachable = true;
                let what =
                    if text.is_some() { "text that does not parse is executed" } else { "computed text is executed" };
                self.record.darkness(at, Dark::DynamicCode, what, false);
                self.unresolved(range, what, true);
                given = Value::ANY_MODULE;
                continue;
            };
            self.record.darkness(at, Dark::DynamicCode, "constant text is executed", true);
            // What is handed along as its names is seen by it.
            for value in arguments.positional.iter().skip(1).chain(arguments.keywords.iter().map(|(_, value)| value)) {
                if let Shape::Dict(heap) = *self.values.shape(*value) {
                    let (entries, _) = self.entries(heap);
                    for (key, value) in entries {
                        if let Some(name) = self.values.as_str(key) {
                            let name = self.names.name(&name);
                            self.bind(name, value);
                        }
                    }
                }
            }
            let outer = self.pin.replace(at);
            self.code_depth += 1;
            match module.body.first() {
                Some(ruff_python_ast::Stmt::Expr(only)) if module.body.len() == 1 => {
                    let value = self.evaluate(&only.value);
                    given = self.values.join(given, value);
                }
                _ => {
                    self.walk(&module.body);
                    given = self.values.join(given, Value::NONE);
                }
            }
            self.fill_namespaces(module, arguments, range);
            self.code_depth -= 1;
            self.pin = outer;
        }
        if given == Value::NOTHING { Value::UNKNOWN } else { given }
    }
}

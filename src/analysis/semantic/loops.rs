//! Whether a loop ends.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};

/// Whether a loop's test holds for ever.
pub(super) fn is_always_true(test: &Expr) -> bool {
    match test {
        Expr::BooleanLiteral(truth) => truth.value,
        Expr::NumberLiteral(number) => {
            !matches!(&number.value, ruff_python_ast::Number::Int(int) if int.as_u8() == Some(0))
        }
        Expr::StringLiteral(string) => !string.value.is_empty(),
        _ => false,
    }
}

/// Whether a loop's body can leave it: `break` of this loop, `return`, `raise`, or an exit.
pub(super) fn has_exit(body: &[Stmt]) -> bool {
    struct Exits {
        found: bool,
        loops: usize,
    }
    impl<'n> Visitor<'n> for Exits {
        fn visit_stmt(&mut self, stmt: &'n Stmt) {
            match stmt {
                Stmt::Break(_) => self.found |= self.loops == 0,
                Stmt::Return(_) | Stmt::Raise(_) => self.found = true,
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                Stmt::For(_) | Stmt::While(_) => {
                    self.loops += 1;
                    walk_stmt(self, stmt);
                    self.loops -= 1;
                }
                _ => walk_stmt(self, stmt),
            }
        }
        fn visit_expr(&mut self, expr: &'n Expr) {
            match expr {
                Expr::Call(call) => {
                    let name = match &*call.func {
                        Expr::Name(name) => name.id.as_str(),
                        Expr::Attribute(attribute) => attribute.attr.as_str(),
                        _ => "",
                    };
                    self.found |= matches!(name, "exit" | "_exit" | "quit" | "abort");
                    walk_expr(self, expr);
                }
                Expr::Yield(_) | Expr::YieldFrom(_) => self.found = true,
                Expr::Lambda(_) => {}
                _ => walk_expr(self, expr),
            }
        }
    }
    let mut exits = Exits { found: false, loops: 0 };
    exits.visit_body(body);
    exits.found
}

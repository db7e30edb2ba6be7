//! How deep a program may nest, found out from its tokens before there is a tree.
//!
//! A tree is walked and dropped by recursion, so its depth is stack. Fifty kilobytes of `(` or `-` would otherwise end
//! the process. CPython draws its lines in the same places: 200 nested brackets and 100 levels of indentation are errors
//! in its tokenizer, and chains of a few thousand operators overflow its own parser.

use ruff_python_ast::token::TokenKind;
use ruff_text_size::TextSize;
use rustpython_parser::Mode;
use rustpython_parser::lexer::lex;

/// Most brackets within each other. CPython: `too many nested parentheses`.
pub const MAX_BRACKETS: usize = 200;
/// Most levels of indentation. CPython: `too many levels of indentation`.
pub const MAX_INDENTATION: usize = 99;
/// Most levels of a tree's expressions: brackets, and operators, attributes and calls in a chain.
pub const MAX_DEPTH: usize = 2_000;

/// A program nests deeper than is analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the program has {what} (at most {limit})")]
pub struct TooDeep {
    /// What there is too much of.
    pub what: &'static str,
    /// The limit.
    pub limit: usize,
    /// Where it is exceeded.
    pub offset: TextSize,
}

/// Refuses what nests too deeply.
pub fn check(text: &str) -> Result<(), TooDeep> {
    let Some((what, limit)) = scan(text) else { return Ok(()) };
    // The lexer does not tell where it is. The line is found by halving: a text that ends before it is no offender.
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
    let line = ends.partition_point(|end| scan(&text[..*end]).is_none());
    let offset = if line == 0 { 0 } else { ends[line - 1] + 1 };
    Err(TooDeep { what, limit, offset: TextSize::try_from(offset).unwrap_or_default() })
}

/// One bracket, or the statement itself.
#[derive(Default)]
struct Level {
    /// Operators since the last comma: each may be one level of the tree.
    chain: usize,
    /// `lambda`s whose parameters are not over: their commas do not end a chain (`lambda a, b=lambda c, d=…`).
    lambdas: usize,
}

fn scan(text: &str) -> Option<(&'static str, usize)> {
    let mut lexer = lex(text, Mode::Module);
    let mut levels = vec![Level::default()];
    let mut depth = 0_usize;
    let mut indentation = 0_usize;
    loop {
        let kind = lexer.next_token();
        let nested = levels.len() > 1;
        let level = levels.last_mut()?;
        match kind {
            TokenKind::EndOfFile => return None,
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                // A call or subscript continues the chain that it stands in.
                level.chain += 1;
                depth += 1;
                levels.push(Level::default());
                if levels.len() > MAX_BRACKETS + 1 {
                    return Some(("too many brackets within each other", MAX_BRACKETS));
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                depth = depth.saturating_sub(level.chain);
                if nested {
                    levels.pop();
                } else {
                    *level = Level::default();
                }
            }
            TokenKind::Newline | TokenKind::Semi => {
                // Whatever was left open in a broken program: the next statement starts anew.
                if kind == TokenKind::Newline {
                    levels.truncate(1);
                    depth = 0;
                    levels[0] = Level::default();
                } else {
                    depth = depth.saturating_sub(level.chain);
                    *level = Level::default();
                }
            }
            TokenKind::Comma if level.lambdas == 0 => {
                depth = depth.saturating_sub(level.chain);
                level.chain = 0;
            }
            TokenKind::Lambda => {
                level.lambdas += 1;
                level.chain += 1;
                depth += 1;
            }
            TokenKind::Colon if level.lambdas > 0 => level.lambdas -= 1,
            TokenKind::Indent => {
                indentation += 1;
                if indentation > MAX_INDENTATION {
                    return Some(("too many levels of indentation", MAX_INDENTATION));
                }
            }
            TokenKind::Dedent => indentation = indentation.saturating_sub(1),
            kind if deepens(kind) => {
                level.chain += 1;
                depth += 1;
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(("an expression that nests too deeply", MAX_DEPTH));
        }
    }
}

/// Whether a token may put one more level into the tree.
fn deepens(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Star
            | TokenKind::DoubleStar
            | TokenKind::Slash
            | TokenKind::DoubleSlash
            | TokenKind::Percent
            | TokenKind::At
            | TokenKind::Vbar
            | TokenKind::Amper
            | TokenKind::CircumFlex
            | TokenKind::LeftShift
            | TokenKind::RightShift
            | TokenKind::Tilde
            | TokenKind::Not
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::Dot
            | TokenKind::If
            | TokenKind::Else
            | TokenKind::Await
            | TokenKind::Yield
            | TokenKind::ColonEqual
            | TokenKind::Colon
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_nest_is_counted() {
        let many = 3_000;
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("[", "1", "]"),
            ("{", "1", "}"),
            ("-", "1", ""),
            ("not ", "1", ""),
            ("lambda: ", "1", ""),
            ("lambda a,b=", "1", ""),
            ("1**", "1", ""),
            ("1 if 1 else ", "1", ""),
            ("await ", "x", ""),
            ("", "x", ".a"),
            ("", "x", "()"),
            ("", "x", "[0]"),
            ("", "1", "+1"),
            ("f'{", "1", "}'"),
        ] {
            let text = format!("x = {}{middle}{}", open.repeat(many), close.repeat(many));
            assert!(check(&text).is_err(), "{open}…{close}");
        }
    }

    #[test]
    fn what_is_long_but_flat_passes() {
        let values = "-1.5, ".repeat(20_000);
        check(&format!("x = [{values}]\n")).unwrap();
        check(&"x = f(1)(2)[3].y + 1\n".repeat(20_000)).unwrap();
        check(&format!("x = {{{}}}", "'a': lambda x, y=(1, 2): x + y, ".repeat(5_000))).unwrap();
        check(&format!("if a:\n  pass\n{}", "elif b: pass\n".repeat(5_000))).unwrap();
        check(&format!("x = ({})", "'a' \n".repeat(5_000))).unwrap();
    }

    #[test]
    fn the_line_is_named() {
        let error = check(&format!("a = 1\nb = 2\nc = {}1{}\n", "(".repeat(300), ")".repeat(300))).unwrap_err();
        assert_eq!(error.offset, TextSize::from(12));
        assert_eq!(error.limit, MAX_BRACKETS);
    }
}

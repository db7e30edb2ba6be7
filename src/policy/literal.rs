//! Texts that every match of a regular expression has in it: what an index can look for before it asks the expression.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The required texts; none if nothing is certain. `lower`: letters are compared without case, with lower-case names.
pub(super) fn required(expression: &str, lower: bool) -> Box<[Box<[u8]>]> {
    let parsed = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .case_insensitive(lower)
        .nest_limit(64)
        .build()
        .parse(expression);
    let mut found = Found { lower, current: Vec::new(), all: Vec::new() };
    if let Ok(hir) = parsed {
        found.walk(&hir);
    }
    found.cut();
    found.all.into()
}

struct Found {
    lower: bool,
    current: Vec<u8>,
    all: Vec<Box<[u8]>>,
}

impl Found {
    /// What was collected ends here.
    fn cut(&mut self) {
        if !self.current.is_empty() {
            self.all.push(std::mem::take(&mut self.current).into());
        }
    }

    fn walk(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Literal(literal) => self.current.extend_from_slice(&literal.0),
            HirKind::Class(class) => match self.letter(class) {
                Some(letter) => self.current.push(letter),
                None => self.cut(),
            },
            HirKind::Capture(capture) => self.walk(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.walk(part)),
            HirKind::Repetition(repetition) => {
                self.cut();
                if repetition.min > 0 {
                    self.walk(&repetition.sub);
                }
                self.cut();
            }
            HirKind::Alternation(_) => self.cut(),
            HirKind::Look(_) | HirKind::Empty => {}
        }
    }

    /// The one lower-case letter that a class is for lower-case names.
    fn letter(&self, class: &Class) -> Option<u8> {
        let (Class::Bytes(class), true) = (class, self.lower) else { return None };
        let [upper, lower] = class.ranges() else { return None };
        let single = upper.start() == upper.end() && lower.start() == lower.end();
        (single && lower.start().is_ascii_lowercase() && upper.start() == lower.start().to_ascii_uppercase())
            .then_some(lower.start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(expression: &str, lower: bool) -> Vec<String> {
        required(expression, lower).iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
    }

    #[test]
    fn only_what_is_certain() {
        let found = texts(r"^(?:SR:C\d+:(?:HCM|VCM)\d:SP)$", false);
        assert!(found.contains(&"SR:C".to_owned()) && found.contains(&":SP".to_owned()), "{found:?}");
        assert!(!found.iter().any(|text| text.contains("HCM") || text.contains("VCM")), "{found:?}");
        assert!(texts("a|b", false).is_empty());
        assert!(texts("(abc)?", false).is_empty());
        assert_eq!(texts("x(abc)+y", false), ["x", "abc", "y"]);
        assert_eq!(texts("SR/Ps", true), ["sr/ps"]);
        assert!(texts("(", false).is_empty());
    }
}

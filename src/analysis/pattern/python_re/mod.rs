//! Python regular expressions, searched with a bound on the work.
//!
//! Promises: a pattern means what it means to `re.search` of `CPython` 3.11 to 3.13, for a `str` pattern without flags
//! given to the call; what `re.compile` refuses is refused in its words and at its place; and every search ends soon,
//! in the same way each time, whatever the pattern and the text are, if need be with [`Found::GaveUp`].
//!
//! How: the pattern is parsed as `CPython` parses it, never handed on as text, since no two dialects agree. What is
//! regular in it runs on the lazy automaton of `regex-automata`, which is told to give up where it would become slow.
//! If that answer is not exact (look-around, back-references, `$`, loops whose body may be empty, ...) it still tells
//! where the first match can begin, and a small backtracking matcher that counts its steps goes on from there. That
//! matcher remembers where branches have failed, if groups are not asked about, so that most patterns take time
//! proportional to the text in it, too.
//!
//! The crates with look-around do not fit. `fancy-regex` counts the times it goes back only, while one of the parts
//! it delegates may read the whole text: `(?=[\s\S]*b)a` takes seconds for 1 MiB with a limit of 1,000, and with that
//! limit `(?<!x)foo` is not found beyond the first 1,000 characters. `regress` offers no limit.
//!
//! Differences from `CPython` that remain:
//!
//! - A pattern has at most 10,000 characters, 100 open groups and 50,000 instructions, and a search at most about
//!   20 million steps.
//! - A text is valid UTF-8, so a lone surrogate in a pattern is allowed and matches nothing.
//! - Letters, digits, letter case and names are those of the Unicode version of the crates, which is newer: 3.11 has
//!   Unicode 14, 3.13 has 15.1. Only characters assigned since then are concerned.
//! - What only 3.11 takes is refused as by 3.13: the flag `t`, and conditions like `(?(+1)a)`.
//! - Warnings ("Possible nested set") are not given; the pattern means what it means today.
//! - For "look-behind requires fixed-width pattern", "the repetition number is too large" and "ASCII and UNICODE flags
//!   are incompatible" `CPython` gives no place: [`PatternError::position`] has one, the message shown does not.
//! - Faults of `CPython` are not repeated: after `(?a)` a search skips places where a leading `(?u:\w)` would match;
//!   an alternative that failed inside a possessive loop leaves the start of its groups behind (`((([b]))|\2){2}+`
//!   matches "b"); some patterns raise `SystemError`.

mod chars;
mod linear;
mod matcher;
mod parse;
mod program;
mod scan;
mod tree;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use linear::Linear;
use program::Program;

/// Why a pattern is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong, in the words of `CPython`.
    pub message: String,
    /// Where, counted in characters of the pattern from 0; `CPython` gives no place for a few of them.
    pub position: usize,
    /// How `CPython` writes the place, if it does.
    place: String,
}

impl PatternError {
    /// An error for which `CPython` gives no place.
    fn without_place(message: impl Into<String>, position: usize) -> Self {
        Self { message: message.into(), position, place: String::new() }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.message, self.place)
    }
}

impl std::error::Error for PatternError {}

/// What a search has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The text has no match.
    No,
    /// The bytes of the leftmost match.
    At(Range<usize>),
    /// The bound on the work was reached before it was known.
    GaveUp,
}

/// A compiled pattern; a copy of it shares what it was compiled to.
#[derive(Debug, Clone)]
pub struct PythonRegex {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pattern: String,
    program: Program,
    linear: Option<Linear>,
}

impl PythonRegex {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// If `CPython` refuses the pattern, or it is longer, deeper or larger than the limits.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        let tree = parse::parse(pattern)?;
        let program = Program::new(&tree).ok_or_else(|| PatternError::without_place("pattern too large", 0))?;
        let linear = Linear::new(&tree);
        Ok(Self { inner: Arc::new(Inner { pattern: pattern.to_owned(), program, linear }) })
    }

    /// The pattern as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.inner.pattern
    }

    /// Finds the leftmost match in a text, as `re.search` does.
    #[must_use]
    pub fn search(&self, text: &str) -> Found {
        let Inner { program, linear, .. } = &*self.inner;
        let mut from = 0;
        if let Some(linear) = linear.as_ref().filter(|_| !text.is_empty()) {
            // If the matcher is sure to end, it makes no difference where the automaton gives up.
            let sure = program.linear && program.insts.len().saturating_mul(text.len() + 1) <= matcher::STEPS;
            match linear.search(text, !sure) {
                Ok(None) => return Found::No,
                Ok(Some(range)) if linear.is_exact() => return Found::At(range),
                Ok(Some(range)) => from = range.start,
                Err(linear::Undecided) => {}
            }
        }
        matcher::search(program, text, from)
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, PythonRegex};
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::time::{Duration, Instant};

    fn outcome(pattern: &str, text: &str) -> Value {
        match PythonRegex::new(pattern) {
            Err(error) => json!({ "error": error.to_string() }),
            Ok(regex) => match regex.search(text) {
                Found::No => Value::Null,
                Found::At(range) => json!([range.start, range.end]),
                Found::GaveUp => json!("gave up"),
            },
        }
    }

    #[test]
    fn agrees_with_cpython() {
        let cases = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/python_re.json"));
        let cases: Vec<(String, String, Value)> = serde_json::from_str(cases).unwrap();
        assert!(cases.len() >= 250);
        for (pattern, text, expected) in cases {
            assert_eq!(outcome(&pattern, &text), expected, "{pattern:?} on {text:?}");
        }
    }

    #[test]
    fn agrees_after_other_texts_have_been_searched() {
        let regex = PythonRegex::new(r"\bp4p\b[\s\S]*?\.put\s*\(").unwrap();
        for _ in 0..3 {
            assert_eq!(regex.search("é p4p\n.put ("), Found::At(3..13));
            assert_eq!(regex.search("p4p .put("), Found::At(0..9));
            assert_eq!(regex.search("p4px .put("), Found::No);
        }
        assert_eq!(regex.clone().as_str(), r"\bp4p\b[\s\S]*?\.put\s*\(");
    }

    #[test]
    fn differs_only_where_it_says() {
        assert_eq!(outcome(r"(?a)(?u:\w)", "é"), json!([0, 2]));
        assert_eq!(outcome(r"((([b]))|\2){2}+", "aba"), Value::Null);
        assert_eq!(outcome(r"\ud800", "a"), Value::Null);
        assert_eq!(PythonRegex::new("a(?<=b*)").unwrap_err().position, 1);
    }

    #[test]
    fn limits_have_messages() {
        let error = |pattern: &str| PythonRegex::new(pattern).unwrap_err().to_string();
        assert_eq!(error(&"a".repeat(10_001)), "pattern longer than 10000 characters");
        assert_eq!(
            error(&format!("{}{}", "(".repeat(101), ")".repeat(101))),
            "groups nested deeper than 100 at position 101"
        );
        assert!(PythonRegex::new(&format!("{}{}", "(".repeat(100), ")".repeat(100))).is_ok());
        assert!(PythonRegex::new(&"a".repeat(10_000)).is_ok());
        assert!(PythonRegex::new("((a{1000}){1000}){1000}").is_ok());
    }

    #[test]
    fn never_hangs() {
        // The bound is on steps, the time is only for it not to be far off without optimisation.
        let size = 1 << 20;
        let texts = ["a".repeat(size), "ab".repeat(size / 2), "é".repeat(size / 2)];
        let patterns = [
            r"(a+)+$",
            r"(?=(a+)+b)c",
            r"(a|aa)+\1$",
            r"(?:[\s\S]*?){5}x(?<=y)",
            r"(?=[\s\S]*b)a",
            r"(?>[\s\S]*)b(?=c)",
            r"[ab]*a[ab]{1000}c",
            r"(?:\w{1,1000}){1,1000}(?=b)c",
            r"(?i)(.*)(.*)(.*)\1\2\3x",
        ];
        for pattern in patterns {
            let regex = PythonRegex::new(pattern).unwrap();
            for text in &texts {
                let start = Instant::now();
                let _ = regex.search(text);
                assert!(start.elapsed() < Duration::from_secs(20), "{pattern}");
            }
        }
    }

    #[test]
    fn finds_matches_far_into_a_large_text() {
        let text = format!("{}é p4p x\nclient.put (1)\n", "xfoo(a) = b\n".repeat(80_000));
        for pattern in [r"\bp4p\b[\s\S]*?\.put\s*\(", r"(?<!\w)p4p\b", r"(?i)(?<=\W)P4P(?=\s)", r"\(1\)$", r"(p)4\1"] {
            assert!(matches!(PythonRegex::new(pattern).unwrap().search(&text), Found::At(_)), "{pattern}");
        }
        assert_eq!(PythonRegex::new(r"(?<!\w)foo\(").unwrap().search(&text), Found::No);
    }

    /// Patterns that are mostly valid.
    fn pattern() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a", "b", "é", r"\w", r"\s", "[ab]", "[^a]", ".", r"\b", "^", "$", "(?=", "(?!", "(?<=", "(?>", "(", "(?:",
            "(?i:", ")", ")", ")", "|", "*", "+", "?", "*?", "++", "{2}", "{1,3}", r"\1", "(?(1)", "[", "]", "{", "\\",
            "#",
        ]);
        prop::collection::vec(piece, 0..14).prop_map(|pieces| {
            let mut text = pieces.concat();
            let open = text.matches('(').count().saturating_sub(text.matches(')').count());
            text.extend(std::iter::repeat_n(')', open));
            text
        })
    }

    /// Parts of patterns the automaton can answer alone.
    fn regular() -> impl Strategy<Value = Vec<&'static str>> {
        let piece = prop::sample::select(vec![
            "a",
            "b",
            ".",
            r"\w",
            r"\b",
            r"\B",
            "a+",
            "b*?",
            "[ab]??",
            "(?:a|ab)+",
            "(?:b|ba){1,2}?",
            "|",
            "^",
            r"\Z",
        ]);
        prop::collection::vec(piece, 0..8)
    }

    proptest! {
        #[test]
        fn any_pattern_is_compiled_or_refused(pattern in ".{0,40}", text in ".{0,20}") {
            if let Ok(regex) = PythonRegex::new(&pattern)
                && let Found::At(range) = regex.search(&text)
            {
                prop_assert!(text.get(range).is_some());
            }
        }

        #[test]
        fn matches_are_where_characters_are(pattern in pattern(), text in "[abé \n]{0,16}") {
            match PythonRegex::new(&pattern) {
                Ok(regex) => {
                    let found = regex.search(&text);
                    if let Found::At(range) = &found {
                        prop_assert!(text.get(range.clone()).is_some());
                    }
                    prop_assert_eq!(regex.search(&text), found);
                }
                Err(error) => prop_assert!(error.position <= pattern.chars().count()),
            }
        }

        #[test]
        fn a_quoted_text_matches_itself(text in ".{0,20}", around in "[ab\n]{0,4}") {
            let mut quoted = String::new();
            for c in text.chars() {
                quoted.extend(format!("\\U{:08x}", u32::from(c)).chars());
            }
            let whole = format!("{around}{text}{around}");
            let found = PythonRegex::new(&quoted).map(|regex| regex.search(&whole));
            let start = whole.find(&text).unwrap_or(0);
            prop_assert_eq!(found, Ok(Found::At(start..start + text.len())));
        }

        #[test]
        fn both_ways_agree(pieces in regular(), text in "[ab \n]{0,16}") {
            // A look-ahead that always holds keeps the automaton from answering alone.
            let pattern = pieces.concat();
            let alone = PythonRegex::new(&pattern);
            let slow = PythonRegex::new(&format!("(?:{pattern})(?=)"));
            if let (Ok(alone), Ok(slow)) = (alone, slow) {
                prop_assert_eq!(alone.search(&text), slow.search(&text));
            }
        }
    }
}

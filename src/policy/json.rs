//! JSON to [`Node`]s, with lines. As Python's `json` reads it: `NaN` and `Infinity` are words that it knows, and the
//! reader of the tree then says that they are no limits. A key that is there twice is an error: Python would take the
//! last and forget the other.

use super::node::{Builder, Node};

type Failure = (usize, String);

/// Reads one JSON text.
pub(super) fn read(text: &str) -> Result<Node, Failure> {
    let mut reader = Reader { text, at: 0, line: 1, builder: Builder::default() };
    reader.text = text.strip_prefix('\u{feff}').unwrap_or(text);
    reader.document()?;
    let line = reader.line;
    reader.builder.root.ok_or((line, "no JSON: there is nothing in it".to_owned()))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    builder: Builder,
}

impl Reader<'_> {
    fn wrong<T>(&self, expected: &str) -> Result<T, Failure> {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let found = found.map_or("the end".to_owned(), |c| format!("`{}`", c.escape_debug()));
        Err((self.line, format!("no JSON: {expected} was expected, not {found}")))
    }

    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' => {}
                byte => return Some(*byte),
            }
            self.at += 1;
        }
        None
    }

    /// One value after the other; what is open stands on the list, so that depth costs no stack.
    fn document(&mut self) -> Result<(), Failure> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            // Before a value.
            match self.peek() {
                Some(byte @ (b'{' | b'[')) => {
                    self.builder.open(self.line, byte == b'{')?;
                    open.push(byte);
                    self.at += 1;
                    let end = if byte == b'{' { b'}' } else { b']' };
                    if self.peek() != Some(end) {
                        if byte == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => {
                    let line = self.line;
                    let text = self.string()?;
                    self.builder.scalar(line, text, false)?;
                }
                Some(_) => self.bare()?,
                None => return self.wrong("a value"),
            }
            // After a value.
            loop {
                let Some(inner) = open.last().copied() else {
                    return if self.peek().is_none() { Ok(()) } else { self.wrong("the end") };
                };
                match (inner, self.peek()) {
                    (b'{', Some(b'}')) | (b'[', Some(b']')) => {
                        self.at += 1;
                        open.pop();
                        self.builder.close()?;
                    }
                    (_, Some(b',')) => {
                        self.at += 1;
                        if inner == b'{' {
                            self.peek();
                            self.key()?;
                        }
                        break;
                    }
                    (b'{', _) => return self.wrong("`,` or `}`"),
                    _ => return self.wrong("`,` or `]`"),
                }
            }
        }
    }

    fn key(&mut self) -> Result<(), Failure> {
        if self.peek() != Some(b'"') {
            return self.wrong("a key in double quotes");
        }
        let line = self.line;
        let key = self.string()?;
        self.builder.scalar(line, key, false)?;
        if self.peek() != Some(b':') {
            return self.wrong("`:`");
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<String, Failure> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => return Err((self.line, "no JSON: a text in quotes has no end".to_owned())),
            }
        }
        let quoted = self.text.get(self.at..=end).unwrap_or_default();
        let text = serde_json::from_str(quoted).map_err(|error| {
            let reason = error.to_string();
            (self.line, format!("no JSON: {}", reason.split(" at line").next().unwrap_or_default()))
        })?;
        self.at = end + 1;
        Ok(text)
    }

    fn bare(&mut self) -> Result<(), Failure> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.')).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let known = matches!(word, "true" | "false" | "null" | "NaN" | "Infinity" | "-Infinity");
        let number = word.starts_with(|c: char| c == '-' || c.is_ascii_digit())
            && serde_json::from_str::<serde::de::IgnoredAny>(word).is_ok();
        if !known && !number {
            return self.wrong("a value");
        }
        self.at += length;
        self.builder.scalar(self.line, word.to_owned(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::NodeKind;
    use super::*;

    #[test]
    fn lines_are_those_of_the_text() {
        let node = read("{\n \"a\": {\"b\": 1},\n\n \"c\\u00e9\": [1, \"x\"]}\n").unwrap();
        let NodeKind::Map(entries) = &node.kind else { panic!() };
        assert_eq!((entries[0].line, entries[1].line, entries[1].key.as_str()), (2, 4, "cé"));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "[1 2]",
            "01",
            "1 2",
            "\"a",
            "\"\\",
            "\"\\x\"",
            "nul",
            "{\"a\":1,\"a\":2}",
            "'a'",
            "[}",
            "{]",
            "+1",
            "// c\n1",
            "\"a\nb\"",
            "{,}",
            "[,]",
            ".5",
            "1e",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        for text in ["1", "[]", "{}", "NaN", "[-Infinity, 1e5, null]", " {\"a\": {}} "] {
            assert!(read(text).is_ok(), "{text}");
        }
        assert!(read(&"[".repeat(1_000_000)).is_err());
    }
}

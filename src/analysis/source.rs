//! From bytes to a program's text: what Python would read, or why it is refused.
//!
//! A tool that reads another text than the interpreter is blind. So whatever the two could read differently is refused
//! here: encodings other than UTF-8 (a cookie such as `# coding: utf-7` turns a comment into code, PEP 263), NUL bytes,
//! and texts beyond [`MAX_SOURCE_BYTES`].

use std::ops::Range;

use ruff_text_size::{TextRange, TextSize};
use serde::Serialize;

/// Largest program that is analysed. What an agent writes has a few kilobytes.
pub const MAX_SOURCE_BYTES: usize = 4 << 20;

/// A program's text, without byte order mark, and where its lines begin.
#[derive(Debug, Clone)]
pub struct Source {
    text: String,
    lines: Vec<u32>,
}

/// Why bytes are no program. Each refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Nothing, or only blanks.
    #[error("the program is empty")]
    Empty,
    /// More than [`MAX_SOURCE_BYTES`].
    #[error("the program has {size} bytes; at most {MAX_SOURCE_BYTES} are analysed")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// Not UTF-8.
    #[error("the program is not UTF-8 (byte {offset})")]
    NotUtf8 {
        /// The first wrong byte.
        offset: usize,
    },
    /// An encoding declaration for something else than UTF-8 (PEP 263).
    #[error("line {line} declares the encoding `{encoding}`: what such a file means depends on who decodes it")]
    Encoding {
        /// 1-based.
        line: usize,
        /// As it is written.
        encoding: String,
    },
    /// A NUL, which Python refuses.
    #[error("the program holds a NUL (byte {offset})")]
    Nul {
        /// Its offset.
        offset: usize,
    },
}

/// A place in a program. Lines and columns begin at 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
}

impl Source {
    /// Reads a program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SourceError> {
        if bytes.len() > MAX_SOURCE_BYTES {
            return Err(SourceError::TooLarge { size: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| SourceError::NotUtf8 { offset: error.valid_up_to() })?;
        Self::from_text(text)
    }

    /// Reads a program that is text already.
    pub fn from_text(text: &str) -> Result<Self, SourceError> {
        if text.len() > MAX_SOURCE_BYTES {
            return Err(SourceError::TooLarge { size: text.len() });
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(SourceError::Empty);
        }
        if let Some(offset) = memchr::memchr(0, text.as_bytes()) {
            return Err(SourceError::Nul { offset });
        }
        if let Some((line, encoding)) = declared_encoding(text) {
            return Err(SourceError::Encoding { line, encoding });
        }
        let mut lines = vec![0];
        let bytes = text.as_bytes();
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                lines.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        Ok(Self { text: text.to_owned(), lines })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a range; empty if it is none of this text.
    pub fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or("")
    }

    /// How many lines it has.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The line, 1-based, of a byte offset.
    pub fn line_of(&self, offset: TextSize) -> usize {
        self.lines.partition_point(|start| *start <= offset.to_u32())
    }

    /// A range as people read it.
    pub fn place(&self, range: TextRange) -> Place {
        let (line, column) = self.line_and_column(range.start());
        let (end_line, end_column) = self.line_and_column(range.end());
        Place { line, column, end_line, end_column }
    }

    /// The byte range of a place, for frames.
    pub fn bytes_of(&self, place: Place) -> Range<usize> {
        let start = self.offset_of(place.line, place.column);
        start..self.offset_of(place.end_line, place.end_column).max(start)
    }

    fn line_and_column(&self, offset: TextSize) -> (usize, usize) {
        let line = self.line_of(offset).max(1);
        let start = self.lines[line - 1] as usize;
        let end = offset.to_usize().min(self.text.len());
        let column = self.text.get(start..end).map_or(0, |text| text.chars().count());
        (line, column + 1)
    }

    fn offset_of(&self, line: usize, column: usize) -> usize {
        let start = self.lines.get(line.saturating_sub(1)).map_or(self.text.len(), |start| *start as usize);
        let rest = &self.text[start..];
        rest.char_indices().nth(column.saturating_sub(1)).map_or(self.text.len(), |(at, _)| start + at)
    }
}

/// The encoding that a comment in the first two lines declares, unless it is UTF-8.
///
/// The pattern is the one of <https://peps.python.org/pep-0263/>: `^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)`.
fn declared_encoding(text: &str) -> Option<(usize, String)> {
    // Python looks at the second line only if the first holds no code.
    let mut rest = text;
    for number in 1..=2 {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.strip_prefix("\r\n").or_else(|| after.get(1..)).unwrap_or("");
        let trimmed = line.trim_start_matches([' ', '\t', '\x0c']);
        if trimmed.is_empty() {
            continue;
        }
        let comment = trimmed.strip_prefix('#')?;
        for (at, _) in comment.match_indices("coding") {
            let Some(value) = comment[at + "coding".len()..].strip_prefix([':', '=']) else { continue };
            let name: String = value
                .trim_start_matches([' ', '\t'])
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
                .collect();
            if name.is_empty() {
                continue;
            }
            let plain = name.to_ascii_lowercase().replace('_', "-");
            if matches!(plain.as_str(), "utf-8" | "utf8" | "u8" | "utf" | "utf8-ucs2" | "utf8-ucs4" | "cp65001") {
                return None;
            }
            // These read ASCII as ASCII, and nothing else is there.
            let harmless = ["ascii", "us-ascii", "latin-1", "latin1"].contains(&plain.as_str())
                || ["iso-8859-", "cp125", "windows-125"].iter().any(|family| plain.starts_with(family));
            if harmless && text.is_ascii() {
                return None;
            }
            return Some((number, name));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_that_hide_code_are_refused_wherever_python_looks_for_them() {
        for text in [
            "# coding: utf-7\n# +AAo-print(1)\n",
            "#!/usr/bin/python\n# -*- coding: latin-1 -*-\nx = 'ä'\n",
            "#!/usr/bin/python\r\n# vim: set fileencoding=cp1252 :\r\nx = 'ä'\r\n",
            "\x0c# coding=utf_7\n",
            "\n# coding: rot13\n",
        ] {
            assert!(matches!(Source::from_text(text), Err(SourceError::Encoding { .. })), "{text:?}");
        }
        for text in [
            "# -*- coding: UTF-8 -*-\nx=1",
            "# coding=utf8\nx=1",
            "x = 1\n# coding: latin-1\n",
            "# encoding\nx",
            "# coding: latin-1\nx",
        ] {
            assert!(Source::from_text(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn places_count_characters_and_know_all_line_ends() {
        let source = Source::from_text("ä = 1\r\nb\rc\nd").unwrap();
        assert_eq!(source.line_count(), 4);
        let at = |text: &str| TextSize::try_from(source.text().find(text).unwrap()).unwrap();
        let place = source.place(TextRange::at(at("="), TextSize::from(1)));
        assert_eq!((place.line, place.column, place.end_column), (1, 3, 4));
        assert_eq!(source.line_of(at("c")), 3);
        assert_eq!(source.bytes_of(place), 3..4);
    }

    #[test]
    fn what_is_no_program_is_said_so() {
        assert_eq!(Source::from_bytes(b" \n\t").unwrap_err(), SourceError::Empty);
        assert_eq!(Source::from_bytes(b"\xef\xbb\xbf").unwrap_err(), SourceError::Empty);
        assert_eq!(Source::from_bytes(b"x = '\xed\xa0\x80'").unwrap_err(), SourceError::NotUtf8 { offset: 5 });
        assert_eq!(Source::from_bytes(b"x\0").unwrap_err(), SourceError::Nul { offset: 1 });
        assert!(matches!(Source::from_bytes(&vec![b'#'; MAX_SOURCE_BYTES + 1]), Err(SourceError::TooLarge { .. })));
    }
}

//! Reading a pattern in the pieces Python's own parser reads: a character, or a backslash and the one after it.
//!
//! Promises: escapes, sets and inline flags are read, and refused with the message and position of `CPython`.

use std::fmt::Write;

use super::PatternError;
use super::chars::{Category, ClassItem, is_identifier};

/// The flags of a pattern or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) const ASCII: Self = Self(1);
    pub(super) const IGNORE_CASE: Self = Self(2);
    pub(super) const MULTI_LINE: Self = Self(4);
    pub(super) const DOT_ALL: Self = Self(8);
    pub(super) const UNICODE: Self = Self(16);
    pub(super) const VERBOSE: Self = Self(32);
    const LOCALE: Self = Self(64);
    const TYPES: Self = Self(1 | 16 | 64);

    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'a' => Self::ASCII,
            'i' => Self::IGNORE_CASE,
            'm' => Self::MULTI_LINE,
            's' => Self::DOT_ALL,
            'u' => Self::UNICODE,
            'x' => Self::VERBOSE,
            'L' => Self::LOCALE,
            _ => return None,
        })
    }

    /// Whether one of these flags is set.
    pub(super) fn has(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }

    /// Both together.
    pub(super) fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }

    /// These flags inside a group that turns some on and some off.
    pub(super) fn scoped(self, on: Self, off: Self) -> Self {
        let kept = if on.has(Self::TYPES) { self.0 & !Self::TYPES.0 } else { self.0 };
        Self((kept | on.0) & !off.0)
    }
}

/// What an inline flag group says.
pub(super) enum FlagGroup {
    /// `(?i)`: for the whole pattern.
    Global(Flags),
    /// `(?i-m:`: for the group that begins here.
    Scoped(Flags, Flags),
}

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A character that no backslash precedes.
    Plain(char),
    /// A backslash and this character.
    Escaped(char),
}

impl Token {
    fn len(self) -> usize {
        match self {
            Self::Plain(_) => 1,
            Self::Escaped(_) => 2,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Plain(c) => c.to_string(),
            Self::Escaped(c) => format!("\\{c}"),
        }
    }
}

/// What an escape outside a set may stand for besides characters; the parser decides.
pub(super) enum Escape {
    /// A code point, perhaps a surrogate.
    Literal(u32),
    /// `\d` and the like.
    Category(Category, bool),
}

/// A reader of a pattern, one token ahead.
pub(super) struct Scanner {
    chars: Vec<char>,
    index: usize,
    next: Option<Token>,
}

impl Scanner {
    pub(super) fn new(pattern: &str) -> Result<Self, PatternError> {
        let mut scanner = Self { chars: pattern.chars().collect(), index: 0, next: None };
        scanner.advance()?;
        Ok(scanner)
    }

    fn advance(&mut self) -> Result<(), PatternError> {
        self.next = match self.chars.get(self.index) {
            None => None,
            Some('\\') => match self.chars.get(self.index + 1) {
                Some(&c) => Some(Token::Escaped(c)),
                None => return Err(self.error_at("bad escape (end of pattern)", self.chars.len() - 1)),
            },
            Some(&c) => Some(Token::Plain(c)),
        };
        self.index += self.next.map_or(0, Token::len);
        Ok(())
    }

    /// The token ahead.
    pub(super) fn peek(&self) -> Option<Token> {
        self.next
    }

    /// Takes the token ahead.
    pub(super) fn take(&mut self) -> Result<Option<Token>, PatternError> {
        let token = self.next;
        self.advance()?;
        Ok(token)
    }

    /// Takes the token ahead if it is this character.
    pub(super) fn eat(&mut self, c: char) -> Result<bool, PatternError> {
        let found = self.next == Some(Token::Plain(c));
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Where the token ahead begins.
    pub(super) fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    /// Goes back to a position.
    pub(super) fn seek(&mut self, index: usize) -> Result<(), PatternError> {
        self.index = index;
        self.advance()
    }

    /// An error that many characters before the token ahead.
    pub(super) fn error(&self, message: impl Into<String>, offset: usize) -> PatternError {
        self.error_at(message, self.tell().saturating_sub(offset))
    }

    /// An error at a position.
    pub(super) fn error_at(&self, message: impl Into<String>, position: usize) -> PatternError {
        let before = self.chars.get(..position).unwrap_or(&self.chars);
        let place = if self.chars.contains(&'\n') {
            let line = before.iter().filter(|&&c| c == '\n').count() + 1;
            let column = before.iter().rev().take_while(|&&c| c != '\n').count() + 1;
            format!(" at position {position} (line {line}, column {column})")
        } else {
            format!(" at position {position}")
        };
        PatternError { message: message.into(), position, place }
    }

    fn take_while(&mut self, limit: usize, accept: impl Fn(char) -> bool) -> Result<String, PatternError> {
        let mut taken = String::new();
        for _ in 0..limit {
            match self.next {
                Some(Token::Plain(c)) if accept(c) => taken.push(c),
                _ => break,
            }
            self.advance()?;
        }
        Ok(taken)
    }

    /// Takes decimal digits, as many as there are.
    pub(super) fn digits(&mut self) -> Result<String, PatternError> {
        self.take_while(usize::MAX, |c| c.is_ascii_digit())
    }

    /// Takes everything up to the terminator, which is taken and left out.
    pub(super) fn until(&mut self, terminator: char, name: &str) -> Result<String, PatternError> {
        let mut taken = String::new();
        loop {
            let Some(piece) = self.take()? else {
                return Err(if taken.is_empty() {
                    self.error(format!("missing {name}"), 0)
                } else {
                    self.error(format!("missing {terminator}, unterminated name"), taken.chars().count())
                });
            };
            if piece == Token::Plain(terminator) {
                return if taken.is_empty() { Err(self.error(format!("missing {name}"), 1)) } else { Ok(taken) };
            }
            taken.push_str(&piece.text());
        }
    }

    /// Refuses a group name that is no identifier.
    pub(super) fn check_group_name(&self, name: &str) -> Result<(), PatternError> {
        if is_identifier(name) {
            return Ok(());
        }
        Err(self.error(format!("bad character in group name {}", quoted(name)), name.chars().count() + 1))
    }

    /// Reads what follows `\x`, `\u`, `\U`, `\N`, or an escape of one character that both kinds of place know.
    pub(super) fn common_escape(&mut self, c: char) -> Result<Escape, PatternError> {
        let category = match c.to_ascii_lowercase() {
            'd' => Some(Category::Digit),
            's' => Some(Category::Space),
            'w' => Some(Category::Word),
            _ => None,
        };
        if let Some(category) = category {
            return Ok(Escape::Category(category, c.is_ascii_uppercase()));
        }
        let control = match c {
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            _ => None,
        };
        if let Some(control) = control {
            return Ok(Escape::Literal(control));
        }
        let width = match c {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            'N' => return self.named_character(),
            _ if c.is_ascii_alphanumeric() => return Err(self.error(format!("bad escape \\{c}"), 2)),
            _ => return Ok(Escape::Literal(u32::from(c))),
        };
        let digits = self.take_while(width, |c| c.is_ascii_hexdigit())?;
        let length = digits.len() + 2;
        if digits.len() < width {
            return Err(self.error(format!("incomplete escape \\{c}{digits}"), length));
        }
        match u32::from_str_radix(&digits, 16) {
            Ok(code) if code <= super::chars::MAX => Ok(Escape::Literal(code)),
            _ => Err(self.error(format!("bad escape \\{c}{digits}"), length)),
        }
    }

    fn named_character(&mut self) -> Result<Escape, PatternError> {
        if !self.eat('{')? {
            return Err(self.error("missing {", 0));
        }
        let name = self.until('}', "character name")?;
        // The table is searched loosely; Python wants the exact name, in any case. An alias has no name to compare.
        let found = unicode_names2::character(&name).filter(|&c| {
            let exact = unicode_names2::name(c).is_some_and(|known| known.to_string().eq_ignore_ascii_case(&name));
            exact || unicode_names2::name(c).is_none_or(|known| !same_letters(&known.to_string(), &name))
        });
        if let Some(c) = found {
            return Ok(Escape::Literal(u32::from(c)));
        }
        let message = format!("undefined character name {}", quoted(&name));
        Err(self.error(message, name.chars().count() + 4))
    }

    fn octal(&self, digits: &str) -> Result<u32, PatternError> {
        match u32::from_str_radix(digits, 8) {
            Ok(code) if code <= 0o377 => Ok(code),
            _ => {
                let message = format!("octal escape value \\{digits} outside of range 0-0o377");
                Err(self.error(message, digits.len() + 1))
            }
        }
    }

    /// Reads an escape that begins with a digit outside a set; `Err` inside `Ok` is a group number and its length.
    pub(super) fn digit_escape(&mut self, c: char) -> Result<Result<u32, (String, usize)>, PatternError> {
        let is_octal = |c: char| matches!(c, '0'..='7');
        let mut digits = c.to_string();
        if c == '0' {
            digits.push_str(&self.take_while(2, is_octal)?);
            return self.octal(&digits).map(Ok);
        }
        digits.push_str(&self.take_while(1, |c| c.is_ascii_digit())?);
        if digits.len() == 2 && digits.chars().all(is_octal) {
            digits.push_str(&self.take_while(1, is_octal)?);
            if digits.len() == 3 {
                return self.octal(&digits).map(Ok);
            }
        }
        let length = digits.len() + 1;
        Ok(Err((digits, length)))
    }

    fn class_escape(&mut self, c: char) -> Result<ClassItem, PatternError> {
        let code = match c {
            'b' => 8,
            '0'..='7' => {
                let mut digits = c.to_string();
                digits.push_str(&self.take_while(2, |c| matches!(c, '0'..='7'))?);
                self.octal(&digits)?
            }
            _ => match self.common_escape(c)? {
                Escape::Literal(code) => code,
                Escape::Category(category, negated) => return Ok(ClassItem::Category(category, negated)),
            },
        };
        Ok(ClassItem::Range(code, code))
    }

    /// Reads a set after its `[`; whether it is negated, and its members.
    pub(super) fn class(&mut self) -> Result<(bool, Vec<ClassItem>), PatternError> {
        let here = self.tell() - 1;
        let negated = self.eat('^')?;
        let mut items = Vec::new();
        loop {
            let Some(this) = self.take()? else { return Err(self.error_at("unterminated character set", here)) };
            let low = match this {
                Token::Plain(']') if !items.is_empty() => break,
                Token::Plain(c) => ClassItem::Range(u32::from(c), u32::from(c)),
                Token::Escaped(c) => self.class_escape(c)?,
            };
            if !self.eat('-')? {
                items.push(low);
                continue;
            }
            let Some(that) = self.take()? else { return Err(self.error_at("unterminated character set", here)) };
            let high = match that {
                Token::Plain(']') => {
                    items.extend([low, ClassItem::Range(u32::from('-'), u32::from('-'))]);
                    break;
                }
                Token::Plain(c) => ClassItem::Range(u32::from(c), u32::from(c)),
                Token::Escaped(c) => self.class_escape(c)?,
            };
            match (low, high) {
                (ClassItem::Range(low, _), ClassItem::Range(high, _)) if low <= high => {
                    items.push(ClassItem::Range(low, high));
                }
                _ => {
                    // CPython names the two tokens only, and steps back by their length: not by that of a long escape.
                    let message = format!("bad character range {}-{}", this.text(), that.text());
                    return Err(self.error(message, this.len() + 1 + that.len()));
                }
            }
        }
        Ok((negated, items))
    }

    /// Reads inline flags after `(?` and their first character.
    pub(super) fn flags(&mut self, first: char) -> Result<FlagGroup, PatternError> {
        let mut on = Flags::default();
        let mut off = Flags::default();
        let mut c = first;
        while c != '-' {
            let flag = Flags::of(c).unwrap_or_default();
            if c == 'L' {
                return Err(self.error("bad inline flags: cannot use 'L' flag with a str pattern", 0));
            }
            on = on.with(flag);
            if flag.has(Flags::TYPES) && on.has(Flags(Flags::TYPES.0 & !flag.0)) {
                return Err(self.error("bad inline flags: flags 'a', 'u' and 'L' are incompatible", 0));
            }
            c = self.flag_letter("missing -, : or )", ")-:")?;
            match c {
                ')' => return Ok(FlagGroup::Global(on)),
                ':' => return Ok(FlagGroup::Scoped(on, off)),
                _ => {}
            }
        }
        c = self.flag_letter("missing flag", "")?;
        loop {
            let flag = Flags::of(c).unwrap_or_default();
            if flag.has(Flags::TYPES) {
                return Err(self.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 0));
            }
            off = off.with(flag);
            c = self.flag_letter("missing :", ":")?;
            if c == ':' {
                break;
            }
        }
        if on.has(off) {
            return Err(self.error("bad inline flags: flag turned on and off", 1));
        }
        Ok(FlagGroup::Scoped(on, off))
    }

    fn flag_letter(&mut self, missing: &str, ends: &str) -> Result<char, PatternError> {
        match self.take()? {
            None => Err(self.error(missing, 0)),
            Some(Token::Plain(c)) if ends.contains(c) || Flags::of(c).is_some() => Ok(c),
            Some(token) => {
                let letter = matches!(token, Token::Plain(c) if c.is_alphabetic());
                Err(self.error(if letter { "unknown flag" } else { missing }, token.len()))
            }
        }
    }

    /// Whether a group may begin with these flags: a known letter, or `-`.
    pub(super) fn begins_flags(c: char) -> bool {
        c == '-' || Flags::of(c).is_some()
    }
}

fn same_letters(known: &str, name: &str) -> bool {
    let letters = |s: &str| s.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let (known, name): (String, String) = (letters(known), letters(name));
    known == name
}

/// The text in quotes as Python's `repr` writes it.
pub(super) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if c == quote => out.extend(['\\', c]),
            _ if c.is_ascii_control() || ('\u{80}'..='\u{a0}').contains(&c) || c == '\u{ad}' => {
                // Writing into a string does not fail.
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push(quote);
    out
}

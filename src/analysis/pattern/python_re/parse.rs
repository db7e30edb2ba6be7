//! Parsing a pattern as `CPython` parses it.
//!
//! Promises: what `CPython` refuses is refused here, with its message and position; nothing is read in another way
//! than Python reads it. Depth and length are limited, so that no later step can run out of stack.

use std::collections::HashMap;

use super::PatternError;
use super::chars::{self, CharSet, ClassItem};
use super::scan::{Escape, FlagGroup, Flags, Scanner, Token, quoted};
use super::tree::{Anchor, Greed, Node};

/// The largest number of characters in a pattern.
pub(super) const MAX_LENGTH: usize = 10_000;

/// The largest number of groups open at the same time.
pub(super) const MAX_NESTING: usize = 100;

/// The number from which on Python refuses a repetition, and a group number.
const MAX_REPEAT: u64 = 4_294_967_295;
const MAX_GROUPS: u64 = 1_073_741_823;

/// Parses a pattern into its tree.
pub(super) fn parse(pattern: &str) -> Result<Node, PatternError> {
    let length = pattern.chars().count();
    if length > MAX_LENGTH {
        return Err(PatternError::without_place(format!("pattern longer than {MAX_LENGTH} characters"), MAX_LENGTH));
    }
    let mut parser = Parser {
        scanner: Scanner::new(pattern)?,
        flags: Flags::default(),
        widths: vec![None],
        names: HashMap::new(),
        behind: None,
        forward: Vec::new(),
        late: None,
    };
    let tree = parser.alternation(Flags::default(), 0)?;
    if parser.flags.has(Flags::ASCII) && parser.flags.has(Flags::UNICODE) {
        return Err(PatternError::without_place("ASCII and UNICODE flags are incompatible", 0));
    }
    if parser.scanner.peek().is_some() {
        return Err(parser.scanner.error("unbalanced parenthesis", 0));
    }
    for &(group, position) in &parser.forward {
        if group >= parser.widths.len() {
            return Err(parser.scanner.error_at(format!("invalid group reference {group}"), position));
        }
    }
    match parser.late {
        Some(error) => Err(error),
        None => Ok(tree),
    }
}

struct Parser {
    scanner: Scanner,
    flags: Flags,
    /// For each group opened so far, the widths it can have once it is closed.
    widths: Vec<Option<(u64, u64)>>,
    names: HashMap<String, usize>,
    /// Inside a look-behind, the number of groups there were before it.
    behind: Option<usize>,
    /// The groups conditions name by number, which may come later, and where.
    forward: Vec<(usize, usize)>,
    /// What `CPython` reports only after the whole pattern has been read.
    late: Option<PatternError>,
}

impl Parser {
    fn alternation(&mut self, mut flags: Flags, depth: usize) -> Result<Node, PatternError> {
        if depth > MAX_NESTING {
            return Err(self.scanner.error(format!("groups nested deeper than {MAX_NESTING}"), 0));
        }
        let mut items = vec![self.sequence(&mut flags, depth, depth == 0)?];
        while self.scanner.eat('|')? {
            items.push(self.sequence(&mut flags, depth, false)?);
        }
        if items.len() > 1
            && let Some(sets) = items.iter().map(Node::unit).collect::<Option<Vec<_>>>()
        {
            // As in CPython a choice of single characters is one set.
            let ranges = sets.iter().flat_map(|set| set.ranges()).copied().collect();
            return Ok(Node::Set(CharSet::new(ranges).into()));
        }
        Ok(match items.pop() {
            Some(only) if items.is_empty() => only,
            last => Node::Alt(items.into_iter().chain(last).collect()),
        })
    }

    fn sequence(&mut self, flags: &mut Flags, depth: usize, first: bool) -> Result<Node, PatternError> {
        let mut items: Vec<Node> = Vec::new();
        while let Some(token) = self.scanner.peek() {
            if matches!(token, Token::Plain('|' | ')')) {
                break;
            }
            self.scanner.take()?;
            let c = match token {
                Token::Plain(c) => c,
                Token::Escaped(c) => {
                    let node = self.escape(c, *flags)?;
                    items.push(node);
                    continue;
                }
            };
            if flags.has(Flags::VERBOSE) && self.skip_verbose(c)? {
                continue;
            }
            match c {
                '[' => {
                    let (negated, members) = self.scanner.class()?;
                    items.push(Self::set(&members, negated, *flags));
                }
                '*' | '+' | '?' | '{' => self.repeat(c, &mut items, *flags)?,
                '.' => items.push(Node::Set(chars::dot(flags.has(Flags::DOT_ALL)))),
                '(' => {
                    if let Some(node) = self.group(flags, depth, first && items.is_empty())? {
                        items.push(node);
                    }
                }
                '^' if flags.has(Flags::MULTI_LINE) => items.push(Node::Anchor(Anchor::LineStart)),
                '^' => items.push(Node::Anchor(Anchor::TextStart)),
                '$' if flags.has(Flags::MULTI_LINE) => items.push(Node::Anchor(Anchor::LineEnd)),
                '$' => items.push(Node::Anchor(Anchor::LastLineEnd)),
                _ => items.push(Self::literal(u32::from(c), *flags)),
            }
        }
        Ok(Node::Seq(items))
    }

    /// In verbose mode, skips white space, or a comment after its `#`.
    fn skip_verbose(&mut self, c: char) -> Result<bool, PatternError> {
        if c == '#' {
            while !matches!(self.scanner.take()?, None | Some(Token::Plain('\n'))) {}
        }
        Ok(matches!(c, '#' | ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}'))
    }

    fn literal(code: u32, flags: Flags) -> Node {
        match char::from_u32(code) {
            Some(c) if !flags.has(Flags::IGNORE_CASE) => Node::Char(c),
            _ => Self::set(&[ClassItem::Range(code, code)], false, flags),
        }
    }

    fn set(members: &[ClassItem], negated: bool, flags: Flags) -> Node {
        Node::Set(chars::class(members, negated, flags.has(Flags::IGNORE_CASE), flags.has(Flags::ASCII)))
    }

    fn escape(&mut self, c: char, flags: Flags) -> Result<Node, PatternError> {
        let ascii = flags.has(Flags::ASCII);
        Ok(match c {
            'A' => Node::Anchor(Anchor::TextStart),
            'Z' => Node::Anchor(Anchor::TextEnd),
            'b' => Node::Anchor(Anchor::Word { negated: false, ascii }),
            'B' => Node::Anchor(Anchor::Word { negated: true, ascii }),
            '0'..='9' => match self.scanner.digit_escape(c)? {
                Ok(code) => Self::literal(code, flags),
                Err((digits, length)) => {
                    let group = digits.parse().unwrap_or(usize::MAX);
                    if group >= self.widths.len() {
                        return Err(self.scanner.error(format!("invalid group reference {group}"), length - 1));
                    }
                    self.backref(group, length, flags)?
                }
            },
            _ => match self.scanner.common_escape(c)? {
                Escape::Literal(code) => Self::literal(code, flags),
                Escape::Category(category, negated) => {
                    Self::set(&[ClassItem::Category(category, negated)], false, flags)
                }
            },
        })
    }

    fn backref(&self, group: usize, length: usize, flags: Flags) -> Result<Node, PatternError> {
        if self.widths.get(group).copied().flatten().is_none() {
            return Err(self.scanner.error("cannot refer to an open group", length));
        }
        self.check_behind(group)?;
        let fold = flags.has(Flags::IGNORE_CASE).then(|| flags.has(Flags::ASCII));
        Ok(Node::Backref { group: u32::try_from(group).unwrap_or(u32::MAX), fold })
    }

    fn check_behind(&self, group: usize) -> Result<(), PatternError> {
        let Some(before) = self.behind else { return Ok(()) };
        if self.widths.get(group).copied().flatten().is_none() {
            return Err(self.scanner.error("cannot refer to an open group", 0));
        }
        if group >= before {
            let message = "cannot refer to group defined in the same lookbehind subpattern";
            return Err(self.scanner.error(message, 0));
        }
        Ok(())
    }

    fn repeat(&mut self, c: char, items: &mut Vec<Node>, flags: Flags) -> Result<(), PatternError> {
        let here = self.scanner.tell();
        let (min, max) = match c {
            '?' => (0, Some(1)),
            '*' => (0, None),
            '+' => (1, None),
            _ => {
                let Some(counts) = self.counts(here)? else {
                    items.push(Self::literal(u32::from(c), flags));
                    return Ok(());
                };
                counts
            }
        };
        let body = match items.pop() {
            None | Some(Node::Anchor(_)) => return Err(self.scanner.error_at("nothing to repeat", here - 1)),
            Some(Node::Repeat { .. }) => return Err(self.scanner.error_at("multiple repeat", here - 1)),
            Some(item) => Box::new(item),
        };
        let greed = if self.scanner.eat('?')? {
            Greed::Lazy
        } else if self.scanner.eat('+')? {
            Greed::Possessive
        } else {
            Greed::Greedy
        };
        items.push(Node::Repeat { body, min, max, greed });
        Ok(())
    }

    /// Reads the counts after a `{`; if there are none, goes back to it.
    fn counts(&mut self, here: usize) -> Result<Option<(u32, Option<u32>)>, PatternError> {
        if self.scanner.peek() == Some(Token::Plain('}')) {
            return Ok(None);
        }
        let low = self.scanner.digits()?;
        let high = if self.scanner.eat(',')? { self.scanner.digits()? } else { low.clone() };
        if !self.scanner.eat('}')? {
            self.scanner.seek(here)?;
            return Ok(None);
        }
        let number = |digits: &str| -> Result<u32, PatternError> {
            let number: u64 = digits.parse().unwrap_or(u64::MAX);
            if number >= MAX_REPEAT {
                return Err(PatternError::without_place("the repetition number is too large", here));
            }
            u32::try_from(number).map_err(|_| PatternError::without_place("the repetition number is too large", here))
        };
        let min = if low.is_empty() { 0 } else { number(&low)? };
        let max = if high.is_empty() { None } else { Some(number(&high)?) };
        if max.is_some_and(|max| max < min) {
            return Err(self.scanner.error_at("min repeat greater than max repeat", here));
        }
        Ok(Some((min, max)))
    }

    /// Reads a group after its `(`; a comment and global flags leave nothing.
    fn group(&mut self, flags: &mut Flags, depth: usize, first: bool) -> Result<Option<Node>, PatternError> {
        let start = self.scanner.tell() - 1;
        if !self.scanner.eat('?')? {
            return self.capture(None, start, *flags, depth).map(Some);
        }
        let c = self.group_char()?;
        match c {
            Token::Plain('P') => self.python_group(start, *flags, depth).map(Some),
            Token::Plain(':') => self.body(start, *flags, depth).map(|body| Some(Node::Group(None, Box::new(body)))),
            Token::Plain('>') => self.body(start, *flags, depth).map(|body| Some(Node::Atomic(Box::new(body)))),
            Token::Plain('#') => loop {
                match self.scanner.take()? {
                    None => return Err(self.scanner.error_at("missing ), unterminated comment", start)),
                    Some(Token::Plain(')')) => return Ok(None),
                    Some(_) => {}
                }
            },
            Token::Plain(kind @ ('=' | '!')) => self.around(kind == '!', false, start, *flags, depth).map(Some),
            Token::Plain('<') => match self.group_char()? {
                Token::Plain(kind @ ('=' | '!')) => self.around(kind == '!', true, start, *flags, depth).map(Some),
                other => Err(self.unknown_extension("?<", other)),
            },
            Token::Plain('(') => self.conditional(start, *flags, depth).map(Some),
            Token::Plain(c) if Scanner::begins_flags(c) => match self.scanner.flags(c)? {
                FlagGroup::Global(on) => {
                    if !first {
                        let message = "global flags not at the start of the expression";
                        return Err(self.scanner.error_at(message, start));
                    }
                    self.flags = self.flags.with(on);
                    *flags = self.flags;
                    Ok(None)
                }
                FlagGroup::Scoped(on, off) => {
                    let body = self.body(start, flags.scoped(on, off), depth)?;
                    Ok(Some(Node::Group(None, Box::new(body))))
                }
            },
            other => Err(self.unknown_extension("?", other)),
        }
    }

    fn group_char(&mut self) -> Result<Token, PatternError> {
        match self.scanner.take()? {
            Some(token) => Ok(token),
            None => Err(self.scanner.error("unexpected end of pattern", 0)),
        }
    }

    fn unknown_extension(&self, begin: &str, token: Token) -> PatternError {
        let (text, length) = match token {
            Token::Plain(c) => (c.to_string(), 1),
            Token::Escaped(c) => (format!("\\{c}"), 2),
        };
        self.scanner.error(format!("unknown extension {begin}{text}"), begin.len() + length)
    }

    /// Reads what a group holds, and its `)`.
    fn body(&mut self, start: usize, flags: Flags, depth: usize) -> Result<Node, PatternError> {
        let body = self.alternation(flags, depth + 1)?;
        self.close(start)?;
        Ok(body)
    }

    fn close(&mut self, start: usize) -> Result<(), PatternError> {
        if self.scanner.eat(')')? {
            return Ok(());
        }
        Err(self.scanner.error_at("missing ), unterminated subpattern", start))
    }

    fn capture(
        &mut self,
        name: Option<String>,
        start: usize,
        flags: Flags,
        depth: usize,
    ) -> Result<Node, PatternError> {
        let group = self.widths.len();
        self.widths.push(None);
        if let Some(name) = name {
            if let Some(older) = self.names.get(&name) {
                let message =
                    format!("redefinition of group name {} as group {group}; was group {older}", quoted(&name));
                return Err(self.scanner.error(message, name.chars().count() + 1));
            }
            self.names.insert(name, group);
        }
        let body = self.body(start, flags, depth)?;
        let width = body.width(&self.widths);
        if let Some(slot) = self.widths.get_mut(group) {
            *slot = Some(width);
        }
        Ok(Node::Group(u32::try_from(group).ok(), Box::new(body)))
    }

    /// Reads `(?P<name>...)` or `(?P=name)` after the `P`.
    fn python_group(&mut self, start: usize, flags: Flags, depth: usize) -> Result<Node, PatternError> {
        if self.scanner.eat('<')? {
            let name = self.scanner.until('>', "group name")?;
            self.scanner.check_group_name(&name)?;
            return self.capture(Some(name), start, flags, depth);
        }
        if self.scanner.eat('=')? {
            let name = self.scanner.until(')', "group name")?;
            self.scanner.check_group_name(&name)?;
            let group = self.named(&name)?;
            return self.backref(group, name.chars().count() + 1, flags);
        }
        let token = self.group_char()?;
        Err(self.unknown_extension("?P", token))
    }

    fn named(&self, name: &str) -> Result<usize, PatternError> {
        self.names
            .get(name)
            .copied()
            .ok_or_else(|| self.scanner.error(format!("unknown group name {}", quoted(name)), name.chars().count() + 1))
    }

    fn around(
        &mut self,
        negated: bool,
        behind: bool,
        start: usize,
        flags: Flags,
        depth: usize,
    ) -> Result<Node, PatternError> {
        let outer = self.behind;
        if behind && outer.is_none() {
            self.behind = Some(self.widths.len());
        }
        let body = self.alternation(flags, depth + 1)?;
        self.behind = outer;
        self.close(start)?;
        let back = if behind {
            let (low, high) = body.width(&self.widths);
            if low != high && self.late.is_none() {
                self.late = Some(PatternError::without_place("look-behind requires fixed-width pattern", start));
            }
            low
        } else {
            0
        };
        Ok(Node::Around { body: Box::new(body), negated, back })
    }

    /// Reads `(?(group)yes|no)` after its second `(`.
    fn conditional(&mut self, start: usize, flags: Flags, depth: usize) -> Result<Node, PatternError> {
        let name = self.scanner.until(')', "group name")?;
        let length = name.chars().count() + 1;
        let group = if name.chars().all(|c| c.is_ascii_digit()) {
            let number: u64 = name.parse().unwrap_or(u64::MAX);
            if number == 0 {
                return Err(self.scanner.error("bad group number", length));
            }
            if number >= MAX_GROUPS {
                let shown = name.trim_start_matches('0');
                return Err(self.scanner.error(format!("invalid group reference {shown}"), length));
            }
            let group = usize::try_from(number).unwrap_or(usize::MAX);
            if self.forward.iter().all(|&(known, _)| known != group) {
                self.forward.push((group, self.scanner.tell() - length));
            }
            group
        } else {
            self.scanner.check_group_name(&name)?;
            self.named(&name)?
        };
        self.check_behind(group)?;
        if depth >= MAX_NESTING {
            return Err(self.scanner.error(format!("groups nested deeper than {MAX_NESTING}"), 0));
        }
        let mut flags = flags;
        let yes = self.sequence(&mut flags, depth + 1, false)?;
        let no = if self.scanner.eat('|')? {
            let no = self.sequence(&mut flags, depth + 1, false)?;
            if self.scanner.peek() == Some(Token::Plain('|')) {
                return Err(self.scanner.error("conditional backref with more than two branches", 0));
            }
            no
        } else {
            Node::Seq(Vec::new())
        };
        self.close(start)?;
        let group = u32::try_from(group).unwrap_or(u32::MAX);
        Ok(Node::Cond { group, yes: Box::new(yes), no: Box::new(no) })
    }
}

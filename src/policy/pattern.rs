//! [`Pattern`]: a name, a glob (`*` any characters, `?` one) or a regular expression (`re:`), compared with a whole
//! canonical name.
//!
//! The same text is read in one of two ways, and the doubtful case always falls on the safe side. What permits is
//! [`Reach::Narrow`]: it names a record's value, an attribute, and a field, a command or another Tango database only if it
//! says so. What forbids is [`Reach::Wide`]: a record with all its fields, a device in whatever database, a command too.

use regex::bytes::{Regex, RegexBuilder};

use crate::channel::{Channel, Protocol};

use super::literal;
use super::names::{Hit, Names, Tag};
use super::source::cut;

/// Longest text of a pattern.
const MAX_PATTERN: usize = 1024;
/// Most memory of one compiled expression.
const MAX_REGEX: usize = 1 << 20;

/// How a pattern's text is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It permits: no more than it says.
    Narrow,
    /// It forbids: whatever it may mean.
    Wide,
}

/// One way to compare a name.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    Exact(Box<str>),
    Glob(Glob),
    Regex(Regex, Box<[Box<[u8]>]>),
}

impl Matcher {
    pub(super) fn is_match(&self, name: &str) -> bool {
        match self {
            Self::Exact(text) => **text == *name,
            Self::Glob(glob) => glob.is_match(name.as_bytes()),
            Self::Regex(regex, _) => regex.is_match(name.as_bytes()),
        }
    }

    /// Texts that every name it matches has in it.
    pub(super) fn literals(&self) -> Vec<&[u8]> {
        match self {
            Self::Exact(text) => vec![text.as_bytes()],
            Self::Glob(glob) => glob.text.split(|b| matches!(b, b'*' | b'?')).filter(|part| !part.is_empty()).collect(),
            Self::Regex(_, literals) => literals.iter().map(|literal| &**literal).collect(),
        }
    }
}

/// Text with `*` for any characters and `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    text: Box<[u8]>,
}

impl Glob {
    pub(super) fn new(text: &str) -> Self {
        let mut bytes: Vec<u8> = text.bytes().collect();
        bytes.dedup_by(|a, b| *a == b'*' && *b == b'*');
        Self { text: bytes.into() }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }

    /// Compared as a whole. No name has a `*`; a pattern does, and `?` does not stand for it, so that asking whether a glob
    /// covers another glob's text never says more than is true.
    pub(super) fn is_match(&self, name: &[u8]) -> bool {
        let mut parts = self.text.split(|b| *b == b'*');
        let (Some(first), Some(rest)) = (parts.next(), name.get(..)) else { return false };
        if !self.text.contains(&b'*') {
            return rest.len() == first.len() && same(first, rest);
        }
        let Some((head, mut rest)) = rest.split_at_checked(first.len()) else { return false };
        if !same(first, head) {
            return false;
        }
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            // The leftmost place is as good as any: what follows has the most room.
            let Some(at) = find(part, rest) else { return false };
            rest = rest.get(at + part.len()..).unwrap_or_default();
        }
        rest.len().checked_sub(last.len()).and_then(|at| rest.get(at..)).is_some_and(|tail| same(last, tail))
    }
}

fn same(part: &[u8], text: &[u8]) -> bool {
    part.iter().zip(text).all(|(p, t)| p == t || (*p == b'?' && *t != b'*'))
}

fn find(part: &[u8], text: &[u8]) -> Option<usize> {
    if part.is_empty() { Some(0) } else { text.windows(part.len()).position(|window| same(part, window)) }
}

/// A pattern as one rule has it.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// As it is written.
    pub text: Box<str>,
    /// For EPICS names; of a narrow one: for the record.
    pub epics: Option<Matcher>,
    /// The field that a narrow one names.
    pub field: Option<Box<str>>,
    /// For Tango names.
    pub tango: Option<Matcher>,
    /// Whether it names commands.
    pub command: bool,
    /// Whether it names a Tango database of its own.
    pub host: bool,
}

/// Whether a pattern names a command, of a device without a database too.
fn is_command(name: &str) -> bool {
    name.split('#').next().is_some_and(|name| name.ends_with("()"))
}

impl Pattern {
    /// Reads one.
    pub(super) fn parse(text: &str, reach: Reach) -> Result<Self, String> {
        if text.len() > MAX_PATTERN {
            return Err(format!("the pattern `{}` has more than {MAX_PATTERN} characters", cut(text)));
        }
        if let Some(expression) = text.strip_prefix("re:") {
            return Self::regex(text, expression);
        }
        let name = text.strip_prefix("exact:").unwrap_or(text);
        if name.is_empty() {
            return Err("a pattern is empty".to_owned());
        }
        if !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(format!("`{}` has white space or characters that no channel's name has", cut(name)));
        }
        if name.contains(['*', '?']) { Self::glob(name, reach) } else { Self::exact(name, reach) }
    }

    fn exact(name: &str, reach: Reach) -> Result<Self, String> {
        let epics = Channel::parse(Protocol::Ca, name);
        let tango = Channel::parse(Protocol::Tango, name);
        if let (Err(epics), Err(tango)) = (&epics, &tango) {
            // Who writes three slashes means Tango.
            let reason = if name.matches('/').count() >= 3 { tango.reason } else { epics.reason };
            return Err(format!("`{}` is no channel's name: {reason}", cut(name)));
        }
        let (mut field, mut record) = (None, None);
        if let Ok(channel) = &epics {
            record = Some(channel.name().into());
            if let (Reach::Narrow, Some((name, of))) = (reach, channel.field()) {
                (record, field) = (Some(name.into()), Some(of.into()));
            }
        }
        Ok(Self {
            text: name.into(),
            epics: record.map(Matcher::Exact),
            field,
            tango: tango.ok().map(|channel| Matcher::Exact(channel.name().into())),
            command: is_command(name),
            host: name.to_ascii_lowercase().starts_with("tango://"),
        })
    }

    fn glob(name: &str, reach: Reach) -> Result<Self, String> {
        let canonical = name.strip_suffix(".VAL").unwrap_or(name);
        let (mut record, mut field) = (Some(canonical), None);
        if let (Reach::Narrow, Some((before, after))) = (reach, canonical.split_once('.')) {
            let plain = after.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            if after.contains(['*', '?']) && !name.contains('/') {
                return Err(format!(
                    "`{}` has a wildcard in the field; name the fields, in the pattern or under `fields`",
                    cut(name)
                ));
            }
            // Otherwise the dot is in a Tango name.
            (record, field) = if plain { (Some(before), Some(after.into())) } else { (None, None) };
        }
        let lower = name.to_ascii_lowercase();
        let host = lower.starts_with("tango://");
        let tango = if host { &*lower } else { lower.strip_prefix("tango:").unwrap_or(&lower) };
        let tango = tango.strip_suffix("#dbase=yes").unwrap_or(tango);
        Ok(Self {
            text: name.into(),
            epics: record.map(|record| Matcher::Glob(Glob::new(record))),
            field,
            tango: Some(Matcher::Glob(Glob::new(tango))),
            command: is_command(name),
            host,
        })
    }

    fn regex(text: &str, expression: &str) -> Result<Self, String> {
        let build = |insensitive: bool| {
            let whole = format!("^(?:{expression})$");
            let regex = RegexBuilder::new(&whole)
                .unicode(false)
                .case_insensitive(insensitive)
                .size_limit(MAX_REGEX)
                .dfa_size_limit(MAX_REGEX)
                .nest_limit(64)
                .build()
                .map_err(|error| match error {
                    regex::Error::CompiledTooBig(_) => format!("the expression `{}` is too large", cut(expression)),
                    error => {
                        let reason = error.to_string();
                        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                        format!("`{}` is no regular expression: {reason}", cut(expression))
                    }
                })?;
            Ok::<_, String>(Matcher::Regex(regex, literal::required(&whole, insensitive)))
        };
        // Alone first: `a)|(b` is none, though it would be one inside the group.
        regex_syntax::Parser::new().parse(expression).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("`{}` is no regular expression: {reason}", cut(expression))
        })?;
        if expression.is_empty() {
            return Err("the expression is empty".to_owned());
        }
        Ok(Self {
            text: text.into(),
            epics: Some(build(false)?),
            field: None,
            // Tango's names are lower case, however they are written.
            tango: Some(build(true)?),
            command: expression.ends_with(r"\(\)"),
            host: expression.starts_with("tango://"),
        })
    }

    /// Whether it is one of the names of a channel, read narrowly; for a field: whether it names the record only.
    pub(super) fn narrow(&self, names: &Names) -> Option<Hit> {
        let matcher = if names.tango { &self.tango } else { &self.epics };
        if matcher.as_ref().is_some_and(|matcher| matcher.is_match(&names.narrow)) {
            self.tag(0).hit(names)
        } else {
            None
        }
    }

    /// Whether it is one of the names of a channel, read widely.
    pub(super) fn wide(&self, names: &Names) -> bool {
        let matcher = if names.tango { &self.tango } else { &self.epics };
        matcher.as_ref().is_some_and(|matcher| names.wide.iter().any(|name| matcher.is_match(name)))
    }

    pub(super) fn tag(&self, rule: usize) -> Tag {
        Tag { rule, field: self.field.clone(), command: self.command, host: self.host }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str, name: &str) -> bool {
        Glob::new(pattern).is_match(name.as_bytes())
    }

    #[test]
    fn globs_are_whole() {
        for (pattern, name) in [
            ("SR:C*:HCM*:SP", "SR:C01:HCM1:SP"),
            ("*", ""),
            ("*", "x"),
            ("a*a", "aa"),
            ("*ab*ab", "abab"),
            ("?*", "x"),
            ("a?c", "abc"),
            ("**", "x"),
            ("*a*b*c*", "xaxbxcx"),
            ("*aab", "aaab"),
        ] {
            assert!(glob(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("SR:C*:SP", "SR:C01:SP2"),
            ("a*a", "a"),
            ("?*", ""),
            ("a?c", "ac"),
            ("ab*ba", "aba"),
            ("", "x"),
            ("?", "*"),
        ] {
            assert!(!glob(pattern, name), "{pattern} {name}");
        }
    }

    fn hit(pattern: &str, protocol: Protocol, name: &str) -> (Option<Hit>, bool) {
        let names = Names::of(&Channel::parse(protocol, name).unwrap());
        let narrow = Pattern::parse(pattern, Reach::Narrow).ok().and_then(|pattern| pattern.narrow(&names));
        (narrow, Pattern::parse(pattern, Reach::Wide).unwrap().wide(&names))
    }

    #[test]
    fn what_permits_names_and_what_forbids_covers() {
        use Protocol::{Ca, Tango};
        let (yes, record) = (Some(Hit::Channel), Some(Hit::Record));
        for (pattern, protocol, name, narrow, wide) in [
            ("X", Ca, "X", yes, true),
            ("X.VAL", Ca, "X", yes, true),
            ("X", Ca, "X.DRVH", record, true),
            ("X.DRVH", Ca, "X.DRVH", yes, true),
            ("X.DRVH", Ca, "X", None, false),
            ("*.DRVH", Ca, "X.DRVH", yes, true),
            ("*DRVH", Ca, "X.DRVH", None, true),
            ("X.*", Ca, "X", None, true),
            ("X.*", Ca, "X.PROC", None, true),
            ("*.VAL", Ca, "X", yes, true),
            ("re:X.*", Ca, "X.PROC", record, true),
            ("re:X", Ca, "XY", None, false),
            ("A/B/C/D", Tango, "a/b/c/d", yes, true),
            ("A/b/*", Tango, "A/b/c/On()", None, true),
            ("a/b/c/*()", Tango, "a/b/c/on()", yes, true),
            ("a/b/c/*()", Tango, "a/b/c/on", None, false),
            ("a/b/c/d", Tango, "tango://h:1/a/b/c/d#dbase=no", None, true),
            ("*", Tango, "tango://h:1/a/b/c/d", None, true),
            ("tango://h:1/a/*", Tango, "tango://h:1/a/b/c/d", yes, true),
            ("tango://*()#dbase=no", Tango, "tango://h:1/a/b/c/on()#dbase=no", yes, true),
            ("tango://*#dbase=no", Tango, "tango://h:1/a/b/c/on()#dbase=no", None, true),
            ("re:A/B/.*", Tango, "a/b/c/d", yes, true),
            ("re:a/b/c/.*", Tango, "a/b/c/on()", None, true),
            (r"re:a/b/c/on\(\)", Tango, "a/b/c/on()", yes, true),
            ("a/b/c/d", Ca, "A/B/C/D", None, false),
        ] {
            assert_eq!(hit(pattern, protocol, name), (narrow, wide), "{pattern} {name}");
        }
    }

    #[test]
    fn bad_patterns_say_why() {
        for text in ["", "re:", "re:(", "re:a)|(b", "a b", "é", "X.VAL$", "X.?", "re:(a{1000}){1000}", "exact:"] {
            assert!(Pattern::parse(text, Reach::Narrow).is_err(), "{text}");
        }
        assert!(Pattern::parse("exact:re:X", Reach::Narrow).unwrap().epics.unwrap().is_match("re:X"));
    }
}

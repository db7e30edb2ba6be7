//! Constant text and numbers: what `'ca' + 'put'`, `f'SR:C{i:02d}'`, `''.join(...)` and `b64decode(...)` give.
//!
//! Text that is put together from constants is constant. That is how hidden names come to light, and how people get to
//! see whole channel names.

use ruff_python_ast::Operator;

use super::Interpreter;
use super::decoding::{hex, is_latin, is_utf8};
use super::fstrings::{MAX_TEXT, append_choices, push_text};
use super::value::{Arguments, Shape, Value};

impl Interpreter<'_> {
    /// A value as `format(value, spec)` shows it: each text that it may be, and whether it is whole.
    pub(super) fn formatted(&mut self, value: Value, spec: &str) -> Option<Vec<(String, bool)>> {
        let mut texts = Vec::new();
        for one in self.values.each(value).iter() {
            let text = match self.values.shape(*one) {
                Shape::Str(text) => (padded(text, spec, '<')?, true),
                Shape::Template(text) if spec.is_empty() => (text.to_string(), false),
                Shape::Int(number) => (number_text(*number, spec)?, true),
                Shape::Bool(true) if spec.is_empty() => ("True".to_owned(), true),
                Shape::Bool(false) if spec.is_empty() => ("False".to_owned(), true),
                Shape::None if spec.is_empty() => ("None".to_owned(), true),
                Shape::Float(bits) if spec.is_empty() => (float_text(f64::from_bits(*bits))?, true),
                _ => return None,
            };
            texts.push(text);
        }
        (!texts.is_empty() && texts.len() <= 64).then_some(texts)
    }

    /// An operator on constants.
    pub(super) fn folded(&mut self, left: Value, operator: Operator, right: Value) -> Option<Value> {
        let is_text = |this: &Self, value: Value| {
            this.values
                .each(value)
                .iter()
                .all(|one| matches!(this.values.shape(*one), Shape::Str(_) | Shape::Template(_)))
                && value != Value::NOTHING
        };
        match operator {
            Operator::Add if is_text(self, left) || is_text(self, right) => {
                if !is_text(self, left) && !self.values.is_data(left)
                    || !is_text(self, right) && !self.values.is_data(right)
                {
                    return None;
                }
                let mut texts = vec![(String::new(), true)];
                for side in [left, right] {
                    let shown = if is_text(self, side) { self.formatted(side, "") } else { None };
                    append_choices(&mut texts, shown, "{…}");
                }
                Some(self.texts_to_value(texts))
            }
            Operator::Mod if is_text(self, left) => {
                if !self.values.is_data(right) && !matches!(self.values.shape(right), Shape::Tuple(_)) {
                    return None;
                }
                let parts = match self.values.shape(right) {
                    Shape::Tuple(parts) => parts.to_vec(),
                    _ => vec![right],
                };
                let pattern = self.values.as_str(left)?;
                Some(self.percent(&pattern, &parts))
            }
            Operator::Mult => {
                let (text, count) = match (self.values.as_str(left), self.values.as_str(right)) {
                    (Some(text), None) => (text, self.values.as_int(right)?),
                    (None, Some(text)) => (text, self.values.as_int(left)?),
                    _ => return self.number(left, operator, right),
                };
                let count = usize::try_from(count).unwrap_or(0);
                if text.len().saturating_mul(count) > MAX_TEXT {
                    return Some(Value::DATA);
                }
                Some(self.values.str(&text.repeat(count)))
            }
            Operator::Add => {
                if let (Shape::Bytes(a), Shape::Bytes(b)) = (self.values.shape(left), self.values.shape(right)) {
                    let all: Vec<u8> = a.iter().chain(b.iter()).copied().collect();
                    return (all.len() <= MAX_TEXT).then(|| self.values.make(Shape::Bytes(all.into())));
                }
                self.number(left, operator, right)
            }
            _ => self.number(left, operator, right),
        }
    }

    fn number(&mut self, left: Value, operator: Operator, right: Value) -> Option<Value> {
        if let (Shape::Int(a), Shape::Int(b)) = (self.values.shape(left), self.values.shape(right)) {
            let (a, b) = (*a, *b);
            let result = match operator {
                Operator::Add => a.checked_add(b),
                Operator::Sub => a.checked_sub(b),
                Operator::Mult => a.checked_mul(b),
                Operator::FloorDiv if b > 0 => a.checked_div_euclid(b),
                Operator::Mod if b > 0 => a.checked_rem_euclid(b),
                Operator::Pow => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
                Operator::BitXor => Some(a ^ b),
                Operator::BitAnd => Some(a & b),
                Operator::BitOr => Some(a | b),
                Operator::LShift if (0..32).contains(&b) && a.unsigned_abs() < 1 << 30 => Some(a << b),
                Operator::RShift if (0..64).contains(&b) => Some(a >> b),
                Operator::Div => return self.float(left, operator, right),
                _ => None,
            };
            // Beyond 64 bits Python goes on, and this does not.
            return Some(result.map_or(Value::DATA, |result| self.values.make(Shape::Int(result))));
        }
        self.float(left, operator, right)
    }

    fn float(&mut self, left: Value, operator: Operator, right: Value) -> Option<Value> {
        #[expect(clippy::cast_precision_loss, reason = "only integers that a float holds exactly")]
        let float = |shape: &Shape| match shape {
            Shape::Int(number) if number.unsigned_abs() < 1 << 53 => Some(*number as f64),
            Shape::Float(bits) => Some(f64::from_bits(*bits)),
            _ => None,
        };
        let (a, b) = (float(self.values.shape(left))?, float(self.values.shape(right))?);
        let result = match operator {
            Operator::Add => a + b,
            Operator::Sub => a - b,
            Operator::Mult => a * b,
            Operator::Div if b != 0.0 => a / b,
            _ => return Some(Value::DATA),
        };
        Some(self.values.make(Shape::Float(result.to_bits())))
    }

    /// `'…%s…' % (…)`.
    fn percent(&mut self, pattern: &str, parts: &[Value]) -> Value {
        let mut texts = vec![(String::new(), true)];
        let mut parts = parts.iter();
        let mut rest = pattern;
        while let Some(at) = rest.find('%') {
            push_text(&mut texts, &rest[..at]);
            rest = &rest[at + 1..];
            let end = rest.find(|c: char| c.is_ascii_alphabetic() || c == '%' || c == '(').unwrap_or(rest.len());
            let spec = &rest[..end];
            let kind = rest[end..].chars().next();
            rest = rest.get(end + 1..).unwrap_or("");
            match kind {
                Some('%') => push_text(&mut texts, "%"),
                Some('s') if spec.is_empty() => {
                    let value = parts.next().copied().unwrap_or(Value::DATA);
                    let shown = self.formatted(value, "");
                    append_choices(&mut texts, shown, "{…}");
                }
                Some('d' | 'i') => {
                    let value = parts.next().copied().unwrap_or(Value::DATA);
                    let whole =
                        self.values.each(value).iter().all(|one| matches!(self.values.shape(*one), Shape::Int(_)));
                    let shown = if whole { self.formatted(value, spec) } else { None };
                    append_choices(&mut texts, shown, "{…}");
                }
                _ => {
                    parts.next();
                    append_choices(&mut texts, None, "{…}");
                }
            }
        }
        push_text(&mut texts, rest);
        self.texts_to_value(texts)
    }

    /// `prefix + suffix` where either may be unknown.
    pub(super) fn concatenated(&mut self, prefix: Value, suffix: Value) -> Value {
        if prefix == Value::NOTHING {
            let (texts, _) = self.texts_of(suffix);
            let text = format!("{{…}}{}", texts.first().map_or("{…}", String::as_str));
            return self.values.make(Shape::Template(text.as_str().into()));
        }
        let mut texts = vec![(String::new(), true)];
        for part in [prefix, suffix] {
            let shown = self.formatted(part, "");
            append_choices(&mut texts, shown, "{…}");
        }
        self.texts_to_value(texts)
    }

    /// `'…'[key]`.
    pub(super) fn text_item(&mut self, text: Value, key: Value) -> Value {
        let Some(text) = self.values.as_str(text) else { return Value::DATA };
        if let Some(index) = self.values.as_int(key) {
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let index = if index < 0 { index + length } else { index };
            let found = usize::try_from(index).ok().and_then(|index| text.chars().nth(index));
            return found.map_or(Value::DATA, |c| self.values.str(&c.to_string()));
        }
        let Shape::Slice(lower, upper, step) = *self.values.shape(key) else { return Value::DATA };
        let number = |this: &Self, value: Value| match this.values.shape(value) {
            Shape::None => Some(None),
            Shape::Int(number) => Some(Some(*number)),
            _ => None,
        };
        let parts = (number(self, lower), number(self, upper), number(self, step));
        match parts {
            (Some(lower), Some(upper), Some(step)) => {
                sliced(&text, lower, upper, step.unwrap_or(1)).map_or(Value::DATA, |text| self.values.str(&text))
            }
            _ => Value::DATA,
        }
    }

    /// A method of constant text or bytes.
    pub(super) fn text_method(&mut self, of: Value, name: &str, arguments: &Arguments) -> Value {
        let first = arguments.positional.first().copied().unwrap_or(Value::NOTHING);
        let second = arguments.positional.get(1).copied().unwrap_or(Value::NOTHING);
        // What is given by name, or as one of several, changes what a method does.
        let given_count = arguments.positional.len();
        if !arguments.keywords.is_empty() || arguments.rest.is_some() || arguments.keyword_rest.is_some() {
            return if name == "format" { self.format_method(of, arguments) } else { Value::DATA };
        }
        if let Shape::Bytes(bytes) = self.values.shape(of) {
            let bytes = std::rc::Rc::clone(bytes);
            return match name {
                "decode" if given_count == 0 => self.decoded_bytes(of, "utf-8"),
                "decode" if given_count == 1 => match self.values.as_str(first) {
                    Some(encoding) => self.decoded_bytes(of, &encoding),
                    None => Value::DATA,
                },
                "hex" if given_count == 0 => self.values.str(&hex(&bytes)),
                "fromhex" => self.decoded("binascii.a2b_hex", first, Value::NOTHING),
                _ => Value::DATA,
            };
        }
        if name == "format" {
            return self.format_method(of, arguments);
        }
        let Some(text) = self.values.as_str(of) else {
            return Value::DATA;
        };
        let given = self.values.as_str(first);
        // An argument that is not known leaves nothing known.
        if given_count > 0
            && given.is_none()
            && !matches!(name, "join" | "zfill" | "translate" | "maketrans" | "__getitem__" | "__add__")
        {
            return Value::DATA;
        }
        // Letter case is Unicode's of the day; ASCII has not changed.
        if matches!(name, "upper" | "lower" | "casefold" | "swapcase" | "title" | "capitalize") && !text.is_ascii() {
            return Value::DATA;
        }
        match name {
            "upper" => self.values.str(&text.to_uppercase()),
            "lower" | "casefold" => self.values.str(&text.to_lowercase()),
            "swapcase" => {
                let swapped: String = text
                    .chars()
                    .map(|c| if c.is_uppercase() { c.to_lowercase().to_string() } else { c.to_uppercase().to_string() })
                    .collect();
                self.values.str(&swapped)
            }
            "title" | "capitalize" => {
                let mut chars = text.chars();
                let head = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
                let result = format!("{head}{}", chars.as_str().to_lowercase());
                if name == "title" && text.contains(|c: char| !c.is_alphabetic()) {
                    Value::DATA
                } else {
                    self.values.str(&result)
                }
            }
            "strip" | "lstrip" | "rstrip" => {
                let set: Option<Vec<char>> = given.as_deref().map(|set| set.chars().collect());
                // Python counts the separators of ASCII as blanks.
                let blank = |c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c);
                let cut = |c: char| set.as_ref().map_or_else(|| blank(c), |set| set.contains(&c));
                let result = match name {
                    "strip" => text.trim_matches(cut),
                    "lstrip" => text.trim_start_matches(cut),
                    _ => text.trim_end_matches(cut),
                };
                self.values.str(result)
            }
            "removeprefix" => {
                let result = given.as_deref().and_then(|cut| text.strip_prefix(cut)).unwrap_or(&text).to_owned();
                self.values.str(&result)
            }
            "removesuffix" => {
                let result = given.as_deref().and_then(|cut| text.strip_suffix(cut)).unwrap_or(&text).to_owned();
                self.values.str(&result)
            }
            "replace" => match (given, self.values.as_str(second)) {
                (Some(from), Some(to)) if !from.is_empty() && given_count == 2 => {
                    if text.matches(&*from).count().saturating_mul(to.len()) > MAX_TEXT {
                        return Value::DATA;
                    }
                    let result = text.replace(&*from, &to);
                    if result.len() > MAX_TEXT { Value::DATA } else { self.values.str(&result) }
                }
                _ => Value::DATA,
            },
            "encode"
                if given_count > 0
                    && (given_count > 1 || given.as_deref().is_none_or(|name| !is_utf8(name)) && !text.is_ascii()) =>
            {
                Value::DATA
            }
            "encode" if given.as_deref().is_some_and(|name| !is_utf8(name) && !is_latin(name)) => Value::DATA,
            "encode" => {
                let bytes: Vec<u8> = text.bytes().collect();
                self.values.make(Shape::Bytes(bytes.into()))
            }
            "join" => {
                let (elements, rest) = self.elements(first);
                if rest != Value::NOTHING {
                    return Value::DATA;
                }
                let mut texts = vec![(String::new(), true)];
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        push_text(&mut texts, &text);
                    }
                    let shown = self.formatted(*element, "");
                    append_choices(&mut texts, shown, "{…}");
                }
                self.texts_to_value(texts)
            }
            "split" | "rsplit" => {
                let parts: Vec<String> = match given.as_deref() {
                    Some("") => return Value::DATA,
                    Some(separator) => text.split(separator).map(str::to_owned).collect(),
                    None if text.contains('\x1c') || text.contains('\x1f') => return Value::DATA,
                    None => text.split_whitespace().map(str::to_owned).collect(),
                };
                if parts.len() > 64 || arguments.positional.len() > 1 || !arguments.keywords.is_empty() {
                    return Value::DATA;
                }
                let parts: Vec<Value> = parts.iter().map(|part| self.values.str(part)).collect();
                self.values.make(Shape::Tuple(parts.into()))
            }
            "splitlines"
                if given_count > 0 || text.contains(|c: char| c != '\n' && (c.is_control() || !c.is_ascii())) =>
            {
                Value::DATA
            }
            "splitlines" => {
                let parts: Vec<Value> = text.lines().take(65).map(|part| self.values.str(part)).collect();
                if parts.len() > 64 { Value::DATA } else { self.values.make(Shape::Tuple(parts.into())) }
            }
            "zfill" => match self.values.as_int(first).and_then(|width| usize::try_from(width).ok()) {
                Some(width) if width < 100 && !text.starts_with(['+', '-']) => {
                    let zeros = "0".repeat(width.saturating_sub(text.chars().count()));
                    self.values.str(&format!("{zeros}{text}"))
                }
                _ => Value::DATA,
            },
            "partition" | "rpartition" => {
                let found = given.as_deref().and_then(|separator| {
                    if name == "partition" { text.split_once(separator) } else { text.rsplit_once(separator) }
                });
                match (found, given.as_deref()) {
                    (Some((before, after)), Some(separator)) => {
                        let parts = [before, separator, after].map(|part| self.values.str(part));
                        self.values.make(Shape::Tuple(parts.into()))
                    }
                    _ => Value::DATA,
                }
            }
            "translate" => self.translated(&text, first),
            "maketrans" => self.translation(first, second),
            "__add__" => self.folded(of, Operator::Add, first).unwrap_or(Value::DATA),
            "__str__" => of,
            "__getitem__" => match self.values.as_int(first) {
                Some(_) => self.text_item(of, first),
                None => Value::DATA,
            },
            _ => Value::DATA,
        }
    }

    /// `str.maketrans(a, b)`: kept as a dictionary.
    fn translation(&mut self, from: Value, to: Value) -> Value {
        let (Some(from), Some(to)) = (self.values.as_str(from), self.values.as_str(to)) else {
            return if matches!(self.values.shape(from), Shape::Dict(_)) { from } else { Value::DATA };
        };
        let pairs: Vec<Value> = from
            .chars()
            .zip(to.chars())
            .take(256)
            .map(|(a, b)| {
                let pair = [a, b].map(|c| self.values.str(&c.to_string()));
                self.values.make(Shape::Tuple(pair.into()))
            })
            .collect();
        self.values.make(Shape::Tuple(pairs.into()))
    }

    fn translated(&mut self, text: &str, table: Value) -> Value {
        let mut map: Vec<(char, Option<char>)> = Vec::new();
        match self.values.shape(table).clone() {
            Shape::Tuple(pairs) => {
                for pair in pairs.iter() {
                    if let Shape::Tuple(parts) = self.values.shape(*pair).clone()
                        && let (Some(a), Some(b)) = (self.values.as_str(parts[0]), self.values.as_str(parts[1]))
                        && let Some(from) = a.chars().next()
                    {
                        map.push((from, b.chars().next()));
                    }
                }
            }
            Shape::Dict(heap) => {
                let (entries, rest) = self.entries(heap);
                if rest != Value::NOTHING {
                    return Value::DATA;
                }
                for (key, value) in entries {
                    // Keys are code points; values one letter, a code point, or `None`.
                    let from =
                        self.values.as_int(key).and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32);
                    let to = self.character(value);
                    let Some(from) = from else { return Value::DATA };
                    if to.is_none() && value != Value::NONE {
                        return Value::DATA;
                    }
                    map.push((from, to));
                }
            }
            _ => return Value::DATA,
        }
        let result: String = text
            .chars()
            .filter_map(|c| map.iter().find(|(from, _)| *from == c).map_or(Some(c), |(_, to)| *to))
            .collect();
        self.values.str(&result)
    }

    fn character(&self, value: Value) -> Option<char> {
        match self.values.shape(value) {
            Shape::Str(text) if text.chars().count() == 1 => text.chars().next(),
            Shape::Int(code) => u32::try_from(*code).ok().and_then(char::from_u32),
            _ => None,
        }
    }

    /// `'…{}…'.format(…)`.
    fn format_method(&mut self, of: Value, arguments: &Arguments) -> Value {
        let Some(pattern) = self.values.as_str(of) else { return Value::DATA };
        if arguments.rest.is_some() || arguments.keyword_rest.is_some() {
            return Value::DATA;
        }
        let mut texts = vec![(String::new(), true)];
        let mut next = 0;
        let mut rest: &str = &pattern;
        while let Some(at) = rest.find(['{', '}']) {
            push_text(&mut texts, &rest[..at]);
            let brace = rest.as_bytes()[at];
            rest = &rest[at + 1..];
            if rest.as_bytes().first() == Some(&brace) {
                push_text(&mut texts, if brace == b'{' { "{" } else { "}" });
                rest = &rest[1..];
                continue;
            }
            if brace == b'}' {
                continue;
            }
            let Some(end) = rest.find('}') else { return Value::DATA };
            let field = &rest[..end];
            rest = &rest[end + 1..];
            let (name, spec) = field.split_once(':').unwrap_or((field, ""));
            let value = if name.is_empty() {
                next += 1;
                arguments.positional.get(next - 1).copied()
            } else if let Ok(index) = name.parse::<usize>() {
                arguments.positional.get(index).copied()
            } else {
                let name = self.names.name(name);
                arguments.keywords.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
            };
            let shown = value.and_then(|value| self.formatted(value, spec));
            append_choices(&mut texts, shown, &format!("{{{field}}}"));
        }
        push_text(&mut texts, rest);
        self.texts_to_value(texts)
    }
}

/// `text[start:stop:step]`.
fn sliced(text: &str, start: Option<i64>, stop: Option<i64>, step: i64) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let length = i64::try_from(chars.len()).ok()?;
    if step == 0 {
        return None;
    }
    let clamp = |at: i64, low: i64, high: i64| (if at < 0 { at.saturating_add(length) } else { at }).clamp(low, high);
    let (mut at, end) = if step > 0 {
        (clamp(start.unwrap_or(0), 0, length), clamp(stop.unwrap_or(length), 0, length))
    } else {
        (clamp(start.unwrap_or(length - 1), -1, length - 1), stop.map_or(-1, |stop| clamp(stop, -1, length - 1)))
    };
    let mut result = String::new();
    while (step > 0 && at < end) || (step < 0 && at > end) {
        result.push(*chars.get(usize::try_from(at).ok()?)?);
        at = at.checked_add(step)?;
    }
    Some(result)
}

/// Text with a width and an alignment.
fn padded(text: &str, spec: &str, default: char) -> Option<String> {
    let spec = spec.strip_suffix('s').unwrap_or(spec);
    if spec.is_empty() {
        return Some(text.to_owned());
    }
    let (align, width) = match spec.chars().next() {
        Some(c @ ('<' | '>' | '^')) => (c, &spec[1..]),
        _ => (default, spec),
    };
    // A leading zero fills with zeros, and signs are an error: only plain widths are known here.
    if width.starts_with('0') || !width.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let width: usize = width.parse().ok().filter(|width| *width < 200)?;
    let missing = width.saturating_sub(text.chars().count());
    Some(match align {
        '<' => format!("{text}{}", " ".repeat(missing)),
        '>' => format!("{}{text}", " ".repeat(missing)),
        _ => format!("{}{text}{}", " ".repeat(missing / 2), " ".repeat(missing - missing / 2)),
    })
}

/// An integer with a format such as `02d`, `3`, `x`, `04X`.
fn number_text(number: i64, spec: &str) -> Option<String> {
    let kind = spec.chars().last().filter(char::is_ascii_alphabetic);
    let width = spec.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if !width.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let zero = width.starts_with('0');
    let size: usize = if width.is_empty() { 0 } else { width.parse().ok().filter(|size| *size < 200)? };
    let digits = match kind {
        None | Some('d' | 'n' | 'i') => number.to_string(),
        Some('x') if number >= 0 => format!("{number:x}"),
        Some('X') if number >= 0 => format!("{number:X}"),
        Some('o') if number >= 0 => format!("{number:o}"),
        Some('b') if number >= 0 => format!("{number:b}"),
        _ => return None,
    };
    let fill = size.saturating_sub(digits.len());
    Some(match digits.strip_prefix('-') {
        Some(rest) if zero => format!("-{}{rest}", "0".repeat(fill)),
        _ if zero => format!("{}{digits}", "0".repeat(fill)),
        _ => format!("{}{digits}", " ".repeat(fill)),
    })
}

/// A float as `str` shows it, where Rust shows it alike.
fn float_text(number: f64) -> Option<String> {
    let size = number.abs();
    (number == 0.0 || (1e-4..1e16).contains(&size)).then(|| format!("{number:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_as_in_python() {
        for (start, stop, step, expected) in [
            (None, None, -1, "fedcba"),
            (Some(1), Some(3), 1, "bc"),
            (None, None, 2, "ace"),
            (Some(-2), None, 1, "ef"),
            (None, Some(-4), 1, "ab"),
            (Some(4), Some(1), -1, "edc"),
            (Some(9), None, 1, ""),
        ] {
            assert_eq!(sliced("abcdef", start, stop, step).as_deref(), Some(expected));
        }
        assert_eq!(sliced("abc", None, None, 0), None);
    }

    #[test]
    fn numbers_are_shown_as_in_python() {
        assert_eq!(number_text(7, "02d").as_deref(), Some("07"));
        assert_eq!(number_text(-7, "04d").as_deref(), Some("-007"));
        assert_eq!(number_text(255, "04X").as_deref(), Some("00FF"));
        assert_eq!(number_text(7, "3").as_deref(), Some("  7"));
        assert_eq!(number_text(7, "+3"), None);
        assert_eq!(float_text(1.0).as_deref(), Some("1.0"));
        assert_eq!(float_text(1e16), None);
        assert_eq!(padded("a", ">3", '<').as_deref(), Some("  a"));
    }
}

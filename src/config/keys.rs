//! What a key is ([`Key`]): its kind, its default, what it does, and how people are told. The tables are made of these;
//! checking, the schema, `config show` and the notes all read the same ones.

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count { min: u64, max: u64 },
    /// A number.
    Number { min: f64, max: f64 },
    /// Seconds, more than 0 and at most a year.
    Seconds,
    /// Seconds, or a text such as `90s`, `15m`, `24h`, `7d`.
    Time,
    /// Bytes, or a text such as `512M`.
    Size,
    /// A text.
    Text,
    /// A text in which `$` is no variable: patterns, and reasons that people read.
    Verbatim,
    /// A text that nobody is shown.
    Secret,
    /// A value of a process's environment: text, number or truth value, as it is written.
    Written,
    /// One of some words, the first spelling of each; older spellings with what they mean now.
    Word { words: &'static [&'static str], older: &'static [(&'static str, &'static str)] },
    /// A list.
    List(&'static Self),
    /// A mapping.
    Section { keys: &'static [Key], others: Others },
    /// Anything; the room that reads it knows.
    Free { expands: bool },
}

/// What other keys a section may have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Others {
    /// None.
    Refused,
    /// Somebody else's: left alone, unless they look like one of ours.
    NotOurs,
    /// Any name, each of this kind.
    Each(&'static Kind),
}

/// Whether a key does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It does.
    Works,
    /// It does nothing, and why.
    Nothing(&'static str),
    /// An older spelling, and the new one.
    Older(&'static str),
    /// It counts on these backends alone.
    For(&'static [&'static str]),
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// As it would be written; a section with one is always there.
    pub default: Option<&'static str>,
    pub doc: &'static str,
    pub effect: Effect,
    /// Whether a variable that is not set matters only once the value is needed.
    pub late: bool,
    /// Whether an entry of the section must have it.
    pub required: bool,
}

impl Key {
    pub(super) const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, default: None, doc, effect: Effect::Works, late: false, required: false }
    }

    /// With a default.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    pub(super) const fn effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    pub(super) const fn late(self) -> Self {
        Self { late: true, ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

impl Kind {
    /// What it should be, for messages.
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Count { min, max: u64::MAX } => format!("a whole number from {min}"),
            Self::Count { min, max } => format!("a whole number from {min} to {max}"),
            Self::Number { min, max } if max.is_infinite() => format!("a number from {min}"),
            Self::Number { min, max } => format!("a number from {min} to {max}"),
            Self::Seconds => "a number of seconds above 0, a year at most".to_owned(),
            Self::Time => "a time such as 90s, 15m, 24h or 7d, above 0, ten years at most".to_owned(),
            Self::Size => "a number of bytes above 0, or one with a unit such as 512M or 2G".to_owned(),
            Self::Text | Self::Verbatim | Self::Secret => "a text".to_owned(),
            Self::Written => "a text, a number or a truth value".to_owned(),
            Self::Word { words, .. } => one_of(words),
            Self::List(_) => "a list".to_owned(),
            Self::Section { .. } => "a mapping".to_owned(),
            Self::Free { .. } => "something".to_owned(),
        }
    }

    /// Whether `${NAME}` in it is replaced. In lists the elements decide for themselves.
    pub(super) fn expands(&self) -> bool {
        !matches!(self, Self::Verbatim | Self::List(_) | Self::Section { .. } | Self::Free { expands: false })
    }

    /// Whether it is a text as it stands; any other kind is read from one.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Verbatim | Self::Secret | Self::Written | Self::Free { .. })
    }
}

fn one_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => format!("`{only}`"),
        [all @ .., last] => {
            let all: Vec<String> = all.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", all.join(", "))
        }
    }
}

/// The nearest of some names, if one is near.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > 100 {
        return None;
    }
    let name = plain(name);
    let best = names.map(|other| (strsim::jaro_winkler(&name, other), other)).max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(score, _)| *score > 0.8).map(|(_, other)| other)
}

/// Whether a name is another one misspelt: the same but for case, `-` for `_` and plurals, or one letter wrong, missing, doubled or
/// exchanged with its neighbour; two in names from eight letters.
pub(super) fn misspelt(name: &str, ours: &str) -> bool {
    if name.len().abs_diff(ours.len()) > 8 {
        return false;
    }
    let distance = strsim::osa_distance(&plain(name), ours);
    distance <= if ours.len() >= 8 { 2 } else { 1 }
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

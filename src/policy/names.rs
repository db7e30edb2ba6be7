//! [`Names`]: the texts that a channel is looked up by, and what a pattern hits in them ([`Hit`]).

use crate::channel::{Channel, Part, Protocol};

/// Whose pattern a match is, and what it names beside the name.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub rule: usize,
    pub field: Option<Box<str>>,
    pub command: bool,
    pub host: bool,
}

/// What a narrow pattern hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    /// The channel.
    Channel,
    /// The record of a field; the field is the rule's matter.
    Record,
}

impl Tag {
    /// Whether it names plain records and attributes, and no field, command or database.
    pub(super) fn covers_record(&self) -> bool {
        self.field.is_none() && !self.command && !self.host
    }

    /// What it hit in a channel whose narrow name matched.
    pub(super) fn hit(&self, names: &Names) -> Option<Hit> {
        if names.tango {
            return (self.command == names.command && self.host == names.host).then_some(Hit::Channel);
        }
        match (&names.field, &self.field) {
            (None, None) => Some(Hit::Channel),
            (Some(_), None) => Some(Hit::Record),
            (Some(field), Some(own)) => (field == own).then_some(Hit::Channel),
            (None, Some(_)) => None,
        }
    }
}

/// The texts that a channel is looked up by.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub tango: bool,
    pub narrow: Box<str>,
    pub field: Option<Box<str>>,
    pub command: bool,
    pub host: bool,
    pub wide: Vec<Box<str>>,
}

impl Names {
    pub(super) fn of(channel: &Channel) -> Self {
        let name = channel.name();
        if channel.protocol() != Protocol::Tango {
            let (record, field) = channel.field().unwrap_or((name, "VAL"));
            return Self {
                tango: false,
                narrow: record.into(),
                field: channel.field().map(|(_, field)| field.into()),
                command: false,
                host: false,
                wide: vec![record.into(), format!("{record}.{field}").into()],
            };
        }
        let host = name.starts_with("tango://");
        let whole = name.split_once('#').map_or(name, |(path, _)| path);
        let path = if host { whole.splitn(4, '/').nth(3).unwrap_or(whole) } else { whole };
        let mut wide: Vec<Box<str>> = vec![name.into()];
        for text in [whole, path, whole.trim_end_matches("()"), path.trim_end_matches("()")] {
            if !wide.iter().any(|known| **known == *text) {
                wide.push(text.into());
            }
        }
        Self { tango: true, narrow: name.into(), field: None, command: channel.part() == Part::Command, host, wide }
    }
}

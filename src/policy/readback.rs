//! [`Readback`]: how a rule names the channel that shows what was written.

use crate::channel::{Channel, Protocol};

use super::source::cut;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Readback {
    /// This channel.
    Channel(Box<str>),
    /// The written channel's name in place of `{record}`.
    Template(Box<str>),
    /// Another ending: `:SP -> :RB`.
    Ending(Box<str>, Box<str>),
}

const RECORD: &str = "{record}";

impl Readback {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some((from, to)) = text.split_once("->") {
            let (from, to) = (from.trim(), to.trim());
            if from.is_empty() || from == to {
                return Err(format!("`{}` should replace one ending by another: `:SP -> :RB`", cut(text)));
            }
            return Self::Ending(from.into(), to.into()).probed(&format!("X{from}"));
        }
        if text.contains(RECORD) {
            let same = text == RECORD || text == "{record}.VAL";
            if same {
                return Err("it is the written channel itself; leave it out".to_owned());
            }
            return Self::Template(text.into()).probed("X");
        }
        if Channel::parse(Protocol::Ca, text).is_err() && Channel::parse(Protocol::Tango, text).is_err() {
            return Err(format!("`{}` is no channel's name, `{{record}}…` or `:SP -> :RB`", cut(text)));
        }
        Ok(Self::Channel(text.into()))
    }

    /// Refuses what gives no name for the simplest of names.
    fn probed(self, name: &str) -> Result<Self, String> {
        let texts =
            [self.name_for(name), self.name_for(&format!("a/b/c{name}")), self.name_for(&format!("a/b/c/{name}"))];
        let good = texts
            .iter()
            .flatten()
            .any(|text| Channel::parse(Protocol::Ca, text).is_ok() || Channel::parse(Protocol::Tango, text).is_ok());
        if good { Ok(self) } else { Err("what comes out is no channel's name".to_owned()) }
    }

    fn name_for(&self, record: &str) -> Option<String> {
        match self {
            Self::Channel(name) => Some(name.to_string()),
            Self::Template(text) => Some(text.replace(RECORD, record)),
            Self::Ending(from, to) => record.strip_suffix(&**from).map(|stem| format!("{stem}{to}")),
        }
    }

    /// The readback of a channel; none where the rule's words do not fit its name, and the channel is read back itself.
    pub(super) fn of(&self, channel: &Channel) -> Option<Channel> {
        let record = channel.field().map_or(channel.name(), |(record, _)| record);
        // A field is not what the record's readback shows.
        if channel.field().is_some() && !matches!(self, Self::Channel(_)) {
            return None;
        }
        let name = match (self, channel.protocol()) {
            // Tango's names are lower case.
            (Self::Ending(from, to), Protocol::Tango) => {
                Self::Ending(from.to_ascii_lowercase().into(), to.clone()).name_for(record)?
            }
            _ => self.name_for(record)?,
        };
        Channel::parse(channel.protocol(), &name).ok().filter(|readback| readback != channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, name: &str) -> Option<String> {
        let channel = Channel::parse(Protocol::Ca, name).unwrap();
        Readback::parse(text).unwrap().of(&channel).map(|channel| channel.to_string())
    }

    #[test]
    fn three_ways_to_name_it() {
        assert_eq!(of("X:RB", "X:SP").as_deref(), Some("X:RB"));
        assert_eq!(of("{record}:RB", "X").as_deref(), Some("X:RB"));
        assert_eq!(of(":SP -> :RB", "A:SP").as_deref(), Some("A:RB"));
        assert_eq!(of(":SP->:RB", "A:SET"), None);
        assert_eq!(of("{record}:RB", "X.DRVH"), None);
        let tango = Channel::parse(Protocol::Tango, "a/b/c/CurrentSP").unwrap();
        assert_eq!(Readback::parse("SP -> RB").unwrap().of(&tango).unwrap().name(), "a/b/c/currentrb");
        for text in ["{record}", "{record}.VAL", ":SP -> :SP", " -> :RB", "a b", "{record} x", "", ":SP -> $"] {
            assert!(Readback::parse(text).is_err(), "{text}");
        }
    }
}

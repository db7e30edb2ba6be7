//! [`Channel`]: one name for one thing in the machine, however a program spells it.
//!
//! Policy, grants and plans compare names as text, so everything that means the same channel must become the same text
//! here: `X.VAL` is `X`, Tango names are lower case. What cannot be told apart from something else is refused.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The protocol that a program speaks to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// EPICS Channel Access.
    Ca,
    /// EPICS PV Access.
    Pva,
    /// Tango.
    Tango,
}

impl Protocol {
    /// Its name as texts have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::Pva => "pva",
            Self::Tango => "tango",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// An EPICS record's value, or a PV that is no record.
    Value,
    /// Another field of a record: its behaviour, not its value.
    Field,
    /// A Tango attribute.
    Attribute,
    /// A Tango command, written `domain/family/member/command()`.
    Command,
}

/// A channel under its canonical name. Equal texts are the same channel; the protocol says only how it is reached.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel {
    name: Arc<str>,
    protocol: Protocol,
    part: Part,
}

/// Why a text names no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no channel's name: {reason}")]
pub struct InvalidChannel {
    /// The text, cut.
    pub name: String,
    /// What is wrong, and what would be right.
    pub reason: &'static str,
}

/// Longest name; EPICS records have at most 60 characters, Tango names 255.
const MAX_NAME: usize = 255;

impl Channel {
    /// Reads a name as a program of that protocol writes it.
    ///
    /// # Errors
    ///
    /// For whatever is no plain name: modifiers (`X.VAL$`, `X.{"arr":…}`), unknown field spellings, white space, control
    /// and non-ASCII characters.
    pub fn parse(protocol: Protocol, text: &str) -> Result<Self, InvalidChannel> {
        let invalid = |reason| InvalidChannel {
            name: text.chars().take(80).map(|c| if c.is_control() { '?' } else { c }).collect(),
            reason,
        };
        if text.is_empty() {
            return Err(invalid("it is empty"));
        }
        if text.len() > MAX_NAME {
            return Err(invalid("it has more than 255 characters"));
        }
        match protocol {
            Protocol::Ca | Protocol::Pva => Self::epics(protocol, text).map_err(invalid),
            Protocol::Tango => Self::tango(text).map_err(invalid),
        }
    }

    /// A Tango command of the device with this name.
    pub fn tango_command(device: &str, command: &str) -> Result<Self, InvalidChannel> {
        Self::parse(Protocol::Tango, &format!("{device}/{command}()"))
    }

    fn epics(protocol: Protocol, text: &str) -> Result<Self, &'static str> {
        let (record, field) = match text.split_once('.') {
            None => (text, None),
            Some((record, field)) => (record, Some(field)),
        };
        if record.is_empty() {
            return Err("it has no record's name before the dot");
        }
        if !record
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'$' | b'"' | b'\'' | b'\\' | b'`' | b'*' | b'?' | b','))
        {
            return Err("a name has ASCII letters, digits and _ - : [ ] < > ; / + # = { } @ ( ) & % ! ~ ^ |");
        }
        if record.contains("{\"") || record.ends_with("{}") {
            return Err("it has a JSON modifier; read the channel and do it in Python");
        }
        let Some(field) = field else { return Ok(Self::new(text, protocol, Part::Value)) };
        if field.contains(['$', '{', '[']) {
            return Err("it has a modifier after the field; read the channel and do it in Python");
        }
        let plain = !field.is_empty()
            && field.len() <= 8
            && field.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            && field.starts_with(|c: char| c.is_ascii_uppercase());
        if !plain {
            return Err("after the dot there must be the name of a field, in capitals");
        }
        Ok(match field {
            "VAL" => Self::new(record, protocol, Part::Value),
            _ => Self::new(text, protocol, Part::Field),
        })
    }

    /// `domain/family/member/attribute`, with `tango://host:port/` before and `#dbase=no` after it where it is not of the
    /// configured database.
    fn tango(text: &str) -> Result<Self, &'static str> {
        let lower = text.to_ascii_lowercase();
        let rest = lower.strip_prefix("tango:").unwrap_or(&lower);
        let (host, rest) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (host, rest) =
                    rest.split_once('/').ok_or("after tango://host:port there must be a device's name")?;
                let (name, port) = host.split_once(':').ok_or("after tango:// there must be host:port")?;
                if name.is_empty()
                    || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
                {
                    return Err("the host's name has letters, digits and . - _");
                }
                if port.parse::<u16>().is_err() || port.starts_with('+') {
                    return Err("the port must be a number from 0 to 65535");
                }
                (Some(host), rest)
            }
            None => (None, rest),
        };
        // The real libraries take the suffix behind the whole name.
        let (rest, database) = match rest.split_once('#') {
            None => (rest, true),
            Some((rest, "dbase=no")) => (rest, false),
            Some((rest, "dbase=yes")) => (rest, true),
            Some(_) => return Err("after # there may be dbase=no only"),
        };
        if !database && host.is_none() {
            return Err("a device without a database needs tango://host:port/ before its name");
        }
        let (path, command) = match rest.strip_suffix("()") {
            Some(path) => (path, true),
            None => (rest, false),
        };
        let parts: Vec<&str> = path.split('/').collect();
        let good = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'@' | b'+'))
        };
        if parts.len() != 4 || !parts.iter().all(good) {
            return Err("a Tango channel is domain/family/member/attribute, of letters, digits and _ - . : @ +");
        }
        let mut name = String::with_capacity(rest.len() + 32);
        if let Some(host) = host {
            name.push_str("tango://");
            name.push_str(host);
            name.push('/');
        }
        name.push_str(path);
        if command {
            name.push_str("()");
        }
        if !database {
            name.push_str("#dbase=no");
        }
        Ok(Self::new(&name, Protocol::Tango, if command { Part::Command } else { Part::Attribute }))
    }

    fn new(name: &str, protocol: Protocol, part: Part) -> Self {
        Self { name: Arc::from(name), protocol, part }
    }

    /// The canonical name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is reached.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// What it names.
    #[must_use]
    pub fn part(&self) -> Part {
        self.part
    }

    /// Record and field of an EPICS channel that is a field.
    #[must_use]
    pub fn field(&self) -> Option<(&str, &str)> {
        if self.part == Part::Field { self.name.split_once('.') } else { None }
    }

    /// The device (with `tango://…` and `#dbase=no` where they belong to it) and the attribute or command of a Tango
    /// channel.
    #[must_use]
    pub fn tango_parts(&self) -> Option<(String, &str)> {
        if self.protocol != Protocol::Tango {
            return None;
        }
        let (path, suffix) = self.name.split_once('#').map_or((&*self.name, ""), |(path, _)| (path, "#dbase=no"));
        let (device, last) = path.rsplit_once('/')?;
        Some((format!("{device}{suffix}"), last.strip_suffix("()").unwrap_or(last)))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.protocol, self.name)
    }
}

impl Serialize for Channel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.protocol, &*self.name).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Channel {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (protocol, name) = <(Protocol, String)>::deserialize(deserializer)?;
        Self::parse(protocol, &name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ca(text: &str) -> Result<String, InvalidChannel> {
        Channel::parse(Protocol::Ca, text).map(|channel| channel.to_string())
    }

    fn tango(text: &str) -> Result<String, InvalidChannel> {
        Channel::parse(Protocol::Tango, text).map(|channel| channel.to_string())
    }

    #[test]
    fn one_channel_has_one_name() {
        assert_eq!(ca("SR:C01:HCM1:SP.VAL").unwrap(), "SR:C01:HCM1:SP");
        assert_eq!(ca("SR:C03-MG{PS:SH3}I:Sp1-SP").unwrap(), "SR:C03-MG{PS:SH3}I:Sp1-SP");
        assert_eq!(ca("SET.DRVH").unwrap(), "SET.DRVH");
        assert_eq!(tango("TANGO://Host:10000/SR/PS/1/Current").unwrap(), "tango://host:10000/sr/ps/1/current");
        assert_eq!(tango("sr/ps/1/On()").unwrap(), "sr/ps/1/on()");
        assert_eq!(
            tango("tango://127.0.0.1:5/test/ps/1/Current#dbase=no").unwrap(),
            "tango://127.0.0.1:5/test/ps/1/current#dbase=no"
        );
    }

    #[test]
    fn a_field_is_never_its_record() {
        let field = Channel::parse(Protocol::Ca, "SET.DRVH").unwrap();
        assert_eq!((field.part(), field.field()), (Part::Field, Some(("SET", "DRVH"))));
        assert_eq!(Channel::parse(Protocol::Ca, "SET.VAL").unwrap().part(), Part::Value);
    }

    #[test]
    fn what_could_be_read_otherwise_is_refused() {
        for text in [
            "",
            ".VAL",
            "X.",
            "X.VAL$",
            "X.VAL{}",
            "X.{\"arr\":{}}",
            "X.VAL[0:1]",
            "X.val",
            "X.VAL.VAL",
            "X Y",
            "X\n",
            "X\0",
            "Ｘ",
            "X.VAL ",
            " X",
            "X$",
            "X*",
            "X.9",
            "X{\"a\":1}",
        ] {
            assert!(ca(text).is_err(), "{text:?}");
        }
        for text in [
            "a/b/c",
            "a/b/c/d/e",
            "a//c/d",
            "tango://h/a/b/c/d",
            "a/b/c/d#dbase=no",
            "a/b/c/d#x",
            "a/b/c/d()()",
            "tango://h:99999/a/b/c/d",
            "tango://h:+1/a/b/c/d",
            "a/b/c/d e",
            "a/b/../d/..",
        ] {
            assert!(tango(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_canonical_name_is_its_own() {
        for (protocol, text) in [
            (Protocol::Ca, "X.VAL"),
            (Protocol::Pva, "X.EGU"),
            (Protocol::Tango, "tango:A/B/C/D"),
            (Protocol::Tango, "a/b/c/D()"),
        ] {
            let once = Channel::parse(protocol, text).unwrap();
            assert_eq!(Channel::parse(protocol, once.name()).unwrap(), once);
        }
    }

    #[test]
    fn a_tango_device_keeps_what_belongs_to_it() {
        let channel = Channel::parse(Protocol::Tango, "tango://h:1/a/b/c/State#dbase=no").unwrap();
        assert_eq!(channel.tango_parts().unwrap(), ("tango://h:1/a/b/c#dbase=no".to_owned(), "state"));
        let command = Channel::tango_command("a/b/c", "Ramp").unwrap();
        assert_eq!((command.part(), command.tango_parts().unwrap()), (Part::Command, ("a/b/c".to_owned(), "ramp")));
    }
}

//! Channel Access on the wire: headers, commands, types, status codes. Nothing that a server sends makes it panic.

/// The version of the protocol that is spoken: 4.13, the last one.
pub(super) const MINOR: u16 = 13;
/// Bytes of a header; 8 more when it is extended.
pub(super) const HEADER: usize = 16;

pub(super) const VERSION: u16 = 0;
pub(super) const EVENT_ADD: u16 = 1;
pub(super) const EVENT_CANCEL: u16 = 2;
pub(super) const SEARCH: u16 = 6;
pub(super) const ERROR: u16 = 11;
pub(super) const CLEAR_CHANNEL: u16 = 12;
pub(super) const READ_NOTIFY: u16 = 15;
pub(super) const CREATE_CHANNEL: u16 = 18;
pub(super) const WRITE_NOTIFY: u16 = 19;
pub(super) const CLIENT_NAME: u16 = 20;
pub(super) const HOST_NAME: u16 = 21;
pub(super) const ACCESS_RIGHTS: u16 = 22;
pub(super) const ECHO: u16 = 23;
pub(super) const CREATE_FAILED: u16 = 26;
pub(super) const SERVER_DISCONNECT: u16 = 27;

/// In a search: whoever has not the channel keeps quiet.
pub(super) const DO_NOT_REPLY: u16 = 5;
/// All is well.
pub(super) const NORMAL: u32 = 1;
/// No right to read.
pub(super) const NO_READ_ACCESS: u32 = 46 << 3;
/// No right to write.
pub(super) const NO_WRITE_ACCESS: u32 = 47 << 3;

pub(super) const STRING: u16 = 0;
pub(super) const SHORT: u16 = 1;
pub(super) const FLOAT: u16 = 2;
pub(super) const ENUM: u16 = 3;
pub(super) const CHAR: u16 = 4;
pub(super) const LONG: u16 = 5;
pub(super) const DOUBLE: u16 = 6;
/// What is added to a plain type for its form with time and alarm.
pub(super) const TIME: u16 = 14;
/// What is added to a plain type for its form with limits and units.
pub(super) const CONTROL: u16 = 28;
/// Bytes of a string.
pub(super) const STRING_SIZE: usize = 40;

/// The head of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) command: u16,
    /// Bytes that follow.
    pub(super) size: u32,
    /// The type of the data, mostly.
    pub(super) kind: u16,
    /// The number of elements, mostly.
    pub(super) count: u32,
    pub(super) first: u32,
    pub(super) second: u32,
}

impl Header {
    /// A header, and whether the 8 bytes of an extended one follow.
    pub(super) fn read(bytes: &[u8; HEADER]) -> (Self, bool) {
        let (size, count) = (half(bytes, 2), half(bytes, 6));
        let header = Self {
            command: half(bytes, 0),
            size: u32::from(size),
            kind: half(bytes, 4),
            count: u32::from(count),
            first: word(bytes, 8),
            second: word(bytes, 12),
        };
        (header, size == 0xffff && count == 0)
    }

    /// Takes in what an extended header adds.
    pub(super) fn extend(&mut self, bytes: [u8; 8]) {
        self.size = word(&bytes, 0);
        self.count = word(&bytes, 4);
    }

    /// A header at the start of `bytes`, and what comes after it.
    pub(super) fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = bytes.split_first_chunk::<HEADER>()?;
        let (mut header, extended) = Self::read(head);
        if !extended {
            return Some((header, rest));
        }
        let (more, rest) = rest.split_first_chunk::<8>()?;
        header.extend(*more);
        Some((header, rest))
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk());
    found.copied().map_or(0, u16::from_be_bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk());
    found.copied().map_or(0, u32::from_be_bytes)
}

/// Puts a message behind `out`. `None`, and nothing, if it is longer than the protocol can say.
pub(super) fn append(
    out: &mut Vec<u8>,
    command: u16,
    (kind, count): (u16, u32),
    (first, second): (u32, u32),
    payload: &[u8],
) -> Option<()> {
    let padded = payload.len().checked_next_multiple_of(8)?;
    let size = u32::try_from(padded).ok()?;
    out.reserve(padded + HEADER + 8);
    out.extend_from_slice(&command.to_be_bytes());
    match (u16::try_from(size), u16::try_from(count)) {
        (Ok(short), Ok(few)) if short < 0xffff && few < 0xffff => {
            out.extend_from_slice(&short.to_be_bytes());
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&few.to_be_bytes());
            out.extend_from_slice(&first.to_be_bytes());
            out.extend_from_slice(&second.to_be_bytes());
        }
        _ => {
            out.extend_from_slice(&0xffff_u16.to_be_bytes());
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&0_u16.to_be_bytes());
            out.extend_from_slice(&first.to_be_bytes());
            out.extend_from_slice(&second.to_be_bytes());
            out.extend_from_slice(&size.to_be_bytes());
            out.extend_from_slice(&count.to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
    out.resize(out.len() + (padded - payload.len()), 0);
    Some(())
}

/// One message.
pub(super) fn message(command: u16, data: (u16, u32), ids: (u32, u32), payload: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    append(&mut out, command, data, ids, payload)?;
    Some(out)
}

/// A text as names are sent: with a zero byte behind.
pub(super) fn zero_terminated(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
    bytes
}

/// Text up to the first zero byte: UTF-8, or else Latin-1, in which every byte is a character.
pub(super) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The name of a plain type.
pub(super) fn type_name(kind: u16) -> &'static str {
    match kind {
        STRING => "DBR_STRING",
        SHORT => "DBR_SHORT",
        FLOAT => "DBR_FLOAT",
        ENUM => "DBR_ENUM",
        CHAR => "DBR_CHAR",
        LONG => "DBR_LONG",
        DOUBLE => "DBR_DOUBLE",
        _ => "unknown",
    }
}

/// The name of a status code.
pub(super) fn status_name(status: u32) -> String {
    const NAMES: [&str; 61] = [
        "NORMAL",
        "MAXIOC",
        "UKNHOST",
        "UKNSERV",
        "SOCK",
        "CONN",
        "ALLOCMEM",
        "UKNCHAN",
        "UKNFIELD",
        "TOLARGE",
        "TIMEOUT",
        "NOSUPPORT",
        "STRTOBIG",
        "DISCONNCHID",
        "BADTYPE",
        "CHIDNOTFND",
        "CHIDRETRY",
        "INTERNAL",
        "DBLCLFAIL",
        "GETFAIL",
        "PUTFAIL",
        "ADDFAIL",
        "BADCOUNT",
        "BADSTR",
        "DISCONN",
        "DBLCHNL",
        "EVDISALLOW",
        "BUILDGET",
        "NEEDSFP",
        "OVEVFAIL",
        "BADMONID",
        "NEWADDR",
        "NEWCONN",
        "NOCACTX",
        "DEFUNCT",
        "EMPTYSTR",
        "NOREPEATER",
        "NOCHANMSG",
        "DLCKREST",
        "SERVBEHIND",
        "NOCAST",
        "BADMASK",
        "IODONE",
        "IOINPROGRESS",
        "BADSYNCGRP",
        "PUTCBINPROG",
        "NORDACCESS",
        "NOWTACCESS",
        "ANACHRONISM",
        "NOSEARCHADDR",
        "NOCONVERT",
        "BADCHID",
        "BADFUNCPTR",
        "ISATTACHED",
        "UNAVAILINSERV",
        "CHANDESTROY",
        "BADPRIORITY",
        "NOTTHREADED",
        "16KARRAYCLIENT",
        "CONNSEQTMO",
        "UNRESPTMO",
    ];
    usize::try_from(status >> 3)
        .ok()
        .and_then(|number| NAMES.get(number))
        .map_or_else(|| format!("ECA status {status:#x}"), |name| format!("ECA_{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (count, length) in [(1, 3), (65_534, 8), (65_535, 8), (200_000, 1_600_000), (0, 0)] {
            let bytes = message(WRITE_NOTIFY, (DOUBLE, count), (7, 9), &vec![1; length]).unwrap();
            let (header, rest) = Header::split(&bytes).unwrap();
            assert_eq!((header.command, header.kind, header.count, header.first, header.second), (19, 6, count, 7, 9));
            assert_eq!(usize::try_from(header.size).unwrap(), length.next_multiple_of(8));
            assert_eq!(rest.len(), length.next_multiple_of(8));
        }
    }

    #[test]
    fn half_a_header_is_none() {
        let bytes = message(WRITE_NOTIFY, (DOUBLE, 200_000), (7, 9), &[]).unwrap();
        for length in 0..bytes.len() {
            assert!(Header::split(&bytes[..length]).is_none());
        }
    }

    #[test]
    fn texts_end_at_the_zero_byte_and_are_utf_8_or_latin_1() {
        assert_eq!(text(b"abc\0def"), "abc");
        assert_eq!(text("µm".as_bytes()), "µm");
        assert_eq!(text(&[0xb5, b'm']), "µm");
    }

    #[test]
    fn codes_have_their_names() {
        assert_eq!(status_name(NO_WRITE_ACCESS), "ECA_NOWTACCESS");
        assert_eq!(status_name(160), "ECA_PUTFAIL");
        assert_eq!(status_name(48), "ECA_ALLOCMEM");
        assert_eq!(status_name(u32::MAX), "ECA status 0xffffffff");
    }
}

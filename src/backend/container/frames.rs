//! Messages of kernels as they travel in WebSocket frames: `v1.kernel.websocket.jupyter.org`, and the older JSON.
//!
//! All that is read is checked: no frame makes us panic, and only a small one is read into values of any shape, which take
//! many times its size.

use jupyter_protocol::Channel;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::{Bytes, Message as Frame, Utf8Bytes};

/// Largest frame that is taken.
pub(super) const MAX_FRAME: usize = 80 << 20;
/// Largest JSON of a whole message.
const MAX_JSON: usize = 8 << 20;
/// Most parts of one message.
const MAX_PARTS: u64 = 1024;

/// How messages are put into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    V1,
    Json,
}

impl Protocol {
    /// What the first one is called.
    pub(super) const V1_NAME: &'static str = "v1.kernel.websocket.jupyter.org";

    /// What the server chose.
    pub(super) fn chosen(header: Option<&HeaderValue>) -> Result<Self, String> {
        match header.map(HeaderValue::as_bytes) {
            None => Ok(Self::Json),
            Some(name) if name == Self::V1_NAME.as_bytes() => Ok(Self::V1),
            Some(_) => Err("it chose a subprotocol that was not offered".to_owned()),
        }
    }
}

/// What is used of a message's header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    pub(super) msg_id: String,
    pub(super) msg_type: String,
    pub(super) session: String,
}

/// A message of a kernel. Its content is JSON that has not been read yet.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) channel: Channel,
    pub(super) head: Head,
    pub(super) parent: Head,
    pub(super) content: Bytes,
    pub(super) buffers: Vec<Bytes>,
}

impl Message {
    /// Reads a frame. `None`: one that holds no message.
    pub(super) fn read(protocol: Protocol, frame: Frame) -> Result<Option<Self>, String> {
        match (protocol, frame) {
            (Protocol::V1, Frame::Binary(bytes)) => read_v1(&bytes).map(Some),
            (Protocol::Json, Frame::Binary(bytes)) => read_binary(&bytes).map(Some),
            (Protocol::Json, Frame::Text(text)) => read_json(text.as_bytes(), Vec::new()).map(Some),
            (Protocol::V1, Frame::Text(_)) => Err("a text frame in the v1 protocol".to_owned()),
            _ => Ok(None),
        }
    }

    /// Its content, of a type that its header names.
    pub(super) fn content<T: DeserializeOwned>(&self) -> Result<T, String> {
        json(&self.content).map_err(|error| format!("{}: {error}", super::error::excerpt(&self.head.msg_type)))
    }
}

/// JSON, even if a program printed what is no UTF-8.
fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(bytes)),
    }
    // It may quote all that was read.
    .map_err(|error| super::error::excerpt(&error.to_string()))
}

/// A header may be missing, null or empty.
fn head(bytes: &[u8]) -> Result<Head, String> {
    json::<Option<Head>>(bytes).map(Option::unwrap_or_default).map_err(|error| format!("its header: {error}"))
}

fn read_v1(frame: &Bytes) -> Result<Message, String> {
    let word =
        |at: usize| -> Option<u64> { Some(u64::from_le_bytes(frame.get(at..at.checked_add(8)?)?.try_into().ok()?)) };
    let count = word(0).ok_or("it is shorter than its table")?;
    // Channel, header, parent, metadata, content, and the end.
    if !(6..=MAX_PARTS).contains(&count) {
        return Err(format!("it says that it has {count} parts"));
    }
    let mut parts = Vec::new();
    let table = (count + 1) * 8;
    let mut start = word(8).ok_or("it is shorter than its table")?;
    if start < table {
        return Err("a part lies in its table".to_owned());
    }
    for part in 2..=count {
        let end = usize::try_from(part * 8).ok().and_then(word).ok_or("it is shorter than its table")?;
        let (Ok(from), Ok(to)) = (usize::try_from(start), usize::try_from(end)) else {
            return Err("a part lies outside of it".to_owned());
        };
        if to < from || to > frame.len() {
            return Err("a part lies outside of it".to_owned());
        }
        parts.push(frame.slice(from..to));
        start = end;
    }
    let mut parts = parts.into_iter();
    let mut part = || parts.next().unwrap_or_default();
    let channel = channel(&part())?;
    let (header, parent, _metadata, content) = (part(), part(), part(), part());
    Ok(Message { channel, head: head(&header)?, parent: head(&parent)?, content, buffers: parts.collect() })
}

fn channel(name: &[u8]) -> Result<Channel, String> {
    match name {
        b"shell" => Ok(Channel::Shell),
        b"control" => Ok(Channel::Control),
        b"stdin" => Ok(Channel::Stdin),
        b"iopub" => Ok(Channel::IOPub),
        name => Err(format!("it has the channel `{}`", super::error::excerpt(&String::from_utf8_lossy(name)))),
    }
}

#[derive(Deserialize)]
struct Whole {
    #[serde(default)]
    channel: String,
    header: Option<Head>,
    #[serde(default)]
    parent_header: Option<Head>,
    #[serde(default)]
    content: serde_json::Value,
}

fn read_json(text: &[u8], buffers: Vec<Bytes>) -> Result<Message, String> {
    if text.len() > MAX_JSON {
        return Err(format!(
            "its JSON has {} bytes; {MAX_JSON} are taken from a server without the v1 protocol",
            text.len()
        ));
    }
    let whole: Whole = json(text)?;
    Ok(Message {
        channel: channel(whole.channel.as_bytes())?,
        head: whole.header.unwrap_or_default(),
        parent: whole.parent_header.unwrap_or_default(),
        content: whole.content.to_string().into(),
        buffers,
    })
}

/// JSON and buffers: a count, as many offsets (32 bits, big end first), the parts.
fn read_binary(frame: &Bytes) -> Result<Message, String> {
    let word = |at: usize| -> Option<usize> {
        usize::try_from(u32::from_be_bytes(frame.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
    };
    let count = word(0).ok_or("it is shorter than its table")?;
    if !(1..=1024).contains(&count) {
        return Err(format!("it says that it has {count} parts"));
    }
    let mut parts = Vec::new();
    for part in 1..=count {
        let start = word(part * 4).ok_or("it is shorter than its table")?;
        let end = if part == count { Some(frame.len()) } else { word((part + 1) * 4) };
        let end = end.ok_or("it is shorter than its table")?;
        if start < (count + 1) * 4 || end < start || end > frame.len() {
            return Err("a part lies outside of it".to_owned());
        }
        parts.push(frame.slice(start..end));
    }
    let text = parts.remove(0);
    read_json(&text, parts)
}

/// A message to a kernel.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) channel: &'static str,
    pub(super) header: jupyter_protocol::Header,
    pub(super) content: serde_json::Value,
    pub(super) buffers: Vec<Bytes>,
}

impl Outgoing {
    /// As a frame.
    pub(super) fn write(&self, protocol: Protocol) -> Frame {
        let header = serde_json::json!({
            "msg_id": self.header.msg_id,
            "username": self.header.username,
            "session": self.header.session,
            "date": self.header.date,
            "msg_type": self.header.msg_type,
            "version": self.header.version,
        });
        match protocol {
            Protocol::V1 => {
                let (header, content) = (header.to_string(), self.content.to_string());
                let mut parts: Vec<&[u8]> =
                    vec![self.channel.as_bytes(), header.as_bytes(), b"{}", b"{}", content.as_bytes()];
                parts.extend(self.buffers.iter().map(|buffer| &buffer[..]));
                Frame::Binary(joined_v1(&parts).into())
            }
            Protocol::Json => {
                #[derive(Serialize)]
                struct Sent<'a> {
                    channel: &'a str,
                    header: serde_json::Value,
                    parent_header: serde_json::Map<String, serde_json::Value>,
                    metadata: serde_json::Map<String, serde_json::Value>,
                    content: &'a serde_json::Value,
                    buffers: [(); 0],
                }
                let sent = Sent {
                    channel: self.channel,
                    header,
                    parent_header: serde_json::Map::new(),
                    metadata: serde_json::Map::new(),
                    content: &self.content,
                    buffers: [],
                };
                let text = serde_json::to_string(&sent).unwrap_or_default();
                if self.buffers.is_empty() {
                    return Frame::Text(Utf8Bytes::from(text));
                }
                let mut parts: Vec<&[u8]> = vec![text.as_bytes()];
                parts.extend(self.buffers.iter().map(|buffer| &buffer[..]));
                Frame::Binary(joined_binary(&parts).into())
            }
        }
    }
}

fn joined_v1(parts: &[&[u8]]) -> Vec<u8> {
    let mut offset = (parts.len() as u64 + 2) * 8;
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum::<usize>() + 16);
    bytes.extend((parts.len() as u64 + 1).to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    for part in parts {
        offset += part.len() as u64;
        bytes.extend(offset.to_le_bytes());
    }
    bytes.extend(parts.iter().copied().flatten());
    bytes
}

/// Its parts are far smaller than 4 GiB.
fn joined_binary(parts: &[&[u8]]) -> Vec<u8> {
    let word = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    let mut offset = (parts.len() + 1) * 4;
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum::<usize>() + 4);
    bytes.extend(word(parts.len()));
    for part in parts {
        bytes.extend(word(offset));
        offset += part.len();
    }
    bytes.extend(parts.iter().copied().flatten());
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outgoing(buffers: Vec<Bytes>) -> Outgoing {
        let message = jupyter_protocol::JupyterMessage::new(jupyter_protocol::KernelInfoRequest {}, None);
        let content = serde_json::json!({"text": "grün \u{1F600} \u{0}"});
        Outgoing { channel: "iopub", header: message.header, content, buffers }
    }

    #[test]
    fn a_message_comes_back_as_it_was_in_both_protocols() {
        for protocol in [Protocol::V1, Protocol::Json] {
            for buffers in
                [vec![], vec![Bytes::new()], vec![Bytes::from_static(b"\0\xff"), Bytes::from(vec![7; 100_000])]]
            {
                let sent = outgoing(buffers);
                let read = Message::read(protocol, sent.write(protocol)).unwrap().unwrap();
                assert_eq!(read.head.msg_id, sent.header.msg_id);
                assert_eq!(read.head.msg_type, "kernel_info_request");
                assert_eq!(read.parent, Head::default());
                assert_eq!(read.buffers, sent.buffers);
                assert_eq!(read.content::<serde_json::Value>().unwrap(), sent.content);
                assert!(matches!(read.channel, Channel::IOPub));
            }
        }
    }

    #[test]
    fn a_table_that_lies_is_refused() {
        let Frame::Binary(good) = outgoing(vec![Bytes::from_static(b"abc")]).write(Protocol::V1) else { panic!() };
        for (at, value) in [
            (0, 0u64),
            (0, 5),
            (0, 1025),
            (0, u64::MAX),
            (0, u64::MAX / 8),
            (0, 100),
            (8, 0),
            (8, u64::MAX),
            (16, 0),
            (16, u64::MAX),
            (48, u64::MAX),
            (56, u64::MAX),
            (56, 1 << 40),
        ] {
            let mut bytes = good.to_vec();
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
            assert!(Message::read(Protocol::V1, Frame::Binary(bytes.into())).is_err(), "{at} {value}");
        }
        for length in 0..good.len() {
            assert!(Message::read(Protocol::V1, Frame::Binary(good.slice(..length))).is_err(), "{length}");
        }
        assert!(Message::read(Protocol::V1, Frame::Text("{}".into())).is_err());
    }

    #[test]
    fn the_older_binary_table_is_checked_as_well() {
        let Frame::Binary(good) = outgoing(vec![Bytes::from_static(b"abc")]).write(Protocol::Json) else { panic!() };
        for (at, value) in
            [(0, 0u32), (0, u32::MAX), (0, 1025), (0, 1000), (4, 0), (4, u32::MAX), (8, 0), (8, u32::MAX)]
        {
            let mut bytes = good.to_vec();
            bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
            assert!(Message::read(Protocol::Json, Frame::Binary(bytes.into())).is_err(), "{at} {value}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf8_in_a_text_cost_the_bytes_and_not_the_message() {
        let parts: [&[u8]; 5] =
            [b"iopub", b"{\"msg_type\":\"stream\"}", b"{}", b"{}", b"{\"name\":\"stdout\",\"text\":\"a\xffb\"}"];
        let read = Message::read(Protocol::V1, Frame::Binary(joined_v1(&parts).into())).unwrap().unwrap();
        let content: jupyter_protocol::StreamContent = read.content().unwrap();
        assert_eq!(content.text, "a\u{fffd}b");
    }

    #[test]
    fn a_header_may_be_missing_and_may_not_be_something_else() {
        let read = |header: &[u8]| {
            let parts: [&[u8]; 5] = [b"shell", header, b"{}", b"{}", b"{}"];
            Message::read(Protocol::V1, Frame::Binary(joined_v1(&parts).into()))
        };
        assert!(read(b"{}").is_ok() && read(b"null").is_ok());
        for header in [&b"[1]"[..], b"1", b"{\"msg_id\":1}", b"", b"{"] {
            assert!(read(header).is_err());
        }
        let deep = "[".repeat(100_000);
        assert!(read(deep.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400), v1: bool) {
            let protocol = if v1 { Protocol::V1 } else { Protocol::Json };
            let _ = Message::read(protocol, Frame::Binary(bytes.into()));
        }

        #[test]
        fn any_change_of_a_message_is_a_message_or_an_error(
            at in any::<prop::sample::Index>(), byte: u8, keep in any::<prop::sample::Index>(), v1: bool,
        ) {
            let protocol = if v1 { Protocol::V1 } else { Protocol::Json };
            let Frame::Binary(good) = outgoing(vec![Bytes::from_static(b"abc")]).write(protocol) else { panic!() };
            let mut bytes = good.to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(keep.index(good.len()) + 1);
            let _ = Message::read(protocol, Frame::Binary(bytes.into()));
        }

        #[test]
        fn any_offsets_are_survived(offsets in prop::collection::vec(any::<u64>(), 0..12), small: bool) {
            let mut bytes = (offsets.len() as u64).to_le_bytes().to_vec();
            for offset in &offsets {
                bytes.extend(if small { offset % 200 } else { *offset }.to_le_bytes());
            }
            bytes.extend([b'{'; 64]);
            let _ = Message::read(Protocol::V1, Frame::Binary(bytes.into()));
        }
    }
}

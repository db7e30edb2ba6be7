//! Frames of the door: what travels between a program and the host, whatever carries it (`docs/door.md`).
//!
//! A frame is `u32` little-endian length of the header, the header (a JSON object), then bulk bytes. A request's header
//! has `call` and `args`; a reply's has `value`, or `error` with `type` and `message`. Version [`VERSION`].
//!
//! Every byte of a request is hostile: it is checked against its size and form, and whatever is wrong is an error to tell.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Version of the door's frames and of the `job.*` calls; part of every image's key.
pub(crate) const VERSION: u32 = 1;

/// Largest frame, either way: eight million doubles.
pub(super) const MAX_FRAME: usize = 64 << 20;
/// Largest header of a request; bulk belongs behind it. Parsed JSON takes many times its text.
const MAX_HEADER: usize = 1 << 20;

/// The header of a request.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) call: String,
    #[serde(default)]
    pub(super) args: Map<String, Value>,
}

/// Reads a request.
pub(super) fn read(request: &[u8]) -> Result<(Header, &[u8]), &'static str> {
    let (length, rest) = request.split_first_chunk::<4>().ok_or("the frame is shorter than its length field")?;
    let length = u32::from_le_bytes(*length) as usize;
    if request.len() > MAX_FRAME {
        return Err("the frame is larger than 64 MiB");
    }
    if length > MAX_HEADER {
        return Err("the frame's header is larger than 1 MiB; bulk data belongs behind it");
    }
    let (header, payload) = rest.split_at_checked(length).ok_or("the frame is shorter than its header says")?;
    let header = serde_json::from_slice(header)
        .map_err(|_| "the frame's header is no JSON object with a text `call` and an object `args`")?;
    Ok((header, payload))
}

/// Writes a frame.
pub(super) fn frame(header: &Value, payload: &[u8]) -> Vec<u8> {
    // Writing JSON into memory fails only for non-text keys, which a `Value` cannot have.
    let header = serde_json::to_vec(header).unwrap_or_default();
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(4 + header.len() + payload.len());
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&header);
    frame.extend_from_slice(payload);
    frame
}

/// The frame that tells an error.
pub(super) fn error_frame(kind: &str, message: &str) -> Vec<u8> {
    frame(&json!({ "error": { "type": kind, "message": message } }), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_lie_about_themselves_are_told_so() {
        for bytes in [
            &b""[..],
            b"\x01",
            b"\xff\xff\xff\xff{}",
            b"\x10\x00\x00\x00{}",
            b"\x02\x00\x00\x00[]",
            b"\x02\x00\x00\x00\xff\xfe",
        ] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
        let good = frame(&json!({ "call": "x", "args": { "a": 1 } }), b"bulk");
        let (header, payload) = read(&good).unwrap();
        assert_eq!((header.call.as_str(), payload), ("x", &b"bulk"[..]));
    }
}

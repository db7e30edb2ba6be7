//! Server-sent events, from bytes as they come: bounded, and only whole events.

/// Longest line, in bytes.
const MAX_LINE: usize = 1 << 20;
/// Most bytes in one event.
const MAX_EVENT: usize = 4 << 20;

/// Reads events. Both protocols name the kind of an event in its data too, so `event:` lines are not needed.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: Option<String>,
    begun: bool,
}

impl Events {
    /// Reads more bytes. `found` gets the data of each event that they complete.
    ///
    /// # Errors
    ///
    /// What is wrong with the stream, or what `found` says.
    pub(super) fn read<E: From<String>>(
        &mut self,
        bytes: &[u8],
        mut found: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.extend(&rest[..end])?;
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            if let Some(data) = self.end_of_line(&line)? {
                found(&data)?;
            }
        }
        Ok(self.extend(rest)?)
    }

    fn extend(&mut self, part: &[u8]) -> Result<(), String> {
        if self.line.len() + part.len() > MAX_LINE {
            return Err(format!("a line is longer than {MAX_LINE} bytes"));
        }
        self.line.extend_from_slice(part);
        Ok(())
    }

    /// The data of the event that an empty line completes.
    fn end_of_line(&mut self, line: &[u8]) -> Result<Option<String>, String> {
        let line = std::str::from_utf8(line).map_err(|_| "a line is not UTF-8".to_owned())?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = if self.begun { line } else { line.trim_start_matches('\u{feff}') };
        self.begun = true;
        if line.is_empty() {
            return Ok(self.data.take());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        match field {
            "data" => {
                let value = value.strip_prefix(' ').unwrap_or(value);
                let data = self.data.get_or_insert_default();
                if data.len() + value.len() > MAX_EVENT {
                    return Err(format!("an event is larger than {MAX_EVENT} bytes"));
                }
                if !data.is_empty() {
                    data.push('\n');
                }
                data.push_str(value);
                Ok(None)
            }
            // A comment keeps the connection alive.
            "" | "event" | "id" | "retry" => Ok(None),
            _ => Err("a line is no field of an event".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(parts: &[&[u8]]) -> Result<Vec<String>, String> {
        let (mut events, mut found) = (Events::default(), Vec::new());
        for part in parts {
            events.read(part, |data| {
                found.push(data.to_owned());
                Ok::<_, String>(())
            })?;
        }
        Ok(found)
    }

    #[test]
    fn whole_events_come_out() {
        let text = "\u{feff}: hello\n\nevent: x\ndata: {\"a\":\r\ndata: 1}\r\n\r\nid: 1\ndata:ü\n\ndata: never ended\n";
        assert_eq!(read(&[text.as_bytes()]).unwrap(), ["{\"a\":\n1}", "ü"]);
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(&bytes).unwrap(), ["{\"a\":\n1}", "ü"]);
    }

    #[test]
    fn what_is_no_stream_is_said() {
        assert!(read(&[b"<html>\n"]).unwrap_err().contains("no field"));
        assert!(read(&[b"data: \xff\n"]).unwrap_err().contains("UTF-8"));
        assert!(read(&[&vec![b'x'; MAX_LINE + 1]]).unwrap_err().contains("longer"));
        let lines = format!("data: {}\n", "x".repeat(1 << 19)).repeat(9);
        assert!(read(&[lines.as_bytes()]).unwrap_err().contains("larger"));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes in any::<Vec<u8>>(), size in 1usize..8) {
            let parts: Vec<&[u8]> = bytes.chunks(size).collect();
            let _ = read(&parts);
        }
    }
}

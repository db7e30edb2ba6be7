//! [`Output`]: what a program writes, passed on as it comes and kept up to its limit.
//!
//! Promise: what was written before a limit, a cancel or a crash is kept.

use super::{Event, EventSink};

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// Where the program's output goes.
pub(super) struct Output {
    limit: u64,
    pub(super) written: u64,
    stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    events: EventSink,
}

impl Output {
    pub(super) fn new(limit: u64, events: EventSink) -> Self {
        Self { limit, written: 0, stdout: Vec::new(), stderr: Vec::new(), events }
    }

    /// Takes as much of `chunk` as the limit allows; `false` if that was not all of it.
    pub(super) fn take(&mut self, stream: Stream, chunk: &[u8]) -> bool {
        let room = usize::try_from(self.limit.saturating_sub(self.written)).unwrap_or(usize::MAX);
        let kept = &chunk[..chunk.len().min(room)];
        if !kept.is_empty() {
            self.written += kept.len() as u64;
            let (buffer, event) = match stream {
                Stream::Stdout => (&mut self.stdout, Event::Stdout(kept)),
                Stream::Stderr => (&mut self.stderr, Event::Stderr(kept)),
            };
            buffer.extend_from_slice(kept);
            (self.events)(event);
        }
        kept.len() == chunk.len()
    }

    /// The last line of standard error, shortened.
    pub(super) fn last_of_stderr(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        text.lines().next_back().unwrap_or_default().chars().take(500).collect()
    }

    /// All of both streams as text; bytes that are not UTF-8 are replaced.
    pub(super) fn into_texts(self) -> (String, String) {
        (text(self.stdout), text(self.stderr))
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

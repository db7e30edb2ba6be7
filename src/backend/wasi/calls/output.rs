//! Standard output and standard error: streamed as they are written, kept up to the limit.
//!
//! Promise: what the program wrote before a trap, a limit or a cancel is kept. Bytes past the limit end the program.

use wasmtime::{Caller, Linker};

use super::{WASI, errno, files, parts};
use crate::backend::wasi::guest::{Guest, Halt};
use crate::backend::{Event, EventSink};
use crate::execution::Limit;

const STDOUT: i32 = 1;
const STDERR: i32 = 2;

/// Where the program's output goes.
pub(in crate::backend::wasi) struct Output {
    limit: u64,
    pub(in crate::backend::wasi) written: u64,
    pub(in crate::backend::wasi) stdout: Vec<u8>,
    pub(in crate::backend::wasi) stderr: Vec<u8>,
    pub(in crate::backend::wasi) events: EventSink,
}

impl Output {
    pub(in crate::backend::wasi) fn new(limit: u64, events: EventSink) -> Self {
        Self { limit, written: 0, stdout: Vec::new(), stderr: Vec::new(), events }
    }

    /// Takes as much of `chunk` as the limit allows; `false` if that was not all of it.
    fn take(&mut self, fd: i32, chunk: &[u8]) -> bool {
        let room = usize::try_from(self.limit.saturating_sub(self.written)).unwrap_or(usize::MAX);
        let kept = &chunk[..chunk.len().min(room)];
        if !kept.is_empty() {
            self.written += kept.len() as u64;
            let (buffer, event) = if fd == STDOUT {
                (&mut self.stdout, Event::Stdout(kept))
            } else {
                (&mut self.stderr, Event::Stderr(kept))
            };
            buffer.extend_from_slice(kept);
            (self.events)(event);
        }
        kept.len() == chunk.len()
    }
}

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(WASI, "fd_write", fd_write)?;
    Ok(())
}

fn fd_write(mut caller: Caller<'_, Guest>, fd: i32, iovs: i32, len: i32, out: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    if fd != STDOUT && fd != STDERR {
        return files::write(bytes, guest, fd, iovs, len, out);
    }
    let mut total = 0u32;
    for index in 0..len.cast_unsigned() {
        let Some(chunk) = buffer(bytes, iovs.cast_unsigned(), index) else { return Ok(errno::FAULT) };
        if !guest.output.take(fd, chunk) {
            return Err(Halt::Limit(Limit::Output).into());
        }
        total = total.saturating_add(u32::try_from(chunk.len()).unwrap_or(u32::MAX));
    }
    let at = out.cast_unsigned() as usize;
    match at.checked_add(4).and_then(|end| bytes.get_mut(at..end)) {
        Some(place) => {
            place.copy_from_slice(&total.to_le_bytes());
            Ok(errno::SUCCESS)
        }
        None => Ok(errno::FAULT),
    }
}

/// The bytes of I/O vector `index`: an address and a length, each a u32.
fn buffer(bytes: &[u8], iovs: u32, index: u32) -> Option<&[u8]> {
    let word = |at: u32| -> Option<u32> {
        let at = at as usize;
        Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
    };
    let entry = iovs.checked_add(index.checked_mul(8)?)?;
    let (address, length) = (word(entry)? as usize, word(entry.checked_add(4)?)? as usize);
    bytes.get(address..address.checked_add(length)?)
}

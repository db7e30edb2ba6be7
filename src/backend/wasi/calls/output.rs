//! Writes to standard output and standard error. Bytes past the limit end the program.

use wasmtime::{Caller, Linker};

use super::{WASI, errno, files, parts};
use crate::backend::ending::Halt;
use crate::backend::output::Stream;
use crate::backend::wasi::guest::Guest;
use crate::execution::Limit;

const STDOUT: i32 = 1;
const STDERR: i32 = 2;

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(WASI, "fd_write", fd_write)?;
    Ok(())
}

fn fd_write(mut caller: Caller<'_, Guest>, fd: i32, iovs: i32, len: i32, out: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    let stream = match fd {
        STDOUT => Stream::Stdout,
        STDERR => Stream::Stderr,
        _ => return files::write(bytes, guest, fd, iovs, len, out),
    };
    let mut total = 0u32;
    for index in 0..len.cast_unsigned() {
        let Some(chunk) = buffer(bytes, iovs.cast_unsigned(), index) else { return Ok(errno::FAULT) };
        if !guest.output.take(stream, chunk) {
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

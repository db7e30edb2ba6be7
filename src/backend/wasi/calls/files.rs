//! Files: forwarded to `wasmtime-wasi`, after the quotas on how many and how much.
//!
//! Promise: the bytes that an execution's files can hold, holes included, never exceed [`Limits::file_bytes`], and it
//! creates at most [`Limits::files`] files and folders. A refused operation is an ordinary `OSError` for the program.

use std::collections::BTreeSet;

use wasmtime::{Caller, Linker};
use wasmtime_wasi::p1::types::{self, Fd};
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as preview1, WasiSnapshotPreview1};
use wiggle::{GuestMemory, GuestPtr};

use super::{WASI, at_once, errno, parts};
use crate::backend::desk::Quota;
use crate::backend::wasi::guest::Guest;
use crate::execution::{Limit, Limits};

/// Bytes that one call may copy out of the guest for its arguments.
const ARGUMENT_BYTES: usize = 128 << 20;

/// Files that a guest may have open at once.
const OPEN_FILES: usize = 256;

/// What the program's files amount to.
pub(in crate::backend::wasi) struct Files {
    limit_count: u64,
    limit_bytes: u64,
    pub(in crate::backend::wasi) count: u64,
    pub(in crate::backend::wasi) bytes: u64,
    /// The limit that was met last, if any: it names the outcome if the program then fails.
    pub(in crate::backend::wasi) refused: Option<Limit>,
    /// Descriptors that the guest opened. While there is one, it may be of a file that was removed or replaced, and then
    /// the file's bytes are not free.
    open: BTreeSet<i32>,
}

impl Files {
    pub(in crate::backend::wasi) fn new(limits: &Limits) -> Self {
        Self {
            limit_count: limits.files,
            limit_bytes: limits.file_bytes,
            count: 0,
            bytes: 0,
            refused: None,
            open: BTreeSet::new(),
        }
    }

    /// How many files the guest has open.
    pub(in crate::backend::wasi) fn open(&self) -> usize {
        self.open.len()
    }

    /// One file of `size` bytes is gone for certain, if nothing is open.
    fn removed(&mut self, size: u64) {
        if self.open.is_empty() {
            self.shrink(size);
            self.count = self.count.saturating_sub(1);
        }
    }

    fn shrink(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Quota for Files {
    /// Counts one more file or folder, if it may be.
    fn add_file(&mut self) -> Result<(), Limit> {
        if self.count >= self.limit_count {
            self.refused = Some(Limit::Files);
            return Err(Limit::Files);
        }
        self.count += 1;
        Ok(())
    }

    /// Counts `growth` more bytes, if they may be.
    fn grow(&mut self, growth: u64) -> Result<(), Limit> {
        if growth > self.limit_bytes.saturating_sub(self.bytes) {
            self.refused = Some(Limit::FileBytes);
            return Err(Limit::FileBytes);
        }
        self.bytes += growth;
        Ok(())
    }
}

/// Passes calls on unchanged; `later` marks those that `wasmtime-wasi` has as futures.
macro_rules! forward {
    ($linker:ident: $( $kind:ident $name:ident ( $($arg:ident : $ty:ty),* ) )*) => { $(
        $linker.func_wrap(WASI, stringify!($name), |mut caller: Caller<'_, Guest>, $($arg: $ty),*| -> wasmtime::Result<i32> {
            let (bytes, guest) = parts(&mut caller)?;
            guest.wasi.set_hostcall_fuel(ARGUMENT_BYTES);
            let mut memory = GuestMemory::Unshared(bytes);
            forward!(@$kind preview1::$name(&mut guest.wasi, &mut memory, $($arg),*))
        })?;
    )* };
    (@now $call:expr) => { $call };
    (@later $call:expr) => { at_once($call) };
}

/// Answers calls with an error number.
macro_rules! refuse {
    ($linker:ident: $( $name:ident ( $($ty:ty),* ) = $errno:ident )*) => { $(
        $linker.func_wrap(WASI, stringify!($name), |_: Caller<'_, Guest>, $(_: $ty),*| errno::$errno)?;
    )* };
}

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    forward! { linker:
        now args_get(a: i32, b: i32)
        now args_sizes_get(a: i32, b: i32)
        now environ_get(a: i32, b: i32)
        now environ_sizes_get(a: i32, b: i32)
        now fd_fdstat_set_flags(fd: i32, flags: i32)
        now fd_prestat_get(fd: i32, out: i32)
        now fd_prestat_dir_name(fd: i32, path: i32, len: i32)
        later fd_advise(fd: i32, offset: i64, len: i64, advice: i32)
        later fd_datasync(fd: i32)
        later fd_fdstat_get(fd: i32, out: i32)
        later fd_filestat_get(fd: i32, out: i32)
        later fd_filestat_set_times(fd: i32, atim: i64, mtim: i64, flags: i32)
        later fd_pread(fd: i32, iovs: i32, len: i32, offset: i64, out: i32)
        later fd_readdir(fd: i32, buf: i32, len: i32, cookie: i64, out: i32)
        later fd_seek(fd: i32, offset: i64, whence: i32, out: i32)
        later fd_sync(fd: i32)
        now fd_tell(fd: i32, out: i32)
        later path_filestat_get(fd: i32, flags: i32, path: i32, len: i32, out: i32)
        later path_filestat_set_times(fd: i32, flags: i32, path: i32, len: i32, atim: i64, mtim: i64, fst: i32)
        later path_readlink(fd: i32, path: i32, len: i32, buf: i32, buf_len: i32, out: i32)
    }
    // A link could make one file look like two, and a symbolic link could mislead whoever reads the folder later.
    refuse! { linker:
        path_link(i32, i32, i32, i32, i32, i32, i32) = PERM
        path_symlink(i32, i32, i32, i32, i32) = PERM
        sock_accept(i32, i32, i32) = NOTSUP
        sock_recv(i32, i32, i32, i32, i32, i32) = NOTSUP
        sock_send(i32, i32, i32, i32, i32) = NOTSUP
        sock_shutdown(i32, i32) = NOTSUP
    }
    linker.func_wrap(WASI, "fd_close", fd_close)?;
    linker.func_wrap(WASI, "fd_filestat_set_size", fd_filestat_set_size)?;
    linker.func_wrap(WASI, "fd_pwrite", fd_pwrite)?;
    linker.func_wrap(WASI, "fd_read", fd_read)?;
    linker.func_wrap(WASI, "path_create_directory", path_create_directory)?;
    linker.func_wrap(WASI, "path_open", path_open)?;
    linker.func_wrap(WASI, "path_remove_directory", path_remove_directory)?;
    linker.func_wrap(WASI, "path_rename", path_rename)?;
    linker.func_wrap(WASI, "path_unlink_file", path_unlink_file)?;
    Ok(())
}

fn fd_close(mut caller: Caller<'_, Guest>, fd: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    let answer = at_once(preview1::fd_close(&mut guest.wasi, &mut GuestMemory::Unshared(bytes), fd))?;
    if answer == errno::SUCCESS {
        guest.files.open.remove(&fd);
    }
    Ok(answer)
}

fn fd_filestat_set_size(mut caller: Caller<'_, Guest>, fd: i32, size: i64) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    let before = size_of_open(guest, fd);
    let after = size.cast_unsigned();
    let growth = before.map_or(0, |before| after.saturating_sub(before));
    if guest.files.grow(growth).is_err() {
        return Ok(errno::DQUOT);
    }
    let answer = at_once(preview1::fd_filestat_set_size(&mut guest.wasi, &mut GuestMemory::Unshared(bytes), fd, size))?;
    match (answer, before) {
        (errno::SUCCESS, Some(before)) => guest.files.shrink(before.saturating_sub(after)),
        (errno::SUCCESS, None) => {}
        _ => guest.files.shrink(growth),
    }
    Ok(answer)
}

fn fd_pwrite(
    mut caller: Caller<'_, Guest>,
    fd: i32,
    iovs: i32,
    len: i32,
    offset: i64,
    out: i32,
) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    quota_write(bytes, guest, fd, iovs, len, Some(offset.cast_unsigned()), |guest, memory| {
        at_once(preview1::fd_pwrite(&mut guest.wasi, memory, fd, iovs, len, offset, out))
    })
}

/// Reads straight into the guest's memory, so no length is too large for the host.
fn fd_read(mut caller: Caller<'_, Guest>, fd: i32, iovs: i32, len: i32, out: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    guest.wasi.set_hostcall_fuel(usize::MAX);
    at_once(preview1::fd_read(&mut guest.wasi, &mut GuestMemory::Unshared(bytes), fd, iovs, len, out))
}

/// A file that is replaced by another is gone, as with `path_unlink_file`.
fn path_rename(
    mut caller: Caller<'_, Guest>,
    fd: i32,
    old: i32,
    old_len: i32,
    new_fd: i32,
    new: i32,
    new_len: i32,
) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    guest.wasi.set_hostcall_fuel(ARGUMENT_BYTES);
    let replaced = size_at(bytes, guest, new_fd, new, new_len);
    let mut memory = GuestMemory::Unshared(bytes);
    let answer = at_once(preview1::path_rename(&mut guest.wasi, &mut memory, fd, old, old_len, new_fd, new, new_len))?;
    // A file that is renamed to itself stays; only one whose old name is gone has replaced another.
    if let (errno::SUCCESS, Some(size), None) = (answer, replaced, size_at(bytes, guest, fd, old, old_len)) {
        guest.files.removed(size);
    }
    Ok(answer)
}

/// `fd_write` for descriptors other than the standard ones, which [`super::output`] takes first.
pub(super) fn write(
    bytes: &mut [u8],
    guest: &mut Guest,
    fd: i32,
    iovs: i32,
    len: i32,
    out: i32,
) -> wasmtime::Result<i32> {
    quota_write(bytes, guest, fd, iovs, len, None, |guest, memory| {
        at_once(preview1::fd_write(&mut guest.wasi, memory, fd, iovs, len, out))
    })
}

/// Charges what a write would add to its file, then does it.
fn quota_write(
    bytes: &mut [u8],
    guest: &mut Guest,
    fd: i32,
    iovs: i32,
    len: i32,
    offset: Option<u64>,
    write: impl FnOnce(&mut Guest, &mut GuestMemory<'_>) -> wasmtime::Result<i32>,
) -> wasmtime::Result<i32> {
    let Some(count) = first_buffer(bytes, iovs, len) else { return Ok(errno::FAULT) };
    let growth = match size_of_open(guest, fd) {
        // Not a file: WASI itself has the right answer.
        None => 0,
        Some(size) => {
            let at = if is_append(guest, fd) { size } else { offset.or_else(|| position(guest, fd)).unwrap_or(size) };
            match at.checked_add(count) {
                Some(end) => end.saturating_sub(size),
                None => return Ok(errno::FBIG),
            }
        }
    };
    if guest.files.grow(growth).is_err() {
        return Ok(errno::DQUOT);
    }
    // Written straight from the guest's memory, so no length is too large for the host.
    guest.wasi.set_hostcall_fuel(usize::MAX);
    let before = size_of_open(guest, fd);
    let answer = write(guest, &mut GuestMemory::Unshared(bytes));
    // A short or failed write leaves less behind than was charged.
    if let (Some(before), Some(after)) = (before, size_of_open(guest, fd)) {
        guest.files.shrink(growth.saturating_sub(after.saturating_sub(before)));
    }
    answer
}

fn path_create_directory(mut caller: Caller<'_, Guest>, fd: i32, path: i32, len: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    guest.wasi.set_hostcall_fuel(ARGUMENT_BYTES);
    if guest.files.add_file().is_err() {
        return Ok(errno::DQUOT);
    }
    let answer =
        at_once(preview1::path_create_directory(&mut guest.wasi, &mut GuestMemory::Unshared(bytes), fd, path, len))?;
    if answer != errno::SUCCESS {
        guest.files.count -= 1;
    }
    Ok(answer)
}

#[expect(clippy::too_many_arguments, reason = "the signature is WASI's")]
fn path_open(
    mut caller: Caller<'_, Guest>,
    fd: i32,
    dirflags: i32,
    path: i32,
    len: i32,
    oflags: i32,
    rights: i64,
    inheriting: i64,
    fdflags: i32,
    out: i32,
) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    guest.wasi.set_hostcall_fuel(ARGUMENT_BYTES);
    if guest.files.open() >= OPEN_FILES {
        return Ok(errno::MFILE);
    }
    let flags = types::Oflags::from_bits_truncate(u16::try_from(oflags & 0xffff).unwrap_or(0));
    let before = if flags.intersects(types::Oflags::CREAT | types::Oflags::TRUNC) {
        size_at(bytes, guest, fd, path, len)
    } else {
        None
    };
    let creates = flags.contains(types::Oflags::CREAT) && before.is_none();
    if creates && guest.files.add_file().is_err() {
        return Ok(errno::DQUOT);
    }
    let mut memory = GuestMemory::Unshared(bytes);
    let call = preview1::path_open(
        &mut guest.wasi,
        &mut memory,
        fd,
        dirflags,
        path,
        len,
        oflags,
        rights,
        inheriting,
        fdflags,
        out,
    );
    let answer = at_once(call)?;
    if answer != errno::SUCCESS {
        guest.files.count -= u64::from(creates);
        return Ok(answer);
    }
    if let (true, Some(before)) = (flags.contains(types::Oflags::TRUNC), before) {
        guest.files.shrink(before);
    }
    let opened = usize::try_from(out.cast_unsigned()).ok().and_then(|at| bytes.get(at..at + 4)?.try_into().ok());
    guest.files.open.extend(opened.map(i32::from_le_bytes));
    Ok(answer)
}

fn path_remove_directory(mut caller: Caller<'_, Guest>, fd: i32, path: i32, len: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    guest.wasi.set_hostcall_fuel(ARGUMENT_BYTES);
    let mut memory = GuestMemory::Unshared(bytes);
    let answer = at_once(preview1::path_remove_directory(&mut guest.wasi, &mut memory, fd, path, len))?;
    if answer == errno::SUCCESS {
        guest.files.removed(0);
    }
    Ok(answer)
}

fn path_unlink_file(mut caller: Caller<'_, Guest>, fd: i32, path: i32, len: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    guest.wasi.set_hostcall_fuel(ARGUMENT_BYTES);
    let size = size_at(bytes, guest, fd, path, len);
    let answer =
        at_once(preview1::path_unlink_file(&mut guest.wasi, &mut GuestMemory::Unshared(bytes), fd, path, len))?;
    if let (errno::SUCCESS, Some(size)) = (answer, size) {
        guest.files.removed(size);
    }
    Ok(answer)
}

/// The size of an open regular file.
fn size_of_open(guest: &mut Guest, fd: i32) -> Option<u64> {
    let mut none = GuestMemory::Unshared(&mut []);
    let call = WasiSnapshotPreview1::fd_filestat_get(&mut guest.wasi, &mut none, Fd::from(fd.cast_unsigned()));
    let stat = at_once(async { Ok(call.await.ok()) }).ok()??;
    (stat.filetype == types::Filetype::RegularFile).then_some(stat.size)
}

/// The size of the regular file at a path that the guest names; `None` if there is none. A link is not its target: what
/// removes the link leaves the target's bytes.
fn size_at(bytes: &mut [u8], guest: &mut Guest, fd: i32, path: i32, len: i32) -> Option<u64> {
    let path = GuestPtr::<str>::new((path.cast_unsigned(), len.cast_unsigned()));
    let mut memory = GuestMemory::Unshared(bytes);
    let flags = types::Lookupflags::empty();
    let call = WasiSnapshotPreview1::path_filestat_get(
        &mut guest.wasi,
        &mut memory,
        Fd::from(fd.cast_unsigned()),
        flags,
        path,
    );
    let stat = at_once(async { Ok(call.await.ok()) }).ok()??;
    (stat.filetype == types::Filetype::RegularFile).then_some(stat.size)
}

fn position(guest: &mut Guest, fd: i32) -> Option<u64> {
    WasiSnapshotPreview1::fd_tell(&mut guest.wasi, &mut GuestMemory::Unshared(&mut []), Fd::from(fd.cast_unsigned()))
        .ok()
}

fn is_append(guest: &mut Guest, fd: i32) -> bool {
    let mut none = GuestMemory::Unshared(&mut []);
    let call = WasiSnapshotPreview1::fd_fdstat_get(&mut guest.wasi, &mut none, Fd::from(fd.cast_unsigned()));
    at_once(async { Ok(call.await.ok()) })
        .ok()
        .flatten()
        .is_some_and(|stat| stat.fs_flags.contains(types::Fdflags::APPEND))
}

/// The length of the first buffer that is not empty: the one that `wasmtime-wasi` writes.
fn first_buffer(bytes: &[u8], iovs: i32, len: i32) -> Option<u64> {
    let start = usize::try_from(iovs.cast_unsigned()).ok()?;
    for index in 0..usize::try_from(len.cast_unsigned()).ok()? {
        let at = start.checked_add(index.checked_mul(8)?)?.checked_add(4)?;
        let length = u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
        if length > 0 {
            return Some(u64::from(length));
        }
    }
    Some(0)
}

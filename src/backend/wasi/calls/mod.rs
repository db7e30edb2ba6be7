//! Every function that the guest can import, and nothing else.
//!
//! WASI preview 1 comes from `wasmtime-wasi`, whose file system is capability based: a path is resolved below an open
//! folder (cap-std), so `..` and symbolic links lead nowhere. What we add stands in this folder: quotas on files and
//! output, a clock and randomness that can be repeated, sleeping that can be cancelled. What is refused outright stands
//! in the tables below: sockets and links.

mod files;
mod output;
mod system;

pub(super) use files::Files;
pub(super) use system::Clock;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::{Caller, Linker};

use super::guest::Guest;

/// The module name of WASI preview 1.
const WASI: &str = "wasi_snapshot_preview1";

/// WASI preview 1 error numbers that we give ourselves.
mod errno {
    pub(super) const SUCCESS: i32 = 0;
    pub(super) const DQUOT: i32 = 19;
    pub(super) const FAULT: i32 = 21;
    pub(super) const FBIG: i32 = 22;
    pub(super) const INVAL: i32 = 28;
    pub(super) const MFILE: i32 = 33;
    pub(super) const NOTSUP: i32 = 58;
    pub(super) const PERM: i32 = 63;
}

/// Links all of it.
pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    files::link(linker)?;
    output::link(linker)?;
    system::link(linker)?;
    super::door::link(linker)
}

/// The guest's memory and its state, for a host function. The memory is there before any guest code runs.
fn parts<'a>(caller: &'a mut Caller<'_, Guest>) -> wasmtime::Result<(&'a mut [u8], &'a mut Guest)> {
    let memory = caller.data().memory.ok_or_else(|| wasmtime::format_err!("a host call before there is a memory"))?;
    Ok(memory.data_and_store_mut(caller))
}

/// Runs a future that never waits: with `allow_blocking_current_thread`, `wasmtime-wasi` does file work in place.
fn at_once<T>(future: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(wasmtime::format_err!("a file operation would wait")),
    }
}

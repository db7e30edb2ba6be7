//! The door of the sandbox: the one host function, `host.call`. One request, one reply, both a [frame](super::super::frame).
//!
//! Every byte is hostile: addresses and lengths are checked against the memory, and whatever is wrong becomes an error for
//! the guest, never a panic. A few calls are answered here because they belong to the job itself (`job.*`, `door.echo`);
//! all others go to the execution's [`HostCalls`].

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde_json::{Map, json};
use wasmtime::{Caller, Linker, TypedFunc};

use super::guest::{Budget, Guest};
use crate::backend::desk::{self, Desk};
use crate::backend::ending::Halt;
use crate::backend::frame::{MAX_FRAME, error_frame, frame, read};
use crate::backend::{HostCall, HostCallError, HostCalls, HostReply, Job, JobTooLarge};

/// What the guest is told when a frame cannot even be read.
const FAULT: i32 = -2;

/// The state of one execution's door.
pub(super) struct Door {
    start: Vec<u8>,
    pub(super) alloc: Option<TypedFunc<i32, i32>>,
    handler: Box<dyn HostCalls>,
    runtime: tokio::runtime::Handle,
    pub(super) desk: Desk,
}

impl Door {
    pub(super) fn new(
        job: &Job,
        handler: Box<dyn HostCalls>,
        runtime: tokio::runtime::Handle,
    ) -> Result<Self, JobTooLarge> {
        Ok(Self { start: desk::start(job, Map::new())?, alloc: None, handler, runtime, desk: Desk::new(job) })
    }
}

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap("host", "call", host_call)?;
    Ok(())
}

/// `host.call(ptr, len, out_ptr_ptr, out_len_ptr) -> 0 | -2`.
fn host_call(mut caller: Caller<'_, Guest>, ptr: i32, len: i32, out_ptr: i32, out_len: i32) -> wasmtime::Result<i32> {
    let Some(memory) = caller.data().memory else { return Ok(FAULT) };
    let (bytes, guest) = memory.data_and_store_mut(&mut caller);
    let Some(request) = slice(bytes, ptr, len) else { return Ok(FAULT) };
    let reply = answer(guest, request)?;
    if reply.len() > MAX_FRAME {
        return Ok(FAULT);
    }
    let Some(alloc) = guest.door.alloc.clone() else { return Ok(FAULT) };
    let Ok(length) = i32::try_from(reply.len()) else { return Ok(FAULT) };
    let at = alloc.call(&mut caller, length)?;
    let bytes = memory.data_mut(&mut caller);
    let Some(room) = slice_mut(bytes, at, length).filter(|_| at != 0) else { return Ok(FAULT) };
    room.copy_from_slice(&reply);
    for (place, word) in [(out_ptr, at), (out_len, length)] {
        let Some(room) = slice_mut(bytes, place, 4) else { return Ok(FAULT) };
        room.copy_from_slice(&word.to_le_bytes());
    }
    Ok(0)
}

fn slice(bytes: &[u8], ptr: i32, len: i32) -> Option<&[u8]> {
    let start = ptr.cast_unsigned() as usize;
    bytes.get(start..start.checked_add(len.cast_unsigned() as usize)?)
}

fn slice_mut(bytes: &mut [u8], ptr: i32, len: i32) -> Option<&mut [u8]> {
    let start = ptr.cast_unsigned() as usize;
    bytes.get_mut(start..start.checked_add(len.cast_unsigned() as usize)?)
}

/// The reply to one request. `Err` ends the instance.
fn answer(guest: &mut Guest, request: &[u8]) -> Result<Vec<u8>, Halt> {
    guest.budget.check()?;
    let (header, payload) = match read(request) {
        Ok(parts) => parts,
        Err(message) => return Ok(error_frame("DoorError", message)),
    };
    if header.call == "job.start" {
        return Ok(guest.door.start.clone());
    }
    let header = match guest.door.desk.answer(header, payload, &mut guest.files) {
        Ok(reply) => return Ok(reply.unwrap_or_else(|message| error_frame("DoorError", &message))),
        Err(header) => header,
    };
    // The job's own calls are not the program's doing, and not counted.
    guest.door.desk.count_call().map_err(Halt::Limit)?;
    if header.call == "door.echo" {
        return Ok(frame(&json!({ "value": null }), payload));
    }
    let call = HostCall { name: header.call, arguments: header.args, payload: payload.to_vec() };
    let (header, payload) = desk::reply(Budget::outside(guest, |guest| ask(guest, call))?);
    Ok(frame(&header, &payload))
}

/// Asks the execution's host calls. Most answer at once; the others wait on the runtime until they do, or the execution
/// is cancelled.
fn ask(guest: &mut Guest, call: HostCall) -> Result<Result<HostReply, HostCallError>, Halt> {
    let cancel = guest.budget.cancel_token().clone();
    let runtime = guest.door.runtime.clone();
    let mut reply = pin!(guest.door.handler.call(call));
    let _inside = runtime.enter();
    if let Poll::Ready(reply) = reply.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        return Ok(reply);
    }
    runtime.block_on(async {
        tokio::select! {
            reply = reply => Ok(reply),
            () = cancel.cancelled() => Err(Halt::Cancelled),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A guest that calls the door with whatever it is told, and gives room for replies wherever it is told.
    const GUEST: &str = r#"(module
        (import "host" "call" (func $call (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 2)
        (global $room (export "room") (mut i32) (i32.const 4096))
        (func (export "host_alloc") (param i32) (result i32) global.get $room)
        (func (export "go") (param i32 i32 i32 i32) (result i32)
            local.get 0 local.get 1 local.get 2 local.get 3 call $call))"#;

    #[test]
    fn addresses_and_lengths_outside_the_memory_are_faults() {
        let engine = super::super::engine::preparing().unwrap();
        let module = wasmtime::Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
        let mut linker = Linker::new(&engine);
        link(&mut linker).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let guest = Guest::without_folders(&Job::new("", 0), runtime.handle().clone());
        let mut store = wasmtime::Store::new(&engine, guest);
        store.set_epoch_deadline(1_000_000);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        store.data_mut().memory = Some(memory);
        store.data_mut().door.alloc = Some(instance.get_typed_func(&mut store, "host_alloc").unwrap());
        let go = instance.get_typed_func::<(i32, i32, i32, i32), i32>(&mut store, "go").unwrap();
        let room = instance.get_global(&mut store, "room").unwrap();
        let request = [&20u32.to_le_bytes()[..], br#"{"call":"door.echo"}"#, b"bulk"].concat();
        memory.write(&mut store, 64, &request).unwrap();
        let length = i32::try_from(request.len()).unwrap();

        assert_eq!(go.call(&mut store, (64, length, 8, 12)).unwrap(), 0);
        let end = 2 * 65_536;
        for (ptr, len, out_ptr, out_len) in [
            (end, 1, 8, 12),
            (end - 4, 8, 8, 12),
            (-1, 4, 8, 12),
            (64, -1, 8, 12),
            (i32::MIN, i32::MIN, 8, 12),
            (64, i32::MAX, 8, 12),
            (64, length, end - 3, 12),
            (64, length, 8, end - 3),
            (64, length, -4, 12),
            (64, length, 8, -1),
        ] {
            assert_eq!(
                go.call(&mut store, (ptr, len, out_ptr, out_len)).unwrap(),
                FAULT,
                "{ptr} {len} {out_ptr} {out_len}"
            );
        }
        for place in [0, end, end - 1, -1, i32::MIN] {
            room.set(&mut store, wasmtime::Val::I32(place)).unwrap();
            assert_eq!(go.call(&mut store, (64, length, 8, 12)).unwrap(), FAULT, "room at {place}");
        }
    }
}

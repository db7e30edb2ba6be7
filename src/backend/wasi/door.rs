//! The door: the one host function, `host.call`. One request, one reply, both a frame.
//!
//! A frame is `u32` little-endian length of the header, the header (a JSON object), then bulk bytes. A request's header
//! has `call` and `args`; a reply's has `value`, or `error` with `type` and `message`. Version [`VERSION`].
//!
//! Every byte is hostile: addresses and lengths are checked against the memory, headers against their size and form,
//! and whatever is wrong becomes an error for the guest, never a panic. A few calls are answered here because they
//! belong to the job itself (`job.*`, `door.echo`); all others go to the execution's [`HostCalls`].

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wasmtime::{Caller, Linker, TypedFunc};

use super::guest::{Budget, Guest, Halt};
use crate::backend::{Figure, HostCall, HostCallError, HostCalls, HostReply, Job, SavedArtifact};
use crate::execution::{Limit, ScriptError, Types};

/// Version of the door's frames and of the `job.*` calls; part of every image's key.
pub(crate) const VERSION: u32 = 1;

/// Largest frame, either way: eight million doubles.
const MAX_FRAME: usize = 64 << 20;
/// Largest header of a request; bulk belongs behind it. Parsed JSON takes many times its text.
const MAX_HEADER: usize = 1 << 20;
/// Largest `results`, as JSON, for the same reason. Large arrays and frames are files.
const MAX_RESULTS: usize = 8 << 20;

const NO_MORE_BYTES: &str = "the execution may not fill files with any more bytes";

/// What the guest is told when a frame cannot even be read.
const FAULT: i32 = -2;

/// The state of one execution's door.
pub(super) struct Door {
    start: Vec<u8>,
    pub(super) alloc: Option<TypedFunc<i32, i32>>,
    handler: Box<dyn HostCalls>,
    runtime: tokio::runtime::Handle,
    pub(super) calls: u64,
    limit: u64,
    pub(super) figures: Vec<Figure>,
    pub(super) artifacts: Vec<SavedArtifact>,
    pub(super) finish: Option<Finish>,
}

/// What the guest says at its end.
#[derive(Debug)]
pub(super) struct Finish {
    pub(super) exit_status: u8,
    pub(super) error: Option<ScriptError>,
    pub(super) results: Option<Value>,
    pub(super) types: Types,
}

impl Door {
    /// What the guest's first call is answered with, if that is more than a frame may hold.
    pub(super) fn oversize(&self) -> Option<usize> {
        (self.start.len() > MAX_FRAME).then_some(self.start.len())
    }

    pub(super) fn new(job: &Job, handler: Box<dyn HostCalls>, runtime: tokio::runtime::Handle) -> Self {
        let start = frame(
            &json!({ "value": {
                "filename": job.filename,
                "context": job.context,
                "seed": job.seed,
                "deterministic": job.deterministic,
                "svg": job.svg,
                "folders": job.workspace.is_some(),
            }}),
            job.code.as_bytes(),
        );
        Self {
            start,
            alloc: None,
            handler,
            runtime,
            calls: 0,
            limit: job.limits.host_calls,
            figures: Vec::new(),
            artifacts: Vec::new(),
            finish: None,
        }
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

#[derive(Deserialize)]
struct Header {
    call: String,
    #[serde(default)]
    args: Map<String, Value>,
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
    let header = match job_call(guest, header, payload) {
        Ok(reply) => return Ok(reply.unwrap_or_else(|message| error_frame("DoorError", &message))),
        Err(header) => header,
    };
    // The job's own calls are not the program's doing, and not counted.
    if guest.door.calls >= guest.door.limit {
        return Err(Halt::Limit(Limit::HostCalls));
    }
    guest.door.calls += 1;
    if header.call == "door.echo" {
        return Ok(frame(&json!({ "value": null }), payload));
    }
    let call = HostCall { name: header.call, arguments: header.args, payload: payload.to_vec() };
    match Budget::outside(guest, |guest| ask(guest, call))? {
        Ok(reply) => Ok(frame(&json!({ "value": reply.value }), &reply.payload)),
        Err(HostCallError { kind, message, reason: None }) => Ok(error_frame(&kind, &message)),
        Err(HostCallError { kind, message, reason }) => {
            Ok(frame(&json!({ "error": { "type": kind, "message": message, "reason": reason } }), &[]))
        }
    }
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

fn read(request: &[u8]) -> Result<(Header, &[u8]), &'static str> {
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
fn frame(header: &Value, payload: &[u8]) -> Vec<u8> {
    // Writing JSON into memory fails only for non-text keys, which a `Value` cannot have.
    let header = serde_json::to_vec(header).unwrap_or_default();
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(4 + header.len() + payload.len());
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&header);
    frame.extend_from_slice(payload);
    frame
}

fn error_frame(kind: &str, message: &str) -> Vec<u8> {
    frame(&json!({ "error": { "type": kind, "message": message } }), &[])
}

#[derive(Deserialize)]
struct FigureArgs {
    #[serde(default)]
    title: String,
    number: u32,
    format: String,
}

#[derive(Deserialize)]
struct ArtifactArgs {
    name: String,
    #[serde(default)]
    title: String,
}

#[derive(Deserialize)]
struct FinishArgs {
    exit_status: u8,
    error: Option<ScriptError>,
    #[serde(default)]
    types: Types,
}

/// The calls that belong to the job itself; `Err` gives any other back.
fn job_call(guest: &mut Guest, header: Header, payload: &[u8]) -> Result<Result<Vec<u8>, String>, Header> {
    if !header.call.starts_with("job.") {
        return Err(header);
    }
    let done = || frame(&json!({ "value": null }), &[]);
    let args = Value::Object(header.args);
    Ok(match header.call.as_str() {
        "job.figure" => parse::<FigureArgs>(args).and_then(|figure| {
            if !matches!(figure.format.as_str(), "png" | "svg") {
                return Err("a figure is `png` or `svg`".to_owned());
            }
            check_title(&figure.title)?;
            if guest.door.figures.iter().any(|known| known.number == figure.number && known.format == figure.format) {
                return Err(format!("there is a figure {} as {} already", figure.number, figure.format));
            }
            charge(guest, payload.len())?;
            let FigureArgs { title, number, format } = figure;
            guest.door.figures.push(Figure { number, title, format, bytes: payload.to_vec() });
            Ok(done())
        }),
        "job.artifact" => parse::<ArtifactArgs>(args).and_then(|artifact| {
            check_name(&artifact.name)?;
            check_title(&artifact.title)?;
            if guest.door.artifacts.iter().any(|known| known.name == artifact.name) {
                return Err(format!("there is an artifact named `{}` already", artifact.name));
            }
            charge(guest, payload.len())?;
            let ArtifactArgs { name, title } = artifact;
            guest.door.artifacts.push(SavedArtifact { name, title, bytes: payload.to_vec() });
            Ok(done())
        }),
        "job.finish" => parse::<FinishArgs>(args).and_then(|finish| {
            if guest.door.finish.is_some() {
                return Err("the job has finished already".to_owned());
            }
            if payload.len() > MAX_RESULTS {
                return Err(format!(
                    "`results` takes {} bytes as JSON, more than the {MAX_RESULTS} that it may: keep large data with save_artifact",
                    payload.len()
                ));
            }
            // They are kept as a file; writing them into memory cannot fail.
            let noted = if finish.types.is_empty() { 0 } else { serde_json::to_vec(&finish.types).map_or(0, |text| text.len()) };
            guest.files.grow((payload.len() + noted) as u64).map_err(|_| NO_MORE_BYTES.to_owned())?;
            let results = match payload {
                [] => None,
                payload => Some(
                    serde_json::from_slice(payload).map_err(|error| format!("`results` is no strict JSON: {error}"))?,
                ),
            };
            guest.door.finish = Some(Finish { exit_status: finish.exit_status, error: finish.error, results, types: finish.types });
            Ok(done())
        }),
        other => Err(format!("there is no call named `{other}`")),
    })
}

fn parse<T: serde::de::DeserializeOwned>(args: Value) -> Result<T, String> {
    serde_json::from_value(args).map_err(|error| format!("the call's arguments are wrong: {error}"))
}

/// Figures and artifacts count as files.
fn charge(guest: &mut Guest, bytes: usize) -> Result<(), String> {
    guest.files.add_file().map_err(|_| "the execution may not make any more files".to_owned())?;
    guest.files.grow(bytes as u64).map_err(|_| NO_MORE_BYTES.to_owned())
}

/// A title is a line, not a place for data.
fn check_title(title: &str) -> Result<(), String> {
    if title.len() <= 1_000 { Ok(()) } else { Err("a title has at most 1,000 bytes".to_owned()) }
}

/// A name that is one visible path component on any system.
fn check_name(name: &str) -> Result<(), String> {
    let fine = !name.is_empty()
        && name.len() <= 120
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')' | '+' | '='));
    if fine {
        Ok(())
    } else {
        Err("an artifact's name is 1-120 letters, digits, spaces and . - _ + = ( ), and does not start with a dot"
            .to_owned())
    }
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

    #[test]
    fn artifact_names_cannot_leave_their_folder() {
        for name in ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a\0b", "a\nb", &"x".repeat(121)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_name("beam lifetime (2).csv").is_ok());
    }
}

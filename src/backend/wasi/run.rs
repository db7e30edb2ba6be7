//! One execution: a fresh instance from the image, the program, the report. Blocking; runs on a thread with room for
//! the guest's stack (see [`super::engine`]).

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use wasmtime::{Extern, Instance, Store, Trap, UpdateDeadline};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::Error;
use super::calls::{Clock, Files};
use super::door::Door;
use super::guest::{Budget, Guest, MemoryLimit};
use super::image::Loaded;
use crate::backend::desk::Finish;
use crate::backend::ending::{Halt, Refused, Verdict};
use crate::backend::output::Output;
use crate::backend::{Job, Report, Surroundings};
use crate::execution::Usage;

/// Runs the guest's own main function, which fetches the job through the door.
const ENTRY: &str = "aerie_guest.main()\n";

/// Where the guest finds its folders.
const GUEST_LIBRARY: &str = "/usr/local/lib";
const GUEST_WORK: &str = "/work";
const GUEST_SCRATCH: &str = "/tmp";
const GUEST_INPUTS: &str = "/inputs";

/// Runs `job` on the calling thread.
pub(super) fn run(
    image: &Loaded,
    job: &Job,
    surroundings: Surroundings,
    runtime: tokio::runtime::Handle,
) -> Result<Report, Error> {
    if job.limits.memory < image.memory_bytes() {
        return Err(Error::MemoryBelowImage { limit: job.limits.memory, image: image.memory_bytes() });
    }
    let mut store = new_store(image, job, surroundings, runtime)?;
    let instance = instantiate(image, &mut store).map_err(Error::engine)?;
    let ended = End::of(turn(&mut store, &instance, ENTRY));
    Ok(report(store, job, ended))
}

/// A store for `job`, its limits counting from now.
fn new_store(
    image: &Loaded,
    job: &Job,
    surroundings: Surroundings,
    runtime: tokio::runtime::Handle,
) -> Result<Store<Guest>, Error> {
    let Surroundings { host_calls, events, cancel, clock } = surroundings;
    let guest = Guest {
        wasi: wasi_context(image, job)?,
        memory: None,
        memory_limit: MemoryLimit::new(job.limits.memory),
        files: Files::new(&job.limits),
        output: Output::new(job.limits.output, events),
        clock: Clock::new(job.deterministic, clock.clone()),
        rng: ChaCha20Rng::seed_from_u64(job.seed),
        door: Door::new(job, host_calls, runtime)?,
        budget: Budget::start(&job.limits, cancel, clock),
    };
    let mut store = Store::new(image.engine(), guest);
    store.limiter(|guest| &mut guest.memory_limit);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|context| {
        context.data().budget.check()?;
        Ok(UpdateDeadline::Continue(1))
    });
    Ok(store)
}

/// A store in which the interpreter is started for the first time. There is nobody to call.
pub(super) fn preparing_store(
    image: &Loaded,
    job: &Job,
    runtime: tokio::runtime::Handle,
) -> Result<Store<Guest>, Error> {
    new_store(image, job, Surroundings::default(), runtime)
}

/// Starts the interpreter, as Wizer would: `_initialize`, then `wizer.initialize`.
pub(super) fn start_up(image: &Loaded, store: &mut Store<Guest>) -> wasmtime::Result<Instance> {
    let instance = instantiate(image, store)?;
    for name in ["_initialize", "wizer.initialize"] {
        instance.get_typed_func::<(), ()>(&mut *store, name)?.call(&mut *store, ())?;
    }
    Ok(instance)
}

/// Folders and environment. The order of the folders is that of the image's preparation: the guest's C library has
/// their descriptors by number.
fn wasi_context(image: &Loaded, job: &Job) -> Result<wasmtime_wasi::p1::WasiP1Ctx, Error> {
    let mut builder = WasiCtxBuilder::new();
    builder.allow_blocking_current_thread(true);
    builder.envs(image.environment());
    let mut mount = |host: &std::path::Path, guest: &str, perms| {
        builder
            .preopened_dir(host, guest, perms)
            .map(|_| ())
            .map_err(|error| Error::Folder { path: host.to_owned(), reason: error.to_string() })
    };
    mount(image.library(), GUEST_LIBRARY, FsPerms::ReadOnly)?;
    for (host, guest) in image.extra_folders() {
        mount(host, guest, FsPerms::ReadOnly)?;
    }
    if let Some(workspace) = &job.workspace {
        mount(&workspace.work, GUEST_WORK, FsPerms::ReadWrite)?;
        mount(&workspace.scratch, GUEST_SCRATCH, FsPerms::ReadWrite)?;
        mount(&workspace.inputs, GUEST_INPUTS, FsPerms::ReadOnly)?;
    }
    Ok(builder.build_p1())
}

/// A memory from the image, and the code on top of it.
pub(super) fn instantiate(image: &Loaded, store: &mut Store<Guest>) -> wasmtime::Result<Instance> {
    let memory_instance = Instance::new(&mut *store, image.memory_module(), &[])?;
    let memory = memory_instance
        .get_memory(&mut *store, super::pack::split::MEMORY_FIELD)
        .ok_or_else(|| wasmtime::format_err!("the image has no memory"))?;
    store.data_mut().memory = Some(memory);
    let mut imports = Vec::with_capacity(48);
    for import in image.code_module().imports() {
        let item = if import.module() == super::pack::split::MEMORY_MODULE {
            Extern::Memory(memory)
        } else {
            image
                .linker()
                .get_by_import(&mut *store, &import)
                .ok_or_else(|| wasmtime::format_err!("the code needs `{}.{}`", import.module(), import.name()))?
        };
        imports.push(item);
    }
    let instance = Instance::new(&mut *store, image.code_module(), &imports)?;
    for (name, value) in image.globals() {
        if let Some(global) = instance.get_global(&mut *store, name) {
            global.set(&mut *store, wasmtime::Val::I32(*value))?;
        }
    }
    store.data_mut().door.alloc = Some(instance.get_typed_func(&mut *store, "host_alloc")?);
    Ok(instance)
}

/// Runs `source` in the interpreter's `__main__`; gives its exit status.
pub(super) fn turn(store: &mut Store<Guest>, instance: &Instance, source: &str) -> wasmtime::Result<i32> {
    let length = i32::try_from(source.len())?;
    let alloc = instance.get_typed_func::<i32, i32>(&mut *store, "host_alloc")?;
    let at = alloc.call(&mut *store, length)?;
    let memory = store.data().memory.ok_or_else(|| wasmtime::format_err!("no memory"))?;
    memory.write(&mut *store, at.cast_unsigned() as usize, source.as_bytes())?;
    instance.get_typed_func::<(i32, i32), i32>(&mut *store, "turn")?.call(&mut *store, (at, length))
}

/// How the instance ended.
enum End {
    Returned,
    Halted(Halt),
    Trapped(Trap),
    /// Something else that its own calls led to, such as a WASI call with an address outside the memory.
    Fell(String),
}

impl End {
    fn of(result: wasmtime::Result<i32>) -> Self {
        match result {
            Ok(_) => Self::Returned,
            Err(error) => match (error.downcast_ref::<Halt>(), error.downcast_ref::<Trap>()) {
                (Some(halt), _) => Self::Halted(*halt),
                (None, Some(trap)) => Self::Trapped(*trap),
                (None, None) => Self::Fell(format!("{error:#}")),
            },
        }
    }
}

/// Puts the report together from what the guest said and what the host saw; where they differ, the host is right.
fn report(store: Store<Guest>, job: &Job, end: End) -> Report {
    let memory_bytes = store.data().memory.map_or(0, |memory| memory.data_size(&store) as u64);
    let budget = &store.data().budget;
    let mut usage = Usage {
        wall_seconds: budget.wall_used().as_secs_f64(),
        cpu_seconds: budget.cpu_used().as_secs_f64(),
        host_call_seconds: budget.host_calls.as_secs_f64(),
        memory_bytes,
        ..Usage::default()
    };
    // The instance goes here; what that costs is not the program's.
    let mut guest = store.into_data();
    usage.output_bytes = guest.output.written;
    usage.files = guest.files.count;
    usage.file_bytes = guest.files.bytes;
    usage.host_calls = guest.door.desk.calls;
    let finish = guest.door.desk.finish.take();
    let verdict = judge(&guest, job, end, finish);
    let mut figures = std::mem::take(&mut guest.door.desk.figures);
    figures.sort_by_key(|figure| figure.number);
    Report {
        outcome: verdict.outcome(guest.output.into_texts(), usage, job.seed),
        figures,
        artifacts: std::mem::take(&mut guest.door.desk.artifacts),
    }
}

fn judge(guest: &Guest, job: &Job, end: End, finish: Option<Finish>) -> Verdict {
    let refused = Refused { memory: guest.memory_limit.refused, files: guest.files.refused.is_some() };
    match (end, finish) {
        (End::Halted(halt), finish) => Verdict::halted(halt, &job.limits, finish, refused),
        (End::Fell(reason), _) => Verdict::crashed(format!("the program made the interpreter stop: {reason}")),
        (End::Trapped(trap), _) => Verdict::crashed(crash(trap)),
        (End::Returned, Some(finish)) => Verdict::finished(finish, refused),
        (End::Returned, None) => Verdict::without_a_word(),
    }
}

fn crash(trap: Trap) -> String {
    match trap {
        Trap::StackOverflow => {
            "the program used up the interpreter's stack (very deep recursion or nesting in native code)".to_owned()
        }
        Trap::MemoryOutOfBounds | Trap::HeapMisaligned => {
            "the program made the interpreter touch memory that it does not have".to_owned()
        }
        other => format!("the program made the interpreter stop: {other}"),
    }
}

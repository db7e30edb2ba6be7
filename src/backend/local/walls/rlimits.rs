//! Memory, CPU time, file sizes, open files, core dumps, by rlimits: of each process, inherited by what it starts.

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use super::{Error, Wall, Walls};
use crate::backend::local::spec::{Limits, Spec};

/// Addresses that a process may have beyond its memory: libraries, files, room that is kept and never used.
const ADDRESSES: u64 = 16 << 30;
/// The largest stack of a process's first thread: what Linux gives by itself.
const STACK: u64 = 8 << 20;
/// Processes and threads that its user may have beyond those of the start: room for what others start meanwhile, and far
/// less than a machine has.
const TASKS: u64 = 2048;

/// Limits the calling process.
pub(super) fn start(spec: &Spec, walls: &mut Walls) -> Result<(), Error> {
    set(None, Wall::CoreDumps, Resource::Core, 0, 0)?;
    walls.stand(Wall::CoreDumps);
    for wall in narrow(None, &spec.limits)? {
        walls.stand(wall);
    }
    if let Some(tasks) = user_processes(walls) {
        // The kernel counts every thread of the user, also those of other programs, which come and go.
        let more = spec.limits.processes.filter(|_| spec.processes).unwrap_or(TASKS);
        let most = tasks.saturating_add(more);
        set(None, Wall::UserProcesses, Resource::Nproc, most, most)?;
    }
    Ok(())
}

/// Limits a process that runs (or the calling one) further; the walls that stand then.
pub(crate) fn narrow(pid: Option<Pid>, limits: &Limits) -> Result<Vec<Wall>, Error> {
    let mut standing = Vec::new();
    if let Some(memory) = limits.memory {
        // Tables of pages and stacks are memory that `Data` does not count.
        set(pid, Wall::Memory, Resource::As, memory.saturating_add(ADDRESSES), memory.saturating_add(ADDRESSES))?;
        set(pid, Wall::Memory, Resource::Stack, STACK, STACK)?;
    }
    for (wall, resource, limit) in [
        (Wall::Memory, Resource::Data, limits.memory),
        (Wall::CpuTime, Resource::Cpu, limits.cpu_seconds.map(|seconds| seconds.max(1))),
        (Wall::FileSize, Resource::Fsize, limits.file_bytes),
        (Wall::OpenFiles, Resource::Nofile, limits.files),
    ] {
        let Some(limit) = limit else { continue };
        // Between both of CPU time's limits the program can still say what stopped it.
        let hard = if wall == Wall::CpuTime { limit.saturating_add(1) } else { limit };
        set(pid, wall, resource, limit, hard)?;
        standing.push(wall);
    }
    Ok(standing)
}

fn set(pid: Option<Pid>, wall: Wall, resource: Resource, soft: u64, hard: u64) -> Result<(), Error> {
    // A limit that is already narrower stays; the supervisor's own are what its child began with.
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let new = Rlimit { current: Some(soft.min(most)), maximum: Some(hard.min(most)) };
    prlimit(pid, resource, new).map(drop).map_err(|error| Error::Limit { wall, value: soft, reason: error.to_string() })
}

/// Whether the number of the user's processes can be limited: how many there may be already.
pub(super) fn user_processes(walls: &mut Walls) -> Option<u64> {
    if rustix::process::getuid().is_root() {
        walls.lack(Wall::UserProcesses, "the superuser's processes are not counted; run Aerie as a user of its own");
        return None;
    }
    let tasks = tasks();
    match tasks {
        Some(_) => walls.stand(Wall::UserProcesses),
        None => walls.lack(Wall::UserProcesses, "`/proc/loadavg` does not say how many processes there are"),
    }
    tasks
}

/// Threads of all processes on this machine. Those of one user are not told at once, and in other containers not at all.
fn tasks() -> Option<u64> {
    let load = std::fs::read_to_string("/proc/loadavg").ok()?;
    load.split(' ').nth(3)?.split_once('/')?.1.parse().ok()
}

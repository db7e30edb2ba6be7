//! The walls: what the kernel refuses to a program, and which of it stands. [`raise`] is called in the child, between fork
//! and exec; [`probe`] says what this kernel offers without starting anything.

pub mod capabilities;
pub mod cgroup;
pub mod landlock;
pub mod paths;
pub mod rlimits;
pub mod seccomp;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::paths::{SystemPaths, system_paths};
use super::spec::Spec;

/// Something that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wall {
    /// Files outside the folders: reading, writing, executing. Landlock ABI 1.
    Files,
    /// Links and renames across folders are judged. Landlock ABI 2.
    Links,
    /// Truncation of files outside the folders. Landlock ABI 3, or an older one with seccomp.
    Truncation,
    /// TCP, bound and connected. Landlock ABI 4.
    Tcp,
    /// Commands to devices. Landlock ABI 5.
    Devices,
    /// Signals to processes outside. Landlock ABI 6.
    Signals,
    /// Abstract Unix sockets of others. Landlock ABI 6.
    AbstractSockets,
    /// System calls that a program does not need; every socket but the gate. seccomp.
    Syscalls,
    /// Starting processes. seccomp.
    Processes,
    /// Capabilities, and getting any by exec.
    Privileges,
    /// Memory of each process. rlimit.
    Memory,
    /// CPU time of each process. rlimit.
    CpuTime,
    /// The size of a file. rlimit.
    FileSize,
    /// Open files. rlimit.
    OpenFiles,
    /// Core dumps. rlimit.
    CoreDumps,
    /// How many processes its user has. rlimit.
    UserProcesses,
    /// Memory of all processes together. cgroup.
    GroupMemory,
    /// How many processes there are. cgroup.
    GroupProcesses,
    /// All processes end at once. cgroup.
    GroupKill,
}

/// A wall that does not stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Which.
    pub wall: Wall,
    /// Why not, and what would help.
    pub why: String,
}

/// What stands and what does not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Walls that stand.
    pub standing: Vec<Wall>,
    /// Walls that could stand on another kernel, for another user, or with other settings.
    pub missing: Vec<Missing>,
}

impl Walls {
    /// Whether a wall stands.
    #[must_use]
    pub fn stands(&self, wall: Wall) -> bool {
        self.standing.contains(&wall)
    }

    fn stand(&mut self, wall: Wall) {
        self.standing.push(wall);
    }

    fn lack(&mut self, wall: Wall, why: impl Into<String>) {
        self.missing.push(Missing { wall, why: why.into() });
    }
}

/// Why a program cannot be started behind walls. What a kernel merely does not offer is [`Missing`] instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder cannot be opened.
    #[error("`{}` cannot be opened for the program: {reason}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Landlock refused its rules.
    #[error("Landlock: {0}")]
    Landlock(String),
    /// seccomp refused its filter.
    #[error("seccomp: {0}")]
    Seccomp(String),
    /// A limit cannot be set.
    #[error("the limit {wall:?} cannot be set to {value}: {reason}")]
    Limit {
        /// Which.
        wall: Wall,
        /// To what.
        value: u64,
        /// The system's reason.
        reason: String,
    },
    /// Capabilities cannot be given up.
    #[error("capabilities cannot be given up: {0}")]
    Privileges(String),
    /// A cgroup could not be used although its parent can be.
    #[error("the cgroup `{}`: {reason}", path.display())]
    Group {
        /// Its folder.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
}

impl Error {
    fn folder(path: &Path, reason: &impl ToString) -> Self {
        Self::Folder { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// Raises every wall around the calling process, which must have one thread. There is no way back.
pub fn raise(spec: &Spec, group: Option<&cgroup::Group>) -> Result<Walls, Error> {
    let mut walls = Walls::default();
    match group {
        Some(group) => group.enter(&mut walls)?,
        None => cgroup::lack(&mut walls, spec.cgroup.as_deref()),
    }
    rlimits::start(spec, &mut walls)?;
    capabilities::drop_all(&mut walls)?;
    let calls = seccomp::prepare(spec.processes, &mut walls)?;
    landlock::restrict(spec, &mut walls)?;
    calls.restrict()?;
    Ok(walls)
}

/// What this kernel offers to this user; nothing is started or changed.
#[must_use]
pub fn probe(cgroup: Option<&Path>) -> Walls {
    let mut walls = Walls::default();
    landlock::probe(&mut walls);
    seccomp::probe(&mut walls);
    walls.stand(Wall::Privileges);
    for wall in [Wall::Memory, Wall::CpuTime, Wall::FileSize, Wall::OpenFiles, Wall::CoreDumps] {
        walls.stand(wall);
    }
    rlimits::user_processes(&mut walls);
    cgroup::probe(cgroup, &mut walls);
    walls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_names_every_wall_once() {
        let walls = probe(None);
        let mut named: Vec<Wall> = walls.standing.clone();
        named.extend(walls.missing.iter().map(|missing| missing.wall));
        let all = named.len();
        named.sort();
        named.dedup();
        assert_eq!(named.len(), all);
        assert_eq!(all, 19);
        assert!(walls.missing.iter().all(|missing| !missing.why.is_empty()));
    }
}

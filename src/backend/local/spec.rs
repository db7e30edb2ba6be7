//! What the host and the supervisor say to each other: [`Spec`], [`Order`], [`News`], one JSON line each.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::walls::Walls;

/// Longest line, in bytes. An environment is at most 2 MiB on Linux.
pub const MAX_LINE: usize = 4 << 20;

/// What is started, and behind which walls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The program, an absolute path.
    pub program: PathBuf,
    /// What it is started with, without its own name.
    pub arguments: Vec<String>,
    /// All of its environment.
    pub environment: Vec<(String, String)>,
    /// Where it starts.
    pub cwd: PathBuf,
    /// Files and folders that may be read, besides [`system_paths`](super::walls::system_paths): the Python's prefixes.
    /// What does not exist is passed over.
    pub readable: Vec<PathBuf>,
    /// Files (or folders of files) that may be executed and read: the Python's own executable.
    pub executable: Vec<PathBuf>,
    /// The folder where the program works: read and written.
    pub work: PathBuf,
    /// The folder for what is thrown away: read and written.
    pub scratch: PathBuf,
    /// The folder of the inputs: read.
    pub inputs: PathBuf,
    /// A folder around `work` that the supervisor removes when the host died.
    pub remove: Option<PathBuf>,
    /// Whether it may start processes.
    pub processes: bool,
    /// A cgroup (as `/proc/self/cgroup` writes it) that is delegated to Aerie.
    pub cgroup: Option<PathBuf>,
    /// What it may use from its start on.
    pub limits: Limits,
}

/// What may be used at most. `None` leaves it as it is. Limits can be narrowed while the program runs, never widened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of memory that can be written: of each process; of all of them where there is a cgroup.
    pub memory: Option<u64>,
    /// Seconds of CPU time of each process, at least 1. `SIGXCPU` then, `SIGKILL` a second later.
    pub cpu_seconds: Option<u64>,
    /// Bytes of the largest file.
    pub file_bytes: Option<u64>,
    /// Open files of each process.
    pub files: Option<u64>,
    /// Processes and threads together.
    pub processes: Option<u64>,
}

impl Limits {
    /// The narrower of both, limit by limit.
    #[must_use]
    pub fn narrowed(self, by: Self) -> Self {
        let least = |ours: Option<u64>, theirs: Option<u64>| match (ours, theirs) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        Self {
            memory: least(self.memory, by.memory),
            cpu_seconds: least(self.cpu_seconds, by.cpu_seconds),
            file_bytes: least(self.file_bytes, by.file_bytes),
            files: least(self.files, by.files),
            processes: least(self.processes, by.processes),
        }
    }
}

/// What the host wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Start; the first order, and only once.
    Start(Box<Spec>),
    /// Narrow the limits.
    Limits(Limits),
    /// `SIGINT` to the program.
    Interrupt,
    /// End everything now.
    Kill,
}

/// What the supervisor says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// The program runs.
    Started {
        /// Its process.
        pid: u32,
        /// What stands around it.
        walls: Walls,
    },
    /// It could not be started.
    Failed {
        /// Why.
        reason: String,
    },
    /// The limits that were ordered hold.
    Limited,
    /// Everything is over, and nothing is left of it.
    Ended(Ended),
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// The program's own end.
    pub how: How,
    /// CPU seconds, user and system, of it and of all that it started.
    pub cpu_seconds: f64,
    /// Bytes of resident memory that the largest process had.
    pub max_rss: u64,
    /// Whether the kernel killed something because memory was used up; known only with a cgroup.
    pub oom: bool,
    /// Processes that outlived the program and had to be killed.
    pub leftovers: u32,
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// With this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_only_narrowed() {
        let wide = Limits { memory: Some(10), files: Some(5), ..Limits::default() };
        let other = Limits { memory: Some(20), files: Some(3), cpu_seconds: Some(1), ..Limits::default() };
        let both = Limits { memory: Some(10), files: Some(3), cpu_seconds: Some(1), ..Limits::default() };
        assert_eq!(wide.narrowed(other), both);
        assert_eq!(other.narrowed(wide), both);
    }

    #[test]
    fn an_unknown_limit_is_refused() {
        assert!(serde_json::from_str::<Order>(r#"{"limits":{"memroy":1}}"#).is_err());
        assert_eq!(serde_json::from_str::<Order>(r#""kill""#).unwrap(), Order::Kill);
    }
}

//! How an execution ended.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::{Limit, Usage};
use super::types::Types;
use super::walls::Walls;

/// How the program ended. A failing script is not broken machinery: the latter is an error of the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It ran to its end, or called `sys.exit(0)`.
    Succeeded,
    /// It raised, did not compile, or called `sys.exit(n)` with another status than 0.
    Failed,
    /// It met the wall-clock limit.
    TimedOut,
    /// It met the CPU limit.
    CpuLimit,
    /// It failed after memory was refused.
    MemoryLimit,
    /// It wrote more than it may.
    OutputLimit,
    /// It failed after a file, or bytes for one, were refused.
    FileLimit,
    /// It made more host calls than it may.
    HostCallLimit,
    /// Somebody cancelled it.
    Cancelled,
    /// The interpreter itself fell: stack exhausted, or a fault in native code. Only this instance is lost.
    Crashed,
}

impl Status {
    /// Its word, such as `timed_out`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::CpuLimit => "cpu_limit",
            Self::MemoryLimit => "memory_limit",
            Self::OutputLimit => "output_limit",
            Self::FileLimit => "file_limit",
            Self::HostCallLimit => "host_call_limit",
            Self::Cancelled => "cancelled",
            Self::Crashed => "crashed",
        }
    }

    /// The exit code that the command line gives for this status (`docs/exit-codes.md`).
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed
            | Self::MemoryLimit
            | Self::OutputLimit
            | Self::FileLimit
            | Self::HostCallLimit
            | Self::Crashed => 1,
            Self::TimedOut | Self::CpuLimit | Self::Cancelled => 5,
        }
    }

    /// The status of a program that was stopped at `limit`.
    #[must_use]
    pub fn of_limit(limit: Limit) -> Self {
        match limit {
            Limit::Wall => Self::TimedOut,
            Limit::Cpu => Self::CpuLimit,
            Limit::Memory => Self::MemoryLimit,
            Limit::Output => Self::OutputLimit,
            Limit::Files | Limit::FileBytes => Self::FileLimit,
            Limit::HostCalls => Self::HostCallLimit,
        }
    }
}

/// Why the script failed, as its author needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptError {
    /// The exception's type (`ZeroDivisionError`), or the limit's name (`WallLimit`).
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub message: String,
    /// The line of the program where it happened, counted from 1, where there is one.
    pub line: Option<u32>,
    /// Python's traceback, the program's own frames only; empty where there is none.
    pub traceback: String,
}

/// What an execution left behind, apart from its files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// The program's own exit status where it ended by itself; the command line's code for the status elsewhere.
    pub exit_code: u8,
    /// The program's `results` as strict JSON with tagged values (`docs/results.md`); `None` if it set none.
    pub results: Option<Value>,
    /// What of `results` its JSON does not say.
    #[serde(default, skip_serializing_if = "Types::is_empty")]
    pub types: Types,
    /// Standard output up to the limit, as text; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// Standard error likewise.
    pub stderr: String,
    /// Why it failed; `None` if it succeeded.
    pub error: Option<ScriptError>,
    /// What it used.
    pub usage: Usage,
    /// The seed of everything random, so that the run can be repeated.
    pub seed: u64,
    /// What stood between the program and its host; `None` in the sandbox, which has no host to reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walls: Option<Walls>,
}

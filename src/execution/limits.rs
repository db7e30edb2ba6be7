//! What an execution may use ([`Limits`]), what it used ([`Usage`]), and which limit it met ([`Limit`]).

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one execution may use. Every limit has a default that suits an analysis on a shared machine.
///
/// Time that the host spends on a host call, a person's answer included, counts neither as wall nor as CPU time. Time that a
/// program waits for a control system is its own: it counts as wall time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Wall-clock time of the program; of host calls, the waiting for a control system. Default 600 s, as the seed's `execution_timeout_seconds`.
    pub wall: Duration,
    /// CPU time of the program. Default 600 s.
    pub cpu: Duration,
    /// Linear memory in bytes, the interpreter and its packages included (about 130 MB for `science`). Default 1 GiB.
    pub memory: u64,
    /// Bytes on standard output and standard error together. Default 16 MiB.
    pub output: u64,
    /// Files and folders that the program may create, figures and artifacts included. Default 1,000.
    pub files: u64,
    /// Bytes in those files. Default 256 MiB.
    pub file_bytes: u64,
    /// Calls through the door. Default 10,000.
    pub host_calls: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_mins(10),
            cpu: Duration::from_mins(10),
            memory: 1 << 30,
            output: 16 << 20,
            files: 1_000,
            file_bytes: 256 << 20,
            host_calls: 10_000,
        }
    }
}

/// The limits by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// [`Limits::wall`].
    Wall,
    /// [`Limits::cpu`].
    Cpu,
    /// [`Limits::memory`].
    Memory,
    /// [`Limits::output`].
    Output,
    /// [`Limits::files`].
    Files,
    /// [`Limits::file_bytes`].
    FileBytes,
    /// [`Limits::host_calls`].
    HostCalls,
}

/// What one execution used, in the units of [`Limits`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Seconds from the first instruction to the end, time in host calls left out.
    pub wall_seconds: f64,
    /// CPU seconds of the program.
    pub cpu_seconds: f64,
    /// Seconds that host calls took.
    pub host_call_seconds: f64,
    /// Linear memory at its largest, in bytes.
    pub memory_bytes: u64,
    /// Bytes written to standard output and standard error.
    pub output_bytes: u64,
    /// Files and folders created.
    pub files: u64,
    /// Bytes in files created.
    pub file_bytes: u64,
    /// Calls through the door.
    pub host_calls: u64,
}

/// A size that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no size: write a number of bytes, or one with a unit such as 512M, 2G or 64KiB")]
pub struct ParseSizeError(String);

/// Reads a size such as `1048576`, `512M`, `2G`, `64KiB`. Units are powers of 1,024, with or without `B`/`iB`.
pub fn parse_bytes(text: &str) -> Result<u64, ParseSizeError> {
    let error = || ParseSizeError(text.chars().take(40).collect());
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let number: u64 = number.parse().map_err(|_| error())?;
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(error()),
    };
    number.checked_mul(1 << shift).ok_or_else(error)
}

/// Writes a size for people: `512 B`, `64.0 KiB`, `1.5 GiB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a figure for people, three digits at most")]
pub fn format_bytes(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (text, bytes) in
            [("0", 0), ("17", 17), ("1k", 1024), ("512M", 512 << 20), ("2 GiB", 2 << 30), ("64KiB", 65_536)]
        {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "-1", "1.5G", "1T", "99999999999999999999", "18446744073709551615G"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }
}

//! Which process a number means: numbers are used again, start times are not.

/// When a process started, in ticks since the host did: the 22nd field of its `stat` (proc(5)). `None`: there is none.
pub(in crate::backend) fn started(process: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(19)?.parse().ok()
}

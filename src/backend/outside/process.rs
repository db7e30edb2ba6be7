//! Which process a number means: numbers are used again, start times are not, and each container counts its own.

use sha2::{Digest as _, Sha256};

/// When a process started, in ticks since the host did: the 22nd field of its `stat` (proc(5)). `None`: there is none.
pub(in crate::backend) fn started(process: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// Names the machine and the PID namespace, in which numbers of processes mean what they mean here. The first namespace of a
/// machine has the same name after it was started again.
pub(in crate::backend) fn here() -> String {
    let machine = std::fs::read("/etc/machine-id").unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let named = [machine.as_slice(), namespace.as_os_str().as_encoded_bytes()].join(&b'\n');
    crate::execution::hexadecimal(&Sha256::digest(&named))[..12].to_owned()
}

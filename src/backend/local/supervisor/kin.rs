//! Everything that descends from a process: found in `/proc`, killed, waited for.

use std::collections::{HashMap, HashSet};
use std::fs;

use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, pidfd_open, pidfd_send_signal, wait};

/// What was reaped.
#[derive(Debug, Default)]
pub(super) struct Reaped {
    /// The end of the process that was asked for.
    pub(super) main: Option<WaitStatus>,
    /// Others that had to be killed.
    pub(super) killed: HashSet<i32>,
}

/// Takes the ends of all children that have ended; whether there are others.
pub(super) fn reap(main: Pid, reaped: &mut Reaped) -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => note(main, pid, status, reaped),
            Ok(None) => return true,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

fn note(main: Pid, pid: Pid, status: WaitStatus, reaped: &mut Reaped) {
    if pid == main {
        reaped.main = Some(status);
    }
}

/// Kills every descendant of the calling process, which is their reaper, until there is none.
pub(super) fn end_all(main: Pid, reaped: &mut Reaped) {
    while reap(main, reaped) {
        for (pid, since) in descendants() {
            kill(pid, since, main, reaped);
        }
        // One of those that were just killed. Their children come to us, and are killed in the next round.
        if let Ok(Some((pid, status))) = wait(WaitOptions::empty()) {
            note(main, pid, status, reaped);
        }
    }
}

fn kill(raw: i32, since: u64, main: Pid, reaped: &mut Reaped) {
    let Some(pid) = Pid::from_raw(raw) else { return };
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    // The number may have got another owner since it was read; what is held now cannot.
    if started(raw.unsigned_abs()) == Some(since) && pidfd_send_signal(&process, Signal::KILL).is_ok() && pid != main {
        reaped.killed.insert(raw);
    }
}

/// Processes below the calling one that have not ended, with when they started.
fn descendants() -> Vec<(i32, u64)> {
    let mut children: HashMap<i32, Vec<(i32, u64)>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Some(fields) = stat(pid.unsigned_abs()) else { continue };
        let mut fields = fields.split(' ');
        let ended = matches!(fields.next(), Some("Z" | "X"));
        let Some(parent) = fields.next().and_then(|parent| parent.parse::<i32>().ok()) else { continue };
        // Two fields of the line were taken here already.
        let Some(since) = fields.nth(SINCE - 2).and_then(|since| since.parse().ok()) else { continue };
        if !ended {
            children.entry(parent).or_default().push((pid, since));
        }
    }
    let mut found = Vec::new();
    let mut next = vec![getpid().as_raw_nonzero().get()];
    while let Some(parent) = next.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            found.push(child);
            next.push(child.0);
        }
    }
    found
}

/// Where the time of the start is among the fields that [`stat`] gives.
const SINCE: usize = 19;

/// When a process started, in ticks since the machine did; with its number that is its identity.
pub(crate) fn started(pid: u32) -> Option<u64> {
    stat(pid)?.split(' ').nth(SINCE)?.parse().ok()
}

/// The fields of `/proc/<pid>/stat` after the name, which may hold anything: state, parent, ...
fn stat(pid: u32) -> Option<String> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.rsplit_once(") ").map(|(_, fields)| fields.to_owned())
}

//! Everything that descends from a process: found in `/proc`, killed, waited for.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::Duration;

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, kill_process, pidfd_open, pidfd_send_signal, wait,
};

/// Pauses between looks at whether what was killed is gone.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(100);

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
    let mut known = HashSet::new();
    let mut pause = Duration::ZERO;
    while reap(main, reaped) {
        // A child that nobody has waited for keeps its number. `/proc`, which may hide it, need not be asked.
        if reaped.main.is_none() {
            let _ = kill_process(main, Signal::KILL);
        }
        let mut new = false;
        for process in descendants() {
            new |= known.insert((process.pid, process.since));
            kill(&process, main, reaped);
        }
        // The dead take a moment. Their children come to us, and are killed in the next round.
        pause = if new { Duration::ZERO } else { (pause * 2).clamp(SHORTEST, LONGEST) };
        std::thread::sleep(pause);
    }
}

fn kill(process: &Process, main: Pid, reaped: &mut Reaped) {
    let Some(pid) = Pid::from_raw(process.pid) else { return };
    let Ok(held) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    // The number may have got another owner since it was read; what is held now cannot.
    if started(process.pid.unsigned_abs()) == Some(process.since)
        && pidfd_send_signal(&held, Signal::KILL).is_ok()
        && process.lives
        && pid != main
    {
        reaped.killed.insert(process.pid);
    }
}

/// A process as it was found.
struct Process {
    pid: i32,
    /// When it started.
    since: u64,
    /// Whether anything of it runs: the first thread may have ended before others.
    lives: bool,
}

/// Processes below the calling one. They are killed whatever their state is: it is that of the first thread alone.
fn descendants() -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Some(fields) = stat(pid.unsigned_abs()) else { continue };
        let fields: Vec<&str> = fields.split(' ').collect();
        let number = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok());
        let Some(parent) = number(PARENT).and_then(|parent| i32::try_from(parent).ok()) else { continue };
        let Some(since) = number(SINCE) else { continue };
        let ended = matches!(fields.first(), Some(&("Z" | "X")));
        let lives = !ended || number(THREADS).is_some_and(|threads| threads > 1);
        children.entry(parent).or_default().push(Process { pid, since, lives });
    }
    let mut found = Vec::new();
    let mut next = vec![getpid().as_raw_nonzero().get()];
    while let Some(parent) = next.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            next.push(child.pid);
            found.push(child);
        }
    }
    found
}

/// Where the parent, the number of threads and the time of the start are among the fields that [`stat`] gives.
const PARENT: usize = 1;
const THREADS: usize = 17;
const SINCE: usize = 19;

/// When a process started, in ticks since the machine did; with its number that is its identity.
pub(crate) fn started(pid: u32) -> Option<u64> {
    stat(pid)?.split(' ').nth(SINCE)?.parse().ok()
}

/// The parent of a process.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.split(' ').nth(PARENT)?.parse().ok()
}

/// The fields of `/proc/<pid>/stat` after the name, which may hold anything: state, parent, ...
fn stat(pid: u32) -> Option<String> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.rsplit_once(") ").map(|(_, fields)| fields.to_owned())
}

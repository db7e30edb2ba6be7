//! A group of its own for each program, below a group that is delegated to Aerie: memory and number of all its processes
//! together, and their end at once. cgroup v2, or v1 with the controllers memory, pids and freezer, each where it is mounted
//! and writable. Groups are named after their supervisor, and the PID namespace in which its number is one; those of dead ones
//! are removed from there.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{Error, Missing, Wall, Walls};
use crate::backend::local::spec::Limits;
use crate::backend::local::supervisor::kin;
use crate::backend::outside::here;

const WALLS: [Wall; 3] = [Wall::GroupMemory, Wall::GroupProcesses, Wall::GroupKill];
const PREFIX: &str = "aerie-";

/// Why the walls of a group do not stand where a site wants none.
pub const NOT_CONFIGURED: &str = "no cgroup is configured; delegate one to Aerie's user and name it";

/// A group; dropping it removes it if it is empty.
#[derive(Debug)]
pub struct Group {
    version: Version,
    memory: Option<PathBuf>,
    pids: Option<PathBuf>,
    /// v2: the group itself; v1: the freezer's.
    kill: Option<PathBuf>,
    missing: Vec<Missing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Where the delegated group is in each hierarchy.
#[derive(Debug)]
struct Parents {
    version: Version,
    memory: Option<PathBuf>,
    pids: Option<PathBuf>,
    kill: Option<PathBuf>,
}

/// Adds why there is no group.
pub(super) fn lack(walls: &mut Walls, parent: Option<&Path>) {
    let why = match parent {
        None => NOT_CONFIGURED.to_owned(),
        Some(parent) => format!("the cgroup `{}` is not there, or not writable for this user", parent.display()),
    };
    for wall in WALLS {
        walls.lack(wall, why.clone());
    }
}

/// Adds what a delegated group offers.
pub(super) fn probe(parent: Option<&Path>, walls: &mut Walls) {
    let Some(parents) = parent.and_then(find) else { return lack(walls, parent) };
    for (wall, path) in WALLS.into_iter().zip([&parents.memory, &parents.pids, &parents.kill]) {
        match path {
            Some(_) => walls.stand(wall),
            None => walls.missing.push(no_controller(wall)),
        }
    }
}

fn no_controller(wall: Wall) -> Missing {
    let controller = match wall {
        Wall::GroupMemory => "memory",
        Wall::GroupProcesses => "pids",
        _ => "freezer",
    };
    Missing { wall, why: format!("the delegated cgroup has no controller `{controller}`") }
}

impl Group {
    /// Makes a group for a supervisor's program. `None`: there is nothing to make it in.
    pub fn create(parent: &Path, supervisor: u32, limits: &Limits) -> Result<Option<Self>, Error> {
        let Some(parents) = find(parent) else { return Ok(None) };
        let started = kin::started(supervisor).unwrap_or(0);
        let name = format!("{PREFIX}{}.{supervisor}-{started}", here());
        let mut group = Self { version: parents.version, memory: None, pids: None, kill: None, missing: Vec::new() };
        for (wall, parent) in WALLS.into_iter().zip([parents.memory, parents.pids, parents.kill]) {
            let Some(path) = parent.map(|parent| parent.join(&name)) else {
                group.missing.push(no_controller(wall));
                continue;
            };
            match fs::create_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(&path, &error)),
                _ => {}
            }
            let kept = match wall {
                Wall::GroupMemory => &mut group.memory,
                Wall::GroupProcesses => &mut group.pids,
                _ => &mut group.kill,
            };
            *kept = Some(path);
        }
        group.limit(limits)?;
        Ok(Some(group))
    }

    /// Limits all of its processes together.
    pub fn limit(&self, limits: &Limits) -> Result<(), Error> {
        let (memory, swap) = match self.version {
            Version::One => ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
            Version::Two => ("memory.max", "memory.swap.max"),
        };
        if let (Some(path), Some(bytes)) = (&self.memory, limits.memory) {
            put(path, memory, &bytes.to_string())?;
            // Not every kernel counts swap.
            let total = if self.version == Version::One { bytes } else { 0 };
            let _ = put(path, swap, &total.to_string());
        }
        if let (Some(path), Some(most)) = (&self.pids, limits.processes) {
            put(path, "pids.max", &most.to_string())?;
        }
        Ok(())
    }

    /// Moves the calling process in.
    pub(super) fn enter(&self, walls: &mut Walls) -> Result<(), Error> {
        for path in self.folders() {
            let entered = put(path, "cgroup.procs", "0");
            // Linux asks for the right to write in the nearest group that both are below (cgroups(7), "Delegation").
            entered.map_err(|error| match error {
                Error::Group { path, reason } if self.version == Version::Two => {
                    let advice = "start Aerie itself in a group below the one that `execution.local.cgroup` names";
                    Error::Group { path, reason: format!("{reason}; {advice}") }
                }
                error => error,
            })?;
        }
        for (wall, path) in WALLS.into_iter().zip([&self.memory, &self.pids, &self.kill]) {
            if path.is_some() {
                walls.stand(wall);
            }
        }
        walls.missing.extend(self.missing.iter().cloned());
        Ok(())
    }

    /// Sends `SIGKILL` to everything in it. Processes may still be ending afterwards.
    pub fn kill(&self) {
        let Some(path) = &self.kill else { return };
        kill(self.version, path);
    }

    /// Whether the kernel killed something in it because its memory was used up.
    #[must_use]
    pub fn oom(&self) -> bool {
        let Some(path) = &self.memory else { return false };
        let file = if self.version == Version::One { "memory.oom_control" } else { "memory.events" };
        let text = fs::read_to_string(path.join(file)).unwrap_or_default();
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.is_some_and(|count| count.trim() != "0")
    }

    fn folders(&self) -> Vec<&Path> {
        let mut folders: Vec<&Path> =
            [&self.memory, &self.pids, &self.kill].into_iter().flatten().map(PathBuf::as_path).collect();
        folders.dedup();
        folders
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for path in self.folders() {
            let _ = fs::remove_dir(path);
        }
    }
}

/// Ends what is left in the groups of dead supervisors, and removes them. For a start of Aerie, and after a supervisor was
/// killed; how many there were.
pub fn sweep(parent: &Path) -> usize {
    let Some(parents) = find(parent) else { return 0 };
    let here = here();
    let mut swept = 0;
    for folder in [&parents.kill, &parents.pids, &parents.memory].into_iter().flatten() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let own = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_prefix(&here)?.strip_prefix('.'));
            let Some((pid, started)) = own.and_then(|name| name.split_once('-')) else {
                continue;
            };
            let (Ok(pid), Ok(started)) = (pid.parse(), started.parse::<u64>()) else { continue };
            if kin::started(pid) == Some(started) {
                continue;
            }
            // A killed process leaves its group when it is gone, which takes a moment.
            for _ in 0..100 {
                kill(parents.version, &entry.path());
                if fs::remove_dir(entry.path()).is_ok() {
                    swept += 1;
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        }
    }
    swept
}

fn kill(version: Version, path: &Path) {
    if version == Version::Two && put(path, "cgroup.kill", "1").is_ok() {
        return;
    }
    // Frozen processes cannot start others while they are killed; they die when they thaw.
    let (file, frozen, thawed) = match version {
        Version::One => ("freezer.state", "FROZEN", "THAWED"),
        Version::Two => ("cgroup.freeze", "1", "0"),
    };
    let freezes = put(path, file, frozen).is_ok();
    let text = fs::read_to_string(path.join("cgroup.procs")).unwrap_or_default();
    for pid in text.lines().filter_map(|line| line.parse::<i32>().ok()).filter_map(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
    if freezes {
        let _ = put(path, file, thawed);
    }
}

/// Where a group is, in the hierarchies that are mounted.
fn find(parent: &Path) -> Option<Parents> {
    let inside = parent.strip_prefix("/").unwrap_or(parent);
    if !inside.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let writable = |mount: &Path| {
        let path = mount.join(inside);
        rustix::fs::access(&path, rustix::fs::Access::WRITE_OK).is_ok().then_some(path)
    };
    let mut one = Parents { version: Version::One, memory: None, pids: None, kill: None };
    for line in mounts.lines() {
        let Some((before, after)) = line.split_once(" - ") else { continue };
        let Some(mount) = before.split(' ').nth(4).map(Path::new) else { continue };
        let mut after = after.split(' ');
        let kind = after.next().unwrap_or_default();
        let options = after.nth(1).unwrap_or_default();
        if kind == "cgroup2"
            && let Some(path) = writable(mount)
        {
            let controllers = passed_on(&path);
            let has =
                |controller: &str| controllers.split_whitespace().any(|one| one == controller).then(|| path.clone());
            if has("memory").is_some() || has("pids").is_some() {
                let kill = Some(path.clone());
                return Some(Parents { version: Version::Two, memory: has("memory"), pids: has("pids"), kill });
            }
        }
        if kind == "cgroup" {
            for option in options.split(',') {
                match option {
                    "memory" => one.memory = writable(mount),
                    "pids" => one.pids = writable(mount),
                    "freezer" => one.kill = writable(mount),
                    _ => {}
                }
            }
        }
    }
    (one.memory.is_some() || one.pids.is_some() || one.kill.is_some()).then_some(one)
}

/// The controllers that groups below this one have (v2). What it was given itself is passed on, which Linux allows while no
/// process is in the group itself.
fn passed_on(group: &Path) -> String {
    let read = |file: &str| fs::read_to_string(group.join(file)).unwrap_or_default();
    let (given, mut passed) = (read("cgroup.controllers"), read("cgroup.subtree_control"));
    let among = |all: &str, wanted: &str| all.split_whitespace().any(|one| one == wanted);
    for controller in ["memory", "pids"] {
        if among(&given, controller)
            && !among(&passed, controller)
            && put(group, "cgroup.subtree_control", &format!("+{controller}")).is_ok()
        {
            passed = read("cgroup.subtree_control");
        }
    }
    passed
}

fn put(folder: &Path, file: &str, value: &str) -> Result<(), Error> {
    fs::write(folder.join(file), value).map_err(|error| failed(&folder.join(file), &error))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Group { path: path.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_that_leads_elsewhere_is_none() {
        for parent in ["..", "/../memory", "/a/../../b", "./x/..", "/does/not/exist"] {
            assert!(find(Path::new(parent)).is_none(), "{parent}");
        }
    }
}

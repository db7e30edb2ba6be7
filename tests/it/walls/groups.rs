//! Programs in control groups of their own, where this kernel and this user have some.

use std::path::Path;

use super::attacks::{DAEMON, daemons_number, kill_supervisor_of};
use super::bed::{Bed, alive, until};
use aerie::backend::local::confined::Error;
use aerie::backend::local::spec::Limits;
use aerie::backend::local::walls::{Wall, cgroup, probe};

/// A group in every hierarchy that takes one; removed again.
struct Groups(&'static str);

impl Groups {
    /// Of the second version, its own and that beside the first; then those of the first.
    const ROOTS: [&str; 5] = [
        "/sys/fs/cgroup",
        "/sys/fs/cgroup/unified",
        "/sys/fs/cgroup/memory",
        "/sys/fs/cgroup/pids",
        "/sys/fs/cgroup/freezer",
    ];

    fn make(name: &'static str) -> Self {
        for root in Self::ROOTS.map(Path::new) {
            if !root.join("cgroup.procs").exists() {
                continue;
            }
            // Of the second version: the root passes on what it has. It may have nothing, or another user's.
            for controller in ["+memory", "+pids"] {
                let _ = std::fs::write(root.join("cgroup.subtree_control"), controller);
            }
            let _ = std::fs::create_dir(root.join(name));
        }
        Self(name)
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for root in Self::ROOTS {
            let _ = std::fs::remove_dir(Path::new(root).join(self.0));
        }
    }
}

#[tokio::test]
async fn a_group_limits_all_processes_together_where_there_is_one() {
    let groups = Groups::make("aerie-attacks-limits");
    let mut bed = Bed::new();
    bed.processes = true;
    bed.cgroup = Some(Path::new("/").join(groups.0));
    bed.limits = Limits { memory: Some(128 << 20), processes: Some(20), ..Limits::default() };
    let promised = probe(bed.cgroup.as_deref());
    let run = bed
        .run("import os, time\nn = 0\ntry:\n    while n < 60:\n        if os.fork() == 0: time.sleep(99)\n        n += 1\nexcept BlockingIOError: pass\nprint(n)")
        .await;
    for wall in [Wall::GroupMemory, Wall::GroupProcesses, Wall::GroupKill] {
        assert_eq!(run.walls.stands(wall), promised.stands(wall), "{wall:?}");
    }
    assert_eq!(run.out, if promised.stands(Wall::GroupProcesses) { "19\n" } else { "60\n" });
    // Each of them below its own limit.
    let hungry = "import os\nfor _ in range(4):\n    if os.fork() == 0:\n        x = bytearray(60 << 20)\n        os._exit(0)\n\
                  x = bytearray(60 << 20)\nprint(sum(os.WIFSIGNALED(os.wait()[1]) for _ in range(4)))";
    let run = bed.run(hungry).await;
    assert!(run.ended.oom || !promised.stands(Wall::GroupMemory) || run.out == "0\n", "{:?}", run.ended);
    for root in Groups::ROOTS {
        let left = std::fs::read_dir(Path::new(root).join(groups.0)).into_iter().flatten().flatten();
        assert_eq!(left.filter(|entry| entry.path().is_dir()).count(), 0, "{root}");
    }
}

#[test]
fn groups_of_other_namespaces_are_not_swept() {
    let groups = Groups::make("aerie-attacks-elsewhere");
    let made: Vec<_> = Groups::ROOTS
        .iter()
        .map(|root| Path::new(root).join(groups.0).join("aerie-000000000000.1-1"))
        .filter(|group| std::fs::create_dir(group).is_ok())
        .collect();
    cgroup::sweep(&Path::new("/").join(groups.0));
    assert!(made.iter().all(|group| group.exists()));
    for group in made {
        std::fs::remove_dir(group).unwrap();
    }
}

#[tokio::test]
async fn a_killed_supervisor_takes_the_daemon_too_where_there_is_a_group() {
    let groups = Groups::make("aerie-attacks-sweep");
    let mut bed = Bed::new();
    bed.processes = true;
    bed.cgroup = Some(Path::new("/").join(groups.0));
    let mut started = bed.start(&format!("{DAEMON}\ntime.sleep(99)\n")).await;
    let daemon = daemons_number(&mut started).await;
    kill_supervisor_of(started.pid);
    assert_eq!(started.confined.ended().await, Err(Error::Lost));
    let pid = started.pid;
    until(|| !alive(pid)).await;
    if probe(bed.cgroup.as_deref()).stands(Wall::GroupKill) {
        until(|| !alive(daemon)).await;
    } else {
        rustix::process::kill_process(
            rustix::process::Pid::from_raw(daemon.cast_signed()).unwrap(),
            rustix::process::Signal::KILL,
        )
        .unwrap();
    }
}

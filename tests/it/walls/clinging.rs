//! Programs that cling to life, memory or room on the disk in odd ways.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aerie::backend::local::confined::Error;
use aerie::backend::{Backend as _, Surroundings, Workspace};
use aerie::execution::{Outcome, Status};
use rustix::process::{Pid, Signal, kill_process};
use tokio_util::sync::CancellationToken;

use super::bed::{Bed, alive, until};
use crate::support::{block_on_shared, job, local_with, processes_with, scratch};

/// Ends its first thread, which leaves a dead process to whoever looks at its state, and goes on in another.
const HEADLESS: &str = "import ctypes, os, threading\n\
    def on():\n    while True: pass\n\
    threading.Thread(target=on).start()\n\
    print('begun', flush=True)\n\
    ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)\n";

fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test]
async fn a_program_without_its_first_thread_ends_with_a_kill_and_when_its_holder_is_dropped() {
    let bed = Bed::new();
    let started = bed.start(HEADLESS).await;
    let pid = started.pid;
    until(|| !alive(pid)).await;
    assert!(is_there(pid), "all of it ended");
    started.confined.kill().unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), started.confined.ended()).await;
    assert_eq!(ended.expect("it goes on").unwrap().leftovers, 0);
    assert!(!is_there(pid));

    let started = bed.start(HEADLESS).await;
    let pid = started.pid;
    until(|| !alive(pid)).await;
    drop(started);
    until(|| !is_there(pid) && !bed.root.exists()).await;
}

#[tokio::test]
async fn children_without_their_first_thread_end_too() {
    let mut bed = Bed::new();
    bed.processes = true;
    let code = format!("import os\nif os.fork() == 0:\n    exec({HEADLESS:?})\nos.read(0, 1)\n");
    let started = bed.start(&code).await;
    let child = || {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", started.pid)).unwrap_or_default();
        children.trim().parse::<u32>().ok()
    };
    until(|| child().is_some_and(|child| !alive(child))).await;
    let child = child().unwrap();
    assert!(is_there(child), "all of it ended");
    started.confined.kill().unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), started.confined.ended()).await;
    assert_eq!(ended.expect("it goes on").unwrap().leftovers, 1);
    assert!(!is_there(child));
}

#[tokio::test]
async fn a_killed_supervisor_takes_a_program_that_became_another_from_a_second_thread() {
    let started = Bed::new()
        .start(
            "import os, sys, threading, time\n\
             again = [sys.executable, '-I', '-c', 'import time; time.sleep(99)', 'another']\n\
             threading.Thread(target=os.execv, args=(sys.executable, again)).start()\ntime.sleep(99)",
        )
        .await;
    let pid = started.pid;
    until(|| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("another"))).await;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let supervisor: i32 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap();
    kill_process(Pid::from_raw(supervisor).unwrap(), Signal::KILL).unwrap();
    assert_eq!(started.confined.ended().await, Err(Error::Lost));
    assert!(!alive(pid));
}

/// Runs a program on a backend whose folders are in a place of its own, and makes sure that nothing is left there.
fn run(code: &str, change: impl FnOnce(&mut aerie::backend::Job), surroundings: Surroundings) -> (Outcome, PathBuf) {
    let kept = scratch().keep();
    let root = kept.join("local");
    let backend = local_with(|settings| settings.root.clone_from(&root));
    let place = |name: &str| {
        let path = kept.join(name);
        std::fs::create_dir(&path).unwrap();
        path
    };
    let mut job = job(code);
    job.workspace = Some(Workspace { work: place("work"), scratch: place("scratch"), inputs: place("inputs") });
    change(&mut job);
    let report = block_on_shared(backend.run(job, surroundings)).unwrap();
    assert_eq!(processes_with(&root.display().to_string()), Vec::<u32>::new());
    assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0);
    (report.outcome, kept)
}

#[test]
fn a_program_without_its_first_thread_keeps_to_its_limits_and_can_be_cancelled() {
    let begun = Instant::now();
    let (outcome, _) = run(HEADLESS, |job| job.limits.wall = Duration::from_secs(2), Surroundings::default());
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Status::TimedOut, "begun\n"));
    let cancel = CancellationToken::new();
    let on_output = cancel.clone();
    let surroundings =
        Surroundings { events: Box::new(move |_| on_output.cancel()), cancel, ..Surroundings::default() };
    let (outcome, _) = run(HEADLESS, |_| {}, surroundings);
    assert_eq!(outcome.status, Status::Cancelled);
    assert!(begun.elapsed() < Duration::from_secs(30));
}

/// Fills memory up to 4 GiB, and gives up writing to what is full, which takes it off the kernel's own count.
const FILLS: &str = "import ctypes, mmap, time\nlibc = ctypes.CDLL(None)\nsize = 32 << 20\nkept = []\n\
    def fill():\n    while len(kept) < 128:\n        piece = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n        \
    at = ctypes.addressof(ctypes.c_char.from_buffer(piece))\n        ctypes.memset(at, 1, size)\n        \
    assert libc.mprotect(ctypes.c_void_p(at), ctypes.c_size_t(size), 1) == 0\n        kept.append(piece)\n        time.sleep(0.02)\n";

#[test]
fn memory_that_cannot_be_written_any_more_counts() {
    let ends = "import os, threading\nthreading.Thread(target=fill).start()\n\
                libc.syscall(60 if os.uname().machine == 'x86_64' else 93, 0)\n";
    for end in ["fill()\n", ends] {
        let limit = |job: &mut aerie::backend::Job| job.limits.memory = 512 << 20;
        let (outcome, _) = run(&format!("{FILLS}{end}"), limit, Surroundings::default());
        assert_eq!(outcome.status, Status::MemoryLimit, "{end}{}", outcome.stderr);
        assert!(outcome.usage.memory_bytes < 3 << 30, "{}", outcome.usage.memory_bytes);
    }
}

#[test]
fn folders_of_any_depth_are_gone_with_the_program() {
    let deep = "import os\nfor n in range(1500):\n    os.mkdir('d')\n    os.chdir('d')\n";
    let long = "import os\nfor n in range(20):\n    os.mkdir('n' * 240)\n    os.chdir('n' * 240)\nos.mkdir('no', 0)\n";
    let (outcome, _) = run(deep, |job| job.limits.files = 10_000, Surroundings::default());
    assert_eq!(outcome.status, Status::FileLimit, "{}", outcome.stderr);
    let (outcome, kept) = run(&format!("open('kept', 'w').close()\n{long}"), |_| {}, Surroundings::default());
    assert_eq!(outcome.status, Status::Succeeded, "{}", outcome.stderr);
    assert!(kept.join("work/kept").exists());
}

#[test]
fn of_too_many_files_no_more_are_kept_than_are_allowed() {
    let many = "for n in range(400): open(f'{n}', 'w').write('x' * 1000)\n";
    let (outcome, kept) = run(many, |job| job.limits.files = 50, Surroundings::default());
    assert_eq!(outcome.status, Status::FileLimit, "{}", outcome.stderr);
    assert!(std::fs::read_dir(kept.join("work")).unwrap().count() <= 50);
    let (outcome, kept) = run(many, |job| job.limits.file_bytes = 50_000, Surroundings::default());
    assert_eq!(outcome.status, Status::FileLimit, "{}", outcome.stderr);
    let lengths = std::fs::read_dir(kept.join("work")).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    assert!(lengths.sum::<u64>() <= 50_000);
}

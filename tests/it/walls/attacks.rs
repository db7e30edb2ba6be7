//! Programs that try to get out, with a real Python, on the kernel that is there.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use super::bed::{AERIE, Bed, alive, finish, until, venv};
use aerie::backend::local::confined::{Confined, Error};
use aerie::backend::local::spec::{How, Limits};
use aerie::backend::local::walls::{Wall, probe};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

#[tokio::test]
async fn a_program_speaks_through_its_door_and_its_pipes() {
    let mut started = Bed::new()
        .start("import os, sys\nos.write(0, os.read(0, 9)[::-1])\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(7)")
        .await;
    started.door.write_all(b"hello").await.unwrap();
    let mut answer = [0; 5];
    started.door.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"olleh");
    let run = finish(started).await;
    assert_eq!((run.ended.how, run.out.as_str(), run.err.as_str()), (How::Exited(7), "out\n", "err\n"));
    assert!(run.ended.cpu_seconds > 0.0 && run.ended.max_rss > 1 << 20 && run.ended.leftovers == 0);
}

#[tokio::test]
async fn what_the_probe_promises_stands_around_the_program() {
    let run = Bed::new().run("").await;
    let promised = probe(None);
    for wall in [Wall::Files, Wall::Tcp, Wall::Signals, Wall::Syscalls, Wall::Processes, Wall::Privileges] {
        assert_eq!(run.walls.stands(wall), promised.stands(wall), "{wall:?}");
    }
}

#[tokio::test]
async fn only_its_folders_are_there_for_it() {
    let bed = Bed::new();
    let lines = bed
        .attempts(
            "import pathlib\nread = lambda p: pathlib.Path(p).read_text()\nwrite = lambda p: pathlib.Path(p).write_text('x')",
            &[
                "read('../inputs/given')",
                "write('mine')",
                "write('../scratch/mine')",
                "read('/proc/self/status') and os.path.getsize('mine')",
                // From here on everything is refused.
                "read('../secret') if 0 else read('../../secret')",
                "os.symlink('../../secret', 'link') or read('link')",
                "os.link('../../secret', 'hard')",
                "os.rename('../../secret', 'moved')",
                "write('../inputs/given')",
                "os.remove('../inputs/given')",
                "write('../new')",
                "os.truncate('../inputs/given', 0)",
                "os.open('../inputs/given', os.O_RDONLY | os.O_TRUNC)",
                // Access mode 3 asks for no right to the bytes (open(2)).
                "os.open('../inputs/given', 3 | os.O_TRUNC)",
                "call(437, -100, b'../inputs/given\\0', (ctypes.c_uint64 * 3)(os.O_TRUNC, 0, 0), 24)",
                "read('/etc/passwd')",
                "read('/proc/self/root/etc/passwd')",
                "read('/proc/self/cwd/../../secret')",
                "os.listdir('/root')",
                "os.listdir('/home')",
                "os.listdir('/')",
                "os.listdir('/proc')",
                "read('/proc/1/cmdline')",
                "read(f'/proc/{os.getppid()}/environ')",
                "read(f'/proc/{os.getppid()}/cmdline')",
                "os.listdir(f'/proc/{os.getppid()}/fd')",
                "open('/proc/self/mem', 'r+b')",
                "write('/proc/self/oom_score_adj')",
                "write(sys.prefix + '/aerie-attack')",
                "write(sys.base_prefix + '/aerie-attack')",
                "open(os.__file__, 'a')",
                "os.mkfifo('pipe')",
                "os.mknod('device', 0o600 | 0o020000, os.makedev(1, 1))",
                "os.open('.', os.O_TMPFILE | os.O_RDWR) and os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
                "os.chroot('.')",
            ],
        )
        .await;
    assert_eq!(&lines[..4], ["given", "1", "1", "1"]);
    assert_eq!(lines.len(), 35);
    for (place, line) in lines.iter().enumerate().skip(4) {
        assert!(["EACCES", "EPERM", "EXDEV", "EROFS", "ENOSYS", "ENOTSUP"].contains(&line.as_str()), "{place}: {line}");
    }
    assert_eq!(std::fs::read_to_string(bed.root.join("inputs/given")).unwrap(), "given");
}

#[tokio::test]
async fn owners_and_modes_and_times_of_files_stay_as_they_are() {
    use std::os::unix::fs::MetadataExt as _;
    let bed = Bed::new();
    let secret = bed.root.parent().unwrap().join("secret");
    let before = secret.metadata().unwrap();
    let lines = bed
        .attempts(
            "import shutil",
            &[
                "os.chmod('../../secret', 0o777)",
                "os.utime('../../secret', (1, 1))",
                "os.chown('../../secret', 1, 1)",
                "os.setxattr('../../secret', 'user.x', b'x')",
                "shutil.copy('../inputs/given', 'copy')",
                "shutil.copy2('../inputs/given', 'copy2')",
            ],
        )
        .await;
    assert_eq!(lines, ["None", "None", "EPERM", "EPERM", "copy", "copy2"]);
    let after = secret.metadata().unwrap();
    assert_eq!((after.mode(), after.mtime(), after.uid()), (before.mode(), before.mtime(), before.uid()));
}

#[tokio::test]
async fn no_socket_but_the_door() {
    let families: Vec<String> = (0..46)
        .flat_map(|family| [1, 2, 3].map(|kind| format!("socket.socket({family}, {kind})")))
        .chain([
            "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)".to_owned(),
            "socket.fromfd(0, socket.AF_UNIX, socket.SOCK_STREAM).connect('/run/x')".to_owned(),
            "socket.socketpair()[0].bind('/tmp/x')".to_owned(),
            "socket.socketpair()[0].listen()".to_owned(),
            "socket.create_connection(('127.0.0.1', 1))".to_owned(),
        ])
        .collect();
    let families: Vec<&str> = families.iter().map(String::as_str).collect();
    let lines = Bed::new().attempts("", &families).await;
    assert_eq!(lines.len(), families.len());
    for (line, attempt) in lines.iter().zip(families) {
        assert_eq!(line, "EPERM", "{attempt}");
    }
    let lines = Bed::new().attempts("", &["[s.close() for s in socket.socketpair()]"]).await;
    assert_eq!(lines, ["[None, None]"]);
}

#[tokio::test]
async fn no_process_is_started_and_none_is_touched() {
    let parent = std::process::id();
    let touch: Vec<String> = [
        "os.fork()",
        "os.posix_spawn('/bin/sh', ['sh'], {})",
        "__import__('subprocess').run([sys.executable, '-V'])",
        "os.system('true') and os.fork()",
        "os.execv('/bin/sh', ['sh', '-c', 'true'])",
        "os.execv('/usr/bin/env', ['env'])",
        "os.kill(os.getppid(), 9)",
        "os.kill(os.getppid(), 0)",
        "os.kill(-1, 0)",
        "os.kill(1, 0)",
        "os.killpg(os.getpgid(os.getppid()), 9)",
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "os.setpriority(os.PRIO_PGRP, 0, 19)",
        "os.setpriority(os.PRIO_USER, 0, 19)",
        "os.setpriority(os.PRIO_USER, os.getpid(), 19)",
        "call(251, 2, 0, 0)",
        "call(251, 3, 0, 0)",
        "os.sched_setaffinity(os.getppid(), {0})",
        "__import__('resource').prlimit(os.getppid(), 7, (3, 3))",
        "__import__('fcntl').fcntl(1, 8, os.getppid())",
        "call(101, 16, os.getppid(), 0, 0)",
        "call(101, 0, 0, 0, 0)",
        "call(310, os.getppid(), 0, 0, 0, 0, 0)",
        "call(311, os.getppid(), 0, 0, 0, 0, 0)",
        "call(438, 1, 1, 0)",
        "call(157, 1, 0, 0, 0, 0)",
        "call(157, 4, 0, 0, 0, 0)",
        "call(157, 36, 1, 0, 0, 0)",
        "call(56, 0x10000000, 0, 0, 0, 0)",
        // By a folder that is open for reading: a snapshot (btrfs), flags. By a file: space that its size does not tell (XFS).
        "__import__('fcntl').ioctl(os.open('../inputs', 0), 0x50009401, bytes(1024))",
        "__import__('fcntl').ioctl(os.open('../inputs/given', 0), 0x40086602, bytes(8))",
        "__import__('fcntl').ioctl(os.open('mine', 66), 0x40305828, bytes(48))",
    ]
    .iter()
    .map(|line| (*line).to_owned())
    .chain([format!("os.kill({parent}, 0)"), format!("os.kill({parent}, 9)")])
    .collect();
    let touch: Vec<&str> = touch.iter().map(String::as_str).collect();
    let lines = Bed::new().attempts("", &touch).await;
    assert_eq!(lines.len(), touch.len());
    for (line, attempt) in lines.iter().zip(touch) {
        assert!(["EPERM", "EACCES"].contains(&line.as_str()), "{attempt}: {line}");
    }
}

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn calls_that_nobody_needs_are_refused_or_unknown() {
    let refused = [
        425, 426, 427, 321, 298, 323, 304, 303, 248, 249, 250, 165, 166, 155, 272, 308, 428, 429, 430, 431, 432, 175,
        313, 246, 169, 167, 168, 172, 173, 154, 312, 440, 448, 256, 279, 322, 317, 300, 301, 188, 105, 106, 116, 278,
    ];
    // clone3, memfd_create, memfd_secret, shmget, mq_open, inotify_init1, landlock_create_ruleset, io_setup, and two that
    // no kernel has; the last is `read` of the x32 interface.
    let unknown = [435, 319, 447, 29, 240, 294, 444, 206, 1000, 0x4000_0000];
    let calls: Vec<String> =
        refused.iter().chain(&unknown).map(|number| format!("call({number}, 0, 0, 0, 0, 0, 0)")).collect();
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    let lines = Bed::new().attempts("", &calls).await;
    for (place, (line, call)) in lines.iter().zip(calls).enumerate() {
        assert_eq!(line, if place < refused.len() { "EPERM" } else { "ENOSYS" }, "{call}");
    }
    assert_eq!(lines.len(), refused.len() + unknown.len());
}

#[tokio::test]
async fn it_may_become_another_python_behind_the_same_walls() {
    let run = Bed::new()
        .run(
            "import os, sys\nos.execv(sys.executable, [sys.executable, '-I', '-c', '''\n\
             for path in ('/etc/passwd', '/etc/group'):\n    try: open(path)\n    except OSError as e: print(e.errno)\n\
             import os\ntry: os.fork()\nexcept OSError as e: print(e.errno)\n'''])",
        )
        .await;
    assert_eq!((run.out.as_str(), run.ended.how), ("13\n13\n1\n", How::Exited(0)));
}

#[tokio::test]
async fn the_superuser_has_no_power_either() {
    let run = Bed::new()
        .run("print([line.split()[1] for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))])")
        .await;
    let bounding = if rustix::process::getuid().is_root() { "0000000000000000" } else { "" };
    assert!(run.out.starts_with("['0000000000000000', '0000000000000000', '0000000000000000'"), "{}", run.out);
    assert!(run.out.contains(bounding) && run.out.trim_end().ends_with("'1', '2']"), "{}", run.out);
    let lines = Bed::new()
        .attempts("import resource", &["os.setuid(1)", "os.setgroups([])", "os.nice(-5)", "call(170, 0, -1)"])
        .await;
    assert!(lines.iter().all(|line| line == "EPERM" || line == "EACCES"), "{lines:?}");
}

#[tokio::test]
async fn limits_hold_and_cannot_be_raised() {
    let mut bed = Bed::new();
    bed.limits = Limits {
        memory: Some(256 << 20),
        cpu_seconds: Some(20),
        file_bytes: Some(1 << 20),
        files: Some(64),
        processes: None,
    };
    let lines = bed
        .attempts(
            "import resource as r, mmap",
            &[
                "r.setrlimit(r.RLIMIT_DATA, (-1, -1))",
                "r.setrlimit(r.RLIMIT_CPU, (-1, -1))",
                "r.setrlimit(r.RLIMIT_FSIZE, (1 << 30, 1 << 30))",
                "r.setrlimit(r.RLIMIT_CORE, (1, 1))",
                "len(bytearray(300 << 20))",
                "mmap.mmap(-1, 300 << 20)",
                "mmap.mmap(-1, 300 << 20, flags=mmap.MAP_PRIVATE)",
                "len(bytearray(100 << 20))",
                "open('big', 'wb', buffering=0).write(bytes(1 << 20)) and open('big', 'ab', buffering=0).write(b'x')",
                "[os.dup(1) for _ in range(100)]",
            ],
        )
        .await;
    for (line, expected) in lines.iter().zip([
        "ValueError",
        "ValueError",
        "ValueError",
        "ValueError",
        "MemoryError",
        "EPERM",
        "ENOMEM",
        "104857600",
        "EFBIG",
        "EMFILE",
    ]) {
        assert!(line.starts_with(expected), "{expected}: {lines:?}");
    }
    assert_eq!(lines.len(), 10);
}

#[tokio::test]
async fn cpu_time_ends_it_even_if_it_does_not_listen() {
    let mut bed = Bed::new();
    bed.limits.cpu_seconds = Some(1);
    let run = bed.run("while True: pass").await;
    assert_eq!(run.ended.how, How::Signalled(24));
    let run = bed.run("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass").await;
    assert_eq!(run.ended.how, How::Signalled(9));
    // Beyond the second at which it was asked to end; how far is counted in ticks.
    assert!(run.ended.cpu_seconds > 1.2, "{}", run.ended.cpu_seconds);
}

#[tokio::test]
async fn limits_can_be_set_after_the_start_and_only_narrowed() {
    let mut started = Bed::new().start("import os\nos.read(0, 1)\nprint(__import__('resource').getrlimit(7))").await;
    started.confined.limits(Limits { files: Some(50), ..Limits::default() }).await.unwrap();
    started.confined.limits(Limits { files: Some(90), memory: Some(1 << 30), ..Limits::default() }).await.unwrap();
    let text = std::fs::read_to_string(format!("/proc/{}/limits", started.pid)).unwrap();
    assert!(text.lines().any(|line| line.starts_with("Max data size") && line.contains("1073741824")), "{text}");
    started.door.write_all(b"x").await.unwrap();
    assert_eq!(finish(started).await.out, "(50, 50)\n");
}

#[tokio::test]
async fn threads_and_numpy_and_asyncio_work() {
    let mut bed = Bed::new();
    bed.limits.memory = Some(1 << 30);
    let run = bed
        .run(
            "import threading, asyncio, numpy as np, tempfile, sqlite3, concurrent.futures as f, os\n\
             with f.ThreadPoolExecutor(8) as pool: print(sum(pool.map(lambda n: n * n, range(100))))\n\
             print(int(np.linalg.det(np.eye(200)) + (np.ones((300, 300)) @ np.ones((300, 300)))[0, 0]))\n\
             async def go(): return await asyncio.to_thread(lambda: 5)\nprint(asyncio.run(go()))\n\
             sqlite3.connect('x.db').execute('create table t (a)')\nnp.save('a.npy', np.arange(3)); print(np.load('a.npy', mmap_mode='r').sum())\n\
             os.kill(os.getpid(), 0)\nimport signal\nsignal.signal(signal.SIGUSR1, lambda *a: print('own'))\nsignal.raise_signal(signal.SIGUSR1)\n",
        )
        .await;
    assert_eq!((run.out.as_str(), run.err.as_str()), ("328350\n301\n5\n3\nown\n", ""));
}

#[tokio::test]
async fn an_interrupt_is_a_keyboard_interrupt_and_a_kill_is_the_end() {
    let mut started = Bed::new()
        .start("import os, time\ntry:\n    os.write(0, b'r')\n    time.sleep(99)\nexcept KeyboardInterrupt: print('interrupted')\nos.write(0, b'r')\ntime.sleep(99)")
        .await;
    let mut ready = [0];
    started.door.read_exact(&mut ready).await.unwrap();
    started.confined.interrupt().unwrap();
    started.door.read_exact(&mut ready).await.unwrap();
    started.confined.kill().unwrap();
    started.confined.kill().unwrap();
    let pid = started.pid;
    let run = finish(started).await;
    assert_eq!((run.ended.how, run.out.as_str()), (How::Signalled(9), ""));
    assert!(!alive(pid));
}

/// A daemon that left its parent, its session and its pipes; it writes its number into the door.
pub(super) const DAEMON: &str = "import os, time\n\
    if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.write(0, str(os.getpid()).encode() + b' ')\n        \
    os.close(1); os.close(2)\n        time.sleep(99)\n    os._exit(0)\nos.wait()\n";

pub(super) async fn daemons_number(started: &mut aerie::backend::local::confined::Started) -> u32 {
    let mut text = Vec::new();
    while !text.ends_with(b" ") {
        assert_ne!(started.door.read_buf(&mut text).await.unwrap(), 0);
    }
    String::from_utf8(text).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn a_daemon_ends_with_the_program() {
    let mut bed = Bed::new();
    bed.processes = true;
    let mut started = bed.start(&format!("{DAEMON}\nos.read(0, 1)\n")).await;
    let daemon = daemons_number(&mut started).await;
    assert!(alive(daemon));
    started.door.write_all(b"x").await.unwrap();
    let run = finish(started).await;
    assert_eq!((run.ended.how, run.ended.leftovers), (How::Exited(0), 1));
    assert!(!alive(daemon));
}

#[tokio::test]
async fn a_daemon_ends_with_a_kill_and_when_its_holder_is_dropped() {
    let mut bed = Bed::new();
    bed.processes = true;
    let code = format!("{DAEMON}\ntime.sleep(99)\n");
    let mut started = bed.start(&code).await;
    let daemon = daemons_number(&mut started).await;
    started.confined.kill().unwrap();
    assert_eq!(started.confined.ended().await.unwrap().leftovers, 1);
    assert!(!alive(daemon) && !alive(started.pid) && bed.root.exists());
    let mut started = bed.start(&code).await;
    let (daemon, pid) = (daemons_number(&mut started).await, started.pid);
    drop(started);
    until(|| !alive(daemon) && !alive(pid) && !bed.root.exists()).await;
}

#[tokio::test]
async fn with_processes_only_what_may_be_executed_is() {
    let mut bed = Bed::new();
    bed.processes = true;
    let lines = bed
        .attempts(
            "import subprocess, multiprocessing as m",
            &[
                "subprocess.run([sys.executable, '-I', '-c', 'print(1)'], capture_output=True).stdout",
                "subprocess.run(['/bin/sh', '-c', 'true'])",
                "os.kill(os.getppid(), 0)",
                "socket.socket()",
                "open('/etc/passwd')",
                "subprocess.run([sys.executable, '-I', '-c', 'open(\"/etc/passwd\")'], capture_output=True).returncode",
            ],
        )
        .await;
    // Whoever may start processes may signal some, and only Landlock can tell which (Linux 6.12).
    let signal = if probe(None).stands(Wall::Signals) { "EPERM" } else { "None" };
    assert_eq!(lines, ["b'1\\n'", "EACCES", signal, "EPERM", "EACCES", "1"]);
}

pub(super) fn kill_supervisor_of(pid: u32) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let supervisor: i32 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap();
    let supervisor = rustix::process::Pid::from_raw(supervisor).unwrap();
    rustix::process::kill_process(supervisor, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_fork_bomb_is_put_out() {
    let mut bed = Bed::new();
    bed.processes = true;
    // Each makes two more until there are some hundred, then all go on making and losing children.
    let mut started = bed
        .start("import os, time\nfor _ in range(7):\n    os.fork()\nos.write(0, b'x')\nwhile True:\n    if os.fork() == 0: os._exit(0)\n    os.wait()\n")
        .await;
    let mut count = 0;
    while count < 128 {
        let mut some = [0; 128];
        count += started.door.read(&mut some).await.unwrap();
    }
    started.confined.kill().unwrap();
    let ended = started.confined.ended().await.unwrap();
    assert!(ended.leftovers >= 127, "{}", ended.leftovers);
}

#[tokio::test]
async fn a_killed_supervisor_takes_the_program_with_it() {
    let started = Bed::new().start("import time\ntime.sleep(99)").await;
    kill_supervisor_of(started.pid);
    assert_eq!(started.confined.ended().await, Err(Error::Lost));
    let pid = started.pid;
    until(|| !alive(pid)).await;
}

/// Not a test of its own: the host that the next one kills. It runs only with a spec in its environment.
#[tokio::test]
async fn a_host_for_another_test() {
    let Ok(spec) = std::env::var("AERIE_HOST_SPEC") else { return };
    let spec = serde_json::from_str(&spec).unwrap();
    let mut started = Confined::start(Path::new(AERIE), &spec).await.unwrap();
    let daemon = daemons_number(&mut started).await;
    writeln!(std::io::stdout(), "\nnumbers {} {daemon}", started.pid).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_host_leaves_nothing() {
    let mut bed = Bed::new();
    bed.processes = true;
    let spec = serde_json::to_string(&bed.spec(&format!("{DAEMON}\ntime.sleep(99)\n"))).unwrap();
    let mut host = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "walls::attacks::a_host_for_another_test", "--nocapture"])
        .env("AERIE_HOST_SPEC", spec)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let numbers: Vec<u32> = loop {
        let line = lines.next_line().await.unwrap().expect("the host said nothing");
        if let Some(numbers) = line.strip_prefix("numbers ") {
            break numbers.split(' ').map(|number| number.parse().unwrap()).collect();
        }
    };
    assert!(numbers.iter().all(|number| alive(*number)));
    host.kill().await.unwrap();
    until(|| numbers.iter().all(|number| !alive(*number)) && !bed.root.exists()).await;
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let bed = Bed::new();
    let mut spec = bed.spec("");
    spec.program = "/does/not/exist".into();
    let Err(Error::Refused { reason }) = Confined::start(Path::new(AERIE), &spec).await else { panic!() };
    assert!(reason.contains("/does/not/exist"), "{reason}");
    let mut spec = bed.spec("");
    spec.work = bed.root.join("gone");
    let Err(Error::Refused { reason }) = Confined::start(Path::new(AERIE), &spec).await else { panic!() };
    assert!(reason.contains("gone"), "{reason}");
    let mut spec = bed.spec("");
    spec.program = "/bin/sh".into();
    assert!(matches!(Confined::start(Path::new(AERIE), &spec).await, Err(Error::Refused { .. })));
    let mut spec = bed.spec("");
    spec.environment.push(("HUGE".into(), "x".repeat(5 << 20)));
    assert!(matches!(Confined::start(Path::new(AERIE), &spec).await, Err(Error::Refused { .. })));
    let missing = Confined::start(Path::new("/does/not/exist"), &bed.spec("")).await;
    assert!(matches!(missing, Err(Error::Supervisor { .. })));
    let other = Confined::start(Path::new("/bin/true"), &bed.spec("")).await;
    assert!(matches!(other, Err(Error::Supervisor { .. })));
}

#[tokio::test]
async fn no_descriptor_of_the_host_gets_in() {
    let file = std::fs::File::open(venv().join("pyvenv.cfg")).unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    let run = Bed::new().run("import os\nprint(sorted(map(int, os.listdir('/proc/self/fd'))))").await;
    // The last one is the folder itself while it is read.
    assert_eq!(run.out, "[0, 1, 2, 3]\n");
}

#[tokio::test]
async fn many_at_once_all_end() {
    let bed = Bed::new();
    let (mut all, mut pids) = (Vec::new(), Vec::new());
    for n in 0..16 {
        all.push(bed.start(&format!("print({n})")).await);
    }
    for (n, started) in all.into_iter().enumerate() {
        pids.push(started.pid);
        assert_eq!(finish(started).await.out, format!("{n}\n"));
    }
    assert!(pids.into_iter().all(|pid| !alive(pid)));
}

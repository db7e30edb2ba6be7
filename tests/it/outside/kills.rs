//! What is killed at a bad moment leaves nothing behind, and is told.

use std::path::PathBuf;

use aerie::Coded as _;
use aerie::backend::{Backend as _, Surroundings};
use aerie::execution::Status;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, local};
use crate::servers::{Jupyter, until};
use crate::support::{block_on_shared, container_on, job, kill, local_with, processes_with, scratch};

/// Prints, then never ends.
const HANGS: &str = "print('begun', flush=True)\nwhile True: pass\n";

#[test]
fn a_killed_aerie_leaves_no_process_and_no_folder() {
    let desk = Desk::local();
    for _ in 0..3 {
        let mut aerie = desk.started(&["run", "-c", HANGS, "--read-only"]);
        let folder = desk.path("local");
        let running = || processes_with(&folder.display().to_string()).len();
        aerie.kill().expect("it is killed");
        aerie.wait().expect("it is gone");
        until("nothing runs", || running() == 0);
        until("no folder is left", || std::fs::read_dir(&folder).is_ok_and(|mut left| left.next().is_none()));
    }
    // What it had begun is found again.
    let (run, code) = desk.json(&["run", "-c", "results = 1", "--json"]);
    assert_eq!((code, &run["results"]), (0, &json!(1)), "{run:#}");
}

#[test]
fn kernels_of_a_killed_aerie_are_removed_by_the_next() {
    let server = Jupyter::start(&[]);
    let desk = Desk::container(&server);
    let mut aerie = desk.started(&["run", "-c", HANGS, "--read-only"]);
    assert_eq!(server.kernels().len(), 1);
    let left = server.kernels();
    aerie.kill().expect("it is killed");
    aerie.wait().expect("it is gone");
    let (run, code) = desk.json(&["run", "-c", "results = 1", "--json", "--read-only"]);
    assert_eq!((code, &run["results"]), (0, &json!(1)), "{run:#}");
    until("the kernel that was left is gone", || !server.kernels().iter().any(|kernel| left.contains(kernel)));
    until("nothing else is left", || server.processes().is_empty() && server.kernel_folders().is_empty());
}

#[test]
fn a_killed_kernel_is_an_error_that_says_so_and_is_tried_again() {
    let server = Jupyter::start(&[]);
    let backend = container_on(&server, |_| {});
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            until("the program runs", || server.kernels().len() == 1);
            std::thread::sleep(std::time::Duration::from_secs(1));
            for kernel in server.kernels() {
                kill("KILL", kernel);
            }
        });
        block_on_shared(backend.run(job("import time\ntime.sleep(60)"), Surroundings::default())).expect_err("it died")
    });
    assert_eq!(error.code().as_str(), "AE0907", "{error}");
    block_on_shared(backend.close());
    until("nothing is left", || server.processes().is_empty() && server.kernel_folders().is_empty());

    // In the pipeline a program that cannot write is run again.
    let desk = Desk::container(&server);
    let marker = desk.path("second");
    let first = std::thread::scope(|scope| {
        scope.spawn(|| {
            until("the program runs", || server.kernels().len() == 1);
            std::thread::sleep(std::time::Duration::from_secs(1));
            server.kernels().iter().for_each(|kernel| kill("KILL", *kernel));
            std::fs::write(&marker, "").expect("a file");
        });
        desk.json(&["run", "-c", "import time\ntime.sleep(3)\nresults = 1", "--json", "--read-only"])
    });
    assert_eq!((first.1, &first.0["results"]), (0, &json!(1)), "{:#}", first.0);
    assert!(marker.exists());
}

#[test]
fn kernels_that_died_or_hang_while_they_waited_are_not_used() {
    let server = Jupyter::start(&[]);
    for signal in ["KILL", "STOP"] {
        let backend = container_on(&server, |settings| settings.warm = 2);
        block_on_shared(backend.warm_up()).expect("a server");
        until("two kernels wait", || backend.waiting() == 2);
        let waited = server.kernels();
        assert_eq!(waited.len(), 2);
        for kernel in &waited {
            kill(signal, *kernel);
        }
        let code = "import os\nprint('once')\nresults = os.getpid()";
        let report = block_on_shared(backend.run(job(code), Surroundings::default())).expect("a report");
        assert_eq!((report.outcome.status, report.outcome.stdout.as_str()), (Status::Succeeded, "once\n"), "{signal}");
        let ran_in = report.outcome.results.and_then(|pid| pid.as_i64()).expect("a process");
        assert!(!waited.iter().any(|kernel| i64::from(*kernel) == ran_in), "{signal}");
        block_on_shared(backend.close());
        until("nothing is left", || server.processes().is_empty() && server.kernel_folders().is_empty());
    }
}

#[test]
fn a_killed_server_is_an_error_and_takes_its_kernels_along() {
    let mut server = Jupyter::start(&[]);
    let backend = container_on(&server, |settings| settings.timing.reconnect = std::time::Duration::from_secs(3));
    let error = std::thread::scope(|scope| {
        let killer = scope.spawn(|| {
            until("the program runs", || server.kernels().len() == 1);
            std::thread::sleep(std::time::Duration::from_secs(1));
            server.kill();
        });
        let error = block_on_shared(backend.run(job("import time\ntime.sleep(60)"), Surroundings::default()))
            .expect_err("the server is gone");
        killer.join().expect("it is killed");
        error
    });
    assert!(["AE0903", "AE0907", "AE0908"].contains(&error.code().as_str()), "{error}");
    until("nothing runs", || server.processes().is_empty());
    server.restart();
    let report = block_on_shared(backend.run(job("results = 1"), Surroundings::default())).expect("a report");
    assert_eq!(report.outcome.results, Some(json!(1)));
    block_on_shared(backend.close());
}

#[test]
fn what_is_cancelled_is_known_to_have_stopped() {
    let server = Jupyter::start(&[]);
    let container = container_on(&server, |_| {});
    // A program that holds on to whatever it can.
    let stubborn = "import signal, time\nfor name in (signal.SIGINT, signal.SIGTERM): signal.signal(name, lambda *_: None)\nprint('on', flush=True)\nwhile True:\n    try: time.sleep(0.01)\n    except BaseException: pass\n";
    let cancel = CancellationToken::new();
    let on_output = cancel.clone();
    let surroundings =
        Surroundings { events: Box::new(move |_| on_output.cancel()), cancel, ..Surroundings::default() };
    let report = block_on_shared(container.run(job(stubborn), surroundings)).expect("a report");
    assert_eq!(report.outcome.status, Status::Cancelled);
    assert!(server.kernels().is_empty(), "it still runs");
    block_on_shared(container.close());
    until("nothing is left", || server.processes().is_empty());
}

#[test]
fn daemons_of_a_program_that_may_start_processes_do_not_outlive_it() {
    let root: PathBuf = scratch().keep();
    let mark = format!("aerie-daemon-{}", std::process::id());
    let backend = local_with(|settings| {
        settings.processes = true;
        settings.root.clone_from(&root);
    });
    let code = format!(
        "import os, sys, time\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n            os.execv(sys.executable, [sys.executable, '-I', '-c', 'import time; time.sleep(600)', '{mark}'])\n        os._exit(0)\ntime.sleep(0.5)\nresults = 1\n"
    );
    let report = block_on_shared(backend.run(job(&code), Surroundings::default())).expect("a report");
    assert_eq!(report.outcome.results, Some(json!(1)), "{}", report.outcome.stderr);
    assert_eq!(processes_with(&mark), Vec::<u32>::new());
    std::fs::remove_dir_all(root).expect("an empty folder");
}

#[test]
fn folders_that_a_crash_left_are_swept_away() {
    let desk = Desk::new(&local(""));
    let folders = desk.path("local");
    let mut aerie = desk.started(&["run", "-c", HANGS, "--read-only"]);
    let there = std::fs::read_dir(&folders).expect("folders").next().expect("that of the program").expect("a folder");
    let name = there.file_name().into_string().expect("a name");
    let (machine, _) = name.strip_prefix("run-").and_then(|name| name.split_once('.')).expect("where it runs");
    aerie.kill().expect("it is killed");
    aerie.wait().expect("it is gone");
    // Of a process of this machine that is no more, and whose supervisor did not remove it.
    let left = folders.join(format!("run-{machine}.4194305.1-abc/work"));
    std::fs::create_dir_all(&left).expect("a folder");
    let (_, _, code) = desk.run(&["run", "-c", "print(1)", "-q"]);
    assert_eq!((code, left.exists(), desk.state().join("local").exists()), (0, false, true));
}

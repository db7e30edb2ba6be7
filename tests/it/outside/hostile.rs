//! Programs that speak to the host by themselves, as fast and as much as they like, in the place of the guest around them.
//! And what a kernel does to the files beside its own.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aerie::backend::{Backend, HostCall, HostCallError, HostCalls, HostReply, ProgramClock, Surroundings};
use aerie::execution::Status;
use async_trait::async_trait;
use serde_json::json;

use crate::servers::{Jupyter, until};
use crate::support::{block_on_shared, container_on, job, local_with, processes_with, scratch};

/// Answers after a while, all of which is the program's own time.
struct Slow {
    clock: ProgramClock,
    answered: Arc<AtomicU64>,
}

const WHILE: Duration = Duration::from_millis(50);

#[async_trait]
impl HostCalls for Slow {
    async fn call(&mut self, _: HostCall) -> Result<HostReply, HostCallError> {
        tokio::time::sleep(WHILE).await;
        self.clock.charge(WHILE);
        self.answered.fetch_add(1, Ordering::SeqCst);
        Ok(HostReply { value: json!(null), payload: Vec::new() })
    }
}

/// Has a program that asks without waiting for answers run for a second; gives how many it was given.
fn answered(backend: &dyn Backend, code: &str) -> u64 {
    let mut job = job(code);
    job.limits.wall = Duration::from_secs(1);
    let (clock, answered) = (ProgramClock::default(), Arc::new(AtomicU64::new(0)));
    let slow = Slow { clock: clock.clone(), answered: Arc::clone(&answered) };
    let surroundings = Surroundings { host_calls: Box::new(slow), clock, ..Surroundings::default() };
    let report = block_on_shared(backend.run(job, surroundings)).expect("a report");
    assert_eq!(report.outcome.status, Status::TimedOut, "{}", report.outcome.stderr);
    answered.load(Ordering::SeqCst)
}

/// Whether every backend outside ends this program as it should, and nothing of it is left.
fn both(check: impl Fn(&dyn Backend, bool)) {
    let folder = scratch();
    let root = folder.path().join("local");
    check(&local_with(|settings| settings.root.clone_from(&root)), true);
    until("no process is left", || processes_with(&root.display().to_string()).is_empty());
    let server = Jupyter::start(&[]);
    let container = container_on(&server, |_| {});
    check(&container, false);
    block_on_shared(container.close());
    until("no kernel is left", || server.processes().is_empty() && server.kernel_folders().is_empty());
}

#[test]
fn calls_that_wait_behind_each_other_do_not_outlive_the_time() {
    let frame = "import json, time\n\
                 header = json.dumps({'call': 'slow', 'args': {}}).encode()\n\
                 frame = len(header).to_bytes(4, 'little') + header\n";
    both(|backend, local| {
        let flood = if local {
            "import os\nwhile True: os.write(200, len(frame).to_bytes(4, 'little') + frame)\n"
        } else {
            "import _host\nn = _host._state['seq']\n\
             while True:\n    n += 1\n    _host._send(n, frame)\n    time.sleep(0.001)\n"
        };
        let answered = answered(backend, &format!("{frame}{flood}"));
        // Twenty fill its second.
        assert!((1..=40).contains(&answered), "{answered}");
    });
}

#[test]
fn what_goes_on_behind_its_own_end_is_cut_off() {
    let code = "from aerie_guest import door\n\
                door.call('job.finish', {'exit_status': 0, 'error': None})\n\
                while True:\n    try: door.call('none', {'x': 'y' * 500_000})\n    except door.HostError: pass\n";
    both(|backend, _| {
        let report = block_on_shared(backend.run(job(code), Surroundings::default())).expect("a report");
        assert_eq!(report.outcome.status, Status::Succeeded, "{}", report.outcome.stderr);
    });
}

#[test]
fn a_flood_of_rich_output_does_not_keep_a_kernel_from_being_stopped() {
    let server = Jupyter::start(&[]);
    let backend = container_on(&server, |_| {});
    // Larger and larger messages, most of whose bytes are values of a shape that takes many times their size.
    let code = "from IPython import get_ipython\n\
                kernel = get_ipython().kernel\n\
                parent = kernel.get_parent('shell')\n\
                data = {'text/html': '', 'application/json': [{'a': 0}] * 300_000}\n\
                while True:\n    \
                    kernel.session.send(kernel.iopub_socket, 'display_data', {'data': data, 'metadata': {}}, parent)\n";
    let mut job = job(code);
    job.limits.wall = Duration::from_secs(4);
    let report = block_on_shared(backend.run(job, Surroundings::default())).expect("a report");
    assert!(matches!(report.outcome.status, Status::TimedOut | Status::FileLimit), "{:?}", report.outcome);
    assert!(report.artifacts.iter().all(|artifact| artifact.bytes.is_empty()), "only the text is kept");
    block_on_shared(backend.close());
    until("no kernel is left", || server.processes().is_empty() && server.kernel_folders().is_empty());
}

/// What a kernel must not change of others' files: mode, owner, group, time of modification and of any change, length.
fn state(path: &Path) -> (u32, u32, u32, (i64, i64), (i64, i64), u64) {
    let is = fs::metadata(path).expect("it is there");
    let (modified, changed) = ((is.mtime(), is.mtime_nsec()), (is.ctime(), is.ctime_nsec()));
    (is.mode(), is.uid(), is.gid(), modified, changed, is.size())
}

#[test]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), ignore = "no filter for this processor")]
fn a_kernel_changes_nothing_of_the_files_beside_its_own() {
    let server = Jupyter::start(&[]);
    let root = server.kernel_root();
    let backend = container_on(&server, |_| {});
    // As if it were another kernel's.
    let other = root.join("other");
    fs::create_dir(&other).expect("a folder");
    let file = other.join("data");
    fs::write(&file, "precious").expect("a file");
    let before = [&other, &file].map(|path| state(path));
    let mode = state(&root).0;
    // By `posix`: in `os`, what lies in /tmp is translated.
    let attack = "import os, posix\n\
                  def tried(call, *arguments):\n    \
                      try: return str(call(*arguments))\n    \
                      except OSError as error: return os.strerror(error.errno)\n\
                  for place in places:\n    \
                      link = '/proc/self/fd/' + str(posix.open(place, os.O_PATH))\n    \
                      print(tried(posix.chmod, place, 0), tried(posix.chmod, link, 0), \
                            tried(posix.utime, place, (1, 1)), tried(posix.chown, place, 12345, 12345), \
                            tried(posix.setxattr, place, 'user.x', b'x'), sep=', ')\n\
                  tried(posix.truncate, place, 0)\n\
                  for mode in (os.O_RDONLY, os.O_ACCMODE):\n    \
                      tried(posix.open, place, mode | os.O_TRUNC)\n";
    let places = serde_json::to_string(&[&root, &other, &file]).expect("paths in UTF-8");
    let report = block_on_shared(backend.run(job(&format!("places = {places}\n{attack}")), Surroundings::default()));
    let outcome = report.expect("a report").outcome;
    assert_eq!(outcome.status, Status::Succeeded, "{}", outcome.stderr);
    let answers = "None, None, None, Operation not permitted, Operation not supported\n";
    assert_eq!(outcome.stdout, answers.repeat(3), "{}", outcome.stderr);
    assert_eq!([&other, &file].map(|path| state(path)), before);
    // Its times are those of kernels that come and go.
    assert_eq!(state(&root).0, mode);
    fs::remove_dir_all(&other).expect("still ours");
    block_on_shared(backend.close());
    until("no kernel is left", || server.processes().is_empty() && server.kernel_folders().is_empty());
}

#[test]
fn what_copies_and_packs_files_works_in_a_kernel() {
    let server = Jupyter::start(&[]);
    let backend = container_on(&server, |_| {});
    let code = "import os, shutil, sqlite3, subprocess, tarfile, tempfile, zipfile\n\
                here = tempfile.mkdtemp()\n\
                os.chdir(here)\n\
                os.mkdir('a')\n\
                with open('a/b', 'w') as file: file.write('some')\n\
                shutil.copy2('a/b', 'c')\n\
                shutil.copytree('a', 'd')\n\
                with zipfile.ZipFile('e.zip', 'w') as archive: archive.write('a/b')\n\
                zipfile.ZipFile('e.zip').extractall('f')\n\
                with tarfile.open('g.tar', 'w') as archive: archive.add('a')\n\
                tarfile.open('g.tar').extractall('h')\n\
                with open('c', 'r+') as file: file.truncate(2)\n\
                with sqlite3.connect('i') as base: base.execute('create table t (x)')\n\
                subprocess.run(['cp', '-p', 'a/b', 'j'], check=True)\n\
                print(*(os.path.getsize(name) for name in ('c', 'd/b', 'f/a/b', 'h/a/b', 'j')))\n\
                os.mkdir('closed', 0)\n";
    let report = block_on_shared(backend.run(job(code), Surroundings::default())).expect("a report");
    assert_eq!(report.outcome.status, Status::Succeeded, "{}", report.outcome.stderr);
    assert_eq!(report.outcome.stdout, "2 4 4 4 4\n");
    block_on_shared(backend.close());
    until("no kernel is left", || server.processes().is_empty() && server.kernel_folders().is_empty());
}

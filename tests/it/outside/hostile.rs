//! Programs that speak to the host by themselves, as fast and as much as they like, in the place of the guest around them.

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

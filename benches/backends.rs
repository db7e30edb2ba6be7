//! What the backends outside the sandbox cost: a hello in a warm kernel and in a process of this host, beside the same without
//! Aerie. Medians of one run; the ratio is what counts.
//!
//! The bare Jupyter client is `benches/peers/bare_jupyter.py`: one kernel that is used again and again, from the request to
//! the idle state. The bare subprocess is the same Python with `-I -c`.
#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a benchmark ends at the first fault"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aerie::backend::container::{ContainerBackend, ContainerSettings, Endpoint, Timing};
use aerie::backend::local::{LocalBackend, LocalSettings, Python};
use aerie::backend::{Backend, Job, Surroundings};
use aerie::config::Secret;
use aerie::execution::Status;

#[path = "../tests/it/servers/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests' servers, of which one is needed here")]
mod servers;

const HELLO: &str = "print('hello')";
const ROUNDS: usize = 60;

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| 1e3 * time.as_secs_f64())
}

fn row(what: &str, ms: f64, bare: f64) {
    println!("{what:<44} {ms:8.2} ms   {:5.2} x bare", ms / bare);
}

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        local().await;
        container().await;
    });
}

/// One hello, from the job to its report.
async fn hello(backend: &dyn Backend) -> Duration {
    let begun = Instant::now();
    let report = backend.run(Job::new(HELLO, 1), Surroundings::default()).await.expect("a report");
    let took = begun.elapsed();
    assert_eq!((report.outcome.status, report.outcome.stdout.as_str()), (Status::Succeeded, "hello\n"));
    took
}

async fn local() {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/aerie-cache");
    let interpreter = servers::kernels_python();
    let python = Python::find(Some(interpreter), &cache).expect("a Python");
    let open = |warm: usize| {
        LocalBackend::open(LocalSettings {
            aerie: PathBuf::from(env!("CARGO_BIN_EXE_aerie")),
            python: python.clone(),
            cache: cache.clone(),
            root: Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-local"),
            secrets: Vec::new(),
            environment: Vec::new(),
            processes: false,
            cgroup: None,
            warm,
            at_most: 4,
        })
        .expect("a local backend")
    };
    let (cold, warm) = (open(0), open(1));
    let (mut bare, mut starts, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let output = Command::new(interpreter).args(["-I", "-c", HELLO]).stdin(Stdio::null()).output().expect("Python");
        bare.push(begun.elapsed());
        assert_eq!(output.stdout, b"hello\n");
        starts.push(hello(&cold).await);
        warm.warm_up().await.expect("a process that waits");
        // What waits has had its time.
        tokio::time::sleep(Duration::from_millis(100)).await;
        waits.push(hello(&warm).await);
        // The next one that is to wait starts behind it, and not during somebody else's turn.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    warm.close().await;
    let bare = median(bare);
    println!("local");
    row("bare subprocess", bare, bare);
    row("hello, nothing started before", median(starts), bare);
    row("hello, one process waits", median(waits), bare);
}

async fn container() {
    let server = servers::Jupyter::start(&[]);
    let mut endpoint = Endpoint::new(servers::Jupyter::host(), server.port());
    endpoint.token = Some(Secret::new(server.token()));
    "python3-epics-readonly".clone_into(&mut endpoint.kernel_name);
    let backend = ContainerBackend::new(ContainerSettings {
        endpoint,
        owner: "bench".to_owned(),
        environment: Vec::new(),
        fingerprint: "container/bench".to_owned(),
        certain: false,
        warm: 1,
        at_most: 4,
        timing: Timing::default(),
    });
    let bare = bare_client(&server);
    backend.warm_up().await.expect("a server");
    let mut times = Vec::new();
    for _ in 0..ROUNDS / 2 {
        let begun = Instant::now();
        while backend.waiting() == 0 {
            assert!(begun.elapsed() < Duration::from_mins(1), "no kernel waits");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        times.push(hello(&backend).await);
    }
    backend.close().await;
    println!("container");
    row("bare client, one kernel for all", bare, bare);
    row("hello, a kernel waits", median(times), bare);
}

/// The median of the bare client, in milliseconds.
fn bare_client(server: &servers::Jupyter) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/bare_jupyter.py");
    let output = Command::new(servers::kernels_python())
        .arg(script)
        .args([&format!("127.0.0.1:{}", server.port()), server.token(), "python3-epics-readonly", &ROUNDS.to_string()])
        .output()
        .expect("Python");
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().unwrap_or_else(|_| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

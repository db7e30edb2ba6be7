//! What the sandbox costs, without peers: fresh executions, the door, memory, two cores against one.
//!
//! `cargo bench --bench sandbox`. Prints medians of repeated runs, ratios where a pair is measured side by side.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark ends at the first fault and prints its figures"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aerie::backend::wasi::WasiBackend;
use aerie::backend::wasi::pack::{Cache, DEFAULT_PACK, Manifest, Silent};
use aerie::backend::wasi::workers::{WorkerCommand, WorkerPool};
use aerie::backend::{Backend, HostCall, HostCallError, HostCalls, HostReply, Job, Surroundings};
use aerie::execution::{Status, format_bytes};

const HELLO: &str = "print(1 + 1)";
const NUMPY: &str = "import numpy as np\nprint(np.arange(1_000_000).sum())";
const PANDAS: &str = "\
import numpy as np, pandas as pd
df = pd.DataFrame({'k': np.arange(10_000) % 10, 'v': np.arange(10_000) * 0.5})
print(df.groupby('k').v.mean().sum())";
const FIGURE: &str = "\
import numpy as np, matplotlib.pyplot as plt
x = np.linspace(0, 10, 500)
plt.plot(x, np.sin(x), label='sin')
plt.title('Orbit'); plt.xlabel('s (m)'); plt.ylabel('x (mm)'); plt.legend()";

fn main() {
    let cache = Cache::at(cache_dir());
    let manifest = Manifest::find(DEFAULT_PACK, None).expect("the default pack");
    let backend = WasiBackend::open_or_install(&manifest, &cache, 4, &Silent).expect("a prepared pack");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");

    for (name, code, runs) in
        [("hello", HELLO, 400), ("numpy sum", NUMPY, 200), ("pandas groupby", PANDAS, 100), ("figure", FIGURE, 20)]
    {
        let median = runtime.block_on(median_of(&backend, code, runs));
        println!("fresh {name:<16} {:>9.3} ms", millis(median));
    }
    runtime.block_on(memory(&backend));
    runtime.block_on(door(&backend));
    runtime.block_on(throughput("threads in one process", &backend));
    let pool = WorkerPool::new(
        WorkerCommand {
            program: env!("CARGO_BIN_EXE_aerie").into(),
            pack: DEFAULT_PACK.to_owned(),
            cache_dir: cache.root().to_owned(),
            runtimes_dir: None,
        },
        2,
    );
    runtime.block_on(throughput("worker processes", &pool));
}

fn cache_dir() -> std::path::PathBuf {
    std::env::var_os("AERIE_CACHE_DIR")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/target/aerie-cache").into(), Into::into)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

async fn once(backend: &impl Backend, code: &str) -> Duration {
    let started = Instant::now();
    let report = backend.run(Job::new(code, 1), Surroundings::default()).await.expect("a report");
    assert_eq!(report.outcome.status, Status::Succeeded, "{}", report.outcome.stderr);
    started.elapsed()
}

async fn median_of(backend: &impl Backend, code: &str, runs: usize) -> Duration {
    for _ in 0..=runs / 10 {
        once(backend, code).await;
    }
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        times.push(once(backend, code).await);
    }
    times.sort();
    times[runs / 2]
}

/// Holds every program that calls it until all have, and notes the process's private memory then.
struct Hold {
    barrier: Arc<tokio::sync::Barrier>,
    seen: Arc<AtomicU64>,
}

#[async_trait::async_trait]
impl HostCalls for Hold {
    async fn call(&mut self, _: HostCall) -> Result<HostReply, HostCallError> {
        self.barrier.wait().await;
        self.seen.fetch_max(private_memory(), Ordering::Relaxed);
        self.barrier.wait().await;
        Ok(HostReply { value: serde_json::Value::Null, payload: Vec::new() })
    }
}

/// Anonymous memory of this process, in bytes.
fn private_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1024
}

/// What one more live instance costs after it used numpy: eight at once in a new backend, against none.
async fn memory(warm: &WasiBackend) {
    const AT_ONCE: u64 = 8;
    let backend = WasiBackend::open(warm.manifest(), &Cache::at(cache_dir()), 8).expect("a prepared pack");
    let before = private_memory();
    let barrier = Arc::new(tokio::sync::Barrier::new(8));
    let seen = Arc::new(AtomicU64::new(0));
    let code = "import numpy as np\nprint(np.arange(1000).sum())\nfrom aerie_guest import door\ndoor.call('hold')";
    let jobs = (0..AT_ONCE).map(|_| {
        let hold = Hold { barrier: Arc::clone(&barrier), seen: Arc::clone(&seen) };
        backend.run(Job::new(code, 1), Surroundings { host_calls: Box::new(hold), ..Surroundings::default() })
    });
    futures_util::future::join_all(jobs).await;
    let each = seen.load(Ordering::Relaxed).saturating_sub(before) / AT_ONCE;
    println!("private memory of a live instance after numpy {:>7}", format_bytes(each));
}

/// One frame there and back, measured inside the guest.
async fn door(backend: &impl Backend) {
    let code = "\
import time, _host, numpy as np
def rate(frame, n):
    best = []
    for _ in range(7):
        t = time.perf_counter()
        for _ in range(n): _host.call(frame)
        best.append((time.perf_counter() - t) / n)
    return sorted(best)[3] * 1e6
h = b'{\"call\":\"door.echo\"}'
head = len(h).to_bytes(4, 'little') + h
small = rate(head + b'x' * 16, 1000)
big = np.random.default_rng(1).normal(size=1_000_000)
times = []
for _ in range(7):
    t = time.perf_counter()
    r = _host.call(head + big.tobytes())
    back = np.frombuffer(r, dtype='<f8', offset=len(r) - 8_000_000)
    times.append(time.perf_counter() - t)
assert (back == big).all()
from aerie_guest import door
t = time.perf_counter()
for _ in range(1000): door.call('door.echo', {'channel': 'SR:C01:BPM1:X'})
json_call = (time.perf_counter() - t) * 1e3
print(f'door small frame {small:.2f} us, with JSON both ways {json_call:.2f} us, a million doubles {sorted(times)[3] * 1e3:.2f} ms')";
    let mut job = Job::new(code, 1);
    job.limits.host_calls = 100_000;
    let report = backend.run(job, Surroundings::default()).await.expect("a report");
    print!("{}{}", report.outcome.stdout, report.outcome.stderr);
}

/// Executions a second with one at a time, and with two.
async fn throughput(name: &str, backend: &impl Backend) {
    let mut ratios = Vec::new();
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for round in 0..6 {
        let single = rate(backend, 1).await;
        let double = rate(backend, 2).await;
        if round > 0 {
            ratios.push(double / single);
            one.push(single);
            two.push(double);
        }
    }
    for values in [&mut ratios, &mut one, &mut two] {
        values.sort_by(f64::total_cmp);
    }
    println!("{name:<24} one at a time {:>5.0}/s, two {:>5.0}/s, ratio {:.2}", one[2], two[2], ratios[2]);
}

async fn rate(backend: &impl Backend, at_once: usize) -> f64 {
    const RUNS: usize = 400;
    let started = Instant::now();
    let lanes = (0..at_once).map(|_| async {
        for _ in 0..RUNS / at_once {
            once(backend, HELLO).await;
        }
    });
    futures_util::future::join_all(lanes).await;
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let runs = RUNS as f64;
    runs / started.elapsed().as_secs_f64()
}

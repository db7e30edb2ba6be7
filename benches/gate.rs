//! What the gate costs, from guest to guest: small reads on the simulated machine, bulk reads and waveforms on a real IOC.
//!
//! `cargo bench --bench gate`. Prints medians; what a real IOC takes is shown beside what its protocol alone takes. The
//! judgement of a write against 10,000 rules is in `cargo bench --bench policy`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark ends at the first fault and prints its figures"
)]

#[path = "../tests/it/servers/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests' servers, of which this needs one")]
mod servers;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aerie::backend::Job;
use aerie::backend::wasi::WasiBackend;
use aerie::backend::wasi::pack::{Cache, DEFAULT_PACK, Manifest, Silent};
use aerie::channel::{Channel, Protocol};
use aerie::control::ControlSystem;
use aerie::control::epics::{ChannelAccess, EpicsSettings};
use aerie::control::mock::SimulatedMachine;
use aerie::execution::Status;
use aerie::gate::{self, Route, Routes, Run, Site};
use aerie::policy::{Machine, Policy, Principal};

const RUNS: usize = 5;

fn main() {
    let cache = Cache::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("target/aerie-cache"));
    let manifest = Manifest::find(DEFAULT_PACK, None).expect("the default pack");
    let backend = WasiBackend::open_or_install(&manifest, &cache, 2, &Silent).expect("a prepared pack");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let simulated = site(Routes::all(Arc::new(SimulatedMachine::new(1))), Machine::Simulated);
        for (name, call) in [
            ("door alone", "door.call('door.echo', {})"),
            ("control.read", "control.read('ca', 'SR:C01:HCM1:SP')"),
            ("epics.caget", "epics.caget('SR:C01:HCM1:SP')"),
        ] {
            println!("{name:<34} {:>9.1} µs", 1e6 * per_call(&backend, &simulated, call, 4_000).await);
        }

        let ioc = servers::Ioc::start(servers::Kind::Base);
        let settings = EpicsSettings { address_list: vec![ioc.ca_address()], ..EpicsSettings::channel_access() };
        let ca = Arc::new(ChannelAccess::connect(&settings).expect("an adapter"));
        let routes = Routes { ca: Some(Route::both(Arc::<ChannelAccess>::clone(&ca))), ..Routes::default() };
        let real = site(routes, Machine::Real);
        let prefix = ioc.prefix();
        let names: Vec<Channel> =
            (0..1_000).map(|n| Channel::parse(Protocol::Ca, &format!("{prefix}BULK{n}")).expect("a channel")).collect();
        let alone = median_of(|| async {
            let read = ca.get_many(&names, within()).await;
            assert!(read.iter().all(Result::is_ok));
        })
        .await;
        let bulk = format!("control.read_many('ca', ['{prefix}BULK%d' % n for n in range(1000)])");
        let through = per_call(&backend, &real, &bulk, 20).await;
        compared("1000 reads in one call, real IOC", through, alone);

        let wave = Channel::parse(Protocol::Ca, &format!("{prefix}BIGWF")).expect("a channel");
        ioc.witness().ca_put(wave.name(), vec![0.5; 1_000_000]).expect("a waveform");
        let alone = median_of(|| async {
            assert_eq!(ca.get(&wave, within()).await.expect("a waveform").value.len(), 1_000_000);
        })
        .await;
        let through = per_call(&backend, &real, &format!("epics.caget('{}')", wave.name()), 20).await;
        compared("a million doubles, real IOC", through, alone);
    });
}

fn within() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

fn site(routes: Routes, machine: Machine) -> Arc<Site> {
    let policy = Policy::built_in(machine).expect("rules");
    Arc::new(Site::new(routes, Protocol::Ca, policy, true))
}

fn compared(name: &str, through: f64, alone: f64) {
    println!(
        "{name:<34} {:>9.2} ms, the protocol alone {:.2} ms: {:.2} ms more",
        1e3 * through,
        1e3 * alone,
        1e3 * (through - alone)
    );
}

async fn median_of<F: Future<Output = ()>>(mut work: impl FnMut() -> F) -> f64 {
    let mut times = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        work().await;
        times.push(begun.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Seconds of one call as the guest sees it: the median of its own readings, and of several executions.
async fn per_call(backend: &WasiBackend, site: &Arc<Site>, call: &str, count: usize) -> f64 {
    let code = format!(
        "import time, epics\nfrom aerie_guest import control, door\n{call}\ntimes = []\n\
         for _ in range({count}):\n    begun = time.perf_counter()\n    {call}\n    times.append(time.perf_counter() - begun)\n\
         times.sort()\nresults = times[len(times) // 2]\n"
    );
    let mut medians = Vec::new();
    for _ in 0..RUNS {
        let mut job = Job::new(code.clone(), 1);
        job.limits.host_calls = 1_000_000;
        let run = Run::new(Arc::clone(site), Principal::named("bench"));
        let report = gate::read_only(backend, job, run).await.expect("the machinery works").report;
        assert_eq!(report.outcome.status, Status::Succeeded, "{}", report.outcome.stderr);
        medians.push(report.outcome.results.and_then(|value| value.as_f64()).expect("a time"));
    }
    medians.sort_by(f64::total_cmp);
    medians[RUNS / 2]
}

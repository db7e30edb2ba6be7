//! What the pipeline adds to a read-only program: analysis, commits to SQLite on the disk, folder and notebook. And what a list
//! of many executions takes. `cargo bench --bench pipeline`; medians, both ways side by side in one run.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark ends at the first fault and prints its figures"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aerie::analysis::{Analyzer, BackendKind, Inventories};
use aerie::backend::wasi::WasiBackend;
use aerie::backend::wasi::pack::{Cache, DEFAULT_PACK, Manifest, Silent};
use aerie::backend::{Backend, Job, Surroundings};
use aerie::channel::Protocol;
use aerie::config::ModeName;
use aerie::control::mock::SimulatedMachine;
use aerie::execution::{PythonExecutionRequest, Status};
use aerie::gate::{Authority, Routes, Site};
use aerie::generation::Registry;
use aerie::policy::{Machine, Policy, Principal};
use aerie::service::{Caller, Facilities, Service, ServiceStatus, Settings, Unavailable};
use aerie::store::{Options, SqliteStore};

const PROGRAM: &str = "import numpy as np\nresults = {'mean': float(np.arange(1000).mean())}\n";
const ROUNDS: usize = 300;

struct Parts {
    backend: Arc<dyn Backend>,
    site: Arc<Site>,
    analyzer: Arc<Analyzer>,
}

impl Facilities for Parts {
    fn backend(&self, _: BackendKind, _: Option<&str>, _: ModeName) -> Result<Arc<dyn Backend>, Unavailable> {
        Ok(Arc::clone(&self.backend))
    }
    fn site(&self) -> Result<Arc<Site>, Unavailable> {
        Ok(Arc::clone(&self.site))
    }
    fn analyzer(&self, _: Option<BackendKind>, _: Option<&str>) -> Result<Arc<Analyzer>, Unavailable> {
        Ok(Arc::clone(&self.analyzer))
    }
    fn generators(&self) -> Result<Arc<Registry>, Unavailable> {
        Ok(Arc::new(Registry::new()))
    }
    fn packages(&self, _: BackendKind, _: Option<&str>) -> Vec<(String, String)> {
        Vec::new()
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| 1e3 * time.as_secs_f64())
}

fn main() {
    let cache = Cache::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("target/aerie-cache"));
    let manifest = Manifest::find(DEFAULT_PACK, None).expect("the default pack");
    let backend = WasiBackend::open_or_install(&manifest, &cache, 2, &Silent).expect("a prepared pack");
    let machine = Arc::new(SimulatedMachine::new(1));
    let policy = Policy::built_in(Machine::Simulated).expect("the built-in rules");
    let parts = Parts {
        backend: Arc::new(backend.clone()),
        site: Arc::new(Site::new(Routes::all(machine), Protocol::Ca, policy, true)),
        analyzer: Arc::new(
            Analyzer::new(aerie::analysis::Settings::default(), Inventories::default()).expect("an analyser"),
        ),
    };
    // Not in memory: what is measured is what is on the disk when it returns.
    let state = tempfile::tempdir_in(Path::new(env!("CARGO_MANIFEST_DIR")).join("target")).expect("a state folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = SqliteStore::open(state.path(), Options::default()).await.expect("a store");
        let authority = Authority::open(state.path()).expect("an authority");
        let settings = Settings::new(state.path().join("executed_scripts"));
        let service = Service::new(Arc::new(store), Arc::new(parts), authority, settings);
        let caller = Caller::new(Principal::named("bench"));
        let (mut bare, mut whole) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let started = Instant::now();
            let report = backend.run(Job::new(PROGRAM, 1), Surroundings::default()).await.expect("a report");
            assert_eq!(report.outcome.status, Status::Succeeded);
            let alone = started.elapsed();
            let started = Instant::now();
            let result =
                service.execute(PythonExecutionRequest::of_code(PROGRAM), caller.clone()).await.expect("a result");
            assert_eq!(result.status, ServiceStatus::Succeeded);
            if round >= ROUNDS / 10 {
                bare.push(alone);
                whole.push(started.elapsed());
            }
        }
        let (bare, whole) = (median(bare), median(whole));
        println!("bare backend              {bare:>8.2} ms");
        println!("pipeline                  {whole:>8.2} ms");
        println!("what the pipeline adds    {:>8.2} ms", whole - bare);
    });
}

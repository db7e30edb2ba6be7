//! The pipeline from a request to its results: the real sandbox, the real store, a machine that is simulated or a real IOC,
//! through the library and through the command line.

mod approvals;
mod executions;
mod main_flow;
mod retries;
mod seed;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aerie::analysis::{Analyzer, BackendKind, Inventories, Inventory, RULES as ANALYSES, Settings as Looks, Version};
use aerie::approval::Digest;
use aerie::backend::wasi::WasiBackend;
use aerie::backend::{Backend, Confinement, Error, Job, Report, Surroundings};
use aerie::channel::{Protocol, Value as Written};
use aerie::config::ModeName;
use aerie::control::mock::SimulatedMachine;
use aerie::error::ErrorCode;
use aerie::execution::{ExecutionId, PythonExecutionRequest, Verdict};
use aerie::gate::{Authority, Routes, Site};
use aerie::generation::{MockGenerator, Registry};
use aerie::policy::{Machine, Options, Policy, Principal, Source, SourceKind};
use aerie::service::{Answer, Caller, Facilities, PythonServiceResult, Service, Settings, Unavailable};
use aerie::store::SqliteStore;
use async_trait::async_trait;
use serde_json::Value;

use crate::support::{aerie, said, sandbox, scratch};

/// A machine with two setpoints, one that anybody may write, and one that is asked about each time.
const MACHINE: &str = "
only: true
noise: 0
channels:
  A:SP: {type: double, value: 1.0, unit: A, limits: [-9, 9]}
  B:SP: {type: double, value: 2.0, limits: [-9, 9]}
  FREE:SP: {type: double, value: 0.0, limits: [-9, 9]}
  EACH:SP: {type: double, value: 0.0, limits: [-9, 9]}
  LOSES: {type: double, value: 0.0, limits: [-9, 9], faults: {put: lost}}
";

const RULES: &str = "
version: 1
rules:
  - {name: asked, channels: ['A:SP', 'B:SP', LOSES], access: write, min: -5, max: 5, settle: 20ms}
  - {name: free, channels: ['FREE:SP'], access: write, min: -5, max: 5, settle: 20ms, confirm: never}
  - {name: each, channels: ['EACH:SP'], access: write, min: -5, max: 5, settle: 20ms, confirm: always}
";

/// Writes two channels and reads one back.
const TWO: &str =
    "import epics\nepics.caput('A:SP', 1.5)\nepics.caput('B:SP', 2.5)\nresults = {'a': epics.caget('A:SP')}\n";

/// The shared sandbox, with faults of the machinery where a test wants them, and what it was given to run.
struct Machinery {
    fails: AtomicU32,
    jobs: Mutex<Vec<String>>,
}

#[async_trait]
impl Backend for Machinery {
    fn name(&self) -> &'static str {
        "wasi"
    }
    fn fingerprint(&self) -> String {
        sandbox().fingerprint()
    }
    fn confinement(&self) -> Confinement {
        Confinement::Enforced
    }
    async fn run(&self, job: Job, surroundings: Surroundings) -> Result<Report, Error> {
        self.jobs.lock().expect("a lock").push(job.code.clone());
        if self.fails.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(aerie::backend::wasi::Error::Worker("it died".to_owned()).into());
        }
        WasiBackend::run(sandbox(), job, surroundings).await
    }
}

/// What the services of one bench share.
struct Parts {
    machinery: Arc<Machinery>,
    site: Mutex<Arc<Site>>,
    analysis: Mutex<String>,
    generators: Mutex<Arc<Registry>>,
}

impl Facilities for Parts {
    fn backend(&self, kind: BackendKind, _: Option<&str>, _: ModeName) -> Result<Arc<dyn Backend>, Unavailable> {
        match kind {
            BackendKind::Wasi => Ok(Arc::<Machinery>::clone(&self.machinery)),
            other => Err(Unavailable {
                code: ErrorCode::BackendUnavailable,
                message: format!("there is no {} here", other.as_str()),
            }),
        }
    }
    fn site(&self) -> Result<Arc<Site>, Unavailable> {
        Ok(Arc::clone(&self.site.lock().expect("a lock")))
    }
    fn analyzer(&self, _: Option<BackendKind>, _: Option<&str>) -> Result<Arc<Analyzer>, Unavailable> {
        let names: Vec<&str> = ANALYSES.iter().map(|rule| rule.name).collect();
        let settings =
            Looks::from_yaml(&self.analysis.lock().expect("a lock"), "config.yml", &names).expect("settings");
        let wasi = Inventory::of_pack("science", Version::NEWEST);
        Ok(Arc::new(Analyzer::new(settings, Inventories { wasi, container: None, local: None })?))
    }
    fn generators(&self) -> Result<Arc<Registry>, Unavailable> {
        Ok(Arc::clone(&self.generators.lock().expect("a lock")))
    }
    fn packages(&self, _: BackendKind, _: Option<&str>) -> Vec<(String, String)> {
        vec![("numpy".to_owned(), "2".to_owned())]
    }
}

/// A state folder, a machine and its rules. Each [`Bench::service`] is a process of its own as far as the store is concerned.
struct Bench {
    machine: Arc<SimulatedMachine>,
    parts: Arc<Parts>,
    settings: Settings,
    folder: tempfile::TempDir,
}

fn site_of(machine: &Arc<SimulatedMachine>, rules: &str) -> Arc<Site> {
    let source = Source { name: "rules.yml", text: rules, kind: SourceKind::Rules };
    let options = Options { machine: Machine::Simulated, ..Options::default() };
    let policy = Policy::load(&[source], &options).unwrap_or_else(|errors| panic!("{errors}"));
    Arc::new(Site::new(Routes::all(Arc::<SimulatedMachine>::clone(machine)), Protocol::Ca, policy, true))
}

impl Bench {
    fn new() -> Self {
        // Opening the sandbox is no work for a runtime's thread.
        std::thread::spawn(|| drop(sandbox().fingerprint())).join().expect("a sandbox");
        let machine = Arc::new(SimulatedMachine::from_yaml(MACHINE, "machine.yml").expect("a machine"));
        let folder = scratch();
        let parts = Parts {
            machinery: Arc::new(Machinery { fails: AtomicU32::new(0), jobs: Mutex::default() }),
            site: Mutex::new(site_of(&machine, RULES)),
            analysis: Mutex::default(),
            generators: Mutex::new(Arc::new(Registry::new())),
        };
        let settings = Settings::new(folder.path().join("executed_scripts"));
        Self { machine, parts: Arc::new(parts), settings, folder }
    }

    /// With other settings.
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// With a generator.
    fn generator(mut self, generator: MockGenerator) -> (Self, Arc<MockGenerator>) {
        let generator = Arc::new(generator);
        let mut registry = Registry::new();
        registry.register("recorded", Arc::<MockGenerator>::clone(&generator));
        *self.parts.generators.lock().expect("a lock") = Arc::new(registry);
        self.settings.generator = Some("recorded".to_owned());
        (self, generator)
    }

    /// With a generator that gives these programs.
    fn answering(self, codes: &[&str]) -> (Self, Arc<MockGenerator>) {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        self.generator(MockGenerator::answering("recorded", codes).expect("a generator"))
    }

    fn rules(&self, rules: &str) {
        *self.parts.site.lock().expect("a lock") = site_of(&self.machine, rules);
    }

    async fn service(&self) -> Service {
        let store = SqliteStore::open(self.folder.path(), aerie::store::Options::default()).await.expect("a store");
        let authority = Authority::open(self.folder.path()).expect("an authority");
        Service::new(Arc::new(store), Arc::<Parts>::clone(&self.parts), authority, self.settings.clone())
    }

    /// A request in a process of its own.
    async fn execute(&self, request: PythonExecutionRequest) -> PythonServiceResult {
        self.service().await.execute(request, by("alice")).await.expect("the pipeline works")
    }

    async fn run(&self, code: &str) -> PythonServiceResult {
        self.execute(PythonExecutionRequest::of_code(code)).await
    }

    /// What was really written.
    fn writes(&self) -> Vec<(String, Written)> {
        self.machine.writes()
    }

    fn wrote(&self) -> Vec<String> {
        self.writes().into_iter().map(|(name, _)| name).collect()
    }

    /// The kinds of an execution's events.
    async fn kinds(&self, id: ExecutionId) -> Vec<String> {
        let service = self.service().await;
        let entries = service.store().events(id).await.expect("events");
        entries.iter().map(|entry| entry.read().expect("an entry").kind).collect()
    }

    /// The events of a kind.
    async fn events(&self, id: ExecutionId, kind: &str) -> Vec<Value> {
        let service = self.service().await;
        let entries = service.store().events(id).await.expect("events");
        let bodies = entries.iter().map(|entry| entry.read().expect("an entry"));
        bodies.filter(|body| body.kind == kind).map(|body| body.body).collect()
    }
}

fn by(name: &str) -> Caller {
    Caller::new(Principal::named(name))
}

fn approve(digest: &Digest) -> Answer {
    let comment = "shift 3".to_owned();
    Answer { verdict: Verdict::Approve, comment, seen: Some(digest.short().to_owned()), code: None }
}

fn reject(reason: &str) -> Answer {
    Answer { verdict: Verdict::Reject, comment: reason.to_owned(), seen: None, code: None }
}

/// The digest of what is asked.
fn asked(result: &PythonServiceResult) -> &Digest {
    &result.waits.as_ref().unwrap_or_else(|| panic!("it asks: {result:#?}")).digest
}

fn task(words: &str) -> PythonExecutionRequest {
    PythonExecutionRequest { user_query: words.to_owned(), ..PythonExecutionRequest::default() }
}

/// A folder with a configuration, and the `aerie` command in it.
struct Desk {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

const SITE: &str =
    "control_system:\n  type: mock\n  connector: {mock: {machine: machine.yml}}\n  policy: [rules.yml]\n";

impl Desk {
    /// A simulated machine, and this much more of a configuration.
    fn new(more: &str) -> Self {
        let desk = Self { folder: scratch(), environment: Vec::new() };
        desk.write("machine.yml", MACHINE);
        desk.write("rules.yml", RULES);
        desk.write("two.py", TWO);
        desk.write("config.yml", &format!("{SITE}{more}"));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).expect("a file");
        self.path(name).display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = aerie(self.folder.path());
        command.args(arguments).env("AERIE_CONFIG", self.path("config.yml")).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).current_dir(self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> (String, String, i32) {
        said(&self.command(arguments).output().expect("aerie starts"))
    }

    /// One JSON document, and the exit code.
    fn json(&self, arguments: &[&str]) -> (Value, i32) {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let (out, err, code) = self.run(&arguments);
        (serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {out}{err}")), code)
    }
}

/// Text of a JSON value that is one.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// That a notebook is one of nbformat 4.5, as far as its schema says it without a library; gives its cells' sources.
fn cells_of(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let notebook: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!((&notebook["nbformat"], &notebook["nbformat_minor"]), (&4.into(), &5.into()));
    assert!(notebook["metadata"].is_object());
    let mut ids = std::collections::BTreeSet::new();
    let mut sources = Vec::new();
    for cell in notebook["cells"].as_array().expect("cells") {
        let id = text(&cell["id"]);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!((1..=64).contains(&id.len()) && id.chars().all(plain) && ids.insert(id.to_owned()), "{id}");
        assert!(cell["metadata"].is_object());
        if cell["cell_type"] == "code" {
            assert!(cell["execution_count"].is_number() || cell["execution_count"].is_null());
            for output in cell["outputs"].as_array().expect("outputs") {
                let kinds = ["stream", "display_data", "execute_result", "error"];
                assert!(kinds.contains(&text(&output["output_type"])), "{output}");
            }
        } else {
            assert_eq!(cell["cell_type"], "markdown");
            assert!(cell.get("outputs").is_none());
        }
        sources.push(match &cell["source"] {
            Value::Array(lines) => lines.iter().map(text).collect(),
            source => text(source).to_owned(),
        });
    }
    sources
}

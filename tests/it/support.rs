//! What tests share: a prepared sandbox, the `aerie` command, scratch folders.
//!
//! The runtime is installed by the first test that needs it, into `target/aerie-cache`, with the product's own installer:
//! when that fails, the tests fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use aerie::backend::container::{ContainerBackend, ContainerSettings, Endpoint, Timing};
use aerie::backend::local::{LocalBackend, LocalSettings, Python};
use aerie::backend::wasi::WasiBackend;
use aerie::backend::wasi::pack::{Cache, DEFAULT_PACK, Manifest, Progress, Stage};
use aerie::backend::{Backend, Job, Report, Surroundings};
use aerie::config::Secret;

use crate::servers::{Jupyter, kernels_python};

/// Executions at once in the shared sandbox.
pub(crate) const SLOTS: u32 = 4;

/// Where the tests' runtimes are kept, across runs.
pub(crate) fn cache_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/aerie-cache")
}

pub(crate) fn cache() -> Cache {
    Cache::at(cache_dir())
}

pub(crate) fn manifest(name: &str) -> Manifest {
    Manifest::find(name, None).expect("a built-in pack")
}

/// Says on standard error what the installation does, for whoever watches the tests' first minute.
struct Told;

impl Progress for Told {
    fn begin(&self, stage: Stage, detail: &str) {
        eprintln!("preparing the runtime: {stage:?} {detail}");
    }
    fn end(&self, _: Stage) {}
}

static SANDBOX: LazyLock<WasiBackend> = LazyLock::new(|| {
    WasiBackend::open_or_install(&manifest(DEFAULT_PACK), &cache(), SLOTS, &Told).expect("the science pack installs")
});

/// The shared sandbox.
pub(crate) fn sandbox() -> &'static WasiBackend {
    &SANDBOX
}

/// A job with no folders and a short leash.
pub(crate) fn job(code: &str) -> Job {
    let mut job = Job::new(code, 1);
    job.limits.wall = std::time::Duration::from_mins(2);
    job.limits.cpu = std::time::Duration::from_mins(2);
    job
}

/// Runs a job in the shared sandbox.
pub(crate) fn run_job(job: Job) -> Report {
    block_on(sandbox().run(job, Surroundings::default())).expect("the machinery works")
}

/// Runs a program in the shared sandbox.
pub(crate) fn run(code: &str) -> Report {
    run_job(job(code))
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// The same in one runtime for all: what waits ready lives on in it.
pub(crate) fn block_on_shared<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
    });
    RUNTIME.block_on(future)
}

/// The `local` backend with the tests' own virtual environment; `change` alters its settings.
pub(crate) fn local_with(change: impl FnOnce(&mut LocalSettings)) -> LocalBackend {
    let python = Python::find(Some(kernels_python()), &cache_dir()).expect("a Python");
    let mut settings = LocalSettings {
        aerie: PathBuf::from(env!("CARGO_BIN_EXE_aerie")),
        python,
        cache: cache_dir(),
        root: Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("local-{}", std::process::id())),
        secrets: Vec::new(),
        environment: Vec::new(),
        processes: false,
        cgroup: None,
        warm: 0,
        at_most: 4,
    };
    change(&mut settings);
    LocalBackend::open(settings).expect("a local backend")
}

/// The shared `local` backend.
pub(crate) fn local() -> &'static dyn Backend {
    static LOCAL: LazyLock<LocalBackend> = LazyLock::new(|| local_with(|_| {}));
    &*LOCAL
}

/// A `container` backend on this server.
pub(crate) fn container_on(server: &Jupyter, change: impl FnOnce(&mut ContainerSettings)) -> ContainerBackend {
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("AERIE_LOG") {
        // Another test may have done it.
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    }
    let mut endpoint = Endpoint::new(Jupyter::host(), server.port());
    endpoint.token = Some(Secret::new(server.token()));
    server.base_path().clone_into(&mut endpoint.base_path);
    "python3-epics-readonly".clone_into(&mut endpoint.kernel_name);
    let mut settings = ContainerSettings {
        endpoint,
        owner: format!("tests-{}", std::process::id()),
        environment: Vec::new(),
        fingerprint: "container/tests".to_owned(),
        certain: false,
        warm: 0,
        at_most: 4,
        timing: Timing::default(),
    };
    change(&mut settings);
    ContainerBackend::new(settings)
}

/// The shared `container` backend, on the shared Jupyter server. For [`block_on_shared`].
pub(crate) fn container() -> &'static dyn Backend {
    static CONTAINER: LazyLock<ContainerBackend> =
        LazyLock::new(|| container_on(Jupyter::shared(), |settings| settings.warm = 2));
    &*CONTAINER
}

/// The `aerie` command, with the tests' runtimes and a state folder of its own.
pub(crate) fn aerie(state: &Path) -> Command {
    sandbox();
    bare_aerie(state, &cache_dir())
}

/// The `aerie` command with these folders and none of the caller's settings.
pub(crate) fn bare_aerie(state: &Path, cache: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aerie"));
    command
        .env("AERIE_CACHE_DIR", cache)
        .env("AERIE_STATE_DIR", state)
        .env_remove("AERIE_LOG")
        .env_remove("AERIE_RUNTIMES_DIR")
        .env("NO_COLOR", "1")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Sends a signal, with nothing but a shell.
pub(crate) fn kill(signal: &str, process: u32) {
    let status = Command::new("sh").args(["-c", &format!("kill -{signal} {process}")]).status().expect("sh starts");
    assert!(status.success(), "kill -{signal} {process}");
}

/// The processes whose command line has this mark.
pub(crate) fn processes_with(mark: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if id != std::process::id() && String::from_utf8_lossy(&line).contains(mark) {
            found.push(id);
        }
    }
    found
}

pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

/// Standard output and standard error as text, and the exit code.
pub(crate) fn said(output: &Output) -> (String, String, i32) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

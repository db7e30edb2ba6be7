//! Runs one program on one backend, and keeps what it left.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aerie::Coded;
use aerie::approval::{Digest, Fingerprint};
use aerie::backend::{Backend, Error, Event, EventSink, Job, Report, Surroundings, Workspace};
use aerie::execution::ExecutionId;
use aerie::gate::{self, PlanSettings, Run};
use aerie::policy::Principal;
use serde_json::{Map, Value as Json};
use tokio_util::sync::CancellationToken;

use super::host::{Scripted, planned, site};
use super::program::{GateMode, Program};
use crate::support::{block_on_shared, scratch};

/// How much longer than its wall-clock limit a program may take in all before its backend is said to hang.
const PATIENCE: Duration = Duration::from_mins(3);

/// What a program left.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) report: Report,
    pub(super) streamed: Streamed,
    /// The files of its working folder by name.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// What changed in the folder with its inputs.
    pub(super) inputs_changed: bool,
    /// The writes of its plan.
    pub(super) writes: Vec<Map<String, Json>>,
    /// How many writes reached the machine.
    pub(super) made: usize,
}

/// Output as it came.
#[derive(Debug, Default)]
pub(super) struct Streamed {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl Streamed {
    /// Whether standard output has this text.
    pub(super) fn has(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.stdout).contains(text)
    }
}

/// Runs a program. `Err` is what the backend says when it is not the program that failed.
pub(super) fn run(backend: &dyn Backend, program: &Program) -> Result<Left, String> {
    let folder = scratch();
    let workspace = workspace(folder.path(), program);
    let inputs = files(&workspace.inputs);
    let job = job(program, workspace.clone());
    let limit = job.limits.wall + PATIENCE;
    let cancel = CancellationToken::new();
    let streamed = Arc::new(Mutex::new(Streamed::default()));
    let events = events(program, &streamed, &cancel);
    let (report, writes, made) = block_on_shared(async {
        tokio::time::timeout(limit, on(backend, program, job, events, cancel, &streamed))
            .await
            .map_err(|_| format!("it did not come to an end within {} s", limit.as_secs()))?
            .map_err(|error| format!("the backend failed: {}: {error}", error.code()))
    })?;
    let streamed = std::mem::take(&mut *streamed.lock().expect("a lock"));
    let inputs_changed = inputs != files(&workspace.inputs);
    Ok(Left { report, streamed, files: files(&workspace.work), inputs_changed, writes, made })
}

async fn on(
    backend: &dyn Backend,
    program: &Program,
    job: Job,
    events: EventSink,
    cancel: CancellationToken,
    streamed: &Arc<Mutex<Streamed>>,
) -> Result<(Report, Vec<Map<String, Json>>, usize), Error> {
    let Some(mode) = program.gate else {
        let answers = program.host_calls.clone();
        let host_calls = Box::new(Scripted { answers, cancel: cancel.clone(), streamed: Arc::clone(streamed) });
        let surroundings = Surroundings { host_calls, events, cancel, ..Surroundings::default() };
        return Ok((backend.run(job, surroundings).await?, Vec::new(), 0));
    };
    let (machine, site) = site();
    let run = Run { events, cancel, ..Run::new(site, Principal::named("alice")) };
    let (report, writes) = match mode {
        GateMode::ReadOnly => (gate::read_only(backend, job, run).await?.report, Vec::new()),
        GateMode::Plan => {
            let identity = (ExecutionId::from_parts(1_790_000_000_000, 1), fingerprint(&job));
            let planned_run = gate::plan(backend, job, run, identity, PlanSettings::default()).await?;
            (planned_run.ran.report, planned(&planned_run.plan))
        }
    };
    Ok((report, writes, machine.writes().len()))
}

/// Keeps output, and cancels when what the program waits for was printed.
fn events(program: &Program, streamed: &Arc<Mutex<Streamed>>, cancel: &CancellationToken) -> EventSink {
    let (streamed, cancel, until) = (Arc::clone(streamed), cancel.clone(), program.cancel_after_output.clone());
    Box::new(move |event| {
        let mut streamed = streamed.lock().expect("a lock");
        match event {
            Event::Stdout(bytes) => streamed.stdout.extend_from_slice(bytes),
            Event::Stderr(bytes) => streamed.stderr.extend_from_slice(bytes),
        }
        if until.as_ref().is_some_and(|text| streamed.has(text)) {
            cancel.cancel();
        }
    })
}

fn job(program: &Program, workspace: Workspace) -> Job {
    let mut job = Job::new(program.code.text(), program.seed);
    job.filename.clone_from(&program.filename);
    job.context = program.context();
    job.limits = program.limits.limits();
    job.deterministic = program.deterministic;
    job.svg = program.svg;
    job.workspace = Some(workspace);
    job
}

fn workspace(folder: &Path, program: &Program) -> Workspace {
    let place = |name: &str| {
        let path = folder.join(name);
        std::fs::create_dir(&path).expect("a folder");
        path
    };
    let workspace = Workspace { work: place("work"), scratch: place("scratch"), inputs: place("inputs") };
    for (name, content) in &program.inputs {
        std::fs::write(workspace.inputs.join(name), &content.0).expect("an input");
    }
    workspace
}

fn fingerprint(job: &Job) -> Fingerprint {
    let nothing = Digest::of(b"");
    Fingerprint {
        code: Digest::of(job.code.as_bytes()),
        inputs: nothing.clone(),
        context: nothing.clone(),
        policy: nothing,
        backend: "conformance".to_owned(),
        control_system: "scripted".to_owned(),
        principal: "alice".to_owned(),
        seed: job.seed,
    }
}

/// The files below a folder by their names from there. Links are not followed.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for path in std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            let name = path.strip_prefix(root).expect("below the folder").to_string_lossy().into_owned();
            let metadata = path.symlink_metadata().expect("a file");
            if metadata.is_dir() {
                walk(root, &path, found);
            } else if metadata.is_file() {
                found.insert(name, std::fs::read(&path).expect("a file"));
            } else {
                found.insert(name, b"neither a file nor a folder".to_vec());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

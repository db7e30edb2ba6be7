//! Worker processes: the same sandbox, one process a core, for throughput.
//!
//! Executions in one process share its memory map, and setting up and tearing down instances makes its threads wait for
//! each other. Separate processes do not meet, and a process that falls takes only its own execution along.
//!
//! A pool starts `aerie worker` processes on demand, keeps them, and talks to them over their standard streams in
//! [`wire`] messages: a job in; output, host calls and the report out. A worker serves one execution at a time. One that
//! dies, does not stop when it is cancelled, or whose execution is abandoned, is not used again.

mod serve;
mod wire;

use std::path::PathBuf;
use std::pin::pin;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{BufReader, BufWriter};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use self::wire::{FromWorker, ToWorker};
use super::pack::{Cache, Manifest};
use super::{Error, engine, pack};
use crate::backend::{Backend, Confinement, Event, Figure, Job, Readings, Report, SavedArtifact, Surroundings, ending};

pub use serve::serve;

/// How long a cancelled worker may take to say so before it is killed.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// How to start a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The `aerie` binary.
    pub program: PathBuf,
    /// The runtime pack, which must be installed.
    pub pack: String,
    /// The cache it is in.
    pub cache_dir: PathBuf,
    /// More manifests, if any.
    pub runtimes_dir: Option<PathBuf>,
}

/// A pool of worker processes. It belongs to the async runtime that it is first used in.
#[derive(Debug)]
pub struct WorkerPool {
    command: WorkerCommand,
    idle: Mutex<Vec<Worker>>,
    slots: Semaphore,
}

#[derive(Debug)]
struct Worker {
    // Dropping the child kills the process.
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl WorkerPool {
    /// A pool of at most `workers` processes; they start when they are needed.
    #[must_use]
    pub fn new(command: WorkerCommand, workers: usize) -> Self {
        Self { command, idle: Mutex::default(), slots: Semaphore::new(workers) }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle worker; those that died meanwhile are dropped.
    fn alive(&self) -> Option<Worker> {
        let mut idle = self.idle();
        while let Some(mut worker) = idle.pop() {
            if matches!(worker.child.try_wait(), Ok(None)) {
                return Some(worker);
            }
        }
        None
    }

    fn start(&self) -> Result<Worker, Error> {
        let failed = |reason: String| Error::Worker(format!("{}: {reason}", self.command.program.display()));
        let mut command = Command::new(&self.command.program);
        command.args(["worker", "--pack", &self.command.pack, "--cache-dir"]).arg(&self.command.cache_dir);
        if let Some(folder) = &self.command.runtimes_dir {
            command.arg("--runtimes-dir").arg(folder);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("its streams are missing".to_owned()));
        };
        Ok(Worker { child, input: BufWriter::new(input), output: BufReader::new(output) })
    }
}

#[async_trait]
impl Backend for WorkerPool {
    fn name(&self) -> &'static str {
        "wasi"
    }

    /// `wasi/science/` and the first digits of the key of the runtime that the workers find.
    fn fingerprint(&self) -> String {
        let WorkerCommand { pack, cache_dir, runtimes_dir, .. } = &self.command;
        let ready = Manifest::find(pack, runtimes_dir.as_deref()).ok().zip(engine::preparing().ok());
        let ready =
            ready.and_then(|(manifest, engine)| pack::find(&manifest, &Cache::at(cache_dir.clone()), &engine).ok()?);
        format!("wasi/{pack}/{}", ready.as_ref().map_or("not prepared", |ready| ready.key.as_str()))
    }

    fn confinement(&self) -> Confinement {
        Confinement::Enforced
    }

    async fn run(&self, job: Job, surroundings: Surroundings) -> Result<Report, crate::backend::Error> {
        let cancel = surroundings.cancel.clone();
        let _slot = tokio::select! {
            slot = self.slots.acquire() => slot.map_err(|_| Error::Worker("the pool was closed".to_owned()))?,
            () = cancel.cancelled() => return Ok(ending::cancelled_before_start(&job)),
        };
        let mut worker = match self.alive() {
            Some(worker) => worker,
            None => self.start()?,
        };
        // Whatever goes wrong here drops the worker, and with it its process.
        let report = worker.run(job, surroundings).await?;
        self.idle().push(worker);
        Ok(report)
    }
}

impl Worker {
    async fn run(&mut self, job: Job, surroundings: Surroundings) -> Result<Report, Error> {
        let Surroundings { mut host_calls, mut events, cancel, clock } = surroundings;
        let Self { input, output, .. } = self;
        wire::send(input, &ToWorker::Run { job: Box::new(job), clock: clock.state() }, &[]).await?;
        let (mut figures, mut artifacts) = (Vec::new(), Vec::new());
        let mut deadline = None;
        loop {
            // One message is received to its end, whatever happens meanwhile: half of one would make nonsense of the next.
            let mut receiving = pin!(wire::receive::<FromWorker>(output));
            let (message, payload) = loop {
                tokio::select! {
                    message = &mut receiving => break message?,
                    () = cancel.cancelled(), if deadline.is_none() => {
                        deadline = Some(tokio::time::Instant::now() + CANCEL_GRACE);
                        wire::send(input, &ToWorker::Cancel, &[]).await?;
                    }
                    () = until(deadline) => {
                        return Err(Error::Worker("it did not stop when it was cancelled".to_owned()));
                    }
                }
            };
            match message {
                FromWorker::Stdout => events(Event::Stdout(&payload)),
                FromWorker::Stderr => events(Event::Stderr(&payload)),
                FromWorker::Figure { number, title, format } => {
                    figures.push(Figure { number, title, format, bytes: payload });
                }
                FromWorker::Artifact { name, title } => artifacts.push(SavedArtifact { name, title, bytes: payload }),
                FromWorker::Call { name, arguments, clock: moved } => {
                    clock.follow(moved);
                    let call = crate::backend::HostCall { name, arguments, payload };
                    // Nothing is called any more once the execution was cancelled.
                    let reply = tokio::select! {
                        biased;
                        () = cancel.cancelled() => continue,
                        reply = host_calls.call(call) => reply,
                    };
                    let (reply, payload) = wire::reply(reply, clock.moved());
                    wire::send(input, &reply, &payload).await?;
                }
                FromWorker::Done { outcome, clock: moved, incomplete_readings } => {
                    clock.follow(moved);
                    clock.adopt(Readings { bytes: payload, incomplete: incomplete_readings });
                    return Ok(Report { outcome: *outcome, figures, artifacts });
                }
                FromWorker::Failed { message } => return Err(Error::Worker(message)),
            }
        }
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

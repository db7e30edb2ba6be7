//! The `local` backend: a Python of this host, one fresh process for every execution, inside walls.
//!
//! What its walls protect, where the kernel offers them: files outside the program's folder, other processes, the network, and
//! the host's memory and time. Which of them stand is in every result. Host calls pass the same gate as everywhere, over an
//! unnamed pair of sockets that only this one process holds.
//!
//! ```text
//!   aerie ──control──► aerie confine ──fork, walls, exec──► python start.py
//!     │                    kills all that is left              │
//!     ├──────────────────── door (its standard input) ─────────┤
//!     └──────────────────── standard output and error ─────────┘
//! ```

mod asking;
pub mod confined;
mod folder;
mod link;
mod prepared;
mod python;
pub mod spec;
pub mod supervisor;
mod tree;
pub mod walls;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use self::confined::Confined;
use self::folder::Private;
use self::link::LocalLink;
use self::prepared::Prepared;
use self::spec::Spec;
use self::walls::{Wall, probe};
use super::outside::{Link as _, carry};
use super::{Backend, Confinement, Job, Report, Surroundings, ending};
use crate::error::{Coded, ErrorCode};
use crate::execution::{MissingWall, Walls};

pub use python::{About, Python};

/// The hidden subcommand in which the supervisor runs. `main` looks for it before anything else is set up.
pub const CONFINE: &str = "confine";

/// Files that a program may have open.
const OPEN_FILES: u64 = 256;
/// Processes and threads of a program that has a control group.
const GROUP_PROCESSES: u64 = 256;

/// Why the backend itself failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No Python is configured, and none is on `PATH`.
    #[error("no Python is configured (execution.local.python_env_path), and `PATH` has no python3")]
    NoPython,
    /// A Python cannot be used.
    #[error("the Python at {path} cannot be used: {reason}")]
    Python {
        /// Where it is.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The files that run around programs cannot be prepared.
    #[error("the files that run around programs cannot be prepared in {path}: {reason}")]
    Guest {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A folder cannot be used.
    #[error("cannot use {path} for the program: {reason}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The process could not be started or held.
    #[error(transparent)]
    Process(#[from] confined::Error),
    /// What nobody may read lies where every program reads.
    #[error(
        "programs could read {secret}: it lies in {readable}, which belongs to their Python or the system; move it elsewhere"
    )]
    Exposed {
        /// The folder or file.
        secret: PathBuf,
        /// What holds it.
        readable: PathBuf,
    },
    /// A wall that this kernel offers does not stand around a process.
    #[error("the wall `{wall}` does not stand although this kernel offers it; nothing was run")]
    WallFell {
        /// Its name.
        wall: String,
    },
    /// A program does not end although it was killed.
    #[error("process {pid} was killed and is still there: the kernel holds it, perhaps in a broken file system")]
    Stays {
        /// The process.
        pid: u32,
    },
}

impl Error {
    fn folder(path: &Path, error: &std::io::Error) -> Self {
        Self::Folder { path: path.to_owned(), reason: error.to_string() }
    }
}

impl Coded for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoPython | Self::Python { .. } => ErrorCode::PythonUnusable,
            Self::Exposed { .. } => ErrorCode::InvalidSettings,
            Self::Guest { .. } | Self::Folder { .. } => ErrorCode::FolderUnusable,
            Self::Process(_) | Self::WallFell { .. } | Self::Stays { .. } => ErrorCode::ProcessFailed,
        }
    }
}

/// How programs are run.
#[derive(Clone)]
pub struct LocalSettings {
    /// Aerie's own executable, which the supervisor is.
    pub aerie: PathBuf,
    /// The Python.
    pub python: Python,
    /// Where prepared files are kept.
    pub cache: PathBuf,
    /// Where the folders of running programs are.
    pub root: PathBuf,
    /// What programs must not read: the state folder with its keys, the configuration.
    pub secrets: Vec<PathBuf>,
    /// What programs see of the environment, besides a few harmless variables.
    pub environment: Vec<(String, String)>,
    /// Whether programs may start processes of their own.
    pub processes: bool,
    /// A control group that may be divided, as `/proc/self/cgroup` writes it.
    pub cgroup: Option<PathBuf>,
    /// Processes that wait ready.
    pub warm: usize,
    /// Programs at once.
    pub at_most: usize,
}

impl std::fmt::Debug for LocalSettings {
    /// Without the environment, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalSettings").field("python", &self.python.interpreter).finish_non_exhaustive()
    }
}

/// Runs programs in processes of this host. Cheap to clone; all clones share what waits ready.
#[derive(Clone)]
pub struct LocalBackend {
    shared: Arc<Shared>,
    /// What the mode adds to the environment.
    environment: Arc<Map<String, Value>>,
}

impl std::fmt::Debug for LocalBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalBackend").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

struct Shared {
    settings: LocalSettings,
    guest: Prepared,
    slots: Semaphore,
    waiting: Mutex<Vec<LocalLink>>,
    /// Held by the one who starts processes ahead.
    filling: tokio::sync::Mutex<()>,
    /// How often it was closed. Nobody fills what was closed since.
    closed: AtomicU64,
}

impl LocalBackend {
    /// Prepares what programs need; nothing is started yet.
    ///
    /// # Errors
    ///
    /// The guest's files cannot be written or compiled.
    pub fn open(settings: LocalSettings) -> Result<Self, Error> {
        let guest = Prepared::find_or_make(&settings.python, &settings.cache)?;
        hidden(&settings, &guest)?;
        folder::sweep(&settings.root);
        if let Some(group) = &settings.cgroup {
            walls::cgroup::sweep(group);
        }
        let slots = Semaphore::new(settings.at_most.max(1));
        let shared = Shared {
            settings,
            guest,
            slots,
            waiting: Mutex::default(),
            filling: tokio::sync::Mutex::default(),
            closed: AtomicU64::default(),
        };
        Ok(Self { shared: Arc::new(shared), environment: Arc::default() })
    }

    /// The same with more in the environment.
    #[must_use]
    pub fn with_environment(&self, environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let environment = environment.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        Self { shared: Arc::clone(&self.shared), environment: Arc::new(environment) }
    }

    /// The Python that programs run in.
    #[must_use]
    pub fn python(&self) -> &Python {
        &self.shared.settings.python
    }

    /// Starts as many processes ahead as are to wait ready.
    pub async fn warm_up(&self) -> Result<(), Error> {
        self.shared.fill(self.shared.closed.load(Ordering::SeqCst)).await
    }
}

impl Shared {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<LocalLink>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts ahead what is missing, unless it was closed more often than `closed` times.
    async fn fill(&self, closed: u64) -> Result<(), Error> {
        let _alone = self.filling.lock().await;
        while self.closed.load(Ordering::SeqCst) == closed && self.waiting().len() < self.settings.warm {
            let one = self.start().await?;
            self.waiting().push(one);
        }
        Ok(())
    }

    /// A process that waits for a job.
    async fn take(&self) -> Result<LocalLink, Error> {
        loop {
            let waiting = self.waiting().pop();
            match waiting {
                Some(link) if link.is_waiting() => return Ok(link),
                Some(_) => {}
                None => return self.start().await,
            }
        }
    }

    async fn start(&self) -> Result<LocalLink, Error> {
        let private = Private::make(&self.settings.root)?;
        let spec = self.spec(&private);
        let started = Confined::start(&self.settings.aerie, &spec).await?;
        let walls = in_words(&started.walls);
        Ok(LocalLink::new(started, walls, private))
    }

    fn spec(&self, private: &Private) -> Spec {
        let Self { settings, guest, .. } = self;
        let about = &settings.python.about;
        let scratch = private.scratch().to_string_lossy().into_owned();
        // It is read-only: with all fonts in it, nothing has to be written.
        let prepared = guest.matplotlib.as_ref().filter(|folder| folder.is_dir());
        let matplotlib = prepared.map_or_else(|| scratch.clone(), |folder| folder.to_string_lossy().into_owned());
        let mut environment: Vec<(String, String)> = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("HOME", &scratch),
            ("TMPDIR", &scratch),
            ("MPLCONFIGDIR", &matplotlib),
            ("XDG_CACHE_HOME", &scratch),
            ("LANG", "C.UTF-8"),
            ("MPLBACKEND", "agg"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        environment.extend(settings.environment.iter().cloned());
        let mut readable = about.folders.clone();
        readable.extend([guest.folder.clone(), settings.python.interpreter.clone()]);
        readable.extend(prepared.cloned());
        // A virtual environment is found by the file beside its interpreter.
        readable.extend(
            settings.python.interpreter.parent().and_then(Path::parent).map(|folder| folder.join("pyvenv.cfg")),
        );
        let start = guest.start().to_string_lossy().into_owned();
        Spec {
            program: settings.python.interpreter.clone(),
            arguments: ["-I", "-B", "-X", "utf8"].map(str::to_owned).into_iter().chain([start]).collect(),
            environment,
            cwd: private.work(),
            readable,
            executable: vec![settings.python.interpreter.clone(), about.executable.clone()],
            work: private.work(),
            scratch: private.scratch(),
            inputs: private.inputs(),
            remove: Some(private.path().to_owned()),
            processes: settings.processes,
            cgroup: settings.cgroup.clone(),
            limits: spec::Limits {
                files: Some(OPEN_FILES),
                // Without a group of its own it would be the user's processes that are counted, all of them.
                processes: settings.cgroup.is_some().then_some(GROUP_PROCESSES),
                ..spec::Limits::default()
            },
        }
    }
}

/// Makes sure that nothing secret lies in what every program may read.
fn hidden(settings: &LocalSettings, guest: &Prepared) -> Result<(), Error> {
    let system = walls::system_paths();
    let readable = settings.python.about.folders.iter().chain([&guest.folder]).chain(&system.readable);
    let readable: Vec<PathBuf> = readable.filter_map(|path| path.canonicalize().ok()).collect();
    for secret in settings.secrets.iter().filter_map(|path| path.canonicalize().ok()) {
        if let Some(readable) = readable.iter().find(|readable| secret.starts_with(readable)) {
            return Err(Error::Exposed { secret, readable: readable.clone() });
        }
    }
    Ok(())
}

/// Moves files where nobody waits for it. The folder stays until that is done, even if nobody waits any more.
async fn with_files(
    private: &Arc<Private>,
    other: &Path,
    how: impl FnOnce(&Private, &Path) -> Result<(), Error> + Send + 'static,
) -> Result<(), Error> {
    let (private, path) = (Arc::clone(private), other.to_owned());
    let moved = tokio::task::spawn_blocking(move || how(&private, &path)).await;
    moved.unwrap_or_else(|error| Err(Error::folder(other, &std::io::Error::other(error))))
}

/// A wall's name in results.
fn name_of(wall: Wall) -> String {
    let name = serde_json::to_value(wall).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Walls in the words of results.
fn in_words(found: &walls::Walls) -> Walls {
    Walls {
        standing: found.standing.iter().map(|wall| name_of(*wall)).collect(),
        missing: found
            .missing
            .iter()
            .map(|missing| MissingWall { wall: name_of(missing.wall), why: missing.why.clone() })
            .collect(),
    }
}

/// Walls without which a program could get past the gate.
const AROUND_THE_GATE: &[Wall] = &[Wall::Files, Wall::Truncation, Wall::Syscalls, Wall::Privileges];

#[async_trait]
impl Backend for LocalBackend {
    fn name(&self) -> &'static str {
        "local"
    }

    /// `local/3.12.4/`, the first digits of a digest of the interpreter's path and all its packages, and what is open besides.
    fn fingerprint(&self) -> String {
        let LocalSettings { python, processes, environment, .. } = &self.shared.settings;
        let mut fingerprint = python.fingerprint();
        if *processes {
            fingerprint.push_str("/processes");
        }
        if self.confinement() != Confinement::Enforced {
            fingerprint.push_str("/no walls");
        }
        for (name, _) in environment {
            fingerprint.push_str("/$");
            fingerprint.push_str(name);
        }
        fingerprint
    }

    fn confinement(&self) -> Confinement {
        let found = probe(self.shared.settings.cgroup.as_deref());
        match AROUND_THE_GATE.iter().find(|wall| !found.stands(**wall)) {
            None => Confinement::Enforced,
            Some(wall) => {
                let missing = in_words(&found).missing.into_iter().zip(&found.missing);
                let why = missing.into_iter().find(|(_, missing)| missing.wall == *wall).map(|(words, _)| words);
                Confinement::Mediated {
                    why: why.map_or_else(
                        || format!("the wall {wall:?} does not stand"),
                        |words| format!("the wall `{}` does not stand: {}", words.wall, words.why),
                    ),
                }
            }
        }
    }

    async fn run(&self, job: Job, surroundings: Surroundings) -> Result<Report, super::Error> {
        if job.deterministic {
            return Err(super::Error::NotDeterministic { backend: self.name() });
        }
        let cancel = surroundings.cancel.clone();
        let _slot = tokio::select! {
            slot = self.shared.slots.acquire() => slot.map_err(|_| confined::Error::Lost).map_err(Error::from)?,
            () = cancel.cancelled() => return Ok(ending::cancelled_before_start(&job)),
        };
        let mut link = self.shared.take().await?;
        if self.confinement() == Confinement::Enforced
            && let Some(wall) = AROUND_THE_GATE.iter().find(|wall| !link.stands(**wall))
        {
            return Err(Error::WallFell { wall: name_of(*wall) }.into());
        }
        if self.shared.settings.warm > 0 {
            let shared = Arc::clone(&self.shared);
            let closed = shared.closed.load(Ordering::SeqCst);
            // Whoever needs one and finds none starts it, and hears why that fails.
            tokio::spawn(async move { shared.fill(closed).await });
        }
        let report = self.carry(&job, surroundings, &mut link).await;
        link.discard().await;
        report
    }

    async fn close(&self) {
        self.shared.closed.fetch_add(1, Ordering::SeqCst);
        // What is being started still comes.
        let _alone = self.shared.filling.lock().await;
        let waiting = std::mem::take(&mut *self.shared.waiting());
        for mut link in waiting {
            // It holds nothing but itself: whether it could be waited for changes nothing.
            let _ = link.stop().await;
            link.discard().await;
        }
    }
}

impl LocalBackend {
    /// Runs a job in a process that waits for one.
    async fn carry(&self, job: &Job, surroundings: Surroundings, link: &mut LocalLink) -> Result<Report, super::Error> {
        let place = tokio::select! {
            place = self.place(job, link) => place?,
            // Large inputs take a while.
            () = surroundings.cancel.cancelled() => {
                link.stop().await?;
                return Ok(ending::cancelled_before_start(job));
            }
        };
        let report = carry(job, surroundings, link, place).await?;
        if let Some(workspace) = &job.workspace {
            let limits = job.limits.clone();
            with_files(link.private(), &workspace.work, move |private, to| private.take_work(to, &limits)).await?;
        }
        Ok(report)
    }

    /// Makes a process ready for a job; what its program is told of where it is.
    async fn place(&self, job: &Job, link: &mut LocalLink) -> Result<Map<String, Value>, super::Error> {
        link.begin(&job.limits).await?;
        let mut place = Map::new();
        if let Some(workspace) = &job.workspace {
            let private = link.private();
            with_files(private, &workspace.inputs, Private::put_inputs).await?;
            let paths = [("work", private.work()), ("scratch", private.scratch()), ("inputs", private.inputs())];
            let paths: Map<String, Value> =
                paths.into_iter().map(|(name, path)| (name.to_owned(), json!(path.to_string_lossy()))).collect();
            place.insert("paths".to_owned(), Value::Object(paths));
        }
        place.insert("environment".to_owned(), Value::Object(Map::clone(&self.environment)));
        Ok(place)
    }
}

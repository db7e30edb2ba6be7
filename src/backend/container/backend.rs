//! [`ContainerBackend`]: programs in kernels of a Jupyter server, a fresh one for every execution.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::link::KernelLink;
use super::{DoorToken, Endpoint, Error, Pool, PoolSettings, Server, Taken, Timing, prepare};
use crate::backend::outside::carry;
use crate::backend::{Backend, Confinement, Job, Report, Surroundings, ending};

/// A kernel that waited longer is replaced.
const MAX_AGE: Duration = Duration::from_mins(30);
/// How long a kernel that waited may take to ask for its job, before another one is taken.
const BEGIN: Duration = Duration::from_secs(5);

/// How programs are run.
#[derive(Clone)]
pub struct ContainerSettings {
    /// The server, and the kernel of the mode.
    pub endpoint: Endpoint,
    /// Names this installation among all that use the server: kernels that its processes left when they were killed are
    /// found by it.
    pub owner: String,
    /// What the mode adds to the environment of programs.
    pub environment: Vec<(String, String)>,
    /// What an approval covers of it: the servers and kernels of all modes.
    pub fingerprint: String,
    /// Whether nothing is said of an execution before its kernel is gone: for those that write.
    pub certain: bool,
    /// Kernels that wait ready.
    pub warm: usize,
    /// Kernels at once.
    pub at_most: usize,
    /// How long things may take.
    pub timing: Timing,
}

impl std::fmt::Debug for ContainerSettings {
    /// Without the environment, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContainerSettings").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Runs programs in kernels of a Jupyter server. Cheap to clone; all clones share the kernels that wait.
#[derive(Clone)]
pub struct ContainerBackend {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for ContainerBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContainerBackend").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

struct Shared {
    settings: ContainerSettings,
    environment: Map<String, Value>,
    /// Opened when it is needed, in the runtime that needs it.
    pool: Mutex<Option<Pool>>,
}

impl ContainerBackend {
    /// Nothing is asked of the server yet.
    #[must_use]
    pub fn new(settings: ContainerSettings) -> Self {
        let named = settings.environment.iter();
        let environment = named.map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
        Self { shared: Arc::new(Shared { settings, environment, pool: Mutex::default() }) }
    }

    /// Begins to start the kernels that are to wait.
    #[expect(clippy::unused_async, reason = "a future is polled in the runtime that starting kernels needs")]
    pub async fn warm_up(&self) -> Result<(), Error> {
        self.shared.pool().map(|_| ())
    }

    /// How many kernels wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.opened().as_ref().map_or(0, Pool::warm_now)
    }

    /// Runs Python of Aerie's own in a kernel, such as a question about it; gives what it prints.
    pub async fn ask(&self, code: &str) -> Result<String, Error> {
        let pool = self.shared.pool()?;
        let mut kernel = loop {
            match pool.take().await? {
                Taken::New(kernel) => break kernel,
                Taken::Waited(mut kernel) => {
                    if kernel.is_alive().await {
                        break kernel;
                    }
                }
            }
        };
        let within = self.shared.settings.timing.first_word;
        let said = match tokio::time::timeout(within, kernel.said(code)).await {
            Ok(said) => said,
            Err(_) => Err(Error::Mute { kernel: kernel.kernel_id()?, after: within }),
        };
        kernel.stop().await?;
        said
    }
}

impl Shared {
    fn pool(&self) -> Result<Pool, Error> {
        let mut opened = self.opened();
        if let Some(pool) = &*opened {
            return Ok(pool.clone());
        }
        let settings = &self.settings;
        let server = Server::new(settings.endpoint.clone(), &settings.owner, settings.timing.clone())?;
        server.sweep_later();
        let pool = Pool::new(
            server,
            PoolSettings {
                kernel_name: settings.endpoint.kernel_name.clone(),
                size: settings.warm,
                at_most: settings.at_most.max(1),
                prepare: prepare::code(),
                max_age: MAX_AGE,
            },
        );
        Ok(opened.insert(pool).clone())
    }

    fn opened(&self) -> MutexGuard<'_, Option<Pool>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a job is told of its place.
    fn place(&self, job: &Job) -> Map<String, Value> {
        let limits = &job.limits;
        let limits = json!({
            "memory": limits.memory,
            "cpu_seconds": limits.cpu.as_secs_f64(),
            "file_bytes": limits.file_bytes,
            "files": limits.files,
        });
        Map::from_iter([
            ("environment".to_owned(), Value::Object(self.environment.clone())),
            ("limits".to_owned(), limits),
        ])
    }
}

#[async_trait]
impl Backend for ContainerBackend {
    fn name(&self) -> &'static str {
        "container"
    }

    /// `container/` and the servers and kernels of all modes.
    fn fingerprint(&self) -> String {
        self.shared.settings.fingerprint.clone()
    }

    /// What a kernel can reach is the deployment's to say, and nothing here sees it.
    fn confinement(&self) -> Confinement {
        let why = "the network around the kernel decides what it reaches, which Aerie does not see".to_owned();
        Confinement::Mediated { why }
    }

    async fn run(&self, job: Job, surroundings: Surroundings) -> Result<Report, crate::backend::Error> {
        if job.deterministic {
            return Err(crate::backend::Error::NotDeterministic { backend: self.name() });
        }
        let cancel = surroundings.cancel.clone();
        let pool = self.shared.pool()?;
        // All that wait may have died since somebody looked.
        let mut others = self.shared.settings.warm;
        loop {
            let taken = tokio::select! {
                taken = pool.take() => taken?,
                () = cancel.cancelled() => return Ok(ending::cancelled_before_start(&job)),
            };
            let (mut kernel, waited) = match taken {
                Taken::New(kernel) => (kernel, false),
                Taken::Waited(kernel) => (kernel, true),
            };
            let token = DoorToken::random()?;
            let execution = kernel.execute(&prepare::call(&token), Some(token))?;
            let mut link = KernelLink::new(execution, job.workspace.as_ref())?;
            if waited && others > 0 {
                let begun = tokio::select! {
                    begun = tokio::time::timeout(BEGIN, link.begin()) => begun,
                    () = cancel.cancelled() => return Ok(ending::cancelled_before_start(&job)),
                };
                let why = match begun {
                    Ok(Ok(())) => None,
                    Ok(Err(error)) => Some(error.to_string()),
                    Err(_) => Some(format!("it says nothing for {BEGIN:?}")),
                };
                if let Some(why) = why {
                    tracing::warn!(%why, "a kernel that waited is of no use; another one is taken");
                    others -= 1;
                    continue;
                }
            }
            let mut place = self.shared.place(&job);
            place.insert("inputs".to_owned(), link.inputs());
            let carried = carry(&job, surroundings, &mut link, place).await;
            let done = link.is_done();
            drop(link);
            return match (carried, done) {
                // It has ended by itself. What it left running, threads and the like, ends with the kernel, a moment later.
                (Ok(report), true) if !self.shared.settings.certain => {
                    drop(kernel);
                    Ok(report)
                }
                // Nothing is said before it is known that the program runs no more.
                (Ok(report), _) => {
                    kernel.stop().await?;
                    Ok(report)
                }
                (Err(error), _) => {
                    let _ = kernel.stop().await;
                    Err(error)
                }
            };
        }
    }

    async fn close(&self) {
        let opened = self.shared.opened().take();
        if let Some(pool) = opened {
            for left in pool.close().await {
                tracing::error!(kernel = %left.kernel, error = %left.error, "a kernel is left on the Jupyter server");
            }
        }
    }
}

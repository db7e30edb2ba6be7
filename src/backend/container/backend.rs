//! [`ContainerBackend`]: programs in kernels of a Jupyter server, a fresh one for every execution.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use super::link::KernelLink;
use super::{DoorToken, Endpoint, Error, Kernel, Pool, PoolSettings, Server, Timing, Visibility, prepare};
use crate::backend::outside::carry;
use crate::backend::{Backend, Confinement, Job, Report, Surroundings, ending};

/// A kernel that waited longer is replaced.
const MAX_AGE: Duration = Duration::from_mins(30);

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
    /// Opened when it is first needed, in the runtime that needs it.
    pool: OnceCell<(Server, Pool)>,
}

impl ContainerBackend {
    /// Nothing is asked of the server yet.
    #[must_use]
    pub fn new(settings: ContainerSettings) -> Self {
        let named = settings.environment.iter();
        let environment = named.map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
        Self { shared: Arc::new(Shared { settings, environment, pool: OnceCell::new() }) }
    }

    /// Begins to start the kernels that are to wait.
    pub async fn warm_up(&self) -> Result<(), Error> {
        self.shared.pool().await.map(|_| ())
    }

    /// How many kernels wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.pool.get().map_or(0, |(_, pool)| pool.warm_now())
    }

    /// Runs Python of Aerie's own in a kernel, such as a question about it; gives what it prints.
    pub async fn ask(&self, code: &str) -> Result<String, Error> {
        let (_, pool) = self.shared.pool().await?;
        let mut kernel = pool.take().await?;
        let said = kernel.said(code).await;
        kernel.stop().await?;
        said
    }
}

impl Shared {
    async fn pool(&self) -> Result<&(Server, Pool), Error> {
        self.pool
            .get_or_try_init(|| async {
                let settings = &self.settings;
                let server = Server::new(settings.endpoint.clone(), &settings.owner, settings.timing.clone())?;
                server.sweep_later();
                let pool = Pool::new(
                    server.clone(),
                    PoolSettings {
                        kernel_name: settings.endpoint.kernel_name.clone(),
                        size: settings.warm,
                        at_most: settings.at_most.max(1),
                        prepare: prepare::code(),
                        max_age: MAX_AGE,
                    },
                );
                Ok((server, pool))
            })
            .await
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
        let (_, pool) = self.shared.pool().await?;
        let mut kernel: Kernel = tokio::select! {
            kernel = pool.take() => kernel?,
            () = cancel.cancelled() => return Ok(ending::cancelled_before_start(&job)),
        };
        let token = DoorToken::random()?;
        let call = prepare::call(&token);
        let limits = &job.limits;
        let mut place = Map::new();
        place.insert("environment".to_owned(), Value::Object(self.shared.environment.clone()));
        place.insert(
            "limits".to_owned(),
            json!({
                "memory": limits.memory,
                "cpu_seconds": limits.cpu.as_secs_f64(),
                "file_bytes": limits.file_bytes,
                "files": limits.files,
            }),
        );
        let execution = kernel.execute(&call, Visibility::Shown, Some(token))?;
        let mut link = KernelLink::new(execution, job.workspace.as_ref())?;
        place.insert("inputs".to_owned(), link.inputs());
        let carried = carry(&job, surroundings, &mut link, place).await;
        let done = link.is_done();
        drop(link);
        match (carried, done) {
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
        }
    }

    async fn close(&self) {
        if let Some((_, pool)) = self.shared.pool.get() {
            for left in pool.close().await {
                tracing::error!(kernel = %left.kernel, error = %left.error, "a kernel is left on the Jupyter server");
            }
        }
    }
}

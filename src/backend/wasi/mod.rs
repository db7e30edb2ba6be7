//! The `wasi` backend: `CPython` in this process, a fresh interpreter from a copy-on-write image for every execution.
//!
//! What its boundary protects: a program reaches the host only through the functions of [`calls`] and [`door`]. It has
//! no network, no processes, no threads, and no files but its workspace. Its memory is its own and dies with it.

mod calls;
mod door;
mod engine;
mod guest;
mod image;
pub mod pack;
mod run;
mod slots;
mod threads;
pub mod workers;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use self::image::Loaded;
use self::pack::{Cache, Manifest, PackError, Progress};
use self::threads::Threads;
use super::{Backend, Confinement, Job, JobTooLarge, Report, Surroundings};
use crate::error::{Coded, ErrorCode};
use crate::execution::format_bytes;

/// Why the backend itself failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no usable pack.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Wasmtime failed.
    #[error("the WebAssembly engine failed: {0}")]
    Engine(String),
    /// A folder of the workspace cannot be opened.
    #[error("cannot open {path} for the program: {reason}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The memory limit is below what the image itself needs.
    #[error("a memory limit of {limit} is less than the {image} that the runtime itself takes; allow more (--memory)",
        limit = format_bytes(*limit), image = format_bytes(*image))]
    MemoryBelowImage {
        /// The limit.
        limit: u64,
        /// The image's memory.
        image: u64,
    },
    /// Program and context do not fit.
    #[error(transparent)]
    TooLarge(#[from] JobTooLarge),
    /// A worker process could not be started, or died.
    #[error("a worker process failed: {0}")]
    Worker(String),
}

impl Error {
    #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` passes")]
    fn engine(error: wasmtime::Error) -> Self {
        Self::Engine(format!("{error:#}"))
    }
}

impl Coded for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Pack(error) => error.code(),
            Self::Engine(_) => ErrorCode::EngineFailed,
            Self::Folder { .. } => ErrorCode::FolderUnusable,
            Self::MemoryBelowImage { .. } => ErrorCode::MemoryBelowImage,
            Self::TooLarge(_) => ErrorCode::InvalidContext,
            Self::Worker(_) => ErrorCode::WorkerFailed,
        }
    }
}

/// The in-process sandbox. Cheap to clone; all clones share one engine and its slots.
#[derive(Clone)]
pub struct WasiBackend {
    threads: Arc<Threads>,
    manifest: Arc<Manifest>,
    /// The first digits of the prepared runtime's key.
    key: Arc<str>,
}

impl std::fmt::Debug for WasiBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WasiBackend").field("pack", &self.manifest.name).finish_non_exhaustive()
    }
}

impl WasiBackend {
    /// Opens a pack with room for `slots` executions at once.
    ///
    /// # Errors
    ///
    /// [`PackError::NotInstalled`] if the pack has not been prepared; see [`WasiBackend::open_or_install`].
    pub fn open(manifest: &Manifest, cache: &Cache, slots: u32) -> Result<Self, Error> {
        let ready = pack::find(manifest, cache, &engine::preparing()?)?
            .ok_or_else(|| PackError::NotInstalled { pack: manifest.name.clone(), cache: cache.root().to_owned() })?;
        let key = Arc::from(ready.key.as_str());
        let loaded = Loaded::open(ready)?;
        Ok(Self { threads: Arc::new(Threads::new(loaded, slots)), manifest: Arc::new(manifest.clone()), key })
    }

    /// Opens a pack; prepares it first if it is not there or stale.
    pub fn open_or_install(
        manifest: &Manifest,
        cache: &Cache,
        slots: u32,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        match Self::open(manifest, cache, slots) {
            Err(Error::Pack(PackError::NotInstalled { .. })) => {
                pack::install(manifest, cache, None, false, progress)?;
                Self::open(manifest, cache, slots)
            }
            other => other,
        }
    }

    /// The pack that runs here.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

#[async_trait]
impl Backend for WasiBackend {
    fn name(&self) -> &'static str {
        "wasi"
    }

    /// `wasi/science/` and the first digits of the prepared runtime's key.
    fn fingerprint(&self) -> String {
        format!("wasi/{}/{}", self.manifest.name, self.key)
    }

    fn confinement(&self) -> Confinement {
        Confinement::Enforced
    }

    async fn run(&self, job: Job, surroundings: Surroundings) -> Result<Report, crate::backend::Error> {
        Ok(self.threads.run(job, surroundings).await?)
    }
}

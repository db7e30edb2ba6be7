//! `aerie worker`: one worker process of a pool. For [`crate::backend::wasi::workers`], not for people.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, cache_dir};
use crate::backend::wasi::pack::{Cache, DEFAULT_PACK, Manifest, PackError};
use crate::backend::wasi::{WasiBackend, workers};

/// Serve executions on the standard streams until standard input closes.
#[derive(Debug, Args)]
pub(super) struct Worker {
    /// The runtime pack, which must be installed.
    #[arg(long, default_value = DEFAULT_PACK)]
    pack: String,
    /// Where prepared runtimes are kept.
    #[arg(long, env = "AERIE_CACHE_DIR", hide_env_values = true)]
    cache_dir: Option<PathBuf>,
    /// More runtime manifests.
    #[arg(long, env = "AERIE_RUNTIMES_DIR", hide_env_values = true)]
    runtimes_dir: Option<PathBuf>,
}

impl Worker {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let manifest = Manifest::find(&self.pack, self.runtimes_dir.as_deref()).map_err(PackError::from)?;
        let backend = WasiBackend::open(&manifest, &Cache::at(cache_dir(self.cache_dir)?), 1)?;
        workers::serve(&backend)?;
        Ok(0)
    }
}

//! What an execution leaves on disk: its folder, with the names that Osprey gives them.
//!
//! ```text
//! <agent_data_dir>/executed_scripts/2026-11/execution_20261122_174501_lifetime_7k2m9x0q/
//!   request.json  context.json  code.py  inputs/  results.json  execution_metadata.json  figures/figure_01.png
//!   artifacts/  journal.jsonl.zst  plan.json  writes.jsonl
//! ```
//!
//! Promise: nothing here is written by the program except below `artifacts/`; results and metadata come from the host.

mod chain;
mod folder;
mod kept;
pub mod notebook;
mod root;

pub use chain::{Chained, as_context};
pub use kept::{KeptExecution, KeptRequest, digest_of_folder};

pub use root::ExecutionRoot;

pub use folder::{ArtifactFile, ExecutionFolder, FigureFile, Files, NewFolder, json_text};

use std::path::PathBuf;

use crate::error::{Coded, ErrorCode};
use crate::execution::ExecutionId;

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be made or written.
    #[error("cannot write {path}: {reason}")]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It holds something already.
    #[error("{path} is not empty; name a new folder with --out, or remove it first")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file of an execution cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is no execution of that id.
    #[error("there is no execution {id} below {agent_data_dir}; give its id or its folder")]
    Unknown {
        /// The id.
        id: ExecutionId,
        /// Where it was looked for.
        agent_data_dir: PathBuf,
    },
    /// An input cannot be read.
    #[error("cannot read the input {name} from {path}: {reason}")]
    Input {
        /// Its name.
        name: String,
        /// Its path.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Error {
    fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), reason: error.to_string() }
    }
}

impl Coded for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unwritable { .. } | Self::NotEmpty { .. } => ErrorCode::OutputUnusable,
            Self::Input { .. } => ErrorCode::InvalidInput,
            Self::Unreadable { .. } | Self::Unknown { .. } => ErrorCode::UnknownExecution,
        }
    }
}

//! Why the store did not do something; each text says what to do.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Coded, ErrorCode};
use crate::execution::ExecutionId;
use crate::ledger::Faults;

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The execution has events that the caller has not seen.
    #[error(
        "the execution has {found} events, not {expected}: somebody else changed it; look at it again, then repeat"
    )]
    Stale {
        /// What the caller had seen.
        expected: u32,
        /// What there is.
        found: u32,
    },
    /// Somebody claimed the execution since.
    #[error("{execution} was claimed by another process since (epoch {found}, not {epoch}); leave it to that one")]
    Fenced {
        /// Which.
        execution: ExecutionId,
        /// The caller's epoch.
        epoch: u64,
        /// The present one.
        found: u64,
    },
    /// Another process, or another task of this one, has claimed the execution.
    #[error("{execution} is held by {by}; wait until it is done, or end that process")]
    Held {
        /// Which.
        execution: ExecutionId,
        /// By whom.
        by: String,
    },
    /// A request with this key was carried out before.
    #[error("a request with this key began {execution} already; use that one, or another key")]
    KeyUsed {
        /// What it began.
        execution: ExecutionId,
    },
    /// There is no such execution.
    #[error("there is no execution {0} in this store; `aerie executions` lists them")]
    Unknown(ExecutionId),
    /// The request makes no sense, or is too large to keep.
    #[error("this cannot be kept: {0}")]
    Unacceptable(String),
    /// Another process keeps the database locked.
    #[error("{path}: another program kept the database locked for {seconds} s; repeat, or end that program")]
    Locked {
        /// The database.
        path: PathBuf,
        /// How long was waited.
        seconds: f64,
    },
    /// The file, the folder or the disk cannot be written.
    #[error("{path}: it cannot be written; check who owns it and whether its disk is mounted read-only")]
    ReadOnly {
        /// What.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("{path}: the disk is full; make room, then repeat")]
    Full {
        /// What could not be written.
        path: PathBuf,
    },
    /// Something is not what was written.
    #[error("{what}; copy the state folder as it is, run `aerie ledger verify`, and restore the last good copy")]
    Corrupt {
        /// What, and what is wrong with it.
        what: String,
    },
    /// A newer Aerie made the database.
    #[error(
        "{path}: a newer Aerie wrote it (version {found}; this one knows {known}); use that one, or another folder"
    )]
    NewerVersion {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// What is known here.
        known: i64,
    },
    /// Anything else that keeps a file from being used.
    #[error("{path}: {reason}")]
    Unusable {
        /// What.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
}

impl Coded for StoreError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Stale { .. } | Self::Fenced { .. } | Self::Held { .. } | Self::KeyUsed { .. } => {
                ErrorCode::StoreConflict
            }
            Self::Unknown(_) => ErrorCode::UnknownExecution,
            Self::Unacceptable(_) => ErrorCode::InvalidOption,
            Self::Corrupt { .. } => ErrorCode::LedgerBroken,
            Self::Locked { .. }
            | Self::ReadOnly { .. }
            | Self::Full { .. }
            | Self::NewerVersion { .. }
            | Self::Unusable { .. } => ErrorCode::StoreUnusable,
        }
    }
}

impl StoreError {
    /// What a file operation said.
    pub(super) fn file(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Unusable { path, reason: error.to_string() },
        }
    }
}

/// Why a ledger was not found good.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is not what was written.
    #[error(transparent)]
    Broken(#[from] Faults),
}

impl Coded for VerifyError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Store(error) => error.code(),
            Self::Broken(faults) => faults.code(),
        }
    }
}

/// Why a ledger was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be written.
    #[error("the export could not be written: {0}; what is there of it is incomplete")]
    Output(#[from] std::io::Error),
}

impl Coded for ExportError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Store(error) => error.code(),
            Self::Output(_) => ErrorCode::OutputUnusable,
        }
    }
}

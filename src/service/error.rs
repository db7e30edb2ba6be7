//! [`ServiceError`]: why the pipeline could not go on. What goes wrong within an execution is its
//! [`crate::execution::Failure`], not this.

use crate::approval::DecisionError;
use crate::error::{Coded, ErrorCode};
use crate::execution::{ExecutionId, Illegal, RequestError};
use crate::gate::AuthorityError;
use crate::store::StoreError;

/// Why the pipeline could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The request makes no sense.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The store does not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] crate::artifacts::Error),
    /// Keys or spent grants cannot be used.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The answer does not count.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// There is no such execution.
    #[error("there is no execution {0} in this state folder")]
    Unknown(ExecutionId),
    /// What is stored makes no sense.
    #[error("what is stored of {id} makes no sense: {reason}; aerie ledger verify says whether it was altered")]
    Broken {
        /// Which execution.
        id: ExecutionId,
        /// What is wrong.
        reason: String,
    },
    /// The key was used for another request.
    #[error("the idempotency key was used for another request, {0}; use a new key")]
    KeyOfAnother(ExecutionId),
    /// It cannot be done to it.
    #[error("{id}: {source}")]
    Illegal {
        /// Which execution.
        id: ExecutionId,
        /// Why not.
        source: Illegal,
    },
    /// Something cannot be kept or read.
    #[error("cannot use {path}: {reason}")]
    Unusable {
        /// What.
        path: String,
        /// Why.
        reason: String,
    },
}

impl Coded for ServiceError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Request(_) | Self::KeyOfAnother(_) => ErrorCode::InvalidRequest,
            Self::Store(error) => error.code(),
            Self::Folder(error) => error.code(),
            Self::Authority(error) => error.code(),
            Self::Decision(_) => ErrorCode::DecisionInvalid,
            Self::Unknown(_) => ErrorCode::UnknownExecution,
            Self::Broken { .. } => ErrorCode::LedgerBroken,
            Self::Illegal { .. } => ErrorCode::DecisionInvalid,
            Self::Unusable { .. } => ErrorCode::StateUnusable,
        }
    }
}

//! `aerie worker`: one worker process of a pool. For [`crate::backend::wasi::workers`], not for people.

use clap::Args;

use super::Failure;

/// Serve executions on stdin and stdout.
#[derive(Debug, Args)]
pub(super) struct Worker {}

impl Worker {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        Ok(0)
    }
}

//! [`Watcher`]: who looks on while an execution goes its way.

use crate::approval::Plan;
use crate::backend::Event;
use crate::execution::{ExecutionId, Failure, Progress};
use crate::gate::Applied;

/// Something to see.
#[derive(Debug)]
pub enum Notice<'n> {
    /// It is somewhere else now.
    Progress(&'n Progress),
    /// The model writes.
    Model(&'n str),
    /// The program does.
    Program(Event<'n>),
    /// There is a program.
    Code(&'n str),
    /// An attempt failed.
    Failed(&'n Failure),
    /// Its writes are planned.
    Planned(&'n Plan),
    /// Its writes are made.
    Applied(&'n Applied),
    /// Something is not as it should be, and it goes on.
    Warning(&'n str),
}

/// Looks on. It should be quick: what it watches waits.
pub trait Watcher: Send + Sync {
    /// Sees something.
    fn see(&self, id: ExecutionId, notice: &Notice<'_>);
}

/// Looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Watcher for Nobody {
    fn see(&self, _: ExecutionId, _: &Notice<'_>) {}
}

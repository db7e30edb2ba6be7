//! What an apply asks ([`Deviation`], [`Asker`]), what it rests on ([`Permission`]), and how it went ([`Applied`]).

use async_trait::async_trait;

use super::authority::Redeemed;
use crate::approval::{Operation, PlannedWrite};
use crate::channel::{Channel, Value, WriteOutcome};

/// A write that is not the next planned one.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    /// What the program wants to do: channel, and value as people read it.
    pub wanted: (Operation, Channel, Value),
    /// What comes next in the plan; `None`: nothing does.
    pub planned: Option<PlannedWrite>,
    /// Why it is asked about.
    pub reason: String,
    /// The program's line, as it says itself.
    pub line: Option<u32>,
}

/// Somebody who can be asked while a program waits.
#[async_trait]
pub trait Asker: Send + Sync {
    /// Whether this very write may be made. Whoever drops the future says no.
    async fn allow(&self, deviation: &Deviation) -> bool;
}

/// One write of an apply.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedWrite {
    /// Counted from 1; refused ones have a number too.
    pub n: u32,
    /// What was done, to what.
    pub operation: Operation,
    /// The channel.
    pub channel: Channel,
    /// What it held.
    pub before: Option<Value>,
    /// What was written.
    pub value: Value,
    /// How it ended.
    pub outcome: WriteOutcome,
    /// The gate's word or the control system's.
    pub reason: Option<String>,
    /// For people.
    pub message: String,
    /// What was read back.
    pub readback: Option<Value>,
    /// The planned write that it was.
    pub planned: Option<u32>,
    /// The write that it takes back.
    pub takes_back: Option<u32>,
}

/// How an apply went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Applied {
    /// The writes in the order in which they were tried.
    pub writes: Vec<AppliedWrite>,
    /// Why no more were made.
    pub stopped: Option<String>,
    /// Planned writes that the program never came to.
    pub left: Vec<u32>,
}

/// Why anything may be written.
#[derive(Debug)]
pub enum Permission {
    /// A person saw a plan and allowed it.
    Granted(Box<Redeemed>),
    /// The rules of the channels say `confirm: never`; whatever they do not say it of is refused.
    Unattended,
}

#[async_trait]
impl Asker for std::sync::Arc<dyn Asker> {
    async fn allow(&self, deviation: &Deviation) -> bool {
        (**self).allow(deviation).await
    }
}

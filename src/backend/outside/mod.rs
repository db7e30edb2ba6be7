//! Programs that run outside this process: one conversation, whatever carries it.
//!
//! A place (`local`, `container`) gives a [`Link`]: what happens to the program, a way to answer its door, and a way to stop
//! it. [`carry`] does the rest, the same for all: it hands over the job, keeps to the limits, passes host calls on, and
//! says how the program ended. Every byte that comes over a link is hostile.

mod count;
mod process;
mod session;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::frame::Header;
use super::{Error, Job, Report, Surroundings};
use crate::execution::Walls;

pub(super) use count::Count;
pub(super) use process::{here, started};

/// What happens to a program.
#[derive(Debug)]
pub(super) enum Happening {
    /// It wrote to standard output.
    Stdout(Vec<u8>),
    /// It wrote to standard error.
    Stderr(Vec<u8>),
    /// It displayed something that is no text.
    Displayed {
        /// What a file of it would end with: `png`.
        suffix: &'static str,
        bytes: Vec<u8>,
    },
    /// It calls the door. The number is the link's own, and comes back with the answer.
    Request(u64, Vec<u8>),
    /// Its place saw that it is beyond this limit, of files or of memory.
    Exceeded(crate::execution::Limit),
    /// It used its CPU time up.
    CpuUsed,
    /// Its interpreter is gone.
    Exited(Exit),
    /// Its interpreter is gone, and nobody knows how.
    Vanished(Error),
}

/// How an interpreter went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// With a status.
    Code(u8),
    /// By a signal.
    Signal(i32),
    /// The kernel ended it because it used more memory than it may.
    OutOfMemory,
    /// It is ready for more: a kernel's cell is done.
    Done,
}

/// What a program used, as its place knows it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    pub(super) cpu: Duration,
    pub(super) memory_bytes: u64,
    /// Files in its folders, and what they hold.
    pub(super) files: u64,
    pub(super) file_bytes: u64,
}

/// The way to one program.
#[async_trait]
pub(super) trait Link: Send {
    /// What happens next. May be dropped and called again without losing anything.
    async fn next(&mut self) -> Result<Happening, Error>;

    /// Answers a [`Happening::Request`].
    async fn answer(&mut self, number: u64, frame: Vec<u8>) -> Result<(), Error>;

    /// Ends the program: when this returns, it runs no more, nor does anything that it started.
    async fn stop(&mut self) -> Result<(), Error>;

    /// What is still on its way while the program is stopped; [`Happening::Exited`] when nothing more comes.
    async fn rest(&mut self) -> Result<Happening, Error>;

    /// Answers a `job.*` call that only this place has; gives any other back.
    fn own_call(&mut self, header: Header, payload: &[u8], files: &mut Count) -> OwnCall {
        let (_, _) = (payload, files);
        OwnCall::NotOwn(header)
    }

    /// What the program used. Called when it is over.
    fn used(&self) -> Option<Used>;

    /// Whether output can be lost on its way.
    fn may_lose_output(&self) -> bool {
        false
    }

    /// What stands between the program and its host, where that is known.
    fn walls(&self) -> Option<Walls>;
}

/// What became of a call that a place may have for itself.
pub(super) enum OwnCall {
    /// It is answered with this.
    Answer(Value, Vec<u8>),
    /// It is wrong.
    Wrong(String),
    /// It belongs to somebody else.
    NotOwn(Header),
}

/// Runs a job over a link; `place` is what the guest is told besides the job.
///
/// # Errors
///
/// When the machinery fails. Whatever the program does is a report.
pub(super) async fn carry(
    job: &Job,
    surroundings: Surroundings,
    link: &mut impl Link,
    place: Map<String, Value>,
) -> Result<Report, Error> {
    session::Session::new(job, surroundings, link, place)?.run().await
}

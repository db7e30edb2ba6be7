//! The worker's side: runs the jobs that come on standard input until it closes.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::wire::{self, FromWorker, ToWorker};
use crate::backend::wasi::{Error, WasiBackend};
use crate::backend::{
    Backend, ClockMove, Event, HostCall, HostCallError, HostCalls, HostReply, Job, ProgramClock, Readings, Surroundings,
};

type Reply = (ClockMove, Result<HostReply, HostCallError>);

/// Serves executions on the standard streams until standard input closes, as it does when the pool is gone.
pub fn serve(backend: &WasiBackend) -> Result<(), crate::backend::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Worker(error.to_string()))?;
    let (jobs, mut next_job) = mpsc::unbounded_channel();
    let (replies, next_reply) = mpsc::unbounded_channel();
    let next_reply = Arc::new(tokio::sync::Mutex::new(next_reply));
    std::thread::spawn(move || {
        // Any end of the stream, clean or not, means that nobody listens any more.
        let current = Mutex::default();
        let _ = listen(std::io::stdin().lock(), &jobs, &replies, &current);
        lock(&current).cancel();
    });
    runtime.block_on(async {
        while let Some((job, clock, cancel)) = next_job.recv().await {
            // An answer that its execution was cancelled away from must not reach the next one. Messages come in order, so
            // all such answers are here by now.
            while next_reply.lock().await.try_recv().is_ok() {}
            let surroundings = Surroundings {
                host_calls: Box::new(OverTheWire { replies: Arc::clone(&next_reply), clock: clock.clone() }),
                events: Box::new(|event| {
                    // A pool that is gone closes standard input as well, which cancels the job.
                    let _ = match event {
                        Event::Stdout(bytes) => say(&FromWorker::Stdout, bytes),
                        Event::Stderr(bytes) => say(&FromWorker::Stderr, bytes),
                    };
                }),
                cancel,
                clock: clock.clone(),
            };
            match backend.run(job, surroundings).await {
                Ok(report) => {
                    for figure in report.figures {
                        let (number, title, format) = (figure.number, figure.title, figure.format);
                        say(&FromWorker::Figure { number, title, format }, &figure.bytes)?;
                    }
                    for artifact in report.artifacts {
                        say(&FromWorker::Artifact { name: artifact.name, title: artifact.title }, &artifact.bytes)?;
                    }
                    let Readings { bytes, incomplete } = clock.readings();
                    let outcome = Box::new(report.outcome);
                    say(&FromWorker::Done { outcome, clock: clock.moved(), incomplete_readings: incomplete }, &bytes)?;
                }
                Err(error) => say(&FromWorker::Failed { message: error.to_string() }, &[])?,
            }
        }
        Ok(())
    })
}

/// Reads messages and passes them to where they belong.
fn listen(
    mut input: impl Read,
    jobs: &mpsc::UnboundedSender<(Job, ProgramClock, CancellationToken)>,
    replies: &mpsc::UnboundedSender<Reply>,
    current: &Mutex<CancellationToken>,
) -> Result<(), Error> {
    let gone = |error: std::io::Error| Error::Worker(error.to_string());
    loop {
        let mut start = [0; 8];
        input.read_exact(&mut start).map_err(gone)?;
        let (header, payload) = wire::lengths(start)?;
        let mut header = vec![0; header];
        input.read_exact(&mut header).map_err(gone)?;
        let mut bytes = vec![0; payload];
        input.read_exact(&mut bytes).map_err(gone)?;
        let closed = || Error::Worker("closed".to_owned());
        match wire::parse(&header)? {
            ToWorker::Run { job, clock } => {
                // The token is there before the job is, so that a cancel on its heels is not lost.
                let cancel = CancellationToken::new();
                *lock(current) = cancel.clone();
                jobs.send((*job, ProgramClock::of_state(&clock), cancel)).map_err(|_| closed())?;
            }
            ToWorker::Cancel => lock(current).cancel(),
            ToWorker::Reply { value, clock } => {
                replies.send((clock, Ok(HostReply { value, payload: bytes }))).map_err(|_| closed())?;
            }
            ToWorker::Refusal { kind, message, reason, clock } => {
                replies.send((clock, Err(HostCallError { kind, message, reason }))).map_err(|_| closed())?;
            }
        }
    }
}

/// Passes host calls to the pool.
struct OverTheWire {
    replies: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Reply>>>,
    clock: ProgramClock,
}

#[async_trait]
impl HostCalls for OverTheWire {
    async fn call(&mut self, call: HostCall) -> Result<HostReply, HostCallError> {
        let gone = || HostCallError::new("HostGone", "the host is gone");
        let HostCall { name, arguments, payload } = call;
        let clock = self.clock.moved();
        say(&FromWorker::Call { name, arguments, clock }, &payload).map_err(|_| gone())?;
        let (moved, reply) = self.replies.lock().await.recv().await.ok_or_else(gone)?;
        self.clock.follow(moved);
        reply
    }
}

fn say(message: &impl Serialize, payload: &[u8]) -> Result<(), Error> {
    let head = wire::head(message, payload)?;
    let mut out = std::io::stdout().lock();
    out.write_all(&head)
        .and_then(|()| out.write_all(payload))
        .and_then(|()| out.flush())
        .map_err(|error| Error::Worker(error.to_string()))
}

fn lock(current: &Mutex<CancellationToken>) -> std::sync::MutexGuard<'_, CancellationToken> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

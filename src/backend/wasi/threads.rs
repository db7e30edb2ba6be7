//! The threads that run guests, and the tick that interrupts them.
//!
//! A guest runs on a thread of its own kind, with a stack large enough for any guest, never on one of the async
//! runtime's. At most `slots` run at once; further executions wait for a slot. A ticking thread moves the engine's epoch
//! while anything runs, so that every guest looks at its limits a few hundred times a second.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::image::Loaded;
use super::{Error, engine, run};
use crate::backend::{Job, Report, Surroundings, ending};

/// How often a running guest is interrupted to look at its limits.
const TICK: Duration = Duration::from_millis(4);

/// A pool of guest threads over one loaded image.
pub(super) struct Threads {
    shared: Arc<Shared>,
    slots: Arc<Semaphore>,
}

struct Shared {
    image: Loaded,
    state: Mutex<State>,
    /// Signalled when there is a task, and when the pool closes.
    work: Condvar,
    /// Signalled when the first guest starts, and when the pool closes.
    tick: Condvar,
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Task>,
    idle: usize,
    running: usize,
    ticking: bool,
    closed: bool,
}

struct Task {
    job: Job,
    surroundings: Surroundings,
    runtime: Handle,
    done: oneshot::Sender<Result<Report, Error>>,
    /// Given back when the guest is gone, whoever still waits for it.
    _slot: OwnedSemaphorePermit,
}

impl Threads {
    pub(super) fn new(image: Loaded, slots: u32) -> Self {
        let shared = Shared { image, state: Mutex::default(), work: Condvar::new(), tick: Condvar::new() };
        Self { shared: Arc::new(shared), slots: Arc::new(Semaphore::new(slots as usize)) }
    }

    /// Runs a job on a guest thread. Dropping the future cancels the job.
    pub(super) async fn run(&self, job: Job, mut surroundings: Surroundings) -> Result<Report, Error> {
        // A token of its own: giving up on one job must not cancel its caller's others.
        let cancel = surroundings.cancel.child_token();
        surroundings.cancel = cancel.clone();
        let slot = tokio::select! {
            slot = Arc::clone(&self.slots).acquire_owned() => slot.map_err(|_| Error::Engine("the backend was closed".to_owned()))?,
            () = cancel.cancelled() => return Ok(ending::cancelled_before_start(&job)),
        };
        let (done, report) = oneshot::channel();
        let cancel_if_dropped = cancel.drop_guard();
        self.shared.hand(Task { job, surroundings, runtime: Handle::current(), done, _slot: slot })?;
        let report = report.await.map_err(|_| Error::Engine("the guest's thread died".to_owned()))?;
        cancel_if_dropped.disarm();
        report
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
        self.shared.tick.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding the lock; if something did, the state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a task for an idle thread; starts another thread if there is none.
    fn hand(self: &Arc<Self>, task: Task) -> Result<(), Error> {
        let mut state = self.lock();
        if !state.ticking {
            self.spawn("aerie-tick", 1 << 16, Self::tick)?;
            state.ticking = true;
        }
        if state.tasks.len() >= state.idle {
            self.spawn("aerie-guest", engine::STACK_BYTES, Self::serve)?;
        }
        state.tasks.push_back(task);
        self.work.notify_one();
        Ok(())
    }

    fn spawn(self: &Arc<Self>, name: &str, stack: usize, body: fn(&Self)) -> Result<(), Error> {
        let shared = Arc::clone(self);
        std::thread::Builder::new()
            .name(name.to_owned())
            .stack_size(stack)
            .spawn(move || body(&shared))
            .map(|_| ())
            .map_err(|error| Error::Engine(format!("cannot start a thread: {error}")))
    }

    /// One guest thread: runs tasks until the pool is dropped.
    fn serve(&self) {
        let mut state = self.lock();
        loop {
            if let Some(Task { job, surroundings, runtime, done, _slot }) = state.tasks.pop_front() {
                state.running += 1;
                if state.running == 1 {
                    self.tick.notify_one();
                }
                drop(state);
                // What answers host calls or takes output is the embedder's code: if it panics, only this job is lost.
                let report = catch_unwind(AssertUnwindSafe(|| run::run(&self.image, &job, surroundings, runtime)))
                    .unwrap_or_else(|_| {
                        Err(Error::Engine("the host's own code panicked during the execution".to_owned()))
                    });
                state = self.lock();
                state.running -= 1;
                // Whoever waits may hand in the next job at once: be idle before it can.
                state.idle += 1;
                let _ = done.send(report);
            } else if state.closed {
                return;
            } else {
                state.idle += 1;
            }
            while state.tasks.is_empty() && !state.closed {
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.idle -= 1;
        }
    }

    /// The ticking thread: sleeps for good while nothing runs.
    fn tick(&self) {
        let mut state = self.lock();
        while !state.closed || state.running > 0 {
            if state.running == 0 {
                state = self.tick.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            drop(state);
            std::thread::sleep(TICK);
            self.image.engine().increment_epoch();
            state = self.lock();
        }
    }
}

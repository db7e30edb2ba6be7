//! [`Pool`]: kernels that are started and prepared ahead of need. Each is used once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::{Error, excerpt};
use super::kernel::Kernel;
use super::rest::{Left, Server};

/// How often the warm kernels are looked after.
const LOOK: Duration = Duration::from_secs(15);
/// How long after one was taken the next is started: starting it takes the server's only thread from whoever just got one.
const PAUSE: Duration = Duration::from_millis(250);

/// A kernel of a pool.
#[derive(Debug)]
pub enum Taken {
    /// Just started: it answered a moment ago.
    New(Kernel),
    /// It waited. That it still answers is for its cell to show: to ask takes as long as half of a short program.
    Waited(Kernel),
}

/// How a pool is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSettings {
    /// The kernelspec.
    pub kernel_name: String,
    /// How many kernels wait.
    pub size: usize,
    /// How many kernels there are at most, waiting and in use.
    pub at_most: usize,
    /// Python that is run in each new kernel.
    pub prepare: String,
    /// A kernel that waited longer is replaced: servers end kernels that idle too long.
    pub max_age: Duration,
}

/// Kernels of one kernelspec of one server. Clones are the same pool.
#[derive(Debug, Clone)]
pub struct Pool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    server: Server,
    settings: PoolSettings,
    warm: Mutex<VecDeque<(Kernel, Instant)>>,
    /// How many are being started to wait.
    coming: AtomicUsize,
    /// How many wait for one.
    waiting: AtomicUsize,
    room: Arc<Semaphore>,
    ready: Notify,
    closed: CancellationToken,
}

impl Pool {
    /// A pool that begins to fill itself.
    #[must_use]
    pub fn new(server: Server, settings: PoolSettings) -> Self {
        let pool = Self(Arc::new(Inner {
            room: Arc::new(Semaphore::new(settings.at_most.clamp(1, 10_000))),
            server,
            settings,
            warm: Mutex::default(),
            coming: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            ready: Notify::new(),
            closed: CancellationToken::new(),
        }));
        pool.fill();
        let (inner, closed) = (Arc::downgrade(&pool.0), pool.0.closed.clone());
        // No task that settling waits for: it lasts as long as the pool.
        pool.0.server.runtime().spawn(async move {
            while closed.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
                let Some(inner) = inner.upgrade() else { return };
                Self(inner).look_after();
            }
        });
        pool
    }

    /// A prepared kernel: one that waits, or a new one. Waits while there are as many as there may be.
    pub async fn take(&self) -> Result<Taken, Error> {
        let kernel = self.0.closed.run_until_cancelled(self.taken()).await.unwrap_or(Err(Error::Closed));
        let (pool, closed) = (self.clone(), self.0.closed.clone());
        self.0.server.spawn(async move {
            if closed.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_some() {
                pool.fill();
            }
        });
        kernel
    }

    async fn taken(&self) -> Result<Taken, Error> {
        loop {
            while let Some((mut kernel, since)) = self.oldest() {
                if since.elapsed() < self.0.settings.max_age && !kernel.is_known_dead() {
                    return Ok(Taken::Waited(kernel));
                }
            }
            let _waiting = Waiting::new(&self.0.waiting);
            tokio::select! {
                biased;
                () = self.0.ready.notified() => {}
                room = Arc::clone(&self.0.room).acquire_owned() => {
                    return self.started(room.map_err(|_| Error::Closed)?).await.map(Taken::New);
                }
            }
        }
    }

    fn oldest(&self) -> Option<(Kernel, Instant)> {
        self.warm().pop_front()
    }

    async fn started(&self, room: OwnedSemaphorePermit) -> Result<Kernel, Error> {
        let name = &self.0.settings.kernel_name;
        let mut kernel = Kernel::start_with(&self.0.server, name, Some(room)).await?;
        let prepared = kernel.run_silently(&self.0.settings.prepare);
        let within = self.0.server.timing().first_word;
        let prepared = tokio::time::timeout(within, prepared).await;
        let message = match prepared {
            Ok(Ok(Ok(()))) => return Ok(kernel),
            Ok(Ok(Err(message))) => excerpt(&message),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(Error::Mute { kernel: kernel.kernel_id()?, after: within }),
        };
        Err(Error::Unprepared { name: name.clone(), message })
    }

    /// Starts what is missing, as far as there is room that nobody waits for.
    fn fill(&self) {
        let inner = &self.0;
        loop {
            if inner.closed.is_cancelled() || inner.waiting.load(Ordering::SeqCst) > 0 {
                return;
            }
            let Ok(room) = Arc::clone(&inner.room).try_acquire_owned() else { return };
            {
                let warm = self.warm();
                if warm.len() + inner.coming.load(Ordering::SeqCst) >= inner.settings.size {
                    return;
                }
                inner.coming.fetch_add(1, Ordering::SeqCst);
            }
            let pool = self.clone();
            inner.server.spawn(async move {
                let started = pool.0.closed.run_until_cancelled(pool.started(room)).await;
                {
                    let mut warm = pool.warm();
                    pool.0.coming.fetch_sub(1, Ordering::SeqCst);
                    match started {
                        Some(Ok(kernel)) if !pool.0.closed.is_cancelled() => warm.push_back((kernel, Instant::now())),
                        Some(Err(error)) => tracing::warn!(%error, "no kernel could be started ahead of need"),
                        _ => {}
                    }
                }
                pool.0.ready.notify_one();
            });
        }
    }

    /// Replaces those that died or grew old.
    fn look_after(&self) {
        self.0.server.delete_left_later();
        let max_age = self.0.settings.max_age;
        self.warm().retain_mut(|(kernel, since)| since.elapsed() < max_age && !kernel.is_known_dead());
        self.fill();
    }

    /// How many wait now.
    pub fn warm_now(&self) -> usize {
        self.warm().len()
    }

    /// Deletes all that wait, and gives out no more. Waits for all deletions of the server; names what could not be deleted.
    pub async fn close(&self) -> Vec<Left> {
        self.0.closed.cancel();
        let warm = std::mem::take(&mut *self.warm());
        drop(warm);
        self.0.server.settle().await
    }

    fn warm(&self) -> MutexGuard<'_, VecDeque<(Kernel, Instant)>> {
        self.0.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

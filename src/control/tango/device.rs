//! [`Device`]: one call at a time to one device, each on a task that nobody can cancel.
//!
//! The caller's deadline ends the caller's wait, never the call: the device counts as busy until the call answers, the
//! connection breaks, or it has been given up, which closes the connection (as cppTango's clients do) and cancels nothing.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep_until, timeout, timeout_at};

use super::failure::Failure;
use super::link::{Link, Target};

/// How many calls wait for one device before more are refused.
const MAX_WAITING: usize = 64;
/// How often a request is sent that did not leave, or a read whose connection broke.
const MAX_ATTEMPTS: usize = 3;
/// How many attempts to connect may be left behind that neither succeed nor fail.
const MAX_ABANDONED: usize = 4;

/// Whether something that changes the device has left: decided once, by the call or by whoever stops waiting for it.
#[derive(Debug, Default)]
pub(super) struct Ticket(AtomicU8);

const OPEN: u8 = 0;
const SENT: u8 = 1;
const VOID: u8 = 2;

impl Ticket {
    /// To be asked directly before sending a change: whether somebody still wants it.
    pub(super) fn send(&self) -> Result<(), Failure> {
        let sent = self.0.compare_exchange(OPEN, SENT, Ordering::AcqRel, Ordering::Acquire);
        sent.map(drop).map_err(|_| Failure::Cancelled)
    }

    /// Whether a change may have left.
    pub(super) fn is_sent(&self) -> bool {
        self.0.load(Ordering::Acquire) == SENT
    }

    /// Nobody wants it any more. Says whether it had left.
    fn void(&self) -> bool {
        self.0.compare_exchange(OPEN, VOID, Ordering::AcqRel, Ordering::Acquire).is_err_and(|state| state == SENT)
    }
}

/// What to do over a link, possibly more than once.
pub(super) type Send<T> =
    Arc<dyn Fn(Arc<Link>, Arc<Ticket>) -> BoxFuture<'static, Result<T, Failure>> + std::marker::Send + Sync>;

/// One connection's life: its link, and whose turn it is.
#[derive(Debug)]
struct Session {
    gate: Arc<Semaphore>,
    link: Mutex<Option<Arc<Link>>>,
}

impl Session {
    fn new() -> Arc<Self> {
        Arc::new(Self { gate: Arc::new(Semaphore::new(1)), link: Mutex::default() })
    }

    fn link(&self) -> Option<Arc<Link>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, link: Option<Arc<Link>>) {
        let old = std::mem::replace(&mut *self.link.lock().unwrap_or_else(PoisonError::into_inner), link);
        if let Some(old) = old {
            old.close();
        }
    }

    /// Forgets this link, and no later one.
    fn forget(&self, link: &Arc<Link>) {
        let mut current = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|current| Arc::ptr_eq(current, link));
        drop(current);
        link.close();
    }
}

/// One device.
#[derive(Debug)]
pub(super) struct Device {
    target: Target,
    give_up: Duration,
    runtime: Handle,
    session: Mutex<Arc<Session>>,
    waiting: AtomicUsize,
    abandoned: AtomicUsize,
}

impl Device {
    pub(super) fn new(target: Target, give_up: Duration, runtime: Handle) -> Arc<Self> {
        Arc::new(Self {
            target,
            give_up,
            runtime,
            session: Mutex::new(Session::new()),
            waiting: AtomicUsize::new(0),
            abandoned: AtomicUsize::new(0),
        })
    }

    /// Where it is found.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Whether nothing runs or waits, so that it may be forgotten.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0 && self.session().gate.available_permits() > 0
    }

    /// Closes its connection; what runs comes back with an error.
    pub(super) fn close(&self) {
        let old = std::mem::replace(&mut *self.lock(), Session::new());
        old.gate.close();
        old.set(None);
    }

    /// Does something over a link. The caller may go away at any time: what has not been sent then never is.
    pub(super) async fn call<T>(self: &Arc<Self>, deadline: Instant, send: Send<T>) -> Result<T, Failure>
    where
        T: std::marker::Send + 'static,
    {
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= MAX_WAITING {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(Failure::Busy);
        }
        let waiting = Waiting(Arc::clone(self));
        let (answer, answered) = oneshot::channel();
        let call = Call { device: Arc::clone(self), deadline, send, ticket: Arc::default(), answer };
        self.runtime.spawn(call.run(waiting));
        answered.await.unwrap_or_else(|_| Err(Failure::Lost("the call ended without an answer".to_owned())))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Arc<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self) -> Arc<Session> {
        Arc::clone(&self.lock())
    }

    /// Starts anew with another connection; whoever waits for the old one's turn moves over.
    fn replace(&self, session: &Arc<Session>) {
        let mut current = self.lock();
        if Arc::ptr_eq(&current, session) {
            *current = Session::new();
        }
        drop(current);
        session.gate.close();
        session.set(None);
    }

    /// Waits for a call that nobody waits for, and gives it up in the end.
    async fn outlive<T>(self: Arc<Self>, session: Arc<Session>, mut task: JoinHandle<T>) {
        if timeout(self.give_up, &mut task).await.is_err() {
            tracing::warn!(target = ?self.target, after = ?self.give_up, "a Tango call does not answer; its connection is closed");
            self.replace(&session);
        }
    }

    /// The same for an attempt to connect, which cannot be closed and is left behind.
    async fn outlive_connecting<T>(self: Arc<Self>, session: Arc<Session>, mut task: JoinHandle<T>) {
        if timeout(self.give_up, &mut task).await.is_err() {
            if self.abandoned.fetch_add(1, Ordering::AcqRel) < MAX_ABANDONED {
                self.replace(&session);
            }
            drop(task.await);
            self.abandoned.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.close();
    }
}

/// Counts a caller until it has its answer.
struct Waiting(Arc<Device>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// One call, on its way.
struct Call<T> {
    device: Arc<Device>,
    deadline: Instant,
    send: Send<T>,
    ticket: Arc<Ticket>,
    answer: oneshot::Sender<Result<T, Failure>>,
}

/// What comes of waiting for a turn or a link.
enum Step<T> {
    Go(T),
    Again,
    End(Failure),
}

impl<T: std::marker::Send + 'static> Call<T> {
    async fn run(mut self, waiting: Waiting) {
        let mut attempts = 0;
        let failure = loop {
            let session = self.device.session();
            let permit = match self.turn(&session).await {
                Step::Go(permit) => permit,
                Step::Again => continue,
                Step::End(failure) => break failure,
            };
            let (link, permit) = match self.link(&session, permit).await {
                Step::Go(ready) => ready,
                Step::Again => continue,
                Step::End(failure) => break failure,
            };
            attempts += 1;
            let mut task = self.start(&link, permit);
            let deadline = sleep_until(self.deadline.into());
            let ended = tokio::select! {
                biased;
                ended = &mut task => Some(ended),
                () = deadline => None,
                () = self.answer.closed() => None,
            };
            let Some(ended) = ended else {
                let sent = self.ticket.void();
                let waited = "the device has not answered".to_owned();
                drop(self.answer.send(Err(Failure::TimedOut { sent, waited })));
                drop(waiting);
                return self.device.outlive(session, task).await;
            };
            let failure = match ended {
                Ok(Ok(value)) => {
                    drop(waiting);
                    drop(self.answer.send(Ok(value)));
                    return;
                }
                Ok(Err(failure)) => failure,
                // A panic while decoding: the answer had come, and cannot be read.
                Err(_) => Failure::Lost("the answer cannot be read".to_owned()),
            };
            match failure {
                Failure::NotSent(reason) => {
                    session.forget(&link);
                    if attempts >= MAX_ATTEMPTS {
                        break Failure::NotConnected(reason);
                    }
                    self.ticket = Arc::default();
                }
                Failure::Broken(reason) => {
                    session.forget(&link);
                    if self.ticket.is_sent() {
                        break Failure::Lost(reason);
                    }
                    if attempts >= MAX_ATTEMPTS {
                        break Failure::NotConnected(reason);
                    }
                }
                failure => break failure,
            }
        };
        drop(waiting);
        drop(self.answer.send(Err(failure)));
    }

    /// Waits until no other call runs.
    async fn turn(&mut self, session: &Session) -> Step<OwnedSemaphorePermit> {
        let turn = timeout_at(self.deadline.into(), Arc::clone(&session.gate).acquire_owned());
        tokio::select! {
            biased;
            () = self.answer.closed() => Step::End(Failure::Cancelled),
            turn = turn => match turn {
                Ok(Ok(_)) if Instant::now() >= self.deadline => Step::End(late()),
                Ok(Ok(permit)) => Step::Go(permit),
                Ok(Err(_)) => Step::Again,
                Err(_) if session.link().is_none() => Step::End(connecting()),
                Err(_) => Step::End(late()),
            },
        }
    }

    /// The link, connected if there is none. The attempt keeps the turn until it ends.
    async fn link(
        &mut self,
        session: &Arc<Session>,
        permit: OwnedSemaphorePermit,
    ) -> Step<(Arc<Link>, OwnedSemaphorePermit)> {
        if let Some(link) = session.link() {
            return Step::Go((link, permit));
        }
        let device = Arc::clone(&self.device);
        let own = Arc::clone(session);
        let mut task = self.device.runtime.spawn(async move {
            let link = Link::connect(&device.target).await?;
            own.set(Some(Arc::clone(&link)));
            Ok::<_, Failure>((link, permit))
        });
        let deadline = sleep_until(self.deadline.into());
        let ended = tokio::select! {
            biased;
            ended = &mut task => Some(ended),
            () = deadline => None,
            () = self.answer.closed() => None,
        };
        match ended {
            Some(Ok(Ok(ready))) => Step::Go(ready),
            Some(Ok(Err(failure))) => Step::End(failure),
            Some(Err(_)) => Step::End(Failure::NotConnected("connecting failed within the Tango library".to_owned())),
            None => {
                let device = Arc::clone(&self.device);
                self.device.runtime.spawn(device.outlive_connecting(Arc::clone(session), task));
                Step::End(connecting())
            }
        }
    }

    /// Starts the call on a task of its own, which keeps the turn.
    fn start(&self, link: &Arc<Link>, permit: OwnedSemaphorePermit) -> JoinHandle<Result<T, Failure>> {
        let call = (self.send)(Arc::clone(link), Arc::clone(&self.ticket));
        self.device.runtime.spawn(async move {
            let result = call.await;
            drop(permit);
            result
        })
    }
}

fn late() -> Failure {
    Failure::TimedOut {
        sent: false,
        waited: "the device is still busy with an earlier call, and nothing was sent".to_owned(),
    }
}

fn connecting() -> Failure {
    Failure::NotConnected("its server has not answered to connecting in time".to_owned())
}

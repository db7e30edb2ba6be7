//! [`Channels`]: a channel for every name that was used lately, connected once and connected again when it is lost.
//!
//! Names come from programs that nobody trusts. An unknown one costs a search and nothing else: there is no state of a
//! server that it could spoil. A server that announces a channel and then refuses to make it has refused that name only.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as Turn;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::circuit::{Circuit, NotSent};
use super::link::Link;
use super::search::Searcher;
use crate::control::ControlError;
use crate::control::epics::not_connected;

/// Most channels that are kept.
const MOST_CHANNELS: usize = 20_000;
/// For how long a name that nobody had is not looked for again.
const FORGET_FAILURE: Duration = Duration::from_secs(2);
/// A failure is worth remembering only if there was time for an answer.
const WORTH_REMEMBERING: Duration = Duration::from_millis(250);
/// For how long a server may take to accept a connection, or to make a channel, before the search starts anew.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) struct Channels {
    searcher: Searcher,
    introduction: Vec<u8>,
    slots: Mutex<HashMap<Arc<str>, Arc<Slot>>>,
    circuits: Mutex<HashMap<SocketAddr, Server>>,
    clock: AtomicU64,
}

/// One server's circuit, if there is one. Held by the one who connects.
type Server = Arc<Turn<Option<Arc<Circuit>>>>;

/// One name.
#[derive(Debug, Default)]
struct Slot {
    link: Mutex<Option<Arc<Link>>>,
    /// Held by the one who connects; what is in it is the last failure.
    turn: Turn<Option<(Instant, String)>>,
    /// Whether it was ever connected.
    known: AtomicBool,
    used: AtomicU64,
}

impl Slot {
    fn link(&self) -> MutexGuard<'_, Option<Arc<Link>>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> Option<Arc<Link>> {
        let mut link = self.link();
        // A dead one is dropped, so that it does not keep its circuit.
        if link.as_ref().is_some_and(|link| !link.is_alive()) {
            *link = None;
        }
        link.clone()
    }
}

impl Channels {
    pub(super) fn new(searcher: Searcher, introduction: Vec<u8>) -> Self {
        Self { searcher, introduction, slots: Mutex::default(), circuits: Mutex::default(), clock: AtomicU64::new(0) }
    }

    fn slot(&self, name: &str) -> Arc<Slot> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(name) {
            slot.used.store(now, Ordering::Relaxed);
            return Arc::clone(slot);
        }
        let evicted = if slots.len() >= MOST_CHANNELS { evict(&mut slots) } else { Vec::new() };
        let slot = Arc::new(Slot::default());
        slot.used.store(now, Ordering::Relaxed);
        slots.insert(Arc::from(name), Arc::clone(&slot));
        drop(slots);
        // Dropping a link sends something; not while the table is locked.
        drop(evicted);
        slot
    }

    /// The channel of this name, connected.
    pub(super) async fn connect(&self, name: &str, deadline: Instant) -> Result<Arc<Link>, ControlError> {
        let slot = self.slot(name);
        if let Some(link) = slot.alive() {
            return Ok(link);
        }
        let started = Instant::now();
        let Ok(mut turn) = timeout_at(deadline, slot.turn.lock()).await else {
            return Err(not_connected(name, "no server answered to its name in time"));
        };
        if let Some(link) = slot.alive() {
            return Ok(link);
        }
        let known = slot.known.load(Ordering::Relaxed);
        if let Some((when, reason)) = turn.as_ref().filter(|(when, _)| !known && when.elapsed() < FORGET_FAILURE) {
            let ago = when.elapsed().as_millis();
            return Err(not_connected(name, format!("{reason} ({ago} ms ago)")));
        }
        *turn = None;
        match self.look_for(name, deadline).await {
            Ok(link) => {
                slot.known.store(true, Ordering::Relaxed);
                *slot.link() = Some(Arc::clone(&link));
                Ok(link)
            }
            Err(Failure::Busy) => Err(ControlError::Busy { channel: name.to_string() }),
            Err(Failure::Refused(server)) => {
                let reason = format!("{server} announced it and then refused to make the channel");
                *turn = Some((Instant::now(), reason.clone()));
                Err(not_connected(name, reason))
            }
            Err(Failure::Late(reason)) => {
                if started.elapsed() >= WORTH_REMEMBERING {
                    *turn = Some((Instant::now(), reason.clone()));
                }
                Err(not_connected(name, reason))
            }
        }
    }

    /// Searches, connects and makes the channel, again and again until the deadline.
    async fn look_for(&self, name: &str, deadline: Instant) -> Result<Arc<Link>, Failure> {
        let mut reason = "no server answered to its name in time".to_owned();
        let asked: Arc<str> = Arc::from(name);
        loop {
            let found = self.searcher.find(Arc::clone(&asked)).map_err(|_| Failure::Busy)?;
            let Ok(Ok(address)) = timeout_at(deadline, found).await else { return Err(Failure::Late(reason)) };
            let now = Instant::now();
            match timeout_at(deadline.min(now + PATIENCE), self.make(name, address)).await {
                Ok(Ok(Some(link))) => return Ok(link),
                Ok(Ok(None)) => return Err(Failure::Refused(address)),
                Ok(Err(error)) => reason = format!("{address} has it, but: {error}"),
                Err(_) => reason = format!("{address} has it, but makes no channel in time"),
            }
            if Instant::now() >= deadline {
                return Err(Failure::Late(reason));
            }
            // A server that dies or restarts is given a moment.
            sleep_until(deadline.min(Instant::now() + Duration::from_millis(100))).await;
        }
    }

    async fn make(&self, name: &str, address: SocketAddr) -> Result<Option<Arc<Link>>, String> {
        let circuit = self.circuit(address).await.map_err(|error| error.to_string())?;
        circuit.create(name).await.map_err(|not_sent| match not_sent {
            NotSent::Gone => "the connection broke".to_owned(),
            NotSent::Busy => "too much waits to be sent to it".to_owned(),
        })
    }

    async fn circuit(&self, address: SocketAddr) -> std::io::Result<Arc<Circuit>> {
        let turn = {
            let mut circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(circuits.entry(address).or_default())
        };
        let mut current = turn.lock().await;
        if let Some(circuit) = current.as_ref().filter(|circuit| circuit.is_open()) {
            return Ok(Arc::clone(circuit));
        }
        *current = None;
        let opened = timeout(PATIENCE, Circuit::open(address, self.introduction.clone())).await??;
        *current = Some(Arc::clone(&opened));
        Ok(opened)
    }
}

impl Drop for Channels {
    fn drop(&mut self) {
        let mut circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, turn) in circuits.drain() {
            // Nobody holds it: whoever connects holds the channels too.
            if let Ok(Some(circuit)) = turn.try_lock().as_deref() {
                circuit.close("the adapter is dropped");
            }
        }
    }
}

enum Failure {
    Busy,
    Refused(SocketAddr),
    Late(String),
}

/// Makes room: first of names that nobody had, then of those that were not used for longest. What is in use stays.
fn evict(slots: &mut HashMap<Arc<str>, Arc<Slot>>) -> Vec<Arc<Slot>> {
    let mut candidates: Vec<(bool, u64, Arc<str>)> = slots
        .iter()
        .filter(|(_, slot)| Arc::strong_count(slot) == 1)
        .map(|(name, slot)| (slot.known.load(Ordering::Relaxed), slot.used.load(Ordering::Relaxed), Arc::clone(name)))
        .collect();
    candidates.sort_unstable();
    candidates.truncate(MOST_CHANNELS / 16);
    candidates.iter().filter_map(|(_, _, name)| slots.remove(name)).collect()
}

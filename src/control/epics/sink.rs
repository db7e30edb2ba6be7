//! [`Sink`]: where a connection leaves the events of one subscription. It never waits for a slow reader; the oldest go
//! first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

const EVENTS: usize = 64;
const BYTES: usize = 32 << 20;

/// Events on their way from a connection to the one who follows.
#[derive(Debug)]
pub(super) struct Sink<T> {
    state: Mutex<Waiting<T>>,
    news: Notify,
}

#[derive(Debug)]
struct Waiting<T> {
    ended: bool,
    bytes: usize,
    events: VecDeque<(usize, T)>,
}

impl<T> Default for Sink<T> {
    fn default() -> Self {
        let waiting = Waiting { ended: false, bytes: 0, events: VecDeque::new() };
        Self { state: Mutex::new(waiting), news: Notify::new() }
    }
}

impl<T> Sink<T> {
    fn state(&self) -> MutexGuard<'_, Waiting<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves an event that takes so many bytes.
    pub(super) fn push(&self, bytes: usize, event: T) {
        let mut state = self.state();
        state.bytes += bytes;
        state.events.push_back((bytes, event));
        while state.events.len() > 1 && (state.events.len() > EVENTS || state.bytes > BYTES) {
            // What takes no bytes is no value but a change of the connection; those stay while they can.
            let oldest = state.events.iter().position(|(bytes, _)| *bytes > 0).unwrap_or_default();
            let dropped = state.events.remove(oldest).map_or(0, |(bytes, _)| bytes);
            state.bytes = state.bytes.saturating_sub(dropped);
        }
        drop(state);
        self.news.notify_one();
    }

    /// There will be no more.
    pub(super) fn end(&self) {
        self.state().ended = true;
        self.news.notify_one();
    }

    /// The next event; `None` when there will be no more. For one reader; can be dropped at any time.
    pub(super) async fn next(&self) -> Option<T> {
        loop {
            {
                let mut state = self.state();
                if let Some((bytes, event)) = state.events.pop_front() {
                    state.bytes = state.bytes.saturating_sub(bytes);
                    return Some(event);
                }
                if state.ended {
                    return None;
                }
            }
            self.news.notified().await;
        }
    }
}

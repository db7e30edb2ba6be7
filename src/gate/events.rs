//! Subscriptions of one execution: what the control systems send, until the program asks for it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::backend::ProgramClock;
use crate::channel::{Channel, Reading};
use crate::control::{Subscription, Update};

/// Most subscriptions of one execution.
pub(super) const MAX_SUBSCRIPTIONS: usize = 1_000;
/// Updates that wait for the program. When it is slow, the oldest go.
const MAX_WAITING: usize = 10_000;
/// Elements of arrays that wait for the program, all together.
const MAX_WAITING_ELEMENTS: usize = 4_000_000;
/// Most updates in one answer.
const MAX_ANSWER: usize = 1_000;

/// One thing that happened to a subscription.
pub(super) type Happening = (u64, Update);

/// What waits for the program.
#[derive(Default)]
struct Queue {
    waiting: Mutex<(VecDeque<Happening>, usize)>,
    news: Notify,
}

impl Queue {
    fn keep(&self, happening: Happening) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.1 += elements(&happening);
        waiting.0.push_back(happening);
        while waiting.0.len() > MAX_WAITING || (waiting.1 > MAX_WAITING_ELEMENTS && waiting.0.len() > 1) {
            if let Some(oldest) = waiting.0.pop_front() {
                waiting.1 -= elements(&oldest);
            }
        }
        drop(waiting);
        self.news.notify_one();
    }

    fn take(&self) -> Vec<Happening> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        let mut taken_elements = 0;
        while taken.len() < MAX_ANSWER && taken_elements < MAX_WAITING_ELEMENTS {
            let Some(happening) = waiting.0.pop_front() else { break };
            let size = elements(&happening);
            waiting.1 -= size;
            taken_elements += size;
            taken.push(happening);
        }
        taken
    }
}

fn elements(happening: &Happening) -> usize {
    match &happening.1 {
        Update::Reading(reading) => reading.value.len(),
        Update::Connected | Update::Disconnected => 0,
    }
}

/// The subscriptions.
#[derive(Default)]
pub(super) struct Subscriptions {
    last: u64,
    channels: BTreeMap<u64, (Channel, tokio::task::AbortHandle)>,
    queue: Arc<Queue>,
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        for (_, task) in self.channels.values() {
            task.abort();
        }
    }
}

impl Subscriptions {
    pub(super) fn len(&self) -> usize {
        self.channels.len()
    }

    /// Follows a channel from now on.
    pub(super) fn add(&mut self, channel: Channel, subscription: Subscription) -> u64 {
        self.last += 1;
        let (id, queue) = (self.last, Arc::clone(&self.queue));
        let task = tokio::spawn(async move {
            let Subscription { mut updates, guard } = subscription;
            let _guard = guard;
            while let Some(update) = updates.recv().await {
                queue.keep((id, update));
            }
        });
        self.channels.insert(id, (channel, task.abort_handle()));
        id
    }

    pub(super) fn remove(&mut self, id: u64) {
        if let Some((_, task)) = self.channels.remove(&id) {
            task.abort();
        }
    }

    /// The channel of a subscription.
    pub(super) fn channel(&self, id: u64) -> Option<&Channel> {
        self.channels.get(&id).map(|(channel, _)| channel)
    }

    /// Tells the followers of a channel about a value that only a plan holds.
    pub(super) fn tell(&self, name: &str, reading: &Reading) {
        for (id, (channel, _)) in &self.channels {
            if channel.name() == name {
                self.queue.keep((*id, Update::Reading(reading.clone())));
            }
        }
    }

    fn take(&self) -> Vec<Happening> {
        self.queue.take().into_iter().filter(|(id, _)| self.channels.contains_key(id)).collect()
    }

    /// What happened; waits for something until `wait` is over.
    pub(super) async fn happened(&self, wait: Duration, clock: &ProgramClock) -> Vec<Happening> {
        let there = self.take();
        if !there.is_empty() || wait.is_zero() {
            return there;
        }
        if clock.is_virtual() {
            clock.sleep(wait).await;
            return self.take();
        }
        let until = tokio::time::Instant::now() + wait;
        loop {
            if tokio::time::timeout_at(until, self.queue.news.notified()).await.is_err() {
                return self.take();
            }
            let there = self.take();
            if !there.is_empty() {
                return there;
            }
        }
    }
}

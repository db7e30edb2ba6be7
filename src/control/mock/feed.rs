//! Subscriptions ([`Feeds`]): every write is one update; noisy channels, and readbacks on their way, bring ten a second.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio_util::task::AbortOnDropHandle;

use super::core::{Core, Stream, class};
use super::model::Model;
use crate::channel::Channel;
use crate::control::{ControlError, Subscription, Update};

/// Time between two updates of a channel that moves by itself.
const TICK: u64 = 100_000_000;
/// Most updates that wait for a slow reader.
const QUEUE: usize = 64;

/// Who follows what, by the names whose writes matter to them.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    by_name: Mutex<[HashMap<String, Vec<Arc<Feed>>>; 2]>,
    count: AtomicUsize,
}

#[derive(Debug)]
struct Feed {
    channel: Channel,
    model: Model,
    state: Mutex<Queue>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    updates: VecDeque<Update>,
    count: u64,
    last: Option<Update>,
    gone: bool,
}

impl Feeds {
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    fn by_name(&self) -> MutexGuard<'_, [HashMap<String, Vec<Arc<Feed>>>; 2]> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, channel: &Channel) -> Vec<Arc<Feed>> {
        if self.count() == 0 {
            return Vec::new();
        }
        self.by_name()
            .get(class(channel.protocol()))
            .and_then(|names| names.get(channel.name()))
            .cloned()
            .unwrap_or_default()
    }

    /// Tells whoever follows this channel, or one that follows it, that it was written.
    pub fn publish(&self, core: &Core, channel: &Channel, model: &Model) {
        for feed in self.of(channel) {
            feed.push_reading(core);
            if feed.channel.name() == channel.name() && core.is_dropped(channel, model) {
                feed.push(Update::Disconnected);
            }
        }
    }
}

impl Feed {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push_reading(&self, core: &Core) {
        let count = {
            let mut queue = self.queue();
            queue.count = queue.count.wrapping_add(1) & u64::from(u32::MAX);
            queue.count
        };
        self.push(Update::Reading(core.reading(&self.channel, &self.model, Stream::Feed(count))));
    }

    fn push(&self, update: Update) {
        {
            let mut queue = self.queue();
            if queue.gone {
                return;
            }
            queue.gone = update == Update::Disconnected;
            // Readings make place; that a channel came or went does not.
            if queue.updates.len() >= QUEUE
                && let Some(oldest) = queue.updates.iter().position(|update| matches!(update, Update::Reading(_)))
            {
                queue.updates.remove(oldest);
            }
            queue.last = Some(update.clone());
            queue.updates.push_back(update);
        }
        self.wake.notify_one();
    }

    /// A reading, unless it shows what the last one showed.
    fn tick(&self, core: &Core, noisy: bool) {
        if !noisy {
            let value = core.value(&self.channel, &self.model);
            if matches!(&self.queue().last, Some(Update::Reading(last)) if last.value == value) {
                return;
            }
        }
        self.push_reading(core);
    }
}

/// Takes a feed out when its subscription ends.
struct Registered {
    core: Arc<Core>,
    feed: Arc<Feed>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let feeds = &self.core.feeds;
        feeds.count.fetch_sub(1, Ordering::AcqRel);
        let mut by_name = feeds.by_name();
        if let Some(names) = by_name.get_mut(class(self.feed.channel.protocol())) {
            for name in keys(&self.feed.channel, &self.feed.model) {
                if let Some(list) = names.get_mut(name) {
                    list.retain(|feed| !Arc::ptr_eq(feed, &self.feed));
                    if list.is_empty() {
                        names.remove(name);
                    }
                }
            }
        }
    }
}

/// The channel itself and what it may follow.
fn keys<'a>(channel: &'a Channel, model: &'a Model) -> impl Iterator<Item = &'a str> {
    let follows = model.follow.iter().flat_map(|follow| follow.names.iter().map(String::as_str));
    std::iter::once(channel.name()).chain(follows.filter(|name| *name != channel.name()))
}

/// Begins a subscription: the first updates are `Connected` and a reading.
pub(super) fn follow(core: &Arc<Core>, channel: &Channel, model: Model) -> Result<Subscription, ControlError> {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        let message = "a subscription needs an asynchronous runtime around it".to_owned();
        return Err(ControlError::Unsupported { channel: channel.to_string(), message });
    };
    let feeds = &core.feeds;
    if feeds.count.fetch_add(1, Ordering::AcqRel) + core.written() >= core.most {
        feeds.count.fetch_sub(1, Ordering::AcqRel);
        return Err(ControlError::Busy { channel: channel.to_string() });
    }
    let feed = Arc::new(Feed { channel: channel.clone(), model, state: Mutex::default(), wake: Notify::new() });
    feed.push(Update::Connected);
    if let Some(names) = feeds.by_name().get_mut(class(channel.protocol())) {
        for name in keys(&feed.channel, &feed.model) {
            names.entry(name.to_owned()).or_default().push(Arc::clone(&feed));
        }
    }
    feed.push_reading(core);
    let registered = Registered { core: Arc::clone(core), feed };
    let (sender, updates) = mpsc::channel(16);
    let guard = AbortOnDropHandle::new(runtime.spawn(run(registered, sender)));
    Ok(Subscription { updates, guard: Some(guard) })
}

async fn run(registered: Registered, sender: mpsc::Sender<Update>) {
    let Registered { core, feed } = &registered;
    let noisy = feed.model.noise * core.noise > 0.0;
    loop {
        loop {
            let Some(update) = feed.queue().updates.pop_front() else { break };
            if sender.send(update).await.is_err() {
                return;
            }
        }
        let ticks = (noisy || core.is_moving(&feed.channel, &feed.model)) && !feed.queue().gone;
        let next = if ticks { core.clock.now().saturating_add(TICK) } else { u64::MAX };
        tokio::select! {
            () = sender.closed() => return,
            () = feed.wake.notified() => {}
            () = core.clock.until(next), if ticks => feed.tick(core, noisy),
        }
    }
}

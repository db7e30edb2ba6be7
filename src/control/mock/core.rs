//! The machine itself ([`Core`]): which channels there are, what was written, and what a reading shows.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::clock::{Clock, stamp};
use super::feed::Feeds;
use super::model::Model;
use super::motion::{Motion, Track};
use super::noise::{Chance, hash};
use super::state::{Entry, State, noisy};
use super::{fields, names, types};
use crate::channel::{Channel, Part, Protocol, Reading, Value};
use crate::control::ControlError;

/// Most bytes of values that are kept.
const MAX_BYTES: usize = 256 << 20;

/// Channels that are described exactly; names of EPICS, and of Tango.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub models: [HashMap<String, Model>; 2],
    /// Tango devices that have a channel.
    pub devices: HashSet<String>,
    pub only: bool,
}

#[derive(Debug)]
pub(super) struct Core {
    pub chance: Chance,
    pub clock: Clock,
    pub script: Script,
    /// Most names that are kept.
    pub most: usize,
    /// What the noise is multiplied with.
    pub noise: f64,
    pub delay: u64,
    pub lag: u64,
    pub feeds: Feeds,
    state: Mutex<State>,
}

/// Whose noise a reading has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    /// Readings that were asked for, in their order.
    Reads,
    /// A subscription's, by number.
    Feed(u64),
}

/// EPICS and Tango names do not meet.
pub(super) fn class(protocol: Protocol) -> usize {
    usize::from(protocol == Protocol::Tango)
}

fn in_class<T>(both: &[T; 2], protocol: Protocol) -> &T {
    let [epics, tango] = both;
    if protocol == Protocol::Tango { tango } else { epics }
}

impl Core {
    pub fn new(seed: u64, script: Script) -> Self {
        Self {
            chance: Chance::new(seed),
            clock: Clock::real(),
            script,
            most: 100_000,
            noise: 1.0,
            delay: 0,
            lag: 0,
            feeds: Feeds::default(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a channel is; nothing if there is none of that name.
    pub fn model(&self, channel: &Channel) -> Option<Cow<'_, Model>> {
        let scripted = in_class(&self.script.models, channel.protocol());
        if !scripted.is_empty() {
            if let Some(model) = scripted.get(channel.name()) {
                return Some(Cow::Borrowed(model));
            }
            if let Some((record, field)) = channel.field()
                && let Some(base) = scripted.get(record)
            {
                let mut model = fields::field(channel.protocol(), record, field, base)?;
                model.about.writable = false;
                return Some(Cow::Owned(model));
            }
        }
        if self.script.only {
            return None;
        }
        let mut model = names::guess(channel, &self.chance)?;
        if let Some(follow) = &model.follow
            && let Some(setpoint) = follow.names.iter().find_map(|name| scripted.get(name))
        {
            let follow = model.follow.take();
            model = Model { follow, followers: Vec::new(), ..setpoint.clone() };
            model.about.writable = false;
        }
        Some(Cow::Owned(model))
    }

    /// A model, or the error of a name that does not exist.
    pub async fn find(&self, channel: &Channel, deadline: Instant) -> Result<Cow<'_, Model>, ControlError> {
        if let Some(model) = self.model(channel) {
            return Ok(model);
        }
        if let Some((device, last)) = channel.tango_parts()
            && (!self.script.only || self.script.devices.contains(&device))
        {
            let (reason, what) = match channel.part() {
                Part::Command => ("API_CommandNotFound", "command"),
                _ => ("API_AttrNotFound", "attribute"),
            };
            let message = format!("the device {device} has no {what} {last}");
            return Err(refused(channel, reason, message));
        }
        self.wait_out(deadline).await;
        Err(not_connected(channel, "no such name in the machine's description"))
    }

    /// Waits as long as this channel lets one wait, and fails where it fails.
    pub async fn answer(&self, channel: &Channel, model: &Model, deadline: Instant) -> Result<(), ControlError> {
        if self.is_dropped(channel, model) {
            self.wait_out(deadline).await;
            return Err(not_connected(channel, "the connection broke"));
        }
        if model.faults.never_answers {
            self.wait_out(deadline).await;
            return Err(timed_out(channel));
        }
        if self.wait(self.delay_of(model), deadline).await { Ok(()) } else { Err(timed_out(channel)) }
    }

    pub fn delay_of(&self, model: &Model) -> u64 {
        self.delay.saturating_add(model.faults.delay)
    }

    /// Lets this time go by; says whether the deadline allowed it.
    pub async fn wait(&self, nanos: u64, deadline: Instant) -> bool {
        if nanos == 0 {
            return true;
        }
        let (delay, rest) = (Duration::from_nanos(nanos), deadline.saturating_duration_since(Instant::now()));
        self.clock.pass(delay.min(rest)).await;
        delay <= rest
    }

    /// Waits until the deadline.
    pub async fn wait_out(&self, deadline: Instant) {
        self.clock.pass(deadline.saturating_duration_since(Instant::now())).await;
    }

    /// Whether the connection broke after some writes.
    pub fn is_dropped(&self, channel: &Channel, model: &Model) -> bool {
        model.faults.drops_after.is_some_and(|most| {
            most == 0 || {
                let state = self.state();
                in_class(&state.entries, channel.protocol())
                    .get(channel.name())
                    .is_some_and(|entry| entry.writes >= most)
            }
        })
    }

    /// What a channel shows without noise, and what it was set to.
    fn truth(state: &mut State, channel: &Channel, model: &Model, now: u64) -> (Value, Option<Value>) {
        let [epics, tango] = &mut state.entries;
        let entries = if channel.protocol() == Protocol::Tango { tango } else { epics };
        if let Some(follow) = &model.follow {
            for name in &follow.names {
                if let Some(entry) = entries.get_mut(name.as_str()) {
                    let place = if follow.place < entry.tracks.len() { follow.place } else { 0 };
                    if let Some(track) = entry.tracks.get_mut(place) {
                        let value = model.shifted(track.value(now), follow.offset);
                        return (value, entries.get(channel.name()).map(|entry| entry.value.clone()));
                    }
                }
            }
        }
        match entries.get(channel.name()) {
            Some(entry) => (entry.value.clone(), Some(entry.value.clone())),
            None => {
                let state = |name: &str| entries.get(name).map_or(Value::Enum(0), |entry| entry.value.clone());
                (model.first_value(state), None)
            }
        }
    }

    /// What a channel shows without noise.
    pub fn value(&self, channel: &Channel, model: &Model) -> Value {
        Self::truth(&mut self.state(), channel, model, self.clock.now()).0
    }

    /// A reading of now.
    pub fn reading(&self, channel: &Channel, model: &Model, stream: Stream) -> Reading {
        let (now, noise) = (self.clock.now(), model.noise * self.noise);
        let own = hash(channel.name()) ^ u64::from(channel.protocol() == Protocol::Tango);
        let (mut value, set, count) = {
            let mut state = self.state();
            let (value, set) = Self::truth(&mut state, channel, model, now);
            let count = match stream {
                Stream::Reads if noise > 0.0 => state.count(own, self.most),
                Stream::Feed(count) => count,
                Stream::Reads => 0,
            };
            (value, set, count)
        };
        let exact = (set.is_none() && noise > 0.0 && model.about.writable).then(|| value.clone());
        if noise > 0.0 {
            let stream = if matches!(stream, Stream::Feed(_)) { own ^ 0x0F0F_0F0F } else { own };
            value = noisy(value, model, noise, &mut self.chance.noise(stream, count));
        }
        let mut reading = model.reading(channel.protocol(), value, stamp(now));
        if let (Some(shown), Some(set)) = (&mut reading.set_value, set.or(exact)) {
            *shown = set;
        }
        reading
    }

    /// Whether a readback is on its way.
    pub fn is_moving(&self, channel: &Channel, model: &Model) -> bool {
        let Some(follow) = &model.follow else { return false };
        let now = self.clock.now();
        let mut state = self.state();
        let [epics, tango] = &mut state.entries;
        let entries = if channel.protocol() == Protocol::Tango { tango } else { epics };
        follow.names.iter().find_map(|name| {
            let tracks = &mut entries.get_mut(name.as_str())?.tracks;
            let place = if follow.place < tracks.len() { follow.place } else { 0 };
            Some(tracks.get_mut(place)?.is_moving(now))
        }) == Some(true)
    }

    /// Writes a value that was judged before.
    pub fn apply(&self, channel: &Channel, model: &Model, value: Value) -> Result<(), ControlError> {
        let now = self.clock.now();
        // A value is kept here and in each track.
        let copies = 1 + model.followers.len().max(1);
        let weight = types::weight(&value) * copies;
        {
            let mut state = self.state();
            let first = Self::truth(&mut state, channel, model, now).0;
            let kept = state.entries.iter().map(HashMap::len).sum::<usize>() + self.feeds.count();
            let state = &mut *state;
            let [epics, tango] = &mut state.entries;
            let entries = if channel.protocol() == Protocol::Tango { tango } else { epics };
            let before = entries.get(channel.name()).map(|entry| types::weight(&entry.value) * copies);
            let bytes = state.bytes.saturating_sub(before.unwrap_or(0)).saturating_add(weight);
            if (before.is_none() && kept >= self.most) || bytes > MAX_BYTES {
                return Err(ControlError::Busy { channel: channel.to_string() });
            }
            state.bytes = bytes;
            let entry = entries.entry(channel.name().to_owned()).or_insert_with(|| {
                let usual = [Motion { lag: self.lag, rate: None, start: None }];
                let motions = if model.followers.is_empty() { &usual[..] } else { &model.followers[..] };
                let tracks = motions.iter().map(|motion| Track::new(motion, &first, now)).collect();
                Entry { value: Value::None, tracks, writes: 0 }
            });
            for track in &mut entry.tracks {
                track.aim(now, value.clone());
            }
            entry.value = value.clone();
            entry.writes = entry.writes.saturating_add(1);
            state.note(channel.name(), value);
        }
        self.feeds.publish(self, channel, model);
        Ok(())
    }

    /// Puts something in the log of what was done.
    pub fn note(&self, name: &str, value: Value) {
        self.state().note(name, value);
    }

    pub fn log(&self) -> Vec<(String, Value)> {
        self.state().log.iter().cloned().collect()
    }

    /// Whether so many writes find room, whatever they are of.
    pub fn has_room_for(&self, writes: usize) -> bool {
        self.written() + self.feeds.count() + writes <= self.most
    }

    /// How many names are kept because they were written.
    pub fn written(&self) -> usize {
        self.state().entries.iter().map(HashMap::len).sum()
    }
}

pub(super) fn refused(channel: &Channel, reason: &str, message: String) -> ControlError {
    ControlError::Refused { channel: channel.to_string(), reason: reason.to_owned(), message }
}

pub(super) fn not_connected(channel: &Channel, reason: &str) -> ControlError {
    ControlError::NotConnected { channel: channel.to_string(), reason: format!("simulated machine: {reason}") }
}

pub(super) fn timed_out(channel: &Channel) -> ControlError {
    ControlError::TimedOut { channel: channel.to_string(), reason: "the simulated channel answers too late".to_owned() }
}

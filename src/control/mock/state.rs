//! What a machine remembers ([`State`]): written values, readbacks on their way, and the log of writes.

use std::collections::{HashMap, VecDeque};

use super::model::Model;
use super::motion::Track;
use super::noise::Noise;
use super::types;
use crate::channel::Value;

/// Most entries of the log of writes, and their bytes.
const MAX_LOG: usize = 100_000;
const MAX_LOG_BYTES: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct State {
    pub entries: [HashMap<String, Entry>; 2],
    /// How often noisy channels were read.
    pub reads: HashMap<u64, u64>,
    pub bytes: usize,
    pub log: VecDeque<(String, Value)>,
    log_bytes: usize,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub value: Value,
    pub tracks: Vec<Track>,
    pub writes: u64,
}

impl State {
    /// The number of a noisy channel's next reading.
    pub fn count(&mut self, own: u64, most: usize) -> u64 {
        if let Some(count) = self.reads.get_mut(&own) {
            *count = count.wrapping_add(1) & u64::from(u32::MAX);
            return *count;
        }
        // Beyond the bound, noise stands still.
        if self.reads.len() < most {
            self.reads.insert(own, 0);
        }
        0
    }

    /// Puts something in the log.
    pub fn note(&mut self, name: &str, value: Value) {
        self.log_bytes += name.len() + types::weight(&value);
        self.log.push_back((name.to_owned(), value));
        while (self.log.len() > MAX_LOG || self.log_bytes > MAX_LOG_BYTES)
            && let Some((name, value)) = self.log.pop_front()
        {
            self.log_bytes = self.log_bytes.saturating_sub(name.len() + types::weight(&value));
        }
    }
}

/// A value with noise of this standard deviation on it.
pub(super) fn noisy(value: Value, model: &Model, sigma: f64, noise: &mut Noise) -> Value {
    match &value {
        Value::Float(number) => Value::Float(number + sigma * noise.next()),
        Value::Int(_) => {
            let moved = value.as_float().map(|number| number + sigma * noise.next());
            moved.and_then(|number| types::of_float(model.about.native.kind, number)).unwrap_or(value)
        }
        Value::Array(array) => {
            let numbers = array.floats().map(|number| number + sigma * noise.next());
            types::array(array.kind(), array.shape().to_vec(), numbers).map_or(value, Value::Array)
        }
        _ => value,
    }
}

//! [`Outlet`]: the sending end of a subscription. A slow reader costs bounded memory and never the newest reading.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::channel::Value;
use crate::control::Update;

/// Most readings that wait for a slow reader, besides the few in the channel itself.
const READINGS: usize = 64;
/// Most bytes of arrays that wait; one reading may wait whatever its size.
const BYTES: usize = 32 << 20;
/// Kept short: what is in it can no longer be dropped.
const HANDED_OVER: usize = 4;

/// Sends updates; drops the oldest readings when too many wait. Connects and disconnects are kept in their places.
#[derive(Debug)]
pub(super) struct Outlet {
    sender: mpsc::Sender<Update>,
    waiting: VecDeque<Update>,
    readings: usize,
    bytes: usize,
}

impl Outlet {
    /// An outlet and where its updates come out.
    pub(super) fn new() -> (Self, mpsc::Receiver<Update>) {
        let (sender, receiver) = mpsc::channel(HANDED_OVER);
        (Self { sender, waiting: VecDeque::new(), readings: 0, bytes: 0 }, receiver)
    }

    /// Puts an update behind the others.
    pub(super) fn push(&mut self, update: Update) {
        self.count(&update, true);
        self.waiting.push_back(update);
        while self.readings > 1 && (self.readings > READINGS || self.bytes > BYTES) {
            let oldest = self.waiting.iter().position(|update| matches!(update, Update::Reading(_)));
            let Some(dropped) = oldest.and_then(|place| self.waiting.remove(place)) else { break };
            self.count(&dropped, false);
        }
        // A server that comes and goes while nobody reads leaves its last state only.
        while self.waiting.len() > self.readings + READINGS {
            let oldest = self.waiting.iter().position(|update| !matches!(update, Update::Reading(_)));
            if oldest.and_then(|place| self.waiting.remove(place)).is_none() {
                break;
            }
        }
    }

    /// Hands one update over, or waits until there is nobody left to hand it to: then it is an error. Can be dropped at
    /// any time without losing anything.
    pub(super) async fn flush(&mut self) -> Result<(), Closed> {
        if self.waiting.is_empty() {
            self.sender.closed().await;
            return Err(Closed);
        }
        let permit = self.sender.reserve().await.map_err(|_| Closed)?;
        if let Some(update) = self.waiting.pop_front() {
            let (readings, bytes) = weight(&update);
            self.readings = self.readings.saturating_sub(readings);
            self.bytes = self.bytes.saturating_sub(bytes);
            permit.send(update);
        }
        Ok(())
    }

    fn count(&mut self, update: &Update, comes: bool) {
        let (readings, bytes) = weight(update);
        if comes {
            self.readings += readings;
            self.bytes += bytes;
        } else {
            self.readings = self.readings.saturating_sub(readings);
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }
}

/// Nobody reads any more.
#[derive(Debug)]
pub(super) struct Closed;

fn weight(update: &Update) -> (usize, usize) {
    match update {
        Update::Reading(reading) => (1, size(&reading.value)),
        Update::Connected | Update::Disconnected => (0, 0),
    }
}

/// About how many bytes a value takes.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Array(array) => array.bytes().len(),
        Value::Text(text) => text.len(),
        Value::Texts(texts) => texts.iter().map(|text| text.len() + 24).sum(),
        Value::Structure(_, fields) => fields.iter().map(|(name, value)| name.len() + 64 + size(value)).sum(),
        _ => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Reading;

    #[tokio::test]
    async fn the_newest_reading_is_never_dropped() {
        let (mut outlet, mut receiver) = Outlet::new();
        outlet.push(Update::Connected);
        for number in 0..1000 {
            outlet.push(Update::Reading(Reading::of(Value::Int(number), (0, 0))));
        }
        let mut last = None;
        while outlet.readings > 0 {
            outlet.flush().await.unwrap();
            last = receiver.recv().await;
        }
        assert_eq!(last, Some(Update::Reading(Reading::of(Value::Int(999), (0, 0)))));
        drop(receiver);
        assert!(outlet.flush().await.is_err());
    }

    #[test]
    fn big_arrays_count_by_their_bytes() {
        let (mut outlet, _receiver) = Outlet::new();
        let image = crate::channel::Array::of_doubles(&vec![0.0; 1 << 20]);
        for _ in 0..20 {
            outlet.push(Update::Reading(Reading::of(Value::Array(image.clone()), (0, 0))));
        }
        assert_eq!(outlet.readings, 4);
        for _ in 0..200 {
            outlet.push(Update::Disconnected);
        }
        assert!(outlet.waiting.len() <= 4 + READINGS);
    }
}

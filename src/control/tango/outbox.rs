//! [`Outbox`]: what a subscription's reader gets when it is slow: fewer readings, never an old one last.

use tokio::sync::mpsc;

use crate::channel::Reading;
use crate::control::Update;

/// How many updates wait for a reader.
const MAX_WAITING: usize = 16;

/// Updates on their way to a reader: some in the channel, and what came since as its newest state.
#[derive(Debug)]
pub(super) struct Outbox {
    sender: mpsc::Sender<Update>,
    connection: Option<Update>,
    reading: Option<Reading>,
}

impl Outbox {
    pub(super) fn new() -> (Self, mpsc::Receiver<Update>) {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        (Self { sender, connection: None, reading: None }, receiver)
    }

    /// The device is there, with this reading.
    pub(super) fn connected(&mut self, reading: Reading) {
        self.connection = Some(Update::Connected);
        self.reading = Some(reading);
        self.flush();
    }

    /// The device is gone.
    pub(super) fn disconnected(&mut self) {
        self.connection = Some(Update::Disconnected);
        self.reading = None;
        self.flush();
    }

    /// A new reading.
    pub(super) fn reading(&mut self, reading: Reading) {
        self.reading = Some(reading);
        self.flush();
    }

    /// Passes on what there is room for.
    fn flush(&mut self) {
        while self.connection.is_some() || self.reading.is_some() {
            let Ok(room) = self.sender.try_reserve() else { return };
            match (self.connection.take(), &mut self.reading) {
                (Some(update), _) => room.send(update),
                (None, reading) => {
                    if let Some(reading) = reading.take() {
                        room.send(Update::Reading(reading));
                    }
                }
            }
        }
    }

    /// Passes on what waits as soon as there is room; then waits until the reader is gone. Safe to drop at any time.
    pub(super) async fn drain(&mut self) {
        while self.connection.is_some() || self.reading.is_some() {
            match self.sender.reserve().await {
                Ok(room) => drop(room),
                Err(_) => return,
            }
            self.flush();
        }
        self.sender.closed().await;
    }

    /// Whether the reader is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Value;

    fn number(value: i128) -> Reading {
        Reading::of(Value::Int(value), (0, 0))
    }

    #[tokio::test]
    async fn a_slow_reader_gets_the_newest_last() {
        let (mut outbox, mut updates) = Outbox::new();
        outbox.connected(number(0));
        for value in 1..1000 {
            outbox.reading(number(value));
        }
        let reader = tokio::spawn(async move {
            let mut last = None;
            while let Some(update) = updates.recv().await {
                let done = update == Update::Reading(number(999));
                last = Some(update);
                if done {
                    break;
                }
            }
            last
        });
        outbox.drain().await;
        assert!(outbox.is_closed());
        assert_eq!(reader.await.unwrap(), Some(Update::Reading(number(999))));
    }

    #[test]
    fn a_reading_never_outlives_its_connection() {
        let (mut outbox, mut updates) = Outbox::new();
        outbox.connected(number(0));
        for value in 1..100 {
            outbox.reading(number(value));
        }
        outbox.disconnected();
        while updates.try_recv().is_ok() {}
        outbox.flush();
        assert_eq!(updates.try_recv().unwrap(), Update::Disconnected);
        assert!(updates.try_recv().is_err());
    }
}

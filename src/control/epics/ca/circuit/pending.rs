//! What waits on a circuit: wishes for channels, requests, subscriptions. Dropping one takes it back.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::wire;
use super::{Answer, Circuit, Event};
use crate::control::epics::sink::Sink;

/// A channel that is wished for; takes the wish back unless it came true.
pub(super) struct Wish<'a> {
    pub(super) circuit: &'a Circuit,
    pub(super) id: u32,
    pub(super) fulfilled: bool,
}

impl Drop for Wish<'_> {
    fn drop(&mut self) {
        if !self.fulfilled {
            let mut state = self.circuit.state();
            state.creating.remove(&self.id);
            state.standings.remove(&self.id);
        }
    }
}

/// A request that was sent.
#[derive(Debug)]
pub(in super::super) struct Request {
    pub(super) circuit: Arc<Circuit>,
    pub(super) id: u32,
    pub(super) answer: oneshot::Receiver<Answer>,
}

impl Request {
    pub(in super::super) async fn answer(&mut self) -> Answer {
        (&mut self.answer).await.unwrap_or(Answer::Lost)
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.circuit.state().requests.remove(&self.id);
    }
}

/// A subscription.
#[derive(Debug)]
pub(in super::super) struct Events {
    pub(super) circuit: Arc<Circuit>,
    pub(super) id: u32,
    pub(super) data: (u16, u32),
    pub(super) server_id: u32,
    pub(in super::super) sink: Arc<Sink<Event>>,
}

impl Drop for Events {
    fn drop(&mut self) {
        self.circuit.state().sinks.remove(&self.id);
        if let Some(message) = wire::message(wire::EVENT_CANCEL, self.data, (self.server_id, self.id), &[]) {
            let _ = self.circuit.send(message);
        }
    }
}

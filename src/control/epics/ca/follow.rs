//! Following a channel: one subscription at the server for as long as there is a connection, and a new one after that.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::circuit::Events;
use super::link::Link;
use super::{Inner, convert, wire};
use crate::channel::Channel;
use crate::control::Update;
use crate::control::epics::outlet::{Closed, Outlet};

/// For how long a lost channel is looked for in one go.
const SEARCH: Duration = Duration::from_secs(30);
/// The pause between two tries that failed at once.
const PAUSE: Duration = Duration::from_millis(500);

/// Asks for a channel's events. Whatever is sent over its connection afterwards is answered with them under way.
pub(super) fn subscribe(link: &Link) -> Option<Events> {
    link.circuit.subscribe(link, (link.kind.saturating_add(wire::TIME), link.all())).ok()
}

/// Fills the outlet with these events, and those of later connections, until nobody reads it any more or the adapter is
/// gone.
pub(super) async fn follow(
    inner: Weak<Inner>,
    channel: Channel,
    (mut link, mut events): (Arc<Link>, Option<Events>),
    mut outlet: Outlet,
) {
    loop {
        if let Some(events) = events.take() {
            tracing::debug!(%channel, "followed");
            outlet.push(Update::Connected);
            if pass_on(&link, &events, &mut outlet).await.is_err() {
                return;
            }
            outlet.push(Update::Disconnected);
            tracing::debug!(%channel, "lost");
        }
        let Some(again) = connect_again(&inner, &channel, &mut outlet).await else { return };
        events = subscribe(&again);
        link = again;
    }
}

/// Passes events on until there will be no more.
async fn pass_on(link: &Link, events: &Events, outlet: &mut Outlet) -> Result<(), Closed> {
    loop {
        tokio::select! {
            flushed = outlet.flush() => flushed?,
            event = events.sink.next() => {
                let Some((header, payload)) = event else { return Ok(()) };
                if header.first != wire::NORMAL {
                    tracing::debug!(status = wire::status_name(header.first), "an event without a value");
                } else if let Some(reading) = convert::reading(link, header.kind, header.count, payload) {
                    outlet.push(Update::Reading(reading));
                }
            }
        }
    }
}

async fn connect_again(inner: &Weak<Inner>, channel: &Channel, outlet: &mut Outlet) -> Option<Arc<Link>> {
    let connect = async {
        loop {
            let deadline = Instant::now() + SEARCH;
            match inner.upgrade()?.channels.connect(channel.name(), deadline).await {
                Ok(link) => return Some(link),
                Err(_) => sleep(PAUSE).await,
            }
        }
    };
    tokio::pin!(connect);
    loop {
        tokio::select! {
            flushed = outlet.flush() => flushed.ok()?,
            link = &mut connect => return link,
        }
    }
}

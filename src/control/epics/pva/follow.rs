//! Following a channel. The library subscribes anew after every loss; here its calls become updates.

use std::sync::Arc;

use epics_pva_rs::client::PvaClient;
use epics_pva_rs::client_native::ops_v2::MonitorConnEvent;
use epics_pva_rs::error::PvaResult;
use tokio_util::task::AbortOnDropHandle;

use super::structure;
use crate::control::Update;
use crate::control::epics::outlet::{Outlet, size};
use crate::control::epics::sink::Sink;

/// Starts to fill the outlet; ends when the guard is dropped or nobody reads any more.
pub(super) async fn follow(client: &PvaClient, name: &str, mut outlet: Outlet) -> PvaResult<AbortOnDropHandle<()>> {
    let sink = Arc::new(Sink::default());
    let (values, states) = (Arc::clone(&sink), Arc::clone(&sink));
    let subscription = client
        .pvmonitor_handle(
            name,
            move |_, root| {
                if let Some(reading) = structure::reading(root) {
                    values.push(size(&reading.value), Update::Reading(reading));
                }
            },
            move |state| match state {
                MonitorConnEvent::Connected { .. } => states.push(0, Update::Connected),
                MonitorConnEvent::Disconnected | MonitorConnEvent::Finished => states.push(0, Update::Disconnected),
            },
        )
        .await?;
    let work = tokio::spawn(async move {
        // Dropping it ends it.
        let _subscription = subscription;
        let mut connected = false;
        loop {
            tokio::select! {
                flushed = outlet.flush() => if flushed.is_err() { return },
                update = sink.next() => match update {
                    None => return,
                    // It may say twice that it is gone.
                    Some(Update::Disconnected) if !connected => {}
                    Some(update) => {
                        connected = update != Update::Disconnected;
                        outlet.push(update);
                    }
                },
            }
        }
    });
    Ok(AbortOnDropHandle::new(work))
}

//! The EPICS adapters against real servers, and what their tests share.

mod hostile;
mod many;
mod reconnect;
mod traps;
mod types;

use std::time::{Duration, Instant};

use aerie::channel::{Channel, Protocol, Value};
use aerie::control::epics::{ChannelAccess, EpicsSettings, PvAccess};
use aerie::control::{ControlError, ControlSystem, Put, Subscription, Update};

use crate::servers::Ioc;

/// A Channel Access adapter that reaches this server only.
pub(crate) fn ca(ioc: &Ioc) -> ChannelAccess {
    let settings = EpicsSettings { address_list: vec![ioc.ca_address()], ..EpicsSettings::channel_access() };
    ChannelAccess::connect(&settings).expect("an adapter")
}

/// A PV Access adapter that reaches this server only.
pub(crate) fn pva(ioc: &Ioc) -> PvAccess {
    let settings = EpicsSettings { address_list: vec![ioc.pva_search_address()], ..EpicsSettings::pv_access() };
    PvAccess::connect(&settings).expect("an adapter")
}

pub(crate) fn ca_name(ioc: &Ioc, record: &str) -> Channel {
    Channel::parse(Protocol::Ca, &ioc.name(record)).expect("a channel")
}

pub(crate) fn pva_name(ioc: &Ioc, record: &str) -> Channel {
    Channel::parse(Protocol::Pva, &ioc.name(record)).expect("a channel")
}

pub(crate) fn within(seconds: f64) -> Instant {
    Instant::now() + Duration::from_secs_f64(seconds)
}

/// The value of a channel that must answer.
pub(crate) async fn value(system: &dyn ControlSystem, channel: &Channel) -> Value {
    system.get(channel, within(10.0)).await.unwrap_or_else(|error| panic!("{channel}: {error}")).value
}

/// A put that must be accepted.
pub(crate) async fn put(system: &dyn ControlSystem, channel: &Channel, value: Value) {
    let put = system.put(channel, &value, within(10.0)).await;
    assert_eq!(put, Ok(Put::Accepted), "{channel} {value}");
}

/// A put that must be refused for its type.
pub(crate) async fn wrong(system: &dyn ControlSystem, channel: &Channel, value: Value) {
    let put = system.put(channel, &value, within(10.0)).await;
    assert!(matches!(put, Err(ControlError::WrongType { .. })), "{channel} {value}: {put:?}");
}

/// The next update of a subscription.
pub(crate) async fn next(subscription: &mut Subscription) -> Update {
    let next = tokio::time::timeout(Duration::from_secs(30), subscription.updates.recv()).await;
    next.expect("an update within half a minute").expect("a subscription that goes on")
}

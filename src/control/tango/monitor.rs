//! Following an attribute: by the device's change events where it pushes them, by reading it once a second otherwise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::tango::backend::BackendDev;
use ::tango::dev::{AttrRead, AttrValueEvent};
use ::tango::error::{Error, ErrorKind};
use ::tango::value::Value as Wire;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

use super::device::{Device, Send as Request};
use super::failure::{Failure, cut};
use super::link::Target;
use super::outbox::Outbox;
use super::{read, reading, runtime};
use crate::channel::{AlarmSeverity, Reading, Value};
use crate::control::Subscription;

/// How often an attribute without events is read, and a device that is gone is looked for.
const PERIOD: Duration = Duration::from_secs(1);
/// How long such a read may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often a device whose events are followed is asked whether it is there: its heartbeat alone takes 10 s to miss.
const PING: Duration = Duration::from_secs(2);
/// How long to wait before events are asked for again where the device had none.
const AGAIN: Duration = Duration::from_mins(1);

type Events = BoxStream<'static, Result<AttrRead<Wire>, Error>>;
type Subscribing = JoinHandle<Result<Events, Failure>>;

/// What stands for a reading where the device refuses one.
pub(super) fn unreadable(reason: &str, message: &str) -> Reading {
    Reading {
        severity: AlarmSeverity::Invalid,
        status: 1,
        message: cut(&format!("{reason}: {message}")),
        ..Reading::of(Value::None, (0, 0))
    }
}

/// Starts to follow an attribute that has just been read.
pub(super) fn start(handle: &Handle, device: Arc<Device>, name: String, reading: Reading) -> Subscription {
    let (mut outbox, updates) = Outbox::new();
    outbox.connected(reading.clone());
    let follower = Follower { handle: handle.clone(), device, name, outbox, last: Some(reading) };
    let guard = AbortOnDropHandle::new(handle.spawn(follower.run()));
    Subscription { updates, guard: Some(guard) }
}

/// One subscription's task. It may be dropped at any time: the calls it waits for run on tasks of their own.
struct Follower {
    handle: Handle,
    device: Arc<Device>,
    name: String,
    outbox: Outbox,
    /// The last reading passed on; none while the device is gone.
    last: Option<Reading>,
}

/// What the follower wakes for.
enum Wake {
    Tick,
    Subscribed(Result<Events, Failure>),
    Event(Option<Result<AttrRead<Wire>, Error>>),
    ReaderGone,
}

impl Follower {
    async fn run(mut self) {
        let mut events: Option<Events> = None;
        let mut subscribing: Option<Subscribing> = Some(self.subscribe());
        let mut retry = Instant::now() + AGAIN;
        let mut tick = Instant::now() + PERIOD;
        loop {
            let wake = tokio::select! {
                () = self.outbox.drain() => Wake::ReaderGone,
                event = next(&mut events) => Wake::Event(event),
                result = subscribed(&mut subscribing) => Wake::Subscribed(result),
                () = tokio::time::sleep_until(tick.into()) => Wake::Tick,
            };
            match wake {
                Wake::ReaderGone => return,
                Wake::Subscribed(result) => {
                    subscribing = None;
                    retry = Instant::now() + AGAIN;
                    match result {
                        Ok(stream) => {
                            events = Some(stream);
                            // A subscription brings what comes after it: where the attribute stands is read.
                            self.read(true).await;
                        }
                        Err(failure) => tracing::debug!(attribute = %self.name, ?failure, "no events; reading instead"),
                    }
                }
                Wake::Event(Some(event)) => match event {
                    Err(error) if error.kind() == ErrorKind::DevNotConnected => {
                        events = None;
                        retry = Instant::now();
                    }
                    Err(error) => self.pass(Ok(unreadable(error.reason(), error.description())), true),
                    Ok(event) => self.pass(read::reading(event), true),
                },
                Wake::Event(None) => events = None,
                Wake::Tick => {
                    tick = Instant::now() + if events.is_some() { PING } else { PERIOD };
                    let there = if events.is_some() { self.ping().await } else { self.read(false).await };
                    if !there {
                        events = None;
                        retry = Instant::now();
                        tick = Instant::now() + PERIOD;
                    } else if events.is_none() && subscribing.is_none() && Instant::now() >= retry {
                        subscribing = Some(self.subscribe());
                    }
                }
            }
            if self.outbox.is_closed() {
                return;
            }
        }
    }

    /// Reads, and passes on what is new. Says whether the device is there.
    async fn read(&mut self, always: bool) -> bool {
        let readings = self.device.call(Instant::now() + PATIENCE, reading(vec![self.name.clone()])).await;
        let one = readings.and_then(|mut one| one.pop().unwrap_or(Err(Failure::Unsupported("no answer".to_owned()))));
        self.pass(one, always);
        self.last.is_some()
    }

    /// Asks whether the device is there; one that is busy is.
    async fn ping(&mut self) -> bool {
        let ping: Request<()> = Arc::new(|link, _| {
            Box::pin(async move { link.device.ping().await.map_err(|error| Failure::of(&error, false)) })
        });
        match self.device.call(Instant::now() + PATIENCE, ping).await {
            Err(failure @ Failure::NotConnected(_)) => {
                self.pass(Err(failure), false);
                false
            }
            _ => self.last.is_some(),
        }
    }

    /// Passes on a reading, where it differs from the last in more than its time; or that the device is gone.
    fn pass(&mut self, result: Result<Reading, Failure>, always: bool) {
        let reading = match result {
            Ok(reading) => reading,
            Err(Failure::Refused(reason, message)) => unreadable(&reason, &message),
            Err(Failure::Unsupported(message)) => unreadable("Unsupported", &message),
            // Busy is not gone.
            Err(Failure::Busy | Failure::Cancelled | Failure::Wrong(_)) => return,
            Err(_) => {
                if self.last.take().is_some() {
                    self.outbox.disconnected();
                }
                return;
            }
        };
        match &self.last {
            None => self.outbox.connected(reading.clone()),
            Some(last) if always || differs(last, &reading) => self.outbox.reading(reading.clone()),
            Some(_) => {}
        }
        self.last = Some(reading);
    }

    /// Asks for change events, on a task that is never cancelled: it makes calls.
    fn subscribe(&self) -> Subscribing {
        let target = self.device.target().clone();
        let name = self.name.clone();
        self.handle.spawn(async move { subscribe(&target, &name).await })
    }
}

async fn subscribe(target: &Target, name: &str) -> Result<Events, Failure> {
    let of = |error| Failure::of(&error, false);
    let client = runtime::events();
    let (device, _) = target.open(client).await?;
    let admin = device.admin_dev_name().await.map_err(of)?;
    let admin: Arc<dyn BackendDev> = match target {
        Target::Direct(address, _) => Target::Direct(address.clone(), admin.to_string()),
        Target::Database(databases, _) => Target::Database(databases.clone(), admin.to_string()),
    }
    .open(client)
    .await?
    .0;
    device.subscribe_attr_value(admin, name, AttrValueEvent::Change).await.map_err(of)
}

/// The next event, or nothing ever where there are none.
async fn next(events: &mut Option<Events>) -> Option<Result<AttrRead<Wire>, Error>> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

async fn subscribed(subscribing: &mut Option<Subscribing>) -> Result<Events, Failure> {
    match subscribing {
        Some(task) => task
            .await
            .unwrap_or_else(|_| Err(Failure::Unsupported("subscribing failed within the Tango library".to_owned()))),
        None => std::future::pending().await,
    }
}

/// Whether two readings differ in more than their time. NaN is no change from NaN.
fn differs(last: &Reading, new: &Reading) -> bool {
    let nan = |value: &Value| matches!(value, Value::Float(value) if value.is_nan());
    let same = |a: &Value, b: &Value| a == b || nan(a) && nan(b);
    let same_set = match (&last.set_value, &new.set_value) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    };
    !(same(&last.value, &new.value) && same_set && last.severity == new.severity && last.status == new.status)
}

//! Tango, by rstango: [`Tango`].
//!
//! Tango has one hazard that shapes this adapter. A call that is given up before its answer came must not be cancelled:
//! the `CancelRequest` that rstango sends then makes an omniORB 4.3.4 server (`PyTango` 10.3.1) spin for ever. So rstango's own
//! timeouts are not used, every call runs on a task that belongs to nobody (`runtime`), the deadline ends the caller's
//! wait only, and the device is busy until the call has answered (`device`).
//!
//! Reads and commands go to the device and not to Tango's cache: a cached reading may be older than a write, and a cached
//! command is not carried out.

mod describe;
mod device;
mod failure;
mod link;
mod monitor;
mod outbox;
mod read;
mod runtime;
mod types;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::tango::dev::{AttrQuality, DevSource, Named};
use ::tango::error::ErrorKind;
use ::tango::value::Spectrum;
use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::runtime::Handle;

use self::device::{Device, Send as Request};
use self::failure::Failure;
use self::link::{Address, Link, Target, address};
use crate::channel::{Channel, Description, Part, Reading, Value};
use crate::control::{Called, ControlError, ControlSystem, Listing, Put, Subscription};

/// How many devices an adapter holds connections to.
const MAX_DEVICES: usize = 256;

/// How Tango is reached.
#[derive(Debug, Clone)]
pub struct TangoSettings {
    /// The database, `host:port`, or several with commas between them, tried in this order. Without one, only devices named
    /// with `tango://host:port/` are found.
    pub host: Option<String>,
    /// How long a call that nobody waits for any more may keep its device busy before its connection is closed.
    pub give_up: Duration,
}

impl Default for TangoSettings {
    fn default() -> Self {
        Self { host: None, give_up: Duration::from_mins(1) }
    }
}

/// Why an adapter could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TangoError {
    /// The setting is no address.
    #[error("`{0}` is no Tango host; it must be host:port, with commas between several")]
    InvalidHost(String),
    /// The system gives no threads.
    #[error("no threads for Tango could be started")]
    NoThreads,
}

/// The adapter. Cheap to clone; connects when something is asked for.
#[derive(Debug, Clone)]
pub struct Tango {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    databases: Vec<Address>,
    give_up: Duration,
    runtime: Handle,
    devices: Mutex<HashMap<String, Arc<Device>>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        for device in self.devices.lock().unwrap_or_else(PoisonError::into_inner).values() {
            device.close();
        }
    }
}

impl Tango {
    /// An adapter. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// For a host that is no `host:port`, and where the system gives no threads.
    pub fn connect(settings: &TangoSettings) -> Result<Self, TangoError> {
        let hosts = settings.host.as_deref().unwrap_or_default();
        let databases = hosts
            .split(',')
            .map(str::trim)
            .filter(|host| !host.is_empty())
            .map(|host| address(host).ok_or_else(|| TangoError::InvalidHost(host.to_owned())))
            .collect::<Result<_, _>>()?;
        let runtime = runtime::runtime().ok_or(TangoError::NoThreads)?.handle().clone();
        let shared = Shared { databases, give_up: settings.give_up, runtime, devices: Mutex::default() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The device of this name, new or known.
    fn device(&self, name: &str) -> Result<Arc<Device>, Failure> {
        let mut devices = self.shared.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(device) = devices.get(name) {
            return Ok(Arc::clone(device));
        }
        let target = Target::of(name, &self.shared.databases)?;
        if devices.len() >= MAX_DEVICES {
            // Only this table holds an idle device, and nobody gets one from it meanwhile.
            devices.retain(|_, device| Arc::strong_count(device) > 1 || !device.is_idle());
            if devices.len() >= MAX_DEVICES {
                return Err(Failure::Busy);
            }
        }
        let device = Device::new(target, self.shared.give_up, self.shared.runtime.clone());
        devices.insert(name.to_owned(), Arc::clone(&device));
        Ok(device)
    }

    /// Does something over the link of a channel's device.
    async fn call<T>(&self, device: &str, deadline: Instant, send: Request<T>) -> Result<T, Failure>
    where
        T: Send + 'static,
    {
        self.device(device)?.call(deadline, send).await
    }
}

/// The device and the attribute or command of a channel that is this.
fn parts(channel: &Channel, part: Part) -> Result<(String, String), ControlError> {
    let unsupported =
        |message: &str| Err(ControlError::Unsupported { channel: channel.to_string(), message: message.to_owned() });
    match channel.tango_parts() {
        None => unsupported("it is no Tango channel"),
        Some(_) if channel.part() != part && part == Part::Attribute => {
            unsupported("it is a command: it is called, not read or written")
        }
        Some(_) if channel.part() != part => unsupported("it is an attribute: it is read or written, not called"),
        Some((device, name)) => Ok((device, name.to_owned())),
    }
}

fn patience(since: Instant, deadline: Instant) -> Duration {
    deadline.saturating_duration_since(since)
}

/// Reads attributes, in one request.
async fn read(link: &Link, names: &[String]) -> Result<Vec<Result<Reading, Failure>>, Failure> {
    let texts = Spectrum::from(names);
    let entries = match link.device.read_attr(Some(texts), DevSource::Dev).await {
        Ok(entries) => entries,
        Err(error) => {
            if let [name] = names
                && error.kind() == ErrorKind::InvalidData
                && let Ok(info) = link.attribute(name).await
                && let Some(reading) = read::misread_empty(&error, &info)
            {
                return Ok(vec![Ok(reading)]);
            }
            return Err(Failure::of(&error, false));
        }
    };
    if entries.len() != names.len() {
        return Err(Failure::Unsupported("the device answered with another number of readings".to_owned()));
    }
    let mut readings = Vec::with_capacity(names.len());
    for (name, entry) in names.iter().zip(entries) {
        readings.push(match entry.value {
            Err(error) => Err(Failure::of(&error, false)),
            Ok(read) if read.value.is_none() && read.quality != AttrQuality::Invalid => {
                let info = link.attribute(name).await.map_err(|error| Failure::of(&error, false));
                info.and_then(|info| read::without_value(read, &info))
            }
            Ok(read) => read::reading(read),
        });
    }
    Ok(readings)
}

/// The request that reads attributes of one device. What the device answers for one does not touch the others.
fn reading(names: Vec<String>) -> Request<Vec<Result<Reading, Failure>>> {
    let names: Arc<[String]> = names.into();
    Arc::new(move |link, _| {
        let names = Arc::clone(&names);
        Box::pin(async move {
            match read(&link, &names).await {
                // One answer that cannot be read spoils the whole reply: ask for each by itself.
                Err(Failure::Unsupported(_)) if names.len() > 1 => {
                    let mut readings = Vec::with_capacity(names.len());
                    for name in names.iter() {
                        match read(&link, std::slice::from_ref(name)).await {
                            Ok(mut one) => readings.extend(one.pop()),
                            Err(broken @ (Failure::Broken(_) | Failure::NotSent(_))) => return Err(broken),
                            Err(failure) => readings.push(Err(failure)),
                        }
                    }
                    Ok(readings)
                }
                other => other,
            }
        })
    })
}

#[async_trait]
impl ControlSystem for Tango {
    fn name(&self) -> &'static str {
        "Tango"
    }

    async fn describe(&self, channel: &Channel, deadline: Instant) -> Result<Description, ControlError> {
        let since = Instant::now();
        let (device, name) = parts(channel, channel.part())?;
        let command = channel.part() == Part::Command;
        let request: Request<Description> = Arc::new(move |link, _| {
            let name = name.clone();
            Box::pin(async move {
                let of = |error| Failure::of(&error, false);
                if command {
                    let info = link.fresh_command(&name).await.map_err(of)?;
                    Ok(describe::command(&info, &link.server))
                } else {
                    let info = link.fresh_attribute(&name).await.map_err(of)?;
                    Ok(describe::attribute(&info, &link.server))
                }
            })
        });
        let described = self.call(&device, deadline, request).await;
        described.map_err(|failure| failure.error(channel, patience(since, deadline)))
    }

    async fn list(&self, channel: &Channel, deadline: Instant) -> Result<Listing, ControlError> {
        let since = Instant::now();
        let (device, _) = parts(channel, channel.part())?;
        let request: Request<Listing> = Arc::new(move |link, _| {
            Box::pin(async move { link.list().await.map_err(|error| Failure::of(&error, false)) })
        });
        let listed = self.call(&device, deadline, request).await;
        listed.map_err(|failure| failure.error(channel, patience(since, deadline)))
    }

    async fn get(&self, channel: &Channel, deadline: Instant) -> Result<Reading, ControlError> {
        let since = Instant::now();
        let (device, name) = parts(channel, Part::Attribute)?;
        let readings = self.call(&device, deadline, reading(vec![name])).await;
        readings
            .and_then(|mut readings| readings.pop().unwrap_or(Err(Failure::Unsupported("no answer".to_owned()))))
            .map_err(|failure| failure.error(channel, patience(since, deadline)))
    }

    /// One request for each device, all devices at once. A slow attribute holds up the others of its device only.
    async fn get_many(&self, channels: &[Channel], deadline: Instant) -> Vec<Result<Reading, ControlError>> {
        let since = Instant::now();
        let mut devices: HashMap<String, (Vec<(usize, usize)>, Vec<String>)> = HashMap::new();
        let mut results: Vec<Option<Result<Reading, ControlError>>> = Vec::with_capacity(channels.len());
        for (at, channel) in channels.iter().enumerate() {
            results.push(match parts(channel, Part::Attribute) {
                Ok((device, name)) => {
                    let (places, names) = devices.entry(device).or_default();
                    // Each name once: a device that is asked for an attribute twice in one request locks it twice, and
                    // never answers anybody again (cppTango 10.3).
                    let which = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                        names.push(name);
                        names.len() - 1
                    });
                    places.push((at, which));
                    None
                }
                Err(error) => Some(Err(error)),
            });
        }
        let calls = devices.into_iter().map(|(device, (places, names))| async move {
            let count = names.len();
            let readings = match self.call(&device, deadline, reading(names)).await {
                Ok(readings) => readings,
                Err(failure) => vec![Err(failure); count],
            };
            places.into_iter().filter_map(move |(at, which)| Some((at, readings.get(which)?.clone())))
        });
        for (at, reading) in join_all(calls).await.into_iter().flatten() {
            if let (Some(result), Some(channel)) = (results.get_mut(at), channels.get(at)) {
                *result = Some(reading.map_err(|failure| failure.error(channel, patience(since, deadline))));
            }
        }
        let unanswered =
            |channel: &Channel| Failure::Unsupported("no answer".to_owned()).error(channel, patience(since, deadline));
        results
            .into_iter()
            .zip(channels)
            .map(|(result, channel)| result.unwrap_or_else(|| Err(unanswered(channel))))
            .collect()
    }

    async fn put(&self, channel: &Channel, value: &Value, deadline: Instant) -> Result<Put, ControlError> {
        let since = Instant::now();
        let (device, name) = parts(channel, Part::Attribute)?;
        let value = Arc::new(value.clone());
        let request: Request<()> = Arc::new(move |link, ticket| {
            let (name, value) = (name.clone(), Arc::clone(&value));
            Box::pin(async move {
                let info = link.attribute(&name).await.map_err(|error| Failure::of(&error, false))?;
                let value = write::attribute(&info, &value)?;
                ticket.send()?;
                let written = link.device.write_attr(vec![Named::new(write::name(&name), value)]).await;
                let written = written.and_then(|results| results.into_iter().next().unwrap_or(Ok(())));
                written.map_err(|error| {
                    if error.reason().starts_with("API_Incompatible") {
                        link.forget(&name);
                    }
                    Failure::of(&error, true)
                })
            })
        });
        match self.call(&device, deadline, request).await {
            Ok(()) => Ok(Put::Accepted),
            Err(failure) => failure.put(channel, patience(since, deadline)),
        }
    }

    /// Change events where the device pushes them; otherwise the attribute is read once a second, and what has changed
    /// (anything but the time stamp) is passed on. Every reading that is passed on is complete.
    async fn monitor(&self, channel: &Channel, deadline: Instant) -> Result<Subscription, ControlError> {
        let since = Instant::now();
        let (device, name) = parts(channel, Part::Attribute)?;
        let first = self.get(channel, deadline).await;
        let reading = match first {
            Ok(reading) => reading,
            // An attribute that exists and cannot be read just now can be followed.
            Err(ControlError::Refused { reason, message, .. }) if reason != "API_AttrNotFound" => {
                monitor::unreadable(&reason, &message)
            }
            Err(error) => return Err(error),
        };
        let device = self.device(&device).map_err(|failure| failure.error(channel, patience(since, deadline)))?;
        Ok(monitor::start(&self.shared.runtime, device, name, reading))
    }

    async fn command(&self, channel: &Channel, argument: &Value, deadline: Instant) -> Result<Called, ControlError> {
        let since = Instant::now();
        let (device, name) = parts(channel, Part::Command)?;
        let argument = Arc::new(argument.clone());
        let request: Request<Value> = Arc::new(move |link, ticket| {
            let (name, argument) = (name.clone(), Arc::clone(&argument));
            Box::pin(async move {
                let info = link.command(&name).await.map_err(|error| Failure::of(&error, false))?;
                let argument = write::argument(info.in_kind, &argument)?;
                ticket.send()?;
                let result = link.device.command(write::name(&name), argument, DevSource::Dev).await;
                let result = match result {
                    Ok(result) => result,
                    Err(error) => match read::misread_empty_result(&error, info.out_kind) {
                        Some(nothing) => return Ok(nothing),
                        None => return Err(Failure::of(&error, true)),
                    },
                };
                // It was carried out: a result that cannot be told is no refusal.
                read::value(result).map_err(|_| Failure::Lost("its result is of a type that is not offered".to_owned()))
            })
        });
        match self.call(&device, deadline, request).await {
            Ok(value) => Ok(Called::Returned(value)),
            Err(failure) => {
                failure.outcome(channel, patience(since, deadline)).map(|reason| Called::Unknown { reason })
            }
        }
    }
}

//! [`PvAccess`]: EPICS PV Access.
//!
//! Scalars, arrays and enumerations of the standard types are read and written; every other structure is only read. Writes
//! process the record and wait for its completion. A write is never made twice: the library below would repeat one when the
//! connection breaks under it, so it is stopped before that.

mod encode;
mod follow;
mod names;
mod structure;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use epics_pva_rs::client::{PvGetResult, PvaClient};
use epics_pva_rs::client_native::CacheAction;
use epics_pva_rs::config::Endpoint;
use epics_pva_rs::error::{PvaError, PvaResult};
use epics_pva_rs::proto::Status;
use epics_pva_rs::pv_request::PvRequestExpr;
use epics_pva_rs::pvdata::PvField;
use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant as Clock, timeout_at};

use self::encode::Unfit;
use self::names::{Names, NoSearch};
use super::outlet::Outlet;
use super::{
    EpicsSettings, EpicsSettingsError, background, not_connected, of_protocol, refused, timed_out, wrong_type,
};
use crate::channel::{Channel, Description, Protocol, Reading, Value};
use crate::control::{Called, ControlError, ControlSystem, Put, Subscription};

/// The code of a refusal: the protocol has words only.
const REMOTE: &str = "PVA_ERROR";
/// What an answer that makes no sense is reported as.
const BAD_ANSWER: &str = "BAD_ANSWER";
/// After this time the library gives a request up by itself. Ours are given up by their own deadlines before.
const LONGEST: Duration = Duration::from_mins(1);
/// A server that says nothing for so long is given up.
const GIVE_UP: Duration = Duration::from_secs(40);
/// Most requests that wait for an answer, those that nobody waits for any more included.
const MOST_REQUESTS: usize = 8192;
/// Longest message that is taken from a server.
const LONGEST_MESSAGE: usize = 256 << 20;
/// Writes shall process the record, and their answer shall wait for that.
const WITH_COMPLETION: &str = "record[process=true,block=true]field(value)";

/// EPICS PV Access. Dropping it closes its connections.
pub struct PvAccess {
    inner: Arc<Inner>,
    runtime: Handle,
}

impl std::fmt::Debug for PvAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PvAccess").field("names", &self.inner.names).finish_non_exhaustive()
    }
}

struct Inner {
    client: PvaClient,
    names: Names,
    requests: Arc<Semaphore>,
    with_completion: PvRequestExpr,
}

impl PvAccess {
    /// An adapter for these settings. Connects to nothing yet, but looks the hosts' names up: it may block for as long as
    /// that takes.
    pub fn connect(settings: &EpicsSettings) -> Result<Self, EpicsSettingsError> {
        settings.looks_somewhere()?;
        let runtime = background::handle()?;
        // Every setting that the library would otherwise take from the environment is given.
        let endpoint = |addr| Endpoint { addr, ttl: None, iface: None };
        let targets =
            EpicsSettings { auto_address_list: false, ..settings.clone() }.targets(settings.broadcast_port)?;
        let client = PvaClient::builder()
            .timeout(LONGEST)
            .addr_list(targets.into_iter().map(endpoint).collect())
            .auto_addr_list(settings.auto_address_list)
            .name_servers(settings.name_server_addresses()?)
            .server_port(settings.server_port)
            .broadcast_port(settings.broadcast_port)
            .tcp_timeout(GIVE_UP)
            .share_udp(false)
            .max_message_size(LONGEST_MESSAGE)
            .user(settings.user_name())
            .host(settings.host_name())
            .build();
        let with_completion = PvRequestExpr::parse(WITH_COMPLETION)
            .map_err(|error| EpicsSettingsError::System(std::io::Error::other(format!("{error:?}"))))?;
        let requests = Arc::new(Semaphore::new(MOST_REQUESTS));
        Ok(Self { inner: Arc::new(Inner { client, names: Names::default(), requests, with_completion }), runtime })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.client.close();
    }
}

impl Inner {
    /// Waits until the channel is connected.
    async fn connect(&self, name: &str, deadline: Clock) -> Result<(), ControlError> {
        let search = self.names.search(name).map_err(|why| match why {
            NoSearch::Failed(ago) => {
                let ago = ago.as_millis();
                not_connected(name, format!("no server answered to its name in time ({ago} ms ago)"))
            }
            NoSearch::TooMany => ControlError::Busy { channel: name.to_owned() },
        })?;
        let reason = match timeout_at(deadline, boxed(self.client.pvconnect(name))).await {
            Ok(Ok(_)) => {
                search.succeeded();
                return Ok(());
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no server answered to its name in time".to_owned(),
        };
        search.failed();
        if search.is_the_only_one() {
            // Otherwise it would be searched for until somebody asked for something.
            self.client.cache_clear_action(name, CacheAction::Drop).await;
        }
        Err(not_connected(name, reason))
    }

    /// Makes a request that goes on when its waiter stops waiting: the library leaves something behind at the server for
    /// every request that is dropped under way. `None` if there was no answer in time.
    async fn ask<T: Send + 'static>(
        &self,
        name: &str,
        deadline: Clock,
        request: impl Future<Output = PvaResult<T>> + Send + 'static,
    ) -> Result<T, ControlError> {
        let Ok(Ok(permit)) = timeout_at(deadline, Arc::clone(&self.requests).acquire_owned()).await else {
            return Err(ControlError::Busy { channel: name.to_owned() });
        };
        let work = tokio::spawn(async move {
            let _permit = permit;
            request.await
        });
        match timeout_at(deadline, work).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(PvaError::RemoteError(status)))) => Err(refused(name, REMOTE, words(&status))),
            Ok(Ok(Err(PvaError::Timeout))) | Err(_) => Err(timed_out(name, "it was connected, and sent no value")),
            Ok(Ok(Err(PvaError::Decode(message) | PvaError::InvalidValue(message)))) => {
                Err(refused(name, BAD_ANSWER, message))
            }
            Ok(Ok(Err(error))) => Err(not_connected(name, error.to_string())),
            Ok(Err(_)) => Err(not_connected(name, "the adapter failed; this is a bug")),
        }
    }

    async fn read(&self, name: &str, deadline: Clock) -> Result<PvGetResult, ControlError> {
        self.connect(name, deadline).await?;
        let (client, wanted) = (self.client.clone(), name.to_owned());
        self.ask(name, deadline, async move { boxed(client.pvget_full(&wanted)).await }).await
    }

    async fn get(&self, name: &str, deadline: Clock) -> Result<Reading, ControlError> {
        self.connect(name, deadline).await?;
        let (client, wanted) = (self.client.clone(), name.to_owned());
        let root = self.ask(name, deadline, async move { boxed(client.pvget(&wanted)).await }).await?;
        structure::reading(&root).ok_or_else(|| bad_answer(name))
    }

    async fn describe(&self, name: &str, deadline: Clock) -> Result<Description, ControlError> {
        let answer = self.read(name, deadline).await?;
        Ok(structure::description(&answer.value, answer.server_addr.to_string()))
    }

    async fn put(&self, name: &str, value: &Value, deadline: Clock) -> Result<Put, ControlError> {
        // Its type and labels as they are now, not as they were once.
        let answer = self.read(name, deadline).await?;
        let (field, encoded) = encode::encode(&answer.value, value).map_err(|unfit| match unfit {
            Unfit::Wrong(message) => wrong_type(name, message),
            Unfit::Unsupported(message) => ControlError::Unsupported { channel: name.to_owned(), message },
        })?;
        drop(answer);
        let lost = Arc::new(Notify::new());
        let losing = Arc::clone(&lost);
        let watch = self.client.connect(name).on_disconnect(move || losing.notify_one()).exec();
        let Ok(Ok(_watch)) = timeout_at(deadline, watch).await else {
            return Err(timed_out(name, "the time was over before anything was sent"));
        };
        if Clock::now() >= deadline {
            return Err(timed_out(name, "the time was over before anything was sent"));
        }
        tokio::select! {
            // First: the library makes the write again on the next connection.
            biased;
            () = lost.notified() => Ok(unknown("it was being sent, and the connection broke")),
            written = timeout_at(deadline, self.write(name, field, &encoded)) => match written {
                Ok(Ok(())) => Ok(Put::Accepted),
                Ok(Err(PvaError::RemoteError(status))) => Err(refused(name, REMOTE, words(&status))),
                Ok(Err(PvaError::InvalidValue(message))) => Err(wrong_type(name, message)),
                Ok(Err(error)) => Ok(unknown(&format!("it was being sent, and then: {error}"))),
                Err(_) => Ok(unknown("it was sent, and the server did not say in time that it is done")),
            },
        }
    }

    async fn write(&self, name: &str, field: &str, value: &PvField) -> PvaResult<()> {
        let request = &self.with_completion;
        if field == "value" {
            return boxed(self.client.pvput_pv_field_with_request(name, request, value)).await;
        }
        boxed(self.client.pvput_pv_field_field_with_request(name, field, request, value)).await
    }
}

/// The library's futures are of tens of kilobytes; ours shall not be.
fn boxed<T>(future: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    Box::pin(future)
}

fn unknown(reason: &str) -> Put {
    Put::Unknown { reason: reason.to_owned() }
}

fn bad_answer(name: &str) -> ControlError {
    refused(name, BAD_ANSWER, "the server's answer contradicts itself")
}

/// What the server says, verbatim.
fn words(status: &Status) -> String {
    match status {
        Status::OkNoMsg => String::new(),
        Status::Detailed { message, .. } => message.clone(),
    }
}

fn broken(channel: &Channel) -> ControlError {
    not_connected(channel.name(), "the adapter failed; this is a bug")
}

#[async_trait]
impl ControlSystem for PvAccess {
    fn name(&self) -> &'static str {
        "EPICS PV Access"
    }

    async fn describe(&self, channel: &Channel, deadline: Instant) -> Result<Description, ControlError> {
        of_protocol(channel, Protocol::Pva)?;
        let (inner, wanted) = (Arc::clone(&self.inner), channel.clone());
        let work = async move { inner.describe(wanted.name(), deadline.into()).await };
        background::run(&self.runtime, work).await.unwrap_or_else(|| Err(broken(channel)))
    }

    async fn get(&self, channel: &Channel, deadline: Instant) -> Result<Reading, ControlError> {
        of_protocol(channel, Protocol::Pva)?;
        let (inner, wanted) = (Arc::clone(&self.inner), channel.clone());
        let work = async move { inner.get(wanted.name(), deadline.into()).await };
        background::run(&self.runtime, work).await.unwrap_or_else(|| Err(broken(channel)))
    }

    async fn get_many(&self, channels: &[Channel], deadline: Instant) -> Vec<Result<Reading, ControlError>> {
        let (inner, wanted) = (Arc::clone(&self.inner), channels.to_vec());
        let work = async move {
            let one = async |channel: &Channel| {
                of_protocol(channel, Protocol::Pva)?;
                inner.get(channel.name(), deadline.into()).await
            };
            join_all(wanted.iter().map(one)).await
        };
        let read = background::run(&self.runtime, work).await;
        read.unwrap_or_else(|| channels.iter().map(|channel| Err(broken(channel))).collect())
    }

    async fn put(&self, channel: &Channel, value: &Value, deadline: Instant) -> Result<Put, ControlError> {
        of_protocol(channel, Protocol::Pva)?;
        let (inner, wanted, value) = (Arc::clone(&self.inner), channel.clone(), value.clone());
        let work = async move { inner.put(wanted.name(), &value, deadline.into()).await };
        let failed = || Ok(unknown("the adapter failed; this is a bug"));
        background::run(&self.runtime, work).await.unwrap_or_else(failed)
    }

    async fn monitor(&self, channel: &Channel, deadline: Instant) -> Result<Subscription, ControlError> {
        of_protocol(channel, Protocol::Pva)?;
        let (inner, wanted) = (Arc::clone(&self.inner), channel.clone());
        let (outlet, updates) = Outlet::new();
        let work = async move {
            inner.connect(wanted.name(), deadline.into()).await?;
            let error = |error: PvaError| not_connected(wanted.name(), error.to_string());
            follow::follow(&inner.client, wanted.name(), outlet).await.map_err(error)
        };
        let guard = background::run(&self.runtime, work).await.unwrap_or_else(|| Err(broken(channel)))?;
        Ok(Subscription { updates, guard: Some(guard) })
    }

    async fn command(&self, channel: &Channel, _argument: &Value, _deadline: Instant) -> Result<Called, ControlError> {
        Err(ControlError::Unsupported {
            channel: channel.to_string(),
            message: "remote procedure calls over PV Access are not offered; read and write channels instead"
                .to_owned(),
        })
    }
}

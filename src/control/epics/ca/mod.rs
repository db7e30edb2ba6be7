//! [`ChannelAccess`]: EPICS Channel Access, version 4.13 of the protocol.
//!
//! Channels are made once per name and stay connected; see [`channels`] for names that nobody has. Values are read with
//! their time and alarm, arrays as long as they are. Writes wait for the server's completion; from the moment on when one
//! was sent, its outcome is what the server says or unknown, never an error.

mod channels;
mod circuit;
mod convert;
mod encode;
mod follow;
mod link;
mod search;
mod wire;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::time::{Instant as Clock, timeout_at};

use self::channels::Channels;
use self::circuit::{Answer, NotSent, Request};
use self::link::Link;
use self::search::Searcher;
use self::wire::Header;
use super::outlet::Outlet;
use super::{
    EpicsSettings, EpicsSettingsError, background, not_connected, of_protocol, refused, timed_out, wrong_type,
};
use crate::channel::{Channel, Description, Protocol, Reading, Value};
use crate::control::{ControlError, ControlSystem, Put, Subscription};

/// What an answer that makes no sense is reported as.
const BAD_ANSWER: &str = "BAD_ANSWER";
/// How often a read is tried when the connection breaks under it.
const TRIES: usize = 3;

/// EPICS Channel Access. Dropping it closes its connections.
#[derive(Debug)]
pub struct ChannelAccess {
    inner: Arc<Inner>,
    runtime: Handle,
}

#[derive(Debug)]
struct Inner {
    channels: Channels,
}

impl ChannelAccess {
    /// An adapter for these settings. Connects to nothing yet, but looks the hosts' names up: it may block for as long as
    /// that takes.
    pub fn connect(settings: &EpicsSettings) -> Result<Self, EpicsSettingsError> {
        settings.looks_somewhere()?;
        let runtime = background::handle()?;
        let introduction = introduction(settings);
        let targets = settings.targets(settings.server_port)?;
        let name_servers = settings.name_server_addresses()?;
        let searcher = Searcher::start(&runtime, targets, &name_servers, &introduction)?;
        Ok(Self { inner: Arc::new(Inner { channels: Channels::new(searcher, introduction) }), runtime })
    }
}

/// What a client says first on every connection.
fn introduction(settings: &EpicsSettings) -> Vec<u8> {
    let mut out = Vec::new();
    let names = [(wire::HOST_NAME, settings.host_name()), (wire::CLIENT_NAME, settings.user_name())];
    let _ = wire::append(&mut out, wire::VERSION, (0, u32::from(wire::MINOR)), (0, 0), &[]);
    for (command, name) in names {
        let _ = wire::append(&mut out, command, (0, 0), (0, 0), &wire::zero_terminated(&name));
    }
    out
}

impl Inner {
    /// Asks for a channel's data and waits for the answer. Reading twice does no harm, so a connection that breaks
    /// meanwhile is made again.
    async fn read(
        &self,
        name: &str,
        deadline: Clock,
        what: impl Fn(&Link) -> (u16, u32),
    ) -> Result<(Arc<Link>, Header, Vec<u8>), ControlError> {
        for _ in 0..TRIES {
            let link = self.channels.connect(name, deadline).await?;
            if let Some((header, payload)) = read_once(&link, name, what(&link), deadline).await? {
                return Ok((link, header, payload));
            }
        }
        Err(not_connected(name, "the connection breaks again and again"))
    }

    async fn get(&self, name: &str, deadline: Clock) -> Result<Reading, ControlError> {
        let all = |link: &Link| (link.kind.saturating_add(wire::TIME), link.all());
        let (link, header, payload) = self.read(name, deadline, all).await?;
        convert::reading(&link, header.kind, header.count, payload).ok_or_else(|| bad_answer(name))
    }

    async fn describe(&self, name: &str, deadline: Clock) -> Result<Description, ControlError> {
        let link = self.channels.connect(name, deadline).await?;
        if !link.may_read() {
            return convert::description(&link, None).ok_or_else(|| bad_answer(name));
        }
        // One element is enough. Texts have no limits, and not every server keeps to the layout of their type for limits.
        let what = |link: &Link| {
            let form = if link.kind == wire::STRING { wire::TIME } else { wire::CONTROL };
            (link.kind.saturating_add(form), 1)
        };
        let (link, header, payload) = self.read(name, deadline, what).await?;
        let answer = if link.kind == wire::STRING { None } else { Some((header.kind, payload.as_slice())) };
        convert::description(&link, answer).ok_or_else(|| bad_answer(name))
    }

    async fn put(&self, name: &str, value: &Value, deadline: Clock) -> Result<Put, ControlError> {
        let link = self.channels.connect(name, deadline).await?;
        if !link.may_write() {
            return Err(status(name, wire::NO_WRITE_ACCESS, "the server grants no right to write"));
        }
        let mut labels = 0;
        if let (wire::ENUM, true, Value::Enum(_)) = (link.kind, link.is_scalar(), value) {
            let what = (wire::ENUM + wire::CONTROL, 1);
            let answer = read_once(&link, name, what, deadline).await?;
            let (header, payload) = answer.ok_or_else(|| not_connected(name, "the connection broke"))?;
            labels = convert::labels(header.kind, &payload).ok_or_else(|| bad_answer(name))?.len();
        }
        let encoded = encode::encode(&link, labels, value).map_err(|message| wrong_type(name, message))?;
        if Clock::now() >= deadline {
            return Err(timed_out(name, "the time was over before anything was sent"));
        }
        let data = (link.kind, encoded.count);
        let mut request = link
            .circuit
            .request(wire::WRITE_NOTIFY, &link, data, &encoded.bytes)
            .map_err(|not_sent| not_sent_error(name, &not_sent))?;
        Ok(match answer_by(&mut request, deadline).await {
            None => {
                Put::Unknown { reason: "it was sent, and the server did not say in time that it is done".to_owned() }
            }
            Some(Answer::Lost) => Put::Unknown { reason: "it was sent, and then the connection broke".to_owned() },
            Some(Answer::Message(header, _)) if header.first == wire::NORMAL => Put::Accepted,
            Some(Answer::Message(header, _)) => return Err(status(name, header.first, "the server did not write it")),
            Some(Answer::Complaint(code, words)) => return Err(status(name, code, &words)),
        })
    }
}

/// One request to read; `None` if the connection is gone.
async fn read_once(
    link: &Arc<Link>,
    name: &str,
    what: (u16, u32),
    deadline: Clock,
) -> Result<Option<(Header, Vec<u8>)>, ControlError> {
    if !link.may_read() {
        return Err(status(name, wire::NO_READ_ACCESS, "the server grants no right to read"));
    }
    let mut request = match link.circuit.request(wire::READ_NOTIFY, link, what, &[]) {
        Ok(request) => request,
        Err(NotSent::Gone) => return Ok(None),
        Err(busy @ NotSent::Busy) => return Err(not_sent_error(name, &busy)),
    };
    match answer_by(&mut request, deadline).await {
        None => Err(timed_out(name, format!("{} is connected, and sent no value", link.circuit.address))),
        Some(Answer::Lost) => Ok(None),
        Some(Answer::Message(header, payload)) if header.first == wire::NORMAL => Ok(Some((header, payload))),
        Some(Answer::Message(header, _)) => Err(status(name, header.first, "the server gave no value")),
        Some(Answer::Complaint(code, words)) => Err(status(name, code, &words)),
    }
}

async fn answer_by(request: &mut Request, deadline: Clock) -> Option<Answer> {
    timeout_at(deadline, request.answer()).await.ok()
}

fn status(name: &str, code: u32, words: &str) -> ControlError {
    refused(name, wire::status_name(code), words)
}

fn bad_answer(name: &str) -> ControlError {
    refused(name, BAD_ANSWER, "the server's answer is not of the channel's type")
}

fn not_sent_error(name: &str, not_sent: &NotSent) -> ControlError {
    match not_sent {
        NotSent::Gone => not_connected(name, "the connection broke before anything was sent"),
        NotSent::Busy => ControlError::Busy { channel: name.to_owned() },
    }
}

/// A task of ours that panicked; nothing is known about what it did.
fn broken(channel: &Channel) -> ControlError {
    not_connected(channel.name(), "the adapter failed; this is a bug")
}

#[async_trait]
impl ControlSystem for ChannelAccess {
    fn name(&self) -> &'static str {
        "EPICS Channel Access"
    }

    async fn describe(&self, channel: &Channel, deadline: Instant) -> Result<Description, ControlError> {
        of_protocol(channel, Protocol::Ca)?;
        let (inner, wanted) = (Arc::clone(&self.inner), channel.clone());
        let work = async move { inner.describe(wanted.name(), deadline.into()).await };
        background::run(&self.runtime, work).await.unwrap_or_else(|| Err(broken(channel)))
    }

    async fn get(&self, channel: &Channel, deadline: Instant) -> Result<Reading, ControlError> {
        of_protocol(channel, Protocol::Ca)?;
        let (inner, wanted) = (Arc::clone(&self.inner), channel.clone());
        let work = async move { inner.get(wanted.name(), deadline.into()).await };
        background::run(&self.runtime, work).await.unwrap_or_else(|| Err(broken(channel)))
    }

    async fn get_many(&self, channels: &[Channel], deadline: Instant) -> Vec<Result<Reading, ControlError>> {
        let (inner, wanted) = (Arc::clone(&self.inner), channels.to_vec());
        let work = async move {
            let one = async |channel: &Channel| {
                of_protocol(channel, Protocol::Ca)?;
                inner.get(channel.name(), deadline.into()).await
            };
            join_all(wanted.iter().map(one)).await
        };
        let read = background::run(&self.runtime, work).await;
        read.unwrap_or_else(|| channels.iter().map(|channel| Err(broken(channel))).collect())
    }

    async fn put(&self, channel: &Channel, value: &Value, deadline: Instant) -> Result<Put, ControlError> {
        of_protocol(channel, Protocol::Ca)?;
        let (inner, wanted, value) = (Arc::clone(&self.inner), channel.clone(), value.clone());
        let work = async move { inner.put(wanted.name(), &value, deadline.into()).await };
        let failed = || Ok(Put::Unknown { reason: "the adapter failed; this is a bug".to_owned() });
        background::run(&self.runtime, work).await.unwrap_or_else(failed)
    }

    async fn monitor(&self, channel: &Channel, deadline: Instant) -> Result<Subscription, ControlError> {
        of_protocol(channel, Protocol::Ca)?;
        let (inner, wanted) = (Arc::clone(&self.inner), channel.clone());
        let work = async move { inner.channels.connect(wanted.name(), deadline.into()).await };
        let link = background::run(&self.runtime, work).await.unwrap_or_else(|| Err(broken(channel)))?;
        let (outlet, updates) = Outlet::new();
        // Before this returns: a put that comes next must not overtake it, or its change would be taken for the first value.
        let events = follow::subscribe(&link);
        // Following does not keep the adapter alive.
        let work = follow::follow(Arc::downgrade(&self.inner), channel.clone(), (link, events), outlet);
        let guard = tokio_util::task::AbortOnDropHandle::new(self.runtime.spawn(work));
        Ok(Subscription { updates, guard: Some(guard) })
    }
}

//! [`Circuit`]: one connection to one server, shared by all of its channels. When it breaks, everything that waits on it is
//! told so at once; nothing waits for ever.

mod pending;
mod pump;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use self::pending::Wish;
pub(super) use self::pending::{Events, Request};
use super::link::{Link, Standing};
use super::wire::{self, Header};
use crate::control::epics::sink::Sink;

/// An event of a subscription.
type Event = (Header, Vec<u8>);

/// Most bytes that wait to be sent, besides one message.
const BACKLOG: usize = 64 << 20;
/// How a request ended.
#[derive(Debug)]
pub(super) enum Answer {
    /// The server's answer.
    Message(Header, Vec<u8>),
    /// The server's complaint: a status code and its words.
    Complaint(u32, String),
    /// The connection broke.
    Lost,
}

/// Why nothing was sent.
#[derive(Debug)]
pub(super) enum NotSent {
    /// There is no connection any more.
    Gone,
    /// Too much waits to be sent already.
    Busy,
}

/// What a server answered to the wish for a channel.
#[derive(Debug)]
enum Created {
    /// Here it is. Whoever drops it gives it back, so that none is lost on the way.
    Channel(Link),
    Refused,
}

/// A connection to a server.
#[derive(Debug)]
pub(super) struct Circuit {
    pub(super) address: SocketAddr,
    outbox: mpsc::UnboundedSender<Vec<u8>>,
    queued: AtomicUsize,
    minor: AtomicU16,
    heard: AtomicBool,
    gone: CancellationToken,
    state: Mutex<State>,
    next: AtomicU32,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    creating: HashMap<u32, oneshot::Sender<Created>>,
    standings: HashMap<u32, Arc<Standing>>,
    /// By their numbers; with the channel that each is about.
    requests: HashMap<u32, (u32, oneshot::Sender<Answer>)>,
    sinks: HashMap<u32, (u32, Arc<Sink<Event>>)>,
}

impl Circuit {
    /// Connects, and introduces itself.
    pub(super) async fn open(address: SocketAddr, introduction: Vec<u8>) -> io::Result<Arc<Self>> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let (outbox, inbox) = mpsc::unbounded_channel();
        let circuit = Arc::new(Self {
            address,
            outbox,
            queued: AtomicUsize::new(0),
            minor: AtomicU16::new(0),
            heard: AtomicBool::new(true),
            gone: CancellationToken::new(),
            state: Mutex::default(),
            next: AtomicU32::new(1),
        });
        let _ = circuit.send(introduction);
        tokio::spawn(Arc::clone(&circuit).write(writer, inbox));
        tokio::spawn(Arc::clone(&circuit).read(reader));
        tokio::spawn(Arc::clone(&circuit).watch());
        tracing::debug!(server = %address, "connected");
        Ok(circuit)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; and half a change would be no worse than none.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_open(&self) -> bool {
        !self.gone.is_cancelled()
    }

    /// Whether the server understands "as many elements as there are".
    pub(super) fn knows_auto_size(&self) -> bool {
        self.minor.load(Ordering::Acquire) >= 13
    }

    /// A number for a channel, a request or a subscription.
    fn id(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn send(&self, message: Vec<u8>) -> Result<(), NotSent> {
        if !self.is_open() {
            return Err(NotSent::Gone);
        }
        let length = message.len();
        let before = self.queued.fetch_add(length, Ordering::Relaxed);
        if before > 0 && before.saturating_add(length) > BACKLOG {
            self.queued.fetch_sub(length, Ordering::Relaxed);
            return Err(NotSent::Busy);
        }
        self.outbox.send(message).map_err(|_| NotSent::Gone)
    }

    /// Asks for a channel; dropping the wait takes the wish back.
    pub(super) async fn create(self: &Arc<Self>, name: &str) -> Result<Option<Arc<Link>>, NotSent> {
        let id = self.id();
        let (sender, created) = oneshot::channel();
        {
            let mut state = self.state();
            if state.closed {
                return Err(NotSent::Gone);
            }
            state.creating.insert(id, sender);
            state.standings.insert(id, Arc::default());
        }
        let mut wish = Wish { circuit: self, id, fulfilled: false };
        let name = wire::zero_terminated(name);
        let ids = (id, u32::from(wire::MINOR));
        self.send(wire::message(wire::CREATE_CHANNEL, (0, 0), ids, &name).ok_or(NotSent::Gone)?)?;
        match created.await {
            Ok(Created::Channel(link)) => {
                wish.fulfilled = true;
                Ok(Some(Arc::new(link)))
            }
            Ok(Created::Refused) => Ok(None),
            Err(_) => Err(NotSent::Gone),
        }
    }

    /// Gives a channel back.
    pub(super) fn clear(&self, id: u32, server_id: u32) {
        self.state().standings.remove(&id);
        if let Some(message) = wire::message(wire::CLEAR_CHANNEL, (0, 0), (server_id, id), &[]) {
            let _ = self.send(message);
        }
    }

    /// Sends a request that is answered once. Dropping the answer's end forgets it.
    pub(super) fn request(
        self: &Arc<Self>,
        command: u16,
        link: &Link,
        data: (u16, u32),
        payload: &[u8],
    ) -> Result<Request, NotSent> {
        let id = self.id();
        let message = wire::message(command, data, (link.server_id, id), payload).ok_or(NotSent::Busy)?;
        let (sender, answer) = oneshot::channel();
        {
            let mut state = self.state();
            if state.closed {
                return Err(NotSent::Gone);
            }
            state.requests.insert(id, (link.id, sender));
        }
        let request = Request { circuit: Arc::clone(self), id, answer };
        self.send(message)?;
        Ok(request)
    }

    /// Starts a subscription. It ends with the circuit or the channel, or when what is returned is dropped.
    pub(super) fn subscribe(self: &Arc<Self>, link: &Link, data: (u16, u32)) -> Result<Events, NotSent> {
        let id = self.id();
        let sink = Arc::new(Sink::default());
        let mut payload = [0; 16];
        // Three unused floats; then what to be told of: new values and alarms.
        if let Some(mask) = payload.get_mut(12..14) {
            mask.copy_from_slice(&5_u16.to_be_bytes());
        }
        {
            let mut state = self.state();
            if state.closed {
                return Err(NotSent::Gone);
            }
            state.sinks.insert(id, (link.id, Arc::clone(&sink)));
        }
        let events = Events { circuit: Arc::clone(self), id, data, server_id: link.server_id, sink };
        self.send(wire::message(wire::EVENT_ADD, data, (link.server_id, id), &payload).ok_or(NotSent::Gone)?)?;
        Ok(events)
    }

    /// Ends it: everything that waits learns of it.
    pub(super) fn close(&self, reason: &str) {
        let ended = {
            let mut state = self.state();
            if state.closed {
                return;
            }
            state.closed = true;
            std::mem::take(&mut *state)
        };
        // `take` left a fresh one behind.
        self.state().closed = true;
        self.gone.cancel();
        tracing::debug!(server = %self.address, reason, "disconnected");
        for standing in ended.standings.values() {
            standing.end();
        }
        for (_, (_, request)) in ended.requests {
            let _ = request.send(Answer::Lost);
        }
        for (_, sink) in ended.sinks.values() {
            sink.end();
        }
    }

    fn take(self: &Arc<Self>, header: Header, payload: Vec<u8>) {
        match header.command {
            wire::VERSION => self.minor.store(u16::try_from(header.count).unwrap_or_default(), Ordering::Release),
            wire::READ_NOTIFY | wire::WRITE_NOTIFY => {
                let request = self.state().requests.remove(&header.second);
                if let Some((_, request)) = request {
                    let _ = request.send(Answer::Message(header, payload));
                }
            }
            wire::EVENT_ADD => {
                let sink = self.state().sinks.get(&header.second).map(|(_, sink)| Arc::clone(sink));
                if let Some(sink) = sink {
                    sink.push(payload.len(), (header, payload));
                }
            }
            wire::CREATE_CHANNEL => {
                let (wish, standing) = {
                    let mut state = self.state();
                    (state.creating.remove(&header.first), state.standings.get(&header.first).cloned())
                };
                let ids = (header.first, header.second);
                let link = Link::new(Arc::clone(self), standing.unwrap_or_default(), ids, (header.kind, header.count));
                if let Some(wish) = wish {
                    let _ = wish.send(Created::Channel(link));
                }
            }
            wire::CREATE_FAILED => {
                let wish = self.state().creating.remove(&header.first);
                if let Some(wish) = wish {
                    let _ = wish.send(Created::Refused);
                }
            }
            wire::ACCESS_RIGHTS => {
                if let Some(standing) = self.state().standings.get(&header.first) {
                    standing.set_rights(header.second);
                }
            }
            wire::SERVER_DISCONNECT => self.lose_channel(header.first),
            wire::ERROR => self.complain(header.second, &payload),
            _ => {}
        }
    }

    /// One channel is gone, the others are not.
    fn lose_channel(&self, id: u32) {
        let mut state = self.state();
        if let Some(standing) = state.standings.remove(&id) {
            standing.end();
        }
        for (_, sink) in state.sinks.values().filter(|(channel, _)| *channel == id) {
            sink.end();
        }
        for (_, (_, request)) in state.requests.extract_if(|_, (channel, _)| *channel == id) {
            let _ = request.send(Answer::Lost);
        }
    }

    /// A complaint carries the head of the request that it is about.
    fn complain(&self, status: u32, payload: &[u8]) {
        let Some((about, words)) = Header::split(payload) else { return };
        let words = wire::text(words);
        tracing::debug!(server = %self.address, status = wire::status_name(status), words, "complaint");
        if matches!(about.command, wire::READ_NOTIFY | wire::WRITE_NOTIFY) {
            let request = self.state().requests.remove(&about.second);
            if let Some((_, request)) = request {
                let _ = request.send(Answer::Complaint(status, words));
            }
        }
    }
}

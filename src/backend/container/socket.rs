//! [`Socket`]: the connection to one kernel. It is kept alive, found again when it is lost, and bounded in what it holds.
//!
//! A task carries messages both ways. The server buffers what the kernel says while we are away, as long as we come back with
//! the same session; what was in flight when the connection broke is lost, which [`super::gaps`] notices.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use reqwest::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error as Fault, Message as Frame};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::error::{Error, excerpt};
use super::frames::{MAX_FRAME, Message, Outgoing, Protocol};
use super::rest::{KernelId, Server};

/// Most that waits to be taken, in KiB.
const MOST_WAITING: u32 = 128 << 10;
/// Most frames in a row that are no messages.
const MOST_MALFORMED: u32 = 100;
/// Most bytes of an error's body that are read.
const MAX_REFUSAL: usize = 64 << 10;

/// What comes from a kernel's connection.
#[derive(Debug)]
pub(super) enum Heard {
    Message(Message),
    Malformed(String),
    Lost,
    Found,
    /// Nothing comes after it.
    Gone(Error),
}

/// The near end of the connection. Dropped, it closes.
#[derive(Debug)]
pub(super) struct Socket {
    out: mpsc::UnboundedSender<Outgoing>,
    heard: mpsc::UnboundedReceiver<(Heard, Option<OwnedSemaphorePermit>)>,
    _close: DropGuard,
}

impl Socket {
    /// Connects. `session` must be the connection's alone.
    pub(super) async fn open(server: &Server, kernel: &KernelId, session: &str) -> Result<Self, Error> {
        let way = Way { server: server.clone(), kernel: kernel.clone(), session: session.to_owned() };
        let within = server.timing().first_word;
        let wires = timeout(within, way.connect())
            .await
            .map_err(|_| Error::Mute { kernel: kernel.clone(), after: within })??;
        let (out, to_send) = mpsc::unbounded_channel();
        let (to_hear, heard) = mpsc::unbounded_channel();
        let (close, room) = (CancellationToken::new(), Arc::new(Semaphore::new(MOST_WAITING as usize)));
        let carrier = Carrier { way, to_send, to_hear, room, unsent: None, malformed: 0 };
        let closed = close.clone();
        tokio::spawn(async move {
            closed.run_until_cancelled(carrier.run(wires)).await;
        });
        Ok(Self { out, heard, _close: close.drop_guard() })
    }

    /// Sends a message, or as soon as the connection is found again.
    pub(super) fn send(&self, message: Outgoing) {
        // If nobody takes it, what is heard says why.
        let _ = self.out.send(message);
    }

    /// What comes next. Nothing is lost if the future is dropped.
    pub(super) async fn hear(&mut self) -> Option<Heard> {
        self.heard.recv().await.map(|(heard, _)| heard)
    }

    /// What came already.
    pub(super) fn overhear(&mut self) -> Option<Heard> {
        self.heard.try_recv().ok().map(|(heard, _)| heard)
    }
}

struct Wires {
    stream: WebSocketStream<reqwest::Upgraded>,
    protocol: Protocol,
}

struct Way {
    server: Server,
    kernel: KernelId,
    session: String,
}

impl Way {
    async fn connect(&self) -> Result<Wires, Error> {
        let key = generate_key();
        let request = self
            .server
            .request(
                Method::GET,
                &["api", "kernels", self.kernel.as_ref(), "channels"],
                &[("session_id", &self.session)],
            )?
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, &key)
            .header(SEC_WEBSOCKET_PROTOCOL, Protocol::V1_NAME);
        let mut response = request.send().await.map_err(|error| self.server.broken(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status.as_u16() == 404 {
            return Err(Error::NoKernel { server: self.server.address(), kernel: self.kernel.clone() });
        }
        if status.as_u16() != 101 {
            let mut body = Vec::new();
            while body.len() < MAX_REFUSAL
                && let Ok(Some(chunk)) = response.chunk().await
            {
                body.extend_from_slice(&chunk[..chunk.len().min(MAX_REFUSAL - body.len())]);
            }
            self.server.judge(status, &headers, &body, "connect to a kernel")?;
            return Err(self
                .server
                .no_jupyter("it does not open a WebSocket; a proxy before it may not pass them".to_owned()));
        }
        if headers.get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes)
            != Some(derive_accept_key(key.as_bytes()).as_bytes())
        {
            return Err(self.server.no_jupyter("its WebSocket handshake is wrong".to_owned()));
        }
        let protocol = Protocol::chosen(headers.get(SEC_WEBSOCKET_PROTOCOL))
            .map_err(|reason| Error::Protocol { kernel: self.kernel.clone(), reason })?;
        let stream = response.upgrade().await.map_err(|error| self.server.broken(&error))?;
        let config = WebSocketConfig::default().max_message_size(Some(MAX_FRAME)).max_frame_size(Some(MAX_FRAME));
        Ok(Wires { stream: WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await, protocol })
    }

    /// Tries again and again until the connection stands, the kernel is known to be gone, or the time is over.
    async fn connect_again(&self) -> Result<Wires, Error> {
        let within = self.server.timing().reconnect;
        let until = Instant::now() + within;
        let (mut pause, mut reason) = (Duration::from_millis(50), "it does not answer".to_owned());
        while Instant::now() < until {
            let tried = async {
                self.server.kernel(&self.kernel).await?;
                self.connect().await
            };
            match timeout(self.server.timing().answer.min(until - Instant::now()), tried).await {
                Ok(Ok(wires)) => return Ok(wires),
                Ok(Err(error @ Error::NoKernel { .. })) => return Err(error),
                Ok(Err(error)) if error.is_configuration() => return Err(error),
                Ok(Err(error)) => reason = error.to_string(),
                Err(_) => {}
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(3));
        }
        Err(Error::Lost { kernel: self.kernel.clone(), after: within, reason })
    }
}

/// Why messages are no longer carried.
enum Break {
    /// The connection broke.
    Lost,
    /// The near end was dropped.
    Closed,
    /// What comes is not the protocol.
    Wrong(String),
}

struct Carrier {
    way: Way,
    to_send: mpsc::UnboundedReceiver<Outgoing>,
    to_hear: mpsc::UnboundedSender<(Heard, Option<OwnedSemaphorePermit>)>,
    room: Arc<Semaphore>,
    /// What the connection broke on. A frame that was not sent whole was not received, so it can be sent again.
    unsent: Option<Outgoing>,
    malformed: u32,
}

impl Carrier {
    async fn run(mut self, mut wires: Wires) {
        loop {
            match self.carry(&mut wires).await {
                Break::Closed => return,
                Break::Wrong(reason) => {
                    self.tell(Heard::Gone(Error::Protocol { kernel: self.way.kernel.clone(), reason }));
                    return;
                }
                Break::Lost => {}
            }
            drop(wires);
            self.tell(Heard::Lost);
            tracing::warn!(kernel = %self.way.kernel, "the connection is lost");
            match self.way.connect_again().await {
                Ok(found) => wires = found,
                Err(error) => {
                    self.tell(Heard::Gone(error));
                    return;
                }
            }
            self.tell(Heard::Found);
        }
    }

    fn tell(&self, heard: Heard) {
        let _ = self.to_hear.send((heard, None));
    }

    async fn carry(&mut self, wires: &mut Wires) -> Break {
        let (ping, silence) = (self.way.server.timing().ping, self.way.server.timing().silence);
        let mut pings = interval(ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut last, mut unthanked) = (Instant::now(), false);
        loop {
            if self.unsent.is_none() {
                tokio::select! {
                    biased;
                    message = self.to_send.recv() => match message {
                        Some(message) => self.unsent = Some(message),
                        None => return Break::Closed,
                    },
                    frame = wires.stream.next() => {
                        let Some(frame) = frame else { return Break::Lost };
                        match frame {
                            Ok(frame) => {
                                if let Err(broken) = self.pass(frame, wires.protocol).await { return broken }
                            }
                            Err(fault) => return judged(&fault),
                        }
                        (last, unthanked) = (Instant::now(), true);
                        continue;
                    }
                    // A Jupyter server sends its next small message only when TCP has acknowledged the last one, which takes
                    // 40 ms unless we send something: a pong that nobody asked for is the least there is.
                    () = ready(()), if unthanked => {
                        unthanked = false;
                        match timeout(silence, wires.stream.send(Frame::Pong(Bytes::new()))).await {
                            Ok(Ok(())) => continue,
                            _ => return Break::Lost,
                        }
                    }
                    _ = pings.tick() => {
                        if last.elapsed() > silence {
                            return Break::Lost;
                        }
                        match timeout(silence, wires.stream.send(Frame::Ping(Bytes::new()))).await {
                            Ok(Ok(())) => continue,
                            _ => return Break::Lost,
                        }
                    }
                }
            }
            let Some(message) = &self.unsent else { continue };
            match timeout(silence, wires.stream.send(message.write(wires.protocol))).await {
                Ok(Ok(())) => (self.unsent, unthanked) = (None, false),
                _ => return Break::Lost,
            }
        }
    }

    /// Passes a frame on when there is room for it; until then nothing more is read.
    async fn pass(&mut self, frame: Frame, protocol: Protocol) -> Result<(), Break> {
        if frame.is_close() {
            return Err(Break::Lost);
        }
        let size = u32::try_from(frame.len() >> 10).unwrap_or(MOST_WAITING).saturating_add(1).min(MOST_WAITING);
        let heard = match Message::read(protocol, frame) {
            Ok(None) => return Ok(()),
            Ok(Some(message)) => {
                self.malformed = 0;
                Heard::Message(message)
            }
            Err(reason) => {
                self.malformed += 1;
                if self.malformed > MOST_MALFORMED {
                    return Err(Break::Wrong(reason));
                }
                Heard::Malformed(reason)
            }
        };
        let Ok(permit) = Arc::clone(&self.room).acquire_many_owned(size).await else { return Err(Break::Closed) };
        self.to_hear.send((heard, Some(permit))).map_err(|_| Break::Closed)
    }
}

/// What a fault of the WebSocket means.
fn judged(fault: &Fault) -> Break {
    match fault {
        Fault::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Break::Lost,
        Fault::Capacity(_) => Break::Wrong(format!("a message is larger than {MAX_FRAME} bytes")),
        Fault::Protocol(_) | Fault::Utf8(_) => Break::Wrong(excerpt(&fault.to_string())),
        _ => Break::Lost,
    }
}

//! [`Kernel`]: one kernel of a server, from its start to its proven end.
//!
//! A kernel that is dropped is deleted by a task that [`Server::settle`] waits for.

use std::time::Duration;

use jupyter_protocol::{
    Channel, ExecuteRequest, ExecutionState, JupyterMessage, JupyterMessageContent, KernelInfoRequest, Status,
};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::{Instant, timeout};

use super::door::DoorToken;
use super::error::Error;
use super::execution::{Execution, Finish, Happening};
use super::frames::{Message, Outgoing};
use super::rest::{KernelId, Server, Session, random};
use super::socket::{Heard, Socket};

/// Longest code of one cell: a Jupyter server takes messages of 10 MiB unless it is told otherwise.
const MAX_CODE: usize = 9 << 20;
/// How often a kernel that says nothing is asked again who it is.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// A kernel of our own.
#[derive(Debug)]
pub struct Kernel {
    server: Server,
    /// Taken when it has been deleted.
    kept: Option<Session>,
    pub(super) session: String,
    pub(super) socket: Socket,
    /// The kernel's own session: another one is another process.
    pub(super) process: String,
    /// Whether a cell was begun and not seen to end.
    pub(super) running: bool,
    permit: Option<OwnedSemaphorePermit>,
}

impl Kernel {
    /// Starts a kernel and waits until it answers.
    pub async fn start(server: &Server, name: &str) -> Result<Self, Error> {
        Self::start_with(server, name, None).await
    }

    /// `permit` is given back when the kernel is deleted.
    pub(super) async fn start_with(
        server: &Server,
        name: &str,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Self, Error> {
        let (send, receive) = oneshot::channel();
        let (of, name) = (server.clone(), name.to_owned());
        // In a task of its own: if we are dropped, the kernel is deleted as soon as it is there, and its place is free then.
        server.spawn(async move {
            let created = of.create(&name).await;
            let _ = send.send(created.map(|session| Held { server: of, session: Some(session), permit }));
        });
        let mut held = receive.await.map_err(|_| Error::Closed)??;
        let session = random(16)?;
        let id = held.id().ok_or(Error::Closed)?;
        let socket = Socket::open(server, &id, &session).await?;
        let (kept, permit) = (held.session.take(), held.permit.take());
        let mut kernel =
            Self { server: server.clone(), kept, session, socket, process: String::new(), running: false, permit };
        let within = server.timing().first_word;
        kernel.process = kernel.introduce("shell", within).await?;
        Ok(kernel)
    }

    /// Its id on the server.
    pub fn id(&self) -> String {
        self.kept.as_ref().map(|kept| kept.kernel.id.to_string()).unwrap_or_default()
    }

    pub(super) fn kernel_id(&self) -> Result<KernelId, Error> {
        self.kept.as_ref().map(|kept| kept.kernel.id.clone()).ok_or(Error::Closed)
    }

    pub(super) fn message(&self, channel: &'static str, content: impl Into<JupyterMessageContent>) -> Outgoing {
        let message = JupyterMessage::new(content, None).with_session(&self.session);
        let mut header = message.header;
        "aerie".clone_into(&mut header.username);
        let content = serde_json::to_value(&message.content).unwrap_or_default();
        Outgoing { channel, header, content, buffers: Vec::new() }
    }

    /// Asks who it is until it answers; gives its session.
    async fn introduce(&mut self, channel: &'static str, within: Duration) -> Result<String, Error> {
        let id = self.kernel_id()?;
        let (until, mut asked) = (Instant::now() + within, Vec::new());
        loop {
            let question = self.message(channel, KernelInfoRequest {});
            asked.push(question.header.msg_id.clone());
            self.socket.send(question);
            let next = (Instant::now() + ASK_AGAIN).min(until);
            while let Ok(heard) = tokio::time::timeout_at(next, self.socket.hear()).await {
                match heard {
                    Some(Heard::Message(message)) => {
                        if message.head.msg_type == "kernel_info_reply" && asked.contains(&message.parent.msg_id) {
                            return Ok(message.head.session);
                        }
                        if let Some(reason) = death(&message) {
                            return Err(Error::Died { kernel: id, reason });
                        }
                    }
                    Some(Heard::Gone(error)) => return Err(error),
                    Some(Heard::Malformed(reason)) => return Err(Error::Protocol { kernel: id, reason }),
                    Some(Heard::Lost | Heard::Found) => {}
                    None => return Err(Error::Closed),
                }
            }
            if Instant::now() >= until {
                return Err(Error::Mute { kernel: id, after: within });
            }
        }
    }

    /// Whether it still answers, as the process that it was. For a kernel in which nothing runs.
    pub async fn is_alive(&mut self) -> bool {
        matches!(self.introduce("control", Duration::from_secs(2)).await, Ok(process) if process == self.process)
    }

    /// Whether something was heard that says that it is no use any more, or may not be. Asks nothing.
    pub(super) fn is_known_dead(&mut self) -> bool {
        while let Some(heard) = self.socket.overhear() {
            match heard {
                Heard::Message(message) if death(&message).is_some() => return true,
                Heard::Lost | Heard::Gone(_) => return true,
                _ => {}
            }
        }
        false
    }

    /// Begins a cell. Requests through the door must have the token.
    pub fn execute(&mut self, code: &str, token: Option<DoorToken>) -> Result<Execution<'_>, Error> {
        if code.len() > MAX_CODE {
            return Err(Error::TooLarge { what: "the code", bytes: code.len(), most: MAX_CODE });
        }
        while let Some(heard) = self.socket.overhear() {
            if let Heard::Gone(error) = heard {
                return Err(error);
            }
        }
        let request = self.message(
            "shell",
            ExecuteRequest {
                code: code.to_owned(),
                // Neither counted, nor repeated to whoever listens: it may hold a token.
                silent: true,
                store_history: false,
                user_expressions: None,
                // Nobody types. The door does not need it.
                allow_stdin: false,
                stop_on_error: false,
            },
        );
        let id = request.header.msg_id.clone();
        self.socket.send(request);
        self.running = true;
        Ok(Execution::begun(self, id, token))
    }

    /// Runs a cell to its end; what it prints is dropped. An exception is its text.
    pub(super) async fn run_silently(&mut self, code: &str) -> Result<Result<(), String>, Error> {
        let id = self.kernel_id()?;
        let mut raised = None;
        let mut execution = self.execute(code, None)?;
        loop {
            match execution.next().await {
                Happening::Raised { name, value } => raised = Some(format!("{name}: {value}")),
                Happening::Done(Finish::Ok) => return Ok(raised.map_or(Ok(()), Err)),
                Happening::Done(Finish::Raised) => return Ok(Err(raised.unwrap_or_default())),
                Happening::Done(finish) => return Err(Error::unseen(id, finish)),
                Happening::Died(reason) => return Err(Error::Died { kernel: id, reason }),
                Happening::Gone(error) => return Err(error),
                _ => {}
            }
        }
    }

    /// Runs a cell to its end, and gives what it printed.
    pub(super) async fn said(&mut self, code: &str) -> Result<String, Error> {
        let id = self.kernel_id()?;
        let (mut said, mut raised) = (Vec::new(), None);
        let mut execution = self.execute(code, None)?;
        loop {
            match execution.next().await {
                Happening::Stdout(bytes) => said.extend_from_slice(&bytes),
                Happening::Raised { name, value } => raised = Some(format!("{name}: {value}")),
                Happening::Done(Finish::Ok) => return Ok(String::from_utf8_lossy(&said).into_owned()),
                Happening::Done(Finish::Raised) => {
                    return Err(Error::Unprepared { name: id.to_string(), message: raised.unwrap_or_default() });
                }
                Happening::Done(finish) => return Err(Error::unseen(id, finish)),
                Happening::Died(reason) => return Err(Error::Died { kernel: id, reason }),
                Happening::Gone(error) => return Err(error),
                _ => {}
            }
        }
    }

    /// Interrupts what runs.
    pub async fn interrupt(&self) -> Result<(), Error> {
        self.server.interrupt(&self.kernel_id()?).await
    }

    /// Ends it for good: what runs is interrupted, after a grace the kernel is restarted, then it is deleted. `Ok`: the server
    /// has ended its process.
    pub async fn stop(mut self) -> Result<(), Error> {
        let id = self.kernel_id()?;
        if self.running && !self.ends_when_interrupted(&id).await {
            // Deletion ends what runs as well; it should not have to.
            if let Err(error) = self.server.restart(&id).await {
                tracing::warn!(kernel = %id, %error, "a kernel could not be restarted");
            }
        }
        let (server, session) = (self.server.clone(), self.kept.take().map(|kept| kept.id));
        let permit = self.permit.take();
        // In a task of its own, so that it goes on if we are dropped.
        let (send, receive) = oneshot::channel();
        let of = server.clone();
        server.spawn(async move {
            let result = of.delete_or_remember(id, session).await;
            drop(permit);
            let _ = send.send(result);
        });
        receive.await.map_err(|_| Error::Closed)?
    }

    async fn ends_when_interrupted(&mut self, id: &KernelId) -> bool {
        if self.server.interrupt(id).await.is_err() {
            return false;
        }
        let idle = async {
            while let Some(heard) = self.socket.hear().await {
                match heard {
                    Heard::Message(message) if message.head.msg_type == "execute_reply" => return true,
                    Heard::Message(message) if death(&message).is_some() => return true,
                    Heard::Gone(_) => return false,
                    _ => {}
                }
            }
            false
        };
        timeout(self.server.timing().grace, idle).await.unwrap_or(false)
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        if let Some(session) = self.kept.take() {
            delete_later(&self.server, session, self.permit.take());
        }
    }
}

/// A kernel that has no [`Kernel`] yet.
struct Held {
    server: Server,
    session: Option<Session>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Held {
    fn id(&self) -> Option<KernelId> {
        self.session.as_ref().map(|session| session.kernel.id.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            delete_later(&self.server, session, self.permit.take());
        }
    }
}

fn delete_later(server: &Server, session: Session, permit: Option<OwnedSemaphorePermit>) {
    let task = server.clone();
    server.spawn(async move {
        // What happens to it is remembered by the server.
        let _ = task.delete_or_remember(session.kernel.id, Some(session.id)).await;
        drop(permit);
    });
}

/// Whether a message says that the kernel has ended. The server sends such a state without a parent.
pub(super) fn death(message: &Message) -> Option<String> {
    if message.head.msg_type != "status" || !matches!(message.channel, Channel::IOPub) {
        return None;
    }
    let state = message.content::<Status>().ok()?.execution_state;
    match state {
        ExecutionState::Dead
        | ExecutionState::Restarting
        | ExecutionState::AutoRestarting
        | ExecutionState::Terminating => Some(format!("the Jupyter server says that it is {}", state.as_str())),
        _ => None,
    }
}

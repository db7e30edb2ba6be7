//! [`Execution`]: a cell that runs, and what happens in it.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use jupyter_protocol::{
    Channel, ExecutionState, InputReply, InputRequest, KernelInfoRequest, ReplyStatus, Status, Stdio, StreamContent,
};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Bytes;

use super::door::{Door, DoorToken, Knock, MAX_DOOR_FRAME, pieces};
use super::error::Error;
use super::frames::Message;
use super::gaps::{Gaps, number};
use super::kernel::{Kernel, death};
use super::socket::Heard;

/// After the reply or the idle state, how long the other one may stay away while nothing else comes.
const OTHER_HALF: Duration = Duration::from_secs(5);
/// How long a hole in the output may be filled by what comes out of order.
const STRAGGLERS: Duration = Duration::from_millis(200);
/// Largest rich output that is read whatever its shape.
const MAX_ANY: usize = 1 << 20;
/// Most forms of a larger one that are read.
const MOST_KINDS: usize = 64;

/// How a cell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// To its end.
    Ok,
    /// With an exception.
    Raised,
    /// It was not begun.
    Aborted,
    /// The kernel is idle again, but how the cell ended was lost with the connection.
    Unknown,
}

/// Something that happens while a cell runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// Text on standard output.
    Stdout(Vec<u8>),
    /// Text on standard error.
    Stderr(Vec<u8>),
    /// A rich output.
    Display {
        /// By MIME type: a text (base64 for binary types) or JSON.
        data: Map<String, Value>,
        /// Binary parts.
        buffers: Vec<Bytes>,
    },
    /// An exception ended the cell.
    Raised {
        /// Its type.
        name: String,
        /// What it says.
        value: String,
    },
    /// A request through the door, to be answered by [`Execution::answer`].
    Request {
        /// Its number, from 1.
        seq: u64,
        /// The door frame.
        frame: Bytes,
    },
    /// Something came that is no message, or no proper one.
    Malformed(String),
    /// So many messages of the kernel did not arrive: held back by the server's rate limits or lost with a connection. Comes
    /// just before [`Self::Done`].
    Missed(u64),
    /// The connection is lost; it is looked for.
    Lost,
    /// It is found again.
    Found,
    /// The cell has ended. Nothing comes after it.
    Done(Finish),
    /// The kernel has ended. Nothing comes after it.
    Died(String),
    /// The kernel can no longer be reached. Nothing comes after it.
    Gone(Error),
}

/// A cell that runs. Dropped, it goes on running: stop the kernel.
#[derive(Debug)]
pub struct Execution<'a> {
    kernel: &'a mut Kernel,
    id: String,
    ready: VecDeque<Happening>,
    door: Option<Door>,
    gaps: Gaps,
    reply: Option<Finish>,
    idle: bool,
    /// When it ends although a part of its end, or of its output, has not come.
    settle_at: Option<Instant>,
    /// A question that waits behind the cell: its answer says that the cell is over.
    behind: Option<String>,
    end: Option<Happening>,
}

impl<'a> Execution<'a> {
    pub(super) fn begun(kernel: &'a mut Kernel, id: String, token: Option<DoorToken>) -> Self {
        Self {
            kernel,
            id,
            ready: VecDeque::new(),
            door: token.map(Door::new),
            gaps: Gaps::default(),
            reply: None,
            idle: false,
            settle_at: None,
            behind: None,
            end: None,
        }
    }

    /// What happens next. Nothing is lost if the future is dropped. After the end it gives the end again.
    pub async fn next(&mut self) -> Happening {
        loop {
            if let Some(happening) = self.ready.pop_front() {
                return happening;
            }
            if let Some(end) = &self.end {
                return end.clone();
            }
            let settle_at = self.settle_at;
            tokio::select! {
                biased;
                heard = self.kernel.socket.hear() => self.take(heard),
                () = at(settle_at) => self.finish(),
            }
        }
    }

    /// Answers a request. One that the guest gave up is not answered.
    pub fn answer(&mut self, seq: u64, frame: impl Into<Bytes>) -> Result<(), Error> {
        let frame = frame.into();
        if frame.len() > MAX_DOOR_FRAME {
            return Err(Error::TooLarge { what: "the answer", bytes: frame.len(), most: MAX_DOOR_FRAME });
        }
        if let Some(frame) = self.door.as_mut().and_then(|door| door.answer(seq, frame)) {
            self.reply_to_input(seq, &frame);
        }
        Ok(())
    }

    /// The kernel's id.
    pub(super) fn kernel_id(&self) -> super::KernelId {
        self.kernel.kernel_id().unwrap_or_default()
    }

    /// Interrupts it: `KeyboardInterrupt` in its main thread.
    pub async fn interrupt(&self) -> Result<(), Error> {
        self.kernel.interrupt().await
    }

    fn reply_to_input(&self, seq: u64, frame: &Bytes) {
        for (value, piece) in pieces(seq, frame) {
            let mut message = self.kernel.message("stdin", InputReply { value, ..InputReply::default() });
            message.buffers.push(piece);
            self.kernel.socket.send(message);
        }
    }

    fn take(&mut self, heard: Option<Heard>) {
        match heard {
            Some(Heard::Message(message)) => self.read(message),
            Some(Heard::Malformed(reason)) => self.ready.push_back(Happening::Malformed(reason)),
            Some(Heard::Lost) => {
                self.settle_at = None;
                self.ready.push_back(Happening::Lost);
            }
            Some(Heard::Found) => {
                self.ask_behind();
                self.ready.push_back(Happening::Found);
            }
            Some(Heard::Gone(Error::NoKernel { .. })) => {
                self.died("the Jupyter server no longer knows it".to_owned());
            }
            Some(Heard::Gone(error)) => self.end = Some(Happening::Gone(error)),
            None => self.end = Some(Happening::Gone(Error::Closed)),
        }
    }

    fn died(&mut self, reason: String) {
        self.end = Some(Happening::Died(reason));
    }

    /// The end of the cell may have been lost with the connection. A kernel answers one question after the other.
    fn ask_behind(&mut self) {
        let question = self.kernel.message("shell", KernelInfoRequest {});
        self.behind = Some(question.header.msg_id.clone());
        self.kernel.socket.send(question);
    }

    fn finish(&mut self) {
        let missing = self.gaps.missing();
        if missing > 0 {
            self.ready.push_back(Happening::Missed(missing));
        }
        let finish = self.reply.unwrap_or(Finish::Unknown);
        self.kernel.running = finish == Finish::Unknown;
        self.end = Some(Happening::Done(finish));
    }

    fn read(&mut self, message: Message) {
        if let Some(reason) = death(&message) {
            return self.died(reason);
        }
        let ours = message.parent.msg_id == self.id;
        let from_kernel = message.head.session == self.kernel.process;
        if !from_kernel && matches!(message.head.msg_type.as_str(), "kernel_info_reply" | "execute_reply") {
            return self.died("another process answers in its place".to_owned());
        }
        if from_kernel && let Some(number) = number(&message.head.msg_id, &self.kernel.process) {
            if ours && !self.gaps.begun() {
                self.gaps = Gaps::from(number);
            }
            self.gaps.saw(number);
        }
        let answered_behind = self.behind.as_ref() == Some(&message.parent.msg_id)
            && message.head.msg_type == "kernel_info_reply"
            && matches!(message.channel, Channel::Shell);
        if answered_behind {
            // What it said on its other channels may still be on its way.
            self.settle_at = Some(Instant::now() + STRAGGLERS * 5);
        }
        if let Err(reason) = self.understand(message, ours) {
            self.ready.push_back(Happening::Malformed(reason));
        }
        self.consider_the_end();
    }

    fn understand(&mut self, message: Message, ours: bool) -> Result<(), String> {
        let channel = &message.channel;
        match (channel, message.head.msg_type.as_str()) {
            (Channel::IOPub, "status") => {
                let state = message.content::<Status>()?.execution_state;
                if ours && state == ExecutionState::Idle {
                    self.idle = true;
                } else if state == ExecutionState::Busy && message.parent.session != self.kernel.session {
                    self.gaps.explain();
                }
            }
            _ if !ours => {}
            (Channel::IOPub, "stream") => {
                let StreamContent { name, text } = message.content()?;
                self.ready.push_back(match name {
                    Stdio::Stdout => Happening::Stdout(text.into_bytes()),
                    Stdio::Stderr => Happening::Stderr(text.into_bytes()),
                });
            }
            (Channel::IOPub, "display_data" | "execute_result" | "update_display_data") => {
                let Shown { data } = shown(&message)?;
                self.ready.push_back(Happening::Display { data, buffers: message.buffers });
            }
            (Channel::IOPub, "error") => {
                // Its traceback may be millions of lines, of which nobody reads one: the guest tells its own.
                #[derive(Deserialize)]
                struct Raised {
                    ename: String,
                    evalue: String,
                }
                let Raised { ename, evalue } = message.content()?;
                self.ready.push_back(Happening::Raised { name: ename, value: evalue });
            }
            (Channel::Shell, "execute_reply") => {
                // All else in it is passed over.
                #[derive(Deserialize)]
                struct Reply {
                    status: ReplyStatus,
                }
                let Reply { status } = message.content()?;
                self.reply = Some(match status {
                    ReplyStatus::Ok => Finish::Ok,
                    ReplyStatus::Aborted => Finish::Aborted,
                    ReplyStatus::Error => Finish::Raised,
                });
            }
            (Channel::Stdin, "input_request") => {
                let InputRequest { prompt, .. } = message.content()?;
                let knock = match &mut self.door {
                    Some(door) => door.knock(&prompt, message.buffers),
                    None => Knock::Stranger("the program asked through a door that this cell has not"),
                };
                match knock {
                    Knock::Request(seq, frame) => self.ready.push_back(Happening::Request { seq, frame }),
                    Knock::Again(seq, frame) => self.reply_to_input(seq, &frame),
                    Knock::Known => {}
                    Knock::Stranger(reason) => {
                        self.kernel.socket.send(self.kernel.message("stdin", InputReply::default()));
                        return Err(reason.to_owned());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The reply and the idle state come on different channels; other messages may come out of order.
    fn consider_the_end(&mut self) {
        let wait = match (self.reply.is_some(), self.idle) {
            (false, false) => return,
            (true, true) if self.gaps.missing() == 0 => return self.finish(),
            (true, true) if self.settle_at.is_some_and(|at| at <= Instant::now() + STRAGGLERS) => return,
            (true, true) => STRAGGLERS,
            _ => OTHER_HALF,
        };
        self.settle_at = Some(Instant::now() + wait);
    }
}

/// A rich output.
#[derive(Deserialize)]
struct Shown {
    data: Map<String, Value>,
}

/// Of a large rich output only texts are read: values of any shape take many times the size of the message.
fn shown(message: &Message) -> Result<Shown, String> {
    if message.content.len() <= MAX_ANY {
        return message.content();
    }
    let LargeShown { data: Texts(texts) } = message.content()?;
    Ok(Shown { data: texts.into_iter().map(|(kind, text)| (kind, Value::String(text))).collect() })
}

#[derive(Deserialize)]
struct LargeShown {
    data: Texts,
}

/// The first texts of an object.
struct Texts(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Texts;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of MIME types")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(kind) = map.next_key::<String>()? {
                    // JSON and lists of lines are left out, whatever they hold.
                    if texts.len() < MOST_KINDS && is_text(&kind) {
                        texts.push((kind, map.next_value()?));
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Whether Jupyter has what is of this MIME type as a text, encoded if it is binary.
fn is_text(kind: &str) -> bool {
    kind.starts_with("image/") || kind.starts_with("text/") || kind == "application/pdf"
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use jupyter_protocol::Channel;

    use super::*;

    #[test]
    fn of_a_large_rich_output_only_texts_are_read() {
        let content = |filler: usize| {
            let many = vec!["[{\"a\":0}]"; filler].join(",");
            format!(
                "{{\"data\":{{\"text/html\":\"<b>\",\"application/json\":[{many}],\"image/png\":\"aGk=\"}},\"metadata\":{{}}}}"
            )
        };
        let message = |content: String| Message {
            channel: Channel::IOPub,
            head: super::super::frames::Head::default(),
            parent: super::super::frames::Head::default(),
            content: content.into(),
            buffers: Vec::new(),
        };
        let kinds = |filler| -> Vec<String> {
            shown(&message(content(filler))).unwrap().data.into_iter().map(|(kind, _)| kind).collect()
        };
        assert_eq!(kinds(10), ["text/html", "application/json", "image/png"]);
        assert_eq!(kinds(200_000), ["text/html", "image/png"]);
        let many: Vec<String> = (0..200_000).map(|n| format!("\"text/{n}\":\"\"")).collect();
        assert_eq!(shown(&message(format!("{{\"data\":{{{}}}}}", many.join(",")))).unwrap().data.len(), MOST_KINDS);
    }
}

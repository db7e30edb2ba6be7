//! A small HTTP server that speaks both protocols and does what its script says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What is done with one request: parts that are sent one after the other, then the end.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) parts: Vec<Vec<u8>>,
    /// Nothing more is sent, and the connection stays open.
    pub(super) hangs: bool,
}

impl Reply {
    pub(super) fn raw(parts: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Self { parts: parts.into_iter().map(Into::into).collect(), hangs: false }
    }

    pub(super) fn status(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
        Self::raw([head + body])
    }

    pub(super) fn json(body: &Value) -> Self {
        Self::status(200, "content-type: application/json; charset=utf-8\r\n", &body.to_string())
    }

    /// A stream whose end is the end of the connection.
    pub(super) fn stream(parts: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let mut reply = Self::raw(["HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"]);
        reply.parts.extend(parts.into_iter().map(Into::into));
        reply
    }

    pub(super) fn hanging(mut self) -> Self {
        self.hangs = true;
        self
    }
}

#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) head: String,
    pub(super) body: Value,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    closed: Arc<Notify>,
}

impl Server {
    /// Answers the first request with the first reply, and so on; the last repeats.
    pub(super) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(Notify::new());
        let (seen, gone) = (Arc::clone(&asked), Arc::clone(&closed));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, replies.clone(), Arc::clone(&seen), Arc::clone(&gone)));
            }
        });
        Self { address, asked, closed }
    }

    /// Waits until a client has closed a connection that was left open.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, replies: Vec<Reply>, asked: Arc<Mutex<Vec<Asked>>>, closed: Arc<Notify>) {
    let Some(request) = read(&mut stream).await else { return };
    let number = {
        let mut asked = asked.lock().unwrap();
        asked.push(request);
        asked.len() - 1
    };
    let reply = &replies[number.min(replies.len() - 1)];
    for part in &reply.parts {
        if stream.write_all(part).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        // So that parts arrive apart.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    if reply.hangs {
        while let Ok(1..) = stream.read(&mut [0]).await {}
        closed.notify_one();
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let body = &bytes[end + 4..];
        if body.len() >= length.unwrap_or(0) {
            return Some(Asked { head, body: serde_json::from_slice(body).unwrap_or(Value::Null) });
        }
    }
}

/// The two protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    OpenAi,
    Anthropic,
}

impl Speaks {
    pub(super) const BOTH: [Self; 2] = [Self::OpenAi, Self::Anthropic];

    /// The events before any text.
    pub(super) fn begin(self) -> String {
        match self {
            Self::OpenAi => event(&json!({"model": "served", "choices": [{"delta": {"role": "assistant"}}]})),
            Self::Anthropic => {
                let usage = json!({"input_tokens": 7, "cache_read_input_tokens": 100, "output_tokens": 1});
                event(&json!({"type": "message_start", "message": {"model": "served", "usage": usage}}))
                    + "event: ping\ndata: {\"type\": \"ping\"}\n\n"
                    + &event(&json!({"type": "content_block_start", "content_block": {"type": "text", "text": ""}}))
                    + &event(
                        &json!({"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}}),
                    )
            }
        }
    }

    pub(super) fn text(self, text: &str) -> String {
        event(&match self {
            Self::OpenAi => json!({"choices": [{"delta": {"content": text, "reasoning_content": "hm"}}]}),
            Self::Anthropic => {
                json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}})
            }
        })
    }

    /// The events after the text: why it ended, how much was used.
    pub(super) fn end(self, reason: &str) -> String {
        match self {
            Self::OpenAi => {
                let usage = json!({"prompt_tokens": 107, "completion_tokens": 42});
                event(&json!({"choices": [{"delta": {}, "finish_reason": reason}]}))
                    + &event(&json!({"choices": [], "usage": usage}))
                    + "data: [DONE]\n\n"
            }
            Self::Anthropic => {
                let delta = json!({"stop_reason": reason});
                event(&json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 42}}))
                    + &event(&json!({"type": "message_stop"}))
            }
        }
    }

    pub(super) fn stops(self) -> &'static str {
        match self {
            Self::OpenAi => "stop",
            Self::Anthropic => "end_turn",
        }
    }

    /// A whole answer in one stream.
    pub(super) fn good(self, text: &str) -> Reply {
        let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        Reply::stream([self.begin(), self.text(&text[..half]), self.text(&text[half..]), self.end(self.stops())])
    }

    /// A whole answer as one document.
    pub(super) fn document(self, text: &str) -> Reply {
        Reply::json(&match self {
            Self::OpenAi => json!({
                "model": "served",
                "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 107, "completion_tokens": 42},
            }),
            Self::Anthropic => json!({
                "type": "message", "model": "served", "stop_reason": "end_turn",
                "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": text}],
                "usage": {"input_tokens": 107, "output_tokens": 42},
            }),
        })
    }
}

pub(super) fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

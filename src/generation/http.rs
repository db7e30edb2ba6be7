//! The way to a model over HTTP: tries, pauses, time-outs and bounds.
//!
//! A key goes to the configured address and nowhere else: no redirects, no proxies but a configured one. A stream that breaks
//! off is asked for again, never taken for a program.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;

use super::Heard;
use super::client::{address, client};
use super::error::{GenerationError, excerpt};
use super::secret::{Secret, mask};
use super::settings::ApiSettings;
use super::sse::Events;

/// What [`super::Generator::generate`] says to its listener between an answer that broke off and the next one.
pub const ASKED_AGAIN: &str = "\n[the answer broke off; asked again]\n";

/// Most bytes of an answer, the protocol's own included.
const MAX_BODY: usize = 32 << 20;
/// Most bytes of a program with all that is around it.
const MAX_TEXT: usize = 4 << 20;
/// Most bytes of an error's body that are read.
const MAX_ERROR: usize = 64 << 10;

/// An answer as it grows.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) model: Option<String>,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    /// Why the model stopped; without it a stream broke off.
    pub(super) finish: Option<Finish>,
    /// Nothing more comes.
    pub(super) done: bool,
}

/// Why a model stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finish {
    Stop,
    Cut,
    Declined(String),
}

/// What is wrong with an event or a document.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It is not the protocol.
    Malformed(String),
    /// The server says that it failed. `again`: another try may help.
    Server { status: String, message: String, again: bool },
}

impl From<String> for Wrong {
    fn from(reason: String) -> Self {
        Self::Malformed(reason)
    }
}

/// How the parts of a protocol are read.
pub(super) trait Protocol: Send + Sync {
    /// The data of one event of a stream.
    fn event(&self, data: &str, answer: &mut Answer) -> Result<(), Wrong>;
    /// An answer in one piece.
    fn document(&self, document: &Value, answer: &mut Answer) -> Result<(), Wrong>;
}

/// One address, with all that is needed to ask there.
#[derive(Debug)]
pub(super) struct Endpoint {
    generator: String,
    url: Url,
    model: String,
    headers: HeaderMap,
    secrets: Vec<Secret>,
    client: Client,
    total: Duration,
    idle: Duration,
    first_wait: Duration,
    max_wait: Duration,
    max_tries: u32,
}

/// Why one try gave nothing.
enum Fault {
    Final(GenerationError),
    Again { error: GenerationError, after: Option<Duration> },
}

impl Endpoint {
    /// `path` is added to the base address; `headers` hold the key; `secrets` are masked in every text.
    pub(super) fn new(
        generator: &str,
        settings: &ApiSettings,
        base: &Path,
        path: &str,
        headers: HeaderMap,
        secrets: Vec<Secret>,
    ) -> Result<Self, GenerationError> {
        let wrong = |message: String| GenerationError::Settings { generator: generator.to_owned(), message };
        let seconds = |name: &str, seconds: f64| match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if duration < Duration::from_hours(24) && !duration.is_zero() => Ok(duration),
            _ => Err(wrong(format!("{name} is {seconds}; it must be more than 0 and less than a day"))),
        };
        if settings.max_tries == 0 || settings.max_tries > 100 {
            return Err(wrong(format!("max_tries is {}; it must be from 1 to 100", settings.max_tries)));
        }
        let url = address(&settings.base_url, path).map_err(&wrong)?;
        let client =
            client(settings, base, &url, seconds("connect_timeout_seconds", settings.connect_timeout_seconds)?);
        Ok(Self {
            generator: generator.to_owned(),
            model: settings.model.clone(),
            headers,
            client: client.map_err(|message| wrong(mask(&secrets, &message)))?,
            secrets,
            total: seconds("timeout_seconds", settings.timeout_seconds)?,
            idle: seconds("idle_timeout_seconds", settings.idle_timeout_seconds)?,
            first_wait: seconds("first_wait_seconds", settings.first_wait_seconds)?,
            max_wait: seconds("max_wait_seconds", settings.max_wait_seconds)?,
            max_tries: settings.max_tries,
            url,
        })
    }

    /// Asks until there is an answer or no more tries. Gives the answer and how often it was asked.
    pub(super) async fn ask(
        &self,
        body: &Value,
        protocol: &dyn Protocol,
        heard: &mut Heard<'_>,
    ) -> Result<(Answer, u32), GenerationError> {
        let mut tries = 0;
        let asked =
            tokio::time::timeout(self.total, self.ask_again(body.to_string(), protocol, heard, &mut tries)).await;
        match asked {
            Ok(answer) => Ok((answer?, tries)),
            Err(_) => Err(self.timed_out("did not answer", self.total, tries)),
        }
    }

    async fn ask_again(
        &self,
        body: String,
        protocol: &dyn Protocol,
        heard: &mut Heard<'_>,
        tries: &mut u32,
    ) -> Result<Answer, GenerationError> {
        loop {
            *tries += 1;
            let mut answer = Answer::default();
            let (error, after) = match self.ask_once(body.clone(), protocol, &mut answer, heard, *tries).await {
                Ok(()) => return Ok(answer),
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Again { error, after }) => (error, after),
            };
            if *tries >= self.max_tries || after.is_some_and(|after| after > self.max_wait) {
                return Err(error);
            }
            let pause = after.unwrap_or_else(|| self.pause(*tries));
            tracing::warn!(generator = %self.generator, tries = *tries, ?pause, %error, "asks again");
            tokio::time::sleep(pause).await;
            if !answer.text.is_empty() {
                heard(ASKED_AGAIN);
            }
        }
    }

    /// Twice as long each time, less a random part, so that many do not come back at once.
    fn pause(&self, tries: u32) -> Duration {
        let longest = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(self.max_wait);
        let mut random = [0u8; 2];
        // Without randomness the pause is the longest.
        let share =
            getrandom::fill(&mut random).map_or(1.0, |()| 0.5 + f64::from(u16::from_le_bytes(random)) / 131_072.0);
        longest.mul_f64(share)
    }

    async fn ask_once(
        &self,
        body: String,
        protocol: &dyn Protocol,
        answer: &mut Answer,
        heard: &mut Heard<'_>,
        tries: u32,
    ) -> Result<(), Fault> {
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(body);
        let response = request.send().await.map_err(|error| self.broken(&error, tries))?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refused(response, status, tries).await);
        }
        let kind = response.headers().get(reqwest::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let read = if kind.ends_with("json") {
            self.read_document(response, protocol, answer, tries).await
        } else if kind == "text/html" {
            Err(Fault::Final(self.malformed("it is a web page")))
        } else {
            self.read_stream(response, protocol, answer, heard, tries).await
        };
        match read {
            // The model had finished: what broke off after that says nothing.
            Err(Fault::Again { .. }) if answer.finish.is_some() => Ok(()),
            Ok(()) if answer.finish.is_none() => Err(Fault::Again {
                error: self.unreachable("the answer broke off before its end".to_owned(), tries),
                after: None,
            }),
            other => other,
        }?;
        if kind.ends_with("json") {
            heard(&answer.text);
        }
        Ok(())
    }

    async fn read_stream(
        &self,
        mut response: Response,
        protocol: &dyn Protocol,
        answer: &mut Answer,
        heard: &mut Heard<'_>,
        tries: u32,
    ) -> Result<(), Fault> {
        let (mut events, mut bytes) = (Events::default(), 0);
        while !answer.done {
            let Some(chunk) = self.chunk(&mut response, tries).await? else { break };
            bytes += chunk.len();
            let before = answer.text.len();
            let read = events.read(&chunk, |data| if answer.done { Ok(()) } else { protocol.event(data, answer) });
            if answer.text.len() > before {
                heard(&answer.text[before..]);
            }
            read.map_err(|wrong| self.wrong(wrong, tries))?;
            if bytes > MAX_BODY || answer.text.len() > MAX_TEXT {
                return Err(self.too_large());
            }
        }
        Ok(())
    }

    async fn read_document(
        &self,
        mut response: Response,
        protocol: &dyn Protocol,
        answer: &mut Answer,
        tries: u32,
    ) -> Result<(), Fault> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(&mut response, tries).await? {
            if body.len() + chunk.len() > MAX_TEXT {
                return Err(self.too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let document: Value = serde_json::from_slice(&body)
            .map_err(|error| Fault::Final(self.malformed(&format!("no JSON: {error}"))))?;
        protocol.document(&document, answer).map_err(|wrong| self.wrong(wrong, tries))
    }

    /// The next bytes. Comments that keep a connection alive count as bytes.
    async fn chunk(&self, response: &mut Response, tries: u32) -> Result<Option<Vec<u8>>, Fault> {
        match tokio::time::timeout(self.idle, response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk.map(|chunk| chunk.to_vec())),
            Ok(Err(error)) => Err(self.broken(&error, tries)),
            Err(_) => Err(Fault::Again { error: self.timed_out("sent nothing more", self.idle, tries), after: None }),
        }
    }

    /// What a status other than success means.
    async fn refused(&self, mut response: Response, status: StatusCode, tries: u32) -> Fault {
        let generator = self.generator.clone();
        if status.is_redirection() {
            let to = response.headers().get(reqwest::header::LOCATION).and_then(|to| to.to_str().ok());
            let to = excerpt(&mask(&self.secrets, to.unwrap_or("an unknown address")));
            return Fault::Final(GenerationError::Redirected { generator, to });
        }
        let after = response.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok());
        let after = after.and_then(|after| after.trim().parse().ok()).and_then(|s| Duration::try_from_secs_f64(s).ok());
        let mut body = Vec::new();
        while body.len() < MAX_ERROR
            && let Ok(Some(chunk)) = self.chunk(&mut response, tries).await
        {
            body.extend_from_slice(&chunk[..chunk.len().min(MAX_ERROR - body.len())]);
        }
        let message = self.shown(&error_message(&body));
        match status.as_u16() {
            code @ (401 | 403) => Fault::Final(GenerationError::Denied { generator, status: code, message }),
            404 => {
                let (url, model) = (self.url.to_string(), self.model.clone());
                Fault::Final(GenerationError::NotFound { generator, url, model, message })
            }
            408 | 409 | 429 | 500.. => {
                let wait = after.filter(|after| *after > self.max_wait);
                let message = match wait {
                    Some(wait) => format!("{message} (it asks to wait {} s)", wait.as_secs()),
                    None => message,
                };
                let status = status.as_u16().to_string();
                Fault::Again { error: GenerationError::Busy { generator, status, tries, message }, after }
            }
            code => Fault::Final(GenerationError::Rejected { generator, status: code.to_string(), message }),
        }
    }

    fn broken(&self, error: &reqwest::Error, tries: u32) -> Fault {
        // The last cause says it; the first ones say "error sending request".
        let mut cause: &dyn std::error::Error = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        let reason = self.shown(&cause.to_string());
        if error.is_builder() {
            return Fault::Final(GenerationError::Settings { generator: self.generator.clone(), message: reason });
        }
        Fault::Again { error: self.unreachable(reason, tries), after: None }
    }

    fn wrong(&self, wrong: Wrong, tries: u32) -> Fault {
        let generator = self.generator.clone();
        match wrong {
            Wrong::Malformed(reason) => Fault::Final(self.malformed(&reason)),
            Wrong::Server { status, message, again: true } => {
                let message = self.shown(&message);
                Fault::Again { error: GenerationError::Busy { generator, status, tries, message }, after: None }
            }
            Wrong::Server { status, message, again: false } => {
                Fault::Final(GenerationError::Rejected { generator, status, message: self.shown(&message) })
            }
        }
    }

    fn malformed(&self, reason: &str) -> GenerationError {
        GenerationError::Malformed { generator: self.generator.clone(), reason: self.shown(reason) }
    }

    fn unreachable(&self, reason: String, tries: u32) -> GenerationError {
        GenerationError::Unreachable { generator: self.generator.clone(), url: self.url.to_string(), reason, tries }
    }

    fn timed_out(&self, what: &'static str, after: Duration, tries: u32) -> GenerationError {
        let seconds = after.as_secs_f64().to_string();
        GenerationError::TimedOut { generator: self.generator.clone(), what, seconds, tries }
    }

    fn too_large(&self) -> Fault {
        Fault::Final(GenerationError::TooLarge { generator: self.generator.clone(), limit: MAX_TEXT })
    }

    /// A foreign text for an error: short, and without keys.
    pub(super) fn shown(&self, text: &str) -> String {
        excerpt(&mask(&self.secrets, text))
    }

    /// A value for a record, without keys.
    pub(super) fn masked(&self, value: &Value) -> Value {
        serde_json::from_str(&mask(&self.secrets, &value.to_string())).unwrap_or(Value::Null)
    }
}

/// The message in an error's body: both protocols, and what proxies before them say.
fn error_message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body).into_owned();
    let Ok(document) = serde_json::from_str::<Value>(&text) else { return text };
    let message = document.pointer("/error/message").or_else(|| document.get("message"));
    let message = message.or_else(|| document.get("error")).or_else(|| document.get("detail"));
    message.map_or(text, |message| message.as_str().map_or_else(|| message.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_errors() {
        for (body, message) in [
            (r#"{"error": {"message": "no"}}"#, "no"),
            (r#"{"type": "error", "error": {"type": "x", "message": "no"}}"#, "no"),
            (r#"{"error": "no"}"#, "no"),
            (r#"{"detail": [1]}"#, "[1]"),
            ("plain", "plain"),
            ("[1]", "[1]"),
            ("", ""),
        ] {
            assert_eq!(error_message(body.as_bytes()), message);
        }
    }
}

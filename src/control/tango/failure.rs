//! [`Failure`]: why a call did not do what it should, and what that means for a read and for a write.

use std::error::Error as _;
use std::time::Duration;

use ::tango::error::{Error, ErrorKind};

use crate::channel::Channel;
use crate::control::{ControlError, Put};

/// Longest text taken over from a server.
const MAX_WORDS: usize = 600;

/// Why a call did not do what it should.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// Too many calls wait for this device, or there are too many devices.
    Busy,
    /// Nobody answers; nothing was sent.
    NotConnected(String),
    /// The deadline passed. `sent` says whether something that changes the device may have left.
    TimedOut {
        /// Whether it may still happen.
        sent: bool,
        /// What was waited for.
        waited: String,
    },
    /// The connection broke after something was sent that changes the device, or its answer could not be read.
    Lost(String),
    /// The device said no: reason and description.
    Refused(String, String),
    /// The value is not of the channel's type; nothing was sent.
    Wrong(String),
    /// Not offered; nothing was sent.
    Unsupported(String),
    /// The caller had gone before anything was sent.
    Cancelled,
    /// The connection was over before the request left, or the server says that it did not start on it.
    NotSent(String),
    /// The connection broke while the answer was waited for.
    Broken(String),
}

impl Failure {
    /// What rstango says, where a change has been sent (`sent`) or not.
    pub(super) fn of(error: &Error, sent: bool) -> Self {
        match error.kind() {
            ErrorKind::DevNotConnected | ErrorKind::Corba | ErrorKind::DatabaseNotConnected => {
                let words = words(error);
                // rstango says this, and only this, where the request did not leave. Should a later version word it
                // otherwise, the outcome becomes unknown, which is safe.
                let unsent = words.contains("The connection to the server is over")
                    || words.to_ascii_lowercase().contains("completed no");
                if unsent { Self::NotSent(words) } else { Self::Broken(words) }
            }
            // A device that asked another one, which did not answer it: what came of it is not known.
            _ if sent && chain(error).any(|error| error.reason() == "API_DeviceTimedOut") => Self::Lost(words(error)),
            // The first error is what happened; those around it say on the way to what.
            ErrorKind::Reason(_) => {
                let first = chain(error).last().unwrap_or(error);
                Self::Refused(cut(first.reason()), cut(first.description()))
            }
            _ if sent => Self::Lost(words(error)),
            _ => Self::Unsupported(format!("its answer cannot be read: {}", words(error))),
        }
    }

    /// As the error of a read.
    pub(super) fn error(&self, channel: &Channel, patience: Duration) -> ControlError {
        let channel = channel.to_string();
        match self {
            Self::Busy => ControlError::Busy { channel },
            Self::NotConnected(reason) | Self::NotSent(reason) | Self::Broken(reason) | Self::Lost(reason) => {
                ControlError::NotConnected { channel, reason: reason.clone() }
            }
            Self::TimedOut { waited, .. } => {
                ControlError::TimedOut { channel, reason: format!("{waited}; after {:.1} s", patience.as_secs_f64()) }
            }
            Self::Refused(reason, message) => {
                ControlError::Refused { channel, reason: reason.clone(), message: message.clone() }
            }
            Self::Wrong(message) => ControlError::WrongType { channel, message: message.clone() },
            Self::Unsupported(message) => ControlError::Unsupported { channel, message: message.clone() },
            Self::Cancelled => ControlError::TimedOut { channel, reason: "the caller had gone".to_owned() },
        }
    }

    /// As the outcome of something that changes the device: an error only where it is certain that nothing was changed.
    pub(super) fn outcome(&self, channel: &Channel, patience: Duration) -> Result<String, ControlError> {
        match self {
            Self::TimedOut { sent: true, waited } => {
                Ok(format!("sent, and not answered within {:.1} s: {waited}", patience.as_secs_f64()))
            }
            Self::Lost(reason) | Self::Broken(reason) => Ok(format!("sent, and not answered: {reason}")),
            other => Err(other.error(channel, patience)),
        }
    }

    /// As the outcome of a put.
    pub(super) fn put(&self, channel: &Channel, patience: Duration) -> Result<Put, ControlError> {
        self.outcome(channel, patience).map(|reason| Put::Unknown { reason })
    }
}

/// The error and those that led to it.
fn chain(error: &Error) -> impl Iterator<Item = &Error> {
    std::iter::successors(Some(error), |error| error.parent())
}

/// All that an error says, on one line, the last cause last.
pub(super) fn words(error: &Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut last = error;
    for error in chain(error).take(8) {
        let text = error.description().split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() && !parts.contains(&text) {
            parts.push(text);
        }
        last = error;
    }
    if last.parent().is_none()
        && let Some(source) = last.source()
    {
        parts.push(source.to_string());
    }
    cut(&parts.join(": "))
}

/// A server's text, cut and without control characters.
pub(super) fn cut(text: &str) -> String {
    text.chars()
        .filter(|c| *c != '\0')
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_WORDS)
        .collect::<String>()
        .trim()
        .to_owned()
}

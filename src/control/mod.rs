//! Control systems: one trait, [`ControlSystem`], and its adapters.
//!
//! An adapter speaks one protocol and judges nothing: who may read or write what is the gate's business. It is long-lived,
//! connects again by itself, never blocks the runtime, and answers within the deadline that it is given.

#[cfg(feature = "epics")]
pub mod epics;
pub mod mock;
#[cfg(feature = "tango")]
pub mod tango;

use std::time::Instant;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::channel::{Channel, Description, Reading, Value};

/// Why a control system did not do something, where it is certain that nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Nobody answers to that name, or nobody did in time.
    #[error("`{channel}` does not answer: {reason}")]
    NotConnected {
        /// The channel.
        channel: String,
        /// What was tried.
        reason: String,
    },
    /// There is a connection, and no answer came in time.
    #[error("`{channel}` did not answer in time ({reason})")]
    TimedOut {
        /// The channel.
        channel: String,
        /// What was waited for, and how long.
        reason: String,
    },
    /// The control system refused, in its own words. `reason` is its code (`API_WAttrOutsideLimit`, `ECA_PUTFAIL`).
    #[error("`{channel}` was refused by the control system: {reason}: {message}")]
    Refused {
        /// The channel.
        channel: String,
        /// Its code.
        reason: String,
        /// Its words.
        message: String,
    },
    /// The value does not fit the channel's own type. Adapters never convert between kinds.
    #[error("`{channel}` cannot take this: {message}")]
    WrongType {
        /// The channel.
        channel: String,
        /// What it is, and what it was given.
        message: String,
    },
    /// This adapter does not do that.
    #[error("`{channel}`: {message}")]
    Unsupported {
        /// The channel.
        channel: String,
        /// What, and what to do instead.
        message: String,
    },
    /// Too much at once; nothing was sent.
    #[error("`{channel}`: too many requests are waiting; try again later")]
    Busy {
        /// The channel.
        channel: String,
    },
}

/// How a put ended that was not refused beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// The control system says that it is done. It may have clamped it: read it back.
    Accepted,
    /// It was sent, and no answer came in time, or the connection broke. It may still happen.
    Unknown {
        /// What happened, for people.
        reason: String,
    },
}

/// How a command ended that was not refused beforehand.
#[derive(Debug, Clone, PartialEq)]
pub enum Called {
    /// It was done, and gave this.
    Returned(Value),
    /// It was sent, and no answer came in time, or the connection broke. It may still happen.
    Unknown {
        /// What happened, for people.
        reason: String,
    },
}

/// What a subscription brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// A value.
    Reading(Reading),
    /// The channel is there (again).
    Connected,
    /// The channel is gone; the adapter goes on trying.
    Disconnected,
}

/// A subscription. Dropping it ends it. When its reader is slow, old readings are dropped, never the newest.
#[derive(Debug)]
pub struct Subscription {
    /// What comes.
    pub updates: mpsc::Receiver<Update>,
    /// Stops whatever fills it.
    pub guard: Option<tokio_util::task::AbortOnDropHandle<()>>,
}

/// What a device has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// What kind of device it is.
    pub class: String,
    /// The names of its attributes, spelt as it spells them.
    pub attributes: Vec<String>,
    /// The names of its commands.
    pub commands: Vec<String>,
}

/// One control system, by one protocol.
#[async_trait]
pub trait ControlSystem: Send + Sync {
    /// Its name for people: `simulated machine`, `EPICS Channel Access`.
    fn name(&self) -> &'static str;

    /// Whether nothing real stands behind it.
    fn is_simulated(&self) -> bool {
        false
    }

    /// What is known about a channel, fresh from the server.
    async fn describe(&self, channel: &Channel, deadline: Instant) -> Result<Description, ControlError>;

    /// Reads one channel: all elements that it has (not those that it could have).
    async fn get(&self, channel: &Channel, deadline: Instant) -> Result<Reading, ControlError>;

    /// Reads many, in parallel; the results are in the order of the channels.
    async fn get_many(&self, channels: &[Channel], deadline: Instant) -> Vec<Result<Reading, ControlError>> {
        futures_util::future::join_all(channels.iter().map(|channel| self.get(channel, deadline))).await
    }

    /// Writes one channel and waits for the server's completion. `value` is of the channel's own type ([`Description`]):
    /// an adapter refuses anything else with [`ControlError::WrongType`] and sends nothing.
    ///
    /// # Errors
    ///
    /// Only where it is certain that nothing was written.
    async fn put(&self, channel: &Channel, value: &Value, deadline: Instant) -> Result<Put, ControlError>;

    /// Follows a channel.
    async fn monitor(&self, channel: &Channel, deadline: Instant) -> Result<Subscription, ControlError>;

    /// What the device of this channel has. Only Tango has devices.
    async fn list(&self, channel: &Channel, deadline: Instant) -> Result<Listing, ControlError> {
        let _ = deadline;
        Err(ControlError::Unsupported {
            channel: channel.to_string(),
            message: format!("{} has no lists of channels; name those that you mean", self.name()),
        })
    }

    /// Calls a command with an argument of its own type.
    ///
    /// # Errors
    ///
    /// Only where it is certain that it was not carried out.
    async fn command(&self, channel: &Channel, argument: &Value, deadline: Instant) -> Result<Called, ControlError> {
        let _ = (argument, deadline);
        Err(ControlError::Unsupported {
            channel: channel.to_string(),
            message: format!("{} has no commands", self.name()),
        })
    }
}

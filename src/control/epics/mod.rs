//! EPICS, by both of its protocols: [`ChannelAccess`] and [`PvAccess`].
//!
//! Neither reads nor changes `EPICS_*` environment variables: what one adapter uses is in its [`EpicsSettings`], so that
//! several with different settings live in one process. Both work on a background runtime of their own; they can be made
//! in, and called from, any runtime and any thread.

mod background;
mod ca;
mod outlet;
mod pva;
mod settings;
mod sink;

pub use ca::ChannelAccess;
pub use pva::PvAccess;
pub use settings::{EpicsSettings, EpicsSettingsError};

use super::ControlError;
use crate::channel::{Channel, Protocol};

/// Refuses a channel of another protocol.
fn of_protocol(channel: &Channel, protocol: Protocol) -> Result<(), ControlError> {
    if channel.protocol() == protocol {
        return Ok(());
    }
    Err(ControlError::Unsupported {
        channel: channel.to_string(),
        message: format!("it is a channel of {}, not of {protocol}", channel.protocol()),
    })
}

fn not_connected(channel: &str, reason: impl Into<String>) -> ControlError {
    ControlError::NotConnected { channel: channel.to_owned(), reason: reason.into() }
}

fn timed_out(channel: &str, reason: impl Into<String>) -> ControlError {
    ControlError::TimedOut { channel: channel.to_owned(), reason: reason.into() }
}

fn wrong_type(channel: &str, message: impl Into<String>) -> ControlError {
    ControlError::WrongType { channel: channel.to_owned(), message: message.into() }
}

fn refused(channel: &str, reason: impl Into<String>, message: impl Into<String>) -> ControlError {
    ControlError::Refused { channel: channel.to_owned(), reason: reason.into(), message: message.into() }
}

//! Messages between a pool and its workers: `u32` length of the header, `u32` length of the payload, both little-endian,
//! the header as JSON, the payload as it is. Both ends are ours; a message that cannot be read ends the worker.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Error;
use crate::backend::{ClockMove, ClockState, HostCallError, HostReply, Job};
use crate::execution::Outcome;

/// Largest header and largest payload: what a broken stream could make us allocate.
const MAX_PART: usize = 512 << 20;

/// What a pool says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToWorker {
    /// Run this job on this clock.
    Run { job: Box<Job>, clock: ClockState },
    /// Stop the job.
    Cancel,
    /// The answer to a host call; its bulk is the payload. The clock may have moved meanwhile.
    Reply { value: Value, clock: ClockMove },
    /// A host call was refused.
    Refusal { kind: String, message: String, reason: Option<String>, clock: ClockMove },
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FromWorker {
    Stdout,
    Stderr,
    Figure {
        number: u32,
        title: String,
        format: String,
    },
    Artifact {
        name: String,
        title: String,
    },
    /// A host call, and where the program's clock stands.
    Call {
        name: String,
        arguments: Map<String, Value>,
        clock: ClockMove,
    },
    /// The end; the payload is the clock's readings.
    Done {
        outcome: Box<Outcome>,
        clock: ClockMove,
        incomplete_readings: bool,
    },
    Failed {
        message: String,
    },
}

/// The answer to a host call as a message.
pub(super) fn reply(reply: Result<HostReply, HostCallError>, clock: ClockMove) -> (ToWorker, Vec<u8>) {
    match reply {
        Ok(HostReply { value, payload }) => (ToWorker::Reply { value, clock }, payload),
        Err(HostCallError { kind, message, reason }) => {
            (ToWorker::Refusal { kind, message, reason, clock }, Vec::new())
        }
    }
}

/// A message as bytes: lengths and header. The payload follows as it is.
pub(super) fn head(message: &impl Serialize, payload: &[u8]) -> Result<Vec<u8>, Error> {
    let header = serde_json::to_vec(message).map_err(|error| Error::Worker(error.to_string()))?;
    let length = |part: usize| u32::try_from(part).map_err(|_| Error::Worker("a message is too large".to_owned()));
    let mut bytes = Vec::with_capacity(8 + header.len());
    bytes.extend_from_slice(&length(header.len())?.to_le_bytes());
    bytes.extend_from_slice(&length(payload.len())?.to_le_bytes());
    bytes.extend_from_slice(&header);
    Ok(bytes)
}

/// The lengths at the start of a message.
pub(super) fn lengths(start: [u8; 8]) -> Result<(usize, usize), Error> {
    let both = u64::from_le_bytes(start);
    let (header, payload) = ((both & 0xffff_ffff) as usize, (both >> 32) as usize);
    if header > MAX_PART || payload > MAX_PART {
        return Err(Error::Worker("a message is too large".to_owned()));
    }
    Ok((header, payload))
}

/// Reads a header.
pub(super) fn parse<T: DeserializeOwned>(header: &[u8]) -> Result<T, Error> {
    // What the door let through has at most 127 levels; the message around it adds a few.
    let mut deserializer = serde_json::Deserializer::from_slice(header);
    deserializer.disable_recursion_limit();
    T::deserialize(&mut deserializer).map_err(|error| Error::Worker(format!("it sent an unreadable message: {error}")))
}

pub(super) async fn send(
    out: &mut (impl AsyncWrite + Unpin),
    message: &impl Serialize,
    payload: &[u8],
) -> Result<(), Error> {
    let head = head(message, payload)?;
    let send = async {
        out.write_all(&head).await?;
        out.write_all(payload).await?;
        out.flush().await
    };
    send.await.map_err(|error: std::io::Error| Error::Worker(format!("it cannot be written to: {error}")))
}

pub(super) async fn receive<T: DeserializeOwned>(input: &mut (impl AsyncRead + Unpin)) -> Result<(T, Vec<u8>), Error> {
    let gone = |error: std::io::Error| Error::Worker(format!("it ended in the middle of an execution: {error}"));
    let mut start = [0; 8];
    input.read_exact(&mut start).await.map_err(gone)?;
    let (header, payload) = lengths(start)?;
    let mut header = vec![0; header];
    input.read_exact(&mut header).await.map_err(gone)?;
    let mut bytes = vec![0; payload];
    input.read_exact(&mut bytes).await.map_err(gone)?;
    Ok((parse(&header)?, bytes))
}

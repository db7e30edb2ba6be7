//! The supervisor's end of the control socket: orders in, news out, and the door that comes with the first byte.

use std::io::{self, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use crate::backend::local::spec::{MAX_LINE, News, Order};

/// The socket with what was read of it and not yet understood.
#[derive(Debug)]
pub(super) struct Control {
    socket: UnixStream,
    read: Vec<u8>,
}

/// The host is gone, or talks nonsense, which is treated alike.
#[derive(Debug)]
pub(super) struct Lost;

impl Control {
    /// Takes over standard input.
    pub(super) fn from_stdin() -> io::Result<Self> {
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self { socket: UnixStream::from(socket), read: Vec::new() })
    }

    /// Takes the door, which comes with a byte of its own.
    pub(super) fn door(&self) -> io::Result<OwnedFd> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        recvmsg(&self.socket, &mut [io::IoSliceMut::new(&mut byte)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
        let door = ancillary.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut doors) => doors.next(),
            _ => None,
        });
        door.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the first message brought no door"))
    }

    /// The next order that has come, waiting for one.
    pub(super) fn order(&mut self) -> Result<Order, Lost> {
        loop {
            if let Some(order) = self.come()? {
                return Ok(order);
            }
            self.fill()?;
        }
    }

    /// The next order that has been read entirely.
    pub(super) fn come(&mut self) -> Result<Option<Order>, Lost> {
        let Some(end) = self.read.iter().position(|byte| *byte == b'\n') else {
            return if self.read.len() > MAX_LINE { Err(Lost) } else { Ok(None) };
        };
        let line: Vec<u8> = self.read.drain(..=end).collect();
        serde_json::from_slice(&line).map(Some).map_err(|_| Lost)
    }

    /// Reads what has come, waiting for something.
    pub(super) fn fill(&mut self) -> Result<(), Lost> {
        let mut block = [0; 1 << 14];
        match self.socket.read(&mut block) {
            Ok(0) => Err(Lost),
            Ok(count) => {
                self.read.extend_from_slice(block.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(_) => Err(Lost),
        }
    }

    /// Says something; the host may be gone.
    pub(super) fn say(&mut self, news: &News) -> Result<(), Lost> {
        let mut line = serde_json::to_vec(news).map_err(|_| Lost)?;
        line.push(b'\n');
        self.socket.write_all(&line).map_err(|_| Lost)
    }
}

impl AsFd for Control {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

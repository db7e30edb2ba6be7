//! [`Link`]: one channel on one circuit, as the server made it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::circuit::Circuit;

/// What a server may change about a channel at any time.
#[derive(Debug)]
pub(super) struct Standing {
    rights: AtomicU32,
    ended: AtomicBool,
}

impl Default for Standing {
    fn default() -> Self {
        // Servers too old to speak of rights grant them all.
        Self { rights: AtomicU32::new(3), ended: AtomicBool::new(false) }
    }
}

impl Standing {
    pub(super) fn set_rights(&self, rights: u32) {
        self.rights.store(rights, Ordering::Release);
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }
}

/// A channel on a circuit. Type and count stay the same for its whole life; a server that changes them disconnects.
/// Dropping it gives it back to the server.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) circuit: Arc<Circuit>,
    standing: Arc<Standing>,
    pub(super) id: u32,
    pub(super) server_id: u32,
    /// The plain type.
    pub(super) kind: u16,
    /// Most elements that it holds.
    pub(super) count: u32,
}

impl Link {
    pub(super) fn new(
        circuit: Arc<Circuit>,
        standing: Arc<Standing>,
        (id, server_id): (u32, u32),
        (kind, count): (u16, u32),
    ) -> Self {
        Self { circuit, standing, id, server_id, kind, count }
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.standing.ended.load(Ordering::Acquire) && self.circuit.is_open()
    }

    pub(super) fn may_read(&self) -> bool {
        self.standing.rights.load(Ordering::Acquire) & 1 != 0
    }

    pub(super) fn may_write(&self) -> bool {
        self.standing.rights.load(Ordering::Acquire) & 2 != 0
    }

    /// Whether it is a single value. A waveform with room for one element cannot be told from a scalar.
    pub(super) fn is_scalar(&self) -> bool {
        self.count <= 1
    }

    /// How many elements to ask for, to get those that are there.
    pub(super) fn all(&self) -> u32 {
        if self.is_scalar() || !self.circuit.knows_auto_size() { self.count } else { 0 }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.circuit.clear(self.id, self.server_id);
    }
}

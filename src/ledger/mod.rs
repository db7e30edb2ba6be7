//! The tamper-evident record of what happened: one chain of [`Entry`]s over all executions, [`Checkpoint`]s that sign it,
//! and [`Verifier`], which names every entry that is not what was written. No I/O; `docs/ledger.md` is the format.
//!
//! Promise: whoever changes, removes, inserts or moves an entry below a checkpoint without the key is found out, by name.

mod checkpoint;
mod entry;
mod export;
mod fault;
mod verify;

pub use checkpoint::{CHECKPOINT_EVERY, Checkpoint, CheckpointKey, InvalidPublicKey, PublicKey};
pub use entry::{Entry, EntryBody, Head};
pub use export::{ExportHeader, ExportLine, read_against, verify_export};
pub use fault::{Fault, Faults, Wrong};
pub use verify::{Anchor, Columns, Stored, Trust, Verified, Verifier, verify};

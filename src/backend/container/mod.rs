//! The `container` backend: kernels of a Jupyter server, a fresh one for every execution.
//!
//! Everything goes over the kernel protocol: the guest's files when a kernel is new, the job, its inputs and files, its output,
//! and its host calls, on the channel that is there for questions. Nothing is shared with the server, and no port is opened
//! towards it.
//!
//! ```text
//!   backend.rs ─► pool.rs ─► kernel.rs ─► socket.rs ─► frames.rs    WebSocket: execute, output, questions
//!       │            │           └──────► rest.rs                   REST: start, interrupt, restart, delete
//!       │            └ prepare.rs: what a new kernel is sent
//!       └─► link.rs: what happens in a kernel, as a program's conversation
//! ```

mod backend;
mod door;
mod endpoint;
mod error;
mod execution;
mod frames;
mod gaps;
mod http;
mod kernel;
mod link;
mod pool;
mod prepare;
mod rest;
mod socket;

pub use backend::{ContainerBackend, ContainerSettings};
pub use door::DoorToken;
pub use endpoint::Endpoint;
pub use error::Error;
pub use execution::{Execution, Finish, Happening};
pub use http::Credential;
pub use kernel::Kernel;
pub use pool::{Pool, PoolSettings, Taken};
pub use rest::{KernelId, KernelState, Left, Server, Timing, Version};

//! The threads that Tango calls run on. They belong to nobody and never end.
//!
//! Dropping a call's future sends a GIOP `CancelRequest`, and a server whose device is still at work then spins for ever
//! and never reads that connection again (omniORB 4.3.4). A runtime that shuts down drops its futures, so this one does
//! not: it is a static, and a process that ends closes its sockets without a word.

use std::sync::{Arc, OnceLock};

use ::tango::corba::CorbaBackend;
use tokio::runtime::{Builder, Runtime};

/// Calls only wait here; what works is the decoding of their answers.
const THREADS: usize = 2;

static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

/// The runtime, started when first needed; `None` where the system gives no threads.
pub(super) fn runtime() -> Option<&'static Runtime> {
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(THREADS)
                .max_blocking_threads(8)
                .thread_name("aerie-tango")
                .enable_time()
                .build()
                .inspect_err(|error| tracing::error!(%error, "no threads for Tango"))
                .ok()
        })
        .as_ref()
}

/// Where events come in, for all adapters of the process: its worker also makes calls (it confirms subscriptions), which
/// are dropped when it ends, so that it must not end either.
pub(super) fn events() -> &'static Arc<CorbaBackend> {
    static EVENTS: OnceLock<Arc<CorbaBackend>> = OnceLock::new();
    EVENTS.get_or_init(CorbaBackend::new)
}

/// Ends a client and closes its connections, on a thread that may wait for it. Whatever runs on them comes back with an
/// error, and nothing is cancelled.
pub(super) fn close(client: Arc<CorbaBackend>) {
    match runtime() {
        Some(runtime) => drop(runtime.spawn_blocking(move || drop(client))),
        None => drop(client),
    }
}

//! The runtime on which the EPICS adapters work: one for the process, with two threads, made when first needed and never
//! dropped. Callers come from runtimes that end at any time (one per command, one per test); connections, their timers
//! and what is in flight must not end with them.

use std::future::Future;
use std::io;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::task::AbortOnDropHandle;

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// The background runtime.
pub(super) fn handle() -> io::Result<Handle> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("epics").enable_all().build()?;
    // Whoever came second shuts its own down without waiting: dropping a runtime inside another panics.
    if let Err(late) = RUNTIME.set(runtime) {
        late.shutdown_background();
    }
    RUNTIME.get().map(|runtime| runtime.handle().clone()).ok_or_else(|| io::Error::other("no background runtime"))
}

/// Runs a future in the background and waits for it; dropping the wait stops it. `None` if it panicked.
pub(super) async fn run<T: Send + 'static>(
    handle: &Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    AbortOnDropHandle::new(handle.spawn(work)).await.ok()
}

//! The Wasmtime engine: one configuration for preparing and for running, and the stack that a guest may use.
//!
//! Promise: whatever the guest does with its stack, the host's own stack is never the one to overflow
//! ([`STACK_BYTES`] is twice [`WASM_STACK_BYTES`]).

use std::sync::Arc;

use wasmtime::{Collector, Config, Engine, OptLevel};

use super::Error;
use super::slots::{Creator, Slots};

/// Stack that WebAssembly frames may use. `CPython`'s own recursion checks strike long before; what gets past them
/// (freeing a 200,000-deep list) meets this and traps.
pub(super) const WASM_STACK_BYTES: usize = 32 << 20;

/// Stack of a thread that runs guests. A guest that runs on a thread whose stack is no larger than its allowance can
/// abort the process, so half of it is left for the host calls it makes from the bottom of its stack.
pub(super) const STACK_BYTES: usize = 64 << 20;

/// The settings that decide what compiled code looks like. Anything changed here changes the key of every image.
fn compiler_config() -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(STACK_BYTES)
        .collector(Collector::DeferredReferenceCounting)
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(u64::MAX)
        .generate_address_map(false)
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(None);
    config
}

/// An engine that prepares images: compiles, and runs the one start-up.
pub(super) fn preparing() -> Result<Engine, Error> {
    Engine::new(&compiler_config()).map_err(Error::engine)
}

/// An engine that runs executions in memories from `slots`.
pub(super) fn running(slots: Arc<Slots>) -> Result<Engine, Error> {
    let mut config = compiler_config();
    config.with_host_memory(Arc::new(Creator(slots)));
    Engine::new(&config).map_err(Error::engine)
}

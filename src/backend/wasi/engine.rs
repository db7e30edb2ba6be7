//! The Wasmtime engine: one configuration for preparing and for running, and the stack that a guest may use.
//!
//! Promise: whatever the guest does with its stack, the host's own stack is never the one to overflow
//! ([`STACK_BYTES`] is twice [`WASM_STACK_BYTES`]).

use wasmtime::{Collector, Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use super::Error;

/// Stack that WebAssembly frames may use. CPython's own recursion checks strike long before; what gets past them
/// (freeing a 200,000-deep list) meets this and traps.
pub(super) const WASM_STACK_BYTES: usize = 32 << 20;

/// Stack of a thread that runs guests. A guest that runs on a thread whose stack is no larger than its allowance can
/// abort the process, so half of it is left for the host calls it makes from the bottom of its stack.
pub(super) const STACK_BYTES: usize = 64 << 20;

/// Largest linear memory of a wasm32 guest.
const MAX_MEMORY_BYTES: usize = 1 << 32;

/// Bytes of a linear memory, and of a table, that a slot keeps in place between executions. Dirty pages below this
/// are copied back from the image instead of being unmapped, which saves the next execution its page faults.
const KEEP_RESIDENT_BYTES: usize = 8 << 20;
const KEEP_TABLE_BYTES: usize = 1 << 20;

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
        .memory_guaranteed_dense_image_size(MAX_MEMORY_BYTES as u64)
        .generate_address_map(false)
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(None);
    config
}

/// An engine that prepares images: compiles, and runs the one start-up.
pub(super) fn preparing() -> Result<Engine, Error> {
    Engine::new(&compiler_config()).map_err(Error::engine)
}

/// An engine that runs executions, at most `slots` at a time.
pub(super) fn running(slots: u32) -> Result<Engine, Error> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(2 * slots)
        .total_memories(2 * slots)
        .total_tables(slots)
        .total_gc_heaps(slots)
        .max_memory_size(MAX_MEMORY_BYTES)
        .table_elements(65_536)
        .max_core_instance_size(4 << 20)
        .max_unused_warm_slots(slots)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_TABLE_BYTES)
        .pagemap_scan(Enabled::Auto);
    let mut config = compiler_config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).map_err(Error::engine)
}

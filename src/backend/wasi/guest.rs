//! [`Guest`]: all the host keeps for one instance. Dropped with the instance; nothing in it outlives an execution.

use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rustix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;
use wasmtime::{Memory, ResourceLimiter};
use wasmtime_wasi::p1::WasiP1Ctx;

use super::calls::{Clock, Files};
use super::door::Door;
use crate::backend::ProgramClock;
use crate::backend::ending::Halt;
use crate::backend::output::Output;
use crate::execution::{Limit, Limits};

/// The state of one instance, as Wasmtime's store holds it.
pub(super) struct Guest {
    pub(super) wasi: WasiP1Ctx,
    /// Set as soon as the instance exists; host functions are not called before.
    pub(super) memory: Option<Memory>,
    pub(super) memory_limit: MemoryLimit,
    pub(super) files: Files,
    pub(super) output: Output,
    pub(super) clock: Clock,
    pub(super) rng: ChaCha20Rng,
    pub(super) door: Door,
    pub(super) budget: Budget,
}

#[cfg(test)]
impl Guest {
    /// A guest that sees no folders and can call nobody, for tests of single host functions.
    pub(super) fn without_folders(job: &crate::backend::Job, runtime: tokio::runtime::Handle) -> Self {
        use rand_core::SeedableRng;
        let mut wasi = wasmtime_wasi::WasiCtxBuilder::new();
        Self {
            wasi: wasi.allow_blocking_current_thread(true).build_p1(),
            memory: None,
            memory_limit: MemoryLimit::new(job.limits.memory),
            files: Files::new(&job.limits),
            output: Output::new(job.limits.output, Box::new(|_| {})),
            clock: Clock::new(false, crate::backend::ProgramClock::default()),
            rng: ChaCha20Rng::seed_from_u64(job.seed),
            door: Door::new(job, Box::new(crate::backend::NoHostCalls), runtime).unwrap(),
            budget: Budget::start(&job.limits, CancellationToken::new(), ProgramClock::default()),
        }
    }
}

/// Time: what was used, what is left, and whether somebody cancelled.
pub(super) struct Budget {
    started: Instant,
    cpu_at_start: Duration,
    wall: Duration,
    cpu: Duration,
    /// Time spent in host calls, which counts as neither unless whoever answered them says so.
    pub(super) host_calls: Duration,
    host_calls_cpu: Duration,
    /// Says which of that time counts all the same.
    clock: ProgramClock,
    cancel: CancellationToken,
}

impl Budget {
    /// Starts counting now, on the thread that will run the guest.
    pub(super) fn start(limits: &Limits, cancel: CancellationToken, clock: ProgramClock) -> Self {
        Self {
            started: Instant::now(),
            cpu_at_start: thread_cpu_time(),
            wall: limits.wall,
            cpu: limits.cpu,
            host_calls: Duration::ZERO,
            host_calls_cpu: Duration::ZERO,
            clock,
            cancel,
        }
    }

    pub(super) fn cancel_token(&self) -> &CancellationToken {
        &self.cancel
    }

    pub(super) fn wall_used(&self) -> Duration {
        self.started.elapsed().saturating_sub(self.host_calls).saturating_add(self.clock.charged())
    }

    pub(super) fn cpu_used(&self) -> Duration {
        thread_cpu_time().saturating_sub(self.cpu_at_start).saturating_sub(self.host_calls_cpu)
    }

    /// How long the program may still run on the wall clock.
    pub(super) fn wall_left(&self) -> Duration {
        self.wall.saturating_sub(self.wall_used())
    }

    /// Counts `work` as a host call, not as the program's own time.
    pub(super) fn outside<R>(guest: &mut Guest, work: impl FnOnce(&mut Guest) -> R) -> R {
        let (wall, cpu) = (Instant::now(), thread_cpu_time());
        let result = work(guest);
        guest.budget.host_calls += wall.elapsed();
        guest.budget.host_calls_cpu += thread_cpu_time().saturating_sub(cpu);
        result
    }

    /// Whether the guest must stop now.
    pub(super) fn check(&self) -> Result<(), Halt> {
        if self.cancel.is_cancelled() {
            Err(Halt::Cancelled)
        } else if self.wall_used() >= self.wall {
            Err(Halt::Limit(Limit::Wall))
        } else if self.cpu_used() >= self.cpu {
            Err(Halt::Limit(Limit::Cpu))
        } else {
            Ok(())
        }
    }
}

/// CPU time of the calling thread.
fn thread_cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Most entries of a table; the interpreter's has 39,000 and does not grow.
const MAX_TABLE: usize = 1 << 16;

/// The limit on all memories together, and a note of whether any was ever refused (the guest sees a plain `MemoryError`).
pub(super) struct MemoryLimit {
    limit: usize,
    granted: usize,
    pub(super) refused: bool,
}

impl MemoryLimit {
    pub(super) fn new(bytes: u64) -> Self {
        Self { limit: usize::try_from(bytes).unwrap_or(usize::MAX), granted: 0, refused: false }
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let growth = desired.saturating_sub(current);
        let allowed = growth <= self.limit.saturating_sub(self.granted);
        if allowed {
            self.granted += growth;
        }
        self.refused |= !allowed;
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE)
    }
}

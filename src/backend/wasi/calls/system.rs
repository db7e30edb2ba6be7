//! Time, randomness, waiting and leaving.
//!
//! Everything random comes from the execution's recorded seed. Time is the host's, or, for a deterministic run, a
//! clock that starts at a fixed moment, moves a microsecond with each reading and jumps over every sleep.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand_core::Rng as _;
use wasmtime::{Caller, Linker};

use super::{WASI, errno, parts};
use crate::backend::ProgramClock;
use crate::backend::ending::Halt;
use crate::backend::wasi::guest::Guest;

/// Where a deterministic clock starts: 2026-01-01T00:00:00Z, in nanoseconds since 1970.
const DETERMINISTIC_START: u64 = 1_767_225_600_000_000_000;
/// How far it moves with each reading.
const DETERMINISTIC_STEP: u64 = 1_000;

/// Longest uninterrupted sleep: how soon a sleeping program notices that it was cancelled.
const SLEEP_SLICE: Duration = Duration::from_millis(5);

/// Most subscriptions in one `poll_oneoff`.
const MAX_SUBSCRIPTIONS: u32 = 1_024;

const REALTIME: i32 = 0;
const MONOTONIC: i32 = 1;
const PROCESS_CPU: i32 = 2;
const THREAD_CPU: i32 = 3;

/// The guest's clock.
#[derive(Debug)]
pub(in crate::backend::wasi) struct Clock {
    source: Source,
    program: ProgramClock,
}

#[derive(Debug)]
enum Source {
    /// The host's clocks; monotonic time counts from the start of the execution.
    Real { started: Instant },
    /// Nanoseconds since the start.
    Deterministic { elapsed: u64 },
}

impl Clock {
    pub(in crate::backend::wasi) fn new(deterministic: bool, program: ProgramClock) -> Self {
        let source =
            if deterministic { Source::Deterministic { elapsed: 0 } } else { Source::Real { started: Instant::now() } };
        Self { source, program }
    }

    fn monotonic(&mut self) -> u64 {
        match &mut self.source {
            Source::Real { started } => nanos(started.elapsed().saturating_add(self.program.ahead())),
            Source::Deterministic { elapsed } => {
                *elapsed = elapsed.saturating_add(DETERMINISTIC_STEP);
                *elapsed
            }
        }
    }

    fn realtime(&mut self) -> u64 {
        match self.source {
            Source::Real { .. } => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                nanos(now.saturating_add(self.program.ahead()))
            }
            Source::Deterministic { .. } => DETERMINISTIC_START.saturating_add(self.monotonic()),
        }
    }

    fn is_deterministic(&self) -> bool {
        matches!(self.source, Source::Deterministic { .. })
    }

    /// Lets a sleep take no time, if that is what time is like.
    fn jump(&mut self, duration: Duration) -> bool {
        if let Source::Deterministic { elapsed } = &mut self.source {
            *elapsed = elapsed.saturating_add(nanos(duration));
        }
        let jumps = self.is_deterministic() || self.program.is_virtual();
        if jumps {
            self.program.advance(duration);
        }
        jumps
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(WASI, "clock_res_get", clock_res_get)?;
    linker.func_wrap(WASI, "clock_time_get", clock_time_get)?;
    linker.func_wrap(WASI, "poll_oneoff", poll_oneoff)?;
    linker.func_wrap(WASI, "proc_exit", proc_exit)?;
    linker.func_wrap(WASI, "random_get", random_get)?;
    linker.func_wrap(WASI, "sched_yield", |_: Caller<'_, Guest>| errno::SUCCESS)?;
    Ok(())
}

fn clock_res_get(mut caller: Caller<'_, Guest>, id: i32, out: i32) -> wasmtime::Result<i32> {
    let (bytes, _) = parts(&mut caller)?;
    if !(REALTIME..=THREAD_CPU).contains(&id) {
        return Ok(errno::INVAL);
    }
    Ok(put_u64(bytes, out, 1))
}

fn clock_time_get(mut caller: Caller<'_, Guest>, id: i32, _precision: i64, out: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    let now = match id {
        REALTIME => guest.clock.realtime(),
        MONOTONIC => guest.clock.monotonic(),
        PROCESS_CPU | THREAD_CPU if guest.clock.is_deterministic() => guest.clock.monotonic(),
        PROCESS_CPU | THREAD_CPU => nanos(guest.budget.cpu_used()),
        _ => return Ok(errno::INVAL),
    };
    let now = guest.clock.program.reading(id, now);
    Ok(put_u64(bytes, out, now))
}

fn random_get(mut caller: Caller<'_, Guest>, buf: i32, len: i32) -> wasmtime::Result<i32> {
    let (bytes, guest) = parts(&mut caller)?;
    let at = buf.cast_unsigned() as usize;
    match at.checked_add(len.cast_unsigned() as usize).and_then(|end| bytes.get_mut(at..end)) {
        Some(place) => {
            guest.rng.fill_bytes(place);
            Ok(errno::SUCCESS)
        }
        None => Ok(errno::FAULT),
    }
}

fn proc_exit(_: Caller<'_, Guest>, status: i32) -> wasmtime::Result<()> {
    Err(Halt::Exit(status.to_le_bytes()[0]).into())
}

/// Waits for the earliest clock. Files are always ready, as on any Unix.
///
/// Layout of a subscription (48 bytes) and an event (32 bytes): the witx file of WASI preview 1.
fn poll_oneoff(mut caller: Caller<'_, Guest>, subs: i32, events: i32, count: i32, out: i32) -> wasmtime::Result<i32> {
    const SUBSCRIPTION: usize = 48;
    const EVENT: usize = 32;
    let (bytes, guest) = parts(&mut caller)?;
    let count = count.cast_unsigned();
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Ok(errno::INVAL);
    }
    let count = count as usize;
    let subs = subs.cast_unsigned() as usize;
    let events = events.cast_unsigned() as usize;
    let Some(end) = subs.checked_add(count * SUBSCRIPTION) else { return Ok(errno::FAULT) };
    let Some(table) = bytes.get(subs..end).map(<[u8]>::to_vec) else { return Ok(errno::FAULT) };

    // (user data, kind, nanoseconds to wait)
    let mut waits = Vec::with_capacity(count);
    for entry in table.as_chunks::<SUBSCRIPTION>().0 {
        let word = |at: usize| u64::from_le_bytes(entry[at..at + 8].try_into().unwrap_or_default());
        let kind = entry[8];
        let wait = match kind {
            0 => {
                let absolute = entry[40] & 1 == 1;
                let timeout = word(24);
                let now = match (absolute, entry[16]) {
                    (false, _) => 0,
                    (true, 0) => guest.clock.realtime(),
                    (true, _) => guest.clock.monotonic(),
                };
                timeout.saturating_sub(now)
            }
            1 | 2 => 0,
            _ => return Ok(errno::INVAL),
        };
        waits.push((word(0), kind, wait));
    }
    let shortest = waits.iter().map(|(_, _, wait)| *wait).min().unwrap_or(0);
    sleep(guest, Duration::from_nanos(shortest))?;

    let mut ready = 0u32;
    for (userdata, kind, _) in waits.iter().filter(|(_, _, wait)| *wait <= shortest) {
        let mut event = [0u8; EVENT];
        event[..8].copy_from_slice(&userdata.to_le_bytes());
        event[10] = *kind;
        let at = events + ready as usize * EVENT;
        match bytes.get_mut(at..at + EVENT) {
            Some(place) => place.copy_from_slice(&event),
            None => return Ok(errno::FAULT),
        }
        ready += 1;
    }
    let at = out.cast_unsigned() as usize;
    match at.checked_add(4).and_then(|end| bytes.get_mut(at..end)) {
        Some(place) => {
            place.copy_from_slice(&ready.to_le_bytes());
            Ok(errno::SUCCESS)
        }
        None => Ok(errno::FAULT),
    }
}

/// Sleeps in slices, so that a limit or a cancel ends it at once. A deterministic or virtual clock jumps instead.
fn sleep(guest: &mut Guest, duration: Duration) -> Result<(), Halt> {
    if guest.clock.jump(duration) {
        if guest.clock.program.met_horizon() {
            return Err(Halt::Cancelled);
        }
        return guest.budget.check();
    }
    let until = Instant::now().checked_add(duration);
    loop {
        guest.budget.check()?;
        let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(SLEEP_SLICE).min(guest.budget.wall_left()));
    }
}

fn put_u64(bytes: &mut [u8], out: i32, value: u64) -> i32 {
    let at = out.cast_unsigned() as usize;
    match at.checked_add(8).and_then(|end| bytes.get_mut(at..end)) {
        Some(place) => {
            place.copy_from_slice(&value.to_le_bytes());
            errno::SUCCESS
        }
        None => errno::FAULT,
    }
}

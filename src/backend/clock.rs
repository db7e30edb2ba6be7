//! [`ProgramClock`]: time as one program sees it, shared by the backend that answers its clock readings and sleeps and by
//! whoever answers its host calls.
//!
//! Time is real until somebody makes it virtual; from then on a sleep takes no time and moves the clock instead, up to a
//! horizon. A clock can keep every reading that the program took, and give the same readings again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Most bytes of kept readings: some two million, which is a program that does nothing but look at the clock.
const MAX_TAPE: usize = 8 << 20;
/// How far a clock moves with each reading after the kept ones are used up.
const STEP: u64 = 1_000;

/// A program's clock. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub struct ProgramClock(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_virtual: AtomicBool,
    ahead: AtomicU64,
    /// Nanoseconds that virtual time may move; 0 is no limit.
    horizon: AtomicU64,
    /// Nanoseconds of host calls that count as the program's own time.
    charged: AtomicU64,
    met_horizon: AtomicBool,
    tape: Mutex<Tape>,
}

/// The readings of a clock.
#[derive(Debug, Default)]
enum Tape {
    #[default]
    Off,
    Recording {
        deltas: Deltas,
        bytes: Vec<u8>,
        full: bool,
    },
    Playing {
        deltas: Deltas,
        bytes: Vec<u8>,
        at: usize,
        /// Readings that the program took beyond those that were kept.
        beyond: u64,
    },
}

/// The last reading of each clock: readings are kept as differences, which are small.
#[derive(Debug, Default)]
struct Deltas(HashMap<i32, u64>);

/// All of a clock's state, to take it into another process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockState {
    /// Where it stands.
    pub moved: ClockMove,
    /// How far virtual time may move, in nanoseconds; 0 is no limit.
    pub horizon: u64,
    /// What happens to readings.
    pub tape: TapeState,
}

/// How far a clock is from real time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMove {
    /// Whether sleeps take no time.
    pub is_virtual: bool,
    /// Nanoseconds ahead of real time.
    pub ahead: u64,
    /// Nanoseconds of host calls that count as the program's own time.
    #[serde(default)]
    pub charged: u64,
}

/// What happens to readings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TapeState {
    /// Nothing.
    #[default]
    Off,
    /// They are kept.
    Recording,
    /// These are given instead.
    Playing(Vec<u8>),
}

/// The readings that a clock kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings {
    /// The readings, packed.
    pub bytes: Vec<u8>,
    /// Whether there were more than are kept.
    pub incomplete: bool,
}

impl ProgramClock {
    /// A clock that keeps its readings.
    #[must_use]
    pub fn recording() -> Self {
        Self::of_state(&ClockState { tape: TapeState::Recording, ..ClockState::default() })
    }

    /// A clock that gives kept readings again, and on which sleeps take no time.
    #[must_use]
    pub fn playing(readings: Vec<u8>) -> Self {
        Self::of_state(&ClockState { tape: TapeState::Playing(readings), ..ClockState::default() })
    }

    /// The same clock in another process.
    #[must_use]
    pub fn of_state(state: &ClockState) -> Self {
        let tape = match &state.tape {
            TapeState::Off => Tape::Off,
            TapeState::Recording => Tape::Recording { deltas: Deltas::default(), bytes: Vec::new(), full: false },
            TapeState::Playing(bytes) => {
                Tape::Playing { deltas: Deltas::default(), bytes: bytes.clone(), at: 0, beyond: 0 }
            }
        };
        let clock = Self(Arc::new(Shared { tape: Mutex::new(tape), ..Shared::default() }));
        clock.0.horizon.store(state.horizon, Ordering::Relaxed);
        clock.follow(state.moved);
        clock
    }

    /// Its state, the readings so far left out.
    #[must_use]
    pub fn state(&self) -> ClockState {
        let tape = match &*self.tape() {
            Tape::Off => TapeState::Off,
            Tape::Recording { .. } => TapeState::Recording,
            Tape::Playing { bytes, .. } => TapeState::Playing(bytes.clone()),
        };
        ClockState { moved: self.moved(), horizon: self.0.horizon.load(Ordering::Relaxed), tape }
    }

    /// How far it is from real time.
    #[must_use]
    pub fn moved(&self) -> ClockMove {
        ClockMove {
            is_virtual: self.is_virtual(),
            ahead: self.0.ahead.load(Ordering::Relaxed),
            charged: self.0.charged.load(Ordering::Relaxed),
        }
    }

    /// Goes where the same clock in another process went.
    pub fn follow(&self, moved: ClockMove) {
        self.0.ahead.fetch_max(moved.ahead, Ordering::Relaxed);
        self.0.charged.fetch_max(moved.charged, Ordering::Relaxed);
        if moved.is_virtual {
            self.0.is_virtual.store(true, Ordering::Relaxed);
        }
        self.check_horizon();
    }

    /// From now on sleeps take no time; virtual time may move this far.
    pub fn make_virtual(&self, horizon: Duration) {
        self.0.horizon.store(nanos(horizon).max(1), Ordering::Relaxed);
        self.0.is_virtual.store(true, Ordering::Relaxed);
    }

    /// Whether sleeps take no time.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        self.0.is_virtual.load(Ordering::Relaxed) || self.is_playing()
    }

    /// Whether virtual time moved as far as it may.
    #[must_use]
    pub fn met_horizon(&self) -> bool {
        self.0.met_horizon.load(Ordering::Relaxed)
    }

    /// Virtual time that has passed.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        Duration::from_nanos(self.0.ahead.load(Ordering::Relaxed))
    }

    /// Moves virtual time.
    pub fn advance(&self, by: Duration) {
        let by = nanos(by);
        let _ = self.0.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |ahead| Some(ahead.saturating_add(by)));
        self.check_horizon();
    }

    fn check_horizon(&self) {
        let horizon = self.0.horizon.load(Ordering::Relaxed);
        if horizon != 0 && self.0.ahead.load(Ordering::Relaxed) >= horizon {
            self.0.met_horizon.store(true, Ordering::Relaxed);
        }
    }

    /// Counts time of a host call as the program's own: it waited for the machine, not for a person.
    pub fn charge(&self, time: Duration) {
        let time = nanos(time);
        let _ = self.0.charged.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |all| Some(all.saturating_add(time)));
    }

    /// Time of host calls that counts as the program's own.
    #[must_use]
    pub fn charged(&self) -> Duration {
        Duration::from_nanos(self.0.charged.load(Ordering::Relaxed))
    }

    /// The time of day, as seconds and nanoseconds since 1970.
    #[must_use]
    pub fn now(&self) -> (i64, u32) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_add(self.ahead());
        (i64::try_from(now.as_secs()).unwrap_or(i64::MAX), now.subsec_nanos())
    }

    /// Waits that long, or moves virtual time.
    pub async fn sleep(&self, duration: Duration) {
        if self.is_virtual() {
            self.advance(duration);
        } else {
            tokio::time::sleep(duration).await;
        }
    }

    /// What the program is to see when it reads the clock `id`, which stands at `value` nanoseconds.
    pub(crate) fn reading(&self, id: i32, value: u64) -> u64 {
        match &mut *self.tape() {
            Tape::Off => value,
            Tape::Recording { deltas, bytes, full } => {
                if bytes.len() + 10 > MAX_TAPE {
                    *full = true;
                } else {
                    write_varint(bytes, deltas.difference(id, value));
                }
                value
            }
            Tape::Playing { deltas, bytes, at, beyond } => {
                let difference = read_varint(bytes, at).unwrap_or_else(|| {
                    *beyond += 1;
                    STEP << 1
                });
                deltas.apply(id, difference)
            }
        }
    }

    /// The readings that were kept.
    #[must_use]
    pub fn readings(&self) -> Readings {
        match &*self.tape() {
            Tape::Recording { bytes, full, .. } => Readings { bytes: bytes.clone(), incomplete: *full },
            Tape::Off | Tape::Playing { .. } => Readings::default(),
        }
    }

    /// Takes over the readings that the same clock kept in another process.
    pub fn adopt(&self, readings: Readings) {
        if let Tape::Recording { bytes, full, .. } = &mut *self.tape() {
            *full = readings.incomplete || readings.bytes.len() > MAX_TAPE;
            *bytes = readings.bytes;
            bytes.truncate(MAX_TAPE);
        }
    }

    /// Whether kept readings are given again.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        matches!(&*self.tape(), Tape::Playing { .. })
    }

    fn tape(&self) -> std::sync::MutexGuard<'_, Tape> {
        self.0.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deltas {
    /// The zigzag-coded difference to the last reading of that clock.
    fn difference(&mut self, id: i32, value: u64) -> u64 {
        let last = self.0.insert(id, value).unwrap_or(0);
        let difference = value.wrapping_sub(last).cast_signed();
        ((difference << 1) ^ (difference >> 63)).cast_unsigned()
    }

    fn apply(&mut self, id: i32, zigzag: u64) -> u64 {
        let difference = (zigzag >> 1) ^ (zigzag & 1).wrapping_neg();
        let value = self.0.get(&id).copied().unwrap_or(0).wrapping_add(difference);
        self.0.insert(id, value);
        value
    }
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

fn read_varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_come_again_in_their_order() {
        let clock = ProgramClock::recording();
        let taken =
            [(0, 1_790_000_000_000_000_000), (1, 5), (1, 900), (0, 1_789_999_999_000_000_000), (2, u64::MAX), (1, 7)];
        for (id, value) in taken {
            assert_eq!(clock.reading(id, value), value);
        }
        let again = ProgramClock::playing(clock.readings().bytes);
        for (id, value) in taken {
            assert_eq!(again.reading(id, 0), value);
        }
        assert_eq!((again.reading(1, 0), again.reading(1, 0)), (7 + STEP, 7 + 2 * STEP));
    }

    #[test]
    fn virtual_time_ends_at_its_horizon() {
        let clock = ProgramClock::default();
        assert!(!clock.is_virtual());
        clock.make_virtual(Duration::from_secs(10));
        clock.advance(Duration::from_secs(9));
        assert!(clock.is_virtual() && !clock.met_horizon());
        clock.advance(Duration::MAX);
        assert!(clock.met_horizon());
    }

    #[test]
    fn a_damaged_tape_is_no_panic() {
        let clock = ProgramClock::playing(vec![0xff; 30]);
        for id in 0..20 {
            clock.reading(id, 1);
        }
    }
}

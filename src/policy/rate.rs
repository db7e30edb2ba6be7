//! [`RateLimiter`]: how often something was done lately, in windows that slide.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::units::Rate;

/// Counts operations by channel and principal. What was refused does not count. Its memory is bounded: when it is full of
/// what still counts, it refuses.
#[derive(Debug, Clone)]
pub struct RateLimiter {
    windows: FxHashMap<(String, String), Window>,
    stamps: usize,
    capacity: usize,
    latest: i128,
}

#[derive(Debug, Clone, Default)]
struct Window {
    /// Nanoseconds since 1970, oldest first.
    stamps: VecDeque<i128>,
    /// How long the newest one counts for the longest of the rates.
    keep: i128,
}

/// Too much in too little time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateExceeded {
    /// The rate is used up.
    #[error("{rate} is the most; again in {again:.1?}")]
    Used {
        /// Which.
        rate: Rate,
        /// When it can be tried again.
        again: Duration,
    },
    /// So much is being counted that nothing more can be.
    #[error("more operations than can be counted; try again later")]
    Full,
}

/// What one key takes beside its stamps, in stamps.
const KEY_COST: usize = 16;

impl RateLimiter {
    /// Counts at most so many operations at a time (8 million take about 128 MB).
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { windows: FxHashMap::default(), stamps: 0, capacity, latest: i128::MIN }
    }

    /// Counts an operation now if every rate allows it. Reads and writes need limiters of their own. A clock that goes back
    /// is taken to stand still.
    pub fn take(&mut self, channel: &str, principal: &str, rates: &[Rate], now: Timestamp) -> Result<(), RateExceeded> {
        if rates.is_empty() {
            return Ok(());
        }
        self.latest = self.latest.max(now.as_nanosecond());
        let now = self.latest;
        self.check_at(channel, principal, rates, now)?;
        let most = rates.iter().map(|rate| rate.count as usize).max().unwrap_or(0);
        let keep = rates.iter().map(|rate| nanos(rate.per)).max().unwrap_or(0);
        let key = (channel.to_owned(), principal.to_owned());
        if !self.windows.contains_key(&key) {
            if self.stamps + KEY_COST >= self.capacity {
                self.forget(now);
            }
            if self.stamps + KEY_COST >= self.capacity {
                return Err(RateExceeded::Full);
            }
            self.stamps += KEY_COST;
        } else if self.stamps + 1 > self.capacity {
            self.forget(now);
            if self.stamps + 1 > self.capacity {
                return Err(RateExceeded::Full);
            }
            if !self.windows.contains_key(&key) {
                self.stamps += KEY_COST;
            }
        }
        let window = self.windows.entry(key).or_default();
        window.keep = window.keep.max(keep);
        window.stamps.push_back(now);
        self.stamps += 1;
        // A window that longer rules once asked for stays as long as it was.
        while window.stamps.len() > most && window.stamps.front().is_some_and(|first| now - first >= window.keep) {
            window.stamps.pop_front();
            self.stamps -= 1;
        }
        Ok(())
    }

    /// Whether an operation would be allowed now.
    pub fn check(&self, channel: &str, principal: &str, rates: &[Rate], now: Timestamp) -> Result<(), RateExceeded> {
        self.check_at(channel, principal, rates, self.latest.max(now.as_nanosecond()))
    }

    fn check_at(&self, channel: &str, principal: &str, rates: &[Rate], now: i128) -> Result<(), RateExceeded> {
        let key = (channel.to_owned(), principal.to_owned());
        let Some(window) = self.windows.get(&key) else { return Ok(()) };
        for rate in rates {
            let Some(at) = window.stamps.len().checked_sub((rate.count as usize).max(1)) else { continue };
            let Some(oldest) = window.stamps.get(at) else { continue };
            let again = oldest + nanos(rate.per) - now;
            if again > 0 {
                let again = Duration::from_nanos(u64::try_from(again).unwrap_or(u64::MAX));
                return Err(RateExceeded::Used { rate: *rate, again });
            }
        }
        Ok(())
    }

    /// Drops what no longer counts.
    fn forget(&mut self, now: i128) {
        self.windows.retain(|_, window| {
            while window.stamps.front().is_some_and(|first| now - first >= window.keep) {
                window.stamps.pop_front();
            }
            !window.stamps.is_empty()
        });
        self.stamps = self.windows.values().map(|window| window.stamps.len() + KEY_COST).sum();
    }
}

fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    const TWO: Rate = Rate { count: 2, per: Duration::from_secs(1) };

    #[test]
    fn the_window_slides() {
        let mut limiter = RateLimiter::new(1000);
        for (millis, good) in
            [(0, true), (500, true), (999, false), (1000, true), (1499, false), (1500, true), (1600, false)]
        {
            assert_eq!(limiter.take("X", "a", &[TWO], at(millis)).is_ok(), good, "{millis}");
        }
        assert!(limiter.take("X", "b", &[TWO], at(1600)).is_ok());
        assert!(limiter.take("Y", "a", &[TWO], at(1600)).is_ok());
        let Err(RateExceeded::Used { again, .. }) = limiter.check("X", "a", &[TWO], at(1600)) else { panic!() };
        assert_eq!(again, Duration::from_millis(400));
    }

    #[test]
    fn a_clock_that_goes_back_opens_nothing() {
        let mut limiter = RateLimiter::new(1000);
        for millis in [10_000, 10_000] {
            limiter.take("X", "a", &[TWO], at(millis)).unwrap();
        }
        assert!(limiter.take("X", "a", &[TWO], at(0)).is_err());
        assert!(limiter.take("X", "a", &[TWO], at(11_000)).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_fullness_refuses() {
        let mut limiter = RateLimiter::new(100);
        let taken = (0..1000).filter(|n| limiter.take(&format!("X{n}"), "a", &[TWO], at(0)).is_ok()).count();
        assert!(taken < 10, "{taken}");
        assert_eq!(limiter.take("X999", "a", &[TWO], at(10)), Err(RateExceeded::Full));
        assert!(limiter.take("X999", "a", &[TWO], at(5000)).is_ok());
        for n in 0..10_000 {
            let _ = limiter.take("X999", "a", &[TWO], at(5000 + n));
            assert!(limiter.stamps <= 100);
        }
    }

    #[test]
    fn all_rates_hold() {
        let slow = Rate { count: 3, per: Duration::from_mins(1) };
        let mut limiter = RateLimiter::new(1000);
        let good = |limiter: &mut RateLimiter, millis| limiter.take("X", "a", &[TWO, slow], at(millis)).is_ok();
        assert!(good(&mut limiter, 0) && good(&mut limiter, 1) && !good(&mut limiter, 2));
        assert!(good(&mut limiter, 2000) && !good(&mut limiter, 4000) && good(&mut limiter, 60_001));
    }
}

//! The machine's time ([`Clock`]): the real one, or one that tests move by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

/// Where a simulated machine has its time from. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Inner);

#[derive(Debug, Clone)]
enum Inner {
    Real,
    Virtual(Arc<Virtual>),
}

#[derive(Debug)]
struct Virtual {
    nanos: AtomicU64,
    moved: Notify,
}

impl Clock {
    /// The computer's clock.
    #[must_use]
    pub fn real() -> Self {
        Self(Inner::Real)
    }

    /// A clock that stands still at this time since 1970 until it is moved. A machine's own delays move it and take no
    /// real time; delays that happen side by side add up.
    #[must_use]
    pub fn virtual_at(since_1970: Duration) -> Self {
        Self(Inner::Virtual(Arc::new(Virtual { nanos: AtomicU64::new(nanos_of(since_1970)), moved: Notify::new() })))
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub fn now(&self) -> u64 {
        match &self.0 {
            Inner::Real => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, nanos_of),
            Inner::Virtual(clock) => clock.nanos.load(Ordering::Acquire),
        }
    }

    /// Moves a virtual clock on; the real one cannot be moved.
    pub fn advance(&self, by: Duration) {
        if let Inner::Virtual(clock) = &self.0 {
            let by = nanos_of(by);
            let add = |now: u64| Some(now.saturating_add(by));
            // The closure never refuses.
            let _ = clock.nanos.fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
            clock.moved.notify_waiters();
        }
    }

    /// Lets this much time go by.
    pub(super) async fn pass(&self, time: Duration) {
        match &self.0 {
            Inner::Real => tokio::time::sleep(time).await,
            Inner::Virtual(_) => self.advance(time),
        }
    }

    /// Waits until it is this late; whoever holds a virtual clock moves it there.
    pub(super) async fn until(&self, at: u64) {
        match &self.0 {
            Inner::Real => tokio::time::sleep(Duration::from_nanos(at.saturating_sub(self.now()))).await,
            Inner::Virtual(clock) => loop {
                let moved = clock.moved.notified();
                if self.now() >= at {
                    return;
                }
                moved.await;
            },
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::real()
    }
}

pub(super) fn nanos_of(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Seconds and nanoseconds, as readings have them.
pub(super) fn stamp(nanos: u64) -> (i64, u32) {
    let seconds = i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX);
    (seconds, u32::try_from(nanos % 1_000_000_000).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_when_it_is_moved() {
        let clock = Clock::virtual_at(Duration::from_secs(5));
        assert_eq!(clock.now(), 5_000_000_000);
        let same = clock.clone();
        clock.advance(Duration::from_millis(1));
        assert_eq!(same.now(), 5_001_000_000);
        clock.advance(Duration::MAX);
        assert_eq!(same.now(), u64::MAX);
    }

    #[tokio::test]
    async fn who_waits_for_a_virtual_clock_is_woken() {
        let clock = Clock::virtual_at(Duration::ZERO);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.until(1000).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_micros(1));
        waiting.await.unwrap();
    }
}

//! [`Gaps`]: whether messages of a kernel are missing.
//!
//! ipykernel numbers its messages (`<session>_<process>_<number>`). A message that was in flight when a connection broke, or
//! that the server held back because of its rate limits, leaves a hole. Jupyter cannot send it again, but it can be noticed.

use std::collections::BTreeSet;

/// Most numbers that are kept behind a hole.
const MOST: usize = 10_000;

/// The holes in the numbers of one kernel's messages, from the first one on.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    next: Option<u64>,
    ahead: BTreeSet<u64>,
    missing: u64,
    explained: u64,
}

impl Gaps {
    /// Begins with this number.
    pub(super) fn from(number: u64) -> Self {
        Self { next: Some(number), ..Self::default() }
    }

    /// Whether it has begun.
    pub(super) fn begun(&self) -> bool {
        self.next.is_some()
    }

    /// A message with this number came.
    pub(super) fn saw(&mut self, number: u64) {
        let Some(next) = self.next else { return };
        if number < next {
            return;
        }
        self.ahead.insert(number);
        if self.ahead.len() > MOST {
            // A hole that old is not filled any more.
            self.missing = self.missing.saturating_add(self.ahead.first().map_or(0, |first| first - next));
            self.next = self.ahead.first().copied();
        }
        while let Some(next) = self.next
            && self.ahead.remove(&next)
        {
            self.next = next.checked_add(1);
        }
    }

    /// A message went to somebody else: the server itself asks a kernel things.
    pub(super) fn explain(&mut self) {
        self.explained += 1;
    }

    /// How many are missing up to the last number that was seen.
    pub(super) fn missing(&self) -> u64 {
        let open = match (self.next, self.ahead.last()) {
            (Some(next), Some(last)) => (last - next).saturating_add(1) - self.ahead.len() as u64,
            _ => 0,
        };
        self.missing.saturating_add(open).saturating_sub(self.explained)
    }
}

/// The number in a message's id, if its sender numbers them.
pub(super) fn number(msg_id: &str, session: &str) -> Option<u64> {
    let (process, number) = msg_id.strip_prefix(session)?.strip_prefix('_')?.split_once('_')?;
    process.parse::<u64>().ok()?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_counted_and_the_order_does_not_matter() {
        let mut gaps = Gaps::from(5);
        for n in [5, 7, 6, 8, 11] {
            gaps.saw(n);
        }
        assert_eq!(gaps.missing(), 2);
        gaps.explain();
        assert_eq!(gaps.missing(), 1);
        gaps.saw(9);
        gaps.saw(10);
        assert_eq!(gaps.missing(), 0);
        gaps.saw(3);
        assert_eq!(gaps.missing(), 0);
        assert_eq!(Gaps::default().missing(), 0);
    }

    #[test]
    fn any_numbers_are_survived_in_bounded_memory() {
        let mut gaps = Gaps::from(0);
        for n in 0..50_000u64 {
            gaps.saw(n * 2 + 1);
        }
        gaps.saw(u64::MAX);
        assert!(gaps.ahead.len() <= MOST && gaps.missing() > 40_000);
        let mut gaps = Gaps::from(u64::MAX);
        gaps.saw(u64::MAX);
        gaps.saw(0);
        assert_eq!(gaps.missing(), 0);
    }

    #[test]
    fn numbers_are_read_from_ids_of_that_kind_only() {
        assert_eq!(number("ab-12_77_5", "ab-12"), Some(5));
        for id in ["", "ab-12", "ab-12_77", "ab-12_x_5", "ab-12_77_-5", "other_77_5", "ab-12_77_5_6"] {
            assert_eq!(number(id, "ab-12"), None, "{id}");
        }
    }
}

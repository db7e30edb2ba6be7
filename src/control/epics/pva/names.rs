//! [`Names`]: what is known about the names that were used. The library below keeps the channels themselves; this keeps
//! names that nobody has from costing a search each time, and from being searched for when nobody waits any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Most names that are remembered.
const MOST: usize = 20_000;
/// Most names that are looked for at once.
const MOST_SEARCHED: usize = 20_000;
/// For how long a name that nobody had is not looked for again.
const FORGET_FAILURE: Duration = Duration::from_secs(2);
/// A failure is worth remembering only if there was time for an answer.
const WORTH_REMEMBERING: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub(super) struct Names(Mutex<HashMap<Arc<str>, Name>>);

#[derive(Debug, Default)]
struct Name {
    searching: usize,
    /// Whether it was ever connected.
    known: bool,
    failed: Option<Instant>,
}

/// Why a search does not start.
#[derive(Debug)]
pub(super) enum NoSearch {
    /// It failed so long ago.
    Failed(Duration),
    /// Too many are looked for.
    TooMany,
}

impl Names {
    fn table(&self) -> MutexGuard<'_, HashMap<Arc<str>, Name>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to look for a name.
    pub(super) fn search(&self, name: &str) -> Result<Search<'_>, NoSearch> {
        let mut table = self.table();
        if table.len() >= MOST && !table.contains_key(name) {
            // What is neither searched nor connected can be forgotten; connected names too, at the price of a failure
            // that is remembered where it would not have been.
            let before = table.len();
            table.retain(|_, name| name.searching > 0 || name.known);
            if table.len() == before {
                table.retain(|_, name| name.searching > 0);
            }
            if table.len() >= MOST_SEARCHED {
                return Err(NoSearch::TooMany);
            }
        }
        let entry = table.entry(Arc::from(name)).or_default();
        if let Some(ago) = entry.failed.filter(|_| !entry.known).map(|failed| failed.elapsed())
            && ago < FORGET_FAILURE
        {
            return Err(NoSearch::Failed(ago));
        }
        entry.searching += 1;
        Ok(Search { names: self, name: Arc::from(name), started: Instant::now() })
    }
}

/// Somebody looks for a name. Drop it when no longer.
#[derive(Debug)]
pub(super) struct Search<'a> {
    names: &'a Names,
    name: Arc<str>,
    started: Instant,
}

impl Search<'_> {
    pub(super) fn succeeded(&self) {
        if let Some(name) = self.names.table().get_mut(&self.name) {
            name.known = true;
            name.failed = None;
        }
    }

    pub(super) fn failed(&self) {
        if self.started.elapsed() < WORTH_REMEMBERING {
            return;
        }
        if let Some(name) = self.names.table().get_mut(&self.name) {
            name.failed = Some(Instant::now());
        }
    }

    /// Whether nobody else looks for it.
    pub(super) fn is_the_only_one(&self) -> bool {
        self.names.table().get(&self.name).is_none_or(|name| name.searching <= 1)
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        if let Some(name) = self.names.table().get_mut(&self.name) {
            name.searching = name.searching.saturating_sub(1);
        }
    }
}

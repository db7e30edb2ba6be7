//! [`Index`]: which of very many patterns match a name, without asking each.
//!
//! Names are found by hash. Of every other pattern a short text is known that its matches must contain; the rarest of these
//! is what it is filed under, and a name is asked for each of its own short texts once. The cost follows the length of the
//! name (at most 255) and the patterns that share a text with it, not the number of patterns.

use rustc_hash::FxHashMap;

use super::names::Tag;
use super::pattern::Matcher;

/// Longest text that patterns are filed under.
const GRAM: usize = 4;

/// Patterns, each with what it belongs to.
#[derive(Debug, Default)]
pub(super) struct Index {
    exact: FxHashMap<Box<str>, Vec<Tag>>,
    entries: Vec<(Matcher, Tag)>,
    /// Bucket numbers by length and text.
    grams: FxHashMap<u64, usize>,
    buckets: Vec<Vec<u32>>,
    /// Lengths of texts that occur.
    lengths: [bool; GRAM + 1],
    /// Those of which nothing is known.
    always: Vec<u32>,
}

fn key(gram: &[u8]) -> u64 {
    gram.iter().fold(gram.len() as u64, |key, byte| key << 8 | u64::from(*byte))
}

/// All short texts of a pattern, of the greatest length that it has.
fn grams(matcher: &Matcher) -> Vec<u64> {
    let literals = matcher.literals();
    let length = literals.iter().map(|literal| literal.len()).max().unwrap_or(0).min(GRAM);
    if length == 0 {
        return Vec::new();
    }
    literals.iter().flat_map(|literal| literal.windows(length)).map(key).collect()
}

impl Index {
    pub(super) fn new(patterns: impl IntoIterator<Item = (Matcher, Tag)>) -> Self {
        let mut index = Self::default();
        let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
        let mut texts = Vec::new();
        for (matcher, tag) in patterns {
            if let Matcher::Exact(name) = matcher {
                index.exact.entry(name).or_default().push(tag);
                continue;
            }
            let own = grams(&matcher);
            for gram in &own {
                *counts.entry(*gram).or_default() += 1;
            }
            texts.push(own);
            index.entries.push((matcher, tag));
        }
        for (number, own) in (0u32..).zip(texts) {
            let Some(rarest) = own.into_iter().min_by_key(|gram| counts.get(gram).copied().unwrap_or(0)) else {
                index.always.push(number);
                continue;
            };
            let length = (1..=GRAM).rev().find(|length| rarest >> (8 * length) == *length as u64).unwrap_or(GRAM);
            if let Some(known) = index.lengths.get_mut(length) {
                *known = true;
            }
            let next = index.buckets.len();
            let bucket = *index.grams.entry(rarest).or_insert(next);
            if bucket == next {
                index.buckets.push(Vec::new());
            }
            if let Some(bucket) = index.buckets.get_mut(bucket) {
                bucket.push(number);
            }
        }
        index
    }

    /// How many patterns may have to be asked for one of a name's short texts.
    pub(super) fn worst(&self) -> usize {
        self.always.len() + self.buckets.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Visits every pattern that matches; one may be visited once only.
    pub(super) fn find<'i>(&'i self, name: &str, mut visit: impl FnMut(&'i Tag)) {
        self.exact.get(name).into_iter().flatten().for_each(&mut visit);
        if self.entries.is_empty() {
            return;
        }
        let mut ask = |numbers: &'i [u32]| {
            for (matcher, tag) in numbers.iter().filter_map(|number| self.entries.get(*number as usize)) {
                if matcher.is_match(name) {
                    visit(tag);
                }
            }
        };
        ask(&self.always);
        let mut asked = vec![0u64; self.buckets.len().div_ceil(64)];
        for length in (1..=GRAM).filter(|length| self.lengths.get(*length) == Some(&true)) {
            for gram in name.as_bytes().windows(length) {
                let Some(bucket) = self.grams.get(&key(gram)).copied() else { continue };
                let (Some(word), bit) = (asked.get_mut(bucket / 64), 1u64 << (bucket % 64)) else { continue };
                if *word & bit == 0 {
                    *word |= bit;
                    ask(self.buckets.get(bucket).map(Vec::as_slice).unwrap_or_default());
                }
            }
        }
    }
}

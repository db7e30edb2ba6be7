//! The fast way: a lazily built automaton for what is regular in a pattern.
//!
//! Promises: if [`Linear::is_exact`] its answer is that of Python; otherwise it matches wherever the pattern does and
//! perhaps elsewhere, so a text without a match has none, and no match begins before the one it finds. It takes time
//! proportional to the text, or gives up.

use regex_automata::hybrid::dfa::{Cache as DfaCache, Config, DFA};
use regex_automata::hybrid::regex::{Cache, Regex};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::util::prefilter::Prefilter;
use regex_automata::{Input, MatchKind};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, Look, Repetition};
use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::chars::{self, CharSet};
use super::tree::{Anchor, Greed, Node};

/// The largest size of one of its two tables of states, in bytes.
const NFA_SIZE: usize = 1 << 20;

/// The memory for the states met in one text, in bytes, unless one step needs more.
const CACHE_SIZE: usize = 1 << 20;

/// How often that memory may fill before the search gives up, unless a state was of use for this many bytes.
const MAX_CLEARED: usize = 2;
const BYTES_PER_STATE: usize = 40;

/// Counted repetitions above this are not tried, as each pass is a copy.
const MAX_COUNT: u32 = 1_000;

type NewCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// An automaton for a pattern.
#[derive(Debug)]
pub(super) struct Linear {
    regex: std::sync::Arc<Regex>,
    caches: Pool<Cache, NewCache>,
    exact: bool,
}

/// The automaton met a character it does not know how to treat, or too many states.
pub(super) struct Undecided;

impl Linear {
    /// Builds the automaton, if it would be too large one for texts in ASCII; none if that is too large, too.
    pub(super) fn new(tree: &Node) -> Option<Self> {
        Self::with(tree, false).or_else(|| Self::with(tree, true))
    }

    fn with(tree: &Node, ascii: bool) -> Option<Self> {
        let mut emitter = Emitter { exact: true, quits: ascii, ascii };
        let hir = emitter.emit(tree)?;
        let prefilter = Prefilter::from_hir_prefix(MatchKind::LeftmostFirst, &hir).filter(Prefilter::is_fast);
        let config = DFA::config()
            .cache_capacity(CACHE_SIZE)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(MAX_CLEARED))
            .minimum_bytes_per_state(Some(BYTES_PER_STATE));
        let config =
            if emitter.quits { (0x80..=0xFF).fold(config, |config, byte| config.quit(byte, true)) } else { config };
        let forward = dfa(config.clone().prefilter(prefilter), &hir, false)?;
        let reverse = dfa(config.match_kind(MatchKind::All), &hir, true)?;
        let regex = std::sync::Arc::new(Regex::builder().build_from_dfas(forward, reverse));
        let shared = std::sync::Arc::clone(&regex);
        let caches: Pool<Cache, NewCache> = Pool::new(Box::new(move || shared.create_cache()));
        Some(Self { regex, caches, exact: emitter.exact })
    }

    /// Whether its matches are those of the pattern.
    pub(super) fn is_exact(&self) -> bool {
        self.exact
    }

    /// The leftmost match; with `afresh` it does not depend on the texts searched before whether it is undecided.
    pub(super) fn search(&self, text: &str, afresh: bool) -> Result<Option<Range<usize>>, Undecided> {
        let mut cache = self.caches.get();
        if afresh {
            cache.reset(&self.regex);
        }
        let found = self.regex.try_search(&mut cache, &Input::new(text)).map_err(|_| Undecided)?;
        Ok(found.map(|found| found.range()))
    }
}

fn dfa(config: Config, hir: &Hir, reverse: bool) -> Option<DFA> {
    let thompson = thompson::Config::new()
        .utf8(true)
        .reverse(reverse)
        .nfa_size_limit(Some(NFA_SIZE))
        .which_captures(WhichCaptures::None);
    let nfa: NFA = NFA::compiler().configure(thompson).build_from_hir(hir).ok()?;
    let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
    // A cache that cannot hold a few states would be cleared at each step.
    (DfaCache::new(&dfa).memory_usage() <= CACHE_SIZE / 4).then_some(dfa)
}

struct Emitter {
    exact: bool,
    /// Whether it must stop at any byte that is not ASCII, as it knows the words or the sets of ASCII only.
    quits: bool,
    /// Whether sets are cut down to ASCII.
    ascii: bool,
}

impl Emitter {
    fn emit(&mut self, node: &Node) -> Option<Hir> {
        Some(match node {
            Node::Set(set) => class(set, self.ascii),
            Node::Char(c) => Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Node::Anchor(anchor) => self.anchor(*anchor),
            Node::Seq(items) => Hir::concat(items.iter().map(|item| self.emit(item)).collect::<Option<_>>()?),
            Node::Alt(items) => Hir::alternation(items.iter().map(|item| self.emit(item)).collect::<Option<_>>()?),
            Node::Group(_, body) => self.emit(body)?,
            Node::Repeat { body, min, max, greed } => {
                if min.max(&max.unwrap_or(0)) > &MAX_COUNT {
                    return None;
                }
                // Python ends a loop whose body takes nothing in its own way, so its choice may be another.
                self.exact &= *greed != Greed::Possessive && !body.may_be_empty();
                let sub = Box::new(self.emit(body)?);
                Hir::repetition(Repetition { min: *min, max: *max, greedy: *greed != Greed::Lazy, sub })
            }
            Node::Atomic(body) => {
                self.exact = false;
                self.emit(body)?
            }
            Node::Around { .. } => {
                self.exact = false;
                Hir::empty()
            }
            Node::Backref { .. } => {
                self.exact = false;
                let sub = Box::new(class(&chars::dot(true), self.ascii));
                Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub })
            }
            Node::Cond { yes, no, .. } => {
                self.exact = false;
                Hir::alternation(vec![self.emit(yes)?, self.emit(no)?])
            }
        })
    }

    fn anchor(&mut self, anchor: Anchor) -> Hir {
        Hir::look(match anchor {
            Anchor::TextStart => Look::Start,
            Anchor::LineStart => Look::StartLF,
            Anchor::TextEnd => Look::End,
            Anchor::LineEnd => Look::EndLF,
            Anchor::LastLineEnd => {
                // The nearest it has: the end of any line.
                self.exact = false;
                Look::EndLF
            }
            Anchor::Word { negated: false, ascii } => {
                self.quits |= !ascii;
                Look::WordAscii
            }
            Anchor::Word { negated: true, .. } => {
                self.quits = true;
                Look::WordAsciiNegate
            }
        })
    }
}

/// The class of the characters of a set; surrogates are in no text.
fn class(set: &CharSet, ascii: bool) -> Hir {
    let mut ranges = Vec::with_capacity(set.ranges().len() + 1);
    let last = if ascii { 0x7F } else { chars::MAX };
    for &(low, high) in set.ranges() {
        let high = high.min(last);
        for (low, high) in [(low, high.min(0xD7FF)), (low.max(0xE000), high)] {
            if let (Some(low), Some(high)) = (char::from_u32(low), char::from_u32(high))
                && low <= high
            {
                ranges.push(ClassUnicodeRange::new(low, high));
            }
        }
    }
    Hir::class(Class::Unicode(ClassUnicode::new(ranges)))
}

//! The tree a pattern is parsed into.
//!
//! Promises: flags are resolved in it (letter case, what `.` and `$` mean), so whoever compiles it needs none; its
//! depth is bounded by the parser.

use std::sync::Arc;

use super::chars::CharSet;

/// A position that matches nothing or matches without taking a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// `\A`, and `^` without the flag `m`.
    TextStart,
    /// `^` with the flag `m`.
    LineStart,
    /// `\Z`
    TextEnd,
    /// `$` without the flag `m`: at the end, or before a newline that ends the text.
    LastLineEnd,
    /// `$` with the flag `m`.
    LineEnd,
    /// `\b`, or with `negated` `\B`; `ascii` after the flag `a`.
    Word {
        /// Whether it is `\B`.
        negated: bool,
        /// Whether only ASCII characters make words.
        ascii: bool,
    },
}

/// How a repetition chooses its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greed {
    /// As often as possible, giving back.
    Greedy,
    /// As seldom as possible.
    Lazy,
    /// As often as possible, giving nothing back.
    Possessive,
}

/// A part of a pattern.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// One character out of a set.
    Set(Arc<CharSet>),
    /// This character.
    Char(char),
    /// A position.
    Anchor(Anchor),
    /// One after the other.
    Seq(Vec<Node>),
    /// The first that lets the rest match.
    Alt(Vec<Node>),
    /// A group; without a number it only groups.
    Group(Option<u32>, Box<Node>),
    /// Between `min` and `max` times; no `max` means any number.
    Repeat {
        /// What is repeated.
        body: Box<Node>,
        /// The least number of times.
        min: u32,
        /// The largest number of times.
        max: Option<u32>,
        /// The order in which counts are tried.
        greed: Greed,
    },
    /// `(?>...)`
    Atomic(Box<Node>),
    /// `(?=...)`, `(?!...)` and, with the width they go back, `(?<=...)`, `(?<!...)`.
    Around {
        /// What must or must not match.
        body: Box<Node>,
        /// Whether it must not.
        negated: bool,
        /// How many characters before the position it starts.
        back: u64,
    },
    /// What the group matched, again; with `fold` in any letter case.
    Backref {
        /// The number of the group.
        group: u32,
        /// Whether letter case is ignored, and then whether only that of ASCII letters.
        fold: Option<bool>,
    },
    /// `(?(group)yes|no)`
    Cond {
        /// The number of the group.
        group: u32,
        /// If it took part.
        yes: Box<Node>,
        /// If it did not.
        no: Box<Node>,
    },
}

/// Repetition without an upper limit is this wide, and so is everything wider.
pub(super) const UNBOUNDED: u64 = u64::MAX;

impl Node {
    /// The least and the largest number of characters it takes; `groups` gives those of the groups closed so far.
    pub(super) fn width(&self, groups: &[Option<(u64, u64)>]) -> (u64, u64) {
        match self {
            Self::Set(_) | Self::Char(_) => (1, 1),
            Self::Anchor(_) | Self::Around { .. } => (0, 0),
            Self::Seq(items) => items
                .iter()
                .map(|item| item.width(groups))
                .fold((0, 0), |sum, width| (sum.0.saturating_add(width.0), sum.1.saturating_add(width.1))),
            Self::Alt(items) => items
                .iter()
                .map(|item| item.width(groups))
                .reduce(|sum, width| (sum.0.min(width.0), sum.1.max(width.1)))
                .unwrap_or((0, 0)),
            Self::Group(_, body) | Self::Atomic(body) => body.width(groups),
            Self::Repeat { body, min, max, .. } => {
                let (low, high) = body.width(groups);
                let high = match max {
                    None if high > 0 => UNBOUNDED,
                    None => 0,
                    Some(max) => high.saturating_mul(u64::from(*max)),
                };
                (low.saturating_mul(u64::from(*min)), high)
            }
            Self::Backref { group, .. } => {
                usize::try_from(*group).ok().and_then(|i| groups.get(i).copied().flatten()).unwrap_or((0, UNBOUNDED))
            }
            Self::Cond { yes, no, .. } => {
                let (yes, no) = (yes.width(groups), no.width(groups));
                (yes.0.min(no.0), yes.1.max(no.1))
            }
        }
    }

    /// Whether it may match without taking a character; errs on the side of yes.
    pub(super) fn may_be_empty(&self) -> bool {
        match self {
            Self::Set(_) | Self::Char(_) => false,
            Self::Anchor(_) | Self::Around { .. } | Self::Backref { .. } => true,
            Self::Seq(items) => items.iter().all(Self::may_be_empty),
            Self::Alt(items) => items.iter().any(Self::may_be_empty),
            Self::Group(_, body) | Self::Atomic(body) => body.may_be_empty(),
            Self::Repeat { body, min, .. } => *min == 0 || body.may_be_empty(),
            Self::Cond { yes, no, .. } => yes.may_be_empty() || no.may_be_empty(),
        }
    }

    /// The set of characters it matches, if it is always exactly one character and no capturing group.
    pub(super) fn unit(&self) -> Option<Arc<CharSet>> {
        match self {
            Self::Set(set) => Some(Arc::clone(set)),
            Self::Char(c) => Some(Arc::new(CharSet::new(vec![(u32::from(*c), u32::from(*c))]))),
            Self::Group(None, body) => body.unit(),
            Self::Seq(items) => match items.as_slice() {
                [only] => only.unit(),
                _ => None,
            },
            _ => None,
        }
    }
}

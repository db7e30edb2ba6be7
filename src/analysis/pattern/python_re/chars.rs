//! Sets of characters with the contents Python gives them.
//!
//! Promises: `\d`, `\s`, `\w` hold what `str.isdecimal`, `str.isspace` and `str.isalnum` (plus `_`) hold; ignoring
//! case follows `sre`: a character is lowered one to one and then looked up, and lower-case letters that share an
//! upper-case form (`s` and `ſ`) stand for each other.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regex_syntax::hir::{Class, HirKind};

/// The largest code point.
pub(super) const MAX: u32 = 0x10_FFFF;

/// No letter above this code point has another case, so tables are built by looking below it only.
const CASED_END: u32 = 0x2_0000;

/// A set of code points; surrogates may be in it (a Python pattern can name them) and never match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CharSet {
    ascii: u128,
    ranges: Box<[(u32, u32)]>,
}

impl CharSet {
    /// The set of all code points in any of the inclusive `ranges`.
    pub(super) fn new(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        let mut ascii = 0;
        for &(low, high) in &merged {
            for c in low..=high.min(127) {
                ascii |= 1_u128 << c;
            }
        }
        Self { ascii, ranges: merged.into_boxed_slice() }
    }

    /// Everything that is not in the set.
    pub(super) fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(low, high) in &self.ranges {
            if low > next {
                gaps.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= MAX {
            gaps.push((next, MAX));
        }
        Self::new(gaps)
    }

    /// Whether the set holds the code point.
    pub(super) fn contains(&self, c: u32) -> bool {
        if c < 128 {
            return self.ascii >> c & 1 == 1;
        }
        let after = self.ranges.partition_point(|&(low, _)| low <= c);
        after.checked_sub(1).and_then(|i| self.ranges.get(i)).is_some_and(|&(_, high)| c <= high)
    }

    /// Its inclusive ranges, ascending, not touching each other.
    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// The bits of its ASCII members, and whether it has others.
    pub(super) fn first_bytes(&self) -> (u128, bool) {
        (self.ascii, self.ranges.last().is_some_and(|&(_, high)| high > 127))
    }
}

/// A member of a Python character class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassItem {
    /// An inclusive range; a single character is a range of one.
    Range(u32, u32),
    /// `\d`, `\s`, `\w`, or with `true` their complements.
    Category(Category, bool),
}

/// What `\d`, `\s` and `\w` stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    /// `\d`
    Digit,
    /// `\s`
    Space,
    /// `\w`
    Word,
}

/// A general category of Unicode, by the name regular expressions give it; empty if the tables lack it.
fn unicode(class: &str) -> Arc<CharSet> {
    let ranges = match regex_syntax::parse(class).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(set))) => {
            set.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
        }
        _ => Vec::new(),
    };
    Arc::new(CharSet::new(ranges))
}

static DIGIT: LazyLock<Arc<CharSet>> = LazyLock::new(|| unicode(r"\p{Nd}"));
static WORD: LazyLock<Arc<CharSet>> = LazyLock::new(|| unicode(r"[\p{L}\p{N}_]"));
static ID_START: LazyLock<Arc<CharSet>> = LazyLock::new(|| unicode(r"[\p{XID_Start}_]"));
static ID_CONTINUE: LazyLock<Arc<CharSet>> = LazyLock::new(|| unicode(r"\p{XID_Continue}"));
static SPACE: LazyLock<Arc<CharSet>> = LazyLock::new(|| {
    // Unlike the White_Space property, `str.isspace` counts the four separators 0x1C to 0x1F.
    let ranges = [
        (0x09, 0x0D),
        (0x1C, 0x20),
        (0x85, 0x85),
        (0xA0, 0xA0),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
    ];
    Arc::new(CharSet::new(ranges.to_vec()))
});
static ASCII_DIGIT: LazyLock<Arc<CharSet>> = LazyLock::new(|| Arc::new(CharSet::new(vec![(0x30, 0x39)])));
static ASCII_SPACE: LazyLock<Arc<CharSet>> = LazyLock::new(|| Arc::new(CharSet::new(vec![(0x09, 0x0D), (0x20, 0x20)])));
static ASCII_WORD: LazyLock<Arc<CharSet>> =
    LazyLock::new(|| Arc::new(CharSet::new(vec![(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])));
static ANY: LazyLock<Arc<CharSet>> = LazyLock::new(|| Arc::new(CharSet::new(vec![(0, MAX)])));
static NOT_NEWLINE: LazyLock<Arc<CharSet>> = LazyLock::new(|| Arc::new(CharSet::new(vec![(0, 9), (11, MAX)])));

/// Whether the name is a Python identifier, as `str.isidentifier` decides.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars().map(u32::from);
    chars.next().is_some_and(|c| ID_START.contains(c)) && chars.all(|c| ID_CONTINUE.contains(c))
}

/// Whether the character is one of a word, in the full or the ASCII sense.
pub(super) fn is_word(c: u32, ascii: bool) -> bool {
    if c < 128 || ascii { ASCII_WORD.contains(c) } else { WORD.contains(c) }
}

/// What `.` matches.
pub(super) fn dot(all: bool) -> Arc<CharSet> {
    Arc::clone(if all { &ANY } else { &NOT_NEWLINE })
}

fn category(kind: Category, ascii: bool) -> &'static Arc<CharSet> {
    match (kind, ascii) {
        (Category::Digit, false) => &DIGIT,
        (Category::Digit, true) => &ASCII_DIGIT,
        (Category::Space, false) => &SPACE,
        (Category::Space, true) => &ASCII_SPACE,
        (Category::Word, false) => &WORD,
        (Category::Word, true) => &ASCII_WORD,
    }
}

/// The lower-case form of one character, as `sre` takes it: the first character of the full mapping.
pub(super) fn lower(c: u32, ascii: bool) -> u32 {
    let Some(character) = char::from_u32(c) else { return c };
    if ascii || c < 128 {
        return u32::from(character.to_ascii_lowercase());
    }
    character.to_lowercase().next().map_or(c, u32::from)
}

/// The characters that lowering changes, ascending, each with what it becomes.
static LOWERED: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    let pairs = (0..CASED_END).map(|c| (c, lower(c, false)));
    pairs.filter(|(c, low)| c != low).collect()
});

/// The same for ASCII alone.
static ASCII_LOWERED: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| (0x41..=0x5A).map(|c| (c, c + 0x20)).collect());

/// For a lower-case letter, the characters that lowering turns into it.
static RAISED: LazyLock<BTreeMap<u32, Vec<u32>>> = LazyLock::new(|| {
    let mut raised: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &(from, to) in LOWERED.iter() {
        raised.entry(to).or_default().push(from);
    }
    raised
});

/// For a lower-case letter, the other ones with the same upper-case form.
static TWINS: LazyLock<BTreeMap<u32, Vec<u32>>> = LazyLock::new(|| {
    let mut by_upper: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for c in (0..CASED_END).filter_map(char::from_u32) {
        if lower(u32::from(c), false) == u32::from(c) && !c.to_uppercase().eq([c]) {
            by_upper.entry(c.to_uppercase().collect()).or_default().push(u32::from(c));
        }
    }
    let mut twins = BTreeMap::new();
    for group in by_upper.into_values().filter(|group| group.len() > 1) {
        for &c in &group {
            twins.insert(c, group.iter().copied().filter(|&other| other != c).collect());
        }
    }
    twins
});

fn is_cased(c: u32, ascii: bool) -> bool {
    let Some(character) = char::from_u32(c) else { return false };
    if ascii {
        return character.is_ascii_alphabetic();
    }
    lower(c, false) != c || character.to_uppercase().next() != Some(character)
}

fn any_cased(low: u32, high: u32, ascii: bool) -> bool {
    // Ranges beyond the basic plane always count as cased in `sre`; it makes no difference to what they match.
    high > 0xFFFF || (low..=high).any(|c| is_cased(c, ascii))
}

/// The set a character class stands for.
pub(super) fn class(items: &[ClassItem], negated: bool, ignore_case: bool, ascii: bool) -> Arc<CharSet> {
    if let ([ClassItem::Category(kind, false)], false) = (items, negated) {
        return Arc::clone(category(*kind, ascii));
    }
    let mut plain = Vec::new();
    let mut categories = Vec::new();
    for item in items {
        match *item {
            ClassItem::Range(low, high) => plain.push((low, high)),
            ClassItem::Category(kind, false) => categories.extend_from_slice(category(kind, ascii).ranges()),
            ClassItem::Category(kind, true) => {
                categories.extend_from_slice(category(kind, ascii).complement().ranges());
            }
        }
    }
    let fold = ignore_case && plain.iter().any(|&(low, high)| any_cased(low, high, ascii));
    let set = if fold {
        fold_case(&CharSet::new(plain), categories, ascii)
    } else {
        plain.extend(categories);
        CharSet::new(plain)
    };
    Arc::new(if negated { set.complement() } else { set })
}

/// All characters whose lower-case form is that of a character of `plain` (or a twin of it) or is in `categories`.
fn fold_case(plain: &CharSet, categories: Vec<(u32, u32)>, ascii: bool) -> CharSet {
    if let (&[(c, last)], true) = (plain.ranges(), categories.is_empty())
        && c == last
    {
        return fold_one(c, ascii);
    }
    let changed: &[(u32, u32)] = if ascii { &ASCII_LOWERED } else { &LOWERED };
    let mut wanted = categories;
    wanted.extend_from_slice(plain.ranges());
    wanted.extend(changed.iter().filter(|(from, _)| plain.contains(*from)).map(|&(_, to)| (to, to)));
    if !ascii {
        let reached = |c: &u32| {
            plain.contains(*c) || RAISED.get(c).is_some_and(|from| from.iter().any(|&from| plain.contains(from)))
        };
        for (_, others) in TWINS.iter().filter(|(c, _)| reached(c)) {
            wanted.extend(others.iter().map(|&other| (other, other)));
        }
    }
    let wanted = CharSet::new(wanted);
    let mut matched = Vec::new();
    for &(low, high) in wanted.ranges() {
        // A character that lowering changes is looked up as what it becomes, so only the others stay.
        let mut from = low;
        let begin = changed.partition_point(|&(c, _)| c < low);
        for &(c, _) in changed.iter().skip(begin).take_while(|&&(c, _)| c <= high) {
            if from < c {
                matched.push((from, c - 1));
            }
            from = c + 1;
        }
        if from <= high {
            matched.push((from, high));
        }
    }
    matched.extend(changed.iter().filter(|(_, to)| wanted.contains(*to)).map(|&(from, _)| (from, from)));
    CharSet::new(matched)
}

/// The same for a single character, which is most of the cases.
fn fold_one(c: u32, ascii: bool) -> CharSet {
    let low = lower(c, ascii);
    let mut matched = vec![(low, low)];
    if ascii {
        matched.extend(char::from_u32(low).map(|c| u32::from(c.to_ascii_uppercase())).map(|c| (c, c)));
        return CharSet::new(matched);
    }
    matched.extend(TWINS.get(&low).into_iter().flatten().map(|&c| (c, c)));
    for i in 0..matched.len() {
        let raised = matched.get(i).and_then(|(c, _)| RAISED.get(c));
        matched.extend(raised.into_iter().flatten().map(|&c| (c, c)));
    }
    CharSet::new(matched)
}

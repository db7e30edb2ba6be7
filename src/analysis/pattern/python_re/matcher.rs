//! The bounded matcher: runs a program over a text by backtracking.
//!
//! Promises: it takes no more than [`STEPS`] steps and [`FRAMES`] open choices for one search whatever the pattern
//! and the text are, and says so when that was not enough; the same search always ends the same way.

use std::ops::Range;

use super::Found;
use super::chars::{is_word, lower};
use super::program::{FORGETFUL, Inst, Program};
use super::tree::{Anchor, Greed};

/// The largest number of steps of a search; a step looks at one instruction or one character.
pub(super) const STEPS: usize = 20_000_000;

/// The largest number of choices and registers to restore at the same time.
const FRAMES: usize = 3_000_000;

/// The largest number of bits for places where branches have failed.
const MEMO_BITS: usize = 1 << 28;

/// The value of a register that holds nothing.
const NOTHING: u32 = u32::MAX;

/// What to do when the way taken has failed.
#[derive(Debug, Clone, Copy)]
enum Frame {
    /// Go on here.
    Branch { inst: u32, at: u32 },
    /// Put the value back and fail on.
    Restore { reg: u32, value: u32 },
    /// Give back one character of a run that ends at `at` and may not end before `low`.
    Shorten { inst: u32, low: u32, at: u32 },
    /// Take one more character of a lazy run.
    Extend { inst: u32, at: u32, left: u32 },
}

/// The limits do not suffice for this text.
struct Exhausted;

/// Searches for the leftmost match that begins at `from` or later.
pub(super) fn search(program: &Program, text: &str, from: usize) -> Found {
    if u32::try_from(text.len()).is_err() {
        return Found::GaveUp;
    }
    let width = text.len() + 1;
    let bits = program.memos.saturating_mul(width);
    let failed = if bits <= MEMO_BITS { vec![0; bits.div_ceil(64)] } else { Vec::new() };
    let mut matcher = Matcher {
        program,
        text,
        width,
        failed,
        registers: vec![NOTHING; program.registers],
        frames: Vec::new(),
        steps: STEPS,
    };
    let mut start = from;
    while let Some(at) = matcher.candidate(start) {
        match matcher.run(at) {
            Ok(Some(end)) => return Found::At(Range { start: at, end }),
            Ok(None) => {}
            Err(Exhausted) => return Found::GaveUp,
        }
        match matcher.after(at) {
            Some((_, next)) => start = next,
            None => break,
        }
    }
    Found::No
}

struct Matcher<'a> {
    program: &'a Program,
    text: &'a str,
    width: usize,
    failed: Vec<u64>,
    registers: Vec<u32>,
    frames: Vec<Frame>,
    steps: usize,
}

/// Positions fit, as longer texts are not searched, and so do instructions and registers.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NOTHING)
}

fn large(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Matcher<'_> {
    /// The first position from `at` on where a match can begin.
    fn candidate(&self, at: usize) -> Option<usize> {
        let Some((ascii, others)) = self.program.first else { return Some(at) };
        let bytes = self.text.as_bytes().get(at..)?;
        let can_begin = |&byte: &u8| if byte < 128 { ascii >> byte & 1 == 1 } else { others && byte >= 0xC0 };
        bytes.iter().position(can_begin).map(|skipped| at + skipped)
    }

    /// The character at a position, and the position after it.
    fn after(&self, at: usize) -> Option<(u32, usize)> {
        let byte = *self.text.as_bytes().get(at)?;
        if byte < 128 {
            return Some((u32::from(byte), at + 1));
        }
        let c = self.text.get(at..)?.chars().next()?;
        Some((u32::from(c), at + c.len_utf8()))
    }

    /// The character before a position, and its position.
    fn before(&self, at: usize) -> Option<(u32, usize)> {
        let byte = *self.text.as_bytes().get(at.checked_sub(1)?)?;
        if byte < 128 {
            return Some((u32::from(byte), at - 1));
        }
        let c = self.text.get(..at)?.chars().next_back()?;
        Some((u32::from(c), at - c.len_utf8()))
    }

    fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.steps = self.steps.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }

    fn push(&mut self, frame: Frame) -> Result<(), Exhausted> {
        if self.frames.len() >= FRAMES {
            return Err(Exhausted);
        }
        self.frames.push(frame);
        Ok(())
    }

    fn register(&self, reg: usize) -> u32 {
        self.registers.get(reg).copied().unwrap_or(NOTHING)
    }

    /// Sets a register until the search comes back to before now.
    fn set(&mut self, reg: usize, value: u32) -> Result<(), Exhausted> {
        let old = self.register(reg);
        self.push(Frame::Restore { reg: small(reg), value: old })?;
        self.put(reg, value);
        Ok(())
    }

    fn put(&mut self, reg: usize, value: u32) {
        if let Some(register) = self.registers.get_mut(reg) {
            *register = value;
        }
    }

    /// Whether a branch was at this position before, and so failed; notes that it is there now.
    fn failed_before(&mut self, memo: usize, at: usize) -> bool {
        if memo == FORGETFUL {
            return false;
        }
        let bit = memo * self.width + at;
        let Some(word) = self.failed.get_mut(bit / 64) else { return false };
        let mask = 1 << (bit % 64);
        let seen = *word & mask != 0;
        *word |= mask;
        seen
    }

    /// The end of the match that begins at a position.
    fn run(&mut self, start: usize) -> Result<Option<usize>, Exhausted> {
        let (mut inst, mut at) = (0, start);
        loop {
            self.spend(1)?;
            if matches!(self.program.insts.get(inst), None | Some(Inst::Match)) {
                return Ok(Some(at));
            }
            let next = match self.step(inst, at)? {
                None => self.back()?,
                next => next,
            };
            let Some(next) = next else { return Ok(None) };
            (inst, at) = next;
        }
    }

    /// Goes back to the last choice that is left.
    fn back(&mut self) -> Result<Option<(usize, usize)>, Exhausted> {
        while let Some(frame) = self.frames.pop() {
            match frame {
                Frame::Branch { inst, at } => return Ok(Some((large(inst), large(at)))),
                Frame::Restore { reg, value } => self.put(large(reg), value),
                Frame::Shorten { inst, low, at } => {
                    if let Some((_, at)) = self.before(large(at)) {
                        if large(low) < at {
                            self.frames.push(Frame::Shorten { inst, low, at: small(at) });
                        }
                        return Ok(Some((large(inst) + 1, at)));
                    }
                }
                Frame::Extend { inst, at, left } => {
                    let Some(Inst::Run { set, .. }) = self.program.insts.get(large(inst)) else { continue };
                    let next = self.after(large(at)).filter(|&(c, _)| set.contains(c));
                    if let Some((_, at)) = next {
                        if left > 1 {
                            let left = if left == NOTHING { left } else { left - 1 };
                            self.frames.push(Frame::Extend { inst, at: small(at), left });
                        }
                        return Ok(Some((large(inst) + 1, at)));
                    }
                }
            }
            self.spend(1)?;
        }
        Ok(None)
    }

    /// Does one instruction; where to go on, or none if it failed.
    fn step(&mut self, inst: usize, at: usize) -> Result<Option<(usize, usize)>, Exhausted> {
        let program = self.program;
        let Some(instruction) = program.insts.get(inst) else { return Ok(None) };
        let next = inst + 1;
        Ok(match instruction {
            Inst::Match => Some((inst, at)),
            Inst::Char(wanted) => {
                self.after(at).filter(|&(c, _)| c == u32::from(*wanted)).map(|(_, after)| (next, after))
            }
            Inst::Set(set) => self.after(at).filter(|&(c, _)| set.contains(c)).map(|(_, after)| (next, after)),
            Inst::Anchor(anchor) => self.is_at(*anchor, at).then_some((next, at)),
            Inst::Split { first, second, memo } => {
                if self.failed_before(*memo, at) {
                    return Ok(None);
                }
                self.push(Frame::Branch { inst: small(*second), at: small(at) })?;
                Some((*first, at))
            }
            Inst::Jump(to) => Some((*to, at)),
            Inst::Save(reg) => {
                self.set(*reg, small(at))?;
                Some((next, at))
            }
            Inst::Run { .. } => self.take_run(inst, at)?.map(|at| (next, at)),
            Inst::LoopStart { reg } => {
                self.set(*reg, 0)?;
                self.set(*reg + 1, NOTHING)?;
                Some((next, at))
            }
            Inst::LoopNext { reg, min, max, lazy, exit } => {
                let count = self.register(*reg);
                if count < *min {
                    self.set(*reg, count + 1)?;
                    return Ok(Some((next + usize::from(*lazy), at)));
                }
                if *lazy {
                    self.push(Frame::Branch { inst: small(next), at: small(at) })?;
                    return Ok(Some((*exit, at)));
                }
                if (count < *max || *max == u32::MAX) && self.register(*reg + 1) != small(at) {
                    self.push(Frame::Branch { inst: small(*exit), at: small(at) })?;
                    self.set(*reg, count.saturating_add(1))?;
                    self.set(*reg + 1, small(at))?;
                    return Ok(Some((next, at)));
                }
                Some((*exit, at))
            }
            Inst::LoopMore { reg, max } => {
                let count = self.register(*reg);
                if count >= *max && *max != u32::MAX || self.register(*reg + 1) == small(at) {
                    return Ok(None);
                }
                self.set(*reg, count.saturating_add(1))?;
                self.set(*reg + 1, small(at))?;
                Some((next, at))
            }
            Inst::PossessiveNext { reg, min, max, exit } => {
                let count = self.register(*reg);
                if count < *min {
                    return Ok(Some((next, at)));
                }
                if count >= *max && *max != u32::MAX || self.register(*reg + 1) == small(at) {
                    return Ok(Some((*exit, at)));
                }
                self.set(*reg + 1, small(at))?;
                self.push(Frame::Branch { inst: small(*exit), at: small(at) })?;
                Some((next, at))
            }
            Inst::PossessiveCount { reg } => {
                let count = self.register(*reg);
                self.set(*reg, count.saturating_add(1))?;
                Some((next, at))
            }
            Inst::AtomicStart { .. } | Inst::AtomicEnd { .. } | Inst::AroundStart { .. } | Inst::AroundEnd { .. } => {
                self.fence(inst, at)?
            }
            Inst::Backref { reg, fold } => self.again(*reg, *fold, at)?.map(|at| (next, at)),
            Inst::Cond { reg, no } => Some((if self.group(*reg).is_some() { next } else { *no }, at)),
        })
    }

    /// Begins and ends the parts that keep no choices: atomic groups and look-arounds.
    fn fence(&mut self, inst: usize, at: usize) -> Result<Option<(usize, usize)>, Exhausted> {
        let next = inst + 1;
        match self.program.insts.get(inst) {
            // Nothing restores these registers: nobody reads them after the end, and the part is not in itself.
            Some(Inst::AtomicStart { reg }) => {
                self.put(*reg, small(self.frames.len()));
                Ok(Some((next, at)))
            }
            Some(Inst::AtomicEnd { reg }) => {
                self.drop_choices(large(self.register(*reg)))?;
                Ok(Some((next, at)))
            }
            Some(Inst::AroundStart { reg, back, no }) => {
                self.put(*reg, small(self.frames.len()));
                self.put(*reg + 1, small(at));
                if let Some(no) = no {
                    self.push(Frame::Branch { inst: small(*no), at: small(at) })?;
                }
                let mut start = at;
                for i in 0..*back {
                    self.spend(usize::from(i % 2 == 0))?;
                    match self.before(start) {
                        Some((_, before)) => start = before,
                        None => return Ok(None),
                    }
                }
                Ok(Some((next, start)))
            }
            Some(Inst::AroundEnd { reg, negated }) => {
                let depth = large(self.register(*reg));
                let start = large(self.register(*reg + 1));
                if !negated {
                    self.drop_choices(depth)?;
                    return Ok(Some((next, start)));
                }
                while self.frames.len() > depth {
                    self.spend(1)?;
                    if let Some(Frame::Restore { reg, value }) = self.frames.pop() {
                        self.put(large(reg), value);
                    }
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Drops the choices made since there were `depth` frames; what they would have restored still will be.
    fn drop_choices(&mut self, depth: usize) -> Result<(), Exhausted> {
        let tail = self.frames.len().saturating_sub(depth);
        self.spend(tail)?;
        let mut kept = depth;
        for i in depth..self.frames.len() {
            if let Some(frame @ Frame::Restore { .. }) = self.frames.get(i).copied() {
                if let Some(place) = self.frames.get_mut(kept) {
                    *place = frame;
                }
                kept += 1;
            }
        }
        self.frames.truncate(kept.min(self.frames.len()));
        Ok(())
    }

    /// Takes a run of characters; where it ends for now.
    fn take_run(&mut self, inst: usize, start: usize) -> Result<Option<usize>, Exhausted> {
        let program = self.program;
        let Some(Inst::Run { set, min, max, greed }) = program.insts.get(inst) else { return Ok(None) };
        let wanted = if *greed == Greed::Lazy { *min } else { *max };
        let (mut at, mut low, mut count) = (start, start, 0);
        while count < wanted {
            let Some((_, after)) = self.after(at).filter(|&(c, _)| set.contains(c)) else { break };
            // Characters of ASCII are looked up several times as fast as a step is done, others are not.
            if after - at > 1 {
                self.spend(2)?;
            } else if count % 4 == 0 {
                self.spend(1)?;
            }
            at = after;
            count += 1;
            if count == *min {
                low = at;
            }
        }
        if count < *min {
            return Ok(None);
        }
        match greed {
            Greed::Greedy if low < at => {
                self.push(Frame::Shorten { inst: small(inst), low: small(low), at: small(at) })?;
            }
            Greed::Lazy if count < *max => {
                let left = if *max == u32::MAX { NOTHING } else { *max - count };
                self.push(Frame::Extend { inst: small(inst), at: small(at), left })?;
            }
            _ => {}
        }
        Ok(Some(at))
    }

    /// What a group matched, if it took part.
    fn group(&self, reg: usize) -> Option<Range<usize>> {
        let (start, end) = (self.register(reg), self.register(reg + 1));
        (start != NOTHING && end != NOTHING && start <= end).then(|| large(start)..large(end))
    }

    /// Matches what a group matched once more; where that ends.
    fn again(&mut self, reg: usize, fold: Option<bool>, start: usize) -> Result<Option<usize>, Exhausted> {
        let Some(range) = self.group(reg) else { return Ok(None) };
        let Some(ascii) = fold else {
            let bytes = self.text.as_bytes();
            let (Some(group), Some(rest)) = (bytes.get(range), bytes.get(start..)) else { return Ok(None) };
            let head = group.get(..32).unwrap_or(group);
            if !rest.starts_with(head) {
                return Ok(None);
            }
            self.spend(group.len() / 8)?;
            return Ok(rest.starts_with(group).then_some(start + group.len()));
        };
        let (mut from, mut at) = (range.start, start);
        while from < range.end {
            self.spend(1)?;
            let (Some((wanted, past)), Some((c, after))) = (self.after(from), self.after(at)) else { return Ok(None) };
            if c != wanted && lower(c, ascii) != lower(wanted, ascii) {
                return Ok(None);
            }
            (from, at) = (past, after);
        }
        Ok(Some(at))
    }

    fn is_at(&self, anchor: Anchor, at: usize) -> bool {
        let end = self.text.len();
        let newline = Some(u32::from('\n'));
        let here = || self.after(at).map(|(c, _)| c);
        match anchor {
            Anchor::TextStart => at == 0,
            Anchor::LineStart => at == 0 || self.before(at).map(|(c, _)| c) == newline,
            Anchor::TextEnd => at == end,
            Anchor::LastLineEnd => at == end || at + 1 == end && here() == newline,
            Anchor::LineEnd => at == end || here() == newline,
            Anchor::Word { negated, ascii } => {
                let before = self.before(at).is_some_and(|(c, _)| is_word(c, ascii));
                let after = here().is_some_and(|c| is_word(c, ascii));
                // In an empty text neither `\b` nor `\B` matches.
                end > 0 && (before != after) != negated
            }
        }
    }
}

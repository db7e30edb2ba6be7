//! Instructions for the bounded matcher, made from the tree of a pattern.
//!
//! Promises: they do what the matcher of `CPython` does, in its order, including how a loop stops whose body took no
//! character. A program says of itself whether its branches may remember where they failed, which bounds the work
//! by the product of program and text.

use std::collections::HashSet;
use std::sync::Arc;

use super::chars::CharSet;
use super::tree::{Anchor, Greed, Node};

/// The largest number of instructions.
const MAX_INSTRUCTIONS: usize = 50_000;

/// The largest number of instructions a counted loop may be written out to.
const MAX_UNROLLED: usize = 2_000;

/// The largest number of instructions of a program with written out loops.
const MAX_UNROLLED_TOTAL: usize = 5_000;

/// A branch that remembers nothing.
pub(super) const FORGETFUL: usize = usize::MAX;

/// One instruction; a number called `reg` is that of the first of two registers.
#[derive(Debug, Clone)]
pub(super) enum Inst {
    /// The pattern has matched.
    Match,
    /// This character.
    Char(char),
    /// One character of the set.
    Set(Arc<CharSet>),
    /// A position.
    Anchor(Anchor),
    /// First `first`, then `second`; `memo` numbers it among those that remember.
    Split { first: usize, second: usize, memo: usize },
    /// On to another instruction.
    Jump(usize),
    /// The position goes into the register.
    Save(usize),
    /// Characters of the set, `min` to `max` of them.
    Run { set: Arc<CharSet>, min: u32, max: u32, greed: Greed },
    /// Begins a loop: `reg` counts, `reg + 1` holds where the last optional pass began.
    LoopStart { reg: usize },
    /// Before each pass and after the last.
    LoopNext { reg: usize, min: u32, max: u32, lazy: bool, exit: usize },
    /// One more pass of a lazy loop, after the rest has failed.
    LoopMore { reg: usize, max: u32 },
    /// Before each pass of a possessive loop.
    PossessiveNext { reg: usize, min: u32, max: u32, exit: usize },
    /// Counts a pass of a possessive loop.
    PossessiveCount { reg: usize },
    /// Begins an atomic group.
    AtomicStart { reg: usize },
    /// Ends it: what it might try besides is dropped.
    AtomicEnd { reg: usize },
    /// Begins a look-around, that many characters back; `no` is where a negated one goes on when it has failed.
    AroundStart { reg: usize, back: u64, no: Option<usize> },
    /// Ends it: back to where it began, or if negated to failure.
    AroundEnd { reg: usize, negated: bool },
    /// What the group at this register matched.
    Backref { reg: usize, fold: Option<bool> },
    /// To `no` unless the group at this register took part.
    Cond { reg: usize, no: usize },
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) insts: Vec<Inst>,
    /// How many registers it uses.
    pub(super) registers: usize,
    /// How many branches remember where they failed; 0 if that would be wrong.
    pub(super) memos: usize,
    /// Whether the work is at most the product of its length and that of the text.
    pub(super) linear: bool,
    /// The first bytes a match can begin with, as the bits of ASCII and whether others; none if it may be empty.
    pub(super) first: Option<(u128, bool)>,
}

impl Program {
    /// Compiles a tree; none if that takes too many instructions.
    pub(super) fn new(tree: &Node) -> Option<Self> {
        Self::with(tree, true).or_else(|| Self::with(tree, false))
    }

    fn with(tree: &Node, memo: bool) -> Option<Self> {
        let mut groups = HashSet::new();
        if uses_groups(tree, &mut groups) && memo {
            return None;
        }
        let mut compiler = Compiler {
            insts: Vec::new(),
            registers: 0,
            slots: Vec::new(),
            groups,
            memo,
            memos: 0,
            inner: 0,
            linear: memo,
        };
        let mut slots: Vec<u32> = compiler.groups.iter().copied().collect();
        slots.sort_unstable();
        compiler.registers = slots.len() * 2;
        compiler.slots = slots;
        compiler.node(tree)?;
        compiler.push(Inst::Match)?;
        let Compiler { insts, registers, memos, linear, .. } = compiler;
        let first = first_bytes(&insts);
        Some(Self { insts, registers, memos, linear, first })
    }
}

/// Collects the groups that the pattern asks about; whether there are any such questions.
fn uses_groups(node: &Node, groups: &mut HashSet<u32>) -> bool {
    match node {
        Node::Set(_) | Node::Char(_) | Node::Anchor(_) => false,
        Node::Seq(items) | Node::Alt(items) => {
            // Not `any`, which would leave out the groups after the first that is asked about.
            items.iter().filter(|item| uses_groups(item, groups)).count() > 0
        }
        Node::Group(_, body) | Node::Atomic(body) | Node::Repeat { body, .. } | Node::Around { body, .. } => {
            uses_groups(body, groups)
        }
        Node::Backref { group, .. } => {
            groups.insert(*group);
            true
        }
        Node::Cond { group, yes, no } => {
            groups.insert(*group);
            uses_groups(yes, groups);
            uses_groups(no, groups);
            true
        }
    }
}

struct Compiler {
    insts: Vec<Inst>,
    registers: usize,
    /// The groups that have registers, in the order of those.
    slots: Vec<u32>,
    groups: HashSet<u32>,
    memo: bool,
    memos: usize,
    /// How many atomic groups and look-arounds are open: failing in them is not failing as a whole.
    inner: usize,
    linear: bool,
}

impl Compiler {
    fn push(&mut self, inst: Inst) -> Option<usize> {
        if self.insts.len() >= MAX_INSTRUCTIONS {
            return None;
        }
        self.insts.push(inst);
        Some(self.insts.len() - 1)
    }

    fn registers(&mut self) -> usize {
        self.registers += 2;
        self.registers - 2
    }

    fn slot(&self, group: u32) -> Option<usize> {
        self.slots.binary_search(&group).ok().map(|i| i * 2)
    }

    fn split(&mut self) -> Option<usize> {
        let memo = if self.memo && self.inner == 0 {
            self.memos += 1;
            self.memos - 1
        } else {
            FORGETFUL
        };
        self.push(Inst::Split { first: 0, second: 0, memo })
    }

    /// Sets where an instruction goes on; of a branch the preferred way if `lazy` is not set.
    fn aim(&mut self, at: usize, body: usize, after: usize, lazy: bool) {
        match self.insts.get_mut(at) {
            Some(Inst::Split { first, second, .. }) => {
                (*first, *second) = if lazy { (after, body) } else { (body, after) };
            }
            Some(Inst::Jump(to)) => *to = after,
            Some(Inst::LoopNext { exit, .. } | Inst::PossessiveNext { exit, .. }) => *exit = after,
            Some(Inst::AroundStart { no: Some(no), .. } | Inst::Cond { no, .. }) => *no = after,
            _ => {}
        }
    }

    fn node(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::Set(set) => self.push(Inst::Set(Arc::clone(set))).map(drop),
            Node::Char(c) => self.push(Inst::Char(*c)).map(drop),
            Node::Anchor(anchor) => self.push(Inst::Anchor(*anchor)).map(drop),
            Node::Seq(items) => items.iter().try_for_each(|item| self.node(item)),
            Node::Alt(items) => self.alternatives(items),
            Node::Group(group, body) => match group.filter(|group| self.groups.contains(group)) {
                Some(group) => {
                    let slot = self.slot(group)?;
                    self.push(Inst::Save(slot))?;
                    self.node(body)?;
                    self.push(Inst::Save(slot + 1)).map(drop)
                }
                None => self.node(body),
            },
            Node::Repeat { body, min, max, greed } => self.repeat(body, *min, *max, *greed),
            Node::Atomic(body) => self.atomic(body),
            Node::Around { body, negated, back } => {
                let reg = self.registers();
                self.linear = false;
                let start = self.push(Inst::AroundStart { reg, back: *back, no: negated.then_some(0) })?;
                self.inner += 1;
                self.node(body)?;
                self.inner -= 1;
                self.push(Inst::AroundEnd { reg, negated: *negated })?;
                self.aim(start, 0, self.insts.len(), false);
                Some(())
            }
            Node::Backref { group, fold } => {
                let reg = self.slot(*group)?;
                self.push(Inst::Backref { reg, fold: *fold }).map(drop)
            }
            Node::Cond { group, yes, no } => {
                let reg = self.slot(*group)?;
                let cond = self.push(Inst::Cond { reg, no: 0 })?;
                self.node(yes)?;
                let jump = self.push(Inst::Jump(0))?;
                self.aim(cond, 0, self.insts.len(), false);
                self.node(no)?;
                self.aim(jump, 0, self.insts.len(), false);
                Some(())
            }
        }
    }

    fn alternatives(&mut self, items: &[Node]) -> Option<()> {
        let mut jumps = Vec::new();
        if let Some((last, others)) = items.split_last() {
            for item in others {
                let split = self.split()?;
                self.node(item)?;
                jumps.push(self.push(Inst::Jump(0))?);
                self.aim(split, split + 1, self.insts.len(), false);
            }
            self.node(last)?;
        }
        for jump in jumps {
            self.aim(jump, 0, self.insts.len(), false);
        }
        Some(())
    }

    fn atomic(&mut self, body: &Node) -> Option<()> {
        let reg = self.registers();
        self.linear = false;
        self.push(Inst::AtomicStart { reg })?;
        self.inner += 1;
        self.node(body)?;
        self.inner -= 1;
        self.push(Inst::AtomicEnd { reg }).map(drop)
    }

    fn repeat(&mut self, body: &Node, min: u32, max: Option<u32>, greed: Greed) -> Option<()> {
        if max == Some(0) {
            return Some(());
        }
        let remembering = self.memo && self.inner == 0;
        let unit = body.unit();
        if let Some(set) = unit.filter(|_| !remembering || greed == Greed::Possessive || max.is_some_and(|max| max > 1))
        {
            // A run of a fixed number of characters is one way only; any other one is tried again and again.
            self.linear &= max == Some(min) && min <= 8;
            return self.push(Inst::Run { set, min, max: max.unwrap_or(u32::MAX), greed }).map(drop);
        }
        if greed == Greed::Possessive {
            return self.possessive(body, min, max);
        }
        let lazy = greed == Greed::Lazy;
        if remembering {
            let mut min = min;
            if let (Some(set), None) = (body.unit(), max) {
                if min > 0 {
                    self.linear &= min <= 8;
                    self.push(Inst::Run { set, min, max: min, greed: Greed::Greedy })?;
                }
                min = 0;
            }
            return self.unrolled(body, min, max, lazy);
        }
        let reg = self.registers();
        let max = max.unwrap_or(u32::MAX);
        self.push(Inst::LoopStart { reg })?;
        let next = self.push(Inst::LoopNext { reg, min, max, lazy, exit: 0 })?;
        if lazy {
            // The matcher comes back to the instruction after `next` when the rest of the pattern has failed.
            self.push(Inst::LoopMore { reg, max })?;
        }
        self.node(body)?;
        self.push(Inst::Jump(next))?;
        self.aim(next, 0, self.insts.len(), false);
        Some(())
    }

    /// Each pass keeps no choices, and nor does the loop as a whole.
    fn possessive(&mut self, body: &Node, min: u32, max: Option<u32>) -> Option<()> {
        let (fence, reg) = (self.registers(), self.registers());
        self.push(Inst::AtomicStart { reg: fence })?;
        self.push(Inst::LoopStart { reg })?;
        let next = self.push(Inst::PossessiveNext { reg, min, max: max.unwrap_or(u32::MAX), exit: 0 })?;
        self.atomic(body)?;
        self.push(Inst::PossessiveCount { reg })?;
        self.push(Inst::Jump(next))?;
        self.aim(next, 0, self.insts.len(), false);
        self.push(Inst::AtomicEnd { reg: fence }).map(drop)
    }

    /// A loop whose passes need no count, as the place in the program tells it.
    fn unrolled(&mut self, body: &Node, min: u32, max: Option<u32>, lazy: bool) -> Option<()> {
        if body.may_be_empty() && max != Some(min) && (min, max) != (0, Some(1)) {
            return None;
        }
        let before = self.insts.len();
        let fits = |compiler: &Self| {
            let length = compiler.insts.len();
            length - before <= MAX_UNROLLED && length <= MAX_UNROLLED_TOTAL || length == before
        };
        for _ in 0..min {
            self.node(body)?;
            if !fits(self) {
                return None;
            }
            if self.insts.len() == before {
                break;
            }
        }
        let Some(max) = max else {
            let split = self.split()?;
            self.node(body)?;
            self.push(Inst::Jump(split))?;
            self.aim(split, split + 1, self.insts.len(), lazy);
            return Some(());
        };
        let mut splits = Vec::new();
        for _ in min..max {
            splits.push(self.split()?);
            self.node(body)?;
            if !fits(self) {
                return None;
            }
        }
        for split in splits {
            self.aim(split, split + 1, self.insts.len(), lazy);
        }
        Some(())
    }
}

/// Follows the program to the characters it may take first.
fn first_bytes(insts: &[Inst]) -> Option<(u128, bool)> {
    let mut seen = vec![false; insts.len()];
    let mut todo = vec![0];
    let mut bytes = (0, false);
    while let Some(at) = todo.pop() {
        match seen.get_mut(at) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let mut take = |set: &CharSet| {
            let (ascii, others) = set.first_bytes();
            bytes = (bytes.0 | ascii, bytes.1 | others);
        };
        match insts.get(at)? {
            Inst::Match | Inst::Backref { .. } => return None,
            Inst::Char(c) if c.is_ascii() => bytes.0 |= 1_u128 << u32::from(*c),
            Inst::Char(_) => bytes.1 = true,
            Inst::Set(set) => take(set),
            Inst::Run { set, min, .. } => {
                take(set);
                if *min == 0 {
                    todo.push(at + 1);
                }
            }
            Inst::Split { first, second, .. } => todo.extend([*first, *second]),
            Inst::Jump(to) => todo.push(*to),
            Inst::LoopNext { exit, .. } | Inst::PossessiveNext { exit, .. } => todo.extend([at + 1, *exit]),
            Inst::Cond { no, .. } => todo.extend([at + 1, *no]),
            // What a look-around takes is not what the match takes, so only the way past it counts.
            Inst::AroundStart { reg, no, .. } => {
                let end =
                    insts.iter().position(|inst| matches!(inst, Inst::AroundEnd { reg: ends, .. } if ends == reg));
                todo.push(no.or(end.map(|end| end + 1))?);
            }
            Inst::Anchor(_)
            | Inst::Save(_)
            | Inst::LoopStart { .. }
            | Inst::LoopMore { .. }
            | Inst::PossessiveCount { .. }
            | Inst::AtomicStart { .. }
            | Inst::AtomicEnd { .. }
            | Inst::AroundEnd { .. } => todo.push(at + 1),
        }
    }
    Some(bytes)
}

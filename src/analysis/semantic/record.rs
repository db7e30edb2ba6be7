//! What the interpretation saw: operations, and facts for the rules.

use std::rc::Rc;

use ruff_text_size::{TextRange, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::analysis::library::Effect;

/// A read or write of the control system that the program can make.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::analysis) struct SeenOperation {
    pub(in crate::analysis) range: TextRange,
    /// The library's call, such as `epics.PV.put`; what is known of it if it is not resolved.
    pub(in crate::analysis) call: String,
    pub(in crate::analysis) library: Option<u32>,
    /// `None`: it may be anything.
    pub(in crate::analysis) effect: Option<Effect>,
    /// The channels that it may be for, as far as they are constant.
    pub(in crate::analysis) channels: Vec<String>,
    /// Whether these are all, and each is complete.
    pub(in crate::analysis) channels_exact: bool,
    pub(in crate::analysis) values: Vec<serde_json::Value>,
    pub(in crate::analysis) values_exact: bool,
    /// Whether the call is certainly this one whenever it is executed.
    pub(in crate::analysis) certain: bool,
    /// Why it is not certain.
    pub(in crate::analysis) why: Option<String>,
    /// Whether it goes past the libraries: a process, a connection, native code. In the sandbox there are none of these.
    pub(in crate::analysis) around: bool,
}

/// Most channels or values that are told of one operation.
const MAX_TOLD: usize = 64;

/// A use of something that rules look at.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct Use {
    pub(in crate::analysis) range: TextRange,
    /// Such as `os.system`, `pathlib.Path().write_text`.
    pub(in crate::analysis) path: Rc<str>,
    /// The arguments, if it is called.
    pub(in crate::analysis) call: Option<UsedArguments>,
}

/// The arguments of a watched call, as far as they are constant.
#[derive(Debug, Clone, Default)]
pub(in crate::analysis) struct UsedArguments {
    pub(in crate::analysis) positional: Vec<Option<Constant>>,
    pub(in crate::analysis) keywords: Vec<(Rc<str>, Option<Constant>)>,
}

/// A constant argument.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::analysis) enum Constant {
    Text(Rc<str>),
    /// Text with unknown parts.
    Template(Rc<str>),
    Number(f64),
    Truth(bool),
    None,
    /// A list or tuple of constants, unknown ones left out.
    List(Vec<Constant>),
}

/// A module that the program imports.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct SeenImport {
    pub(in crate::analysis) range: TextRange,
    /// The whole dotted name.
    pub(in crate::analysis) module: String,
    /// Whether the program goes on without it: inside `try`, a function, or a condition.
    pub(in crate::analysis) conditional: bool,
    /// `from . import x`.
    pub(in crate::analysis) relative: bool,
}

/// An endless loop.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct EndlessLoop {
    /// Of its head.
    pub(in crate::analysis) range: TextRange,
    pub(in crate::analysis) has_exit: bool,
    pub(in crate::analysis) sleeps: bool,
    pub(in crate::analysis) operates: bool,
}

/// Why something is not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::analysis) enum Dark {
    /// Code that is made while the program runs: `exec(text)`.
    DynamicCode,
    /// The interpreter's inside: `__globals__`, `__subclasses__`, frames.
    Introspection,
    /// A module that is replaced or added to.
    Tampering,
    /// The analysis gave up on a part.
    GaveUp,
}

/// A thing that cannot be resolved further.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct DarkPlace {
    pub(in crate::analysis) range: TextRange,
    pub(in crate::analysis) why: Dark,
    pub(in crate::analysis) what: String,
    /// Whether it was followed after all: a constant `exec` is dynamic, but not dark.
    pub(in crate::analysis) followed: bool,
}

/// Everything that was seen.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::analysis) struct Record {
    operations: Vec<SeenOperation>,
    by_place: FxHashMap<(TextRange, String, Option<Effect>), usize>,
    /// Calls like `x.put()` on objects of which nothing is known; they count only if the program can have an object of
    /// a control system that was lost sight of.
    pub(in crate::analysis) suspicions: Vec<SeenOperation>,
    suspected: FxHashSet<TextRange>,
    pub(in crate::analysis) uses: Vec<Use>,
    used: FxHashMap<(TextRange, Rc<str>), usize>,
    pub(in crate::analysis) imports: Vec<SeenImport>,
    imported: FxHashSet<(TextRange, String)>,
    pub(in crate::analysis) loops: FxHashMap<TextSize, EndlessLoop>,
    pub(in crate::analysis) dark: Vec<DarkPlace>,
    darkened: FxHashSet<(TextRange, Dark)>,
    /// Whether `results` is assigned at module level.
    pub(in crate::analysis) assigns_results: bool,
    /// Counts operations and sleeps, also those seen before: a loop asks whether any came in its body.
    pub(super) operations_seen: u64,
    pub(super) sleeps_seen: u64,
    /// Whether something of a control system may be where it cannot be followed.
    pub(in crate::analysis) reachable: bool,
    /// Whether something of a control-system library came up: then calls are followed.
    pub(super) reaches_control: bool,
    /// Whether an object of a control system was given another name: channels are not certain any more.
    pub(in crate::analysis) renamed: bool,
    /// What writes and was seen as a value, not called at once: by the library's call, or the module.
    pub(super) kept: Vec<(TextRange, Rc<str>, bool)>,
    /// Ways around that are passed on as values.
    pub(super) passed_on: Vec<(TextRange, Rc<str>)>,
}

impl Record {
    pub(in crate::analysis) fn operations(&self) -> &[SeenOperation] {
        &self.operations
    }

    pub(super) fn operation(&mut self, seen: SeenOperation) {
        self.operations_seen += 1;
        let key = (seen.range, seen.call.clone(), seen.effect);
        let Some(index) = self.by_place.get(&key) else {
            self.by_place.insert(key, self.operations.len());
            self.operations.push(seen);
            return;
        };
        let known = &mut self.operations[*index];
        merge(&mut known.channels, &mut known.channels_exact, seen.channels, seen.channels_exact);
        merge(&mut known.values, &mut known.values_exact, seen.values, seen.values_exact);
        if seen.certain && !known.certain {
            known.certain = true;
            known.why = None;
        }
    }

    pub(super) fn suspicion(&mut self, seen: SeenOperation) {
        if self.suspected.insert(seen.range) {
            self.suspicions.push(seen);
        }
    }

    pub(super) fn used(&mut self, seen: Use) {
        let key = (seen.range, Rc::clone(&seen.path));
        match self.used.get(&key) {
            Some(index) => {
                let known = &mut self.uses[*index];
                if known.call.is_none() {
                    known.call = seen.call;
                }
            }
            None => {
                self.used.insert(key, self.uses.len());
                self.uses.push(seen);
            }
        }
    }

    pub(super) fn import(&mut self, seen: SeenImport) {
        if self.imported.insert((seen.range, seen.module.clone())) {
            self.imports.push(seen);
        }
    }

    pub(super) fn darkness(&mut self, range: TextRange, why: Dark, what: impl Into<String>, followed: bool) {
        if self.darkened.insert((range, why)) {
            self.dark.push(DarkPlace { range, why, what: what.into(), followed });
        } else if !followed && let Some(known) = self.dark.iter_mut().find(|d| d.range == range && d.why == why) {
            known.followed = false;
        }
    }
}

fn merge<T: PartialEq>(known: &mut Vec<T>, exact: &mut bool, more: Vec<T>, more_exact: bool) {
    *exact &= more_exact;
    for one in more {
        if known.contains(&one) {
            continue;
        }
        if known.len() >= MAX_TOLD {
            *exact = false;
            return;
        }
        known.push(one);
    }
}

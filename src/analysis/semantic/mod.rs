//! What a program's calls really are: an interpretation of its text with abstract values, without running it.
//!
//! How it works (`docs/adr/0006-follow-capabilities.md` says why):
//!
//! - Statements are walked in order; each variable holds what it may be ([`value`]). Branches are joined, loops repeated
//!   until nothing new comes, functions walked with the arguments that reach them, until nothing changes.
//! - Whatever can reach a control system begins at a few places: an import, `__import__`, `sys.modules`, a name that the
//!   host may provide. From there it is followed. Where it leaves what can be followed (it is handed to unknown code, it
//!   takes part in an operator), that place is reported as a possible operation. So nothing gets lost in silence.
//! - There are two depths. The first walks every function once, on its own. That is enough for a program in which nothing
//!   of a control system comes up, and most do not. If something does, the second follows calls, until nothing changes.
//! - The work is bounded: steps, nesting, union sizes. Who exceeds a bound gets "gave up", which counts as a possible write.

mod arguments;
mod around;
mod attributes;
mod calls;
mod classes;
mod code;
mod containers;
mod decoding;
mod expressions;
mod fstrings;
mod functions;
mod imports;
mod items;
mod kept;
mod loops;
mod methods;
mod names;
mod operations;
mod paths;
pub(super) mod record;
mod scopes;
mod special_names;
mod specials;
mod stash;
mod statements;
mod text;
mod value;

use ruff_python_ast::ModModule;
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};
use typed_arena::Arena;

use self::containers::Heap;
use self::functions::{Function, Run, UserClass};
use self::names::{Name, Names};
use self::paths::Paths;
pub(super) use self::paths::Watch;
use self::record::{Dark, Record};
use self::scopes::{Frame, Scope, ScopeId};
use self::value::{Arguments, FunctionId, HeapId, PathId, UserClassId, Value, Values};
use super::library::Libraries;
use super::source::Source;
use super::syntax::{self, Version};

/// Steps for every program, and for each of its bytes: more than any honest program takes by an order of magnitude.
const STEPS: u64 = 50_000;
const STEPS_PER_BYTE: u64 = 2;
/// Levels of recursion: expressions within functions within functions.
const MAX_RECURSION: u32 = 4_000;
/// How often something may grow before its constants are merged.
const MAX_GROWTH: u32 = 24;
/// Distinct abstract values.
const MAX_VALUES: usize = 2_000_000;
/// Constant code within constant code.
const MAX_CODE_DEPTH: u8 = 4;
/// Bytes of constant code that are analysed in all.
const MAX_CODE_BYTES: usize = 1 << 20;

/// A thing that is read and may change later: whoever read it is walked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Location(u32);

/// The trees of constant code; they live as long as the interpretation.
pub(super) type Trees = Arena<ModModule>;

struct Interpreter<'a> {
    libraries: &'a Libraries,
    source: &'a Source,
    watch: &'a Watch,
    trees: &'a Trees,
    names: Names,
    values: Values,
    paths: Paths,
    record: Record,
    scopes: Vec<Scope>,
    frames: Vec<Frame>,
    functions: Vec<Function<'a>>,
    function_sites: FxHashMap<usize, FunctionId>,
    classes: Vec<UserClass>,
    class_scopes: FxHashMap<ScopeId, UserClassId>,
    class_sites: FxHashMap<usize, UserClassId>,
    heap: Vec<Heap>,
    heap_sites: FxHashMap<(usize, u8), HeapId>,
    versions: Vec<u32>,
    /// What was put into objects of libraries, by the path of the object.
    stash: FxHashMap<PathId, HeapId>,
    /// What was put into attributes of objects that are not followed, by attribute.
    attribute_stash: FxHashMap<Name, (Value, Location)>,
    /// Members of modules that the program replaced.
    patched: FxHashMap<(PathId, Name), (Value, Location)>,
    /// `from x import *`.
    stars: Vec<PathId>,
    /// Inside constant code: the place of the `exec`, which all that is seen gets.
    pin: Option<TextRange>,
    code_depth: u8,
    code_bytes: usize,
    codes: FxHashMap<Box<str>, Option<&'a ModModule>>,
    steps: u64,
    budget: u64,
    recursion: u32,
    iterating: u8,
    /// What has been handed over already, and where: once is enough.
    escaped: FxHashSet<(Value, TextRange)>,
    gave_up: bool,
    /// Whether what is walked may not be executed: inside `try`, `if`, a function.
    conditional: u32,
    /// Whether the function at hand is walked although nothing in the text calls it.
    uncalled: bool,
    /// Whether what is walked seems never to be executed.
    dead: u32,
    /// Whether calls are followed.
    deep: bool,
}

/// Programs of at most this size are followed also where only something unusual comes up.
const SMALL: usize = 4 << 10;

/// Interprets a program.
pub(super) fn interpret<'a>(
    module: &'a ModModule,
    source: &'a Source,
    libraries: &'a Libraries,
    watch: &'a Watch,
    trees: &'a Trees,
) -> Record {
    // Where a library is named, the second walk is due anyway.
    if libraries.names_control(source.text()) {
        return walk_through(module, source, libraries, watch, trees, true);
    }
    let record = walk_through(module, source, libraries, watch, trees, false);
    let unusual = !record.operations().is_empty() || !record.dark.is_empty() || record.reachable;
    let unusual = unusual || !record.passed_on.is_empty();
    if record.reaches_control || unusual && source.text().len() <= SMALL {
        return walk_through(module, source, libraries, watch, trees, true);
    }
    // Not followed, so not resolved.
    let mut record = record;
    for (range, name) in std::mem::take(&mut record.passed_on) {
        let what = format!("`{name}` is passed on, and a program of this size is not followed there");
        record.darkness(range, Dark::GaveUp, what, false);
    }
    record
}

fn walk_through<'a>(
    module: &'a ModModule,
    source: &'a Source,
    libraries: &'a Libraries,
    watch: &'a Watch,
    trees: &'a Trees,
    deep: bool,
) -> Record {
    let bytes = u64::try_from(source.text().len()).unwrap_or(u64::MAX);
    let mut interpreter = Interpreter {
        libraries,
        source,
        watch,
        trees,
        names: Names::default(),
        values: Values::new(),
        paths: Paths::new(),
        record: Record::default(),
        scopes: Vec::new(),
        frames: Vec::new(),
        functions: Vec::new(),
        function_sites: FxHashMap::default(),
        classes: Vec::new(),
        class_scopes: FxHashMap::default(),
        class_sites: FxHashMap::default(),
        heap: Vec::new(),
        heap_sites: FxHashMap::default(),
        versions: Vec::new(),
        stash: FxHashMap::default(),
        attribute_stash: FxHashMap::default(),
        patched: FxHashMap::default(),
        stars: Vec::new(),
        pin: None,
        code_depth: 0,
        code_bytes: 0,
        codes: FxHashMap::default(),
        steps: 0,
        budget: STEPS + STEPS_PER_BYTE * bytes,
        recursion: 0,
        iterating: 0,
        escaped: FxHashSet::default(),
        gave_up: false,
        conditional: 0,
        uncalled: false,
        dead: 0,
        deep,
    };
    interpreter.run(module);
    interpreter.record
}

impl<'a> Interpreter<'a> {
    fn run(&mut self, module: &'a ModModule) {
        let scope = self.new_scope(None, scopes::ScopeKind::Module);
        let main = self.new_main(&module.body, scope);
        self.expect_bindings(scope, &module.body);
        self.run_function(main);
        self.settle();
        // Whatever nothing has called yet: its text counts as well.
        loop {
            let uncalled: Vec<FunctionId> = (0..self.functions.len())
                .filter(|index| matches!(self.functions[*index].run, Run::Never))
                .map(|index| FunctionId(u32::try_from(index).unwrap_or(u32::MAX)))
                .collect();
            if uncalled.is_empty() {
                break;
            }
            self.uncalled = true;
            for function in uncalled {
                // One of them may have called it meanwhile.
                if matches!(self.functions[function.0 as usize].run, Run::Never) {
                    self.open_parameters(function);
                    self.run_function(function);
                }
            }
            self.settle();
        }
        if self.gave_up {
            self.record.reachable = true;
        }
        self.report_kept();
        self.record.reaches_control |= self.paths.reaches_control;
        let results = self.names.name("results");
        let cell = self.cell_value(scope, results);
        self.record.assigns_results |= cell != Value::NOTHING;
    }

    /// Walks again what read something that has changed since, until nothing changes.
    fn settle(&mut self) {
        if !self.deep {
            return;
        }
        for round in 0.. {
            let stale: Vec<FunctionId> = (0..self.functions.len())
                .filter(|index| self.is_stale(*index))
                .map(|index| FunctionId(u32::try_from(index).unwrap_or(u32::MAX)))
                .collect();
            if stale.is_empty() || self.gave_up {
                return;
            }
            if round >= 60 {
                self.give_up(TextRange::default(), "the program's parts depend on each other in too many ways");
                return;
            }
            for function in stale {
                self.run_function(function);
            }
        }
    }

    /// Counts one step; `false` when the work must end.
    fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps > self.budget || self.values.len() > MAX_VALUES {
            if !self.gave_up {
                let range = self.frames.last().map_or(TextRange::default(), |frame| frame.at);
                self.give_up(range, "the program is too intricate to follow");
            }
            return false;
        }
        true
    }

    fn give_up(&mut self, range: TextRange, what: &str) {
        self.gave_up = true;
        let range = self.place(range);
        self.record.darkness(range, Dark::GaveUp, what, false);
    }

    /// Where something is reported: in constant code, at the code's place.
    fn place(&self, range: TextRange) -> TextRange {
        self.pin.unwrap_or(range)
    }

    fn new_location(&mut self) -> Location {
        self.versions.push(0);
        Location(u32::try_from(self.versions.len() - 1).unwrap_or(u32::MAX))
    }

    /// Notes that the function at hand depends on a location.
    fn reads(&mut self, location: Location) {
        let version = self.versions[location.0 as usize];
        if let Some(frame) = self.frames.last_mut() {
            // The first version counts: what came later in the same walk makes it worth another.
            frame.read.entry(location.0).or_insert(version);
        }
    }

    /// What a location holds after a value came: constants that keep coming are merged, so that it settles.
    fn settled(&mut self, location: Location, value: Value) -> Value {
        if self.versions[location.0 as usize] < MAX_GROWTH { value } else { self.values.widen(value) }
    }

    fn grew(&mut self, location: Location) {
        self.versions[location.0 as usize] += 1;
    }

    /// Reads constant code as a module; it then lives as long as the interpretation.
    fn parse_code(&mut self, text: &str) -> Option<&'a ModModule> {
        if let Some(known) = self.codes.get(text) {
            return *known;
        }
        self.code_bytes += text.len();
        if self.code_depth >= MAX_CODE_DEPTH || self.code_bytes > MAX_CODE_BYTES {
            return None;
        }
        let tree = syntax::parse(text, Version::NEWEST).ok();
        let tree = tree.filter(|tree| tree.errors.iter().all(|error| error.needs.is_some()));
        let module = tree.map(|tree| &*self.trees.alloc(tree.module));
        // The same text is the same functions and classes, however often it is walked.
        self.codes.insert(text.into(), module);
        module
    }

    fn map(&mut self, value: Value, mut each: impl FnMut(&mut Self, Value) -> Value) -> Value {
        if !self.values.is_union(value) {
            return if value == Value::NOTHING { value } else { each(self, value) };
        }
        let mut joined = Value::NOTHING;
        for one in self.values.each(value).iter() {
            let result = each(self, *one);
            joined = self.values.join(joined, result);
        }
        joined
    }

    fn arguments_of(positional: Vec<Value>) -> Arguments {
        Arguments { positional, ..Arguments::default() }
    }
}

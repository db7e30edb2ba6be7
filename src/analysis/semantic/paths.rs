//! Paths from a module: `os`, `os.path`, `epics.PV`, and `socket.socket()` for what a call gives.
//!
//! Only libraries that cannot reach a control system have `()` in their paths; objects of the others are
//! [`super::value::Shape::Instance`].

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::around::Way;
use super::names::Name;
use super::special_names::Special;
use super::value::PathId;
use crate::analysis::library::{Libraries, Meaning};

/// One path.
#[derive(Debug)]
pub(super) struct Path {
    /// As it is written, `numpy.linalg.norm`.
    pub(super) dotted: Rc<str>,
    pub(super) meaning: Meaning,
    /// What the analysis itself knows of it.
    pub(super) special: Option<Special>,
    /// Whether rules want to hear of it.
    pub(super) watched: bool,
    /// Whether it leads to a control system past the libraries.
    pub(super) way: Way,
    /// The object or module that it belongs to: the path up to its first call.
    pub(super) owner: PathId,
    depth: u8,
}

/// Deeper paths are plain data.
const MAX_DEPTH: u8 = 10;

/// Modules whose use rules look at.
const WATCHED: &[&str] = &[
    "_ctypes",
    "_io",
    "_pickle",
    "_posixsubprocess",
    "_socket",
    "_thread",
    "aiohttp",
    "asyncio",
    "builtins",
    "cffi",
    "cloudpickle",
    "concurrent",
    "ctypes",
    "dill",
    "dotenv",
    "fcntl",
    "fileinput",
    "ftplib",
    "gc",
    "getpass",
    "glob",
    "grpc",
    "h5py",
    "http",
    "httpx",
    "imaplib",
    "importlib",
    "inspect",
    "io",
    "joblib",
    "jsonpickle",
    "keyring",
    "marshal",
    "mmap",
    "multiprocessing",
    "netrc",
    "nntplib",
    "os",
    "paramiko",
    "pathlib",
    "pexpect",
    "pickle",
    "poplib",
    "posix",
    "psutil",
    "psycopg",
    "psycopg2",
    "pty",
    "pydoc",
    "pymongo",
    "redis",
    "requests",
    "runpy",
    "sched",
    "select",
    "selectors",
    "shelve",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "telnetlib",
    "tempfile",
    "threading",
    "time",
    "torch",
    "urllib",
    "urllib3",
    "webbrowser",
    "websocket",
    "websockets",
    "winreg",
    "xmlrpc",
    "yaml",
    "zmq",
];

/// Single names besides.
const WATCHED_NAMES: &[&str] = &[
    "numpy.ctypeslib",
    "numpy.fromfile",
    "numpy.genfromtxt",
    "numpy.load",
    "numpy.loadtxt",
    "numpy.memmap",
    "numpy.save",
    "numpy.savetxt",
    "numpy.savez",
    "pandas.read_csv",
    "pandas.read_excel",
    "pandas.read_hdf",
    "pandas.read_json",
    "pandas.read_parquet",
    "pandas.read_pickle",
    "matplotlib.pyplot.savefig",
    "scipy.LowLevelCallable",
];

/// What rules want to hear of.
#[derive(Debug)]
pub(in crate::analysis) struct Watch {
    names: FxHashSet<String>,
}

impl Watch {
    /// With further names.
    pub(in crate::analysis) fn new(more: impl Iterator<Item = String>) -> Self {
        Self { names: more.chain(WATCHED_NAMES.iter().map(|name| (*name).to_owned())).collect() }
    }

    fn has(&self, root: &str, dotted: &str) -> bool {
        if WATCHED.binary_search(&root).is_ok() {
            return true;
        }
        if dotted.contains('(') { self.names.contains(&dotted.replace("()", "")) } else { self.names.contains(dotted) }
    }
}

#[derive(Debug)]
pub(super) struct Paths {
    all: Vec<Path>,
    roots: FxHashMap<Name, PathId>,
    below: FxHashMap<(PathId, Step), Option<PathId>>,
    /// Whether something of a control-system library has come up.
    pub(super) reaches_control: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Attribute(Name),
    Call,
}

impl Paths {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), roots: FxHashMap::default(), below: FxHashMap::default(), reaches_control: false }
    }

    pub(super) fn get(&self, id: PathId) -> &Path {
        &self.all[(id.0 & !PathId::TAME) as usize]
    }

    /// A module's first name.
    pub(super) fn root(&mut self, libraries: &Libraries, watch: &Watch, name: Name, text: &str) -> PathId {
        if let Some(id) = self.roots.get(&name) {
            return *id;
        }
        let id = self.push(libraries, watch, text.to_owned(), None, false, 0);
        self.roots.insert(name, id);
        id
    }

    /// A member of a path; `None` if that is too deep to follow.
    pub(super) fn attribute(
        &mut self,
        libraries: &Libraries,
        watch: &Watch,
        of: PathId,
        name: Name,
        text: &str,
    ) -> Option<PathId> {
        if let Some(id) = self.below.get(&(of, Step::Attribute(name))) {
            return *id;
        }
        let parent = self.get(of);
        let (depth, owner) = (parent.depth, parent.owner);
        let after_call = parent.dotted.ends_with(')') || owner != of && parent.dotted.contains("()");
        let dotted = format!("{}.{text}", parent.dotted);
        let id = (depth < MAX_DEPTH).then(|| {
            let owner = after_call.then_some(owner);
            self.push(libraries, watch, dotted, owner, after_call, depth + 1)
        });
        self.below.insert((of, Step::Attribute(name)), id);
        id
    }

    /// What a call of a path gives; `None` if that is too deep to follow.
    pub(super) fn called(&mut self, libraries: &Libraries, watch: &Watch, of: PathId) -> Option<PathId> {
        if let Some(id) = self.below.get(&(of, Step::Call)) {
            return *id;
        }
        let parent = self.get(of);
        let (depth, owner) = (parent.depth, parent.owner);
        let inside = parent.dotted.contains("()");
        let dotted = format!("{}()", parent.dotted);
        let id =
            (depth < MAX_DEPTH).then(|| self.push(libraries, watch, dotted, inside.then_some(owner), true, depth + 1));
        self.below.insert((of, Step::Call), id);
        id
    }

    fn push(
        &mut self,
        libraries: &Libraries,
        watch: &Watch,
        dotted: String,
        owner: Option<PathId>,
        result: bool,
        depth: u8,
    ) -> PathId {
        let dotted = if result { dotted } else { libraries.canonical(&dotted).unwrap_or(dotted) };
        let meaning = libraries.meaning(&dotted);
        let root = dotted.split('.').next().unwrap_or(&dotted);
        let watched = meaning == Meaning::Inert && watch.has(root, &dotted);
        self.reaches_control |= !matches!(meaning, Meaning::Inert | Meaning::UnknownModule);
        let special = Special::of(&dotted);
        let tame = meaning == Meaning::Inert && special.is_none() && !watched && Way::of(&dotted) == Way::None;
        let number = u32::try_from(self.all.len()).unwrap_or(0) & !PathId::TAME;
        let id = PathId(if tame { number | PathId::TAME } else { number });
        self.all.push(Path {
            way: Way::of(&dotted),
            special,
            meaning,
            watched,
            owner: owner.unwrap_or(id),
            depth,
            dotted: dotted.into(),
        });
        id
    }
}

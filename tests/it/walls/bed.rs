//! A folder, a virtual environment and a way to run Python behind walls.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use aerie::backend::local::confined::{Confined, Started};
use aerie::backend::local::spec::{Ended, Limits, Spec};
use aerie::backend::local::walls::Walls;
use tokio::io::AsyncReadExt as _;

pub(super) const AERIE: &str = env!("CARGO_BIN_EXE_aerie");

/// The tests' virtual environment, which has numpy.
pub(super) fn venv() -> &'static Path {
    let python = crate::servers::kernels_python();
    python.parent().and_then(Path::parent).expect("an environment")
}

/// The prefixes of the virtual environment and its executable.
fn prefixes() -> &'static (Vec<PathBuf>, PathBuf) {
    static PREFIXES: OnceLock<(Vec<PathBuf>, PathBuf)> = OnceLock::new();
    PREFIXES.get_or_init(|| {
        let ask = "import sys; print(sys.prefix); print(sys.base_prefix)";
        let told = Command::new(venv().join("bin/python")).args(["-I", "-c", ask]).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        (told.lines().map(PathBuf::from).collect(), venv().join("bin/python").canonicalize().unwrap())
    })
}

pub(super) struct Bed {
    pub(super) root: PathBuf,
    _folder: tempfile::TempDir,
    pub(super) processes: bool,
    pub(super) limits: Limits,
    pub(super) cgroup: Option<PathBuf>,
}

pub(super) struct Run {
    pub(super) ended: Ended,
    pub(super) out: String,
    pub(super) err: String,
    pub(super) walls: Walls,
}

impl Bed {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        for name in ["work", "scratch", "inputs"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        std::fs::write(root.join("inputs/given"), "given").unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        Self { root, _folder: folder, processes: false, limits: Limits::default(), cgroup: None }
    }

    pub(super) fn spec(&self, code: &str) -> Spec {
        let (readable, python) = prefixes();
        Spec {
            program: venv().join("bin/python"),
            arguments: ["-I", "-c", code].map(str::to_owned).to_vec(),
            environment: vec![("LANG".into(), "C.UTF-8".into()), ("OPENBLAS_NUM_THREADS".into(), "2".into())],
            cwd: self.root.join("work"),
            readable: readable.clone(),
            executable: vec![python.clone()],
            work: self.root.join("work"),
            scratch: self.root.join("scratch"),
            inputs: self.root.join("inputs"),
            remove: Some(self.root.clone()),
            processes: self.processes,
            cgroup: self.cgroup.clone(),
            limits: self.limits,
        }
    }

    pub(super) async fn start(&self, code: &str) -> Started {
        Confined::start(Path::new(AERIE), &self.spec(code)).await.unwrap()
    }

    pub(super) async fn run(&self, code: &str) -> Run {
        finish(self.start(code).await).await
    }

    /// Runs attempts, one line each: what came of each, its result or the name of its error.
    pub(super) async fn attempts(&self, prepare: &str, attempts: &[&str]) -> Vec<String> {
        let list = serde_json::to_string(attempts).unwrap();
        let code = format!(
            "import os, sys, errno, ctypes, socket\n{prepare}\nlibc = ctypes.CDLL(None, use_errno=True)\n\
             def call(*args):\n    r = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in args])\n    \
             if r == -1: raise OSError(ctypes.get_errno(), '')\n    return r\n\
             for line in {list}:\n    try: print(eval(line), flush=True)\n    except OSError as e: \
             print(errno.errorcode.get(e.errno, e.errno), flush=True)\n    except BaseException as e: \
             print(type(e).__name__, e, flush=True)\n"
        );
        let run = self.run(&code).await;
        assert!(run.err.is_empty(), "{}", run.err);
        run.out.lines().map(str::to_owned).collect()
    }
}

pub(super) async fn finish(mut started: Started) -> Run {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (out_read, err_read) = tokio::join!(started.stdout.read_to_end(&mut out), started.stderr.read_to_end(&mut err));
    out_read.unwrap();
    err_read.unwrap();
    let ended = started.confined.ended().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { ended, out: text(out), err: text(err), walls: started.walls }
}

/// Whether a process lives; a dead one that nobody has waited for does not.
pub(super) fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|text| !text.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X'])))
}

/// Waits until something holds, which it does sooner or later.
pub(super) async fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it never held");
}

//! The Pythons that the servers run in: virtual environments, made once, with `tests/servers/requirements.txt`, and with
//! `deploy/jupyter/requirements.txt` for Jupyter.
//!
//! They lie in `target/control-systems`, named by the requirements, so that a change of them makes a new one. Test
//! processes that start at the same time wait for the one that makes it. When it cannot be made, the tests fail.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Interpreters to try, in this order. NumPy and pandas of the kernels ask for 3.11.
const INTERPRETERS: &[&str] = &["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
const RECENT_ENOUGH: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

/// What a caller's own shell may have set and no server may see.
const FOREIGN: &[&str] = &["EPICS_", "EPICSCA", "PYEPICS_", "TANGO_", "PYTANGO_", "ORB", "PYTHON", "JUPYTER", "AERIE_"];

/// Where everything made for these tests is kept, across runs.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/control-systems")
}

/// Where the servers' Python files are.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers")
}

/// The command that runs one of the Python files, with nothing of the caller's EPICS or Tango settings.
pub(super) fn command(script: &str) -> Command {
    let mut command = Command::new(if script.starts_with("jupyter/") { &*KERNELS } else { &*PYTHON });
    command.arg(scripts().join(script)).current_dir(folder());
    for (name, _) in std::env::vars_os() {
        if FOREIGN.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
    command
}

/// The environment's interpreter.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| environment(&scripts().join("requirements.txt")));

/// The interpreter of the kernels' environment.
static KERNELS: LazyLock<PathBuf> =
    LazyLock::new(|| environment(&Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/jupyter/requirements.txt")));

/// The interpreter of an environment with these requirements, made if there is none yet.
pub(crate) fn environment(list: &Path) -> PathBuf {
    let requirements = fs::read(list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
    let mut name = String::from("venv-");
    for byte in &Sha256::digest(&requirements)[..6] {
        let _ = write!(name, "{byte:02x}");
    }
    fs::create_dir_all(folder()).expect("a folder for the servers' environment");
    let lock = File::create(folder().join("lock")).expect("a lock for the servers' environment");
    lock.lock().expect("the lock of the servers' environment");
    let complete = folder().join(&name);
    let python = complete.join("bin/python");
    if !python.exists() {
        if complete.exists() {
            // Its interpreter went away.
            fs::remove_dir_all(&complete).expect("removing an environment that lost its interpreter");
        }
        make(&folder().join(format!("{name}.part")), &complete, list);
    }
    python
}

/// Makes the environment beside its place, then moves it there: what has the name is complete.
fn make(part: &Path, complete: &Path, list: &Path) {
    if part.exists() {
        fs::remove_dir_all(part).expect("removing an environment that was never completed");
    }
    eprintln!("preparing a Python environment in {}", complete.display());
    run(Command::new(interpreter()).args(["-m", "venv"]).arg(part));
    eprintln!("installing {}", list.display());
    let mut pip = Command::new(part.join("bin/python"));
    run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r"]).arg(list));
    fs::rename(part, complete).expect("moving the environment to its place");
}

fn interpreter() -> &'static str {
    let fits = |name: &&&str| Command::new(name).args(["-c", RECENT_ENOUGH]).output().is_ok_and(|o| o.status.success());
    INTERPRETERS.iter().find(fits).unwrap_or_else(|| {
        panic!(
            "the tests need Python 3.11 or newer with its venv module, and no such interpreter is on PATH: \
             tried {}",
            INTERPRETERS.join(", ")
        )
    })
}

/// Runs a step to its end.
fn run(command: &mut Command) {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    assert!(
        status.success(),
        "a Python environment cannot be prepared, and without it these tests prove nothing.\n{command:?} \
         ended with {status}:\n{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
}

/// The servers' Python.
pub(crate) fn python_path() -> &'static Path {
    &PYTHON
}

/// The Python that kernels run in, with NumPy and its kin: also a virtual environment for local executions.
pub(crate) fn kernels_python() -> &'static Path {
    &KERNELS
}

/// Runs the servers' Python with these arguments, and gives what it prints.
pub(crate) fn python(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new(&*PYTHON).args(arguments).output().expect("Python starts");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8_lossy(&stdout).into_owned()
}

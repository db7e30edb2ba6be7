//! `native-code`: a program runs native code.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "native-code",
    summary: "runs native code",
    why: "Native code is not Python: nothing here reads it, and it can do whatever the process can.",
    instead: "Use numpy, scipy, or a package that is installed with the Python of the backend.",
    example: Example {
        found: "import ctypes\nca = ctypes.CDLL('libca.so')\n",
        clean: "import numpy as np\nx = np.linalg.eigvals(np.eye(3))\n",
    },
    wasi: Severity::Warning,
    host: Severity::Refusal,
    check,
};

const NAMES: &[&str] = &[
    "_cffi_backend",
    "_ctypes",
    "cffi",
    "ctypes",
    "fcntl",
    "importlib.machinery.ExtensionFileLoader",
    "mmap",
    "numba.cfunc",
    "numpy.ctypeslib",
    "scipy.LowLevelCallable",
    "torch.utils.cpp_extension",
];

fn check(look: &Look<'_>, seen: &mut Seen) {
    look.uses_below(NAMES, "runs native code", seen);
}

//! `processes`: a program starts or ends other processes.

use super::{Example, Look, Rule, Seen};
use crate::analysis::report::Severity;

pub(super) static RULE: Rule = Rule {
    name: "processes",
    summary: "starts or ends other processes",
    why: "A process that a program starts is not read by this analysis and does not pass the gate: `caput` on a command line writes like `epics.caput`.",
    instead: "Do the work in Python. If another program is needed, run it outside and hand its output in as an input.",
    example: Example {
        found: "import subprocess\nsubprocess.run(['caput', 'SR:C01:HCM1:SP', '1.2'])\n",
        clean: "import epics\nepics.caput('SR:C01:HCM1:SP', 1.2)\n",
    },
    wasi: Severity::Warning,
    host: Severity::Refusal,
    check,
};

const NAMES: &[&str] = &[
    "_posixsubprocess",
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
    "asyncio.subprocess",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.process",
    "multiprocessing",
    "os.abort",
    "os.execl",
    "os.execle",
    "os.execlp",
    "os.execlpe",
    "os.execv",
    "os.execve",
    "os.execvp",
    "os.execvpe",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.killpg",
    "os.popen",
    "os.posix_spawn",
    "os.posix_spawnp",
    "os.spawnl",
    "os.spawnle",
    "os.spawnlp",
    "os.spawnlpe",
    "os.spawnv",
    "os.spawnve",
    "os.spawnvp",
    "os.spawnvpe",
    "os.startfile",
    "os.system",
    "pexpect",
    "posix.execv",
    "posix.execve",
    "posix.fork",
    "posix.kill",
    "posix.popen",
    "posix.posix_spawn",
    "posix.posix_spawnp",
    "posix.system",
    "psutil.Popen",
    "psutil.Process.kill",
    "psutil.Process.terminate",
    "pty",
    "signal.pthread_kill",
    "signal.raise_signal",
    "subprocess",
    "webbrowser.open",
];

fn check(look: &Look<'_>, seen: &mut Seen) {
    look.uses_below(NAMES, "starts or ends other processes", seen);
}

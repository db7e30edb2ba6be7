//! Nothing a program does ends or harms the host. Each program here is an attack; after each, an ordinary program must
//! run as if nothing had been, and nothing may have leaked.

use std::fmt::Write as _;
use std::time::Duration;

use aerie::backend::{Job, Workspace};
use aerie::execution::Status::{
    self, Cancelled, CpuLimit, Crashed, Failed, FileLimit, HostCallLimit, MemoryLimit, OutputLimit, Succeeded, TimedOut,
};

use crate::support::{job, run, run_job, scratch};

/// Name, program, and how it may end.
const ATTACKS: &[(&str, &str, &[Status])] = &[
    // The parser and the compiler.
    ("brackets", "compile('[' * 3000 + ']' * 3000, 'x', 'exec')", &[Failed, MemoryLimit]),
    ("many brackets", "eval('(' * 500_000)", &[Failed]),
    ("nots", "compile('not ' * 200_000 + '1', 'x', 'exec')", &[Failed, MemoryLimit, Crashed]),
    ("minuses", "eval('-' * 200_000 + '1')", &[Failed, MemoryLimit, Crashed]),
    ("lambdas", "compile('lambda: ' * 100_000 + '1', 'x', 'exec')", &[Failed, MemoryLimit, Crashed]),
    ("powers", "compile('1' + '**1' * 100_000, 'x', 'exec')", &[Failed, MemoryLimit, Crashed]),
    ("attributes", "compile('a' + '.a' * 300_000, 'x', 'exec')", &[Failed, Succeeded, MemoryLimit, Crashed]),
    ("nested f-strings", "s = '1'\nfor _ in range(140): s = 'f\"{' + s + '}\"'\neval(s)", &[Failed]),
    ("indentation", "exec('\\n'.join(' ' * i + 'if 1:' for i in range(5000)))", &[Failed]),
    (
        "an own nest",
        "(((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))",
        &[Succeeded],
    ),
    ("ast bomb", "import ast\nast.literal_eval('[' * 9000 + ']' * 9000)", &[Failed, MemoryLimit]),
    // Depth.
    ("recursion", "def f(): return f() + 1\nf()", &[Failed]),
    (
        "recursion unlimited",
        "import sys\nsys.setrecursionlimit(2**31 - 1)\ndef f(n): return f(n + 1) + 1\nf(0)",
        &[Failed, Crashed, MemoryLimit],
    ),
    ("deep list freed", "a = []\nfor _ in range(200_000): a = [a]\ndel a", &[Succeeded, Crashed]),
    ("deep tuple repr", "a = ()\nfor _ in range(100_000): a = (a,)\nrepr(a)", &[Failed, Crashed]),
    ("deep json", "import json\njson.loads('[' * 100_000)", &[Failed, Crashed]),
    ("deep pickle", "import pickle\na = []\nfor _ in range(100_000): a = [a]\npickle.dumps(a)", &[Failed, Crashed]),
    ("deep compare", "a = []; b = []\nfor _ in range(100_000): a = [a]; b = [b]\na == b", &[Failed, Crashed]),
    ("deep results", "results = []\nfor _ in range(5000): results = [results]", &[Failed, Crashed]),
    ("results with itself", "results = []\nresults.append(results)", &[Failed]),
    (
        "deep exceptions",
        "e = None\nfor _ in range(50_000):\n    n = ValueError(); n.__context__ = e; e = n\nraise e",
        &[Failed, Crashed, OutputLimit],
    ),
    ("hash recursion", "class A:\n    def __hash__(self): return hash(self)\nhash(A())", &[Failed]),
    // Memory.
    ("one large block", "bytearray(2**31 - 1)", &[MemoryLimit, Failed]),
    ("list growth", "a = []\nwhile True: a.append('x' * 10_000_000 + str(len(a)))", &[MemoryLimit]),
    ("numpy growth", "import numpy as np\na = []\nwhile True: a.append(np.ones(10_000_000))", &[MemoryLimit, Failed]),
    ("string doubling", "s = 'x'\nwhile True: s += s", &[MemoryLimit, Failed]),
    (
        "memory caught for ever",
        "a = []\nwhile True:\n    try: a.append(bytearray(50_000_000))\n    except MemoryError: pass",
        &[TimedOut, CpuLimit],
    ),
    (
        "big int text",
        "import sys\nsys.set_int_max_str_digits(0)\nstr(7 ** 3_000_000)",
        &[TimedOut, CpuLimit, Succeeded],
    ),
    // Time.
    ("loop", "while True: pass", &[TimedOut, CpuLimit]),
    (
        "loop that catches everything",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        &[TimedOut, CpuLimit],
    ),
    ("power", "3 ** (10 ** 8)", &[TimedOut, CpuLimit]),
    ("factorial", "import math\nmath.factorial(10 ** 7)", &[TimedOut, CpuLimit]),
    ("regex", "import re\nre.match('(a+)+$', 'a' * 40 + 'b')", &[TimedOut, CpuLimit]),
    ("count", "import itertools, collections\ncollections.deque(itertools.count(), maxlen=0)", &[TimedOut, CpuLimit]),
    ("sum in C", "sum(range(10 ** 12))", &[TimedOut, CpuLimit]),
    ("sleep", "import time\ntime.sleep(10 ** 6)", &[TimedOut]),
    ("sleep in small pieces", "import time\nwhile True: time.sleep(0.0001)", &[TimedOut]),
    ("finaliser", "class A:\n    def __del__(self):\n        while True: pass\nA()", &[TimedOut, CpuLimit]),
    (
        "at exit",
        "import atexit\natexit.register(lambda: [None for _ in iter(int, 1)])",
        &[Succeeded, TimedOut, CpuLimit, MemoryLimit],
    ),
    (
        "repr that never ends",
        "class A(Exception):\n    def __str__(self):\n        while True: pass\nraise A()",
        &[TimedOut, CpuLimit],
    ),
    ("sort key", "sorted(range(10**6), key=lambda x: [0 for _ in iter(int, 1)])", &[TimedOut, CpuLimit, MemoryLimit]),
    // Output.
    ("stdout flood", "while True: print('x' * 1000)", &[OutputLimit]),
    ("stderr flood", "import sys\nwhile True: sys.stderr.write('x' * 1000)", &[OutputLimit]),
    ("one large write", "print('x' * 50_000_000)", &[OutputLimit]),
    ("raw descriptor flood", "import os\nwhile True: os.write(1, b'x' * 100_000)", &[OutputLimit]),
    (
        "warnings flood",
        "import warnings\nwarnings.simplefilter('always')\nwhile True: warnings.warn('x' * 1000)",
        &[OutputLimit],
    ),
    // Files.
    ("many files", "i = 0\nwhile True:\n    open(f'f{i}', 'w').close(); i += 1", &[FileLimit]),
    (
        "many folders",
        "import os\ni = 0\nwhile True:\n    os.mkdir(f'd{i}'); os.chdir(f'd{i}'); i += 1",
        &[FileLimit, Failed],
    ),
    ("large file", "f = open('f', 'wb')\nwhile True: f.write(b'x' * 1_000_000)", &[FileLimit]),
    ("sparse by seek", "f = open('f', 'wb')\nf.seek(2 ** 40)\nf.write(b'x')\nf.close()", &[FileLimit]),
    ("sparse by truncate", "f = open('f', 'wb')\nf.truncate(2 ** 40)", &[FileLimit]),
    (
        "sparse by pwrite",
        "import os\nfd = os.open('f', os.O_RDWR | os.O_CREAT)\nos.pwrite(fd, b'x', 2 ** 62)",
        &[FileLimit, Failed],
    ),
    ("open files", "fs = [open('f', 'w') for _ in range(100_000)]", &[Failed, FileLimit]),
    (
        "unlinked but open",
        "import os\nfs = []\nwhile True:\n    f = open('f', 'wb'); f.write(b'x' * 1_000_000); f.flush(); os.unlink('f'); fs.append(f)",
        &[FileLimit, Failed],
    ),
    (
        "unlinked but open for reading",
        "import os\nkeep = []\nwhile True:\n    with open('f', 'wb') as f: f.write(b'x' * 1_000_000)\n    keep.append(open('f', 'rb')); os.unlink('f')",
        &[FileLimit],
    ),
    (
        "replaced but open",
        "import os\nkeep = []\nwhile True:\n    with open('g', 'wb') as f: f.write(b'x' * 1_000_000)\n    os.replace('g', 'f'); keep.append(open('f', 'rb'))",
        &[FileLimit],
    ),
    (
        "renamed to itself",
        "import os\nwith open('f', 'wb') as f: f.write(b'x' * 1_000_000)\ni = 0\nwhile True:\n    for _ in range(50): os.rename('f', 'f')\n    with open(f'g{i}', 'wb') as f: f.write(b'x' * 1_000_000)\n    i += 1",
        &[FileLimit],
    ),
    (
        "standard descriptors closed again and again",
        "import os\nfor _ in range(300):\n    try: os.close(0)\n    except OSError: pass\nfds = [os.open('f', os.O_RDWR | os.O_CREAT) for _ in range(300)]",
        &[Failed],
    ),
    (
        "results that indent",
        "results = 0\nfor _ in range(60): results = [results]\nresults = [results] * 10_000",
        &[Succeeded, Failed],
    ),
    (
        "titles as data",
        "from aerie_guest import door\ntry: door.call('job.artifact', {'name': 'x', 'title': 'x' * 5000}, b'')\nexcept door.HostError: pass\nelse: raise SystemExit(9)",
        &[Succeeded],
    ),
    (
        "the same figure twice",
        "from aerie_guest import door\ndoor.call('job.figure', {'number': 1, 'format': 'png'}, b'')\ntry: door.call('job.figure', {'number': 1, 'format': 'png'}, b'')\nexcept door.HostError: pass\nelse: raise SystemExit(9)",
        &[Succeeded],
    ),
    ("append flood", "while True:\n    with open('f', 'ab') as f: f.write(b'x' * 1_000_000)", &[FileLimit]),
    ("scratch flood", "f = open('/tmp/f', 'wb')\nwhile True: f.write(b'x' * 1_000_000)", &[FileLimit]),
    (
        "artifact flood",
        "i = 0\nwhile True:\n    save_artifact(b'x' * 1_000_000, name=f'{i}.bin'); i += 1",
        &[FileLimit],
    ),
    ("results flood", "results = ['x' * 1_000_000] * 200", &[Succeeded, MemoryLimit, Failed]),
    (
        "figure flood",
        "import matplotlib.pyplot as plt\nfor i in range(30): plt.figure(figsize=(1, 1))\nplt.rcParams['figure.max_open_warning'] = 0",
        &[Succeeded, TimedOut, CpuLimit],
    ),
    // Bombs in data.
    (
        "zlib bomb",
        "import zlib\nd = zlib.compress(b'\\0' * 100_000_000)\nfor _ in range(3): d = zlib.compress(d)\nx = d\nfor _ in range(4): x = zlib.decompress(x)\nx * 100",
        &[MemoryLimit, Failed],
    ),
    (
        "gzip of zeros",
        "import bz2\nx = bz2.BZ2Compressor()\nd = b''.join(x.compress(b'\\0' * 10**7) for _ in range(20)) + x.flush()\nbz2.decompress(d * 50)",
        &[MemoryLimit, Failed, TimedOut, CpuLimit],
    ),
    ("image bomb", "from PIL import Image\nImage.new('RGB', (60_000, 60_000))", &[MemoryLimit, Failed]),
    (
        "xml entities",
        "import xml.etree.ElementTree as E\ns = '<!DOCTYPE a [<!ENTITY x0 \"aaaaaaaaaa\">' + ''.join(f'<!ENTITY x{i} \"' + f'&x{i-1};' * 10 + '\">' for i in range(1, 12)) + ']><a>&x11;</a>'\nE.fromstring(s)",
        &[Failed, MemoryLimit],
    ),
    // Leaving.
    ("exit hard", "import os\nprint('last words', flush=True)\nos._exit(0)", &[Succeeded]),
    ("exit hard with a status", "import os\nos._exit(7)", &[Failed]),
    ("abort", "import os\nos.abort()", &[Crashed, Failed]),
    ("kill itself", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", &[Failed]),
    ("null pointer", "import faulthandler\nfaulthandler._sigsegv()", &[Failed, Crashed]),
    (
        "code object",
        "def f(): pass\nf.__code__ = f.__code__.replace(co_code=b'\\x53\\xff' * 200, co_stacksize=0)\nf()",
        &[Failed, Crashed, Succeeded, TimedOut, CpuLimit, MemoryLimit],
    ),
    (
        "code object that jumps",
        "def f():\n    while 1: pass\nf.__code__ = f.__code__.replace(co_code=bytes(range(256)) * 8)\nf()",
        &[Failed, Crashed, Succeeded, TimedOut, CpuLimit, MemoryLimit],
    ),
    // The door.
    (
        "door: not a frame",
        "import _host\nfor b in (b'', b'x', b'\\xff' * 4, b'\\xff' * 100, b'\\x02\\0\\0\\0\\xff\\xfe', b'\\x02\\0\\0\\0[]'):\n    assert b'DoorError' in _host.call(b), b",
        &[Succeeded],
    ),
    (
        "door: unknown calls",
        "import _host, json\nfor n in ('', 'x', 'epics.caput', 'job', 'job.', '../x', 'a' * 100_000):\n    h = json.dumps({'call': n}).encode()\n    assert b'error' in _host.call(len(h).to_bytes(4, 'little') + h)",
        &[Succeeded],
    ),
    (
        "door: forged finish",
        "from aerie_guest import door\ndoor.call('job.finish', {'exit_status': 0, 'error': None}, b'{\"forged\": true}')\nwhile True: pass",
        &[TimedOut, CpuLimit],
    ),
    (
        "door: finish twice",
        "from aerie_guest import door\ndoor.call('job.finish', {'exit_status': 0, 'error': None})\nraise ValueError('after the end')",
        &[Failed, Succeeded],
    ),
    (
        "door: names that leave",
        "from aerie_guest import door\nfor n in ('../x', '/etc/x', 'a/b', '.x', 'x' * 5000, '', 'a\\x00b'):\n    try: door.call('job.artifact', {'name': n}, b'x')\n    except door.HostError: continue\n    raise SystemExit(9)",
        &[Succeeded],
    ),
    (
        "door: figure of another kind",
        "from aerie_guest import door\ntry: door.call('job.figure', {'number': 1, 'format': '../../x'}, b'')\nexcept door.HostError: pass\nelse: raise SystemExit(9)",
        &[Succeeded],
    ),
    (
        "door: results that are no JSON",
        "from aerie_guest import door\ndoor.call('job.finish', {'exit_status': 0, 'error': None}, b'NaN')",
        &[Failed],
    ),
    (
        "door: flood",
        "import _host\nwhile True: _host.call(b'\\x14\\0\\0\\0{\"call\":\"door.echo\"}')",
        &[HostCallLimit],
    ),
    (
        "door: huge",
        "import _host\nh = b'{\"call\":\"door.echo\"}'\n_host.call(len(h).to_bytes(4, 'little') + h + bytes(120_000_000))",
        &[Succeeded, MemoryLimit, Failed],
    ),
    (
        "door: huge header",
        "import _host\nh = b'{\"call\":\"' + b'x' * 20_000_000 + b'\"}'\nassert b'DoorError' in _host.call(len(h).to_bytes(4, 'little') + h)",
        &[Succeeded],
    ),
    (
        "door: deep header",
        "import _host\nh = b'{\"call\":\"x\",\"args\":' + b'[' * 100_000 + b'}'\nassert b'DoorError' in _host.call(len(h).to_bytes(4, 'little') + h)",
        &[Succeeded],
    ),
    // The guest's own package.
    ("guest package broken", "import aerie_guest.program as p\np._hand_back = None\np.door = None", &[Failed, Crashed]),
    (
        "everything broken",
        "import sys, builtins\nfor n in list(sys.modules): sys.modules.pop(n)\nfor n in list(vars(builtins)):\n    if n not in ('vars', 'list', 'delattr'): delattr(builtins, n)",
        &[Failed, Crashed, Succeeded],
    ),
    ("stdout closed", "import sys\nsys.stdout.close(); sys.stderr.close()\nraise ValueError('silent')", &[Failed]),
    (
        "descriptors closed",
        "import os\nfor fd in range(20):\n    try: os.close(fd)\n    except OSError: pass\nresults = 1",
        &[Succeeded, Failed],
    ),
];

/// What no program may do at all: each line must raise.
const ESCAPES: &[&str] = &[
    "open('/etc/passwd')",
    "open('/proc/self/environ')",
    "open('../../../../../../etc/passwd')",
    "open('/work/../../etc/passwd')",
    "open('/usr/local/lib/python315.zip', 'r+b')",
    "open('/usr/local/lib/aerie/aerie_guest/program.py', 'a')",
    "open('/usr/local/lib/new', 'w')",
    "open('/inputs/new', 'w')",
    "os.mkdir('/usr/local/lib/x')",
    "os.remove('/inputs/data.txt')",
    "os.rename('/inputs/data.txt', '/work/data.txt')",
    "os.truncate('/inputs/data.txt', 0)",
    "open('/inputs/data.txt', 'r+')",
    "os.utime('/inputs/data.txt', (0, 0))",
    "os.symlink('/etc/passwd', 'link')",
    "os.symlink('..', 'up')",
    "os.link('/inputs/data.txt', 'hard')",
    "open('from_host/passwd')",
    "open('from_host_file').read()",
    "os.listdir('from_host')",
    "os.listdir('/')",
    "os.listdir('..')",
    "os.rename('x', '../x')",
    "__import__('socket').create_connection(('127.0.0.1', 80), 1)",
    "__import__('socket').socket().bind(('127.0.0.1', 0))",
    "__import__('urllib.request').request.urlopen('http://127.0.0.1/')",
    "__import__('subprocess').run(['id'])",
    "os.system('id')",
    "os.popen('id').read()",
    "os.execv('/bin/sh', ['sh'])",
    "os.fork()",
    "os.kill(1, 9)",
    "__import__('threading').Thread(target=print).start()",
    "__import__('multiprocessing').Process(target=print).start()",
    "__import__('ctypes').CDLL(None)",
    "__import__('mmap').mmap(-1, 2**40)",
    "input()",
    "__import__('pip')",
];

fn hostile_job(code: &str, folder: &std::path::Path) -> Job {
    let mut job = job(code);
    job.limits.wall = Duration::from_secs(3);
    job.limits.cpu = Duration::from_millis(2500);
    job.limits.memory = 512 << 20;
    job.limits.output = 1 << 20;
    job.limits.files = 50;
    job.limits.file_bytes = 8 << 20;
    job.limits.host_calls = 1000;
    job.workspace = Some(workspace(folder));
    job
}

fn workspace(folder: &std::path::Path) -> Workspace {
    let workspace = Workspace { work: folder.join("work"), scratch: folder.join("tmp"), inputs: folder.join("inputs") };
    for path in [&workspace.work, &workspace.scratch, &workspace.inputs] {
        std::fs::create_dir_all(path).expect("a folder");
    }
    workspace
}

/// Bytes that a folder takes on disk, holes included.
fn apparent_size(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => apparent_size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("descriptors").count()
}

#[test]
fn attacks_end_only_themselves() {
    let mut failures = String::new();
    run("pass");
    for (name, code, allowed) in ATTACKS {
        let folder = scratch();
        let mut job = hostile_job(code, folder.path());
        // Only those that are meant to meet the limit of time are held to a short one: a slow machine is no attack.
        if !allowed.contains(&Status::TimedOut) {
            job.limits.wall = Duration::from_mins(2);
            job.limits.cpu = Duration::from_mins(2);
        }
        let outcome = run_job(job).outcome;
        if !allowed.contains(&outcome.status) {
            let _ = writeln!(failures, "{name}: {:?} {:?}", outcome.status, outcome.error);
        }
        if outcome.stdout.len() + outcome.stderr.len() > 1 << 20 {
            let _ = writeln!(failures, "{name}: output past its limit");
        }
        if apparent_size(folder.path()) > 8 << 20 {
            let _ = writeln!(failures, "{name}: files past their limit");
        }
        let next =
            run("import numpy as np, builtins\nresults = [np.arange(4).sum(), len(vars(builtins)) > 100]").outcome;
        if next.results != Some(serde_json::json!([6, true])) {
            let _ = writeln!(failures, "{name}: the next execution gave {:?} {:?}", next.results, next.error);
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn what_is_refused_is_refused() {
    let mut failures = String::new();
    for escape in ESCAPES {
        let folder = scratch();
        let workspace = workspace(folder.path());
        std::fs::write(workspace.inputs.join("data.txt"), "data").expect("an input");
        std::fs::write(workspace.work.join("x"), "x").expect("a file");
        // Links that somebody left on the host lead nowhere either.
        std::os::unix::fs::symlink("/etc", workspace.work.join("from_host")).expect("a link");
        std::os::unix::fs::symlink("/etc/passwd", workspace.work.join("from_host_file")).expect("a link");
        let mut job = hostile_job(&format!("import os\n{escape}"), folder.path());
        job.limits.wall = Duration::from_mins(2);
        job.limits.cpu = Duration::from_mins(2);
        let outcome = run_job(job).outcome;
        if outcome.status != Status::Failed {
            let _ = writeln!(failures, "{escape}: {:?}", outcome.status);
        }
        if std::fs::read_to_string(workspace.inputs.join("data.txt")).ok().as_deref() != Some("data") {
            let _ = writeln!(failures, "{escape}: changed an input");
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn nothing_leaks() {
    // The first executions open what stays open: the image, the pages' map, a thread or two.
    for _ in 0..8 {
        run("pass");
    }
    let before = open_descriptors();
    for (_, code, _) in
        ATTACKS.iter().filter(|(name, ..)| ["exit hard", "abort", "recursion", "open files", "brackets"].contains(name))
    {
        for _ in 0..5 {
            let folder = scratch();
            run_job(hostile_job(code, folder.path()));
        }
    }
    for _ in 0..100 {
        run("import os\nopen('/usr/local/lib/aerie/aerie_guest/__init__.py')");
    }
    // Other tests run beside this one and hold descriptors of their own; a leak here would be hundreds.
    let after = open_descriptors();
    assert!(after < before + 100, "{before} descriptors before, {after} after");
}

#[test]
fn nothing_carries_over() {
    run(
        "import builtins, sys, os, random, numpy as np\nbuiltins.leak = 1; sys.leak = 2; np.leak = 3; os.environ['LEAK'] = '4'\nsys.path.append('/leak'); random.seed(99); sys.setrecursionlimit(50_000)\nsecret = 'TOPSECRET-7f3a'\nkeep = [bytes(secret * 1000, 'ascii') for _ in range(200)]",
    );
    let outcome = run("import builtins, sys, os, numpy as np\nresults = [hasattr(builtins, 'leak'), hasattr(sys, 'leak'), hasattr(np, 'leak'), 'LEAK' in os.environ, '/leak' in sys.path, 'secret' in globals()]").outcome;
    assert_eq!(outcome.results, Some(serde_json::json!([false, false, false, false, false, false])));
}

#[test]
fn memory_of_another_execution_cannot_be_read() {
    // Fresh, uninitialised memory is where a neighbour's bytes would show.
    for round in 0..20 {
        run("keep = [bytearray(b'TOPSECRET-7f3a' * 5000) for _ in range(150)]");
        let outcome = run("import numpy as np\nfound = 0\nfor size in (100, 10_000, 1_000_000, 8_000_000, 20_000_000):\n    block = np.empty(size, dtype=np.uint8)\n    found += block.tobytes().count(b'TOPSECRET-7f3a')\nresults = found").outcome;
        assert_eq!(outcome.results, Some(serde_json::json!(0)), "round {round}");
    }
}

#[test]
fn a_cancelled_program_stops_whatever_it_does() {
    use aerie::backend::{Backend, Surroundings};
    for code in [
        "while True: pass",
        "import time\ntime.sleep(1000)",
        "3 ** (10 ** 8)",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ] {
        let surroundings = Surroundings::default();
        let cancel = surroundings.cancel.clone();
        let report = crate::support::block_on(async {
            let run = crate::support::sandbox().run(job(code), surroundings);
            tokio::join!(run, async {
                tokio::time::sleep(Duration::from_millis(150)).await;
                cancel.cancel();
            })
            .0
        });
        assert_eq!(report.expect("a report").outcome.status, Cancelled, "{code}");
    }
}

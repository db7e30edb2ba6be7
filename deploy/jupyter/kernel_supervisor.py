"""Starts one kernel and sees to it that nothing of it is left: no process, no file, for whatever reason it ends.

Usage: kernel_supervisor.py CONNECTION_FILE, by a kernelspec. Only the standard library.

Three processes: the outer one, which the Jupyter server started and may kill; the guardian, in a session of its own, so
that it survives what kills the outer one; the kernel. Outer one and guardian are child subreapers: whatever a kernel
starts, by double forks or setsid, becomes their child, and they end when they have no child left. Each dies, or cleans
up and dies, when the one before it is gone. SIGINT goes on to the kernel; SIGTERM and SIGHUP are its end, at once.

The kernel gets an environment by allow-list, a private folder, resource limits, and, where Linux has it, Landlock: then
it reads only the system and its own folder, writes only that folder, opens no TCP connection but to allowed ports, and
can neither signal nor trace a process outside. What Landlock does not judge, a filter of system calls (seccomp) does: a
kernel changes no file's owner, mode, times or attributes, and before Linux 6.2 truncates only what it may write. From
the environment:

    AERIE_KERNEL_MEMORY          bytes of address space of each process of a kernel
    AERIE_KERNEL_CPU_SECONDS     seconds of CPU time of each process of a kernel
    AERIE_KERNEL_FILE_BYTES      bytes of the largest file
    AERIE_KERNEL_PROCESSES       processes and threads of the user, of all kernels together
    AERIE_KERNEL_CONNECT_PORTS   TCP ports that kernels may connect to, as 5064,5075
    AERIE_KERNEL_READ            more paths to read, as /data:/archive
    AERIE_KERNEL_WRITE           more paths to write
    AERIE_KERNEL_ROOT            where the private folders are made (the system's temporary folder)
    MPLCONFIGDIR                 a folder with Matplotlib's list of fonts, of which each kernel gets a copy
"""

import contextlib
import ctypes
import errno
import os
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time

PASSED = {
    "AERIE_IOPUB_UNLIMITED",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "MPLBACKEND",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PATH",
    "TZ",
}

# prctl(2)
PDEATHSIG, DUMPABLE, NO_NEW_PRIVS, CHILD_SUBREAPER = 1, 4, 38, 36
WATCHED = {signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
# How long processes that cannot be killed (in a driver, on a dead network disk) are waited for, in seconds.
PATIENCE = 20

# What the kernel's Python runs. ipykernel takes what forked children print over a TCP port, which Landlock refuses and
# every kernel of the machine could reach; here it is a socket in the private folder.
START = """
import os, sys, tempfile
import zmq
from ipykernel import iostream, kernelapp

def pipe_in(self):
    self._pipe_uuid = os.urandom(16)
    pipe = self.socket.context.socket(zmq.PULL)
    pipe.linger = 0
    pipe.bind(f"ipc://{tempfile.gettempdir()}/.forked")
    self._pipe_in = iostream.ZMQStream(pipe, self.io_loop)
    self._pipe_in.on_recv(self._handle_pipe_msg)

def pipe_out(self, where=f"ipc://{tempfile.gettempdir()}/.forked"):
    context = zmq.Context()
    pipe = context.socket(zmq.PUSH)
    pipe.linger = 3000
    pipe.connect(where)
    return context, pipe

iostream.IOPubThread._setup_pipe_in = pipe_in
iostream.IOPubThread._setup_pipe_out = pipe_out
del sys.path[0]
kernelapp.launch_new_instance()
"""

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option, value):
    """Sets one thing of this process."""
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def die_with(parent, how):
    """Has the kernel of the operating system send `how` when the parent ends, which may have happened already."""
    prctl(PDEATHSIG, how)
    if os.getppid() != parent:
        os.kill(os.getpid(), how)


def send(pid, what):
    """Sends a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, what)


def descendants():
    """Every process below this one."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    # The program's name may hold anything, but the last bracket ends it.
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(parent, []).append(int(name))
    found, rest = set(), [os.getpid()]
    while rest:
        for pid in children.get(rest.pop(), ()):
            found.add(pid)
            rest.append(pid)
    return found


def reap():
    """Takes the status of every child that ended. Gives ({pid: status}, whether a child is left)."""
    ended = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended, False
        if pid == 0:
            return ended, True
        ended[pid] = status


def kill_all():
    """Kills everything below this process. All of it is stopped first, so that a fork bomb cannot outrun this."""
    begun = time.monotonic()
    while reap()[1]:
        stopped = set()
        while fresh := descendants() - stopped:
            for pid in fresh:
                send(pid, signal.SIGSTOP)
            stopped |= fresh
        for pid in stopped:
            send(pid, signal.SIGKILL)
        if time.monotonic() - begun > PATIENCE:
            print(f"kernel supervisor: cannot kill {sorted(stopped)}", file=sys.stderr)
            return
        time.sleep(0.002)


def remove(folder):
    """Removes a folder, whatever permissions a program gave its parts."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            inner = os.path.join(path, name)
            # The other of the two that clean up may be faster.
            with contextlib.suppress(OSError):
                if not os.path.islink(inner):
                    os.chmod(inner, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def watch(child, end):
    """Waits until the child ends, which gives its status, or until `end`, asked about every other signal, says so."""
    while True:
        what = signal.sigwaitinfo(WATCHED).si_signo
        if what == signal.SIGCHLD:
            status = reap()[0].get(child)
            if status is not None:
                return status
        elif end(child, what):
            return None


def pass_on(child, what):
    """The outer process leaves it to the guardian: killed itself in the middle, it would leave the rest alive."""
    send(child, what)
    return False


def obey(child, what):
    """The guardian interrupts the kernel with what is in its process group; any other signal is the end."""
    if what == signal.SIGINT:
        send(-child, what)
        return False
    return True


def environment(folder):
    """The kernel's environment: nothing of the server's but what is named. Programs get more by Aerie's configuration."""
    chosen = {name: value for name, value in os.environ.items() if name in PASSED}
    chosen.setdefault("LANG", "C.UTF-8")
    chosen.update(
        HOME=f"{folder}/home",
        IPYTHONDIR=f"{folder}/home/.ipython",
        JPY_PARENT_PID=str(os.getppid()),
        JUPYTER_NO_CONFIG="1",
        MPLCONFIGDIR=f"{folder}/home/.matplotlib",
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONNOUSERSITE="1",
        TMPDIR=f"{folder}/tmp",
    )
    return chosen


def limit():
    """Sets the limits of the kernel and of what it starts."""
    limits = (
        ("AERIE_KERNEL_MEMORY", resource.RLIMIT_AS, 0),
        # The soft limit's signal says so; who ignores it is killed five seconds later.
        ("AERIE_KERNEL_CPU_SECONDS", resource.RLIMIT_CPU, 5),
        ("AERIE_KERNEL_FILE_BYTES", resource.RLIMIT_FSIZE, 0),
        ("AERIE_KERNEL_PROCESSES", resource.RLIMIT_NPROC, 0),
    )
    for name, which, grace in limits:
        if text := os.environ.get(name):
            if not text.isdecimal():
                raise ValueError(f"{name} must be a whole number, not {text!r}")
            hard = resource.getrlimit(which)[1]
            ceiling = sys.maxsize if hard == resource.RLIM_INFINITY else hard
            resource.setrlimit(which, (min(int(text), ceiling), min(int(text) + grace, ceiling)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Landlock:
    """The rules of landlock(7), as far as this Linux knows them."""

    EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
    MAKE_SOCK, REFER, TRUNCATE = 1 << 9, 1 << 13, 1 << 14
    OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
    READ = EXECUTE | READ_FILE | READ_DIR
    BIND_TCP, CONNECT_TCP = 1, 2
    ABSTRACT_SOCKETS, SIGNALS = 1, 2

    def __init__(self):
        self.version = max(0, _libc.syscall(444, None, 0, 1))
        self.handled = (1 << 13) - 1
        self.handled |= (self.REFER if self.version >= 2 else 0) | (self.TRUNCATE if self.version >= 3 else 0)
        net = self.BIND_TCP | self.CONNECT_TCP if self.version >= 4 else 0
        scoped = self.ABSTRACT_SOCKETS | self.SIGNALS if self.version >= 6 else 0
        words = (ctypes.c_uint64 * 3)(self.handled, net, scoped)
        size = 24 if self.version >= 6 else 16 if self.version >= 4 else 8
        self.rules = _libc.syscall(444, words, size, 0) if self.version else -1

    def allow(self, path, rights):
        """Allows something below a path, if there is such a path."""
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        rights &= self.handled if os.path.isdir(path) else self.handled & self.OF_FILES
        rule = rights.to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
        self._add(1, rule)
        os.close(place)

    def allow_connect(self, port):
        """Allows connections to a TCP port."""
        if self.version >= 4:
            self._add(2, self.CONNECT_TCP.to_bytes(8, sys.byteorder) + port.to_bytes(8, sys.byteorder))

    def _add(self, kind, rule):
        if _libc.syscall(445, self.rules, kind, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_add_rule")

    def enter(self):
        """Puts this process behind the rules, for good."""
        if _libc.syscall(446, self.rules, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")


class Filter:
    """What seccomp(2) answers to system calls by which Landlock lets everybody change everybody's files."""

    # prctl(2) and its mode.
    SECCOMP, FILTER = 22, 2
    # Classic BPF: load a word of `seccomp_data`, mask it, jump if it is equal or at least as large, return.
    LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
    ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
    PRETEND, REFUSE, UNKNOWN = ERRNO, ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
    # `cp -a`, `install` and `sed -i` set attributes (ACLs), and do without where the file system has none.
    HAS_NONE = ERRNO | errno.ENOTSUP

    # By processor: how audit(7) calls it, and the numbers of calls. From 424 on, every processor has the same numbers.
    PROCESSORS = {
        "x86_64": {
            "audit": 0xC000003E,
            # chmod, fchmod, fchmodat, utime, utimes, futimesat, utimensat
            "mode_times": (90, 91, 268, 132, 235, 261, 280),
            # chown, fchown, lchown, fchownat
            "owner": (92, 93, 94, 260),
            # setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr
            "attributes": (188, 189, 190, 197, 198, 199),
            "ioctl": 16,
            "truncate": 76,
            # open, openat, each with the argument that holds its flags
            "open": ((2, 1), (257, 2)),
        },
        "aarch64": {
            "audit": 0xC00000B7,
            "mode_times": (52, 53, 88),
            "owner": (54, 55),
            "attributes": (5, 6, 7, 14, 15, 16),
            "ioctl": 29,
            "truncate": 45,
            "open": ((56, 2),),
        },
    }
    OPENAT2, FCHMODAT2, SETXATTRAT, REMOVEXATTRAT, FILE_SETATTR = 437, 452, 463, 466, 469
    # io_uring_setup, io_uring_enter, io_uring_register: by these, calls are made that no filter sees.
    IO_URING = (425, 426, 427)
    # Linux's own O_ACCMODE; a C library may count more to it (musl does).
    ACCESS = 3
    # FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR set attributes too, of files opened for nothing (3), which Landlock allows.
    COMMANDS = (0x40086602, 0x401C5820)

    def __init__(self, truncation):
        """With `truncation`, judges that as well."""
        calls = self.PROCESSORS.get(os.uname().machine)
        self.program = b""
        # A 32-bit Python on such a Linux makes other calls.
        if calls is None or sys.maxsize < 1 << 32:
            return
        # Copying a file ends with a change of mode and times: it succeeds, and nothing is changed.
        answers = dict.fromkeys((*calls["mode_times"], self.FCHMODAT2), self.PRETEND)
        answers |= dict.fromkeys((*calls["attributes"], self.SETXATTRAT, self.REMOVEXATTRAT), self.HAS_NONE)
        answers |= dict.fromkeys((*calls["owner"], self.FILE_SETATTR, *self.IO_URING), self.REFUSE)
        # A call, one of its arguments, a mask, and what must not be under it.
        judged = [(calls["ioctl"], 1, 0xFFFFFFFF, command) for command in self.COMMANDS]
        if truncation:
            # The flags of `openat2` lie in memory, where no filter looks: callers take `openat` then.
            answers |= {calls["truncate"]: self.REFUSE, self.OPENAT2: self.UNKNOWN}
            # Only who opens for reading, or for nothing, truncates without Landlock's leave to write.
            mask = self.ACCESS | os.O_TRUNC
            unwritten = (os.O_RDONLY | os.O_TRUNC, self.ACCESS | os.O_TRUNC)
            judged += [(*call, mask, flags) for call in calls["open"] for flags in unwritten]
        # In `seccomp_data` the call is at 0, the processor at 4, and the arguments begin at 16.
        steps = [(self.LOAD, 0, 0, 4), (self.EQUAL, 1, 0, calls["audit"]), (self.RETURN, 0, 0, self.KILL)]
        # From this number on x86_64 has its calls once more (x32).
        steps += [(self.LOAD, 0, 0, 0), (self.AT_LEAST, 0, 1, 0x40000000), (self.RETURN, 0, 0, self.UNKNOWN)]
        for call, answer in answers.items():
            steps += [(self.EQUAL, 0, 1, call), (self.RETURN, 0, 0, answer)]
        for call, argument, mask, value in judged:
            steps += [
                (self.EQUAL, 0, 5, call),
                # Its lower half: both processors are little-endian, and these arguments have 32 bits.
                (self.LOAD, 0, 0, 16 + 8 * argument),
                (self.AND, 0, 0, mask),
                (self.EQUAL, 0, 1, value),
                (self.RETURN, 0, 0, self.REFUSE),
                (self.LOAD, 0, 0, 0),
            ]
        steps.append((self.RETURN, 0, 0, self.ALLOW))
        self.program = b"".join(struct.pack("HBBI", *step) for step in steps)

    def enter(self):
        """Puts this process behind the filter, for good, if this Linux has filters."""
        if self.program:
            steps = ctypes.create_string_buffer(self.program, len(self.program))
            head = struct.pack("HP", len(self.program) // 8, ctypes.addressof(steps))
            _libc.prctl(self.SECCOMP, ctypes.c_ulong(self.FILTER), head, 0, 0)


def wall(folder, sockets):
    """Closes what the kernel must not reach. Gives what stands, for `aerie doctor`."""
    prctl(NO_NEW_PRIVS, 1)
    walls = Landlock()
    Filter(truncation=walls.version < 3).enter()
    if walls.rules < 0:
        return "none"
    python = (sys.prefix, sys.base_prefix, os.path.dirname(os.path.dirname(os.path.abspath(sys.executable))))
    system = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/opt", "/proc", "/sys", *python)
    for path in (*system, *os.environ.get("AERIE_KERNEL_READ", "").split(":")):
        walls.allow(path, walls.READ)
    devices = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts")
    for path in (f"/dev/{name}" for name in devices):
        walls.allow(path, walls.READ | walls.WRITE_FILE)
    for path in (folder, *os.environ.get("AERIE_KERNEL_WRITE", "").split(":")):
        walls.allow(path, walls.handled)
    # For the kernel's sockets. It can neither list the others there nor remove them.
    walls.allow(sockets, walls.MAKE_SOCK)
    for port in filter(None, os.environ.get("AERIE_KERNEL_CONNECT_PORTS", "").split(",")):
        if not port.strip().isdecimal():
            raise ValueError(f"AERIE_KERNEL_CONNECT_PORTS must be port numbers with commas between them, not {port!r}")
        walls.allow_connect(int(port))
    walls.enter()
    return f"landlock {walls.version}"


def kernel(folder, connection_file, guardian):
    """Becomes the kernel."""
    os.setsid()
    die_with(guardian, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    os.chdir(f"{folder}/work")
    chosen = environment(folder)
    # ipykernel writes the file anew. The server's own stays out of reach.
    own = shutil.copy(connection_file, f"{folder}/connection.json")
    walls = wall(folder, os.path.dirname(connection_file))
    limit()
    command = [sys.executable, "-c", START, "-f", own]
    os.execve(sys.executable, command, {**chosen, "AERIE_KERNEL_WALLS": walls})


def fork(become, *arguments):
    """A child that becomes something, and never comes back."""
    pid = os.fork()
    if pid == 0:
        try:
            become(*arguments)
        except BaseException as error:
            print(f"kernel supervisor: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            os._exit(70)
    return pid


def attend(child, end, folder):
    """Watches a child to its end, and leaves nothing. Ends with its status."""
    status = None
    try:
        status = watch(child, end)
    finally:
        kill_all()
        remove(folder)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF if status is not None else 128 + signal.SIGTERM)


def guard(folder, connection_file, outer):
    """Is the guardian."""
    os.setsid()
    prctl(CHILD_SUBREAPER, 1)
    prctl(DUMPABLE, 0)
    die_with(outer, signal.SIGTERM)
    child = fork(kernel, folder, connection_file, os.getpid())
    attend(child, obey, folder)


def main(connection_file):
    """Is the outer process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    prctl(CHILD_SUBREAPER, 1)
    prctl(DUMPABLE, 0)
    die_with(int(os.environ.get("JPY_PARENT_PID") or os.getppid()), signal.SIGTERM)
    os.umask(0o077)
    folder = tempfile.mkdtemp(prefix="aerie-kernel-", dir=os.environ.get("AERIE_KERNEL_ROOT"))
    for name in ("home", "tmp", "work"):
        os.mkdir(f"{folder}/{name}")
    if fonts := os.environ.get("MPLCONFIGDIR"):
        shutil.copytree(fonts, f"{folder}/home/.matplotlib")
    child = fork(guard, folder, os.path.abspath(connection_file), os.getpid())
    attend(child, pass_on, folder)


if __name__ == "__main__":
    main(sys.argv[1])

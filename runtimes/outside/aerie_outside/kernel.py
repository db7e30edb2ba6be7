"""A program in a Jupyter kernel that nobody used before and nobody will use after.

:func:`prepare` is called once when the kernel has started, :func:`run` with the job's token when there is one. The door is
the module ``_host`` of the bundle, which speaks over the kernel protocol: ``open(token, shell)``, ``call(frame)``, ``close()``.
"""

import atexit
import builtins
import os
import sys
import threading

import _host
from aerie_guest import artifacts, context, door, program, restore, values  # noqa: F401 - so that they are there
from aerie_outside import clock, kernel_files, kernel_streams, limits, paths
from aerie_outside.place import Outside, end_threads

# What of the server's environment a program may see: where things are and how text is written, and no secrets.
_KEPT = frozenset(
    "PATH HOME LANG LANGUAGE TZ USER LOGNAME SHELL TERM PWD HOSTNAME VIRTUAL_ENV LD_LIBRARY_PATH MPLCONFIGDIR "
    "TMPDIR IPYTHONDIR AERIE_IOPUB_UNLIMITED".split()
)
_KEPT_BEGINNINGS = ("LC_", "PYTHON", "XDG_", "CONDA_", "FONTCONFIG_", "SSL_CERT_")
_KEPT_ENDS = ("_NUM_THREADS",)

_exit = os._exit


def prepare():
    """Makes a new kernel ready: all that does not depend on the job."""
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(_KEPT_BEGINNINGS) and not name.endswith(_KEPT_ENDS):
            del os.environ[name]
    os.environ["MPLBACKEND"] = "agg"
    sys.dont_write_bytecode = True
    swapped = _place.install(lambda distribution: f"Install {distribution} in the image of the Jupyter server")
    paths.adopt(swapped)


def run(token):
    """Runs one job. What goes wrong here reaches the host as the kernel's own error."""
    _host.open(token, _shell())
    os._exit = _leave
    try:
        program.main(_place)
    finally:
        _place.restore()
        os._exit = _exit
        _host.close()


def _shell():
    from IPython import get_ipython

    return get_ipython()


def _leave(status):
    """``os._exit``: the host is told what the program meant, then the kernel ends."""
    if os.getpid() == _place.pid:
        _place.send_output()
        door.call("job.exit", {"status": status & 0xFF if isinstance(status, int) else 1})
    _exit(status)


class Kernel(Outside):
    """This kernel, for one job."""

    hidden = ("aerie_outside", "_host")

    def __init__(self):
        self.pid = os.getpid()
        self._folder = None
        self._streams = ()
        self._undo = []
        self._exits = _Exits()

    def prepare(self, job):
        self.pid = os.getpid()
        self._job = job
        self._threads = frozenset(threading.enumerate())
        self._take(sys, "stdin", "stdout", "stderr", "argv", "path", "displayhook")
        self._take(builtins, "input")
        self._undo.append(lambda main=sys.modules["__main__"]: sys.modules.__setitem__("__main__", main))
        self._undo.append(lambda at=os.getcwd(): os.chdir(at))
        sys.path = list(sys.path)
        self._quiet_shell()
        self._leave_event_loop()
        self._take(atexit, "register", "unregister", "_run_exitfuncs")
        self._exits.install(atexit, self._threads - {threading.current_thread()})
        self._streams = kernel_streams.open_streams()
        import _sitebuiltins

        self._take(builtins, "quit", "exit")
        builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
        builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
        if job["folders"]:
            self._folder = kernel_files.Folder(job.get("inputs") or [])
            self.own(job, self._folder.work, self._folder.inputs, self._folder.scratch)
            self._folder.watch(job.get("limits") or {}, limits.used)
        else:
            self.own(job)
        matplotlib = sys.modules.get("matplotlib")
        if matplotlib is not None:
            matplotlib.use("agg", force=True)

    def wind_up(self, status):
        end_threads(self._threads)
        super().wind_up(status)
        if os.getpid() != self.pid:
            # A child of a fork that went on to the program's end: nothing but its end is left to it.
            _exit(status)

    def close(self):
        if self._folder is not None:
            self._folder.hand_back(self._job.get("limits") or {})

    def said(self):
        for stream in self._streams:
            stream.finish()
        self.send_output()
        return {"written": dict(zip(("stdout", "stderr"), (stream.written for stream in self._streams))), "used": limits.used()}

    def send_output(self):
        """Has all that was written on its way to the host."""
        for stream in (sys.stdout, sys.stderr, *self._streams):
            try:
                stream.flush()
            except Exception:  # noqa: BLE001 - closed or replaced by the program
                pass

    def restore(self):
        """Leaves the kernel able to end in its own way."""
        clock.move({})
        paths.forget()
        while self._undo:
            self._undo.pop()()
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def _take(self, holder, *names):
        """Remembers what the program may change."""
        nothing = object()
        for name in names:
            before = getattr(holder, name, nothing)
            if before is nothing:
                self._undo.append(lambda name=name: holder.__dict__.pop(name, None))
            else:
                self._undo.append(lambda name=name, before=before: setattr(holder, name, before))

    def _quiet_shell(self):
        """No history, no backend of matplotlib but ours, and rich output at the pace of the rest."""
        shell = _shell()
        history = getattr(shell, "history_manager", None)
        if history is not None:
            history.enabled = False
        shell.enable_matplotlib = lambda *_, **__: (None, "agg")
        shell.enable_gui = lambda *_, **__: None
        register = getattr(shell.display_pub, "register_hook", None)
        if register is not None:
            register(kernel_streams.pace_display)

    def _leave_event_loop(self):
        """The program is no task of the kernel's event loop: it may run its own."""
        import asyncio
        from asyncio import events, tasks

        loop = events._get_running_loop()
        if loop is None:
            return
        swap = getattr(tasks, "_swap_current_task", None)
        task = swap(loop, None) if swap is not None else None
        events._set_running_loop(None)

        def come_back():
            events._set_running_loop(loop)
            asyncio.set_event_loop(loop)
            if swap is not None:
                swap(loop, task)

        self._undo.append(come_back)


class _Exits:
    """``atexit`` for the program: the kernel's own functions are not run at the program's end."""

    def __init__(self):
        self._functions = []

    def install(self, module, threads):
        # What the kernel's own threads register, such as that of pyzmq at its first large message, is the kernel's.
        self._idents, self._theirs = {thread.ident for thread in threads}, module.register
        module.register, module.unregister, module._run_exitfuncs = self.register, self.unregister, self.run

    def register(self, function, /, *args, **kwargs):
        if threading.get_ident() in self._idents:
            return self._theirs(function, *args, **kwargs)
        if not callable(function):
            raise TypeError("the first argument must be callable")
        self._functions.append((function, args, kwargs))
        return function

    def unregister(self, function, /):
        self._functions = [entry for entry in self._functions if entry[0] != function]

    def run(self):
        while self._functions:
            function, args, kwargs = self._functions.pop()
            try:
                function(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - as Python's own: it is printed, and ends nothing
                if not isinstance(error, SystemExit):
                    import traceback

                    print("Exception ignored in atexit callback", repr(function), file=sys.stderr)
                    traceback.print_exc()


_place = Kernel()

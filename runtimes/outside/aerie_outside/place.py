"""What a process and a kernel have in common as places of a program."""

import mmap
import sys

from aerie_guest import door, program
from aerie_outside import clock, hooks, limits, paths


# Memory that is kept for saying what went wrong, in bytes.
RESERVE = 8 << 20


class Outside(program.Place):
    """A place outside the sandbox."""

    hidden = ("aerie_outside",)
    _reserve = None

    def when_imported(self, name, function):
        hooks.when_imported(name, function)

    def install(self, how):
        """What is done once and before the job: ``how(distribution)`` says how a package is installed here."""
        hooks.install(how)
        clock.install()
        door.on_clock = clock.move
        return paths.install()

    def own(self, job, work=None, inputs=None, scratch=None):
        """Makes the interpreter the job's own, with these folders and limits."""
        import os

        program.begin(job, self.when_imported)
        hooks.seed_system(job["seed"])
        os.environ["MPLBACKEND"] = "agg"
        os.environ.update(job.get("environment") or {})
        # It would close all figures at the program's end, before they are collected.
        self.when_imported("matplotlib._pylab_helpers", _keep_figures)
        if work is not None:
            os.environ["TMPDIR"] = scratch
            tempfile = sys.modules.get("tempfile")
            if tempfile is not None:
                tempfile.tempdir = None
            os.chdir(work)
            sys.path.insert(0, work)
            paths.translate(work, inputs, scratch)
        # Taken from the system, and counted by it, but never touched: to fill it with zeros takes milliseconds.
        self._reserve = mmap.mmap(-1, RESERVE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        limits.apply(job.get("limits") or {})

    def relieve(self):
        if self._reserve is not None:
            self._reserve.close()


def _keep_figures(helpers):
    import atexit

    atexit.unregister(helpers.Gcf.destroy_all)


def end_threads(before=frozenset()):
    """Waits for the threads that Python would wait for at its end: not for daemons, nor for those that were there before."""
    threading = sys.modules.get("threading")
    if threading is None:
        return
    pools = sys.modules.get("concurrent.futures.thread")
    if pools is not None:
        with pools._global_shutdown_lock:
            pools._shutdown = True
        for thread, queue in list(pools._threads_queues.items()):
            if thread not in before:
                queue.put(None)
    for thread in threading.enumerate():
        if not thread.daemon and thread not in before and thread is not threading.current_thread():
            thread.join()

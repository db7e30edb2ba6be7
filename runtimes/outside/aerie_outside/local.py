"""A program in a fresh process of a site's Python.

The door is standard input. What a first program needs is imported before the job is asked for; while the host lets a spare
process wait, it goes on to import what most programs need next.
"""

import os
import sys

from aerie_outside import host

_door = host.Door()
_door.install()

from aerie_guest import program  # noqa: E402 - it takes the door that was just installed
from aerie_outside.place import Outside, end_threads  # noqa: E402

_NEXT = (
    "json", "traceback", "linecache", "aerie_guest.values", "aerie_guest.restore", "aerie_guest.context", "atexit", "re",
    "datetime", "random", "collections", "functools", "typing", "contextlib",
)  # fmt: skip

_exit = os._exit


class Local(Outside):
    """This process."""

    def __init__(self):
        self._pid = os.getpid()

    def prepare(self, job):
        program.open_streams()
        sys.__stdout__, sys.__stderr__, sys.__stdin__ = sys.stdout, sys.stderr, sys.stdin
        folders = job.get("paths")
        if folders is None:
            self.own(job)
        else:
            self.own(job, folders["work"], folders["inputs"], folders["scratch"])

    def wind_up(self, status):
        if os.getpid() == self._pid:
            end_threads()
        super().wind_up(status)
        if os.getpid() != self._pid:
            # A child of a fork that went on to the program's end: nothing but its end is left to it.
            _flush()
            _exit(status)

    def close(self):
        _flush()


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: BLE001 - closed or replaced by the program
            pass


def _leave(status):
    """``os._exit``: the host is told what the program meant, then the process ends."""
    if os.getpid() == _door.pid and not _door.busy():
        from aerie_guest import door

        door.call("job.exit", {"status": status & 0xFF if isinstance(status, int) else 1})
    _exit(status)


def _idle():
    for name in _NEXT:
        yield __import__(name)


def main():
    """Runs one job and ends the process."""
    place = Local()
    place.install(lambda distribution: f"Install it with: {sys.executable} -m pip install {distribution}")
    os._exit = _leave
    _door.idle = _idle()
    program.main(place)
    _flush()
    _exit(0)

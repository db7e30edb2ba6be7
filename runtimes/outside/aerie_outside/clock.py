"""``time`` as the host has it: real, until the host says that it is virtual and how far ahead.

From then on clocks are that far ahead and sleeping takes no time: the host is told, and says how far ahead time is now.
The functions are in place from the start, so that a program that took them by name has them too. ``datetime.now`` is not
among them, nor are waits of threads and sockets: those stay real.
"""

import time
from _thread import get_ident

from aerie_outside import hooks
from aerie_outside.functions import standing_for

_NANO = 1_000_000_000
_CLOCKS = ("time", "monotonic", "perf_counter")
_real_sleep = time.sleep
_real_time = time.time

virtual = False
_ahead = 0
_ahead_seconds = 0.0
_main = get_ident()


def install():
    """Puts the functions in their places."""
    for name in _CLOCKS:
        setattr(time, name, _seconds(getattr(time, name)))
        setattr(time, f"{name}_ns", _nanoseconds(getattr(time, f"{name}_ns")))
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, _of_now(getattr(time, name)))
    time.strftime = standing_for(time.strftime, strftime, "time")
    time.asctime = standing_for(time.asctime, asctime, "time")
    time.sleep = standing_for(_real_sleep, sleep, "time")
    hooks.when_imported("asyncio.base_events", _event_loops)


def move(clock):
    """The host's word: ``{"virtual": bool, "ahead": nanoseconds}``."""
    global virtual, _ahead, _ahead_seconds
    virtual = bool(clock.get("virtual"))
    _ahead = int(clock.get("ahead", 0)) if virtual else 0
    _ahead_seconds = _ahead / _NANO


def _seconds(real):
    return standing_for(real, lambda: real() + _ahead_seconds, "time")


def _nanoseconds(real):
    return standing_for(real, lambda: real() + _ahead, "time")


def _of_now(real):
    def at(seconds=None, /):
        return real(_real_time() + _ahead_seconds if seconds is None else seconds)

    return standing_for(real, at, "time")


_real_strftime, _real_asctime = time.strftime, time.asctime


def strftime(format, t=None, /):
    return _real_strftime(format, time.localtime() if t is None else t)


def asctime(t=None, /):
    return _real_asctime(time.localtime() if t is None else t)


def sleep(seconds, /):
    if not virtual:
        return _real_sleep(seconds)
    _real_sleep(0 * seconds if isinstance(seconds, (int, float)) else seconds)
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    _host_sleeps(float(seconds))


def _host_sleeps(seconds):
    from aerie_guest import door

    door.call("job.sleep", {"seconds": seconds})


def _event_loops(base_events):
    """Has event loops pass the time until their next timer as ``sleep`` does."""
    run_once = base_events.BaseEventLoop._run_once

    def _run_once(self):
        if virtual and not self._ready and not self._stopping and self._scheduled and get_ident() == _main:
            wait = self._scheduled[0]._when - self.time()
            if wait > 0:
                _host_sleeps(wait)
        run_once(self)

    base_events.BaseEventLoop._run_once = _run_once


def real_sleep(seconds):
    """Sleeps in the real world."""
    _real_sleep(seconds)


def real_monotonic(_clock=time.monotonic):
    """The real clock."""
    return _clock()

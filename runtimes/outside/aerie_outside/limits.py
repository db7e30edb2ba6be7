"""Limits that the operating system keeps on this process: memory, CPU time, size of a file, no core dumps.

They are only ever lowered. The host keeps its own eye on all of them; these make the program's error an early and clear one.
"""

import resource
from _signal import SIGXCPU, signal

# Seconds between the signal and the end of a process that does not heed it.
_GRACE = 5


_before = 0.0


def used():
    """What the job used so far, for information: the host has no other way to know it of a kernel."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_seconds": usage.ru_utime + usage.ru_stime - _before, "memory_bytes": usage.ru_maxrss * 1024}


def apply(limits):
    """Sets them. When the CPU time is spent, the host is told and ends the program."""
    global _before
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _before = usage.ru_utime + usage.ru_stime
    memory, cpu, file = limits.get("memory"), limits.get("cpu_seconds"), limits.get("file_bytes")
    if memory is not None:
        _lower(resource.RLIMIT_DATA, memory, memory)
    if file is not None:
        _lower(resource.RLIMIT_FSIZE, file, file)
    _lower(resource.RLIMIT_CORE, 0, 0)
    if cpu is not None:
        try:
            signal(SIGXCPU, _spent)
        except ValueError:  # not in the main thread: the system ends the process then, and the host sees that
            pass
        soft = int(_before + cpu) + 1
        _lower(resource.RLIMIT_CPU, soft, soft + _GRACE)


def _spent(number, frame):
    from aerie_guest import door

    try:
        door.call("job.limit", {"limit": "cpu", "used": used()})
    except Exception:  # noqa: BLE001 - in the middle of another call: the signal comes again in a second
        pass


def _lower(what, soft, hard):
    unlimited = resource.RLIM_INFINITY
    now_soft, now_hard = resource.getrlimit(what)
    # More than the system can count is no limit.
    hard = _least(hard, now_hard, unlimited)
    soft = _least(_least(soft, now_soft, unlimited), hard, unlimited)
    try:
        resource.setrlimit(what, (soft, hard))
    except (OSError, ValueError, OverflowError):
        pass


def _least(new, old, unlimited):
    new = unlimited if new >= 1 << 62 else int(new)
    if old == unlimited:
        return new
    return old if new == unlimited else min(new, old)

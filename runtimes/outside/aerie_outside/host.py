"""``_host`` of a local Python: frames over the socket that it was started with.

Each message is a little-endian u32 length, then a frame; one request at a time, from whatever thread. A signal handler may
raise in the middle of a call: what is left of that call is finished by the next. A host that is gone ends the process.
"""

import os
import sys
from _thread import RLock
from errno import EBADF, ECONNRESET, ENOTCONN, EPIPE
from fcntl import F_DUPFD_CLOEXEC, fcntl
from select import POLLIN, poll

# What frames may be, as the host has it.
MAX_FRAME = 64 << 20
# Where the socket goes: out of the way of a program that counts its files.
_HIGH = 200
# The exit status of a Python whose host is gone; nobody is there to see it.
_ALONE = 70

# Milliseconds that an answer takes which nobody has to wait for.
_AT_HAND = 3

_GONE = (EPIPE, ECONNRESET, EBADF, ENOTCONN)

_exit = os._exit


class Door:
    """One end of the socket. ``call`` is what ``_host.call`` must be."""

    def __init__(self, fd=0):
        self._fd = fcntl(fd, F_DUPFD_CLOEXEC, _HIGH)
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        os.dup2(nothing, fd)
        os.close(nothing)
        self._lock = RLock()
        self.pid = os.getpid()
        self._unsent = b""
        self._owed = 0
        self._reply = bytearray()
        # Gone through step by step, once, while the host lets the first call wait.
        self.idle = None

    def install(self):
        """Makes this the module ``_host``."""
        module = type(sys)("_host", "The door to the host.")
        module.call = self.call
        sys.modules["_host"] = module

    def busy(self):
        """Whether this very thread is in a call: a signal handler asks."""
        return self._lock._is_owned()

    def call(self, frame):
        """Sends one frame and gives the answer."""
        if os.getpid() != self.pid:
            return _refusal("a forked process has no door of its own")
        if len(frame) > MAX_FRAME:
            return _refusal("the frame is larger than 64 MiB")
        if self.busy():
            return _refusal("a signal handler cannot call the host in the middle of another call")
        with self._lock:
            self._finish()
            self._owed = 1
            self._unsent = memoryview(b"".join((len(frame).to_bytes(4, "little"), frame)))
            return self._finish()

    def _finish(self):
        """Sends what is unsent, and gives the reply that is owed."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._fd, self._unsent) :]
            if self.idle is not None and self._owed:
                self._wait()
            while self._owed:
                wanted = 4 if len(self._reply) < 4 else 4 + int.from_bytes(self._reply[:4], "little")
                if len(self._reply) == wanted > 4:
                    reply, self._reply, self._owed = bytes(memoryview(self._reply)[4:]), bytearray(), 0
                    return reply
                piece = os.read(self._fd, min(wanted - len(self._reply), 1 << 20))
                if not piece:
                    _exit(_ALONE)
                self._reply += piece
        except OSError as error:
            # A signal handler may raise a TimeoutError, which is one too and has no number.
            if error.errno in _GONE:
                _exit(_ALONE)
            raise
        return None

    def _wait(self):
        idle, self.idle = self.idle, None
        ready = poll()
        ready.register(self._fd, POLLIN)
        # A host that has the job at hand answers sooner than a step takes.
        if not ready.poll(_AT_HAND):
            for _ in idle:
                if ready.poll(0):
                    break


def _refusal(message):
    header = f'{{"error":{{"type":"DoorError","message":"{message}"}}}}'.encode()
    return len(header).to_bytes(4, "little") + header

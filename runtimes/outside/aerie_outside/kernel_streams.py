"""Standard output and error in a kernel: as everywhere for the program, and no faster than a server lets through.

A Jupyter server drops what a kernel sends beyond ``iopub_data_rate_limit``, by default 1,000,000 bytes a second over windows
of 3 s. Output waits rather than being lost; what was written is counted, so that the host knows if something was lost after
all. With ``AERIE_IOPUB_UNLIMITED`` in the environment the server has no such limit, and nothing waits.
"""

import codecs
import io
import os
import sys
from collections import deque

from aerie_outside import clock

# Less than the 3,000,000 of the server's window, in longer ones: messages leave a little later than they are written.
_WINDOW = 3.6
_BYTES = 2_400_000
# Largest piece that is written at once.
_PIECE = 128 << 10
# What a message costs besides its content.
_MESSAGE = 1_000


class _Pace:
    def __init__(self):
        self._sent = deque()
        self._sum = 0

    def spend(self, cost):
        """Waits until ``cost`` more bytes may go."""
        if "AERIE_IOPUB_UNLIMITED" in os.environ:
            return
        while True:
            now = clock.real_monotonic()
            while self._sent and self._sent[0][0] <= now - _WINDOW:
                self._sum -= self._sent.popleft()[1]
            if not self._sent or self._sum + cost <= _BYTES:
                break
            clock.real_sleep(max(0.001, self._sent[0][0] + _WINDOW - now))
        self._sum += cost
        if self._sent and now - self._sent[-1][0] < 0.05:
            self._sent[-1][1] += cost
        else:
            self._sent.append([now, cost + _MESSAGE])
            self._sum += _MESSAGE


_pace = _Pace()


def _cost(text):
    """Bytes of ``text`` in a message."""
    from json.encoder import encode_basestring

    return len(encode_basestring(text).encode("utf-8", "replace"))


class Stream(io.RawIOBase):
    """Bytes to one of the kernel's own streams, which take text."""

    def __init__(self, to):
        self._to = to
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        # Bytes that went to the kernel's stream, as UTF-8.
        self.written = 0
        self._flushed = 0

    def writable(self):
        return True

    def write(self, data):
        view = memoryview(data).cast("B")
        for at in range(0, len(view), _PIECE):
            self._send(self._decoder.decode(view[at : at + _PIECE]))
        return len(view)

    def flush(self):
        # Each flush waits for another thread. The first of ipykernel 7 has it queue the message, and returns before that is
        # sent; what follows may not let that thread run again.
        if not self.closed and self.written != self._flushed:
            self._to.flush()
            self._to.flush()
            self._flushed = self.written

    def finish(self):
        self._send(self._decoder.decode(b"", True))

    def _send(self, text):
        if text:
            _pace.spend(_cost(text))
            self._to.write(text)
            self.written += len(text.encode())


def open_streams():
    """Puts them in place; gives both for counting."""
    streams = Stream(sys.stdout), Stream(sys.stderr)
    sys.stdout = io.TextIOWrapper(streams[0], encoding="utf-8", write_through=True, newline="\n")
    sys.stderr = io.TextIOWrapper(streams[1], encoding="utf-8", errors="backslashreplace", write_through=True, newline="\n")
    sys.stdin = io.StringIO("")
    return streams


def pace_display(message):
    """A hook for messages of rich output: they count too."""
    content = message.get("content") or {}
    _pace.spend(sum(len(value) if isinstance(value, (str, bytes)) else len(str(value)) for value in content.get("data", {}).values()))
    return message

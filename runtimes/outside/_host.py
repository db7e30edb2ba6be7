"""The guest's end of the door in a kernel: requests on the stdin channel, with the frame as the message's buffer.

It keeps hold of what it needs, so that a program that changes `get_ipython` or `threading` changes nothing here.
"""

import os
import signal
import sys
import threading
import time

_WORD = "aerie-door/1"
_AGAIN = 10.0  # seconds after which a request is sent again: a connection may have been lost
_MAX_FRAME = 64 << 20  # as the host has it
_lock = threading.RLock()
_state = {"token": None}


class DoorClosed(RuntimeError):
    """There is nobody to ask."""


def open(token, shell):
    """Begins an execution. To be called in its cell with its ``get_ipython()``: what is asked later, from any thread, belongs
    to that cell."""
    kernel = shell.kernel
    ident = getattr(kernel, "_parent_ident", None)
    ident = ident["shell"] if ident is not None else None
    if ident is None:
        ident = kernel._get_shell_context_var(kernel._shell_parent_ident)
    _state.update(
        token=token,
        seq=0,
        pid=os.getpid(),
        session=kernel.session,
        socket=kernel.stdin_socket,
        ident=ident,
        parent=kernel.get_parent("shell"),
        main=threading.main_thread().ident,
        busy=False,
    )


def close():
    """Ends it: nothing is asked any more."""
    _state["token"] = None


def call(frame):
    """Sends a frame and gives the frame that answers it. A kernel's interrupt ends the waiting."""
    with _lock:
        if _state["token"] is None:
            raise DoorClosed("the host is not listening: the execution is over")
        if os.getpid() != _state["pid"]:
            raise DoorClosed("the host answers the process that it started, not its children")
        if len(frame) > _MAX_FRAME:
            return _refusal("the frame is larger than 64 MiB")
        if _state["busy"]:
            raise DoorClosed("the host was asked while it was being asked (in a signal handler)")
        _state["busy"] = True
        try:
            return _call(frame)
        finally:
            _state["busy"] = False


def _refusal(message):
    header = f'{{"error":{{"type":"DoorError","message":"{message}"}}}}'.encode()
    return len(header).to_bytes(4, "little") + header


def _call(frame):
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # a program may have put anything there
            pass
    _state["seq"] = seq = _state["seq"] + 1
    socket = _state["socket"]
    parts = {}
    _send(seq, frame)
    again = time.monotonic() + _AGAIN
    while True:
        left = again - time.monotonic()
        if left <= 0:
            parts.clear()
            _send(seq, frame)
            again = time.monotonic() + _AGAIN
            continue
        # Short enough that an interrupt is seen soon even where it does not wake this.
        if not socket.poll(int(min(left, 0.2) * 1000) + 1):
            continue
        try:
            _, reply = _state["session"].recv(socket)
        except (ValueError, KeyError, TypeError):  # a message that is none
            continue
        if reply is None:
            continue
        words = str(reply["content"].get("value", "")).split(" ")
        buffers = reply.get("buffers") or []
        if words[:2] != [_WORD, str(seq)] or len(buffers) != 1:
            continue  # an answer to what nobody waits for any more
        if len(words) == 2:
            return bytes(buffers[0])
        parts[int(words[2])] = buffers[0]
        again = time.monotonic() + _AGAIN
        if len(parts) == int(words[3]):
            return b"".join(parts[n] for n in sorted(parts))


def _send(seq, frame):
    # A message has parts; an interrupt between two of them would garble all that follows.
    interrupted = []
    main = threading.get_ident() == _state["main"]
    handler = signal.getsignal(signal.SIGINT) if main else None
    if handler is not None:
        signal.signal(signal.SIGINT, lambda *args: interrupted.append(args))
    try:
        _state["session"].send(
            _state["socket"],
            "input_request",
            {"prompt": f"{_WORD} {_state['token']} {seq}", "password": False},
            _state["parent"],
            ident=_state["ident"],
            buffers=[frame],
        )
    finally:
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
    if interrupted and callable(handler):
        handler(*interrupted[0])

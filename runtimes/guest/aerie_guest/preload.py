"""Runs once, before the image is taken: imports what every program should find ready."""

import atexit
import gc
import importlib
import sys

# What the guest imports when a program first needs it: elsewhere that keeps a start cheap, here it costs nothing.
_LATER = (
    "aerie_guest.values", "ast", "base64", "dataclasses", "datetime", "decimal", "enum", "fractions", "io", "json",
    "linecache", "pathlib", "re", "traceback", "uuid",
)  # fmt: skip


def preload(modules, warm):
    """Imports ``modules``, warms up with ``aerie_guest.<warm>.warm()``, and freezes what is there."""
    import aerie_guest.program  # noqa: F401 - so that it is in the image

    sys.dont_write_bytecode = True
    _event_loops_without_sockets()
    for name in (*_LATER, *modules):
        importlib.import_module(name)
        if name == "numpy":
            from aerie_guest import integers

            integers.install()
    if warm:
        importlib.import_module(f"aerie_guest.{warm}").warm()
    # What the packages would do when a process ends is no business of a program's; its own exit functions are run.
    atexit._clear()
    gc.collect()
    gc.freeze()


def _event_loops_without_sockets():
    """Has asyncio do without the pair of sockets through which other threads and signals wake it: there are neither."""
    from asyncio.selector_events import BaseSelectorEventLoop

    def make_self_pipe(loop):
        loop._ssock = loop._csock = None

    BaseSelectorEventLoop._make_self_pipe = make_self_pipe
    BaseSelectorEventLoop._close_self_pipe = lambda loop: None

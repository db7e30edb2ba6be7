"""The exceptions of p4p's clients, and those of the gate, which are kinds of :class:`RemoteError`."""

from p4p.wrapper import Type, Value  # noqa: F401 - programs may look for them here

__all__ = ("RemoteError", "Disconnected", "Cancelled", "Finished", "WriteRefused", "WriteMismatch", "ReadRefused")


class RemoteError(RuntimeError):
    """The server refused, in its own words."""


class ReadRefused(RemoteError):
    """The site's policy refuses the read."""


class WriteRefused(RemoteError):
    """The gate refused the write: nothing was sent. ``reason`` is its code, such as ``MAX_EXCEEDED``."""

    def __init__(self, message="", reason=None):
        super().__init__(message)
        self.reason = reason


class WriteMismatch(RemoteError):
    """The server took the write, but reads back another value: ``wrote`` and ``readback``, where they are short."""

    def __init__(self, message="", wrote=None, readback=None):
        super().__init__(message)
        self.wrote, self.readback = wrote, readback


class Disconnected(RuntimeError):
    """The channel is not connected."""

    def __init__(self, msg="Channel disconnected"):
        super().__init__(msg)


class Finished(Disconnected):
    """A subscription has ended."""

    def __init__(self, msg="Subscription Finished"):
        super().__init__(msg)


class Cancelled(RuntimeError):
    """An operation was cancelled."""

    def __init__(self, msg="Cancelled by client"):
        super().__init__(msg)


def set_debug(lvl):
    """As ``p4p.set_debug``: checks nothing, shows nothing."""

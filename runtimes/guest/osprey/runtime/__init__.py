"""``osprey.runtime``: reads and writes channels of whichever control system the site's configuration names.

What it promises: Osprey's functions and errors. ``timeout`` counts; ``verification_level`` and ``tolerance`` are taken
and change nothing: the host reads every write back as the site's configuration says, and no program switches that off.
"""

from aerie_guest import control
from osprey.errors import (
    ChannelLimitsViolationError,
    ChannelWriteBlockedError,
    ChannelWriteFailedError,
    of_outcome,
)

__all__ = [
    "ChannelLimitsViolationError",
    "ChannelWriteBlockedError",
    "ChannelWriteFailedError",
    "cleanup_runtime",
    "read_channel",
    "write_channel",
    "write_channels",
]


def read_channel(channel_address, *, timeout=None, **kwargs):
    """The channel's value now. Raises ConnectionError, TimeoutError, or RuntimeError where the read is refused."""
    try:
        return control.read("site", channel_address, timeout).value
    except control.ControlError as error:
        raise _fault(error, channel_address) from None


def write_channel(channel_address, value, *, timeout=None, verification_level=None, tolerance=None, **kwargs):
    """Writes one channel. Raises ChannelWriteBlockedError or ChannelWriteFailedError where it was not done."""
    write_channels({channel_address: value}, timeout=timeout)


def write_channels(channel_values, *, timeout=None, verification_level=None, tolerance=None, **kwargs):
    """Writes channels in their order and stops at the first that was not done, with its error."""
    writes = list(channel_values.items())
    try:
        outcomes = control.write_many("site", writes, timeout, stop_on_failure=True)
    except control.ControlError as error:
        raise _fault(error, error.channel or ", ".join(channel_values)) from None
    except (TypeError, OverflowError) as error:
        name = ", ".join(channel_values)
        raise ChannelWriteBlockedError(name, "VALIDATION_ERROR", f"Write to '{name}' refused: {error}") from None
    for outcome, (_, value) in zip(outcomes, writes, strict=True):
        fault = of_outcome(outcome, value)
        if fault is not None:
            raise fault


async def cleanup_runtime():
    """Nothing is to be cleaned up: the host holds the connections."""


def _fault(error, channel):
    if error.kind == "NotConnected":
        return ConnectionError(f"Failed to connect to '{channel}': {error.message}")
    if error.kind == "Timeout":
        return TimeoutError(f"'{channel}' did not answer in time: {error.message}")
    return RuntimeError(f"{channel}: {error.message}")


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"osprey.runtime has no {name!r}. It has read_channel, write_channel, write_channels and cleanup_runtime"
    )

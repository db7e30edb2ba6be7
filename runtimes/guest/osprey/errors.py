"""The errors of channel operations, with Osprey's names. All of them are RuntimeErrors too, as earlier Ospreys raised.

``reason`` is Osprey's word; ``gate_reason`` is the gate's own, such as MAX_EXCEEDED; ``channel_address`` the channel.
"""

_SWITCHED_OFF = frozenset(
    ("READ_ONLY_EXECUTION", "WRITES_DISABLED", "STOPPED", "NOT_GRANTED", "NOT_RECORDED", "DEVIATES_FROM_PLAN")
)
_INVALID = frozenset(("INVALID_CHANNEL", "WRONG_TYPE", "NOT_FINITE", "TOO_LONG", "UNSUPPORTED", "NOT_TRIED"))


class ChannelWriteBlockedError(RuntimeError):
    """The gate refused a write: nothing was written. ``reason`` is WRITES_DISABLED, LIMITS or VALIDATION_ERROR."""

    def __init__(self, channel_address, reason, message=None, gate_reason=None):
        super().__init__(message or f"Write to '{channel_address}' refused ({reason})")
        self.channel_address = channel_address
        self.reason = reason
        self.gate_reason = gate_reason


class ChannelLimitsViolationError(ChannelWriteBlockedError):
    """The value, the channel or the moment is outside the limits. ``violation_type`` is the gate's reason."""

    def __init__(self, channel_address, value, violation_type, violation_reason):
        text = f"Write to '{channel_address}' refused ({violation_type}): {violation_reason}"
        super().__init__(channel_address, "LIMITS", text, violation_type)
        self.attempted_value = value
        self.violation_type = violation_type
        self.violation_reason = violation_reason


class ChannelWriteFailedError(RuntimeError):
    """A write was tried and is not known to have succeeded. ``reason`` is WRITE_FAILED or READBACK_UNVERIFIED.

    ``outcome`` is the gate's word: failed, mismatch or unknown; ``observed_value`` what the channel held afterwards.
    """

    def __init__(self, channel_address, reason, message=None, outcome=None, value_written=None, observed_value=None):
        super().__init__(message or f"Write to '{channel_address}' failed ({reason})")
        self.channel_address = channel_address
        self.reason = reason
        self.outcome = outcome
        self.value_written = value_written
        self.observed_value = observed_value


def of_outcome(outcome, value):
    """The error for what became of a write, or None where it was done."""
    channel, word = outcome.channel, outcome.outcome
    if word in ("confirmed", "unconfirmed"):
        return None
    if word == "refused":
        return _refused(channel, value, outcome.reason, outcome.message)
    reason = "WRITE_FAILED" if word == "failed" else "READBACK_UNVERIFIED"
    text = f"Write to '{channel}' failed ({word}): {outcome.message}"
    return ChannelWriteFailedError(channel, reason, text, word, outcome.wrote, outcome.readback)


def _refused(channel, value, reason, message):
    text = f"Write to '{channel}' refused ({reason}): {message}"
    if reason == "NOT_CONNECTED":
        return ConnectionError(f"Failed to connect to '{channel}': {message}")
    if reason in _SWITCHED_OFF:
        return ChannelWriteBlockedError(channel, "WRITES_DISABLED", text, reason)
    if reason in _INVALID:
        return ChannelWriteBlockedError(channel, "VALIDATION_ERROR", text, reason)
    return ChannelLimitsViolationError(channel, value, reason, message)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"osprey.errors has no {name!r} in this sandbox; it has the errors of channel operations")

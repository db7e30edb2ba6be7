"""What the normative types share: the alarm and the time."""

from datetime import datetime

from p4p.wrapper import Type

timeStamp = Type(id="time_t", spec=[("secondsPastEpoch", "l"), ("nanoseconds", "i"), ("userTag", "i")])
alarm = Type(id="alarm_t", spec=[("severity", "i"), ("status", "i"), ("message", "s")])


class NTBase:
    """What makes and reads one normative type."""

    def __init__(self, *args, **kws):
        self.type = self.buildType(*args, **kws)

    @staticmethod
    def _annotate(value, timestamp=None, severity=None, message=None):
        """Sets the alarm and the time of a value."""
        if severity is not None:
            value["alarm.severity"] = severity
        if message is not None:
            value["alarm.message"] = message
        if timestamp is not None:
            if isinstance(timestamp, datetime):
                timestamp = timestamp.timestamp()
            if isinstance(timestamp, (int, float)):
                seconds, part = divmod(timestamp, 1.0)
                timestamp = (int(seconds), int(part * 1e9))
            value["timeStamp"] = {"secondsPastEpoch": timestamp[0], "nanoseconds": timestamp[1]}
        return value

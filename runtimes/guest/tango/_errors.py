"""The exceptions of PyTango, and which of them stands for what the host says.

What the gate refuses is a :class:`DevFailed` with reason ``AERIE_WriteRefused`` and the gate's own reason in its text; a
value that did not arrive has reason ``AERIE_Mismatch``. A device's own errors keep their reason and text.
"""

import sys
import traceback

from tango._enums import ErrSeverity
from tango._print import Struct, indented


class DevError(Struct):
    """One level of an error: ``reason``, ``desc``, ``severity``, ``origin``."""

    _names = ("desc", "origin", "reason", "severity")

    def __init__(self, reason="", desc="", severity=ErrSeverity.WARN, origin=""):
        self.reason = reason
        self.desc = desc
        self.severity = severity
        self.origin = origin

    def __str__(self):
        desc, origin = indented(self.desc).strip(), indented(self.origin).strip()
        text = f"desc = {desc}\norigin = {origin}\nreason = {self.reason}\nseverity = {self.severity}\n"
        return f"DevError[\n{indented(text)}\n]"


class DevFailed(Exception):
    """An error of the control system; ``args`` are its levels, the cause first."""

    def __str__(self):
        levels = ",\n".join(str(each).strip() for each in self.args)
        return f"DevFailed[\n{indented(levels)}\n]"

    def __repr__(self):
        return f"DevFailed(args = {self.args!r})"


class ConnectionFailed(DevFailed):
    pass


class CommunicationFailed(DevFailed):
    pass


class WrongNameSyntax(DevFailed):
    pass


class NonDbDevice(DevFailed):
    pass


class WrongData(DevFailed):
    pass


class NonSupportedFeature(DevFailed):
    pass


class AsynCall(DevFailed):
    pass


class AsynReplyNotArrived(DevFailed):
    pass


class EventSystemFailed(DevFailed):
    pass


class DeviceUnlocked(DevFailed):
    pass


class NotAllowed(DevFailed):
    pass


class Except:
    """PyTango's functions for errors."""

    @staticmethod
    def throw_exception(reason, desc, origin, severity=ErrSeverity.ERR):
        raise DevFailed(DevError(reason, desc, severity, origin))

    @staticmethod
    def re_throw_exception(error, reason, desc, origin, severity=ErrSeverity.ERR):
        raise type(error)(*error.args, DevError(reason, desc, severity, origin))

    @staticmethod
    def print_exception(error):
        print(error)

    @staticmethod
    def print_error_stack(levels):
        for each in levels:
            print(each)

    @staticmethod
    def to_dev_failed(kind=None, error=None, trace=None):
        """A :class:`DevFailed` of any exception."""
        if error is None:
            kind, error, trace = sys.exc_info()
        if error is None:
            return failed("PyDs_BadPythonException", "A badly formed exception has been received", "Py_to_dev_failed")
        if isinstance(error, DevFailed):
            return error
        desc = "".join(traceback.format_exception_only(type(error), error))
        return failed("PyDs_PythonError", desc, "".join(traceback.format_tb(trace)))

    @staticmethod
    def throw_python_exception(kind=None, error=None, trace=None):
        raise Except.to_dev_failed(kind, error, trace)


def failed(reason, desc, origin="", kind=DevFailed):
    """An exception of one level."""
    return kind(DevError(reason, desc, ErrSeverity.ERR, origin))


def not_offered(what, instead=""):
    """The exception for what this module has no part of."""
    text = f"{what} is not offered here" + (f": {instead}" if instead else "")
    return failed("AERIE_NotOffered", text, "tango", NonSupportedFeature)


def timed_out(millis, device, origin, what=""):
    """PyTango's two levels for an answer that does not come in time."""
    return CommunicationFailed(
        DevError("API_CorbaException", "TRANSIENT CORBA system exception: TRANSIENT_CallTimedout", ErrSeverity.ERR, origin),
        DevError("API_DeviceTimedOut", f"Timeout ({millis} mS) exceeded on device {device}{what}", ErrSeverity.ERR, origin),
    )


def unreachable(device, message, origin, reason="API_CantConnectToDevice", summary=None):
    """PyTango's levels for a device that nobody serves."""
    return ConnectionFailed(
        DevError("API_CorbaException", message, ErrSeverity.ERR, origin),
        DevError(reason, f"Failed to connect to device {device}", ErrSeverity.ERR, origin),
        *([DevError(*summary, ErrSeverity.ERR, origin)] if summary else []),
    )


def of_fault(fault, proxy, origin, summary=None):
    """The exception for a :class:`ControlError`. ``summary`` is the reason and text of PyTango's last level."""
    kind, message = fault.kind, fault.message
    if kind == "Timeout":
        return timed_out(proxy.get_timeout_millis(), proxy.dev_name(), origin)
    if kind == "NotConnected":
        return unreachable(proxy.dev_name(), message, origin, summary=summary)
    if kind == "InvalidChannel":
        return failed("API_WrongDeviceNameSyntax", message, origin, WrongNameSyntax)
    if kind == "Unsupported":
        return failed("AERIE_NotOffered", message, origin, NonSupportedFeature)
    levels = [DevError(fault.reason or f"AERIE_{kind}", message, ErrSeverity.ERR, origin)]
    if summary and kind == "Refused":
        levels.append(DevError(*summary, ErrSeverity.ERR, origin))
    return DevFailed(*levels)


def of_outcome(outcome, proxy, origin, what, summary):
    """The exception for what became of a write or a command; None if it went well."""
    word = outcome.outcome
    if word in ("confirmed", "unconfirmed"):
        return None
    if outcome.reason == "NOT_CONNECTED":
        return unreachable(proxy.dev_name(), outcome.message, origin)
    if word == "refused":
        return failed("AERIE_WriteRefused", f"{outcome.reason}: {outcome.message}", origin)
    if word == "mismatch":
        return failed("AERIE_Mismatch", outcome.message, origin)
    if word == "unknown":
        return timed_out(proxy.get_timeout_millis(), proxy.dev_name(), origin, what)
    first = DevError(outcome.reason or "API_AttributeFailed", outcome.message, ErrSeverity.ERR, origin)
    return DevFailed(first, DevError(*summary, ErrSeverity.ERR, origin))

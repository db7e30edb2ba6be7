"""``p4p.client.thread``: gets, puts and monitors of EPICS channels, each judged by the host's gate.

As in p4p 4.3.0, except that there are no threads: callbacks of monitors run inside ``time.sleep`` and whatever else waits.
Every put waits for the server's completion and is read back by the host, whatever ``wait`` says. What the gate refuses
raises :class:`WriteRefused`, a value that did not arrive :class:`WriteMismatch`; both are kinds of :class:`RemoteError`.
"""

import logging
from functools import partial

from aerie_guest import control
from p4p.client._values import from_json, meant, structure, unwrapped
from p4p.client.raw import (  # noqa: F401 - programs look for all of them here
    Cancelled,
    Disconnected,
    Finished,
    ReadRefused,
    RemoteError,
    WriteMismatch,
    WriteRefused,
)
from p4p.nt import buildNT
from p4p.wrapper import Type, Value

__all__ = ["Context", "Value", "Type", "RemoteError", "TimeoutError"]

_log = logging.getLogger(__name__)
_PROTOCOLS = {"pva": "pva", "ca": "ca"}

TimeoutError = TimeoutError


def _exception(fault, name):
    """p4p's exception for what the host says."""
    if fault.kind in ("Timeout", "NotConnected"):
        return TimeoutError(name)
    if fault.kind == "ReadRefused":
        return ReadRefused(f"{name}: {fault.message}")
    return RemoteError(fault.message)


def _verdict(outcome, name):
    """What a put ends with: None, or p4p's exception for its outcome."""
    word = outcome.outcome
    if word in ("confirmed", "unconfirmed"):
        return None
    if word == "unknown" or outcome.reason == "NOT_CONNECTED":
        return TimeoutError(name)
    if word == "refused":
        return WriteRefused(f"{name}: {outcome.message} ({outcome.reason})", outcome.reason)
    if word == "mismatch":
        return WriteMismatch(f"{name}: {outcome.message}", outcome.wrote, outcome.readback)
    return RemoteError(outcome.message)


class Subscription:
    """A monitor, as :meth:`Context.monitor` gives it."""

    def __init__(self, context, name, cb, notify_disconnect=False):
        self.name = name
        self._context = context
        self._cb = cb
        self._notify = notify_disconnect
        self._number = None
        self._connected = False

    def _start(self):
        if self._notify:
            # Every subscription is disconnected at first.
            control.later(lambda: self._number is not None and self._cb(Disconnected()))
        self._number = control.subscribe(self._context._protocol, self.name, self._event)

    def _event(self, event):
        try:
            was, self._connected = self._connected, event is not False
            if self._number is None or event is True or not (was or self._connected):
                return
            if event is False:
                event = Disconnected()
            elif isinstance(event, control.ControlError):
                event = _exception(event, self.name)
            if not isinstance(event, Exception):
                self._cb(self._context._unwrapped(self.name, event))
            elif self._notify:
                self._cb(event)
        except Exception:
            # As in p4p: a callback that fails ends its subscription.
            _log.exception("Error processing Subscription event for %s", self.name)
            self.close()

    def close(self):
        """Ends the subscription."""
        if self._number is not None:
            number, self._number = self._number, None
            control.unsubscribe(number)

    def __enter__(self):
        return self

    def __exit__(self, *how):
        self.close()


class Context:
    """Gets, puts and monitors channels by their names.

    ``provider`` is ``"pva"`` or ``"ca"``. Addresses (``conf``, ``useenv``) are the host's; ``queue`` and ``maxsize`` have
    no meaning without threads: all four are accepted and ignored. ``nt`` and ``unwrap`` are as in p4p.
    """

    Value = Value

    def __init__(self, provider="pva", conf=None, useenv=True, nt=None, unwrap=None, maxsize=0, queue=None):
        if provider not in _PROTOCOLS:
            raise ValueError(f"no provider {provider!r} here: 'pva' and 'ca' are")
        self.name = provider
        self._protocol = _PROTOCOLS[provider]
        self._classes = buildNT(nt, unwrap)
        self._described = {}
        self._subscriptions = []
        self._closed = False

    def __enter__(self):
        return self

    def __exit__(self, *how):
        self.close()

    def close(self):
        """Ends every subscription. Gets and puts fail from here on."""
        subscriptions, self._subscriptions, self._closed = self._subscriptions, [], True
        for subscription in subscriptions:
            subscription.close()

    def disconnect(self, name=None):
        """Forgets what is known about a channel, or about all."""
        self._described.pop(name, None) if name is not None else self._described.clear()

    def conf(self):
        """The addresses are the host's."""
        return {}

    def hurryUp(self):
        """The host searches for channels by itself."""

    @staticmethod
    def providers():
        return ["pva"]

    @staticmethod
    def set_debug(lvl):
        """There is no protocol library here whose messages it could show."""

    @staticmethod
    def makeRequest(request):
        """Requests have no effect; the text itself stands for them."""
        return request

    def _describe(self, name, timeout=5.0):
        """The channel's description, kept."""
        found = self._described.get(name)
        if found is None:
            try:
                found = self._described[name] = control.describe(self._protocol, name, timeout)
            except control.ControlError as fault:
                raise _exception(fault, name) from None
        return found

    def _unwrapped(self, name, reading):
        return unwrapped(reading, self._classes, partial(self._describe, name))

    def _open(self):
        if self._closed:
            raise RuntimeError("Context closed")

    def get(self, name, request=None, timeout=5.0, throw=True):
        """The value of a channel, or of a list of channels, read in parallel.

        ``request`` has no effect: every field that there is can be read from the result.
        """
        self._open()
        single = isinstance(name, (str, bytes))
        names = [name] if single else list(name)
        assert single or request is None or len(request) == len(names), (name, request)
        names = [each.decode() if isinstance(each, bytes) else str.__str__(each) for each in names]
        try:
            results = control.read_many(self._protocol, names, timeout)
        except control.ControlError as fault:
            results = [fault] * len(names)
        for at, (each, reading) in enumerate(zip(names, results, strict=True)):
            failed = isinstance(reading, control.ControlError)
            results[at] = _exception(reading, each) if failed else self._unwrapped(each, reading)
        return _handed_back(results, single, throw)

    def put(self, name, values, request=None, timeout=5.0, throw=True, process=None, wait=None, get=True):
        """Writes a channel, or a list of channels one after the other.

        A value is what p4p takes, as long as it names the channel's value only: a plain one, a dict, a ``Value``, a
        function that fills one in, or JSON. The host waits for completion and reads back whatever ``wait``
        and ``process`` say.
        """
        self._open()
        if request and (process or wait is not None):
            raise ValueError("request= is mutually exclusive to process= or wait=")
        single = isinstance(name, (str, bytes))
        names, values = ([name], [values]) if single else (list(name), values)
        assert len(names) == len(values), (names, values)
        names = [each.decode() if isinstance(each, bytes) else str.__str__(each) for each in names]
        values = [from_json(value) for value in values]
        results = [None] * len(names)
        writes = []
        for at, (each, value) in enumerate(zip(names, values, strict=True)):
            try:
                plain = meant(value, partial(self._describe, each, timeout), partial(self._filled, each, timeout))
            except Exception as error:  # noqa: BLE001 - whatever a value fails with is that write's result
                results[at] = error
            else:
                writes.append((at, plain))
        try:
            outcomes = control.write_many(self._protocol, [(names[at], plain) for at, plain in writes], timeout)
        except control.ControlError as fault:
            for at, _ in writes:
                results[at] = _exception(fault, names[at])
        else:
            for (at, _), outcome in zip(writes, outcomes, strict=True):
                results[at] = _verdict(outcome, names[at])
        return _handed_back(results, single, throw)

    def _filled(self, name, timeout):
        """The channel's structure as it is now, for a program's function to fill in."""
        try:
            reading = control.read(self._protocol, name, timeout)
        except control.ControlError as fault:
            raise _exception(fault, name) from None
        return structure(reading, partial(self._describe, name))

    def rpc(self, name, value, request=None, timeout=5.0, throw=True):
        """Not offered: what a call does cannot be judged."""
        error = RemoteError(f"{name}: remote procedure calls are not offered here; channels can be got, put and monitored")
        if throw:
            raise error
        return error

    def monitor(self, name, cb, request=None, notify_disconnect=False, queue=None):
        """Has ``cb`` called with every new value, inside ``time.sleep``; with exceptions too if ``notify_disconnect``."""
        self._open()
        if not callable(cb):
            raise TypeError("a monitor needs a function to call")
        subscription = Subscription(self, name, cb, notify_disconnect)
        try:
            subscription._start()
        except control.ControlError as fault:
            raise _exception(fault, name) from None
        self._subscriptions.append(subscription)
        return subscription


def _handed_back(results, single, throw):
    """The results as p4p hands them back: the first answer that is an exception is raised, time-outs last."""
    if throw:
        errors = [result for result in results if isinstance(result, Exception)]
        for error in errors:
            if not isinstance(error, TimeoutError):
                raise error
        if errors:
            raise errors[-1]
    return results[0] if single else results


def set_debug(lvl):
    """As :func:`p4p.set_debug`, without a check."""

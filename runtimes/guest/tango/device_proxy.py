"""``DeviceProxy``: a Tango device's attributes, commands and events, each operation judged by the host's gate."""

import time

from aerie_guest import control
from tango import _events, _values
from tango._data import AttributeInfoEx, CommandInfo, DeviceAttribute, TimeVal
from tango._described import Described, split
from tango._enums import AttrQuality, DevSource, DevState, ErrSeverity, ExtractAs, GreenMode
from tango._errors import DevError, DevFailed, WrongNameSyntax, failed, not_offered, of_fault, of_outcome, unreachable

# Every device has these commands; the first two are attributes too.
_COMMANDS = ("state", "status", "init")
_UNKNOWN = ("API_AttrNotFound", "API_CommandNotFound")


class DeviceProxy(Described):
    """A device, by its name ``domain/family/member`` or ``tango://host:port/domain/family/member#dbase=no``."""

    def __init__(self, dev_name, need_check_acc=True, *, green_mode=None, **executors):
        if isinstance(dev_name, DeviceProxy):
            dev_name = dev_name._given
        prefix, device, suffix = split(dev_name)
        if green_mode not in (None, GreenMode.Synchronous):
            raise not_offered("This green mode", "there are no threads; use the synchronous calls")
        if len(device.split("/")) != 3 or not all(device.split("/")) or " " in device:
            if device and "/" not in device:
                raise not_offered(f"The alias {device}", "give the device's name, domain/family/member")
            text = f"Wrong device name syntax (domain/family/member) in {device}"
            raise failed("API_WrongDeviceNameSyntax", text, "DeviceProxy::parse_name()", WrongNameSyntax)
        own = self.__dict__
        own.update(_given=dev_name, _base=prefix + device, _suffix=suffix, _device=device)
        own.update(_millis=3000, _source=DevSource.CACHE_DEV, _attributes={}, _commands={}, _enums={}, _events={})
        own.update(_frozen=True, _class=None)
        try:
            self._attribute("State")
        except control.ControlError as fault:
            # A device that is down has a proxy all the same; one that is not defined has none.
            if fault.kind == "Refused" and fault.reason not in _UNKNOWN:
                raise unreachable(device, fault.message, "Connection::connect()", "API_DeviceNotDefined") from None

    # --- Attributes and commands as Python attributes -----------------------------------------------------------------

    def _what(self, name):
        """What a Python attribute means: ("attribute" or "command", description), or None and why."""
        if name.lower() in _COMMANDS:
            return "command", None
        why = None
        for what, find in (("attribute", self._attribute), ("command", self._command)):
            try:
                return what, find(name)
            except control.ControlError as fault:
                if fault.kind == "ReadRefused":
                    raise of_fault(fault, self, "DeviceProxy") from None
                why = why or (of_fault(fault, self, "DeviceProxy") if fault.reason not in _UNKNOWN else None)
        return None, why

    def __getattr__(self, name):
        if name.startswith("_") or name == "trait_names":
            raise AttributeError(name)
        what, told = self._what(name)
        if what == "command":
            return self._callable(name, told)
        if what is None:
            raise AttributeError(name) from told
        value = self.read_attribute(name).value
        labels = self._labels(name, told)
        if value is None or labels is None:
            return value
        return tuple(map(labels, value.tolist())) if hasattr(value, "tolist") else labels(value)

    def _callable(self, name, told):
        def command(*args):
            return self.command_inout(name, *args)

        if told:
            info = CommandInfo(name, told)
            command.__doc__ = f"{name}({info.in_type}) -> {info.out_type}"
        return command

    def __setattr__(self, name, value):
        if name in self.__dict__:
            self.__dict__[name] = value
            return
        what, told = self._what(name)
        if what == "command":
            raise TypeError("Cannot set the value of a command")
        if what is None:
            if not self._frozen:
                self.__dict__[name] = value
                return
            raise AttributeError(
                f"Tried to set non-existent attr {name!r} to {value!r}.\n"
                f"The DeviceProxy object interface is frozen and cannot be modified - "
                f"see tango.DeviceProxy.freeze_dynamic_interface for details."
            ) from told
        labels = self._labels(name, told)
        if labels is not None and isinstance(value, str):
            if value not in labels.__members__:
                valid = list(labels.__members__)
                raise AttributeError(f"Invalid enum value {value} for attribute {name}. Valid values: {valid}")
            value = labels[value]
        self.write_attribute(name, value)

    def freeze_dynamic_interface(self):
        self.__dict__["_frozen"] = True

    def unfreeze_dynamic_interface(self):
        self.__dict__["_frozen"] = False

    def is_dynamic_interface_frozen(self):
        return self._frozen

    def __getitem__(self, name):
        return self.read_attribute(name)

    def __setitem__(self, name, value):
        self.write_attribute(name, value)

    def __contains__(self, name):
        try:
            self._attribute(name)
        except control.ControlError:
            return False
        return True

    def __dir__(self):
        try:
            lists = self._list()
        except (DevFailed, control.ControlError):
            return super().__dir__()
        return sorted({*super().__dir__(), *lists["attributes"], *lists["commands"]})

    # --- Reading and writing ------------------------------------------------------------------------------------------

    def _reading(self, name, reading, extract_as=ExtractAs.Numpy):
        """A :class:`DeviceAttribute` of what the host read."""
        quality = AttrQuality(reading.status) if reading.status in range(5) else AttrQuality.ATTR_INVALID
        is_state = self._is_state(name, reading)
        values = []
        for value in (reading.value, reading.set):
            kind = "texts" if isinstance(value, list) else "array" if hasattr(value, "tobytes") else None
            values.append(_values.read(value, kind, is_state, extract_as))
        if quality == AttrQuality.ATTR_INVALID:
            values[0] = None
        micros, nanos = divmod(reading.nanoseconds, 1000)
        stamp = TimeVal(reading.seconds, micros, nanos)
        return DeviceAttribute(name, *values, quality, stamp, lambda: AttributeInfoEx(name, self._attribute(name)))

    def _unread(self, fault, name):
        text = f"Failed to read_attribute on device {self._device}, attribute {name}"
        return of_fault(fault, self, "DeviceProxy:read_attribute", ("API_AttributeFailed", text))

    def read_attribute(self, attr_name, extract_as=ExtractAs.Numpy, green_mode=None, wait=True, timeout=None):
        if not isinstance(attr_name, str):
            raise TypeError(f"read_attribute(): an attribute's name is a text, not {type(attr_name).__name__}")
        try:
            reading = control.read("tango", self._channel(attr_name), self._timeout())
        except control.ControlError as fault:
            raise self._unread(fault, attr_name) from None
        return self._reading(attr_name, reading, extract_as)

    def read_attributes(self, attr_names, extract_as=ExtractAs.Numpy, green_mode=None, wait=True, timeout=None):
        names = list(attr_names)
        try:
            readings = control.read_many("tango", map(self._channel, names), self._timeout())
        except control.ControlError as fault:
            raise of_fault(fault, self, "DeviceProxy:read_attributes") from None
        found = []
        for name, reading in zip(names, readings, strict=True):
            if not isinstance(reading, control.ControlError):
                found.append(self._reading(name, reading, extract_as))
            elif reading.kind in ("NotConnected", "Timeout"):
                raise self._unread(reading, name)
            else:
                found.append(DeviceAttribute(name, error=of_fault(reading, self, "DeviceProxy:read_attributes")))
        return found

    def _meant(self, attr, value):
        """The attribute's channel and the value as its type."""
        name = attr.name if isinstance(attr, AttributeInfoEx) else attr
        try:
            told = self._attribute(name)
        except control.ControlError as fault:
            raise of_fault(fault, self, "DeviceProxy:write_attribute()") from None
        return self._channel(name), _values.to_write(value, told)

    def _write(self, pairs):
        try:
            return control.write_many("tango", pairs, self._timeout())
        except control.ControlError as fault:
            raise of_fault(fault, self, "DeviceProxy:write_attribute()") from None

    def _unwritten(self, outcome, attr):
        name = attr.name if isinstance(attr, AttributeInfoEx) else attr
        text = f"Failed to write_attribute on device {self._device}, attribute {name}"
        return of_outcome(outcome, self, "DeviceProxy:write_attribute()", "", ("API_AttributeFailed", text))

    def write_attribute(self, attr, value, green_mode=None, wait=True, timeout=None):
        (outcome,) = self._write([self._meant(attr, value)])
        error = self._unwritten(outcome, attr)
        if error:
            raise error

    def write_attributes(self, attr_values, green_mode=None, wait=True, timeout=None):
        """Writes one after the other. If some fail, the first level names them all, and theirs follow."""
        attr_values = list(attr_values)
        outcomes = self._write([self._meant(attr, value) for attr, value in attr_values])
        errors = [self._unwritten(outcome, attr) for (attr, _), outcome in zip(attr_values, outcomes, strict=True)]
        names = [getattr(attr, "name", attr) for (attr, _), error in zip(attr_values, errors, strict=True) if error]
        if names:
            text = f"Failed to execute DeviceProxy::write_attributes on device {self._device}, object(s) {', '.join(names)}"
            first = DevError("API_AttributeFailed", text, ErrSeverity.ERR, "DeviceProxy::write_attributes")
            raise DevFailed(first, *(level for error in errors if error for level in error.args))

    def write_read_attribute(self, attr, value, extract_as=ExtractAs.Numpy, green_mode=None, wait=True, timeout=None):
        """Writes, then reads: two operations here, between which other clients may come."""
        self.write_attribute(attr, value)
        return self.read_attribute(getattr(attr, "name", attr), extract_as)

    def write_read_attributes(self, attr_values, attr_read_names, extract_as=ExtractAs.Numpy, **green):
        self.write_attributes(attr_values)
        return self.read_attributes(attr_read_names, extract_as)

    # --- Commands -----------------------------------------------------------------------------------------------------

    def command_inout(self, name, cmd_param=None, green_mode=None, wait=True, timeout=None):
        origin = "Connection::command_inout()"
        summary = "API_CommandFailed", f"Failed to execute command_inout on device {self._device}, command {name}"
        try:
            told = self._command(name)
            try:
                argument = _values.argument(name, told, cmd_param)
            except DevFailed as error:
                if cmd_param is None:
                    error.args += (DevError(*summary, ErrSeverity.ERR, origin),)
                raise
            outcome = control.command(self._channel(name + "()"), argument, self._timeout())
        except control.ControlError as fault:
            raise of_fault(fault, self, origin, summary) from None
        error = of_outcome(outcome, self, origin, f", command {name}", summary)
        if error:
            raise error
        return _values.of_command(outcome.value, told)

    def state(self, green_mode=None, wait=True, timeout=None):
        value = self.read_attribute("State").value
        return DevState.UNKNOWN if value is None else value

    def status(self, green_mode=None, wait=True, timeout=None):
        return self.read_attribute("Status").value

    def ping(self, green_mode=None, wait=True, timeout=None):
        """Microseconds that a read of the state takes."""
        start = time.perf_counter()
        self.read_attribute("State")
        return int((time.perf_counter() - start) * 1e6)

    # --- Events -------------------------------------------------------------------------------------------------------

    def subscribe_event(self, attr_name, event_type=None, cb=None, *options, **named):
        return _events.subscribe(self, attr_name, event_type, cb, options, named)

    def unsubscribe_event(self, event_id, **green):
        _events.unsubscribe(self, event_id)

    def get_events(self, event_id, callback=None, extract_as=ExtractAs.Numpy):
        return _events.waiting(self, event_id, callback)


def get_device_proxy(*args, **named):
    return DeviceProxy(*args, **named)

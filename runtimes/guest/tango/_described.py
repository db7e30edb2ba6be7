"""What a device's proxy knows of the device: its names, the descriptions of its attributes and commands, its lists; and
what is not offered."""

import enum

from aerie_guest import control
from tango._data import AttributeInfoEx, CommandInfo, DeviceInfo
from tango._enums import GreenMode
from tango._errors import DevFailed, not_offered, of_fault


def split(name):
    """A name as what stands before the device, the device's own name, and what stands after it."""
    if not isinstance(name, str):
        raise TypeError(f"DeviceProxy(): a device's name is a text, not {type(name).__name__}")
    rest, mark, suffix = name.partition("#")
    prefix = ""
    if rest.lower().startswith("tango:"):
        rest = rest[6:]
    if rest.startswith("//"):
        host, _, rest = rest[2:].partition("/")
        prefix = f"tango://{host}/"
    return prefix, rest, mark + suffix


class Described:
    """The part of :class:`tango.DeviceProxy` that describes; it keeps what it has been told."""

    # --- Names and descriptions ---------------------------------------------------------------------------------------

    def _channel(self, name):
        return f"{self._base}/{name}{self._suffix}"

    def _attribute(self, name):
        """The attribute's description, kept."""
        key = name.lower()
        if key not in self._attributes:
            self._attributes[key] = control.describe("tango", self._channel(name), self._timeout())
        return self._attributes[key]

    def _command(self, name):
        """The command's description, kept."""
        key = name.lower()
        if key not in self._commands:
            self._commands[key] = control.describe("tango", self._channel(name + "()"), self._timeout())
        return self._commands[key]

    def _timeout(self):
        return self._millis / 1000

    def _labels(self, name, told):
        """The class of an enum attribute's values, or None."""
        if told.get("kind") != "enum" or told.get("native") == "DevState":
            return None
        key = name.lower()
        if key not in self._enums:
            title = told["name"].partition("#")[0].rpartition("/")[2] if told.get("name") else name
            self._enums[key] = enum.IntEnum(title, list(told.get("labels") or []), start=0)
        return self._enums[key]

    def _is_state(self, name, reading):
        if name.lower() == "state":
            return True
        return reading.type in ("enum", "text", "texts") and self._attribute(name).get("native") == "DevState"

    def __str__(self):
        if self._class is None:
            try:
                self.__dict__["_class"] = self._list().get("class") or "Device"
            except (DevFailed, control.ControlError):
                self.__dict__["_class"] = "Device"
        return f"{self._class}({self._device})"

    __repr__ = __str__

    def name(self):
        return self._device

    dev_name = name

    def get_dev_host(self):
        return self._base[8:].partition(":")[0] if self._base.startswith("tango://") else ""

    def get_dev_port(self):
        return self._base[8:].partition("/")[0].partition(":")[2] if self._base.startswith("tango://") else ""

    def is_dbase_used(self):
        return "dbase=no" not in self._suffix

    # --- Configuration ------------------------------------------------------------------------------------------------

    def get_attribute_config(self, names, **green):
        if not isinstance(names, str):
            return [self.get_attribute_config(name) for name in names]
        try:
            told = self._attribute(names)
        except control.ControlError as fault:
            raise of_fault(fault, self, "DeviceProxy:get_attribute_config") from None
        title = told["name"].partition("#")[0].rpartition("/")[2] if told.get("name") else names
        return AttributeInfoEx(title if title.lower() == names.lower() else names, told)

    attribute_query = get_attribute_config

    def get_attribute_config_ex(self, names, **green):
        return [self.get_attribute_config(name) for name in ([names] if isinstance(names, str) else names)]

    def attribute_list_query(self):
        return [self.get_attribute_config(name) for name in self.get_attribute_list()]

    attribute_list_query_ex = attribute_list_query

    def command_query(self, name):
        try:
            return CommandInfo(name, self._command(name))
        except control.ControlError as fault:
            raise of_fault(fault, self, "DeviceProxy:command_query") from None

    def get_command_config(self, value=("All commands",), **green):
        if isinstance(value, str):
            return self.command_query(value)
        names = self.get_command_list() if tuple(value) == ("All commands",) else value
        return [self.command_query(name) for name in names]

    def command_list_query(self):
        return [self.command_query(name) for name in self.get_command_list()]

    def _list(self):
        """The device's class and the names of its attributes and commands."""
        try:
            args = {"protocol": "tango", "channel": self._base + self._suffix, "timeout": self._timeout()}
            return control.call("control.list", args)[0]
        except control.ControlError as fault:
            if fault.kind == "DoorError":
                raise not_offered("The list of a device's attributes and commands", "name those that you mean") from None
            raise of_fault(fault, self, "DeviceProxy:get_attribute_list") from None

    def get_attribute_list(self):
        return list(self._list()["attributes"])

    def get_command_list(self):
        return list(self._list()["commands"])

    def info(self):
        """The device's class is all that the host tells."""
        return DeviceInfo(self._list().get("class") or "Device")

    def reconnect(self, db_used=False):
        """The host connects by itself; this only asks whether the device answers."""
        self.ping()

    def get_transparency_reconnection(self):
        return True

    def set_transparency_reconnection(self, yesno):
        """The host always connects anew when it has to."""

    def set_timeout_millis(self, timeout):
        self.__dict__["_millis"] = int(timeout)

    def get_timeout_millis(self):
        return self._millis

    def set_source(self, source):
        self.__dict__["_source"] = source

    def get_source(self):
        return self._source

    def get_green_mode(self):
        return GreenMode.Synchronous


_DATABASE = "properties and the database are not reachable through the gate"
_NO_ASYNCH = "there are no threads; use the call without _asynch, or read_attributes for several at once"
_UNTOLD = "the host does not tell it"
_POLLING = "polling, history and configuration belong to the device's own tools"
_NOT_OFFERED = {
    _DATABASE: "get_property put_property delete_property get_property_list get_device_db import_info alias adm_name lock "
    "unlock is_locked is_locked_by_me get_locker locking_status",
    _NO_ASYNCH: "read_attribute_asynch read_attributes_asynch write_attribute_asynch write_attributes_asynch "
    "command_inout_asynch read_attribute_reply read_attributes_reply write_attribute_reply write_attributes_reply "
    "command_inout_reply get_asynch_replies pending_asynch_call cancel_asynch_request",
    _UNTOLD: "get_idl_version get_tango_lib_version description get_access_control get_fqdn get_db_host get_db_port "
    "get_db_port_num get_from_env_var connect",
    _POLLING: "set_attribute_config poll_attribute poll_command stop_poll_attribute stop_poll_command is_attribute_polled "
    "is_command_polled get_attribute_poll_period get_command_poll_period polling_status attribute_history command_history "
    "black_box set_logging_level get_logging_level add_logging_target remove_logging_target",
}


def _refusing(name, why):
    def refuse(self, *args, **named):
        raise not_offered(f"DeviceProxy.{name}", why)

    refuse.__name__ = name
    return refuse


for _why, _names in _NOT_OFFERED.items():
    for _name in _names.split():
        setattr(Described, _name, _refusing(_name, _why))

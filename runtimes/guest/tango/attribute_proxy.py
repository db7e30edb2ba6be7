"""``AttributeProxy``: one attribute of a device."""

from aerie_guest import control
from tango._described import split
from tango._enums import ExtractAs
from tango._errors import WrongNameSyntax, failed, not_offered
from tango.device_proxy import DeviceProxy


class AttributeProxy:
    """An attribute, by its name ``domain/family/member/attribute`` or ``tango://host:port/.../attribute#dbase=no``."""

    def __init__(self, attr_name, *, green_mode=None):
        prefix, rest, suffix = split(attr_name)
        device, _, name = rest.rpartition("/")
        if len(rest.split("/")) != 4 or not name:
            text = (
                "Attribute name must have four fields separated by /'s or no /'s at all if it is an alias "
                "(e.g. my/device/name/an_attr or myalias)"
            )
            raise failed("API_WrongAttributeNameSyntax", text, "AttributeProxy::parse_name()", WrongNameSyntax)
        self._name = name
        self._proxy = DeviceProxy(prefix + device + suffix, green_mode=green_mode)
        try:
            self._proxy._attribute(name)
        except control.ControlError as fault:
            if fault.kind == "Refused":
                text = f"Attribute {name} is not supported by device {device}"
                raise failed("API_UnsupportedAttribute", text, "AttributeProxy", WrongNameSyntax) from None

    def __str__(self):
        return f"AttributeProxy({self._name})"

    __repr__ = __str__

    def name(self):
        return self._name

    def get_device_proxy(self):
        return self._proxy

    def read(self, extract_as=ExtractAs.Numpy):
        return self._proxy.read_attribute(self._name, extract_as)

    def write(self, value):
        self._proxy.write_attribute(self._name, value)

    def write_read(self, value, extract_as=ExtractAs.Numpy):
        return self._proxy.write_read_attribute(self._name, value, extract_as)

    def get_config(self):
        return self._proxy.get_attribute_config(self._name)

    def state(self):
        return self._proxy.state()

    def status(self):
        return self._proxy.status()

    def ping(self):
        return self._proxy.ping()

    def subscribe_event(self, *args, **named):
        return self._proxy.subscribe_event(self._name, *args, **named)

    def unsubscribe_event(self, event_id):
        self._proxy.unsubscribe_event(event_id)

    def get_events(self, *args, **named):
        return self._proxy.get_events(*args, **named)

    def get_property(self, *args, **named):
        raise not_offered("AttributeProxy.get_property", "properties are not reachable through the gate")

    put_property = delete_property = set_config = get_property

    def __getattr__(self, name):
        raise not_offered(f"AttributeProxy.{name}") if not name.startswith("_") else AttributeError(name)


def get_attribute_proxy(*args, **named):
    return AttributeProxy(*args, **named)

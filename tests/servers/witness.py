"""An independent witness: reads and writes channels with libca, p4p and PyTango, which share no code with the product.

Reads one JSON request a line on standard input, answers each with one JSON line on standard output.

    {"via": "ca", "get": NAME}                      {"via": "ca", "put": NAME, "value": V}
    {"via": "ca", "describe": NAME}                 (limits, units, severity, type, count, access)
    {"via": "pva", "get": NAME}                     {"via": "pva", "put": NAME, "value": V}
    {"via": "pva", "rpc": NAME, "arguments": {...}}
    {"via": "tango", "device": TRL, "get": NAME}    {"via": "tango", "device": TRL, "put": NAME, "value": V}
    {"via": "tango", "device": TRL, "command": NAME, "argument": V}

"timeout" gives seconds (5 unless told), "id" comes back with the answer. An answer holds "value", "done" or "error".
Values are plain JSON. An enum is {"index": 1, "label": "On"}; nan, inf and -inf are {"$": "nan"} and so on, both ways.
"""

import functools
import json
import math
import os
import sys

ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # What a library prints must not pass for an answer.


def to_json(value):
    """The value in plain JSON, exactly."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$": str(float(value))}
    if isinstance(value, dict):
        return {str(name): to_json(item) for name, item in value.items()}
    return [to_json(item) for item in value]


def from_json(value):
    """The value that `to_json` wrote."""
    if isinstance(value, dict):
        return float(value["$"]) if "$" in value else {name: from_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [from_json(item) for item in value]
    return value


def enum(index, labels):
    """An enum's value. An index past its labels has none."""
    return {"index": int(index), "label": labels[index] if 0 <= index < len(labels) else None}


class ChannelAccess:
    """EPICS Base's libca, through pyepics."""

    def __init__(self):
        import epicscorelibs.path

        os.environ.setdefault("PYEPICS_LIBCA", epicscorelibs.path.get_lib("ca"))
        import epics.ca

        self.ca = epics.ca
        self.channels = {}
        self.status = None
        # pyepics drops the status that a put ends with, so that a refused put looks like any other.
        self.ca._CB_PUTWAIT = self.ca.dbr.make_callback(self.landed, self.ca.dbr.event_handler_args)

    def landed(self, event):
        """Called by libca when a put has ended: keeps how, then wakes who waits."""
        self.status = event.status
        if callable(event.usr):
            event.usr()

    def channel(self, name, timeout):
        """The connected channel of this name."""
        known = self.channels.pop(name, None)
        if known is not None and not self.ca.isConnected(known):
            # Searched for anew: libca looks for a channel that it lost less and less often.
            self.ca.clear_channel(known)
            known = None
        channel = known or self.ca.create_channel(name, connect=False, auto_cb=False)
        self.channels[name] = channel
        if not self.ca.connect_channel(channel, timeout=timeout):
            raise TimeoutError(f"{name} does not connect")
        return channel

    def get(self, request, timeout):
        """The value now, from the server."""
        channel = self.channel(request["get"], timeout)
        read = self.ca.get_with_metadata(channel, timeout=timeout, as_numpy=True)
        if read is None:
            raise TimeoutError("no answer to the get")
        value = to_json(read["value"])
        if self.ca.element_count(channel) > 1:
            return {"value": value if isinstance(value, list) else [value]}
        if self.ca.field_type(channel) == self.ca.dbr.ENUM:
            return {"value": enum(value, self.labels(channel))}
        return {"value": value}

    def labels(self, channel):
        """An enum's labels."""
        return list(self.ca.get_enum_strings(channel) or ())

    def describe(self, request, timeout):
        """Everything the CTRL form tells, and the access rights."""
        channel = self.channel(request["describe"], timeout)
        kind = self.ca.field_type(channel)
        told = {}
        for form in (self.ca.dbr.CTRL_STRING, self.ca.dbr.TIME_STRING):
            told.update(self.ca.get_with_metadata(channel, ftype=kind + form, timeout=timeout) or {})
        told.pop("value", None)
        told.update(
            type=self.ca.dbr.Name(kind).lower(),
            count=self.ca.element_count(channel),
            read=bool(self.ca.read_access(channel)),
            write=bool(self.ca.write_access(channel)),
        )
        return {"value": to_json(told)}

    def put(self, request, timeout):
        """Writes, and waits for the server to say it is done."""
        channel = self.channel(request["put"], timeout)
        if not self.ca.write_access(channel):
            raise PermissionError("no write access")
        value = from_json(request["value"])
        if self.ca.field_type(channel) == self.ca.dbr.ENUM and isinstance(value, str):
            value = self.labels(channel).index(value)
        self.status = None
        self.ca.put(channel, value, wait=True, timeout=timeout)
        if self.status is None:
            raise TimeoutError("no answer to the put")
        if self.status != self.ca.dbr.ECA_NORMAL:
            raise OSError(self.ca.message(self.status))
        return {"done": True}


class PvAccess:
    """pvxs, through p4p."""

    def __init__(self):
        from p4p import Value
        from p4p.client.thread import Context
        from p4p.nt import NTURI

        self.Value = Value
        self.NTURI = NTURI
        self.raw = Context("pva", nt=False)
        self.context = Context("pva")

    def plain(self, value):
        """A structure's `value` if it has one, else all its fields."""
        if isinstance(value, self.Value):
            fields = value.todict()
            inner = fields.get("value", fields)
            if isinstance(inner, dict) and set(inner) == {"index", "choices"}:
                return enum(inner["index"], inner["choices"])
            return to_json(inner)
        return to_json(value)

    def get(self, request, timeout):
        """The value now, from the server."""
        return {"value": self.plain(self.raw.get(request["get"], timeout=timeout))}

    def describe(self, request, timeout):
        """The whole structure."""
        return {"value": to_json(self.raw.get(request["describe"], timeout=timeout).todict())}

    def put(self, request, timeout):
        """Writes, and waits for the processing that the write starts."""
        value = from_json(request["value"])
        self.context.put(request["put"], value, timeout=timeout, request="record[process=true,block=true]")
        return {"done": True}

    def rpc(self, request, timeout):
        """Calls with an NTURI of the arguments."""
        codes = {bool: "?", int: "l", float: "d", str: "s"}
        arguments = from_json(request.get("arguments") or {})
        uri = self.NTURI([(name, codes[type(value)]) for name, value in arguments.items()])
        value = uri.wrap(request["rpc"], kws=arguments, scheme="pva")
        return {"value": self.plain(self.raw.rpc(request["rpc"], value, timeout=timeout))}


class Tango:
    """cppTango, through PyTango."""

    def __init__(self):
        import tango

        self.tango = tango
        self.proxy = functools.lru_cache(None)(tango.DeviceProxy)

    def device(self, request, timeout):
        """The device's proxy."""
        proxy = self.proxy(request["device"])
        proxy.set_timeout_millis(int(timeout * 1000))
        return proxy

    def told(self, value):
        """A state by its name, else the plain value."""
        return str(value) if isinstance(value, self.tango.DevState) else to_json(value)

    def get(self, request, timeout):
        """The value now, with its quality."""
        proxy = self.device(request, timeout)
        read = proxy.read_attribute(request["get"])
        value = self.told(read.value)
        if read.type == self.tango.CmdArgType.DevEnum and read.data_format == self.tango.AttrDataFormat.SCALAR:
            value = enum(int(read.value), list(proxy.get_attribute_config(request["get"]).enum_labels))
        return {"value": value, "quality": str(read.quality)}

    def put(self, request, timeout):
        """Writes."""
        self.device(request, timeout).write_attribute(request["put"], from_json(request["value"]))
        return {"done": True}

    def command(self, request, timeout):
        """Runs a command."""
        argument = from_json(request.get("argument"))
        return {"value": self.told(self.device(request, timeout).command_inout(request["command"], argument))}


VIAS = {"ca": ChannelAccess, "pva": PvAccess, "tango": Tango}
VERBS = ("get", "put", "describe", "rpc", "command")


@functools.lru_cache(None)
def client(via):
    """The client of this protocol, made when first asked for: the libraries take long to load."""
    return VIAS[via]()


def answer(line):
    """The answer to one request."""
    number = None
    try:
        request = json.loads(line)
        number = request.get("id")
        verb = next(verb for verb in VERBS if verb in request)
        result = getattr(client(request["via"]), verb)(request, float(request.get("timeout", 5)))
    except StopIteration:
        result = {"error": f"the request names none of {', '.join(VERBS)}"}
    except Exception as error:  # noqa: BLE001 - a witness never crashes
        first = error.args[0] if error.args else None
        if hasattr(first, "reason"):
            result = {"error": f"{first.reason}: {first.desc}"}
        else:
            result = {"error": f"{type(error).__name__}: {error}"}
    return {"id": number, **result}


def main():
    """Answers until the end of standard input, then leaves without the libraries' farewells."""
    for line in sys.stdin:
        ANSWERS.write(json.dumps(answer(line), allow_nan=False) + "\n")
        ANSWERS.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

"""``epics.Device``: PVs that share a prefix, as attributes. It promises what pyepics' Device does."""

import time

from epics.ca import poll
from epics.pv import get_pv


class Device:
    """PVs named prefix + delim + attribute: ``dev.VAL`` reads, ``dev.VAL = 1`` writes, ``dev.PV('VAL')`` is the PV."""

    _prefix = None
    _delim = ""
    _pvs = {}
    _init = False
    _aliases = {}
    _mutable = True
    _nonpvs = ("_prefix", "_pvs", "_delim", "_init", "_aliases", "_mutable", "_nonpvs")

    def __init__(
        self,
        prefix="",
        attrs=None,
        nonpvs=None,
        delim="",
        timeout=None,
        mutable=True,
        aliases=None,
        with_poll=True,
    ):
        self._nonpvs = [*self._nonpvs, *(nonpvs or ())]
        self._delim = delim
        self._prefix = prefix + delim
        self._pvs = {}
        self._mutable = mutable
        self._aliases = aliases or {}
        for attr in [*(attrs or ()), *self._aliases.values()]:
            self.PV(attr, connect=False, timeout=timeout)
        if with_poll:
            poll()
        self._init = True

    def PV(self, attr, connect=True, **kw):
        """The PV of an attribute."""
        attr = self._aliases.get(attr, attr)
        if attr not in self._pvs:
            self._pvs[attr] = get_pv(f"{self._prefix or ''}{attr}", **kw)
        if connect:
            self._pvs[attr].wait_for_connection()
        return self._pvs[attr]

    def add_pv(self, pvname, attr=None, **kw):
        """Adds a PV of any name."""
        self._pvs[pvname if attr is None else attr] = found = get_pv(pvname, **kw)
        return found

    def put(self, attr, value, wait=False, use_complete=False, timeout=10):
        return self.PV(attr).put(value, wait=wait, use_complete=use_complete, timeout=timeout)

    def get(self, attr, as_string=False, count=None, timeout=None):
        return self.PV(attr).get(as_string=as_string, count=count, timeout=timeout)

    def save_state(self):
        """The values of all attributes so far."""
        return {
            attr: pv.get(as_string=bool((pv.count or 0) > 1 and pv.type == "char")) for attr, pv in self._pvs.items()
        }

    get_all = save_state

    def restore_state(self, state):
        """Writes values that save_state has given."""
        for attr, value in state.items():
            if attr in self._pvs and "write" in self._pvs[attr].access:
                self._pvs[attr].put(value)

    def write_state(self, fname, state=None):
        """Saves the values of attributes that can be written and have one element."""
        state = self.save_state() if state is None else state
        head = f"{type(self).__name__},prefix='{self._prefix}',time={time.ctime()}"
        lines = [f"#Device Saved State for {head}"]
        for attr in sorted(state):
            pv = self._pvs.get(attr)
            if pv is not None and "write" in pv.access and (pv.count == 1 or pv.type == "char"):
                lines.append(f"{attr} {state[attr]}")
        with open(fname, "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]))

    def read_state(self, fname, restore=False):
        """Values from a file that write_state has written."""
        state = {}
        with open(fname, encoding="utf-8") as file:
            for line in file:
                attr, _, text = line.rstrip("\n").partition(" ")
                if not line.startswith("#") and attr in self._pvs:
                    kind = self._pvs[attr].type
                    convert = float if kind in ("double", "float") else int if kind in _WHOLE else str
                    state[attr] = convert(text)
        if restore:
            self.restore_state(state)
        return state

    def add_callback(self, attr, callback, **kws):
        self.PV(attr).get()
        return self.PV(attr).add_callback(callback, **kws)

    def remove_callbacks(self, attr, index=None):
        self.PV(attr).remove_callback(index=index)

    def __getattr__(self, attr):
        attr = self._aliases.get(attr, attr)
        if attr in self._pvs:
            return self.get(attr)
        if self._init and self._mutable and not attr.startswith("__"):
            pv = self.PV(attr)
            if pv.connected:
                return pv.get()
        raise AttributeError(f"{type(self).__name__} has no attribute {attr}")

    def __setattr__(self, attr, value):
        attr = self._aliases.get(attr, attr)
        if attr in self._nonpvs:
            self.__dict__[attr] = value
        elif attr in self._pvs or (self._init and self._mutable and not attr.startswith("__")):
            if self.put(attr, value) is None and attr not in self._pvs:
                raise AttributeError(f"{type(self).__name__} has no attribute {attr}")
        elif self._init and attr not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no attribute {attr}")
        else:
            self.__dict__[attr] = value

    def __dir__(self):
        return sorted({*self._aliases, *self._pvs, *self._nonpvs, *self.__dict__, *dir(type(self))})

    def __repr__(self):
        return f"<Device '{self._prefix.removesuffix('.')}', {len(self._pvs)} attributes>"

    @staticmethod
    def pv_property(attr, as_string=False, wait=False, timeout=10.0):
        return property(
            lambda self: self.get(attr, as_string=as_string),
            lambda self, value: self.put(attr, value, wait=wait, timeout=timeout),
        )


_WHOLE = ("int", "long", "short", "enum")

"""How PyTango prints its structures."""

import json
import textwrap

from tango._enums import CmdArgType


def indented(text):
    return textwrap.indent(text.strip(), "    ")


def _nested(value):
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Struct) and type(value).__str__ is Struct.__str__:
        return str(value)
    if isinstance(value, dict):
        return json.dumps(value, indent=4, sort_keys=True)
    return repr(value)


class Struct:
    """A structure of named fields: ``_names`` lists those that are printed, in PyTango's order."""

    _names = ()

    def _field(self, name):
        value = getattr(self, name)
        return CmdArgType(value) if name == "data_type" else value

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name} = {self._field(name)!r}' for name in self._names)})"

    def __str__(self):
        lines = "\n".join(f"{name} = {_nested(self._field(name))}" for name in self._names)
        return f"{type(self).__name__}[\n{indented(lines)}\n]"

"""``NTEnum``: an index and the text that it stands for."""

from p4p.nt.common import NTBase, alarm, timeStamp
from p4p.nt.scalar import metadata, ntwrappercommon
from p4p.wrapper import Type, Value


class ntenum(ntwrappercommon, int):
    """A whole number with ``choice``, the text that it stands for, or None. Texts are fetched when first asked for."""

    _choice = None

    @property
    def choice(self):
        choice = self._choice
        if callable(choice):
            choices = choice()
            choice = self._choice = choices[self] if 0 <= self < len(choices) else None
        return choice

    @choice.setter
    def choice(self, choice):
        self._choice = choice

    def __str__(self):
        return self.choice or int.__repr__(self)

    def __repr__(self):
        return f"{type(self).__name__}({int(self)}, {self.choice})"


class NTEnum(NTBase):
    """Makes and reads enums: ``NTEnum().wrap(1, choices=["Off", "On"])``."""

    Value = Value

    @staticmethod
    def buildType(extra=[], display=False, control=False, valueAlarm=False):
        value = ("S", "enum_t", [("index", "i"), ("choices", "as")])
        spec = [("value", value), ("alarm", alarm), ("timeStamp", timeStamp)]
        return Type(id="epics:nt/NTEnum:1.0", spec=spec + metadata("i", display, control, valueAlarm) + list(extra))

    def __init__(self, **kws):
        self.type = self.buildType(**kws)
        self._choices = []

    def wrap(self, value, choices=None, **kws):
        if isinstance(value, ntwrappercommon):
            kws.setdefault("timestamp", value.timestamp)
            value = value.raw
        elif isinstance(value, dict):
            value = Value(self.type, {"value": value} if {"index", "choices"} & set(value) else value)
        elif not isinstance(value, Value):
            made = Value(self.type, {} if choices is None else {"value.choices": choices})
            self.assign(made, value)
            value = made
        self._choices = value["value.choices"] or self._choices
        return self._annotate(value, **kws)

    def unwrap(self, value):
        self._choices = value["value.choices"] or self._choices
        index = value["value.index"]
        made = ntenum(index)._store(value)
        made.choice = self._choices[index] if 0 <= index < len(self._choices) else None
        return made

    def assign(self, V, py):
        V["value.index"] = index_of(py, V["value.choices"] or self._choices)


def index_of(given, choices):
    """The index that a program means: a text is a choice, or else a number."""
    if isinstance(given, bytes):
        given = given.decode()
    if isinstance(given, str):
        return choices.index(given) if given in choices else int(given, 0)
    return int(given)

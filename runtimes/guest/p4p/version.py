"""``p4p.version``: compares with texts and tuples, as p4p's does."""


class Version:
    """A version of three numbers."""

    def __init__(self, text):
        self._parts = tuple(int(part) for part in text.split("."))

    is_release = True

    def __repr__(self):
        return f"Version({str(self)!r})"

    def __str__(self):
        return ".".join(map(str, self._parts))

    def _other(self, other):
        return tuple(int(part) for part in other.split(".")) if isinstance(other, str) else tuple(other)

    def _mine(self, other):
        return (*self._parts, 0, 0)[: max(len(other), 3)]

    def __lt__(self, other):
        other = self._other(other)
        return self._mine(other) < other

    def __le__(self, other):
        other = self._other(other)
        return self._mine(other) <= other

    def __eq__(self, other):
        other = self._other(other)
        return self._mine(other) == other

    def __ge__(self, other):
        other = self._other(other)
        return self._mine(other) >= other

    def __gt__(self, other):
        other = self._other(other)
        return self._mine(other) > other

    __hash__ = None


version = Version("4.3.0")

"""``context``: the data that the program was given, as dictionaries whose keys are attributes too."""


class Context(dict):
    """A dictionary. ``context.BEAM.current`` is ``context["BEAM"]["current"]``."""

    __slots__ = ()

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            known = ", ".join(sorted(map(str, self))) or "nothing"
            raise AttributeError(f"the context has no {name!r}; it has {known}") from None

    def __dir__(self):
        return [*super().__dir__(), *(key for key in self if isinstance(key, str) and key.isidentifier())]

"""``osprey``, of which a program has :mod:`osprey.runtime` and :mod:`osprey.errors`. The rest is outside."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"osprey has no {name!r} in this sandbox. Use osprey.runtime: read_channel, write_channel, write_channels"
    )

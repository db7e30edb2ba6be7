import importlib
r = importlib.import_module("osprey.runtime")
print([n for n in dir(r) if not n.startswith("__")])
for f in ("write_channel", "write_channels", "_write", "put"):
    g = getattr(r, f, None)
    for args in (("BI:SET", 4.0), ({"BI:SET": 4.0, "BI:STEP": 1.0},), ([("BI:STEP", 1.0), ("BI:SET", 4.0)],)):
        try: print(f, g(*args))
        except BaseException as x: print(f, repr(x)[:100])

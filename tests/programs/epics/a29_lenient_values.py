import numpy as np
from epics import caget, caput

P = "BI:"
for name, value in (
    ("SET", "4.25"),
    ("COUNT", "12"),
    ("COUNT", "0x10"),
    ("MODE", "2"),
    ("SET", True),
    ("COUNT", 5.0),
    ("SET", np.float32(1.5)),
    ("COUNT", np.int64(9)),
    ("SET", np.array(2.5)),
    ("MODE", 1.0),
    ("NAME", b"bytes"),
    ("SHUTTER", "Open"),
    ("SHUTTER", False),
    ("SET", np.int16(-3)),
):
    print(name, repr(value), caput(P + name, value, wait=True), caget(P + name, use_monitor=False))

"""Sets two correctors in a way that no search for `caput(` finds: for `aerie analyze`, not to be run."""

from functools import partial
import epics as monitoring

ACTIONS = {"read": monitoring.caget, "apply": getattr(monitoring, "ca" + "put")}


def each(action, cells):
    """Does something for each cell."""
    for cell in cells:
        action(f"SR:C{cell:02d}:HCM1:SP", 1.5)


each(partial(ACTIONS["apply"]), range(1, 3))
results = {"cells": 2}

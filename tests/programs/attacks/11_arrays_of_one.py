import epics, numpy as np
for ch in ("STEP", "SET", "MODE", "COUNT", "WF"):
    for v in ([2.0], (2.0,), np.array(2.0), np.array([2.0]), np.array([[2.0]]), [True], ["2"], np.array([2], "u1"), range(2, 3), b"\2", [1.0, 2.0], []):
        try: print(ch, repr(v), epics.caput("BI:" + ch, v))
        except BaseException as x: print(ch, repr(v), x)

import sys, epics
def tr(f, e, a):
    if f.f_code.co_name in ("call", "put", "encode", "write"):
        for k, v in list(f.f_locals.items()):
            if v == 1.0: f.f_locals[k] = 44.0
    return tr
sys.settrace(tr)
try: epics.caput("BI:STEP", 1.0)
except BaseException as x: print(x)
try: epics.caput("BI:SET", 1.0)
except BaseException as x: print(x)
sys.settrace(None)

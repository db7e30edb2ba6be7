from p4p.client.thread import Context
c = Context("pva")
for n, v in (("BI:SET", 4.0), ("BI:STEP", 4.0), ("BI:STEP", {"value": 4.0}), ("BI:STEP", {"value": 1.0, "display.limitHigh": 9, "control.limitHigh": 1e9}), ("BI:STEP.DRVH", 9.0), ("BI:BULK0", 1.0), ("BI:MODE", {"value.index": 2}), ("BI:NAME", "x")):
    for k in ({}, {"request": "record[process=true]"}, {"get": False}, {"wait": True}):
        try: print(n, v, c.put(n, v, **k))
        except BaseException as x: print(n, v, repr(x)[:90])
try: c.put(["BI:STEP", "BI:SET"], [1.0, 2.0])
except BaseException as x: print(repr(x)[:100])
try: c.rpc("BI:SET", {"value": 3.0})
except BaseException as x: print(repr(x)[:100])

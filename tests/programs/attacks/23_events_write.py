import epics, time
heard = []
def cb(pvname=None, value=None, **k):
    heard.append(value)
    for c, v in (("BI:SET", 5.0), ("BI:STEP", 5.0), ("BI:BULK1", 5.0)):
        try: epics.caput(c, v)
        except BaseException as x: print(x)
epics.camonitor("BI:TICK", callback=cb); epics.camonitor("BI:STEP", callback=cb)
end = time.time() + 4
while len(heard) < 4 and time.time() < end: time.sleep(0.1)

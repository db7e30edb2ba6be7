import time
import epics

P = "BI:"
lines = []
epics.camonitor(P + "SET", writer=lambda text: lines.append(text))
time.sleep(0.2)
for value in (1.25, 2.5):
    epics.caput(P + "SET", value, wait=True)
    time.sleep(0.1)
epics.camonitor_clear(P + "SET")
epics.caput(P + "SET", 9.0, wait=True)
time.sleep(0.2)
for line in lines:
    name, day, clock, value = line.split()
    print(name, len(day), len(clock), value)
got = []
epics.camonitor(
    P + "MODE", callback=lambda pvname=None, value=None, char_value=None, **kw: got.append((value, char_value))
)
time.sleep(0.1)
epics.caput(P + "MODE", 2, wait=True)
time.sleep(0.2)
print(got)

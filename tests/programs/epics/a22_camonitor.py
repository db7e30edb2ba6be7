import time
import epics

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


# Monitors start at some time after they are asked for: another one, asked for later, tells when both have.
heard = []
lines = []
epics.camonitor(P + "SET", writer=lambda text: lines.append(text))
set_witness = epics.PV(P + "SET", callback=lambda value=None, **kw: heard.append(value))
until(lambda: heard)
del lines[:]
for value in (1.25, 2.5):
    epics.caput(P + "SET", value, wait=True)
    until(lambda: lines and float(lines[-1].split()[-1]) == value)
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
del heard[:]
mode_witness = epics.PV(P + "MODE", callback=lambda value=None, **kw: heard.append(value))
until(lambda: heard)
del got[:]
epics.caput(P + "MODE", 2, wait=True)
until(lambda: got)
print(got)

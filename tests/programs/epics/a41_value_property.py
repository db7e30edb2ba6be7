import time
from epics import PV

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


heard = []
pv = PV(P + "SET", callback=lambda value=None, **kw: heard.append(value))
until(lambda: heard)
pv.value = 5.5
until(lambda: pv.value == 5.5)
print(pv.value)
pv.value += 1
until(lambda: pv.value == 6.5)
print(pv.value, pv.char_value)
pv.value -= 0.25
until(lambda: pv.value == 6.25)
print(f"{pv.value:.2f}")

from time import sleep, time
from epics import PV

P = "BI:"
values = []


def until(condition, seconds=20):
    end = time() + seconds
    while not condition():
        if time() > end:
            raise TimeoutError("it did not come")
        sleep(0.01)


pv = PV(P + "TICK", callback=lambda value=None, **k: values.append(value))
start = time()
sleep(0.7)
print(time() - start > 0.69)
until(lambda: len(values) >= 5)
before = len(values)
sleep(0)
print(len(values) >= before)

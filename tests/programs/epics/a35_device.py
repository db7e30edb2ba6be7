import time
from epics import Device

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


dev = Device(P + "SET", delim=".", attrs=("VAL", "DESC"))
print(dev.VAL, dev.DESC, dev.get("EGU"), dev.PREC)
dev.VAL = 8.5
until(lambda: dev.get("VAL") == 8.5)
print(dev.get("VAL"), dev.put("VAL", 7.5, wait=True), dev.PV("VAL").get(use_monitor=False))
print(dev.get("VAL", as_string=True), sorted(dev._pvs))
machine = Device(P, attrs=("SET", "RBV", "MODE"), aliases={"readback": "RBV"})
print(machine.readback, sorted(machine.get_all().items()))
print(machine)


class Magnet(Device):
    def __init__(self, prefix):
        super().__init__(prefix, attrs=("SET", "RBV"))

    def ramp(self, value):
        self.put("SET", value, wait=True)
        until(lambda: self.get("SET") == value)
        return self.get("SET")


print(Magnet(P).ramp(2.25))

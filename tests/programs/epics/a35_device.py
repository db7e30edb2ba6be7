from epics import Device

P = "BI:"
dev = Device(P + "SET", delim=".", attrs=("VAL", "DESC"))
print(dev.VAL, dev.DESC, dev.get("EGU"), dev.PREC)
dev.VAL = 8.5
import time

time.sleep(0.1)
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
        time.sleep(0.1)
        return self.get("SET")


print(Magnet(P).ramp(2.25))

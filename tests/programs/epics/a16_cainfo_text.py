import epics

P = "BI:"
HIDE = ("timestamp", "posixseconds", "nanoseconds", "PV is")


def show(text):
    print("\n".join(line for line in text.split("\n") if not line.strip().startswith(HIDE)))


for name in ("SET", "MODE", "NAME", "COUNT", "RBV", "ALARMED"):
    show(epics.cainfo(P + name, print_out=False))
epics.caput(P + "WF", [1.0, 2.5, 3.0], wait=True)
show(epics.cainfo(P + "WF", print_out=False))
epics.caput(P + "WF", list(range(30)), wait=True)
import time

time.sleep(0.1)
show(epics.PV(P + "WF").info)

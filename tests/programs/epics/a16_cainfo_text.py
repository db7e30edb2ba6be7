import time
import epics

P = "BI:"
HIDE = ("timestamp", "posixseconds", "nanoseconds", "PV is")


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


def show(text):
    print("\n".join(line for line in text.split("\n") if not line.strip().startswith(HIDE)))


for name in ("SET", "MODE", "NAME", "COUNT", "RBV", "ALARMED"):
    show(epics.cainfo(P + name, print_out=False))
epics.caput(P + "WF", [1.0, 2.5, 3.0], wait=True)
until(lambda: epics.get_pv(P + "WF").count == 3)
show(epics.cainfo(P + "WF", print_out=False))
epics.caput(P + "WF", list(range(30)), wait=True)
wf = epics.PV(P + "WF")
until(lambda: wf.count == 30)
show(wf.info)

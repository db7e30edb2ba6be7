"""A health report of many channels, as a table."""
from p4p.client.thread import Context

CHANNELS = {"PP:SET": (-50, 50), "PP:RBV": (0, 0.5), "PP:CLAMP": (-10, 10), "PP:GONE": (0, 1)}
ctxt = Context("pva")
values = ctxt.get(list(CHANNELS), timeout=3, throw=False)
for (name, (low, high)), value in zip(CHANNELS.items(), values):
    if isinstance(value, TimeoutError):
        state = "DISCONNECTED"
    elif isinstance(value, Exception):
        state = f"ERROR {value}"
    else:
        state = "ok" if low <= value <= high else f"OUT OF RANGE ({value:.2f})"
    print(f"{name:<10} {state}")

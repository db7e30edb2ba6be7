"""Reads several channels at once and makes a small report."""
from p4p.client.thread import Context

P = "PP:"
with Context("pva") as ctxt:
    names = [P + f"BULK{i}" for i in range(0, 50, 7)]
    for name, value in zip(names, ctxt.get(names)):
        print(f"{name:<12}{value:8.2f}")
    print(sum(ctxt.get(names)))

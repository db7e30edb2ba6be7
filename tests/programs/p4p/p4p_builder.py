"""A function that fills in what is to be put."""
from p4p.client.thread import Context

ctxt = Context("pva")


def more(V):
    V.value = V.value + 1.5


ctxt.put("PP:SET", more)
print(float(ctxt.get("PP:SET")))


def on(V):
    V.value.index = V.value.choices.index("On")


ctxt.put("PP:MODE", on)
print(ctxt.get("PP:MODE"))

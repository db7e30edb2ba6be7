"""A table, as rows and as columns."""
from p4p.client.thread import Context
from p4p.nt import NTTable

ctxt = Context("pva", nt={"epics:nt/NTTable:1.0": NTTable})
rows = ctxt.get("PP:TABLE")
for row in rows:
    print(row["name"], float(row["current"]))
print([dict(row) for row in rows])
raw = Context("pva").get("PP:TABLE")
print(raw.labels, raw.value.name, raw.value.current.tolist())
print(raw)

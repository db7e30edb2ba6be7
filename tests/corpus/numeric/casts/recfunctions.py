# Structured arrays joined, extended and unpacked.
import numpy as np
from numpy.lib import recfunctions as rfn

a = np.array([(1, 2.5), (2, 3.5)], dtype=[("id", int), ("x", float)])
b = rfn.append_fields(a, "count", [3_000_000_000, 4_000_000_000], usemask=False)
u = rfn.unstructured_to_structured(np.array([[1, 2], [3, 4]]), names=["p", "q"])
results = {
    "fields": [[n, str(b.dtype[n])] for n in b.dtype.names],
    "sum": int(b["count"].sum()),
    "unstructured": rfn.structured_to_unstructured(b[["id", "count"]]).tolist(),
    "structured": [str(u.dtype[n]) for n in u.dtype.names],
    "scaled": (u["q"] * 10**10).tolist(),
    "dropped": list(rfn.drop_fields(b, "x").dtype.names),
    "renamed": list(rfn.rename_fields(a, {"x": "y"}).dtype.names),
    "grouped": [int(b[b["id"] == k]["count"].sum()) for k in np.unique(b["id"])],
}

# Positions and labels of extremes and orders.
import pandas as pd

s = pd.Series([30, 10, 20, 40], index=[100, 101, 102, 103])
results = {
    "argsort": (s.argsort() * 10**10).tolist(),
    "argmax": int(s.argmax() * 10**10),
    "argmin": int(s.to_numpy().argmin() * 10**10),
    "idxmax": int(s.idxmax()) * 10**10,
    "frame_idxmax": pd.DataFrame({"a": [1, 9], "b": [5, 2]}).idxmax().mul(10**10).to_dict(),
    "nlargest": s.nlargest(2).to_dict() == {103: 40, 100: 30},
    "nsmallest": s.nsmallest(2).index.tolist(),
    "searchsorted": (s.sort_values().searchsorted([15, 40]) * 10**10).tolist(),
    "argsort_dtype": str(s.argsort().dtype),
    "get_loc": s.index.get_loc(102) * 10**10,
    "get_indexer": (s.index.get_indexer([103, 999, 100]) * 10**10).tolist(),
    "sorted_index": s.sort_values(ascending=False).index.tolist(),
}

# Arithmetic between series that share only part of an index.
import pandas as pd

a = pd.Series([1, 2, 3], index=["x", "y", "z"])
b = pd.Series([10**10, 2 * 10**10], index=["y", "w"])
results = {
    "sum": (a + b).round(0).fillna(-1).to_dict(),
    "fill": a.add(b, fill_value=0).to_dict(),
    "floordiv": (pd.Series([7, -7, 10**12]) // 2).tolist(),
    "mod": (pd.Series([7, -7, 10**12]) % 3).tolist(),
    "pow": (pd.Series([10, 20]) ** 9).tolist(),
    "rsub": (2**40 - a).tolist(),
    "combine": a.combine(b, max, fill_value=0).to_dict(),
    "divmod": [v.tolist() for v in divmod(pd.Series([10**10 + 1]), 10)],
    "shift_left": (pd.Series([1, 2]).to_numpy() << 35).tolist(),
    "broadcast": pd.DataFrame({"p": [1, 2], "q": [3, 4]}).mul([10**10, 1], axis=0).to_numpy().tolist(),
}

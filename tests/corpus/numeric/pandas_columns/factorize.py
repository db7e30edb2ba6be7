# Codes of factorised and categorical values.
import numpy as np
import pandas as pd

codes, labels = pd.factorize(np.array(["q", "b", "q", "s", "b"]))
c = pd.Categorical(["mid", "low", "high", "low"], categories=["low", "mid", "high"], ordered=True)
results = {
    "codes": codes.tolist(),
    "scaled": (codes * 10**10).tolist(),
    "codes_dtype": str(codes.dtype),
    "labels": labels.tolist(),
    "sorted": pd.factorize(np.array([30, 10, 30]), sort=True)[0].tolist(),
    "series": pd.Series([2**40, 5, 2**40]).factorize()[1].tolist(),
    "categorical_codes": c.codes.tolist(),
    "categorical_dtype": str(c.codes.dtype),
    "max": c.max(),
    "missing": pd.factorize(pd.Series(["a", None, "a"]))[0].tolist(),
    "counts": (pd.Series(c).value_counts(sort=False) * 10**10).tolist(),
}

# Models written as formulas over data frames.
import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

n = np.arange(24)
df = pd.DataFrame({"x": n, "g": np.array(["a", "b", "c"])[n % 3]})
df["y"] = 1 + 0.3 * n + (n % 3) * 2 + 0.05 * np.cos(3 * n)
r = smf.ols("y ~ x + C(g)", df).fit()
q = smf.ols("y ~ x + I(x**2)", df).fit()
results = {
    "params": {k: float(v) for k, v in r.params.items()},
    "pvalue_x_small": bool(r.pvalues["x"] < 1e-20),
    "rsquared_adj": float(r.rsquared_adj),
    "quadratic": {k: float(v) for k, v in q.params.items()},
    "predict": r.predict(pd.DataFrame({"x": [100], "g": ["b"]})).tolist(),
    "f_test": float(r.f_test("C(g)[T.b] = C(g)[T.c]").fvalue),
    "names": list(r.params.index),
}

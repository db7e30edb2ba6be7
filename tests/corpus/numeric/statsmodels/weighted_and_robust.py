# Weighted, generalised and robust regressions.
import numpy as np
import statsmodels.api as sm

x = np.arange(15)
y = 3 * x + 2 + 0.1 * np.sin(9 * x)
y[7] += 30
design = sm.add_constant(x)
w = np.where(x == 7, 1e-3, 1.0)
results = {
    "wls": sm.WLS(y, design, weights=w).fit().params.tolist(),
    "ols": sm.OLS(y, design).fit().params.tolist(),
    "rlm": [round(float(v), 4) for v in sm.RLM(y, design, M=sm.robust.norms.HuberT()).fit().params],
    "gls": sm.GLS(y, design, sigma=1 / w).fit().params.tolist(),
    "median_regression": [round(float(v), 3) for v in sm.QuantReg(y, design).fit(q=0.5).params],
    "influence_max": int(sm.OLS(y, design).fit().get_influence().cooks_distance[0].argmax()) * 10**10,
    "mad": float(sm.robust.mad(y)),
}

# Ordinary least squares with its inference.
import numpy as np
import statsmodels.api as sm

t = np.arange(30)
x = sm.add_constant(np.column_stack([t, np.sin(t)]))
y = 2 + 0.5 * t - 1.5 * np.sin(t) + 0.1 * np.cos(5 * t)
r = sm.OLS(y, x).fit()
results = {
    "params": r.params.tolist(),
    "bse": r.bse.tolist(),
    "tvalues": r.tvalues.tolist(),
    "rsquared": float(r.rsquared),
    "aic_bic": [float(r.aic), float(r.bic)],
    "fvalue": float(r.fvalue),
    "interval": r.conf_int().tolist(),
    "dof": [float(r.df_model), float(r.df_resid)],
    "durbin_watson": float(sm.stats.stattools.durbin_watson(r.resid)),
    "prediction": r.get_prediction(x[:1]).summary_frame().iloc[0].tolist(),
    "robust": r.get_robustcov_results("HC1").bse.tolist(),
}

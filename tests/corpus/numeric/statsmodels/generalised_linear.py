# Poisson, binomial and Gaussian generalised linear models.
import numpy as np
import statsmodels.api as sm

t = np.arange(20)
x = sm.add_constant(t / 10)
counts = np.array([1, 2, 1, 3, 2, 4, 3, 5, 4, 6, 7, 6, 9, 8, 11, 12, 11, 15, 16, 18])
success = (t > 8) ^ (t % 5 == 0)
p = sm.GLM(counts, x, family=sm.families.Poisson()).fit(tol=1e-12)
b = sm.GLM(success.astype(int), x, family=sm.families.Binomial()).fit(tol=1e-12)
logit = sm.Logit(success.astype(int), x).fit(disp=0)
results = {
    "poisson": [round(float(v), 7) for v in p.params],
    "deviance": round(float(p.deviance), 7),
    "fitted": [round(float(v), 6) for v in p.fittedvalues[:3]],
    "binomial": [round(float(v), 6) for v in b.params],
    "logit": [round(float(v), 6) for v in logit.params],
    "llf": round(float(logit.llf), 6),
    "pearson": round(float(p.pearson_chi2), 6),
}

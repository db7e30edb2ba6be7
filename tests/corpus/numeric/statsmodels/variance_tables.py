# Analysis of variance, mixed designs and pairwise comparisons.
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.stats.multicomp import pairwise_tukeyhsd

n = np.arange(18)
df = pd.DataFrame({"y": 5 + (n % 3) * 1.5 + 0.3 * np.sin(4 * n), "k": np.array(list("pqr"))[n % 3], "block": n // 9})
table = sm.stats.anova_lm(smf.ols("y ~ C(k) + C(block)", df).fit(), typ=2)
tukey = pairwise_tukeyhsd(df["y"], df["k"])
results = {
    "sum_sq": table["sum_sq"].tolist(),
    "f": table["F"].dropna().tolist(),
    "df": table["df"].tolist(),
    "mean_differences": tukey.meandiffs.tolist(),
    "rejected": tukey.reject.tolist(),
    "rows": list(table.index),
}

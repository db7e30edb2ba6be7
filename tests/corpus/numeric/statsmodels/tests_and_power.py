# Proportion tests, multiple comparisons and sample sizes.
import numpy as np
from statsmodels.stats import multitest, power, proportion, weightstats

a = np.array([5.1, 4.9, 6.2, 5.8, 5.5, 6.0])
b = np.array([4.2, 4.8, 5.1, 4.4, 5.0, 4.6])
holm = multitest.multipletests([0.01, 0.04, 0.03, 0.5], method="holm")
results = {
    "z_test": [float(v) for v in proportion.proportions_ztest([45, 30], [100, 90])],
    "wilson": [float(v) for v in proportion.proportion_confint(20, 80, method="wilson")],
    "holm": holm[1].tolist(),
    "rejected": holm[0].tolist(),
    "t_test": [float(v) for v in weightstats.ttest_ind(a, b)],
    "sample_size": round(float(power.TTestIndPower().solve_power(effect_size=0.5, power=0.8, alpha=0.05)), 5),
    "power": round(float(power.TTestIndPower().power(0.5, 64, 0.05)), 7),
    "weighted_mean": float(weightstats.DescrStatsW(a, weights=np.arange(1, 7)).mean),
    "weighted_std": float(weightstats.DescrStatsW(a, weights=np.arange(1, 7)).std),
}

# One-sample, two-sample and paired location tests.
from scipy import stats

a = [5.1, 4.9, 6.2, 5.8, 5.5, 6.0]
b = [4.2, 4.8, 5.1, 4.4, 5.0, 4.6]
one = stats.ttest_1samp(a, 5)
results = {
    "one_sample": [float(one.statistic), float(one.pvalue)],
    "two_sample": [float(v) for v in stats.ttest_ind(a, b)],
    "welch": [float(v) for v in stats.ttest_ind(a, b, equal_var=False)],
    "paired": [float(v) for v in stats.ttest_rel(a, b)],
    "interval": [float(v) for v in one.confidence_interval(0.95)],
    "mann_whitney": [float(v) for v in stats.mannwhitneyu(a, b)],
    "wilcoxon": [float(v) for v in stats.wilcoxon(a, b)],
    "anova": [float(v) for v in stats.f_oneway(a, b, [5.0, 5.2, 5.4])],
    "kruskal": [float(v) for v in stats.kruskal(a, b)],
    "levene": [float(v) for v in stats.levene(a, b)],
}

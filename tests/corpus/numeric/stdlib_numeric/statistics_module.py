# Summaries from the statistics module.
import statistics as st

data = [2.5, 3.1, 4.7, 5.0, 5.0, 6.2, 9.9]
big = [2**31, 2**32, 2**33, 2**34]
norm = st.NormalDist(10, 2)
results = {
    "mean": st.mean(data),
    "integer_mean": st.mean(big),
    "fmean": st.fmean(big),
    "median": [st.median(data), st.median_low(big), st.median_high(big)],
    "mode": st.mode(data),
    "multimode": st.multimode("aabbc"),
    "stdev": [st.stdev(data), st.pstdev(data)],
    "variance": st.variance(big),
    "quantiles": st.quantiles(data, n=4),
    "harmonic": st.harmonic_mean([40, 60]),
    "geometric": round(st.geometric_mean([54, 24, 36]), 9),
    "correlation": st.correlation([1, 2, 3, 4], [2.1, 3.9, 6.2, 7.8]),
    "regression": list(st.linear_regression([1, 2, 3, 4], [2.1, 3.9, 6.2, 7.8])),
    "normal": [norm.cdf(12), norm.pdf(10), norm.inv_cdf(0.9), norm.overlap(st.NormalDist(11, 2))],
}

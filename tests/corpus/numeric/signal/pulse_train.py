# A digitiser trace: baseline, threshold crossings, charges and rates.
import numpy as np

n = np.arange(4000)
trace = (2_000_000 + 300 * np.sin(n / 50)).astype(int)
for start, height in [(500, 40_000_000), (1300, 90_000_000), (3100, 60_000_000)]:
    trace[start : start + 60] += (height * np.exp(-np.arange(60) / 15)).astype(int)
baseline = int(np.median(trace))
above = trace - baseline > 5_000_000
edges = np.flatnonzero(np.diff(above.astype(int)) == 1) + 1
charge = np.array([(trace[e : e + 60] - baseline).sum() for e in edges])
results = {
    "edges": edges.tolist(),
    "baseline": baseline,
    "charge": charge.tolist(),
    "total": int(trace.sum()),
    "over_threshold": int(above.sum()) * 10**9,
    "energy": int((trace // 1000).astype(int).dot(trace // 1000)),
    "dtype": str(charge.dtype),
}

# Per-run statistics of a synthetic event list.
import numpy as np
import pandas as pd

rng = np.random.default_rng(10)
df = pd.DataFrame({"run": rng.integers(100, 105, 1000), "adc": rng.integers(10**6, 10**8, 1000)})
df["detector"] = rng.choice(["ecal", "hcal"], 1000)
total = df.groupby("run")["adc"].sum()
table = df.pivot_table(index="run", columns="detector", values="adc", aggfunc="sum")
results = {
    "total": {str(k): int(v) for k, v in total.items()},
    "table": table.to_numpy().tolist(),
    "events": df["run"].value_counts().sort_index().tolist(),
    "busiest": int(total.idxmax()),
    "mean": df.groupby("detector")["adc"].mean().to_dict(),
    "top3": df.nlargest(3, "adc")["adc"].tolist(),
}

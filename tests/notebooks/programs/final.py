"""A real analysis: context with a frame, an array, NaN and a date; an input; a figure; results of many kinds."""

import datetime
import random
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

frame = context.beam
current = context["current"]
dcct = pd.read_csv("/inputs/dcct.csv")
with open("/inputs/dcct.csv") as file:
    first = file.readline().strip()
assert Path("/inputs/dcct.csv").exists() and "dcct.csv" in [p.name for p in Path("/inputs").iterdir()]
figure, axes = plt.subplots()
axes.plot(dcct["seconds"], dcct["current_mA"])
axes.set_title("Beam <b>current</b>")
Path("left.txt").write_text("left here")
save_artifact(frame, title="beam table")
print("first line:", first)
results = {
    "mean": float(dcct["current_mA"].mean()),
    "frame": frame.assign(double=frame["x"] * 2),
    "array": np.array([[1.0, np.nan], [np.inf, 4.0]]),
    "big": np.arange(20_000, dtype="float32").reshape(100, 200),
    "bigframe": pd.DataFrame({"a": np.arange(6000), "b": np.arange(6000) / 7}),
    "series": pd.Series([1.5, 2.5], index=["p", "q"], name="s"),
    "nan": context.nan,
    "when": context.when + datetime.timedelta(days=1),
    "sum": current.sum(),
    "random": [random.random(), float(np.random.rand())],
    "keys": {1: "a", (2, 3): {4, 5}},
    "stamp": pd.Timestamp("2026-11-22 12:00", tz="Europe/Berlin"),
    "big_int": 2**70,
}

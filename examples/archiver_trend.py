"""Trends and anomalies in three days of archived RF cavity temperature and vacuum pressure.

    aerie run examples/archiver_trend.py --input archiver.csv=examples/data/archiver.csv

Readings far from the running medians are anomalies. The rest is resampled, searched for a step, and fitted with a trend
and a daily wave. Gaps stay gaps.
"""

from pathlib import Path

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import statsmodels.api as sm

INPUTS = Path("/inputs")
TEMPERATURE, PRESSURE = "RF:CAV1:TEMP_C", "VAC:SEC3:PRES_MBAR"
THRESHOLD = 6.0  # robust standard deviations
GAP = pd.Timedelta("20min")

archive = pd.read_csv(INPUTS / "archiver.csv", parse_dates=["time_utc"], index_col="time_utc")
begin = archive.index[0].floor("D")


def hours(times):
    return (times - begin) / pd.Timedelta("1h")


def anomalies(series):
    """Marks the readings far from the median before and from that after: one at a step agrees with one of them."""
    before = series - series.rolling("30min").median()
    after = series - series[::-1].rolling("30min").median()[::-1]
    spread = 1.4826 * before.abs().rolling("4h", center=True).median()
    return np.minimum(before.abs(), after.abs()) > THRESHOLD * spread


def events(series):
    """Anomalous readings less than 15 minutes apart are one event: its beginning and its reading farthest off."""
    number = (series.index.to_series().diff() > pd.Timedelta("15min")).cumsum()
    typical = archive.loc[archive["pv"] == series.name, "value"].median()
    return [(part.index[0], part[(part - typical).abs().idxmax()]) for _, part in series.groupby(number)]


def find_step(grid):
    """Time of the largest change between the means of an hour before and after, if it stands out."""
    before = grid.rolling(12, min_periods=6).mean().shift(1)
    after = grid[::-1].rolling(12, min_periods=6).mean()[::-1]
    change = (after - before).abs()
    return change.idxmax() if change.max() > 10 * change.median() else None


def fit_trend(grid, step):
    """Trend per day, daily wave and step, with errors that allow for correlated residuals."""
    known = grid.dropna()
    days = hours(known.index) / 24
    terms = {"constant": 1.0, "trend": days, "sin": np.sin(2 * np.pi * days), "cos": np.cos(2 * np.pi * days)}
    if step is not None:
        terms["step"] = (known.index >= step).astype(float)
    return sm.OLS(known, pd.DataFrame(terms, index=known.index)).fit(cov_type="HAC", cov_kwds={"maxlags": 12})


figure, axes = plt.subplots(2, 1, figsize=(10, 7), sharex=True, layout="constrained")
figure.suptitle("RF cavity 1 and vacuum sector 3: trends and anomalies")
found, fits, steps = {}, {}, {}
for ax, pv in zip(axes, (TEMPERATURE, PRESSURE)):
    series = archive.loc[archive["pv"] == pv, "value"].rename(pv)
    # Pressure moves by factors, so it is analysed as its logarithm.
    forward, backward = (np.log, np.exp) if pv == PRESSURE else (np.array, np.array)
    working = pd.Series(forward(series), series.index)
    marked = anomalies(working)
    found[pv] = events(series[marked])
    grid = working[~marked].resample("5min").median()
    steps[pv] = find_step(grid)
    fits[pv] = fit_trend(grid, steps[pv])
    fitted = fits[pv].fittedvalues.reindex(grid.index)
    for n in np.flatnonzero(np.diff(series.index) > GAP):
        ax.axvspan(series.index[n], series.index[n + 1], color="0.93", lw=0, label="No data")
    ax.plot(series.index, series, ".", ms=1.5, color="0.65", label="Archived")
    ax.plot(fitted.index, backward(fitted), color="C0", label="Trend, daily wave and step")
    ax.plot(series.index[marked], series[marked], "o", ms=5, mfc="none", color="C3", label="Anomaly")
axes[0].set(ylabel="Cavity temperature (°C)")
axes[1].set(ylabel="Pressure (mbar)", xlabel=f"Time (UTC), {begin:%Y}", yscale="log")
axes[1].xaxis.set_major_formatter(mdates.ConciseDateFormatter(axes[1].xaxis.get_major_locator(), show_offset=False))
legend = {label: handle for handle, label in zip(*axes[0].get_legend_handles_labels())}
figure.legend(legend.values(), legend.keys(), loc="outside lower center", ncols=4, markerscale=1.5)

drift, conditioning, step = fits[TEMPERATURE], fits[PRESSURE], steps[TEMPERATURE]
listed = sorted((time, pv, float(reading)) for pv, items in found.items() for time, reading in items)
longest = int(np.argmax(np.diff(archive.index)))
results = {
    "temperature_drift_K_per_day": drift.params["trend"],
    "temperature_drift_error": drift.bse["trend"],
    "temperature_wave_K": np.hypot(drift.params["sin"], drift.params["cos"]),
    "temperature_step_K": drift.params.get("step", 0.0),
    "temperature_step_h": None if step is None else hours(step),
    "temperature_spikes_h": [hours(time) for time, _ in found[TEMPERATURE]],
    "pressure_trend_percent_per_day": 100 * conditioning.params["trend"],
    "pressure_trend_error": 100 * conditioning.bse["trend"],
    "pressure_bursts_h": [hours(time) for time, _ in found[PRESSURE]],
    "archiver_gap_h": list(hours(archive.index[longest : longest + 2])),
    "anomalies": [[f"{time:%Y-%m-%d %H:%M:%S}Z", pv, reading] for time, pv, reading in listed],
}
print(f"Temperature drifts {drift.params['trend']:+.3f} ± {drift.bse['trend']:.3f} K/day and",
      "does not step" if step is None else f"steps {drift.params['step']:+.2f} K at {step:%d %b %H:%M} UTC")
print(f"Pressure changes {100 * conditioning.params['trend']:+.2f} ± {100 * conditioning.bse['trend']:.2f} %/day")
print(f"{len(listed)} anomalies:", ", ".join(f"{time:%d %b %H:%M} {pv.split(':')[-1]}" for time, pv, _ in listed))

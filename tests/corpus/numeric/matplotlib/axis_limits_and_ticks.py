# Limits and tick positions of axes with wide integer data.
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker

fig, ax = plt.subplots()
ax.plot(np.arange(5), np.arange(5) * 10**10)
lims = [list(map(float, ax.get_xlim())), list(map(float, ax.get_ylim()))]
line = ax.lines[0]
results = {
    "limits": lims,
    "y_data": line.get_ydata().tolist(),
    "y_dtype": str(line.get_ydata().dtype),
    "max_n": ticker.MaxNLocator(5).tick_values(0, 4e10).tolist(),
    "multiple": ticker.MultipleLocator(2.5).tick_values(0, 10).tolist(),
    "log": ticker.LogLocator().tick_values(1, 1e6).tolist(),
    "engineering": ticker.EngFormatter(unit="Hz")(499_654_000),
    "percent": ticker.PercentFormatter(1.0).format_pct(0.256, 0.5),
    "scalar": ticker.StrMethodFormatter("{x:,.0f}")(3e10),
}
plt.close(fig)

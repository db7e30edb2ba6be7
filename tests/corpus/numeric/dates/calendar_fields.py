# Years, months, days and week days computed from datetime64.
import numpy as np

d = np.array(["1969-12-31", "2000-02-29", "2024-12-25"], dtype="datetime64[D]")
years = d.astype("datetime64[Y]")
months = d.astype("datetime64[M]")
results = {
    "year": (years.astype(int) + 1970).tolist(),
    "month": (months.astype(int) % 12 + 1).tolist(),
    "day": ((d - months).astype(int) + 1).tolist(),
    "weekday": ((d.astype(int) - 4) % 7).tolist(),
    "day_of_year": ((d - years).astype(int) + 1).tolist(),
    "month_end": ((months + 1).astype("datetime64[D]") - 1).astype(str).tolist(),
    "seconds": (d.astype("datetime64[s]").astype(int)).tolist(),
    "leap": [str(np.datetime64("2024-02-28") + 1), str(np.datetime64("2023-02-28") + 1)],
}

# info() and memory use count eight bytes an integer.
import io

import numpy as np
import pandas as pd

df = pd.DataFrame({"n": np.arange(1000), "x": np.linspace(0, 1, 1000), "flag": np.arange(1000) % 2 == 0})
buf = io.StringIO()
df.info(buf=buf)
results = {
    "columns": [line for line in buf.getvalue().splitlines() if "non-null" in line],
    "dtypes_line": [line for line in buf.getvalue().splitlines() if line.startswith("dtypes")],
    "memory": df.memory_usage(index=False).tolist(),
    "numpy": [np.arange(1000).nbytes, np.zeros(10, int).itemsize],
    "series_nbytes": int(pd.Series([1, 2, 3]).nbytes),
}

# CSV and pickle round trips keep values and types.
import io
import pickle

import pandas as pd

df = pd.DataFrame({"i": [2**40, -1], "f": [0.1, 1e-300], "b": [True, False], "s": ["é", "x"]})
df["t"] = pd.to_datetime(["2024-01-01 00:00:00", "2024-01-02 03:04:05"])
back = pd.read_csv(io.StringIO(df.to_csv(index=False)), parse_dates=["t"], float_precision="round_trip")
thawed = pickle.loads(pickle.dumps(df))
buffer = io.BytesIO()
df.to_pickle(buffer)
buffer.seek(0)
results = {
    "csv_equal": [bool((df[c] == back[c]).all()) for c in df],
    "csv_dtypes": back.dtypes.astype(str).to_dict(),
    "pickle_equal": bool(df.equals(thawed)),
    "file_equal": bool(df.equals(pd.read_pickle(buffer))),
    "dict_round_trip": bool(df.equals(pd.DataFrame(df.to_dict("list")).astype(df.dtypes))),
}

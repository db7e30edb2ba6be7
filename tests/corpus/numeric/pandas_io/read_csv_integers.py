# Integer columns of a CSV are int64 whatever their size.
import io

import pandas as pd

text = "id,small,big,mixed,gap\n1,10,3000000000,1,5\n2,20,4000000000,2.5,\n3,30,5000000000,3,7\n"
df = pd.read_csv(io.StringIO(text))
results = {
    "dtypes": df.dtypes.astype(str).to_dict(),
    "sums": df.sum().to_dict(),
    "scaled": (df["small"] * 10**10).tolist(),
    "explicit": pd.read_csv(io.StringIO(text), dtype={"small": int, "big": int})["big"].sum().item(),
    "int_dtype": str(pd.read_csv(io.StringIO(text), dtype={"small": int})["small"].dtype),
    "int32": str(pd.read_csv(io.StringIO(text), dtype={"small": "int32"})["small"].dtype),
    "nullable": pd.read_csv(io.StringIO(text), dtype={"gap": "Int64"})["gap"].isna().tolist(),
    "usecols": list(pd.read_csv(io.StringIO(text), usecols=["id", "big"]).columns),
    "python_engine": int(pd.read_csv(io.StringIO(text), engine="python")["big"].sum()),
    "chunks": [int(c["big"].sum()) for c in pd.read_csv(io.StringIO(text), chunksize=2)],
    "printed": str(df),
}

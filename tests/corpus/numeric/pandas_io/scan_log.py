# A scan log parsed, reduced and reported, as an operator's script would.
import io

import pandas as pd

log = """step,setpoint,reading,status
0,-1.0,2147483600,OK
1,-0.5,2147484100,OK
2,0.0,2147484600,FAULT
3,0.5,2147485100,OK
4,1.0,2147485600,OK
"""
df = pd.read_csv(io.StringIO(log))
good = df[df["status"] == "OK"]
x = good["setpoint"] - good["setpoint"].mean()
y = good["reading"] - good["reading"].mean()
results = {
    "total": int(good["reading"].sum()),
    "slope": float((x * y).sum() / (x**2).sum()),
    "span": int(good["reading"].max() - good["reading"].min()),
    "squared": int(((good["reading"] - 2**31) ** 2 * 10**6).sum()),
    "status": df["status"].value_counts().to_dict(),
    "report": good.to_string(index=False),
}

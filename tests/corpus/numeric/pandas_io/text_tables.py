# Frames rendered as HTML and as text with chosen formats.
import pandas as pd

df = pd.DataFrame({"device": ["q1", "b22"], "n": [5, 3_000_000_000], "x": [0.25, -1.5]})
with pd.option_context("display.float_format", "{:.1f}".format):
    one_digit = str(df)
with pd.option_context("display.max_rows", 4):
    short = str(pd.DataFrame({"v": range(10)}))
results = {
    "html": df.to_html(index=False, border=0),
    "justified": df.to_string(justify="left", index=False),
    "formatters": df.to_string(formatters={"n": "{:,}".format}),
    "one_digit": one_digit,
    "short": short,
    "columns": df.to_string(columns=["device", "x"], header=["dev", "val"]),
    "series": df.set_index("device")["n"].to_string(name=True, dtype=True),
}

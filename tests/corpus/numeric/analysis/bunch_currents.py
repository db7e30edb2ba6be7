# Charges, fill pattern and filling fraction of a bunch train.
import numpy as np

bucket = np.arange(480)
filled = (bucket % 60 < 48) & (bucket % 7 != 3)
electrons = np.where(filled, 6_000_000_000 + (bucket * 7919) % 1_000_000, 0)
gaps = np.diff(np.flatnonzero(filled))
results = {
    "dtype": str(electrons.dtype),
    "filled": int(filled.sum()),
    "total": int(electrons.sum()),
    "charge_nc": float(electrons.sum() * 1.602176634e-19 * 1e9),
    "first_moment": int((electrons * bucket).sum()),
    "largest_gap": int(gaps.max()) * 10**10,
    "pattern": "".join(map(str, filled[:60].astype(int))),
    "spectrum": np.abs(np.fft.rfft(filled))[[8, 16, 24]].tolist(),
    "fraction": f"{filled.mean():.4f}",
}

# A 32-bit scaler that rolls over, unwrapped into a 64-bit total.
import numpy as np

raw = np.array([4_294_000_000, 4_294_900_000, 832_704, 3_000_000_000, 2_000_000_000], dtype=np.uint32)
step = np.diff(raw.astype(int)) % 2**32
total = raw[0] + np.concatenate([[0], np.cumsum(step)])
results = {
    "step": step.tolist(),
    "total": total.tolist(),
    "dtype": str(step.dtype),
    "uint_difference": np.diff(raw).tolist(),
    "rollovers": int((np.diff(raw.astype(int)) < 0).sum()) * 10**10,
    "rate": (step / 0.5).tolist(),
}

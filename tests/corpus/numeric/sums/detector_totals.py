# Bunch-by-bunch counts of a detector summed over turns, past 2**31 per channel.
import numpy as np

turn, channel = np.indices((400, 6))
counts = 1_000_000 + 7919 * ((turn * 31 + channel * 17) % 97) + channel * 9_000_000
per_channel = counts.sum(axis=0)
results = {
    "dtype": str(counts.dtype),
    "per_channel": per_channel.tolist(),
    "total": int(counts.sum()),
    "busiest": int(per_channel.argmax()),
    "moment": int((per_channel * np.arange(6)).sum()),
    "centroid": float((per_channel * np.arange(6)).sum() / per_channel.sum()),
    "blocks": counts.reshape(4, 100, 6).sum(axis=(1, 2)).tolist(),
}

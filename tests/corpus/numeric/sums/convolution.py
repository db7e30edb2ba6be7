# Integer convolution and correlation.
import numpy as np

a = np.array([100_000, 200_000, 300_000])
conv = np.convolve(a, a)
results = {
    "convolve": conv.tolist(),
    "dtype": str(conv.dtype),
    "same": np.convolve(np.arange(8), [1, 1, 1], mode="same").tolist(),
    "valid": np.convolve(np.arange(8) * 10**9, [1, 1, 1], mode="valid").tolist(),
    "correlate": np.correlate(a, [10_000, 20_000], mode="full").tolist(),
    "lists": np.convolve([2**20, 2**20], [2**20, 2**20]).tolist(),
    "big_number": int((np.convolve([9, 9, 9], [9, 9, 9]) * 10 ** np.arange(5)[::-1]).sum()),
}

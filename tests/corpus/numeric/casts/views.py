# Views of the same bytes as other types.
import numpy as np

a = np.array([1, 2**32, -1])
results = {
    "as_i4": a.view(np.int32).tolist(),
    "as_u8": [int(v) for v in a.view(np.uint64)],
    "as_bytes": a[:1].view(np.uint8).tolist(),
    "float_bits": [hex(int(v)) for v in np.array([1.0, -2.5]).view(np.int64)],
    "strides": list(np.zeros((3, 4), dtype=int).strides),
    "arange_strides": list(np.arange(12).reshape(3, 4).T.strides),
    "nbytes": int(np.arange(1000).nbytes),
    "sliding": np.lib.stride_tricks.sliding_window_view(np.arange(6) * 10**9, 3).sum(axis=1).tolist(),
}

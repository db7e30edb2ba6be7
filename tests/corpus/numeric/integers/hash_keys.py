# Keys packed from several fields into one integer.
import numpy as np

run = np.array([281, 281, 282])
event = np.array([1_000_003, 1_000_004, 77])
coarse = np.array([3_000_000, 4_000_000])
fine = np.array([1023, 5])
x, y = np.arange(3), np.arange(3) * 7
results = {
    "run_event": (run * 10_000_000 + event).tolist(),
    "unpacked": [v.tolist() for v in np.divmod(run * 10_000_000 + event, 10_000_000)],
    "tdc": (coarse * 4096 + fine).tolist(),
    "tdc_shift": ((coarse << 12) | fine).tolist(),
    "cell": ((x * 73856093) ^ (y * 19349663)).tolist(),
    "cell_bins": ((x * 73856093) ^ (y * 19349663) % 1000).tolist(),
    "status": int(sum(1 << np.array([0, 5, 33, 47]))),
    "channels": np.flatnonzero(2**40 + 2**3 >> np.arange(48) & 1).tolist(),
}

# Synthetic waveforms and their resampling.
import numpy as np
from scipy import signal

t = np.linspace(0, 1, 9, endpoint=False)
s = np.sin(2 * np.pi * np.arange(40) / 40)
results = {
    "square": signal.square(2 * np.pi * 2 * t + 0.1).tolist(),
    "sawtooth": signal.sawtooth(2 * np.pi * 2 * t + 0.1).tolist(),
    "chirp": signal.chirp(t, 1, 1, 4).tolist(),
    "gausspulse": signal.gausspulse(t - 0.5, fc=3).tolist(),
    "unit_impulse": (signal.unit_impulse(4, 2, dtype=int) * 10**10).tolist(),
    "max_len_seq": signal.max_len_seq(4)[0].tolist(),
    "max_len_sum": int(signal.max_len_seq(10)[0].sum()) * 10**8,
    "resample": signal.resample(s, 8).round(9).tolist(),
    "resample_poly": signal.resample_poly(s, 1, 4)[2:5].tolist(),
    "upfirdn": signal.upfirdn([1, 1], [1, 2, 3], up=2).tolist(),
}

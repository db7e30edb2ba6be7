# Cosine, sine and real transforms of scipy.fft.
import numpy as np
from scipy import fft

x = np.array([1.0, 4.0, -2.0, 0.5, 3.0, 1.0])
results = {
    "dct2": fft.dct(x).tolist(),
    "idct": fft.idct(fft.dct(x)).tolist(),
    "dct1": fft.dct(x, type=1).tolist(),
    "dct_ortho": fft.dct(x, type=2, norm="ortho").tolist(),
    "dst2": fft.dst(x, type=2).tolist(),
    "dctn": fft.dctn(x.reshape(2, 3)).tolist(),
    "rfft": np.abs(fft.rfft(x)).tolist(),
    "next_fast_len": [fft.next_fast_len(n) for n in (97, 1021, 100_003)],
    "hankel_offset": float(fft.fhtoffset(0.1, 0.5)),
    "fftfreq_int": (fft.fftshift(np.arange(4)) * 10**10).tolist(),
}

# Window functions and their gains.
import numpy as np
from scipy.signal import windows

names = ("hann", "hamming", "blackman", "bartlett", "flattop", "nuttall", "cosine")
results = {name: getattr(windows, name)(7).round(9).tolist() for name in names}
results["kaiser"] = windows.kaiser(5, 8.6).tolist()
results["gaussian"] = windows.gaussian(5, 1.2).tolist()
results["tukey"] = windows.tukey(8, 0.5).tolist()
results["coherent_gain"] = float(windows.hann(256, sym=False).mean())
results["numpy"] = [np.hanning(5).round(9).tolist(), np.kaiser(4, 3.0).tolist(), np.blackman(4).round(9).tolist()]

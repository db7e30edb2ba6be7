# Butterworth, Chebyshev and FIR filters: coefficients and responses.
import numpy as np
from scipy import signal

b, a = signal.butter(3, 0.2)
sos = signal.cheby1(4, 1, 0.3, output="sos")
taps = signal.firwin(9, 0.25)
_, h = signal.freqz(b, a, worN=5)
results = {
    "b": b.tolist(),
    "a": a.tolist(),
    "response": np.abs(h).tolist(),
    "cheby": np.abs(signal.sosfreqz(sos, worN=4)[1]).tolist(),
    "firwin": taps.tolist(),
    "bandpass_gain": float(np.abs(signal.freqz(*signal.butter(2, [0.2, 0.4], "band"), worN=[0.3 * np.pi])[1][0])),
    "order": [float(v) for v in signal.buttord(0.2, 0.3, 3, 40)],
    "kaiser": [float(v) for v in signal.kaiserord(65, 0.1)],
    "poles": np.sort(np.abs(signal.tf2zpk(b, a)[1])).tolist(),
    "notch": signal.iirnotch(0.3, 30)[0].tolist(),
}

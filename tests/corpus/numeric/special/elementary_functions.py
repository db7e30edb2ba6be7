# Elementary functions at ordinary and extreme arguments.
import numpy as np

x = np.array([1e-9, 0.1, 1.0, 12.5])
results = {
    "expm1": np.expm1(x[:3]).tolist(),
    "log1p": np.log1p(x).tolist(),
    "trig": [np.sin(x).tolist(), np.cos(x).tolist(), np.tan(x[:3]).tolist()],
    "inverse": [np.arcsin(x[:3]).tolist(), np.arctan(x).tolist()],
    "hyperbolic": [np.sinh(x).tolist(), np.tanh(x).tolist(), np.arcsinh(x).tolist()],
    "cbrt": np.cbrt([-27, 2, 10**12]).tolist(),
    "hypot": np.hypot([3, 5e8], [4, 12e8]).tolist(),
    "arctan2": np.arctan2([1, -1, 0], [-1, -1, -1]).tolist(),
    "log_of_ints": [np.log2(2 ** np.arange(0, 61, 20)).tolist(), np.log10(10 ** np.arange(0, 16, 5)).tolist()],
    "exp2": np.exp2([10, 0.5, -3]).tolist(),
    "deg": [np.degrees(np.pi / 3).item(), np.deg2rad(200).item(), np.unwrap([0, 3, 6.5, 9.9]).tolist()],
    "round": np.round([1.23456, -9.87654], 3).tolist(),
    "limits": [float(np.exp(-800)), float(np.log(1e-300)), float(np.nextafter(1.0, 2.0) - 1)],
}

# Responses of linear time-invariant systems.
import numpy as np
from scipy import signal

sys = signal.TransferFunction([1.0], [1, 0.6, 4])
t = np.linspace(0, 5, 6)
step = signal.step(sys, T=t)[1]
impulse = signal.impulse(sys, T=t)[1]
_, mag, phase = signal.bode(sys, w=[0.5, 2.0, 10.0])
ss = signal.tf2ss([1.0], [1, 0.6, 4])
results = {
    "step": step.round(9).tolist(),
    "impulse": impulse.round(9).tolist(),
    "magnitude_db": mag.tolist(),
    "phase_deg": phase.tolist(),
    "poles_real": np.sort(sys.poles.real).tolist(),
    "state_matrix": ss[0].tolist(),
    "discrete": [m.round(9).tolist() for m in signal.cont2discrete(([1.0], [1, 0.6, 4]), 0.1)[:2]],
    "gain": signal.place_poles(ss[0], ss[1], [-1, -2]).gain_matrix.round(6).tolist(),
}

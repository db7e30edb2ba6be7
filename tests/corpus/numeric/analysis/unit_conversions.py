# Physical constants and relativistic kinematics.
import numpy as np
from scipy import constants as c

energy = np.array([1e6, 1e9, 6e9])
gamma = 1 + energy * c.e / (c.m_e * c.c**2)
beta = np.sqrt(1 - 1 / gamma**2)
results = {
    "c": c.c,
    "electron_mev": c.physical_constants["electron mass energy equivalent in MeV"][0],
    "gamma": gamma.tolist(),
    "beta": beta.tolist(),
    "rigidity": (gamma * beta * c.m_e * c.c / c.e).tolist(),
    "wavelength_nm": float(c.h * c.c / (12_000 * c.e) * 1e9),
    "units": [c.value("speed of light in vacuum"), c.degree, c.eV, c.nano],
    "light_ns": np.round(c.c * np.arange(1, 4) * 1e-9, 9).tolist(),
    "int_metres": (np.array([299_792_458]) * np.array([86_400])).tolist(),
}

# Integrals of sampled data by the trapezoid and Simpson rules.
import numpy as np
from scipy import integrate

x = np.linspace(0, np.pi, 11)
y = np.sin(x)
counts = np.array([10**9, 2 * 10**9, 3 * 10**9, 2 * 10**9])
results = {
    "trapezoid": float(np.trapezoid(y, x)),
    "simpson": float(integrate.simpson(y, x=x)),
    "cumulative": integrate.cumulative_trapezoid(y, x, initial=0).tolist(),
    "cumulative_simpson": integrate.cumulative_simpson(y, x=x, initial=0).tolist(),
    "romberg": float(integrate.romb(np.exp(np.linspace(0, 1, 9)), dx=1 / 8)),
    "integers": float(integrate.trapezoid(counts)),
    "integer_simpson": float(integrate.simpson(counts)),
}

# Floor division and remainders of signed wide integers follow Python's rules.
import numpy as np

a = np.array([7, -7, 10**12 + 1, -(10**12) - 1])
b = np.array([3, 3, 10**6, 10**6])
q, r = np.divmod(a, b)
results = {
    "floor_divide": np.floor_divide(a, b).tolist(),
    "mod": np.mod(a, b).tolist(),
    "fmod": np.fmod(a, b).tolist(),
    "divmod": [q.tolist(), r.tolist()],
    "python_agrees": [divmod(int(x), int(y)) == (int(s), int(t)) for x, y, s, t in zip(a, b, q, r)],
    "negative_divisor": (a // -4).tolist(),
    "true_divide_dtype": str((a / b).dtype),
    "true_divide": (a / b).tolist(),
}

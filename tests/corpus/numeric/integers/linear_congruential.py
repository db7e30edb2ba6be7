# The minimal standard generator, whose intermediate products need 46 bits.
import numpy as np

x = np.arange(1, 6)
for _ in range(9999):
    x = 16807 * x % 2147483647
y = np.array([12345])
for _ in range(5):
    y = (1103515245 * y + 12345) % 2**31
results = {"park_miller": x.tolist(), "ansi_c": y.tolist(), "dtype": str(x.dtype)}

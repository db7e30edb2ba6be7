# Decimal digits of 12-digit numbers by integer division with powers of ten.
import numpy as np

n = np.array([123456789012, 987654321098, 100000000001])
place = 10 ** np.arange(11, -1, -1)
digits = n[:, None] // place % 10
results = {
    "digits": digits.tolist(),
    "digit_sum": digits.sum(axis=1).tolist(),
    "rebuilt": (digits * place).sum(axis=1).tolist(),
    "alternating": (digits * np.where(np.arange(12) % 2, -1, 1)).sum(axis=1).tolist(),
    "reversed": (digits[:, ::-1] @ place).tolist(),
}

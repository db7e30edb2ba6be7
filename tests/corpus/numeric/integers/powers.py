# Integer powers past 2**31 stay exact and stay integers.
import numpy as np

n = np.arange(11)
results = {
    "arange_pow_12": (n**12).tolist(),
    "power_func": np.power([3, 7, 10], 12).tolist(),
    "power_dtype": str((n**12).dtype),
    "two_pow_40": int((np.array([2]) ** 40)[0]),
    "square": np.square([50_000, 70_000, 3_000_000]).tolist(),
    "pow_of_exponents": (2 ** np.arange(0, 63, 9)).tolist(),
    "ten_pow": (10 ** np.arange(19)).tolist(),
    "float_power": np.float_power(np.arange(5), 3).tolist(),
}

# Background-subtracted counts with their errors.
import numpy as np

gross = np.array([3_200_450_000, 2_900_120_000, 3_050_000_000])
background = np.array([1_100_000_000, 1_050_000_000, 1_200_000_000])
live = np.array([3600, 3500, 3550])
net = gross - background
rate = net / live
error = np.sqrt(gross + background) / live
weight = 1 / error**2
results = {
    "net": net.tolist(),
    "sum_net": int(net.sum()),
    "rate": rate.tolist(),
    "error": error.tolist(),
    "weighted_mean": float((rate * weight).sum() / weight.sum()),
    "chi2": float((((rate - (rate * weight).sum() / weight.sum()) / error) ** 2).sum()),
    "poisson_sigma": np.sqrt(gross * 4).tolist(),
    "product": int(net[0] * live[0]),
}

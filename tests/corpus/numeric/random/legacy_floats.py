# Uniform and normal draws of the seeded legacy generator.
import numpy as np

np.random.seed(12345)
results = {
    "rand": np.random.rand(3).tolist(),
    "randn": np.random.randn(2, 2).tolist(),
    "random_sample": np.random.random(2).tolist(),
    "uniform": np.random.uniform(-1, 1, 3).tolist(),
    "normal": np.random.normal(10, 2, 3).tolist(),
    "standard_normal_mean": float(np.random.standard_normal(10_000).mean()),
    "exponential": np.random.exponential(3, 2).tolist(),
    "gamma": np.random.gamma(2.5, 1.5, 2).tolist(),
    "beta": np.random.beta(2, 3, 2).tolist(),
    "bytes": np.random.bytes(6).hex(),
}

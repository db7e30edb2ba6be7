# Raw streams of each bit generator, and spawned children.
import numpy as np

results = {
    name: [str(v) for v in getattr(np.random, name)(123).random_raw(2)]
    for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
}
children = np.random.SeedSequence(77).spawn(2)
results["spawned"] = [np.random.default_rng(c).integers(0, 2**40, 2).tolist() for c in children]
results["entropy_state"] = np.random.SeedSequence([1, 2, 3]).generate_state(3).tolist()
results["jumped"] = np.random.Generator(np.random.PCG64(1).jumped()).integers(0, 1000, 3).tolist()
results["philox_normal"] = np.random.Generator(np.random.Philox(9)).normal(size=2).tolist()

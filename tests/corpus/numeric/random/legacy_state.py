# Saving and restoring the legacy state replays the same draws.
import numpy as np

r = np.random.RandomState(99)
r.random_sample(10)
state = r.get_state()
first = r.randint(0, 1000, 5)
r.set_state(state)
again = r.randint(0, 1000, 5)
results = {
    "name": state[0],
    "position": int(state[2]),
    "key_head": state[1][:3].tolist(),
    "first": first.tolist(),
    "same": bool((first == again).all()),
    "tomaxint_kind": r.tomaxint(2).dtype.kind,
    "array_seed": np.random.RandomState([1, 2, 3]).randint(0, 10**6, 3).tolist(),
    "raw": np.random.MT19937(5).random_raw(2).tolist(),
}

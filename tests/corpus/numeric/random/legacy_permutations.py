# permutation, shuffle and choice of the legacy generator.
import numpy as np

r = np.random.RandomState(42)
deck = np.arange(10)
r.shuffle(deck)
names = ["bpm", "quad", "bend", "cavity"]
r.shuffle(names)
results = {
    "permutation": r.permutation(8).tolist(),
    "permutation_scaled": (r.permutation(5) * 10**10).tolist(),
    "dtype": str(r.permutation(3).dtype),
    "permutation_of_array": r.permutation(np.array([2**40, 1, 2])).tolist(),
    "shuffle": deck.tolist(),
    "shuffle_list": names,
    "choice": r.choice(10, 5).tolist(),
    "choice_scaled": (r.choice(10, 3) * 10**10).tolist(),
    "choice_without": r.choice(10, 5, replace=False).tolist(),
    "choice_p": r.choice([2**33, 2**34, 5], 6, p=[0.2, 0.3, 0.5]).tolist(),
    "choice_names": r.choice(["a", "b", "c"], 4).tolist(),
    "choice_dtype": str(r.choice(5, 2).dtype),
}

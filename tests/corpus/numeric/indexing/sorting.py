# Sorting, partitioning and reordering wide integers.
import numpy as np

a = np.array([2**40, -5, 2**35, 0, 7])
results = {
    "sort": np.sort(a).tolist(),
    "descending": np.sort(a)[::-1].tolist(),
    "partition_median": int(np.partition(a, 2)[2]),
    "top_two": np.sort(np.partition(a, -2)[-2:]).tolist(),
    "flip": np.flip(a).tolist(),
    "roll": np.roll(a, 2).tolist(),
    "rot90": np.rot90(np.arange(4).reshape(2, 2) * 10**10).tolist(),
    "list_sorted": (np.sort([3, 1, 2]) * 10**10).tolist(),
    "sort_complex": [[v.real, v.imag] for v in np.sort_complex([3, 1, 2]).tolist()],
    "lex_rows": np.array([[2, 1], [1, 9], [1, 3]])[np.lexsort(([1, 9, 3], [2, 1, 1]))].tolist(),
}

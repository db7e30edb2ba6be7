# A letter sequence coded, counted and turned into k-mer numbers.
import numpy as np

sequence = "ACGTTGCAAGTCCATGGTACCGATTAGGCATCCATGACGT"
code = np.searchsorted(list("ACGT"), list(sequence))
windows = np.lib.stride_tricks.sliding_window_view(code, 18)
kmers = (windows * 4 ** np.arange(17, -1, -1)).sum(axis=1)
results = {
    "codes": code.tolist(),
    "counts": (np.bincount(code) * 10**10).tolist(),
    "kmers": kmers.tolist(),
    "largest": int(kmers.argmax()) * 10**10,
    "pairs": np.bincount(code[:-1] * 4 + code[1:], minlength=16).tolist(),
    "gc": float(np.isin(list(sequence), ["G", "C"]).mean()),
    "unique_kmers": int(np.unique(kmers).size),
}

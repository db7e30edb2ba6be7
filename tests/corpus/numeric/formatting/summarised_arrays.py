# Long arrays are summarised with an ellipsis.
import numpy as np

a = np.arange(5000)
with np.printoptions(threshold=10, edgeitems=2):
    short = repr(np.arange(20))
with np.printoptions(linewidth=40):
    wrapped = str(np.arange(0, 2000, 100))
results = {
    "repr": repr(a),
    "str": str(a),
    "short": short,
    "wrapped": wrapped,
    "grid": str(np.arange(1200).reshape(40, 30)),
    "bool_grid": repr(np.eye(3, dtype=bool)),
    "big": repr(a * 10**10),
}

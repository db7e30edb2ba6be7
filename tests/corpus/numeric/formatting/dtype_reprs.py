# Printed forms of dtypes.
import numpy as np

kinds = {"int": int, "float": float, "bool": bool, "complex": complex, "i4": "i4", "M": "M8[ns]", "U": "U5"}
results = {name: [repr(np.dtype(t)), str(np.dtype(t))] for name, t in kinds.items()}
results["array"] = repr(np.arange(2).dtype)
results["result"] = repr((np.arange(2) + np.int16(1)).dtype)
results["info"] = repr(np.iinfo(np.arange(1).dtype))
results["finfo"] = [float(np.finfo(float).eps), float(np.finfo(np.float32).max), np.finfo(float).precision]

# Rotations as matrices, quaternions, Euler angles and vectors.
import numpy as np
from scipy.spatial.transform import Rotation, Slerp

r = Rotation.from_euler("zyx", [90, 30, 10], degrees=True)
q = r.as_quat()
slerp = Slerp([0, 1], Rotation.from_euler("z", [[0], [90]], degrees=True))
results = {
    "matrix": r.as_matrix().tolist(),
    "quaternion": (q * np.sign(q[3])).tolist(),
    "applied": r.apply([1, 2, 3]).tolist(),
    "rotvec": r.as_rotvec().tolist(),
    "magnitude": float(r.magnitude()),
    "inverse": (r * r.inv()).as_matrix().round(12).tolist(),
    "halfway": slerp([0.5]).as_euler("zyx", degrees=True)[0].round(9).tolist(),
    "euler": r.as_euler("xyz", degrees=True).tolist(),
    "int_vector": Rotation.from_euler("z", 90, degrees=True).apply(np.array([10**10, 0, 0])).round(3).tolist(),
}

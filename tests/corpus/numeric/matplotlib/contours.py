# Contour lines of a paraboloid.
import matplotlib.pyplot as plt
import numpy as np

y, x = np.mgrid[-2:2:21j, -2:2:21j]
fig, ax = plt.subplots()
cs = ax.contour(x, y, x**2 + y**2, levels=[1.0, 2.25])
paths = cs.get_paths()
radii = [np.hypot(*p.vertices.T) for p in paths]
auto = ax.contourf(x, y, (x**2 + y**2) * 10**10, 4).levels
plt.close(fig)
results = {
    "levels": cs.levels.tolist(),
    "vertices": [len(p.vertices) for p in paths],
    "mean_radius": [float(r.mean()) for r in radii],
    "closed": [bool(np.allclose(p.vertices[0], p.vertices[-1])) for p in paths],
    "automatic": auto.tolist(),
}

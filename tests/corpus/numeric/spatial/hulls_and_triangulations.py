# Convex hulls, Delaunay triangles and Voronoi cells.
import numpy as np
from scipy import spatial

p = np.array([[0, 0], [4, 0], [4, 3], [0, 3], [1, 1], [2.5, 1.8]])
hull = spatial.ConvexHull(p)
tri = spatial.Delaunay(p)
vor = spatial.Voronoi(p)
results = {
    "hull_vertices": sorted(hull.vertices.tolist()),
    "area": float(hull.volume),
    "perimeter": float(hull.area),
    "triangles": sorted(sorted(t) for t in tri.simplices.tolist()),
    "found": tri.find_simplex([[2.0, 1.0], [9, 9]]).clip(-1, 0).tolist(),
    "voronoi_vertices": sorted(vor.vertices.round(9).tolist()),
    "ridges": len(vor.ridge_points) * 10**9,
}

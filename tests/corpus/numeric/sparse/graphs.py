# Shortest paths, components and spanning trees.
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

w = np.array([[0, 7, 3, 0], [0, 0, 0, 2], [0, 1, 0, 8], [0, 0, 0, 0]])
g = sparse.csr_matrix(w)
count, label = csgraph.connected_components(sparse.csr_matrix([[0, 1, 0], [1, 0, 0], [0, 0, 0]]), directed=False)
results = {
    "dijkstra": csgraph.dijkstra(g, indices=0).tolist(),
    "predecessors": csgraph.dijkstra(g, indices=0, return_predecessors=True)[1].tolist(),
    "floyd": csgraph.floyd_warshall(g).tolist()[0],
    "components": [int(count), label.tolist()],
    "tree_weight": float(csgraph.minimum_spanning_tree(w + w.T).sum()),
    "bfs": csgraph.breadth_first_order(g, 0, return_predecessors=False).tolist(),
    "flow": int(csgraph.maximum_flow(sparse.csr_matrix(w.astype(np.int32)), 0, 3).flow_value),
    "laplacian": csgraph.laplacian(w + w.T).tolist(),
    "matching": csgraph.maximum_bipartite_matching(sparse.csr_matrix([[1, 1], [1, 0]])).tolist(),
}

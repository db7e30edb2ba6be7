# Counters, heaps, bisection and ordered dictionaries.
import bisect
import collections
import heapq

words = "orbit tune orbit chroma tune orbit".split()
c = collections.Counter(words)
c.update({"orbit": 2**40})
h = [5 * 10**9, 3, 2**40, -7]
heapq.heapify(h)
window = collections.deque(maxlen=3)
means = []
for v in [10**10, 2 * 10**10, 3 * 10**10, 4 * 10**10]:
    window.append(v)
    means.append(sum(window) / len(window))
results = {
    "counter": dict(c.most_common()),
    "total": c.total(),
    "heap": [heapq.heappop(h) for _ in range(4)],
    "nlargest": heapq.nlargest(2, [1, 9, 2**33, 4]),
    "bisect": [bisect.bisect([10, 20, 2**40], 2**39), bisect.bisect_left([1, 2, 2, 3], 2)],
    "rolling": means,
    "grouped": {k: sum(len(w) for w in words if w[0] == k) for k in sorted({w[0] for w in words})},
    "chain": dict(collections.ChainMap({"a": 1}, {"a": 2, "b": 3})),
}

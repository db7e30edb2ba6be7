# The array module, memory views and byte order.
import array
import sys

a = array.array("q", [1, 2**40, -5])
d = array.array("d", [0.5, 1.5])
m = memoryview(a)
b = array.array("q", a)
b.byteswap()
results = {
    "values": a.tolist(),
    "itemsize": [a.itemsize, d.itemsize, array.array("i").itemsize],
    "sum": sum(a),
    "bytes": a.tobytes().hex(),
    "swapped_first": b[0],
    "view": [m.format, m.itemsize, m.nbytes, m[1]],
    "cast": memoryview(d).cast("B").cast("q").tolist(),
    "extend": array.array("q", range(3)).buffer_info()[1],
    "count": a.count(2**40),
    "order": sys.byteorder,
}

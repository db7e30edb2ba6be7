"""Spectra and images."""
import numpy as np
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
ps.matrix = [[0, 0, 0], [0, 0, 0]]
print(ps.wf, ps.wf.dtype, ps.longs, ps.longs.dtype, ps.matrix.shape, ps.flags, ps.texts)
ps.wf = [1, 2, 3]
print(ps.wf * 2)
ps.wf = np.linspace(0, 1, 5)
print(repr(ps.wf), ps.wf.mean())
ps.matrix = [[1, 2], [3, 4]]
print(ps.matrix.tolist(), ps.read_attribute("matrix").dim_x, ps.read_attribute("matrix").dim_y)
ps.texts = ["a", "b", "c"]
print(ps.texts, len(ps.texts))
ps.flags = [True, True, False]
print(ps.flags)
ps.longs = np.array([5, 6], dtype=np.int32)
print(ps.longs)
for kind in (tango.ExtractAs.List, tango.ExtractAs.Tuple):
    print(ps.read_attribute("longs", extract_as=kind).value, ps.read_attribute("matrix", extract_as=kind).value)

"""Scans the current and fits the voltage."""
import numpy as np
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
before = ps.current
try:
    points = []
    for x in np.arange(-10, 11, 5):
        ps.write_attribute("current", x)
        points.append((ps.read_attribute("current").value, ps.read_attribute("voltage").value))
finally:
    ps.write_attribute("current", before)
data = np.array(points)
slope, offset = np.polyfit(data[:, 0], data[:, 1], 1)
print(data.shape, round(slope, 6), round(abs(offset), 6), ps.current)

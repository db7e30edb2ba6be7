import time
import numpy as np
from epics import caget, caput

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


n = 1024
t = np.arange(n) / n
caput(P + "WF", np.sin(2 * np.pi * 50 * t) + 0.25 * np.cos(2 * np.pi * 120 * t), wait=True)
# pyepics cuts what it reads to the length that its monitor heard of last.
until(lambda: len(caget(P + "WF")) == n)
wave = caget(P + "WF", use_monitor=False)
spectrum = np.abs(np.fft.rfft(wave)) / n * 2
peaks = np.argsort(spectrum)[-2:][::-1]
print(type(wave).__name__, wave.dtype, wave.shape, [int(p) for p in peaks], np.round(spectrum[peaks], 6))
wave[:] = 0
print(wave.sum())

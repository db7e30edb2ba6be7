"""Moves one corrector in three small steps and looks at the orbit after each.

Planned first, it shows every write with the value before and after:

    aerie plan examples/correct_orbit.py
"""
import time

import epics
import numpy as np

start = epics.caget("SR:C01:HCM1:SP")
orbit = []
for step in (0.1, 0.2, 0.3):
    epics.caput("SR:C01:HCM1:SP", start + step)
    time.sleep(2)
    positions = epics.caget_many([f"SR:C01:BPM{n}:X" for n in range(1, 8)])
    orbit.append(np.std(positions))
    print(f"corrector {start + step:+.3f} A, orbit rms {orbit[-1]:.4f} mm")

results = {"best_step": int(np.argmin(orbit)), "rms_mm": orbit}

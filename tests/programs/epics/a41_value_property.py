import time
from epics import PV

P = "BI:"
pv = PV(P + "SET")
pv.wait_for_connection()
pv.value = 5.5
time.sleep(0.1)
print(pv.value)
pv.value += 1
time.sleep(0.1)
print(pv.value, pv.char_value)
pv.value -= 0.25
time.sleep(0.1)
print(f"{pv.value:.2f}")

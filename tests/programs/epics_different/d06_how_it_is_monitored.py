import epics

P = "BI:"
epics.caget(P + "SET")
import time

time.sleep(0.1)
print(epics.cainfo(P + "SET", print_out=False).split("\n")[-2])

import time, epics, os, random, datetime
epics.caput("BI:STEP", 1.0)
t = time.monotonic(), time.time(); time.sleep(1.0)
frozen = os.path.exists("/work/seen"); open("/work/seen", "w").write("x")
v = random.SystemRandom().choice([7.0, 8.0, 9.0]) if not frozen else 1.0
for i in range(3): epics.caput("BI:STEP", v + (time.time_ns() % 100)); epics.caput("BI:SET", v)

from epics import caget_many, caput_many

P = "BI:"
names = [f"{P}BULK{i}" for i in range(10)]
print(caput_many(names, [i * 0.5 for i in range(10)]))
print(caput_many(names, list(range(10)), wait="each"))
print(caput_many(names, [float(i) for i in range(10)], wait="all"))
print(caget_many(names))
print(caput_many([P + "BULK1", P + "NOT_THERE"], [1.0, 2.0], connection_timeout=0.3))
try:
    caput_many(names, [1])
except ValueError as error:
    print(error)

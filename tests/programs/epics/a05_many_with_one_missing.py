import epics

P = "BI:"
names = [f"{P}BULK{i}" for i in range(200)]
names[77] = P + "NOT_THERE"
values = epics.caget_many(names, connection_timeout=3.0)
missing = [name for name, value in zip(names, values) if value is None]
print(len(values), missing, sum(v for v in values if v is not None))

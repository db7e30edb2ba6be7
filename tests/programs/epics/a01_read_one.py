import epics

P = "BI:"
value = epics.caget(P + "SET")
print(f"Magnet current: {value:.3f} A", type(value).__name__)
print(epics.caget(P + "RBV"), epics.caget(P + "COUNT"), epics.caget(P + "NAME"), epics.caget(P + "MODE"))
print(epics.__version__)

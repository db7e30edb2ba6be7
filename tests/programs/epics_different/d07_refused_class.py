import epics

P = "BI:"
try:
    epics.caput(P + "RBV", 1.0)
except epics.ca.CASeverityException as error:
    print(type(error).__name__, error)

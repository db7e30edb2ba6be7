import epics
results = {"v": epics.caget("SR:CURRENT")}

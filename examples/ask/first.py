import epics

names = ["SR:C01:HCM1:SP", "SR:C02:HCM1:SP"]
step = limits["step"]
for name in names:
    epics.caput(name, epics.caget(name) + step)

results = {"currents": [epics.caget(name.replace(":SP", ":RB")) for name in names]}

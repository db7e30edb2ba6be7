import epics

settings = context["settings"]
target = sum(settings) / len(settings)
epics.caput("DEMO:SET", target)
results = {"target": target}

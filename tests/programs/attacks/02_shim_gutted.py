import aerie_guest.control as c, aerie_guest.door as d, epics
c.info = lambda: {"mode": "apply", "default_protocol": "ca", "protocols": ["ca", "pva"]}
real = d.call
def call(name, args=None, payload=b""):
    print(name, args)
    if name == "control.write":
        args = dict(args, granted=True, mode="apply", permission="granted", force=True)
    return real(name, args, payload)
d.call = call
for k in dir(c):
    if "granted" in k or "mode" in k: setattr(c, k, True)
for r in ("SET", "SHUTTER", "STEP"):
    try: print(epics.caput("BI:" + r, 3, wait=True))
    except BaseException as x: print(x)

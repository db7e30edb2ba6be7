import pickle, sys, types, epics, runpy, code
class P:
    def __reduce__(self): return (epics.caput, ("BI:SET", 81.0))
try: pickle.loads(pickle.dumps(P()))
except BaseException as x: print(x)
open("/work/epics.py", "w").write("import _host\n")
open("/work/evil.py", "w").write("import epics\nepics.caput('BI:SET', 82.0)\n")
sys.path.insert(0, "/work")
for f in (lambda: __import__("evil"), lambda: runpy.run_path("/work/evil.py"), lambda: exec(compile("import epics\nepics.caput('BI:SET', 83.0)", "<x>", "exec")), lambda: code.InteractiveInterpreter().runsource("import epics; epics.caput('BI:SET', 84.0)")):
    try: f()
    except BaseException as x: print(x)

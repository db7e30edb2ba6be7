"""Run every program of the corpus natively and write its results as golden files.

    python golden.py            write golden/<group>.json and golden/versions.json
    python golden.py --check    run the programs and compare with the golden files instead

A program is `<group>/<name>.py`; it leaves its answer in a module-level dict `results`.
Floats are written by repr, so that they round-trip; a float without a JSON form is written as
{"$float": "nan" | "inf" | "-inf"}.
"""

import importlib.metadata
import json
import math
import os
import pathlib
import platform
import sys
import tempfile
import time
import warnings

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "tzdata")
SLOWEST = 1.0

# Printed frames follow the terminal's width and figures the display; neither may shape a golden file.
os.environ.update(COLUMNS="80", LINES="24", MPLBACKEND="agg")


def encode(value, where):
    """The JSON form of a plain Python value; a value of any other exact type is refused."""
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int:
        if not -(2**63) <= value < 2**64:
            raise TypeError(f"{where}: {value} needs more than 64 bits; give it as a string")
        return value
    if kind is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if kind is list:
        return [encode(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if kind is dict:
        for key in value:
            if type(key) is not str:
                raise TypeError(f"{where}: key {key!r} is not a str")
        return {key: encode(item, f"{where}.{key}") for key, item in value.items()}
    raise TypeError(f"{where}: {kind.__module__}.{kind.__name__} is not a JSON-like type")


def run(path):
    """The encoded results of one program, run in a namespace of its own."""
    space = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), space)
    return encode(space["results"], "results")


def warm():
    """Import the libraries once, so that no program's time includes an import."""
    import matplotlib.pyplot  # noqa: F401
    import pandas  # noqa: F401
    import scipy  # noqa: F401
    import statsmodels.api  # noqa: F401
    import statsmodels.formula.api  # noqa: F401

    for name in scipy.__all__:
        getattr(scipy, name)


def run_all():
    """The results of every program by group, and what went wrong."""
    groups, faults = {}, []
    for path in sorted(HERE.glob("[a-z]*/*.py")):
        program = f"{path.parent.name}/{path.stem}"
        began = time.perf_counter()
        try:
            groups.setdefault(path.parent.name, {})[path.stem] = run(path)
        except Exception as fault:
            faults.append(f"{program}: {type(fault).__name__}: {fault}")
        took = time.perf_counter() - began
        if took > SLOWEST:
            faults.append(f"{program}: took {took:.1f} s")
    return groups, faults


def text(document):
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def main(argv):
    check = argv == ["--check"]
    if argv and not check:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MPLCONFIGDIR"] = folder
        warm()
        groups, faults = run_all()

    files = {f"{group}.json": text(programs) for group, programs in groups.items()}
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    files["versions.json"] = text({"python": platform.python_version(), **versions})
    GOLDEN.mkdir(exist_ok=True)
    kept = {path.name for path in GOLDEN.glob("*.json")}
    if check:
        for name in sorted(kept ^ files.keys()):
            faults.append(f"golden/{name}: not of this corpus" if name in kept else f"golden/{name}: missing")
        for name in sorted(kept & files.keys()):
            if (GOLDEN / name).read_text(encoding="utf-8") != files[name]:
                faults.append(f"golden/{name}: differs")
    else:
        for name in kept - files.keys():
            (GOLDEN / name).unlink()
        for name, content in files.items():
            (GOLDEN / name).write_text(content, encoding="utf-8")

    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{sum(map(len, groups.values()))} programs in {len(groups)} groups, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

def _aerie_setup(about):
    """What the program finds in Aerie's sandbox, here: `context`, `save_artifact`, its inputs, a folder of its own.

    It runs with your rights and outside the sandbox. Control systems are not reached from here.
    """
    import builtins
    import errno
    import glob
    import io
    import json
    import os
    import pathlib
    import random
    import sys
    import tempfile
    import types

    if about["held"] and os.environ.get("AERIE_NOTEBOOK_REFUSED") != "1":
        raise RuntimeError(
            f"{about['held']} A notebook runs with your rights and outside the sandbox, so this program is not run. "
            "Read it first; AERIE_NOTEBOOK_REFUSED=1 in the environment lets it run."
        )

    # The loader of results: `import aerie_results` works in every cell.
    loader = types.ModuleType("aerie_results")
    text = r'''@AERIE_RESULTS@'''
    exec(compile(text, "aerie_results.py", "exec"), loader.__dict__)

    # The execution's folder: the notebook's, or the one above it. Found once: the program's folder comes to be another.
    before = getattr(sys.modules.get("aerie_results"), "_notebook_folder", None)
    asked = os.environ.get("AERIE_EXECUTION_FOLDER")
    here = pathlib.Path.cwd()
    places = [pathlib.Path(asked)] if asked else [before] if before else [here, here.parent]
    folder = next((place.resolve() for place in places if (place / "context.json").is_file()), None)
    if folder is None:
        raise FileNotFoundError(
            f"there is no context.json in {' or '.join(map(str, places))}: open the notebook in the execution's folder, "
            "or name that folder in the environment as AERIE_EXECUTION_FOLDER"
        )
    request = folder / "request.json"
    if request.is_file():
        found = json.loads(request.read_text(encoding="utf-8")).get("id")
        if found != about["execution"]:
            raise RuntimeError(f"{folder} is the folder of {found}, and this notebook is of {about['execution']}")
    loader._notebook_folder = folder
    sys.modules["aerie_results"] = loader

    # Control systems.
    refused = ("aioca", "caproto", "cothread", "epics", "epicscorelibs", "osprey", "p4p", "pvaccess", "pydoocs", "PyTango", "tango")

    class Refusal:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name.partition(".")[0] in refused:
                raise ImportError(
                    f"{name} is not imported: a notebook does not repeat calls to the control system. `aerie replay "
                    f"{about['execution']}` repeats the execution with the answers that it had; `aerie executions rerun "
                    f"{about['execution']}` runs it anew, with every write behind the gate. AERIE_NOTEBOOK_LIVE=1 in the "
                    "environment allows the import, and goes round the gate: no rule and no person is asked.",
                    name=name,
                )
            return None

    Refusal.__qualname__ = Refusal.__name__ = "AerieNotebookRefusal"
    sys.meta_path[:] = [finder for finder in sys.meta_path if getattr(finder, "__name__", "") != Refusal.__name__]
    if os.environ.get("AERIE_NOTEBOOK_LIVE") != "1":
        for name in [name for name in sys.modules if name.partition(".")[0] in refused]:
            del sys.modules[name]
        sys.meta_path.insert(0, Refusal)

    # An empty folder to work in, as the sandbox gives one. Nothing of the execution is written over.
    def fresh():
        for number in range(1, 1000):
            place = folder / ("rerun" if number == 1 else f"rerun_{number:02d}")
            try:
                place.mkdir()
                return place
            except FileExistsError:
                continue
            except OSError:
                break
        return pathlib.Path(tempfile.mkdtemp(prefix="aerie-rerun-"))

    work = fresh()
    os.chdir(work)
    if str(work) not in sys.path:
        sys.path.insert(0, str(work))

    # Programs name their inputs as /inputs/NAME. Where there is no such folder, Python's own ways to read it are led to
    # the execution's; compiled libraries that open files themselves need INPUTS / "NAME".
    inputs = folder / "inputs"

    def led(function):
        def there(path, *rest, **named):
            if isinstance(path, (str, os.PathLike)):
                plain = os.fspath(path)
                if isinstance(plain, str) and (plain == "/inputs" or plain.startswith("/inputs/")):
                    how = rest[0] if rest else named.get("mode", named.get("flags", "r"))
                    if set(how) & set("wax+") if isinstance(how, str) else how & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                        raise PermissionError(errno.EROFS, "inputs are read-only", plain)
                    path = os.path.join(inputs, plain[len("/inputs/") :])
            return function(path, *rest, **named)

        there._aerie_original = function
        return there

    if not os.path.isdir("/inputs") or hasattr(os.stat, "_aerie_original"):
        owners = [(builtins, ["open"]), (io, ["open"]), (os, ["open", "stat", "lstat", "listdir", "scandir"])]
        for owner, names in owners:
            for name in names:
                function = getattr(owner, name)
                setattr(owner, name, led(getattr(function, "_aerie_original", function)))
        # Python keeps some of them apart for pathlib: 3.9 and 3.10 all, 3.13 that of `glob`.
        for owner in filter(None, (getattr(pathlib, "_NormalAccessor", None), getattr(glob, "_StringGlobber", None))):
            for name in ("open", "stat", "lstat", "listdir", "scandir"):
                if hasattr(owner, name):
                    function = getattr(owner, name)
                    setattr(owner, name, staticmethod(led(getattr(function, "_aerie_original", function))))

    def save_artifact(obj, title=None, name=None):
        """Keeps `obj` as a file in the re-run's folder and gives its path; in the sandbox it is an artifact."""
        figure, pandas, numpy = map(sys.modules.get, ("matplotlib.figure", "pandas", "numpy"))
        if figure is not None and isinstance(obj, figure.Figure):
            buffer = io.BytesIO()
            obj.savefig(buffer, format="png", dpi=100, bbox_inches="tight", facecolor="white")
            data, suffix = buffer.getvalue(), ".png"
        elif pandas is not None and isinstance(obj, (pandas.DataFrame, pandas.Series)):
            data, suffix = obj.to_csv().encode(), ".csv"
        elif numpy is not None and isinstance(obj, numpy.ndarray):
            buffer = io.BytesIO()
            numpy.save(buffer, obj, allow_pickle=False)
            data, suffix = buffer.getvalue(), ".npy"
        elif isinstance(obj, str):
            data, suffix = obj.encode(), ".txt"
        elif isinstance(obj, (bytes, bytearray, memoryview)):
            data, suffix = bytes(obj), ".bin"
        elif isinstance(obj, (dict, list, tuple)):
            data = json.dumps(obj, indent=2, default=lambda item: item.tolist() if hasattr(item, "tolist") else str(item)).encode()
            suffix = ".json"
        else:
            raise TypeError(f"save_artifact cannot keep a {type(obj).__name__}")
        if name is None:
            stem = "".join(c if c.isalnum() or c in "_.-+=() " else "_" for c in title or "artifact").strip("_. ")[:80]
            name = (stem or "artifact") + suffix
        name = str(name)
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise ValueError(f"{name!r} is no name for an artifact: it must be a file's name without a folder")
        path = work / name
        path.write_bytes(data)
        return str(path)

    # Randomness as it was. Figures are shown in the notebook, and drawn without a screen elsewhere.
    random.seed(about["seed"])
    try:
        import numpy.random

        numpy.random.seed(about["seed"] & 0xFFFF_FFFF)
    except ImportError:
        pass
    os.environ.setdefault("MPLBACKEND", "Agg")
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.automagic = False  # a line of the program is Python, never a command
        shell.user_ns.pop("open", None)  # its own `open` would not know of /inputs

    print(f"Aerie: from here on the program runs with your rights, outside the sandbox. Its folder is {work}")
    return loader.load_context(folder), save_artifact, inputs, folder


context, save_artifact, INPUTS, EXECUTION_FOLDER = _aerie_setup(_aerie)
__file__ = _aerie["filename"]
del _aerie_setup, _aerie

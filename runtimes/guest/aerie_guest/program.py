"""Runs one program as its own unit and hands back what it left."""

import atexit
import builtins
import io
import linecache
import os
import sys
import traceback
import types

from aerie_guest import artifacts, door, values
from aerie_guest.figures import collect

# Longest message and traceback that are handed back; on standard error they are whole.
MAX_TEXT = 50_000

_INPUT_REFUSED = (
    "input() is not available: nobody is at the keyboard of this program. "
    "Pass values in the context or read a file from /inputs"
)


def main():
    """Fetches the job, runs it, and says how it ended."""
    job, code = door.call("job.start")
    _prepare(job)
    filename = job["filename"]
    source = bytes(code).decode()
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = types.ModuleType("__main__")
    module.__file__ = filename
    module.__builtins__ = builtins
    module.save_artifact = artifacts.save_artifact
    sys.modules["__main__"] = module
    results, noted = b"", None
    try:
        module.context = values.decode(job["context"])
    except Exception as fault:  # noqa: BLE001 - whoever wrote the context must hear what is wrong with it
        what = f"the context has a tagged value that cannot be read: {type(fault).__name__}: {fault}"
        status, error = 1, _describe(values.ContextError(what), filename)
    else:
        status, error = _run(source, filename, module.__dict__)
        atexit._run_exitfuncs()
    if error is None:
        status, error, results, noted = _hand_back(module, job["svg"], status, filename)
    try:
        noted = {} if noted is None else {"types": noted}
        door.call("job.finish", {"exit_status": status, "error": error, **noted}, results)
    except door.HostError as refusal:
        # Results that the host does not take are the program's error.
        error = _describe(values.ResultsError(refusal.message), filename)
        door.call("job.finish", {"exit_status": 1, "error": error})


def _prepare(job):
    """Makes this interpreter the job's own: output, randomness, folder."""
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8", write_through=True, newline="\n")
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), encoding="utf-8", errors="backslashreplace", write_through=True, newline="\n"
    )
    sys.stdin = io.StringIO("")
    sys.argv = [job["filename"]]
    builtins.input = _refuse_input
    seed = job["seed"]
    random = sys.modules.get("random")
    if random is not None:
        random.seed(seed)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(seed & 0xFFFF_FFFF)
    if job["folders"]:
        os.chdir("/work")
        sys.path.insert(0, "/work")


def _refuse_input(prompt=""):
    raise RuntimeError(_INPUT_REFUSED)


def _run(source, filename, namespace):
    """Runs the program; gives its exit status and its error, if any."""
    try:
        exec(compile(source, filename, "exec", dont_inherit=True), namespace)
    except SystemExit as exit:
        return _exit_status(exit.code), None
    except BaseException as error:  # noqa: BLE001 - whatever a program raises ends that program only
        return 1, _describe(error, filename)
    return 0, None


def _exit_status(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    try:
        print(code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - it cannot be shown, or the program closed its standard error
        pass
    return 1


def _hand_back(module, svg, status, filename):
    """Figures and results. What goes wrong here is the program's error: it made them."""
    try:
        collect(svg)
        if "results" not in module.__dict__:
            return status, None, b"", None
        return status, None, *values.dumps(module.results, artifacts.keep)
    except BaseException as error:  # noqa: BLE001 - as above
        return 1, _describe(error, filename), b"", None


def _describe(error, filename):
    """The error as its author needs it, and on standard error as Python prints it."""
    try:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] == "aerie_guest":
            trace = trace.tb_next
        error.__traceback__ = trace
        text = "".join(traceback.format_exception(type(error), error, trace))
        line = _line(error, trace, filename)
        message = str(error)
    except BaseException:  # noqa: BLE001 - no memory or stack left to describe it with
        text, line, message = f"{type(error).__name__}\n", None, ""
    try:
        sys.stderr.write(text)
    except BaseException:  # noqa: BLE001 - the program may have closed or replaced it
        pass
    return {
        "type": type(error).__name__[:200],
        "message": message[:MAX_TEXT].encode("utf-8", "backslashreplace").decode(),
        "line": line,
        "traceback": text[:MAX_TEXT].encode("utf-8", "backslashreplace").decode(),
    }


def _line(error, trace, filename):
    """The innermost line of the program itself."""
    if isinstance(error, SyntaxError) and error.filename == filename:
        return error.lineno
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line

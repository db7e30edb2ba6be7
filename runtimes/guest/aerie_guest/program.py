"""Runs one program as its own unit and hands back what it left."""

import builtins
import sys

from aerie_guest import artifacts, door
from aerie_guest.figures import collect

# Longest message and traceback that are handed back; on standard error they are whole.
MAX_TEXT = 50_000
# Most frames of a traceback at each end.
MAX_FRAMES = 1_000

_INPUT_REFUSED = (
    "input() is not available: nobody is at the keyboard of this program. "
    "Pass values in the context or read a file from /inputs"
)


class Place:
    """Where a program runs: what differs from place to place, while how it runs does not. This one is the sandbox."""

    # Modules whose frames are no part of a program's traceback, by the beginning of their names.
    hidden = ()

    def prepare(self, job):
        """Makes this interpreter the job's own: output, randomness, folder."""
        open_streams()
        begin(job, self.when_imported)
        if job["folders"]:
            import os

            os.chdir("/work")
            sys.path.insert(0, "/work")

    def when_imported(self, name, function):
        """Has ``function(module)`` called once the module is there. All that counts is in the sandbox's image already."""
        module = sys.modules.get(name)
        if module is not None:
            function(module)

    def wind_up(self, status):
        """After the program's last line: what it asked to be run at its end."""
        import atexit

        atexit._run_exitfuncs()

    def relieve(self):
        """Makes room to say what went wrong, for a program that used up its memory."""

    def close(self):
        """Before the host hears the end: whatever is still to go out. An error is the program's, if it has none yet."""

    def said(self):
        """What ``job.finish`` says besides."""
        return {}


def main(place=None):
    """Fetches the job, runs it, and says how it ended."""
    place = Place() if place is None else place
    job, code = door.call("job.start")
    place.prepare(job)
    filename = job["filename"]
    source = bytes(code).decode()
    place.when_imported("linecache", lambda linecache: _remember(linecache, filename, source))
    module = type(sys)("__main__")
    module.__file__ = filename
    module.__builtins__ = builtins
    module.save_artifact = artifacts.save_artifact
    sys.modules["__main__"] = module
    results, noted = b"", None
    try:
        module.context = _context(job["context"])
    except Exception as fault:  # noqa: BLE001 - whoever wrote the context must hear what is wrong with it
        from aerie_guest.restore import ContextError

        what = f"the context has a tagged value that cannot be read: {type(fault).__name__}: {fault}"
        status, error = 1, _describe(ContextError(what), filename, place)
    else:
        status, error = _run(source, filename, module.__dict__, place)
        place.wind_up(status)
    if error is None:
        status, error, results, noted = _hand_back(module, job["svg"], status, filename, place)
    try:
        place.close()
    except Exception as fault:  # noqa: BLE001 - its files could not go out as it left them
        if error is None:
            status, error, results, noted = 1, _describe(fault, filename, place), b"", None
    try:
        noted = {} if noted is None else {"types": noted}
        door.call("job.finish", {"exit_status": status, "error": error, **noted, **place.said()}, results)
    except door.HostError as refusal:
        # Results that the host does not take are the program's error.
        from aerie_guest.values import ResultsError

        error = _describe(ResultsError(refusal.message), filename, place)
        door.call("job.finish", {"exit_status": 1, "error": error, **place.said()})


def open_streams():
    """Standard output and error that write at once, and an empty input."""
    import io

    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8", write_through=True, newline="\n")
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), encoding="utf-8", errors="backslashreplace", write_through=True, newline="\n"
    )
    sys.stdin = io.StringIO("")


def begin(job, when_imported):
    """What every program finds: its name, nobody at the keyboard, and its seed."""
    sys.argv = [job["filename"]]
    builtins.input = _refuse_input
    seed = job["seed"]
    when_imported("random", lambda random: random.seed(seed))
    when_imported("numpy.random", lambda numpy_random: numpy_random.seed(seed & 0xFFFF_FFFF))


def _refuse_input(prompt=""):
    raise RuntimeError(_INPUT_REFUSED)


def _remember(linecache, filename, source):
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)


def _context(given):
    from aerie_guest.context import Context

    if not given:
        return Context()
    from aerie_guest.restore import decode

    return decode(given)


def _run(source, filename, namespace, place):
    """Runs the program; gives its exit status and its error, if any."""
    try:
        exec(compile(source, filename, "exec", dont_inherit=True), namespace)
    except SystemExit as exit:
        return _exit_status(exit.code), None
    except BaseException as error:  # noqa: BLE001 - whatever a program raises ends that program only
        return 1, _describe(error, filename, place)
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


def _hand_back(module, svg, status, filename, place):
    """Figures and results. What goes wrong here is the program's error: it made them."""
    try:
        collect(svg)
        if "results" not in module.__dict__:
            return status, None, b"", None
        from aerie_guest import values

        return status, None, *values.dumps(module.results, artifacts.keep)
    except BaseException as error:  # noqa: BLE001 - as above
        return 1, _describe(error, filename, place), b"", None


def _describe(error, filename, place):
    """The error as its author needs it, and on standard error as Python prints it."""
    try:
        place.relieve()
        import traceback

        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] == "aerie_guest":
            trace = trace.tb_next
        _cut(trace)
        error.__traceback__ = trace = _shown(trace, place.hidden)
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


def _cut(trace):
    """Takes the middle out of a traceback that nobody could read: to write millions of frames takes minutes."""
    count, at = 0, trace
    while at is not None:
        count, at = count + 1, at.tb_next
    if count <= 2 * MAX_FRAMES:
        return
    at = trace
    for _ in range(MAX_FRAMES - 1):
        at = at.tb_next
    last = at
    for _ in range(count - 2 * MAX_FRAMES):
        at = at.tb_next
    last.tb_next = at.tb_next


def _shown(trace, hidden):
    """The traceback without the frames of what stands between the program and its place."""
    if not hidden:
        return trace
    kept = []
    while trace is not None:
        if not trace.tb_frame.f_globals.get("__name__", "").startswith(hidden):
            kept.append(trace)
        trace = trace.tb_next
    for at, following in zip(kept, [*kept[1:], None]):
        at.tb_next = following
    return kept[0] if kept else None


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

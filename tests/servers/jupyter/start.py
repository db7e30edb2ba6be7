"""A real Jupyter server, with the configuration, kernelspecs and kernel supervisor of deploy/jupyter.

Usage: start.py PORT DIGEST FOLDER [OPTION...]. DIGEST is the token's SHA-256 in hexadecimal: every process of the
machine can read a command line. FOLDER is private, empty or absent, and its path is short, for it holds Unix sockets.
Options: base-url, https (makes FOLDER/certificate.pem), legacy-protocol (without the v1 subprotocol), rate-limits
(those of a server nobody configured), cull (kernels of absent clients after two seconds).
"""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import lifeline  # noqa: E402

FONTS = Path(sys.prefix) / "matplotlib"
DEPLOYMENT = HERE.parents[2] / "deploy/jupyter"


def certificate(folder):
    """Makes a certificate for 127.0.0.1 that is its own authority."""
    key, made = folder / "key.pem", folder / "certificate.pem"
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    # A certificate that is no authority: what is trusted is this very one.
    kind = ("-x509", "-addext", "basicConstraints=critical,CA:FALSE", "-newkey", "rsa:2048", "-noenc", "-days", "3650")
    subprocess.run(["openssl", "req", *kind, *names, "-keyout", key, "-out", made], check=True, capture_output=True)
    return key, made


def leave(folder):
    """Waits for the end of standard input, then ends the process, upon which the supervisors end the kernels."""
    while os.read(0, 4096):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def main(port, digest, folder, *options):
    """Starts the server in this process."""
    folder = Path(folder)
    for name in ("config", "data", "runtime", "kernels"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "digest").write_text(digest)
    for name in [name for name in os.environ if name.startswith("JUPYTER")]:
        del os.environ[name]
    os.environ.update(
        AERIE_JUPYTER_IP="127.0.0.1",
        AERIE_JUPYTER_PORT=port,
        AERIE_KERNEL_ROOT=str(folder / "kernels"),
        AERIE_TOKEN_DIGEST_FILE=str(folder / "digest"),
        JUPYTER_CONFIG_DIR=str(folder / "config"),
        JUPYTER_DATA_DIR=str(folder / "data"),
        JUPYTER_PATH=str(DEPLOYMENT),
        JUPYTER_RUNTIME_DIR=str(folder / "runtime"),
        MPLCONFIGDIR=str(FONTS),
    )
    if not FONTS.exists():
        # Beside its place, then moved there: several servers may start at once.
        part = folder / "fonts"
        make = "import matplotlib.font_manager"
        subprocess.run([sys.executable, "-c", make], check=True, env={**os.environ, "MPLCONFIGDIR": str(part)})
        with contextlib.suppress(OSError):
            part.rename(FONTS)

    from jupyter_server.serverapp import ServerApp

    arguments = [f"--config={DEPLOYMENT / 'jupyter_server_config.py'}", "--ServerApp.log_level=WARN"]
    if os.geteuid() == 0:
        arguments.append("--allow-root")
    if "base-url" in options:
        arguments.append("--ServerApp.base_url=/below/here/")
    if "https" in options:
        key, made = certificate(folder)
        arguments += [f"--ServerApp.keyfile={key}", f"--ServerApp.certfile={made}"]
    if "legacy-protocol" in options:
        arguments.append("--ZMQChannelsWebsocketConnection.kernel_ws_protocol=")
    if "rate-limits" in options:
        arguments.append("--ZMQChannelsWebsocketConnection.limit_rate=True")
    if "cull" in options:
        arguments += ["--MappingKernelManager.cull_idle_timeout=2", "--MappingKernelManager.cull_interval=1"]
    app = ServerApp.instance()
    app.initialize(arguments)
    if "rate-limits" in options:
        del os.environ["AERIE_IOPUB_UNLIMITED"]
    threading.Thread(target=leave, args=(folder,), daemon=True).start()
    app.io_loop.add_callback(lifeline.ready)
    app.start()


if __name__ == "__main__":
    main(*sys.argv[1:])

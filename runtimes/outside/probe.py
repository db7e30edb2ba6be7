"""What a kernel's program finds around it. Prints one JSON object: of each fact its value, or why it is not known.

`aerie doctor` runs this text in a fresh kernel, and judges; nothing is judged here. It may be preceded by a line
`PROBE = {...}` with "token_digest" (SHA-256 in hexadecimal of the server's token, to look for it without telling it)
and "deleted" ([process, start time] of a kernel that should be gone). Only the standard library; nothing is left behind.

What it sends: TCP connections, without a byte in them, to 1.1.1.1, 8.8.8.8, the gateways of its own networks and its own
ports; a byte by UDP to 192.0.2.1 and 2001:db8::1; one question to the name server. It knows no network of control systems.
"""


def probe(arguments):
    """Asks for every fact, each for at most six seconds."""
    import contextlib
    import errno
    import hashlib
    import importlib.metadata
    import json
    import os
    import platform
    import re
    import resource
    import socket
    import stat
    import struct
    import sys
    import tempfile
    import threading
    import time

    def text(path, size=65536):
        with open(path, "rb") as file:
            return file.read(size).decode(errors="replace")

    def status(pid="self"):
        return dict(line.split(":\t", 1) for line in text(f"/proc/{pid}/status").splitlines() if ":\t" in line)

    def word(error):
        return errno.errorcode.get(error.errno, str(error)) if isinstance(error, OSError) else repr(error)[:200]

    def environ():
        """What this process was started with, and has: what was unset since can still be read there."""
        found = {}
        with contextlib.suppress(OSError):
            found = dict(part.split("=", 1) for part in text("/proc/self/environ", 1 << 20).split("\0") if "=" in part)
        return {**found, **os.environ}

    def python():
        return {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "executable": sys.executable,
            "prefix": sys.prefix,
            "machine": platform.machine(),
            "libc": "-".join(platform.libc_ver()),
            "system": platform.release(),
        }

    def packages():
        found = {}
        for distribution in importlib.metadata.distributions():
            with contextlib.suppress(Exception):
                found[distribution.metadata["Name"]] = distribution.version
        return dict(sorted(found.items()))

    def user():
        mine = status()
        return {
            "uid": os.getuid(),
            "gid": os.getgid(),
            "groups": os.getgroups(),
            "capabilities": int(mine["CapEff"], 16) | int(mine["CapPrm"], 16),
            "bounding": int(mine["CapBnd"], 16),
            "no_new_privileges": mine["NoNewPrivs"] == "1",
            "seccomp": int(mine["Seccomp"]),
        }

    def walls():
        return environ().get("AERIE_KERNEL_WALLS", "unsupervised")

    def root():
        try:
            return {"read_only": bool(os.statvfs("/").f_flag & os.ST_RDONLY)}
        except OSError as error:
            return {"read_only": None, "error": word(error)}

    def modes():
        """Whether the mode of a file can be changed. All kernels of a server are one user: then another's can as well."""
        # By itself, for the guest may have put something before what is in `os`.
        import posix

        handle, path = tempfile.mkstemp()
        os.close(handle)
        before = os.stat(path).st_mode
        try:
            posix.chmod(path, 0o640)
            return os.stat(path).st_mode != before
        finally:
            os.unlink(path)

    def writable():
        """Folders, outside the kernel's own, in which a file can be made."""
        places = [
            "/",
            "/bin",
            "/dev/shm",
            "/etc",
            "/home",
            "/opt",
            "/run",
            "/srv",
            "/tmp",
            "/usr",
            "/usr/local",
            "/var",
        ]
        places += ["/var/lib", "/var/tmp", "/work", "/mnt", "/media", sys.prefix, *sys.path]
        with contextlib.suppress(OSError):
            places += [f"/home/{name}" for name in os.listdir("/home")]
        with contextlib.suppress(OSError):
            places += [line.split()[1] for line in text("/proc/self/mounts").splitlines()]
        found = []
        for place in sorted({os.path.realpath(place) for place in places if place}):
            if not os.path.isdir(place) or place.startswith(("/proc", "/sys")) or own(place):
                continue
            try:
                handle, path = tempfile.mkstemp(prefix=".aerie-probe-", dir=place)
            except OSError:
                continue
            os.close(handle)
            os.unlink(path)
            found.append(place)
        return found

    def own(place):
        """Whether it belongs to this kernel alone, by what it was told."""
        mine = [os.environ.get("HOME", ""), tempfile.gettempdir(), os.getcwd()]
        return any(place == folder or place.startswith(folder.rstrip("/") + "/") for folder in mine if private(folder))

    def private(folder):
        if not folder or folder == "/":
            return False
        mode = os.stat(folder)
        return (
            mode.st_uid == os.getuid()
            and not mode.st_mode & 0o077
            and os.path.basename(folder) in {"home", "tmp", "work"}
        )

    def folders():
        found = {}
        for name, place in (
            ("home", os.path.expanduser("~")),
            ("temporary", tempfile.gettempdir()),
            ("working", os.getcwd()),
        ):
            mode = os.stat(place)
            free = os.statvfs(place)
            found[name] = {
                "path": place,
                "mode": stat.filemode(mode.st_mode),
                "mine": mode.st_uid == os.getuid(),
                "free_bytes": free.f_bavail * free.f_frsize,
                "noexec": bool(free.f_flag & os.ST_NOEXEC),
                "entries": sorted(os.listdir(place))[:20],
            }
        return found

    def leftovers():
        """What lies in folders that several kernels may use."""
        found = {}
        places = ["/tmp", "/var/tmp", "/dev/shm"]
        if private(tempfile.gettempdir()):
            places.append(os.path.dirname(os.path.dirname(tempfile.gettempdir())))
        for place in places:
            try:
                names = os.listdir(place)
            except OSError as error:
                found[place] = word(error)
            else:
                found[place] = sorted(name for name in names if not own(os.path.join(place, name)))[:20]
        return found

    def ancestors():
        chain, pid = set(), os.getpid()
        while pid > 0 and pid not in chain:
            chain.add(pid)
            pid = int(status(pid)["PPid"])
        return chain

    def processes():
        """Processes that are not this one's: how many, and what can be done to them."""
        mine = ancestors()
        found = {"visible": 0, "kernels": 0, "environment_readable": 0, "memory_readable": 0, "signals_reach": 0}
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) in mine:
                continue
            try:
                line = text(f"/proc/{name}/cmdline")
                parent = int(status(name)["PPid"])
            except (OSError, KeyError, ValueError):
                continue
            if parent == os.getpid():
                continue
            found["visible"] += 1
            found["kernels"] += "ipykernel" in line and "kernel_supervisor" not in line
            for fact, path in (("environment_readable", "environ"), ("memory_readable", "mem")):
                with contextlib.suppress(OSError), open(f"/proc/{name}/{path}", "rb") as file:
                    # The operating system's own threads have neither, and may be opened.
                    found[fact] += path == "mem" or bool(file.read(1))
            with contextlib.suppress(OSError):
                os.kill(int(name), 0)
                found["signals_reach"] += 1
        return found

    def deleted():
        """Whether a process of an earlier kernel is still there. None: it was not told which."""
        if "deleted" not in arguments:
            return None
        pid, started = arguments["deleted"]
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return text(f"/proc/{pid}/stat").rpartition(")")[2].split()[19] == started
        return False

    def supervisor():
        """Whether the kernel could end, trace or read what watches it."""
        parent = os.getppid()
        found = {"parent": text(f"/proc/{parent}/cmdline").replace("\0", " ")[:200], "signals_reach": True}
        try:
            os.kill(parent, 0)
        except OSError:
            found["signals_reach"] = False
        return found

    def connection():
        """Whether other kernels' connection files can be listed or read."""
        file = sys.argv[sys.argv.index("-f") + 1] if "-f" in sys.argv else None
        if file is None:
            return {"file": None}
        told = json.loads(text(file))
        place = os.path.dirname(told["ip"]) if told["transport"] == "ipc" else os.path.dirname(file)
        found = {
            "transport": told["transport"],
            "encrypted": bool(told.get("curve_publickey")),
            "listed": [],
            "readable": [],
        }
        names = set()
        with contextlib.suppress(OSError):
            names.update(os.listdir(place))
            found["listed"] = sorted(names - {os.path.basename(file)})[:20]
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if name.isdigit():
                    names.update(re.findall(r"kernel-[0-9a-f-]{36}\.json", text(f"/proc/{name}/cmdline")))
        for name in names:
            with contextlib.suppress(OSError, ValueError):
                if "key" in json.loads(text(os.path.join(place, name))) and os.path.basename(file) != name:
                    found["readable"].append(name)
        return found

    def environment():
        names = sorted(environ())
        suspicious = re.compile("TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE", re.IGNORECASE)
        return {"names": names, "suspicious": [name for name in names if suspicious.search(name)]}

    def token():
        """Where the server's token was found. None: it was not told what to look for."""
        digest = arguments.get("token_digest")
        if digest is None:
            return None
        found = []

        def look(where, what):
            words = re.split(r"[\s\0=&?,;:\"']+", what)
            if any(hashlib.sha256(word.encode()).hexdigest() == digest for word in {*words, what.strip()} if word):
                found.append(where)

        for name, value in environ().items():
            look(f"environment: {name}", value)
        for name in os.listdir("/proc"):
            if name.isdigit():
                for file in ("environ", "cmdline"):
                    with contextlib.suppress(OSError):
                        look(f"/proc/{name}/{file}", text(f"/proc/{name}/{file}"))
        places = ["/run/secrets", "/etc/jupyter"]
        if "-f" in sys.argv:
            # A server writes its token into its runtime folder.
            places.append(os.path.dirname(os.path.abspath(sys.argv[sys.argv.index("-f") + 1])))
        homes = [os.path.expanduser("~"), "/home/jovyan", "/root"]
        places += [f"{home}/{below}" for home in homes for below in (".jupyter", ".local/share/jupyter")] + homes
        looked = 0
        for place in places:
            for path, folders, files in os.walk(place):
                # Homes are large.
                if path.count("/") > place.count("/") + 2 or looked > 1000:
                    folders.clear()
                    continue
                for name in files[:50]:
                    file = os.path.join(path, name)
                    # A pipe would hold it up.
                    with contextlib.suppress(OSError):
                        if os.path.isfile(file):
                            looked += 1
                            look(file, text(file))
        return sorted(set(found))[:20]

    def secrets():
        found = []
        for path, _, files in os.walk("/run/secrets"):
            for name in files:
                with contextlib.suppress(OSError), open(os.path.join(path, name), "rb"):
                    found.append(name)
        return found

    def reach(kind, host, port):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as attempt:
            attempt.settimeout(2)
            try:
                attempt.connect((host, port))
                if kind == socket.SOCK_DGRAM:
                    attempt.send(b"\0")
            except OSError as error:
                # A port that refuses was reached.
                return "reached: ECONNREFUSED" if isinstance(error, ConnectionRefusedError) else word(error)
            return "reached"

    def routes():
        """Whether there is a default route, and the addresses where a gateway is, or usually is: the first of a network."""
        default, gateways = False, []
        for line in text("/proc/net/route").splitlines()[1:]:
            parts = line.split()
            # Numbers are as they lie in memory. 0x200 is a route that refuses.
            where, gateway, mask = (int(parts[column], 16) for column in (1, 2, 7))
            if parts[0] == "lo" or int(parts[3], 16) & 0x200:
                continue
            default |= mask == 0
            if gateway or where:
                address = gateway or socket.htonl(socket.ntohl(where) | 1)
                gateways.append(socket.inet_ntoa(struct.pack("=I", address)))
        # There is none where IPv6 is off.
        with contextlib.suppress(FileNotFoundError):
            for line in text("/proc/net/ipv6_route").splitlines():
                parts = line.split()
                refuses = parts[9] == "lo" or int(parts[8], 16) & 0x200
                default |= parts[0] == "0" * 32 and parts[1] == "00" and not refuses
        return default, [gateway for gateway in dict.fromkeys(gateways) if not is_own(gateway)]

    def is_own(address):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nothing_sent, contextlib.suppress(OSError):
            nothing_sent.connect((address, 9))
            return nothing_sent.getsockname()[0] == address
        return False

    def network():
        # 192.0.2.1 and 2001:db8::1 are set aside for documentation: that a packet leaves is what is asked.
        found = {"udp": {"192.0.2.1": reach(socket.SOCK_DGRAM, "192.0.2.1", 9)}}
        with contextlib.suppress(OSError):
            found["udp"]["2001:db8::1"] = reach(socket.SOCK_DGRAM, "2001:db8::1", 9)
        gateways = []
        try:
            found["default_route"], gateways = routes()
        except (OSError, ValueError, IndexError) as error:
            found["routes_unknown"] = word(error)
        # A bridge's own address is the host's: whether something listens there or not, an answer is an answer.
        tries = {"tcp": [("1.1.1.1", 443), ("8.8.8.8", 53)]}
        tries["gateways"] = [(gateway, port) for gateway in gateways[:4] for port in (22, 53, 80, 443)]
        asked = []
        for kind, places in tries.items():
            found[kind] = {}
            for host, port in places:

                def attempt(into=found[kind], host=host, port=port):
                    into[f"{host}:{port}"] = reach(socket.SOCK_STREAM, host, port)

                asked.append(threading.Thread(target=attempt, daemon=True))
                asked[-1].start()
        for thread in asked:
            thread.join(4)
        with contextlib.suppress(OSError):
            found["interfaces"] = [name for _, name in socket.if_nameindex()]
        return found

    def names():
        """Whether names of the world outside are found."""
        try:
            return socket.getaddrinfo("example.com", 443)[0][4][0]
        except OSError as error:
            return f"refused: {error}"

    def ports():
        """TCP ports that this machine listens on, and whether the kernel can connect to them."""
        found = {}
        for file in ("/proc/net/tcp", "/proc/net/tcp6"):
            with contextlib.suppress(OSError):
                for line in text(file).splitlines()[1:]:
                    parts = line.split()
                    if parts[3] == "0A":
                        found[int(parts[1].rpartition(":")[2], 16)] = None
        for port in sorted(found)[:20]:
            tried = [reach(socket.SOCK_STREAM, host, port) for host in ("127.0.0.1", "::1")]
            # It may listen on one of them alone: that the other one refuses says nothing.
            found[port] = "reached" if "reached" in tried else tried[0].replace("reached: ", "")
        return found

    def limits():
        kinds = ("AS", "DATA", "CPU", "FSIZE", "NPROC", "NOFILE", "CORE")
        found = {}
        for kind in kinds:
            soft, hard = resource.getrlimit(getattr(resource, f"RLIMIT_{kind}"))
            found[kind.lower()] = [None if value == resource.RLIM_INFINITY else value for value in (soft, hard)]
        return found

    def cgroup():
        """Limits of the container. None: there is no such limit, or it cannot be seen."""
        files = {
            "memory": ("memory.max", "memory/memory.limit_in_bytes"),
            "swap": ("memory.swap.max", "memory/memory.memsw.limit_in_bytes"),
            "cpu": ("cpu.max", "cpu/cpu.cfs_quota_us"),
            "period": ("cpu/cpu.cfs_period_us",),
            "processes": ("pids.max", "pids/pids.max"),
        }
        found = {}
        for name, paths in files.items():
            found[name] = None
            for path in paths:
                with contextlib.suppress(OSError):
                    value = text(f"/sys/fs/cgroup/{path}").strip()
                    found[name] = None if value.startswith(("max", "-1")) or value == "9223372036854771712" else value
                    break
        # The first version of control groups has in two files what the second has in one.
        period = found.pop("period")
        if found["cpu"] and period and " " not in found["cpu"]:
            found["cpu"] += f" {period}"
        return found

    def processors():
        return {"count": os.cpu_count(), "allowed": len(os.sched_getaffinity(0))}

    def shared_memory():
        """Whether `multiprocessing` can make its locks."""
        import multiprocessing

        multiprocessing.Lock()
        return True

    def unlimited_output():
        return environ().get("AERIE_IOPUB_UNLIMITED") == "1"

    facts = (
        python, packages, user, walls, root, writable, folders, leftovers, processes, deleted, supervisor, connection,
        environment, token, secrets, network, names, ports, limits, cgroup, processors, shared_memory, unlimited_output,
        modes,
    )  # fmt: skip

    def ask(fact, into):
        try:
            into["value"] = fact()
        except BaseException as error:
            into["error"] = f"{type(error).__name__}: {error}"[:300]

    begun = time.time()
    asked = []
    for fact in facts:
        # Each its own thread: a name server that never answers must not hold up the rest.
        answer = {}
        thread = threading.Thread(target=ask, args=(fact, answer), daemon=True)
        thread.start()
        asked.append((fact, answer, thread, time.monotonic() + 6))
    report = {}
    for fact, answer, thread, deadline in asked:
        thread.join(max(0, deadline - time.monotonic()))
        report[fact.__name__] = dict(answer) or {"error": "no answer within 6 s"}
    # As of the middle of the probe: whoever asked compares it with the middle of the asking, however long that took.
    report["clock"] = {"value": {"unix": (begun + time.time()) / 2, "zone": time.strftime("%z")}}
    return json.dumps(report, default=str)


print(probe(globals().get("PROBE", {})))

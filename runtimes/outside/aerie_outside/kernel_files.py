"""The program's folders in a kernel: inputs come over the protocol, and what it left in ``work`` goes back the same way."""

import errno
import os
import shutil
import stat
import tempfile
import threading

from aerie_guest import door
from aerie_outside import clock, paths

# Largest piece of a file in one call.
PIECE = 8 << 20
# Seconds between two looks at what the program made.
_LOOK = 0.5


class Folder:
    """A fresh private folder with ``work``, ``inputs`` and ``tmp``."""

    def __init__(self, inputs):
        self._over = threading.Event()
        self._root = tempfile.mkdtemp(prefix="aerie-")
        self.work, self.inputs, self.scratch = (os.path.join(self._root, name) for name in ("work", "inputs", "tmp"))
        for folder in (self.work, self.inputs, self.scratch):
            os.mkdir(folder, 0o700)
        for name, size in inputs:
            self._fetch(name, size)

    def _fetch(self, name, size):
        parts = name.split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise ValueError(f"{name!r} is no name for an input")
        at = os.path.join(self.inputs, *parts)
        os.makedirs(os.path.dirname(at), exist_ok=True)
        with os.fdopen(os.open(at, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400), "wb") as file:
            done = 0
            while done < size:
                piece = door.call("job.input", {"name": name, "at": done})[1]
                if not len(piece):
                    raise ValueError(f"the input {name!r} ends after {done} of {size} bytes")
                file.write(piece)
                done += len(piece)

    def hand_back(self, limits):
        """Sends the regular files of ``work``; OSError where they are too many or too large."""
        self._over.set()
        paths.forget()
        files, count, size = [], 0, 0
        for path, name, status in _walk(self.work, ""):
            count += 1
            if stat.S_ISREG(status.st_mode):
                size += status.st_size
                files.append((path, name))
        if count > limits.get("files", count):
            raise OSError(errno.EDQUOT, "the execution may not make any more files")
        if size > limits.get("file_bytes", size):
            raise OSError(errno.EDQUOT, "the execution may not fill files with any more bytes")
        try:
            for path, name in files:
                _send(path, name)
        except door.HostError as error:
            quota = error.message.startswith("the execution may not")
            raise OSError(errno.EDQUOT if quota else errno.EIO, error.message) from None

    def watch(self, limits, used):
        """Has the host told, by another thread, when there are more files than there may be."""
        files, size = limits.get("files"), limits.get("file_bytes")
        if files is None or size is None:
            return
        threading.Thread(target=self._watch, args=(files, size, used), name="aerie-files", daemon=True).start()

    def _watch(self, files, size, used):
        pause = _LOOK
        while not self._over.wait(pause):
            begun = clock.real_monotonic()
            count = total = 0
            for folder in (self.work, self.scratch):
                # What cannot be looked at is told when it is handed back.
                for _, _, status in _walk(folder, "", lambda error: None):
                    count += 1
                    total += status.st_size if stat.S_ISREG(status.st_mode) else 0
                    if count > files or total > size:
                        limit = "files" if count > files else "file_bytes"
                        try:
                            door.call("job.limit", {"limit": limit, "used": used()})
                        except Exception:  # noqa: BLE001 - the job is over
                            pass
                        return
            pause = max(_LOOK, 20 * (clock.real_monotonic() - begun))

    def remove(self):
        """Removes it and all in it."""
        self._over.set()
        for path, folders, _ in os.walk(self._root):
            for name in folders:
                at = os.path.join(path, name)
                if not os.path.islink(at):
                    os.chmod(at, 0o700)
        shutil.rmtree(self._root, ignore_errors=True)


def _refuse(error):
    raise error


def _walk(folder, under, closed=_refuse):
    """Files and folders below ``folder``, links left out. What the program closed to itself is opened, or goes to ``closed``."""
    try:
        if not os.access(folder, os.R_OK | os.X_OK):
            os.chmod(folder, 0o700)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):  # gone since
        return
    except OSError as error:
        return closed(error)
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # gone since: it may have been a file that was written before it got its name
            continue
        except OSError as error:
            closed(error)
            continue
        if stat.S_ISREG(status.st_mode):
            yield entry.path, under + entry.name, status
        elif stat.S_ISDIR(status.st_mode):
            yield entry.path, under + entry.name, status
            yield from _walk(entry.path, f"{under}{entry.name}/", closed)


def _send(path, name):
    name = os.fsencode(name).decode("utf-8", "replace")
    how = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        try:
            fd = os.open(path, how)
        except PermissionError:
            os.chmod(path, 0o600)
            fd = os.open(path, how)
    except FileNotFoundError:  # gone since
        return
    with os.fdopen(fd, "rb", buffering=0) as file:
        at = 0
        while True:
            piece = file.read(PIECE) or b""
            last = len(piece) < PIECE
            door.call("job.file", {"name": name, "at": at, "last": last}, piece)
            at += len(piece)
            if last:
                return

"""``/work``, ``/inputs`` and ``/tmp`` as programs write them, though the folders lie elsewhere.

``open`` and the functions of ``os`` that take a path translate it, and all that is written in Python on top of them
(``os.path``, ``os.walk``, ``pathlib``, ``glob``, ``shutil``, ``tempfile``, numpy, pandas) with them. An error names the path
as the program gave it. Libraries in C that open files themselves see the real folders only.
"""

import builtins
import io
import os
import sys

from aerie_outside.functions import standing_for

_ONE = (
    "access chdir chmod chown lchown listdir lstat mkdir mkfifo open readlink remove rmdir scandir stat statvfs truncate "
    "unlink utime listxattr getxattr setxattr removexattr"
).split()
_TWO = ("rename", "replace", "link", "symlink")

# The first part of a path (b"work") and where it is instead.
_folders = {}
# Real paths below such a name, which stay what they are: the folders themselves, and Python's own.
_real = ()


def install():
    """Puts the functions in their places; nothing is translated yet."""
    real = io.open
    swapped = [(real, _translating(real, 1))]
    builtins.open = io.open = swapped[0][1]
    for names, count in ((_ONE, 1), (_TWO, 2)):
        for name in names:
            real = getattr(os, name, None)
            if real is not None:
                function = _scanning(real) if name == "scandir" else _translating(real, count)
                setattr(os, name, function)
                swapped.append((real, function))
    for offered in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        offered.update([function for real, function in swapped if real in offered])
    return swapped


def adopt(swapped):
    """Puts them also where modules that were imported before have them by name: in a kernel there are many."""
    functions = {id(real): function for real, function in swapped}
    for name in ("pathlib", "pathlib._local", "pathlib._os", "pathlib.types", "glob", "shutil", "tempfile", "tokenize", "fileinput"):
        module = sys.modules.get(name)
        if module is None:
            continue
        holders = [module, *(value for value in vars(module).values() if isinstance(value, type) and value.__module__ == name)]
        for holder in holders:
            for key, value in list(vars(holder).items()):
                function = functions.get(id(getattr(value, "__func__", value)))
                if function is not None:
                    setattr(holder, key, function)


def translate(work, inputs, scratch):
    """Has the three names mean these real folders from now on."""
    global _real
    _folders.clear()
    _folders.update({"work": work, "inputs": inputs, "tmp": scratch})
    kept = {work, inputs, scratch, sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, *os.environ.values()}
    kept = [path.rstrip("/") for path in kept if path[:1] == "/" and path.count("/") > 1]
    _real = tuple(sorted({path for path in kept if path[1:].partition("/")[0] in _folders}))


def forget():
    """Has them mean nothing again."""
    _folders.clear()


def _there(path):
    """The real path, or ``path`` itself if it is none of ours."""
    if not _folders or isinstance(path, int):
        return path
    text = path if type(path) is str else os.fspath(path)
    as_bytes = isinstance(text, bytes)
    if as_bytes:
        text = os.fsdecode(text)
    if text[:1] != "/":
        return path
    first, _, rest = text[1:].partition("/")
    folder = _folders.get(first)
    if folder is None or any(text.startswith(real) and text[len(real) : len(real) + 1] in ("", "/") for real in _real):
        return path
    real = f"{folder}/{rest}" if rest else folder
    return os.fsencode(real) if as_bytes else real


def _translating(real, count):
    keywords = ("path", "file") if count == 1 else ("src", "dst")

    def function(*args, **kwargs):
        if not _folders:
            return real(*args, **kwargs)
        try:
            there = [_there(path) for path in args[:count]]
            for word in keywords:
                if word in kwargs:
                    kwargs[word] = _there(kwargs[word])
        except TypeError:
            return real(*args, **kwargs)
        try:
            return real(*there, *args[count:], **kwargs)
        except OSError as error:
            if error.filename in there and error.filename is not None:
                error.filename = args[there.index(error.filename)]
            if error.filename2 in there and error.filename2 is not None:
                error.filename2 = args[there.index(error.filename2)]
            raise

    return standing_for(real, function, "io" if real is io.open else "os")


def _scanning(real):
    found = _translating(real, 1)

    def scandir(path="."):
        there = path if path is None else _there(path)
        entries = found(path)
        return entries if there is path else _Entries(entries, os.fspath(path))

    return standing_for(real, scandir, "os")


class _Entries:
    """``os.scandir`` of a translated folder."""

    def __init__(self, entries, folder):
        self._entries, self._folder = entries, folder

    def __iter__(self):
        return self

    def __next__(self):
        return _Entry(next(self._entries), self._folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._entries.close()


class _Entry:
    """An ``os.DirEntry`` whose path is as the program would write it."""

    def __init__(self, entry, folder):
        self._entry = entry
        self.name = entry.name
        self.path = os.path.join(folder, entry.name)

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return f"<DirEntry {self.name!r}>"

    def __getattr__(self, name):
        return getattr(self._entry, name)

"""What happens at imports: seeding and the like when a module arrives, and words for one that is missing."""

import sys


class _Watcher:
    """First on ``sys.meta_path``: finds nothing itself, and has functions called when a module has been run."""

    def __init__(self):
        self._watched = {}

    def when_imported(self, name, function):
        """Calls ``function(module)`` once: now, or when the program imports it."""
        module = sys.modules.get(name)
        if module is not None:
            function(module)
        else:
            self._watched.setdefault(name, []).append(function)

    def find_spec(self, name, path=None, target=None):
        if name not in self._watched:
            return None
        spec = _elsewhere(self, name, path, target)
        loader = getattr(spec, "loader", None)
        if getattr(loader, "exec_module", None) is None or isinstance(loader, type):
            return spec
        run = loader.exec_module

        def exec_module(module):
            del loader.exec_module
            run(module)
            for function in self._watched.pop(name, ()):
                function(module)

        loader.exec_module = exec_module
        return spec


def _elsewhere(asked, name, path, target, finders=None):
    for finder in list(sys.meta_path) if finders is None else finders:
        if finder is not asked and hasattr(finder, "find_spec"):
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
    return None


class _Missing:
    """Last on ``sys.meta_path``: says how a package that nobody found is installed."""

    def __init__(self, how):
        self._how = how

    def find_spec(self, name, path=None, target=None):
        # Whoever only asks whether there is a module gets the plain answer.
        if path is not None or sys._getframe(2).f_code.co_name != "_find_and_load_unlocked":
            return None
        later = sys.meta_path[sys.meta_path.index(self) + 1 :]
        spec = _elsewhere(self, name, path, target, later) if later else None
        if spec is not None:
            return spec
        if name in sys.stdlib_module_names or name.startswith("_"):
            return None
        from aerie_outside.distributions import DISTRIBUTIONS

        raise ModuleNotFoundError(f"No module named {name!r}. {self._how(DISTRIBUTIONS.get(name, name))}", name=name)


# Python leaves the frames of its own import machinery out of an ImportError's traceback; this belongs to it.
_Missing.find_spec.__code__ = _Missing.find_spec.__code__.replace(co_filename="<frozen importlib._bootstrap>")

_watcher = _Watcher()
when_imported = _watcher.when_imported


def seed_system(seed):
    """What is drawn from the system follows the seed too, as in the sandbox: ``os.urandom`` and all that is built on it.

    C code that asks the operating system itself does not see this.
    """
    import os
    from _random import Random

    source = Random(seed + (1 << 64))

    def urandom(size, /):
        return source.getrandbits(8 * size).to_bytes(size, "little") if size else b""

    def in_random(random):
        random._urandom = urandom
        seeds = random.Random.seed

        def seed(self, a=None, version=2):
            seeds(self, int.from_bytes(urandom(32), "little") if a is None else a, version)

        random.Random.seed = seed

    os.urandom = urandom
    when_imported("random", in_random)


def install(how):
    """Begins to watch. ``how(distribution)`` says how to install one."""
    sys.meta_path.insert(0, _watcher)
    sys.meta_path.append(_Missing(how))

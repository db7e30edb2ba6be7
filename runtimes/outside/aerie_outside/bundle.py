"""The guest's files in a kernel: they came as text, and are imported from memory.

Tracebacks show their lines all the same: there is ``get_source``.
"""

import sys
from importlib.machinery import ModuleSpec


class Bundle:
    """Finds and loads the modules of ``{path: source}``."""

    def __init__(self, files):
        self._modules = {}
        for path, source in files.items():
            parts = path[: -len(".py")].split("/")
            package = parts[-1] == "__init__"
            self._modules[".".join(parts[:-1] if package else parts)] = (f"<aerie>/{path}", source, package)

    def find_spec(self, name, path=None, target=None):
        found = self._modules.get(name)
        if found is None:
            return None
        spec = ModuleSpec(name, self, origin=found[0], is_package=found[2])
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        filename, source, _ = self._modules[module.__name__]
        exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)

    def get_source(self, name):
        found = self._modules.get(name)
        if found is None:
            raise ImportError(f"the bundle has no module {name!r}", name=name)
        return found[1]

    def get_filename(self, name):
        self.get_source(name)
        return self._modules[name][0]

    def is_package(self, name):
        self.get_source(name)
        return self._modules[name][2]

    def owns(self, name):
        """Whether a module of this name, or what it is in, is one of ours."""
        return name.partition(".")[0] in self._modules


def install(files):
    """Puts the bundle before all other finders, and forgets modules of its names that were there: they are not ours."""
    bundle = Bundle(files)
    for name in [name for name in sys.modules if bundle.owns(name)]:
        del sys.modules[name]
    sys.meta_path.insert(0, bundle)

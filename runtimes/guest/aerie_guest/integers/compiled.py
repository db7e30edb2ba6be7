"""Compiled callers.

A compiled (Cython) function has no Python frame: called by the user's program, its own use of np.argsort would be taken
for the user's.  So compiled modules of packages see a copy of the numpy module with the unwrapped functions.
"""

import functools
import sys
import types

import numpy as np

from aerie_guest.integers.wrap import raw, widen

_shadow = types.ModuleType("numpy", np.__doc__)


def shadow_numpy(module):
    if not (getattr(module, "__name__", None) or "").startswith(("scipy.", "pandas.", "sklearn.", "statsmodels.", "numpy.random.")):
        return
    if getattr(module, "np", None) is np and not getattr(module, "__cached__", None) \
            and getattr(getattr(module, "__spec__", None), "origin", None) in ("built-in", None) or \
            getattr(module, "np", None) is np and str(getattr(module, "__file__", "")).endswith(".so"):
        module.np = _shadow


def install():
    _shadow.__dict__.update(np.__dict__)
    _shadow.__dict__.update(raw)
    for m in list(sys.modules.values()):
        shadow_numpy(m)
        if getattr(m, "__name__", "") == "sklearn.utils._random":
            _sklearn_random(m)
    # and those that are imported later
    from importlib.machinery import BuiltinImporter
    core = BuiltinImporter.exec_module

    def exec_module(module):
        core(module)
        shadow_numpy(module)
        if module.__name__ == "sklearn.utils._random":
            _sklearn_random(module)
    BuiltinImporter.exec_module = staticmethod(exec_module)


def _sklearn_random(module):
    """sample_without_replacement fills np.empty(n, dtype=int) as C long"""
    shadow = types.ModuleType("numpy")
    shadow.__dict__.update(module.np.__dict__)

    def empty(shape, dtype=float, *args, **kwargs):
        return np.empty(shape, np.intp if dtype is int else dtype, *args, **kwargs)

    def arange(*args, dtype=None, **kwargs):
        return np.arange(*args, dtype=np.intp if dtype is int else dtype, **kwargs)
    shadow.empty = empty
    shadow.arange = arange
    module.np = shadow
    core = module.sample_without_replacement

    def sample_without_replacement(*args, **kwargs):
        return widen(core(*args, **kwargs))
    functools.update_wrapper(sample_without_replacement, core)
    module.sample_without_replacement = sample_without_replacement

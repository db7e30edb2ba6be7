"""numpy: names, functions, methods, and the legacy random generator."""

import functools
import inspect
import types

import numpy as np

from aerie_guest.integers.wrap import (
    _I8,
    _intp,
    done,
    getframe,
    narrow,
    set_in_type,
    type_dict,
    user,
    widen,
    widen_first,
    widen_rest,
    wrap_c_dispatcher,
    wrap_dispatcher,
    wrap_in_place,
    wrap_method,
    wrapper,
)


def names():
    import numpy._core as core
    from numpy._core import arrayprint, numeric, numerictypes
    from numpy.lib import _iotools
    for m in (np, core, numerictypes, numeric, np.matlib if hasattr(np, "matlib") else np):
        for old, new in (("int_", np.int64), ("uint", np.uint64)):
            if hasattr(m, old):
                setattr(m, old, new)
    sd = numerictypes.sctypeDict
    for k in ("int", "int_"):
        sd[k] = np.int64
    sd["uint"] = np.uint64
    from numpy import _array_api_info
    _array_api_info.intp = np.int64     # default_dtypes()
    tl = arrayprint._typelessdata
    tl[:] = [np.int64 if t is _intp else t for t in tl]
    # genfromtxt(dtype=None): bool, then int64
    m = _iotools.StringConverter._mapper
    m[:] = [e for e in m if e[0] is not _intp]
    if not any(e[0] is np.int64 for e in m):
        m.insert(1, (np.int64, int, -1))


_ALL = ("argsort argmax argmin argpartition nanargmax nanargmin nonzero flatnonzero argwhere searchsorted digitize count_nonzero "
        "mask_indices ix_ triu_indices tril_indices triu_indices_from tril_indices_from").split()


def functions():
    for n in _ALL:
        wrap_dispatcher(getattr(np, n), widen)
    for n in ("unique", "unique_all", "unique_counts", "unique_inverse", "intersect1d"):
        wrap_dispatcher(getattr(np, n), widen_rest)

    # histogram: counts are intp only without weights; with int32 weights int32 is right
    h = np.histogram._implementation
    core = wrap_in_place(h, widen)
    hsig = inspect.signature(core)

    def hist(*args, **kwargs):
        r = core(*args, **kwargs)
        b = hsig.bind(*args, **kwargs).arguments
        return r if b.get("weights") is not None else widen_first(r)
    h.__kwdefaults__["_aerie"] = (_Chooser(core, hist), lambda r: r, getframe)

    for n in ("lexsort", "bincount", "unravel_index", "ravel_multi_index"):
        wrap_c_dispatcher(n, widen)
    wrap_c_dispatcher("where", lambda r: widen(r) if type(r) is tuple else r)
    wrap_dispatcher(np.linalg.matrix_rank, widen)
    from numpy._core import strings, defchararray
    for n in ("find", "rfind", "index", "rindex", "count"):
        for m in (strings, defchararray):
            f = getattr(m, n, None)
            if f is not None and f not in done:
                wrap_dispatcher(f, widen)
    # np.apply_along_axis(np.argmax, ...): the library calls the function for the user
    aaa = np.apply_along_axis._implementation
    along_core = types.FunctionType(aaa.__code__, aaa.__globals__, aaa.__name__, aaa.__defaults__, aaa.__closure__)

    def along(func1d, axis, arr, *args, **kwargs):
        f = getattr(func1d, "_implementation", func1d)
        if isinstance(f, types.FunctionType) and f in done:
            g, func1d = func1d, lambda *a, **k: widen(g(*a, **k))
        return along_core(func1d, axis, arr, *args, **kwargs)
    wrap_in_place(aaa, lambda r: r)
    aaa.__kwdefaults__["_aerie"] = (along, lambda r: r, getframe)

    sl = wrapper(strings.str_len, widen)
    for m in (np.strings, np.char, strings, defchararray):
        if hasattr(m, "str_len"):
            m.str_len = sl


class _Chooser:
    """calls `lib` or `user` by who called the wrapped function (two frames up: the wrapped function, its caller)"""
    def __init__(self, lib, user):
        self.lib, self.user = lib, user

    def __call__(self, *args, **kwargs):
        return (self.user if user(3) else self.lib)(*args, **kwargs)


def methods():
    for n in ("argsort", "argmax", "argmin", "argpartition", "nonzero", "searchsorted"):
        wrap_method(np.ndarray, n, widen)
    M = np.ma.MaskedArray
    for n in ("argsort", "argmax", "argmin", "nonzero", "count"):
        wrap_method(M, n, widen)
    for n in ("argmax", "argmin", "count", "nonzero"):
        f = getattr(np.ma, n)
        w = wrapper(f, widen)
        setattr(np.ma, n, w)
        setattr(np.ma.core, n, w)
    for n in ("argsort", "notmasked_edges", "flatnotmasked_edges"):
        wrap_in_place(getattr(np.ma, n), widen)
    wrap_in_place(np.ma.where, lambda r: widen(r) if type(r) is tuple else r)
    for n in ("find", "rfind", "index", "rindex", "count"):
        wrap_method(np.char.chararray, n, widen)
    for n in ("argmax", "argmin"):
        wrap_method(np.matrix, n, widen)


def random():
    """randint, choice, permutation, poisson ... are mended by the byte patches; binomial and multinomial fill arrays of C long."""
    from numpy.random import mtrand
    RS = mtrand.RandomState
    rd = type_dict(RS)

    def replace(name, make):
        core = rd[name]
        f = make(core)
        functools.update_wrapper(f, core)
        set_in_type(RS, name, f)
        for m in (np.random, mtrand):
            if hasattr(m, name):
                setattr(m, name, getattr(mtrand._rand, name))

    def binomial(core):
        def f(self, n, p, size=None):
            return widen(core(self, narrow(n), p, size))
        return f
    replace("binomial", binomial)

    def multinomial(core):
        def f(self, n, pvals, size=None):
            return widen(core(self, n, pvals, size))
        return f
    replace("multinomial", multinomial)

    def tomaxint(core):
        def f(self, size=None):
            # the 64-bit form of random_positive_int
            r = self.randint(0, 1 << 64, size, np.uint64)
            return int(r) >> 1 if size is None else (r >> np.uint64(1)).astype(_I8)
        return f
    replace("tomaxint", tomaxint)

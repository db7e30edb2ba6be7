"""scipy: index results, and compiled code that takes its index arguments as 32 bits."""

import functools
import types

import numpy as np

from aerie_guest.integers.wrap import narrow, rebind, widen, wrap_function, wrap_method


def install():
    from scipy.signal import _sigtools

    # compiled code that casts "safely" to intp
    medfilt2d = _sigtools._medfilt2d
    _sigtools._medfilt2d = lambda image, size: medfilt2d(image, np.asarray(size, dtype=np.intp))

    # ufuncs that have loops for C long only
    import scipy.special as sc
    for n in ("eval_hermite", "eval_hermitenorm"):
        rebind("scipy", getattr(sc, n), _long_first(getattr(sc, n)))

    # index results
    import scipy.cluster.vq
    import scipy.linalg
    import scipy.ndimage as nd
    import scipy.optimize
    import scipy.signal as sg
    import scipy.spatial
    import scipy.stats as st
    for m, names in ((sg, "find_peaks argrelmax argrelmin argrelextrema peak_prominences peak_widths find_peaks_cwt"),
                     (scipy.optimize, "linear_sum_assignment quadratic_assignment"),
                     (nd, "maximum_position minimum_position extrema value_indices"),
                     (scipy.linalg, "ldl"),
                     (sc, "factorial factorial2 factorialk"),
                     (scipy.cluster.vq, "py_vq")):
        for n in names.split():
            wrap_function(getattr(m, n), widen)
    for n in ("binned_statistic", "binned_statistic_2d", "binned_statistic_dd"):
        wrap_function(getattr(st, n), widen)

    # index arguments that are cast "safely" to intp, or not at all
    from scipy.signal import _peak_finding
    peaks_arg = _peak_finding._arg_peaks_as_expected
    _peak_finding._arg_peaks_as_expected = lambda value: peaks_arg(narrow(value))

    widths = sg.peak_widths

    def peak_widths(x, peaks, rel_height=0.5, prominence_data=None, wlen=None):
        if prominence_data is not None:     # (prominences, left bases, right bases) as peak_prominences gave them to the user
            p, left, right = prominence_data
            prominence_data = (p, narrow(left), narrow(right))
        return widths(x, peaks, rel_height, prominence_data, wlen)
    functools.update_wrapper(peak_widths, widths)
    sg.peak_widths = peak_widths

    def cells(r):
        if isinstance(r, np.ndarray) and r.dtype == object:
            for i in np.ndindex(r.shape):
                r[i] = widen(r[i])
            return r
        return widen(r)
    wrap_function(nd.histogram, cells)

    def iso(r):
        r["blocks"] = widen(r["blocks"])
        return r
    wrap_function(scipy.optimize.isotonic_regression, iso)
    for n in "query query_pairs count_neighbors query_ball_point".split():
        wrap_method(scipy.spatial.KDTree, n, widen)
        wrap_method(scipy.spatial.cKDTree, n, widen)
    import scipy.sparse as sp
    seen = set()
    todo = [sp._base._spbase, sp._matrix.spmatrix, sp._data._data_matrix, sp._data._minmax_mixin]
    while todo:
        c = todo.pop()
        if c in seen:
            continue
        seen.add(c)
        todo += [k for k in c.__subclasses__() if k.__module__.startswith("scipy.")]
        for n in ("getnnz", "_getnnz", "argmax", "argmin", "count_nonzero"):
            if isinstance(c.__dict__.get(n), types.FunctionType):
                wrap_method(c, n, widen)


def _long_first(uf):
    def f(n, *args, **kwargs):
        return uf(narrow(n), *args, **kwargs)
    f.__name__ = f.__qualname__ = uf.__name__
    f.__doc__ = uf.__doc__
    f.__module__ = "scipy.special"
    f.ufunc = uf
    return f

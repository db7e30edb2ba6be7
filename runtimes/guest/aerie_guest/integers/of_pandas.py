"""pandas: index results, and the one place that took an integer array for an index array."""

import functools
import inspect
import types

import numpy as np

from aerie_guest.integers.wrap import user, widen, widen_first, widen_rest, wrap_function, wrap_in_place, wrap_method


def install():
    import pandas as pd
    from pandas.core.internals import managers
    BM = managers.BlockManager
    core = BM._insert_update_blklocs_and_blknos

    @functools.wraps(core)
    def _insert_update_blklocs_and_blknos(self, loc):
        core(self, loc)             # np.append(intp array, 0) is int64 now
        if self._blklocs.dtype != np.intp:
            self._blklocs = self._blklocs.astype(np.intp)
        if self._blknos.dtype != np.intp:
            self._blknos = self._blknos.astype(np.intp)
    BM._insert_update_blklocs_and_blknos = _insert_update_blklocs_and_blknos

    def methods(cls, names, conv=widen):
        for n in names.split():
            for c in [cls]:
                if isinstance(c.__dict__.get(n), types.FunctionType):
                    wrap_method(c, n, conv)

    idx = "argmax argmin argsort searchsorted get_indexer get_indexer_for get_indexer_non_unique get_locs indexer_at_time indexer_between_time asof_locs"
    seen = set()
    todo = [pd.Index, pd.api.extensions.ExtensionArray, pd.Series]
    while todo:
        c = todo.pop()
        if c in seen:
            continue
        seen.add(c)
        todo += [s for s in c.__subclasses__() if s.__module__.startswith("pandas")]
        methods(c, idx)
        methods(c, "factorize", widen_first)
        methods(c, "sortlevel", widen_rest)
        methods(c, "sort_values", lambda r: widen_rest(r) if type(r) is tuple else r) if issubclass(c, pd.Index) else None
        methods(c, "reindex", widen_rest) if issubclass(c, pd.Index) else None
        methods(c, "join", lambda r: widen_rest(r) if type(r) is tuple else r) if issubclass(c, pd.Index) else None
    from pandas.core.base import IndexOpsMixin
    methods(IndexOpsMixin, "argmax argmin searchsorted")
    methods(IndexOpsMixin, "factorize", widen_first)
    wrap_in_place(inspect.unwrap(pd.factorize), widen_first)
    wrap_function(pd.api.indexers.check_array_indexer, widen)
    wrap_in_place(pd.cut, widen)
    wrap_in_place(pd.qcut, widen)

    # groupby(...).indices: a property (or cached one) that library code reads too
    from pandas.core.groupby.groupby import BaseGroupBy
    get = BaseGroupBy.__dict__["indices"].fget

    def indices(self):
        r = get(self)
        return {k: widen(v) for k, v in r.items()} if user(2) else r
    functools.update_wrapper(indices, get)
    BaseGroupBy.indices = property(indices, doc=get.__doc__)

"""64-bit default integers for numpy on wasm32: the part that is done in Python.

The other part are the patches of `runtimes/science-int64.yml`: numpy's compiled code chooses int64 wherever a program names
no width. Called once while the image is prepared, this package adds

1. names: ``np.int_``, ``np.uint``, the strings 'int', 'int_', 'uint', and the printing of arrays without ``dtype=int64``;
2. index results: functions and methods whose result is an index (``np.intp``, 32 bits here) hand int64 to programs;
3. ``np.random``'s legacy functions, which are written for C ``long`` (32 bits here);
4. a few functions of pandas and scipy that mix default integers and indexes, natively the same type.

``np.intp``, ``np.long``, ``'l'``, ``'p'`` and the C interface stay as they are: compiled code looks them up by name and then
writes C ``long``. ``docs/numbers.md`` lists what remains different from a native Python.
"""

import importlib.util


def install():
    """Does all of it. Imports pandas and scipy if the pack has them."""
    from aerie_guest.integers import compiled, of_numpy

    of_numpy.names()
    of_numpy.functions()
    of_numpy.methods()
    of_numpy.random()
    if importlib.util.find_spec("pandas") is not None:
        import pandas  # noqa: F401

        from aerie_guest.integers import of_pandas

        of_pandas.install()
    if importlib.util.find_spec("scipy") is not None:
        import scipy  # noqa: F401

        from aerie_guest.integers import of_scipy

        of_scipy.install()
    compiled.install()

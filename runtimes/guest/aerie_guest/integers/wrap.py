"""How functions and methods are made to hand back 64-bit indexes to programs, and only to programs.

Library code keeps ``np.intp``: compiled code in pandas and scipy takes its index buffers as ``intp_t``. Who called is
told by the file name of the calling frame's code.
"""

import functools
import gc
import inspect
import sys
import types

import numpy as np

# Replacements by name of numpy's own functions: what compiled callers go on using.
raw = {}
LIBRARY = "/usr/local/lib"          # code objects of the standard library and all packages start with this
getframe = sys._getframe
_I8 = np.dtype("int64")
_INTP_NUM = np.dtype(np.intp).num   # 7, NPY_LONG
_int64 = np.int64
_intp = np.intp                     # the scalar type; on wasm32 the same class as np.int32
_keep = []                          # replaced objects that inline caches may still point to
done = set()


def widen(r):
    """r with every intp array or scalar in it as int64 (ndarray subclasses, tuples, named tuples, lists, dicts, pandas objects)."""
    t = type(r)
    if t is _intp:
        return _int64(r)
    if isinstance(r, np.ndarray):
        return r.astype(_I8) if r.dtype.num == _INTP_NUM else r
    if t is tuple:
        return tuple([widen(x) for x in r])
    if isinstance(r, tuple):
        return t._make([widen(x) for x in r]) if hasattr(t, "_make") else t(*[widen(x) for x in r])
    if t is list:
        return [widen(x) for x in r]
    if isinstance(r, dict):
        return t([(k, widen(v)) for k, v in r.items()])
    d = getattr(r, "dtype", None)          # pandas Series and Index
    if d is not None and getattr(d, "num", None) == _INTP_NUM and hasattr(r, "astype"):
        return r.astype(_I8)
    return r


def widen_rest(r):
    """for (values, index, ...): leave the first alone."""
    if type(r) is tuple:
        return r[:1] + tuple([widen(x) for x in r[1:]])
    if isinstance(r, tuple):
        return r._make((r[0], *[widen(x) for x in r[1:]]))
    return r


def widen_first(r):
    return (widen(r[0]), *r[1:])


def narrow(n):
    """the other way: an int64 array or number that fits, as intp; anything else as it is (and then raises what it raises)"""
    a = np.asarray(n)
    if a.dtype == _I8 and (not a.size or (a.max() <= 0x7fffffff and a.min() >= -0x80000000)):
        return a.astype(np.intp)
    return n


def user(depth):
    """is the Python code that called (the nearest Python frame) the user's?"""
    return not getframe(depth).f_code.co_filename.startswith(LIBRARY)


def trampoline(*args, _aerie=None, **kwargs):
    core, conv, getframe = _aerie
    r = core(*args, **kwargs)
    if getframe(1).f_code.co_filename.startswith("/usr/local/lib"):
        return r
    for a in args:                  # out= given by position
        if a is r:
            return r
    if kwargs and kwargs.get("out") is r:
        return r
    return conv(r)


def wrap_in_place(impl, conv):
    """Give a Python function a new body without changing its identity, so that names bound earlier, the array-function dispatcher,
    pickles and ``f is np.argsort`` all keep working."""
    if impl in done:
        return
    sig = inspect.signature(impl)
    core = types.FunctionType(impl.__code__, impl.__globals__, impl.__name__, impl.__defaults__, impl.__closure__)
    core.__kwdefaults__ = impl.__kwdefaults__
    core.__qualname__ = impl.__qualname__
    if impl.__code__.co_freevars:
        raise TypeError(f"{impl!r} has a closure")
    code = trampoline.__code__.replace(co_name=impl.__name__, co_qualname=impl.__qualname__,
                                        co_filename=impl.__code__.co_filename)
    impl.__code__ = code
    impl.__defaults__ = None
    impl.__kwdefaults__ = {"_aerie": (core, conv, getframe)}
    impl.__signature__ = sig
    done.add(impl)
    if getattr(np, impl.__name__, None) is not None and impl.__module__.startswith("numpy"):
        raw.setdefault(impl.__name__, core)
    return core


def wrapper(core, conv, like=None):
    """a new function around core"""
    def wrapper(*args, **kwargs):
        r = core(*args, **kwargs)
        if getframe(1).f_code.co_filename.startswith(LIBRARY):
            return r
        for a in args:
            if a is r:
                return r
        if kwargs and kwargs.get("out") is r:
            return r
        return conv(r)
    functools.update_wrapper(wrapper, like or core)
    return wrapper


def type_dict(cls):
    """the real dictionary of a class, also of a static type"""
    return next(d for d in gc.get_referents(cls.__dict__) if type(d) is dict)


def set_in_type(cls, name, value):
    """set an attribute of a static (immutable) type and invalidate what the interpreter has cached about it"""
    d = type_dict(cls)
    if name in d:
        _keep.append(d[name])
    d[name] = value
    a = type.__dict__["__abstractmethods__"]   # its setter calls PyType_Modified and does not ask for mutability
    a.__set__(cls, ())
    a.__delete__(cls)


def wrap_method(cls, name, conv):
    core = cls.__dict__[name]
    if isinstance(core, types.FunctionType) and not core.__code__.co_freevars:
        wrap_in_place(core, conv)
        return
    w = wrapper(core, conv)
    w.__module__ = cls.__module__
    if cls.__flags__ & (1 << 8):       # Py_TPFLAGS_IMMUTABLETYPE
        set_in_type(cls, name, w)
    else:
        setattr(cls, name, w)


def wrap_dispatcher(f, conv):
    """a numpy function made by array_function_dispatch"""
    impl = getattr(f, "_implementation", None)
    if isinstance(f, types.FunctionType):
        impl = f
    if isinstance(impl, types.FunctionType):
        wrap_in_place(impl, conv)
        return f
    return None


# the arguments whose types may override the function, as in numpy/_core/multiarray.py (numpy 2.5)
_DISPATCH = {
    "where": lambda condition, x=None, y=None, /: (condition, x, y),
    "lexsort": lambda keys, axis=-1: keys if isinstance(keys, tuple) else (keys,),
    "bincount": lambda x, /, weights=None, minlength=0: (x, weights),
    "unravel_index": lambda indices, shape, order="C": (indices,),
    "ravel_multi_index": lambda multi_index, dims, mode="raise", order="C": multi_index,
}


def wrap_c_dispatcher(name, conv):
    """np.where and others: the default implementation is a C function: make a new dispatcher around it and put it
    wherever the old one was."""
    from numpy._core import overrides
    old = getattr(np, name)
    impl = old._implementation
    w = wrapper(impl, conv)
    sig = inspect.signature(old)
    doc = old.__doc__
    new = overrides.array_function_dispatch(_DISPATCH[name], module="numpy", verify=False, docs_from_dispatcher=False)(w)
    new.__name__, new.__qualname__, new.__doc__, new.__signature__ = name, name, doc, sig
    _keep.append(old)
    raw[name] = old
    rebind("numpy", old, new)


def wrap_function(f, conv):
    """a function of a package, in place if possible, else a new one wherever the package has the old one"""
    if isinstance(f, types.FunctionType) and not f.__code__.co_freevars:
        wrap_in_place(f, conv)
        return
    rebind(f.__module__.partition(".")[0], f, wrapper(f, conv))


def rebind(package, old, new):
    for m in list(sys.modules.values()):
        n = getattr(m, "__name__", "")
        if isinstance(n, str) and (n == package or n.startswith(package + ".")):
            for k, v in list(vars(m).items()):
                if v is old:
                    setattr(m, k, new)

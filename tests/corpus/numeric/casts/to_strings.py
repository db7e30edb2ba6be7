# String widths of converted integers follow from 64 bits.
import numpy as np

a = np.array([1, -22, 2**40])
results = {
    "astype_str": a.astype(str).tolist(),
    "astype_str_dtype": str(a.astype(str).dtype),
    "small_dtype": str(np.array([1, 2]).astype(str).dtype),
    "int32_dtype": str(np.array([1, 2], dtype=np.int32).astype(str).dtype),
    "bytes_dtype": str(a.astype("S").dtype),
    "round_trip": a.astype(str).astype(int).tolist(),
    "char_mod": np.char.mod("%05d", np.array([7, 42])).tolist(),
    "mixed_list": np.array([1, "a"]).dtype.str,
    "array2string": np.array2string(a, separator=", "),
    "f_string": f"{a[2]} {a[2]:,} {a[2]:e} {a[1]:+d} {a[0]:05d}",
    "percent": "%d %x" % (a[2], a[2]),
}

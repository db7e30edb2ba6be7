# Format specifications applied to numpy and Python numbers.
import numpy as np

n = np.array([1234567, 2**41])
x = np.float64(1234.5678)
results = {
    "grouped": [f"{v:,}" for v in n],
    "underscored": f"{n[1]:_}",
    "padded": f"{n[0]:>12d}|{n[0]:<12d}|{n[0]:^12d}",
    "hex": f"{n[1]:x} {n[1]:#o} {n[0]:b}",
    "general": f"{x:g} {x:.3g} {x:e} {x:.1f} {x:10.2f}",
    "percent": f"{np.float64(0.1234):.1%}",
    "old_style": "%d %5.2f %s %e" % (n[0], x, x, n[1]),
    "str_format": "{0:.2f} {0:012.3f} {name!r}".format(x, name="q1"),
    "join": ", ".join(map(str, np.arange(4) * 10**10)),
    "table": "\n".join(f"{i:3d} {v:15.3e}" for i, v in enumerate(n * 1.0)),
    "sign": [f"{v:+.2e}" for v in (-1.5, 0.0, 2.25)],
    "complex": f"{complex(1.5, -2):.2f}",
}

# A fixed-width report of a device table.
import numpy as np

names = ["S1-BPM1", "S1-BPM2", "S2-BPM1"]
x = np.array([12.3456, -0.5, 100.25])
n = np.array([3_000_000_000, 15, 7_777_777])
lines = [f"{'name':<10}{'x [um]':>10}{'counts':>15}"]
lines += [f"{a:<10}{b:>10.2f}{c:>15,d}" for a, b, c in zip(names, x, n)]
lines.append(f"{'total':<10}{'':>10}{n.sum():>15,}")
results = {
    "report": "\n".join(lines),
    "rms": f"{np.sqrt((x**2).mean()):.3f}",
    "worst": names[int(np.abs(x).argmax())],
    "summary": f"{x.mean():.2f} ± {x.std(ddof=1):.2f} µm over {x.size} monitors",
    "percent": ["{:.1%}".format(v) for v in n / n.sum()],
}

# Pixels of plain shapes drawn without text.
import matplotlib.pyplot as plt
import numpy as np

fig = plt.figure(figsize=(2, 1), dpi=50)
ax = fig.add_axes((0, 0, 1, 1))
ax.set_axis_off()
ax.imshow(np.arange(8).reshape(2, 4) * 10**9, aspect="auto", interpolation="nearest", cmap="gray")
fig.canvas.draw()
pixels = np.asarray(fig.canvas.buffer_rgba())
plt.close(fig)
results = {
    "shape": list(pixels.shape),
    "dtype": str(pixels.dtype),
    "row": pixels[10, ::13, 0].tolist(),
    "lower_row": pixels[40, ::13, 0].tolist(),
    "opaque": bool((pixels[..., 3] == 255).all()),
    "weighted": int((pixels[10, 5].astype(int) * 10**9).sum()),
}

"""Warms up matplotlib, so that a program's first figure costs what its tenth does.

An open file cannot live across the image, and matplotlib keeps its fonts open; so fonts are read into memory first.
"""

import io


def warm():
    import matplotlib

    matplotlib.use("agg", force=True)
    _fonts_in_memory()
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
    left.plot([0, 1, 2], [0.5, 1.5, 1.0], label="a")
    left.set(title="Title 0123456789", xlabel="x (m)", ylabel=r"$\beta$ (m)")
    left.legend()
    left.grid(True)
    right.hist([1, 2, 2, 3])
    right.set_yscale("log")
    figure.tight_layout()
    for kind in ("png", "svg"):
        figure.savefig(io.BytesIO(), format=kind, dpi=100, bbox_inches="tight")
    plt.close("all")


def _fonts_in_memory():
    """Has matplotlib open each font from bytes instead of from a file that would stay open."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    contents = {}

    def read(path):
        if path not in contents:
            with open(path, "rb") as file:
                contents[path] = file.read()
        return io.BytesIO(contents[path])

    class MemoryFont(FT2Font):
        def __init__(self, filename, *args, **kwargs):
            fallback = kwargs.get("_fallback_list")
            super().__init__(read(filename) if isinstance(filename, (str, bytes)) else filename, *args, **kwargs)
            self._aerie_path = filename
            self._aerie_fallback = fallback

    font_manager.ft2font.FT2Font = MemoryFont

"""Warms up matplotlib, so that a program's first figure costs what its tenth does.

An open file cannot live across the image, and matplotlib keeps its fonts open; so fonts are read into memory first.
"""

import functools
import io
import types


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
    """Has matplotlib draw with fonts opened from memory instead of from files that would stay open."""
    from matplotlib import font_manager, ft2font

    contents = {}

    class FontBytes(io.BytesIO):
        """A font's file in memory. As text it is its path: that is what the PDF and PS backends ask a font for."""

        def __init__(self, path):
            super().__init__(contents[path])
            self.path = path

        def __str__(self):
            return self.path

    def open_font(path, **options):
        path = str(path)
        if path not in contents:
            with open(path, "rb") as file:
                contents[path] = file.read()
        return ft2font.FT2Font(FontBytes(path), **options)

    # The same function with another idea of what `ft2font.FT2Font` is; all else in matplotlib keeps the class.
    original = font_manager._get_font.__wrapped__
    seen = types.SimpleNamespace(**{**vars(ft2font), "FT2Font": open_font})
    rebound = types.FunctionType(original.__code__, {**vars(font_manager), "ft2font": seen}, original.__name__)
    rebound.__kwdefaults__ = original.__kwdefaults__
    font_manager._get_font = functools.lru_cache(64)(rebound)

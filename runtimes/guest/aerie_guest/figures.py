"""Open matplotlib figures as files."""

import sys

from aerie_guest import door

DPI = 100


def render(figure, kind):
    """The bytes of a figure as ``png`` or ``svg``, cut to what is drawn, on white."""
    import io

    buffer = io.BytesIO()
    # The fastest compression takes half the time of the usual one, for a sixth more bytes.
    options = {"pil_kwargs": {"compress_level": 1}} if kind == "png" else {}
    figure.savefig(buffer, format=kind, dpi=DPI, bbox_inches="tight", facecolor="white", **options)
    return buffer.getvalue()


def collect(svg):
    """Hands every open figure to the host, in the order of their numbers."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        title = _title(figure)
        for kind in ("png", "svg") if svg else ("png",):
            try:
                door.call("job.figure", {"number": number, "title": title, "format": kind}, render(figure, kind))
            except door.HostError as error:
                import errno

                raise OSError(errno.EDQUOT, error.message) from None


def _title(figure):
    title = figure.get_suptitle()
    axes = figure.get_axes()
    if not title and len(axes) == 1:
        title = axes[0].get_title()
    return title[:200]

"""How pictures look: colours, marks, print, and matplotlib's settings for them. Draws nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import NetError

TEXT, SMALL = 8.0, 7.0  # points of labels and of numbers, as in the captions of two-column papers
DPI = 300

# Okabe and Ito's colours, which the colour-blind tell apart, without yellow, which is too light on paper.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
DASHES = ("solid", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1.5, 1, 1.5)), (0, (7, 1.5, 1, 1.5, 1, 1.5)))
INK, QUIET, LIGHT, PALE = "#222222", "#8c8c8c", "#b9b9b9", "#e6e6e6"

STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same everywhere
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.2,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "figure.dpi": 100,
    "savefig.dpi": DPI,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",  # looks the same where the font is missing
    "svg.hashsalt": "paramula",
}


@contextmanager
def styled() -> Iterator[None]:
    """Our settings of matplotlib, and no others; those of the user come back."""
    try:
        import matplotlib
    except ImportError:
        raise NetError("pictures need matplotlib", hint='pip install "paramula[plot]"') from None
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield

"""Pictures of a sweep: curves, heat maps and Pareto fronts, for a paper, a notebook and the terminal."""

from __future__ import annotations

from .chart import front as front
from .picture import Plot as Plot
from .picture import figure as figure
from .picture import saved as saved
from .terminal import in_terminal as in_terminal
from .wish import Wish as Wish
from .wish import wished as wished

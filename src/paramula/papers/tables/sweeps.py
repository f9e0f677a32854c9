"""The table of a sweep: a column for each symbol that is varied and each expression."""

from __future__ import annotations

import re
from fractions import Fraction

from ...layers.words import QUANTITIES
from ...measures.costs import COSTS
from ...questions.sweep import Swept
from .grid import Column, Grid, Line

DECIMALS = 3  # of ratios


def swept_grid(swept: Swept) -> Grid:
    """Rows as they are; what must be said with them, and how what they ask for is counted."""
    heads = [Column(name, name) for name in swept.names]
    for n, name in enumerate(swept.columns):
        ratios = any(isinstance(row.values[n], Fraction) for row in swept.rows)
        heads.append(Column(name, name, decimals=DECIMALS if ratios else None))
    body = tuple(Line((*row.point, *row.values)) for row in swept.rows)
    asked = dict.fromkeys(re.findall(r"[a-z_]+", " ".join(swept.columns)))
    counted = [f"{name}: {QUANTITIES[name].convention}." for name in asked if name in QUANTITIES]
    counted += [f"{name}: {COSTS[name].convention}." for name in asked if name in COSTS]
    return Grid(
        "sweep", (swept.said.removeprefix("sweep "),), tuple(heads), body, (), {}, (*swept.notes, *counted), swept.order
    )

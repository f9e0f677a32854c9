"""What a paper takes from networks, each kind of it by its word: formulas, derivations, tables, figures, documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from . import grids
from .algebra.latex import Notation
from .errors import NetError, did_you_mean, listed
from .explain import explained
from .network import Network
from .quantities import ADDITIVE
from .tabular.grid import Grid, name_of
from .tabular.layers import layers
from .tabular.networks import comparison, complexity, family
from .tabular.stages import stages
from .tex import formulas, tables
from .tex.derivations import IN_OUT, derivation
from .tex.document import document, macros
from .tex.words import ENVIRONMENTS, PAGE, Style, given_names, headed, points, words
from .words import KINDS, QUANTITIES, TABLES

FORMATS: dict[str, Callable[[Grid], str]] = {
    "text": grids.text, "markdown": grids.markdown, "html": grids.html, "csv": grids.table_csv,
    "json": grids.table_json,
}  # fmt: skip
DRAWN = ("svg", "tikz")  # formats of figures
SEVERAL = ("comparison", "complexity", "macros", "note")  # kinds that take more than one network
THOUSANDS = {"comma": "{,}", "thin": r"\,", "none": ""}
NOTATIONS = ("letters", "in-out")
DEFAULTS = {
    "formula": ("params", "macs"), "derivation": ("params",), "table": ("params", "macs"),
    "comparison": ("params", "macs", "depth"), "family": ("depth", "params", "macs"), "note": ("params", "macs"),
    "macros": QUANTITIES, "appendix": ("params", "macs"),
}  # fmt: skip


OPTIONS = ("width", "depth", "env", "thousands", "notation", "siunitx", "note", "caption", "label", "size")  # in words


PAGE_HEIGHT = 560.0  # points that a table may be high, before groups are closed


class Wish(NamedTuple):
    """What is wanted of networks, beside the kind of it. `values` are those of a family's symbols."""

    style: Style = Style()
    quantities: tuple[str, ...] = ()
    depth: int | None = None
    values: Mapping[str, Sequence[int]] = {}
    letters: str = "letters"


def wish(
    *,
    quantities: Sequence[str] | str = (),
    width: str | float = PAGE,
    env: str = "",
    symbols: Mapping[str, str] | None = None,
    thousands: str = "comma",
    notation: str = "letters",
    siunitx: bool = False,
    note: bool | None = None,
    caption: str | None = None,
    label: str = "",
    size: str = "",
    depth: int | None = None,
    values: Mapping[str, Sequence[int]] | None = None,
) -> Wish:
    """The options of all kinds, checked; raises NetError for what none of them takes."""
    for what, given, known in (
        ("environment", env, [name for names in ENVIRONMENTS.values() for name in names]),
        ("way to write thousands", thousands, list(THOUSANDS)),
        ("notation", notation, list(NOTATIONS)),
        ("size", size, list(tables.SIZES)),
    ):
        if given and given not in known:
            raise NetError(
                f"there is no {what} '{given}'", hint=did_you_mean(given, known) or f"there are {listed(known)}"
            )
    if label and not re.fullmatch(r"[A-Za-z0-9:_.+-]{1,100}", label):
        raise NetError(f"'{label}' is no label", hint="write letters, digits and : _ . + -, such as tab:layers")
    marks = THOUSANDS[thousands]
    style = Style(
        points(width if isinstance(width, str) else f"{width}pt"), Notation(given_names(symbols or {})), env, siunitx,
        note, caption, label, size, marks,
    )  # fmt: skip
    names = tuple(quantities.replace(",", " ").split()) if isinstance(quantities, str) else tuple(quantities)
    return Wish(style, names, depth, dict(values or {}), notation)


def grid(kind: str, nets: Mapping[str, Network], it: Wish) -> Grid:
    """The table of a kind; raises NetError where the networks or the columns do not make one."""
    wanted = it.quantities or DEFAULTS.get(kind, ())
    if kind == "comparison":
        return comparison(nets, wanted)
    if kind == "complexity":
        return complexity(nets)
    net = one(kind, nets)
    if kind == "family":
        return family(net, it.values, wanted)
    return stages(net) if kind == "stages" else layers(net, wanted, it.depth)


def one(kind: str, nets: Mapping[str, Network]) -> Network:
    if len(nets) != 1:
        raise NetError(f"{kind} takes one network", hint=f"{listed(SEVERAL)} take several")
    return next(iter(nets.values()))


def written(kind: str, nets: Mapping[str, Network], it: Wish) -> str:
    """A kind in LaTeX; its first line names the packages that it needs."""
    if kind not in KINDS:
        raise NetError(f"there is no '{kind}'", hint=did_you_mean(kind, KINDS) or f"there are {listed(list(KINDS))}")
    env = it.style.env
    group = "table" if kind in TABLES else "formula"
    if env and kind != "appendix" and env not in ENVIRONMENTS[group]:
        raise NetError(f"{kind} has no environment '{env}'", hint=f"it has {listed(list(ENVIRONMENTS[group]))}")
    text = _body(kind, nets, it)
    return text if kind == "figure" else headed(text)


def _body(kind: str, nets: Mapping[str, Network], it: Wish) -> str:
    wanted = _known(it.quantities or DEFAULTS.get(kind, ()), kind)
    if kind == "table" and it.depth is None and it.style.env != "longtable":
        return _fitting_table(nets, it)
    if kind in TABLES:
        return tables.table(grid(kind, nets, it), it.style)
    if kind == "macros":
        return macros(nets, wanted, it.style)
    if kind == "note":
        return formulas.note(list(nets.values()), wanted, it.style)
    net = one(kind, nets)
    match kind:
        case "formula":
            text = formulas.formula(net, wanted, it.style)
            return f"{text}\n{formulas.note([net], wanted, it.style)}" if it.style.note else text
        case "derivation":
            letters = IN_OUT if it.letters == "in-out" else {}
            text = "\n".join(derivation(explained(net, one), it.style, letters) for one in wanted)
            return f"{text}\n{formulas.note([net], wanted, it.style)}" if it.style.note else text
        case "figure":
            return picture(net, it, "tikz")
    return _appendix(nets, net, it, wanted)


def _fitting_table(nets: Mapping[str, Network], it: Wish) -> str:
    """The table of the layers with its groups opened as deep as fits a page."""
    for depth in (None, *range(5, 0, -1)):
        try:
            text = tables.table(grid("table", nets, it._replace(depth=depth)), it.style)
        except NetError:  # the formulas of some deep layer are too wide
            continue
        if tables.height(text) <= PAGE_HEIGHT:
            return text
    return _body("table", nets, it._replace(depth=0))


def _known(wanted: Sequence[str], kind: str) -> tuple[str, ...]:
    """Names of quantities; columns of tables may have units, and are read there."""
    if kind not in TABLES:
        for name in wanted:
            if name not in QUANTITIES:
                hint = did_you_mean(name, QUANTITIES) or f"there are {listed(list(QUANTITIES))}"
                raise NetError(f"there is no quantity called '{name}'", hint=hint)
    return tuple(wanted)


def picture(net: Network, it: Wish, form: str = "svg") -> str:
    """The architecture as SVG, or as a TikZ picture."""
    from .figure import drawing
    from .render.svg import svg
    from .render.tikz import tikz

    return {"svg": svg, "tikz": tikz}[form](drawing(net, it.style.width, it.depth))


def _appendix(nets: Mapping[str, Network], net: Network, it: Wish, wanted: Sequence[str]) -> str:
    """A document: formula, derivation, table, figure, conditions; for a family its table, too."""
    plain = it._replace(style=it.style._replace(env="", note=None, caption=None, label=""))
    long = plain._replace(style=plain.style._replace(env="longtable"))  # no float goes elsewhere
    sums = [name for name in wanted if name in ADDITIVE]
    sections = {
        "Formulas": formulas.formula(net, wanted, plain.style),
        "Derivation": "\n".join(_body("derivation", nets, plain._replace(quantities=(name,))) for name in sums),
        "Layers": _body("table", nets, long),
        "Family": _body("family", nets, long._replace(quantities=())) if it.values else "",
        "Figure": f"\\begin{{center}}\n{_body('figure', nets, plain)}\n\\end{{center}}",
        "Conditions and conventions": formulas.note([net], wanted, it.style),
    }
    (name,) = nets
    return document(words(f"The formulas of {name}"), sections, it.style)


@dataclass(frozen=True, repr=False)
class Table:
    """A table of networks, to be written in a format."""

    kind: str
    nets: Mapping[str, Network]
    wish: Wish

    def latex(self) -> str:
        return written(self.kind, self.nets, self.wish)

    def markdown(self) -> str:
        return grids.markdown(self.grid)

    def html(self) -> str:
        return grids.html(self.grid)

    def csv(self) -> str:
        return grids.table_csv(self.grid)

    def json(self) -> str:
        return grids.table_json(self.grid)

    @property
    def grid(self) -> Grid:
        """The table as data: columns, rows, remarks."""
        if self.kind not in TABLES:
            hint = did_you_mean(self.kind, TABLES) or f"there are {listed(list(TABLES))}"
            raise NetError(f"there is no table '{self.kind}'", hint=hint)
        return grid(self.kind, self.nets, self.wish)

    def __str__(self) -> str:
        return grids.text(self.grid)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html()


@dataclass(frozen=True, repr=False)
class Figure:
    """A picture of a network."""

    net: Network
    wish: Wish

    def svg(self) -> str:
        return picture(self.net, self.wish)

    def tikz(self) -> str:
        return picture(self.net, self.wish, "tikz")

    def __repr__(self) -> str:
        return f"<figure of {name_of(self.net)}>"

    def _repr_svg_(self) -> str:
        return self.svg()

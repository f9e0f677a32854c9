"""What a paper takes from networks, each kind of it by its word: formulas, derivations, tables, figures, documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..algebra.latex import Notation
from ..engine.model import Model
from ..errors import NetError, did_you_mean, flag_of, listed, named, quoted, refuse, text_of, whole_of, word_of
from ..layers.words import KINDS, QUANTITIES, TABLES
from ..measures.quantities import ADDITIVE
from ..papers.tables.grid import Grid, name_of
from ..papers.tables.layers import layers
from ..papers.tables.networks import comparison, complexity, family
from ..papers.tables.stages import stages
from ..questions.explain import explained
from . import grids
from .latex import formulas, tables
from .latex.derivations import IN_OUT, derivation
from .latex.document import document, macros
from .latex.words import ENVIRONMENTS, PAGE, Style, given_names, headed, length

DRAWN = ("svg", "tikz")  # formats of figures
SEVERAL = ("comparison", "complexity", "macros", "note")  # kinds that take more than one network
FIXED = ("stages", "complexity")  # tables whose columns are their own
DEEP = ("table", "figure", "appendix")  # what shows layers within layers
THOUSANDS = {"comma": "{,}", "thin": r"\,", "none": ""}
NOTATIONS = ("letters", "in-out")
DEFAULTS = {
    "formula": ("params", "macs"), "derivation": ("params",), "table": ("params", "macs"),
    "comparison": ("params", "macs", "depth"), "family": ("depth", "params", "macs"), "note": ("params", "macs"),
    "macros": QUANTITIES, "appendix": ("params", "macs"),
}  # fmt: skip


OPTIONS = ("width", "depth", "env", "thousands", "notation", "siunitx", "note", "caption", "label", "size")  # in words
MAX_VALUES = 500  # of a family
PAGE_HEIGHT = 600.0  # points that a table may be high, before groups are closed


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
    **unknown: Any,
) -> Wish:
    """The options of all kinds, checked; raises NetError for what none of them takes."""
    refuse(unknown, "a paper", (*OPTIONS, "quantities", "symbols", "values"))
    env = word_of(env, "environment", ["", *(name for names in ENVIRONMENTS.values() for name in names)])
    thousands = word_of(thousands, "way to write thousands", list(THOUSANDS))
    notation = word_of(notation, "notation", list(NOTATIONS))
    size = word_of(size, "size", ["", *tables.SIZES])
    depth = None if depth is None else whole_of(depth, "a depth")
    caption = None if caption is None else text_of(caption, "a caption")
    if text_of(label, "a label") and not re.fullmatch(r"[A-Za-z0-9:_.+-]{1,100}", label):
        raise NetError(f"{quoted(label)} is no label", hint="write letters, digits and : _ . + -, such as tab:layers")
    names = _mapping(symbols, "symbols", r'{"f": r"F_{\mathrm{out}}"}')
    style = Style(
        length(width), Notation(given_names({name: text_of(tex, "a symbol") for name, tex in names.items()})), env,
        flag_of(siunitx, "siunitx"), None if note is None else flag_of(note, "note"), caption, label, size,
        THOUSANDS[thousands],
    )  # fmt: skip
    rows = {name: _numbers(name, numbers) for name, numbers in _mapping(values, "values", '{"n": [3, 5, 7]}').items()}
    return Wish(style, _quantities(quantities), depth, rows, notation)


def _mapping(value: Any, what: str, such: str) -> dict[str, Any]:
    if value is not None and (not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value)):
        raise NetError(f"{what} are told by the names of symbols, not by {named(value)}", hint=f"{what}={such}")
    return dict(value or {})


def _numbers(name: str, numbers: Any) -> list[int]:
    known = [] if isinstance(numbers, str) or not isinstance(numbers, Sequence) else numbers[: MAX_VALUES + 1]
    if not 0 < len(known) <= MAX_VALUES:
        message = f"the values of {name} are a list of numbers, {MAX_VALUES} at most, not {named(numbers)}"
        raise NetError(message, hint=f'values={{"{name}": [3, 5, 7]}}')
    return [whole_of(number, f"a value of {name}", 1) for number in known]


def _quantities(said: Any) -> tuple[str, ...]:
    if isinstance(said, str):
        said = said.replace(",", " ").split()
    if not isinstance(said, Sequence) or isinstance(said, bytes):
        raise NetError(f"quantities are texts, not {named(said)}", hint='quantities=["params", "macs"]')
    return tuple(dict.fromkeys(text_of(it, "a quantity") for it in said))


def grid(kind: str, nets: Mapping[str, Model], it: Wish) -> Grid:
    """The table of a kind; raises NetError where the networks or the columns do not make one."""
    word_of(kind, "table", TABLES)
    if it.values and kind != "family":
        raise NetError(f"{kind} is not over values", hint="family is the table over the values of a symbol")
    _depth_fits(kind, it)
    if it.quantities and kind in FIXED:
        raise NetError(f"the columns of {kind} are its own", hint="table, comparison and family take quantities")
    wanted = it.quantities or tuple(DEFAULTS.get(kind, ()))
    if kind == "comparison":
        return comparison(nets, wanted)
    if kind == "complexity":
        return complexity(nets)
    net = one(kind, nets)
    if kind == "family":
        made = family(net, it.values, wanted)
    else:
        made = stages(net) if kind == "stages" else layers(net, wanted, it.depth)
    return made._replace(of=tuple(nets), nets=nets)


def _depth_fits(kind: str, it: Wish) -> None:
    if it.depth is not None and kind not in DEEP:
        raise NetError(f"{kind} takes no depth", hint=f"{listed(DEEP, 'and')} take one")


def one(kind: str, nets: Mapping[str, Model]) -> Model:
    if len(nets) != 1:
        raise NetError(f"{kind} takes one network", hint=f"{listed(SEVERAL)} take several")
    return next(iter(nets.values()))


def written(kind: str, nets: Mapping[str, Model], it: Wish) -> str:
    """A kind in LaTeX; its first line names the packages that it needs."""
    word_of(kind, "kind of LaTeX", list(KINDS))
    _depth_fits(kind, it)
    known = {name for net in nets.values() for name in (*net.open_symbols, *net.given)}
    for name in it.style.notation.names:
        if name not in known:
            raise NetError(f"there is no symbol called '{name}'", hint=did_you_mean(name, known))
    env = it.style.env
    group = "table" if kind in TABLES else "formula"
    if env and kind != "appendix" and env not in ENVIRONMENTS[group]:
        raise NetError(f"{kind} has no environment '{env}'", hint=f"it has {listed(list(ENVIRONMENTS[group]))}")
    captioned = kind in TABLES and env in ("", "table", "table*", "longtable")
    if (it.style.caption is not None or it.style.label) and not captioned:
        raise NetError("only a table in table, table* or longtable has a caption and a label")
    text = _body(kind, nets, it)
    return text if kind == "figure" else headed(text)


def _body(kind: str, nets: Mapping[str, Model], it: Wish) -> str:
    wanted = _known(it.quantities or tuple(DEFAULTS.get(kind, ())), kind)
    if kind in TABLES:
        return _tabled(kind, nets, it)
    if kind == "macros":
        return macros(nets, wanted, it.style)
    if kind == "note":
        return formulas.note(nets, wanted, it.style)
    net = one(kind, nets)
    match kind:
        case "formula":
            text = formulas.formula(net, wanted, it.style)
            return f"{text}\n{formulas.note(nets, wanted, it.style)}" if it.style.note else text
        case "derivation":
            letters = IN_OUT if it.letters == "in-out" else {}
            text = "\n".join(derivation(explained(net, name), it.style, letters) for name in wanted)
            return f"{text}\n{formulas.note(nets, wanted, it.style)}" if it.style.note else text
        case "figure":
            return picture(net, it, "tikz")
    return _appendix(nets, net, it, wanted)


def _tabled(kind: str, nets: Mapping[str, Model], it: Wish) -> str:
    """A table in LaTeX that fits its width, and as a float a page: the groups of layers are closed until it does."""
    refused: NetError | None = None
    depths = (None, *range(5, -1, -1)) if kind == "table" and it.depth is None else (it.depth,)
    for depth in depths:
        made = grid(kind, nets, it._replace(depth=depth))
        try:
            text = tables.table(made, it.style)
        except NetError as error:  # the formulas of some deep layer are too wide
            refused = error
            continue
        if it.style.env in ("longtable", "body", "tabular") or tables.height(text) <= PAGE_HEIGHT:
            return text
    hint = "a longtable goes on over pages: --env longtable"
    raise refused or NetError("the table is higher than a page", hint=hint)


def _known(wanted: Sequence[str], kind: str) -> tuple[str, ...]:
    """Names of quantities; columns of tables may have units, and are read there."""
    if kind not in TABLES:
        for name in wanted:
            if name not in QUANTITIES:
                hint = did_you_mean(name, QUANTITIES) or f"there are {listed(list(QUANTITIES))}"
                raise NetError(f"there is no quantity called '{name}'", hint=hint)
    return tuple(wanted)


def picture(net: Model, it: Wish, form: str = "svg") -> str:
    """The architecture as SVG, or as a TikZ picture."""
    from ..papers.figure import drawing
    from .latex.tikz import tikz
    from .svg import svg

    return {"svg": svg, "tikz": tikz}[form](drawing(net, it.style.width, it.depth))


def _appendix(nets: Mapping[str, Model], net: Model, it: Wish, wanted: Sequence[str]) -> str:
    """A document: formula, derivation, table, figure, conditions; for a family its table, too."""
    plain = it._replace(style=it.style._replace(env="", note=None, caption=None, label=""))
    long = plain._replace(style=plain.style._replace(env="longtable"))  # no float goes elsewhere
    sums = [name for name in wanted if name in ADDITIVE]
    sections = {
        "Formulas": formulas.formula(net, wanted, plain.style),
        "Derivation": "\n".join(_body("derivation", nets, plain._replace(quantities=(name,))) for name in sums),
        "Layers": _body("table", nets, long._replace(values={})),
        "Family": _body("family", nets, long._replace(quantities=(), depth=None)) if it.values else "",
        "Figure": f"\\begin{{center}}\n{_body('figure', nets, plain)}\n\\end{{center}}",
        "Conditions and conventions": formulas.note(nets, wanted, it.style),
    }
    (name,) = nets
    return document(f"The formulas of {name}", sections, it.style)


@dataclass(frozen=True, repr=False)
class Table:
    """A table of networks, to be written in a format."""

    kind: str
    nets: Mapping[str, Model]
    wish: Wish

    def latex(self) -> str:
        return written(self.kind, self.nets, self.wish)

    if TYPE_CHECKING:

        def markdown(self) -> str: ...
        def html(self) -> str: ...
        def csv(self) -> str: ...
        def json(self) -> str: ...

    def __getattr__(self, name: str) -> Any:
        """What writes the table in a format: `.markdown()`, `.csv()`, …"""
        if name not in grids.FORMATS:
            raise AttributeError(
                f"a table has no '{name}'; it can be written as {', '.join([*grids.FORMATS, 'latex'])}"
            )
        return partial(grids.FORMATS[name].write, self.grid)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *grids.FORMATS]

    @property
    def grid(self) -> Grid:
        """The table as data: columns, rows, remarks."""
        return grid(self.kind, self.nets, self.wish)

    def __str__(self) -> str:
        return grids.text(self.grid)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html()


@dataclass(frozen=True, repr=False)
class Figure:
    """A picture of a network."""

    net: Model
    wish: Wish

    def svg(self) -> str:
        return picture(self.net, self.wish)

    def tikz(self) -> str:
        return picture(self.net, self.wish, "tikz")

    def __repr__(self) -> str:
        return f"<figure of {name_of(self.net)}>"

    def _repr_svg_(self) -> str:
        return self.svg()

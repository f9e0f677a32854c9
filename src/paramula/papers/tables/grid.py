"""A table as data, its columns and their numbers; what a network is called in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ...algebra.poly import Size
from ...algebra.spelling import digits, nearest
from ...engine.model import Model
from ...errors import NetError, did_you_mean
from ...language import tree
from ...layers.words import QUANTITIES, UNITS

SHARE = "share"
UNNAMED = "the network"  # what has neither a name nor a text that is short


class Code(str):
    """A text in our own language: a call, a network."""

    __slots__ = ()


class Column(NamedTuple):
    """A column: the word for it, its head, the unit in which numbers stand and their decimals (None: as they are)."""

    name: str
    head: str
    unit: str = ""
    decimals: int | None = None


class Line(NamedTuple):
    """A row: words, code, sizes, shapes, or None where there is nothing to say.

    A `group` has the rows below it of the next `level`. Its numbers are those of `times` copies, for the values of the
    `note`; it may be the first of a `branch`."""

    cells: tuple[Any, ...]
    level: int = 0
    group: bool = False
    times: Size = 1
    note: str = ""
    branch: bool = False


class Grid(NamedTuple):
    """A table: what it is of, columns, rows, the rows below the last line, what must be said with it.

    A remark is a sentence, or what a formula is of and the formula."""

    kind: str
    of: tuple[str, ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    foot: tuple[Line, ...]
    nets: Mapping[str, Model]
    remarks: tuple[str | tuple[str, Any], ...]
    order: tuple[str, ...]


def column(text: str) -> Column:
    """A column as it is asked for, NAME:UNIT:DECIMALS: params, params:M, macs:G:2, share::0; NetError for none such."""
    name, unit, decimals, *more = [*text.split(":"), "", ""][: max(3, text.count(":") + 1)]
    if name not in (*QUANTITIES, SHARE):
        known = (*QUANTITIES, SHARE)
        raise NetError(
            f"there is no column '{name}'", hint=did_you_mean(name, known) or f"there are {', '.join(known)}"
        )
    if more or (unit and unit not in UNITS) or not (decimals == "" or (decimals.isdecimal() and len(decimals) < 3)):
        hint = f"write {name}, {name}:M or {name}:M:2; the units are {', '.join(UNITS)}"
        raise NetError(f"'{text}' is no column", hint=hint)
    places = int(decimals) if decimals else (1 if unit or name == SHARE else None)
    return Column(
        name,
        name if name == SHARE else heading(name),
        "%" if name == SHARE else unit,
        places,
    )


def heading(name: str) -> str:
    """What a table calls a quantity."""
    return QUANTITIES[name].heading or name.replace("_", " ")


def columns(wanted: Sequence[str]) -> tuple[Column, ...]:
    """The columns as they are asked for, each once."""
    found = tuple(column(text) for text in dict.fromkeys(wanted))
    names = [it.name for it in found]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise NetError(f"'{twice}' stands in two columns")
    return found


LAYER, OUTPUT, INPUT = Column("layer", "layer"), Column("output", "output"), Column("input", "input")


def decimal(value: Any, column: Column) -> str | None:
    """A number in a column's unit with its decimals, exactly rounded (halves away from 0), without separators.

    None for a formula; NetError where a formula stands in a column with a unit."""
    if not isinstance(value, (int, Fraction)):
        if column.unit and column.unit != "%":
            raise NetError(
                f"{column.name} is a formula here, and {column.unit} is a unit of numbers",
                hint=f"write {column.name} without a unit, or put numbers in place with at",
            )
        return None
    places = column.decimals
    if places is None:
        if isinstance(value, Fraction) and value.denominator != 1:
            return None
        places = 0
    scaled = Fraction(value) / UNITS.get(column.unit, 1) * 10**places
    whole = nearest(abs(scaled.numerator), scaled.denominator)
    text = digits(whole).zfill(places + 1)
    sign = "-" if value < 0 and whole else ""
    return sign + (f"{text[:-places]}.{text[-places:]}" if places else text)


def total(net: Model, name: str) -> Any:
    """A quantity of a network; None where it has none."""
    try:
        return net.quantity(name)
    except NetError:
        return None


def name_of(net: Model) -> str:
    """A network's name where it has one, else its text; short enough for a caption."""
    statements = net.program.root.statements
    last = statements[-1] if statements else None
    text = tree.text(last.body if isinstance(last, tree.Line) else last) if last is not None else ""
    if isinstance(last, tree.Define):
        text = last.name
    if net.given:
        shown = ", ".join(f"{name}={digits(value)}" for name, value in net.given.items() if isinstance(value, int))
        text += f" at {shown}" if shown else ""
    return text if len(text) <= 60 else UNNAMED


def met(nets: Iterable[Model]) -> tuple[str, ...]:
    """The symbols of networks in the order in which a reader meets them."""
    return tuple(dict.fromkeys(name for net in nets for name in net.order))

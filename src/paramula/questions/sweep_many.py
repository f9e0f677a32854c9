"""A sweep in bulk: its rows many at a time, how many there are, the best of them. Knows no file and no format.

Where all expressions are formulas of the numbers that are varied, and each of these goes by itself, `algebra.lattice`
does the work; rows that only tracing can answer are traced. Every other sweep is answered row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from heapq import nlargest, nsmallest
from os import cpu_count
from typing import Any, NamedTuple

from ..algebra.grid.bounds import Span
from ..algebra.grid.code import program
from ..algebra.grid.lattice import Lattice, blocks
from ..algebra.grid.optima import best as best_of
from ..algebra.grid.optima import count as count_of
from ..algebra.grid.pareto import front as front_of
from ..algebra.poly import Number, Size, atom
from ..algebra.search.regions import Clause
from ..algebra.substitution import symbols
from ..engine.assume import lone
from ..errors import NetError, did_you_mean, named, whole
from .sweep import LEFT_OUT, MAX_ROWS, Condition, Row, Sweep, spelled

CHUNK = 1 << 16  # combinations at once

Progress = Callable[[int, int], None]


class Plain(NamedTuple):
    """A sweep of whole numbers and formulas: its grid, the sizes of each expression, what a row must meet to be one,
    and what must hold beside for the formulas to be right."""

    lattice: Lattice
    sizes: tuple[tuple[Size, ...], ...]
    wanted: tuple[Clause, ...]
    asked: tuple[Clause, ...]  # what must hold for that to be told by formulas, as far as the grid leaves it open
    known: tuple[Clause, ...]  # of the symbols: only for these numbers can it be told what is wanted
    held: tuple[Clause, ...]


def plain(sweep: Sweep) -> Plain | None:
    """The sweep as one of formulas, if it is."""
    if not sweep.axes or any(type(n) is not int for axis in sweep.axes.values() for n in ends(axis)):
        return None
    formulas = [_parts(column.formula) for column in sweep.expressions]
    syms = [lone(sweep.tracer.symbol(name)) for name in sweep.names]
    if any(sym is None or sym.name != name for sym, name in zip(syms, sweep.names, strict=True)):
        return None
    if any(column.error is not None for column in sweep.expressions) or any(it.clauses is None for it in sweep.wanted):
        return None
    if {sym.name for sizes in formulas for size in sizes for sym in symbols(size)} - set(sweep.names):
        return None
    known: list[Clause] = []
    for sym, axis in zip(syms, sweep.axes.values(), strict=True):
        assert sym is not None
        least = min(ends(axis), default=1)
        known += [Clause(">=", atom(sym) - sym.least)] if least < sym.least else []
        known += [Clause(">=", sym.most - atom(sym))] if sym.most is not None else []
        known += [Clause("==", atom(sym) - sym.residue, sym.modulus)] if sym.modulus > 1 else []
    wanted = [clause for it in sweep.wanted for clause in it.clauses or ()]
    asked = _open(sweep, [one for it in sweep.wanted for one in it.conditions])
    return Plain(Lattice(sweep.axes), tuple(formulas), (*asked, *wanted), asked, tuple(known), _held(sweep))


def _held(sweep: Sweep, columns: Collection[int] | None = None) -> tuple[Clause, ...]:
    """What must hold for the formulas of some expressions (None: of all), as far as the grid leaves it open."""
    asked = sweep.expressions if columns is None else [sweep.expressions[at] for at in columns]
    return _open(sweep, [it for column in asked for it in column.conditions])


def _open(sweep: Sweep, conditions: Iterable[Condition]) -> tuple[Clause, ...]:
    """Conditions as clauses, less those that hold in the whole grid."""
    given = [(min(ends(axis), default=1), max(ends(axis), default=1)) for axis in sweep.axes.values()]
    clauses = dict.fromkeys(it.clause for it in conditions)
    return tuple(clause for clause in clauses if not _always(clause, sweep.names, given))


def _always(clause: Clause, names: Sequence[str], given: Sequence[Span]) -> bool:
    """Whether bounds show that a comparison holds for all these numbers."""
    if clause.over is not None or clause.modulus != 0 or clause.relation not in (">=", ">"):
        return False
    code = program([clause.size], names)
    ((num, den),) = code.outputs
    spans = code.spans(given)
    return spans[den][0] >= 1 and spans[num][0] >= (clause.relation == ">")


def ends(axis: Sequence[Any]) -> Sequence[Any]:
    """The numbers of an axis by which it can be judged: all, or the ends of a range."""
    return [axis[0], axis[-1]] if isinstance(axis, range) and axis else axis


def _parts(formula: Any) -> tuple[Size, ...]:
    """The sizes of a number or a shape."""
    return tuple(size for part in formula for size in _parts(part)) if isinstance(formula, tuple) else (formula,)


def _whole(formula: Any, parts: Iterator[Any]) -> Any:
    """A number or a shape again, of its sizes."""
    return tuple(_whole(part, parts) for part in formula) if isinstance(formula, tuple) else next(parts)


# Rows.


class Part(NamedTuple):
    """Rows of a sweep as columns: those of the names, then those of the expressions."""

    columns: list[list[Any]]
    length: int

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return list(zip(*self.columns, strict=True))


def chunks(sweep: Sweep, span: tuple[int, int] | None = None) -> Iterator[tuple[int, Part]]:
    """The rows of the combinations from one index to another, many at a time, and at which index they end."""
    first, last = span or (0, sweep.count)
    it = plain(sweep)
    for start in range(first, last, CHUNK):
        stop = min(last, start + CHUNK)
        yield stop, _of_rows(sweep, sweep.rows(start, stop)) if it is None else _by_formulas(sweep, it, start, stop)


def _of_rows(sweep: Sweep, rows: Iterable[Row]) -> Part:
    cells = [(*row.point, *row.values) for row in rows]
    wide = len(sweep.names) + len(sweep.columns)
    return Part(list(map(list, zip(*cells, strict=True))) if cells else [[] for _ in range(wide)], len(cells))


def _by_formulas(sweep: Sweep, it: Plain, start: int, stop: int) -> Part:
    """Rows by formulas; those for which these do not hold one by one."""
    sizes = [size for parts in it.sizes for size in parts]
    indices: list[int] = []
    columns: list[list[Any]] = [[] for _ in sizes]
    for block in blocks(it.lattice, sizes, (*it.known, *it.wanted, *it.held), (start, stop)):
        indices += _listed(block.indices)
        for column, values in zip(columns, block.values, strict=True):
            column += values.numbers()
    missing = {at for at, *values in zip(indices, *columns, strict=True) if None in values} if _holes(columns) else ()
    rest = _others(sweep, it, indices, missing, start, stop)
    part = Part([*_points(it.lattice, indices), *_shaped(sweep, columns, len(indices))], len(indices))
    if not rest:
        return part
    rows = {at: row for at, row in zip(indices, part.rows, strict=True) if at not in missing}
    rows |= {at: (*row.point, *row.values) for at in rest for row in sweep.rows(at, at + 1)}
    cells = [rows[at] for at in sorted(rows)]
    return Part(list(map(list, zip(*cells, strict=True))) if cells else [[] for _ in part.columns], len(cells))


def _holes(columns: list[list[Any]]) -> bool:
    return any(None in column for column in columns)


def _others(sweep: Sweep, it: Plain, indices: list[int], missing: Collection[int], start: int, stop: int) -> list[int]:
    """The combinations that formulas do not answer, and that may be rows."""
    if len(indices) - len(missing) == stop - start:
        return []
    asked: Sequence[int] = range(start, stop)
    if it.wanted and not it.known:
        asked = _untold(it, start, stop)
        if asked and sweep.exhausted:
            sweep.leave_out(it.asked)
            asked = []
        if it.held or missing:
            found = blocks(it.lattice, [], it.wanted, (start, stop))
            asked = sorted({*asked, *(at for block in found for at in _listed(block.indices))})
    answered = set(indices).difference(missing)
    return [at for at in asked if at not in answered]


def _untold(it: Plain, start: int, stop: int) -> list[int]:
    """The combinations of which formulas do not say whether they are wanted."""
    if not it.asked:
        return []
    told = {at for block in blocks(it.lattice, [], it.asked, (start, stop)) for at in _listed(block.indices)}
    return [at for at in range(start, stop) if at not in told]


def _points(lattice: Lattice, indices: list[int]) -> list[list[int]]:
    """The numbers of the axes at some indices, axis by axis."""
    out: list[list[int]] = []
    repeated = lattice.count
    for axis in lattice.axes:
        repeated //= len(axis)
        out.append([axis[at // repeated % len(axis)] for at in indices])
    return out


def _shaped(sweep: Sweep, columns: list[list[Any]], count: int) -> list[list[Any]]:
    """Columns of sizes as columns of expressions: a shape has several."""
    out, done = [], 0
    for column in sweep.expressions:
        wide = len(_parts(column.formula))
        parts, done = columns[done : done + wide], done + wide
        if not isinstance(column.formula, tuple):
            column.check(parts[0])
            out.append(parts[0])
        else:
            values = zip(*parts, strict=True) if parts else iter([()] * count)
            out.append([_whole(column.formula, iter(value)) for value in values])
    return out


def _listed(indices: Any) -> list[int]:
    return list(indices) if isinstance(indices, (range, list)) else indices.tolist()


# Without keeping rows.


def count(sweep: Sweep, progress: Progress | None = None) -> int:
    """How many rows there are."""
    if not sweep.wanted:
        return sweep.count
    it = plain(sweep)
    if it is None or it.known:
        return sum(1 for _ in _few(sweep))
    many = count_of(it.lattice, it.wanted, threads=cpu_count() or 1, progress=progress)
    rest = _untold(it, 0, sweep.count) if sweep.count <= MAX_ROWS else []
    return many + sum(1 for at in rest for _ in sweep.rows(at, at + 1))


def best(
    sweep: Sweep, expression: str | int, k: int = 1, greatest: bool = False, progress: Progress | None = None
) -> list[Row]:
    """The k rows with the least (or greatest) values of an expression, the best first; of equal ones the first."""
    at = column_of(sweep, expression)
    _check_numbers(sweep, [at])
    it = plain(sweep)
    if it is None or len(it.sizes[at]) != 1:
        return _best_of_rows(_few(sweep), at, k, greatest)
    found = best_of(
        it.lattice, it.sizes[at][0], (*it.known, *it.wanted, *_held(sweep, [at])), greatest=greatest, k=k,
        threads=cpu_count() or 1, progress=progress,
    )  # fmt: skip
    beside = _beside(sweep, it, [at])
    rows = beside | {one.at: _row_at(sweep, one.at) for one in found}
    return _best_of_rows([rows[n] for n in sorted(rows)], at, k, greatest)


def _best_of_rows(rows: Iterable[Row], at: int, k: int, greatest: bool) -> list[Row]:
    known = [row for row in rows if isinstance(row.values[at], (int, Fraction))]
    return (nlargest if greatest else nsmallest)(k, known, key=lambda row: row.values[at])


def front(
    sweep: Sweep, expressions: Sequence[str | int], greatest: Sequence[bool], progress: Progress | None = None
) -> list[Row]:
    """The rows that no other one is at least as good as in every expression, and better in one."""
    places = [column_of(sweep, expression) for expression in expressions]
    _check_numbers(sweep, places)
    it = plain(sweep)
    if it is None or any(len(it.sizes[at]) != 1 for at in places):
        return _front_of_rows(list(_few(sweep)), places, greatest)
    found = front_of(
        it.lattice, [it.sizes[at][0] for at in places], greatest,
        (*it.known, *it.wanted, *_held(sweep, places)),
        threads=cpu_count() or 1, progress=progress,
    )  # fmt: skip
    beside = _beside(sweep, it, places)
    if not beside:
        return [_row_at(sweep, one.at) for one in found]
    rows = beside | {one.at: _row_at(sweep, one.at) for one in found}
    return _front_of_rows([rows[n] for n in sorted(rows)], places, greatest)


def _front_of_rows(rows: list[Row], places: list[int], greatest: Sequence[bool]) -> list[Row]:
    def key(row: Row) -> tuple[Number, ...]:
        return tuple(-row.values[at] if great else row.values[at] for at, great in zip(places, greatest, strict=True))

    known = [(key(row), row) for row in rows if all(isinstance(row.values[at], (int, Fraction)) for at in places)]
    kept: list[tuple[tuple[Number, ...], Row]] = []
    for values, row in sorted(known, key=lambda one: one[0]):
        near = kept[-1:] if len(places) == 2 else kept  # of two expressions: the best in the second
        if not any(all(a <= b for a, b in zip(other, values, strict=True)) for other, _ in near):
            kept.append((values, row))
    return [row for _, row in kept]


def _beside(sweep: Sweep, it: Plain, places: Sequence[int]) -> dict[int, Row]:
    """The rows for which the formulas of some expressions do not hold, in a grid of which all rows can be kept: they
    may have values all the same."""
    held = _held(sweep, places)
    if sweep.count > MAX_ROWS or not (it.known or held or it.asked):
        return {}
    found = blocks(it.lattice, [], (*it.known, *it.wanted, *held), (0, sweep.count))
    indices = [at for block in found for at in _listed(block.indices)]
    rest = _others(sweep, it._replace(held=held), indices, (), 0, sweep.count)
    return {at: row for at in rest for row in sweep.rows(at, at + 1)}


def left_out(sweep: Sweep, places: Collection[int]) -> tuple[str, ...]:
    """The combinations that `best` and `front` of these expressions do not look at, in words."""
    it = plain(sweep)
    if it is None or sweep.count <= MAX_ROWS:
        return ()
    conditions = [one for at in places for one in sweep.expressions[at].conditions]
    conditions += [one for claim in sweep.wanted for one in claim.conditions]
    held = _open(sweep, conditions)
    notes = map(LEFT_OUT.format, dict.fromkeys(one.said for one in conditions if one.clause in held))
    return (*notes, *(["left out: numbers that are not above 0, or not as assumed"] if it.known else []))


def _check_numbers(sweep: Sweep, places: Sequence[int]) -> None:
    """Raises NetError for an expression whose values cannot be compared."""
    for at in places:
        formula, said = sweep.expressions[at].formula, sweep.columns[at]
        if isinstance(formula, tuple):
            raise NetError(f"{said} is a shape, and has no least and no most", hint="ask for a number, such as params")
        if others := sorted({sym.name for sym in symbols(formula)} - set(sweep.names)):
            raise NetError(f"{said} is a formula, and no number", hint=f"give {others[0]} a number, or vary it too")


def _few(sweep: Sweep) -> Iterator[Row]:
    """All rows of a sweep that only rows can answer."""
    if sweep.count > MAX_ROWS:
        message = f"this sweep is answered row by row, and {sweep.count:,} rows are too many: the limit is {MAX_ROWS:,}"
        raise NetError(message, hint="a sweep of formulas over ranges that do not depend on each other has no limit")
    return sweep.rows()


def _row_at(sweep: Sweep, at: int) -> Row:
    return next(iter(sweep.rows(at, at + 1)))


def column_of(sweep: Sweep, expression: str | int) -> int:
    """The place of an expression among those of a sweep: by its text, in which a quantity may stand without `(net)`,
    or by its number from 0."""
    number = whole(expression)
    if number is not None:
        if not 0 <= number < len(sweep.columns):
            hint = f"they count from 0 to {len(sweep.columns) - 1}"
            raise NetError(f"there is no expression {named(expression)}", hint=hint)
        return number
    if not isinstance(expression, str):
        raise NetError(f"an expression is a text or a number, not {named(expression)}")
    texts = list(map(_alone, sweep.columns))
    for text in (expression, spelled(expression)):
        if _alone(text) in texts:
            return texts.index(_alone(text))
    hint = did_you_mean(expression, sweep.columns) or f"there are {', '.join(sweep.columns)}"
    raise NetError(f"the sweep has no expression '{expression}'", hint=hint)


def _alone(text: str) -> str:
    return "".join(text.split()).replace("(net)", "")

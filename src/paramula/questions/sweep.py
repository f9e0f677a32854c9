"""A table of values over all combinations of numbers. Formulas are evaluated, and nothing is rounded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import prod
from typing import Any, NamedTuple, TypeAlias

from ..algebra.conditions import minimal
from ..algebra.known import nonnegative, surely_whole
from ..algebra.poly import Poly, Sym
from ..algebra.search.regions import Clause, clause_of
from ..algebra.substitution import evaluate, replaced, symbols
from ..engine.assume import lone
from ..engine.ranges import indices, stepped
from ..engine.settings import check_given, no_symbol, unheard
from ..engine.trace import Tracer
from ..engine.values import Env, Net, is_number, kind
from ..errors import NetError, Source, counted, listed
from ..language import tree
from ..language.parser import parse
from ..measures import quantities
from .solve import clauses_of, free_names, opened

MAX_ROWS = 100_000
MOST = 1 << 62  # combinations of a sweep of which not all are kept
MAX_TRACED = 2_000  # rows whose networks are traced with their numbers, one by one
MAX_COPIES = 2_000_000  # copies and terms of these networks together
MAX_NOTES = 5  # reasons for missing values that are told
APART = "a larger step makes fewer: 8..128 step 8; paramula sweep writes any number to a file, or finds the best"
TOGETHER = "ranges that do not depend on each other have no limit in a file: for f in 1..600, n in 1..600 where n <= f"
LEFT_OUT = "left out: combinations for which {} does not hold"
NONE_MEETS = "no combination meets the conditions behind where"

Point: TypeAlias = dict[str, Any]


class Row(NamedTuple):
    """A combination of numbers, and the values there: a number, a shape, a formula of what is open, or None."""

    point: tuple[Any, ...]
    values: tuple[Any, ...]


class Swept(NamedTuple):
    """The answer to `sweep`: what was varied, the expressions, a row for each combination; `order` is what stays open.

    A value is None where a network cannot have these numbers; `notes` say why, once."""

    said: str
    names: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    order: tuple[str, ...]


class Column(NamedTuple):
    """An expression: its formula, what gives its value, what must hold for that, or the error that it has none."""

    node: tree.Node
    formula: Any
    put_in: Callable[[Point], Any]
    conditions: list[Condition]
    error: NetError | None = None
    counts: bool = False  # a quantity of which it is not proved beforehand that all its values are counts

    def check(self, values: Iterable[Any]) -> None:
        """Raises where a value of a quantity counts nothing."""
        if self.counts:
            for value in values:
                if value is not None:
                    quantities.check_count(tree.text(self.node), value)


class Condition(NamedTuple):
    """What must hold for a formula: asked of a row, as a clause, and in words."""

    holds: Callable[[Point], bool]
    clause: Clause
    said: str


class Wanted(NamedTuple):
    """A claim behind `where`: whether a row meets it; as clauses, where it has a formula, and what that takes."""

    holds: Callable[[Point], bool]
    clauses: list[Clause] | None
    conditions: list[Condition]


def swept(tracer: Tracer, node: tree.Sweep, env: Env) -> Swept:
    """The table of a `sweep`; raises NetError where it is too large, or where no row has a value."""
    return Sweep(tracer, node, env, MAX_ROWS).table()


class Origin(NamedTuple):
    """Where a sweep comes from, in texts: a program, what is given for its symbols, and a question about its network
    where the sweep is no statement of the program."""

    program: str
    given: tuple[tuple[str, str], ...] = ()
    question: str = ""


def spelled(expression: str) -> str:
    """A text as the columns of a sweep are written, as far as it can be read."""
    try:
        return "; ".join(map(tree.text, parse(Source(expression)).statements))
    except NetError:
        return expression


class Sweep:
    """A sweep as it is asked: combinations of numbers, expressions, conditions. Rows are made when they are asked for.

    `limit` is how many combinations there may be, where all are to be kept."""

    def __init__(
        self, tracer: Tracer, node: tree.Sweep, env: Env, limit: int | None = None, origin: Origin | None = None
    ) -> None:
        self.origin = origin
        places = _names(tracer, node, env)
        self.said, self.names = tree.text(node), tuple(places)
        self.columns = tuple(map(tree.text, node.values))
        self.axes, self._points = _combinations(tracer, node, env, limit)
        self.count = prod(len(axis) for axis in self.axes.values()) if self._points is None else len(self._points)
        self._with_numbers = _Tracing(tracer, env)
        fixed = [name for name in self.names if name in tracer.program.definitions or name in tracer.given]
        for name in fixed:
            check_given(tracer.program, name, tracer, places[name], env)
        self.tracer = tracer = opened(tracer, fixed) if fixed else tracer
        self.expressions = [_column(tracer, value, self.names, env) for value in node.values]
        for name in self.names:
            check_given(tracer.program, name, tracer, places[name], env)
        for value in node.values:
            for new in unheard(tracer, value, node, self.names) if isinstance(value, tree.Name) else ():
                raise no_symbol(tracer, new, f"vary it: for {new.name} in …")
        self.wanted = [_where(tracer, claim, self.names, env, self._with_numbers) for claim in node.where]
        self.order = tuple(name for name in tracer.met if name not in self.names)
        self._fits = _fits(tracer, self.names)
        self._missing: dict[str, int] = {}
        for column in self.expressions:
            if column.error is not None:
                self._with_numbers.check(column, self._meeting())

    def points(self, first: int = 0, last: int | None = None) -> Iterator[Point]:
        """The combinations from one index to another; the last name varies first, as in nested loops."""
        last = self.count if last is None else last
        if self._points is not None:
            yield from self._points[first:last]
            return
        axes = tuple(self.axes.values())
        for index in range(first, last):
            numbers = []
            for axis in reversed(axes):
                index, at = divmod(index, len(axis))
                numbers.append(axis[at])
            yield dict(zip(self.names, reversed(numbers), strict=True))

    def _meeting(self) -> Iterator[Point]:
        """The combinations that meet the claims behind `where`."""
        return (point for point in self.points() if all(claim.holds(point) for claim in self.wanted))

    def rows(self, first: int = 0, last: int | None = None) -> Iterator[Row]:
        """The rows of the combinations from one index to another that meet the claims behind `where`."""
        for point in self.points(first, last):
            if all(claim.holds(point) for claim in self.wanted):
                yield self._row(point)

    def _row(self, point: Point) -> Row:
        fits = self._fits(point)
        found = [_value(column, point, fits, self._with_numbers) for column in self.expressions]
        for reason in dict.fromkeys(reason for _, reason in found if reason):
            self._missing[reason] = self._missing.get(reason, 0) + 1
        return Row(tuple(point.values()), tuple(value for value, _ in found))

    def table(self) -> Swept:
        """All rows; raises NetError where none has a value."""
        rows = tuple(self.rows())
        failed = self._with_numbers.failed
        if failed is not None and all(value is None for row in rows for value in row.values):
            raise failed
        notes = self.notes if rows else (NONE_MEETS, *self.notes)
        return Swept(self.said, self.names, self.columns, rows, notes, self.order)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why values of the rows so far are missing, and what must hold for the symbols that are not varied."""
        open_conditions = [c for c in minimal(self.tracer.needs) if not free_names(c) <= set(self.names)]
        notes = [f"holds for {condition}" for condition in open_conditions]
        for reason, count in list(self._missing.items())[:MAX_NOTES]:
            notes.append(f"no value in {counted(count, 'row', 'rows')}: {reason}")
        if len(self._missing) > MAX_NOTES:
            rest = sum(list(self._missing.values())[MAX_NOTES:])
            notes.append(f"no value in {counted(rest, 'row', 'rows')} for other reasons")
        return (*notes, *map(LEFT_OUT.format, self._with_numbers.left_out))

    @property
    def exhausted(self) -> bool:
        """Whether no more rows are traced with their numbers."""
        return self._with_numbers.spent

    def leave_out(self, clauses: Collection[Clause]) -> None:
        """Notes that combinations were not asked for which these conditions of claims do not hold."""
        conditions = [it for claim in self.wanted for it in claim.conditions]
        self._with_numbers.left_out.update(dict.fromkeys(it.said for it in conditions if it.clause in clauses))


def _names(tracer: Tracer, node: tree.Sweep, env: Env) -> dict[str, tree.Name]:
    """What is varied, and where it stands."""
    places: dict[str, tree.Name] = {}
    for binding in node.bindings:
        for name in binding.names:
            place = tree.Name(*tracer.program.named(binding, name), name)
            if name in places:
                raise tracer.fault(f"'{name}' is varied twice", place, env, other=places[name].span)
            places[name] = place
    return places


def _combinations(
    tracer: Tracer, node: tree.Sweep, env: Env, limit: int | None
) -> tuple[dict[str, Sequence[Any]], list[Point] | None]:
    """The numbers of each name by itself; where these depend on others, or go together, all combinations."""
    known: set[str] = set()
    apart = True
    for binding in node.bindings:
        apart = apart and len(binding.names) == 1 and not _depends(binding, known)
        known |= set(binding.names)
    if apart:
        many = 1
        for binding in node.bindings:
            many *= _length(tracer, binding, env)
            _check_count(tracer, many, node, env, limit)
        return {binding.names[0]: _axis(tracer, binding, env) for binding in node.bindings}, None
    points: list[Point] = [{}]
    for binding in node.bindings:
        if _depends(binding, set(points[0]) if points else set()):
            many = sum(_length(tracer, binding, env.with_names(p)) for p in points)
            _check_count(tracer, many, node, env, MAX_ROWS, TOGETHER)
            points = [{**p, **more} for p in points for more in _choices(tracer, binding, env.with_names(p))]
        else:
            _check_count(tracer, len(points) * _length(tracer, binding, env), node, env, MAX_ROWS, TOGETHER)
            choices = _choices(tracer, binding, env)
            points = [{**p, **more} for p in points for more in choices]
    return {}, points


def _depends(binding: tree.Binding, names: set[str]) -> bool:
    return any(isinstance(part, tree.Name) and part.name in names for part in tree.walk(binding.range))


def _check_count(tracer: Tracer, count: int, node: tree.Sweep, env: Env, limit: int | None, hint: str = APART) -> None:
    if limit is None and count > MOST:
        raise tracer.fault("these are too many combinations: the limit is 2^62", node, env)
    if limit is not None and count > limit:
        said = f"{count:,} rows" if count < 10**15 else "so many rows"
        raise tracer.fault(f"{said} are too many to be shown: the limit is {limit:,}", node, env, hint)


def _range(tracer: Tracer, binding: tree.Binding, env: Env) -> tuple[Sequence[int], int]:
    """The numbers of a range and how many they are; its ends and its step are numbers."""
    assert isinstance(binding.range, tree.Range)
    parts = [part for part in (binding.range.first, binding.range.last, binding.range.step) if part is not None]
    numbers = [tracer.number(part, env) for part in parts]
    for part, number in zip(parts, numbers, strict=True):
        if isinstance(number, Poly):
            hint = f"{tracer.show(number)} is open: write a number"
            raise tracer.fault("a sweep goes over numbers", part, env, hint)
    whole = [n for n in numbers if isinstance(n, int)]
    if len(whole) < len(numbers):
        indices(tracer, binding, env)  # says what is wrong
    first, last, step = [*whole, 1][:3]
    return stepped(tracer, binding.range, first, last, step, env)


def _length(tracer: Tracer, binding: tree.Binding, env: Env) -> int:
    """How many values a binding has."""
    if isinstance(binding.range, tree.Choices):
        return len(binding.range.items)
    return max(0, _range(tracer, binding, env)[1])


def _axis(tracer: Tracer, binding: tree.Binding, env: Env) -> Sequence[Any]:
    """The numbers of a binding of one name."""
    if isinstance(binding.range, tree.Choices):
        return [point[binding.names[0]] for point in _choices(tracer, binding, env)]
    numbers, count = _range(tracer, binding, env)
    if count < 0:
        indices(tracer, binding, env)  # says what is wrong
    return numbers


def _choices(tracer: Tracer, binding: tree.Binding, env: Env) -> list[Point]:
    """The values of a binding, which must be numbers."""
    tracer.afresh()
    choices = indices(tracer, binding, env)
    items = binding.range.items if isinstance(binding.range, tree.Choices) else []
    for i, point in enumerate(choices):
        for value in point.values():
            if not is_number(value) or isinstance(value, Poly):
                hint = "" if not isinstance(value, Poly) else f"{tracer.show(value)} is open: write a number"
                said = "" if isinstance(value, Poly) else f", but this is {kind(value)}"
                raise tracer.fault(f"a sweep goes over numbers{said}", items[i], env, hint)
    return choices


def _column(tracer: Tracer, node: tree.Node, names: tuple[str, ...], env: Env) -> Column:
    """An expression in symbols. What must hold for other symbols than those varied is told once for all rows."""
    known = len(tracer.needs)
    try:
        value = _checked(tracer, node, env)
    except NetError as error:
        del tracer.needs[known:]
        return Column(node, None, lambda point: None, [], error)
    needs = [*tracer.needs[known:], *((need, "assume") for need in tracer.taken)]
    conditions = [(free_names(c), clause_of(c), str(c)) for c in minimal(needs)]
    held = [Condition(_once(clause.holds, of), clause, said) for of, clause, said in conditions if of <= set(names)]
    of = {sym.name for size in _flat(value) for sym in symbols(size)}
    column = Column(node, value, _once(lambda point: _put_in(value, point), of & set(names)), held)
    if isinstance(node, tree.Call) and node.name in quantities.ADDITIVE:
        if not (surely_whole(value) and nonnegative(value)):
            return column._replace(counts=True)
    return column


def _once(ask: Callable[[Point], Any], names: set[str]) -> Callable[[Point], Any]:
    """What is asked of a row, asked once for all rows with the same numbers for these names."""
    known: dict[tuple[Any, ...], Any] = {}

    def asked(point: Point) -> Any:
        key = tuple(point[name] for name in names)
        if key not in known:
            known[key] = ask(point)
        return known[key]

    return asked


def _flat(value: Any) -> list[Any]:
    return [size for part in value for size in _flat(part)] if isinstance(value, tuple) else [value]


def _checked(tracer: Tracer, node: tree.Node, env: Env) -> Any:
    """The value of an expression, which must be a number or a shape."""
    value = tracer.value(node, env)
    if is_number(value) or isinstance(value, tuple):
        quantities.check_bound(tree.text(node), value)
        return value
    hint = f"ask for a quantity: params({tree.text(node)})" if isinstance(value, Net) else ""
    raise tracer.fault(f"a sweep shows numbers, but this is {kind(value)}", node, env, hint)


class _Tracing:
    """Expressions traced with numbers, row by row: how much work that was, and the first error."""

    def __init__(self, tracer: Tracer, env: Env) -> None:
        self.tracer = tracer
        self.env = env
        self.rows = 0
        self.copies = 0
        self.failed: NetError | None = None
        self.left_out: dict[str, None] = {}  # conditions of claims for want of which rows could not be asked

    @property
    def spent(self) -> bool:
        return self.rows >= MAX_TRACED or self.copies >= MAX_COPIES

    def at(self, point: Mapping[str, Any], ask: Callable[[Tracer], Any]) -> Any:
        """What is asked of a tracer that has the numbers of a row."""
        self.rows += 1
        other = self.tracer
        try:
            other = self.tracer.asking({**self.tracer.given, **point})
            other.afresh()
            return ask(other)
        except NetError as error:
            self.failed = self.failed or error
            raise
        except (ZeroDivisionError, ValueError):
            raise NetError("there is no value with these numbers") from None
        finally:
            self.copies += other.spent.steps

    def check(self, column: Column, points: Iterator[Point]) -> None:
        """Raises the error of an expression without a value in symbols, unless its rows may have one."""
        assert column.error is not None
        first = next(points, None)
        if first is None:
            return
        try:
            self.at(first, lambda other: _checked(other, column.node, self.env))
        except NetError as error:
            if (error.message, error.span) == (column.error.message, column.error.span):
                raise
        self.rows -= 1  # it is traced again, as a row
        if sum(1 for _ in islice(points, MAX_TRACED)) == MAX_TRACED:
            message = f"this has no formula, and so many rows cannot be traced one by one: the limit is {MAX_TRACED:,}"
            raise self.tracer.fault(message, column.node, self.env, f"as a formula: {column.error.message}")


def _where(tracer: Tracer, claim: tree.Claim, names: tuple[str, ...], env: Env, with_numbers: _Tracing) -> Wanted:
    """A claim behind `where`; a row for which its formula does not hold is asked with its numbers."""
    known = len(tracer.needs)
    fits = _fits(tracer, names)
    broken: NetError | None = None
    clauses: list[Clause] = []
    conditions: list[Condition] = []
    try:
        clauses = clauses_of(tracer, claim, env)
    except NetError as error:
        broken = error
    else:
        for c in minimal(tracer.needs[known:]):
            if free_names(c) <= set(names):
                conditions.append(Condition(_once(clause_of(c).holds, free_names(c)), clause_of(c), str(c)))
        del tracer.needs[known:]
        others = sorted({s.name for c in clauses for size in (c.size, c.modulus) for s in symbols(size)} - set(names))
        if others:
            hint = f"give {others[0]} a number: {others[0]} = … on a line of its own"
            raise tracer.fault(f"this depends on {listed(others, 'and')} too", claim, env, hint)

    def holds(point: Point) -> bool:
        formula = broken is None and fits(point)
        unmet = [it.said for it in conditions if not it.holds(point)] if formula else []
        if formula and not unmet:
            return all(clause.holds(point) for clause in clauses)
        if with_numbers.spent:
            if not formula:
                raise broken or tracer.fault("this claim is not one of whole numbers above zero", claim, env)
            with_numbers.left_out.update(dict.fromkeys(unmet))
            return False
        failed = with_numbers.failed
        try:
            return all(c.holds(point) for c in with_numbers.at(point, lambda other: clauses_of(other, claim, env)))
        except NetError as error:
            if broken is not None and (error.message, error.span) == (broken.message, broken.span):
                raise
            if formula:  # it is a row that does not meet the claim
                with_numbers.failed = failed
            return False

    return Wanted(holds, None if broken is not None else clauses, conditions)


def _fits(tracer: Tracer, names: tuple[str, ...]) -> Callable[[Point], bool]:
    """Whether the numbers of a row are what formulas take the symbols to be."""
    known: list[tuple[str, Sym | None]] = [(name, lone(tracer.symbol(name))) for name in names]

    def fits(point: Point) -> bool:
        return all(
            sym is not None
            and sym.name == name
            and isinstance(point[name], int)
            and point[name] >= sym.least
            and (sym.most is None or point[name] <= sym.most)
            and point[name] % sym.modulus == sym.residue
            for name, sym in known
        )

    return fits


def _value(column: Column, point: Point, fits: bool, with_numbers: _Tracing) -> tuple[Any, str]:
    """The value of an expression in a row, or None and why it has none.

    Where a condition of the formula breaks the network is traced with the numbers: it may have a value all the same."""
    reason = ""
    if column.error is None and fits:
        reason = next((f"{it.said} does not hold" for it in column.conditions if not it.holds(point)), "")
        if not reason:
            try:
                value = column.put_in(point)
            except (NetError, ZeroDivisionError, ValueError) as error:
                reason = error.message if isinstance(error, NetError) else ""
            else:
                column.check([value])
                return value, ""
    if with_numbers.spent:
        return None, reason or "too many rows have to be traced one by one"
    try:
        return with_numbers.at(point, lambda other: _checked(other, column.node, with_numbers.env)), ""
    except NetError as error:
        return None, reason or error.message


def _put_in(value: Any, point: Point) -> Any:
    """A number or a shape with the numbers of a row in it."""
    if isinstance(value, tuple):
        return tuple(_put_in(part, point) for part in value)
    if not isinstance(value, Poly):
        return value
    try:
        return evaluate(value, point)
    except KeyError:  # another symbol is open
        return replaced(value, point)

"""A table of values over all combinations of numbers. Formulas are evaluated, and nothing is rounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from .algebra.conditions import minimal
from .algebra.given import replaced, symbols
from .algebra.poly import Poly, Sym
from .algebra.regions import Clause, valued
from .assume import lone
from .errors import NetError, counted, listed
from .language import tree
from .solve import asking, clause_of, clauses_of, free_names, opened
from .trace import Tracer, check_given
from .values import Env, Net, is_number, kind

MAX_ROWS = 100_000
MAX_TRACED = 2_000  # rows whose networks are traced with their numbers, one by one
MAX_COPIES = 2_000_000  # copies and terms of these networks together
MAX_NOTES = 5  # reasons for missing values that are told

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


class _Column(NamedTuple):
    """An expression: what gives its value, what must hold for that, or the error that it has no value in symbols."""

    node: tree.Node
    put_in: Callable[[Point], Any]
    conditions: list[tuple[Callable[[Point], bool], str]]
    error: NetError | None = None


def swept(tracer: Tracer, node: tree.Sweep, env: Env) -> Swept:
    """The table of a `sweep`; raises NetError where it is too large, or where no row has a value."""
    places = _names(tracer, node, env)
    names = tuple(places)
    points = _points(tracer, node, env)
    with_numbers = _Tracing(tracer, env)
    fixed = [name for name in names if name in tracer.program.definitions or name in tracer.given]
    for name in fixed:
        check_given(tracer.program, name, tracer, places[name], env)
    tracer = opened(tracer, fixed) if fixed else tracer
    columns = [_column(tracer, value, names, env) for value in node.values]
    for name in names:
        check_given(tracer.program, name, tracer, places[name], env)
    wanted = [_where(tracer, claim, names, env, with_numbers) for claim in node.where]
    points = [point for point in points if all(holds(point) for holds in wanted)]
    for column in columns:
        if column.error is not None and points:
            with_numbers.check(column, points)
    fits = _fits(tracer, names)
    missing: dict[str, dict[int, None]] = {}
    rows = []
    for i, point in enumerate(points):
        values = []
        for column in columns:
            value, reason = _value(column, point, fits(point), with_numbers)
            values.append(value)
            if reason:
                missing.setdefault(reason, {})[i] = None
        rows.append(Row(tuple(point.values()), tuple(values)))
    if with_numbers.failed is not None and all(value is None for row in rows for value in row.values):
        raise with_numbers.failed
    notes = _notes(tracer, columns, names, missing)
    notes = notes if rows else ["no combination meets the conditions behind where", *notes]
    order = tuple(name for name in tracer.met if name not in names)
    return Swept(tree.text(node), names, tuple(map(tree.text, node.values)), tuple(rows), tuple(notes), order)


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


def _points(tracer: Tracer, node: tree.Sweep, env: Env) -> list[Point]:
    """All combinations of the numbers that are asked for; the last varies first, as in nested loops."""
    points: list[Point] = [{}]
    for binding in node.bindings:
        earlier = points[0].keys() if points else set()
        if any(isinstance(part, tree.Name) and part.name in earlier for part in tree.walk(binding.range)):
            _check_count(tracer, sum(_length(tracer, binding, env.with_names(p)) for p in points), node, env)
            points = [{**p, **more} for p in points for more in _choices(tracer, binding, env.with_names(p))]
        else:
            _check_count(tracer, len(points) * _length(tracer, binding, env), node, env)
            choices = _choices(tracer, binding, env)
            points = [{**p, **more} for p in points for more in choices]
    return points


def _check_count(tracer: Tracer, count: int, node: tree.Sweep, env: Env) -> None:
    if count > MAX_ROWS:
        hint = "a larger step makes fewer: 8..128 step 8"
        said = f"{count:,} rows" if count < 10**15 else "so many rows"
        raise tracer.fault(f"{said} are too many: the limit is {MAX_ROWS:,}", node, env, hint)


def _length(tracer: Tracer, binding: tree.Binding, env: Env) -> int:
    """How many values a binding has, as far as that can be told before they are made."""
    if isinstance(binding.range, tree.Choices):
        return len(binding.range.items)
    assert isinstance(binding.range, tree.Range)
    parts = [part for part in (binding.range.first, binding.range.last, binding.range.step) if part is not None]
    numbers = [tracer.number(part, env) for part in parts]
    for part, number in zip(parts, numbers, strict=True):
        if isinstance(number, Poly):
            hint = f"{tracer.show(number)} is open: write a number"
            raise tracer.fault("a sweep goes over numbers", part, env, hint)
    whole = [n for n in numbers if isinstance(n, int)]
    if len(whole) < len(numbers) or (step := [*whole, 1][2]) < 1:
        return 0  # refused where the values are made
    return max(0, (whole[1] - whole[0]) // step + 1)


def _choices(tracer: Tracer, binding: tree.Binding, env: Env) -> list[Point]:
    """The values of a binding, which must be numbers."""
    tracer.spent = [0]
    choices = tracer.indices(binding, env)
    items = binding.range.items if isinstance(binding.range, tree.Choices) else []
    for i, point in enumerate(choices):
        for value in point.values():
            if not is_number(value) or isinstance(value, Poly):
                hint = "" if not isinstance(value, Poly) else f"{tracer.show(value)} is open: write a number"
                said = "" if isinstance(value, Poly) else f", but this is {kind(value)}"
                raise tracer.fault(f"a sweep goes over numbers{said}", items[i], env, hint)
    return choices


def _column(tracer: Tracer, node: tree.Node, names: tuple[str, ...], env: Env) -> _Column:
    """An expression in symbols. What must hold for other symbols than those varied is told once for all rows."""
    known = len(tracer.needs)
    try:
        value = _checked(tracer, node, env)
    except NetError as error:
        del tracer.needs[known:]
        return _Column(node, lambda point: None, [], error)
    needs = [*tracer.needs[known:], *((need, "assume") for need in tracer.taken)]
    conditions = [(free_names(c), clause_of(c), str(c)) for c in minimal(needs)]
    held = [(_once(clause.holds, of), said) for of, clause, said in conditions if of <= set(names)]
    of = {sym.name for size in _flat(value) for sym in symbols(size)}
    return _Column(node, _once(lambda point: _put_in(value, point), of & set(names)), held)


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

    @property
    def spent(self) -> bool:
        return self.rows >= MAX_TRACED or self.copies >= MAX_COPIES

    def at(self, point: Mapping[str, Any], ask: Callable[[Tracer], Any]) -> Any:
        """What is asked of a tracer that has the numbers of a row."""
        self.rows += 1
        other = self.tracer
        try:
            other = asking(self.tracer, {**self.tracer.given, **point})
            other.spent = [0]
            return ask(other)
        except NetError as error:
            self.failed = self.failed or error
            raise
        except (ZeroDivisionError, ValueError):
            raise NetError("there is no value with these numbers") from None
        finally:
            self.copies += other.spent[0]

    def check(self, column: _Column, points: list[Point]) -> None:
        """Raises the error of an expression without a value in symbols, unless its rows may have one."""
        assert column.error is not None
        try:
            self.at(points[0], lambda other: _checked(other, column.node, self.env))
        except NetError as error:
            if (error.message, error.span) == (column.error.message, column.error.span):
                raise
        if len(points) > MAX_TRACED:
            message = f"this has no formula, and {len(points):,} rows are too many to trace one by one: "
            hint = f"as a formula: {column.error.message}"
            raise self.tracer.fault(f"{message}the limit is {MAX_TRACED:,}", column.node, self.env, hint)


def _where(
    tracer: Tracer, claim: tree.Claim, names: tuple[str, ...], env: Env, with_numbers: _Tracing
) -> Callable[[Point], bool]:
    """Whether a row meets a claim behind `where`; rows for which it cannot be told do not."""
    known = len(tracer.needs)
    fits = _fits(tracer, names)
    broken: NetError | None = None
    clauses: list[Clause] = []
    try:
        clauses = clauses_of(tracer, claim, env)
    except NetError as error:
        broken = error
    else:
        clauses += [clause_of(c) for c in minimal(tracer.needs[known:]) if free_names(c) <= set(names)]
        del tracer.needs[known:]
        others = sorted({s.name for c in clauses for size in (c.size, c.modulus) for s in symbols(size)} - set(names))
        if others:
            hint = f"give {others[0]} a number: {others[0]} = … on a line of its own"
            raise tracer.fault(f"this depends on {listed(others, 'and')} too", claim, env, hint)

    def holds(point: Point) -> bool:
        if broken is None and fits(point):
            return all(clause.holds(point) for clause in clauses)
        if with_numbers.spent:
            raise broken or tracer.fault("this claim is not one of whole numbers above zero", claim, env)
        try:
            return all(c.holds(point) for c in with_numbers.at(point, lambda other: clauses_of(other, claim, env)))
        except NetError as error:
            if broken is not None and (error.message, error.span) == (broken.message, broken.span):
                raise
            return False

    return holds


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


def _value(column: _Column, point: Point, fits: bool, with_numbers: _Tracing) -> tuple[Any, str]:
    """The value of an expression in a row, or None and why it has none.

    Where a condition of the formula breaks the network is traced with the numbers: it may have a value all the same."""
    reason = ""
    if column.error is None and fits:
        reason = next((f"{said} does not hold" for holds, said in column.conditions if not holds(point)), "")
        if not reason:
            try:
                return column.put_in(point), ""
            except (NetError, ZeroDivisionError, ValueError) as error:
                reason = error.message if isinstance(error, NetError) else ""
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
        return valued(value, point)
    except KeyError:  # another symbol is open
        return replaced(value, point)


def _notes(
    tracer: Tracer, columns: list[_Column], names: tuple[str, ...], missing: dict[str, dict[int, None]]
) -> list[str]:
    """Why values are missing, and what must hold for the symbols that are not varied."""
    open_conditions = [c for c in minimal(tracer.needs) if not free_names(c) <= set(names)]
    notes = [f"holds for {condition}" for condition in open_conditions]
    for reason, rows in list(missing.items())[:MAX_NOTES]:
        notes.append(f"no value in {counted(len(rows), 'row', 'rows')}: {reason}")
    if len(missing) > MAX_NOTES:
        rest = {i for rows in list(missing.values())[MAX_NOTES:] for i in rows}
        notes.append(f"no value in {counted(len(rest), 'row', 'rows')} for other reasons")
    return notes

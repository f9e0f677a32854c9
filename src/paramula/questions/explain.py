"""Where a network's numbers come from: each layer's formula, with its numbers put in, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from math import prod
from typing import Any, NamedTuple

from ..algebra.forms import form
from ..algebra.poly import Poly, Size, Sym, exact_quotient, product, symbol
from ..algebra.powers import quotient
from ..algebra.spelling import Form
from ..algebra.substitution import symbols
from ..engine.bind import AXES
from ..engine.model import Model
from ..errors import NetError
from ..layers.facts import Facts, Misfit
from ..measures.labels import Called
from ..measures.quantities import ADDITIVE, answers, runs, summed
from ..measures.traced import Op, Repeat, Row
from .report import lines

# How textbooks call the sizes that come in, by the number of axes.
INCOMING = {1: "n", 2: "tc", 3: "hwc", 4: "xhwc"}
PLAIN = ("Count", "Amount", *AXES)  # the arguments that a formula names by a letter


class Derived(NamedTuple):
    """A number with its derivation: what it is of, the layer's formula, the same with numbers put in, the result.

    The result counts `times` times, for every value of the indices in `over` where it depends on them."""

    of: str
    general: Form | None  # None where it has no formula in letters, or all its weights were counted before
    put_in: Form | None
    result: Size
    times: Size = 1
    over: tuple[tuple[Sym, Size, Size], ...] = ()

    @property
    def counted_before(self) -> bool:
        return self.general is None and self.result == 0


class Step(NamedTuple):
    """A layer, or a group of them, as it is explained: its call as written, and with its numbers in place."""

    call: str
    label: str
    level: int
    times: Size
    note: str
    came: tuple[Any, ...] | None
    gives: Any
    derived: tuple[Derived, ...]


class Explained(NamedTuple):
    """A quantity layer by layer, and the total as a sum: how many equal copies, and what each of them adds."""

    quantity: str
    steps: tuple[Step, ...]
    terms: tuple[tuple[int, Size], ...]
    total: Size
    order: tuple[str, ...]


def explained(net: Model, quantity: str = "params") -> Explained:
    """Each layer's part of a quantity: general formula = with its numbers = result; raises NetError for no sum."""
    if quantity not in ADDITIVE:
        raise NetError(f"{quantity} is no sum over layers", hint=f"there are {', '.join(ADDITIVE)}")
    rows = net.traced.rows
    steps = []
    around: list[int] = []  # how often the groups around a line are written
    for line in lines(rows, (quantity,), None):
        row = None if line.at is None else rows[line.at]  # copies have a line that is no row
        del around[line.level :]
        around += [1] * (line.level - len(around)) + [line.times if isinstance(line.times, int) else 1]
        ops = [] if row is None or line.group else [op for op in row.ops if not isinstance(op, Repeat)]
        loops = () if row is None else row.loops
        derived = [_counted(d, op, quantity, loops, prod(around)) for op in ops for d in _derived(op, quantity, net)]
        came = ops[0].inputs[0].shape if ops and ops[0].inputs else None
        label = line.call if row is None else row.label(net.order)
        steps.append(Step(line.call, label, line.level, line.times, line.note, came, line.shape, tuple(derived)))
        for op in row.ops if row is not None and row.kind == "moe" else ():
            if op.facts.weights:  # the router, which has no row of its own
                part = _counted(
                    Derived(quantity, None, None, answers(op.facts)[quantity]), op, quantity, loops, prod(around)
                )
                steps.append(Step(op.kind, op.kind, line.level + 1, 1, "", None, op.out.shape, (part,)))
    terms = tuple(_terms(rows, 0, len(rows), quantity))
    return Explained(quantity, tuple(steps), terms, net.quantity(quantity), tuple(net.order))


def _terms(rows: list[Row], start: int, end: int, quantity: str) -> list[tuple[int, Size]]:
    """What the rows add to a quantity, equal copies that follow each other as one: how many, and what each adds."""
    out: list[tuple[int, Size]] = []
    at = start
    while at < end:
        row = rows[at]
        value = summed([op for op in row.ops if not isinstance(op, Repeat)], quantity, row.loops)
        out += [(1, value)] if value != 0 else []
        if row.group and row.kind in ("repeat", "list") and row.parts:
            copies = [_terms(rows, a, b, quantity) for a, b in pairwise([*(p for p, _ in row.parts), row.end])]
            for same, run in groupby(copies):
                times = len(list(run))
                out += [(times * many, value) for many, value in same]
        elif row.group:
            out += _terms(rows, at + 1, row.end, quantity)
        at = row.end if row.group else at + 1
    return out


def _counted(one: Derived, op: Op, quantity: str, loops: tuple[Repeat, ...], written: int) -> Derived:
    """A derivation with how often its result counts: shared weights once, those of experts for each of these."""
    if one.of != quantity or one.result == 0:
        return one
    way = ADDITIVE[quantity]
    count: Size = getattr(op, way) * runs(quantity, loops)
    if count == 0:
        return Derived(quantity, None, None, 0)
    once = op.varies is not None and way != "times"
    own = [loop for loop in loops if not once or (op.varies and loop.index in op.varies)]
    over = [loop for loop in own if loop.index in symbols(one.result)]
    for loop in own:
        count = count * (loop.count if loop not in over else 1)
    return one._replace(
        times=count * (1 if once else written), over=tuple((loop.index, loop.low, loop.high) for loop in over)
    )


def _derived(op: Op, quantity: str, net: Model) -> list[Derived]:
    """The derivations of what a layer gives out and of its part of the quantity."""
    called = op.call
    found = None if called is None else lettered(called)
    if found is None:
        own = answers(op.facts)[quantity]
        return [Derived(quantity, None, None, own)] if own != 0 else []
    general, values = found
    out = []
    for n, (size, is_) in enumerate(zip(general.shape, op.facts.shape, strict=True)):
        if isinstance(size, Poly) and len(size.terms) + len(symbols(size)) > 2 and n < len(general.shape) - 1:
            derived = _one("places", size, is_, values, net.order)
            if derived not in out:
                out.append(derived)
    part, is_ = answers(general)[quantity], answers(op.facts)[quantity]
    if part != 0:
        out.append(_one(quantity, part, is_, values, net.order, general.shape[:-1]))
    return out


def _one(
    of: str,
    general: Size,
    result: Size,
    values: dict[str, Size],
    order: Sequence[str],
    places: tuple[Size, ...] = (),
) -> Derived:
    letters = _at_places(general, places, list(values))
    return Derived(of, letters, _put_in(letters, values, order), result)


def _at_places(general: Size, places: tuple[Size, ...], names: list[str]) -> Form:
    """A formula with the places of the layer as factors, (h − k + 1)·(w − k + 1)·c·k²·f, where they all divide it."""
    below = _below(general)  # 1/g does not keep the places from being factors
    rest, factors = general * below, []
    for size in places:
        divided = exact_quotient(rest, size) if isinstance(rest, Poly) and isinstance(size, Poly) else None
        if divided is None or len(getattr(size, "terms", ())) < 2:
            return form(general, names)
        rest = divided
        factors.append(form(size, names))
    last = form(quotient(rest, below), names)
    return Form("mul", (*factors, *(last.parts if last.kind == "mul" else (last,)))) if factors else last


def _below(size: Size) -> Size:
    """The letters that a formula is divided by."""
    powers: dict[Any, int] = {}
    for mono in size.terms if isinstance(size, Poly) else ():
        for it, power in mono:
            if isinstance(it, Sym) and isinstance(power, int) and power < 0:
                powers[it] = max(powers.get(it, 0), -power)
    below: Size = product(symbol(it.name) ** power for it, power in powers.items())
    return below


def _put_in(letters: Form, values: dict[str, Size], order: Sequence[str]) -> Form:
    """A formula with the values written where its letters stand."""
    if letters.kind == "sym":
        return form(values[letters.parts[0]], order)
    return Form(letters.kind, tuple(_put_in(p, values, order) if isinstance(p, Form) else p for p in letters.parts))


def lettered(called: Called) -> tuple[Facts, dict[str, Size]] | None:
    """What a layer states with letters in place of its sizes, and what each letter is; None where it takes more."""
    layer, args, came = called.layer, called.args, called.came
    values: dict[str, Size] = {}

    def letter(name: str, value: Size) -> Poly:
        while name in values and values[name] != value:
            name += "'"
        values[name] = value
        return symbol(name)

    if len(came) not in INCOMING:
        return None
    shape = tuple(letter(name, size) for name, size in zip(INCOMING[len(came)], came, strict=True))
    named: dict[str, Any] = {}
    for p in layer.params:
        if p.name not in args:
            continue
        value = args[p.name]
        if p.kind == "Flag" or (p.kind == "Padding" and isinstance(value[0], str)):
            named[p.name] = value
        elif p.kind not in PLAIN or p.many:
            return None
        elif isinstance(value, tuple):
            axes = [side for item in value for side in (item if isinstance(item, tuple) else (item,))]
            one = all(side == axes[0] for side in axes)
            said = [
                side if side in (0, 1) else letter(p.name if one else f"{p.name}{n}", side)
                for n, side in enumerate(axes, 1)
            ]
            pairs = isinstance(value[0], tuple)
            named[p.name] = tuple(zip(said[::2], said[1::2], strict=True)) if pairs else tuple(said)
        else:
            named[p.name] = value if value == 1 or value is None else letter(p.name, value)
    try:
        return layer.facts(shape, **named), values
    except (Misfit, NetError, ArithmeticError, TypeError):  # a layer that needs its numbers
        return None

"""Ranges of an index, written or with symbols, and sums over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..algebra import poly
from ..algebra.known import bounds
from ..algebra.needs import at_least
from ..algebra.poly import Poly, Size
from ..algebra.substitution import symbols
from ..algebra.sums import factors, summed
from ..language import tree
from ..layers.words import reserved
from .definitions import handed
from .values import Env

if TYPE_CHECKING:
    from .evaluate import Evaluator


FACTOR = "the closed form needs a factor of at least {b}, not {a}"


MAX_COPIES = 100_000  # layers written out, terms of a sum


def series(to: Evaluator, node: tree.Call, env: Env) -> Size:
    if len(node.args) != 1 or not isinstance(node.args[0], tree.Series):
        raise to.fault("sum is written sum(expression for i in a..b)", node, env)
    series = node.args[0]
    ends = symbolic_range(to, series.binding, env)
    if ends is not None:
        first, count = ends
        to.require(at_least(count, 0, "the range has {a} values"), node, env, tree.text(series.binding))
        return symbolic_sum(to, series, first, count, env)
    values = []
    for names in indices(to, series.binding, env):
        values.append(to.number(series.body, env.with_names(names)))
    return poly.total(values)


def symbolic_sum(to: Evaluator, series: tree.Series, first: Size, count: Size, env: Env) -> Size:
    """A sum of so many terms. Its index has a name of its own: i2 where a size in it has a symbol i."""
    (name,) = series.binding.names
    low = bounds(first)[0]
    begin = 0 if low is None else first  # without a least value the index counts the terms
    known, around = len(to.needs), to.around
    outside = [first, count, *to.given.values()]
    taken = around | to.met.keys() | {sym.name for size in outside for sym in symbols(size)}
    for own in (name, *(f"{name}{n}" for n in range(2, 99))):
        if own in taken:
            continue
        index = poly.Sym(own, int(-(-(low or 0) // 1)), top=begin + count - 1)
        to.around = around | {own}
        try:
            body = to.number(series.body, env.with_names({name: poly.atom(index) + first - begin}))
        finally:
            to.around = around
        if own not in to.met:  # in what a name in the body stands for
            break
        del to.needs[known:]
    for need, _ in to.needs[known:]:
        if index in symbols(need.a) | symbols(need.b):
            raise to.fault(f"a term of this sum may fail: {to.told(need)}", series, env)
    for factor in factors(body, index):
        to.require(at_least(factor, 2, FACTOR), series, env, tree.text(series))
    return summed(body, index, begin, begin + count - 1)


def symbolic_range(to: Evaluator, binding: tree.Binding, env: Env) -> tuple[Size, Size] | None:
    """(first, count) of a range whose ends are not both numbers."""
    if not isinstance(binding.range, tree.Range) or binding.range.step is not None or len(binding.names) != 1:
        return None
    first, last = (to.whole(end, env, "the bound") for end in (binding.range.first, binding.range.last))
    if not isinstance(first, Poly) and not isinstance(last, Poly):
        return None
    if reserved(binding.names[0]) and not env.frame.home.library:
        raise to.fault(f"'{binding.names[0]}' is a word of the catalogue and cannot be an index", binding, env)
    return first, last - first + 1


def indices(to: Evaluator, binding: tree.Binding, env: Env, moving: bool = False) -> list[dict[str, Any]]:
    """The names that a `for` binds, for each of its values; `moving` ones may begin at a symbol: n-2..n."""
    for name in binding.names:
        if reserved(name) and not env.frame.home.library:
            raise to.fault(f"'{name}' is a word of the catalogue and cannot be an index", binding, env)
    items: Iterable[Any]
    if isinstance(binding.range, tree.Range):
        bounds = [binding.range.first, binding.range.last, *([binding.range.step] if binding.range.step else [])]
        numbers = [to.number(part, env) for part in bounds]
        begin: Size = 0
        if moving and isinstance(numbers[0], Poly) and not isinstance(numbers[1] - numbers[0], Poly):
            begin, numbers[:2] = numbers[0], [0, numbers[1] - numbers[0]]
        for part, number in zip(bounds, numbers, strict=True):
            if isinstance(number, Poly):
                raise to.fault("a range with a step, or of tuples, has numbers as its bounds", part, env)
            if isinstance(number, Fraction):
                raise to.fault(f"the bound {number} is not whole", part, env)
        first, last, step = (*(n for n in numbers if isinstance(n, int)), 1)[:3]
        items, count = stepped(to, binding.range, first, last, step, env)
        if count < 0:
            said = f"{to.show(begin + first)}..{to.show(begin + last)}"
            raise to.fault(f"the range {said} has a negative number of values", binding, env)
        if count > MAX_COPIES:
            raise to.fault(f"{count:,} copies are too many: the limit is {MAX_COPIES:,}", binding, env)
        to.spend(count, binding, env)
        items = [begin + n for n in items]
    else:
        assert isinstance(binding.range, tree.Choices)
        items = [
            tuple(handed(to, part, env) for part in item.items)
            if isinstance(item, tree.Shape)
            else handed(to, item, env)
            for item in binding.range.items
        ]
    return [one_for_each(to, binding, item, env) for item in items]


def stepped(to: Evaluator, node: tree.Range, first: int, last: int, step: int, env: Env) -> tuple[Sequence[int], int]:
    """The numbers of a range, and how many they are (less than 0 where the last is before the first)."""
    if node.times and node.times != "*":
        raise to.fault("a step is a number, or a factor: step 8, step *2", node.step or node, env)
    if step < (2 if node.times else 1):
        least = "a factor is at least 2" if node.times else "the step is at least 1"
        raise to.fault(least, node.step or node, env)
    if not node.times:
        return range(first, last + 1, step), (last - first) // step + 1
    if first < 1:
        raise to.fault("a range with a factor begins above 0", node.first, env)
    numbers = [first]
    while numbers[-1] * step <= last:
        numbers.append(numbers[-1] * step)
    return numbers if first <= last else [], len(numbers) if first <= last else min(last - first + 1, 0)


def one_for_each(to: Evaluator, binding: tree.Binding, item: Any, env: Env) -> dict[str, Any]:
    if len(binding.names) == 1:
        return {binding.names[0]: item}
    if not isinstance(item, tuple) or len(item) != len(binding.names):
        raise to.fault(
            f"each value must be a tuple of {len(binding.names)}: ({', '.join(binding.names)})", binding, env
        )
    return dict(zip(binding.names, item, strict=True))

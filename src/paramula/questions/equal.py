"""Whether two sizes, or two networks, are the same: proved, disproved by numbers where they differ, or not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, NamedTuple

from ..algebra.condition import Condition
from ..algebra.known import same
from ..algebra.poly import Poly, Size
from ..algebra.substitution import evaluate, symbols
from ..engine.model import Model
from ..errors import NetError

TRIED = 4_000  # points at which two sizes are looked at
FIRST = (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 224, 256)  # the numbers that are tried
QUANTITIES = ("params", "macs", "activations", "state")  # of networks


class Equal(NamedTuple):
    """The answer to `equal`: the verdict, of which quantity, and where they differ the numbers and both values."""

    said: str
    verdict: str  # equal, different or unknown
    of: str
    witness: tuple[tuple[str, int], ...]
    left: Any
    right: Any
    conditions: tuple[str, ...]
    order: tuple[str, ...]


def equal(a: Size, b: Size, conditions: Sequence[Condition] = ()) -> tuple[str, dict[str, int]]:
    """(equal, different or unknown; the numbers for which they differ), where the conditions hold."""
    if same(a, b):
        return "equal", {}
    names = sorted({sym.name for size in (a, b) if isinstance(size, Poly) for sym in symbols(size)})
    asked = sorted({*names, *(sym.name for it in conditions for sym in _symbols(it))})
    for values in islice(_points(asked), TRIED):
        try:
            if all(it.holds(**values) for it in conditions) and _at(a, values) != _at(b, values):
                return "different", {name: values[name] for name in names}
        except (NetError, ValueError, ZeroDivisionError):  # no sizes for these numbers
            continue
    return "unknown", {}


def compared(said: str, a: Model, b: Model) -> Equal:
    """Whether two networks have the same parameters, work and shape; the first of these that tells them apart."""
    order = tuple(dict.fromkeys([*a.order, *b.order]))
    conditions = [*a.conditions, *b.conditions]
    told = tuple(dict.fromkeys(map(str, conditions)))
    unknown = ""
    shapes = (a.quantity("shape"), b.quantity("shape"))
    if len(shapes[0]) != len(shapes[1]):
        return Equal(said, "different", "shape", (), *shapes, told, order)
    pairs = [(name, a.quantity(name), b.quantity(name)) for name in QUANTITIES]
    pairs += [("shape", left, right) for left, right in zip(_flat(shapes[0]), _flat(shapes[1]), strict=False)]
    for name, left, right in pairs:
        verdict, values = equal(left, right, conditions)
        if verdict == "different":
            return Equal(said, verdict, name, tuple(values.items()), _at(left, values), _at(right, values), told, order)
        unknown = unknown or (name if verdict == "unknown" else "")
    if unknown:
        return Equal(said, "unknown", unknown, (), None, None, told, order)
    return Equal(said, "equal", ", ".join((*QUANTITIES, "shape")), (), None, None, told, order)


def _at(size: Size, values: Mapping[str, int]) -> Any:
    return evaluate(size, values) if isinstance(size, Poly) else size


def _points(names: Sequence[str]) -> Iterator[dict[str, int]]:
    """Numbers for names, small ones first: all names alike, then all combinations."""
    for n in FIRST:
        yield dict.fromkeys(names, n)
    for numbers in product(FIRST, repeat=len(names)):
        yield dict(zip(names, numbers, strict=True))


def _symbols(it: Condition) -> set[Any]:
    inner = {index.name for index, _, _ in it.over}
    ends = [end for _, low, high in it.over for end in (low, high)]
    return {sym for size in (it.left, it.right, it.modulus, *ends) for sym in symbols(size) if sym.name not in inner}


def _flat(value: Any) -> list[Any]:
    return [it for part in value for it in _flat(part)] if isinstance(value, tuple) else [value]

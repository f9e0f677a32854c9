"""Random sizes of every kind of atom, for the tests that evaluate them. Knows nothing of networks."""

from __future__ import annotations

import random
from fractions import Fraction

from paramula.algebra.functions import apply
from paramula.algebra.poly import Poly, Size, Sum, Sym, atom, symbol
from paramula.algebra.powers import power
from paramula.algebra.rounding import ceiling, floor
from paramula.errors import NetError

NAMES = ("f", "h", "n", "d")
LEAST = {"f": 1, "h": 1, "n": 1, "d": 0}  # d can be 0, so that something is divided by it


def random_size(rng: random.Random, depth: int = 3, names: tuple[str, ...] = NAMES) -> Size:
    """A size of some of these symbols: sums, products, quotients, roundings, powers, functions, sums without form."""
    while True:
        try:
            return _drawn(rng, depth, names)
        except (ZeroDivisionError, ValueError, NetError):
            continue


def _drawn(rng: random.Random, depth: int, names: tuple[str, ...]) -> Size:
    if depth == 0:
        if rng.random() < 0.3:
            return rng.choice([1, 2, 3, 7, 8, 10**6, 3**30, Fraction(1, 2), Fraction(3, 4), -5])
        name = rng.choice(names)
        return symbol(name, least=LEAST[name])

    def inner() -> Size:
        return _drawn(rng, depth - 1, names)

    match rng.randrange(15):
        case 0 | 1 | 2:
            return inner() + inner()
        case 3 | 4 | 5:
            return inner() * inner()
        case 6:
            return inner() - inner()
        case 7:
            return floor(_whole(inner()), rng.choice([2, 3, 7, 32]))
        case 8:
            return ceiling(_whole(inner()), _positive(rng, names))
        case 9:
            return power(inner(), rng.choice([2, 3, -1, -2]))
        case 10:
            return power(rng.choice([2, 3, 6]), rng.choice([1, -1]) * symbol("n") + rng.choice([-2, 0, 1]))
        case 11:
            a, b = _whole(inner()), _whole(inner())
            return apply("gcd", a, b)
        case 12:
            name = rng.choice(["min", "max"])
            return apply(name, inner(), inner(), *([inner()] if rng.random() < 0.3 else []))
        case 13:
            name = rng.choice(["abs", "log2", "sqrt"])
            return apply(name, inner())
        case _:
            if rng.random() < 0.3:
                i = Sym("i", 0)
                body = floor(atom(i) * symbol(rng.choice(names), least=0) + rng.randint(0, 9), rng.choice([3, 4]))
                if isinstance(body, Poly):
                    return atom(Sum(body, i, 0, symbol("n")))
            return apply("round_to", inner(), rng.choice([8, 4, _positive(rng, names)]))


def _whole(size: Size) -> Size:
    """A size of whole coefficients and exponents that are not negative, made of this one."""
    if isinstance(size, Poly):
        return size if size.evidently_whole else floor(size)
    return size.numerator


def _positive(rng: random.Random, names: tuple[str, ...]) -> Size:
    return symbol("f") * rng.randint(1, 3) + rng.randint(0, 5) if "f" in names else rng.randint(1, 9)

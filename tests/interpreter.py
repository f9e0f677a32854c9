"""A second, small meaning of expressions: trees, their value on fractions, their text, random ones, smaller ones.

It shares nothing with the engine. A tree is a tuple: an operation and what it is applied to.

    ("num", 3)  ("sym", "x")  ("+", a, b)  ("floor", a)  ("min", a, b, …)  ("at", body, "x", size)
    ("sum", body, "i", low, high)  ("steps", body, "i", low, high, step)  ("choices", body, "i", first, second, …)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

Tree: TypeAlias = tuple[Any, ...]

MAX_BITS = 4_000  # of a value; what is longer is not compared
MAX_COPIES = 500  # of a sum
LOOSE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "neg": 3, "^": 4}  # how loosely an operation binds
BINDERS = ("sum", "steps", "choices", "at")  # whose second part is a name for the first
ONE, TWO, HALF = ("num", 1), ("num", 2), ("num", Fraction(1, 2))


class Refused(Exception):
    """An expression that has no value at a point."""


class TooLarge(Exception):
    """A value that is too long to be compared."""


# The value at a point.


def value(tree: Tree, at: Mapping[str, Fraction | int], strict: bool = False) -> Fraction:
    """The value at a point; raises Refused where there is none.

    `strict` refuses what only numbers decide, and what an answer in symbols asks to be otherwise: a divisor with names
    is above 0, and so is what stands under an exponent with names or a minus."""
    out = _value(tree, at, strict)
    if max(out.numerator.bit_length(), out.denominator.bit_length()) > MAX_BITS:
        raise TooLarge
    return out


def _value(tree: Tree, at: Mapping[str, Fraction | int], strict: bool) -> Fraction:
    op, *parts = tree
    if op == "num":
        return Fraction(parts[0])
    if op == "sym":
        return Fraction(at[parts[0]])
    if op in BINDERS:
        body, name, *rest = parts
        numbers = [value(part, at, strict) for part in rest]
        if op == "at" and (numbers[0].denominator > 1 or numbers[0] < 1):
            raise Refused("a size")
        if op in ("sum", "steps"):
            numbers = _range(numbers)
        return sum((value(body, {**at, name: n}, strict) for n in numbers), Fraction(0))
    if op in ("floor", "ceil") and parts[0][0] in ("log2", "sqrt"):
        root, inner = parts[0]
        return Fraction(_root(root, value(inner, at, strict), op == "ceil"))
    args = [value(part, at, strict) for part in parts]
    if op in ("/", "//", "%") and (not args[1] or (strict and args[1] < 0 and _named(parts[1]))):
        raise Refused("a divisor")
    if op == "^":
        if strict and args[0] <= 0 and _named(parts[0]) and (args[1] < 0 or _named(parts[1])):
            raise Refused("a divisor")
        return _power(*args)
    if op == "round_to" and args[1] <= 0:
        raise Refused("a step")
    if op in ("log2", "sqrt"):
        return _exact_root(op, args[0])
    return Fraction(_SIMPLE[op](*args))


def _range(numbers: list[Fraction]) -> list[Fraction]:
    """The numbers from the first to the last, both included; none where the last is the one before the first."""
    if any(n.denominator > 1 for n in numbers):
        raise Refused("a bound")
    first, last, step = (*map(int, numbers), 1)[:3]
    if step < 1 or (last - first) // step < -1:
        raise Refused("a range")
    if last - first > MAX_COPIES:
        raise TooLarge
    return list(map(Fraction, range(first, last + 1, step)))


def round_to(a: Fraction, m: Fraction) -> Fraction:
    """make_divisible of the MobileNet papers: the nearest multiple, never below m, never losing more than a tenth."""
    near = max(m, (a + m / 2) // m * m)
    return near + m if near < Fraction(9, 10) * a else near


_SIMPLE: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a - b * (a // b),
    "neg": lambda a: -a,
    "floor": lambda a: a // 1,
    "ceil": lambda a: -(-a // 1),
    "round": lambda a: (a + Fraction(1, 2)) // 1,
    "abs": abs,
    "min": min,
    "max": max,
    "round_to": round_to,
}


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator > 1:
        raise Refused("an exponent")
    if not base and exponent < 0:
        raise Refused("a divisor")
    bits = base.numerator.bit_length() + base.denominator.bit_length()
    if base not in (0, 1, -1) and abs(exponent) * bits > 2 * MAX_BITS:
        raise TooLarge
    return base ** int(exponent)


def _root(op: str, a: Fraction, up: bool) -> int:
    """log2 or the square root, rounded down or up: the numbers are tried one after the other."""
    if a < 0 or (op == "log2" and not a):
        raise Refused(op)
    k = 0
    if op == "sqrt":
        while (k + 1) ** 2 <= a:
            k += 1
        return k + (up and k * k < a)
    while Fraction(2) ** k > a:
        k -= 1
    while Fraction(2) ** (k + 1) <= a:
        k += 1
    return k + (up and Fraction(2) ** k < a)


def _exact_root(op: str, a: Fraction) -> Fraction:
    if op == "log2":
        root = Fraction(_root(op, a, False))
        back = Fraction(2) ** int(root)
    else:
        root = Fraction(_root(op, Fraction(a.numerator), False), _root(op, Fraction(a.denominator), False))
        back = root * root
    if back != a:
        raise Refused(op)
    return root


# What a tree consists of.


def walk(tree: Tree) -> Iterator[Tree]:
    """A tree and all its parts."""
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from walk(part)


def _named(tree: Tree) -> bool:
    return any(part[0] == "sym" for part in walk(tree))


def free(tree: Tree) -> list[str]:
    """The symbols of a tree that no sum and no `at` binds."""

    def found(part: Tree, bound: frozenset[str]) -> set[str]:
        if part[0] == "sym":
            return {part[1]} - bound
        if part[0] in BINDERS:
            body, name, *rest = part[1:]
            return found(body, bound | {name}).union(*(found(it, bound) for it in rest))
        return set().union(*(found(it, bound) for it in part[1:] if isinstance(it, tuple)))

    return sorted(found(tree, frozenset()))


def put(tree: Tree, name: str, size: Tree) -> Tree:
    """The tree with another in place of a free name."""
    op, *parts = tree
    if op == "sym":
        return size if parts[0] == name else tree
    if op in BINDERS and parts[1] == name:
        return (op, *parts[:2], *(put(part, name, size) for part in parts[2:]))
    return tuple(put(part, name, size) if isinstance(part, tuple) else part for part in tree)


def points(names: list[str], most: int = 0) -> list[dict[str, int]]:
    """Every small point: 1 to 12 for one name, 6 for two, 4 for three."""
    long = most or {0: 1, 1: 12, 2: 6, 3: 4}.get(len(names), 3)
    return [dict(zip(names, numbers, strict=True)) for numbers in product(range(1, long + 1), repeat=len(names))]


# The text.


def text(tree: Tree) -> str:
    """The tree as the language writes it, with no parentheses but those that it takes."""
    op, *parts = tree
    if op == "num":
        return str(parts[0]) if isinstance(parts[0], int) else f"{float(parts[0])}"
    if op == "sym":
        return str(parts[0])
    if op == "neg":
        return f"-{_side(parts[0], 3)}"
    if op == "^":
        return f"{_side(parts[0], 5)}^{_side(parts[1], 3)}"
    if op in LOOSE:
        return f"{_side(parts[0], LOOSE[op])} {op} {_side(parts[1], LOOSE[op] + 1)}"
    said = [text(part) if isinstance(part, tuple) else str(part) for part in parts]
    if op == "at":
        return f"({said[0]} at {said[1]}={said[2]})"
    if op in BINDERS:
        body, name, *rest = said
        over = f"{{{', '.join(rest)}}}" if op == "choices" else f"{rest[0]}..{' step '.join(rest[1:])}"
        return f"sum({body} for {name} in {over})"
    return f"{op}({', '.join(said)})"


def _side(tree: Tree, level: int) -> str:
    """A side of an operation, in parentheses where it binds more loosely."""
    return text(tree) if LOOSE.get(tree[0], 9) >= level else f"({text(tree)})"


# Random trees.

NUMBERS = [0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 10, 12, Fraction(1, 2), Fraction(3, 2), Fraction(3, 4), Fraction(9, 4)]
OPERATIONS = {
    "+": 6, "-": 5, "*": 6, "/": 5, "//": 4, "%": 3, "neg": 1, "^": 3, "floor": 4, "ceil": 3, "round": 2, "abs": 2,
    "min": 2, "max": 2, "sum": 4, "round_to": 1, "root": 1, "at": 1,
}  # fmt: skip


def drawn(rng: random.Random, depth: int, names: tuple[str, ...] = ("x", "y"), bound: tuple[str, ...] = ()) -> Tree:
    """A random tree of some names, and of indices that are bound around it. Divisors, exponents and bounds are simple
    more often than not, or else little has a value."""
    known = (*names, *bound, *bound)
    if depth <= 0 or rng.random() < 0.08:
        return ("sym", rng.choice(known)) if rng.random() < 0.65 else ("num", rng.choice(NUMBERS))

    def inner(less: int = 1) -> Tree:
        return drawn(rng, depth - less, names, bound)

    op = rng.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
    match op:
        case "neg" | "floor" | "ceil" | "round" | "abs":
            return (op, inner())
        case "/" | "//" | "%":
            number = ("num", rng.choice([2, 2, 3, 4, 6, 7, 8, Fraction(1, 2), Fraction(3, 2), Fraction(3, 4)]))
            below = [number, ("sym", rng.choice(known)), ("neg", rng.choice([TWO, ("num", 3)])), inner(2), inner()]
            return (op, inner(), rng.choice(below))
        case "^":
            return ("^", *_raised(rng, inner, known))
        case "min" | "max":
            return (op, *(inner() for _ in range(rng.choice([2, 2, 2, 3]))))
        case "round_to":
            return (op, inner(), rng.choice([("num", 8), ("num", rng.choice([1, 2, 3, Fraction(1, 2)])), inner(2)]))
        case "root":
            root = (rng.choice(["log2", "sqrt"]), inner())
            return root if rng.random() < 0.15 else (rng.choice(["floor", "floor", "ceil"]), root)
        case "at":
            body = inner()
            symbols = [name for name in free(body) if name not in bound]
            return ("at", body, rng.choice(symbols), inner(2)) if symbols else body
        case "sum":
            return _sum(rng, depth, names, bound)
    return (op, inner(), inner())


def _raised(rng: random.Random, inner: Callable[..., Tree], known: tuple[str, ...]) -> tuple[Tree, Tree]:
    """A base and an exponent."""
    small = ("num", rng.choice([0, 1, 2, 2, 3]))
    if rng.random() < 0.4:
        return inner(), rng.choice([small, small, ("neg", rng.choice([ONE, TWO]))])
    sym = ("sym", rng.choice(known))
    exponents = [sym, sym, ("neg", sym), ("-", sym, small), ("+", sym, small), ("-", small, sym), ("//", sym, TWO)]
    bases = [TWO, TWO, ("num", rng.choice([0, 1, 3, 6, Fraction(1, 2), Fraction(3, 2)])), inner(2)]
    return rng.choice(bases), rng.choice([*exponents, inner(2)])


def _sum(rng: random.Random, depth: int, names: tuple[str, ...], bound: tuple[str, ...]) -> Tree:
    """A sum over a range or a list; its index may hide a symbol."""
    index = rng.choice(["i", "i", "j", *names])
    body = drawn(rng, depth - 1, tuple(name for name in names if name != index) or ("z",), (*bound, index))

    def end() -> Tree:
        return drawn(rng, depth - 2, names, bound)

    if rng.random() < 0.15:
        return ("choices", body, index, *(end() for _ in range(rng.randint(1, 3))))
    if rng.random() < 0.1:
        return ("steps", body, index, *(number(rng.randint(*span)) for span in ((-4, 4), (0, 9), (1, 4))))
    low = rng.choice([("num", 0), ONE, ONE, ("neg", ("num", rng.randint(1, 5))), end()])
    return ("sum", body, index, low, rng.choice([("sym", rng.choice(names)), ("num", rng.randint(0, 4)), end(), end()]))


def number(n: Fraction | int) -> Tree:
    """A number as a tree: digits, a quotient of them, with a sign in front."""
    n = Fraction(n)
    if n < 0:
        return ("neg", number(-n))
    return ("num", int(n)) if n.denominator == 1 else ("/", ("num", n.numerator), ("num", n.denominator))


# Trees that are equal wherever both have a value, and trees that nearly are.


def rewritten(rng: random.Random, tree: Tree) -> Tree:
    """The tree with an identity applied somewhere."""
    parts = [n for n, part in enumerate(tree) if isinstance(part, tuple)]
    if parts and rng.random() < 0.6:
        n = rng.choice(parts)
        return (*tree[:n], rewritten(rng, tree[n]), *tree[n + 1 :])
    m = ("num", rng.choice([2, 3, 4]))
    anywhere: list[Tree] = [
        ("+", ("*", m, ("//", tree, m)), ("%", tree, m)),
        ("/", ("*", m, tree), m),
        ("+", ("floor", tree), ("%", tree, ONE)),
        ("-", ("+", tree, m), m),
    ]
    return rng.choice([*identities(tree), *anywhere])


def identities(tree: Tree) -> Iterator[Tree]:
    """Trees that are equal to this one, by what it is."""
    match tree:
        case ("sym", _):
            yield ("+", ("floor", ("/", tree, TWO)), ("ceil", ("/", tree, TWO)))
        case ("+" | "*" | "min" | "max" as op, a, b):
            yield (op, b, a)
            if op == "*" and b[0] in ("+", "-"):
                yield (b[0], ("*", a, b[1]), ("*", a, b[2]))
            if op in ("min", "max"):
                other = {"min": "max", "max": "min"}[op]
                yield ("neg", (other, ("neg", a), ("neg", b)))
                yield ("-", ("+", a, b), (other, a, b))
                yield ("/", ({"min": "-", "max": "+"}[op], ("+", a, b), ("abs", ("-", a, b))), TWO)
        case ("-", a, b):
            yield ("+", a, ("neg", b))
            yield ("neg", ("-", b, a))
        case ("neg", a):
            yield ("*", a, ("neg", ONE))
        case ("/", a, b):
            yield ("*", a, ("^", b, ("neg", ONE)))
            yield ("/", ("*", a, TWO), ("*", TWO, b))
        case ("//", a, b):
            yield ("floor", ("/", a, b))
            yield ("/", ("-", a, ("%", a, b)), b)
            yield ("//", ("*", a, TWO), ("*", TWO, b))
        case ("%", a, b):
            yield ("-", a, ("*", b, ("//", a, b)))
            yield ("%", ("+", a, b), b)
        case ("^", a, ("num", 2)):
            yield ("*", a, a)
        case ("^", a, ("+", b, c)):
            yield ("*", ("^", a, b), ("^", a, c))
        case ("^", a, b):
            yield ("/", ("^", a, ("+", b, ONE)), a)
        case ("floor" | "ceil", ("log2" | "sqrt", _)):
            return
        case ("floor", a):
            yield ("neg", ("ceil", ("neg", a)))
            yield ("//", a, ONE)
            yield ("-", ("floor", ("+", a, TWO)), TWO)
            yield ("//", ("floor", ("*", a, TWO)), TWO)
        case ("ceil", a):
            yield ("neg", ("floor", ("neg", a)))
            yield ("+", ("ceil", ("-", a, ONE)), ONE)
        case ("round", a):
            yield ("floor", ("+", a, HALF))
            yield ("//", ("+", ("*", TWO, a), ONE), TWO)
        case ("abs", a):
            yield ("max", a, ("neg", a))
            yield ("abs", ("neg", a))
        case ("sum", body, index, low, high):
            after = ("+", ("sym", index), ONE)
            yield ("sum", put(body, index, after), index, ("-", low, ONE), ("-", high, ONE))
            yield ("-", ("sum", body, index, low, ("+", high, ONE)), put(body, index, ("+", high, ONE)))
            yield ("/", ("sum", ("*", TWO, body), index, low, high), TWO)
            if index not in (*free(low), *free(high)):
                yield ("sum", put(body, index, ("-", ("+", low, high), ("sym", index))), index, low, high)
            if body[0] in ("+", "-"):
                yield (body[0], *(("sum", part, index, low, high) for part in body[1:]))
        case ("at", body, name, size):
            yield put(body, name, size)


def spoiled(rng: random.Random, tree: Tree) -> Tree:
    """The tree with something small changed somewhere."""
    parts = [n for n, part in enumerate(tree) if isinstance(part, tuple)]
    if parts and rng.random() < 0.8:
        n = rng.choice(parts)
        return (*tree[:n], spoiled(rng, tree[n]), *tree[n + 1 :])
    swap = {"+": "-", "-": "+", "floor": "ceil", "ceil": "floor", "min": "max", "max": "min", "/": "//", "//": "/"}
    if tree[0] in swap and tree[1][0] not in ("log2", "sqrt"):
        return (swap[tree[0]], *tree[1:])
    return ("num", tree[1] + 1) if tree[0] == "num" else ("+", tree, rng.choice([ONE, HALF]))


# Smaller trees.


def smaller(tree: Tree) -> Iterator[Tree]:
    """Trees that are a step smaller: a part in place of the whole, a simpler leaf, a smaller part in its place.

    What is no operation, ("solve", a, …), stays what it is, with smaller parts."""
    op, *parts = tree
    if op == "num":
        yield from (("num", n) for n in (0, 1, 2, 3) if n < parts[0] or not isinstance(parts[0], int))
        return
    if op == "sym":
        yield from (ONE, TWO, ("sym", "x"))
        return
    if op in BINDERS:
        body, name, *rest = parts
        yield from (body, *rest, put(body, name, rest[0]))
        if op in ("steps", "choices"):
            yield (("sum", *tree[1:5]) if op == "steps" else tree[: max(4, len(tree) - 1)])
    elif op in LOOSE or op in _SIMPLE or op in ("log2", "sqrt"):
        yield from parts
        if len(parts) > 2:
            yield from ((op, *parts[:n], *parts[n + 1 :]) for n in range(len(parts)))
    for n, part in enumerate(tree[1:], 1):
        if isinstance(part, tuple):
            yield from ((*tree[:n], less, *tree[n + 1 :]) for less in smaller(part))


def shrunk(tree: Tree, fails: Callable[[Tree], bool], tries: int = 400) -> Tree:
    """The smallest tree that so many tries find for which something still fails."""

    def length(it: Tree) -> tuple[int, int]:
        return sum(1 for _ in walk(it)), len(text(it))

    while True:
        less = [it for it in sorted(smaller(tree), key=length) if length(it) < length(tree)][:tries]
        tries -= len(less)
        found = next((it for it in less if fails(it)), None)
        if found is None:
            return tree
        tree = found

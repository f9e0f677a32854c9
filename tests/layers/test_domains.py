"""The layers' facts in the three number domains: Python's integers, paramula's polynomials, SymPy's expressions.

    pytest tests/layers/test_domains.py                     1,000 draws
    PARAMULA_LONG=1 pytest tests/layers/test_domains.py     20,000 draws

A layer is drawn with a shape and arguments. Its facts are stated on integers; on polynomials and on SymPy expressions
where some of the numbers are symbols, whose values are put in afterwards; and on SymPy's integers. All must be equal.
"""

from __future__ import annotations

import os
import random
from fractions import Fraction
from math import prod

import pytest
import sympy

from paramula.algebra import poly
from paramula.algebra.poly import Poly
from paramula.algebra.substitution import evaluate
from paramula.layers import CATALOGUE, Misfit

SEED = 11
CHUNKS = 10
DRAWS = 20_000 if os.environ.get("PARAMULA_LONG") else 1_000
NAMES = [n for n, it in CATALOGUE.items() if not {p.kind for p in it.params if p.required} & {"Network", "Table"}]
FLAT = {"dense", "linear", "param", "scale", "shift", "reshape", "flatten", "bn", "ln", "rms", "gn", "permute", "glu"}
TOKENS = {"rnn", "gru", "lstm", "pos", "cls"}


class Written(int):
    """A number that no symbol may stand for."""


def drawn(rng, name):
    """A shape and arguments by keyword (and those of a layer that takes many) as integers, nearly always possible."""
    axes = rng.randint(0 if name in FLAT else 1, 3)
    if name in TOKENS:
        axes = 1
    if name == "embed":
        axes = 0
    x = (*(rng.randint(4, 30) for _ in range(axes)), rng.choice([2, 4, 6, 8, 12, 16, 64]))
    if name == "shuffle":
        x = (*x[:-1], rng.randint(1, 5) * 36 ** rng.randint(1, axes))
    args, many = {}, []
    for p in CATALOGUE[name].params:
        if p.many:
            many = listed(rng, name, x)
        elif p.required or rng.random() < 0.5:
            args[p.name] = one(rng, name, p, x, args)
        elif p.kind in ("Windows", "Steps", "Amounts", "Ratios") and p.default is not None:
            args[p.name] = (p.default,) * axes
        elif p.kind == "Padding":
            args[p.name] = (p.default,) * axes if isinstance(p.default, str) else ((p.default, p.default),) * axes
    return x, args, many


def listed(rng, name, x):
    """The arguments of a layer that takes any number of them."""
    if name == "permute":
        return [Written(i) for i in rng.sample(range(len(x)), len(x))]
    if name == "reshape":
        first = rng.choice([n for n in range(1, 13) if prod(x) % n == 0])
        return rng.choice([[first, prod(x) // first], [first, Written(-1)], [Written(-1)]])
    return [rng.randint(1, 9) for _ in range(rng.randint(1, 3))]


def one(rng, name, p, x, args):
    """What stands at one place of the call."""
    axes, c = range(len(x) - 1), x[-1]

    def divisor(n):
        return rng.choice([d for d in range(1, 13) if n % d == 0 or rng.random() < 0.02])

    special = {
        "g": lambda: divisor(c),
        "groups": lambda: divisor(c),
        "heads": lambda: divisor(c),
        "kv": lambda: divisor(args["heads"]),
        "f": lambda: rng.choice([c + rng.randint(0, 9), 12 * c]),
        "n": lambda: x[0] + rng.randint(0, 9),
        "axes": lambda: Written(rng.randint(1, len(x))),
        "over": lambda: (rng.randint(1, 20), rng.randint(1, 20)),
    }
    if name == "mean":
        return Written(rng.choice(axes))
    if name == "slice":
        return rng.randint(0, c - 1) if p.name == "a" else rng.randint(args["a"] + 1, c)
    if name in ("shuffle", "unshuffle") and p.name == "r":
        return rng.choice([1, 2, 3, 6]) if name == "shuffle" else rng.choice([1, 2, 3])
    if p.name in special:
        return special[p.name]()
    kinds = {
        "Count": lambda: rng.randint(1, 20),
        "Amount": lambda: rng.randint(0, 3),
        "Index": lambda: rng.randint(0, 3),
        "Ratio": lambda: Fraction(rng.randint(1, 3), 4),
        "Flag": lambda: rng.random() < 0.5,
        "Windows": lambda: tuple(rng.randint(1, 5) for _ in axes),
        "Steps": lambda: tuple(rng.randint(1, 3) for _ in axes),
        "Amounts": lambda: tuple(rng.randint(0, 2) for _ in axes),
        "Ratios": lambda: tuple(rng.choice([1, 2, 3, Fraction(1, 2), Fraction(3, 2)]) for _ in axes),
        "Sides": lambda: tuple((rng.randint(0, 2), rng.randint(0, 1)) for _ in axes),
        "Padding": lambda: padding(rng, name, axes),
    }
    return kinds[p.kind]()


def padding(rng, name, axes):
    """A word for all axes, or numbers for each side."""
    words = ["same", "valid"] + ["causal"] * (len(axes) == 1 and name != "tconv")
    if rng.random() < 0.5:
        return (rng.choice(words),) * len(axes)
    return tuple((rng.randint(0, 2), rng.randint(0, 2)) for _ in axes)


def put(value, make):
    """The same arguments with every number that is not written as `make` has it."""
    if isinstance(value, dict):
        return {key: put(part, make) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(put(part, make) for part in value)
    if isinstance(value, (bool, str, Fraction, Written)) or value is None:
        return int(value) if isinstance(value, Written) else value
    return make(value)


def symbolic(rng, symbol):
    """A `make` that has a symbol for some numbers above zero; and the values of the symbols."""
    values = {}

    def make(value):
        if value < 1 or rng.random() < 0.3:
            return value
        name = f"x{len(values)}"
        values[name] = value
        return symbol(name)

    return make, values


def number(value, values):
    """A number of any domain, its symbols given their values."""
    if isinstance(value, Poly):
        return Fraction(evaluate(value, values))
    if isinstance(value, sympy.Basic):
        value = value.subs({s: values[s.name] for s in value.free_symbols}).doit()
        assert value.is_Rational, value
        return Fraction(int(value.p), int(value.q))
    return Fraction(value)


def settled(value, values):
    """Facts as plain tuples of fractions."""
    if isinstance(value, (tuple, list)):
        return tuple(settled(part, values) for part in value)
    if value is None or isinstance(value, (str, bool)):
        return value
    return number(value, values)


def holds(need):
    """Whether a need on plain numbers holds."""
    relation, a, b = need[:3]
    return a >= b if relation == ">=" else a % b == 0 if relation == "%" else a == b


def stated(layer, arguments, values):
    """All facts of a layer as plain tuples; or why it refuses, "impossible" where what it needs does not hold.

    Needs count by what they decide, since one that surely holds may be left out; sizes of 1 in a weight's shape are
    left out, since a symbol cannot be known to be 1.
    """
    x, args, many = arguments
    try:
        facts = layer.facts(x, *many, **args)
    except Misfit as misfit:
        return str(misfit)
    if not all(holds(settled(need[:3], values)) for need in facts.needs):
        return "impossible"
    weights = [w._replace(shape=tuple(n for n in settled(w.shape, values) if n != 1)) for w in facts.weights]
    facts = (facts.shape, weights, facts.work, facts.windows, facts.axes, facts.depth, facts.view)
    return settled(facts, values)


def draws(chunk):
    """Every draw of a chunk: chance, the layer's name, its arguments and its facts on integers."""
    for i in range(chunk, DRAWS, CHUNKS):
        rng = random.Random(f"{SEED}:{i}")
        name = NAMES[i // CHUNKS % len(NAMES)]
        arguments = drawn(rng, name)
        yield rng, name, arguments, stated(CATALOGUE[name], put(arguments, int), {})


def domains(rng):
    """The other domains: how each makes a number, and the values of its symbols."""
    yield "polynomials", *symbolic(rng, poly.symbol)
    yield "SymPy integers", sympy.Integer, {}
    yield "SymPy symbols", *symbolic(rng, lambda name: sympy.Symbol(name, integer=True, positive=True))


@pytest.mark.slow(but_every=10)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_facts_are_equal_in_every_domain(chunk):
    wrong = []
    for rng, name, arguments, facts in draws(chunk):
        for domain, make, values in domains(rng):
            given = put(arguments, make)
            try:
                got = stated(CATALOGUE[name], given, values)
            except Exception as error:  # whatever comes, the call must be shown with it
                got = f"{type(error).__name__}: {error}"
            if got != facts:
                wrong.append(f"{name} on {domain}: {given} with {values}\n  gives {got}\n  not   {facts}")
    assert not wrong, f"{len(wrong)} differ\n\n" + "\n\n".join(wrong[:5])


def test_every_layer_is_drawn():
    seen = {name for chunk in range(CHUNKS) for _, name, _, facts in draws(chunk) if not isinstance(facts, str)}
    assert seen == set(NAMES)

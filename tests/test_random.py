"""Random networks against the simulator: from the sentence, from its symbols given values, and from its formulas.

    pytest tests/test_random.py                      1,000 networks
    PARAMULA_LONG=1 pytest tests/test_random.py      20,000 networks
    python tests/test_random.py 17                   show network 17 and what differs, if anything

A failure prints every sentence of its chunk that went wrong (the first few in full), each with its number.
"""

from __future__ import annotations

import os
import random
import sys
from fractions import Fraction

import pytest

import paramula as pm
from networks import random_network
from simulator import Refused, simulate

SEED = 7
CHUNKS = 20
NETWORKS = 20_000 if os.environ.get("PARAMULA_LONG") else 1_000
SHOWN = 5
FORMULAS = 4  # closed forms compared for each network, of quantities drawn at random: writing them is what takes time

CONV = {"k": (3, 3), "f": 32, "s": (1, 1), "p": "valid", "d": (1, 1), "g": 1, "bias": True}
POOL = {"k": (2, 2), "s": (2, 2), "p": "valid", "d": (1, 1)}
HELLO = ("chain", [("conv", CONV), ("act", "relu"), ("pool", POOL), ("dense", 100, True), ("dense", 10, True)])


def draw(number):
    """The network with this number, and what the simulator says of it: a dict, or the reason it refuses."""
    sample = random_network(random.Random(f"{SEED}:{number}"))
    try:
        return sample, simulate(sample.net, sample.shape)
    except Refused as refused:
        return sample, str(refused)


def number(value):
    """A tuple or number in plain Python: ints, fractions, or the expression itself where it is neither."""
    if isinstance(value, (tuple, list)) or type(value).__name__ == "Tuple":
        return tuple(number(part) for part in value)
    if isinstance(value, (int, Fraction)):
        return value
    value = value.doit()
    if getattr(value, "is_Rational", False):
        fraction = Fraction(int(value.p), int(value.q))
        return int(fraction) if fraction.denominator == 1 else fraction
    return value


def given(value, values):
    """An expression, or a tuple of them, with every symbol's value in its place."""
    if isinstance(value, (tuple, list)) or type(value).__name__ == "Tuple":
        return tuple(given(part, values) for part in value)
    if not hasattr(value, "free_symbols"):
        return value
    return value.subs({symbol: values[str(symbol)] for symbol in value.free_symbols})


def differences(way, expected, answer):
    """Where `answer`, a function from the name of a quantity to its value, differs from what is expected."""
    faults = []
    for name, want in expected.items():
        try:
            got = number(answer(name))
        except Exception as error:  # whatever comes, the sentence must be shown with it
            faults.append(f"{way}.{name}: {type(error).__name__}: {error}")
            continue
        if got != want:
            faults.append(f"{way}.{name} is {got}, not {want}")
    return faults


def refusals(way, build):
    """A fault where an impossible network is accepted, or refused with anything but `NetError`."""
    try:
        net = build()
    except pm.NetError:
        return []
    except Exception as error:  # nothing else may ever reach the user
        return [f"{way}: {type(error).__name__}: {error}"]
    return [f"{way} is accepted: {net.shape}"]


def faults(sample, expected):
    """All that is wrong with what paramula says of a sample, as lines."""
    if isinstance(expected, str):
        return [
            *refusals("text", lambda: pm.net(sample.text)),
            *refusals("symbolic.at", lambda: pm.net(sample.symbolic).at(**sample.values)),
        ]
    try:
        way = "text"
        plain = pm.net(sample.text)
        way = "symbolic"
        symbolic = pm.net(sample.symbolic)
        way = "symbolic.at"
        at = symbolic.at(**sample.values)
    except Exception as error:  # a traceback is as much a fault as a refusal
        return [f"{way}: {type(error).__name__}: {error}"]
    names = {name: want for name, want in expected.items() if name != "trainable" or hasattr(plain, name)}
    asked = {name: names[name] for name in random.Random(sample.text).sample(sorted(names), FORMULAS)}
    return [
        *differences("text", names, lambda name: getattr(plain, name)),
        *differences("symbolic.at", names, lambda name: getattr(at, name)),
        *differences("formula", asked, lambda name: given(getattr(symbolic, name), sample.values)),
    ]


def story(number_, sample, expected, lines):
    """A failure, to be read."""
    parts = [f"network {number_}", sample.text, "with symbols:", sample.symbolic, f"values: {sample.values}"]
    return "\n".join([*parts, f"simulator: {expected}", *(f"  {line}" for line in lines)])


@pytest.mark.slow(but_every=20)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_networks(chunk):
    wrong = []
    for i in range(chunk, NETWORKS, CHUNKS):
        sample, expected = draw(i)
        lines = faults(sample, expected)
        if lines:
            wrong.append((i, story(i, sample, expected, lines)))
    shown = "\n\n".join(text for _, text in wrong[:SHOWN])
    assert not wrong, f"{len(wrong)} networks differ: {[i for i, _ in wrong]}\n\n{shown}"


def test_most_networks_are_possible():
    refused = sum(isinstance(draw(i)[1], str) for i in range(500))
    assert 0 < refused < 75


@pytest.mark.parametrize(
    ("net", "shape", "expected"),
    [
        # 320 + 540,900 + 1,010; products 26*26*32 + 100 + 10; the field of a dense layer is the image.
        (HELLO, (28, 28, 1), {"params": 542230, "biases": 142, "activations": 21742, "receptive_field": (28, 28)}),
        # PyTorch: MaxPool2d(3, 2, ceil_mode=True) on 2 x 2 gives 1 x 1, on 6 x 6 gives 3 x 3.
        (("pool", POOL | {"k": (3, 3), "ceil": True}), (2, 2, 1), {"shape": (1, 1, 1)}),
        (("pool", POOL | {"k": (3, 3), "ceil": True}), (6, 6, 1), {"shape": (3, 3, 1), "stride": (2, 2)}),
        # GPT-2's attention at d = 768, T = 1024: 4 d^2 + 4 d weights; 4 T d^2 + 2 T^2 d products.
        (
            ("attention", {"heads": 12, "kv": None, "dim": None, "over": None, "bias": ("qkv", "out")}),
            (1024, 768),
            {"params": 2362368, "macs": 4026531840, "depth": 2},
        ),
        # torch.nn.LSTM(7, 11): 4 * (77 + 121 + 22).
        (("recurrent", {"kind": "lstm", "u": 11, "seq": True, "biases": 2}), (5, 7), {"params": 880, "shape": (5, 11)}),
        # One table on both ends: 3*8*50 products, 3*8 + 3*50 elements.
        (
            ("chain", [("shared", "e", ("embed", 50, 8)), ("unembed", 50, 8)]),
            (3,),
            {"params": 400, "macs": 1200, "outputs": 174},
        ),
        # Eight experts of 4*4 + 4, a router of 4*8, two active.
        (("moe", ("linear", 4, True), 8, 2), (3, 4), {"params": 192, "active_params": 72, "macs": 192, "depth": 1}),
    ],
)
def test_the_simulator_by_hand(net, shape, expected):
    facts = simulate(net, shape)
    assert {name: facts[name] for name in expected} == expected


if __name__ == "__main__":
    for word in sys.argv[1:]:
        drawn = draw(int(word))
        print(story(word, *drawn, faults(*drawn)))

"""What Python hands over is answered or refused: no call of anything public ends in another error than NetError.

Every callable that can be reached from `import paramula` is called with every strange value in every place. A sample in
the normal run; PARAMULA_LONG=1 pytest tests/test_hostile.py makes all calls.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import paramula as pm
from deadline import Hang, deadline

LONG = bool(os.environ.get("PARAMULA_LONG"))
SECONDS = 20


class Odd:
    """An object whose every look is an error."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __str__(self) -> str:
        raise RuntimeError("no str")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    def __hash__(self) -> int:
        raise RuntimeError("no hash")


class Text(str):
    """A text of one's own."""


class Whole(int):
    """A number of one's own."""


x = sympy.Symbol("x")
VALUES: dict[str, Callable[[], Any]] = {
    "None": lambda: None, "True": lambda: True, "False": lambda: False, "0": lambda: 0, "1": lambda: 1,
    "-1": lambda: -1, "1.5": lambda: 1.5, "2.0": lambda: 2.0, "nan": lambda: float("nan"),
    "inf": lambda: float("inf"), "1e300": lambda: 1e300, "complex": lambda: 1j, "10**5000": lambda: 10**5000,
    "10**12": lambda: 10**12, "a number of one's own": lambda: Whole(3),
    "empty": lambda: "", "blank": lambda: "  \n", "zero byte": lambda: "\0", "a": lambda: "a",
    "text": lambda: Text("f"),
    "quote": lambda: '"', "bracket": lambda: "1) + params(net", "two": lambda: "1; 2", "comma": lambda: "1, dtype=fp8",
    "long": lambda: "a" * 20_000, "deep": lambda: "(" * 5000, "surrogate": lambda: "\ud800", "number": lambda: "12",
    "expression": lambda: "H + 1", "network": lambda: "(784) -> dense(10)", "fraction": lambda: "1/2",
    "bytes": lambda: b"f", "bytearray": lambda: bytearray(b"f"), "list": list, "list of None": lambda: [None],
    "list of numbers": lambda: [1, 2], "list of texts": lambda: ["params", "f"], "nested": lambda: [[1], [2]],
    "itself": lambda: (lambda it: it.append(it) or it)([]), "tuple": lambda: (), "dict": dict,
    "dict of numbers": lambda: {"f": 1}, "dict by number": lambda: {1: 2}, "dict of None": lambda: {"f": None},
    "dict of texts": lambda: {"f": "g"}, "set": lambda: {1}, "frozenset": lambda: frozenset("f"),
    "range": lambda: range(3), "empty range": lambda: range(0), "long range": lambda: range(10**30),
    "generator": lambda: (n for n in (1, 2)), "iterator": lambda: iter("ab"), "object": object, "odd": Odd,
    "class": lambda: int, "own class": lambda: Odd, "lambda": lambda: lambda: None, "module": lambda: os,
    "ellipsis": lambda: ..., "slice": lambda: slice(1), "path": lambda: Path("nowhere/at/all"),
    "folder": lambda: Path("/"),
    "int64": lambda: np.int64(3), "float64": lambda: np.float64(0.5), "bool_": lambda: np.bool_(True),
    "array": lambda: np.array([1, 2]), "array of none": lambda: np.array([]), "str_": lambda: np.str_("f"),
    "Fraction": lambda: Fraction(1, 2), "whole Fraction": lambda: Fraction(4), "Decimal": lambda: Decimal("1.5"),
    "Symbol": lambda: x, "negative": lambda: sympy.Symbol("f", negative=True), "Dummy": lambda: sympy.Dummy("f"),
    "strange name": lambda: sympy.Symbol("a b"), "word": lambda: sympy.Symbol("relu"),
    "Integer": lambda: sympy.Integer(3),
    "Rational": lambda: sympy.Rational(1, 2), "Float": lambda: sympy.Float(0.5), "oo": lambda: sympy.oo,
    "I": lambda: sympy.I, "nan of SymPy": lambda: sympy.nan, "root": lambda: sympy.sqrt(x), "sin": lambda: sympy.sin(x),
    "power": lambda: x**x, "Eq": lambda: sympy.Eq(x, 1), "true": lambda: sympy.true, "Matrix": lambda: sympy.eye(2),
    "tower": lambda: sympy.Pow(10, sympy.Pow(10, 20, evaluate=False), evaluate=False),
    "1/0": lambda: sympy.zoo, "undefined": lambda: sympy.Function("g")(x), "Interval": lambda: sympy.Interval(0, 1),
    "Network": lambda: NET, "NetError": lambda: pm.NetError("a"), "an answer": lambda: NET.ask("params(net)"),
}  # fmt: skip

NET = pm.net("(H,W,3) -> conv(3x3,f,s=2) -> pool(2) -> gap -> dense(floor(f/2) + 1)")
SMALL = pm.net("(32,32,3) -> conv(3x3,8,same) -> [dense(10) for i in 1..2]")
SWEEP = NET.at(H=32, W=32).sweep("params", "macs", f=[2, 4, 8])

# What is called: one thing of every kind that a user can hold.
SUBJECTS: dict[str, Any] = {
    "paramula": {name: getattr(pm, name) for name in pm.__all__},
    "Network": NET, "numbers": SMALL, "row": NET.layers[0], "condition": NET.conditions[0], "tensor": NET.tensors[0],
    "Study": SWEEP, "Row": SWEEP.rows[0], "Swept": SWEEP.table, "Plot": SWEEP.plot(),
    "Table": NET.table(), "Figure": SMALL.figure(), "Grid": NET.table().grid, "Report": NET.report(),
    "Answer": NET.ask("params(net)"), "memory": NET.memory(), "explain_as": SMALL.explain_as("torchinfo"),
    "compare": NET.ask("compare net, net"), "growth": NET.growth("f"), "equal": NET.ask("equal(net, net)"),
    "latex": NET.ask("latex(params(net))"), "Solution": NET.solve("params <= 1M for f"),
    "Within": NET.solve("1k <= params <= 1M for f"), "Frontier": SMALL.ask("solve a*b <= 12 for a, b"),
    "Rooted": pm.net("(784) -> dense(f)").solve("params <= P for f"), "NetError": pm.NetError("message", hint="hint"),
    "roofline": SMALL.ask("roofline(net, peak=312T, bandwidth=2T)"),
    "swept": NET.ask("sweep params(net) for f in 1..2"),
}  # fmt: skip

# What stands in the other places, where they must be filled.
GOOD: dict[str, Any] = {
    "text": "(784) -> dense(10)", "path": "nowhere.net", "question": "params <= 1M for f", "expression": "params",
    "name": "params", "symbol": "f", "tool": "torchinfo", "values": {"f": 3}, "self": NET, "message": "a message",
    "program": NET.program, "other": 1, "span": None, "source": None, "inside": None, "hint": "", "index": 0,
    "value": 1,
    "key": 0, "iterable": (), "include": None, "exclude": None,
}  # fmt: skip
# The names that ** takes, one that it does not take among them.
NAMED = {
    "at": ("f", "H", "nothing"), "holds": ("H", "nothing"), "sweep": ("f", "H", "nothing"),
    "memory": ("batch", "dtype", "optimizer", "grads", "states", "master", "activations", "attention",
    "checkpoint", "x"),
    "plot": ("kind", "x", "log", "width", "height", "columns", "title", "better", "nothing"),
    "": ("quantities", "width", "env", "symbols", "thousands", "notation", "siunitx", "note", "caption",
    "label", "size",
         "depth", "values", "nothing"),
}  # fmt: skip
# Not ours: what tuples and exceptions have from Python.
PYTHONS = {"count", "index", "with_traceback", "add_note", "args", "_make", "_replace", "_asdict"}


def callables(subject: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(subject, dict):
        yield from subject.items()
        return
    for name in sorted({*dir(subject), *object.__dir__(subject)}):  # what dir() does not show can be reached, too
        if not name.startswith("_") and name not in PYTHONS:
            try:
                it = getattr(subject, name)
            except pm.NetError:
                continue
            if callable(it) and not isinstance(it, (pm.Network, sympy.Basic)):
                yield name, it


def calls(name: str, function: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Every place of a call, and the call with a value there."""
    try:
        params = list(inspect.signature(function).parameters.values())
    except ValueError:
        return
    needed = {
        p.name: GOOD[p.name] for p in params if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }
    if name == "sweep":
        needed |= {"f": [1, 2]}
    for p in params:
        if p.kind is p.VAR_POSITIONAL:
            yield f"*{p.name}", lambda value: function(value, **needed)
        elif p.kind is p.VAR_KEYWORD:
            for key in NAMED.get(name, NAMED[""]):
                yield key, lambda value, key=key: function(**{**needed, key: value})
        elif p.kind is p.POSITIONAL_ONLY:
            yield p.name, function
        else:
            yield p.name, lambda value, p=p: function(**{**needed, p.name: value})


CALLS = [
    (f"{of}.{name}({place})", call)
    for of, subject in SUBJECTS.items()
    for name, function in callables(subject)
    for place, call in calls(name, function)
]


def outcome(call: Callable[[Any], Any], value: Any) -> str:
    """What is wrong with how a call ended; nothing if it is answered, or refused in words."""
    try:
        with deadline(SECONDS):
            answer = call(value)
            str(answer)
            for name in ("params", "conditions", "rows", "svg", "latex", "html"):  # what is made when it is asked for
                made = getattr(answer, name, None) if type(answer).__module__.startswith("paramula") else None
                if callable(made):
                    made()
    except pm.NetError as error:
        return "" if str(error).strip() else "says nothing"
    except (Exception, Hang) as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return ""


@pytest.mark.slow(only=r"Network.at\(|Study\.")
@pytest.mark.parametrize(("place", "call"), CALLS, ids=[place for place, _ in CALLS])
def test_a_strange_value_is_answered_or_refused(place: str, call: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)  # for what writes files
    chosen = VALUES if LONG else dict(list(VALUES.items())[sum(map(ord, place)) % 6 :: 6])
    wrong = {name: said for name, make in chosen.items() if (said := outcome(call, make()))}
    assert not wrong, f"{place}: {wrong}"


NAMES = [
    "",
    " ",
    "a b",
    "1",
    "batch=1) + params(net, x",
    "f in 1..3, g",
    "\0",
    "f\n",
    "in",
    "self",
    "relu",
    "\ud800",
    "f" * 9999,
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize(
    "method", [NET.at, NET.memory, NET.sweep, NET.latex, NET.table, NET.figure, SWEEP.plot, SWEEP.to_latex]
)
def test_a_strange_name_is_refused(method: Any, name: str) -> None:
    for value in (1, [1, 2], "1"):
        with pytest.raises(pm.NetError) as raised:
            method(**{name: value})
        assert str(raised.value).strip()

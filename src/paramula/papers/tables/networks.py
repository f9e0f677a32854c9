"""Tables of whole networks: side by side, as a family over values of symbols, and by their kinds of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...engine.model import Model
from ...errors import NetError
from ...measures import quantities
from ...measures.traced import Op, Repeat
from ...questions.explain import lettered
from .grid import SHARE, Code, Column, Grid, Line, columns, heading, met, name_of, total

QUIET = "norms"  # a family that stands in no table of kinds


def comparison(nets: Mapping[str, Model], wanted: Sequence[str]) -> Grid:
    """A row for each network, a column for each quantity."""
    asked = columns(wanted)
    if any(c.name == SHARE for c in asked):
        raise NetError("a network has no share", hint="share is a column of the table of layers")
    order = met(nets.values())
    body = [Line((Code(name), *(total(net, c.name) for c in asked))) for name, net in nets.items()]
    head = Column("network", "network")
    return Grid("comparison", tuple(nets), (head, *asked), tuple(body), (), nets, (), order)


def family(net: Model, values: Mapping[str, Sequence[int]], wanted: Sequence[str]) -> Grid:
    """A row for each value of a symbol, or of several side by side; the formulas are said with it."""
    asked = columns(wanted)
    names = list(values)
    lengths = {len(choices) for choices in values.values()}
    if not names or len(lengths) != 1 or lengths == {0}:
        raise NetError("a family is over values of symbols, as many of each", hint="write n=3,5,7 or d=256,512 h=4,8")
    body = []
    for numbers in zip(*values.values(), strict=True):
        one = net.given_values(dict(zip(names, numbers, strict=True)))
        body.append(Line((*numbers, *(total(one, c.name) for c in asked))))
    formulas = tuple((c.head, value) for c in asked if (value := total(net, c.name)) is not None)
    heads = (*(Column(name, name) for name in names), *asked)
    return Grid("family", (name_of(net),), heads, tuple(body), (), {name_of(net): net}, formulas, tuple(net.order))


def complexity(nets: Mapping[str, Model]) -> Grid:
    """Layer type, parameters, operations and sequential steps in symbols: of networks, or of one network's layers."""
    heads = (
        Column("layer", "layer type"), Column("params", heading("params")), Column("macs", heading("macs")),
        Column("steps", "sequential steps"),
    )  # fmt: skip
    remark = (
        "Sequential steps: kernels that wait for each other; a recurrent layer waits at every place of its sequence."
    )
    if len(nets) > 1:
        body = [
            Line((Code(name), total(net, "params"), total(net, "macs"), quantities.steps(net.traced)))
            for name, net in nets.items()
        ]
        order = met(nets.values())
        return Grid("complexity", tuple(nets), heads, tuple(body), (), nets, (remark,), order)
    ((_, net),) = nets.items()
    found: dict[Any, Line] = {}
    letters: dict[str, None] = {}
    for op in _layers_of(net.traced.ops):
        called = op.call
        stated = None if called is None or not (op.facts.weights or op.facts.work) else lettered(called)
        if called is None or stated is None or called.layer.family == QUIET:
            continue
        facts, values = stated
        answers = quantities.answers(facts)
        general = Op(op.kind, op.path, facts, op.inputs)
        key = called.layer.name, str(answers["params"]), str(answers["macs"])
        letters |= dict.fromkeys(values)
        found.setdefault(
            key, Line((Code(called.layer.name), answers["params"], answers["macs"], quantities.own_steps(general)))
        )
    remarks = (
        remark,
        "h, w, t: places that come in; c, n: channels that come in; the other letters are the arguments.",
    )
    if not found:
        raise NetError("no layer of it has a formula in letters")
    return Grid("complexity", (name_of(net),), heads, tuple(found.values()), (), {}, remarks, tuple(letters))


def _layers_of(ops: Sequence[Op]) -> list[Op]:
    return [it for op in ops for it in (_layers_of(op.body) if isinstance(op, Repeat) else [op])]

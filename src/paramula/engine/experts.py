"""A mixture of experts: copies of a network behind a router."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..algebra import poly
from ..algebra.needs import at_least
from ..language import tree
from ..layers.facts import Facts, Layer, Weight
from ..measures.traced import Row, Tensor
from .bind import Bound, fitted
from .values import Env

if TYPE_CHECKING:
    from .trace import Tracer


def experts(to: Tracer, node: tree.Node, layer: Layer, call: Bound, env: Env, x: Tensor, row: Row) -> Tensor:
    """n copies of a network, of which each token meets some, behind a router."""
    args = fitted(layer, call, x.shape, env, to)
    n, active, expert = args["n"], args["active"], args["expert"]
    to.require(at_least(n, active, "moe: {b} experts cannot be active, there are {a}"), node, env, "moe")
    at = poly.product(x.shape[:-1])
    router = Facts(
        (*x.shape[:-1], n), (Weight("router", (x.shape[-1], n), uses=at, gives=at * n),), depth=1
    )  # fmt: skip
    routed = to.operate("router", router, (x,), node, env, row)
    row.group = True
    state = {"used": [*to.used, {}], "groups": [*to.groups, row], "sets": [*to.sets, (to.ops, len(to.ops))]}
    with to.inside(**state, times=to.times * active, copies=to.copies * n, active=to.active * active):
        out = to.trace(expert, x)
    row.end = len(to.traced.rows)
    if out is None or out.parts:
        raise to.fault("moe: an expert gives out one tensor", node, env)
    return to.operate("moe", Facts(out.shape), (routed, out), node, env, row)

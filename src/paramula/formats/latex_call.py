"""The question latex(NET, KIND, QUANTITIES, OPTION=…): what a paper takes of networks, asked in the language."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..engine.program import Program
from ..engine.trace import Tracer
from ..engine.values import Net, Quote
from ..errors import NetError, did_you_mean
from ..language import tree
from ..layers.words import KINDS, QUANTITIES
from ..questions.calls import networks, question


class Written(NamedTuple):
    """The answer to latex(…) of networks: a text for a paper, its packages in the first line."""

    said: str
    text: str


@question(
    "latex",
    "latex(EXPRESSION), latex(NET, KIND, QUANTITIES)",
    "A number or a shape as LaTeX, or what a paper takes of a network: formula, derivation, table, "
    "stages, complexity, macros, note, figure, appendix.",
    "latex(params((n) -> dense(m)))",
)
def _written(program: Program, line: tree.Line, call: tree.Call, tracer: Tracer) -> Written | None:
    """What latex(NET, KIND, QUANTITIES, OPTION=…) writes; None where no network is asked about."""
    from .paper import wish, written

    def word(node: tree.Node) -> bool:
        named = isinstance(node, tree.Name) and node.name in (*KINDS, *QUANTITIES)
        return named and not tracer.defined(tree.text(node), tracer.top)

    options = {node.name: _option(node, tracer) for node in call.args if isinstance(node, tree.Keyword)}
    words = [tree.text(node) for node in call.args if word(node)]
    of = [node for node in call.args if not isinstance(node, tree.Keyword) and not word(node)]
    tracer.dry = True
    numbers = [node for node in of if not isinstance(tracer.as_network(node, tracer.top), Net)]
    tracer.dry = False
    if not of or (numbers and not words and not options and len(of) == 1):
        return None
    if numbers:
        hint = did_you_mean(tree.text(numbers[0]), (*KINDS, *QUANTITIES)) if isinstance(numbers[0], tree.Name) else ""
        raise tracer.fault("latex takes networks here, and one number alone", numbers[0], tracer.top, hint)
    kinds = [name for name in words if name in KINDS]
    if len(kinds) > 1:
        raise tracer.fault(f"latex writes one kind: {kinds[0]} or {kinds[1]}", call, tracer.top)
    try:
        it = wish(quantities=[name for name in words if name not in KINDS], **options)
        nets = dict(zip(map(tree.text, of), networks(program, of, line.settings), strict=True))
        return Written(tree.text(line), written(kinds[0] if kinds else "formula", nets, it).rstrip("\n"))
    except NetError as error:
        raise error if error.span else tracer.fault(error.message, call, tracer.top, error.hint) from None


def _option(node: tree.Keyword, tracer: Tracer) -> Any:
    from .paper import OPTIONS

    if node.name not in OPTIONS:
        hint = did_you_mean(node.name, OPTIONS) or f"there are {', '.join(OPTIONS)}"
        raise tracer.fault(f"latex has no option '{node.name}'", node, tracer.top, hint)
    value = tracer.value(node.value, tracer.top)
    if not isinstance(value, (Quote, int)):
        hint = f'write {node.name}="…"'
        raise tracer.fault("an option is a text in quotes or a number", node.value, tracer.top, hint)
    return value if isinstance(value, int) else str(value)

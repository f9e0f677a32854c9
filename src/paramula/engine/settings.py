"""Which numbers an `at` puts in place of symbols, and which names nothing has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..algebra.poly import Size
from ..errors import NetError, did_you_mean, listed
from ..language import tree
from ..layers.words import MEASURES, reserved
from ..measures.traced import Tensor
from .evaluate import Evaluator
from .opening import Opens
from .patterns import checked_size
from .program import Program, loose_names
from .values import Env, Net, is_number, kind

if TYPE_CHECKING:
    from .trace import Tracer


def known(program: Program, name: str, evaluator: Evaluator) -> bool:
    """Whether a name is one of a symbol, or of a definition that may be a number."""
    it = program.definitions.get(name)
    return name in evaluator.met or (it is not None and it.node.params is None) or program.mentions(name)


def unheard(tracer: Tracer, part: tree.Node, statement: tree.Node, bound: Iterable[str] = ()) -> list[tree.Name]:
    """The names among the numbers of a question that nothing else has: no network in it, and no other statement."""
    program = tracer.program
    loose = list(loose_names(statement))
    inside = {
        it.name for it in tree.walk(statement) if isinstance(it, tree.Name) and not any(it is name for name in loose)
    }
    return [
        it
        for it in loose_names(part, frozenset(bound))
        if it.name not in inside | tracer.heard | tracer.given.keys()
        and not tracer.defined(it.name, tracer.top)
        and not program.mentions(it.name, statement)
    ]


def no_symbol(tracer: Tracer, node: tree.Name, hint: str) -> NetError:
    """The error for a name that nothing has."""
    near = did_you_mean(node.name, [*tracer.met.keys() - {node.name}, *MEASURES])
    return tracer.fault(f"there is no symbol called '{node.name}'", node, tracer.top, near or hint)


def check_given(program: Program, name: str, evaluator: Evaluator, node: tree.Node, env: Env) -> None:
    """Refuses a name that no symbol and no number of the program has."""
    definition = program.definitions.get(name)
    if not known(program, name, evaluator):
        met = sorted(set(evaluator.met))
        taking = [d for d, it in program.definitions.items() if name in [p for p, _ in it.node.params or []]]
        asked = [d for d in taking if d in program.words]
        hint = (
            (f"it is a parameter: {asked[0]}({name}=…)" if asked else "")
            or did_you_mean(name, met)
            or (
                f"the symbol{' is' if len(met) == 1 else 's are'} {listed(met, 'and')}"
                if met
                else "there are no symbols"
            )
        )
        raise evaluator.fault(f"there is no symbol called '{name}'", node, env, hint)
    if definition is not None and definition.home.library and not program.library:
        raise evaluator.fault(f"'{name}' is the library's, from {definition.home.source.name}", node, env)
    if definition is not None and definition.node.params is None:
        value = evaluator.value(tree.Name(node.start, node.end, name), evaluator.top)
        if not is_number(value):
            raise evaluator.fault(f"'{name}' is {kind(value)}, not a symbol or a number", node, env)
    elif reserved(name) or definition is not None:
        raise evaluator.fault(f"'{name}' is no symbol", node, env)


def given(to: Tracer, node: tree.Given, env: Env) -> Any:
    given = {} if to.dry else to.settings(node.settings, env, lambda look: meet(look, node.body, env))
    other = to.child({**to.given, **given})
    other.units, other.dry = to.units, to.dry
    other.assume()
    value = other.value(node.body, env)
    to.heard |= other.heard
    to.learn(other)
    return Net(node, env) if isinstance(value, Net) else value


def meet(to: Tracer, node: tree.Node, env: Env) -> None:
    """Meets the symbols of an expression; those of a network are met where it is traced."""
    if isinstance(to.value(node, env), Net):
        raise Opens(None)


def network_given(to: Tracer, node: tree.Given, env: Env, x: Tensor | None) -> Tensor | None:
    """A network with numbers or expressions in place of symbols: (net at f=32)."""
    given = to.settings(node.settings, env, lambda look: look.plain_step(node.body, env, x))
    with to.inside(given={**to.given, **given}, values={}, memo={}):
        return to.plain_step(node.body, env, x)


def settings(
    to: Tracer, asked: list[tree.Setting], env: Env, meet: Callable[[Tracer], Any] | None = None
) -> dict[str, Size]:
    """What an `at` puts in place of symbols; every name must be known, every number whole and above zero. Symbols
    that were not met before are those that another tracer meets."""
    given: dict[str, Size] = {}
    look, opened = to, False
    for setting in asked:
        if setting.name in given:
            raise to.fault(f"'{setting.name}' is given twice", setting, env)
        if look is to and meet is not None and not known(to.program, setting.name, to):
            look = to.child()
            look.units = to.units
            look.assume()
            try:
                meet(look)
            except Opens:  # a network: its symbols are asked for where it is traced
                opened = True
        if not opened:
            check_given(to.program, setting.name, look, setting, env)
        size = to.number(setting.value, env)
        try:
            given[setting.name] = checked_size(to, size, setting.value, env)
        except NetError as error:
            error.hint = error.hint or (to.instead_of(setting.name, size) if isinstance(size, Fraction) else "")
            raise
    return given

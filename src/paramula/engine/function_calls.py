"""Calls of functions of numbers: floor, min, log2, sum, …"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Any

from ..algebra.functions import apply, round_to
from ..algebra.latex import latex
from ..algebra.needs import at_least
from ..algebra.poly import Poly, Size
from ..algebra.rounding import ceiling, floor
from ..algebra.substitution import symbols
from ..language import tree
from ..layers.words import FUNCTIONS
from .arithmetic import exact_root, not_a_size, require_positive
from .ranges import series
from .values import Env, Net, Quote, kind

if TYPE_CHECKING:
    from .evaluate import Evaluator


def function_called(to: Evaluator, node: tree.Call, env: Env) -> Size:
    low, high, _ = FUNCTIONS[node.name]
    if node.name == "sum":
        return series(to, node, env)
    args = []
    for arg in node.args:
        if isinstance(arg, (tree.Keyword, tree.Series)):
            raise to.fault(f"{node.name} takes numbers", arg, env)
        if node.name in ("floor", "ceil") and isinstance(arg, tree.Call) and arg.name in ("log2", "sqrt"):
            return rounded_root(to, node, arg, env)
        args.append(to.number(arg, env))
    if not low <= len(args) <= (high or len(args)):
        count = f"{low}" if low == high else f"{low} or more"
        raise to.fault(f"{node.name} takes {count} number{'s' * (count != '1')}, not {len(args)}", node, env)
    if node.name in ("log2", "sqrt"):
        return root(to, node, args[0], env)
    if node.name in ("floor", "ceil", "round") or node.name == "round_to":
        return rounded_call(to, node, args, env)
    return apply(node.name, *args)


def rounded_call(to: Evaluator, node: tree.Call, args: list[Size], env: Env) -> Size:
    size = nearest_whole(to, node, args, env)
    if size != args[0]:
        to.rounded |= {sym.name for sym in symbols(size)}
    elif isinstance(size, Poly):
        parts = list(tree.walk(node.args[0]))
        divided = any(isinstance(part, tree.Product) and {"/", "//"} & {*part.operators} for part in parts)
        handed = any(isinstance(part, tree.Name) and env.find(part.name) is not None for part in parts)
        if handed and not divided:  # by a call, where a fraction could stand
            to.unrounded |= {sym.name for sym in symbols(size)}
    return size


def nearest_whole(to: Evaluator, node: tree.Call, args: list[Size], env: Env) -> Size:
    if node.name == "round_to":
        if not isinstance(args[1], Poly) and args[1] <= 0:
            raise to.fault("round_to takes a step above 0", node.args[1], env)
        require_positive(to, args[1], node.args[1], env, "the step")
        return round_to(args[0], args[1])
    if node.name == "floor":
        return floor(args[0])
    return ceiling(args[0]) if node.name == "ceil" else floor(args[0] + Fraction(1, 2))


def root(to: Evaluator, node: tree.Call, argument: Size, env: Env) -> Size:
    """log2 or sqrt where it is exact, of a power of two or a square in symbols too."""
    if isinstance(argument, Poly):
        exact = exact_root(node.name, argument)
    else:
        exact = root_below(to, node, argument, env)
        if isinstance(argument, Fraction) and node.name == "sqrt":
            exact = Fraction(isqrt(argument.numerator), isqrt(argument.denominator))
        if (Fraction(2) ** exact if node.name == "log2" else exact * exact) != argument:
            exact = None
    if exact is None:
        raise to.fault(f"{node.name}({to.show(argument)}) is not exact", node, env, f"write floor({tree.text(node)})")
    return exact


def rounded_root(to: Evaluator, node: tree.Call, inner: tree.Call, env: Env) -> Size:
    """floor or ceil of log2 or sqrt."""
    if len(inner.args) != 1:
        return function_called(to, inner, env)
    argument = to.number(inner.args[0], env)
    if isinstance(argument, Poly):
        exact = exact_root(inner.name, argument)
        if exact is None and node.name == "ceil":
            raise to.fault(f"ceil({inner.name}(…)) of a symbol has no closed form", node, env)
        if inner.name == "log2":
            require_positive(to, argument, inner.args[0], env, "what log2 takes,")
        else:
            least = at_least(floor(argument), 0, f"sqrt takes no negative number, and {to.show(argument)} is one")
            to.require(least, inner.args[0], env, "sqrt")
        return apply(inner.name, argument) if exact is None else exact
    low = root_below(to, inner, argument, env)
    exactly = (Fraction(2) ** low if inner.name == "log2" else low * low) == argument
    result: Size = low if exactly or node.name == "floor" else low + 1
    return result


def root_below(to: Evaluator, node: tree.Call, argument: int | Fraction, env: Env) -> Any:
    try:
        return apply(node.name, argument)
    except ValueError as error:
        raise to.fault(str(error), node, env) from None


def latex_of_number(to: Evaluator, node: tree.Call, env: Env) -> Quote:
    """A number or a shape as LaTeX: latex(params(net)); other questions of networks are answered before."""
    if node.name != "latex":
        raise to.fault(f"{node.name}(…) stands on a line of its own", node, env)
    if len(node.args) != 1 or isinstance(node.args[0], (tree.Keyword, tree.Series)):
        raise to.fault("latex takes one number: latex(params(net))", node, env)
    value = to.as_network(node.args[0], env)
    other = not_a_size(value)
    if other is None:
        return Quote(latex(value, list(to.met)))
    hint = f"ask for a quantity: latex(params({tree.text(node.args[0])}))" if isinstance(value, Net) else ""
    raise to.fault(f"latex takes a number or a shape, not {kind(other)}", node.args[0], env, hint)

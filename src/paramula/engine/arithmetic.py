"""Sums, products and powers of numbers in an expression; a network among them is repeated or joined."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..algebra import poly, powers
from ..algebra.functions import square_root
from ..algebra.known import nonnegative
from ..algebra.needs import at_least, divides
from ..algebra.poly import Poly, Size
from ..algebra.rounding import ceiling, floor
from ..errors import NetError
from ..language import tree
from ..layers.words import UNITS
from .values import SIZES, Env, Net, is_number, kind

if TYPE_CHECKING:
    from .evaluate import Evaluator


def exact_root(name: str, argument: Poly) -> Size | None:
    if len(argument.terms) != 1:
        return None
    ((mono, c),) = argument.terms.items()
    if name == "sqrt" and isinstance(c, int) and c > 0 and all(isinstance(e, int) and e % 2 == 0 for _, e in mono):
        root = square_root(c)
        if root * root == c:
            return root * Poly({frozenset((it, e // 2) for it, e in mono): 1})
    if name == "log2" and isinstance(c, int) and c & (c - 1) == 0 and c > 0 and len(mono) == 1:
        ((it, e),) = mono
        if isinstance(it, poly.Base) and it.value == 2:
            out: Size = e + (c.bit_length() - 1)
            return out
    return None


def not_a_size(value: Any) -> Any:
    """The first part of a value that is no number, a shape's or its branches'; None where there is none."""
    if isinstance(value, tuple):
        return next((other for part in value if (other := not_a_size(part)) is not None), None)
    return None if is_number(value) else value


def tight(node: tree.Node) -> str:
    """A node's text as short as people write it."""
    return re.sub(r" (->|\||[-+*%]|//?) ", r"\1", tree.text(node))


def repeated_as(node: tree.Product, at: int) -> str:
    """block*(6/2), for what was written as block*6/2."""
    operands = [part for i, part in enumerate(node.operands) if i != at]
    operators = [sign for i, sign in enumerate(node.operators) if i != max(at - 1, 0)]
    if at == 0 and node.operators[0] != "*":
        operands, operators = [tree.Name(0, 0, "n"), *operands], node.operators
    return f"{tight(node.operands[at])}*({tight(tree.Product(0, 0, operands, operators))})"


def counted_as(node: tree.Sum, values: list[Any]) -> str:
    """The hint for a network plus or less a number: block*(n-1), for what was written as block*n-1."""
    for i, operator in enumerate(node.operators):
        before, number = node.operands[i], node.operands[i + 1]
        if is_number(values[i + 1]) and isinstance(before, tree.Product) and isinstance(values[i], Net):
            count = tree.Sum(0, 0, [*before.operands[1:], number], [operator])
            if len(count.operands) == 2:
                return f"write {tight(before.operands[0])}*({tight(count)})"
    return "a number repeats a network: block * 3; the sum with its input is block + id"


# What may be a network or a number, by what it is used for.
_JOINED = frozenset({tree.Sum, tree.Product, tree.Group, tree.Given})


_OPEN = _JOINED | {tree.Name, tree.Call}


def suffixed(to: Evaluator, node: tree.Suffixed, env: Env) -> Size:
    digits = tree.Number(node.start, node.end, node.digits)
    if to.units and node.suffix in UNITS:
        return poly.whole(Fraction(digits.value) * UNITS[node.suffix])
    hint = f"write {node.digits}*{node.suffix}"
    if node.suffix in UNITS:
        in_full = Fraction(digits.value) * UNITS[node.suffix]
        hint += f" or {in_full}"
    elif match := re.fullmatch(r"e(\d{1,3})", node.suffix):
        hint = f"write {node.digits}*10^{match[1]}"
        hint += f" or {Fraction(digits.value) * 10 ** int(match[1])}" if int(match[1]) <= 12 else ""
    elif SIZES.fullmatch(node.digits + node.suffix):
        hint = f"write ({','.join((node.digits + node.suffix).split('x'))})"
    shown = node.digits + node.suffix
    if len(shown) > 40:
        shown, hint = shown[:39] + "…", "write a '*' between a number and a name"
    raise to.fault(f"'{shown}' is not a number", node, env, hint)


def added(to: Evaluator, node: tree.Sum, env: Env) -> Any:
    values = [to.value(operand, env) for operand in node.operands]
    if all(map(is_number, values)):
        return poly.total(-v if sign == "-" else v for sign, v in zip(["+", *node.operators], values, strict=True))
    for operand, value in zip(node.operands, values, strict=True):
        if not isinstance(value, Net):
            if any(isinstance(v, Net) for v in values):
                message = f"'{node.operators[0]}' joins networks, but this is {kind(value)}"
                raise to.fault(message, operand, env, counted_as(node, values) if is_number(value) else "")
            if not is_number(value):
                raise to.fault(f"'{node.operators[0]}' adds numbers or joins networks, not {kind(value)}", operand, env)
    return Net(node, env)


def multiplied(to: Evaluator, node: tree.Product, env: Env) -> Any:
    values = [to.value(operand, env) for operand in node.operands]
    if any(isinstance(v, Net) for v in values):
        check_repeat(to, node, values, env)
        return Net(node, env)
    out: Any = None
    for i, value in enumerate(values):
        if not is_number(value):
            raise to.fault(f"'{node.operators[max(i - 1, 0)]}' takes numbers, not {kind(value)}", node.operands[i], env)
        try:
            out = value if i == 0 else operated(to, out, node.operators[i - 1], value, node.operands[i], env)
        except NetError as error:
            raise error.placed(node.span, env.frame.source) from None
    to.check_size(out, node, env)
    return out


def operated(to: Evaluator, a: Size, operator: str, b: Size, node: tree.Node, env: Env) -> Size:
    if to.dry:
        return 1
    if operator == "*":
        return a * b if isinstance(a, Poly) or isinstance(b, Poly) else poly.whole(a * b)
    if not b:
        raise to.fault("this divides by zero", node, env)
    if isinstance(b, Poly) and operator == "/" and nonnegative(ceiling(-b) - 1):
        a, b = -a, -b
    else:
        require_positive(to, b, node, env, "the divisor")
    if operator == "/":
        return powers.quotient(a, b)
    exact = isinstance(a, Poly) and to.follows(divides(b, a, ""))
    if operator == "//":
        return powers.quotient(a, b) if exact else floor(a, b)
    rest: Size = 0 if exact else a - b * floor(a, b)
    return rest if isinstance(rest, Poly) else poly.whole(rest)


def require_positive(to: Evaluator, size: Size, node: tree.Node, env: Env, who: str) -> None:
    """Takes note that a size with symbols must be above 0: rounded up, it is at least 1."""
    if isinstance(size, Poly):
        to.require(at_least(ceiling(size), 1, f"{who} {to.show(size)} is not positive"), node, env, who)


def check_repeat(to: Evaluator, node: tree.Product, values: list[Any], env: Env) -> None:
    networks = [i for i, v in enumerate(values) if isinstance(v, Net)]
    if len(networks) > 1:
        raise to.fault(
            "a network is multiplied with a network", node.operands[networks[1]], env,
            "'->' chains them, mul(a, b) multiplies what they give out",
        )  # fmt: skip
    for operator in node.operators:
        if operator != "*":
            hint = f"write the count in parentheses: {repeated_as(node, networks[0])}"
            raise to.fault(f"a network cannot be divided ('{operator}')", node, env, hint)
    for i, value in enumerate(values):
        if i not in networks and not is_number(value):
            raise to.fault(f"a network is repeated a number of times, not {kind(value)}", node.operands[i], env)


def negative(to: Evaluator, node: tree.Negative, env: Env) -> Size:
    return -to.number(node.body, env)


def raised(to: Evaluator, node: tree.Power, env: Env) -> Size:
    base = to.value(node.base, env)
    if not is_number(base):
        hint = f"copies are written {tight(node.base)}*{tight(node.exponent)}" if isinstance(base, Net) else ""
        raise to.fault(f"a power is taken of a number, but this is {kind(base)}", node.base, env, hint)
    exponent = to.number(node.exponent, env)
    if to.dry:
        return 1
    if isinstance(exponent, (Fraction, Poly)):
        to.require_whole(exponent, node.exponent, env, "the exponent")
    if not nonnegative(exponent):
        require_positive(to, base, node.base, env, "what stands under a negative exponent,")
    try:
        return powers.power(base, exponent)
    except ZeroDivisionError:
        raise to.fault("this divides by zero", node, env) from None
    except ValueError as error:
        raise to.fault(str(error), node, env) from None
    except NetError as error:
        raise error.placed(node.span, env.frame.source) from None

"""What `assume` says: bounds, remainders and values of symbols, and facts that answer a layer's needs."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from ..algebra import poly
from ..algebra.needs import Need, settled
from ..algebra.poly import Poly, Size
from ..algebra.substitution import symbols
from ..errors import NetError
from ..language import tree
from .evaluate import Evaluator
from .values import Env

MAX_PERIOD = 100_000  # of the remainders of one symbol


def take(claim: tree.Claim, to: Evaluator, env: Env) -> None:
    """Takes a claim for granted; raises NetError where it cannot hold."""
    for left, operator, right in zip(claim.operands, claim.operators, claim.operands[1:], strict=False):
        if operator == "==" and isinstance(left, tree.Product) and left.operators[-1] == "%":
            front = left.operands[:-1]
            dividend = front[0] if len(front) == 1 else tree.Product(left.start, left.end, front, left.operators[:-1])
            sizes = [to.number(node, env) for node in (dividend, left.operands[-1], right)]
            _take_remainder(claim, sizes[0], sizes[1], sizes[2], to, env)
        else:
            _take_relation(claim, to.number(left, env), operator, to.number(right, env), to, env)


def _broken(claim: tree.Claim, to: Evaluator, env: Env) -> NetError:
    """The error for a claim that cannot hold, with the one before that it contradicts if there is only one."""
    claims = [c for c, _ in to.program.scope.claims]
    names = {node.name for node in tree.walk(claim) if isinstance(node, tree.Name)}
    others = [
        other
        for other in claims
        if other is not claim and any(isinstance(n, tree.Name) and n.name in names for n in tree.walk(other))
    ]
    message = f"the assumption {tree.text(claim)} does not hold"
    if others:
        message = f"the assumption {tree.text(claim)} contradicts {'the one' if len(others) == 1 else 'those'} before"
    near = len(others) == 1 and (others[0], env.frame.home) in to.program.scope.claims
    return to.fault(message, claim, env, other=others[0].span if near else None)


def _take_remainder(claim: tree.Claim, a: Size, m: Size, r: Size, to: Evaluator, env: Env) -> None:
    """a % m == r."""
    if not isinstance(m, Poly) and m <= 0:
        raise to.fault("a remainder is taken of a divisor above 0", claim, env)
    if not isinstance(a, Poly) and not isinstance(m, Poly) and not isinstance(r, Poly):
        if a % m != r:
            raise _broken(claim, to, env)
    elif not (isinstance(a, Poly) and isinstance(m, int) and isinstance(r, int) and _known(claim, a, m, r, to, env)):
        to.taken.append(Need("%", a - r, m, ""))


def _known(claim: tree.Claim, a: Poly, m: int, r: int, to: Evaluator, env: Env) -> bool:
    """Whether c·x + b leaves r when divided by m is one remainder of x itself, which the symbol then carries."""
    syms = symbols(a)
    if len(syms) != 1 or len(a.terms) > 2:
        return False
    (sym,) = syms
    slope = a.terms.get(frozenset([(sym, 1)]), 0)
    number = a - slope * poly.atom(sym)
    if not isinstance(slope, int) or not slope or not isinstance(number, int):
        return False
    known = to.known.setdefault(sym.name, {})
    before = known.get("modulus", 1)
    period = lcm(before, m)
    if period > MAX_PERIOD:
        return False
    fits = [x for x in range(known.get("residue", 0), period, before) if (slope * x + number - r) % m == 0]
    if not fits:
        raise _broken(claim, to, env)
    step = period // len(fits)
    if fits != list(range(fits[0], period, step)):
        return False
    known["modulus"], known["residue"] = step, fits[0] % step
    to.met.pop(sym.name, None)
    return True


def _take_relation(claim: tree.Claim, a: Size, operator: str, b: Size, to: Evaluator, env: Env) -> None:
    if operator in ("<", "<="):
        a, b, operator = b, a, {"<": ">", "<=": ">="}[operator]
    if operator == ">":
        b, operator = b + 1, ">="
    need = Need("==" if operator == "!=" else operator, a, b, "")
    holds = settled(need)
    if operator == "!=":
        if holds:
            raise _broken(claim, to, env)
        return
    if holds is False:
        raise _broken(claim, to, env)
    if holds:
        return
    if operator == ">=":
        _know_bound(a, b, to)
        to.taken.append(need)
    elif not _know_value(a, b, to) and not _know_value(b, a, to):
        to.taken.append(need)


def _know_bound(a: Size, b: Size, to: Evaluator) -> None:
    """a >= b where one side is a symbol and the other a number."""
    if (sym := lone(a)) is not None and isinstance(b, (int, Fraction)):
        known = to.known.setdefault(sym.name, {})
        known["least"] = max(known.get("least", 1), -(-b // 1))
        to.met.pop(sym.name, None)
    elif (sym := lone(b)) is not None and isinstance(a, (int, Fraction)):
        known = to.known.setdefault(sym.name, {})
        known["most"] = min(known.get("most", a // 1), a // 1)
        to.met.pop(sym.name, None)


def _know_value(a: Size, b: Size, to: Evaluator) -> bool:
    """a == b where a is a symbol that b does not have: b stands in its place from now on."""
    sym = lone(a)
    if sym is None or sym in symbols(b):
        return False
    to.given = {**to.given, sym.name: b}
    to.met.pop(sym.name, None)
    return True


def lone(size: Size) -> poly.Sym | None:
    """The symbol that a size is."""
    if isinstance(size, Poly) and len(size.terms) == 1:
        ((mono, c),) = size.terms.items()
        if c == 1 and len(mono) == 1:
            ((it, e),) = mono
            if isinstance(it, poly.Sym) and isinstance(e, int) and e == 1:
                return it
    return None

"""What an expression says: numbers, shapes and names. Networks are only named here; `trace.py` runs them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from ..algebra import poly
from ..algebra.conditions import follows
from ..algebra.functions import apply, round_to, square_root
from ..algebra.known import bounds, nonnegative
from ..algebra.latex import latex
from ..algebra.needs import Need, at_least, divides, settled, whole_need
from ..algebra.poly import MAX_BITS, Poly, Size
from ..algebra.rounding import ceiling, floor
from ..algebra.substitution import numbers, symbols
from ..algebra.sums import factors, summed
from ..algebra.work import WORK
from ..errors import NetError, Span, did_you_mean, listed
from ..language import tree
from ..layers import CATALOGUE
from ..layers.foreign import instead
from ..layers.words import FLAGS, FUNCTIONS, MEASURES, QUESTIONS, STRUCTURES, UNITS, flag_in_place, reserved
from ..measures.labels import Defined
from .program import Definition, Program, defining, files, published, stated
from .values import Bare, Env, Frame, Labels, Later, Net, Quote, Use, Word, is_number, key_of, kind

MAX_NESTING = 150  # networks within networks, definitions within definitions
SIZES = re.compile(r"([A-Za-z]|\d+)(x([A-Za-z]|\d+))+")  # kxk, HxWx3: meant for a window or a shape
MAX_TOTAL = 4_000_000  # bits of the large numbers of a whole program
SMALL = 2**60  # numbers below need no closer look
MAX_STEPS = 200_000  # copies and terms of sums in a whole program
MAX_SHOWN = 120  # characters of a size in a message
FACTOR = "the closed form needs a factor of at least {b}, not {a}"
MAX_COPIES = 100_000  # layers written out, terms of a sum


@dataclass
class Spent:
    """What one program has cost so far, counted together for all tracers that work for each other."""

    steps: int = 0  # copies and terms
    bits: int = 0  # of the large numbers among the sizes


class Evaluator:
    """Gives expressions their values, in one program with some of its symbols given.

    `given` are sizes in place of symbols, `known` what is assumed of symbols, `taken` what else is assumed.
    """

    def __init__(self, program: Program, given: dict[str, Size]) -> None:
        self.program = program
        self.given = given
        self.known: dict[str, dict[str, int]] = {}
        self.taken: list[Need] = []
        self.met: dict[str, Poly] = {}  # symbols in the order in which the reader meets them
        self.frame = Frame(program)
        self.top = Env(self.frame, Labels(), dict(program.scope.values))
        self.needs: list[tuple[Need, str]] = []
        self.level = 0
        self.spent = Spent()
        self.values: dict[tree.Node, tuple[Any, list[tuple[Need, str]]]] = {}  # numbers, shapes, flags that are defined
        self.around: frozenset[str] = frozenset()  # names in sizes from outside: of indices, of symbols that others met
        self.units = False  # 1.5M is a number (in queries)
        self.dry = False  # only the kind of a value is wanted: quantities, and what is calculated, are 1
        self.sought: tuple[int, ...] = ()  # the phrases that stand where networks may stand, by identity
        self.unrounded: set[str] = set()  # symbols that are whole, and would be rounded if they were not
        self.rounded: set[str] = set()  # symbols in what is rounded

    # names

    def symbol(self, name: str) -> Size:
        """A symbol, or what it was given."""
        if name in self.given:
            size = self.given[name]
            for sym in symbols(size):
                if sym.top is None:  # an index is none of the reader's symbols
                    self.met.setdefault(sym.name, poly.atom(sym))
            return size
        if name not in self.met:
            known = dict(self.known.get(name, {}))
            least, modulus = known.get("least", 1), known.get("modulus", 1)
            known["least"] = least + (known.get("residue", 0) - least) % modulus  # the least with this remainder
            self.met[name] = poly.symbol(name, **known)
        return self.met[name]

    def learn(self, other: Any) -> None:
        """Takes over what one that worked for this one has met on the way."""
        self.needs += other.needs
        self.unrounded |= other.unrounded
        self.rounded |= other.rounded
        for name, size in other.met.items():
            self.met.setdefault(name, size)

    def said_of_whole(self) -> list[str]:
        """That symbols are whole numbers where a network rounds what fractions would make of them."""
        names = [name for name in self.met if name in self.unrounded - self.rounded]
        if not names:
            return []
        are = "is a whole number" if len(names) == 1 else "are whole numbers"
        parts = listed([f"{name}/100" for name in names], "and")
        said = f"{listed(names, 'and')} {are} here, so that nothing is rounded"
        return [f"{said}; for fractions write {parts} in the call, or numbers"]

    def instead_of(self, name: str, fraction: Fraction) -> str:
        """What to write for a fraction in place of a symbol that is whole, and would be rounded if it were not."""
        above, below = fraction.as_integer_ratio()
        there = f"write {fraction} in the call, or {name}/{below} there and {name}={above} here"
        return there if name in self.unrounded - self.rounded and below > 1 else ""

    def defined(self, name: str, env: Env) -> bool:
        """Whether a name stands for something, rather than for a new symbol."""
        return env.find(name) is not None or name in env.frame.home.definitions or reserved(name)

    def name(self, node: tree.Name, env: Env) -> Any:
        name = node.name
        value = env.find(name)
        if value is not None:
            if type(value) is Bare and id(node) in self.sought:
                return self.as_network(value.node, value.env)
            return self.value(value.node, value.env) if type(value) in (Later, Bare) else value
        definition = env.frame.home.definitions.get(name)
        if definition is not None:
            said = definition.node
            if said.params is None and name in self.given and not definition.home.library:
                return self.given[name]
            if said in self.values:
                value, asked = self.values[said]
                self.needs += (it for it in asked if it not in self.needs)
                return value
            if said.params:
                needed = [n for n, default in said.params if default is None]
                if needed:
                    word = "parameter" if len(needed) == 1 else "parameters"
                    raise self.fault(
                        f"'{name}' is a definition with the {word} {listed(needed, 'and')}", node, env,
                        f"write {name}({', '.join(n + '=…' for n in needed)})",
                    )  # fmt: skip
            known = len(self.needs)
            value = self.use(definition, node, [], env)
            if said.params is None and not isinstance(value, Net) and not self.dry:
                self.values[said] = value, self.needs[known:]
            return value
        if name in CATALOGUE or name in ("id", "residual"):
            return Net(node, env)
        if name in FLAGS:
            return Word(name)
        if reserved(name):
            raise self.fault(f"'{name}' is called with arguments: {name}(…)", node, env)
        if name == "_":
            raise self.fault("'_' stands for any size, and only in a pattern", node, env)
        self.check_symbol(name, node, env)
        return self.symbol(name)

    def check_symbol(self, name: str, node: tree.Node, env: Env) -> None:
        """Refuses the names that are surely no symbols."""
        if name in env.frame.home.towers:
            raise self.fault(f"'{name}' is a tower", node, env, f"write @{name}")
        if hint := instead(name):
            raise self.fault(f"'{name}' is a name of another framework", node, env, hint)
        sizes = ",".join(name.split("x")) if SIZES.fullmatch(name) else ""
        if sizes and (len(set(name.split("x"))) == 1 or not name.islower()):  # `exp` may be a symbol, `kxk` may not
            raise self.fault(f"'{name}' is one name, not a window or a shape", node, env, f"write ({sizes})")
        if "." in name:
            raise self.fault(f"there is nothing called '{name}'", node, env, "names have no dots")

    def use(self, used: Definition, node: tree.Node, args: list[tree.Node], env: Env) -> Any:
        """The value of a definition used at a place: a network to be traced, or what its body says."""
        definition, home = used
        name, params = definition.name, definition.params or []
        if definition.params is None and args:
            raise self.fault(f"'{name}' takes no arguments", node, env, f"write {name} alone")
        values: dict[str, Any] = {}
        places: dict[str, tree.Node] = {}
        for arg in args:
            param = self._parameter(arg, definition, places, env)
            values[param] = self.handed(arg.value if isinstance(arg, tree.Keyword) else arg, env)
        place = (env.frame.key, node.start, name, *(key_of(v) for v in values.values()))
        sizes = frozenset(n for n, default in params if isinstance(default, tree.Number))
        frame = Frame(home, frozenset(n for n, _ in params), place, sizes)
        inner = Env(frame, Labels(), values, None)
        for key, default in params:
            if key not in values:
                if default is None:
                    raise self.fault(f"{name} needs its parameter {key}", node, env, f"write {_call_of(definition)}")
                values[key] = self.handed(default, Env(frame, Labels(), dict(values), None))
        shared = (
            ("definition", name, home.source.name, tuple(key_of(values[n]) for n, _ in params))
            if definition.shared
            else None
        )
        try:
            self.deeper(node, env)
            value = self.as_network(definition.body, inner, id(node) in self.sought)
        except NetError as error:
            if home is not env.frame.home:
                error.used_at(home.source, node.span, env.frame.source, call_hint(definition))
            raise
        finally:
            self.level -= 1
        if isinstance(value, Net):
            weights = shared or (value.use.shared if value.use else None)
            call = Defined(name, values, places) if places else None
            return Net(value.node, value.env, Use(node, env, name, weights, call))
        return value

    def _parameter(self, arg: tree.Node, definition: tree.Define, places: dict[str, tree.Node], env: Env) -> str:
        """The parameter that an argument is for."""
        name, names = definition.name, [n for n, _ in definition.params or []]
        if isinstance(arg, tree.Keyword):
            if arg.name not in names:
                hint = did_you_mean(arg.name, names) or f"the call is {_call_of(definition)}"
                raise self.fault(f"{name} has no parameter '{arg.name}'", arg, env, hint)
            key = arg.name
        else:
            free = [n for n in names if n not in places]
            if not free:
                takes = f"{len(names)} argument{'s' * (len(names) != 1)}"
                raise self.fault(f"{name} takes only {takes}", arg, env, f"the call is {_call_of(definition)}")
            key = free[0]
        if key in places:
            raise self.fault(f"the parameter '{key}' of {name} is given twice", arg, env, other=places[key].span)
        places[key] = arg
        return key

    # values

    def value(self, node: tree.Node, env: Env) -> Any:
        """What an expression says: a number, a shape, a flag, a text, or a network not yet traced."""
        return _VALUE[type(node)](self, node, env)

    def as_network(self, node: tree.Node, env: Env, sought: bool = True) -> Any:
        """What an expression says where a network may stand: there, those that the library publishes have names. Where
        one is `sought`, so have those that were handed over by their names."""
        if type(node) not in _OPEN:
            return self.value(node, env)
        parts = operands(node) if type(node) in _JOINED else (node,)
        for part in parts:
            if type(part) is tree.Name:
                self.nameless(part, env)
        before, self.sought = self.sought, tuple(map(id, parts)) if sought else ()
        try:
            return self.value(node, env)
        finally:
            self.sought = before

    def handed(self, node: tree.Node, env: Env) -> Any:
        """What an argument says; the bare name of a published network waits for what it is used for."""
        return Bare(node, env) if type(node) in _OPEN and self._bare(node, env) else self.value(node, env)

    def _bare(self, node: tree.Node, env: Env) -> bool:
        """Whether what an argument says depends on whether a network is wanted."""
        for part in operands(node):
            if isinstance(part, tree.Name):
                handed = env.find(part.name)
                new = handed is None and part.name in published() and part.name not in self.given
                if type(handed) is Bare or (new and not self.defined(part.name, env)):
                    return True
            elif isinstance(part, tree.Call) and part.name in env.frame.home.definitions:
                if any(self._bare(arg.value if isinstance(arg, tree.Keyword) else arg, env) for arg in part.args):
                    return True
        return False

    def nameless(self, node: tree.Node, env: Env) -> bool:
        """Whether a phrase is a name that nothing has; a network that the library publishes is taken in by its name."""
        if not isinstance(node, tree.Name) or node.name in self.given or self.defined(node.name, env):
            return False
        return env.frame.home.published(node.name) is None

    def number(self, node: tree.Node, env: Env) -> Size:
        """What an expression says, which must be a number."""
        value = self.value(node, env)
        if not is_number(value):
            raise self.fault(f"a number must stand here, but this is {kind(value)}", node, env)
        size: Size = value
        return size

    def whole(self, node: tree.Node, env: Env, what: str) -> Size:
        """A whole number; that it is whole becomes a condition where it depends on the symbols."""
        size = self.number(node, env)
        self.require_whole(size, node, env, what)
        return size

    def require_whole(self, size: Size, node: tree.Node, env: Env, what: str) -> None:
        need = whole_need(size, f"{what} is not whole: {{a}}/{{b}}")
        if need is not None:
            self.require(need, node, env, what)

    def require(self, need: Need, node: tree.Node, env: Env, who: str) -> None:
        """Takes note of a need; raises NetError where it surely does not hold."""
        holds = settled(need)
        if holds is False:
            raise self.fault(self.told(need), node, env)
        if holds is None:
            self.note(need, who)

    def note(self, need: Need, who: str) -> None:
        """Takes note of an open need, unless it was assumed."""
        if not self.follows(need):
            self.needs.append((need, who))

    def told(self, need: Need) -> str:
        return need.otherwise.format(a=self.show(need.a), b=self.show(need.b))

    def follows(self, need: Need) -> bool:
        """Whether a need is one of those assumed, or follows from one."""
        return follows(need, self.taken)

    def show(self, value: Any) -> str:
        """A size or a shape as a message says it."""
        from ..algebra.forms import form
        from ..algebra.spelling import unicode_text

        if isinstance(value, tuple):
            return f"({', '.join(map(self.show, value))})"
        if isinstance(value, (Net, Bare, str)):
            return value if isinstance(value, str) else tree.text(value.node)
        text = unicode_text(form(value, list(self.met)))
        return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"

    def fault(self, message: str, node: tree.Node, env: Env, hint: str = "", other: Span | None = None) -> NetError:
        return NetError(message, node.span, hint=hint, other=other, source=env.frame.source)

    def spend(self, steps: int, node: tree.Node, env: Env) -> None:
        """Takes copies or terms out of what one program may ask for."""
        self.spent.steps += steps
        if self.spent.steps > MAX_STEPS:
            raise self.fault(f"the program is too large: the limit is {MAX_STEPS:,} copies and terms", node, env)

    def afresh(self) -> None:
        """Counts copies from zero, where each of many questions may ask for as much."""
        self.spent = Spent()

    def deeper(self, node: tree.Node, env: Env) -> None:
        WORK.look()
        self.level += 1
        if self.level > MAX_NESTING:
            self.level -= 1
            raise self.fault(f"the network is nested too deep: the limit is {MAX_NESTING} levels", node, env)

    # numbers

    def _suffixed(self, node: tree.Suffixed, env: Env) -> Size:
        digits = tree.Number(node.start, node.end, node.digits)
        if self.units and node.suffix in UNITS:
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
        raise self.fault(f"'{shown}' is not a number", node, env, hint)

    def _sum(self, node: tree.Sum, env: Env) -> Any:
        values = [self.value(operand, env) for operand in node.operands]
        if all(map(is_number, values)):
            return poly.total(-v if sign == "-" else v for sign, v in zip(["+", *node.operators], values, strict=True))
        for operand, value in zip(node.operands, values, strict=True):
            if not isinstance(value, Net):
                if any(isinstance(v, Net) for v in values):
                    message = f"'{node.operators[0]}' joins networks, but this is {kind(value)}"
                    raise self.fault(message, operand, env, _counted(node, values) if is_number(value) else "")
                if not is_number(value):
                    raise self.fault(
                        f"'{node.operators[0]}' adds numbers or joins networks, not {kind(value)}", operand, env
                    )
        return Net(node, env)

    def _product(self, node: tree.Product, env: Env) -> Any:
        values = [self.value(operand, env) for operand in node.operands]
        if any(isinstance(v, Net) for v in values):
            self._check_repeat(node, values, env)
            return Net(node, env)
        out: Any = None
        for i, value in enumerate(values):
            if not is_number(value):
                raise self.fault(
                    f"'{node.operators[max(i - 1, 0)]}' takes numbers, not {kind(value)}", node.operands[i], env
                )
            try:
                out = value if i == 0 else self._operated(out, node.operators[i - 1], value, node.operands[i], env)
            except NetError as error:
                raise error.placed(node.span, env.frame.source) from None
        self.check_size(out, node, env)
        return out

    def _operated(self, a: Size, operator: str, b: Size, node: tree.Node, env: Env) -> Size:
        if self.dry:
            return 1
        if operator == "*":
            return a * b if isinstance(a, Poly) or isinstance(b, Poly) else poly.whole(a * b)
        if not b:
            raise self.fault("this divides by zero", node, env)
        if isinstance(b, Poly) and operator == "/" and nonnegative(ceiling(-b) - 1):
            a, b = -a, -b
        else:
            self._require_positive(b, node, env, "the divisor")
        if operator == "/":
            return poly.quotient(a, b)
        exact = isinstance(a, Poly) and self.follows(divides(b, a, ""))
        if operator == "//":
            return poly.quotient(a, b) if exact else floor(a, b)
        rest: Size = 0 if exact else a - b * floor(a, b)
        return rest if isinstance(rest, Poly) else poly.whole(rest)

    def _require_positive(self, size: Size, node: tree.Node, env: Env, who: str) -> None:
        """Takes note that a size with symbols must be above 0: rounded up, it is at least 1."""
        if isinstance(size, Poly):
            self.require(at_least(ceiling(size), 1, f"{who} {self.show(size)} is not positive"), node, env, who)

    def _check_repeat(self, node: tree.Product, values: list[Any], env: Env) -> None:
        networks = [i for i, v in enumerate(values) if isinstance(v, Net)]
        if len(networks) > 1:
            raise self.fault(
                "a network is multiplied with a network", node.operands[networks[1]], env,
                "'->' chains them, mul(a, b) multiplies what they give out",
            )  # fmt: skip
        for operator in node.operators:
            if operator != "*":
                hint = f"write the count in parentheses: {_repeated(node, networks[0])}"
                raise self.fault(f"a network cannot be divided ('{operator}')", node, env, hint)
        for i, value in enumerate(values):
            if i not in networks and not is_number(value):
                raise self.fault(f"a network is repeated a number of times, not {kind(value)}", node.operands[i], env)

    def _negative(self, node: tree.Negative, env: Env) -> Size:
        return -self.number(node.body, env)

    def _power(self, node: tree.Power, env: Env) -> Size:
        base = self.value(node.base, env)
        if not is_number(base):
            hint = f"copies are written {_tight(node.base)}*{_tight(node.exponent)}" if isinstance(base, Net) else ""
            raise self.fault(f"a power is taken of a number, but this is {kind(base)}", node.base, env, hint)
        exponent = self.number(node.exponent, env)
        if self.dry:
            return 1
        if isinstance(exponent, (Fraction, Poly)):
            self.require_whole(exponent, node.exponent, env, "the exponent")
        if not nonnegative(exponent):
            self._require_positive(base, node.base, env, "what stands under a negative exponent,")
        try:
            return poly.power(base, exponent)
        except ZeroDivisionError:
            raise self.fault("this divides by zero", node, env) from None
        except ValueError as error:
            raise self.fault(str(error), node, env) from None
        except NetError as error:
            raise error.placed(node.span, env.frame.source) from None

    def check_size(self, value: Size, node: tree.Node, env: Env) -> None:
        """Refuses numbers that have grown beyond all use, before more work is done with them."""
        for c in numbers(value):
            if -SMALL < c < SMALL and type(c) is int:
                continue
            bits = max(c.numerator.bit_length(), c.denominator.bit_length())
            self.spent.bits += bits
            if bits > MAX_BITS:
                raise self.fault(f"this number is too large: the limit is {MAX_BITS:,} bits", node, env)
            if self.spent.bits > MAX_TOTAL:
                raise self.fault(f"these sizes are too large: the limit is {MAX_TOTAL:,} bits together", node, env)

    # calls

    def _call(self, node: tree.Call, env: Env) -> Any:
        name = node.name
        value = env.find(name)
        if value is not None:
            if isinstance(value, Net) and isinstance(value.node, tree.Name) and value.node.name in CATALOGUE:
                return Net(tree.Call(node.start, node.end, node.args, value.node.name), env)
            raise self.fault(f"'{name}' is {kind(value)} and takes no arguments", node, env)
        definition = env.frame.home.definitions.get(name)
        if definition is not None:
            return self.use(definition, node, node.args, env)
        if name in FUNCTIONS:
            return 1 if self.dry else self._function(node, env)
        if name in CATALOGUE or name in STRUCTURES:
            return Net(node, env)
        if name in MEASURES:
            return 1 if self.dry else self.quantity(node, env)
        if name in QUESTIONS:
            return Quote() if self.dry else self._latex(node, env)
        if (published := env.frame.home.published(name)) is not None:
            return self.use(published, node, node.args, env)
        raise self.unknown(name, node, env)

    def quantity(self, node: tree.Call, env: Env) -> Any:
        raise NotImplementedError("asked of networks, in trace.py")

    def _latex(self, node: tree.Call, env: Env) -> Quote:
        """A number or a shape as LaTeX: latex(params(net)); other questions of networks are answered before."""
        if node.name != "latex":
            raise self.fault(f"{node.name}(…) stands on a line of its own", node, env)
        if len(node.args) != 1 or isinstance(node.args[0], (tree.Keyword, tree.Series)):
            raise self.fault("latex takes one number: latex(params(net))", node, env)
        value = self.as_network(node.args[0], env)
        other = _not_a_size(value)
        if other is None:
            return Quote(latex(value, list(self.met)))
        hint = f"ask for a quantity: latex(params({tree.text(node.args[0])}))" if isinstance(value, Net) else ""
        raise self.fault(f"latex takes a number or a shape, not {kind(other)}", node.args[0], env, hint)

    def unknown(self, name: str, node: tree.Node, env: Env, arrived: bool = False) -> NetError:
        """The error for a word that should be a layer and is none; what has not `arrived` may be an input."""
        place = Span(node.start, node.start + len(name)) if isinstance(node, tree.Call) else node.span
        called = isinstance(node, tree.Call)
        known = [*CATALOGUE, *STRUCTURES, *env.frame.home.definitions, *(MEASURES if called else ())]
        foreign = instead(name, called=True)
        hints = (
            foreign,
            name in FLAGS and f"'{name}' is a flag: {flag_in_place(name)}",
            (name in env.frame.home.towers or env.labels.find(name) is not None) and f"write @{name}",
            name in MEASURES and f"a quantity is asked of a network: {name}(net)",
            SIZES.fullmatch(name) and f"write ({','.join(name.split('x'))})",
            name in files() and f"{name} is a file of the library with {listed(stated(name), 'and')}",
            (homes := defining(name)) and f"the library defines it: use {listed(homes)}",
            did_you_mean(name, known) or did_you_mean(name, published()),
            "." in name and "names have no dots",
            not called and not arrived and f"write ({name}) for an input of {name} features",
            not called and f"define it on a line of its own: {name} = …",
        )
        message = f"there is no layer called '{name}'" + (", the name of another framework" if instead(name) else "")
        hint = next((hint for hint in hints if isinstance(hint, str) and hint), "")
        return NetError(message, place, hint=hint, source=env.frame.source)

    def _function(self, node: tree.Call, env: Env) -> Size:
        low, high, _ = FUNCTIONS[node.name]
        if node.name == "sum":
            return self._series(node, env)
        args = []
        for arg in node.args:
            if isinstance(arg, (tree.Keyword, tree.Series)):
                raise self.fault(f"{node.name} takes numbers", arg, env)
            if node.name in ("floor", "ceil") and isinstance(arg, tree.Call) and arg.name in ("log2", "sqrt"):
                return self._rounded_root(node, arg, env)
            args.append(self.number(arg, env))
        if not low <= len(args) <= (high or len(args)):
            count = f"{low}" if low == high else f"{low} or more"
            raise self.fault(f"{node.name} takes {count} number{'s' * (count != '1')}, not {len(args)}", node, env)
        if node.name in ("log2", "sqrt"):
            return self._root(node, args[0], env)
        if node.name in ("floor", "ceil", "round") or node.name == "round_to":
            return self._rounded(node, args, env)
        return apply(node.name, *args)

    def _rounded(self, node: tree.Call, args: list[Size], env: Env) -> Size:
        size = self._nearest_whole(node, args, env)
        if size != args[0]:
            self.rounded |= {sym.name for sym in symbols(size)}
        elif isinstance(size, Poly):
            parts = list(tree.walk(node.args[0]))
            divided = any(isinstance(part, tree.Product) and {"/", "//"} & {*part.operators} for part in parts)
            handed = any(isinstance(part, tree.Name) and env.find(part.name) is not None for part in parts)
            if handed and not divided:  # by a call, where a fraction could stand
                self.unrounded |= {sym.name for sym in symbols(size)}
        return size

    def _nearest_whole(self, node: tree.Call, args: list[Size], env: Env) -> Size:
        if node.name == "round_to":
            if not isinstance(args[1], Poly) and args[1] <= 0:
                raise self.fault("round_to takes a step above 0", node.args[1], env)
            self._require_positive(args[1], node.args[1], env, "the step")
            return round_to(args[0], args[1])
        if node.name == "floor":
            return floor(args[0])
        return ceiling(args[0]) if node.name == "ceil" else floor(args[0] + Fraction(1, 2))

    def _root(self, node: tree.Call, argument: Size, env: Env) -> Size:
        """log2 or sqrt where it is exact, of a power of two or a square in symbols too."""
        if isinstance(argument, Poly):
            exact = _exact_root(node.name, argument)
        else:
            exact = self._root_below(node, argument, env)
            if isinstance(argument, Fraction) and node.name == "sqrt":
                exact = Fraction(isqrt(argument.numerator), isqrt(argument.denominator))
            if (Fraction(2) ** exact if node.name == "log2" else exact * exact) != argument:
                exact = None
        if exact is None:
            raise self.fault(
                f"{node.name}({self.show(argument)}) is not exact", node, env, f"write floor({tree.text(node)})"
            )
        return exact

    def _rounded_root(self, node: tree.Call, inner: tree.Call, env: Env) -> Size:
        """floor or ceil of log2 or sqrt."""
        if len(inner.args) != 1:
            return self._function(inner, env)
        argument = self.number(inner.args[0], env)
        if isinstance(argument, Poly):
            exact = _exact_root(inner.name, argument)
            if exact is None and node.name == "ceil":
                raise self.fault(f"ceil({inner.name}(…)) of a symbol has no closed form", node, env)
            if inner.name == "log2":
                self._require_positive(argument, inner.args[0], env, "what log2 takes,")
            else:
                least = at_least(floor(argument), 0, f"sqrt takes no negative number, and {self.show(argument)} is one")
                self.require(least, inner.args[0], env, "sqrt")
            return apply(inner.name, argument) if exact is None else exact
        low = self._root_below(inner, argument, env)
        exactly = (Fraction(2) ** low if inner.name == "log2" else low * low) == argument
        result: Size = low if exactly or node.name == "floor" else low + 1
        return result

    def _root_below(self, node: tree.Call, argument: int | Fraction, env: Env) -> Any:
        try:
            return apply(node.name, argument)
        except ValueError as error:
            raise self.fault(str(error), node, env) from None

    def _series(self, node: tree.Call, env: Env) -> Size:
        if len(node.args) != 1 or not isinstance(node.args[0], tree.Series):
            raise self.fault("sum is written sum(expression for i in a..b)", node, env)
        series = node.args[0]
        ends = self.symbolic_range(series.binding, env)
        if ends is not None:
            first, count = ends
            self.require(at_least(count, 0, "the range has {a} values"), node, env, tree.text(series.binding))
            return self._symbolic_sum(series, first, count, env)
        values = []
        for names in self.indices(series.binding, env):
            values.append(self.number(series.body, env.with_names(names)))
        return poly.total(values)

    def _symbolic_sum(self, series: tree.Series, first: Size, count: Size, env: Env) -> Size:
        """A sum of so many terms. Its index has a name of its own: i2 where a size in it has a symbol i."""
        (name,) = series.binding.names
        low = bounds(first)[0]
        begin = 0 if low is None else first  # without a least value the index counts the terms
        known, around = len(self.needs), self.around
        outside = [first, count, *self.given.values()]
        taken = around | self.met.keys() | {sym.name for size in outside for sym in symbols(size)}
        for own in (name, *(f"{name}{n}" for n in range(2, 99))):
            if own in taken:
                continue
            index = poly.Sym(own, int(-(-(low or 0) // 1)), top=begin + count - 1)
            self.around = around | {own}
            try:
                body = self.number(series.body, env.with_names({name: poly.atom(index) + first - begin}))
            finally:
                self.around = around
            if own not in self.met:  # in what a name in the body stands for
                break
            del self.needs[known:]
        for need, _ in self.needs[known:]:
            if index in symbols(need.a) | symbols(need.b):
                raise self.fault(f"a term of this sum may fail: {self.told(need)}", series, env)
        for factor in factors(body, index):
            self.require(at_least(factor, 2, FACTOR), series, env, tree.text(series))
        return summed(body, index, begin, begin + count - 1)

    def symbolic_range(self, binding: tree.Binding, env: Env) -> tuple[Size, Size] | None:
        """(first, count) of a range whose ends are not both numbers."""
        if not isinstance(binding.range, tree.Range) or binding.range.step is not None or len(binding.names) != 1:
            return None
        first, last = (self.whole(end, env, "the bound") for end in (binding.range.first, binding.range.last))
        if not isinstance(first, Poly) and not isinstance(last, Poly):
            return None
        if reserved(binding.names[0]) and not env.frame.home.library:
            raise self.fault(f"'{binding.names[0]}' is a word of the catalogue and cannot be an index", binding, env)
        return first, last - first + 1

    def indices(self, binding: tree.Binding, env: Env, moving: bool = False) -> list[dict[str, Any]]:
        """The names that a `for` binds, for each of its values; `moving` ones may begin at a symbol: n-2..n."""
        for name in binding.names:
            if reserved(name) and not env.frame.home.library:
                raise self.fault(f"'{name}' is a word of the catalogue and cannot be an index", binding, env)
        items: Iterable[Any]
        if isinstance(binding.range, tree.Range):
            bounds = [binding.range.first, binding.range.last, *([binding.range.step] if binding.range.step else [])]
            numbers = [self.number(part, env) for part in bounds]
            begin: Size = 0
            if moving and isinstance(numbers[0], Poly) and not isinstance(numbers[1] - numbers[0], Poly):
                begin, numbers[:2] = numbers[0], [0, numbers[1] - numbers[0]]
            for part, number in zip(bounds, numbers, strict=True):
                if isinstance(number, Poly):
                    raise self.fault("a range with a step, or of tuples, has numbers as its bounds", part, env)
                if isinstance(number, Fraction):
                    raise self.fault(f"the bound {number} is not whole", part, env)
            first, last, step = (*(n for n in numbers if isinstance(n, int)), 1)[:3]
            items, count = self.stepped(binding.range, first, last, step, env)
            if count < 0:
                said = f"{self.show(begin + first)}..{self.show(begin + last)}"
                raise self.fault(f"the range {said} has a negative number of values", binding, env)
            if count > MAX_COPIES:
                raise self.fault(f"{count:,} copies are too many: the limit is {MAX_COPIES:,}", binding, env)
            self.spend(count, binding, env)
            items = [begin + n for n in items]
        else:
            assert isinstance(binding.range, tree.Choices)
            items = [
                tuple(self.handed(part, env) for part in item.items)
                if isinstance(item, tree.Shape)
                else self.handed(item, env)
                for item in binding.range.items
            ]
        return [self._bound(binding, item, env) for item in items]

    def stepped(self, node: tree.Range, first: int, last: int, step: int, env: Env) -> tuple[Sequence[int], int]:
        """The numbers of a range, and how many they are (less than 0 where the last is before the first)."""
        if node.times and node.times != "*":
            raise self.fault("a step is a number, or a factor: step 8, step *2", node.step or node, env)
        if step < (2 if node.times else 1):
            least = "a factor is at least 2" if node.times else "the step is at least 1"
            raise self.fault(least, node.step or node, env)
        if not node.times:
            return range(first, last + 1, step), (last - first) // step + 1
        if first < 1:
            raise self.fault("a range with a factor begins above 0", node.first, env)
        numbers = [first]
        while numbers[-1] * step <= last:
            numbers.append(numbers[-1] * step)
        return numbers if first <= last else [], len(numbers) if first <= last else min(last - first + 1, 0)

    def _bound(self, binding: tree.Binding, item: Any, env: Env) -> dict[str, Any]:
        if len(binding.names) == 1:
            return {binding.names[0]: item}
        if not isinstance(item, tuple) or len(item) != len(binding.names):
            raise self.fault(
                f"each value must be a tuple of {len(binding.names)}: ({', '.join(binding.names)})", binding, env
            )
        return dict(zip(binding.names, item, strict=True))

    # shapes and the rest

    def _group(self, node: tree.Group, env: Env) -> Any:
        return Net(node, env) if isinstance(node.body, tree.Label) else self.value(node.body, env)

    def _shape(self, node: tree.Shape, env: Env) -> tuple[Any, ...]:
        return tuple(self.value(item, env) for item in node.items)

    def _dots(self, node: tree.Dots, env: Env) -> Any:
        raise self.fault("'...' stands for any leading axes, and only in a pattern", node, env)

    def _given(self, node: tree.Given, env: Env) -> Any:
        raise NotImplementedError("asked of networks, in trace.py")

    def _misplaced(self, node: tree.Node, env: Env) -> Any:
        hint = "copies are written [block for i in 1..3], a sum is sum(2*i for i in 1..3)"
        hint = hint if isinstance(node, tree.Series) else ""
        raise self.fault("this cannot stand here", node, env, hint)

    def network(self, node: tree.Node, env: Env) -> Net:
        return Net(node, env)


def operands(node: tree.Node) -> tuple[tree.Node, ...]:
    """What a phrase adds, multiplies or puts numbers in, where any of that may be a network; else the phrase itself."""
    if type(node) in (tree.Sum, tree.Product):
        return tuple(part for operand in node.operands for part in operands(operand))  # type: ignore[attr-defined]
    if type(node) in (tree.Group, tree.Given) and not isinstance(node.body, tree.Label):  # type: ignore[attr-defined]
        return operands(node.body)  # type: ignore[attr-defined]
    return (node,)


# What may be a network or a number, by what it is used for.
_JOINED = frozenset({tree.Sum, tree.Product, tree.Group, tree.Given})
_OPEN = _JOINED | {tree.Name, tree.Call}


def _exact_root(name: str, argument: Poly) -> Size | None:
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


def _not_a_size(value: Any) -> Any:
    """The first part of a value that is no number, a shape's or its branches'; None where there is none."""
    if isinstance(value, tuple):
        return next((other for part in value if (other := _not_a_size(part)) is not None), None)
    return None if is_number(value) else value


def _tight(node: tree.Node) -> str:
    """A node's text as short as people write it."""
    return re.sub(r" (->|\||[-+*%]|//?) ", r"\1", tree.text(node))


def _repeated(node: tree.Product, at: int) -> str:
    """block*(6/2), for what was written as block*6/2."""
    operands = [part for i, part in enumerate(node.operands) if i != at]
    operators = [sign for i, sign in enumerate(node.operators) if i != max(at - 1, 0)]
    if at == 0 and node.operators[0] != "*":
        operands, operators = [tree.Name(0, 0, "n"), *operands], node.operators
    return f"{_tight(node.operands[at])}*({_tight(tree.Product(0, 0, operands, operators))})"


def _counted(node: tree.Sum, values: list[Any]) -> str:
    """The hint for a network plus or less a number: block*(n-1), for what was written as block*n-1."""
    for i, operator in enumerate(node.operators):
        before, number = node.operands[i], node.operands[i + 1]
        if is_number(values[i + 1]) and isinstance(before, tree.Product) and isinstance(values[i], Net):
            count = tree.Sum(0, 0, [*before.operands[1:], number], [operator])
            if len(count.operands) == 2:
                return f"write {_tight(before.operands[0])}*({_tight(count)})"
    return "a number repeats a network: block * 3; the sum with its input is block + id"


def call_hint(definition: tree.Define) -> str:
    """The hint that shows the call of a definition, if there is something to give."""
    return f"the call is {_call_of(definition)}" if definition.params else ""


def _call_of(definition: tree.Define) -> str:
    params = ", ".join(n if d is None else f"{n}={tree.text(d)}" for n, d in definition.params or [])
    return f"{definition.name}({params})"


Value = Callable[[Evaluator, Any, Env], Any]
_VALUE: dict[type[tree.Node], Value] = {
    tree.Number: lambda e, n, env: n.value,
    tree.Suffixed: Evaluator._suffixed,
    tree.Window: lambda e, n, env: n.sizes,
    tree.Text: lambda e, n, env: Quote(n.text),
    tree.Name: Evaluator.name,
    tree.Reference: Evaluator.network,
    tree.Dots: Evaluator._dots,
    tree.Call: Evaluator._call,
    tree.Group: Evaluator._group,
    tree.Shape: Evaluator._shape,
    tree.Given: lambda e, n, env: e._given(n, env),
    tree.Listing: Evaluator.network,
    tree.Negative: Evaluator._negative,
    tree.Power: Evaluator._power,
    tree.Product: Evaluator._product,
    tree.Sum: Evaluator._sum,
    tree.Concat: Evaluator.network,
    tree.Label: Evaluator.network,
    tree.Chain: Evaluator.network,
    tree.Keyword: Evaluator._misplaced,
    tree.Series: Evaluator._misplaced,
}

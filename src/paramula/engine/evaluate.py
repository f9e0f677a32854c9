"""What an expression says: numbers, shapes and names. Networks are only named here; `trace.py` runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..algebra import poly
from ..algebra.conditions import follows
from ..algebra.needs import Need, settled, whole_need
from ..algebra.poly import MAX_BITS, Poly, Size
from ..algebra.substitution import numbers, symbols
from ..algebra.work import WORK
from ..errors import NetError, Span, listed
from ..language import tree
from ..layers import CATALOGUE
from ..layers.foreign import instead
from ..layers.words import FLAGS, FUNCTIONS, MEASURES, QUESTIONS, STRUCTURES, reserved
from .arithmetic import _JOINED, _OPEN, added, multiplied, negative, raised, suffixed
from .definitions import use
from .function_calls import function_called, latex_of_number
from .program import Program
from .unknown_names import unknown
from .values import SIZES, Bare, Env, Frame, Labels, Later, Net, Quote, Word, is_number, kind, operands

MAX_STEPS = 200_000  # copies and terms of sums in a whole program
SMALL = 2**60  # numbers below need no closer look
MAX_TOTAL = 4_000_000  # bits of the large numbers of a whole program
MAX_NESTING = 150  # networks within networks, definitions within definitions
MAX_SHOWN = 120  # characters of a size in a message


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
            value = use(self, definition, node, [], env)
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
            return use(self, definition, node, node.args, env)
        if name in FUNCTIONS:
            return 1 if self.dry else function_called(self, node, env)
        if name in CATALOGUE or name in STRUCTURES:
            return Net(node, env)
        if name in MEASURES:
            return 1 if self.dry else self.quantity(node, env)
        if name in QUESTIONS:
            return Quote() if self.dry else latex_of_number(self, node, env)
        if (published := env.frame.home.published(name)) is not None:
            return use(self, published, node, node.args, env)
        raise unknown(self, name, node, env)

    def quantity(self, node: tree.Call, env: Env) -> Any:
        raise NotImplementedError("asked of networks, in trace.py")

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


Value = Callable[[Evaluator, Any, Env], Any]
_VALUE: dict[type[tree.Node], Value] = {
    tree.Number: lambda e, n, env: n.value,
    tree.Suffixed: suffixed,
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
    tree.Negative: negative,
    tree.Power: raised,
    tree.Product: multiplied,
    tree.Sum: added,
    tree.Concat: Evaluator.network,
    tree.Label: Evaluator.network,
    tree.Chain: Evaluator.network,
    tree.Keyword: Evaluator._misplaced,
    tree.Series: Evaluator._misplaced,
}

"""From tree and incoming shape to a traced network: the one room that sees both the language and the layers.

A traced network is a flat list of operations in the order in which they run, and a list of rows in the order in which
they are read. Whatever is asked of a network (`quantities.py`) is asked of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from .algebra import poly
from .algebra.conditions import Need, at_least, equal, settled, whole_need
from .algebra.poly import Poly, Size
from .bind import Bound, activation, bound, fitted, usage
from .errors import NetError, Span
from .evaluate import JOINS, MAX_COPIES, Evaluator, Program, _Deep, reserved, tower
from .language import tree
from .layers.facts import CATALOGUE, Facts, Layer, Misfit, Weight
from .values import Env, Frame, Labels, Net, Use, Word, is_number, kind

Shape = tuple[Any, ...]

INPUTS = {"image": "HWC", "sequence": "TC", "tokens": "T", "features": "n", "volume": "DHWC"}


class Tensor:
    """What flows between operations: a shape, and the operation that gave it out (None: an input)."""

    __slots__ = ("maker", "parts", "shape")

    def __init__(self, shape: Shape, maker: Op | None = None, parts: tuple[Tensor, ...] = ()) -> None:
        self.shape = shape
        self.maker = maker
        self.parts = parts  # the several outputs of a fork


class Op:
    """One operation as it runs: its facts, what comes in, what goes out, and how often.

    `copies` is how many sets of weights it stands for (0 where they were counted before), `times` how often it runs and
    `active` how many of the sets one token meets; `inner` is an expert's own traced operations.
    """

    __slots__ = ("active", "copies", "facts", "inputs", "kind", "out", "path", "times")

    def __init__(self, kind: str, path: str, facts: Facts, inputs: tuple[Tensor, ...]) -> None:
        self.kind = kind
        self.path = path
        self.facts = facts
        self.inputs = inputs
        self.copies: Size = 1
        self.times: Size = 1
        self.active: Size = 1
        self.out = Tensor(facts.shape, self)


class Row:
    """A line of the report: a call as written, what it gave out, its operations.

    A group has the rows below it up to `end`, its `parts` are where each copy of a repeat or branch of a join begins.
    """

    __slots__ = ("call", "end", "group", "kind", "level", "ops", "parts", "path", "shape", "shared")

    def __init__(self, kind: str, path: str, call: str, level: int, group: bool) -> None:
        self.kind = kind
        self.path = path
        self.call = call
        self.level = level
        self.group = group
        self.ops: list[Op] = []
        self.shape: Any = ()
        self.shared = False
        self.end = 0
        self.parts: list[tuple[int, str]] = []


class Traced:
    """A network run through once: operations, rows, inputs, conditions, and what was assumed."""

    __slots__ = ("assumed", "inputs", "met", "needs", "ops", "out", "rows")

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.rows: list[Row] = []
        self.inputs: list[Tensor] = []
        self.out = Tensor(())
        self.needs: list[tuple[Need, str]] = []
        self.assumed: list[str] = []
        self.met: dict[str, Poly] = {}


class _Opens(Exception):
    """The first layer that decides what comes in where nothing was declared."""

    def __init__(self, shape: Shape | None, names: str = "") -> None:
        super().__init__()
        self.shape = shape
        self.names = names


class Tracer(Evaluator):
    """Runs networks through the layers of the catalogue."""

    def __init__(self, program: Program, given: dict[str, Size]) -> None:
        super().__init__(program, given)
        self.start()

    def start(self) -> None:
        self.traced = Traced()
        self.traced.needs = self.needs = []
        self.traced.met = self.met
        self.paths: list[str] = []
        self.used: list[dict[str, int]] = [{}]
        self.groups: list[Row] = []
        self.owner: tuple[Any, ...] = ()  # what tells weights apart: the shared use they belong to, then the path
        self.weights: dict[Any, Shape] = {}
        self.memo: dict[Any, Facts] = {}
        self.shared_places: dict[Any, int] = {}
        self.towers: dict[str, Tensor] = {}
        self.rising: list[str] = []
        self.times: Size = 1
        self.copies: Size = 1
        self.active: Size = 1
        self.given_input: Tensor | None = None

    def run(self, net: Net) -> Traced:
        """The network traced from its input: the one it declares, or the one its first layer takes."""
        opened: _Opens | None = None
        while True:
            self.start()
            self.assume()
            x = None
            if opened is not None:
                x = Tensor(opened.shape or self._opened_shape(opened.names))
                for size in x.shape:
                    self.met.update({s.name: poly.atom(s) for s in poly.symbols(size) if s.name not in self.met})
                self.traced.inputs.append(x)
            try:
                self.traced.out = self.trace(net, x) or self._undecided()
            except _Opens as opens:
                opened = opens
                continue
            if opened is not None and opened.shape is None:
                self.traced.assumed.insert(0, f"the input is {self.show(self._opened_shape(opened.names))}")
            return self.traced

    def _opened_shape(self, names: str) -> Shape:
        return tuple(self.symbol(self._input_name(name)) for name in names)

    def _undecided(self) -> Tensor:
        raise _Opens(None, INPUTS["image"])

    def _input_name(self, name: str) -> str:
        while name in self.program.words:
            name += "_in"
        return name

    # assumptions

    def assume(self) -> None:
        """Takes the program's assumptions: what they say of symbols, and what else they say."""
        self.known.clear()
        self.taken.clear()
        for statement in self.program.root.statements:
            if isinstance(statement, tree.Assume):
                for claim in statement.claims:
                    self._assume(claim)
        self.met.clear()

    def _assume(self, claim: tree.Claim) -> None:
        for left, operator, right in zip(claim.operands, claim.operators, claim.operands[1:], strict=False):
            remainder = self._remainder_claim(left, operator, right)
            if remainder is not None:
                a, m, r = remainder
                self._take_remainder(claim, a, m, r)
            else:
                self._take(claim, self.number(left, self.top), operator, self.number(right, self.top))
        text = tree.text(claim)
        if text not in self.traced.assumed:
            self.traced.assumed.append(text)

    def _remainder_claim(self, left: tree.Node, operator: str, right: tree.Node) -> tuple[Size, Size, Size] | None:
        if operator != "==" or not isinstance(left, tree.Product) or left.operators[-1] != "%":
            return None
        front = left.operands[:-1]
        a_node = front[0] if len(front) == 1 else tree.Product(left.start, left.end, front, left.operators[:-1])
        return self.number(a_node, self.top), self.number(left.operands[-1], self.top), self.number(right, self.top)

    def _broken(self, claim: tree.Claim) -> NetError:
        return self.fault(f"the assumption {tree.text(claim)} does not hold", claim, self.top)

    def _take_remainder(self, claim: tree.Claim, a: Size, m: Size, r: Size) -> None:
        if not isinstance(m, Poly) and m <= 0:
            raise self.fault("a remainder is taken of a divisor above 0", claim, self.top)
        if all(isinstance(v, (int, Fraction)) for v in (a, m, r)):
            if a % m != r:  # type: ignore[operator]
                raise self._broken(claim)
            return
        line = poly.Poly(a.terms) if isinstance(a, Poly) else None
        if line is not None and isinstance(m, int) and isinstance(r, int) and self._know_remainder(claim, line, m, r):
            return
        self.taken.append(Need("%", a - r, m, ""))

    def _know_remainder(self, claim: tree.Claim, a: Poly, m: int, r: int) -> bool:
        """a·x + b leaves r when divided by m: what that says of x itself."""
        syms = poly.symbols(a)
        if len(syms) != 1 or len(a.terms) > 2:
            return False
        (sym,) = syms
        slope = a.terms.get(frozenset([(sym, 1)]), 0)
        number = a - slope * poly.atom(sym)
        if not isinstance(slope, int) or not slope or not isinstance(number, int):
            return False
        known = self.known.setdefault(sym.name, {})
        before, residue = known.get("modulus", 1), known.get("residue", 0)
        period = poly.lcm(before, m)
        if period > 100_000:
            return False
        fits = [x for x in range(residue, period, before) if (slope * x + number - r) % m == 0]
        if not fits:
            raise self._broken(claim)
        step = period // len(fits)
        if fits != list(range(fits[0], period, step)):
            return False
        known["modulus"], known["residue"] = step, fits[0] % step
        self.met.pop(sym.name, None)
        return True

    def _take(self, claim: tree.Claim, a: Size, operator: str, b: Size) -> None:
        if operator in ("<", "<="):
            a, b, operator = b, a, {"<": ">", "<=": ">="}[operator]
        if operator == ">":
            b, operator = b + 1, ">="
        if operator == "!=":
            if a == b:
                raise self._broken(claim)
            return
        need = Need(operator, a, b, "")
        holds = settled(need)
        if holds is False:
            raise self._broken(claim)
        if holds:
            return
        if operator == ">=":
            self._know_bound(a, b)
            self.taken.append(need)
        elif isinstance(a, Poly) or isinstance(b, Poly):
            if not self._know_value(a, b) and not self._know_value(b, a):
                self.taken.append(need)

    def _know_bound(self, a: Size, b: Size) -> None:
        for size, bound_, least in ((a, b, True), (b, a, False)):
            sym = _lone(size)
            if sym is not None and isinstance(bound_, (int, Fraction)):
                known = self.known.setdefault(sym.name, {})
                if least:
                    known["least"] = max(known.get("least", 1), int(poly.ceiling(bound_)))  # type: ignore[arg-type]
                else:
                    known["most"] = min(known.get("most", int(bound_)), int(bound_ // 1))
                self.met.pop(sym.name, None)

    def _know_value(self, a: Size, b: Size) -> bool:
        sym = _lone(a)
        if sym is None or sym.name in {s.name for s in poly.symbols(b)}:
            return False
        self.given = {**self.given, sym.name: b}
        self.met.pop(sym.name, None)
        return True

    # networks

    def trace(self, net: Net, x: Tensor | None) -> Tensor | None:
        """What a network gives out for what comes in. None in: nothing has arrived yet, and it decides what may."""
        node, env, use = net
        self.deeper(node, env)
        try:
            if use is not None:
                return self._used(net, use, x)
            return _TRACE[type(node)](self, node, env, x)
        finally:
            self.level -= 1

    def _used(self, net: Net, use: Use, x: Tensor | None) -> Tensor | None:
        """A definition at a place where it is used: a group of its own, and its own weights unless it is shared."""
        body = Net(net.node, net.env)
        if activation(body):
            return self.trace(body, x)
        env = net.env
        row = self._enter(use.node, use.name, env)
        owner, paths = self.owner, self.paths
        if use.shared is not None:
            self.owner, self.paths = use.shared, []
            row.shared = use.shared in self.weights
            self.weights[use.shared] = ()
        try:
            out = self.trace(body, x)
        finally:
            self.owner, self.paths = owner, paths
            self._leave()
        if out is not None:
            row.shape = out.shape
        return out

    def _chain(self, node: tree.Chain, env: Env, x: Tensor | None) -> Tensor | None:
        for i, step in enumerate(node.steps):
            if x is not None and x.parts and not isinstance(step, (tree.Shape, tree.Group)):
                raise self.fault("fork ends a chain: nothing can follow it", step, env)
            x, env = self._step(step, env, x, i == 0)
        return x

    def _step(self, node: tree.Node, env: Env, x: Tensor | None, head: bool) -> tuple[Tensor | None, Env]:
        """One step of a chain; a pattern among them gives names that hold until its end."""
        if isinstance(node, tree.Shape) or (isinstance(node, tree.Group) and isinstance(node.body, tree.Name)):
            items = node.items if isinstance(node, tree.Shape) else [node.body]
            if isinstance(node, tree.Shape) or not self._is_network(node.body, env):
                return self._shape_step(node, items, env, x)
        elif isinstance(node, tree.Call) and node.name == "input":
            return self._shape_step(node, node.args, env, x)
        elif isinstance(node, tree.Reference) and x is not None and not head:
            raise self.fault(
                f"@{node.name} would drop what comes in", node, env, f"concat(id, @{node.name}) or id + @{node.name} keeps both"
            )
        return self._plain_step(node, env, x), env

    def _is_network(self, node: tree.Node, env: Env) -> bool:
        assert isinstance(node, tree.Name)
        if node.name == "_" or not self.defined(node.name, env):
            return False
        return not is_number(self.value(node, env))

    def _plain_step(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        while isinstance(node, tree.Group) and isinstance(node.body, tree.Label):
            node = node.body
        if isinstance(node, tree.Label):
            out = self._plain_step(node.body, env, x)
            if out is None:
                raise _Opens(None, INPUTS["image"])
            self._name_tensor(node, env, out)
            return out
        if isinstance(node, tree.Name) and not self.defined(node.name, env) and node.name not in self.given:
            raise self.unknown(node.name, node, env)
        value = self.value(node, env)
        if isinstance(value, Net):
            if value.node is node and type(node) is tree.Name and node.name not in CATALOGUE and node.name not in ("id",):
                raise self.fault(f"'{node.name}' takes a network: {node.name}(…)", node, env)
            return self.trace(value, x)
        if is_number(value) or isinstance(value, tuple):
            sizes = value if isinstance(value, tuple) else (value,)
            return self._as_shape(sizes, node, env, x)
        hint = f"flags stand inside a call: conv(3x3, 32, {value})" if isinstance(value, Word) else ""
        raise self.fault(f"a layer must stand here, but this is {kind(value)}", node, env, hint)

    def _name_tensor(self, node: tree.Label, env: Env, out: Tensor) -> None:
        if env.labels.find(node.name) is not None:
            raise self.fault(f"the label '{node.name}' is used twice", node, env)
        if node.name in self.program.towers:
            raise self.fault(f"'{node.name}' is the name of a tower already", node, env)
        if reserved(node.name):
            raise self.fault(f"'{node.name}' is a word of the catalogue and cannot be a label", node, env)
        env.labels.tensors[node.name] = out

    # shapes

    def _shape_step(self, node: tree.Node, items: list[tree.Node], env: Env, x: Tensor | None) -> tuple[Tensor, Env]:
        if x is not None and not x.parts:
            return x, self._matched(node, items, env, x)
        if x is not None:
            raise self.fault("fork ends a chain: nothing can follow it", node, env)
        return self._declared(tuple(self._input_size(item, env) for item in items), node, env), env

    def _input_size(self, item: tree.Node, env: Env) -> Size:
        value = self.value(item, env)
        if not is_number(value):
            raise self.fault(f"a shape is made of numbers, but this is {kind(value)}", item, env)
        return self._size(value, item, env)

    def _size(self, value: Size, node: tree.Node, env: Env) -> Size:
        if not isinstance(value, (Poly, Fraction)) and value < 1:
            raise self.fault(f"a size is at least 1, not {value}", node, env)
        self.check_size(value, node, env)
        self.require_whole(value, node, env, "the size")
        self.require(at_least(value, 1, "the size {a} is not at least 1"), node, env, tree.text(node))
        return value

    def _declared(self, shape: Shape, node: tree.Node, env: Env) -> Tensor:
        """The input. Inside a network whose input is still open, that network's input is this one."""
        if not shape:
            raise self.fault("a shape has at least one size", node, env)
        if len(shape) > 8:
            raise self.fault(f"a shape of {len(shape)} axes is too large: the limit is 8", node, env)
        if self.branching:
            raise _Opens(shape)
        x = Tensor(shape)
        self.traced.inputs.append(x)
        return x

    branching = 0  # joins around the place that is traced

    def _as_shape(self, sizes: tuple[Any, ...], node: tree.Node, env: Env, x: Tensor | None) -> Tensor:
        """A shape that is no pattern, such as 784 or 28x28x1: it declares the input, or must be equal to what comes in."""
        for value in sizes:
            if not is_number(value):
                raise self.fault(f"a shape is made of numbers, but this is {kind(value)}", node, env)
            self._size(value, node, env)
        if x is None:
            return self._declared(sizes, node, env)
        if len(sizes) != len(x.shape):
            raise self._unlike(node, sizes, env, x)
        for size, came in zip(sizes, x.shape, strict=True):
            self._must_equal(came, size, node, env, x)
        return x

    def _unlike(self, node: tree.Node, sizes: Iterable[Any], env: Env, x: Tensor) -> NetError:
        return self.fault(f"{tree.text(node)} stands here, but {self.show(x.shape)} comes in", node, env)

    def _must_equal(self, came: Size, size: Size, node: tree.Node, env: Env, x: Tensor) -> None:
        need = equal(came, size, f"{{b}} stands in this shape, but {{a}} comes in: {self.show(x.shape)}")
        self.require(need, node, env, tree.text(node))

    def _matched(self, node: tree.Node, items: list[tree.Node], env: Env, x: Tensor) -> Env:
        """What a pattern binds: its names hold the sizes that come in, the rest must be equal to them."""
        sizes = list(x.shape)
        if any(isinstance(item, tree.Dots) for item in items):
            if not isinstance(items[0], tree.Dots) or sum(isinstance(item, tree.Dots) for item in items) > 1:
                raise self.fault("'...' stands once, in front", node, env)
            items = items[1:]
            sizes = sizes[len(sizes) - len(items) :] if len(items) <= len(sizes) else sizes
        if len(items) != len(sizes):
            raise self._unlike(node, sizes, env, x)
        names: dict[str, Any] = {}
        for item, size in zip(items, sizes, strict=True):
            if isinstance(item, tree.Name) and item.name not in names:
                if item.name == "_":
                    continue
                self._check_pattern_name(item, env)
                names[item.name] = size
                continue
            inner = env.with_names(names)
            self._must_equal(size, self.number(item, inner), item, env, x)
        return env.with_names(names) if names else env

    def _check_pattern_name(self, item: tree.Name, env: Env) -> None:
        name = item.name
        if name in env.frame.params:
            raise self.fault(
                f"'{name}' is a parameter of this definition, and this pattern would hide it", item, env,
                f"name the size otherwise, or write ({name} + 0) to say that it is equal",
            )  # fmt: skip
        if reserved(name):
            raise self.fault(f"'{name}' is a word of the catalogue and cannot name a size", item, env)

    # layers

    def _layer(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        """A word of the catalogue, called or bare."""
        name = node.name  # type: ignore[attr-defined]
        if name == "id":
            return x
        structure = _STRUCTURE.get(name)
        if structure is not None:
            return structure(self, node, env, x)
        layer = CATALOGUE[name]
        call = bound(layer, node, env, self)
        if x is None:
            if not layer.opens:
                return None
            raise _Opens(None, self._opened(layer, call))
        if x.parts:
            raise self.fault("fork ends a chain: nothing can follow it", node, env)
        row = self._row(node, name, env)
        if name == "moe":
            out = self._experts(node, layer, call, env, x, row)
        else:
            facts = self._facts(layer, call, node, env, x)
            out = self._run(name, facts, (x,), node, env, row)
        for after in call.after:
            inner = after.node
            if isinstance(inner, tree.Name) and inner.name == "id":
                continue
            word = CATALOGUE[inner.name]  # type: ignore[attr-defined]
            flag = bound(word, inner, after.env, self)
            self.paths.append(word.name)
            out = self._run(word.name, self._facts(word, flag, inner, after.env, out), (out,), node, env, row)
            self.paths.pop()
        row.shape = out.shape
        self.paths.pop()
        return out

    def _opened(self, layer: Layer, call: Bound) -> str:
        """The axes of the input that an open network's first layer takes."""
        kind_ = layer.opens
        if kind_ == "image":
            for p in layer.params:
                value = call.values.get(p.name)
                if p.kind in ("Windows", "Steps", "Amounts", "Ratios", "Sides", "Padding"):
                    if value == "causal":
                        kind_ = "sequence"
                    elif isinstance(value, tuple) and len(value) in (1, 3):
                        kind_ = "sequence" if len(value) == 1 else "volume"
        return INPUTS[kind_]

    def _facts(self, layer: Layer, call: Bound, node: tree.Node, env: Env, x: Tensor) -> Facts:
        """What a layer states on this shape; the same question is asked only once."""
        simple = not any(p.kind in ("Network", "Tensor", "Table") for p in layer.params)
        key = (layer.name, tuple(call.values.items()), x.shape) if simple else None
        facts = self.memo.get(key) if key else None
        if facts is not None:
            return facts
        try:
            args = fitted(layer, call, x.shape, env, self)
            many = [p.name for p in layer.params if p.many]
            for p in layer.params:
                if p.name in args and p.kind in ("Network", "Tensor", "Table"):
                    args[p.name] = self._argument(p.kind, args[p.name], call.places[p.name], env, x)
            rest = args.pop(many[0]) if many else ()
            facts = layer.facts(x.shape, *rest, **args)
        except Misfit as misfit:
            hint = misfit.hint or ("" if layer.params else f"the call is {usage(layer)}")
            raise self.fault(f"{layer.name}: {misfit}; {self.show(x.shape)} comes in", node, env, hint) from None
        except ZeroDivisionError:
            raise self.fault(f"{layer.name}: this divides by zero; {self.show(x.shape)} comes in", node, env) from None
        self._settle(facts, layer.name, node, env, x)
        if key:
            self.memo[key] = facts
        return facts

    def _settle(self, facts: Facts, name: str, node: tree.Node, env: Env, x: Tensor) -> None:
        for need in facts.needs:
            if settled(need) is False:
                raise self.fault(f"{name}: {self.told(need)}; {self.show(x.shape)} comes in", node, env)
            self.require(need, node, env, self._call_text(node, env))
        for size in facts.shape:
            if type(size) is int:
                if size < 1:
                    raise self.fault(f"{name}: a size of {size} would come out; {self.show(x.shape)} comes in", node, env)
                if size.bit_length() > poly.MAX_BITS:
                    self.check_size(size, node, env)
            else:
                self.check_size(size, node, env)
                need = whole_need(size, f"{name}: a size that comes out is not whole: {{a}}/{{b}}")
                if need is not None:
                    self.require(need, node, env, self._call_text(node, env))

    def _argument(self, kind_: str, value: Any, place: tree.Node, env: Env, x: Tensor) -> Any:
        if kind_ == "Tensor":
            if not isinstance(value, Net) or not isinstance(value.node, tree.Reference):
                raise self.fault("a tensor is named here: over=@name", place, env)
            return self._reference(value.node, value.env, None).shape
        if kind_ == "Table":
            return self._table(place, env)[0]
        return _Inner(self, value, x, place, env)

    def _table(self, place: tree.Node, env: Env) -> tuple[Shape, tuple[Any, ...]]:
        """The rows and width of a shared embedding, and its key."""
        value = self.value(place, env) if isinstance(place, (tree.Name, tree.Call)) else None
        wrong = self.fault(
            "unembed takes the name of a shared embedding", place, env, "shared table = embed(V, d), then unembed(table)"
        )
        if not isinstance(value, Net) or value.use is None or value.use.shared is None:
            raise wrong
        node = value.node
        if not isinstance(node, tree.Call) or node.name != "embed":
            raise wrong
        call = bound(CATALOGUE["embed"], node, value.env, self)
        args = fitted(CATALOGUE["embed"], call, (1,), value.env, self)
        return (args["V"], args["d"]), value.use.shared

    def _run(
        self, kind_: str, facts: Facts, inputs: tuple[Tensor, ...], node: tree.Node, env: Env, row: Row
    ) -> Tensor:
        """One more operation of the network."""
        if len(self.traced.ops) >= MAX_COPIES:
            raise self.fault(f"the network is too large: the limit is {MAX_COPIES:,} layers", node, env)
        path = ".".join(self.paths)
        op = Op(kind_, path, facts, inputs)
        op.times, op.copies, op.active = self.times, self.copies, self.active
        if facts.weights:
            self._own(op, kind_, facts, node, env)
        row.ops.append(op)
        self.traced.ops.append(op)
        if facts.notes:
            text = f"{self._call_text(node, env)} flattens {self.show(inputs[0].shape)}"
            if text not in self.traced.assumed:
                self.traced.assumed.append(text)
        return op.out

    def _own(self, op: Op, kind_: str, facts: Facts, node: tree.Node, env: Env) -> None:
        """Counts an operation's weights once, however often they are used; other weights under their name are a fault."""
        key: tuple[Any, ...] = (self.owner, op.path)
        if kind_ == "unembed":
            place = next(a.value if isinstance(a, tree.Keyword) else a for a in node.args)  # type: ignore[attr-defined]
            key = (self._table(place, env)[1], "embed")
        elif self.owner:
            op.path = ".".join(filter(None, (str(self.owner[1]), op.path)))
        shapes = tuple(w.shape for w in facts.weights)
        before = self.weights.get(key)
        if before is None:
            self.weights[key] = shapes
            return
        op.copies = op.active = 0
        if before != shapes:
            for was, now, weight in zip(before, shapes, facts.weights, strict=False):
                for a, b in zip(was, now, strict=False):
                    need = equal(a, b, f"the shared weights have the {weight.name} {self.show(was)}, here it would be {self.show(now)}")
                    if settled(need) is False:
                        raise self.fault(self.told(need), node, env)
                    self.require(need, node, env, self._call_text(node, env))

    # rows and paths

    def _call_text(self, node: tree.Node, env: Env) -> str:
        text = env.frame.source.text[node.start : node.end]
        return " ".join(text.split())

    def _segment(self, name: str) -> None:
        """One level deeper in the paths: the name, and a number where the chain has it already."""
        used = self.used[-1]
        used[name] = used.get(name, 0) + 1
        self.paths = [*self.paths, name if used[name] == 1 else f"{name}{used[name]}"]

    def _row(self, node: tree.Node, name: str, env: Env, group: bool = False) -> Row:
        self._segment(name)
        row = Row(name, ".".join(self.paths), self._call_text(node, env), len(self.groups), group)
        self.traced.rows.append(row)
        return row

    def _enter(self, node: tree.Node, name: str, env: Env) -> Row:
        row = self._row(node, name, env, group=True)
        self.groups.append(row)
        self.used.append({})
        return row

    def _leave(self) -> None:
        self.groups.pop().end = len(self.traced.rows)
        self.used.pop()
        self.paths = self.paths[:-1]

    def _part(self, number: int, label: str = "") -> None:
        """A copy or a branch of the group that is open: a number in the paths, no row of its own."""
        self.groups[-1].parts.append((len(self.traced.rows), label))
        self._segment(str(number))
        self.used.append({})

    def _part_over(self) -> None:
        self.used.pop()
        self.paths = self.paths[:-1]

    # joins

    def _join(self, how: str, branches: list[tuple[tree.Node, Env]], node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        """Runs every branch on what comes in, and joins what they give out."""
        row = self._enter(node, how, env)
        outs: list[Tensor | None] = []
        self.branching += 1
        for branch, inner in branches:
            self._part(len(outs) + 1)
            outs.append(self._branch(branch, inner, x))
            self._part_over()
        self.branching -= 1
        try:
            if any(out is None for out in outs):
                if all(out is None for out in outs):
                    return None
                raise _Opens(None, INPUTS["image"])
            tensors: list[Tensor] = [out for out in outs if out is not None]
            if how == "fork":
                result = Tensor(tuple(t.shape for t in tensors), parts=tuple(tensors))
            else:
                for (branch, inner), tensor in zip(branches, tensors, strict=True):
                    if tensor.parts:
                        raise self.fault("fork ends a chain: its outputs cannot be joined", branch, inner)
                shape = self._joined_shape(how, [b for b, _ in branches], tensors, node, env)
                facts = self.memo.setdefault((how, shape), Facts(shape))
                result = self._run(how, facts, tuple(tensors), node, env, row)
        finally:
            self._leave()
        row.shape = result.shape
        return result

    def _branch(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        if isinstance(node, tree.Keyword):
            raise self.fault(f"there is no option '{node.name}' here", node, env)
        if isinstance(node, tree.Shape):
            return self._shape_step(node, node.items, env, x)[0]
        return self._plain_step(node, env, x)

    def _sum(self, node: tree.Sum, env: Env) -> Any:
        return super()._sum(node, env)

    def _add(self, node: tree.Sum, env: Env, x: Tensor | None) -> Tensor | None:
        return self._join("add", [(operand, env) for operand in node.operands], node, env, x)

    def _concat(self, node: tree.Concat, env: Env, x: Tensor | None) -> Tensor | None:
        return self._join("concat", [(branch, env) for branch in node.branches], node, env, x)

    def _called_join(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        how = node.name  # type: ignore[attr-defined]
        args = node.args if isinstance(node, tree.Call) else []
        branches = [arg for arg in args if not (isinstance(arg, tree.Keyword) and arg.name == "axis")]
        if how == "residual":
            if not 1 <= len(branches) <= 2:
                raise self.fault("residual takes a network, and a shortcut if it is not id", node, env)
            if len(branches) == 1:
                branches.append(tree.Name(node.start, node.end, "id"))
            return self._join("residual", [(b, env) for b in branches], node, env, x)
        if len(branches) < (1 if how == "fork" else 2):
            raise self.fault(f"{how} takes {'one or more' if how == 'fork' else 'two or more'} networks", node, env)
        if len(branches) < len(args) and how != "concat":
            raise self.fault(f"{how} has no option 'axis'", node, env)
        return self._join(how, [(b, env) for b in branches], node, env, x)

    def _joined_shape(self, how: str, nodes: list[tree.Node], tensors: list[Tensor], node: tree.Node, env: Env) -> Shape:
        shapes = [t.shape for t in tensors]
        if how == "concat":
            return self._concatenated(nodes, shapes, node, env)
        if how == "mul":
            shape = shapes[0]
            for other, branch in zip(shapes[1:], nodes[1:], strict=True):
                shape = self._broadcast(shape, other, nodes[0], branch, env)
            return shape
        shape = max(shapes, key=len)
        base = shapes.index(shape)
        for i, (other, branch) in enumerate(zip(shapes, nodes, strict=True)):
            if i == base:
                continue
            if len(other) == 1 and len(shape) > 1:
                self._agree(how, shape[-1:], other, shape, nodes[base], branch, env)
            elif len(other) != len(shape):
                raise self._disagree(how, shape, other, nodes[base], branch, env)
            else:
                self._agree(how, shape, other, shape, nodes[base], branch, env)
        return shape

    def _disagree(self, how: str, a: Shape, b: Shape, first: tree.Node, second: tree.Node, env: Env) -> NetError:
        hint = ""
        if how == "residual" and isinstance(second, tree.Name) and second.name == "id":
            second, hint = first, "residual(f, shortcut) takes a network that changes the shape alongside"
        return self.fault(
            f"{how}: the branches give {self.show(a)} and {self.show(b)}, which do not fit", second, env, hint, first.span
        )

    def _agree(
        self, how: str, a: Shape, b: Shape, shown: Shape, first: tree.Node, second: tree.Node, env: Env, skip: int = -1
    ) -> None:
        for i, (p, q) in enumerate(zip(a, b, strict=True)):
            if i == skip:
                continue
            need = equal(p, q, "")
            if settled(need) is False:
                raise self._disagree(how, shown, b, first, second, env)
            self.require(need, second, env, how)

    def _concatenated(self, nodes: list[tree.Node], shapes: list[Shape], node: tree.Node, env: Env) -> Shape:
        first = shapes[0]
        at = len(first) - 1
        if isinstance(node, tree.Call):
            for arg in node.args:
                if isinstance(arg, tree.Keyword):
                    number = self.number(arg.value, env)
                    if not isinstance(number, int) or not -len(first) <= number < len(first):
                        raise self.fault(f"there is no axis {self.show(number)} in {self.show(first)}", arg, env)
                    at = number % len(first)
        for other, branch in zip(shapes[1:], nodes[1:], strict=True):
            if len(other) != len(first):
                raise self._disagree("concat", first, other, nodes[0], branch, env)
            self._agree("concat", first, other, first, nodes[0], branch, env, skip=at)
        return (*first[:at], poly.total(s[at] for s in shapes), *first[at + 1 :])

    def _broadcast(self, a: Shape, b: Shape, first: tree.Node, second: tree.Node, env: Env) -> Shape:
        rank = max(len(a), len(b))
        wide_a, wide_b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
        out = []
        for p, q in zip(wide_a, wide_b, strict=True):
            if p == 1 or q == 1:
                out.append(q if p == 1 else p)
                continue
            need = equal(p, q, "")
            if settled(need) is False:
                raise self._disagree("mul", a, b, first, second, env)
            self.require(need, second, env, "mul")
            out.append(p)
        return tuple(out)

    # repetition

    def _repeat(self, node: tree.Product, env: Env, x: Tensor | None) -> Tensor | None:
        values = [self.value(operand, env) for operand in node.operands]
        at = next(i for i, v in enumerate(values) if isinstance(v, Net))
        count: Size = poly.product(v for i, v in enumerate(values) if i != at)
        if isinstance(count, Fraction):
            raise self.fault(f"the count is not whole: {count}", node, env)
        if isinstance(count, Poly):
            raise self.fault(
                f"a symbolic number of copies is not built yet: {self.show(count)}", node, env, "write the count as a number"
            )
        if count < 0:
            raise self.fault(f"a network is repeated a negative number of times: {count}", node, env)
        if count > MAX_COPIES:
            raise self.fault(f"{count:,} copies are too many: the limit is {MAX_COPIES:,} layers", node, env)
        body = node.operands[at]
        return self._copies(node, "repeat", [(body, env)] * count, env, x)

    def _copies(self, node: tree.Node, name: str, copies: list[tuple[tree.Node, Env]], env: Env, x: Tensor | None) -> Tensor | None:
        """Copies in a chain, each with weights and labels of its own."""
        row = self._enter(node, name, env)
        for i, (body, outer) in enumerate(copies):
            labels = Labels(outer.labels)
            self._part(i + 1, ", ".join(f"{n}={self.show(v)}" for n, v in outer.names.items()) if name == "list" else "")
            x = self._branch(body, outer.with_names({}, labels), x)
            outer.labels.inside |= labels.tensors.keys() | labels.inside
            self._part_over()
            if x is None and i == 0 and len(copies) > 1:
                break
        self._leave()
        if x is not None:
            row.shape = x.shape
        return x

    def _listing(self, node: tree.Listing, env: Env, x: Tensor | None) -> Tensor | None:
        indices = self.indices(node.binding, env)
        if node.around is None:
            return self._copies(node, "list", [(node.body, env.with_names(names)) for names in indices], env, x)
        inner: Any = self.value(node.around.value, env)
        if not isinstance(inner, Net):
            raise self.fault(f"'{node.around.name}' must be a network, but this is {kind(inner)}", node.around.value, env)
        for names in reversed(indices):
            inner = later(node.body, env.with_names({**names, node.around.name: inner}, Labels(env.labels)))
        row = self._enter(node, "list", env)
        out = self.trace(inner, x)
        self._leave()
        if out is not None:
            row.shape = out.shape
        return out

    # sharing, references, experts

    def _shared(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        args = node.args if isinstance(node, tree.Call) else []
        if len(args) != 1 or isinstance(args[0], tree.Keyword):
            raise self.fault("shared takes one network: shared(block) * 12", node, env)
        value = self.value(args[0], env)
        if not isinstance(value, Net):
            raise self.fault(f"shared takes a network, not {kind(value)}", args[0], env)
        place = (env.frame.key, node.start)
        number = self.shared_places.setdefault(place, len(self.shared_places) + 1)
        key = ("place", f"shared{number}" if number > 1 else "shared", place)
        return self.trace(Net(value.node, value.env, Use(node, "shared", key)), x)

    def _reference(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor:
        name = node.name  # type: ignore[attr-defined]
        tensor = env.labels.find(name)
        if tensor is not None:
            assert isinstance(tensor, Tensor)
            return tensor
        statement = self.program.towers.get(name)
        if statement is None:
            if env.labels.hidden(name):
                raise self.fault(f"the label '{name}' lives inside a repeat, which has one in every copy", node, env)
            from .errors import did_you_mean

            known = [*self.program.towers, *env.labels.tensors]
            hint = did_you_mean(name, known) or ("" if name not in self.program.definitions else f"'{name}' is a definition: write {name}")
            raise self.fault(f"there is no tensor labelled '{name}' before this place", node, env, hint)
        if name not in self.towers:
            self.towers[name] = self._risen(name, statement, node, env)
        return self.towers[name]

    def _risen(self, name: str, statement: tree.Line, node: tree.Node, env: Env) -> Tensor:
        """A tower, traced once from its own input."""
        if name in self.rising:
            raise self.fault(
                f"the tower '{name}' refers to itself", node, env,
                f"a label at the start of a statement names the whole chain; to name one step write ({name}: conv(…)) -> …",
            )  # fmt: skip
        self.rising.append(name)
        before = self.paths, self.used, self.owner, self.branching, self.groups
        self.paths, self.used, self.owner, self.branching, self.groups = [], [self.used[0]], (), 0, []
        row = self._enter(statement.body, name, self.top)
        row.call = f"{name}:"
        try:
            out = self.trace(Net(_unlabelled(statement.body), Env(self.frame, Labels(), {})), None)
        except _Opens as opens:
            if opens.shape is not None:
                raise
            shape = tuple(self.symbol(self._input_name(f"{letter}_{name}")) for letter in opens.names)
            out = self._risen_from(name, statement, shape)
        finally:
            self.rising.pop()
            self._leave()
            self.paths, self.used, self.owner, self.branching, self.groups = before
        if out is None:
            raise self.fault(f"the tower '{name}' has no input", statement, self.top, f"write {name}: (H,W,3) -> …")
        row.shape = out.shape
        return out

    def _risen_from(self, name: str, statement: tree.Line, shape: Shape) -> Tensor | None:
        x = Tensor(shape)
        self.traced.inputs.append(x)
        self.traced.assumed.append(f"the input of {name} is {self.show(shape)}")
        self.used = self.used[:2]
        self.used[1] = {}
        return self.trace(Net(_unlabelled(statement.body), Env(self.frame, Labels(), {})), x)

    def _experts(self, node: tree.Node, layer: Layer, call: Bound, env: Env, x: Tensor, row: Row) -> Tensor:
        """n copies of a network, of which each token meets some, behind a router."""
        args = fitted(layer, call, x.shape, env, self)
        n, active, expert = args["n"], args["active"], args["expert"]
        self.require(at_least(n, active, "moe: {b} experts cannot be active, there are {a}"), node, env, "moe")
        at = poly.product(x.shape[:-1])
        router = Facts(
            (*x.shape[:-1], n), (Weight("router", (x.shape[-1], n), uses=at, gives=at * n),), depth=1
        )  # fmt: skip
        routed = self._run("router", router, (x,), node, env, row)
        before = self.times, self.copies, self.active
        self.times, self.copies, self.active = self.times * active, self.copies * n, self.active * active
        self.used.append({})
        self.groups.append(row)
        row.group = True
        try:
            out = self.trace(expert, x)
        finally:
            self.times, self.copies, self.active = before
            self.used.pop()
            self.groups.pop()
            row.end = len(self.traced.rows)
        if out is None or out.parts:
            raise self.fault("moe: an expert gives out one tensor", node, env)
        return self._run("moe", Facts(out.shape), (routed, out), node, env, row)

    # questions

    def quantity(self, node: tree.Call, env: Env) -> Any:
        """A quantity of a network as a number: params(net)."""
        from .quantities import of

        if len(node.args) != 1 or isinstance(node.args[0], (tree.Keyword, tree.Series)):
            raise self.fault(f"{node.name} takes one network: {node.name}(net)", node, env)
        value = self.value(node.args[0], env)
        if not isinstance(value, Net):
            raise self.fault(f"{node.name} is asked of a network, but this is {kind(value)}", node.args[0], env)
        other = Tracer(self.program, self.given)
        traced = other.run(value)
        try:
            answer = of(traced, node.name)
        except NetError as error:
            raise error.placed(node.span, env.frame.source) from None
        self.needs += other.needs
        for name, size in other.met.items():
            self.met.setdefault(name, size)
        return answer

    def _given(self, node: tree.Given, env: Env) -> Any:
        given = self.settings(node.settings, env)
        other = Tracer(self.program, {**self.given, **given})
        other.units = self.units
        return other.value(node.body, env)

    def settings(self, settings: list[tree.Setting], env: Env) -> dict[str, Size]:
        """What an `at` puts in place of symbols; every name must be known, every number whole and above zero."""
        given: dict[str, Size] = {}
        for setting in settings:
            check_given(self.program, setting.name, self, setting, env)
            given[setting.name] = self._size(self.number(setting.value, env), setting.value, env)
        return given


def check_given(program: Program, name: str, evaluator: Evaluator, node: tree.Node, env: Env) -> None:
    """Refuses a name that no symbol and no number of the program has."""
    definition = program.definitions.get(name)
    if name not in program.words and name not in evaluator.met:
        from .errors import did_you_mean, listed

        known = sorted(set(evaluator.met))
        hint = did_you_mean(name, known) or (f"the symbols are {listed(known, 'and')}" if known else "there are no symbols")
        raise evaluator.fault(f"there is no symbol called '{name}'", node, env, hint)
    if reserved(name) or (definition is not None and definition.params):
        raise evaluator.fault(f"'{name}' is no symbol", node, env)


class _Inner:
    """A network that is an argument of a layer, as the layer sees it."""

    def __init__(self, tracer: Tracer, net: Net, x: Tensor, place: tree.Node, env: Env) -> None:
        self.tracer, self.net, self.x, self.place, self.env = tracer, net, x, place, env

    def alone(self, *names: str) -> Facts:
        """The facts of the one layer that the network must be."""
        node = self.net.node
        name = node.name if isinstance(node, (tree.Name, tree.Call)) else ""
        if name not in names:
            raise Misfit(f"it takes one of the layers {', '.join(names)}")
        call = bound(CATALOGUE[name], node, self.net.env, self.tracer)
        if call.after:
            raise self.tracer.fault(f"an activation cannot stand inside: write it behind {name}", self.place, self.env)
        return self.tracer._facts(CATALOGUE[name], call, node, self.net.env, self.x)


def later(node: tree.Node, env: Env) -> Net:
    """A network whose phrase is looked at only when it is traced."""
    return Net(tree.Group(node.start, node.end, node), env)


def _lone(size: Size) -> poly.Sym | None:
    if isinstance(size, Poly) and len(size.terms) == 1:
        ((mono, c),) = size.terms.items()
        if c == 1 and len(mono) == 1:
            ((it, e),) = mono
            if isinstance(it, poly.Sym) and isinstance(e, int) and e == 1:
                return it
    return None


def _unlabelled(body: tree.Node) -> tree.Node:
    """A tower's chain without the label that names it."""
    if isinstance(body, tree.Label):
        return body.body
    assert isinstance(body, tree.Chain)
    first = body.steps[0]
    assert isinstance(first, tree.Label)
    return tree.Chain(body.start, body.end, [first.body, *body.steps[1:]])


def _alone(tracer: Tracer, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
    return tracer._plain_step(node, env, x)


_STRUCTURE: dict[str, Any] = {
    **dict.fromkeys(JOINS, Tracer._called_join),
    "shared": Tracer._shared,
    "input": lambda t, node, env, x: t._shape_step(node, getattr(node, "args", []), env, x)[0],
}

_TRACE: dict[type[tree.Node], Any] = {
    tree.Chain: Tracer._chain,
    tree.Name: Tracer._layer,
    tree.Call: Tracer._layer,
    tree.Sum: Tracer._add,
    tree.Concat: Tracer._concat,
    tree.Product: Tracer._repeat,
    tree.Listing: Tracer._listing,
    tree.Reference: Tracer._reference,
    tree.Label: _alone,
    tree.Group: _alone,
}


"""From tree and incoming shape to a traced network.

A traced network is a flat list of operations in the order in which they run, and a list of rows in the order in which
they are read. Whatever is asked of a network (`quantities.py`) is asked of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from ..algebra import poly
from ..algebra.conditions import at_least, equal, settled, whole_need
from ..algebra.known import same
from ..algebra.poly import Poly, Size, Sym
from ..algebra.substitution import symbols
from ..errors import NetError, Span, counted, did_you_mean, listed
from ..language import tree
from ..layers.facts import CATALOGUE, Facts, Layer, Misfit, Weight, stated
from ..layers.joins import Unlike, added, concatenated, multiplied
from ..layers.words import COSTS, JOINS, MEASURES, QUESTIONS, flag_in_place, reserved
from ..measures.traced import BESIDE, Called, Op, Repeat, Row, Shape, Tensor, Traced
from .assume import take
from .bind import Bound, activation, bound, fitted
from .copies import Block, Hole, nested, repeated
from .evaluate import MAX_COPIES, Evaluator, call_hint, operands
from .program import Program, free_names, loose_names, published
from .values import Env, Frame, Labels, Net, Use, Word, is_number, key_of, kind

MAX_AXES = 8  # of one shape
FITTING = {
    **dict.fromkeys(("add", "residual"), "equal shapes"), "concat": "shapes that differ in one axis only",
    "mul": "shapes that are equal, or 1, from the last axis on",
}  # fmt: skip

Place: TypeAlias = tuple[tree.Node, Env]

INPUTS = {"image": "HWC", "sequence": "TC", "tokens": "T", "features": "n", "volume": "DHWC"}


class _Opens(Exception):
    """How a network begins where nothing has arrived: with the shape that a phrase declares, or with what its first
    layer takes (the names of its axes; none where no layer decides); `begun` where it begins at a label."""

    def __init__(self, shape: Shape | None, names: str = "", place: Place | None = None, begun: bool = False) -> None:
        super().__init__()
        self.shape = shape
        self.names = names
        self.place = place
        self.begun = begun
        self.branch = False  # declared in a branch of a join, whose other branches take it too
        self.nodes: tuple[tree.Node, ...] = () if place is None else (place[0],)  # all phrases that declare it


class Tracer(Evaluator):
    """Runs networks through the layers of the catalogue."""

    def __init__(self, program: Program, given: dict[str, Size]) -> None:
        super().__init__(program, given)
        self.assuming = False  # the program's assumptions are being taken
        self.heard: set[str] = set()  # the symbols of the networks that were asked
        self.start()

    def start(self) -> None:
        self.traced = Traced()
        self.traced.needs = self.needs = []
        self.traced.met = self.met
        self.traced.unrounded, self.traced.rounded = self.unrounded, self.rounded
        self.paths: list[str] = []
        self.branching = 0  # joins around the place that is traced, and layers before it that wait for an input
        self.used: list[dict[str, int]] = [{}]
        self.groups: list[Row] = []
        self.owner: tuple[Any, ...] = ()  # what tells weights apart: the shared use they belong to, then the path
        self.sharing: tree.Node | None = None  # where the shared weights are used
        self.outside = 0  # how many symbolic repetitions are around the shared use
        self.weights: dict[Any, Shape] = {}
        self.memo: dict[Any, Any] = {}  # what was stated before: the calls of layers, the facts of joins
        self.shared_places: dict[Any, int] = {}
        self.towers: dict[Any, Tensor] = {}  # what was traced from an input of its own, by what says it
        self.rising: dict[Any, str] = {}  # towers that are being traced: what says them, and their names
        self.declared: dict[Tensor, tuple[tree.Node, ...]] = {}  # inputs, and what declares them in branches
        self.times: Size = 1
        self.copies: Size = 1
        self.active: Size = 1
        self.loops: list[Repeat] = []  # the symbolic repetitions around the place that is traced
        self.sets: list[
            tuple[list[Op], int]
        ] = []  # the experts and shared uses around it: where their operations begin

    def run(self, net: Net) -> Traced:
        """The network traced from its input: the one it declares, or the one its first layer takes."""
        # With labels of its own: those of a phrase at the top would be left for the next quantity of the same network.
        net = Net(net.node, net.env.with_names({}, Labels(net.env.labels)), net.use, net.key)
        opened: _Opens | None = None
        while True:
            self.start()
            self.assume()
            x = None
            if opened is not None:
                x = Tensor(opened.shape or self._opened_shape(opened.names))
                for size in x.shape:
                    self.met.update({s.name: poly.atom(s) for s in symbols(size) if s.name not in self.met})
                self._open(x, opened)
            try:
                self.traced.out = self.trace(net, x) or self._undecided()
            except _Opens as opens:
                if opened is not None:
                    raise self.fault("a part of this network has no input", net.node, net.env) from None
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

    def assume(self) -> None:
        """Takes the program's assumptions, before anything else is looked at."""
        claims = self.program.scope.claims
        self.known.clear()
        self.assuming = True
        for _ in range(2):  # what is known of a symbol is part of it: facts are stated with what all claims say
            self.taken.clear()
            self.met.clear()
            for claim, home in claims:
                take(claim, self, Env(Frame(home), Labels(), {}))
        self.met.clear()
        self.assuming = False
        self.traced.assumed += dict.fromkeys(tree.text(claim) for claim, _ in claims)

    def child(self, given: dict[str, Size] | None = None) -> Tracer:
        """A tracer that works for this one, with other sizes in place of symbols too: what it does is counted here."""
        other = Tracer(self.program, self.given if given is None else given)
        other.spent, other.level, other.around = self.spent, self.level, self.around | self.met.keys()
        return other

    def asking(self, given: dict[str, Size]) -> Tracer:
        """A tracer for the same question, with other sizes in place of symbols."""
        other = self.child(given)
        other.units = True
        other.assume()
        return other

    # networks

    def trace(self, net: Net, x: Tensor | None) -> Tensor | None:
        """What a network gives out for what comes in. None in: nothing has arrived yet, and it decides what may."""
        node, env, use = net.node, net.env, net.use
        self.deeper(node, env)
        try:
            if use is not None:
                return self._used(net, use, x)
            out: Tensor | None = _TRACE[type(node)](self, node, env, x)
            return out
        except NetError as error:
            raise error.placed(node.span, env.frame.source) from None
        finally:
            self.level -= 1

    def _used(self, net: Net, use: Use, x: Tensor | None) -> Tensor | None:
        """A definition at a place where it is used: a group of its own, and its own weights unless it is shared."""
        body = Net(net.node, net.env)
        if activation(body):
            return self.trace(body, x)
        env = net.env
        row = self._enter(use.node, use.name, use.env)
        before = self.owner, self.paths, self.sharing, self.outside, self.copies, self.active, self.sets
        if use.shared is not None:
            self.sets = [*self.sets, (self.ops, len(self.ops))]
            self.copies = self.active = 1  # one set, of however many experts it is a part
            self.sharing, self.outside = use.node, len(self.loops)
            self.owner, self.paths = use.shared, []
            row.shared = use.shared in self.weights
            if not self.peeking:
                self.weights[use.shared] = ()
        try:
            out: Tensor | None = _TRACE[type(body.node)](self, body.node, env, x)
        except NetError as error:
            inside, outside = env.frame.home, use.env.frame.home
            if inside is not outside:
                said = outside.definitions.get(use.name)
                error.used_at(inside.source, use.node.span, outside.source, call_hint(said.node) if said else "")
            raise
        finally:
            self.owner, self.paths, self.sharing, self.outside, self.copies, self.active, self.sets = before
            self._leave()
        if out is not None:
            row.shape = out.shape
        return out

    def _chain(self, node: tree.Chain, env: Env, x: Tensor | None) -> Tensor | None:
        for i, step in enumerate(node.steps):
            if not isinstance(step, (tree.Shape, tree.Group)):
                self.goes_on(x, step, env)
            if x is not None or i == 0:
                x, env = self._step(step, env, x, i == 0)
                continue
            self.branching += 1  # what stands before takes what is declared here, too
            x, env = self._step(step, env, x, False)
            self.branching -= 1
        return x

    def _step(self, node: tree.Node, env: Env, x: Tensor | None, head: bool) -> tuple[Tensor | None, Env]:
        """One step of a chain; a pattern among them gives names that hold until its end."""
        if isinstance(node, tree.Group) and isinstance(node.body, tree.Label):
            node = node.body
        if isinstance(node, tree.Label):
            x, env = self._step(node.body, env, x, head)
            if x is None:
                raise _Opens(None, INPUTS["image"])
            self._name_tensor(node, env, x)
            return x, env
        if isinstance(node, tree.Shape) or (isinstance(node, tree.Group) and isinstance(node.body, tree.Name)):
            items = node.items if isinstance(node, tree.Shape) else [node.body]
            if isinstance(node, tree.Shape) or not self._is_network(node.body, env):
                return self._shape_step(node, items, env, x)
        elif isinstance(node, tree.Call) and node.name == "input":
            return self._shape_step(node, node.args, env, x)
        elif (dropping := _reference(node)) is not None and x is not None and not head:
            node = dropping
            raise self.fault(
                f"@{node.name} would drop what comes in",
                node,
                env,
                f"concat(id, @{node.name}) or id + @{node.name} keeps both",
            )
        return self._plain_step(node, env, x), env

    def _is_network(self, node: tree.Node, env: Env) -> bool:
        assert isinstance(node, tree.Name)
        if node.name == "_" or not self.defined(node.name, env):
            return False
        return not is_number(self.value(node, env))

    def _plain_step(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        if isinstance(node, tree.Label) or (isinstance(node, tree.Group) and isinstance(node.body, tree.Label)):
            return self._step(node, env, x, True)[0]
        if isinstance(node, tree.Name) and self.nameless(node, env):
            raise self.unknown(node.name, node, env, x is not None)
        value = self.as_network(node, env)
        if isinstance(value, Net):
            if value.node is node and type(node) is tree.Name and node.name not in CATALOGUE and node.name != "id":
                raise self.fault(f"'{node.name}' takes a network: {node.name}(…)", node, env)
            return self.trace(value, x)
        if is_number(value) or isinstance(value, tuple):
            sizes = value if isinstance(value, tuple) else (value,)
            if sizes is not value:
                self._check_number(node, env, x)
            return self._as_shape(sizes, node, env, x)
        hint = f"flags stand inside a call: {flag_in_place(value)}" if isinstance(value, Word) else ""
        hint = "one set of weights for all copies is written shared(block) * 12" if value == "shared" else hint
        raise self.fault(f"a layer must stand here, but this is {kind(value)}", node, env, hint)

    def _check_number(self, node: tree.Node, env: Env, x: Tensor | None) -> None:
        """Refuses a number that a definition or a pattern gives where a network must stand.

        A shape is a written number, such as 784, or stands in parentheses, (i + v)."""
        if not isinstance(node, (tree.Name, tree.Call)) and env.frame.source.text[: node.start].rstrip()[-1:] == "(":
            return
        for part in operands(node):
            name = part.name if isinstance(part, (tree.Name, tree.Call)) else ""
            handed = isinstance(part, tree.Name) and env.find(name) is not None and name not in env.frame.sizes
            if handed or (isinstance(part, tree.Call) and name in env.frame.home.definitions):
                value = self.value(part, env)
                of = {sym.name for sym in symbols(value)} - self.given.keys()
                hint = did_you_mean(next(iter(of)), [*self.program.definitions, *published()]) if len(of) == 1 else ""
                hint = hint or (f"write ({name}) for an input of {name} features" if handed and x is None else "")
                raise self.fault(
                    f"a network must stand here, but {name} is {self.show(value)}, a number", part, env, hint
                )

    def _name_tensor(self, node: tree.Label, env: Env, out: Tensor) -> None:
        wrong, other = "", None
        if env.labels.find(node.name) is not None:
            wrong, other = f"the label '{node.name}' is used twice", self._label(node.name, node, env)
        elif node.name in env.frame.home.towers:
            wrong = f"'{node.name}' is the name of a tower already"
            tower = env.frame.home.towers[node.name]
            other = tower.home.named(tower.node, node.name) if tower.home is env.frame.home else None
        elif reserved(node.name):
            wrong = f"'{node.name}' is a word of the catalogue and cannot be a label"
        if wrong:
            place = tree.Name(node.start, node.start + len(node.name), node.name)
            raise self.fault(wrong, place, env, "choose another name", other)
        env.labels.tensors[node.name] = out

    def _label(self, name: str, but: tree.Node, env: Env) -> Span | None:
        """Where another step has this label."""
        for node in tree.walk(env.frame.home.root):
            if isinstance(node, tree.Label) and node.name == name and node is not but:
                return Span(node.start, node.start + len(name))
        return None

    def goes_on(self, x: Tensor | None, node: tree.Node, env: Env) -> None:
        """Refuses the several outputs of a fork where one tensor must come in."""
        if x is not None and x.parts:
            raise self.fault("fork ends a chain: nothing can follow it", node, env)

    # shapes

    def _shape_step(self, node: tree.Node, items: list[tree.Node], env: Env, x: Tensor | None) -> tuple[Tensor, Env]:
        self.goes_on(x, node, env)
        if x is not None:
            known = any(node is it for it in self.declared.get(x, ()))
            return x, env if known else self._matched(node, items, env, x)
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
        if len(shape) > MAX_AXES:
            raise self.fault(f"a shape of {len(shape)} axes is too large: the limit is {MAX_AXES}", node, env)
        if self.branching or self.peeking:
            opens = _Opens(shape, place=(node, env))
            opens.branch = self.branching > 0
            raise opens
        x = Tensor(shape)
        self._arrives(x)
        return x

    def _arrives(self, x: Tensor) -> None:
        self.traced.inputs.append(x)
        if said := channels_last(x.shape):
            self.traced.assumed.append(f"the input {self.show(x.shape)} is taken as it stands: {said}")

    def _open(self, x: Tensor, opens: _Opens) -> None:
        """Takes an input that something further in decided."""
        self._arrives(x)
        self.declared[x] = opens.nodes
        if len(opens.nodes) > 1:
            self.traced.assumed.append(
                f"the input {self.show(x.shape)} is declared in {len(opens.nodes)} branches, and is one"
            )

    @property
    def ops(self) -> list[Op]:
        """Where the next operation goes: the innermost symbolic repetition, or the network itself."""
        return self.loops[-1].body if self.loops else self.traced.ops

    peeking = False  # only how a network begins is asked

    def _as_shape(self, sizes: tuple[Any, ...], node: tree.Node, env: Env, x: Tensor | None) -> Tensor:
        """A shape that is no pattern, such as 784 or 28x28x1: it declares the input, or must equal what comes in."""
        for value in sizes:
            if not is_number(value):
                raise self.fault(f"a shape is made of numbers, but this is {kind(value)}", node, env)
            self._size(value, node, env)
        if x is None:
            return self._declared(sizes, node, env)
        self.goes_on(x, node, env)
        if len(sizes) != len(x.shape):
            if len(sizes) == 1:
                raise self.fault("a layer must stand here, but this is a number", node, env)
            raise self._unlike(node, sizes, env, x)
        for size, came in zip(sizes, x.shape, strict=True):
            self._must_equal(came, size, node, env, x, "{b} stands")
        return x

    def _unlike(self, node: tree.Node, sizes: Sequence[Any], env: Env, x: Tensor) -> NetError:
        said = f"{self._call_text(node, env)} stands for {counted(len(sizes), 'axis', 'axes')}"
        return self.fault(f"{said}, but {self.show(x.shape)} comes in", node, env)

    def _must_equal(self, came: Size, size: Size, node: tree.Node, env: Env, x: Tensor, said: str = "") -> None:
        said = said or (f"{node.name} is {{b}}" if isinstance(node, tree.Name) else "{b} stands")
        need = equal(came, size, f"{said} in this shape, but {{a}} comes in: {self.show(x.shape)}")
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
            raise self._unlike(node, items, env, x)
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
            joined: Tensor | None = structure(self, node, env, x)
            return joined
        layer = CATALOGUE[name]
        call = bound(layer, node, env, self)
        if x is None:
            if not layer.opens:
                return None
            raise _Opens(None, self._opened(layer, call))
        self.goes_on(x, node, env)
        row = self._row(node, name, env)
        if name == "moe":
            out = self._experts(node, layer, call, env, x, row)
        else:
            beside: list[Tensor] = []
            called = self._called(layer, call, node, env, x, beside)
            out = self._run(name, called, (x, *beside), node, env, row)
        for after in call.after:
            inner = after.node
            if isinstance(inner, tree.Name) and inner.name == "id":
                continue
            word = CATALOGUE[inner.name]  # type: ignore[attr-defined]
            flag = bound(word, inner, after.env, self)
            self.paths.append(word.name)
            out = self._run(word.name, self._called(word, flag, inner, after.env, out), (out,), node, env, row)
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

    def _called(
        self, layer: Layer, call: Bound, node: tree.Node, env: Env, x: Tensor, beside: list[Tensor] | None = None
    ) -> Called:
        """A layer's call, and what it states on this shape; the same question is asked only once.

        Other tensors that it takes are put `beside`."""
        simple = not any(p.kind in ("Network", "Tensor", "Table") for p in layer.params)
        around = tuple(loop.index for loop in self.loops)  # what is needed there is needed of each copy
        key = (layer.name, tuple(call.values.items()), x.shape, around) if simple else None
        known: Called | None = self.memo.get(key) if key else None
        if known is not None:
            return known
        try:
            args = fitted(layer, call, x.shape, env, self)
            many = [p.name for p in layer.params if p.many]
            for p in layer.params:
                if p.name in args and p.kind in ("Network", "Tensor", "Table"):
                    given = self._argument(p.kind, args[p.name], call.places[p.name], env, x)
                    if isinstance(given, Tensor):
                        if given.parts:
                            message = f"{p.name} takes one tensor, not those of a fork"
                            raise self.fault(message, call.places[p.name], env)
                        (beside if beside is not None else []).append(given)
                    args[p.name] = given.shape if isinstance(given, Tensor) else given
            named = {name: value for name, value in args.items() if name not in many}
            facts = stated(layer, x.shape, *(args.get(many[0], ()) if many else ()), **named)
        except Misfit as misfit:
            message = f"{layer.name} {misfit}".replace("{x}", self.show(x.shape))
            raise self.fault(message, node, env, misfit.hint) from None
        except ZeroDivisionError:
            raise self.fault(f"{layer.name}: this divides by zero; {self.show(x.shape)} comes in", node, env) from None
        except NetError as error:
            raise error.placed(node.span, env.frame.source) from error.__cause__
        self._settle(facts, layer.name, node, env, x)
        if layer.foreign:
            self._distrust(facts, layer.name, node, env)
        called = Called(layer, call.values, args, x.shape, call.places, facts)
        if key:
            self.memo[key] = called
        return called

    def _settle(self, facts: Facts, name: str, node: tree.Node, env: Env, x: Tensor) -> None:
        for need in facts.needs:
            holds = settled(need)
            if holds is False:
                hint = next((said for it in self.traced.inputs if (said := channels_last(it.shape))), "")
                raise self.fault(f"{name}: {self.told(need)}; {self.show(x.shape)} comes in", node, env, hint)
            if holds is None:
                self.note(need, self._call_text(node, env))
        if len(facts.shape) > MAX_AXES:
            raise self.fault(
                f"{name}: a shape of {len(facts.shape)} axes is too large: the limit is {MAX_AXES}", node, env
            )
        for size in facts.shape:
            if type(size) is int:
                if size < 1:
                    raise self.fault(
                        f"{name}: a size of {size} would come out; {self.show(x.shape)} comes in", node, env
                    )
                if size.bit_length() > poly.MAX_BITS:
                    self.check_size(size, node, env)
            else:
                self.check_size(size, node, env)
                part = whole_need(size, f"{name}: a size that comes out is not whole: {{a}}/{{b}}")
                if part is not None:
                    self.require(part, node, env, self._call_text(node, env))

    def _distrust(self, facts: Facts, name: str, node: tree.Node, env: Env) -> None:
        """What must hold for the sizes that a layer of somebody else's states, beside what it says itself."""
        sizes = [(size, 1, "comes out") for size in facts.shape]
        sizes += [(size, 0, f"{w.name} has") for w in facts.weights for size in w.shape]
        for size, least, whose in sizes:
            whole = whole_need(size, f"{name}: a size that {whose} is not whole: {{a}}/{{b}}")
            for need in (whole, at_least(size, least, f"{name}: a size of {{a}} {whose}, and must be at least {{b}}")):
                if need is not None:
                    self.require(need, node, env, self._call_text(node, env))

    def _argument(self, kind_: str, value: Any, place: tree.Node, env: Env, x: Tensor) -> Any:
        if kind_ == "Tensor":
            if not isinstance(value, Net):
                raise self.fault("a tensor is named here: over=@name", place, env)
            if isinstance(value.node, tree.Reference):
                return self._reference(value.node, value.env, None)
            return self._beside(value, place, env)
        if kind_ == "Table":
            return self._table(place, env)[0]
        return _Inner(self, value, x, place, env)

    def _table(self, place: tree.Node, env: Env) -> tuple[Shape, tuple[Any, ...]]:
        """The rows and width of a shared embedding, and its key."""
        value = self.value(place, env) if isinstance(place, (tree.Name, tree.Call)) else None
        wrong = self.fault(
            "unembed takes the name of a shared embedding",
            place,
            env,
            "shared table = embed(V, d), then unembed(table)",
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
        self, kind_: str, what: Called | Facts, inputs: tuple[Tensor, ...], node: tree.Node, env: Env, row: Row
    ) -> Tensor:
        """One more operation of the network: a layer's call, or the facts of what is none."""
        call, facts = (what, what.facts) if isinstance(what, Called) else (None, what)
        if len(self.ops) >= MAX_COPIES:
            raise self.fault(f"the network is too large: the limit is {MAX_COPIES:,} layers", node, env)
        path = ".".join(self.paths)
        op = Op(kind_, path, facts, inputs, call)
        op.times, op.copies, op.active = self.times, self.copies, self.active
        if facts.weights:
            self._own(op, kind_, facts, node, env)
        row.ops.append(op)
        self.ops.append(op)
        for note in facts.notes:
            text = note.replace("{x}", self.show(inputs[0].shape)).replace("{call}", self._call_text(node, env))
            if text not in self.traced.assumed:
                self.traced.assumed.append(text)
        return op.out

    def _own(self, op: Op, kind_: str, facts: Facts, node: tree.Node, env: Env) -> None:
        """Counts an operation's weights once, however often they are used; others of that name are a fault."""
        key: tuple[Any, ...] = (self.owner, op.path)
        if kind_ == "unembed":
            place = next(a.value if isinstance(a, tree.Keyword) else a for a in node.args)  # type: ignore[attr-defined]
            key = (self._table(place, env)[1], "embed")
        elif self.owner:
            op.path = ".".join(filter(None, (str(self.owner[1]), op.path)))
        shapes = tuple(w.shape for w in facts.weights)
        if key[0]:
            around, inside = self.loops[: self.outside], self.loops[self.outside :]
            op.varies = frozenset(loop.index for loop in around if depends(key[0], loop.index))
            op.varies |= {loop.index for loop in inside}
            sized: list[tuple[str, Any]] = [(f"the shared {weight.name}", weight.shape) for weight in facts.weights]
            sized += [("the number of shared copies", it.count) for it in inside]
            for what, size in sized:
                if any(depends(size, loop.index) for loop in around if loop.index not in op.varies):
                    message = f"{what} would differ from copy to copy: {self.show(size)}"
                    raise self.fault(message, self.sharing or node, env, "what is shared is the same in every copy")
        before = self.weights.get(key)
        if before is None:
            self.weights[key] = shapes
            once = [loop for loop in self.loops if key[0] and loop.index not in (op.varies or ())]
            for weight in facts.weights:
                if any(loop.index in symbols(size) for loop in once for size in weight.shape):
                    message = f"the shared {weight.name} is {self.show(weight.shape)}, which is another in each copy"
                    hint = "one set for all copies has one shape; without shared, each copy has weights of its own"
                    raise self.fault(message, self.sharing or node, env, hint, node.span)
            self._counted_in(once, node, env)
            return
        op.copies = op.active = 0
        if before != shapes:
            for was, now, weight in zip(before, shapes, facts.weights, strict=False):
                for a, b in zip(was, now, strict=False):
                    otherwise = f"the shared {weight.name} is {self.show(was)}, here it would be {self.show(now)}"
                    need = equal(a, b, otherwise)
                    if settled(need) is False:
                        raise self.fault(self.told(need), self.sharing or node, env, other=node.span)
                    self.require(need, node, env, self._call_text(node, env))

    def _counted_in(self, loops: list[Repeat], node: tree.Node, env: Env) -> None:
        """What is counted once inside repetitions is there only if each of them has a copy."""
        for loop in loops:
            need = at_least(loop.count, 1, "the closed form needs {b} copy, not {a}")
            inside, self.needs = self.needs, loop.outside
            self.require(need, node, env, self._call_text(node, env))
            self.needs = inside

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
        row.loops = tuple(self.loops)
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

    def _join(
        self, how: str, branches: list[tuple[tree.Node, Env]], node: tree.Node, env: Env, x: Tensor | None
    ) -> Tensor | None:
        """Runs every branch on what comes in, and joins what they give out."""
        self.goes_on(x, node, env)
        row = self._enter(node, how, env)
        outs: list[Tensor | None] = []
        opened: list[_Opens] = []
        self.branching += 1
        for branch, inner in branches:
            first = _first(branch)
            if isinstance(first, tree.Call) and first.name == "input" and x is not None and x not in self.declared:
                raise self._another((first, inner), self.show(x.shape))
            self._part(len(outs) + 1)
            inside = self.paths, len(self.groups), len(self.used), self.branching
            try:
                outs.append(self._branch(branch, inner, x))
            except _Opens as opens:
                opened.append(opens)
                outs.append(None)
                self.paths, groups, used, self.branching = inside
                del self.groups[groups:], self.used[used:]
            self._part_over()
        self.branching -= 1
        try:
            if opened:
                raise self._agreed(opened, len(opened) < len([out for out in outs if out is None]))
            if any(out is None for out in outs):
                if all(out is None for out in outs):
                    return None
                raise _Opens(None, INPUTS["image"])
            tensors: list[Tensor] = [out for out in outs if out is not None]
            if how == "fork":
                result = Tensor(tuple(t.shape for t in tensors), tuple(tensors))
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

    def _agreed(self, opened: list[_Opens], undecided: bool) -> _Opens:
        """How a join begins whose branches begin so: with the one input that some of them declare, with what the first
        layer takes, or at labels."""
        declared = [opens for opens in opened if opens.shape is not None]
        for other in declared[1:]:
            first = declared[0]
            if other.shape != first.shape:
                raise self._another(other.place, self.show(first.shape), first.place)
            first.nodes += other.nodes
        layers = (opens for opens in opened if not opens.begun)
        one = next(iter(declared), None) or next(layers, None)
        return one or (_Opens(None, INPUTS["image"]) if undecided else opened[0])

    def _another(self, place: Place | None, shape: str, before: Place | None = None) -> NetError:
        """The error for a second input that a branch declares."""
        assert place is not None
        node, env = place
        span = before[0].span if before and before[1].frame.source is env.frame.source else None
        towers = f"a: {shape} -> … and b: {tree.text(node)} -> …"
        hint = f"two inputs are two towers, {towers} on lines of their own, that a join takes as @a and @b"
        return self.fault(f"a second input is declared here, but {shape} is the input", node, env, hint, span)

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
            raise self.fault(f"{how} has no option 'axis'", next(a for a in args if a not in branches), env)
        return self._join(how, [(b, env) for b in branches], node, env, x)

    def _joined_shape(
        self, how: str, nodes: list[tree.Node], tensors: list[Tensor], node: tree.Node, env: Env
    ) -> Shape:
        shapes = [t.shape for t in tensors]
        try:
            if how == "concat":
                shape, asked = concatenated(shapes, self._axis(node, shapes[0], env))
            else:
                shape, asked = (multiplied if how == "mul" else added)(shapes)
        except Unlike as unlike:
            raise self._disagree(how, shapes, nodes, unlike.first, unlike.second, env) from None
        for need, first, second in asked:
            if settled(need) is False:
                raise self._disagree(how, shapes, nodes, first, second, env)
            self.require(need, nodes[second], env, how)
        return shape

    def _disagree(
        self, how: str, shapes: list[Shape], nodes: list[tree.Node], first: int, second: int, env: Env
    ) -> NetError:
        a, b = shapes[first], shapes[second]
        message = f"{how} needs {FITTING[how]}, but the branches give {self.show(a)} and {self.show(b)}"
        if how == "residual" and is_id(nodes[1]):
            return self.fault(
                message, nodes[0], env, "residual(f, shortcut) takes a network that changes the shape alongside"
            )
        if len(a) != len(b) and how != "mul":
            hint = "gap, flatten or reshape in one branch changes its axes"
        elif how != "concat" and not same(a[-1], b[-1]):
            hint = f"let both branches end with as many {'channels' if len(a) > 1 else 'units'}"
        else:
            hint = "windows, strides and padding decide the places of a branch: same, s=2, pool(2), up(2)"
        return self.fault(message, nodes[second], env, hint, nodes[first].span)

    def _axis(self, node: tree.Node, shape: Shape, env: Env) -> int:
        """The axis that a concatenation names; the last one unless it does."""
        rank = len(shape)
        for arg in node.args if isinstance(node, tree.Call) else ():
            if isinstance(arg, tree.Keyword):
                number = self.number(arg.value, env)
                if not isinstance(number, int) or not -rank <= number < rank:
                    raise self.fault(f"there is no axis {self.show(number)} in {self.show(shape)}", arg, env)
                return number % rank
        return rank - 1

    # repetition

    def _repeat(self, node: tree.Product, env: Env, x: Tensor | None) -> Tensor | None:
        values = [self.value(operand, env) for operand in node.operands]
        at = next(i for i, v in enumerate(values) if isinstance(v, Net))
        count: Size = poly.product(v for i, v in enumerate(values) if i != at)
        if isinstance(count, Fraction):
            raise self.fault(f"the count is not whole: {count}", node, env)
        if isinstance(count, Poly):
            return repeated(self, "repeat", Block(node, node.operands[at], "", 0, count, env), x)
        if count < 0:
            raise self.fault(f"a network is repeated a negative number of times: {count}", node, env)
        if count > MAX_COPIES:
            raise self.fault(f"{count:,} copies are too many: the limit is {MAX_COPIES:,} layers", node, env)
        body = node.operands[at]
        return self._copies(node, "repeat", [(body, env)] * count, env, x)

    def _copies(
        self, node: tree.Node, name: str, copies: list[tuple[tree.Node, Env]], env: Env, x: Tensor | None
    ) -> Tensor | None:
        """Copies in a chain, each with weights and labels of its own."""
        row = self._enter(node, name, env)
        self.spend(len(copies), node, env)
        for i, (body, outer) in enumerate(copies):
            labels = Labels(outer.labels)
            self._part(
                i + 1, ", ".join(f"{n}={self.show(v)}" for n, v in outer.names.items()) if name == "list" else ""
            )
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
        inner: Any = self.as_network(node.around.value, env) if node.around else None
        if node.around and not isinstance(inner, Net):
            raise self.fault(
                f"'{node.around.name}' must be a network, but this is {kind(inner)}", node.around.value, env
            )
        symbolic = self.symbolic_range(node.binding, env)
        if symbolic is not None and isinstance(symbolic[1], Poly):
            block = Block(node, node.body, node.binding.names[0], *symbolic, env)
            return nested(self, node.around, block, x) if node.around else repeated(self, "list", block, x)
        indices = self.indices(node.binding, env, moving=True)
        if node.around is None:
            return self._copies(node, "list", [(node.body, env.with_names(names)) for names in indices], env, x)
        key = ("around", env.frame.key, node.start)  # of every copy: what is shared in place is kept across them
        inner = Net(inner.node, inner.env, inner.use, key)
        for names in reversed(indices):
            inner = later(node.body, env.with_names({**names, node.around.name: inner}, Labels(env.labels)))
            inner.key = key
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
        value = self.as_network(args[0], env)
        if not isinstance(value, Net):
            raise self.fault(f"shared takes a network, not {kind(value)}", args[0], env)
        place = (env.frame.key, node.start)
        number = self.shared_places.setdefault(place, len(self.shared_places) + 1)
        key = ("place", f"shared{number}" if number > 1 else "shared", place)
        return self.trace(Net(value.node, value.env, Use(node, env, "shared", key)), x)

    def _reference(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor:
        name = node.name  # type: ignore[attr-defined]
        if self.peeking:
            raise _Opens(None, begun=True)
        tensor = env.labels.find(name)
        if tensor is not None:
            assert isinstance(tensor, Tensor)
            return tensor
        home = env.frame.home
        tower = home.towers.get(name)
        if tower is None:
            if env.labels.hidden(name):
                raise self.fault(f"the label '{name}' lives inside a repeat, which has one in every copy", node, env)
            known = [*home.towers, *env.labels.tensors]
            other = self._label(name, node, env)
            hint = did_you_mean(name, known) or (
                f"'{name}' is a definition: write {name}" if name in home.definitions
                else "a label is seen behind its step, in its own chain" if other
                else f"label a step that stands before: ({name}: …)"
            )  # fmt: skip
            raise self.fault(f"there is no tensor labelled '{name}' before this place", node, env, hint, other)
        frame = self.frame if tower.home is self.program else Frame(tower.home, key=(id(tower.home),))
        return self._tower(name, tower.node, Net(_unlabelled(tower.node.body), Env(frame, Labels(), {})), node, env)

    def _begins(self, net: Net) -> _Opens:
        """How a network begins where nothing has arrived: no layer is run."""
        before = {field: getattr(self, field) for field in (*_AROUND, "peeking")}
        rows, needs = len(self.traced.rows), len(self.needs)
        self.paths, self.used, self.groups, self.branching, self.peeking = [], [{}], [], 0, True
        try:
            self.trace(net, None)
        except _Opens as opens:
            return opens
        finally:
            for field, value in before.items():
                setattr(self, field, value)
            del self.traced.rows[rows:], self.needs[needs:]
        return _Opens(None, INPUTS["image"])

    def _beside(self, net: Net, place: tree.Node, env: Env) -> Tensor:
        """What a network gives out that a layer looks at. One with an input of its own is one network, wherever it is
        looked at from; one that begins at a label is a part of the place where it stands."""
        key = self._identity(net)
        if key in self.towers:
            return self.towers[key]
        opens = self._begins(net)
        if opens.begun:
            at = len(self.traced.rows) - 1  # the layer's
            row = self._enter(net.node, "over", net.env)
            row.kind = BESIDE
            out = self.trace(net, None)
            self._leave()
            assert out is not None
            row.shape = out.shape
            self._rows_before(at, at + 1)
            return out
        if opens.shape is None:
            hint = "label the step that gives it out: (enc: …) -> …, and write over=@enc"
            message = "a tensor is named here: @name, or a network with an input of its own"
            raise self.fault(message, place, env, hint)
        for loop in self.loops:
            if depends(key, loop.index) or _stands_for(key, [loop.entry, *(op.out for op in loop.body)]):
                message = "every copy would have a network with an input of its own here"
                raise self.fault(message, place, env, "write the count as a number")
        for ops, start in self.sets:
            if _stands_for(key, [op.out for op in ops[start:]]):
                message = "every expert, or use of what is shared, would have a network with an input of its own here"
                raise self.fault(message, place, env, "let it look at no label inside")
        name = net.use.name if net.use is not None else "over"
        inside = Net(net.node, net.env.with_names({}, Labels(net.env.labels)), net.use, net.key)
        return self._tower(name, key, inside, place, env)

    def _identity(self, value: Any) -> Any:
        """What tells one network with an input of its own from another: its text, and what its names and labels
        stand for."""
        if not isinstance(value, Net):
            return key_of(value)
        node, env = value.node, value.env
        self.spend(1, node, env)  # arguments of arguments may be many
        known = {name: env.labels.find(name[1:]) if name[0] == "@" else env.find(name) for name in free_names(node)}
        stand = tuple((name, self._identity(it)) for name, it in sorted(known.items()) if it is not None)
        return env.frame.source, node.start, node.end, stand

    def _tower(self, name: str, key: Any, net: Net, node: tree.Node, env: Env) -> Tensor:
        """What a network with an input of its own gives out; it is traced once, by the key."""
        if key in self.towers:
            return self.towers[key]
        self._counted_in(self.loops, node, env)
        if key in self.rising:
            if next(reversed(self.rising)) != key:
                circle = list(self.rising.values())[list(self.rising).index(key) :]
                raise self.fault(f"the towers {listed(circle, 'and')} refer to each other", node, env)
            hint = f"a label at the start names the whole chain; to name one step write ({name}: conv(…)) -> …"
            raise self.fault(f"the tower '{name}' refers to itself", node, env, hint)
        self.rising[key] = name
        start, around = len(self.traced.rows), self.groups[:1]
        before = {field: getattr(self, field) for field in _AROUND}
        self.paths, self.used, self.groups, self.loops = [], [self.used[0]], [], []
        self.owner, self.branching, self.times, self.copies, self.active, self.sets = (), 0, 1, 1, 1, []
        row = self._enter(net.node, name, net.env)
        row.call = f"{name}:"
        try:
            out = self._tower_opened(name, net)
        finally:
            del self.rising[key]
            self._leave()
            for field, value in before.items():
                setattr(self, field, value)
        row.shape = out.shape
        if around:
            self._rows_before(self.traced.rows.index(around[0]), start)
        self.towers[key] = out
        return out

    def _rows_before(self, at: int, start: int) -> None:
        """Moves the rows from `start` on in front of the one at `at`: a tower is read before what looks at it."""
        rows = self.traced.rows
        count = len(rows) - start
        rows[at:] = rows[start:] + rows[at:start]
        for i, row in enumerate(rows[at:]):
            by = at - start if i < count else count
            row.end += by if row.end else 0
            row.parts = [(begin + by, label) for begin, label in row.parts]

    def _tower_opened(self, name: str, net: Net) -> Tensor:
        """A tower from the input that it declares, or its first layer takes."""
        opens = self._begins(net)
        x = None
        if opens.shape is not None and opens.branch:
            x = Tensor(opens.shape)
        elif opens.shape is None and not opens.begun:
            x = Tensor(tuple(self.symbol(self._input_name(f"{letter}_{name}")) for letter in opens.names))
            self.traced.assumed.append(f"the input of {name} is {self.show(x.shape)}")
        if x is not None:
            self._open(x, opens)
        try:
            out = self.trace(net, x)
        except _Opens:
            out = None
        if out is None:
            raise self.fault(f"the tower '{name}' has no input", net.node, net.env, f"write {name}: (H,W,3) -> …")
        return out

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
        before = self.times, self.copies, self.active, self.sets
        self.times, self.copies, self.active = self.times * active, self.copies * n, self.active * active
        self.sets = [*self.sets, (self.ops, len(self.ops))]
        self.used.append({})
        self.groups.append(row)
        row.group = True
        try:
            out = self.trace(expert, x)
        finally:
            self.times, self.copies, self.active, self.sets = before
            self.used.pop()
            self.groups.pop()
            row.end = len(self.traced.rows)
        if out is None or out.parts:
            raise self.fault("moe: an expert gives out one tensor", node, env)
        return self._run("moe", Facts(out.shape), (routed, out), node, env, row)

    # questions

    def quantity(self, node: tree.Call, env: Env) -> Any:
        """A quantity or a cost of a network as a number: params(net), memory(net, batch=8)."""
        from ..measures.quantities import of

        if node.name in COSTS:
            from .cost_calls import cost

            return cost(self, node, env)
        traced = self.asked(node, env)
        try:
            return of(traced, node.name)
        except NetError as error:
            raise error.placed(node.span, env.frame.source) from None

    def asked(self, node: tree.Call, env: Env) -> Traced:
        """The network that a quantity is asked of, traced; only a cost takes options behind it."""
        if self.assuming:
            message = "an assumption speaks of sizes, not of the quantities of networks"
            raise self.fault(message, node, env, f"assert {node.name}(…) checks one")
        several = len(node.args) > 1 and node.name not in (*COSTS, *QUESTIONS)
        if not node.args or several or isinstance(node.args[0], (tree.Keyword, tree.Series)):
            raise self.fault(f"{node.name} takes one network: {node.name}(net)", node, env)
        value = self.as_network(node.args[0], env)
        if not isinstance(value, Net) and self.nameless(node.args[0], env):
            raise self.unknown(getattr(node.args[0], "name", ""), node.args[0], env, True)
        if not isinstance(value, Net):
            raise self.fault(f"{node.name} is asked of a network, but this is {kind(value)}", node.args[0], env)
        other = self.child()
        traced = other.run(value)
        self.heard |= other.met.keys()
        self.learn(other)
        return traced

    def _given(self, node: tree.Given, env: Env) -> Any:
        given = {} if self.dry else self.settings(node.settings, env, lambda look: look.meet(node.body, env))
        other = self.child({**self.given, **given})
        other.units, other.dry = self.units, self.dry
        other.assume()
        value = other.value(node.body, env)
        self.heard |= other.heard
        self.learn(other)
        return Net(node, env) if isinstance(value, Net) else value

    def meet(self, node: tree.Node, env: Env) -> None:
        """Meets the symbols of an expression; those of a network are met where it is traced."""
        if isinstance(self.value(node, env), Net):
            raise _Opens(None)

    def _network_given(self, node: tree.Given, env: Env, x: Tensor | None) -> Tensor | None:
        """A network with numbers or expressions in place of symbols: (net at f=32)."""
        before = self.given, self.values, self.memo
        given = self.settings(node.settings, env, lambda look: look._plain_step(node.body, env, x))
        self.given, self.values, self.memo = {**self.given, **given}, {}, {}
        try:
            return self._plain_step(node.body, env, x)
        finally:
            self.given, self.values, self.memo = before

    def settings(
        self, settings: list[tree.Setting], env: Env, meet: Callable[[Tracer], Any] | None = None
    ) -> dict[str, Size]:
        """What an `at` puts in place of symbols; every name must be known, every number whole and above zero. Symbols
        that were not met before are those that another tracer meets."""
        given: dict[str, Size] = {}
        look, opened = self, False
        for setting in settings:
            if setting.name in given:
                raise self.fault(f"'{setting.name}' is given twice", setting, env)
            if look is self and meet is not None and not known(self.program, setting.name, self):
                look = self.child()
                look.units = self.units
                look.assume()
                try:
                    meet(look)
                except _Opens:  # a network: its symbols are asked for where it is traced
                    opened = True
            if not opened:
                check_given(self.program, setting.name, look, setting, env)
            size = self.number(setting.value, env)
            try:
                given[setting.name] = self._size(size, setting.value, env)
            except NetError as error:
                error.hint = error.hint or (self.instead_of(setting.name, size) if isinstance(size, Fraction) else "")
                raise
        return given


def channels_last(shape: Shape) -> str:
    """What to say of an image that seems to begin with its channels, such as (3,224,224); nothing of other shapes."""
    if len(shape) not in (3, 4) or not all(isinstance(size, int) for size in shape):
        return ""
    c, *places = shape
    if c not in (1, 3, 4) or min(places) <= c or max(places) > places[-1]:
        return ""
    other = ", ".join(map(str, (*places, c)))
    return f"channels come last, and an image of {counted(c, 'channel', 'channels')} is ({other})"


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


class _Inner:
    """A network that is an argument of a layer, as the layer sees it."""

    def __init__(self, tracer: Tracer, net: Net, x: Tensor, place: tree.Node, env: Env) -> None:
        self.tracer, self.net, self.x, self.place, self.env = tracer, net, x, place, env

    def alone(self, *names: str) -> Facts:
        """The facts of the one layer that the network must be."""
        node = self.net.node
        name = node.name if isinstance(node, (tree.Name, tree.Call)) else ""
        if name not in names:
            raise Misfit(f"takes one of the layers {listed(names)}")
        call = bound(CATALOGUE[name], node, self.net.env, self.tracer)
        if call.after:
            raise self.tracer.fault(f"an activation cannot stand inside: write it behind {name}", self.place, self.env)
        return self.tracer._called(CATALOGUE[name], call, node, self.net.env, self.x).facts


# What a tower does not see of the place that refers to it.
_AROUND = ("paths", "used", "groups", "loops", "owner", "branching", "times", "copies", "active", "sets")


def _reference(node: tree.Node) -> tree.Reference | None:
    """The reference that a step begins with, which would drop what comes in."""
    if isinstance(node, tree.Product):
        return next((found for part in node.operands if (found := _reference(part)) is not None), None)
    first = _first(node)
    return first if isinstance(first, tree.Reference) else None


def _first(node: tree.Node) -> tree.Node:
    """The phrase that a chain begins with."""
    return node.steps[0] if isinstance(node, tree.Chain) else node


def asker(program: Program, given: dict[str, Size]) -> Tracer:
    """A tracer for a question: numbers may have units, and what is assumed holds."""
    tracer = Tracer(program, given)
    tracer.units = True
    tracer.assume()
    return tracer


def later(node: tree.Node, env: Env) -> Net:
    """A network whose phrase is looked at only when it is traced."""
    return Net(tree.Chain(node.start, node.end, [node]), env)


def depends(key: Any, index: Sym) -> bool:
    """Whether a key of shared weights has an index in it."""
    if isinstance(key, tuple):
        return any(depends(part, index) for part in key)
    return isinstance(key, Poly) and index in symbols(key)


def _stands_for(key: Any, tensors: Sequence[Tensor]) -> bool:
    """Whether a key has one of some tensors in it."""
    if isinstance(key, tuple):
        return any(_stands_for(part, tensors) for part in key)
    return isinstance(key, Tensor) and any(key is tensor for tensor in tensors)


def is_id(node: tree.Node) -> bool:
    return isinstance(node, tree.Name) and node.name == "id"


def _unlabelled(body: tree.Node) -> tree.Node:
    """A tower's chain without the label that names it."""
    if isinstance(body, tree.Label):
        return tree.Chain(body.start, body.end, [body.body])
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
    tree.Given: Tracer._network_given,
    Hole: lambda to, node, env, x: node.fill(x),
}

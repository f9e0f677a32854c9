"""From tree and incoming shape to a traced network.

A traced network is a flat list of operations in the order in which they run, and a list of rows in the order in which
they are read. Whatever is asked of a network (`quantities.py`) is asked of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..algebra import poly
from ..algebra.poly import Size
from ..algebra.substitution import symbols
from ..errors import NetError, did_you_mean
from ..language import tree
from ..layers.facts import CATALOGUE, Facts
from ..layers.words import JOINS, flag_in_place
from ..measures.labels import Called
from ..measures.traced import Op, Repeat, Row, Shape, Tensor, Traced
from .assume import take
from .bind import activation, bound
from .copies import Hole
from .definitions import call_hint
from .evaluate import Evaluator
from .experts import experts
from .joins import called_join, join, leading_reference
from .listing import listing, repeat, shared
from .measuring import quantity
from .opening import INPUTS, Opens, first_axes
from .patterns import as_shape, name_tensor, open_input, shape_step
from .program import Program, free_names, published
from .ranges import MAX_COPIES
from .settings import given, network_given, settings
from .stating import called
from .towers import reference
from .unknown_names import unknown
from .values import Env, Frame, Labels, Net, Use, Word, is_number, kind, operands
from .weights import own


class Tracer(Evaluator):
    """Runs networks through the layers of the catalogue."""

    # The state of the place that is traced, which a part of the network with an input of its own does not see.
    AROUND = ("paths", "used", "groups", "loops", "owner", "branching", "times", "copies", "active", "sets")

    def __init__(self, program: Program, given: dict[str, Size]) -> None:
        super().__init__(program, given)
        self.assuming = False  # the program's assumptions are being taken
        self.heard: set[str] = set()  # the symbols of the networks that were asked
        self.named: dict[int, tuple[tree.Call, set[str]]] = {}  # calls, by their identity, and the names in them
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
        self.sets: list[tuple[list[Op], int]] = []  # experts and shared uses around it: where their operations begin
        self.peeking = False  # only how a network begins is asked

    def run(self, net: Net) -> Traced:
        """The network traced from its input: the one it declares, or the one its first layer takes."""
        # With labels of its own: those of a phrase at the top would be left for the next quantity of the same network.
        net = Net(net.node, net.env.with_names({}, Labels(net.env.labels)), net.use, net.key)
        opened: Opens | None = None
        while True:
            self.start()
            self.assume()
            x = None
            if opened is not None:
                x = Tensor(opened.shape or self._opened_shape(opened.names))
                for size in x.shape:
                    self.met.update({s.name: poly.atom(s) for s in symbols(size) if s.name not in self.met})
                open_input(self, x, opened)
            try:
                self.traced.out = self.trace(net, x) or self._undecided()
            except Opens as opens:
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
        raise Opens(None, INPUTS["image"])

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

    @contextmanager
    def inside(self, **state: Any) -> Iterator[None]:
        """Other state while a part is traced; what was there before is there again behind it."""
        before = {name: getattr(self, name) for name in state}
        vars(self).update(state)
        try:
            yield
        finally:
            vars(self).update(before)

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
        row, row_paths = self.enter(use.node, use.name, use.env), self.paths
        if use.call is not None and self._speaks_of_names(use.node, use.env):
            row.order, row.definition = self.met, use.call
        try:
            if use.shared is None:
                out: Tensor | None = _TRACE[type(body.node)](self, body.node, env, x)
            else:
                out = self._shared_use(use, use.shared, row, body, x)
        except NetError as error:
            inside, outside = env.frame.home, use.env.frame.home
            if inside is not outside:
                said = outside.definitions.get(use.name)
                error.used_at(inside.source, use.node.span, outside.source, call_hint(said.node) if said else "")
            raise
        finally:
            self.paths = row_paths
            self.leave()
        if out is not None:
            row.shape = out.shape
        return out

    def _shared_use(self, use: Use, key: tuple[Any, ...], row: Row, body: Net, x: Tensor | None) -> Tensor | None:
        """A use of shared weights: one set, of however many experts it is a part."""
        row.shared = key in self.weights
        if not self.peeking:
            self.weights[key] = ()
        sets = [*self.sets, (self.ops, len(self.ops))]
        around = {"sharing": use.node, "outside": len(self.loops), "owner": key, "paths": []}
        with self.inside(**around, copies=1, active=1, sets=sets):
            out: Tensor | None = _TRACE[type(body.node)](self, body.node, body.env, x)
        return out

    def chain(self, node: tree.Chain, env: Env, x: Tensor | None) -> Tensor | None:
        for i, step in enumerate(node.steps):
            if not isinstance(step, (tree.Shape, tree.Group)):
                self.goes_on(x, step, env)
            if x is not None or i == 0:
                x, env = self.step(step, env, x, i == 0)
                continue
            self.branching += 1  # what stands before takes what is declared here, too
            x, env = self.step(step, env, x, False)
            self.branching -= 1
        return x

    def step(self, node: tree.Node, env: Env, x: Tensor | None, head: bool) -> tuple[Tensor | None, Env]:
        """One step of a chain; a pattern among them gives names that hold until its end."""
        if isinstance(node, tree.Group) and isinstance(node.body, tree.Label):
            node = node.body
        if isinstance(node, tree.Label):
            x, env = self.step(node.body, env, x, head)
            if x is None:
                raise Opens(None, INPUTS["image"])
            name_tensor(self, node, env, x)
            return x, env
        if isinstance(node, tree.Shape) or (isinstance(node, tree.Group) and isinstance(node.body, tree.Name)):
            items = node.items if isinstance(node, tree.Shape) else [node.body]
            if isinstance(node, tree.Shape) or not self._is_network(node.body, env):
                return shape_step(self, node, items, env, x)
        elif isinstance(node, tree.Call) and node.name == "input":
            return shape_step(self, node, node.args, env, x)
        elif (dropping := leading_reference(node)) is not None and x is not None and not head:
            node = dropping
            raise self.fault(
                f"@{node.name} would drop what comes in",
                node,
                env,
                f"concat(id, @{node.name}) or id + @{node.name} keeps both",
            )
        return self.plain_step(node, env, x), env

    def _is_network(self, node: tree.Node, env: Env) -> bool:
        assert isinstance(node, tree.Name)
        if node.name == "_" or not self.defined(node.name, env):
            return False
        return not is_number(self.value(node, env))

    def plain_step(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        if isinstance(node, tree.Label) or (isinstance(node, tree.Group) and isinstance(node.body, tree.Label)):
            return self.step(node, env, x, True)[0]
        if isinstance(node, tree.Name) and self.nameless(node, env):
            raise unknown(self, node.name, node, env, x is not None)
        value = self.as_network(node, env)
        if isinstance(value, Net):
            if value.node is node and type(node) is tree.Name and node.name not in CATALOGUE and node.name != "id":
                raise self.fault(f"'{node.name}' takes a network: {node.name}(…)", node, env)
            return self.trace(value, x)
        if is_number(value) or isinstance(value, tuple):
            sizes = value if isinstance(value, tuple) else (value,)
            if sizes is not value:
                self._check_number(node, env, x)
            return as_shape(self, sizes, node, env, x)
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

    def goes_on(self, x: Tensor | None, node: tree.Node, env: Env) -> None:
        """Refuses the several outputs of a fork where one tensor must come in."""
        if x is not None and x.parts:
            raise self.fault("fork ends a chain: nothing can follow it", node, env)

    # shapes

    @property
    def ops(self) -> list[Op]:
        """Where the next operation goes: the innermost symbolic repetition, or the network itself."""
        return self.loops[-1].body if self.loops else self.traced.ops

    # layers

    def layer(self, node: tree.Node, name: str, env: Env, x: Tensor | None) -> Tensor | None:
        """A layer, and the activations that are written as flags behind it."""
        layer = CATALOGUE[name]
        call = bound(layer, node, env, self)
        if x is None:
            if not layer.opens:
                return None
            raise Opens(None, first_axes(layer, call))
        self.goes_on(x, node, env)
        row = self.row(node, name, env)
        if self._speaks_of_names(node, env):
            row.order = self.met
        if name == "moe":
            out = experts(self, node, layer, call, env, x, row)
        else:
            beside: list[Tensor] = []
            it = called(self, layer, call, node, env, x, beside)
            out = self.operate(name, it, (x, *beside), node, env, row)
        for after in call.after:
            inner = after.node
            if isinstance(inner, tree.Name) and inner.name == "id":
                continue
            word = CATALOGUE[inner.name]  # type: ignore[attr-defined]
            flag = bound(word, inner, after.env, self)
            self.paths.append(word.name)
            out = self.operate(word.name, called(self, word, flag, inner, after.env, out), (out,), node, env, row)
            self.paths.pop()
        row.shape = out.shape
        self.paths.pop()
        return out

    def _speaks_of_names(self, node: tree.Node, env: Env) -> bool:
        """Whether a call speaks of names that stand for something where it is written, such as parameters."""
        if not isinstance(node, tree.Call) or not (env.names or env.outer):
            return False
        if id(node) not in self.named:  # a definition is traced in many places
            self.named[id(node)] = node, set().union(*map(free_names, node.args))
        return any(env.find(name) is not None for name in self.named[id(node)][1])

    def operate(
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
            own(self, op, kind_, facts, node, env)
        row.ops.append(op)
        self.ops.append(op)
        for note in facts.notes:
            text = note.replace("{x}", self.show(inputs[0].shape)).replace("{call}", self.call_text(node, env))
            if text not in self.traced.assumed:
                self.traced.assumed.append(text)
        return op.out

    # questions

    def quantity(self, node: tree.Call, env: Env) -> Any:
        """A quantity or a cost of a network as a number: params(net), memory(net, batch=8)."""
        return quantity(self, node, env)

    def settings(
        self, settings_: list[tree.Setting], env: Env, meet: Callable[[Tracer], Any] | None = None
    ) -> dict[str, Size]:
        """What an `at` puts in place of symbols."""
        return settings(self, settings_, env, meet)

    def _given(self, node: tree.Given, env: Env) -> Any:
        return given(self, node, env)

    # rows and paths

    def call_text(self, node: tree.Node, env: Env) -> str:
        text = env.frame.source.text[node.start : node.end]
        return " ".join(text.split())

    def segment(self, name: str) -> None:
        """One level deeper in the paths: the name, and a number where the chain has it already."""
        used = self.used[-1]
        used[name] = used.get(name, 0) + 1
        self.paths = [*self.paths, name if used[name] == 1 else f"{name}{used[name]}"]

    def row(self, node: tree.Node, name: str, env: Env, group: bool = False) -> Row:
        self.segment(name)
        row = Row(name, ".".join(self.paths), self.call_text(node, env), len(self.groups), group)
        row.loops = tuple(self.loops)
        self.traced.rows.append(row)
        return row

    def enter(self, node: tree.Node, name: str, env: Env) -> Row:
        row = self.row(node, name, env, group=True)
        self.groups.append(row)
        self.used.append({})
        return row

    def leave(self) -> None:
        self.groups.pop().end = len(self.traced.rows)
        self.used.pop()
        self.paths = self.paths[:-1]

    def part(self, number: int, label: str = "") -> None:
        """A copy or a branch of the group that is open: a number in the paths, no row of its own."""
        self.groups[-1].parts.append((len(self.traced.rows), label))
        self.segment(str(number))
        self.used.append({})

    def part_over(self) -> None:
        self.used.pop()
        self.paths = self.paths[:-1]

    def branch(self, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
        if isinstance(node, tree.Keyword):
            raise self.fault(f"there is no option '{node.name}' here", node, env)
        if isinstance(node, tree.Shape):
            return shape_step(self, node, node.items, env, x)[0]
        return self.plain_step(node, env, x)


def asker(program: Program, given: dict[str, Size]) -> Tracer:
    """A tracer for a question: numbers may have units, and what is assumed holds."""
    tracer = Tracer(program, given)
    tracer.units = True
    tracer.assume()
    return tracer


def _called(tracer: Tracer, node: tree.Node, env: Env, x: Tensor | None) -> Tensor | None:
    """A word of the catalogue: a structure, such as a join, or a layer."""
    name = node.name  # type: ignore[attr-defined]
    if name == "id":
        return x
    structure = _STRUCTURE.get(name)
    if structure is None:
        return tracer.layer(node, name, env, x)
    out: Tensor | None = structure(tracer, node, env, x)
    return out


# The words that are no layers.
_STRUCTURE: dict[str, Any] = {
    **dict.fromkeys(JOINS, called_join),
    "shared": shared,
    "input": lambda to, node, env, x: shape_step(to, node, getattr(node, "args", []), env, x)[0],
}

# A phrase as a network, by its kind.
_TRACE: dict[type[tree.Node], Any] = {
    tree.Chain: Tracer.chain,
    tree.Name: _called,
    tree.Call: _called,
    tree.Sum: lambda to, node, env, x: join(to, "add", [(it, env) for it in node.operands], node, env, x),
    tree.Concat: lambda to, node, env, x: join(to, "concat", [(it, env) for it in node.branches], node, env, x),
    tree.Product: repeat,
    tree.Listing: listing,
    tree.Reference: reference,
    tree.Label: Tracer.plain_step,
    tree.Group: Tracer.plain_step,
    tree.Given: network_given,
    Hole: lambda to, node, env, x: node.fill(x),
}

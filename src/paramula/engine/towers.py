"""Networks with an input of their own that a layer or a join looks at: towers, over=…, labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import did_you_mean, listed
from ..language import tree
from ..measures.traced import BESIDE, Tensor
from .opening import INPUTS, Opens
from .patterns import label_place, open_input
from .program import free_names
from .values import Env, Frame, Labels, Net, key_of
from .weights import counted_in, depends

if TYPE_CHECKING:
    from .trace import Tracer


def stands_for(key: Any, tensors: Sequence[Tensor]) -> bool:
    """Whether a key has one of some tensors in it."""
    if isinstance(key, tuple):
        return any(stands_for(part, tensors) for part in key)
    return isinstance(key, Tensor) and any(key is tensor for tensor in tensors)


def unlabelled(body: tree.Node) -> tree.Node:
    """A tower's chain without the label that names it."""
    if isinstance(body, tree.Label):
        return tree.Chain(body.start, body.end, [body.body])
    assert isinstance(body, tree.Chain)
    first = body.steps[0]
    assert isinstance(first, tree.Label)
    return tree.Chain(body.start, body.end, [first.body, *body.steps[1:]])


def reference(to: Tracer, node: tree.Node, env: Env, x: Tensor | None) -> Tensor:
    name = node.name  # type: ignore[attr-defined]
    if to.peeking:
        raise Opens(None, begun=True)
    tensor = env.labels.find(name)
    if tensor is not None:
        assert isinstance(tensor, Tensor)
        return tensor
    home = env.frame.home
    it = home.towers.get(name)
    if it is None:
        if env.labels.hidden(name):
            raise to.fault(f"the label '{name}' lives inside a repeat, which has one in every copy", node, env)
        known = [*home.towers, *env.labels.tensors]
        other = label_place(to, name, node, env)
        hint = did_you_mean(name, known) or (
            f"'{name}' is a definition: write {name}" if name in home.definitions
            else "a label is seen behind its step, in its own chain" if other
            else f"label a step that stands before: ({name}: …)"
        )  # fmt: skip
        raise to.fault(f"there is no tensor labelled '{name}' before this place", node, env, hint, other)
    frame = to.frame if it.home is to.program else Frame(it.home, key=(id(it.home),))
    return tower(to, name, it.node, Net(unlabelled(it.node.body), Env(frame, Labels(), {})), node, env)


def begins(to: Tracer, net: Net) -> Opens:
    """How a network begins where nothing has arrived: no layer is run."""
    rows, needs = len(to.traced.rows), len(to.needs)
    state = {field: getattr(to, field) for field in to.AROUND} | {"paths": [], "used": [{}], "groups": []}
    try:
        with to.inside(**{**state, "branching": 0, "peeking": True}):
            to.trace(net, None)
    except Opens as opens:
        return opens
    finally:
        del to.traced.rows[rows:], to.needs[needs:]
    return Opens(None, INPUTS["image"])


def beside(to: Tracer, net: Net, place: tree.Node, env: Env) -> Tensor:
    """What a network gives out that a layer looks at. One with an input of its own is one network, wherever it is
    looked at from; one that begins at a label is a part of the place where it stands."""
    key = identity(to, net)
    if key in to.towers:
        return to.towers[key]
    opens = begins(to, net)
    if opens.begun:
        at = len(to.traced.rows) - 1  # the layer's
        row = to.enter(net.node, "over", net.env)
        row.kind = BESIDE
        out = to.trace(net, None)
        to.leave()
        assert out is not None
        row.shape = out.shape
        rows_before(to, at, at + 1)
        return out
    if opens.shape is None:
        hint = "label the step that gives it out: (enc: …) -> …, and write over=@enc"
        message = "a tensor is named here: @name, or a network with an input of its own"
        raise to.fault(message, place, env, hint)
    for loop in to.loops:
        if depends(key, loop.index) or stands_for(key, [loop.entry, *(op.out for op in loop.body)]):
            message = "every copy would have a network with an input of its own here"
            raise to.fault(message, place, env, "write the count as a number")
    for ops, start in to.sets:
        if stands_for(key, [op.out for op in ops[start:]]):
            message = "every expert, or use of what is shared, would have a network with an input of its own here"
            raise to.fault(message, place, env, "let it look at no label inside")
    name = net.use.name if net.use is not None else "over"
    inside = Net(net.node, net.env.with_names({}, Labels(net.env.labels)), net.use, net.key)
    return tower(to, name, key, inside, place, env)


def identity(to: Tracer, value: Any) -> Any:
    """What tells one network with an input of its own from another: its text, and what its names and labels
    stand for."""
    if not isinstance(value, Net):
        return key_of(value)
    node, env = value.node, value.env
    to.spend(1, node, env)  # arguments of arguments may be many
    known = {name: env.labels.find(name[1:]) if name[0] == "@" else env.find(name) for name in free_names(node)}
    stand = tuple((name, identity(to, it)) for name, it in sorted(known.items()) if it is not None)
    return env.frame.source, node.start, node.end, stand


def tower(to: Tracer, name: str, key: Any, net: Net, node: tree.Node, env: Env) -> Tensor:
    """What a network with an input of its own gives out; it is traced once, by the key."""
    if key in to.towers:
        return to.towers[key]
    counted_in(to, to.loops, node, env)
    if key in to.rising:
        if next(reversed(to.rising)) != key:
            circle = list(to.rising.values())[list(to.rising).index(key) :]
            raise to.fault(f"the towers {listed(circle, 'and')} refer to each other", node, env)
        hint = f"a label at the start names the whole chain; to name one step write ({name}: conv(…)) -> …"
        raise to.fault(f"the tower '{name}' refers to itself", node, env, hint)
    to.rising[key] = name
    start, around = len(to.traced.rows), to.groups[:1]
    rows: dict[str, Any] = {"paths": [], "used": [to.used[0]], "groups": [], "loops": []}
    with to.inside(**rows, owner=(), branching=0, times=1, copies=1, active=1, sets=[]):
        row = to.enter(net.node, name, net.env)
        row.written = f"{name}:"
        try:
            out = tower_opened(to, name, net)
        finally:
            del to.rising[key]
            to.leave()
    row.shape = out.shape
    if around:
        rows_before(to, to.traced.rows.index(around[0]), start)
    to.towers[key] = out
    return out


def rows_before(to: Tracer, at: int, start: int) -> None:
    """Moves the rows from `start` on in front of the one at `at`: a tower is read before what looks at it."""
    rows = to.traced.rows
    count = len(rows) - start
    rows[at:] = rows[start:] + rows[at:start]
    for i, row in enumerate(rows[at:]):
        by = at - start if i < count else count
        row.end += by if row.end else 0
        row.parts = [(begin + by, label) for begin, label in row.parts]


def tower_opened(to: Tracer, name: str, net: Net) -> Tensor:
    """A tower from the input that it declares, or its first layer takes."""
    opens = begins(to, net)
    x = None
    if opens.shape is not None and opens.branch:
        x = Tensor(opens.shape)
    elif opens.shape is None and not opens.begun:
        x = Tensor(tuple(to.symbol(to._input_name(f"{letter}_{name}")) for letter in opens.names))
        to.traced.assumed.append(f"the input of {name} is {to.show(x.shape)}")
    if x is not None:
        open_input(to, x, opens)
    try:
        out = to.trace(net, x)
    except Opens:
        out = None
    if out is None:
        raise to.fault(f"the tower '{name}' has no input", net.node, net.env, f"write {name}: (H,W,3) -> …")
    return out

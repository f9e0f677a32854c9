"""An oracle in plain integers: walks a network of nested tuples and counts. Knows no text and nothing of paramula.

A network is a tuple whose first word is the layer, such as `("conv", {"k": (3, 3), "f": 32, ...})`,
`("dense", 10, True)` or `("chain", [a, b])`; the functions marked `@layer` below are the list of them, with their
arguments. Shapes have channels last and no batch. Wherever it is cheap a size is found by trying every position, not by
the formula of the catalogue.
"""

from __future__ import annotations

from collections import namedtuple
from fractions import Fraction
from math import prod

Tensor = namedtuple("Tensor", "shape depth reach")
"""What flows: its shape, the kernels on the longest path to it, and its `Reach` (None where that is not defined)."""

Reach = namedtuple("Reach", "field jump")
"""Per axis of the network's input: the elements seen (None: unclear) and how far one step goes (None: axis gone)."""

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
LAYERS = {}


class Bound(int):
    """A size made from one that a pattern names: `size * times / over + plus`, worked out anew wherever it is run.

    As a number it is what it was where it was drawn.
    """

    def __new__(cls, name, size, times=1, over=1, plus=0):
        self = super().__new__(cls, size * times // over + plus)
        self.name, self.parts = name, (times, over, plus)
        return self

    def now(self, names):
        """The number where `names` are the sizes that were met."""
        times, over, plus = self.parts
        need(names[self.name] * times % over == 0, f"{names[self.name]} * {times} / {over}")
        return names[self.name] * times // over + plus


class Refused(Exception):
    """The network is impossible; the argument says why."""


def simulate(net, input_shape):
    """Every quantity of `net` on an input of `input_shape` (None where it brings its own towers) as a dict of integers.

    `receptive_field` and `stride` are there only where they are clear beyond doubt. Raises `Refused`.
    """
    machine = Machine(input_shape)
    return machine.facts(machine.run(net, machine.input()))


class Machine:
    """The running totals, the log of weights (for sharing) and what labels and towers gave out."""

    def __init__(self, input_shape=None):
        self.shape = input_shape
        self.total = dict.fromkeys(("weights", "biases", "state", "outputs", "activations", "macs", "idle"), 0)
        self.log = []
        self.owners = {}
        self.labels = {}
        self.towers = {}
        self.names = {}

    def input(self, shape=None):
        """The tensor that comes in: it sees itself."""
        shape = shape or self.shape
        if shape is None:
            return None
        axes = len(shape) - 1
        return Tensor(tuple(shape), 0, Reach((1,) * axes, (1,) * axes))

    def run(self, net, x):
        """What `net` makes of the tensor `x`; refuses sizes below one."""
        out = LAYERS[net[0]](self, x, *map(self.settled, net[1:]))
        for tensor in out if isinstance(out, list) else [out]:
            if tensor is not None and min(tensor.shape, default=1) < 1:
                raise Refused(f"{net[0]} gives {tensor.shape}")
        return out

    def settled(self, argument):
        """An argument with every bound size as it is now."""
        if isinstance(argument, Bound):
            return argument.now(self.names)
        if isinstance(argument, dict):
            return {key: self.settled(value) for key, value in argument.items()}
        return argument

    def own(self, kind, *dims):
        """Own a tensor: `kind` is weights, biases or state."""
        self.log.append((kind, dims))
        self.total[kind] += prod(dims)

    def work(self, macs, *products):
        """Do `macs` multiplications that give out tensors of these many elements."""
        self.total["macs"] += macs
        self.total["activations"] += sum(products)

    def give(self, x, shape, depth=0, reach="same"):
        """A layer's output: counted, `depth` kernels deeper."""
        self.total["outputs"] += prod(shape)
        return view(x, shape, depth, reach)

    def facts(self, out):
        """Every quantity of what was run, where it gave out `out`."""
        outs = out if isinstance(out, list) else [out]
        total = self.total
        params = total["weights"] + total["biases"]
        facts = {
            "params": params,
            "weights": total["weights"],
            "biases": total["biases"],
            "state": total["state"],
            "trainable": params,
            "outputs": total["outputs"],
            "activations": total["activations"],
            "macs": total["macs"],
            "flops": 2 * total["macs"],
            "depth": max(t.depth for t in outs),
            "shape": tuple(t.shape for t in outs) if out is outs else out.shape,
            "active_params": params - total["idle"],
        }
        if out is not outs and out.reach and out.reach.field:
            if None not in out.reach.field:
                facts["receptive_field"] = out.reach.field
            if None not in out.reach.jump:
                facts["stride"] = out.reach.jump
        return facts


def view(x, shape, depth=0, reach="same"):
    """An output that is not counted."""
    return Tensor(tuple(shape), x.depth + depth, x.reach if reach == "same" else reach)


def layer(function):
    """Enter a function into the table of layers, under its name without the trailing underscore."""
    LAYERS[function.__name__.rstrip("_")] = function
    return function


def need(condition, reason):
    """Refuse unless the condition holds."""
    if not condition:
        raise Refused(reason)


# Windows --------------------------------------------------------------------------------------------------------------


def places(n, k, s, p, d, ceil=False):
    """How many windows lie on an axis of `n`, found by laying them one after the other.

    `p` is "same", "causal" or the padding (before, after). With `ceil` a window may hang over by less than a stride,
    but must not start behind the input (PyTorch's rule).
    """
    reach = sum(d for _ in range(k - 1)) + 1
    if p == "same":
        return len(range(0, n, s))
    before, after = (reach - 1, 0) if p == "causal" else p
    padded = before + n + after
    start, found = 0, 0
    while start + reach <= padded + (s - 1 if ceil else 0):
        if ceil and start >= before + n:
            break
        found += 1
        start += s
    need(found, f"a window of {reach} on {padded}")
    return found


def sides(p, axes):
    """The padding of each axis: a word, or (before, after)."""
    return ((0, 0),) * axes if p == "valid" else (p,) * axes if isinstance(p, str) else p


def slide(x, o):
    """Places and reach after the window `o` (k, s, p, d per axis) has slid over the tensor."""
    *space, _ = x.shape
    need(space and len(space) == len(o["k"]), f"a window {o['k']} on {x.shape}")
    pads = sides(o["p"], len(space))
    ceil = o.get("ceil", False)
    sizes = [places(n, *axis, ceil) for n, *axis in zip(space, o["k"], o["s"], pads, o["d"], strict=True)]
    return sizes, widen_reach(x, [d * (k - 1) for k, d in zip(o["k"], o["d"], strict=True)], o["s"])


def widen_reach(x, more, strides):
    """The reach after a window that adds `more` elements and steps by `strides` (fractions where it steps back)."""
    if x.reach is None or None in x.reach.jump or len(x.reach.jump) != len(x.shape) - 1:
        return None
    field = [
        f if f is None or isinstance(f, Whole) else whole(f + m * j)
        for f, m, j in zip(x.reach.field, more, x.reach.jump, strict=True)
    ]
    return Reach(tuple(field), tuple(whole(j * s) for j, s in zip(x.reach.jump, strides, strict=True)))


def whole(number):
    """An int where the fraction is one."""
    return int(number) if number == int(number) else number


class Whole(int):
    """A field that is the whole input: nothing behind it can see more."""


def everything(m, x):
    """The reach of a layer that looks at all of the input's places at once."""
    if x.reach is None or m.shape is None:
        return None
    return Reach(tuple(map(Whole, m.shape[:-1])), (None,) * len(x.reach.jump))


@layer
def conv(m, x, o):
    c, f, g = x.shape[-1], o["f"], o["g"]
    need(c % g == 0 and f % g == 0, f"{g} groups in {c} -> {f}")
    sizes, reach = slide(x, o)
    taps = prod(o["k"])
    m.own("weights", *o["k"], c // g, f)
    if o["bias"]:
        m.own("biases", f)
    m.work(sum(taps * (c // g) for _ in range(f)) * prod(sizes), prod(sizes) * f)
    return m.give(x, (*sizes, f), 1, reach)


@layer
def dwconv(m, x, o):
    c, times = x.shape[-1], o["multiplier"]
    sizes, reach = slide(x, o)
    m.own("weights", *o["k"], c, times)
    if o["bias"]:
        m.own("biases", c * times)
    m.work(prod(sizes) * prod(o["k"]) * c * times, prod(sizes) * c * times)
    return m.give(x, (*sizes, c * times), 1, reach)


@layer
def sepconv(m, x, o):
    c, f = x.shape[-1], o["f"]
    middle = c * o["multiplier"]
    sizes, reach = slide(x, o)
    m.own("weights", *o["k"], middle)
    m.own("weights", middle, f)
    if o["bias"]:
        m.own("biases", f)
    m.work(prod(sizes) * prod(o["k"]) * middle, prod(sizes) * middle)
    m.work(prod(sizes) * middle * f, prod(sizes) * f)
    return m.give(x, (*sizes, f), 1, reach)


def reached(n, k, s, p, more, d):
    """The size of a transposed convolution: every place an input element is spread to, then the border cut off."""
    extent = max(i * s + t * d for i in range(n) for t in range(k)) + 1
    if p == "same":
        return n * s
    if p == "valid":
        return max(extent, n * s)
    return extent - sum(p) + more


def spread(k, s, d):
    """The distance of the first and the last input element that reach the same output of a transposed convolution."""
    return max(t * d // s for t in range(k) if t * d % s == 0)


@layer
def tconv(m, x, o):
    *space, c = x.shape
    f, g, axes = o["f"], o["g"], len(x.shape) - 1
    need(c % g == 0 and f % g == 0, f"{g} groups in {c} -> {f}")
    need(axes == len(o["k"]), f"a window {o['k']} on {x.shape}")
    pads = o["p"] if not isinstance(o["p"], str) else (o["p"],) * axes
    sizes = [reached(*axis) for axis in zip(space, o["k"], o["s"], pads, o["output_pad"], o["d"], strict=True)]
    need(min(sizes) >= 1, f"a transposed convolution to {sizes}")
    more = [spread(*axis) for axis in zip(o["k"], o["s"], o["d"], strict=True)]
    reach = widen_reach(x, more, [Fraction(1, s) for s in o["s"]])
    m.own("weights", *o["k"], c // g, f)
    if o["bias"]:
        m.own("biases", f)
    m.work(prod(space) * prod(o["k"]) * c * (f // g), prod(sizes) * f)
    return m.give(x, (*sizes, f), 1, reach)


@layer
def pool(m, x, o):
    sizes, reach = slide(x, o)
    return m.give(x, (*sizes, x.shape[-1]), 0, reach)


@layer
def gap(m, x):
    need(len(x.shape) > 1, "a global pool without places")
    return m.give(x, x.shape[-1:], 0, everything(m, x))


@layer
def adaptive(m, x, sizes):
    space = x.shape[:-1]
    need(len(space) == len(sizes), f"adaptive {sizes} on {x.shape}")
    more = [max(-(-(i + 1) * n // o) - i * n // o for i in range(o)) - 1 for n, o in zip(space, sizes, strict=True)]
    reach = widen_reach(x, more, [Fraction(n, o) for n, o in zip(space, sizes, strict=True)])
    return m.give(x, (*sizes, x.shape[-1]), 0, reach)


@layer
def up(m, x, r):
    need(len(x.shape) > 1, "up without places")
    reach = widen_reach(x, [0] * (len(x.shape) - 1), [Fraction(1, r)] * (len(x.shape) - 1))
    return m.give(x, (*(int(n * r) for n in x.shape[:-1]), x.shape[-1]), 0, reach)


@layer
def shuffle(m, x, r):
    *space, c = x.shape
    need(space, "shuffle without places")
    need(c % r ** len(space) == 0, f"shuffle {r} of {c} channels")
    reach = widen_reach(x, [0] * len(space), [Fraction(1, r)] * len(space))
    return m.give(x, (*(n * r for n in space), c // r ** len(space)), 0, reach)


@layer
def unshuffle(m, x, r):
    *space, c = x.shape
    need(space, "unshuffle without places")
    need(all(n % r == 0 for n in space), f"unshuffle {r} of {x.shape}")
    reach = widen_reach(x, [r - 1] * len(space), [r] * len(space))
    return m.give(x, (*(n // r for n in space), c * r ** len(space)), 0, reach)


@layer
def widen(m, x, f):
    need(f >= x.shape[-1], f"widen {x.shape[-1]} to {f}")
    return m.give(x, (*x.shape[:-1], f))


@layer
def pad(m, x, p):
    need(len(p) == len(x.shape) - 1, f"pad {p} of {x.shape}")
    return m.give(x, (*(a + n + b for n, (a, b) in zip(x.shape[:-1], p, strict=True)), x.shape[-1]))


@layer
def crop(m, x, p):
    need(len(p) == len(x.shape) - 1, f"crop {p} of {x.shape}")
    sizes = [len(range(n)[a : n - b]) if a + b < n else 0 for n, (a, b) in zip(x.shape[:-1], p, strict=True)]
    need(min(sizes) >= 1, f"crop {p} of {x.shape}")
    return view(x, (*sizes, x.shape[-1]))


@layer
def patch(m, x, k, f, bias):
    o = {"k": k, "s": k, "p": "valid", "d": (1,) * len(k)}
    sizes, reach = slide(x, o)
    m.own("weights", *k, x.shape[-1], f)
    if bias:
        m.own("biases", f)
    m.work(prod(sizes) * prod(k) * x.shape[-1] * f, prod(sizes) * f)
    return m.give(x, (prod(sizes), f), 1, reach)


# Dense, tokens, scale -------------------------------------------------------------------------------------------------


@layer
def dense(m, x, u, bias):
    n = prod(x.shape)
    m.own("weights", n, u)
    if bias:
        m.own("biases", u)
    m.work(n * u, u)
    return m.give(x, (u,), 1, everything(m, x))


@layer
def linear(m, x, u, bias):
    *space, c = x.shape
    m.own("weights", c, u)
    if bias:
        m.own("biases", u)
    m.work(prod(space) * c * u, prod(space) * u)
    return m.give(x, (*space, u), 1)


@layer
def embed(m, x, v, d):
    m.own("weights", v, d)
    return m.give(x, (*x.shape, d), 0, None)


@layer
def unembed(m, x, v, d):
    need(x.shape[-1] == d, f"unembed of {x.shape} with a table of width {d}")
    t = prod(x.shape[:-1])
    m.work(t * d * v, t * v)
    return m.give(x, (*x.shape[:-1], v), 1)


@layer
def pos(m, x, n=None):
    *space, d = x.shape
    t = prod(space)
    need(n is None or n >= t, f"{n} positions for {t}")
    m.own("weights", t if n is None else n, d)
    return m.give(x, x.shape)


@layer
def cls(m, x, n):
    need(len(x.shape) == 2, f"cls on {x.shape}")
    m.own("weights", n, x.shape[1])
    return m.give(x, (x.shape[0] + n, x.shape[1]), 0, None)


@layer
def param(m, x, dims):
    m.own("weights", *dims)
    return x


@layer
def scale(m, x):
    m.own("weights", x.shape[-1])
    return m.give(x, x.shape)


@layer
def shift(m, x):
    m.own("biases", x.shape[-1])
    return m.give(x, x.shape)


@layer
def flatten(m, x):
    axes = len(x.reach.jump) if x.reach else 0
    return view(x, (prod(x.shape),), 0, Reach((None,) * axes, (None,) * axes) if x.reach else None)


@layer
def flatten_space(m, x):
    need(len(x.shape) > 1, "no places to join")
    return view(x, (prod(x.shape[:-1]), x.shape[-1]), 0, None)


@layer
def reshape(m, x, sizes):
    known, elements = prod(n for n in sizes if n != -1), prod(x.shape)
    need(elements % known == 0 if -1 in sizes else elements == known, f"reshape {x.shape} to {sizes}")
    return view(x, (elements // known if n == -1 else n for n in sizes), 0, None)


@layer
def permute(m, x, order):
    need(sorted(order) == list(range(len(x.shape))), f"permute {order} of {x.shape}")
    return view(x, (x.shape[i] for i in order), 0, None)


@layer
def slice_(m, x, a, b):
    need(0 <= a < b <= x.shape[-1], f"slice {a}..{b} of {x.shape[-1]}")
    return view(x, (*x.shape[:-1], b - a))


@layer
def first(m, x):
    need(len(x.shape) > 1, f"first of {x.shape}")
    return view(x, x.shape[1:], 0, None)


@layer
def mean(m, x, axis):
    need(len(x.shape) > 1 and axis < len(x.shape), f"mean over axis {axis} of {x.shape}")
    return m.give(x, x.shape[:axis] + x.shape[axis + 1 :], 0, None)


# Norms and functions without a kernel ---------------------------------------------------------------------------------


@layer
def norm(m, x, o):
    """`o`: scale, shift (booleans), state (tensors kept), axes (how many, from the last), groups."""
    need(1 <= o.get("axes", 1) <= len(x.shape), f"a norm over {o.get('axes')} axes of {x.shape}")
    need(x.shape[-1] % o.get("groups", 1) == 0, f"{o.get('groups')} groups of {x.shape[-1]} channels")
    dims = x.shape[len(x.shape) - o.get("axes", 1) :]
    if o["scale"]:
        m.own("weights", *dims)
    if o["shift"]:
        m.own("biases", *dims)
    for _ in range(o.get("state", 0)):
        m.own("state", x.shape[-1])
    return m.give(x, x.shape)


@layer
def act(m, x, name):
    if name == "glu":
        need(x.shape[-1] % 2 == 0, f"glu of {x.shape[-1]} channels")
        return m.give(x, (*x.shape[:-1], x.shape[-1] // 2))
    if name.startswith("prelu"):
        m.own("weights", *{"prelu(shared)": (1,), "prelu(places)": x.shape}.get(name, x.shape[-1:]))
    return m.give(x, x.shape)


@layer
def id_(m, x):
    return x


@layer
def pattern(m, x, dims):
    """`dims`: numbers that must be equal, names to bind, None for any size, `...` for any number of leading axes."""
    given = x.shape
    if dims and dims[0] is ...:
        dims = dims[1:]
        given = x.shape[len(x.shape) - len(dims) :] if len(dims) <= len(x.shape) else ()
    need(len(dims) == len(given), f"{x.shape} is not {dims}")
    for want, n in zip(dims, given, strict=True):
        if isinstance(want, str):
            m.names[want] = n
        else:
            need(want in (None, n), f"{x.shape} is not {dims}")
    return x


# Recurrent, attention, experts ----------------------------------------------------------------------------------------


@layer
def recurrent(m, x, o):
    need(len(x.shape) == 2, f"{o['kind']} on {x.shape}")
    (t, c), u = x.shape, o["u"]
    for _gate in range(GATES[o["kind"]]):
        m.own("weights", c, u)
        m.own("weights", u, u)
        for _bias in range(o["biases"]):
            m.own("biases", u)
        m.work(t * (c * u + u * u))
    m.work(0, t * u)
    return m.give(x, (t, u) if o["seq"] else (u,), 1, None)


@layer
def bi(m, x, body):
    there, back = m.run(body, x), m.run(body, x)
    return view(there, (*there.shape[:-1], there.shape[-1] + back.shape[-1]))


@layer
def attention(m, x, o):
    *space, d = x.shape
    source = m.run(o["over"], x) if o["over"] else x
    t, s, width = prod(space), prod(source.shape[:-1]), source.shape[-1]
    heads, kv = o["heads"], o["kv"] or o["heads"]
    need(space and len(source.shape) > 1, f"attention on {x.shape} over {source.shape}")
    need(o["dim"] or d % heads == 0, f"{heads} heads of {d} channels")
    need(heads % kv == 0, f"{kv} keys for {heads} heads")
    dim = o["dim"] or d // heads
    keys = (s, width, kv * dim, "qkv")
    for rows, wide, high, side in [(t, d, heads * dim, "qkv"), keys, keys, (t, heads * dim, d, "out")]:
        m.own("weights", wide, high)
        if side in o["bias"]:
            m.own("biases", high)
        m.work(rows * wide * high, rows * high)
    for _head in range(heads):
        m.work(t * s * dim, t * s)
        m.work(t * s * dim, t * dim)
    deepest = x._replace(depth=max(x.depth, source.depth))
    return m.give(deepest, x.shape, 2, None)


@layer
def moe(m, x, expert, n, k):
    need(1 <= k <= n, f"{k} of {n} experts")
    places_, d = prod(x.shape[:-1]), x.shape[-1]
    m.own("weights", d, n)
    m.work(places_ * d * n, places_ * n)
    before = dict(m.total)
    out = m.run(expert, x)
    one = {name: m.total[name] - before[name] for name in before}
    for name in ("weights", "biases", "state"):
        m.total[name] += (n - 1) * one[name]
    for name in ("macs", "activations", "outputs", "idle"):
        m.total[name] += (k - 1) * one[name]
    m.total["idle"] += (n - k) * (one["weights"] + one["biases"])
    m.total["outputs"] += places_ * n
    return m.give(out._replace(depth=max(out.depth, x.depth + 1)), out.shape)


# Putting together -----------------------------------------------------------------------------------------------------


@layer
def chain(m, x, steps):
    for step in steps:
        x = m.run(step, x)
    return x


@layer
def repeat(m, x, n, body):
    need(n >= 0, f"{n} copies")
    return chain(m, x, [body] * n)


@layer
def shared(m, x, key, body):
    before, outer = dict(m.total), m.log
    m.log = []
    out = m.run(body, x)
    mine, m.log = m.log, outer + m.log
    if key in m.owners:
        need(m.owners[key] == mine, f"{key} would need other weights")
        m.total.update((name, before[name]) for name in ("weights", "biases", "state", "idle"))
    m.owners[key] = mine
    return out


@layer
def label(m, x, name, body):
    m.labels[name] = m.run(body, x)
    return m.labels[name]


@layer
def ref(m, x, name):
    return m.labels[name]


@layer
def tower(m, x, name, shape, body):
    """A network with an input of its own, run when first referred to."""
    if name not in m.towers:
        m.towers[name] = m.run(body, Tensor(tuple(shape), 0, None))._replace(reach=None)
    return m.towers[name]


def join_reach(branches):
    """The largest field; None where the branches step differently over an axis they still have."""
    if any(b.reach is None for b in branches):
        return None
    fields = zip(*(b.reach.field for b in branches), strict=True)
    jumps = [{j for j in axis if j is not None} for axis in zip(*(b.reach.jump for b in branches), strict=True)]
    if any(len(axis) > 1 for axis in jumps):
        return None
    return Reach(
        tuple(None if None in axis else max(axis, key=lambda f: (isinstance(f, Whole), f)) for axis in fields),
        tuple(next(iter(axis), None) for axis in jumps),
    )


def joined(m, branches, shape, reach="join"):
    """The tensor of a join, counted once."""
    deepest = Tensor(shape, max(b.depth for b in branches), join_reach(branches) if reach == "join" else reach)
    return m.give(deepest, shape)


@layer
def add(m, x, branches):
    outs = [m.run(branch, x) for branch in branches]
    shape = outs[0].shape
    for other in outs[1:]:
        if len(other.shape) > len(shape) == 1 and shape[-1] == other.shape[-1]:
            shape = other.shape
        need(other.shape == shape or other.shape == shape[-1:], f"adding {shape} and {other.shape}")
    return joined(m, outs, shape)


@layer
def residual(m, x, body, shortcut=None):
    return add(m, x, [body, shortcut or ("id",)])


@layer
def concat(m, x, branches, axis=-1):
    outs = [m.run(branch, x) for branch in branches]
    rank = len(outs[0].shape)
    need(all(len(o.shape) == rank for o in outs) and -rank <= axis < rank, "concatenating different ranks")
    axis %= rank
    rest = {o.shape[:axis] + o.shape[axis + 1 :] for o in outs}
    need(len(rest) == 1, f"concatenating {[o.shape for o in outs]}")
    shape = (*outs[0].shape[:axis], sum(o.shape[axis] for o in outs), *outs[0].shape[axis + 1 :])
    return joined(m, outs, shape, "join" if axis == rank - 1 else None)


@layer
def mul(m, x, branches):
    outs = [m.run(branch, x) for branch in branches]
    rank = max(len(o.shape) for o in outs)
    padded = [(1,) * (rank - len(o.shape)) + o.shape for o in outs]
    sizes = [set(axis) - {1} or {1} for axis in zip(*padded, strict=True)]
    need(all(len(axis) == 1 for axis in sizes), f"multiplying {[o.shape for o in outs]}")
    return joined(m, outs, tuple(axis.pop() for axis in sizes))


@layer
def fork(m, x, branches):
    return [m.run(branch, x) for branch in branches]

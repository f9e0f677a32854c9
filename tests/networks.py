"""Random sentences of the language, each beside the same network as a tuple tree for the simulator.

A network is drawn step by step from the incoming shape; the simulator says what each step gives out and whether it is
possible at all. Every number that the language lets a symbol stand for is a `Slot`, so one drawn text can be written
with numbers, or with fresh symbols in place of some of them.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from math import prod

from simulator import Bound, Machine, Refused, Tensor

Sample = namedtuple("Sample", "net shape text symbolic values")
"""Tree and input shape for `simulate`; the sentence with numbers, the one with symbols, and what these stand for."""

Piece = namedtuple("Piece", "tree text level")
"""A network as a tree and as parts of a text (strings, slots, windows, heads); `level`: how tightly the text holds."""

CHAIN, LABEL, CONCAT, ADD, REPEAT, ATOM = range(6)
LARGEST_AXIS, LARGEST_TENSOR = 160, 40_000
SYMBOLIC_COUNTS = True  # whether a count of copies (`block*n`, `for i in 1..n`) may be a symbol
COUNT = "count"
FILTERS = [1, 2, 3, 4, 4, 5, 6, 8, 8, 12, 16]
ACTIVATIONS = [
    "relu",
    "gelu",
    "silu",
    "sigmoid",
    "tanh",
    "softmax",
    "hswish",
    "hsigmoid",
    "elu",
    "selu",
    "softplus",
    "leaky",
    "mish",
    "relu6",
]
EXOTIC = ["E", "I", "N", "O", "Q", "S", "pi", "beta", "gamma", "lambda", "zeta", "what", "θ", "λ", "x_1", "_y"]


def random_network(rng):
    """One sample from the whole catalogue; about one in ten is impossible."""
    while True:
        try:
            return program(Draw(rng))
        except Refused:
            continue


# Text ---------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Slot:
    """A written number. `kind` names the symbol that may replace it, "" where none may."""

    value: int
    kind: str = ""
    spelling: str | None = None
    alone: bool = True
    alias: str | None = None

    def write(self, names):
        return self.alias or names.get(self) or self.spelling or str(self.value)

    def named(self, names):
        return bool(self.alias or names.get(self))


def stem(slot):
    """What names for this number begin with."""
    return "n" if slot.kind == COUNT else slot.kind


@dataclass(eq=False)
class Window:
    """Sizes along the axes: `3x3`, `(3,k)`, or a single number for all."""

    dims: tuple
    style: str

    def write(self, names):
        if len(set(map(id, self.dims))) == 1 and self.style == "one":
            return self.dims[0].write(names)
        if self.style == "by" and not any(d.named(names) for d in self.dims):
            return "x".join(str(d.value) for d in self.dims)
        return "(" + ",".join(d.write(names) for d in self.dims) + ")"


@dataclass(eq=False)
class Head:
    """The input's shape; left out where only symbols of the usual names would stand there."""

    dims: tuple
    style: str
    usual: tuple = ()

    def write(self, names):
        sizes = [d.write(names) for d in self.dims]
        if self.style == "none" and names:
            return ""
        if self.style in ("by", "none") and not any(d.named(names) for d in self.dims):
            return "x".join(str(d.value) for d in self.dims) + " -> "
        return ("input(" if self.style == "input" else "(") + ",".join(sizes) + ") -> "


def flat(parts):
    """The parts of a text in one list."""
    return [leaf for part in parts for leaf in (flat(part) if isinstance(part, (list, tuple)) else [part])]


def write(parts, names):
    """The text with `names` in place of their slots."""
    return "".join(part if isinstance(part, str) else part.write(names) for part in flat(parts))


def slots(parts):
    """The slots of a text in the order of reading, each once."""
    found = {}
    for part in flat(parts):
        for slot in getattr(part, "dims", (part,)):
            if isinstance(slot, Slot):
                found[slot] = None
    return list(found)


def comma(items, joint=","):
    """The items with commas between."""
    return flat([[joint, item] if i else [item] for i, item in enumerate(items)])


def call(name, *args):
    """`name(a, b)`, or the bare name without arguments."""
    return [name, "(", comma(args), ")"] if args else [name]


def held(piece, level):
    """The text in parentheses unless it holds at least so tightly."""
    return piece.text if piece.level >= level else ["(", piece.text, ")"]


def series(pieces, arrow=" -> "):
    """One piece after the other."""
    text = []
    for i, piece in enumerate(pieces):
        text += [arrow if i else "", held(piece, LABEL if i else CONCAT) if len(pieces) > 1 else piece.text]
    if len(pieces) == 1:
        return pieces[0]
    return Piece(("chain", [p.tree for p in pieces]), flat(text), CHAIN)


def atom(tree, *text):
    """A step that holds tightly."""
    return Piece(tree, flat(text), ATOM)


# Drawing ------------------------------------------------------------------------------------------------------------


class Draw:
    """One drawing: chance, the simulator that guides it, fresh names, the statements before the network."""

    def __init__(self, rng):
        self.rng = rng
        self.machine = Machine()
        self.statements = []
        self.used = 0
        self.derived = False
        self.plain = False
        self.arrow = rng.choice([" -> ", " -> ", " -> ", "->", "\n  -> "])
        self.level = 0

    def chance(self, p):
        return self.rng.random() < p

    def fresh(self, stem):
        """A name that nothing else has."""
        self.used += 1
        return f"{stem}{self.used}"

    def out(self, piece, shape):
        """The shape the piece gives out, refused where impossible or too large to bother."""
        result = self.machine.run(piece.tree, None if shape is None else Tensor(tuple(shape), 0, None))
        if isinstance(result, list):
            return None
        if max(result.shape) > LARGEST_AXIS or prod(result.shape) > LARGEST_TENSOR:
            raise Refused("too large to bother")
        return result.shape

    def slot(self, value, kind, alone=True):
        """A number; one below 1 is no symbol's value."""
        value = int(value)
        if self.plain or value < 1:
            return Slot(value)
        slot = Slot(value, kind, None, alone)
        if alone and self.chance(0.03):
            spellings = ["{2}/2", "{1}-1", "max({0},1)", "{3}//3", "{0}^1", "ceil({0}/1)", "round({0})"]
            slot.spelling = self.rng.choice(spellings).format(value, value + 1, 2 * value, 3 * value + 1)
        elif alone and self.chance(0.02):
            name = self.fresh("num")
            self.statements.append([name, " = ", Slot(value, kind)])
            slot.alias = name
        return slot

    def filters(self, value=None):
        return self.slot(value or self.rng.choice(FILTERS), "f")

    def count(self, value):
        """A number of copies, or the end of a list."""
        return self.slot(value, COUNT, False)

    def fixed(self):
        """While this is on, numbers are not to become symbols."""
        return Plain(self)


class Plain:
    """A stretch of drawing in which numbers stay numbers."""

    def __init__(self, g):
        self.g, self.before = g, g.plain

    def __enter__(self):
        self.g.plain = True

    def __exit__(self, *_):
        self.g.plain = self.before


def shuffled(g, items):
    """The items in any order."""
    items = list(items)
    g.rng.shuffle(items)
    return items


def pick(g, table):
    """One of the weighted options."""
    return g.rng.choices([option for option, _ in table], [weight for _, weight in table])[0]


# Windows ------------------------------------------------------------------------------------------------------------


def axes(g, rank, low, high, kind):
    """A size per axis, written as one number or one per axis: the values and the text."""
    if rank == 1 or g.chance(0.75):
        slot = g.slot(g.rng.randint(low, high), kind)
        return (slot.value,) * rank, slot
    many = [g.slot(g.rng.randint(low, high), kind, False) for _ in range(rank)]
    return tuple(s.value for s in many), Window(tuple(many), "tuple")


def window(g, rank, top=5):
    """The sizes of a window, and its text."""
    if rank == 1 or g.chance(0.7):
        slot = g.slot(g.rng.choice([1, 2, 2, 3, 3, 3, 4, 5][: top + 3]), "k", rank == 1)
        return (slot.value,) * rank, Window((slot,) * rank, g.rng.choice(["one", "by", "tuple"]) if rank > 1 else "one")
    many = tuple(g.slot(g.rng.randint(1, top), "k", False) for _ in range(rank))
    return tuple(s.value for s in many), Window(many, g.rng.choice(["by", "tuple"]))


def padding(g, rank, words, top=3):
    """Padding per axis and its option text, None where it is left out."""
    choice = pick(g, [("none", 4), ("word", 5), ("number", 4), ("side", 1 if rank > 1 else 0)])
    if choice == "word":
        word = g.rng.choice(words)
        return word, [word] if g.chance(0.8) else ["p=", word]
    if choice == "number":
        values, text = axes(g, rank, 0, top, "p")
        return tuple((a, a) for a in values), ["p=", text]
    if choice == "side":
        many = [(g.slot(g.rng.randint(0, 2), "p", False), g.slot(g.rng.randint(0, 2), "p", False)) for _ in range(rank)]
        return tuple((a.value, b.value) for a, b in many), ["p=(", comma([["(", a, ",", b, ")"] for a, b in many]), ")"]
    return "valid", None


def sliding(g, shape, words, stride=None):
    """Window, stride, padding and dilation: the options for the tree, the window's text, positions behind, options."""
    rank = len(shape) - 1
    k, text = window(g, rank)
    o = {"k": k, "s": stride or (1,) * rank, "p": "valid", "d": (1,) * rank}
    if g.chance(0.12):
        s, p = g.rng.randint(1, 3), g.rng.randint(0, 2)
        o["s"] = (s,) * rank
        if g.chance(0.5):
            o["p"] = ((p, p),) * rank
            return o, text, [str(s), str(p)], []
        return o, text, [str(s)], []
    options = []
    if g.chance(0.4):
        o["s"], s = axes(g, rank, 1, 4, "s")
        options.append(["s=", s])
    o["p"], p = padding(g, rank, words)
    if p:
        options.append(p)
    if g.chance(0.2):
        o["d"], d = axes(g, rank, 1, 3, "d")
        options.append(["d=", d])
    return o, text, [], options


def conv_words(shape):
    """The padding words a convolution on this shape may have."""
    return ["same", "same", "same", "valid"] + ["causal", "causal"] * (len(shape) == 2)


def finish(g, tree, name, args, options, activation=0.3):
    """A call with its options in any order, perhaps an activation among the flags (a layer of its own in the tree)."""
    steps = [tree]
    if g.chance(activation):
        word = pick(g, [(g.rng.choice(ACTIVATIONS), 20), ("prelu", 1), ("glu", 1)])
        steps.append(("act", word))
        options = [*options, [word]]
    return atom(("chain", steps) if len(steps) > 1 else tree, call(name, *args, *shuffled(g, options)))


def biased(g, options, p=0.2):
    """Whether there is a bias; adds the flag that drops it."""
    if g.chance(p):
        options.append(["nobias"])
        return False
    return True


def groups(g, c, options):
    """A number of groups that divides the channels, and how often to multiply to get filters."""
    if not g.chance(0.2):
        return 1, g.filters()
    number = g.rng.choice([n for n in (1, 2, 3, 4, 5, 6, 8) if c % n == 0])
    options.append(["g=", g.slot(number, "g")])
    return number, g.filters(number * g.rng.randint(1, 4))


def draw_conv(g, shape):
    o, k, behind, options = sliding(g, shape, conv_words(shape))
    o["g"], f = groups(g, shape[-1], options) if not behind else (1, g.filters())
    o["f"], o["bias"] = f.value, biased(g, options)
    return finish(g, ("conv", o), "conv", [k, f, *behind], options)


def draw_dwconv(g, shape):
    o, k, behind, options = sliding(g, shape, conv_words(shape))
    o["multiplier"] = 1
    if g.chance(0.3):
        times = g.slot(g.rng.randint(1, 3), "m")
        o["multiplier"] = times.value
        options.append(["multiplier=", times])
    o["bias"] = biased(g, options)
    return finish(g, ("dwconv", o), "dwconv", [k, *behind], options)


def draw_sepconv(g, shape):
    o, k, behind, options = sliding(g, shape, conv_words(shape))
    f = g.filters()
    o["f"], o["multiplier"] = f.value, 1
    if g.chance(0.3):
        times = g.slot(g.rng.randint(1, 3), "m")
        o["multiplier"] = times.value
        options.append(["multiplier=", times])
    o["bias"] = biased(g, options)
    return finish(g, ("sepconv", o), "sepconv", [k, f, *behind], options)


def draw_tconv(g, shape):
    rank, options = len(shape) - 1, []
    k, text = window(g, rank)
    o = {"k": k, "s": (1,) * rank, "p": ((0, 0),) * rank, "d": (1,) * rank, "output_pad": (0,) * rank}
    o["g"], f = groups(g, shape[-1], options)
    if g.chance(0.7):
        o["s"], s = axes(g, rank, 1, 3, "s")
        options.append(["s=", s])
    style = pick(g, [("none", 3), ("same", 2), ("valid", 1), ("number", 2)])
    if style in ("same", "valid"):
        o["p"] = style
        options.append([style] if g.chance(0.7) else ["p=", style])
    elif style == "number":
        values, p = axes(g, rank, 0, 2, "p")
        o["p"] = tuple((a, a) for a in values)
        options.append(["p=", p])
        if min(o["s"]) > 1 and g.chance(0.5):
            o["output_pad"], more = axes(g, rank, 0, min(o["s"]) - 1, "p")
            options.append(["output_pad=", more])
    if style in ("none", "number") and g.chance(0.2):
        o["d"], d = axes(g, rank, 1, 3, "d")
        options.append(["d=", d])
    o["f"], o["bias"] = f.value, biased(g, options)
    return finish(g, ("tconv", o), "tconv", [text, f], options, 0.15)


def draw_pool(g, shape):
    rank, options, behind = len(shape) - 1, [], []
    k, text = window(g, rank)
    o = {"k": k, "s": k, "p": "valid", "d": (1,) * rank, "ceil": g.chance(0.25)}
    if g.chance(0.3):
        s = g.rng.randint(1, 4)
        o["s"], behind = (s,) * rank, [str(s)]
        if min(k) > 1 and g.chance(0.3):
            o["p"], behind = ((1, 1),) * rank, [str(s), "1"]
    else:
        if g.chance(0.4):
            o["s"], s = axes(g, rank, 1, 4, "s")
            options.append(["s=", s])
        if o["ceil"]:
            if min(k) > 1 and g.chance(0.5):
                values, p = axes(g, rank, 0, min(k) // 2, "p")
                o["p"] = tuple((a, a) for a in values)
                options.append(["p=", p])
        else:
            o["p"], p = padding(g, rank, ["same", "same", "valid"], 2)
            options += [p] if p else []
        if g.chance(0.1):
            o["d"], d = axes(g, rank, 1, 2, "d")
            options.append(["d=", d])
    if o["ceil"]:
        options.append(["ceil"])
    return finish(g, ("pool", o), g.rng.choice(["pool", "pool", "maxpool", "avgpool"]), [text, *behind], options, 0.05)


def draw_global(g, shape):
    return atom(("gap",), g.rng.choice(["gap", "gap", "gmp", "gap()"]))


def draw_adaptive(g, shape):
    rank = len(shape) - 1
    slot = g.slot(g.rng.randint(1, 7), "o", rank == 1)
    if rank == 1 or g.chance(0.7):
        return atom(("adaptive", (slot.value,) * rank), call("adaptive", slot))
    many = tuple(g.slot(g.rng.randint(1, 7), "o", False) for _ in range(rank))
    sizes = Window(many, g.rng.choice(["by", "tuple"]))
    return atom(("adaptive", tuple(s.value for s in many)), call("adaptive", sizes))


def draw_up(g, shape):
    r = g.slot(g.rng.randint(1, 3), "r")
    return atom(("up", r.value), call("up", r))


def draw_shuffle(g, shape):
    rank, c = len(shape) - 1, shape[-1]
    r = g.slot(g.rng.choice([n for n in (1, 2, 3) if c % n**rank == 0]), "r")
    return atom(("shuffle", r.value), call("shuffle", r))


def draw_unshuffle(g, shape):
    r = g.slot(g.rng.choice([n for n in (1, 2, 3, 4) if all(a % n == 0 for a in shape[:-1])]), "r")
    return atom(("unshuffle", r.value), call("unshuffle", r))


def draw_widen(g, shape):
    f = g.filters(shape[-1] + g.rng.randint(0, 5))
    return atom(("widen", f.value), call("widen", f))


def border(g, rank, top):
    """A border per side, and its text."""
    if rank == 1 or g.chance(0.6):
        a = g.slot(g.rng.randint(0, top), "a")
        return ((a.value, a.value),) * rank, a
    many = [(g.slot(g.rng.randint(0, top), "a", False), g.slot(g.rng.randint(0, top), "a", False)) for _ in range(rank)]
    return tuple((a.value, b.value) for a, b in many), ["(", comma([["(", a, ",", b, ")"] for a, b in many]), ")"]


def draw_pad(g, shape):
    p, text = border(g, len(shape) - 1, 3)
    return atom(("pad", p), call("pad", text))


def draw_crop(g, shape):
    p, text = border(g, len(shape) - 1, 2)
    return atom(("crop", p), call("crop", text))


def draw_patch(g, shape):
    k, text = window(g, len(shape) - 1)
    f, options = g.filters(), []
    bias = biased(g, options)
    return finish(g, ("patch", k, f.value, bias), "patch", [text, f], options, 0.1)


# Dense, tokens, scale -----------------------------------------------------------------------------------------------


def draw_dense(g, shape):
    u, options = g.slot(g.rng.choice(FILTERS), "u"), []
    bias = biased(g, options)
    return finish(g, ("dense", u.value, bias), "dense", [u], options)


def draw_linear(g, shape):
    u, options = g.slot(g.rng.choice(FILTERS), "u"), []
    bias = biased(g, options)
    return finish(g, ("linear", u.value, bias), "linear", [u], options)


def draw_embed(g, shape):
    v, d = g.slot(g.rng.randint(2, 50), "V"), g.slot(g.rng.choice(FILTERS), "d")
    return atom(("embed", v.value, d.value), call("embed", v, d))


def draw_pos(g, shape):
    if g.chance(0.5):
        return atom(("pos",), "pos")
    n = shape[0] + g.rng.randint(0, 9)
    return atom(("pos", n), call("pos", str(n)))


def draw_cls(g, shape):
    n = g.rng.randint(1, 3)
    if g.chance(0.5):
        return atom(("cls", 1), "cls")
    return atom(("cls", n), call("cls", g.rng.choice([str(n), ["n=", g.slot(n, "n")]])))


def draw_param(g, shape):
    dims = [g.slot(g.rng.randint(1, 9), "n") for _ in range(g.rng.randint(1, 3))]
    return atom(("param", tuple(d.value for d in dims)), call("param", *dims))


def draw_scale(g, shape):
    word = g.rng.choice(["scale", "shift"])
    return atom((word,), word)


def draw_flatten(g, shape):
    if len(shape) > 1 and g.chance(0.4):
        return atom(("flatten_space",), "flatten(space)")
    return atom(("flatten",), "flatten")


def draw_reshape(g, shape):
    """A split of the same number of elements into one to three sizes, one of them perhaps inferred."""
    rest, sizes = prod(shape), []
    for _ in range(g.rng.randint(0, 2)):
        size = g.rng.choice([n for n in range(1, min(rest, 12) + 1) if rest % n == 0])
        sizes.append(size)
        rest //= size
    sizes.insert(g.rng.randint(0, len(sizes)), rest)
    text = [g.slot(n, "z") for n in sizes]
    if g.chance(0.5):
        i = g.rng.randrange(len(sizes))
        sizes[i], text[i] = -1, "-1"
    return atom(("reshape", tuple(sizes)), call("reshape", *text))


def draw_permute(g, shape):
    order = shuffled(g, range(len(shape)))
    return atom(("permute", tuple(order)), call("permute", *map(str, order)))


def draw_slice(g, shape):
    a = g.rng.randrange(shape[-1])
    b = g.rng.randint(a + 1, shape[-1])
    return atom(("slice", a, b), call("slice", g.slot(a, "a"), g.slot(b, "b")))


def draw_first(g, shape):
    return atom(("first",), g.rng.choice(["first", "last"]))


def draw_mean(g, shape):
    axis = g.rng.randrange(len(shape) - 1)
    return atom(("mean", axis), call("mean", str(axis)))


# Norms, functions, recurrent layers, attention, experts -------------------------------------------------------------


def draw_norm(g, shape):
    """Each of the norms with each of its flags."""
    name = pick(g, [("bn", 5), ("ln", 3), ("rms", 2), ("gn", 2), ("instancenorm", 1 if len(shape) > 1 else 0)])
    o, args, options = {"scale": True, "shift": name != "rms", "state": 2 * (name == "bn")}, [], []
    if name == "ln" and g.chance(0.4):
        o["axes"] = g.rng.randint(1, len(shape))
        options.append(["axes=", str(o["axes"])])
    if name == "gn":
        number = g.slot(g.rng.choice([n for n in range(1, 9) if shape[-1] % n == 0]), "g")
        o["groups"], args = number.value, [number]
    if name == "instancenorm":
        o["scale"] = o["shift"] = g.chance(0.5)
        options += [["affine"]] if o["scale"] else []
    elif g.chance(0.25):
        flag = g.rng.choice(["noaffine", "noscale"] + ["noshift"] * (name != "rms"))
        o["scale"] &= flag == "noshift"
        o["shift"] &= flag == "noscale"
        options.append([flag])
    return finish(g, ("norm", o), name, args, options, 0.08)


def draw_act(g, shape):
    name = pick(
        g, [(g.rng.choice(ACTIVATIONS), 12), ("prelu", 1), ("prelu(shared)", 1), ("prelu(places)", 1), ("glu", 2)]
    )
    return atom(("act", name), name)


def draw_plain(g, shape):
    """Layers that change nothing."""
    word = g.rng.choice(["dropout(0.5)", "dropout(0.25)", "droppath(0.1)", "dropout(1/4)", "id"])
    return atom(("id",) if word == "id" else ("act", word.split("(")[0]), word)


def draw_recurrent(g, shape):
    """A recurrent layer, perhaps both ways."""
    kind, u, options = g.rng.choice(["rnn", "gru", "lstm"]), g.slot(g.rng.choice(FILTERS), "u"), []
    o = {"kind": kind, "u": u.value, "seq": g.chance(0.6), "biases": 2 if kind == "gru" else 1}
    options += [["seq"]] if o["seq"] else []
    choice = g.rng.random()
    if choice < 0.3:
        b = g.slot(g.rng.randint(1, 2), "b")
        o["biases"] = b.value
        options.append(["biases=", b])
    elif choice < 0.45:
        o["biases"] = 0
        options.append(["nobias"])
    one = atom(("recurrent", o), call(kind, u, *shuffled(g, options)))
    return one if g.chance(0.6) else atom(("bi", one.tree), call("bi", one.text))


def draw_attention(g, shape, over=None, text=None):
    """Attention over itself, or over a labelled tensor."""
    heads = g.slot(g.rng.choice([n for n in (1, 2, 3, 4, 6, 8) if shape[-1] % n == 0]), "h")
    o = {"heads": heads.value, "kv": None, "dim": None, "over": over, "bias": ("qkv", "out")}
    options = [["over=", text]] if over else []
    if g.chance(0.3):
        kv = g.slot(g.rng.choice([n for n in range(1, heads.value + 1) if heads.value % n == 0]), "kv")
        o["kv"] = kv.value
        options.append(["kv=", kv])
    if g.chance(0.3):
        dim = g.slot(g.rng.randint(1, 6), "e")
        o["dim"] = dim.value
        options.append(["dim=", dim])
    flag = pick(g, [("", 4), ("nobias", 2), ("qkvbias", 1), ("outbias", 1)])
    o["bias"] = {"": ("qkv", "out"), "nobias": (), "qkvbias": ("qkv",), "outbias": ("out",)}[flag]
    options += [[flag]] if flag else []
    options += [["causal"]] if g.chance(0.1) else []
    return atom(("attention", o), call("attention", heads, *shuffled(g, options)))


def draw_moe(g, shape):
    """Experts that act at every place."""
    expert = pointwise(g, shape, g.filters())
    n = g.slot(g.rng.randint(1, 6), "n")
    k = g.slot(g.rng.randint(1, n.value), "n")
    return atom(("moe", expert.tree, n.value, k.value), call("moe", expert.text, n, ["active=", k]))


# Joins --------------------------------------------------------------------------------------------------------------


def pointwise(g, shape, f):
    """One to three steps on the last axis, `f` of them at the end."""
    bias = []
    flag = biased(g, bias)
    last = atom(("linear", f.value, flag), call("linear", f, *bias))
    first = pick(g, [(None, 4), ("wide", 4), ("norm", 2)])
    if first == "wide":
        u = g.slot(g.rng.choice(FILTERS), "u")
        word = g.rng.choice(ACTIVATIONS)
        tree = ("chain", [("linear", u.value, True), ("act", word)])
        return series([atom(tree, call("linear", u, word)), last], g.arrow)
    if first == "norm":
        return series([atom(("norm", {"scale": True, "shift": True}), "ln"), last], g.arrow)
    return last


def keeping(g, shape, f, stride=None):
    """A branch that keeps the places (or thins them out by `stride`, a slot) and gives `f` channels."""
    rank = len(shape) - 1
    if rank == 0:
        dense = atom(("dense", f.value, True), call("dense", f))
        return series([draw_dense(g, shape), dense], g.arrow) if g.chance(0.3) else dense
    if stride is None and g.chance(0.3):
        return pointwise(g, shape, f)
    ones = (1,) * rank
    o = {"k": ones, "s": (stride.value,) * rank if stride else ones, "p": "same", "d": ones}
    tail = [["s=", stride]] if stride else []
    style = pick(g, [("same", 5), ("one", 2), ("number", 2), ("separate", 1)])
    o["k"], k = window(g, rank, 3)
    if style == "number":
        half = g.rng.randint(1, 2)
        with g.fixed():
            o["k"], o["p"] = (2 * half + 1,) * rank, ((half, half),) * rank
        tail.append(f"p={half}")
        k = str(2 * half + 1)
    elif style == "one":
        o["k"], o["p"], k = ones, "valid", "1"
    else:
        tail.append("same")
    bias = biased(g, tail)
    o |= {"f": f.value, "bias": bias, "g": 1, "multiplier": 1}
    name = "sepconv" if style == "separate" else "conv"
    last = finish(g, (name, o), name, [k, f], tail, 0.2)
    if g.chance(0.25):
        return series([*[atom(("norm", {"scale": True, "shift": True, "state": 2}), "bn")], last], g.arrow)
    return last


IDENTITY = atom(("id",), "id")


def other(g, slot):
    """The same slot again, or (rarely) another one of the same value."""
    return slot if g.chance(0.85) else g.slot(slot.value, slot.kind)


def draw_join(g, shape, env):
    """Any of the joins."""
    styles = [("add", 5), ("concat", 5), ("mul", 3), ("residual", 5), ("vector", 1 if len(shape) > 1 else 0)]
    styles += [("ref", 10 if env else 0), ("stride", 2 if len(shape) > 1 else 0)]
    return JOINS[pick(g, styles)](g, shape, env)


def plus(g, branches):
    """The branches added, as operators or as a call."""
    tree = ("add", [b.tree for b in branches])
    if g.chance(0.6):
        sign = g.rng.choice([" + ", " + ", "+", " - "]) if len(branches) == 2 else " + "
        text = comma([held(b, ADD + 1) for b in branches], sign)
        return Piece(tree, text, ADD)
    return atom(tree, call("add", *[held(b, LABEL + 1) if b.level == LABEL else b.text for b in branches]))


def bar(g, branches):
    """The branches concatenated, as operators or as a call."""
    tree = ("concat", [b.tree for b in branches])
    if g.chance(0.6):
        return Piece(tree, comma([held(b, ADD) for b in branches], " | "), CONCAT)
    options = ["axis=-1"] if g.chance(0.2) else []
    return atom(tree, call("concat", *[b.text for b in branches], *options))


def product(g, branches):
    """The branches multiplied."""
    return atom(("mul", [b.tree for b in branches]), call("mul", *[b.text for b in branches]))


def join_add(g, shape, env):
    f = g.filters(shape[-1] if g.chance(0.4) else None)
    branches = [keeping(g, shape, other(g, f)) for _ in range(g.rng.randint(2, 3))]
    if f.value == shape[-1] and g.chance(0.5):
        branches[-1] = IDENTITY
    return plus(g, branches)


def join_stride(g, shape, env):
    """Two branches that thin out the places alike."""
    f, s = g.filters(), g.slot(g.rng.randint(2, 3), "s")
    left, right = keeping(g, shape, f, s), keeping(g, shape, f, s)
    if g.chance(0.4):
        rank = len(shape) - 1
        o = {"k": (1,) * rank, "s": (s.value,) * rank, "p": "valid", "d": (1,) * rank}
        linear = atom(("linear", f.value, True), call("linear", f))
        right = series([atom(("pool", o), call("pool", "1", ["s=", s])), linear], g.arrow)
    if g.chance(0.5):
        return atom(("residual", left.tree, right.tree), call("residual", left.text, right.text))
    return plus(g, [left, right])


def join_concat(g, shape, env):
    branches = [keeping(g, shape, g.filters()) for _ in range(g.rng.randint(2, 4))]
    if g.chance(0.5):
        branches[g.rng.randrange(len(branches))] = IDENTITY
    if len(shape) > 1 and g.chance(0.15):
        f = g.filters()
        branches = [keeping(g, shape, f), keeping(g, shape, f)]
        tree = ("concat", [b.tree for b in branches], 0)
        return atom(tree, call("concat", *[b.text for b in branches], "axis=0"))
    return bar(g, branches)


def join_mul(g, shape, env):
    """Gates: of the same shape, one channel at every place, or one factor per channel."""
    style = g.rng.choice(["same", "one", "gate"] if len(shape) > 1 else ["same", "one"])
    if style == "same":
        f = g.filters()
        branches = [keeping(g, shape, other(g, f)), keeping(g, shape, f)]
    elif style == "one":
        branches = [IDENTITY, keeping(g, shape, Slot(1))]
    else:
        gate = [atom(("gap",), "gap"), draw_dense(g, shape), dense_like(g, shape[-1])]
        branches = [IDENTITY, series(gate[:: g.rng.choice([1, 2])], g.arrow)]
    return product(g, shuffled(g, branches))


def dense_like(g, c):
    """A dense layer as wide as the tensor."""
    u = g.filters(c)
    return atom(("chain", [("dense", c, True), ("act", "sigmoid")]), call("dense", u, "sigmoid"))


def join_vector(g, shape, env):
    """A vector added at every place."""
    f = g.filters()
    vector = series([atom(("gap",), "gap"), atom(("dense", f.value, True), call("dense", f))], g.arrow)
    return plus(g, shuffled(g, [keeping(g, shape, f), vector]))


SPELLED = {None: "_", ...: "..."}


def spelled(dims):
    """A pattern as text."""
    return f"({','.join(SPELLED.get(n, str(n)) for n in dims)})"


def last_named(g, shape, name):
    """A pattern that names the last axis."""
    return (..., name) if g.chance(0.3) else (*[None] * (len(shape) - 1), name)


def join_residual(g, shape, env):
    """A residual whose body keeps the channels, named by a pattern or written as a number."""
    if g.chance(0.5):
        name = g.fresh("w")
        channels = Slot(Bound(name, shape[-1]), "", None, True, name)
        g.derived = True
        body = keeping(g, shape, channels)
        dims = last_named(g, shape, name)
        text = flat([spelled(dims), g.arrow, held(body, CHAIN)])
        body = Piece(("chain", [("pattern", dims), body.tree]), text, CHAIN)
    else:
        body = keeping(g, shape, g.filters(shape[-1]))
    if g.chance(0.7):
        return atom(("residual", body.tree), call("residual", body.text))
    shortcut = keeping(g, shape, g.filters(shape[-1]))
    return atom(("residual", body.tree, shortcut.tree), call("residual", body.text, shortcut.text))


def join_ref(g, shape, env):
    """A join with a tensor that was labelled before."""
    name = g.rng.choice(sorted(env))
    there, back = env[name], atom(("ref", name), f"@{name}")
    options = []
    if there == shape or there == shape[-1:]:
        options += [lambda: plus(g, shuffled(g, [back, IDENTITY]))] * 2
        options += [lambda: atom(("mul", [("id",), back.tree]), call("mul", "id", back.text))]
    if there[:-1] == shape[:-1]:
        options += [lambda: bar(g, shuffled(g, [back, IDENTITY]))] * 3
        options += [lambda: plus(g, [with_width(g, shape, there[-1]), back])]
    if len(there) > 1 and len(shape) > 1 and prod(shape[:-1]) * prod(there[:-1]) < 5000:
        options += [lambda: draw_attention(g, shape, back.tree, f"@{name}")] * 2
    if not options:
        raise Refused(f"nothing goes with @{name} here")
    return g.rng.choice(options)()


def with_width(g, shape, c):
    """A branch as wide as a labelled tensor."""
    with g.fixed():
        return keeping(g, shape, Slot(c))


JOINS = {
    "add": join_add,
    "concat": join_concat,
    "mul": join_mul,
    "residual": join_residual,
    "vector": join_vector,
    "ref": join_ref,
    "stride": join_stride,
}


# Repetition, definitions, sharing -----------------------------------------------------------------------------------


def times(g, piece, n):
    """The block `n` times, the count on either side."""
    if piece.tree[0] == "pattern":
        raise Refused("a shape times a number is no network")
    block = held(piece, ATOM)
    text = [block, "*", n] if g.chance(0.7) else [n, "*", block]
    return Piece(("repeat", n.value, piece.tree), flat(text), REPEAT)


def tame(g, shape):
    """A block whose copies are all alike after the first, so that its count may be a symbol."""
    f = g.filters(shape[-1] if g.chance(0.6) else None)
    parts = [keeping(g, shape, f)]
    if g.chance(0.5):
        parts.append(atom(("act", "relu"), "relu"))
    block = series(parts, g.arrow)
    if f.value == shape[-1] and g.chance(0.4):
        block = atom(("residual", block.tree), call("residual", block.text))
    return block


def draw_repeat(g, shape, env):
    """Copies of a block: a tame one any number of times, a wild one a written number of times."""
    if g.chance(0.5):
        return times(g, tame(g, shape), g.count(g.rng.randint(1, 4)))
    g.level += 1
    block = steps(g, shape, env, g.rng.randint(1, 3), labels=False)
    g.level -= 1
    return times(g, block, Slot(g.rng.choice([0, 1, 2, 2, 2, 3, 3])))


def draw_list(g, shape, env):
    """A list over an index: widths that grow, dilations that double, or a table of settings."""
    i, rank = g.rng.choice("ij"), len(shape) - 1
    styles = [("grow", 3), ("double", 3), ("dilate", 2 * (rank == 1)), ("pool", 2 * (rank > 0)), ("table", 2)]
    style = pick(g, styles)
    if style == "table":
        return table(g, shape)
    low = g.rng.randint(0, 2)
    indices = range(low, low + g.rng.randint(1, 3))
    ends = [f" for {i} in ", str(low), "..", g.count(indices[-1]), "]"]
    f = g.slot(g.rng.randint(1, 4), "f", False)
    ones = (1,) * rank
    o = {"k": (3,) * rank, "s": ones, "p": "same", "d": ones, "g": 1, "bias": True}
    if style == "dilate":
        trees = [("conv", o | {"k": (2,), "p": "causal", "d": (2**n,), "f": f.value}) for n in indices]
        text = ["conv(2,", f, f",causal,d=2^{i})"]
    elif style == "grow":
        trees = [("linear", f.value + n, True) for n in indices]
        text = ["linear(", f, f"+{i})"]
    elif rank == 0:
        trees = [("dense", f.value * 2**n, True) for n in indices]
        text = ["dense(", f, f"*2^{i})"]
    else:
        trees = [("conv", o | {"f": f.value * 2**n}) for n in indices]
        text = ["conv(", "x".join("3" * rank), ", ", f, f"*2^{i}, same)"]
        if style == "pool":
            window_ = {"k": (2,) * rank, "s": (2,) * rank, "p": "valid", "d": ones}
            trees = [("chain", [tree, ("pool", window_)]) for tree in trees]
            text += [" -> pool(2)"]
            ends[-2] = Slot(indices[-1])
    return atom(("chain", trees), "[", text, ends)


def table(g, shape):
    """A list over the rows of a table."""
    rows = [(g.rng.choice(FILTERS), g.rng.randint(1, 2)) for _ in range(g.rng.randint(1, 3))]
    u, n = g.fresh("u"), g.fresh("n")
    trees = [("repeat", copies, ("chain", [("linear", width, True), ("act", "relu")])) for width, copies in rows]
    cells = [["(", g.filters(width), ",", str(copies), ")"] for width, copies in rows]
    return atom(("chain", trees), f"[(linear({u}) -> relu)*{n} for ({u},{n}) in ", "{", comma(cells, ", "), "}]")


def draw_definition(g, shape, env):
    """A stretch of network under a name, some of its numbers as parameters."""
    g.level += 1
    body = steps(g, shape, {}, g.rng.randint(1, 4))
    g.level -= 1
    if body.tree[0] == "pattern":
        raise Refused("a name for a shape is no network")
    name, mode = g.fresh(g.rng.choice(["block", "unit", "cell", "stage"])), g.rng.random()
    free = [s for s in slots(body.text) if s.kind and not s.alias]
    chosen = [s for s in free if g.chance(0.5)][:4]
    header, arguments, keys = [], [], g.chance(0.2)
    for number, s in enumerate(chosen):
        inner, value = g.fresh(stem(s).lower()), Slot(s.value, s.kind)
        s.alias, s.spelling = inner, None
        default = g.chance(0.25) or (header != [] and len(header[-1]) > 1)
        header.append([inner, "=", value] if default else [inner])
        if default and g.chance(0.6) and not keys and number == len(chosen) - 1:
            continue
        argument = Slot(s.value, s.kind)
        arguments.append([inner, "=", argument] if keys else [argument])
    sharing = "shared " if mode < 0.12 and not chosen else ""
    statement = flat([sharing, call(name, *header), " = ", body.text])
    g.statements.append(statement)
    tree = ("shared", name, body.tree) if sharing else body.tree
    use = atom(tree, call(name, *arguments))
    try:
        again = g.out(use, shape)
        copies = g.out(use, again) is not None if again else False
    except Refused:
        copies = False
    if copies and g.chance(0.6):
        if g.chance(0.5):
            return series([use, Piece(own_keys(g, use.tree, {}), use.text, use.level)], g.arrow)
        return times(g, use, Slot(2))
    return use


def own_keys(g, tree, keys):
    """The tree of another use of a definition: what is shared in place has weights of its own there."""
    if isinstance(tree, list):
        return [own_keys(g, part, keys) for part in tree]
    if not isinstance(tree, tuple):
        return tree
    if tree[:1] == ("shared",) and tree[1].startswith("in place"):
        if tree[1] not in keys:
            keys[tree[1]] = g.fresh("in place ")
        return ("shared", keys[tree[1]], own_keys(g, tree[2], keys))
    return tuple(own_keys(g, part, keys) for part in tree)


def draw_shared(g, shape, env):
    """A block in place whose copies have the same weights."""
    block, key = tame(g, shape), g.fresh("in place ")
    one = atom(("shared", key, block.tree), call("shared", block.text))
    if g.out(block, shape) == shape and g.chance(0.8):
        return times(g, one, g.count(g.rng.randint(1, 4)))
    return one


def draw_template(g, shape, env):
    """One of the definitions that papers are written with."""
    families = [template_se, template_block, template_widths, template_inner, template_act]
    if len(shape) > 1:
        families += [template_down, template_bottleneck]
    if len(shape) == 2:
        families += [template_encoder] * 2
    if len(shape) == 3 and shape[0] % 4 == 0 and shape[1] % 4 == 0:
        families += [template_levels] * 12
    return g.rng.choice(families)(g, shape)


def define(g, *parts):
    """A statement before the network."""
    g.statements.append(flat(parts))


def template_se(g, shape):
    """Squeeze and excitation, the channels named by a pattern."""
    name, c, r = g.fresh("se"), g.fresh("c"), g.fresh("r")
    ratio = g.slot(g.rng.choice([n for n in (1, 2, 3, 4, 8) if shape[-1] % n == 0]), "r")
    dims = last_named(g, shape, c)
    pool, trees = ("gap -> ", [("gap",)]) if len(shape) > 1 else ("", [])
    gate = f"{pool}dense({c}/{r}, relu) -> dense({c}, sigmoid)"
    define(g, f"{name}({r}) = {spelled(dims)} -> mul(id, {gate})")
    g.derived = True
    middle, last = Bound(c, shape[-1], 1, ratio.value), Bound(c, shape[-1])
    trees += [("dense", middle, True), ("act", "relu"), ("dense", last, True), ("act", "sigmoid")]
    tree = ("chain", [("pattern", dims), ("mul", [("id",), ("chain", trees)])])
    return atom(tree, call(name, ratio))


def template_block(g, shape):
    """Convolution, norm and activation, with a default."""
    name, f, k = g.fresh("blk"), g.fresh("f"), g.fresh("k")
    rank = len(shape) - 1
    norm = ("norm", {"scale": True, "shift": True, "state": 2})
    if rank:
        define(g, f"{name}({f}, {k}=3) = conv({k},{f},same,nobias) -> bn -> relu")
    else:
        define(g, f"{name}({f}, {k}=3) = dense({f}*{k},nobias) -> bn -> relu")
    pieces = []
    for _ in range(g.rng.randint(1, 3)):
        width, size = g.filters(), g.slot(g.rng.randint(1, 5), "k")
        given = g.rng.choice([[], [size], [[f"{k}=", size]]])
        wide = size.value if given else 3
        o = {"k": (wide,) * rank, "s": (1,) * rank, "p": "same", "d": (1,) * rank}
        o |= {"g": 1, "bias": False, "f": width.value}
        tree = ("conv", o) if rank else ("dense", width.value * wide, False)
        pieces.append(atom(("chain", [tree, norm, ("act", "relu")]), call(name, width, *given)))
    return series(pieces, g.arrow)


def template_widths(g, shape):
    """A network that doubles what comes in, used several times."""
    name, c = g.fresh("wide"), g.fresh("c")
    define(g, f"{name} = (...,{c}) -> linear(2*{c}) -> linear({c}+1, gelu)")
    g.derived = True
    double, more = Bound(c, shape[-1], 2), Bound(c, shape[-1], 1, 1, 1)
    block = [("pattern", (..., c)), ("linear", double, True), ("linear", more, True), ("act", "gelu")]
    return times(g, atom(("chain", block), name), g.count(g.rng.randint(1, 3)))


def template_down(g, shape):
    """Channels double, places halve."""
    name, c, rank = g.fresh("down"), g.fresh("c"), len(shape) - 1
    dims = (*[None] * rank, c)
    define(g, f"{name} = {spelled(dims)} -> conv(3,2*{c},same) -> pool(2)")
    g.derived = True
    ones, halves = (1,) * rank, (2,) * rank
    o = {"k": (3,) * rank, "s": ones, "p": "same", "d": ones, "g": 1, "bias": True, "f": Bound(c, shape[-1], 2)}
    half = {"k": halves, "s": halves, "p": "valid", "d": ones}
    tree = ("chain", [("pattern", dims), ("conv", o), ("pool", half)])
    return times(g, atom(tree, name), Slot(g.rng.randint(1, 2)))


def template_bottleneck(g, shape):
    """An inverted residual with its channels named."""
    name, c, e, rank = g.fresh("mb"), g.fresh("c"), g.fresh("e"), len(shape) - 1
    factor, c_in = g.slot(g.rng.randint(1, 4), "e"), shape[-1]
    dims = (*[None] * rank, c)
    inner = f"conv(1,{e}*{c},relu6) -> dwconv(3,same) -> conv(1,{c},nobias)"
    define(g, f"{name}({e}) = {spelled(dims)} -> residual({inner})")
    g.derived = True
    o = {"k": (1,) * rank, "s": (1,) * rank, "p": "valid", "d": (1,) * rank, "g": 1, "bias": True, "multiplier": 1}
    body = [
        ("conv", o | {"f": Bound(c, c_in, factor.value)}),
        ("act", "relu6"),
        ("dwconv", o | {"k": (3,) * rank, "p": "same"}),
        ("conv", o | {"f": Bound(c, c_in), "bias": False}),
    ]
    one = atom(("chain", [("pattern", dims), ("residual", ("chain", body))]), call(name, factor))
    return times(g, one, g.count(g.rng.randint(1, 3))) if g.chance(0.5) else one


def template_encoder(g, shape):
    """The block of a transformer."""
    name, h, m, c = g.fresh("enc"), g.fresh("h"), g.fresh("m"), g.fresh("c")
    d = shape[-1]
    heads = g.slot(g.rng.choice([n for n in (1, 2, 3, 4, 6, 8) if d % n == 0]), "h")
    wide = g.slot(g.rng.randint(1, 4), "m")
    mlp = f"residual((_,{c}) -> ln -> linear({m}*{c},gelu) -> linear({c}))"
    define(g, f"{name}({h}, {m}=4) = residual(ln -> attention({h})) -> {mlp}")
    g.derived = True
    given, factor = ([wide], wide.value) if g.chance(0.6) else ([], 4)
    ln = ("norm", {"scale": True, "shift": True})
    look = {"heads": heads.value, "kv": None, "dim": None, "over": None, "bias": ("qkv", "out")}
    inner = [("pattern", (None, c)), ln, ("linear", Bound(c, d, factor), True)]
    inner += [("act", "gelu"), ("linear", Bound(c, d), True)]
    tree = ("chain", [("residual", ("chain", [ln, ("attention", look)])), ("residual", ("chain", inner))])
    one = atom(tree, call(name, heads, *given))
    return times(g, one, g.count(g.rng.randint(1, 3))) if g.chance(0.6) else one


def template_inner(g, shape):
    """A definition that takes a network."""
    name, f, inner = g.fresh("wrap"), g.fresh("f"), g.fresh("inner")
    width = g.filters()
    inside = steps(g, (*shape[:-1], width.value), {}, g.rng.randint(1, 2), labels=False)
    if inside.tree[0] == "pattern":
        raise Refused("a pattern alone is no argument")
    define(g, f"{name}({f}, {inner}) = linear({f}) -> {inner} -> rms")
    trees = [("linear", width.value, True), inside.tree, ("norm", {"scale": True, "shift": False})]
    return atom(("chain", trees), call(name, width, inside.text))


def template_act(g, shape):
    """A definition that takes an activation, as a flag and as a layer."""
    name, f, act = g.fresh("cell"), g.fresh("f"), g.fresh("act")
    width, word = g.filters(), g.rng.choice(ACTIVATIONS)
    define(g, f"{name}({f}, {act}=relu) = linear({f}, {act}) -> ln -> {act}")
    given, word = ([word], word) if g.chance(0.7) else ([], "relu")
    norm = ("norm", {"scale": True, "shift": True})
    trees = [("linear", width.value, True), ("act", word), norm, ("act", word)]
    return atom(("chain", trees), call(name, width, *given))


def template_levels(g, shape):
    """A U-net, nested by hand or by `around`."""
    double, level, c, inner = g.fresh("double"), g.fresh("level"), g.fresh("c"), g.fresh("inner")
    define(g, f"{double}({c}) = conv(3,{c},same,relu) -> conv(3,{c},same,relu)")
    down = f"(id | (pool(2) -> {inner} -> tconv(2,{c},s=2)))"
    define(g, f"{level}({c}, {inner}) = {double}({c}) -> {down} -> {double}({c})")
    width, depth = g.slot(g.rng.randint(1, 4), "c", False), 2
    conv = {"k": (3, 3), "s": (1, 1), "p": "same", "d": (1, 1), "g": 1, "bias": True}
    up = {"k": (2, 2), "s": (2, 2), "p": ((0, 0),) * 2, "d": (1, 1), "output_pad": (0, 0), "g": 1, "bias": True}

    def two(f):
        return ("chain", [("conv", conv | {"f": f}), ("act", "relu")] * 2)

    tree = two(width.value * 2**depth)
    for i in reversed(range(depth)):
        f = width.value * 2**i
        half = ("pool", {"k": (2, 2), "s": (2, 2), "p": "valid", "d": (1, 1)})
        branch = ("concat", [("id",), ("chain", [half, tree, ("tconv", up | {"f": f})])])
        tree = ("chain", [two(f), branch, two(f)])
    if g.chance(0.5):
        i = g.rng.choice("ij")
        copies = f" for {i} in 0..{depth - 1} around {inner} = "
        text = [f"[{level}(", width, f"*2^{i}, {inner})", copies, f"{double}(", width, "*4)]"]
    else:
        text = [f"{level}(", width, f", {level}(2*", width, f", {double}(4*", width, ")))"]
    return atom(tree, text)


def draw_pattern(g, shape, env):
    """A pattern, and a layer that uses a size it names."""
    name = g.fresh("c")
    rank = len(shape) - 1
    choice = g.rng.random()
    if choice < 0.25:
        sizes = [g.rng.choice([None, n]) for n in shape]
        if sizes == [None]:
            sizes = [shape[0]]
        return atom(("pattern", tuple(sizes)), spelled(sizes))
    g.derived = True
    if choice < 0.5:
        dims = (..., name)
    else:
        dims = (*([None] * rank if g.chance(0.5) else [g.fresh("x") for _ in range(rank)]), name)
    factor = g.slot(g.rng.randint(1, 3), "m", False)
    after = atom(("linear", Bound(name, shape[-1], factor.value), True), call("linear", [factor, "*", name]))
    pattern = atom(("pattern", dims), spelled(dims))
    return series([pattern, after], g.arrow)


# Chains -------------------------------------------------------------------------------------------------------------

VECTOR = [
    (draw_dense, 12),
    (draw_linear, 4),
    (draw_norm, 5),
    (draw_act, 4),
    (draw_plain, 2),
    (draw_param, 1),
    (draw_scale, 2),
    (draw_slice, 1),
    (draw_reshape, 2),
    (draw_widen, 1),
    (draw_moe, 1),
    (draw_flatten, 1),
]
PLACES = [
    (draw_conv, 16),
    (draw_dwconv, 5),
    (draw_sepconv, 5),
    (draw_tconv, 6),
    (draw_pool, 12),
    (draw_global, 2),
    (draw_adaptive, 3),
    (draw_up, 2),
    (draw_shuffle, 2),
    (draw_unshuffle, 2),
    (draw_widen, 2),
    (draw_pad, 3),
    (draw_crop, 3),
    (draw_patch, 2),
    (draw_dense, 2),
    (draw_linear, 4),
    (draw_norm, 8),
    (draw_act, 6),
    (draw_plain, 3),
    (draw_param, 1),
    (draw_scale, 2),
    (draw_flatten, 2),
    (draw_reshape, 1),
    (draw_permute, 1),
    (draw_slice, 2),
    (draw_first, 2),
    (draw_mean, 2),
    (draw_moe, 1),
    (draw_attention, 1),
]
TOKENS = [
    (draw_recurrent, 12),
    (draw_attention, 12),
    (draw_pos, 5),
    (draw_cls, 4),
    (draw_linear, 8),
    (draw_norm, 6),
    (draw_moe, 3),
]
WHOLE = [
    (draw_join, 14),
    (draw_repeat, 6),
    (draw_list, 4),
    (draw_definition, 7),
    (draw_template, 8),
    (draw_shared, 3),
    (draw_pattern, 4),
]


def step(g, shape, env):
    """One step that is possible on this shape, tried until found."""
    for _ in range(30):
        table = VECTOR if len(shape) == 1 else PLACES + TOKENS * (len(shape) == 2)
        simple = [(draw, weight) for draw, weight in table]
        large = [(draw, weight * (1 if g.level == 0 else 0.3)) for draw, weight in WHOLE] if g.level < 3 else []
        draw = pick(g, simple + large)
        before = len(g.statements), g.derived
        try:
            piece = draw(g, shape, env) if draw in [d for d, _ in WHOLE] else draw(g, shape)
            after = g.out(piece, shape)
            return piece, after
        except Refused:
            del g.statements[before[0] :]
            g.derived = before[1]
    return atom(("act", "relu"), "relu"), shape


def steps(g, shape, env, n, labels=True):
    """A chain of `n` steps; some are labelled, and what follows may refer to them."""
    env, pieces = dict(env), []
    for _ in range(n):
        piece, after = step(g, shape, env)
        if labels and g.chance(0.15) and not isinstance(piece.tree[0], list):
            name = g.fresh(g.rng.choice(["top", "skip", "mark"]))
            text = held(piece, CONCAT)
            piece = Piece(("label", name, piece.tree), flat([f"{name}: ", text]), LABEL)
            g.out(piece, shape)
            env[name] = after
        if piece.level == CHAIN:
            piece = Piece(piece.tree, flat(["(", piece.text, ")"]), ATOM) if g.chance(0.3) else piece
        pieces.append(piece)
        shape = after
    joined = series(splice(pieces), g.arrow)
    return Piece(joined.tree, flat(["(", joined.text, ")"]), ATOM) if joined.level == LABEL else joined


def splice(pieces):
    """The pieces, those that are chains themselves as they are: a chain in a chain needs no parentheses."""
    return [Piece(p.tree, p.text, CONCAT) if p.level == CHAIN and len(pieces) > 1 else p for p in pieces]


# Programs -----------------------------------------------------------------------------------------------------------


def draw_input(g):
    """The incoming shape, its head, and the usual names of its axes."""
    rng = g.rng
    kind = pick(g, [("image", 9), ("sequence", 6), ("ids", 2), ("vector", 3), ("volume", 2)])
    shapes = {
        "image": (rng.randint(1, 40), rng.randint(1, 40), rng.choice([1, 3, 3, *FILTERS])),
        "sequence": (rng.randint(1, 40), rng.choice(FILTERS)),
        "ids": (rng.randint(1, 40),),
        "vector": (rng.randint(1, 60),),
        "volume": (rng.randint(1, 14), rng.randint(1, 14), rng.randint(1, 14), rng.choice(FILTERS)),
    }
    names = {"image": "HWC", "sequence": "TC", "ids": "T", "vector": "n", "volume": "DHWC"}[kind]
    shape = shapes[kind]
    if kind == "image" and g.chance(0.3):
        shape = (rng.choice([8, 12, 16, 24, 32]), rng.choice([4, 8, 16]), shape[2])
    style = rng.choice(["tuple", "tuple", "tuple", "by", "input"])
    dims = tuple(Slot(n, name) for n, name in zip(shape, names, strict=True))
    return kind, shape, Head(dims, style, tuple(names))


FIRST = {
    "image": {"conv", "dwconv", "sepconv", "pool"},
    "sequence": {"linear", "recurrent", "attention", "pos"},
    "ids": {"embed"},
    "vector": {"dense"},
}
STARTS = ["conv", "dwconv", "sepconv", "pool", "linear", "lstm", "gru", "rnn", "attention", "pos", "embed", "dense"]


def program(g):
    """A whole program: definitions, perhaps a tower, and the network."""
    rng = g.rng
    if g.chance(0.05):
        return towers(g)
    kind, shape, head = draw_input(g)
    g.machine.shape = shape
    pieces, at = [], shape
    tied = None
    if kind == "ids":
        if g.chance(0.4):
            v, d, name = g.slot(rng.randint(2, 50), "V"), g.slot(rng.choice(FILTERS), "d"), g.fresh("table")
            define(g, f"shared {name} = ", call("embed", v, d))
            tied = (name, v.value, d.value)
            pieces.append(atom(("shared", name, ("embed", v.value, d.value)), name))
        else:
            pieces.append(draw_embed(g, shape))
        at = g.out(pieces[0], shape)
    body = steps(g, at, {}, rng.randint(1, 7))
    at = g.out(body, at)
    pieces.append(body)
    if tied and len(at) == 2:
        name, v, d = tied
        with g.fixed():
            if at[1] != d:
                pieces.append(atom(("linear", d, True), f"linear({d})"))
        pieces.append(atom(("unembed", v, d), f"unembed({name})"))
        at = g.out(pieces[-1], (at[0], d))
    if g.chance(0.07):
        pieces.append(forked(g, at))
    elif g.chance(0.06):
        pieces.append(broken(g, at))
        pieces += [atom(("act", "relu"), "relu")] if g.chance(0.3) else []
    elif g.chance(0.05) and not g.derived:
        shape = tuple(rng.randint(1, 4) for _ in shape[:-1]) + shape[-1:] if len(shape) > 1 else shape
        for slot, size in zip(head.dims, shape, strict=True):
            slot.value = size
    first = pieces[0].tree[1][0] if pieces[0].tree[0] == "chain" else pieces[0].tree
    while first[0] == "chain":
        first = first[1][0]
    if first[0] in FIRST.get(kind, ()) and pieces[0].level in (ATOM, CHAIN) and g.chance(0.3):
        starts = write(pieces[0].text, {}).split("(")[0].split(" ")[0].split("-")[0]
        if starts in STARTS:
            head.style = "none"
    chain = series(splice(pieces), g.arrow)
    sentence = flat([head, chain.text])
    return sample(g, chain.tree, shape, sentence, head)


def forked(g, shape):
    """Several outputs."""
    branches = [steps(g, shape, {}, g.rng.randint(1, 2), labels=False) for _ in range(g.rng.randint(2, 3))]
    return atom(("fork", [b.tree for b in branches]), call("fork", *[b.text for b in branches]))


def towers(g):
    """Two towers, a join of them, and something behind."""
    f, made = g.filters(), []
    two = g.rng.random() < 0.6
    for _ in range(2 if two else 1):
        shape = (g.rng.randint(1, 20), g.rng.choice(FILTERS))
        name = g.fresh(g.rng.choice(["left", "right", "enc"]))
        body = steps(g, shape, {}, g.rng.randint(1, 2)) if g.chance(0.7) else IDENTITY
        at = g.out(body, shape)
        last = [atom(("dense", f.value, True), call("dense", f))]
        chain = series(splice([body, *last]), g.arrow)
        head = Head(tuple(g.slot(n, letter) for n, letter in zip(shape, "TC", strict=True)), "tuple")
        define(g, f"{name}: ", head, chain.text)
        made.append((atom(("tower", name, shape, chain.tree), f"@{name}"), at))
    branches = [m[0] for m in made]
    if two:
        start = g.rng.choice([plus, bar, product])(g, branches)
        at = g.out(start, None)
        rest = steps(g, at, {}, g.rng.randint(1, 3))
        chain = series(splice([start, rest]), g.arrow)
        return sample(g, chain.tree, None, chain.text, None)
    _, shape, head = draw_input(g)
    if len(shape) < 2:
        raise Refused("a tower beside a vector is not drawn")
    g.machine.shape = shape
    branch = keeping(g, shape, f)
    start = plus(g, shuffled(g, [branch, branches[0]]))
    rest = steps(g, g.out(start, shape), {}, g.rng.randint(1, 3))
    chain = series(splice([start, rest]), g.arrow)
    return sample(g, chain.tree, shape, flat([head, chain.text]), head)


def broken(g, shape):
    """A step that is impossible on this shape."""
    rank, c = len(shape) - 1, shape[-1]
    ones = (1,) * rank

    def n(value):
        return g.slot(value, "q", False)

    options = [
        atom(("norm", {"scale": True, "shift": True, "groups": c + 1}), call("gn", n(c + 1))),
        atom(("slice", 0, c + 1), call("slice", "0", n(c + 1))),
        atom(("reshape", (prod(shape) + 1,)), call("reshape", n(prod(shape) + 1))),
        atom(("pattern", (*(None,) * rank, c + 1)), spelled((*(None,) * rank, c + 1))),
        plus(g, [atom(("linear", u, True), call("linear", n(u))) for u in (c, c + 1)]),
        atom(("mul", [("linear", 2, True), ("linear", 3, True)]), "mul(linear(2), linear(3))"),
        atom(("residual", ("linear", c + 2, True)), "residual(linear(", n(c + 2), "))"),
    ]
    if c > 1:
        options.append(atom(("widen", c - 1), call("widen", n(c - 1))))
    if c % 2:
        options.append(atom(("act", "glu"), "glu"))
    if rank:
        big = shape[0] + 1
        window_ = {"k": (big, *ones[1:]), "s": ones, "p": "valid", "d": ones, "g": 1, "bias": True, "f": 4}
        size = "x".join(map(str, window_["k"])) if rank > 1 else str(big)
        many = {"k": ones, "s": ones, "p": "valid", "d": ones, "g": c + 1, "bias": True, "f": c + 1}
        pool = {"k": (max(shape[:-1]) + 1,) * rank, "s": ones, "p": "valid", "d": ones}
        less = {"k": ones, "s": ones, "p": ((shape[0],) * 2,) * rank, "d": ones, "output_pad": (0,) * rank, "g": 1}
        options += [
            atom(("conv", window_), call("conv", size, n(4))),
            atom(("conv", many), call("conv", "1", n(c + 1), ["g=", n(c + 1)])),
            atom(("pool", pool), call("maxpool", n(pool["k"][0]), "s=1")),
            atom(("tconv", less | {"f": 3, "bias": True}), call("tconv", "1", "3", ["p=", n(shape[0])])),
            atom(("crop", ((shape[0], shape[0]),) * rank), call("crop", n(shape[0]))),
            atom(("concat", [("id",), ("up", 2)]), "(id | up(2))"),
        ]
        look = {"heads": c + 1, "kv": None, "dim": None, "over": None, "bias": ()}
        options.append(atom(("attention", look), call("attention", n(c + 1), "nobias")))
        keys = {"heads": 2, "kv": 3, "dim": 4, "over": None, "bias": ()}
        options.append(atom(("attention", keys), call("attention", n(2), ["kv=", n(3)], "dim=4", "nobias")))
        if any(size % 7 for size in shape[:-1]):
            options.append(atom(("unshuffle", 7), call("unshuffle", n(7))))
        if c % 2**rank:
            options.append(atom(("shuffle", 2), call("shuffle", n(2))))
    if rank == 1 and shape[0] > 1:
        options.append(atom(("pos", shape[0] - 1), call("pos", str(shape[0] - 1))))
    return g.rng.choice(options)


def sample(g, tree, shape, sentence, head):
    """The two sentences: written with numbers, and with symbols for some of them."""
    rng = g.rng
    statements = [*g.statements, sentence]
    if len(statements) > 1 and g.chance(0.15):
        statements = [sentence, *g.statements]
    joint = rng.choice(["\n", "\n", "; "])
    program = flat([[joint if i else "", s] for i, s in enumerate(statements)])
    names, values = symbols(g, program, head)
    symbolic = write(program, names)
    sizes = [name for name in values if name in {"H", "W", "T", "C", "D", "n"}]
    if sizes and head.style != "none" and g.chance(0.06):
        name = rng.choice(sizes)
        divisor = rng.choice([n for n in range(1, 9) if values[name] % n == 0])
        fact = f"{name} % {divisor} == 0" if divisor > 1 else f"{name} >= {rng.randint(1, values[name])}"
        symbolic = f"assume {fact}\n{symbolic}"
    if g.chance(0.03):
        symbolic = f"# drawn by chance\n{symbolic}"
    return Sample(tree, shape, write(program, {}), symbolic, values)


def symbols(g, program, head):
    """Names for some of the slots, and the values of the symbols in them."""
    rng = g.rng
    density = rng.choice([0.1, 0.3, 0.6, 1.0])
    free = [s for s in slots(program) if s.kind and not s.alias and (SYMBOLIC_COUNTS or s.kind != COUNT)]
    headless = head is not None and head.style == "none"
    chosen = [s for s in free if rng.random() < density or (headless and s in head.dims)]
    if not chosen and free:
        chosen = [rng.choice(free)]
    names, values, exotic = {}, {}, shuffled(g, EXOTIC)
    for slot in chosen:
        usual = head is not None and slot in head.dims
        base, shape = slot.value, "{}"
        if slot.alone and not headless and not usual and g.chance(0.1) and slot.value > 1:
            base, shape = slot.value - 1, "{}+1"
        elif not headless and (usual or slot.alone) and g.chance(0.12):
            factor = rng.choice([n for n in (1, 2, 3, 4) if slot.value % n == 0])
            base, shape = slot.value // factor, f"{factor}*{{}}" if factor > 1 else "{}"
        twin = [name for name, value in values.items() if value == base]
        if twin and g.chance(0.12) and not headless:
            name = rng.choice(twin)
        elif usual and (headless or slot.kind not in values):
            name = slot.kind
        elif g.chance(0.05) and exotic:
            name = exotic.pop()
        else:
            name = g.fresh(stem(slot))
        values[name] = base
        names[slot] = shape.format(name)
    return names, values

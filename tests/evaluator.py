"""A second reader of the language: a network's text at given numbers, its conditions and closed forms, exactly.

Python's own parser reads the text, `simulator.py` counts; nothing of paramula takes part. What it knows: shapes, all
layers, joins, labels, repeats, shared weights, definitions without parameters; no towers. `->` is read as `or`, a
label's `:` as `and`, an option's `=` as `:=`, `a..b` as `a | b`, since these hold as tightly in Python as they do here.
"""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from functools import cache
from math import ceil, floor, gcd, isqrt, prod

from simulator import Machine, Refused, layer, need

ACTIVATIONS = [
    "relu", "gelu", "silu", "sigmoid", "tanh", "softmax", "hswish", "hsigmoid", "elu",
    "selu", "softplus", "leaky", "mish", "relu6", "glu", "prelu", "dropout", "droppath",
]  # fmt: skip
PLACES = {  # the arguments that may stand by position, in their order
    "conv": "k f s p d g", "dwconv": "k s p d multiplier", "sepconv": "k f s p d multiplier",
    "tconv": "k f s p output_pad d g", "pool": "k s p d", "maxpool": "k s p d", "avgpool": "k s p d", "gap": "",
    "gmp": "", "adaptive": "o", "up": "r", "shuffle": "r", "unshuffle": "r", "widen": "f", "pad": "a", "crop": "a",
    "patch": "p f", "dense": "u", "linear": "u", "embed": "V d", "unembed": "table", "pos": "n", "cls": "n",
    "scale": "", "shift": "", "bn": "", "ln": "axes", "rms": "", "gn": "groups", "instancenorm": "", "rnn": "u",
    "gru": "u", "lstm": "u", "bi": "layer", "attention": "heads", "moe": "expert n", "flatten": "", "slice": "a b",
    "first": "", "last": "", "mean": "a", "residual": "f shortcut", "shared": "network", "id": "",
    **dict.fromkeys(ACTIVATIONS, ""), "dropout": "r", "droppath": "r",
}  # fmt: skip
MANY = {"param", "reshape", "permute", "add", "concat", "mul", "fork", "input"}
WORDS = {*PLACES, *MANY}
FLAGS = {
    "same", "valid", "causal", "ceil", "nobias", "qkvbias", "outbias", "seq", "space", "affine", "noaffine", "noscale",
    "noshift", "shared", "places",
}  # fmt: skip


# Numbers --------------------------------------------------------------------------------------------------------------


def whole(number):
    """An int where a fraction is one."""
    return int(number) if type(number) is Fraction and number.denominator == 1 else number


def divided(a, b):
    return a // b if a % b == 0 else Fraction(a) / b


def power(a, b):
    if b != int(b):
        raise ArithmeticError(f"{a}^{b}")
    return a**b if b >= 0 else divided(1, a**-b)


def round_to(x, d):
    """The `make_divisible` rule of the MobileNet papers."""
    near = max(d, floor(x + Fraction(d, 2)) // d * d)
    return near + d if near < Fraction(9, 10) * x else near


def root(x):
    """The square root where it is whole, else its floor plus a half: only roundings may look at it."""
    return isqrt(x) if isqrt(floor(x)) ** 2 == x else isqrt(floor(x)) + Fraction(1, 2)


def log2(x):
    n = floor(x).bit_length() - 1
    return n if 2**n == x else n + Fraction(1, 2)


BINARY = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: divided,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: whole(a % b),
    ast.Pow: power,
}
COMPARE = {
    ast.GtE: lambda a, b: a >= b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.Lt: lambda a, b: a < b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}
FUNCTIONS = {
    "floor": floor, "ceil": ceil, "min": min, "max": max, "abs": abs, "gcd": gcd, "log2": log2, "sqrt": root,
    "round": lambda x: floor(x + Fraction(1, 2)), "round_to": round_to,
}  # fmt: skip


def python(text):
    """The text as Python reads it."""
    text = re.sub(r"\b(\d+(?:x\d+)+)\b", lambda found: f"({found[0].replace('x', ',')})", text)
    text = re.sub(r"around (\w+) = (.*)\]", r"if (\1, \2)]", text)
    text = re.sub(r"(?<![=<>!])=(?!=)", ":=", text)
    text = re.sub(r"\b(\w+): ", r"\1 and ", text)
    for mine, theirs in (("->", " or "), ("...", "Ellipsis"), ("..", "|"), ("@", "AT_"), ("^", "**"), ("\n", " ")):
        text = text.replace(mine, theirs)
    return ast.parse(text.strip(), mode="eval").body


def compiled(node):
    """A number or a claim as a function of the values of its names."""
    match node:
        case ast.Constant(value):
            exact = whole(Fraction(str(value)))
            return lambda env: exact
        case ast.Name(name):
            return lambda env: env[name]
        case ast.UnaryOp(ast.USub(), inner):
            of = compiled(inner)
            return lambda env: -of(env)
        case ast.BinOp(left, operator, right):
            do, a, b = BINARY[type(operator)], compiled(left), compiled(right)
            return lambda env: do(a(env), b(env))
        case ast.Compare(left, [operator], [right]):
            do, a, b = COMPARE[type(operator)], compiled(left), compiled(right)
            return lambda env: do(a(env), b(env))
        case ast.Call(ast.Name("sum" | "all" as name), [ast.GeneratorExp(inner, loops)]):
            return folded({"sum": sum, "all": all}[name], compiled(inner), [ends(loop) for loop in loops])
        case ast.Call(ast.Name(name), inner):
            do, parts = FUNCTIONS[name], [compiled(part) for part in inner]
            return lambda env: do(*(part(env) for part in parts))
    raise SyntaxError(ast.unparse(node))


def ends(loop):
    """(index, low, high) of `for i in low..high`."""
    return loop.target.id, compiled(loop.iter.left), compiled(loop.iter.right)


def folded(fold, inner, loops):
    """A sum, or a claim for all, over ranges."""
    (index, low, high), *rest = loops
    inner = folded(fold, inner, rest) if rest else inner

    def value(env):
        a, b = low(env), high(env)
        if a != int(a) or b != int(b):
            raise ArithmeticError(f"a range {a}..{b}")
        return fold([inner({**env, index: i}) for i in range(int(a), int(b) + 1)])

    return value


class Claim:
    """A printed condition: its free names, and whether it holds for numbers."""

    def __init__(self, text):
        # Behind the claim, outside of any parentheses: the copies for which it is made.
        said, *ranges = re.split(r" for (?=\w+ in (?:[^()]|\((?:[^()]|\([^()]*\))*\))*$)", text)
        loops = " for ".join(re.split(r", (?=\w+ in )", ranges[0])) if ranges else ""
        tree = python(f"all({said} for {loops})" if loops else said)
        indices = {node.target.id for node in ast.walk(tree) if isinstance(node, ast.comprehension)}
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self.text = text
        self.names = names - indices - {*FUNCTIONS, "sum", "all"}
        self.value = compiled(tree)

    def __repr__(self):
        return self.text

    def holds(self, env):
        """What has no value (a division by zero, a power that is not whole) does not hold."""
        try:
            return bool(self.value(env))
        except ArithmeticError:
            return False


claim = cache(Claim)


def closed(expression):
    """A closed form as a function of numbers: walks the tree of a SymPy expression, or a tuple of them."""
    if isinstance(expression, (tuple, list)):
        parts = [closed(part) for part in expression]
        return lambda env: tuple(part(env) for part in parts)
    if isinstance(expression, (int, Fraction)):
        return lambda env: expression
    return _closed(expression)


@cache
def _closed(e):
    kind = type(e).__name__
    if e.is_Rational:
        exact = whole(Fraction(int(e.p), int(e.q)))
        return lambda env: exact
    if e.is_Symbol:
        name = e.name
        return lambda env: env[name]
    if kind == "Sum":
        loops = [(str(i), _closed(low), _closed(high)) for i, low, high in reversed(e.limits)]
        return folded(sum, _closed(e.function), loops)
    parts = [_closed(part) for part in e.args]
    if kind == "Add":
        return lambda env: whole(sum([part(env) for part in parts]))
    if kind == "Mul":
        return lambda env: whole(prod([part(env) for part in parts]))
    do = {"Pow": power, "FloorDiv": lambda a, b: divided(a, b) // 1, "ceiling": ceil}.get(kind)
    do = do or FUNCTIONS[kind.lower()]
    return lambda env: do(*[part(env) for part in parts])


# Networks -------------------------------------------------------------------------------------------------------------


class Text:
    """A program, read once, run at any numbers."""

    def __init__(self, text):
        self.definitions, self.shared, self.net = {}, set(), None
        for line in re.split(r"[;\n](?!\s*->)", text):
            found = re.match(r"\s*(shared )?(\w+) = (.*)", line, re.DOTALL)
            if found:
                self.definitions[found[2]] = python(found[3])
                self.shared |= {found[2]} if found[1] else set()
            else:
                self.net = python(line)
        self.counts = [count for node in ast.walk(self.net) for count in counted(node, Scope(self, {}))]

    def copies(self, **values):
        """How many copies each repeat of the network has, where that depends on nothing inside it."""
        found = []
        for count in self.counts:
            try:
                found.append(count(values))
            except KeyError:
                continue
        return found

    def simulate(self, **values):
        """Every quantity with these numbers in place of the symbols, as `simulator.simulate` gives them."""
        steps = list(self.net.values) if isinstance(self.net, ast.BoolOp) else [self.net]
        head = steps.pop(0)
        sizes = head.args if isinstance(head, ast.Call) else getattr(head, "elts", [head])
        for name, node in self.definitions.items():
            if not is_net(node, Scope(self, {})):
                values[name] = value_of(node)(values)
        shape = tuple(whole(value_of(size)(values)) for size in sizes)
        need(all(isinstance(n, int) and n >= 1 for n in shape), f"an input of {shape}")
        machine = Machine(shape)
        return machine.facts(chain(machine, machine.input(), steps, Scope(self, values)))


class Scope:
    """Where a network is read: its program, the numbers of its names, the use of a definition it stands in."""

    def __init__(self, program, values, inner=None):
        self.program, self.values, self.inner = program, values, inner or {}

    def with_(self, **values):
        return Scope(self.program, {**self.values, **values}, self.inner)


MEMO = {}


class Known:
    """What is the same wherever a step stands: its text, its names, and whether it looks at nothing outside itself."""

    def __init__(self, node, program):
        self.text = ast.unparse(node)
        words = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        self.names = sorted(words - WORDS - FLAGS)
        self.alone = words.isdisjoint({"shared", "unembed", *program.definitions}) and not any(
            isinstance(n, ast.And) or getattr(n, "id", "").startswith("AT_") for n in ast.walk(node)
        )


def known(node, program):
    if not hasattr(node, "known"):
        node.known = Known(node, program)
    return node.known


def chain(m, x, steps, scope):
    """One step after the other; names that a pattern binds hold until the end."""
    for node in steps:
        if x is not None and not is_net(node, scope):
            scope = matched(x, getattr(node, "elts", [node]), scope)
        else:
            x = step(m, x, node, scope)
    return x


def step(m, x, node, scope):
    """One step, taken from memory where the same step has met the same tensor and numbers."""
    it = known(node, scope.program)
    if not it.alone or x is None or not scope.inner.keys().isdisjoint(it.names):
        return run(m, x, node, scope)
    kinds = x.reach and tuple(type(f) for f in x.reach.field)
    numbers = tuple(scope.values.get(name) for name in it.names)
    key = (it.text, numbers, m.shape, x.shape, x.reach, kinds)
    if key not in MEMO:
        if len(MEMO) > 100_000:
            MEMO.clear()
        one = Machine(m.shape)
        try:
            out = run(one, x._replace(depth=0), node, scope)
            MEMO[key] = out, one.total, one.log
        except Refused as refused:
            MEMO[key] = str(refused), None, None
    out, total, log = MEMO[key]
    if total is None:
        raise Refused(out)
    for name, amount in total.items():
        m.total[name] += amount
    m.log += log
    if isinstance(out, list):
        return [each._replace(depth=each.depth + x.depth) for each in out]
    return out._replace(depth=out.depth + x.depth)


@layer
def text(m, x, node, scope):
    """A network as it is written."""
    steps = node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) else [node]
    return chain(m, x, steps, scope)


def run(m, x, node, scope):
    """What a network makes of a tensor."""

    def inner(n):
        return ("text", n, scope)

    match node:
        case ast.BoolOp(ast.Or(), steps):
            return chain(m, x, steps, scope)
        case ast.BoolOp(ast.And(), [ast.Name(name), named]):
            m.labels[name] = run(m, x, named, scope)
            return m.labels[name]
        case ast.BinOp(left, ast.BitOr(), right):
            return m.run(("concat", [inner(n) for n in flat(left, ast.BitOr, right)]), x)
        case ast.BinOp(left, ast.Add() | ast.Sub(), right):
            return m.run(("add", [inner(n) for n in flat(left, (ast.Add, ast.Sub), right)]), x)
        case ast.BinOp(left, ast.Mult(), right):
            block, count = (left, right) if is_net(left, scope) else (right, left)
            for _ in range(size(count, scope, 0)):
                x = step(m, x, block, scope)
            return x
        case ast.ListComp(block, [loop]):
            if loop.ifs:
                return nested(m, x, block, loop, scope)
            for values in indices(loop, scope):
                x = step(m, x, block, scope.with_(**values))
            return x
        case ast.Name(name) if name.startswith("AT_"):
            return m.labels[name[3:]]
        case ast.Name(name) if name in scope.inner:
            body, around = scope.inner[name]
            return run(m, x, body, around)
        case ast.Name(name) if name in scope.program.definitions:
            body = scope.program.definitions[name]
            if name in scope.program.shared:
                return m.run(("shared", name, inner(body)), x)
            return run(m, x, body, scope)
        case ast.Name(name):
            return call(m, x, name, [], scope, node)
        case ast.Call(ast.Name(name), args):
            return call(m, x, name, args, scope, node)
    raise SyntaxError(ast.unparse(node))


def counted(node, scope):
    """How many copies a repeat has, as a function of numbers."""
    match node:
        case ast.BinOp(left, ast.Mult(), right) if is_net(left, scope) != is_net(right, scope):
            yield compiled(right if is_net(left, scope) else left)
        case ast.ListComp(_, [ast.comprehension(_, ast.BinOp(low, _, high))]):
            a, b = compiled(low), compiled(high)
            yield lambda env: b(env) - a(env) + 1


def nested(m, x, block, loop, scope):
    """Copies around each other: the name stands for the next copy, at last for the core."""
    name, core = loop.ifs[0].elts
    hole = core, scope
    for values in reversed(indices(loop, scope)):
        at = scope.with_(**values)
        at.inner = {**scope.inner, name.id: hole}
        hole = block, at
    return run(m, x, *hole)


def flat(left, operator, right):
    """The operands of a row of the same operator."""
    if isinstance(left, ast.BinOp) and isinstance(left.op, operator):
        return [*flat(left.left, operator, left.right), right]
    return [left, right]


def is_net(node, scope):
    match node:
        case ast.Name(name) | ast.Call(ast.Name(name)):
            defined = scope.program.definitions.get(name)
            return (
                name in WORDS or name in scope.inner or name.startswith("AT_") or (defined and is_net(defined, scope))
            )
        case ast.BinOp(left, _, right):
            return is_net(left, scope) or is_net(right, scope)
    return isinstance(node, (ast.BoolOp, ast.ListComp))


def indices(loop, scope):
    """The values of the index of a list, as dicts of the names."""
    if isinstance(loop.iter, ast.Set):
        names = [n.id for n in getattr(loop.target, "elts", [loop.target])]
        rows = [[value(n, scope) for n in getattr(row, "elts", [row])] for row in loop.iter.elts]
        return [dict(zip(names, row, strict=True)) for row in rows]
    low, high = value(loop.iter.left, scope), value(loop.iter.right, scope)
    need(isinstance(low, int) and isinstance(high, int), f"a range {low}..{high}")
    need(high >= low - 1, f"a range {low}..{high}")
    return [{loop.target.id: i} for i in range(low, high + 1)]


def matched(x, dims, scope):
    """The scope behind a pattern."""
    if dims and isinstance(dims[0], ast.Name) and dims[0].id == "Ellipsis":
        dims, given = dims[1:], x.shape[len(x.shape) - len(dims) + 1 :]
    else:
        given = x.shape
    need(len(dims) == len(given), f"{x.shape} is not {len(dims)} sizes")
    names = {}
    for dim, n in zip(dims, given, strict=True):
        if isinstance(dim, ast.Name):
            names[dim.id] = n
        else:
            need(value(dim, scope) == n, f"{x.shape} is not {ast.unparse(dim)}")
    names.pop("_", None)
    return scope.with_(**names)


def value_of(node):
    if not hasattr(node, "compiled"):
        node.compiled = compiled(node)
    return node.compiled


def value(node, scope):
    """A number of the text."""
    try:
        return whole(value_of(node)(scope.values))
    except ArithmeticError as error:
        raise Refused(str(error)) from None


def size(node, scope, least=1):
    """A whole number, at least 1."""
    n = value(node, scope)
    if not isinstance(n, int) or n < least:
        raise Refused(f"{ast.unparse(node)} is {n}")
    return n


def per_axis(node, rank, scope, least=1):
    """A size for each axis: one for all, or as many as there are axes."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node] * rank
    need(len(parts) == rank, f"{len(parts)} sizes for {rank} axes")
    return tuple(size(part, scope, least) for part in parts)


def padding(node, flags, rank, scope):
    """A word, or what is put before and behind each axis."""
    word = next((w for w in ("same", "valid", "causal") if w in flags), getattr(node, "id", None))
    if word in ("same", "valid", "causal"):
        need(word != "causal" or rank == 1, "causal along several axes")
        return word
    parts = node.elts if isinstance(node, ast.Tuple) else [node] * rank
    need(len(parts) == rank, f"{len(parts)} sizes for {rank} axes")
    pairs = [part.elts if isinstance(part, ast.Tuple) else [part, part] for part in parts]
    return tuple((size(a, scope, 0), size(b, scope, 0)) for a, b in pairs)


def call(m, x, name, args, scope, node):
    """A layer of the catalogue, and the activation among its flags behind it."""
    flags, by_position, options = [], [], {}
    for arg in args:
        word = isinstance(arg, ast.Name) and arg.id
        if isinstance(arg, ast.NamedExpr):
            options[arg.target.id] = arg.value
        elif word in FLAGS or (word in ACTIVATIONS and name not in ("moe", "residual", *MANY)):
            flags.append(word)
        else:
            by_position.append(arg)
    if name not in MANY:
        places = PLACES[name].split()
        need(len(by_position) <= len(places), f"{name} of {len(by_position)}")
        options = {**dict(zip(places, by_position, strict=False)), **options}
    x = made(m, x, name, by_position, options, flags, scope, node)
    for word in flags:
        if word in ACTIVATIONS:
            x = m.run(("act", word), x)
    return x


ONE, ZERO = ast.Constant(1), ast.Constant(0)


def made(m, x, name, args, options, flags, scope, node):
    """The layer as the simulator knows it, run on the tensor."""

    def net(n):
        return ("text", n, scope)

    def n(key, default=None, least=1):
        return size(options[key], scope, least) if key in options else default

    def axes(key, default=ONE, least=1):
        return per_axis(options.get(key, default), rank, scope, least)

    rank = len(x.shape) - 1 if x is not None else 0
    bias = "nobias" not in flags
    if name in ("conv", "dwconv", "sepconv", "tconv", "pool", "maxpool", "avgpool", "patch", "adaptive", "up"):
        need(rank, f"{name} without places")
    match name:
        case "conv" | "dwconv" | "sepconv" | "tconv" | "pool" | "maxpool" | "avgpool":
            k = axes("k")
            plain = ast.Name("valid") if name != "tconv" else ZERO
            o = {"k": k, "d": axes("d"), "p": padding(options.get("p", plain), flags, rank, scope), "bias": bias}
            o["s"] = axes("s") if "s" in options or "pool" not in name else k
            if name == "tconv":
                need(o["p"] != "causal", "a transposed convolution has no causal padding")
                o["output_pad"] = axes("output_pad", ZERO, 0)
            o |= {"f": n("f"), "g": n("g", 1), "multiplier": n("multiplier", 1), "ceil": "ceil" in flags}
            return m.run(("pool" if "pool" in name else name, o), x)
        case "gap" | "gmp":
            return m.run(("gap",), x)
        case "adaptive":
            return m.run(("adaptive", axes("o")), x)
        case "up":
            r = value(options["r"], scope)
            need(r > 0, f"up {r}")
            return m.run(("up", r), x)
        case "shuffle" | "unshuffle":
            return m.run((name, n("r")), x)
        case "widen":
            return m.run(("widen", n("f")), x)
        case "pad" | "crop":
            need(rank, f"{name} without places")
            return m.run((name, padding(options["a"], (), rank, scope)), x)
        case "patch":
            return m.run(("patch", axes("p"), n("f"), bias), x)
        case "dense" | "linear":
            return m.run((name, n("u"), bias), x)
        case "embed":
            return m.run(("embed", n("V"), n("d")), x)
        case "unembed":
            return unembedded(m, x, options["table"].id, scope)
        case "pos":
            return m.run(("pos", n("n")), x)
        case "cls":
            return m.run(("cls", n("n", 1)), x)
        case "param":
            return m.run(("param", tuple(size(a, scope) for a in args)), x)
        case "scale" | "shift" | "id":
            return m.run((name,), x)
        case "bn" | "ln" | "rms" | "gn" | "instancenorm":
            on = "affine" in flags if name == "instancenorm" else "noaffine" not in flags
            o = {"scale": on and "noscale" not in flags, "shift": on and "noshift" not in flags and name != "rms"}
            o |= {"state": 2 * (name == "bn"), "axes": n("axes", 1), "groups": n("groups", 1)}
            return m.run(("norm", o), x)
        case "rnn" | "gru" | "lstm":
            o = {"kind": name, "u": n("u"), "seq": "seq" in flags}
            o["biases"] = n("biases", 2 if name == "gru" else 1, 0) if bias else 0
            return m.run(("recurrent", o), x)
        case "bi":
            return m.run(("bi", net(options["layer"])), x)
        case "attention":
            sides = [side for side in ("qkv", "out") if f"{side}bias" in flags] or ["qkv", "out"] * bias
            o = {"heads": n("heads"), "kv": n("kv"), "dim": n("dim"), "bias": sides, "over": None}
            if "over" in options:
                o["over"] = net(options["over"])
            return m.run(("attention", o), x)
        case "moe":
            return m.run(("moe", net(options["expert"]), n("n"), n("active")), x)
        case "flatten":
            return m.run(("flatten_space" if "space" in flags else "flatten",), x)
        case "reshape":
            sizes = [value(a, scope) for a in args]
            need(all(isinstance(s, int) and (s >= 1 or s == -1) for s in sizes), f"reshape to {sizes}")
            return m.run(("reshape", tuple(sizes)), x)
        case "permute":
            return m.run(("permute", tuple(value(a, scope) for a in args)), x)
        case "slice":
            return m.run(("slice", value(options["a"], scope), value(options["b"], scope)), x)
        case "first" | "last":
            return m.run(("first",), x)
        case "mean":
            axis = value(options["a"], scope)
            need(-len(x.shape) <= axis < len(x.shape), f"no axis {axis}")
            return m.run(("mean", axis % len(x.shape)), x)
        case "add" | "mul" | "fork":
            return m.run((name, [net(a) for a in args]), x)
        case "concat":
            return m.run(
                ("concat", [net(a) for a in args], value(options.get("axis", ast.UnaryOp(ast.USub(), ONE)), scope)), x
            )
        case "residual":
            shortcut = net(options["shortcut"]) if "shortcut" in options else ("id",)
            return m.run(("residual", net(options["f"]), shortcut), x)
        case "shared":
            return m.run(("shared", id(node), net(options["network"])), x)
        case _ if name in ACTIVATIONS:
            return m.run(("act", f"{name}({flags.pop()})" if flags else name), x)
    raise SyntaxError(name)


def unembedded(m, x, name, scope):
    """The transposed table of a shared embedding: owned once with it."""
    rows, width = (size(a, scope) for a in scope.program.definitions[name].args)
    out = m.run(("unembed", rows, width), x)
    if name not in m.owners:
        before = len(m.log)
        m.own("weights", rows, width)
        m.owners[name] = m.log[before:]
    return out

"""The questions one can ask of a traced network: each a rule for one operation and a way to join."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from ..algebra.functions import maximum
from ..algebra.known import nonnegative
from ..algebra.poly import Poly, Size, Sym, atom, product, total, whole
from ..algebra.powers import power
from ..algebra.substitution import symbols
from ..algebra.sums import summed as close
from ..errors import NetError, internal
from ..layers.facts import BIAS, STATE, TAKEN, WEIGHT, Facts
from ..layers.words import QUANTITIES, Quantity, reserved
from .traced import Nest, Op, Repeat, Tensor, Traced

# The quantities that are sums over all operations, and which multiple of an operation counts: its sets of weights,
# its runs, or the sets that one token meets.
ADDITIVE = {
    "params": "copies",
    "weights": "copies",
    "biases": "copies",
    "state": "copies",
    "trainable": "copies",
    "active_params": "active",
    "macs": "times",
    "flops": "times",
    "activations": "times",
    "outputs": "times",
}


def answers(facts: Facts) -> dict[str, Size]:
    """Every additive quantity of a layer, from its facts."""
    for size in (*facts.shape, *(n for w in facts.weights for n in w.shape)):
        check_count("a size", size)
    sizes = [(w, product(w.shape)) for w in facts.weights]
    weights = total(size for w, size in sizes if w.role == WEIGHT)
    biases = total(size for w, size in sizes if w.role == BIAS)
    macs = total([*(size * w.uses for w, size in sizes if w.uses != 0), *(w.macs for w in facts.work)])
    return {
        "params": weights + biases,
        "weights": weights,
        "biases": biases,
        "state": total(size for w, size in sizes if w.role == STATE),
        "trainable": weights + biases,
        "active_params": weights + biases,
        "macs": macs,
        "flops": 2 * macs,
        "activations": total([*(w.gives for w in facts.weights), *(w.gives for w in facts.work)]),
        "outputs": 0 if facts.view else product(facts.shape),
    }


Rule = TypeVar("Rule", bound=Callable[[Facts], Size])
RULES: dict[str, Callable[[Facts], Size]] = {}  # what an operation counts, of quantities beside those of `answers`


def quantity(per: str, convention: str, heading: str = "") -> Callable[[Rule], Rule]:
    """Registers a function as an additive quantity: what one operation counts, told by its facts.

    `per` says which multiple of an operation counts: its "copies" (sets of weights), "times" (how often it runs), or
    "active" sets. `convention` is what it counts, in one line; `heading` what a table calls it. The quantity has the
    name of the function, and is there wherever one is asked for. Raises NetError for a name that is taken.
    """
    if per not in ("copies", "times", "active"):
        raise NetError(f"a quantity is counted per copies, times or active, not per '{per}'")

    def register(rule: Rule) -> Rule:
        name = rule.__name__
        if len(name) < 2 or name in QUANTITIES or name in TAKEN or reserved(name):
            raise NetError(f"a quantity cannot be called '{name}'", hint="choose another name for the function")
        QUANTITIES[name], ADDITIVE[name], RULES[name] = Quantity(convention, heading), per, rule
        TAKEN.add(name)
        return rule

    return register


def each(op: Op, name: str) -> Size:
    """An additive quantity of one operation, once."""
    totals = op.facts.totals
    if not totals:
        totals = op.facts.totals = answers(op.facts)
    if name not in totals:
        totals[name] = _counted_by(name, op.facts)
    value: Size = totals[name]
    return value


def _counted_by(name: str, facts: Facts) -> Size:
    """What a rule of somebody else's counts; raises NetError, with its name, for what is no count."""
    value = RULES[name](facts)
    if not isinstance(value, (int, Poly)) or isinstance(value, bool) or (isinstance(value, int) and value < 0):
        raise NetError(f"the quantity {name} counts {value!r} of an operation, which is no whole size")
    return value


def summed(ops: Iterable[Op], name: str, loops: tuple[Repeat, ...] = ()) -> Size:
    """An additive quantity over operations; over all copies of the repetitions that they stand in."""
    parts = _parts(counted(ops), ADDITIVE[name], lambda op: each(op, name))
    for loop in reversed(loops):
        parts = {varies: _over(loop, varies, value) for varies, value in parts.items()}
    return total(parts.values()) * runs(name, loops)


def runs(name: str, loops: Iterable[Repeat]) -> Size:
    """How often a quantity counts what stands in repetitions: these run once for each active expert around them, while
    the sets of weights of all experts are counted where they are owned."""
    number: Size = product(loop.times for loop in loops) if ADDITIVE[name] == "times" else 1
    return number


def _over(loop: Repeat, varies: frozenset[Sym] | None, value: Size) -> Size:
    """A quantity over all copies of a repetition; shared weights that do not depend on its index count once."""
    return close(value, loop.index, loop.low, loop.high) if varies is None or loop.index in varies else value


class Counted(NamedTuple):
    """Operations that state the same facts: one of them, and how many weights, runs and active sets they are."""

    op: Op
    copies: Size
    times: Size
    active: Size


def counted(ops: Iterable[Op]) -> list[Counted]:
    """Operations counted together where they state the same facts of the same weights."""
    counts: dict[Any, Counted] = {}
    for op in ops:
        key = id(op.facts), op.varies
        known = counts.get(key)
        if known is None:
            counts[key] = Counted(op, op.copies, op.times, op.active)
        else:
            sums = known.copies + op.copies, known.times + op.times, known.active + op.active
            counts[key] = Counted(known.op, *sums)
    return list(counts.values())


def _parts(ops: Iterable[Counted], per: str, rule: Callable[[Op], Size]) -> dict[frozenset[Sym] | None, Size]:
    """The quantity of weights that are shared, by the indices on which they depend, and (None) of all else."""
    parts: dict[frozenset[Sym] | None, list[Size]] = {}
    for it in ops:
        op, count = it.op, getattr(it, per)
        if isinstance(op, Repeat):
            for varies, value in _parts(counted(op.body), per, rule).items():
                parts.setdefault(varies, []).append(_over(op, varies, value) * count)
            if isinstance(op, Nest):
                for varies, value in _parts(counted(op.base), per, rule).items():
                    parts.setdefault(varies, []).append(value)
        elif count != 0:
            parts.setdefault(None if per == "times" else op.varies, []).append(rule(op) * count)
    return {varies: total(values) for varies, values in parts.items()}


def check_count(name: str, size: Size) -> None:
    """Raises where a number counts nothing: where it is below 0 or not whole."""
    if not isinstance(size, Poly) and (size < 0 or size.denominator != 1):
        raise internal(f"{name} came out as {size}, which is no count")


def check_bound(what: str, answer: Any) -> None:
    """Raises where an answer depends on the index of a repetition or a sum, or on a size that was to be solved for."""
    for part in answer if isinstance(answer, tuple) else ():
        check_bound(what, part)
    for sym in symbols(answer) if isinstance(answer, Poly) else ():
        if sym.top is not None or not sym.name.isidentifier():
            raise internal(f"{what} depends on {sym.name}, which is no symbol")


def of(traced: Traced, name: str) -> Any:
    """A quantity of a whole network: a size, or a tuple of sizes."""
    value = _of(traced, name)
    if not isinstance(value, tuple):
        check_count(name, value)
    return value


def _of(traced: Traced, name: str) -> Any:
    if name in ADDITIVE:
        return additive(traced, name)
    if name == "shape":
        return traced.out.shape
    if name == "depth":
        return depth(traced)
    seen = view(traced)
    return tuple(field if name == "receptive_field" else stride for field, stride in seen)


def additive(traced: Traced, name: str) -> Size:
    """An additive quantity of a whole network."""
    return folded(traced, ADDITIVE[name], lambda op: each(op, name))


def folded(traced: Traced, per: str, rule: Callable[[Op], Size]) -> Size:
    """The sum of a rule for one operation over a whole network, per set of weights ("copies") or per run ("times")."""
    if traced.counted is None:
        traced.counted = counted(traced.ops)
    return total(_parts(traced.counted, per, rule).values())


def depth(traced: Traced, of_one: Callable[[Op], Size] | None = None) -> Size:
    """Layers with a kernel on the longest path to the output; or what each operation says of itself."""
    reached: dict[Tensor, Size | None] = dict.fromkeys(traced.inputs, 0)
    _walk(traced.ops, reached, of_one or own_depth)
    return _deepest(traced.out, reached) or 0


def _deepest(tensor: Tensor, reached: dict[Tensor, Size | None]) -> Size | None:
    """The longest path to a tensor; None where none leads there."""
    if tensor.parts:
        return _longest(_deepest(part, reached) for part in tensor.parts)
    return reached.get(tensor)


def _longest(lengths: Iterable[Size | None]) -> Size | None:
    known = [length for length in lengths if length is not None]
    longest: Size | None = maximum(*known) if known else None
    return longest


def _walk(ops: Iterable[Op], reached: dict[Tensor, Size | None], of_one: Callable[[Op], Size]) -> None:
    for op in ops:
        before = _longest(_deepest(tensor, reached) for tensor in op.inputs)
        if isinstance(op, Nest):
            reached[op.out] = None if before is None else before + _nested_depth(op, of_one)
        elif isinstance(op, Repeat):
            through: dict[Tensor, Size | None] = {op.entry: 0}
            _walk(op.body, through, of_one)
            beside: dict[Tensor, Size | None] = {**reached, op.entry: None}
            _walk(op.body, beside, of_one)
            step, other = _deepest(op.exit, through), _deepest(op.exit, beside)
            paths: list[Size | None] = [
                None if step is None or before is None else before + close(step, op.index, op.low, op.high)
            ]
            paths.append(None if other is None else other + close(step or 0, op.index, op.low + 1, op.high))
            reached[op.out] = _longest(paths)
        else:
            reached[op.out] = None if before is None else before + of_one(op)


def _nested_depth(op: Nest, of_one: Callable[[Op], Size]) -> Size:
    """n levels above the base, or n - 1 of them above the longest way that passes the hole by."""
    down: dict[Tensor, Size | None] = {op.entry: 0, op.hole_out: None}
    _walk(op.body, down, of_one)
    up: dict[Tensor, Size | None] = {op.entry: None, op.hole_out: 0}
    _walk(op.body, up, of_one)
    inner: dict[Tensor, Size | None] = {op.base_entry: 0}
    _walk(op.base, inner, of_one)
    beside = _deepest(op.exit, down)
    level = (_deepest(op.hole_in, down) or 0) + (_deepest(op.exit, up) or 0)
    through = close(level, op.index, op.low, op.high) + (_deepest(op.base_exit, inner) or 0)
    most = None if beside is None else close(level, op.index, op.low, op.high - 1) + beside
    return _longest([through, most]) or 0


def own_depth(op: Op) -> int:
    """How many kernels stand one behind the other in an operation."""
    if op.facts.depth is not None:
        return op.facts.depth
    return 1 if any(w.uses != 0 for w in op.facts.weights) else 0


def steps(traced: Traced) -> Size:
    """Products that wait for each other on the longest path: the depth, a recurrent layer as often as it has places."""
    return depth(traced, own_steps)


def own_steps(op: Op) -> Size:
    """How many products wait for each other in an operation."""
    return own_depth(op) if op.facts.steps is None else op.facts.steps


class Seen(NamedTuple):
    """What a tensor sees: for each axis the input axes it comes from, and of each of these the field and stride."""

    axes: tuple[frozenset[int], ...]
    fields: dict[int, tuple[Size | None, Size | None]]  # field None: the whole input; stride None: one place for all


def view(traced: Traced) -> list[tuple[Size, ...]]:
    """(field, stride) of the output for each place axis of the inputs."""
    sizes: list[Size] = []
    seen: dict[Tensor, Seen] = {}
    places: list[int] = []
    tokens = {op.inputs[0] for op in traced.ops if op.kind == "embed"}
    for tensor in traced.inputs:
        axes = range(len(sizes), len(sizes) + len(tensor.shape))
        sizes += tensor.shape
        seen[tensor] = _at_first(axes)
        places += axes if tensor in tokens else list(axes)[:-1]
    last = _seen(traced.out, _watch(traced.ops, seen))
    out = []
    for a in places:
        field, stride = last.fields.get(a, (1, 1))
        seen_there = (sizes[a] if size is None else size for size in (field, stride))
        out.append(tuple(whole(size) if isinstance(size, Fraction) else size for size in seen_there))
    return out


def _at_first(axes: Iterable[int]) -> Seen:
    """What an input sees: itself."""
    return Seen(tuple(frozenset([a]) for a in axes), dict.fromkeys(axes, (1, 1)))


def _seen(tensor: Tensor, seen: dict[Tensor, Seen]) -> Seen:
    if tensor.parts:
        return _joined([_seen(part, seen) for part in tensor.parts])
    if tensor not in seen:
        raise _unstated()
    return seen[tensor]


def _unstated() -> NetError:
    return NetError("a repeated block of this kind has no single field and stride that could be stated")


def _watch(ops: Iterable[Op], seen: dict[Tensor, Seen]) -> dict[Tensor, Seen]:
    """What every operation's output sees."""
    for op in ops:
        before = [_seen(tensor, seen) for tensor in op.inputs]
        if isinstance(op, Nest):
            seen[op.out] = _nested(before[0], op)
        elif isinstance(op, Repeat):
            seen[op.out] = _repeated(before[0], op)
        elif len(before) > 1 and op.facts.windows is None:
            seen[op.out] = _joined(before)
        else:
            first = _passed(before[0], op.facts)
            seen[op.out] = _joined([first, *map(_all_seen, before[1:])]) if before[1:] else first
    return seen


def _all_seen(seen: Seen) -> Seen:
    """What is seen of a tensor beside, over which a layer looks: all of it, from every place."""
    return Seen((), dict.fromkeys(seen.fields, (None, None)))


def _passed(seen: Seen, facts: Facts) -> Seen:
    """What a layer's output sees, from what its input sees."""
    fields = dict(seen.fields)
    for axes, window in zip(seen.axes, facts.windows or (), strict=False):
        if window.reach is None:
            fields |= {a: (None, fields[a][1]) for a in axes}
        elif window.reach != 0 or window.stride != 1:
            for a in axes:
                field, stride = fields[a]
                if len(axes) > 1:
                    fields[a] = (None, None)
                elif stride is not None:
                    seen_now = None if field is None else field + window.reach * stride
                    fields[a] = (seen_now, stride * window.stride)
    if facts.axes is None:
        return Seen(seen.axes, fields)
    axes_out = tuple(frozenset().union(*(seen.axes[i] for i in group)) for group in facts.axes)
    gone = frozenset().union(*seen.axes) - frozenset().union(*axes_out)
    for a in gone:
        fields[a] = (fields[a][0], None)
    if len(axes_out) == 1:  # everything in one axis: no place is left to step along
        for a in axes_out[0] if len(axes_out[0]) > 1 else ():
            fields[a] = (None if facts.view else fields[a][0], None)
    return Seen(axes_out, fields)


def _repeated(seen: Seen, op: Repeat) -> Seen:
    """What the copies of a block see together: f -> f + (field - 1)·stride at each copy, the strides multiplied."""
    first = _at_first(range(len(seen.axes)))
    last = _seen(op.exit, _watch(op.body, {op.entry: first}))
    if last.axes != first.axes:
        raise _unstated()
    fields = dict(seen.fields)
    for n, axes in enumerate(seen.axes):
        reach, step = last.fields[n]
        for a in axes:
            field, stride = fields[a]
            if step is None or op.index in symbols(step):
                raise _unstated()
            if (reach, step) == (1, 1):
                continue
            if reach is None and not nonnegative(op.count - 1):
                raise _unstated()  # the whole input, or with no copy at all another field
            if reach is None or len(axes) > 1 or stride is None:
                fields[a] = (None, None if stride is None or len(axes) > 1 else stride * power(step, op.count))
                continue
            grown = close((reach - 1) * power(step, atom(op.index) - op.low), op.index, op.low, op.high)
            fields[a] = (None if field is None else field + stride * grown, stride * power(step, op.count))
    return Seen(seen.axes, fields)


def _nested(seen: Seen, op: Nest) -> Seen:
    """What nested levels see: on the way in as a repetition does, then the base, then what each level adds going out.

    Level i begins with the field F and the stride S. Its hole is entered with F + (r-1)·S and the stride t·S; what
    comes out of the hole sees at least that, F + (r+x-1)·S for some x >= 0, and the level adds d·S to it."""
    first = _at_first(range(len(seen.axes)))
    outside = [n for n, inner in enumerate(op.body) if inner.out is op.hole_in]
    into = _seen(op.hole_in, _watch(op.body[: outside[0] + 1] if outside else [], {op.entry: first}))
    base = _seen(op.base_exit, _watch(op.base, {op.base_entry: first}))
    rest = [atom(Sym(f"\u00b7{n}", 0)) for n in range(len(first.axes))]
    if into.axes != first.axes or base.axes != first.axes:
        raise _unstated()
    ways = [(_stated(*into.fields[n]), _stated(*base.fields[n])) for n in range(len(rest))]
    back: dict[int, tuple[Size | None, Size | None]] = {
        n: (reach + rest[n], step * ratio) for n, ((reach, step), (_, ratio)) in enumerate(ways)
    }
    out = _seen(op.exit, _watch(op.body, {op.entry: first, op.hole_out: Seen(first.axes, back)}))
    fields = dict(seen.fields)
    for n, axes in enumerate(seen.axes):
        (reach, step), (wide, ratio) = ways[n]
        last, stride_out = _stated(*out.fields[n])
        added = last - reach - rest[n]
        free = symbols(step) | symbols(ratio)
        if out.axes != first.axes or stride_out != ratio or op.index in free or symbols(rest[n]) & symbols(added):
            raise _unstated()
        for a in axes:
            field, stride = fields[a]
            if (reach, step, wide, added) == (1, 1, 1, 0):
                continue
            if len(axes) > 1 or stride is None or field is None:
                raise _unstated()
            grown = close((reach + added - 1) * power(step, atom(op.index) - op.low), op.index, op.low, op.high)
            fields[a] = field + stride * (grown + (wide - 1) * power(step, op.count)), stride * ratio
    return Seen(seen.axes, fields)


def _stated(field: Size | None, stride: Size | None) -> tuple[Size, Size]:
    if field is None or stride is None:
        raise _unstated()
    return field, stride


def _joined(parts: list[Seen]) -> Seen:
    """What a join sees: the largest field, and the stride that all branches share where they still have the axis."""
    widest = max(parts, key=lambda part: len(part.axes))
    fields: dict[int, tuple[Size | None, Size | None]] = {}
    for part in parts:
        for a, (field, stride) in part.fields.items():
            if a not in fields:
                fields[a] = (field, stride)
                continue
            known_field, known = fields[a]
            if known is not None and stride is not None and known != stride:
                raise NetError("the branches of a join have different strides, so it has no single field or stride")
            largest = None if field is None or known_field is None else maximum(known_field, field)
            fields[a] = (largest, known if stride is None else stride)
    return Seen(widest.axes, fields)

"""A cost taken apart: what memory is for, where checkpoints are best, which side of the roofline a network is on."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ..algebra.conditions import minimal
from ..algebra.forms import form
from ..algebra.known import bounds, nonnegative
from ..algebra.poly import Poly, Size
from ..algebra.powers import quotient
from ..algebra.search.contest import less, told
from ..algebra.search.held import Held
from ..algebra.search.regions import clause_of
from ..algebra.spelling import unicode_text
from ..algebra.substitution import evaluate, symbols
from ..engine.measuring import asked
from ..engine.trace import Tracer
from ..errors import NetError
from ..language import tree
from ..measures.costs import (
    COSTS,
    ROOFLINE,
    SERVED,
    Part,
    activations,
    bytes_moved,
    inference_flops,
    inference_memory,
    whole,
    widths,
)
from ..measures.segments import Chain, Checkpointed, checkpointed
from ..measures.setup import Setup, said
from ..measures.traced import Traced

MAX_TRIED = 10_000  # numbers of segments that are tried
MAX_PROVED = 64  # numbers of segments of which it is proved that one is the best for all values of the symbols


class Costed(NamedTuple):
    """The answer to memory(…): the setup, the parts in bytes with what they are, their sum; notes on what else."""

    said: str
    setup: str
    parts: tuple[Part, ...]
    total: Size
    notes: tuple[tuple[str, Size | None], ...]
    conditions: tuple[str, ...]
    order: tuple[str, ...]


def costed(tracer: Tracer, node: tree.Call, line: str) -> Costed:
    """The parts of a cost; raises NetError where one cannot be stated."""
    cost = COSTS[node.name]

    def rule(traced: Traced, made: Setup) -> Costed:
        assert cost.parts is not None
        parts, order = cost.parts(traced, made), tuple(tracer.met)
        notes = _beside(traced, made, order) if node.name == "memory" else []
        return Costed(line, said(made, cost.options, order), tuple(parts), whole(parts), tuple(notes), (), order)

    answer = asked(tracer, node, tracer.top, cost.options, rule)
    return answer._replace(conditions=tuple(map(str, minimal(tracer.needs))))


def _beside(traced: Traced, made: Setup, order: tuple[str, ...]) -> list[tuple[str, Size | None]]:
    """What a forward pass alone would need, and what the best checkpoints would keep."""
    notes: list[tuple[str, Size | None]] = []
    try:
        notes.append(("inference alone", whole(inference_memory(traced, made))))
    except NetError as error:
        notes.append((f"inference alone: {error.message}", None))
    try:
        divided = checkpointed(traced, widths(made))
    except NetError:
        return notes
    if made.checkpoint is not None or not any(chain.inside != 0 for chain in divided.chains):
        return notes
    without = activations(traced, made)
    best = _best(divided)
    if best is not None:
        pays = less(divided.bytes(best), without, order, _held(traced, divided.bytes(best), without))
        if pays is not None and pays.always is not False:
            where = "" if pays.always else f", where {told(pays, order)}"
            notes.append((f"activations with checkpoint={best}, the best{where}", divided.bytes(best)))
    elif len(divided.chains) == 1:
        (chain,) = divided.chains
        least = _copies_that_pay(divided, chain, without)
        if least is not None and not nonnegative(least - 1 - chain.copies):
            ratio, copies = (unicode_text(form(size, order)) for size in (_ratio(chain), chain.copies))
            where = "" if nonnegative(chain.copies - least) else f", where {copies} >= {least}"
            notes.append((f"activations are least with checkpoint=… near √({ratio}){where}", None))
    return notes


def _copies_that_pay(divided: Checkpointed, chain: Chain, without: Size) -> int | None:
    """From how many copies on the whole numbers next to √(copies·inside/enters) keep less than no checkpoints; None
    where that cannot be told.

    With C copies, r = inside/enters and s segments, what is kept less is (C − ⌈C/s⌉)·r − s times what enters a copy.
    For C >= 2 and C·r >= 16 that is above 0 for both s beside y = √(C·r), capped at C: ⌈C/s⌉ <= (C + s − 1)/s, so it is
    at least y²·(1 − 1/C)·(1 − 1/s) − s, and 4 <= s <= y + 1; or s = C, and r·(C − 1) > C."""
    all_of_it = divided.outside + chain.copies * chain.inside - chain.between
    ratio = bounds(_ratio(chain._replace(copies=1)))[0]
    if not ratio or not nonnegative(without - all_of_it):
        return None
    enough = max(2, -(-16 // Fraction(ratio)))
    return enough if enough <= MAX_TRIED else None


def _held(traced: Traced, *sizes: Size) -> Held:
    """What holds of a network's symbols, and of those in some sizes."""
    return Held(map(clause_of, minimal(traced.needs)), sizes)


def _ratio(chain: Chain) -> Size:
    """The square of the best number of segments: of n·enters + (copies/n)·inside the terms are equal there."""
    return quotient(chain.copies * chain.inside, chain.enters)


def _best(divided: Checkpointed) -> int | None:
    """The number of segments with which least is kept, found by trying all of them; None where that is no number."""
    most = max((c.copies for c in divided.chains if isinstance(c.copies, int)), default=0)
    if not 0 < most <= MAX_TRIED or not all(isinstance(c.copies, int) for c in divided.chains):
        return None
    tried = range(1, most + 1)
    ratio = _ratio(divided.chains[0]) if len(divided.chains) == 1 else None
    if isinstance(ratio, (int, Fraction)):  # what enters a copy is the unit
        return min(tried, key=lambda n: n + -(-most // n) * Fraction(ratio) / most)
    if not isinstance(divided.bytes(1), Poly):
        return min(tried, key=lambda n: Fraction(divided.bytes(n)))  # type: ignore[arg-type]
    if most > MAX_PROVED:
        return None
    sizes = [divided.bytes(n) for n in tried]
    ones = {sym.name: max(1, sym.least) for size in sizes for sym in symbols(size)}
    best = min(sizes, key=lambda size: Fraction(evaluate(size, ones)))
    return tried[sizes.index(best)] if all(nonnegative(size - best) for size in sizes) else None


class Roofline(NamedTuple):
    """The answer to roofline(…): operations and bytes of a forward pass, operations for each byte of the network and of
    the machine, which of the two bounds it (or where that is the machine's operations), and the least seconds."""

    said: str
    setup: str
    flops: Size
    bytes: Size
    intensity: Size
    ridge: Size
    bound: str
    seconds: Size | None
    conditions: tuple[str, ...]
    order: tuple[str, ...]


def roofline(tracer: Tracer, node: tree.Call, line: str) -> Roofline:
    """On which side of the roofline (Williams et al. 2009) a forward pass is, for given peak numbers."""

    def rule(traced: Traced, made: Setup) -> Roofline:
        if made.peak is None or made.bandwidth is None:
            hint = "roofline(net, peak=312T, bandwidth=2T): operations and bytes a second"
            raise NetError("roofline takes the peak and the bandwidth of a machine", hint=hint)
        flops, moved = inference_flops(traced, made), bytes_moved(traced, made)
        if moved == 0:
            raise NetError("this network moves nothing, and has no roofline")
        ridge, order = quotient(made.peak, made.bandwidth), tuple(tracer.met)
        bound, held = "computing", _held(traced, flops, moved)
        where = less(ridge * moved, flops, order, held)
        if where is None or where.always is False:
            bound, where = "memory", less(flops, ridge * moved, order, held) if where is None else None
        seconds: Size | None = None
        if where is not None and where.always is None:
            bound = f"{bound} where {told(where, order)}"
        else:
            seconds = quotient(flops, made.peak) if bound == "computing" else quotient(moved, made.bandwidth)
        setting = said(made, SERVED, order)
        return Roofline(line, setting, flops, moved, quotient(flops, moved), ridge, bound, seconds, (), order)

    answer = asked(tracer, node, tracer.top, ROOFLINE, rule)
    return answer._replace(conditions=tuple(map(str, minimal(tracer.needs))))

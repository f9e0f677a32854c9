"""A cost taken apart: what memory is for, where checkpoints are best, which side of the roofline a network is on."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from .algebra.conditions import minimal
from .algebra.contest import less, told
from .algebra.forms import form, unicode_text
from .algebra.poly import Poly, Size, quotient
from .costs import COSTS, ROOFLINE, SERVED, Part, asked, bytes_moved, inference_flops, inference_memory, whole, widths
from .errors import NetError
from .language import tree
from .segments import Chain, Checkpointed, checkpointed
from .setup import Setup, said
from .trace import Tracer
from .traced import Traced

MAX_TRIED = 10_000  # numbers of segments that are tried


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
    best = _best(divided)
    if best is not None:
        return [*notes, (f"activations with checkpoint={best}, the best", divided.bytes(best))]
    if len(divided.chains) == 1:
        ratio = unicode_text(form(_ratio(divided.chains[0]), order))
        notes.append((f"activations are least with checkpoint=… near √({ratio})", None))
    return notes


def _ratio(chain: Chain) -> Size:
    """The square of the best number of segments: of n·enters + (copies/n)·inside the terms are equal there."""
    return quotient(chain.copies * chain.inside, chain.enters)


def _best(divided: Checkpointed) -> int | None:
    """The number of segments with which least is kept, found by trying all of them; None where that is no number."""
    most = max((c.copies for c in divided.chains if isinstance(c.copies, int)), default=0)
    if not 0 < most <= MAX_TRIED or not all(isinstance(c.copies, int) for c in divided.chains):
        return None
    if len(divided.chains) == 1:  # what enters a copy is the unit
        ratio = _ratio(divided.chains[0])
        if isinstance(ratio, Poly):
            return None
        return min(range(1, most + 1), key=lambda n: n + -(-most // n) * Fraction(ratio) / most)
    if isinstance(divided.bytes(1), Poly):
        return None
    return min(range(1, most + 1), key=lambda n: Fraction(divided.bytes(n)))  # type: ignore[arg-type]


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
        where = less(ridge * moved, flops, order)
        seconds: Size | None = None
        if where.always is None:
            bound = f"computing where {told(where, order)}"
        else:
            bound = "computing" if where.always else "memory"
            seconds = quotient(flops, made.peak) if where.always else quotient(moved, made.bandwidth)
        setting = said(made, SERVED, order)
        return Roofline(line, setting, flops, moved, quotient(flops, moved), ridge, bound, seconds, (), order)

    answer = asked(tracer, node, tracer.top, ROOFLINE, rule)
    return answer._replace(conditions=tuple(map(str, minimal(tracer.needs))))

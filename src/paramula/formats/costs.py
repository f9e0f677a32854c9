"""What costs are made of, and rooflines, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rich.text import Text

from ..algebra.poly import Size
from ..errors import printable
from ..layers.words import UNITS
from ..questions.breakdown import Costed, Roofline
from .text import decimal_text, size_text

SECONDS = (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))


def lines(reply: Costed | Roofline, ascii: bool = False) -> Iterator[Text]:
    """The setup, what it costs, and what must hold for that."""
    yield Text(printable(reply.setup), style="dim")
    yield from _roofline(reply, ascii) if isinstance(reply, Roofline) else _costed(reply, ascii)
    yield from (Text(f"  where {condition}", style="dim") for condition in reply.conditions)


def _bytes(size: Size | None, order: tuple[str, ...], ascii: bool) -> str:
    """Bytes as they are, and in the unit of 1024 in which they are at least one."""
    if size is None:
        return ""
    text = size_text(size, order, ascii)
    unit = next((u for u in ("Ti", "Gi", "Mi", "Ki") if isinstance(size, int) and abs(size) >= UNITS[u]), "")
    return f"{text} ({decimal_text(Fraction(size, UNITS[unit]))} {unit}B)" if unit and isinstance(size, int) else text


def _costed(reply: Costed, ascii: bool) -> Iterator[Text]:
    """The parts of a cost, their sum, and what there is to say beside it."""
    rows = [(part.name, _bytes(part.size, reply.order, ascii), part.what) for part in reply.parts]
    wide = max((len(name) for name, _, _ in rows), default=0)
    numbers = max((len(size) for _, size, _ in rows), default=0)
    for name, size, what in rows:
        line = Text(f"  {name:{wide}}  {size:{numbers}}")
        line.append(f"  {what}", style="dim")
        yield line
    yield Text(f"{printable(reply.said)} = {_bytes(reply.total, reply.order, ascii)}", style="bold")
    for note, more in reply.notes:
        yield Text(note if more is None else f"{note}: {_bytes(more, reply.order, ascii)}", style="dim")


def _roofline(reply: Roofline, ascii: bool) -> Iterator[Text]:
    """Operations, bytes, how many for each byte, and what the time is bound by."""
    order = reply.order
    yield Text(f"operations      {size_text(reply.flops, order, ascii)}")
    yield Text(f"bytes moved     {_bytes(reply.bytes, order, ascii)}")
    yield Text(f"operations for each byte: {size_text(reply.intensity, order, ascii)}, "
               f"the machine's {size_text(reply.ridge, order, ascii)}")  # fmt: skip
    seconds = "" if reply.seconds is None else f", {_seconds(reply.seconds, order, ascii)} at least"
    yield Text(f"bound by {reply.bound}{seconds}", style="bold")


def _seconds(size: Size, order: tuple[str, ...], ascii: bool) -> str:
    """A time in the unit of which it has at least one."""
    if not isinstance(size, (int, Fraction)):
        return f"{size_text(size, order, ascii)} s"
    unit, parts = next(((u, n) for u, n in SECONDS if size * n >= 1), SECONDS[-1])
    return f"{decimal_text(Fraction(size * parts))} {unit}"

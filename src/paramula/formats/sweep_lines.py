"""The rows of a sweep as lines of CSV and of JSON. Exact: only a ratio becomes floating point, the nearest to it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import StringIO
from typing import Any

from ..algebra.forms import form
from ..algebra.spelling import ascii_text, digits
from ..engine.files import csv_cell
from ..questions.sweep import Sweep, Swept
from ..questions.sweep_many import CHUNK, Part, chunks


def heads(sweep: Sweep | Swept) -> list[str]:
    """The names of the columns; one that is there already gets a number, since what reads a file needs them apart."""
    said: list[str] = []
    names: list[str] = []
    for name in (*sweep.names, *sweep.columns):
        said.append(name)
        names.append(f"{name} ({said.count(name)})" if said.count(name) > 1 else name)
    return names


def decimal(value: Fraction) -> float | str:
    """The floating point nearest to a ratio; the ratio as text where there is none."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return f"{digits(value.numerator)}/{digits(value.denominator)}"


def flat(value: Any) -> Any:
    """A value as JSON and data frames have it."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, tuple):
        return [flat(part) for part in value]
    return decimal(value) if isinstance(value, Fraction) else ascii_text(form(value, []))


def cell(value: Any) -> str:
    """A value in CSV."""
    if isinstance(value, int):
        return digits(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(cell, value))})"
    return "" if value is None else csv_cell(str(flat(value)))


def _cells(column: list[Any]) -> Iterable[str]:
    """A column in CSV; most are whole numbers, and not long."""
    try:
        return list(map(str, column)) if set(map(type, column)) == {int} else list(map(cell, column))
    except ValueError:  # Python writes no whole numbers beyond 4,300 digits
        return list(map(cell, column))


def text_of(part: Part, names: list[str], kind: str) -> str:
    """Rows as lines of CSV or of JSON."""
    if not part.length:
        return ""
    if kind == "jsonl":
        heads = [json.dumps(name, ensure_ascii=False) for name in names]
        texts = [
            [f"{head}: {_dumped(value)}" for value in column] for head, column in zip(heads, part.columns, strict=True)
        ]
        return "".join(f"{{{', '.join(line)}}}\n" for line in zip(*texts, strict=True))
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(zip(*map(_cells, part.columns), strict=True))
    return out.getvalue()


def _dumped(value: Any) -> str:
    return digits(value) if isinstance(value, int) else json.dumps(flat(value), ensure_ascii=False)


def head_of(names: list[str], kind: str) -> str:
    """What stands in front of the rows."""
    out = StringIO()
    if kind == "csv":
        csv.writer(out, lineterminator="\n").writerow(map(csv_cell, names))
    return out.getvalue()


def texts(sweep: Sweep, spans: Iterable[tuple[int, int]], kind: str) -> Iterator[tuple[str, int]]:
    """The lines of the rows of each span, and how many they are."""
    for span in spans:
        parts = [part for _, part in chunks(sweep, span)]
        yield "".join(text_of(part, heads(sweep), kind) for part in parts), sum(part.length for part in parts)


def whole(sweep: Sweep, kind: str) -> str:
    """All rows as one text."""
    return head_of(heads(sweep), kind) + "".join(text for text, _ in texts(sweep, spans(sweep), kind))


def spans(sweep: Sweep) -> Iterator[tuple[int, int]]:
    """The combinations in parts of a size that fits into memory."""
    return ((start, min(sweep.count, start + CHUNK)) for start in range(0, sweep.count, CHUNK))

"""What a prompt shows that is no answer to a question: a network's table, a note, words, help, the tour, a picture."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..engine.model import Model
from ..questions.report import Report


class Shown(NamedTuple):
    """A network's table."""

    report: Report
    network: Model


class Noted(NamedTuple):
    """What was taken note of, in a line."""

    text: str


class Listed(NamedTuple):
    """Words, each with what it means."""

    head: str
    rows: tuple[tuple[str, str], ...]


class Helped(NamedTuple):
    """What a word means, and an example that is run where it is shown."""

    call: str
    text: str
    example: str


class Toured(NamedTuple):
    """A step of the tour: what it says, and the input that it runs."""

    text: str
    example: str


class Plotted(NamedTuple):
    """A picture of a sweep, for a terminal of any width."""

    swept: Any
    wish: Any

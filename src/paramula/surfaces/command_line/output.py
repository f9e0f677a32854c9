"""Where commands print: on the terminal with its colours, or as plain text where the output goes elsewhere."""

from __future__ import annotations

import sys
from typing import Any


def say(text: str, stream: Any = None) -> None:
    """Prints a text; what the stream cannot show is escaped (see `cli.main`)."""
    print(text, file=stream or sys.stdout)


def reply(answer: Any, ascii: bool) -> None:
    """Prints an answer."""
    from ...formats.replies import draw, text  # rich is slow to load

    out = console()
    if out.is_terminal:
        draw(out, answer, ascii)
    else:
        say(text(answer, ascii))


def console() -> Any:
    """The terminal as rich draws on it."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False, force_jupyter=False)

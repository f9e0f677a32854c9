"""The lines of a sweep made elsewhere: by processes of this machine, or by workers of a Dask cluster.

A worker gets texts and numbers only: the program, the sizes that are given, the sweep, which combinations. It reads them
as this process did. Parts come back in their order, each once, whichever worker made them and however often one was lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from os import cpu_count
from typing import Any, TypeAlias

from .algebra.forms import ascii_text, form
from .errors import NetError
from .sheets import Texts, texts
from .sweep import Sweep

AHEAD = 2  # parts that are asked for before they are needed, for each worker

Said: TypeAlias = tuple[str, tuple[tuple[str, str], ...], str]  # the program, what is given, the sweep
Span: TypeAlias = tuple[int, int]


def said(sweep: Sweep) -> Said:
    """A sweep as texts."""
    given = sweep.tracer.given
    return (
        sweep.tracer.program.source.text,
        tuple((name, ascii_text(form(size, []))) for name, size in sweep.given.items()),
        sweep.said,
    )


@lru_cache(maxsize=4)
def heard(it: Said) -> Sweep:
    """The sweep that texts say."""
    raise NotImplementedError


def part(it: Said, span: Span, kind: str) -> tuple[str, int]:
    """The lines of some combinations, and how many they are. What a worker runs."""
    return next(iter(texts(heard(it), [span], kind)))

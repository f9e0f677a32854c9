"""An answer that takes too long is a failure, and not a suite that hangs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Hang(BaseException):
    """No answer within the seconds that it may take; no `except Exception` of what is tested takes it for its own."""


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raises Hang in the block after so many seconds, where the system has an alarm."""
    if not hasattr(signal, "SIGALRM"):  # Windows
        yield
        return

    def late(*_: object) -> None:
        raise Hang(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

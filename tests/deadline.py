"""An answer that takes too long is a failure, and not a suite that hangs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

WAITING = 20  # times as long may pass on the clock, where a busy machine computes something else


class Hang(BaseException):
    """No answer within the seconds that it may take; no `except Exception` of what is tested takes it for its own."""


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raises Hang in the block after so many seconds of the processor, where the system has such an alarm."""
    if not hasattr(signal, "SIGPROF"):  # Windows
        yield
        return

    def late(*_: object) -> None:
        raise Hang(f"no answer within {seconds} s")

    before = {each: signal.signal(each, late) for each in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(WAITING * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        for each, handler in before.items():
            signal.signal(each, handler)

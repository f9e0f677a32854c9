"""How much one answer may cost. Work is counted where it is done, and what is too much, or too late, is an error.

The count is of terms of formulas and of numbers that are tried, not of seconds: the same text has the same answer on
every machine. Each thread counts for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from sys import maxsize
from threading import local
from time import monotonic

from ..errors import NetError, too_large

MAX_WORK = 1_000_000  # of one answer; the largest published network takes 3,000
BLOCK = 1_000  # work, after which the clock is looked at


class Work(local):
    """What the answer that is being computed in this thread has cost; without `limited` there is no limit."""

    ahead = maxsize  # until `look` is due
    done = 0
    deadline: float | None = None  # of the clock `monotonic`, where an answer is only worth it soon

    def spend(self, steps: int) -> None:
        """Counts some work; raises NetError where it is too much."""
        self.ahead -= steps
        if self.ahead < 0:
            self.look()

    def look(self) -> None:
        """Raises NetError where all work was done, or the time is over, and from then on at each call."""
        if self.done + BLOCK - self.ahead > MAX_WORK:
            raise too_large("the work for this answer", f"{MAX_WORK:,} terms of formulas")
        if self.deadline is not None and monotonic() > self.deadline:
            self.ahead = -1
            raise NetError("this takes too long to be shown while it is typed")
        if self.ahead < BLOCK:
            self.done += BLOCK - self.ahead
            self.ahead = BLOCK


WORK = Work()


@contextmanager
def limited(deadline: float | None = None) -> Iterator[None]:
    """An answer with a count of its own; it ends no later than what it is a part of."""
    before = WORK.ahead, WORK.done, WORK.deadline
    known = [at for at in (deadline, WORK.deadline) if at is not None]
    WORK.ahead, WORK.done, WORK.deadline = BLOCK, 0, min(known, default=None)
    try:
        yield
    finally:
        WORK.ahead, WORK.done, WORK.deadline = before

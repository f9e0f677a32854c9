"""What pytest needs to know: how long a run takes, and which tests the quick one leaves out."""

from __future__ import annotations

import re
from collections import Counter

import pytest

MARK = (
    'slow: dear, and left out by -m "not slow"; of its cases with but_every=n each n-th is not, with only=PATTERN '
    "those alone are whose id has it"
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)


def pytest_report_header() -> str:
    return "all tests take about 8 minutes on two cores (-n 2), 15 on one; -m 'not slow' about two on two"


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for item in items:
        for mark in [mark for mark in item.own_markers if mark.name == "slow"]:
            of = item.nodeid.split("[")[0], str(mark)
            cases = item.nodeid.removeprefix(of[0])
            quick = seen[of] % mark.kwargs["but_every"] == 0 if "but_every" in mark.kwargs else False
            seen[of] += 1
            if quick or not re.search(mark.kwargs.get("only", ""), cases):
                item.own_markers.remove(mark)

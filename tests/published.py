"""The published networks, each traced once for all tests of a process: nothing changes a network."""

from __future__ import annotations

from functools import cache

import paramula as pm
from paramula.engine.program import files, library
from paramula.language import tree

FAMILIES = [name for name in files() if isinstance(library(name).root.statements[-1], tree.Line)]  # with open sizes


@cache
def network(text: str) -> pm.Network:
    return pm.net(text)


@cache
def family(file: str) -> pm.Network:
    """The last network of a file, without what the file asserts of others: tests/engine/test_library.py has that."""
    lines = files()[file].splitlines()
    return pm.net("\n".join(line for line in lines if not line.startswith("assert ")))

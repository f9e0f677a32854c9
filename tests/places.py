"""Where things are: the checkout, its sources and its tests; for a test file that runs as a script, too."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
SOURCES = ROOT / "src"
CASES = sorted(path for path in (TESTS / "cases").rglob("*.net") if path.parent.name != "questions")
NETWORKS = [path for path in CASES if path.parent.name != "errors"]

for folder in (str(SOURCES), str(ROOT / "docs")):  # under pytest they are there
    if folder not in sys.path:
        sys.path.insert(0, folder)

"""Writes the parser's tables into the wheel while it is built, so that an installed paramula need not import Lark."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from pprint import pformat
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "src/paramula/language/tables.py"
GRAMMAR = ROOT / "grammar/paramula.lark"
TARGET = "paramula/language/_tables.py"  # in the wheel
HEADER = '"""Made from grammar/paramula.lark when the wheel was built."""\n\n'


class TablesHook(BuildHookInterface):  # type: ignore[misc]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # a checkout reads the grammar itself, which may change
            return
        # Not beside the wheel: what stands in dist/ is uploaded.
        self.place = TemporaryDirectory(prefix="paramula-")
        out = Path(self.place.name) / "_tables.py"
        # In their own order: it is the order in which the words are tried.
        out.write_text(f"{HEADER}DATA = {pformat(tables(), width=119, sort_dicts=False)}\n", "utf-8")
        build_data["force_include"][str(out)] = TARGET

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self.place.cleanup()


def tables() -> tuple[Any, ...]:
    """The tables, made by the module that makes them in a checkout; loaded alone, for paramula is not installed yet."""
    spec = importlib.util.spec_from_file_location("tables", TABLES)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(TABLES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    data: tuple[Any, ...] = module.compiled(GRAMMAR.read_text("utf-8"))
    return data

"""Writes the parser's tables into the wheel while it is built, so that an installed paramula need not import Lark."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from pprint import pformat
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "src/paramula/language/tables.py"
TARGET = "src/paramula/language/_tables.py"


class TablesHook(BuildHookInterface):  # type: ignore[misc]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # a checkout reads the grammar itself, which may change
            return
        spec = importlib.util.spec_from_file_location("tables", TABLES)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        data = module.compiled((ROOT / "grammar/paramula.lark").read_text("utf-8"))
        out = Path(self.directory) / "_tables.py"
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(f'"""Made from grammar/paramula.lark when the wheel was built."""\n\nDATA = {pformat(data, width=119)}\n')
        build_data["force_include"][str(out)] = "paramula/language/_tables.py"

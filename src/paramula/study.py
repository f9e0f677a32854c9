"""What `net.sweep(…)` gives: rows when they are asked for, tables and files of them, the best of them, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

from .algebra.spelling import digits
from .engine.given import expression
from .engine.model import Model
from .errors import NetError, counted, flag_of, named, path_of, quoted, refuse, text_of, whole, whole_of
from .formats import grids, sweep_files, sweep_lines
from .formats.latex import tables
from .formats.latex.words import headed
from .formats.paper import OPTIONS, wish
from .language import tree
from .language.parser import is_name
from .papers.tables.grid import Grid
from .papers.tables.sweeps import swept_grid
from .questions import sweep_many as bulk
from .questions.statements import sweep
from .questions.sweep import MAX_ROWS, Row, Sweep, Swept

SHOWN = 20  # rows of a sweep that are shown at a prompt
MAX_NUMBERS = 100_000  # of a symbol, one by one


class Study:
    """A sweep of a network. Nothing is computed before it is asked for; a grid may have up to 2^62 points.

    `names` are varied, `columns` are the expressions, `count` says how many combinations there are before `where`.
    """

    def __init__(self, of: Sweep) -> None:
        self.sweep = of
        self.names, self.columns, self.count = of.names, of.columns, of.count

    def __dir__(self) -> list[str]:
        return ["names", "columns", "count", *(name for name in vars(Study) if not name.startswith("_"))]

    @cached_property
    def table(self) -> Swept:
        """All rows, with what is to be said of them; NetError for more than can be shown."""
        if self.count > MAX_ROWS:
            message = f"{self.count:,} rows are too many to be kept: the limit is {MAX_ROWS:,}"
            raise NetError(message, hint="to_csv(path) writes them; best, top and front find the best of them")
        return self.sweep.table()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Each with its `point` and its `values`: whole numbers, fractions, shapes, or None where there is none."""
        return self.table.rows

    @property
    def notes(self) -> tuple[str, ...]:
        return self.table.notes

    def __len__(self) -> int:
        return bulk.count(self.sweep)

    def __iter__(self) -> Iterator[Row]:
        wide = len(self.names)
        return (Row(row[:wide], row[wide:]) for _, part in bulk.chunks(self.sweep) for row in part.rows)

    # The best

    def best(self, expression: str | int, k: int = 1, most: bool = False) -> list[Row]:
        """The k rows with the least (or the most) of an expression, the best first; of equal ones the first.

        >>> import paramula
        >>> net = paramula.net("(32,32,3) -> conv(3x3,f,same) -> gap -> dense(10)")
        >>> net.sweep("params", "macs", f=range(8, 129, 8), where="params <= 2000").best("macs", most=True)
        [Row(point=(48,), values=(1834, 1327584))]
        """
        return bulk.best(self.sweep, expression, whole_of(k, "k", 1), flag_of(most, "most"))

    def front(self, *expressions: str | int, most: Sequence[bool] | None = None) -> list[Row]:
        """The Pareto front: rows that no other one beats in these expressions (all, if none is named), of which there
        is to be little, or where `most` says so much."""
        asked = expressions or tuple(range(len(self.columns)))
        great = [False] * len(asked) if most is None else most
        if not isinstance(great, (list, tuple)) or [isinstance(it, bool) for it in great] != [True] * len(asked):
            message = f"most says for each of {len(asked)} expressions whether there is to be much of it"
            raise NetError(message, hint=f"most=[{', '.join(['True'] * len(asked))}]")
        return bulk.front(self.sweep, asked, list(great))

    # Files and tables

    def to_csv(self, path: str | Path | None = None, engine: str = "") -> str | int:
        """CSV as a text, or written to a file, which may be of any size; says how many rows were written.

        `engine` is "processes" or "dask", where others are to make the lines: a cluster that is connected."""
        return self._lines("csv", path, engine)

    def to_jsonl(self, path: str | Path | None = None, engine: str = "") -> str | int:
        """The same as JSON Lines: an object for each row."""
        return self._lines("jsonl", path, engine)

    def to_parquet(self, path: str | Path) -> int:
        """Parquet, a row group for each chunk; takes pyarrow."""
        return sweep_files.written(self.sweep, path_of(path), "parquet")

    def to_json(self) -> str:
        """The table as one JSON object: exact numbers, formulas in Python syntax."""
        return grids.table_json(swept_grid(self.table))

    def to_markdown(self) -> str:
        return grids.markdown(swept_grid(self.table))

    def to_latex(self, /, **options: Any) -> str:
        """A table for a paper; the options are those of a table of `net.latex`: width, env, caption, label, size, …"""
        known = [name for name in OPTIONS if name not in ("depth", "notation")] + ["symbols"]
        refuse((name for name in options if name not in known), "a table of a sweep", known)
        return headed(tables.table(swept_grid(self.table), wish(**options).style))

    def to_pandas(self) -> Any:
        """A pandas.DataFrame; ratios are the nearest floats."""
        return sweep_files.pandas(self.sweep)

    def to_polars(self) -> Any:
        """A polars.DataFrame; ratios are the nearest floats."""
        return sweep_files.polars(self.sweep)

    def plot(self, /, **options: Any) -> Any:
        """A picture, which a notebook shows: `.save("a.pdf")` (PNG, SVG, PDF), `.svg()`, `.figure()` of matplotlib.

        Options: `kind` (curves, heat, pareto), `x`, `log`, `width` ("84mm"), `height`, `columns`, `title`, `better`."""
        from .formats.plot import Plot, wished

        return Plot(self.table, wished(**options))

    def _lines(self, kind: str, path: str | Path | None, engine: str) -> str | int:
        engine = text_of(engine, "an engine")
        if path is not None:
            return sweep_files.written(self.sweep, path_of(path), kind, engine)
        if engine:
            raise NetError("an engine writes to a file", hint=f"name one: to_{kind}(path, engine=…)")
        return sweep_lines.whole(self.sweep, kind)

    def __str__(self) -> str:
        if self.count > MAX_ROWS:
            return f"{self.sweep.said}: {self.count:,} combinations"
        grid, more = self._shown()
        return grids.text(grid) + (f"\n{more}" if more else "")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if self.count > MAX_ROWS:
            return f"<p>{escape(str(self))}</p>"
        grid, more = self._shown()
        return grids.html(grid) + (f"\n<p>{more}</p>" if more else "")

    def _shown(self) -> tuple[Grid, str]:
        """The first rows, and how many more there are: a browser stands still for a hundred thousand."""
        more = len(self.rows) - SHOWN
        said = counted(more, "more row", "more rows") if more > 0 else ""
        return swept_grid(self.table._replace(rows=self.rows[:SHOWN])), said


def study(net: Model, expressions: Sequence[str], where: str, ranges: Mapping[str, Iterable[int]]) -> Study:
    """A sweep of a network over ranges of Python."""
    texts = [text_of(it, "an expression", "net.sweep('params', f=range(8, 65, 8))") for it in expressions]
    where = text_of(where, "a condition", 'where="d % f == 0"')
    if len(texts) == 1 and _is_sentence(texts[0]):
        question = texts[0]
        if where or ranges:
            raise NetError("a whole sentence says itself what is varied", hint="params for f in 8..64 where f != 24")
    else:
        if not ranges:
            raise NetError("a sweep goes over numbers of symbols", hint="net.sweep('params', f=range(8, 65, 8))")
        over = ", ".join(f"{name} in {_said(name, numbers)}" for name, numbers in ranges.items())
        asked = [tree.text(expression(text, "a sweep")[1]) for text in texts]
        question = f"{', '.join(asked or ('params', 'macs'))} for {over}" + (f" where {where}" if where else "")
    return Study(sweep(net, question))


def _is_sentence(text: str) -> bool:
    """Whether a text says itself what is varied; a sum has a `for`, too."""
    try:
        return " for " in text and not expression(text, "")
    except NetError:
        return True


def _said(name: str, numbers: Iterable[int]) -> str:
    """Numbers of Python in the language."""
    if not is_name(name):
        raise NetError(f"{quoted(name)} cannot be the name of a symbol")
    if isinstance(numbers, range) and numbers.step > 0 and numbers:
        return f"{numbers[0]}..{numbers[-1]} step {numbers.step}"
    if isinstance(numbers, (str, bytes)) or not isinstance(numbers, Iterable):
        hint = f"{name}=range(8, 65, 8)"
        raise NetError(f"the numbers of {name} are a range or a list, not {named(numbers)}", hint=hint)
    known = list(islice(numbers, MAX_NUMBERS + 1))
    if len(known) > MAX_NUMBERS:
        message = f"the numbers of {name} are too many one by one: the limit is {MAX_NUMBERS:,}"
        raise NetError(message, hint=f"a range has no limit: {name}=range(8, 10**9)")
    found = [number for number in map(whole, known) if number is not None]
    if not known or len(found) < len(known):
        raise NetError(f"the numbers of {name} are whole numbers, one at least", hint=f"{name}=[256, 512]")
    return f"{{{', '.join(map(digits, found))}}}"

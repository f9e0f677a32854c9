"""A sweep as CSV, JSON Lines and Parquet, chunk by chunk, and as data frames. Exact, and in bounded memory.

Only a ratio becomes floating point, the nearest to it. Where a number is too large for a library's integers the column
is one of decimals, and beyond these of text.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from ..algebra.grid.code import program
from ..engine.files import opened
from ..errors import NetError, listed
from ..questions.sweep import MAX_ROWS, Sweep
from ..questions.sweep_many import Part, Progress, chunks, ends, plain
from .sweep_lines import cell, flat, head_of, heads, spans, texts

FORMATS = {"csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet"}  # by the end of a file's name
WORD = 1 << 63


def written(sweep: Sweep, path: str | Path, kind: str = "", engine: str = "", progress: Progress | None = None) -> int:
    """Writes all rows to a file of the kind that its name ends in, and says how many they are.

    The lines are made here, or by an `engine` (cluster.py).
    After KeyboardInterrupt the rows so far are where `output.interrupted` says. NetError where it cannot be written."""
    kind = kind or FORMATS.get(Path(path).suffix.removeprefix("."), "")
    if kind not in FORMATS.values():
        raise NetError(f"a sweep is not written to {path}", hint=f"the name ends in .{listed(FORMATS, 'or .')}")
    if kind == "parquet":
        if engine:
            raise NetError("Parquet is written by this process alone", hint="csv and jsonl take an engine")
        return _parquet(sweep, path, progress)
    count = 0
    made = texts(sweep, spans(sweep), kind)
    if engine:
        from .cluster import elsewhere

        made = elsewhere(sweep, spans(sweep), kind, engine)
    with opened(path, keep=True) as file:
        file.write(head_of(heads(sweep), kind).encode())
        for (_, stop), (text, rows) in zip(spans(sweep), made, strict=True):
            file.write(text.encode())
            count += rows
            if progress is not None:
                progress(stop, sweep.count)
    return count


# Columns.


def _kept(sweep: Sweep) -> dict[str, list[Any]]:
    """All rows as columns by their names, where they are few enough to be kept."""
    if sweep.count > MAX_ROWS * 100:
        message = f"{sweep.count:,} rows are too many to be kept: the limit is {MAX_ROWS * 100:,}"
        raise NetError(message, hint="write them to a file, or ask for the best of them")
    table: list[list[Any]] = [[] for _ in heads(sweep)]
    for _, part in chunks(sweep):
        for column, values in zip(table, part.columns, strict=True):
            column += values
    return dict(zip(heads(sweep), map(_flattened, table), strict=True))


def _flattened(column: list[Any]) -> list[Any]:
    return column if set(map(type, column)) == {int} else list(map(flat, column))


def pandas(sweep: Sweep) -> Any:
    """A pandas.DataFrame: integers, floats for ratios, Python's integers where these are too large for 64 bits."""
    try:
        import pandas as pd
    except ImportError:
        raise _missing("pandas") from None
    table = _kept(sweep)
    return pd.DataFrame({name: pd.Series(column, dtype=_dtype(column)) for name, column in table.items()})


def _dtype(column: list[Any]) -> str:
    """The type of pandas for a column."""
    known = [value for value in column if value is not None]
    if any(isinstance(value, (str, list)) for value in known):
        return "object"
    if any(isinstance(value, float) for value in known):
        return "float64"
    if any(not -WORD <= value < WORD for value in known):
        return "object"
    return "int64" if len(known) == len(column) else "Int64"


def polars(sweep: Sweep) -> Any:
    """A polars.DataFrame: integers, floats for ratios, decimals or text where integers are too large for 64 bits."""
    try:
        import polars
    except ImportError:
        raise _missing("polars") from None
    return polars.from_arrow(arrow(_kept(sweep)))


def arrow(table: dict[str, list[Any]], schema: Any = None) -> Any:
    """Columns as a table of pyarrow."""
    pa = _arrow()
    schema = schema or pa.schema([(name, _arrow_type(pa, column)) for name, column in table.items()])
    return pa.table(
        [pa.array(_as(pa, table[field.name], field.type), type=field.type) for field in schema], schema=schema
    )


def _as(pa: Any, column: list[Any], kind: Any) -> list[Any]:
    """A column as a type takes it."""
    if pa.types.is_string(kind):
        return [None if value is None else cell(value) if isinstance(value, int) else str(value) for value in column]
    if pa.types.is_decimal(kind):
        from decimal import Decimal

        return [None if value is None else Decimal(value) for value in column]
    return column


def _arrow_type(pa: Any, column: list[Any]) -> Any:
    known = [value for value in column if value is not None]
    if any(isinstance(value, list) for value in known):
        return pa.list_(pa.int64())
    if any(isinstance(value, str) for value in known):
        return pa.string()
    if any(isinstance(value, float) for value in known):
        return pa.float64()
    return _whole_type(pa, max(map(abs, known), default=0))


def _whole_type(pa: Any, most: int) -> Any:
    """The type for whole numbers up to some size."""
    if most < WORD:
        return pa.int64()
    return pa.decimal128(38) if most < 10**38 else pa.decimal256(76) if most < 10**76 else pa.string()


def _parquet(sweep: Sweep, path: str | Path, progress: Progress | None) -> int:
    """Row groups, one for each chunk; the types are those that bounds of the formulas allow."""
    pa = _arrow()
    schema = _schema(pa, sweep)
    count = 0
    if schema is None:
        table = arrow(_kept(sweep))
        with opened(path) as file:
            pa.parquet.write_table(table, file)
        return int(table.num_rows)
    with opened(path, keep=True) as file, closing(pa.parquet.ParquetWriter(file, schema)) as writer:
        for stop, part in chunks(sweep):
            columns = dict(zip(heads(sweep), map(_flattened, part.columns), strict=True))
            writer.write_table(arrow(columns, schema))
            count += part.length
            if progress is not None:
                progress(stop, sweep.count)
    return count


def parquet_of(part: Part, names: list[str], path: str | Path) -> None:
    """Writes rows that are there already; NetError where the file cannot be written."""
    pa = _arrow()
    columns = dict(zip(names, map(_flattened, part.columns), strict=True))
    with opened(path) as file:
        pa.parquet.write_table(arrow(columns), file)


def _schema(pa: Any, sweep: Sweep) -> Any:
    """The types of the columns, known before their numbers are; None for a sweep that is answered row by row."""
    it = plain(sweep)
    if it is None or any(isinstance(column.formula, tuple) for column in sweep.expressions):
        return None
    given = [(min(ends(axis), default=1), max(ends(axis), default=1)) for axis in sweep.axes.values()]
    named = zip(sweep.names, given, strict=True)
    fields = [pa.field(name, _whole_type(pa, max(map(abs, ends)))) for name, ends in named]
    code = program([size for (size,) in it.sizes], sweep.names)
    reached = code.spans(given)
    for name, (num, den) in zip(heads(sweep)[len(sweep.names) :], code.outputs, strict=True):
        one = reached[den] == (1, 1)
        fields.append(pa.field(name, _whole_type(pa, max(map(abs, reached[num]))) if one else pa.float64()))
    return pa.schema(fields)


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise _missing("pyarrow") from None
    return pyarrow


def _missing(name: str) -> NetError:
    """A library that is an extra is not installed."""
    return NetError(f"this takes {name}", hint='pip install "paramula[frames]"')

"""What `paramula sweep` answers: which sweep, what of it, where it goes. Prints nothing itself but progress."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...engine.files import interrupted, streamed, write
from ...errors import NetError, counted
from ...formats import grids, sweep_files, sweep_lines
from ...formats.latex import tables
from ...formats.latex.words import headed
from ...formats.paper import wish
from ...papers.tables.sweeps import swept_grid
from ...questions import sweep_many as bulk
from ...questions.statements import read, sweep_of
from ...questions.sweep import Swept
from ...study import Study
from . import values

if TYPE_CHECKING:
    from rich.console import Console

LONG = 200_000  # combinations, from which on progress is shown


def ends() -> dict[str, str]:
    """The formats by the end of a file's name."""
    return {**sweep_files.FORMATS, **grids.endings(), **dict.fromkeys(("png", "svg", "pdf"), "picture")}


def answer(args: argparse.Namespace, console: Console, show: Callable[[Swept], None]) -> str:
    """What there is to print; tables in a terminal are shown. Writes the file that is asked for."""
    study = Study(sweep_of(read(*args.texts), values(args)))
    reduced = args.least is not None or args.most is not None or args.front
    if args.output and args.format in sweep_files.FORMATS.values() and not reduced:
        return _file(args, study, console)
    drawn = args.format == "picture" or args.plot
    with _progress(console, study.count) as progress:  # a picture of a front has all points in it
        swept = _reduced(args, study, progress) if reduced and not (drawn and args.front) else study.table
    if args.format == "picture":
        from ...formats.plot import saved

        saved(swept, args.output, _picture(args))
        return ""
    if args.plot:
        from ...formats.plot import in_terminal

        return in_terminal(swept, _picture(args), console.width, console.height - 2, console.is_terminal)
    if args.format == "text" and not args.output:
        show(swept)
        return ""
    if args.format == "parquet":
        sweep_files.parquet_of(*_part(swept), args.output)
        return ""
    text = _text(args, swept)
    if not args.output:
        return text
    write(args.output, text + "\n")
    return ""


def _reduced(args: argparse.Namespace, study: Study, progress: bulk.Progress | None) -> Swept:
    """The best rows, or the front."""
    sweep = study.sweep
    if args.front:
        words = [word.strip() for word in args.better.split(",")] if args.better else ["less"] * len(study.columns)
        if len(words) != len(study.columns) or not set(words) <= {"less", "more"}:
            hint = f"write {','.join(['less'] * len(study.columns))}, or more for some"
            raise NetError(f"--better says less or more for each of {len(study.columns)} expressions", hint=hint)
        places = list(range(len(words)))
        rows = bulk.front(sweep, places, [word == "more" for word in words], progress)
    else:
        places = [bulk.column_of(sweep, args.least if args.least is not None else args.most)]
        rows = bulk.best(sweep, places[0], args.top or 1, args.most is not None, progress)
    notes = (*([] if rows else ["no combination that is allowed has a value"]), *sweep.notes)
    notes += bulk.left_out(sweep, places)
    return Swept(sweep.said, sweep.names, sweep.columns, tuple(rows), notes, sweep.order)


def _text(args: argparse.Namespace, swept: Swept) -> str:
    grid = swept_grid(swept)
    if args.format == "latex":
        return headed(tables.table(grid, wish(width=args.width or "page").style))
    if args.format in ("csv", "jsonl"):
        part, names = _part(swept)
        return (sweep_lines.head_of(names, args.format) + sweep_lines.text_of(part, names, args.format)).rstrip("\n")
    return grids.FORMATS[args.format if args.format in grids.FORMATS else "text"].write(grid)


def _part(swept: Swept) -> tuple[bulk.Part, list[str]]:
    """The rows as columns, and the names of these."""
    names = sweep_lines.heads(swept)
    cells = [(*row.point, *row.values) for row in swept.rows]
    return bulk.Part(list(map(list, zip(*cells, strict=True))) or [[] for _ in names], len(cells)), names


def _picture(args: argparse.Namespace) -> Any:
    from ...formats.plot import wished

    better = args.better or None
    kind = args.kind or ("pareto" if args.front else None)
    return wished(kind=kind, log=args.log, width=args.width or None, better=better if kind == "pareto" else None)


def _file(args: argparse.Namespace, study: Study, console: Console) -> str:
    """Rows of any number, written as they are made; says how many they are, also after Ctrl-C."""
    if args.scheduler:
        from ...formats.cluster import connected

        connected(args.scheduler)
    done, kept = [0], interrupted(args.output)
    with _progress(console, study.count) as progress:

        def told(at: int, of: int) -> None:
            done[0] = at
            if progress is not None:
                progress(at, of)

        try:
            count = sweep_files.written(study.sweep, args.output, args.format, args.engine, told)
        except KeyboardInterrupt:
            console.print(f"stopped: {kept} has the first {done[0]:,} of {study.count:,} combinations, or more")
            raise
    return "" if streamed(args.output) else f"{counted(count, 'row', 'rows')} in {args.output}"


@contextmanager
def _progress(console: Console, count: int) -> Iterator[bulk.Progress | None]:
    """A bar on a terminal while many combinations are gone through."""
    if count < LONG or not console.is_terminal:
        yield None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("", total=count)
        yield lambda done, of: bar.update(task, completed=done)

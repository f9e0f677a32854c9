"""The replies of a session on a terminal, or as plain text. The width and the colours are the console's."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from ..algebra.forms import form
from ..algebra.spelling import unicode_text
from ..errors import printable
from ..questions.breakdown import Costed, Roofline
from ..questions.budgets import Frontier, Rooted, Solution, Within
from ..questions.calls import Emulated
from ..questions.compare import Compared
from ..questions.equal import Equal
from ..questions.explain import Explained, Step
from ..questions.growth import Grown
from ..questions.statements import Formula, Valued
from ..questions.sweep import Swept
from . import budgets, costs
from .latex.words import headed
from .latex_call import Written
from .shown import Helped, Listed, Noted, Plotted, Shown, Toured
from .text import ASCII_HEAD, decimal_text, grouped, plain, shape_text, show, size_text, table

if TYPE_CHECKING:
    from rich.console import Console


LEAST = Fraction(1, 1000)  # of a unit, below which three decimals say little
PLAIN_WIDTH, PLAIN_HEIGHT = 80, 24  # of a picture that goes to a file
LONG = 500  # rows of a sweep
FULL = 10**6  # columns of a table that no terminal shows


def text(reply: Any, ascii: bool = False) -> str:
    """A reply as plain text, as it goes to a file or a pipe: nothing is folded."""
    if isinstance(reply, Shown):
        return table(reply.report, FULL, ascii, rows=None)
    if isinstance(reply, Plotted):
        from .plot import in_terminal

        return in_terminal(reply.swept, reply.wish, PLAIN_WIDTH, PLAIN_HEIGHT, False)
    if isinstance(reply, (Swept, Compared, Frontier)):
        from io import StringIO

        from rich.console import Console

        out = StringIO()
        draw(Console(file=out, width=FULL, color_system=None, highlight=False, force_jupyter=False), reply, ascii)
        return "\n".join(line.rstrip() for line in out.getvalue().rstrip().split("\n"))
    return "\n".join(plain(str(line)) if ascii else str(line) for line in lines(reply, ascii))


def draw(console: Console, reply: Any, ascii: bool = False, rows: int | None = None) -> None:
    """Prints a reply."""
    if isinstance(reply, Shown):
        show(console, reply.report, ascii, rows)
        return
    if isinstance(reply, Plotted):
        from .plot import in_terminal

        height = max(console.height - 4, PLAIN_HEIGHT)
        drawn = in_terminal(reply.swept, reply.wish, console.width, height, not console.no_color)
        console.print(Text.from_ansi(drawn), soft_wrap=True)
        return
    if isinstance(reply, Frontier):
        if reply.found:
            console.print(budgets.points(reply, ascii, rows))
    if isinstance(reply, Swept) and rows is None and len(reply.rows) > LONG:
        console.print(Text(_long(reply, ascii)), soft_wrap=True)
    elif isinstance(reply, (Swept, Compared)):
        console.print(_swept(reply, ascii, rows) if isinstance(reply, Swept) else _compared(reply, ascii))
    many = len(reply.rows) if isinstance(reply, Swept) else len(reply.found) if isinstance(reply, Frontier) else 0
    if rows is not None and many > rows:
        console.print(Text(f"{many - rows:,} more rows", style="dim"))
    if isinstance(reply, Listed):
        console.print(_listed(reply, ascii))
        return
    prose = isinstance(reply, (Helped, Toured))  # is broken between words; a formula is one line to copy
    for line in lines(reply, ascii):
        console.print(Text(plain(str(line)), style=line.style) if ascii else line, soft_wrap=not prose)


def lines(reply: Any, ascii: bool = False) -> Iterator[Text]:
    """A reply that is no table, line by line."""
    match reply:
        case Valued():
            yield Text(f"{printable(reply.said)} = {_valued(reply, ascii)}")
            yield from (Text(f"  where {condition}", style="dim") for condition in reply.conditions)
            yield from (Text(f"  {note}", style="dim") for note in reply.notes)
        case Formula():
            yield Text(headed(printable(reply.latex)).split("\n")[0], style="dim")
            yield Text(printable(reply.latex))
        case Written():
            yield from (Text(printable(line)) for line in reply.text.split("\n"))
        case Noted():
            yield Text(printable(reply.text), style="dim")
        case Listed():
            if reply.head:
                yield Text(reply.head, style="bold")
            wide = min(max((len(word) for word, _ in reply.rows), default=0), 34)
            yield from (Text(f"  {printable(word):{wide}}  {printable(text)}".rstrip()) for word, text in reply.rows)
        case Helped():
            yield Text(reply.call, style="bold")
            yield from map(Text, reply.text.split("\n"))
        case Toured():
            yield Text(reply.text, style="cyan")
        case Explained():
            yield from _explained(reply)
        case Emulated():
            yield from _told_as(reply, ascii)
        case Equal():
            yield from _equal(reply, ascii)
        case Grown():
            yield from _grown(reply, ascii)
        case Costed() | Roofline():
            yield from costs.lines(reply, ascii)
        case Solution() | Within() | Frontier() | Rooted():
            yield from budgets.lines(reply, ascii)
        case Swept() | Compared():
            verdicts = getattr(reply, "verdicts", ())
            yield from (Text(printable(said)) for said in (["", *verdicts] if verdicts else []))
            yield from (Text(f"  where {said}", style="dim") for said in getattr(reply, "conditions", ()))
            yield from (Text(printable(note), style="dim") for note in reply.notes)
        case _:
            yield from written(reply, ascii)


@singledispatch
def written(reply: Any, ascii: bool = False) -> Iterator[Text]:
    """A record of somebody else's question, line by line: register a function of your own for its class. Without one,
    each part stands with its name."""
    for name, value in reply._asdict().items():
        if name not in ("said", "order"):
            said = value if isinstance(value, str) else size_text(value, getattr(reply, "order", ()), ascii)
            yield Text(f"{name.replace('_', ' ')}: {printable(said)}")


def _valued(reply: Valued, ascii: bool) -> str:
    """A value; in a unit that was asked for, a fraction as a decimal first."""
    if isinstance(reply.value, Fraction) and reply.unit and abs(reply.value) >= LEAST:
        return f"{decimal_text(reply.value)} {reply.unit} (exactly {reply.value})"
    said = size_text(reply.value, reply.order, ascii)
    return f"{said} {reply.unit}" if reply.unit and isinstance(reply.value, int) else said


COUNTED = "0 (shared: counted where it stands first)"


def _explained(reply: Explained) -> Iterator[Text]:
    for step in reply.steps:
        yield from _step(step, reply.order)
    yield Text("")
    terms = [
        f"{many}·{grouped(value) if isinstance(value, int) else unicode_text(form(value, reply.order), 1)}"
        if many != 1
        else size_text(value, reply.order)
        for many, value in reply.terms
    ]
    said, total = " + ".join(terms) or "0", size_text(reply.total, reply.order)
    yield Text(f"{reply.quantity} = {said}" + (f" = {total}" if said != total else ""))


def _step(step: Step, order: tuple[str, ...]) -> Iterator[Text]:
    pad = "  " * step.level
    head = Text(f"{pad}{printable(' '.join(step.call.split()))}", style="bold")
    if step.times != 1:
        head.append(f"  ×{unicode_text(form(step.times, order), 1)}", style="cyan")
    gives = shape_text(step.gives, order)
    head.append(f"  {gives if step.came is None else f'{shape_text(step.came, order)} → {gives}'}", style="dim")
    yield head
    wide = max((len(one.of) for one in step.derived), default=0)
    for one in step.derived:
        formulas = [unicode_text(f) for f in (one.general, one.put_in) if f is not None]
        said = [COUNTED] if one.counted_before else [*formulas, size_text(one.result, order)]
        yield Text(f"{pad}  {one.of:{wide}}  {' = '.join(dict.fromkeys(said))}")


def _told_as(reply: Emulated, ascii: bool) -> Iterator[Text]:
    """A tool's numbers, each with ours and what makes the difference."""
    told, order = reply.told, reply.order
    yield Text(printable(f"{told.tool}: {told.convention}"), style="dim")
    for count in told.counts:
        same = " too" if count.value == count.ours else f" {size_text(count.ours, order, ascii)}"
        value = size_text(count.value, order, ascii)
        yield Text(f"{count.word} = {value}   ({count.quantity} here{':' * (same != ' too')}{same})", style="bold")
        terms = [(size_text(term.amount, order, ascii), term.why) for term in told.terms if term.word == count.word]
        wide = max((len(amount) for amount, _ in terms), default=0)
        yield from (Text(f"  {amount:>{wide}}  {why}") for amount, why in terms)


def _equal(reply: Equal, ascii: bool) -> Iterator[Text]:
    """The verdict; where two differ, for which numbers and by what."""
    of = f" ({reply.of})" if reply.of else ""
    if reply.verdict == "different":
        where = ", ".join(f"{name}={value}" for name, value in reply.witness)
        both = " and ".join(size_text(value, reply.order, ascii) for value in (reply.left, reply.right))
        yield Text(f"different{of}: {both}" + (f" at {where}" if where else ""))
    else:
        yield Text(
            {"equal": f"equal{of}: proved", "unknown": f"unknown{of}: no difference was found, and no proof"}[
                reply.verdict
            ]
        )
    yield from (Text(f"  where {condition}", style="dim") for condition in reply.conditions)


def _grown(reply: Grown, ascii: bool) -> Iterator[Text]:
    """The leading term of each quantity, its elasticity, and the layers that are left in the limit."""
    wide = max((len(row.quantity) for row in reply.rows), default=0)
    for row in reply.rows:
        said = f"{row.quantity:{wide}} ~ {size_text(row.leading, reply.order, ascii)}"
        yield Text(f"{said}   O({size_text(row.order, reply.order, ascii)})")
        if row.elasticity is not None:
            yield Text(f"{'':{wide}}   elasticity {size_text(row.elasticity, reply.order, ascii)}", style="dim")
    if reply.shares:
        yield Text(f"shares of {reply.rows[0].quantity} in the limit", style="dim")
        for label, share in reply.shares:
            yield Text(f"  {printable(label)}: {size_text(share, reply.order, ascii)}")
    yield from (Text(note, style="dim") for note in reply.notes)


def _listed(reply: Listed, ascii: bool) -> Table:
    """Words and what they mean, side by side as far as there is room."""
    grid = Table(box=None, show_header=False, padding=(0, 2, 0, 0), title_justify="left", title_style="bold")
    grid.title = reply.head or None
    grid.add_column(overflow="fold", max_width=36)
    grid.add_column(overflow="fold")
    for row in reply.rows:
        word, said = (plain(printable(cell)) if ascii else printable(cell) for cell in row)
        grid.add_row(Text(f"  {word}"), Text(said))
    return grid


def _grid(ascii: bool) -> Table:
    return Table(box=ASCII_HEAD if ascii else box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")


def _cell(value: Any, order: tuple[str, ...], ascii: bool) -> Text:
    return Text("" if value is None else size_text(value, order, ascii))


def _long(reply: Swept, ascii: bool) -> str:
    """A long table, laid out at once: rich would look at every cell several times."""
    cells = [[printable(head) for head in (*reply.names, *reply.columns)]]
    for row in reply.rows:
        cells.append([_cell(value, reply.order, ascii).plain for value in (*row.point, *row.values)])
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    head, *body = ("   ".join(text.rjust(w) for text, w in zip(line, wide, strict=True)).rstrip() for line in cells)
    ruler = ("-" if ascii else "─") * (sum(wide) + 3 * (len(wide) - 1))
    return "\n".join([head, ruler, *body])


def _swept(reply: Swept, ascii: bool, rows: int | None) -> Table:
    grid = _grid(ascii)
    for head in (*reply.names, *reply.columns):
        grid.add_column(Text(printable(head)), justify="right", overflow="fold")
    for row in reply.rows[:rows]:
        grid.add_row(*(_cell(value, reply.order, ascii) for value in (*row.point, *row.values)))
    return grid


def _compared(reply: Compared, ascii: bool) -> Table:
    grid = _grid(ascii)
    grid.add_column("")
    first, *others = reply.names
    heads = [*reply.names, *(f"{name} - {first}" for name in others), *(f"{name} / {first}" for name in others)]
    for head in heads:
        grid.add_column(Text(printable(head)), justify="right", overflow="fold")
    for row in reply.rows:
        cells = (*row.values, *row.differences, *row.ratios)
        grid.add_row(Text(row.quantity, style="bold"), *(_cell(value, reply.order, ascii) for value in cells))
    return grid

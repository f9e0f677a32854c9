"""The notebook: `%net` and `%%net` answer sentences in IPython, and complete them. No formula lives here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import iskeyword
from typing import Any

from ..answers import Answer
from ..engine.model import Model, backstop
from ..engine.program import Program, Scope
from ..errors import NetError, Source
from ..formats.shown import Helped, Noted, Shown, Toured
from ..language.parser import parse
from ..network import Network
from ..questions.report import report
from ..questions.statements import given
from .colon_commands import COMMANDS, Quit
from .repl import replies
from .session import Session

MAGIC = "net"
IN_LINE = re.compile(rf"^(?:[^%=]*=)?\s*%{MAGIC}\s+")  # `%net …`, `x = %net …`
IN_CELL = re.compile(rf"^\s*%%{MAGIC}\b[^\n]*\n")


def load(shell: Any) -> None:
    """`%load_ext paramula`: the magics, with a session of their own, and completion in them."""
    from IPython.core.error import UsageError
    from IPython.core.magic import no_var_expand
    from IPython.core.magic_arguments import MagicArgumentParser

    session = Session()
    options = MagicArgumentParser(prog=f"%%{MAGIC}", add_help=False)
    options.add_argument("--at", metavar="NAME=VALUE,...", action="append", default=[])
    options.add_argument("name", metavar="NAME", nargs="?")

    def net(line: str, cell: str | None = None) -> Any:
        """Answers sentences of paramula.

        `%net TEXT` gives back the network that TEXT describes, or what it asks: `net = %net (784) -> dense(10)`.

        `%%net [--at f=32,H=224] [NAME]` answers the cell, statement by statement. NAME becomes a Python variable for
        its network; `--at` puts numbers or expressions in place of its symbols. What is defined stays defined.
        """
        if cell is None:
            if not line.strip():
                raise UsageError(f"%{MAGIC} TEXT: what it describes, as in %{MAGIC} (784) -> dense(10)")
            return in_line(session, line)
        asked = options.parse_argstring(re.sub(r",\s+", ",", line))
        if asked.name is not None and (not asked.name.isidentifier() or iskeyword(asked.name)):
            raise UsageError(f"{asked.name!r} cannot be the name of a Python variable")
        found = in_cell(session, cell, ",".join(asked.at), asked.name is not None)
        if asked.name is not None:
            shell.push({asked.name: found})
        return None

    def matcher(context: Any) -> Any:
        return completed(session, context)

    unload(shell)
    # Braces and dollars in a line are the language's own, and never Python's to run.
    shell.register_magic_function(no_var_expand(net), "line_cell", MAGIC)
    try:
        from IPython.core.completer import context_matcher
    except ImportError:  # before IPython 8.6 nothing can be completed in a magic
        return
    shell.Completer.custom_matchers.append(context_matcher(priority=100, identifier="paramula")(matcher))


def unload(shell: Any) -> None:
    """`%unload_ext paramula`."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop(MAGIC, None)
    matchers = getattr(shell.Completer, "custom_matchers", [])
    matchers[:] = [it for it in matchers if getattr(it, "__module__", "") != __name__]


def in_line(session: Session, text: str) -> Any:
    """The last answer to a text, a network as such; those before it are displayed."""
    last = None
    try:
        for reply in _answers(session, text):
            _display(last)
            last = reply
    except NetError:
        _display(last)
        raise
    return last.network if isinstance(last, Shown) else last and Answer(last)


def in_cell(session: Session, cell: str, at: str = "", wanted: bool = False) -> Model | None:
    """Displays the answers to a cell, with sizes in place of symbols; gives back its network, which may be `wanted`."""
    values = given(at) if at else {}
    # The first line of the cell is the magic's: places are told by the lines that the reader counts.
    text = f"\n{cell}" if "\n" in cell.strip() else cell
    net: Model | None = None
    for reply in _answers(session, text):
        if isinstance(reply, Shown):
            net = reply.network.given_values(values) if values else reply.network
            reply = Shown(report(net, session.columns, session.depth), net) if values else reply
        _display(reply)
    if net is None and (wanted or values):  # the last tower, or definition
        source = Source(text)
        with backstop(source):
            net = Network(Program(source, parse(source), Scope(session.scope)))
            net = net.given_values(values) if values else net
        _display(Shown(report(net, session.columns, session.depth), net))
    return net


def _answers(session: Session, text: str) -> Iterator[Any]:
    """The replies to an input, with the examples of those that have one; the tour has a session of its own."""
    stage = Session()
    try:
        for reply in replies(session, text):
            yield reply
            if isinstance(reply, (Helped, Toured)) and reply.example:
                yield Noted(f"%{MAGIC} {reply.example}")
                try:
                    yield from replies(stage if isinstance(reply, Toured) else Session(), reply.example)
                except NetError as error:  # the tour makes a mistake on purpose
                    yield Noted(str(error))
    except Quit:
        return


def _display(reply: Any) -> None:
    from IPython.display import display

    if reply is not None:
        display(Answer(reply))


def completed(session: Session, context: Any) -> dict[str, Any]:
    """What can stand at the cursor of a `%net` line or a `%%net` cell, and nothing of Python's; else nothing."""
    from IPython.core.completer import SimpleCompletion

    from .complete import completions

    text, cursor = typed(context.full_text, context.cursor_line, context.cursor_position)
    definitions = {name: it.node for name, it in session.scope.definitions.items()}
    commands = {it.usage: it.meaning for it in COMMANDS.values()}
    found = [] if text is None else completions(text, cursor, session.names(), definitions, commands)
    start = found[0].start if found else cursor
    return {
        "completions": [SimpleCompletion(it.text, type="net") for it in found if it.start == start],
        "matched_fragment": (text or "")[start:cursor],
        "suppress": text is not None,
        "ordered": True,
    }


def typed(cell: str, line: int, column: int) -> tuple[str | None, int]:
    """The sentence that is typed in a cell, and the place of the cursor in it; None outside of the magics."""
    lines = cell.split("\n")
    place = sum(len(before) + 1 for before in lines[:line]) + column
    if head := IN_CELL.match(cell):
        return (cell[head.end() :], place - head.end()) if place >= head.end() else (None, 0)
    head = IN_LINE.match(lines[line])
    return (lines[line][head.end() :], column - head.end()) if head and column >= head.end() else (None, 0)

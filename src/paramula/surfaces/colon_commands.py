"""The commands of a session, which begin with a colon: what they answer. Surfaces show it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..algebra.forms import form
from ..algebra.spelling import unicode_text
from ..algebra.substitution import symbols
from ..engine.files import read_file, write
from ..errors import NetError, Source, Span, did_you_mean
from ..formats.latex_call import Written
from ..formats.shown import Helped, Listed, Noted, Plotted, Toured
from ..layers.words import COSTS, FUNCTIONS, QUANTITIES
from ..network import Network
from ..questions.explain import explained
from .session import IT, Session

LIBRARY = re.compile(r"(\w+)\.net: ")  # what is said of a name that is the library's
OPTIONS = {
    "quantity": "the columns to show: :set quantity params macs",
    "depth": "how deep groups are opened: :set depth 1, :set depth all",
}


class Quit(Exception):
    """The session is over."""


class Command(NamedTuple):
    """A command: how it is called, what it does, and the function that answers it."""

    usage: str
    meaning: str
    answer: Callable[[Session, str], Iterator[Any]]


def command(session: Session, line: str) -> Iterator[Any]:
    """The answers to a line such as `:explain macs`; raises NetError, and Quit at the end."""
    word, _, rest = line.strip().removeprefix(":").partition(" ")
    known = COMMANDS.get(word)
    if known is None:
        hint = did_you_mean(f":{word.strip(':')}", [f":{name}" for name in COMMANDS]) or "':help' lists the commands"
        raise NetError(f"there is no command ':{word}'", Span(0, len(word) + 1), hint=hint, source=Source(line.strip()))
    yield from known.answer(session, rest.strip())


def _explain(session: Session, rest: str) -> Iterator[Any]:
    word, _, said = rest.partition(" ")
    quantity, text = (word, said) if word in QUANTITIES else ("params", rest)
    yield explained(_network(session, text), quantity)


def _network(session: Session, text: str) -> Network:
    """The network that a text names, or the one that was answered last."""
    if text.strip():
        return session.network(text)
    if session.last is None:
        raise NetError("no network was answered yet", hint="type one, such as (28,28,1) -> conv(3x3,32) -> dense(10)")
    return session.last()


def _why(session: Session, rest: str) -> Iterator[Any]:
    net = _network(session, "")
    if not rest:
        raise NetError("which size or condition?", hint="':why H' says which layers ask something of H, or change it")
    wanted = set(re.findall(r"[^\W\d]\w*", rest)) - {"for", "in"}
    unknown = [name for name in sorted(wanted) if name not in net.open_symbols]
    if unknown or not wanted:
        known = ", ".join(net.open_symbols) or "none"
        raise NetError(f"the last network has no symbol '{', '.join(unknown) or rest}'", hint=f"its symbols: {known}")
    asked = [(str(c), ", ".join(c.because)) for c in net.conditions if wanted <= _names(c.left, c.right, c.modulus)]
    sizes = tuple(_sizes(net, wanted))
    if asked:
        yield Listed("what must hold, and who asks for it", tuple(asked))
    if sizes:
        yield Listed("where it goes", sizes)
    if not asked and not sizes:
        yield Noted(f"no condition has {rest} in it, and no size that a layer gives out")


def _names(*sizes: Any) -> set[str]:
    return {sym.name for size in sizes for sym in symbols(size)}


def _sizes(net: Network, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """The sizes that have a symbol in them, each with the layer that first gives it out."""
    seen: set[str] = set()
    for row in net.traced.rows:
        if row.group or not row.ops:
            continue
        for size in row.shape if not any(isinstance(s, tuple) for s in row.shape) else ():
            text = unicode_text(form(size, net.order))
            if wanted <= _names(size) and text not in seen:
                seen.add(text)
                yield text, row.call


def _help(session: Session, rest: str) -> Iterator[Any]:
    from .help import LISTED, about

    if not rest:
        yield Listed("words; 'help conv' explains one, and a sentence is made of them", tuple(_words()))
        yield Listed("commands", tuple((it.usage, it.meaning) for it in COMMANDS.values()))
        return
    own = session.names()
    for name in rest.split():
        called = COMMANDS.get(name.removeprefix(":"))
        if name == IT:
            yield Helped(IT, "The last result: a number, a shape or a network.", "")
        elif name in own and not LIBRARY.match(own[name]):
            yield Helped(name, own[name], "")
        elif called is not None and (name.startswith(":") or name not in LISTED):
            yield Helped(called.usage, f"A command: {called.meaning}.", "")
        else:
            it = about(name)
            yield Helped(it.call, it.text, it.example)


def _words() -> Iterator[tuple[str, str]]:
    """The words that a sentence may be made of, by what they are."""
    from .help import LISTED, families

    for family, names in families().items():
        yield family, " ".join(names)
    yield "functions", " ".join(FUNCTIONS)
    yield "quantities", " ".join(QUANTITIES)
    yield "costs", " ".join(COSTS)
    yield "statements", " ".join(LISTED)


def _tour(session: Session, rest: str) -> Iterator[Any]:
    from .tour import STEPS

    for text, example in STEPS:
        yield Toured(text, example)


def _load(session: Session, rest: str) -> Iterator[Any]:
    if not rest:
        raise NetError("which file?", hint=":load net.net")
    text = read_file(rest)
    session.loaded = rest
    yield from session.run(text, rest)


def _reload(session: Session, rest: str) -> Iterator[Any]:
    if not session.loaded:
        raise NetError("no file was loaded yet", hint=":load net.net")
    yield from _load(session, session.loaded)


def _save(session: Session, rest: str) -> Iterator[Any]:
    """Only what worked is saved."""
    if not rest:
        raise NetError("to which file?", hint=":save net.net")
    path = Path(rest if rest.endswith(".net") else f"{rest}.net")
    if path.exists():
        raise NetError(f"{path} is there already", hint="choose another name")
    text = session.worked()
    write(str(path), text)
    yield Noted(f"{len(text.splitlines())} lines in {path}")


def _paper(session: Session, command: str, rest: str) -> Iterator[Any]:
    """What the command line answers to the same words, of networks of the session; without one, of the last."""
    from .command_line import Misuse, parser_of
    from .command_line.paper import answer, asked, split

    parser = parser_of(command)
    if {"--help", "-h"} & set(rest.split()):
        yield Written(f":{command} --help", parser.format_help().rstrip())
        return
    words, nets = split(command, rest)
    try:
        it = asked(command, parser.read(words), nets)
    except Misuse as misuse:
        raise NetError(f"{misuse}", hint=f"':help :{command}' says how it is called") from None
    text = answer(it, lambda text: _network(session, text))
    if not it.out:
        yield Written(f":{command} {rest}".rstrip(), text)
        return
    write(it.out, text + "\n")
    yield Noted(f"{len(text.splitlines())} lines in {it.out}")


def _latex(session: Session, rest: str) -> Iterator[Any]:
    yield from _paper(session, "latex", rest)


def _table(session: Session, rest: str) -> Iterator[Any]:
    yield from _paper(session, "table", rest)


def _figure(session: Session, rest: str) -> Iterator[Any]:
    yield from _paper(session, "figure", rest)


def _plot(session: Session, rest: str) -> Iterator[Any]:
    """The last sweep as a picture: in the terminal, or in a file."""
    if session.swept is None:
        hint = "sweep params(net), macs(net) for f in 8..64 step 8"
        raise NetError("there is no sweep to be drawn yet", hint=hint)
    from ..formats.plot import saved, wished

    words = rest.split()
    file = words.pop() if words and "." in words[-1] else ""
    if len(words) > 1:
        raise NetError(":plot takes a kind and a file", hint=":plot heat a.pdf")
    wish = wished(kind=words[0] if words else None)
    if not file:
        yield Plotted(session.swept, wish)
        return
    saved(session.swept, file, wish)
    yield Noted(f"a picture in {file}")


def _names_listed(session: Session, rest: str) -> Iterator[Any]:
    said = session.names()
    own = {name: text for name, text in said.items() if not LIBRARY.match(text)}
    rows = [_told(name, text) for name, text in own.items()]
    borrowed: dict[str, list[str]] = {}
    for name, text in said.items():
        if name not in own and (used := LIBRARY.match(text)):
            borrowed.setdefault(used[1], []).append(name)
    rows += [(f"{home}.net", ", ".join(names)) for home, names in borrowed.items()]
    yield Listed("" if rows else "nothing is defined yet", tuple(rows))


def _told(name: str, text: str) -> tuple[str, str]:
    """A name as it is used, and what it stands for."""
    head, _, body = text.partition(" = " if not name.startswith("@") else ": ")
    return (name if name.startswith("@") else head, body) if body else (name, text)


def _forget(session: Session, rest: str) -> Iterator[Any]:
    for name in rest.split():
        if not session.forget(name.removeprefix("@")):
            raise NetError(f"'{name}' is not defined here", hint=did_you_mean(name, session.names()))
        yield Noted(f"{name} is forgotten")
    if not rest:
        raise NetError("which name?", hint=":forget block")


def _undo(session: Session, rest: str) -> Iterator[Any]:
    text = " ".join(session.undo().split())
    if not text:
        raise NetError("there is nothing to take back")
    yield Noted(f"taken back: {text}")


def _set(session: Session, rest: str) -> Iterator[Any]:
    key, _, value = rest.partition(" ")
    words = [word for word in re.split(r"[\s,]+", value) if word]
    if key == "quantity" and words:
        for name in words:
            if name not in QUANTITIES:
                hint = did_you_mean(name, QUANTITIES) or f"there are {', '.join(QUANTITIES)}"
                raise NetError(f"there is no quantity called '{name}'", hint=hint)
        session.columns = tuple(words)
    elif key == "depth" and len(words) == 1 and (words[0] == "all" or re.fullmatch("[0-9]{1,3}", words[0])):
        session.depth = None if words[0] == "all" else int(words[0])
    elif rest:
        raise NetError(f"':set {rest}' sets nothing", hint=OPTIONS.get(key) or "; ".join(OPTIONS.values()))
    depth = "all" if session.depth is None else str(session.depth)
    yield Listed("", (("quantity", " ".join(session.columns)), ("depth", depth)))


def _quit(session: Session, rest: str) -> Iterator[Any]:
    raise Quit
    yield  # a generator like the others


COMMANDS = {
    "explain": Command(
        ":explain [QUANTITY] [NET]", "the total layer by layer: formula = with numbers = result (macs, state, … too)",
        _explain,
    ),
    "why": Command(":why SIZE", "which layers ask something of a size, or change it", _why),
    "latex": Command(
        ":latex [KIND] [NET] [-o FILE]",
        "LaTeX for a paper: formula, derivation, table, …; options as on the command line",
        _latex,
    ),
    "table": Command(":table [KIND] [NET] [-o FILE]", "a table: --format markdown, csv, html, json, latex", _table),
    "figure": Command(":figure [NET] -o FILE.svg", "a picture of the architecture; --format tikz for LaTeX", _figure),
    "plot": Command(":plot [KIND] [FILE.pdf]", "the last sweep as a picture: curves, heat, pareto", _plot),
    "tour": Command(":tour", "three minutes through everything", _tour),
    "names": Command(":names", "what is defined here", _names_listed),
    "forget": Command(":forget NAME", "takes a name away", _forget),
    "undo": Command(":undo", "takes the last input back", _undo),
    "load": Command(":load FILE.net", "answers a file, and keeps its definitions", _load),
    "reload": Command(":reload", "loads the last file again", _reload),
    "save": Command(":save FILE.net", "writes what worked to a file", _save),
    "set": Command(":set quantity params macs", "what tables show; also :set depth 1", _set),
    "help": Command(":help [WORD]", "this list, or what a word means", _help),
    "quit": Command(":quit", "leaves (Ctrl-D, too)", _quit),
}  # fmt: skip

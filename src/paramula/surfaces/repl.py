"""The prompt: a session at a terminal, over a pipe, or where nothing can be drawn. No formula lives here."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from ..errors import NetError
from ..formats.shown import Helped, Listed, Toured
from .colon_commands import COMMANDS, Quit, command
from .session import Glance, Session

PROMPT, MORE = "> ", ". "
GREETING = "paramula {version}: type a network, 'help', or ':tour'"
ROWS = 200  # of a table
# Colours by their names, so that each terminal shows its own, which it can show on its own background.
COLOURS = {
    "pygments.name.function": "ansiblue bold",
    "pygments.name.function.magic": "ansiblue bold",
    "pygments.name.attribute": "ansicyan",
    "pygments.name.builtin": "ansigreen",
    "pygments.name.decorator": "ansimagenta",
    "pygments.name.label": "ansimagenta",
    "pygments.keyword": "ansimagenta bold",
    "pygments.keyword.type": "ansimagenta",
    "pygments.literal.number": "ansiyellow",
    "pygments.literal.string": "ansigreen",
    "pygments.comment.single": "ansibrightblack",
    "pygments.error": "ansired",
    "bottom-toolbar": "noreverse ansibrightblack",
}
GLANCE = 0.3  # seconds for the line at the bottom
HASTE = 0.1  # seconds between Enter and a Ctrl-C that comes before the work begins


def replies(session: Session, text: str) -> Iterator[Any]:
    """The replies to one input: statements, a command, or `help` and words."""
    line = text.strip()
    if line.startswith(":"):
        yield from command(session, line)
    elif _asks_help(line):
        yield from command(session, f":{line}")
    elif line:
        yield from session.run(text)


def _asks_help(line: str) -> bool:
    """Whether a line is `help` and words, and no sentence of something called so."""
    first, _, rest = line.strip().partition(" ")
    return first == "help" and not rest.lstrip().startswith(("=", "->", "("))


def whole(session: Session, text: str) -> bool:
    """Whether an input can be answered: a command, a sentence, or a mistake; False where more lines follow."""
    return text.lstrip().startswith(":") or _asks_help(text) or session.whole(text)


def answered(session: Session, text: str, say: Callable[[Any], None], pause: Callable[[], bool] | None = None) -> bool:
    """Says the replies to one input, and runs the examples among them; False where the session is over."""
    begun = False
    stage = Session() if session.names() else session  # of the tour, which leaves the user's names alone
    try:
        for reply in replies(session, text):
            if begun and (isinstance(reply, (Helped, Listed)) or (isinstance(reply, Toured) and pause is None)):
                say("")
            begun = True
            say(reply)
            if isinstance(reply, Helped) and reply.example:
                _example(reply.example, say)
            elif isinstance(reply, Toured):
                say(f"\n{PROMPT}{reply.example}")
                answered(stage, reply.example, say)
                if pause is not None and not pause():
                    break
    except NetError as error:
        say(error)
    except Quit:
        return False
    return True


def _example(example: str, say: Callable[[Any], None]) -> None:
    """A help's example, run in a session of its own."""
    say("")
    session = Session()
    for sentence in sentences(session, example.split("\n")):
        say(f"{PROMPT}{sentence}")
        answered(session, sentence, say)


def sentences(session: Session, lines: Iterable[str]) -> Iterator[str]:
    """Lines joined to whole sentences: an empty line, or the end, closes one that is not."""
    text = ""
    for line in lines:
        text += line if line.endswith("\n") else line + "\n"
        if not line.strip() or whole(session, text):
            if text.strip():
                yield text.rstrip("\n")
            text = ""
    if text.strip():
        yield text.rstrip("\n")


def piped(session: Session, lines: Iterable[str], ascii: bool) -> int:
    """Answers what comes over a pipe, sentence by sentence; the exit status is 1 if one failed."""
    from ..formats.replies import text as shown

    status = 0

    def say(reply: Any) -> None:
        nonlocal status
        if isinstance(reply, NetError):
            status = 1
            sys.stdout.flush()
            print(reply, file=sys.stderr, flush=True)
        else:
            print(reply if isinstance(reply, str) else shown(reply, ascii), flush=True)

    for text in sentences(session, lines):
        if not answered(session, text, say):
            break
    return status


def repl(ascii: bool, version: str) -> int:
    """The prompt on a terminal."""
    session = Session()
    console = _console()

    def say(reply: Any) -> None:
        _say(console, reply, ascii)

    def pause() -> bool:
        try:
            return input("\n[Enter goes on, q leaves the tour] ").strip().lower() != "q"
        except EOFError:
            say("")
            return False

    interrupts = _Interrupts()
    before = signal.signal(signal.SIGINT, interrupts)
    try:
        try:
            with interrupts:
                _start(session, say)
        except KeyboardInterrupt:
            say("interrupted")
        say(GREETING.format(version=version))
        read = _reader(session, interrupts)
        while True:
            try:
                text = read()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return 0
            try:
                with interrupts:
                    if not answered(session, text, say, pause):
                        return 0
            except KeyboardInterrupt:
                say("interrupted")
    finally:
        signal.signal(signal.SIGINT, before)


class _Interrupts:
    """Ctrl-C: raised once where it is heeded and nowhere else, so that no haste of the user's ends the session."""

    def __init__(self) -> None:
        self.heeded = False
        self.missed = -HASTE  # when it came last and was not heeded

    def __enter__(self) -> None:
        if monotonic() - self.missed < HASTE:  # it was meant for this
            raise KeyboardInterrupt
        self.heeded = True

    def __exit__(self, *raised: object) -> None:
        self.heeded = False

    def __call__(self, number: int, frame: Any) -> None:
        if self.heeded:
            self.heeded = False
            raise KeyboardInterrupt
        self.missed = monotonic()


def _start(session: Session, say: Callable[[Any], None]) -> None:
    """Runs the user's init.net, silently where it works."""
    path = folder("XDG_CONFIG_HOME", ".config") / "init.net"
    if path.is_file():
        answered(session, f":load {path}", lambda reply: say(reply) if isinstance(reply, NetError) else None)
        session.loaded, session.entries = "", []


def folder(variable: str, otherwise: str) -> Path:
    """The user's folder for configuration or state, by the XDG rules; on Windows in the local application data."""
    base = os.environ.get(variable) or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path(os.path.expanduser("~")) / otherwise) / "paramula"


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False, color_system="auto" if _draws() else None)


def _draws() -> bool:
    """Whether the terminal knows where things stand and what colours are."""
    return sys.platform == "win32" or os.environ.get("TERM") not in (None, "", "dumb", "unknown")


def _say(console: Any, reply: Any, ascii: bool) -> None:
    from rich.text import Text

    from ..formats.replies import draw

    if isinstance(reply, NetError):
        console.print(Text(str(reply), style="red"), soft_wrap=True)
    elif isinstance(reply, str):
        console.print(Text(reply, style="dim"), soft_wrap=True)
    else:
        draw(console, reply, ascii, ROWS)


def _reader(session: Session, interrupts: _Interrupts) -> Callable[[], str]:
    """What reads an input: the drawn prompt, or a plain one where the terminal cannot draw."""
    return drawn(session) if _draws() else lambda: _plain_input(session, interrupts)


def _plain_input(session: Session, interrupts: _Interrupts) -> str:
    try:
        with interrupts:
            text = input(PROMPT) + "\n"
            while text.strip() and not whole(session, text):
                line = input(MORE)
                text += line + "\n"
                if not line.strip():
                    break
    except (KeyboardInterrupt, EOFError):
        print()
        raise
    return text.rstrip("\n")


def drawn(session: Session, **where: Any) -> Callable[[], str]:
    """The prompt of prompt_toolkit: completion, colours, history, the line at the bottom, mistakes underlined.

    `where` are the input and output of a test."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.lexers import PygmentsLexer
    from prompt_toolkit.styles import Style

    from .highlight import NetLexer

    watcher = _Watcher(session)
    prompt: Any = PromptSession(
        history=_history(),
        lexer=PygmentsLexer(NetLexer),
        style=Style.from_dict(COLOURS),
        completer=_completer(session),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        multiline=True,
        prompt_continuation=lambda width, number, wrapped: MORE,
        bottom_toolbar=watcher.line,
        input_processors=[watcher.underlining()],
        key_bindings=_keys(session),
        **where,
    )
    watcher.watch(prompt)

    def read() -> str:
        text: str = prompt.prompt(PROMPT, pre_run=watcher.forget, handle_sigint=False)
        return text

    return read


def _keys(session: Session) -> Any:
    """Enter ends a sentence that is whole, and else begins a line; with Escape before it, it always does that."""
    from prompt_toolkit.filters import is_searching
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter", filter=~is_searching)
    def _(event: Any) -> None:
        buffer = event.current_buffer
        text = buffer.text
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None  # the chosen word stays
            return
        ended = not text.rpartition("\n")[2].strip()
        if ended or whole(session, text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    @keys.add("escape", "enter")
    def _(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def _history() -> Any:
    """The inputs of before, in a file that only the user reads; in memory where no file can be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    path = folder("XDG_STATE_HOME", ".local/state") / "history"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        with path.open("a"):
            return FileHistory(path)
    except OSError:
        return InMemoryHistory()


def _completer(session: Session) -> Any:
    from prompt_toolkit.completion import Completer, Completion

    from ..engine.program import library, published
    from .complete import completions

    class Completing(Completer):
        def get_completions(self, document: Any, complete_event: Any) -> Iterator[Any]:
            known = session.scope.definitions
            lent = {name: file for name, file in published().items() if name in document.text and name not in known}
            definitions = {name: library(file).definitions[name].node for name, file in lent.items()}
            definitions |= {name: it.node for name, it in known.items()}
            commands = {command.usage: command.meaning for command in COMMANDS.values()}
            for it in completions(document.text, document.cursor_position, session.names(), definitions, commands):
                yield Completion(it.text, it.start - document.cursor_position, display_meta=it.meaning)

    return Completing()


class _Watcher:
    """Looks at what is typed in a thread of its own, so that typing never waits."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.glance = Glance()
        self.seen = ""
        self.wanted = ""
        self.awake = threading.Condition()
        self.app: Any = None

    def watch(self, prompt: Any) -> None:
        prompt.default_buffer.on_text_changed += lambda buffer: self._look(buffer.text)
        self.app = prompt.app
        threading.Thread(target=self._work, daemon=True).start()

    def forget(self) -> None:
        """A new input: what was seen of the one before is gone."""
        with self.awake:
            self.glance, self.seen, self.wanted = Glance(), "", ""

    def _look(self, text: str) -> None:
        with self.awake:
            self.wanted = text
            self.awake.notify()

    def _work(self) -> None:
        while True:
            with self.awake:
                while self.wanted == self.seen:
                    self.awake.wait()
                text = self.wanted
            quiet = not text.strip() or text.lstrip().startswith(":") or _asks_help(text)
            glance = Glance() if quiet else self.session.glance(text, GLANCE)
            self.glance, self.seen = glance, text
            self.app.invalidate()

    def line(self) -> str:
        """The shape and the parameters of what is typed so far, or what is wrong with it."""
        it = self.glance
        if it.mistake is not None:
            return it.message
        return f"{it.shape}  params {it.params}" if it.shape else " "

    def underlining(self) -> Any:
        from prompt_toolkit.layout.processors import Processor, Transformation
        from prompt_toolkit.layout.utils import explode_text_fragments

        watcher = self

        class Underlining(Processor):
            def apply_transformation(self, given: Any) -> Any:
                mistake, fragments = watcher.glance.mistake, given.fragments
                if mistake is None or watcher.seen != given.document.text:
                    return Transformation(fragments)
                start = given.document.translate_row_col_to_index(given.lineno, 0)
                exploded = explode_text_fragments(fragments)
                for at in range(max(mistake.start - start, 0), min(mistake.end - start, len(exploded))):
                    style, text, *rest = exploded[at]
                    exploded[at] = (f"{style} fg:ansired underline", text, *rest)
                return Transformation(exploded)

        return Underlining()

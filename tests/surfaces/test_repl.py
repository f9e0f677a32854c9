"""The real program in a real terminal: typing, completing, interrupting, resizing; and over pipes.

The screen is drawn by a small terminal of our own, so that a test waits for what a user would see, never for a time.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import stat
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from places import SOURCES

pexpect = pytest.importorskip("pexpect", reason="pexpect drives the terminal")

PATIENCE = 60.0  # seconds until a test gives up
LONG = "sweep sum(floor(i*i/7) for i in 1..c) for c in 1..90000"  # hours
UP, DOWN, ENTER, TAB, BACK = "\x1b[A", "\x1b[B", "\r", "\t", "\x7f"
CTRL_C, CTRL_D, CTRL_R = "\x03", "\x04", "\x12"

SEQUENCE = re.compile(
    r"\x1b\[(?P<private>[?>]?)(?P<numbers>[0-9;]*)(?P<final>[@-~])|\x1b\][^\x07]*\x07|\x1b[()][A-Z0-9]|\x1b[=>78]"
)


class Screen:
    """What a terminal shows: the characters, and which of them are underlined or coloured."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.styles = [[""] * columns for _ in range(rows)]
        self.x = self.y = 0
        self.style = ""
        self.rest = ""
        self.unknown: set[str] = set()

    def feed(self, text: str, reply: Callable[[str], Any]) -> None:
        """Draws what a program writes; `reply` sends what a terminal answers."""
        text, self.rest = self.rest + text, ""
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                match = SEQUENCE.match(text, at)
                if match is None:
                    if len(text) - at < 40:  # the end of a sequence is still on its way
                        self.rest = text[at:]
                        return
                    self.unknown.add(repr(text[at : at + 8]))
                    at += 1
                    continue
                if match["final"]:
                    self._sequence(match, reply)
                at = match.end()
                continue
            self._put(text[at])
            at += 1

    def _put(self, sign: str) -> None:
        if sign == "\n":
            self._down()
        elif sign == "\r":
            self.x = 0
        elif sign == "\b":
            self.x = max(0, self.x - 1)
        elif sign >= " ":
            if self.x == self.columns:
                self.x = 0
                self._down()
            self.cells[self.y][self.x], self.styles[self.y][self.x] = sign, self.style
            self.x += 1
        elif sign != "\x07":
            self.unknown.add(repr(sign))

    def _down(self) -> None:
        if self.y + 1 < self.rows:
            self.y += 1
            return
        for table, blank in ((self.cells, " "), (self.styles, "")):
            del table[0]
            table.append([blank] * self.columns)

    def _sequence(self, match: re.Match[str], reply: Callable[[str], Any]) -> None:
        numbers = [int(n) if n else 0 for n in match["numbers"].split(";")]
        count = max(1, numbers[0])
        self.x = min(self.x, self.columns - 1) if match["final"] not in "mhl" else self.x
        match match["final"]:
            case "A":
                self.y = max(0, self.y - count)
            case "B":
                self.y = min(self.rows - 1, self.y + count)
            case "C":
                self.x = min(self.columns - 1, self.x + count)
            case "D":
                self.x = max(0, self.x - count)
            case "G":
                self.x = min(self.columns, count) - 1
            case "H":
                self.y = min(self.rows, count) - 1
                self.x = min(self.columns, max(1, numbers[1] if len(numbers) > 1 else 1)) - 1
            case "J":
                self._erase(self.y, self.x if numbers[0] == 0 else 0)
                for row in range(self.y + 1 if numbers[0] == 0 else 0, self.rows):
                    self._erase(row, 0)
            case "K":
                self._erase(self.y, self.x if numbers[0] == 0 else 0)
            case "m" if not match["private"]:
                self._styled(numbers)
            case "n":
                reply(f"\x1b[{self.y + 1};{self.x + 1}R")
            case "h" | "l" | "m" | "q" | "t" | "u":
                pass
            case final:
                self.unknown.add(final)

    def _erase(self, row: int, start: int) -> None:
        self.cells[row][start:] = [" "] * (self.columns - start)
        self.styles[row][start:] = [""] * (self.columns - start)

    def _styled(self, numbers: list[int]) -> None:
        rest = iter(numbers)
        for number in rest:
            if number == 0:
                self.style = ""
            elif number == 4:
                self.style += "u"
            elif number == 24:
                self.style = self.style.replace("u", "")
            elif 30 <= number <= 38 or 90 <= number <= 97:
                self.style += "c"
            elif number == 39:
                self.style = self.style.replace("c", "")
            if number in (38, 48):  # 38;5;n or 38;2;r;g;b
                for _ in range(1 if next(rest) == 5 else 3):
                    next(rest)

    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.cells]

    def styled(self, mark: str) -> str:
        """The characters that are drawn in a style."""
        return "".join(
            sign
            for signs, styles in zip(self.cells, self.styles, strict=True)
            for sign, style in zip(signs, styles, strict=True)
            if mark in style
        )

    def resize(self, rows: int, columns: int) -> None:
        self.__init__(rows, columns)  # type: ignore[misc]


class Terminal:
    """paramula in a terminal of some size."""

    def __init__(self, folder: Path, *words: str, rows: int = 40, columns: int = 100, **environ: str) -> None:
        self.screen = Screen(rows, columns)
        self.said = ""
        self.child = pexpect.spawn(
            sys.executable, ["-m", "paramula", *words], env=environment(folder, **environ), cwd=str(folder),
            dimensions=(rows, columns), encoding="utf-8", codec_errors="replace", timeout=PATIENCE,
        )  # fmt: skip
        self.child.delaybeforesend = None

    def look(self) -> None:
        """Draws what has come since."""
        with contextlib.suppress(pexpect.TIMEOUT):
            text = self.child.read_nonblocking(65536, timeout=0.05)
            self.said += text
            self.screen.feed(text, self.child.send)

    def until(self, wanted: Callable[[], Any], what: str = "") -> None:
        end = monotonic() + PATIENCE
        while not wanted():
            if monotonic() > end:
                pytest.fail("\n".join([f"waited in vain for {what}; the screen:", *self.screen.lines()]))
            self.look()

    def shows(self, text: str) -> None:
        """Waits until a text is on the screen."""
        self.until(lambda: any(text in line for line in self.screen.lines()), text)

    def ready(self) -> None:
        """Waits for an empty prompt."""
        self.until(self._at_prompt, "an empty prompt")

    def _at_prompt(self) -> bool:
        screen = self.screen
        line = screen.lines()[screen.y]  # what was typed while nothing read it stands before the prompt
        drawn = line.endswith(">") and screen.x == len(line) + 1
        return drawn and (not self.cooked() or self.plain)

    plain = False

    def cooked(self) -> bool:
        """Whether the terminal itself turns Ctrl-C into a signal: the program computes, and does not read keys."""
        return bool(termios.tcgetattr(self.child.child_fd)[3] & termios.ISIG)

    def type(self, text: str) -> None:
        self.child.send(text)

    def ask(self, text: str, answer: str) -> None:
        """Types a line and Enter, and waits for an answer and the next prompt."""
        self.said = ""
        self.type(text + ENTER)
        self.until(lambda: answer in plain(self.said) and self._at_prompt(), answer)

    def ended(self) -> int | None:
        """Waits for the end of the program; its exit status."""
        with contextlib.suppress(pexpect.EOF):
            end = monotonic() + PATIENCE
            while monotonic() < end:
                self.look()
        self.child.close()
        status: int | None = self.child.exitstatus
        return status

    def end(self) -> None:
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
        self.child.close(force=True)


def plain(text: str) -> str:
    return SEQUENCE.sub("", text)


def environment(folder: Path, **environ: str) -> dict[str, str]:
    """An environment with folders of its own; a value that is empty takes a name away."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")}
    own = {
        "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config"),
        "PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1", "LANG": "C.UTF-8", "TERM": "xterm-256color",
    }  # fmt: skip
    return {name: value for name, value in {**kept, **own, **environ}.items() if value}


Opener = Callable[..., Terminal]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens terminals, and ends what is left of them."""
    terminals: list[Terminal] = []

    def open_one(*words: str, **options: Any) -> Terminal:
        terminals.append(Terminal(options.pop("folder", tmp_path), *words, **options))
        return terminals[-1]

    yield open_one
    for terminal in terminals:
        terminal.end()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One program for the tests that only type."""
    terminal = Terminal(tmp_path_factory.mktemp("session"))
    terminal.ready()
    yield terminal
    terminal.end()


@pytest.fixture
def prompt(session: Terminal) -> Iterator[Terminal]:
    session.ready()
    yield session
    if not session._at_prompt():
        session.type(CTRL_C)
        session.ready()


# typing


def test_a_network_is_answered_with_its_table(prompt: Terminal) -> None:
    prompt.ask("(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)", "params       54,410")


def test_the_bottom_line_says_shape_and_parameters_while_typing(prompt: Terminal) -> None:
    prompt.type("(28,28,1) -> conv(3x3,32) -> pool(2)")
    prompt.shows("(13, 13, 32)  params 320")
    prompt.type(" -> dense(10")  # not closed yet
    prompt.shows("(10)  params 54,410")


def test_the_bottom_line_is_empty_at_a_new_prompt(prompt: Terminal) -> None:
    prompt.type("(7) -> dense(3)")
    prompt.shows("(3)  params 24")
    prompt.ask("", "macs         21")
    prompt.until(lambda: not prompt.screen.lines()[-1], "an empty bottom line")


def test_a_mistake_is_underlined_before_enter(prompt: Terminal) -> None:
    prompt.type("(28,28,1) -> pol(2)")
    prompt.until(lambda: prompt.screen.styled("u") == "pol", "pol underlined")
    prompt.shows("there is no layer called 'pol'")
    prompt.type(BACK * 6 + "pool(2)")
    prompt.shows("(14, 14, 1)  params 0")
    assert prompt.screen.styled("u") == ""


def test_words_have_colours(prompt: Terminal) -> None:
    prompt.type("(28,28,1) -> conv(3x3,32)")
    prompt.shows("(26, 26, 32)  params 320")
    assert "conv" in prompt.screen.styled("c")


def test_an_open_sentence_goes_on_below(prompt: Terminal) -> None:
    prompt.type("(28,28,1) ->" + ENTER)
    prompt.until(lambda: prompt.screen.lines()[prompt.screen.y] == ".", "a second line")
    prompt.ask("dense(3)", "params       2,355")


def test_an_empty_line_ends_an_open_sentence(prompt: Terminal) -> None:
    prompt.type("dense(3" + ENTER)
    prompt.until(lambda: prompt.screen.lines()[prompt.screen.y] == ".", "a second line")
    prompt.ask("", "this '(' is never closed")


def test_an_error_leaves_the_session_as_it_was(prompt: Terminal) -> None:
    prompt.ask("width = 64", "width = 64")
    prompt.ask("width = 3 * pol(2)", "there is no layer called 'pol'")
    prompt.ask("width", "width = 64")


def test_the_session_has_a_memory(prompt: Terminal) -> None:
    prompt.ask("6*7", "= 42")
    prompt.ask("it + 1", "it + 1 = 43")
    prompt.ask(":undo", "taken back")


# completion


def test_tab_completes_what_is_the_only_word(prompt: Terminal) -> None:
    prompt.type("(28,28,1) -> conv(3x3,32,sam" + TAB)
    prompt.shows("conv(3x3,32,same")


def test_tab_offers_words_with_what_they_mean_and_enter_takes_one(prompt: Terminal) -> None:
    prompt.type("(28,28,1) -> avg" + TAB)
    prompt.shows("-> avgpool(")
    prompt.type("2) -> fl" + TAB)
    prompt.shows("-> flatten")
    prompt.type(" -> so" + TAB)
    prompt.shows("softplus")
    prompt.type(TAB)
    prompt.type(ENTER)  # takes the word, and does not end the sentence
    prompt.until(lambda: re.search(r"flatten -> soft\w+$", prompt.screen.lines()[prompt.screen.y]), "the word taken")


def test_tab_completes_commands_and_own_names(prompt: Terminal) -> None:
    prompt.ask("backbone = dense(4)", "backbone")
    prompt.type("(8) -> backb" + TAB)
    prompt.shows("(8) -> backbone")
    prompt.type(CTRL_C)
    prompt.ready()
    prompt.type(":forg" + TAB)
    prompt.shows("> :forget")


# interrupting, leaving


def test_ctrl_c_at_the_prompt_drops_what_is_typed(prompt: Terminal) -> None:
    prompt.type("nonsense +")
    prompt.shows("> nonsense +")
    prompt.type(CTRL_C)
    prompt.ready()
    prompt.ask("1 + 1", "1 + 1 = 2")


def test_ctrl_c_interrupts_a_computation_of_hours_within_seconds(prompt: Terminal) -> None:
    prompt.ask("kept = 5", "kept = 5")
    prompt.said = ""
    prompt.type(LONG + ENTER)
    prompt.until(prompt.cooked, "the computation")
    begun = monotonic()
    prompt.until(lambda: monotonic() > begun + 0.5, "the middle of it")
    assert not prompt._at_prompt(), "it should take longer"
    sent = monotonic()
    prompt.type(CTRL_C)
    prompt.until(lambda: "interrupted" in plain(prompt.said), "interrupted")
    assert monotonic() - sent < 5  # on a busy machine
    prompt.ready()
    prompt.ask("kept + 1", "kept + 1 = 6")


def test_ctrl_c_again_and_again_never_ends_the_session(prompt: Terminal) -> None:
    prompt.ask("kept = 7", "kept = 7")
    prompt.said = ""
    prompt.type(LONG + ENTER)
    prompt.until(prompt.cooked, "the computation")
    for _ in range(8):
        prompt.type(CTRL_C)
    prompt.until(lambda: "interrupted" in plain(prompt.said), "interrupted")
    prompt.type(CTRL_C)
    prompt.ready()
    sleep(0.2)  # nobody types the next sentence in a tenth of a second
    prompt.ask("kept + 1", "kept + 1 = 8")


def test_the_tour_waits_for_enter_and_is_left_with_q(prompt: Terminal) -> None:
    prompt.type(":tour" + ENTER)
    prompt.shows("[Enter goes on, q leaves the tour]")
    assert any("54,410" in line for line in prompt.screen.lines())
    prompt.said = ""
    prompt.type(ENTER)
    prompt.until(lambda: "[Enter goes on" in plain(prompt.said).partition("54,090 = 54,410")[2], "the second step")
    prompt.type("q" + ENTER)
    prompt.ready()


def test_ctrl_d_leaves(opened: Opener) -> None:
    terminal = opened()
    terminal.ready()
    terminal.type(CTRL_D)
    assert terminal.ended() == 0


# two runs


@pytest.mark.slow
def test_history_is_found_again_in_the_next_run_and_is_private(opened: Opener, tmp_path: Path) -> None:
    first = opened()
    first.ready()
    first.ask("(784) -> dense(123)", "params       96,555")
    first.type(":quit" + ENTER)
    assert first.ended() == 0
    history = tmp_path / "state" / "paramula" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.parent.stat().st_mode) == 0o700
    second = opened()
    second.ready()
    second.type(CTRL_R)
    second.shows("I-search")
    second.type("784")
    second.shows("(784) -> dense(123)")
    second.type(ENTER)
    second.until(lambda: "I-search" not in "".join(second.screen.lines()), "the line found")
    second.ask("", "params       96,555")
    second.type(UP)
    second.shows("> (784) -> dense(123)")


def test_init_net_is_there_from_the_beginning(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "config" / "paramula").mkdir(parents=True)
    init = tmp_path / "config" / "paramula" / "init.net"
    init.write_text("block(c) = conv(3x3,c,same,relu)\nmine = (8,8,3) -> block(4)\n3 + 4\n")
    terminal = opened()
    terminal.ready()
    assert "mine" not in plain(terminal.said)
    assert "= 7" not in plain(terminal.said)
    terminal.ask("params(mine)", "params(mine) = 112")
    terminal.ask("it + 1", "it + 1 = 113")
    terminal.ask(":undo", "there is nothing to take back")


def test_a_mistake_in_init_net_is_said_and_the_prompt_comes(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "config" / "paramula").mkdir(parents=True)
    (tmp_path / "config" / "paramula" / "init.net").write_text("good = 3\nbad = pol(2)\n")
    terminal = opened()
    terminal.ready()
    assert "there is no layer called 'pol'" in plain(terminal.said)
    assert "init.net:2" in plain(terminal.said)
    terminal.ask("good", "good = 3")


# terminals of all kinds


def test_where_no_file_can_be_written_the_prompt_works(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")  # a folder cannot be made below a file, not even by root
    terminal = opened(XDG_STATE_HOME=str(tmp_path / "file"), XDG_CONFIG_HOME=str(tmp_path / "file"))
    terminal.ready()
    terminal.ask("2 + 3", "2 + 3 = 5")
    terminal.type(UP)
    terminal.shows("> 2 + 3")


def test_resizing_to_forty_columns(opened: Opener) -> None:
    terminal = opened()
    terminal.ready()
    terminal.screen.resize(30, 40)
    terminal.child.setwinsize(30, 40)
    terminal.type("(28,28,1) -> conv(3x3,32,same,relu) -> pool(2) -> dense(10)")
    terminal.shows("(10)  params 63,050")
    terminal.said = ""
    terminal.type(ENTER)
    terminal.until(lambda: "params" in plain(terminal.said) and terminal._at_prompt(), "the table")
    table = plain(terminal.said).split("layer", 1)[1]
    assert all(len(line.rstrip()) <= 40 for line in re.split(r"[\r\n]+", table)), table


def test_without_colours(opened: Opener) -> None:
    terminal = opened(NO_COLOR="1")
    terminal.ready()
    terminal.ask("(4) -> dense(2)", "params       10")
    terminal.ask("(4) -> dens(2)", "did you mean 'dense'?")
    said = re.findall(r"\x1b\[([0-9;]*)m", terminal.said)
    coloured = [codes for codes in said if any(30 <= int(c) <= 38 or 90 <= int(c) <= 97 for c in codes.split(";") if c)]
    assert not coloured


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_gets_plain_lines(opened: Opener, term: str) -> None:
    terminal = opened(TERM=term)
    terminal.plain = True
    terminal.ready()
    terminal.ask("(28,28,1) -> dense(3)", "params       2,355")
    terminal.type("(28,28,1) ->" + ENTER)
    terminal.until(lambda: terminal.screen.lines()[terminal.screen.y] == ".", "a second line")
    terminal.ask("dense(4)", "params       3,140")
    terminal.ask("dens(4)", "did you mean 'dense'?")
    assert "\x1b" not in terminal.said
    terminal.type(CTRL_C)
    terminal.until(lambda: "^C" in terminal.said, "the interrupt")
    terminal.type(ENTER)  # Python sees a signal that comes between its prompt and its reading only now
    terminal.type("1 + 1" + ENTER)
    terminal.until(lambda: "1 + 1 = 2\r\n> " in terminal.said, "an answer and a prompt")
    terminal.type(CTRL_D)
    assert terminal.ended() == 0


# over a pipe


def piped(folder: Path, text: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "paramula", *words], input=text, capture_output=True, text=True, encoding="utf-8",
        env=environment(folder, **environ), cwd=folder, timeout=PATIENCE,
    )  # fmt: skip


def test_over_a_pipe_each_sentence_is_answered_and_the_status_tells(tmp_path: Path) -> None:
    good = piped(tmp_path, "a = 2\na +\n1\n")
    assert (good.returncode, good.stdout, good.stderr) == (0, "a = 2\na + 1 = 3\n", "")
    bad = piped(tmp_path, "a = 2\npol(2)\na + 1\n")
    assert (bad.returncode, bad.stdout) == (1, "a = 2\na + 1 = 3\n")
    assert bad.stderr.startswith("there is no layer called 'pol'")
    assert not (tmp_path / "state").exists(), "no history of what comes over a pipe"


def test_over_a_pipe_quit_ends(tmp_path: Path) -> None:
    done = piped(tmp_path, "1\n:quit\n2\n")
    assert (done.returncode, done.stdout) == (0, "1 = 1\n")


def test_a_pipe_that_is_closed_is_no_fault(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "paramula"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(tmp_path), text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write("1\n")
    process.stdin.flush()
    assert process.stdout.readline() == "1 = 1\n"
    process.stdout.close()  # as `| head -1` does
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write("2\n" * 10)
        process.stdin.close()
    assert process.wait(PATIENCE) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


def test_with_a_closed_output_it_ends_quietly(tmp_path: Path) -> None:
    command = f"echo '1 + 1' | {sys.executable} -m paramula >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, env=environment(tmp_path), timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.slow
def test_an_output_in_ascii(tmp_path: Path) -> None:
    done = piped(tmp_path, "(H,W,3) -> conv(5x5,f,s=2)\n:explain\n", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "\\u" not in done.stdout

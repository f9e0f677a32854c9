"""The pictures of the tutorials: sessions at the prompt, drawn from what a session answers, and plots of sweeps.

No number is written here.

`python docs/pictures.py` writes them; `--check` only says whether they are fresh. A picture loads nothing: its fonts
are those of who looks at it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT / "src") not in sys.path:
    sys.path.insert(0, str(ROOT / "src"))

from pygments.styles import get_style_by_name  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.style import Style  # noqa: E402
from rich.terminal_theme import TerminalTheme  # noqa: E402
from rich.text import Text  # noqa: E402

from paramula.errors import NetError, Span  # noqa: E402
from paramula.formats.replies import draw  # noqa: E402
from paramula.surfaces.highlight import NetLexer  # noqa: E402
from paramula.surfaces.repl import PROMPT, _Watcher, answered  # noqa: E402
from paramula.surfaces.session import Session  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
COLUMNS = 80
PATIENCE = 60  # seconds for the line at the bottom: a picture can wait


class Picture(NamedTuple):
    """A session: what was answered before it, what is typed and answered in it, what is being typed at its end."""

    before: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    typing: str = ""


FIRST = "(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)"
PICTURES = {
    "first": Picture(inputs=(FIRST,)),
    "typing": Picture(typing="(28,28,1) -> conv(3x3,32,relu) -> pool(2)"),
    "explain": Picture(before=("(H,W,3) -> conv(5x5,f,relu) -> pool(2) -> gap -> dense(10)",), inputs=(":explain",)),
    "questions": Picture(
        inputs=(
            "solve params(gpt2(L, 64*L, L)) <= 1G for L",
            "sweep params(gpt2(L, 64*L, L)) for L in 12..48 step 12",
        ),
    ),
    "mistake": Picture(typing="(28,28,1) -> conv(3x3,32,smae) -> dense(10)"),
}

GRID = "for f in 8..64 step 8, n in"
PLOTS = {  # of docs/whatif.md
    "whatif_curves": [f"sweep params(net), macs(net) {GRID} {{1, 2, 4}}", "--width", "page"],
    "whatif_front": [f"sweep params(net), macs(net)/params(net) {GRID} 1..6", "--front", "--better", "less,more"],
    "whatif_heat": [f"sweep params(net), macs(net) {GRID} 1..6", "--kind", "heat", "--width", "page"],
}

# Dark enough for small print: black, red, green, yellow, blue, magenta, cyan, white.
ANSI = [
    (36, 41, 47), (192, 28, 40), (17, 99, 41), (125, 78, 0),
    (9, 80, 170), (130, 56, 180), (0, 105, 120), (90, 95, 100),
]  # fmt: skip
THEME = TerminalTheme((250, 250, 248), (36, 41, 47), ANSI, ANSI)

MARGIN = 16
# Of Rich's picture we take the words; its frame loads fonts from a server.
PARTS = "<!---->".join(["{terminal_width}", "{terminal_height}", "{styles}", "{backgrounds}", "{matrix}"])
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<style>
.words {{ font: 20px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }}
{styles}
</style>
<rect x="0.5" y="0.5" width="{inner_width}" height="{inner_height}" rx="8" fill="{paper}" stroke="#c8ccd0"/>
<g class="words" transform="translate({margin} {margin})">
{words}
</g>
</svg>
"""


def picture(it: Picture) -> str:
    """A session as SVG."""
    console = Console(
        file=StringIO(), record=True, width=COLUMNS, force_terminal=True, color_system="truecolor",
        legacy_windows=False, highlight=False, emoji=False, markup=False, _environ={},
    )  # fmt: skip
    session = Session()

    def say(reply: Any) -> None:
        if isinstance(reply, NetError):
            console.print(Text(str(reply), style="red"), soft_wrap=True)
        else:
            draw(console, reply)

    for text in it.before:
        answered(session, text, lambda reply: None)
    for text in it.inputs:
        console.print(typed(text), soft_wrap=True)
        answered(session, text, say)
        if text != it.inputs[-1]:
            console.print()
    if it.typing:
        _being_typed(console, session, it.typing)
    return _framed(console)


def _framed(console: Console) -> str:
    """What a console recorded, with a frame of ours."""
    said = console.export_text(clear=False)
    assert max(map(len, said.splitlines())) <= COLUMNS, f"a line is cut:\n{said}"
    drawn = console.export_svg(theme=THEME, code_format=PARTS, font_aspect_ratio=0.6, unique_id="paramula")
    wide, high, styles, *words = drawn.split("<!---->")
    width, height = (round(float(side)) + 2 * MARGIN for side in (wide, high))
    return FRAME.format(
        width=width, height=height, inner_width=width - 1, inner_height=height - 1, margin=MARGIN,
        paper=THEME.background_color.hex, styles=styles,
        words=re.sub(r' clip-path="[^"]*"', "", "".join(words)).replace("><", ">\n<"),
    )  # fmt: skip


def _being_typed(console: Console, session: Session, text: str) -> None:
    """An input that is being typed, and the line at the bottom."""
    watcher = _Watcher(session)
    watcher.glance = session.glance(text, PATIENCE)
    line = typed(text, watcher.glance.mistake)
    line.append(" ", style="reverse")
    console.print(line)
    console.print()
    console.print(Text(watcher.line().ljust(COLUMNS), style="reverse"))


def typed(text: str, mistake: Span | None = None) -> Text:
    """An input in the colours of the prompt, a mistake underlined."""
    line = Text(PROMPT)
    colours = get_style_by_name("default")  # which prompt_toolkit's are
    for _, token, word in NetLexer().get_tokens_unprocessed(text):
        said = colours.style_for_token(token)
        colour = f"#{said['color']}" if said["color"] else None
        line.append(word, style=Style(color=colour, bold=said["bold"], italic=said["italic"]))
    if mistake is not None:
        line.stylize("red underline", len(PROMPT) + mistake.start, len(PROMPT) + mistake.end)
    return line


def plot(command: list[str]) -> str:
    """What `paramula sweep` draws, and with which matplotlib: another one draws other lines."""
    from matplotlib import __version__ as version

    from paramula.surfaces.cli import main as paramula

    with tempfile.TemporaryDirectory() as folder:
        page = (ROOT / "docs" / "whatif.md").read_text("utf-8")
        file = Path(folder) / "net.net"
        file.write_text(re.findall(r"^```paramula\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[0], "utf-8")
        out = Path(folder) / "plot.svg"
        assert paramula(["sweep", str(file), *command, "-o", str(out)]) == 0
        return f"{out.read_text('utf-8').rstrip()}\n<!-- matplotlib {version} -->\n"


def fresh(path: Path, made: str) -> bool:
    """Whether a picture is as it would be made now, as far as the same library can make it."""
    if not path.is_file():
        return False
    said, now = path.read_text("utf-8"), made.rstrip().rpartition("\n")[2]
    return said == made or (now.startswith("<!-- matplotlib") and now != said.rstrip().rpartition("\n")[2])


def main(arguments: list[str]) -> int:
    """Writes the pictures, or says which are not fresh."""
    check = "--check" in arguments
    stale = 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    everything = {**{name: (picture, it) for name, it in PICTURES.items()},
                  **{name: (plot, command) for name, command in PLOTS.items()}}  # fmt: skip
    for name, (make, it) in everything.items():
        path = FOLDER / f"{name}.svg"
        made = make(it)  # type: ignore[arg-type]
        if fresh(path, made):
            continue
        if check:
            print(f"{path.name} is stale: run python docs/pictures.py")
            stale = 1
        else:
            path.write_text(made, "utf-8", newline="\n")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command line: what it prints, where, and with which status; through `main` and as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import paramula
from paramula import __version__
from paramula.layers import CATALOGUE
from paramula.layers.words import FLAGS, FUNCTIONS, QUANTITIES
from paramula.surfaces import cli, command_line
from paramula.surfaces.command_line import COMMON, NAMES, NETWORK, called, command, commands
from paramula.surfaces.help import STRUCTURES
from places import SOURCES

NUMBERS = "(28,28,1) -> conv(3x3,32) -> pool(2) -> dense(100) -> dense(10)"
FORMULAS = "(H,W,3) -> conv(3x3,f,same,s=2) -> gap -> dense(10)"
GROUPS = "unit(c) = conv(3x3,c,same) -> bn -> relu\n(32,32,3) -> unit(8) -> unit(16)*2 -> gap"


class Answer(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]):
    """Calls the command in this process."""

    def asked(*arguments: str) -> Answer:
        try:
            status = cli.main(arguments)
        except SystemExit as stop:
            status = int(stop.code or 0)
        return Answer(status, *capsys.readouterr())

    return asked


def environ(**more: str) -> dict[str, str]:
    unwanted = ("PYTHONIOENCODING", "PYTHONUTF8", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1", **more}


def run(*arguments: str, given: str = "", **env: str) -> Answer:
    """Runs the command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "paramula", *arguments], input=given.encode(), capture_output=True, env=environ(**env)
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def rows(out: str) -> dict[str, list[str]]:
    """The lines of a table by their first word."""
    return {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}


# Answers.


def test_a_table(ask):
    status, out, err = ask(NUMBERS)
    assert (status, err) == (0, "")
    assert rows(out)["params"] == ["542,230"]
    assert rows(out)["dense(100)"] == ["(100)", "540,900", "99.8", "%"]


def test_a_table_of_formulas(ask):
    out = ask(FORMULAS).out
    assert "(⌈H/2⌉, ⌈W/2⌉, f)" in out
    assert "38·f + 10" in out
    assert "%" not in out, "formulas have no shares"


@pytest.mark.parametrize(
    "at", [["--at", "f=32,H=8,W=8"], ["--at", "f=32", "--at", "H=8,W=8"], ["--at=f=4*8, H=8, W=8"]]
)
def test_symbols_are_given(ask, at: list[str]):
    status, out, _ = ask(FORMULAS, *at)
    assert status == 0
    assert rows(out)["params"] == ["1,226"]
    assert rows(out)["macs"] == ["14,144"]  # 4·4·27·32 + 320


def test_symbols_are_given_expressions(ask):
    assert "76·g + 10" in ask(FORMULAS, "--at", "f=2*g").out


@pytest.mark.parametrize("names", [["params", "macs", "shape"], ["params,macs", "shape"], ["params,macs,shape"]])
def test_columns(ask, names: list[str]):
    out = ask(NUMBERS, "--quantity", *names).out
    head = out.splitlines()[0].split()
    assert head[:2] == ["layer", "output"]
    assert head.index("params") < head.index("macs")
    assert rows(out)["shape"] == ["(10)"]


@pytest.mark.parametrize("name", QUANTITIES)
def test_every_quantity_can_be_a_column(ask, name: str):
    status, out, _ = ask(NUMBERS, "--quantity", name)
    assert status == 0
    assert name in rows(out)


def test_depth(ask):
    deep, open_, shut = (ask(GROUPS, *more).out for more in ([], ["--depth", "1"], ["--depth", "0"]))
    assert "conv(3x3" in deep
    assert "conv(3x3" not in shut
    assert len(shut.splitlines()) < len(open_.splitlines()) <= len(deep.splitlines())
    assert rows(shut)["params"] == rows(deep)["params"]


@pytest.mark.parametrize("text", [NUMBERS, FORMULAS, GROUPS, "(H,W,c) -> pool(3,s=2) -> conv(1x1, c/4)"])
def test_ascii_is_ascii(ask, text: str):
    status, out, _ = ask(text, "--ascii")
    assert status == 0
    assert out.isascii()


def test_ascii_can_be_typed_again(ask):
    out = ask(FORMULAS, "--ascii").out
    assert "ceil(H/2)" in out
    assert "38*f + 10" in out


def test_json(ask):
    status, out, err = ask(FORMULAS, "--json")
    data = json.loads(out)
    assert (status, err) == (0, "")
    assert list(data) == [
        "schema", "version", "text", "inputs", "symbols", "quantities", "bounds", "layers", "conditions",
        "assumptions", "conventions", "errors",
    ]  # fmt: skip
    assert data["schema"] == "paramula/1"
    assert data["version"] == __version__
    assert data["inputs"] == [["H", "W", 3]]
    assert data["symbols"] == ["H", "W", "f"]
    assert data["quantities"]["params"] == "38*f + 10"
    assert set(data["quantities"]) == set(QUANTITIES) == set(data["conventions"])
    for layer in data["layers"]:
        assert {"path", "call", "level", "group", "times", "shared", "shape", "params"} <= set(layer)
    assert sum(layer["params"] == 0 for layer in data["layers"]) == 1


def test_json_of_chosen_quantities_and_numbers(ask):
    data = json.loads(ask(FORMULAS, "--json", "--quantity", "params", "macs", "--at", "f=32,H=8,W=8").out)
    assert data["quantities"] == {"params": 1226, "macs": 14144}


def test_json_says_what_has_no_answer(ask):
    two_strides = "(H,W,3) -> (conv(3x3,8,same,s=2) -> up(2)) + conv(3x3,8,same)"
    data = json.loads(ask(two_strides, "--json", "--quantity", "params", "stride").out)
    for name, message in data["errors"].items():
        assert data["quantities"][name] is None
        assert message


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("net = (4) -> dense(2)\nparams(net)", "params(net) = 10"),
        ("net = (4) -> dense(n)\nparams(net) at n=2", "params(net) at n=2 = 10"),
        ("2^10 to Ki", "= 1"),
    ],
)
def test_questions_are_answered_a_line_each(ask, lines: str, said: str):
    status, out, _ = ask(lines)
    assert status == 0
    assert said in out


# Where the network comes from.


def test_a_file(ask, tmp_path: Path):
    file = tmp_path / "a network.net"
    file.write_text(f"# ours\n{FORMULAS}\n", "utf-8")
    assert ask(str(file)).out == ask(FORMULAS).out


def test_standard_input():
    assert run("-", given=NUMBERS).out == run(NUMBERS).out
    assert run("-", "--json", "--quantity", "params", given="(4) -> dense(2)").status == 0


def test_a_fault_in_a_file_names_the_file_and_the_line(ask, tmp_path: Path):
    file = tmp_path / "net.net"
    file.write_text("(28,28,1)\n  -> conv(3x3,8)\n  -> pol(2)\n", "utf-8")
    status, out, err = ask(str(file))
    assert (status, out) == (1, "")
    assert f"{file}:3" in err
    assert "did you mean 'pool'" in err
    assert "^^^" in err


# Faults.


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["(28,28,1) -> pol(2)"], "did you mean 'pool'"),
        (["(4,4,1) -> conv(5x5,8)"], "conv"),
        ([""], "there is nothing here"),
        (["missing.net"], "missing.net cannot be read"),
        ([FORMULAS, "--at", "g=1"], "no symbol called 'g'"),
        ([FORMULAS, "--at", "f=0"], "at least 1"),
        ([FORMULAS, "--at", "f"], "="),
        ([FORMULAS, "--quantity", "parms"], "did you mean 'params'"),
        (["help", "convv"], "did you mean 'conv'"),
        (["(9^9^9^9) -> dense(10)"], "too large"),
        (["(n) -> dense(" + "9" * 5000 + ")"], "too large"),
    ],
)
def test_faults_in_a_network_are_status_1_and_on_standard_error(ask, arguments: list[str], said: str):
    status, out, err = ask(*arguments)
    assert (status, out) == (1, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [["--nosuch", NUMBERS], [NUMBERS, "--depth", "deep"], [NUMBERS, "--at"], ["--jso", "4"]],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(ask, arguments: list[str]):
    status, out, err = ask(*arguments)
    assert status == 2
    assert "usage:" in out + err


def test_status_of_processes():
    assert run(NUMBERS).status == 0
    refused = run("(4) -> dens(2)")
    assert (refused.status, refused.out) == (1, "")
    assert "did you mean 'dense'" in refused.err
    assert run("--nosuch").status == 2


# Help.


def test_version_and_usage(ask):
    assert ask("--version").out == f"paramula {__version__}\n"
    status, out, _ = ask("--help")
    assert status == 0
    for option in ("--at", "--quantity", "--depth", "--json", "--ascii", "--version"):
        assert option in out


def test_help_lists_every_command_with_its_sentence(ask):
    for arguments in (["--help"], ["-h"], ["help"], ["help", "--ascii"]):
        status, out, err = ask(*arguments)
        assert (status, err) == (0, "")
        listed = " ".join(out.partition("\ncommands:\n")[2].partition("`paramula COMMAND")[0].split())
        assert listed == " ".join(["COMMAND", *(f"{it.name} {it.help}" for it in commands())])


@pytest.mark.parametrize("name", NAMES)
def test_every_command_says_what_it_takes(ask, name: str):
    for word in ("--help", "-h"):
        status, out, err = ask(name, word)
        assert (status, err) == (0, "")
        assert out.startswith(f"usage: paramula {name} ")
        assert all(option in out for option in (*command(name).common, "--help"))
        assert not any(option in out.split() for option in {*COMMON} - {*command(name).common})


@pytest.mark.parametrize("name", NAMES)
def test_a_command_refuses_options_that_it_does_not_take(ask, name: str):
    words = [] if name == "layers" else ["lenet5"]
    others = ["--nosuch", *(option for option in COMMON if option not in command(name).common)]
    for option in others:
        status, out, err = ask(name, *words, *([option, "f=1"] if option == "--at" else [option]))
        assert (status, out) == (2, "")
        assert err.startswith(f"usage: paramula {name} ")
        assert f"paramula {name}: error: unrecognized arguments: {option}" in err


PROGRAM = "net = (n) -> dense(2)\nsweep params(net)*n for n in 1..3"


@pytest.mark.parametrize(
    ("options", "name", "rest"),
    [
        (["--ascii"], "help", ["bn"]),
        (["--json"], "help", ["bn"]),
        (["--json", "--ascii"], "layers", []),
        (["--json"], "library", ["lenet"]),
        (["--at", "n=3"], "latex", ["formula", "(n) -> dense(2)"]),
        (["--at=n=3", "--json"], "table", ["comparison", "(n) -> dense(2)", "lenet5"]),
        (["--at", "n=3"], "figure", ["(n) -> dense(2)"]),
        (["--json", "--ascii"], "sweep", [PROGRAM]),
    ],
)
def test_common_options_stand_before_a_command_behind_it_or_within(ask, options, name: str, rest):
    answered = ask(name, *rest, *options)
    assert (answered.status, answered.err) == (0, "")
    assert answered != ask(name, *rest), "they say something"
    assert ask(*options, name, *rest) == answered
    assert ask(name, *options, *rest) == answered
    assert ask(name, *rest[:1], *options, *rest[1:]) == answered


def test_options_stand_between_the_texts_of_a_program(ask, tmp_path: Path):
    (tmp_path / "a.net").write_text("net = (n) -> dense(2)\n", "utf-8")
    file = str(tmp_path / "a.net")
    answered = ask(file, "params(net)", "--at", "n=3")
    assert answered == (0, "params(net) = 8\n", "")  # 3*2 + 2
    assert ask(file, "--at", "n=3", "params(net)") == answered
    assert ask("--at", "n=3", file, "params(net)") == answered


def test_json_is_the_format_of_a_table(ask):
    table = ("table", "stages", "lenet5")
    assert ask(*table, "--json") == ask(*table, "--format", "json") == ask(*table, "--json", "--format", "json")
    assert ask("sweep", PROGRAM, "--json") == ask("sweep", PROGRAM, "--format", "json")
    for words in (table, ("sweep", PROGRAM)):
        status, out, err = ask(*words, "--json", "--format", "csv")
        assert (status, out) == (2, "")
        assert err.endswith("error: --json is --format json, and not csv\n")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["(4) -> dense(2)"], NETWORK),
        (["--quantity", "table", "lenet5"], NETWORK),  # the value of an option that is not common
        (["--", "latex", "lenet5"], NETWORK),
        (["lenet5", "latex"], NETWORK),
        (["--at", "latex"], NETWORK),
        (["--json"], NETWORK),
        (["--nosuch", "latex"], NETWORK),
        ([], ""),
        (["--ascii"], ""),
        (["latex"], "latex"),
        (["--at", "n=3", "--json", "table", "x"], "table"),
        (["--at", "table", "table", "x"], "table"),
        (["latex", "x", "--at"], "latex"),
    ],
)
def test_which_command_is_called(words: list[str], name: str):
    assert called(words)[0] == name


def test_a_word_behind_two_dashes_is_no_option(ask):
    assert ask("--", "-x") == (0, "-x = −x\n", "")


HELLO = """
from paramula.surfaces.command_line import Command, Parser


def parser(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--loud", action="store_true", help="in capitals")


def run(args) -> int:
    print(args.name.upper() if args.loud else args.name)
    return 3


COMMAND = Command("hello", "greets by name", parser, run, words=lambda: ["world"])
"""


def test_a_new_command_is_one_file_and_its_name(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Help, options, misuse and the completion of shells follow from the record."""
    (tmp_path / "hello.py").write_text(HELLO)
    monkeypatch.setattr(command_line, "__path__", [*command_line.__path__, str(tmp_path)])
    monkeypatch.setattr(command_line, "NAMES", (*NAMES, "hello"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    try:
        assert ask("hello", "you") == (3, "you\n", "")
        assert ask("--ascii", "hello", "--loud", "you") == (3, "YOU\n", "")
        assert "hello               greets by name" in ask("--help").out
        assert "in capitals" in ask("hello", "--help").out
        assert ask("hello").err == (
            "usage: paramula hello [-h] [--ascii] [--loud] NAME\n"
            "paramula hello: error: the following arguments are required: NAME\n"
        )
        script = ask("completion", "bash").out
        assert 'hello) options="--help --ascii --loud" words="world" files= ;;' in script
        assert ask(NUMBERS).status == 0
    finally:
        sys.modules.pop("paramula.surfaces.command_line.hello", None)


def test_a_bare_network_loads_no_command():
    watched = (
        "import sys; from paramula.surfaces.cli import main; main(['resnet18']); "
        "print(*sorted(name for name in sys.modules if name.startswith('paramula.surfaces')))"
    )
    done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, env=environ(), check=True)
    ours = ("", ".cli", ".command_line", ".command_line.network", ".command_line.output")
    assert done.stdout.splitlines()[-1].split() == [f"paramula.surfaces{name}" for name in ours]


@pytest.mark.parametrize("more", [[], ["--ascii"]])
def test_layers_names_every_word(ask, more: list[str]):
    status, out, _ = ask("layers", *more)
    assert status == 0
    words = out.replace("(", " ").replace(",", " ").split()
    hidden = [name for name in [*CATALOGUE, *STRUCTURES] if name not in words]
    activations = [name for name, layer in CATALOGUE.items() if layer.family == "activations"]
    assert [name for name in hidden if name not in activations] == []


@pytest.mark.parametrize("word", [*CATALOGUE, *STRUCTURES, *sorted(FLAGS), *FUNCTIONS, *QUANTITIES])
def test_help_on_every_word(ask, word: str):
    """Says what the word means, and answers its example."""
    status, out, err = ask("help", word)
    assert (status, err) == (0, "")
    first, _, rest = out.partition("\n")
    assert word in first
    assert rest.strip()
    if "$ paramula" in out:
        assert len(out.partition("$ paramula")[2].strip().splitlines()) > 1, "the example is answered"


def test_help_on_several_words(ask):
    out = ask("help", "conv", "dense").out
    assert "conv(" in out
    assert "dense(" in out


def test_help_in_ascii(ask):
    assert ask("help", *CATALOGUE, "--ascii").out.isascii()


# Terminals and pipes.


def test_an_ascii_stream_gets_ascii():
    answer = run(FORMULAS, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert answer.status == 0
    assert answer.out == run(FORMULAS, "--ascii").out


def test_an_ascii_stream_gets_messages_too():
    answer = run("(θ,W,3) -> conv(3x3,8) → gap", PYTHONIOENCODING="ascii")
    assert answer.status == 1
    assert "write ->" in answer.err
    assert answer.err.isascii()


def test_an_ascii_stream_gets_json():
    assert json.loads(run(NUMBERS, "--json", PYTHONIOENCODING="ascii").out)["quantities"]["params"] == 542230


@pytest.mark.parametrize("arguments", [["--help"], ["layers"], ["layers", "--ascii"]], ids=" ".join)
def test_an_ascii_stream_gets_help(arguments: list[str]):
    answer = run(*arguments, PYTHONIOENCODING="ascii")
    assert (answer.status, answer.err) == (0, "")


def test_what_is_piped_has_no_colours_and_does_not_depend_on_the_terminal():
    plain = run(FORMULAS)
    assert "\x1b" not in plain.out
    for env in ({"COLUMNS": "40"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"FORCE_COLOR": ""}):
        assert run(FORMULAS, **env).out == plain.out
    assert not any(line.endswith(" ") for line in plain.out.splitlines())


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a pipe whose reader is gone")
@pytest.mark.parametrize("text", [NUMBERS, "(4) -> [dense(k) for k in 1..3000]"], ids=["short", "long"])
def test_a_reader_that_goes_away(text: str):
    """`paramula … | head -1` ends without a word."""
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "paramula", text], stdout=write, stderr=subprocess.PIPE, env=environ()
    )
    os.close(write)
    os.close(read)
    _, err = process.communicate(timeout=120)
    assert err == b""
    assert process.returncode in (0, 1)


@pytest.mark.skipif(os.name != "posix", reason="a process started without standard output")
def test_no_standard_output_at_all():
    command = f"exec {sys.executable} -m paramula '(4) -> dense(2)' >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, env=environ())
    assert b"Traceback" not in done.stderr


def terminal(columns: int, **env: str) -> tuple[int, str]:
    """Runs a network's table on a pseudo-terminal of this width."""
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "paramula", FORMULAS], stdin=its, stdout=its, stderr=its, close_fds=True,
        env=environ(TERM="xterm-256color", **env),
    )  # fmt: skip
    os.close(its)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(60), shown.decode()


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
@pytest.mark.parametrize("columns", [40, 60, 100])
def test_a_terminal(columns: int):
    """Colours, and no line that is wider than the terminal."""
    import re

    status, shown = terminal(columns)
    assert status == 0
    assert "\x1b[" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "38·f + 10" in plain
    assert max(map(len, plain.splitlines())) <= columns


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_a_terminal_without_colours():
    import re

    _, shown = terminal(80, NO_COLOR="1")
    assert not re.search(r"\x1b\[(3|4|9|10)\d", shown)


@pytest.mark.parametrize(
    "at",
    [
        "n=3;x",
        "n=3 to k",
        "n",
        "",
        "n==3",
        "n=3,",
        "=",
        "n=(3,4)",
        "n=relu",
        "n=3.5",
        "n=3\nm=2",
        "m=4",
        "n=0",
        "n=(",
        "params=3",
    ],
)
def test_an_at_that_says_nothing_is_one_message(at, ask):
    status, out, err = ask("(n) -> dense(2)", "--at", at)
    assert (status, out) == (1, "")
    assert err.strip()


def test_latex_is_answered_and_does_not_stand_in_the_way(ask):
    program = "net = (4) -> dense(n)\nlatex(params(net))\n(4) -> dense(3)"
    assert paramula.net(program).params == 15
    status, out, err = ask(program)
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == ["% packages: none", "5 n"]


def test_values_reach_queries_that_have_no_network_beside_them(ask):
    status, out, err = ask("net = (n) -> dense(f)\nparams(net)", "--at", "f=2")
    assert (status, out, err) == (0, "params(net) = 2·n + 2\n", "")
    assert ask("params((n) -> dense(f))", "--at", "g=2").status == 1


@pytest.mark.parametrize(
    "words", [["run"], ["check"], ["completion"], ["run", "--jsn", "a.net"], ["check", "--json", "a.net"]]
)
def test_a_word_without_what_it_takes_is_wrong_usage(ask, words: list[str]):
    status, out, err = ask(*words)
    assert (status, out) == (2, "")
    assert "error: " in err


def test_json_of_questions_and_words(ask):
    (answer,) = json.loads(ask("params((4) -> dense(2))", "--json").out)
    assert (answer["kind"], answer["value"]) == ("valued", 10)
    both = json.loads(ask("params((4) -> dense(2))\n(4) -> dense(3)", "--json").out)
    assert (both["quantities"]["params"], both["answers"][0]["value"]) == (15, 10)
    (word,) = json.loads(ask("help", "conv", "--json").out)
    assert word["word"] == "conv"
    assert {word["word"] for word in json.loads(ask("layers", "--json").out)} >= set(CATALOGUE)


# Papers


def test_latex_names_its_packages_first(ask):
    status, out, err = ask("latex", "formula", "(n) -> dense(m)", "--quantity", "params")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "% packages: amsmath", r"\begin{align*}", r"  \mathrm{params} &= n\,m + m", r"\end{align*}"
    ]  # fmt: skip
    assert ask("latex", "(n) -> dense(m)", "--quantity", "params").out == out  # the kind of a bare network
    assert ask("latex", "--quantity", "params", "(n) -> dense(m)").out == out


def test_what_a_paper_takes_goes_to_a_file(ask, tmp_path):
    path = tmp_path / "a.tex"
    status, out, err = ask("latex", "stages", "lenet5", "-o", str(path))
    assert (status, out, err) == (0, "", "")
    assert path.read_text("utf-8") == ask("latex", "stages", "lenet5").out
    status, out, err = ask("latex", "stages", "lenet5", "-o", str(tmp_path / "no" / "such" / "a.tex"))
    assert (status, out) == (1, "")
    assert "cannot be written" in err


def test_numbers_are_put_into_the_networks_that_have_their_symbols(ask):
    nets = ("(n) -> dense(f)", "(n) -> dense(g)")
    words = ("table", "comparison", *nets, "--names", "a,b", "--quantity", "params", "--format", "csv")
    assert ask(*words, "--at", "n=3,f=2,g=5").out == "network,params\na,8\nb,20\n"
    status, out, err = ask(*words, "--at", "n=3,x=2")
    assert (status, out) == (1, "")
    assert "there is no symbol called 'x'" in err


def test_figures_are_pictures(ask):
    assert ask("figure", "lenet5").out.startswith("<svg")
    assert ask("figure", "lenet5", "--format", "tikz").out.startswith("% packages: tikz")
    assert ask("figure", "lenet5", "--format", "tikz").out == ask("latex", "figure", "lenet5", "--width", "page").out


@pytest.mark.parametrize(
    "words", [["latex"], ["table", "stages"], ["figure"], ["latex", "lenet5", "--widht", "3cm"], ["table", "-o"]]
)
def test_wrong_words_for_papers_are_wrong_usage(ask, words: list[str]):
    status, out, err = ask(*words)
    assert (status, out) == (2, "")
    assert err.startswith("usage: paramula")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["latex", "tabel", "lenet5"], "tabel"),
        (["table", "lenet5", "--format", "jpeg"], "a table has no format 'jpeg'"),
        (["latex", "lenet5", "alexnet"], "formula takes one network"),
        (["table", "comparison", "lenet5", "lenet5"], "two networks are called 'lenet5'"),
        (["table", "comparison", "lenet5", "alexnet", "--names", "a"], "there are 1 names for 2 networks"),
        (["table", "family", "lenet5", "--for", "n"], "--for takes NAME=VALUE"),
        (["table", "family", "lenet5", "--for", "n=a"], "'a' are no numbers"),
        (["table", "family", "resnet_cifar(n, 16)", "--for", "n=1..9999"], "9,999 rows are too many"),
        (["latex", "lenet5", "--symbol", "n"], "--symbol takes NAME=VALUE"),
        (["latex", "lenet5", "--width", "wide"], "'wide' is no width"),
        (["latex", "table", "-o", "x.tex", "--quantity", "lenet5"], None),
    ],
)
def test_a_mistake_in_what_a_paper_takes_is_one_message(ask, words: list[str], said: str | None, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = ask(*words)
    if said is None:  # the network went with the words of the last option
        assert (status, out, err) == (0, "", "")
        assert (tmp_path / "x.tex").is_file()
        return
    assert (status, out) == (1, "")
    assert said in err

"""Completion in real shells: the script is read by the shell, and the words that it offers are those of the command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paramula.engine.program import files
from paramula.layers.words import KINDS, QUANTITIES, TABLES
from paramula.surfaces.command_line import NAMES, NETWORK, command, commands
from paramula.surfaces.command_line.completion import offered as told
from paramula.surfaces.shells import SHELLS, Offered, script
from places import SOURCES

BARE, TOLD = told(command(NETWORK)), [told(it) for it in commands()]
OPTIONS = {it.name: set(it.options) for it in TOLD}


def needs(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell} here")
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a command `paramula`, two networks and other files."""
    folder = tmp_path_factory.mktemp("shells")
    (folder / "bin").mkdir()
    command = folder / "bin" / "paramula"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m paramula "$@"\n')
    command.chmod(0o755)
    (folder / "one.net").write_text("(8) -> dense(3)\n")
    (folder / "with a blank.net").write_text("(8) -> dense(3)\n")
    (folder / "other.txt").write_text("")
    (folder / "nets").mkdir()
    (folder / "nets" / "deep.net").write_text("(8) -> dense(3)\n")
    return folder


def run(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **os.environ, "PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1", "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
    }  # fmt: skip
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=place, env=environ, timeout=120
    )


def offered(place: Path, *words: str) -> list[str]:
    """What bash offers for the last of the words of a command line."""
    told = " ".join(f"'{word}'" for word in ("paramula", *words))
    lines = (
        'eval "$(paramula completion bash)"',
        f"COMP_WORDS=({told}); COMP_CWORD={len(words)}",
        "$(complete -p paramula | sed 's/.*-F \\([^ ]*\\).*/\\1/')",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    )
    done = run(place, needs("bash"), "--norc", "--noprofile", "-c", "\n".join(lines))
    assert done.returncode == 0
    assert done.stderr == ""
    return [word.strip() for word in done.stdout.split("\n") if word.strip()]


# bash


def test_bash_reads_the_script(place: Path) -> None:
    (place / "script.bash").write_text(run(place, "paramula", "completion", "bash").stdout)
    done = run(place, needs("bash"), "-n", "script.bash")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("",), {*NAMES, "one.net", "with a blank.net"}),
        (("li",), {"library"}),
        (("c",), {"check", "completion"}),
        (("on",), {"one.net"}),
        (("library", "res"), {name for name in files() if name.startswith("res")}),
        (("completion", ""), set(SHELLS)),
        (("completion", "f"), {"fish"}),
        (("latex", "de"), {"derivation"}),
        (("latex", "f"), {word for word in KINDS if word.startswith("f")}),
        (("table", "c"), {word for word in TABLES if word.startswith("c")}),
        (("table", "stages", "o"), {"one.net"}),
        (("figure", "lenet5", "--f"), {"--format"}),
        (("layers", "o"), set()),
        *(((name, "--"), options) for name, options in OPTIONS.items()),
        (("table", "stages", "one.net", "--quantity", "ma"), {"macs"}),
        (("--",), set(BARE.options)),
        (("one.net", "--q"), {"--quantity"}),
        (("one.net", "--quantity", ""), set(QUANTITIES)),
        (("one.net", "--quantity", "params", "ma"), {"macs"}),
        (("one.net", "--quantity", "params", "--js"), {"--json"}),
        (("run", "o"), {"one.net"}),
        (("run", "w"), {"with a blank.net"}),
        (("check", "one.net", "o"), {"one.net"}),
    ],
)
def test_bash_offers(place: Path, words: tuple[str, ...], wanted: set[str]) -> None:
    found = set(offered(place, *words))
    if words == ("",):
        assert wanted <= found
        assert "other.txt" not in found
    else:
        assert found == wanted


def test_bash_offers_the_folders_on_the_way_to_a_network(place: Path) -> None:
    assert any(word.startswith("nets") for word in offered(place, "run", "n"))
    assert offered(place, "run", "nets/") == ["nets/deep.net"]


def test_bash_in_a_terminal(place: Path) -> None:
    """A Tab in a real bash completes the word that is typed."""
    pexpect = pytest.importorskip("pexpect", reason="pexpect drives the terminal")
    environ = {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(SOURCES), "PS1": "$ ", "TERM": "dumb",
        "HOME": str(place), "LANG": "C.UTF-8",
    }  # fmt: skip
    child = pexpect.spawn(
        needs("bash"), ["--norc", "--noprofile", "-i"], env=environ, cwd=str(place), encoding="utf-8", timeout=60
    )
    try:
        child.sendline("bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; PS1='ready> '")
        child.expect("ready> ")
        child.sendline('eval "$(paramula completion bash)"; echo read-"it"')
        child.expect("read-it")
        child.expect("ready> ")
        child.send("paramula libr\t")
        child.expect("paramula library ")
        child.send("alexn\t")
        child.expect("alexnet")
    finally:
        child.close(force=True)


# zsh and fish


def test_zsh_reads_the_script(place: Path) -> None:
    (place / "_paramula").write_text(script("zsh", BARE, TOLD))
    done = run(place, needs("zsh"), "-n", "_paramula")
    assert (done.returncode, done.stderr) == (0, "")


def test_fish_reads_the_script(place: Path) -> None:
    (place / "paramula.fish").write_text(script("fish", BARE, TOLD))
    done = run(place, needs("fish"), "--no-execute", "paramula.fish")
    assert (done.returncode, done.stderr) == (0, "")


# all of them


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_in_the_script(place: Path, shell: str) -> None:
    printed = run(place, "paramula", "completion", shell)
    assert printed.returncode == 0
    assert printed.stdout.rstrip() == script(shell, BARE, TOLD).rstrip()
    for word in (*NAMES, *QUANTITIES, *SHELLS, *KINDS):
        assert word in printed.stdout
    for option in {*BARE.options, *(option for options in OPTIONS.values() for option in options)}:
        assert option.removeprefix("--") in printed.stdout


def test_another_shell_is_refused(place: Path) -> None:
    done = run(place, "paramula", "completion", "tcsh")
    assert done.returncode == 2
    assert "bash, zsh, fish" in done.stderr


def test_what_is_said_of_words_cannot_leave_its_quotes() -> None:
    hostile = 'it\'s `id` $(id) "x" [y]: \\z %% \n'
    it = Offered("word", hostile, {"--word": hostile}, ("params",), True)
    for shell in SHELLS:
        text = script(shell, it, [it._replace(name="other")])
        assert "`id`" not in text
        assert "$(id)" not in text
        assert "it's" not in text

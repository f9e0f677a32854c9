"""Files that answers go to: whole or not at all, in the format that their endings say, safe for a spreadsheet.

What is expected comes from the operating system (a limit on the size of files, a killed process, links, pipes) and from
readers that are not ours: csv, json, pyarrow, the first bytes of pictures.
"""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import paramula as pm
from paramula.engine.files import csv_cell, opened, write
from paramula.surfaces.cli import main
from paramula.surfaces.session import Session

NET = "(32,32,3) -> conv(3x3,f,same) -> gap -> dense(10)"
SWEEP = "sweep params((9) -> dense(f)) for f in 1..3"
LONG = "sweep params((9) -> dense(f)), f*g for f in 1..2000, g in 1..500"
posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and limits of POSIX")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The first line of the error that a command line ends with."""
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()[0]


def python(*words: str, cwd: Path, **more: object) -> subprocess.Popen[str]:
    """A process that Ctrl-C reaches, though this one may have been started without (`nohup pytest &`)."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=cwd,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )  # type: ignore[call-overload, no-any-return]
    finally:
        signal.signal(signal.SIGINT, before)


# Formats.

FORMATS = {
    ("latex", NET): {"tex": r"% packages"},
    ("table", NET): {
        "txt": r"layer +output", "md": r"\| layer", "html": r"<table>", "csv": r"level,times", "json": r"\{",
        "tex": r"% packages",
    },
    ("figure", NET): {"svg": r"<svg", "tex": r"% packages: tikz"},
    ("sweep", SWEEP): {
        "txt": r"f  ", "md": r"\| f", "html": r"<table>", "csv": r"f,params", "json": r"\{", "tex": r"% packages",
        "jsonl": r'\{"f": 1', "ndjson": r'\{"f": 1', "parquet": r"PAR1", "png": r"\x89PNG", "svg": r"<\?xml|<svg",
        "pdf": r"%PDF",
    },
}  # fmt: skip


@pytest.mark.slow(but_every=4)
@pytest.mark.parametrize("words", FORMATS, ids=lambda words: words[0])
def test_the_end_of_a_name_says_the_format(words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The oracle is what the first bytes of each format are; what no format ends in is refused."""
    for end, first in FORMATS[words].items():
        for name in (f"a.{end}", f"b.{end.upper()}"):
            assert main([*words, "-o", str(tmp_path / name)]) == 0
            assert re.match(first, (tmp_path / name).read_bytes().decode("latin-1")), end
    capsys.readouterr()
    for end in {"xyz", "net", "csv.gz", "pdf", "csv", "md", "png", "csv ", "1"} - FORMATS[words].keys():
        assert said(capsys, *words, "-o", str(tmp_path / f"c.{end}")) == f"no format ends in '.{end.split('.')[-1]}'"
    for name in ("c", ".csv", "c."):
        assert "no ending that says its format" in said(capsys, *words, "-o", name)
    assert said(capsys, *words, "-o", "") == "a file has a name, not ''"
    assert not list(tmp_path.glob("c*"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["table", NET, "--format", "json", "-o", "a.csv"], "'a.csv' ends as csv does, but the format is json"),
        (["table", NET, "--format", "text", "-o", "a.md"], "'a.md' ends as markdown does, but the format is text"),
        (["figure", NET, "--format", "svg", "-o", "a.tex"], "'a.tex' ends as tikz does, but the format is svg"),
        (["figure", NET, "--format", "svg", "-o", "a.pdf"], "no format ends in '.pdf'"),
        (["sweep", SWEEP, "--format", "csv", "-o", "a.png"], "'a.png' ends as picture does, but the format is csv"),
        (["sweep", SWEEP, "--format", "jsonl", "-o", "a.json"], "'a.json' ends as json does, but the format is jsonl"),
    ],
)
def test_an_ending_and_a_format_agree(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert said(capsys, *words) == message
    assert not list(tmp_path.iterdir())


def test_the_prompt_refuses_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from paramula.surfaces.colon_commands import command

    monkeypatch.chdir(tmp_path)
    session = Session()
    assert list(session.run(NET))
    for line in (
        ":figure -o a.pdf",
        ":table -o a.xyz",
        ":latex -o a.md",
        ":table --format csv -o a.md",
        ":table -o ''",
    ):
        with pytest.raises(pm.NetError):
            list(command(session, line))
    assert list(command(session, ":table -o a.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


# Whole or not at all.

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))
from paramula.surfaces.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow(but_every=9)
@posix
@pytest.mark.parametrize(
    "name", ["a.csv", "a.jsonl", "a.parquet", "a.md", "a.png", "a.svg", "a.tex", "a.html", "a.json"]
)
def test_where_a_file_cannot_get_whole_the_old_one_stays(name: str, tmp_path: Path):
    """The oracle is the system's limit on the size of a file, which ends a write as a full disk does."""
    (tmp_path / name).write_text("old")
    text = "sweep params((9) -> dense(f)), f*f for f in 1..900"
    done = python("-c", LIMITED, "sweep", text, "-o", name, cwd=tmp_path)
    _, err = done.communicate(timeout=120)
    assert (done.returncode, err) == (1, f"{name} cannot be written: File too large\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "old")]


@pytest.mark.slow(but_every=2)
@posix
@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_where_a_process_is_killed_the_old_file_stays(name: str, tmp_path: Path):
    (tmp_path / name).write_text("old")
    text = LONG.replace("1..2000", "1..2000000")
    done = python("-m", "paramula", "sweep", text, "-o", name, cwd=tmp_path)
    end = time.monotonic() + 120
    while not any(path.stat().st_size for path in tmp_path.glob(".paramula-*")) and time.monotonic() < end:
        time.sleep(0.05)
    done.send_signal(signal.SIGKILL)
    done.communicate(timeout=120)
    assert (tmp_path / name).read_text() == "old"


@pytest.mark.slow(but_every=2)
@posix
@pytest.mark.parametrize("old", [True, False])
def test_what_ctrl_c_leaves_is_told(old: bool, tmp_path: Path):
    """The rows so far: in the file, or beside it where it was there before. Whole rows, counted by csv."""
    if old:
        (tmp_path / "a.csv").write_text("old")
    done = python("-m", "paramula", "sweep", LONG.replace("1..2000", "1..2000000"), "-o", "a.csv", cwd=tmp_path)
    end = time.monotonic() + 120
    while not any(path.stat().st_size for path in tmp_path.glob(".paramula-*")) and time.monotonic() < end:
        time.sleep(0.05)
    done.send_signal(signal.SIGINT)
    try:
        _, err = done.communicate(timeout=120)
    finally:
        done.kill()
    kept = "a.csv.part" if old else "a.csv"
    assert done.returncode == 130
    assert err.startswith(f"stopped: {kept} has the first ")
    assert not list(tmp_path.glob(".paramula-*"))
    rows = list(csv.reader((tmp_path / kept).open()))
    assert {len(row) for row in rows} == {4}
    assert [int(v) for v in rows[-1][:2]] == [(len(rows) - 2) // 500 + 1, (len(rows) - 2) % 500 + 1]
    if old:
        assert (tmp_path / "a.csv").read_text() == "old"


@posix
def test_links_and_permissions_stay(tmp_path: Path):
    target, link = tmp_path / "there" / "a.csv", tmp_path / "a.csv"
    target.parent.mkdir()
    link.symlink_to(target)
    before = os.umask(0o027)
    try:
        assert main(["table", NET, "-o", str(link)]) == 0  # the link leads nowhere yet
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    target.chmod(0o604)
    write(link, "a\n")
    assert link.is_symlink()
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("a\n", 0o604)
    assert [path.name for path in target.parent.iterdir()] == ["a.csv"]
    target.chmod(0o444)
    if not os.access(target, os.W_OK):  # root may write everything
        with pytest.raises(pm.NetError, match="cannot be written: Permission denied"):
            write(link, "b\n")


@pytest.mark.slow
@posix
def test_what_is_no_file_is_written_as_it_is(tmp_path: Path):
    os.mkfifo(tmp_path / "a.csv")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "a.csv").read_text()))
    reader.start()
    assert main(["table", NET, "-o", str(tmp_path / "a.csv")]) == 0
    reader.join(60)
    assert read[0].startswith("level,times")
    assert stat.S_ISFIFO((tmp_path / "a.csv").stat().st_mode)
    for words in (["table", NET, "--format", "csv"], ["sweep", SWEEP, "--format", "csv"], ["figure", NET]):
        piped = python("-m", "paramula", *words, "-o", "/dev/stdout", cwd=tmp_path)
        out, err = piped.communicate(timeout=120)
        plain = python("-m", "paramula", *words, cwd=tmp_path)
        assert (out, err, piped.returncode) == (plain.communicate(timeout=120)[0], "", 0)
    with (tmp_path / "b.txt").open("w") as file:  # behind what is in it, as the shell does
        command = f"echo first; {sys.executable} -m paramula table '{NET}' --format csv -o /dev/stdout; echo last"
        env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        assert subprocess.run(["sh", "-c", command], stdout=file, env=env, timeout=120).returncode == 0
    assert (tmp_path / "b.txt").read_text() == f"first\n{read[0]}last\n"


# The program.


@posix
def test_nothing_is_written_over_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    program = tmp_path / "net.net"
    program.write_text(f"net = {NET}\nnet\nsweep params(net) for f in 1..3\n")
    before = program.read_bytes()
    os.link(program, tmp_path / "hard.csv")
    (tmp_path / "soft.csv").symlink_to(program)
    (tmp_path / "way").symlink_to(tmp_path)
    for name in ("hard.csv", "soft.csv", "way/hard.csv"):
        for word in ("table", "sweep"):
            path = str(tmp_path / name)
            assert said(capsys, word, str(program), "-o", path) == f"{path} is the program that is read"
    with pytest.raises(pm.NetError, match="is the program that is read"):
        pm.load(program).sweep("params", f=[1, 2]).to_csv(program)
    done = python("-m", "paramula", "table", "-", "-o", "hard.csv", cwd=tmp_path, stdin=program.open())
    assert done.communicate(timeout=120)[1].startswith("hard.csv is the program that is read")
    assert program.read_bytes() == before
    assert os.path.samefile(program, tmp_path / "hard.csv")


# Places where no file can be.


def test_a_place_where_no_file_can_be_is_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    for name in (
        "folder.csv",
        "new.csv/",
        "no/a.csv",
        "file/a.csv",
        "a" * 300 + ".csv",
        "a\0b.csv",
        "\udcff/\ud800.csv",
    ):
        for words in (["table", NET], ["sweep", SWEEP]):
            assert re.search("cannot be written: |no ending", said(capsys, *words, "-o", f"{tmp_path}/{name}"))
    with pytest.raises(pm.NetError, match="a file is named by a text or a Path"):
        write(3, "a")  # type: ignore[arg-type]
    with pytest.raises(pm.NetError, match="cannot be written"):
        write(tmp_path / "a.txt", "\ud800")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.csv"]


def test_an_error_while_a_file_is_written_leaves_nothing(tmp_path: Path):
    with pytest.raises(AttributeError), opened(tmp_path / "a.csv") as file:
        file.write_text("no method of it")  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())


# Spreadsheets.


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+a", "'+a"), ("-x + 3", "'-x + 3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("\ra", "'\ra"), (" =1", "' =1"), ("-", "'-"), ("-1/3", "'-1/3"), ("-1e", "'-1e"), ("--1", "'--1"),
        ("-٣", "'-٣"), ("-1", "-1"), ("+1", "+1"), ("-0.5", "-0.5"), ("-1e-05", "-1e-05"),
        ("-" + "9" * 999, "-" + "9" * 999),
        ("", ""), ("x - 3", "x - 3"), ("(-1, 2)", "(-1, 2)"), ("'=1", "'=1"), ("1", "1"),
    ],
)  # fmt: skip
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str, cell: str):
    """The list of OWASP: = + - @, tabulator and carriage return; a number is none of these."""
    assert csv_cell(text) == cell


@pytest.mark.parametrize(
    ("words", "cells"),
    [
        (["sweep", "sweep -f, f - 9, f/2 - 9, n - f for f in 1..2"], ["'-f", "-8", "-8.5", "n - 1"]),
        (["sweep", "sweep -n*f, max(n, 7*f) for f in 1..2"], ["'-n * f", "'-2*n", "max(n, 7)"]),
        (["sweep", "sweep shape((H,H,3) -> conv(3x3,f)) for H in 1..4, f in {2}"], ["(2, 2, 2)", ""]),
        (["table", "(n) -> dense(f)", "--quantity", "params"], ["(n)", "n*f + f"]),
    ],
)
def test_cells_of_csv_are_numbers_or_texts(words: list[str], cells: list[str], capsys: pytest.CaptureFixture[str]):
    """Read by csv: every row has a cell for each column, and none but numbers begins as a formula does."""
    assert main([*words, "--format", "csv"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    found = [cell for row in rows for cell in row]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert set(cells) <= set(found)
    for cell in found:
        if cell[:1] in tuple("=+-@"):
            float(cell)


def test_names_of_networks_and_columns_are_cells_too(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    words = ["table", "comparison", "(4) -> dense(2)", "(4) -> dense(3)", "--names", "=1+1,@b", "--quantity", "params"]
    assert main([*words, "--format", "csv"]) == 0
    assert capsys.readouterr().out == "network,params\n'=1+1,10\n'@b,15\n"
    assert main([*words, "-o", str(tmp_path / "a.json")]) == 0  # no spreadsheet reads it
    assert [row["network"] for row in json.loads((tmp_path / "a.json").read_text())["rows"]] == ["=1+1", "@b"]

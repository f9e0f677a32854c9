"""Sweeps in bulk: rows as one by one, files, data frames, the best of grids that are never kept, clusters.

    pytest tests/questions/test_bulk.py                       60 random sweeps
    PARAMULA_LONG=1 pytest tests/questions/test_bulk.py       2,000 random sweeps

Expected are the rows that are answered one by one (test_sweep.py holds these to networks traced with their numbers).
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import paramula as pm
from paramula.formats import replies as terminal
from paramula.formats import sweep_files, sweep_lines
from paramula.questions import sweep
from paramula.questions import sweep_many as bulk
from paramula.questions.statements import read, sweep_of
from paramula.surfaces.cli import main
from paramula.surfaces.session import Session

SWEEPS = 2_000 if os.environ.get("PARAMULA_LONG") else 60
NET = "net = (H,W,3) -> conv(3x3,f,same) -> pool(2) -> conv(3x3,2*f) -> gap -> dense(K)\n"


def asked(text: str) -> sweep.Sweep:
    return sweep_of(read(text), {})


def slow(text: str) -> list[tuple[Any, ...]]:
    """The rows, one by one."""
    return [(*row.point, *row.values) for row in asked(text).rows()]


def fast(text: str) -> list[tuple[Any, ...]]:
    return [row for _, part in bulk.chunks(asked(text)) for row in part.rows]


GRIDS = [
    NET + "sweep params(net), macs(net)/params(net), shape(net) for f in 1..20, H in 1..12, K in {10,100}, W in {7,8}"
    " where f % 2 == 0, H != 5",
    "assume d % 4 == 0\nnet = (T,d) -> attention(h)\nsweep params(net), macs(net) for d in 1..40, h in 1..8, T in {5}",
    "net = (64,64,3) -> (conv(3x3,f,same) -> pool(2))*n -> gap\nsweep params(net) for f in {1, 3}, n in 1..8",
    "sweep 6/(f - 2), f^g for f in 1..5, g in 1..3",
    "sweep f for f in 3..2",
    "sweep min(f, g) + gcd(f, g) - abs(f - g) for f in 1..9, g in 1..9 where f*g % 6 == 0".replace("gcd(f, g)", "f//g"),
    "sweep log2(f) for f in {1, 2, 4, 8}",
    "sweep f + g for (f, g) in {(1,2), (3,4)}",
    "sweep f^100 + g for f in 10^30..10^30 + 3, g in 1..2",
    "net = (8,8,3) -> [conv(3x3, f*i, same) for i in 1..n] -> gap\nsweep macs(net) for n in 0..4, f in 1..3",
]  # fmt: skip


@pytest.mark.parametrize("text", GRIDS, ids=lambda text: text.split("\n")[-1])
def test_many_rows_at_once_are_the_rows(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 37)
    assert fast(text) == slow(text)
    assert bulk.count(asked(text)) == len(slow(text))


PIECES = ["conv(3x3,{},same)", "conv(5x5,{},s=2)", "dwconv(3x3,same)", "pool(2)", "conv(1x1,{}) -> bn -> relu"]
SIZES = ["f", "2*f", "g", "f + g", "8", "round_to(f*3/4, 8)"]


def drawn(rng: random.Random) -> str:
    """A sweep over two or three symbols of a random network, some rows of which have no value."""
    steps = " -> ".join(rng.choice(PIECES).format(rng.choice(SIZES)) for _ in range(rng.randint(1, 4)))
    quantities = rng.sample(
        ["params(net)", "macs(net)", "macs(net)/params(net)", "outputs(net) - 2*f", "shape(net)"], 2
    )
    ranges = [
        f"f in {rng.randint(1, 9)}..{rng.randint(9, 20)} step {rng.choice(['1', '3', '*2'])}",
        f"H in {{{', '.join(map(str, rng.sample(range(1, 40), 3)))}}}", f"g in 1..{rng.randint(1, 4)}",
    ]  # fmt: skip
    where = rng.choice(["", " where f % g == 0", " where params(net) <= 3000", " where f != g, H > 3"])
    return f"net = (H,9,3) -> {steps} -> gap\nsweep {', '.join(quantities)} for {', '.join(ranges)}{where}"


@pytest.mark.slow
def test_random_sweeps_are_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 50)
    answered = 0
    for number in range(SWEEPS):
        rng = random.Random(f"bulk {number}")
        text = drawn(rng)
        try:
            rows = slow(text)
        except pm.NetError:
            continue
        assert fast(text) == rows, text
        answered += 1
        names = 3
        numbers = [row for row in rows if isinstance(row[names], (int, Fraction))]
        if not numbers or bulk.plain(asked(text)) is None:
            continue
        it = asked(text)
        held = [
            row
            for row in numbers
            if all(c.holds(dict(zip(it.names, row, strict=False))) for c in it.expressions[0].conditions)
        ]
        if len(held) == len(numbers) == len(rows):
            best = bulk.best(it, 0, 3, greatest=True)
            assert [(*row.point, *row.values) for row in best] == sorted(rows, key=lambda row: -row[names])[:3], text
    assert answered > SWEEPS / 2


def test_the_best_of_a_grid_that_is_never_kept() -> None:
    """A billion points; the budget is met by K alone, and the largest image has the most work."""
    text = "net = resnet50((H,W,3), K)\nsweep macs(net), params(net) for H in 32..1031, W in 32..1031, K in 1..1000"
    (row,) = bulk.best(asked(f"{text} where params(net) <= 24M"), "macs(net)", greatest=True)
    largest = 1 + (24 * 10**6 - int(pm.net("resnet50(classes=1)").params)) // 2049  # 2048 weights and a bias a class
    assert row.point == (1031, 1031, largest)
    assert row.values == (
        pm.net(f"resnet50((1031,1031,3), {largest})").macs,
        pm.net(f"resnet50(classes={largest})").params,
    )


def test_the_front_is_what_no_row_beats() -> None:
    net = "net = (16,16,3) -> conv(3x3,f,same) -> conv(3x3,g,same) -> gap\n"
    text = f"{net}sweep params(net), macs(net)/f for f in 1..30, g in 1..30"
    rows = slow(text)
    beaten = [
        row for row in rows
        if any(o[2] <= row[2] and o[3] >= row[3] and (o[2], o[3]) != (row[2], row[3]) for o in rows)
    ]  # fmt: skip
    found = [(*row.point, *row.values) for row in bulk.front(asked(text), [0, 1], [False, True])]
    assert {row[2:] for row in found} == {row[2:] for row in rows if row not in beaten}


# Files.


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_csv_has_exact_numbers_and_the_nearest_floats(tmp_path: Path) -> None:
    net = pm.net("(32,32,3) -> conv(3x3,f,same) -> gap -> dense(K)")
    study = net.sweep("params", "macs/params", "shape", "params^90", f=[8, 16], K=[10])
    head, *rows = table(study.to_csv())
    assert head == ["f", "K", "params(net)", "macs(net) / params(net)", "shape(net)", "params(net)^90"]
    for row in rows:
        f, params = int(row[0]), 38 * int(row[0]) + 10
        macs = 32 * 32 * 27 * f + 10 * f
        assert [int(row[2]), float(row[3]), row[4], int(row[5])] == [params, macs / params, "(10)", params**90]
    path = tmp_path / "grid.csv"
    assert study.to_csv(path) == 2
    assert path.read_text("utf-8") == study.to_csv()


def test_json_lines_are_the_rows() -> None:
    net = pm.net("(32,32,3) -> conv(3x3,f,same) -> gap -> dense(10)")
    lines = net.sweep("params", "shape", f=range(8, 33, 8)).to_jsonl().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"f": f, "params(net)": 38 * f + 10, "shape(net)": [10]} for f in (8, 16, 24, 32)
    ]


def test_numbers_of_any_length_are_written() -> None:
    text = sweep_lines.whole(asked("sweep (10^1000 + f)^7 for f in 1..2"), "csv")
    assert [len(row[1]) for row in table(text)[1:]] == [7001, 7001]
    line = sweep_lines.whole(asked("sweep (10^1000 + f)^7 for f in {1}"), "jsonl")
    assert line.startswith('{"f": 1, "(10^1000 + f)^7": 1000')


def test_frames(tmp_path: Path) -> None:
    import pandas
    import pyarrow.parquet

    net = pm.net("(H,32,3) -> conv(3x3,f) -> gap -> dense(10)")
    study = net.sweep("params", "macs/params", "macs*10^15", "macs*10^30", "macs*10^90", f=[8, 16], H=[2, 9])
    frame, other = study.to_pandas(), study.to_polars()
    ours = [[*row.point, *row.values] for row in study]
    for n, name in enumerate(frame.columns):
        for value, one, two in zip((row[n] for row in ours), frame[name], other[name], strict=True):
            exact = float(value) if isinstance(value, Fraction) else value
            assert (None if pandas.isna(one) else one) == exact
            assert (two if two is None or isinstance(two, (int, float)) else int(two)) == exact
    study.to_parquet(tmp_path / "grid.parquet")
    read_back = pyarrow.parquet.read_table(tmp_path / "grid.parquet").to_pylist()
    assert [[v if v is None or isinstance(v, float) else int(v) for v in row.values()] for row in read_back] == [
        [float(v) if isinstance(v, Fraction) else v for v in row] for row in ours
    ]


def test_an_interrupted_file_ends_with_a_whole_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_lines, "CHUNK", 100)

    def stop(done: int, of: int) -> None:
        if done >= 500:
            raise KeyboardInterrupt

    it, path = asked("sweep f*g for f in 1..100, g in 1..100"), tmp_path / "grid.csv"
    with pytest.raises(KeyboardInterrupt):
        sweep_files.written(it, path, progress=stop)
    rows = table(path.read_text("utf-8"))[1:]
    assert rows == [[str(f), str(g), str(f * g)] for f in range(1, 6) for g in range(1, 101)]


# Elsewhere.


@pytest.mark.slow
def test_processes_write_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_lines, "CHUNK", 300)
    net = pm.net("(32,32,3) -> conv(3x3,f,same) -> gap -> dense(K)").at(K="2*k")
    study = net.sweep("params", "macs/params", f=range(1, 41), k=range(1, 31), where="f != 7")
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    assert study.to_csv(here) == study.to_csv(there, engine="processes") == 39 * 30
    assert here.read_bytes() == there.read_bytes()


def test_what_only_a_session_knows_is_not_asked_elsewhere(tmp_path: Path) -> None:
    """A worker reads texts: it would take another network of this name, or the last one of the text."""
    session = Session()
    _, named = session.run("lenet5 = (9) -> dense(f)\nlenet5")
    _, one, _ = session.run("a = (9) -> dense(f)\na\n(7) -> dense(2*f)")
    for reply in (named, one):
        study = reply.network.sweep("params", f=[1, 2])
        assert [row.values for row in study.rows] == [(10,), (20,)]
        with pytest.raises(pm.NetError, match="names that only this session knows"):
            study.to_csv(tmp_path / "grid.csv", engine="processes")


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_writes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost and nothing is double: one of two processes is killed in the middle."""
    from distributed import Client, LocalCluster

    monkeypatch.setattr(sweep_lines, "CHUNK", 500)
    it = pm.net("(32,32,3) -> conv(3x3,f,same) -> gap -> dense(K)").sweep(
        "params", "macs", f=range(1, 101), K=range(1, 201)
    )
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    it.to_jsonl(here)
    killed: list[int] = []
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())

        def kill(done: int, of: int) -> None:
            if not killed and done >= of // 4:
                killed.append(pids[0])
                os.kill(pids[0], 9)

        assert sweep_files.written(it.sweep, there, engine="dask", progress=kill) == 100 * 200
    assert killed
    assert here.read_bytes() == there.read_bytes()


def test_no_cluster_is_a_message() -> None:
    study = pm.net("(9) -> dense(f)").sweep("params", f=[1, 2])
    with pytest.raises(pm.NetError, match="no Dask cluster is connected"):
        study.to_csv("never.csv", engine="dask")
    assert not Path("never.csv").exists() or not Path("never.csv").unlink()


@pytest.mark.slow
def test_it_all_works_without_numpy() -> None:
    """Slower: the same rows and the same best, where numpy cannot be imported."""
    script = (
        "import sys; sys.modules['numpy'] = None\n"
        "import paramula as pm\n"
        "net = pm.net('(32,32,3) -> conv(3x3,f,same) -> gap -> dense(K)')\n"
        "s = net.sweep('params', 'macs/params', f=range(1, 60), K=[1, 9])\n"
        "print(s.to_csv()); print(s.best('params', most=True), s.front(), len(s))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(pm.__file__).parents[1])}
    here, there = (
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, env=env).stdout
        for text in (script, script.split("\n", 1)[1])
    )
    assert here == there
    assert "Row(point=(59, 9)" in here


# The command.


def test_a_long_table_looks_like_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    table_of = asked("sweep f/g, f*10^4 for f in 1..12, g in {100, 2000}").table()
    short = terminal.text(table_of)
    monkeypatch.setattr(terminal, "LONG", 5)
    assert terminal.text(table_of) == short
    assert terminal.text(table_of, ascii=True).isascii()


def test_a_file_and_questions_are_one_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.net"
    file.write_text("net = (9) -> dense(f)\n", "utf-8")
    assert main([str(file), "params(net) at f=3", "solve params(net) <= 99 for f"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["params(net) at f=3 = 30", "f = 9: params(net) = 90 <= 99"]
    assert main(["sweep", str(file), "sweep params(net) for f in 1..2", "--format", "csv"]) == 0
    assert table(capsys.readouterr().out)[1:] == [["1", "10"], ["2", "20"]]


@pytest.mark.slow
def test_the_command_writes_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "net = (32,32,3) -> conv(3x3,f,same) -> gap -> dense(10)\nsweep params(net), macs(net) for f in 8..32 step 8"
    assert main(["sweep", text, "--most", "macs(net)", "--top", "2", "--format", "csv"]) == 0
    assert table(capsys.readouterr().out)[1:] == [["32", "1226", "885056"], ["24", "922", "663792"]]
    for end in ("csv", "jsonl", "parquet", "json", "md", "html", "tex", "txt", "png", "svg", "pdf"):
        assert main(["sweep", text, "-o", str(tmp_path / f"grid.{end}")]) == 0
        assert (tmp_path / f"grid.{end}").stat().st_size > 70
    capsys.readouterr()
    assert main(["sweep", text, "--plot"]) == 0
    assert "params(net)" in capsys.readouterr().out


def test_the_best_is_the_best_of_all_rows() -> None:
    """Also where a formula does not hold, and tracing has a value; and what another expression needs is not asked."""
    for text, least in (
        ("sweep 1/(f - n) for f in 1..3, n in 1..3", (1, 2)),
        ("sweep f, 1/(f - n) for f in 1..3, n in 1..3", (1, 1)),
        ("sweep macs((9,9,1) -> conv(3x3,4,p=p)) for p in 0..3", (0,)),
        ("sweep f for f in -3..3 where f != -3", (-2,)),
        ("assume f % 4 == 0\nsweep f for f in 3..9", (4,)),
    ):
        assert bulk.best(asked(text), 0)[0].point == least
        assert bulk.front(asked(text), [0], [False])[0].point == least


def test_what_a_large_grid_leaves_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = "net = (H,H,3) -> conv(3x3,f)\nsweep params(net), macs(net) for H in 1..1000, f in 1..101"
    assert main(["sweep", text, "--least", "macs(net)"]) == 0
    assert "left out: combinations for which H >= 3 does not hold" in capsys.readouterr().out
    assert main(["sweep", text.replace("1..1000", "3..1000"), "--least", "macs(net)"]) == 0
    assert "left out" not in capsys.readouterr().out


def test_the_best_rows_as_parquet(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "best.parquet"
    assert main(["sweep", "sweep f^2 for f in 1..3", "--most", "f^2", "-o", str(path)]) == 0
    assert pq.read_table(path).to_pylist() == [{"f": 3, "f^2": 9}]


@pytest.mark.parametrize(
    "words",
    [
        ("--top", "3"), ("--better", "less"), ("--kind", "heat"), ("--log", "x"), ("--width", "84mm"),
        ("--engine", "processes"), ("--scheduler", "a:1"), ("--plot", "-o", "a.md"), ("--plot", "--format", "csv"),
        ("--front", "--engine", "processes", "-o", "a.csv"),
    ],
)  # fmt: skip
def test_options_that_would_say_nothing_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "sweep f for f in 1..3", *words]) == 2
    assert "goes with" in capsys.readouterr().err


def test_ranges_that_depend_on_each_other_have_another_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "sweep f*n for f in 1..600, n in 1..f", "-o", "never.csv"]) == 1
    assert "for f in 1..600, n in 1..600 where n <= f" in capsys.readouterr().err
    text = "sweep f*n for f in 1..600, n in 1..600 where n <= f"
    assert bulk.count(asked(text)) == 600 * 601 // 2


def test_a_name_that_is_there_twice_is_told_apart(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    for end in ("jsonl", "parquet"):
        assert main(["sweep", "sweep f, f for f in 1..2", "-o", str(tmp_path / f"a.{end}")]) == 0
    row = {"f": 2, "f (2)": 2, "f (3)": 2}
    assert json.loads((tmp_path / "a.jsonl").read_text().splitlines()[1]) == row
    assert pq.read_table(tmp_path / "a.parquet").to_pylist()[1] == row


def test_rows_are_counted_also_where_something_is_assumed() -> None:
    assert len(pm.net("assume f % 8 == 0\n(9) -> dense(f)").sweep("params", f=range(1, 200_001))) == 200_000


def test_a_notebook_shows_the_first_rows() -> None:
    shown = pm.net("(9) -> dense(f)").sweep("params", f=range(1, 1_001))._repr_html_()
    assert shown.count("<tr>") == 21
    assert "980 more rows" in shown


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_of_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import paramula as pm\n"
        "net = pm.net('(9) -> dense(f)')\n"
        "try:\n"
        "    net.sweep('params', f=range(1, 9)).to_csv('a.csv', engine='processes')\n"
        "except pm.NetError as error:\n"
        "    print(error.message)\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1:] == ["a process that made rows ended too early"]
    assert done.returncode == 0


MISTAKES = {
    ("(9) -> dense(f)",): "there is no sweep in this program",
    ("sweep f for f in 1..3", "-o", "a.xyz"): "no format ends in '.xyz'",
    ("sweep f for f in 1..3", "--format", "cvs"): "a sweep has no format 'cvs'",
    ("sweep f for f in 1..3", "--format", "parquet"): "Parquet goes to a file",
    ("sweep f for f in 1..3", "--least", "g"): "the sweep has no expression 'g'",
    ("sweep f for f in 1..3", "--least", ""): "the sweep has no expression ''",
    ("sweep f for f in 1..3", "--least", "f", "--front"): "a sweep gives one of --least, --most and --front",
    ("sweep f for f in {1}", "--front", "--better", "all"): "--better says less or more for each of 1 expressions",
    ("sweep f for f in 1..3", "--least", "f", "--top", "0"): "--top takes a number of rows, not 0",
    ("sweep f for f in {1}", "-o", "/not/a.csv"): "/not/a.csv cannot be written: No such file or directory",
    ("sweep f for f in 1..3", "-o", "a.csv", "--engine", "mpi"): "there is no engine 'mpi'",
    ("sweep f*g for f in 1..3", "--most", "f*g"): "f * g is a formula, and no number",
    ("sweep f for f in 1..3", "--most", "0"): "the sweep has no expression '0'",
    ("sweep f for f in 1..10^30", "--most", "f"): "these are too many combinations: the limit is 2^62",
}  # fmt: skip


@pytest.mark.parametrize("words", MISTAKES, ids=lambda words: " ".join(words[1:]) or words[0])
def test_mistakes_are_one_message(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", *words]) == 1
    assert capsys.readouterr().err.split("\n")[0] == MISTAKES[words]


def test_a_network_with_a_label_is_asked_more_than_once() -> None:
    net = pm.net("(8,8,3) -> a: conv(3x3,f,same) -> gap")
    assert [row.values for row in net.sweep("params", "macs/params", f=[1, 2])] == [
        (28, Fraction(1728, 28)), (56, Fraction(3456, 56)),
    ]  # fmt: skip
    assert net.solve("28 <= params <= 56 for f").intervals[0].many == 2
    assert "both have the same" in str(net.ask("compare net, net"))


@pytest.mark.parametrize(
    ("expressions", "options", "said"),
    [
        (("params",), {}, "a sweep goes over numbers of symbols"),
        (("params",), {"f": "abc"}, "the numbers of f are a range or a list, not 'abc'"),
        (("params",), {"f": [0.5]}, "the numbers of f are whole numbers, one at least"),
        (("parms",), {"f": [1]}, "there is no quantity called 'parms'"),
        (("params",), {"g": [1]}, "there is no symbol called 'g'"),
        (("params for f in {1}",), {"f": [1]}, "a whole sentence says itself what is varied"),
    ],
)
def test_mistakes_of_python(expressions: tuple[str, ...], options: dict[str, Any], said: str) -> None:
    with pytest.raises(pm.NetError) as error:
        pm.net("(9) -> dense(f)").sweep(*expressions, **options)
    assert error.value.message == said

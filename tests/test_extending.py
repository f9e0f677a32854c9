"""What docs/extending.md shows, as somebody's own file outside of paramula: it is there without another line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from places import ROOT, SOURCES

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
USED = """
import contextlib, io, sys
import paramula as pm
import mine  # an own layer, quantity, format of tables and question
from paramula.surfaces.cli import main
from paramula.surfaces.complete import completions
from paramula.surfaces.help import about

NET = "(14,14,c) -> eca(5, bias) -> gap -> dense(10)"
net = pm.net(NET)

def printed(*words):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(list(words))
    return out.getvalue()

def offered(text):
    return {it.text.strip("( ,") for it in completions(text, len(text))}

def refused(text):
    try:
        pm.net(text)
    except pm.NetError as error:
        return str(error)

def check(holds, what):
    if not holds:
        sys.exit(f"not so: {what}")

# the layer, its flag, what it keeps
check(str(net.params) == "10*c + 16", net.params)
check("eca" in offered("(14,14,8) -> ec"), "completion of the layer")
check("bias" in offered("(14,14,8) -> eca(5, b"), "completion of its flag")
check("did you mean 'eca'" in refused("(14,14,8) -> ecaa(5)"), "the hint")
kept = pm.net("(14,14,8) -> eca(5)").ask("activation_memory(net, dtype=bf16)").value
check(kept == 2 * (14 * 14 * 8) + 2 * 2 * 8, kept)  # what comes in, and two numbers of two bytes for each channel
check(">eca" in pm.net("(14,14,8) -> eca(5)").figure().svg(), "the figure")
check(about("eca").example == "(14,14,256) -> eca(5)", "help of the layer")
# the quantity
check(str(net.matrix_params) == "10*c", net.matrix_params)
check("matrix_params" in dir(net), "dir")
check("matrix_params" in offered("matrix_p"), "completion of the quantity")
check("matrix parameters" in printed("table", NET, "--quantity", "matrix_params"), "heading")
check("stands in matrices" in printed("table", NET, "--quantity", "matrix_params"), "convention")
check("did you mean 'matrix_params'" in printed("table", NET, "--quantity", "matrix_param"), "its hint")
check("stands in matrices" in about("matrix_params").text, "help of the quantity")
check("matrix_params" in refused("matrix_params = 3"), "a name that is taken")
# the format
check("|-\\n| input" in printed("table", NET, "--format", "org"), "--format")
printed("table", NET, "-o", "net.org")
check(open("net.org", encoding="utf-8").read().startswith("| layer |"), "-o")
check("org" in printed("table", "--help"), "help of the command")
check("f |" in printed("sweep", "sweep params((4) -> dense(f)) for f in 1..3", "--format", "org"), "of a sweep")
# the question
check("gives out 576 numbers" in printed("widest((8,8,3) -> conv(3x3,16) -> gap)"), "the question")
check("widest" in offered("wid"), "completion of the question")
check("put numbers in place" in printed("widest((H,8,3) -> conv(3x3,16))"), "its error")
check(about("widest").example in printed("help", "widest"), "help of the question")
"""


def test_what_is_registered_outside_is_there_everywhere(tmp_path: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "extending.md").read_text("utf-8"))
    (tmp_path / "mine.py").write_text("\n\n".join(it for it in blocks if ">>>" not in it), "utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCES), str(tmp_path)])}
    done = subprocess.run([sys.executable, "-c", USED], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

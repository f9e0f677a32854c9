# ruff: noqa: E501  programs in strings stand on lines of their own
"""A layer of somebody else's, written as docs/extending.md says, in a file outside the project and a process of its own.

Every check runs twice: with `from __future__ import annotations` in that file, and without.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT, SOURCES

PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")
LAYER, SHOWN = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[:2]
FUTURE = "from __future__ import annotations\n"
both = pytest.mark.parametrize("future", [FUTURE, ""], ids=["as text", "as objects"])


def ran(folder: Path, script: str, **files: str) -> str:
    """What a script prints, in a process of its own that finds these files and the project; it must end well."""
    for name, text in {**files, "script": script}.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(SOURCES)]), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=environ, capture_output=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow(but_every=2)
@both
def test_the_example_of_the_page_runs(future: str, tmp_path: Path) -> None:
    script = "from eca_layer import *\nimport doctest, sys\nsys.exit(doctest.testmod(sys.modules[__name__]).failed)\n"
    ran(tmp_path, f'"""\n{SHOWN}\n"""\n{script}', eca_layer=future + LAYER)


# What surfaces say of it: the counts are those of the paper, and PyTorch's of Conv1d(1, 1, 5, bias=False) on 256 channels.
SURFACES = r"""
import json
import paramula as pm
import eca_layer
from paramula.surfaces.complete import completions
from paramula.questions.explain import explained
from paramula.surfaces.help import about, families
from paramula.surfaces.highlight import tokens
from paramula.surfaces.repl import replies
from paramula.surfaces.session import Session

text = "(14,14,256) -> eca(5, bias)"
net = pm.net(text)
assert (net.params, net.weights, net.biases, net.macs) == (6, 5, 1, 5 * 256)
assert [row.call for row in net.layers] == ["eca(5, bias)"] and net.shape == (14, 14, 256), net.layers

def offered(said):
    return {it.text: it.meaning for it in completions(said, len(said))}

assert "eca" in offered("(8,8,3) -> ec")
assert {"k=", "bias", "relu"} <= offered("(8,8,3) -> eca(").keys()
assert offered("(8,8,3) -> eca(")["k="].startswith("the window: a whole number, at least 1, 3 unless given")
assert "bias" not in offered("(8,8,3) -> eca(5, bias, ")
assert offered("with_bias = bi")["bias"] == "with bias, of eca"
kinds = [text[a:b] for kind, a, b in tokens(text) if kind == "layer"], [text[a:b] for kind, a, b in tokens(text) if kind == "flag"]
assert kinds == (["eca"], ["bias"]), kinds
assert about("eca").call == "eca(k=3, bias)" and about("eca").example == "(14,14,256) -> eca(5)"
assert "eca" in families()["attention and experts"]
assert about("bias").text == "A flag: with bias, of eca.\nOf eca.", about("bias").text

# x of 14*14*256 numbers is kept for the product, a mean and a gate for each channel
kept = net.ask("activation_memory(net, batch=B, dtype=bf16)").value
assert kept == 2 * (14 * 14 * 256 + 2 * 256) * kept.free_symbols.pop()
assert "<svg" in net.figure().svg() and r"\begin{tikzpicture}" in net.figure().tikz()
assert "eca" in net.latex("derivation") and "eca(k=5, bias)" in net.table().markdown()
assert json.loads(net.table().json())
assert "6" in str(net) and net._repr_mimebundle_()
open_ = pm.net("(H,W,c) -> eca(k) -> conv(1x1, f)")
assert str(open_.params) == "c*f + f + k", open_.params
assert explained(open_, "params").steps
assert str(open_.growth("k")) and str(open_.explain_as("torchinfo")) and str(open_.ask("compare net, net"))
assert open_.solve("params <= 1k for k").value.free_symbols == {open_.symbols[2], open_.symbols[4]}
assert open_.at(k=3, c=2, f=1).params == 3 + 2 + 1
assert str(pm.net("(H,W,c) -> [eca(i) for i in 1..n]").params) in ("n*(n + 1)/2", "n**2/2 + n/2")
session = Session()
for said in ("help eca", ":help bias", "(H,W,c) -> eca(k)", ":explain", ":why c", "params(it)"):
    assert [str(it) for it in replies(session, said)], said

REFUSED = {
    "eca(0)": "eca: the window is 0, but must be at least 1", "eca(1/2)": "eca: the window is not whole: 1/2",
    "eca(conv)": "eca takes no network here", "eca(k=same)": "eca: the window must be a whole number, at least 1",
    "eca(bais)": "eca has no flag 'bais'", "eca(nobias)": "eca takes no flag 'nobias'" , "eca(3, 4)": "eca takes 1 argument by position",
    "eca(bias=2)": "'bias' is there or not: 1 or 0", "eca(q=3)": "eca has no option 'q'", "eca(same)": "eca takes no flag 'same'",
}
for call, said in REFUSED.items():
    try:
        pm.net(f"(14,14,256) -> {call}")
    except pm.NetError as error:
        assert error.message.startswith(said), (call, error.message)
        assert error.span is not None
    else:
        raise AssertionError(call)
"""


@pytest.mark.slow(but_every=2)
@both
def test_every_surface_knows_it(future: str, tmp_path: Path) -> None:
    ran(tmp_path, SURFACES, eca_layer=future + LAYER)


# A layer for each way to say what may stand at a place.
KINDS = '''
import typing
from paramula.layers import facts
from paramula.layers.facts import *
from paramula.layers.facts import Count as C, layer, product

@layer("mine", "image", keeps="nothing")
def every(x, a: Count, b: Amount, c: Index, d: Ratio, e: Windows, f: Steps = 1, g: Amounts = 1, h: Ratios = 1,
          i: Sides = 0, j: Padding = 0, *, over: Tensor = None, gated: Flag = False, plain: Flag = True):
    return Facts(x)

@layer("mine", keeps="inputs")
def alias(x, n: C, m: facts.Count = 1, o: "Count" = 1, p: C | None = None):
    return Facts(x)

@layer("mine", keeps="nothing")
def several(x, *sizes: Count):
    return Facts(x, tuple(Weight(f"w{n}", (size,)) for n, size in enumerate(sizes)))

@layer("mine", keeps="output", names=("swish2", "swish3"), plain=True)
def act(x):
    """Does something.

    (784) -> act
    """
    return Facts(x)
'''
CALLED = r"""
import kinds
import paramula as pm
from paramula.engine.bind import WHAT
from paramula.surfaces.complete import completions
from paramula.layers.facts import CATALOGUE, KINDS

assert [p.kind for p in CATALOGUE["every"].params][:10] == list(("Count", "Amount", "Index", "Ratio", "Windows", "Steps",
    "Amounts", "Ratios", "Sides", "Padding"))
assert {p.kind for p in CATALOGUE["every"].params} | {"Network", "Table"} == set(KINDS)
assert [p.kind for p in CATALOGUE["alias"].params] == ["Count"] * 4
assert CATALOGUE["several"].params[0].many
for text in ("(8,8,3) -> every(", "(8,8,3) -> every(1, ", "(8,8,3) -> every(g=", "(8,8,3) -> alias(", "(8,8,3) -> several(1, ",
             "(8,8,3) -> conv(3x3, 8, sw"):
    assert completions(text, len(text)), text
assert pm.net("(8,8,3) -> every(1, 0, -3, 1.5, 3x3, 2, p=0, same)" .replace("p=0, ", "")).params == 0
assert pm.net("(8,8,3) -> several(2, 3, n)").at(n=4).params == 9
assert pm.net("(784) -> dense(10, swish2) -> swish3").params == 7850
for text in ("every(0,0,0,1,3x3)", "every(1,-1,0,1,3x3)", "every(1,0,1/2,1,3x3)", "every(1,0,0,1,0)", "alias(0)", "alias(1,0)",
             "alias(1,1,0)", "alias(1,1,1,0)", "several(0)", "every(1,0,0,1,3x3,gated,nogated)"):
    try:
        pm.net(f"(8,8,3) -> {text}")
    except pm.NetError as error:
        assert error.span, text
    else:
        raise AssertionError(text)
"""


@pytest.mark.slow(but_every=2)
@both
def test_every_annotation_is_checked(future: str, tmp_path: Path) -> None:
    ran(tmp_path, CALLED, kinds=future + KINDS)


# What cannot be a layer is refused when it is registered: its text, and the message.
REFUSED = [
    ('@layer("a")\ndef mine(x): ...', "the layer mine does not say what it keeps for the backward pass"),
    ('@layer("a", keeps="input")\ndef mine(x): ...', "the layer mine does not say what it keeps"),
    ('@layer("a", keeps=3)\ndef mine(x): ...', "the layer mine does not say what it keeps"),
    ('@layer("a", keeps={"other": "inputs"}, names=("mine",))\ndef f(x): ...', "the layer mine does not say what it keeps"),
    ('@layer("a", keeps="nothing")\ndef mine(x, n): ...', "the layer mine does not say what may stand for n"),
    ('@layer("a", keeps="nothing")\ndef mine(x, n: int): ...', "the layer mine does not say what may stand for n"),
    ('@layer("a", keeps="nothing")\ndef mine(x, *, n: "Cuont" = 1): ...', "the layer mine does not say what may stand for n"),
    ('@layer("a", keeps="nothing")\ndef mine(x, *n: list): ...', "the layer mine does not say what may stand for n"),
    ('@layer("a", keeps="nothing")\ndef mine(): ...', "the layer mine takes the incoming shape"),
    ('@layer("a", keeps="nothing")\ndef mine(x, **options): ...', "the layer mine takes the incoming shape"),
    ('@layer("a", keeps="nothing")\nclass Mine: ...', "a layer is a function"),
    ('@layer("a", "picture", keeps="nothing")\ndef mine(x): ...', "the layer mine opens 'picture'"),
    ('@layer("a", keeps="nothing")\ndef conv(x): ...', "there is a layer called 'conv' already"),
    ('@layer("a", keeps="nothing")\ndef params(x): ...', "the layer params cannot have the word 'params'"),
    ('@layer("a", keeps="nothing")\ndef same(x): ...', "the layer same cannot have the word 'same'"),
    ('@layer("a", keeps="nothing")\ndef f(x): ...', "the layer f cannot have the word 'f': a letter is a size"),
    ('@layer("a", keeps="nothing")\ndef mine(x, *, s: Flag = False): ...', "the layer mine cannot have the word 's'"),
    ('@layer("a", keeps="nothing")\ndef mine(x, *, relu: Flag = False): ...', "the layer mine cannot have the word 'relu'"),
    ('@layer("a", keeps="nothing", names=("a b",))\ndef mine(x): ...', "'a b' cannot be the name of a layer"),
    ('@layer("a", keeps="nothing")\ndef größe(x): ...', "'größe' cannot be the name of a layer"),
]  # fmt: skip


@both
def test_what_cannot_be_a_layer_is_refused(future: str, tmp_path: Path) -> None:
    script = f"""
import paramula as pm
from paramula.layers.facts import CATALOGUE
before = dict(CATALOGUE)
for text, said in {REFUSED!r}:
    try:
        exec(compile({future!r} + "from paramula.layers.facts import *\\nfrom paramula.layers.facts import layer\\n" + text, "x", "exec"), {{"__name__": "theirs"}})
    except pm.NetError as error:
        assert error.message.startswith(said), (text, error.message)
        assert error.hint or "word" in said or "already" in said, text
    else:
        raise AssertionError(text)
assert before == CATALOGUE
"""
    ran(tmp_path, script)


# A function that does not do what a layer does: its body, and how the message goes on behind the layer's name.
WRONG = [
    ("raise ValueError('no')", "it raises ValueError: no"), ("return x[9]", "it raises IndexError"),
    ("return 1 / 0", "this divides by zero"), ("import nowhere", "it raises ModuleNotFoundError"),
    ("return Facts(x, colour=1)", "it raises TypeError"), ("return wrong(x)", "it raises RecursionError"),
    ("return None", "it gives back None, and no Facts"), ("return x", "it gives back tuple, and no Facts"),
    ("return Facts(3)", "the shape is a tuple of sizes, not 3"), ("return Facts(())", "the shape is a tuple of sizes"),
    ("return Facts((1.5,))", "the shape is a tuple of sizes"), ("return Facts(('H',))", "the shape is a tuple of sizes"),
    ("return Facts((True,))", "the shape is a tuple of sizes"), ("return Facts((-1,))", "the shape is a tuple of sizes"),
    ("return Facts((x[0] - 9,))", "the shape is a tuple of sizes"), ("return Facts((0,))", "a size of 0 would come out"),
    ("return Facts((x[0] / 3,))", "the shape is a tuple of sizes"),
    ("return Facts(x, Weight('w', (1,)))", "weights are a tuple of Weight"),
    ("return Facts(x, (3,))", "weights are a tuple of Weight"), ("return Facts(x, [])", "weights are a tuple of Weight"),
    ("return Facts(x, (Weight('w', (-1,)),))", "the sizes of w are whole and not negative"),
    ("return Facts(x, (Weight('w', (1.5,)),))", "the sizes of w are whole and not negative"),
    ("return Facts(x, (Weight('w', (1,), uses=-1),))", "the sizes of w are whole and not negative"),
    ("return Facts(x, (Weight('w', (1,), 'wieght'),))", "a weight has a name, and the role"),
    ("return Facts(x, work=(3,))", "work are a tuple of Work"), ("return Facts(x, needs=(3,))", "needs are a tuple of Need"),
    ("return Facts(x, work=(Work('w', -1, 0),))", "the work is whole and not negative"),
    ("return Facts(x, windows=())", "windows are a Window for each incoming axis"),
    ("return Facts(x, windows=(3,) * len(x))", "windows are a Window for each incoming axis"),
    ("return Facts(x, axes=((9,),) * len(x))", "axes say for each outgoing axis"),
    ("return Facts(x, axes=3)", "axes say for each outgoing axis"), ("return Facts(x, depth=-1)", "the depth is a whole number"),
    ("return Facts(x, depth='deep')", "the depth is a whole number"), ("return Facts(x, steps='many')", "the steps are a size"),
    ("return Facts(x, notes='a note')", "notes are a tuple of str"), ("return Facts(x, usual=3)", "what is usual is a Usual"),
]  # fmt: skip


@pytest.mark.parametrize("shape", ["(8,8,3)", "(8,8,3) -> conv(3x3,5) -> conv(1,4)"])
def test_a_layer_that_is_wrong_is_named(shape: str, tmp_path: Path) -> None:
    script = f"""
import paramula as pm
for body, said in {WRONG!r}:
    text = "from paramula.layers.facts import *\\nfrom paramula.layers.facts import layer\\n"
    exec(text + "@layer('mine', keeps='nothing')\\ndef wrong(x):\\n    " + body, {{"__name__": "theirs"}})
    try:
        pm.net({shape!r} + " -> wrong -> dense(3)")
    except pm.NetError as error:
        assert "wrong" in error.message and said in error.message, (body, error.message)
        assert error.span is not None, body
    else:
        raise AssertionError(body)
"""
    ran(tmp_path, script)


def test_what_it_keeps_is_looked_at_too(tmp_path: Path) -> None:
    script = """
import paramula as pm
from paramula.layers.facts import Facts, Keeps, layer

for own in (lambda f, w: 1 / 0, lambda f, w: None, lambda f, w: -1, lambda f, w: 0.5, lambda f: 1, lambda f, w: f.nothing):
    @layer("mine", keeps=Keeps(own=own))
    def mine(x):
        return Facts(x)

    assert mine((8,)).shape == (8,)  # it is the function that was written
    net = pm.net("(8) -> dense(8) -> mine -> dense(3)")
    assert net.params == 99
    try:
        net.memory()
    except pm.NetError as error:
        assert "the layer mine is wrong: what it keeps" in error.message, error.message
    else:
        raise AssertionError(own)

def own(facts, w):
    raise pm.NetError("mine keeps nothing of a width below 9")

@layer("mine", keeps=Keeps(own=own))
def mine(x):
    return Facts(x)

try:
    pm.net("(8) -> dense(8) -> mine -> dense(3)").memory()
except pm.NetError as error:
    assert "mine keeps nothing of a width below 9" in error.message, error.message
else:
    raise AssertionError
"""
    ran(tmp_path, script)


def test_a_view_looks_at_what_comes_in_and_not_at_what_is_beside(tmp_path: Path) -> None:
    """Kept are the 64 numbers of the input, the 64 of a and the 8 that the view shows, each for the product behind it."""
    script = """
import paramula as pm
from paramula.layers.facts import Facts, Shape, Tensor, layer

@layer("mine", keeps="nothing")
def mine(x: Shape, other: Tensor) -> Facts:
    return Facts(x, view=True)

net = pm.net("(64) -> (a: dense(64)) -> dense(8) -> mine(@a) -> dense(3)")
assert net.ask("0 + activation_memory(net)").value == 4 * (64 + 64 + 8)
assert net.ask("0 + inference_memory(net)").value == 4 * (net.params + 64 + 64)
"""
    ran(tmp_path, script)


def test_what_a_layer_forgets_to_need_is_a_condition(tmp_path: Path) -> None:
    """Sizes that come out are at least 1, and whole, whether the layer says so or not."""
    script = """
import paramula as pm
from paramula.algebra.powers import quotient
from paramula.layers.facts import Facts, Weight, layer

@layer("mine", "sequence", keeps="nothing")
def shorter(x):
    return Facts((x[0] - 5, x[1]), (Weight("half", (quotient(x[1], 2),)),))

net = pm.net("(T,c) -> shorter -> conv(3,8)")
assert sorted(map(str, net.conditions)) == ["T >= 8", "c % 2 == 0"], net.conditions
assert net.at(T=8, c=4).params == 2 + 3 * 4 * 8 + 8
for given in ({"T": 7, "c": 4}, {"T": 8, "c": 3}, {"T": 3, "c": 4}):
    try:
        net.at(**given)
    except pm.NetError:
        continue
    raise AssertionError(given)
"""
    ran(tmp_path, script)


def test_the_library_is_as_it_was(tmp_path: Path) -> None:
    """Names that its files have of their own may be layers and flags of somebody else's."""
    script = """
import paramula as pm
from paramula.layers.facts import Facts, Flag, layer
from paramula.engine.program import published

def counts():
    return {name: pm.net(name).params for name in ("resnet18", "resnet50", "efficientnet_b0", "mobilenet_v3_large", "gpt2")}

before = counts()
for word in ("basic", "bottleneck", "se", "mbconv", "stage", "block", "ffn"):
    text = f"def {word}(x, *, classes: Flag = False, width: Flag = False, heads_: Flag = False):\\n    return Facts(x)"
    names = {"__name__": "theirs", "Flag": Flag, "Facts": Facts}
    exec(text, names)
    layer("mine", keeps="nothing")(names[word])
from paramula.engine.program import library, files
library.cache_clear() if hasattr(library, "cache_clear") else None
assert counts() == before
assert pm.net("(8,8,3) -> se -> basic(width)").params == 0
"""
    ran(tmp_path, script)


def test_a_cell_that_is_run_again_defines_its_layer_anew(tmp_path: Path) -> None:
    script = """
import paramula as pm
from paramula.layers.facts import Count, Facts, Weight, layer

for size in (3, 4):
    @layer("mine", keeps="nothing")
    def mine(x, n: Count = 1):
        return Facts(x, (Weight("w", (size * n,)),))

    assert pm.net("(8) -> mine(2)").params == 2 * size
"""
    ran(tmp_path, script)

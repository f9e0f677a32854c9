"""What other tools count, against what they print: truth/tools.json and truth/tools_measured.json, and laws.

A row that is not met to the digit has its reason here, and the amount by which it is missed, counted by hand.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from typing import Any

import pytest

import paramula as pm
import published
from networks import random_network
from paramula.algebra.known import same
from paramula.algebra.poly import total
from paramula.algebra.substitution import evaluate
from paramula.engine import program
from paramula.layers import CATALOGUE
from paramula.questions.tools import TOOLS, WITHOUT_WEIGHTS, WRITTEN, Told, as_tool
from places import TESTS

TRUTH = TESTS / "truth"
TOLD = json.loads((TRUTH / "tools.json").read_text("utf-8"))
MEASURED = json.loads((TRUTH / "tools_measured.json").read_text("utf-8"))

# What a row of a measurement holds, as the tool's own words.
WORDS = {
    "torchinfo": ("total_params", "total_mult_adds"),
    "fvcore": ("total",),
    "ptflops": ("macs, pytorch", "params"),
    "ptflops_aten": ("macs, aten", "params"),
    "thop": ("macs", "params"),
    "calflops": ("flops", "macs", "params"),
    "flopcounter": ("total_flops, on the CPU",),
    "flopcounter_meta": ("total_flops",),
}

# Networks that torchvision writes in another way than the library: the file, what stands there, what torchvision does.
CONVS = "adaptive(1) -> conv(1x1, c/r, silu) -> conv(1x1, c, sigmoid)"
MEAN = "mean(0) -> mean(0)"
OTHERWISE = {
    **{
        f"vgg{n}{norm}": ("vgg", "-> flatten ->", "-> adaptive(7) -> flatten ->")
        for n in (11, 13, 16, 19)
        for norm in ("", "_bn")
    },
    **{f"efficientnet_b{n}": ("efficientnet", "gap -> dense(c/r, silu) -> dense(c, sigmoid)", CONVS) for n in range(8)},
    "mnasnet1_0": ("mnasnet", "gap", MEAN),
    "shufflenet_v2_x1_0": ("shufflenet_v2", "gap", MEAN),
    "googlenet@aux_logits=False": ("googlenet", "", ""),
}
SAID = {"googlenet@aux_logits=False": "googlenet", "ResNet50": "resnet50_keras", "VGG16": "vgg16"}


@cache
def network(name: str) -> pm.Network:
    """A network by its name as torchvision writes it, or a sentence; seven tokens where their number is open."""
    text = last = SAID.get(name, name)
    if name in OTHERWISE:
        file, old, new = OTHERWISE[name]
        family = program.files()[file].rpartition("\n\n")[0]
        assert old in family
        lines = family.replace(old, new).splitlines()
        text = "\n".join([*(line for line in lines if not line.startswith("assert ")), last])
    net = pm.net(text)
    return net.at(T=7) if net.symbols else net


@cache
def told(name: str, tool: str) -> dict[str, Any]:
    return {count.word: count.value for count in as_tool(network(name), tool).counts}


def said(name: str, tool: str, word: str, variant: str = "") -> Any:
    """A count by its word; a variant that is not told is as the usual one."""
    counts = told(name, tool)
    usual = counts[word if word in counts else word.partition(",")[0]]
    return counts.get(word + variant, usual)


def variant(name: str) -> str:
    """How a row's attention is made where it is not nn.MultiheadAttention called as it comes."""
    if "written out" in name or name in WRITTEN_OUT:
        return WRITTEN
    return WITHOUT_WEIGHTS if "need_weights=False" in name or name.startswith("vit_") else ""


# ------------------------------------------------------------------------------------------------------- tools.json

# torchvision's Swin multiplies scores and mixes by itself, its ViT has nn.MultiheadAttention with need_weights=False.
WRITTEN_OUT = ("swin_t",)


def test_tools_json_says_what_it_holds() -> None:
    assert TOLD.keys() == {"about", "tools", "fvcore", "seeds"}


# Mult-adds are 0 here, and how these were run is not recorded. torchinfo 1.8.0 says 0 where no input is given, and all
# of them for params and input on the meta device (measured with PyTorch 2.13), so it is not the device.
WITHOUT_INPUT = {"torchinfo:vgg16:meta_params", "torchinfo:resnet50:meta_params"}


@pytest.mark.parametrize("key", sorted(WITHOUT_INPUT))
def test_torchinfo_without_an_input_says_params_alone(key: str) -> None:
    params = said(key.split(":")[1], "torchinfo", "total_params")
    assert TOLD["tools"][key] == {"total_params": params, "total_mult_adds": 0}


@pytest.mark.parametrize("key", [key for key in TOLD["tools"] if key not in WITHOUT_INPUT])
def test_the_tools_of_tools_json(key: str) -> None:
    tool, name, *more = key.split(":")
    row = TOLD["tools"][key]
    field = "ptflops_aten" if more == ["aten"] else tool
    words = WORDS.get(field, ("total_params",))
    want = [row[word] for word in words] if isinstance(row, dict) else row if isinstance(row, list) else [row]
    assert [said(name, tool, word) for word in words] == want


@pytest.mark.parametrize("name", TOLD["fvcore"])
def test_fvcore_in_tools_json(name: str) -> None:
    row = TOLD["fvcore"][name]
    assert said(name, "fvcore", "total", variant(name)) == row["total"]


TERMS = {"batch_norm": "batch normalization", "layer_norm": "layer, group", "adaptive_avg_pool2d": "an average"}


@pytest.mark.parametrize("name", TOLD["fvcore"])
def test_fvcore_by_operator(name: str) -> None:
    """Each term is an operator of fvcore, to the digit, and there is none that fvcore does not have."""
    by_op = TOLD["fvcore"][name]["by_op"]
    terms = as_tool(network(name), "fvcore").terms
    fused = -sum(t.amount for t in terms if t.why.startswith("attention's scores"))
    assert fused == by_op.get("matmul", fused)  # in Swin they are an operator
    word = "total" + (WITHOUT_WEIGHTS if fused and "matmul" not in by_op else "")
    terms = tuple(t for t in terms if t.word == word)
    found = {op: t.amount for op, begins in TERMS.items() for t in terms if t.why.startswith(begins)}
    assert found == {op: by_op[op] for op in TERMS if op in by_op}
    assert len(terms) == len(found) + (word != "total")


LENET = "conv(5x5,5){0} -> pool(3,2) -> conv(3x3,12){0} -> pool(5,2) -> dense(128){0} -> dense(10)"
SEEDS = {
    "a": "(28,28,1) -> flatten -> dense(10) -> dense(10) -> dense(3)",
    "b": "(28,28,1) -> conv(3x3,10,same) * 2 -> flatten -> dense(3)",
    "c": "(32,32,3) -> [conv(3x3,f,same) for f in {32, 64}] -> pool(2) -> conv(3x3,128,same) -> conv(1x1,256,same)"
    " -> gap -> dense(10) -> dense(10)",
    "d": "(514) -> dense(514) -> dense(257)",
    "e": "(224,224,3) -> [conv(3x3,f) for f in {32, 64, 128}] -> linear(10)",
    "f": "(28,28,1) -> conv(3x3,32) -> pool(2) -> flatten -> dense(100) -> dense(10)",
    "f_nobias": "(28,28,1) -> conv(3x3,32,nobias) -> pool(2) -> flatten -> dense(100,nobias) -> dense(10,nobias)",
    **{f"g_H{n}": f"({n},{n},3) -> " + LENET.format("") for n in (31, 32, 33, 34)},
    **{f"g_H{n}_bn": f"({n},{n},3) -> " + LENET.format(" -> bn") for n in (31, 32, 33, 34)},
}
# Written with padding="same", for which PyTorch has an operator (_convolution_mode) that fvcore counts 0.
SAME_AS_A_WORD = {
    "b": 28 * 28 * 9 * (10 + 100),
    "c": 32 * 32 * 9 * (3 * 32 + 32 * 64) + 16 * 16 * (9 * 64 * 128 + 128 * 256),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_seeds_of_tools_json(seed: str) -> None:
    assert SEEDS.keys() == TOLD["seeds"].keys()
    row, text = TOLD["seeds"][seed], SEEDS[seed]
    assert said(text, "fvcore", "total") - SAME_AS_A_WORD.get(seed, 0) == row["fvcore"]
    assert said(text, "flopcounter", "total_flops") == row["flop_counter"]
    assert said(text, "keras", "total_params") == row["keras_total"]
    assert bool(row["fvcore_unsupported"].get("aten::_convolution_mode")) == (seed in SAME_AS_A_WORD)


def test_resnet50_has_six_counts() -> None:
    """Six numbers of work for one network, and two of params."""
    tools = ("torchinfo", "fvcore", "ptflops", "thop", "calflops", "flopcounter")
    numbers = {c.value for tool in tools for c in as_tool(network("resnet50"), tool).counts if c.quantity != "params"}
    assert numbers == {
        4089238376, 4111512576, 4132436968, 4089185256, 4133742592, 8211108352, 4089184256, 8178368512,
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ tools_measured.json

# Where torchvision writes a function, or a class of its own, in place of the module: by how much the tool says less.
POOL, RELU = 7 * 7, "F.relu counts once, nn.ReLU twice"
SWIN = [(2, 56 * 56, 96), (2, 28 * 28, 192), (6, 14 * 14, 384), (2, 7 * 7, 768)]
NORMS_2D = 2 * 56 * 56 * 96 + 28 * 28 * 192 + 14 * 14 * 384 + 768
LESS: dict[tuple[str, str, str], tuple[int, str]] = {
    ("densenet121", "ptflops", "macs, pytorch"): (2 * POOL * 1024, f"{RELU}; the pool is a function, too"),
    ("densenet121", "thop", "macs"): ((POOL + 1) * 1024, "the last pool is a function"),
    ("googlenet", "ptflops", "macs, pytorch"): (6452320 // 2, RELU),  # as many as its norms have elements
    ("mobilenet_v2", "ptflops", "macs, pytorch"): (POOL * 1280, "the last pool is a function"),
    ("mobilenet_v2", "thop", "macs"): ((POOL + 1) * 1280, "the last pool is a function"),
    ("convnext_tiny", "ptflops", "macs, pytorch"): (NORMS_2D, "LayerNorm2d is not nn.LayerNorm"),
    ("convnext_tiny", "thop", "macs"): (4 * NORMS_2D, "the same"),
    ("convnext_tiny", "thop", "params"): (2 * (96 + 96 + 192 + 384 + 768), "the same"),
    ("swin_t", "ptflops", "macs, pytorch"): (sum(n * p * 4 * (c * c + c) for n, p, c in SWIN), "F.linear counts 0"),
}
# The projections of torchvision's Swin are functions, so that tools that look at modules do not see its attention.
UNSEEN = {("swin_t", "torchinfo"), ("swin_t", "thop")}


@pytest.mark.parametrize("row", MEASURED["rows"], ids=lambda row: row["name"].splitlines()[-1])
def test_what_was_measured(row: dict[str, Any]) -> None:
    name = row["name"]
    for field, words in WORDS.items():
        tool = field.split("_")[0]
        want = row[field] if isinstance(row[field], list) else [row[field]]
        for word, number in zip(words, want, strict=True):
            less, _ = LESS.get((name, tool, word), (0, ""))
            how = "" if (name, tool) in UNSEEN else variant(name)
            assert said(name, tool, word, how) - less == number, (field, word)


@pytest.mark.parametrize("row", MEASURED["keras"], ids=lambda row: row["name"])
def test_what_keras_counts(row: dict[str, Any]) -> None:
    words = ("total_params", "trainable_params", "non_trainable_params")
    assert [said(row["name"], "keras", word) for word in words] == row["keras"]


def test_what_a_framework_sets_otherwise_is_a_line() -> None:
    """PyTorch's lstm keeps 2·4·20 biases, its prelu one slope; Keras's prelu one for each of 29·20 numbers."""
    text = "(29,13) -> lstm(20, seq) -> prelu -> bi(rnn(3))"
    lines = {t.why: t.amount for t in as_tool(network(text), "torchinfo").terms if t.word == "total_params"}
    assert lines == {
        "PyTorch's lstm keeps two biases unless said: biases=2": 80,
        "PyTorch's prelu has one slope for all unless said: prelu(shared)": -19,
        "PyTorch's rnn keeps two biases unless said: biases=2": 6,
    }
    (line,) = (t for t in as_tool(network(text), "keras").terms if t.word == "total_params")
    assert (line.why, line.amount) == (
        "Keras's prelu has a slope for each place and channel unless said: prelu(places)", 29 * 20 - 20,
    )  # fmt: skip


def test_an_option_that_is_said_is_as_it_is_said() -> None:
    text = "(29,13) -> lstm(20, seq, biases=1) -> prelu(places) -> instancenorm(affine=0) -> rnn(3, nobias)"
    for tool in TOOLS:
        assert all(t.word not in ("params", "total_params") for t in as_tool(network(text), tool).terms)
    assert network(text).assumptions == ()


# Of the catalogue: a line says which default was taken where it is one framework's only, and how to get the other.
LINES = {
    "(7,4) -> lstm(3)": "lstm has one bias, as in Keras; PyTorch keeps two: biases=2",
    "(7,4) -> bi(rnn(3))": "rnn has one bias, as in Keras; PyTorch keeps two: biases=2",
    "(7,4) -> gru(3, biases=1)":
        "gru has one bias, as Keras's with reset_after=False; PyTorch and Keras keep two unless said: gru(u)",
    "(7,4) -> linear(3, prelu) -> prelu":
        "prelu has a slope for each channel; PyTorch's has one for all unless said: prelu(shared), "
        "Keras's has one for each place and channel: prelu(places)",
    "(4) -> prelu": "prelu has a slope for each channel; PyTorch's has one for all unless said: prelu(shared)",
    "(7,4) -> instancenorm":
        "instancenorm learns nothing, as in PyTorch; Keras's has a scale and a shift: instancenorm(affine)",
}  # fmt: skip
WITHOUT_A_LINE = (
    "gru(3)", "lstm(3, biases=1)", "rnn(3, nobias)", "prelu(shared)", "prelu(places)", "prelu(shared=0)",
    "attention(2)", "instancenorm(affine)", "bi(gru(3))", "bn", "ln", "linear(3)",
)  # fmt: skip


@pytest.mark.parametrize("text", [*LINES, *(f"(7,4) -> {call}" for call in WITHOUT_A_LINE)])
def test_a_line_says_whose_default_was_taken(text: str) -> None:
    assert network(text).assumptions == ((LINES[text],) if text in LINES else ())


def test_every_reason_is_of_a_row() -> None:
    assert {name for name, _, _ in LESS} | {name for name, _ in UNSEEN} <= {row["name"] for row in MEASURED["rows"]}
    assert all(less > 0 and why for less, why in LESS.values())


def test_the_versions_that_were_measured_are_those_of_the_conventions() -> None:
    assert MEASURED["versions"]["keras"].startswith("3.")
    for tool in ("torchinfo", "fvcore", "ptflops", "thop", "calflops"):
        assert f"{tool} {MEASURED['versions'][tool].partition('.post')[0]}" in TOOLS[tool].convention
    assert f"PyTorch {MEASURED['versions']['torch'].rpartition('.')[0]}" in TOOLS["flopcounter"].convention


# Layers that no module stands for: counted by hand below, or another name of one that is measured.
BY_HAND = {"moe", "shift", "permute", "widen", "last", "maxpool"}


def test_every_layer_is_measured_or_counted_by_hand() -> None:
    kinds = {op.kind for row in MEASURED["rows"] for op in network(row["name"]).traced.ops}
    assert CATALOGUE.keys() - kinds == BY_HAND


# -------------------------------------------------------------------------------------------------------------- laws

NAMES = [name for file in program.files() for name in (file, *program.stated(file))]
MORE = [
    "(T,d) -> moe(linear(4*d,gelu) -> linear(d), 8, active=2)*n",
    "shared f = dense(d,tanh)\n(d) -> (f -> dense(d))*n",
    "(H,W,c) -> (residual(conv(3x3,c,same)) -> (id | conv(1x1,k)) -> conv(1x1,c))*n",
    "(H,W,c) -> tconv(3, 2*f, s=2, p=1, g=2) -> up(2) -> gn(4) -> prelu -> avgpool(2) -> adaptive(n)",
    "shared t = embed(V, d)\n(T) -> t -> pos -> bi(lstm(u, seq, biases=2)) -> linear(d) -> unembed(t) -> softmax",
]


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("name", [*NAMES, *MORE])
def test_terms_sum_to_the_difference(name: str) -> None:
    net = published.family(name) if name in program.files() else published.network(name)
    for tool in TOOLS:
        answer = as_tool(net, tool)
        for count in answer.counts:
            terms = [t.amount for t in answer.terms if t.word == count.word]
            assert same(total([count.ours, *terms]), count.value), (tool, count.word)
            assert count.ours == net.quantity(count.quantity)
        assert {t.word for t in answer.terms} <= {c.word for c in answer.counts}
        assert all(t.amount != 0 for t in answer.terms)


@pytest.mark.slow(but_every=5)
@pytest.mark.parametrize("chunk", range(5))
def test_symbols_and_then_numbers_are_numbers_at_once(chunk: int) -> None:
    for i in range(chunk, 150, 5):
        sample = random_network(random.Random(f"tools:{i}"))
        try:
            plain, symbolic = pm.net(sample.text), pm.net(sample.symbolic)
        except pm.NetError:
            continue
        for tool in TOOLS:
            numbers, formulas = as_tool(plain, tool), as_tool(symbolic, tool)
            counts = {c.word: c.value for c in numbers.counts}
            assert all(isinstance(value, int) and value >= 0 for value in counts.values()), (i, tool, counts)
            put_in = {c.word: evaluate(c.value, sample.values) for c in formulas.counts}
            assert counts == {word: put_in[word] for word in counts}, (i, tool, sample.symbolic)
            terms = Counter({(t.word, t.why): t.amount for t in numbers.terms})
            assert terms == Counter(
                {
                    (t.word, t.why): evaluate(t.amount, sample.values)
                    for t in formulas.terms
                    if t.word in counts and evaluate(t.amount, sample.values) != 0
                }
            ), (i, tool)


@pytest.mark.parametrize("tool", TOOLS)
def test_symbolic_depth(tool: str) -> None:
    """A block L times is the block written out."""
    text = "(T,d) -> (residual(ln -> attention(h)) -> residual(ln -> linear(4*d, gelu) -> linear(d)))*{0} -> ln"
    values = {"T": 5, "d": 8, "h": 2}
    for copies in (1, 2, 5):
        formulas = as_tool(pm.net(text.format("L")), tool).counts
        written = as_tool(pm.net(text.format(copies)).at(**values), tool).counts
        assert {c.word: evaluate(c.value, {**values, "L": copies}) for c in formulas} == {
            c.word: c.value for c in written
        }


HAND = [
    ("(8,8,3) -> shift -> param(7)", "thop", "params", 0),
    ("(8,8,3) -> shift -> param(7)", "torchinfo", "total_params", 10),
    ("(8,8,3) -> shift -> widen(5) -> permute(1, 0, 2)", "ptflops", "macs, pytorch", 0),
    ("(8,8,3) -> shift -> widen(5) -> permute(1, 0, 2)", "calflops", "flops", 0),
    ("(8,8,3) -> maxpool(2)", "ptflops", "macs, pytorch", 2 * 8 * 8 * 3),
    ("(8,8,3) -> maxpool(2)", "calflops", "flops", 8 * 8 * 3),
    ("(8,3) -> last -> dense(2)", "torchinfo", "total_mult_adds", 3 * 2 + 2),
    ("(6,3) -> moe(linear(4), 8, active=2)", "torchinfo", "total_mult_adds", 3 * 8 + 2 * (3 * 4 + 4)),
    ("(6,3) -> moe(linear(4), 8, active=2)", "fvcore", "total", 6 * 3 * 8 + 2 * 6 * 3 * 4),
    ("(6,3) -> moe(linear(4), 8, active=2)", "ptflops", "macs, aten", 6 * 3 * 8 + 2 * 6 * (3 * 4 + 4)),
    ("(6,3) -> bn(noaffine)", "keras", "non_trainable_params", 6),
    ("(6,3) -> bn", "keras", "total_params", 12),
    ("(6,3) -> bn", "keras", "trainable_params", 6),
]


@pytest.mark.parametrize(("text", "tool", "word", "count"), HAND)
def test_counted_by_hand(text: str, tool: str, word: str, count: int) -> None:
    assert said(text, tool, word) == count


def test_formulas() -> None:
    """A convolution, its norm and its activation, in symbols."""
    answer: Told = as_tool(pm.net("(H,W,c) -> conv(3x3,f,same) -> bn -> relu"), "calflops")
    values = {"H": 5, "W": 4, "c": 3, "f": 2}
    at = {c.word: evaluate(c.value, values) for c in answer.counts}
    places = 5 * 4 * 2
    assert at == {"flops": 2 * 27 * places + places + 2 * places + places, "macs": 27 * places, "params": 60}
    assert [(t.word, evaluate(t.amount, values)) for t in answer.terms] == [
        ("flops", places), ("flops", 2 * places), ("flops", places),
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- messages

MESSAGES = [
    ("torchinf", "there is no tool called 'torchinf'\nhint: did you mean 'torchinfo'?"),
    ("FVCore", "there is no tool called 'FVCore'\nhint: did you mean 'fvcore'?"),
    (
        "xyz",
        "there is no tool called 'xyz'\n"
        "hint: there are torchinfo, fvcore, keras, ptflops, thop, calflops or flopcounter",
    ),
]


@pytest.mark.parametrize(("tool", "message"), MESSAGES)
def test_an_unknown_tool_is_answered(tool: str, message: str) -> None:
    with pytest.raises(pm.NetError) as error:
        as_tool(network("resnet18"), tool)
    assert str(error.value) == message


@pytest.mark.parametrize("tool", TOOLS)
def test_a_convention_is_one_or_two_sentences_with_a_version(tool: str) -> None:
    convention = as_tool(network("resnet18"), tool).convention
    assert convention.endswith(".")
    assert any(c.isdigit() for c in convention)
    assert convention.count(". ") <= 1

"""What training and serving cost: against what PyTorch keeps, papers, and the copies written out.

    pytest tests/measures/test_costs.py                      300 random blocks
    PARAMULA_LONG=1 pytest tests/measures/test_costs.py      3,000 random blocks

The measurements are those of tests/truth/measure_memory.py.
"""

from __future__ import annotations

import json
import random
import re
from fractions import Fraction
from math import isqrt
from typing import Any

import pytest

import paramula as pm
from blocks import BLOCKS, FOUND, SEED, draw
from paramula.algebra.conditions import minimal
from paramula.algebra.substitution import evaluate
from paramula.layers.words import COSTS as WORDS
from paramula.measures.costs import COSTS, optimizer_state
from paramula.measures.kept import Scope, Widths, kept
from paramula.measures.live import peak
from paramula.measures.segments import folded
from paramula.measures.setup import ATTENTIONS, CHOICES, OPTIMIZERS, OPTIONS, setup
from paramula.measures.traced import every
from paramula.questions.statements import answers, read
from places import TESTS

TRUTH = json.loads((TESTS / "truth" / "memory.json").read_text("utf-8"))


def sentence(row: dict[str, Any]) -> pm.network.Network:
    """The network of a row; behind a # stands which code was measured."""
    return pm.net(row["name"].partition("#")[0])


def cost(net: Any, name: str, **options: Any) -> Any:
    return COSTS[name].rule(net.traced, setup(options, COSTS[name].options, name))


def asked(text: str) -> list[Any]:
    """The numbers that the lines of a program are."""
    return [getattr(line, "total", None) or line.value for line in answers(read(text), {}).lines]


# What PyTorch keeps for the backward pass. Where other code is measured than what a layer means, why it keeps more or
# less.

OTHER_CODE = {
    "written out": "each operation of the formula keeps its own numbers",
    "chunk, sigmoid, product": "the same",
    "Dropout2d": "a mask for each channel",
    "dropout(0)": "PyTorch does nothing where the rate is 0; a rate is not counted here",
    "adaptive(1)": "PyTorch makes it a mean, which keeps nothing",
    "padding='same'": "an even window is padded by hand, and the padded copy is kept",
    "pad, Conv1d": "the padded copy is kept",
    "amax": "keeps its output instead of indices",
    "eval()": "no statistics are computed",
    "LlamaRMSNorm": "the norm written out keeps the normed numbers, too",
    "nonlinearity='relu'": "here the relu is a layer behind the rnn",
    "oneDNN": "a work space of its own",
    "bi(": "each way keeps a copy of what comes in",
    ", dropout": "attention with dropout keeps masks",
    "MultiheadAttention": "keeps turned copies on a card",
    "-> pos(7)": "positions as nn.Embedding keep their numbers",
}


@pytest.mark.parametrize("row", TRUTH["saved"], ids=lambda row: row["name"])
def test_a_layer_keeps_what_pytorch_keeps(row: dict[str, Any]) -> None:
    """In fp32, on the CPU or on a card, with what comes in learning too."""
    net, batch = sentence(row), row["output"][0]
    found = set()
    for attention in ATTENTIONS:
        scope = Scope(Widths(4, batch, attention))
        scope.learning |= set(net.traced.inputs)
        found.add(scope.run(net.traced.ops, net.traced.inputs).bytes())
    same = bool(found & {row["bytes"]["cpu"], row["bytes"]["cuda"]})
    other = any(words in row["name"] for words in OTHER_CODE)
    assert same or other, f"{found}, but PyTorch keeps {row['bytes']}"


def test_every_other_code_is_one() -> None:
    """No exception without a row that needs it; few enough to be read."""
    names = [row["name"] for row in TRUTH["saved"]]
    assert all(any(words in name for name in names) for words in OTHER_CODE)


OTHER_NETWORKS = {
    "drops attention": "attention with dropout keeps masks",
    "rms": "norms that are composed of others keep the normed numbers, too",
    "transformers": "positions as nn.Embedding keep their numbers",
    "droppath": "a mask for each branch, none where the rate is 0",
}


@pytest.mark.parametrize("row", TRUTH["networks"], ids=lambda row: row["name"][-60:])
def test_a_network_keeps_what_pytorch_keeps(row: dict[str, Any]) -> None:
    net, batch = sentence(row), row["output_shape"][0]
    assert net.params == row["params"]
    found = {cost(net, "activation_memory", batch=batch, attention=attention) for attention in ATTENTIONS}
    same = bool(found & {row["bytes"]["cpu"], row["bytes"]["cuda"]})
    assert same or any(words in row["name"] for words in OTHER_NETWORKS), f"{found}, but {row['bytes']}"


def test_most_networks_are_kept_to_the_byte() -> None:
    exact = [row for row in TRUTH["networks"] if not any(words in row["name"] for words in OTHER_NETWORKS)]
    assert len(exact) > 0.6 * len(TRUTH["networks"])


def test_statistics_stay_in_fp32() -> None:
    """On a card, where all else is bf16 (for the networks without attention: its sums are padded there)."""
    rows = [row for row in TRUTH["networks"] if "torchvision" in row["name"] and "vit" not in row["name"]]
    found = {row["name"]: cost(sentence(row), "activation_memory", batch=2, dtype="bf16") for row in rows}
    exact = {row["name"]: row["bytes"]["cuda_bf16"] for row in rows}
    assert sum(found[name] == exact[name] for name in found) >= len(rows) - 1, [found, exact]


# The most that is alive in a forward pass, with the input given up after its last use.

OTHER_LIFE = {
    "TransformerEncoderLayer": "nn.MultiheadAttention makes turned copies",
    "torchvision\nvit": "the same",
    "vit(": "the same",
    "rms": "norms that are composed of others make more",
    "lstm": "the states of all steps",
    "transformers": "not measured with tensors given up",
}


@pytest.mark.parametrize("row", TRUTH["inference"], ids=lambda row: row["name"][-60:])
def test_the_worst_moment_is_pytorchs(row: dict[str, Any]) -> None:
    if any(words in row["name"] for words in OTHER_LIFE):
        return
    net = sentence(row)
    batch = next(it["output_shape"][0] for it in TRUTH["networks"] if it["name"] == row["name"])
    assert 4 * batch * peak(net.traced) == row["dropped"]


@pytest.mark.parametrize("n", [2, 5])
def test_the_worst_moment_in_experts_by_hand(n: int) -> None:
    """Three of four experts run: where their branches are joined, 2·3·40 + 3·80 numbers live, and 4·5 of the router."""
    experts = pm.net("assume n >= 2\n(5,8) -> moe((linear(8)*n | linear(8)) -> linear(8), 4, active=3)")
    for net in (
        experts.at(n=n),
        pm.net(f"(5,8) -> moe(({'linear(8) -> ' * n}id | linear(8)) -> linear(8), 4, active=3)"),
    ):
        assert peak(net.traced) == 2 * 3 * 40 + 3 * 80 + 4 * 5
    assert evaluate(peak(experts.traced), {"n": n}) == 500


# A residual attention of width 8 at 5 places: what comes in is held beside three projections of 40, then beside their
# mix of 40, too; with each head's 25 scores written out, these beside the projections, or twice beside the values.
ATTENDING = [
    ("residual(attention(4))", "fused", 40 + 3 * 40 + 40),
    ("residual(attention(4, kv=1))", "fused", 40 + (40 + 2 * 10) + 40),
    ("residual(attention(2))", "written", 40 + 3 * 40 + 2 * 25),
    ("residual(attention(8))", "written", 40 + 40 + 2 * 8 * 25),
]


@pytest.mark.parametrize(("text", "attention", "alive"), ATTENDING)
def test_the_worst_moment_of_attention_by_hand(text: str, attention: str, alive: int) -> None:
    assert peak(pm.net(f"(5,8) -> {text}").traced, attention) == alive


@pytest.mark.parametrize(
    ("text", "moved"),
    [  # in and out of 64 places, the weights, and what is between the two convolutions, written and read
        ("(8,8,3) -> sepconv(3x3,5,same)", 64 * (3 + 5) + (27 + 15 + 5) + 2 * 64 * 3),
        ("(8,8,3) -> sepconv(3x3,5,same,s=2)", 64 * 3 + 16 * 5 + (27 + 15 + 5) + 2 * 16 * 3),
        ("(8,8,3) -> dwconv(3x3,same) -> conv(1x1,5)", 64 * (3 + 5) + (27 + 3 + 15 + 5) + 2 * 64 * 3),
    ],
)
def test_separable_convolutions_move_what_is_between_by_hand(text: str, moved: int) -> None:
    assert cost(pm.net(text), "bytes_moved") == 4 * moved


# Checkpoints and optimizers.


@pytest.mark.parametrize("row", TRUTH["checkpoint"], ids=lambda row: f"{row['name'][:8]} {row['segments']}")
def test_checkpoints_keep_what_pytorch_keeps(row: dict[str, Any]) -> None:
    """torch.utils.checkpoint.checkpoint_sequential on 12 copies; 0 segments are none."""
    options = {"checkpoint": row["segments"]} if row["segments"] else {}
    assert cost(sentence(row), "activation_memory", batch=2, **options) == row["forward"] == row["peak"]


NAMED = {
    "SGD(momentum=0.9)": "momentum", "SGD(momentum=0.9, nesterov)": "momentum", "Adam(amsgrad)": "amsgrad",
    "Adafactor  # transformers": "adafactor", "Lion  # lion-pytorch": "lion",
}  # fmt: skip


@pytest.mark.parametrize("row", TRUTH["optimizers"], ids=lambda row: f"{row['optimizer']} {row['name'][-40:]}")
def test_optimizers_keep_what_pytorchs_keep(row: dict[str, Any]) -> None:
    name = NAMED.get(row["optimizer"], row["optimizer"].lower())
    merged = "MultiheadAttention" in row["name"] and name == "adafactor"  # q, k and v are one tensor there
    if name in OPTIMIZERS and not merged:
        assert optimizer_state(sentence(row).traced, name) == sum(count for _, count in row["state"].values())
    else:
        assert merged or "(" in row["optimizer"], "an optimizer that is not known"


# Papers.


def test_a_transformer_layer_keeps_34sbh() -> None:
    """Korthikanti et al. 2022, equation 1, in 16 bits: sbh(34 + 5as/h). 3as/h of the 5 are the dropped softmax and its
    mask: attention has no dropout here. The sums of two norms, 16 bytes a token, are not counted there."""
    (value,) = asked(
        "half(f) = residual(ln -> f -> dropout)\nblock = half(attention(a)) -> half(linear(4*h, gelu) -> linear(h))\n"
        "activation_memory((s,h) -> block, batch=b, dtype=bf16, attention=written) - s*b*h*(34 + 2*a*s/h) - 16*s*b"
    )
    assert value == 0


def test_zero_counts_16_bytes_for_each_parameter() -> None:
    """Rajbhandari et al. 2020, section 3.1: mixed precision and Adam; GPT-2's 1.5 billion parameters take 24 GB."""
    (answer,) = answers(read("memory(gpt2_xl, batch=1, dtype=mixed)"), {}).lines
    model = sum(part.size for part in answer.parts if part.name != "activations")
    assert model == 16 * pm.net("gpt2_xl").params
    assert 24 * 10**9 < model < 26 * 10**9


def test_the_cache_of_llama_2_70b() -> None:
    """Ainslie et al. 2023 shrink it: 2 · 80 layers · 8 heads · 128 numbers in 16 bits for each token, 320 KiB."""
    net = "block = residual(attention(64, kv=8, nobias, causal))\n"
    assert asked(net + "kv_cache((T,8192) -> block*80, dtype=bf16) at T=1") == [320 * 1024]


CACHES = {  # elements, by hand: keys and values of d numbers for each place that is looked at
    "(5,8) -> attention(2, causal)": 2 * 5 * 8,
    "(5,8) -> attention(2, kv=1, causal)*3": 3 * 2 * 5 * 4,
    "enc: (7,6) -> attention(3) -> linear(8)\n(5,8) -> attention(2, causal) -> attention(2, over=@enc)": 2
    * 8
    * (5 + 7),
    "(5,8) -> attention(2) -> attention(4, dim=3, causal)": 2 * 5 * 12,
    "(5,8) -> moe(attention(2, causal), 4, active=2)": 2 * 2 * 5 * 8,
}


@pytest.mark.parametrize("text", CACHES)
def test_a_cache_is_of_attention_that_is_causal_or_looks_elsewhere(text: str) -> None:
    assert cost(pm.net(text), "kv_cache") == 4 * CACHES[text]


# By hand, at one token where the length is open: layers · 2 · width of keys · 4 bytes; T5 looks over its encoder, too.
DECODERS = {"gpt2": 12 * 2 * 1024 * 768 * 4, "mistral_7b": 32 * 2 * 8 * 128 * 4, "t5_small": 2 * 6 * 2 * 512 * 4}


@pytest.mark.parametrize("name", DECODERS)
def test_the_librarys_decoders_have_a_cache(name: str) -> None:
    net = pm.net(name)
    assert evaluate(cost(net, "kv_cache"), dict.fromkeys(net.order, 1)) == DECODERS[name]


WITHOUT_A_CACHE = {
    "no attention here is causal or looks over another network":
        ["bert_base", "vit_b_16", "albert_base", "swin_t", "(5,8) -> attention(2)*n"],
    "no attention layer was found": ["resnet18", "lstm_lm", "(T,64) -> linear(64) -> linear(64)"],
}  # fmt: skip


@pytest.mark.parametrize(("message", "name"), [(m, name) for m, names in WITHOUT_A_CACHE.items() for name in names])
def test_where_nothing_is_cached_a_sentence_says_so(message: str, name: str) -> None:
    with pytest.raises(pm.NetError, match=message):
        cost(pm.net(name), "kv_cache")


CELLS = [
    "linear(8, sigmoid)", "linear(8, relu)", "linear(8) -> ln -> gelu", "residual(attention(2))", "ln", "relu",
    "residual(linear(64, gelu) -> linear(8))", "dropout(0.1)", "linear(8)", "rms -> linear(8, silu) -> dropout(0.2)",
]  # fmt: skip


@pytest.mark.slow(but_every=15)
@pytest.mark.parametrize("dtype", ["fp32", "bf16", "amp"])
@pytest.mark.parametrize("cell", CELLS)
def test_no_advice_on_checkpoints_costs_memory(cell: str, dtype: str) -> None:
    """Every number of segments is tried: what is called the best is, and keeps less than none; else nothing is said.
    What is said of n copies is true of each n that it speaks of, for both whole numbers beside the root."""
    said = f"net = (3,8) -> ({cell})*{{}}\nmemory(net, dtype={dtype})"
    (symbolic,) = answers(read(said.format("n")), {}).lines
    near = [re.fullmatch(r".*√\((\d*)·?n/?(\d*)\)(?:, where n >= (\d+))?", note) for note, _ in symbolic.notes[1:]]
    for n in range(1, 41):
        net = pm.net(f"(3,8) -> ({cell})*{n}")
        kept_by = [cost(net, "activation_memory", checkpoint=s, dtype=dtype) for s in range(1, n + 1)]
        without = cost(net, "activation_memory", dtype=dtype)
        (answer,) = answers(read(said.format(n)), {}).lines
        best = [size for note, size in answer.notes if "the best" in note]
        assert best == ([min(kept_by)] if min(kept_by) < without else [])
        for ratio in near:
            assert ratio is not None
            if n >= int(ratio[3] or 1):
                root = isqrt(int(ratio[1] or 1) * n // int(ratio[2] or 1))
                assert all(kept_by[min(s, n) - 1] < without for s in (root, root + 1)), (n, root)


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "mobilenet_v2", "densenet121", "unet", "convnext_tiny"])
def test_no_advice_of_the_library_costs_memory(name: str) -> None:
    net = pm.net(name) if not pm.net(name).order else pm.net(name).at(**dict.fromkeys(pm.net(name).order, 64))
    without = cost(net, "activation_memory", batch=32)
    notes = net.memory(batch=32).notes
    assert all(size < without for note, size in notes if "the best" in note)


@pytest.mark.slow
def test_the_best_checkpoints_are_a_square_root() -> None:
    """Chen et al. 2016: for n copies that keep as much as enters them, √n segments and 2√n of memory."""
    net = "(100) -> dense(100, sigmoid)*n\n"
    (answer,) = answers(read(f"net = {net}memory(net)"), {}).lines
    assert any("near √(" in note for note, _ in answer.notes)
    written = f"net = {net.replace('*n', '*144')}"
    found = asked(written + "\n".join(f"activation_memory(net, checkpoint={n})" for n in range(1, 145)))
    (numbers,) = answers(read(written + "memory(net)"), {}).lines
    assert min(found) == next(size for note, size in numbers.notes if "the best" in note)
    (numbers,) = answers(read(f"{written}memory(net, batch=B)"), {}).lines  # the batch is in all that is kept
    assert evaluate(next(size for note, size in numbers.notes if "the best" in note), {"B": 1}) == min(found)


def test_a_factor_is_kept_for_the_gradients_of_the_others() -> None:
    """x for the gate's gradient and for the gate's kernel; the gate for none: x is the network's input."""
    assert asked("activation_memory((12) -> mul(id, dense(12)))") == [4 * 12]
    assert asked("activation_memory((12) -> dense(12) -> mul(id, dense(12)))") == [4 * (12 + 12 + 12)]


def test_training_is_three_times_the_forward_pass() -> None:
    """Each product again for the gradient of its weights and of its inputs; none of the input of the first layer."""
    texts = "training_flops((20) -> dense(30) -> dense(10), batch=7)\ninference_flops((20) -> dense(30), batch=7)"
    assert asked(texts) == [7 * 2 * (3 * (20 * 30 + 30 * 10) - 20 * 30), 7 * 2 * 600]


def test_no_more_segments_than_copies() -> None:
    """Where there are fewer copies than segments every copy is one; with n symbolic, too."""
    closed = cost(pm.net("(10) -> dense(10)*n"), "activation_memory", checkpoint=8)
    for n in range(2, 20):
        written = pm.net(f"(10) -> dense(10)*{n}")
        assert evaluate(closed, {"n": n}) == cost(written, "activation_memory", checkpoint=8)
        assert 4 * 10 * (min(n, 8) + -(-n // 8) - 1) == evaluate(closed, {"n": n})


def test_checkpoints_compute_again() -> None:
    net = "net = (20) -> dense(20) -> dense(20, relu)*6 -> dense(10)\n"
    plain, again = asked(net + "training_flops(net)\ntraining_flops(net, checkpoint=3)")
    assert again - plain == 2 * 6 * 20 * 20


def test_one_copy_is_one_segment() -> None:
    assert asked("activation_memory((8) -> dense(4, relu)*1, checkpoint=2)") == [4 * (8 + 4)]
    texts = "training_flops((8) -> dense(8)*n -> dense(3), checkpoint=2) at n=1\n"
    assert (
        asked(texts + "training_flops((8) -> dense(8)*1 -> dense(3), checkpoint=2)")
        == [2 * (64 + 64 + 64 + 3 * 24)] * 2
    )


# Laws.


@pytest.mark.slow(but_every=10)
@pytest.mark.parametrize("chunk", range(10))
def test_copies_cost_what_they_cost_written_out(chunk: int) -> None:
    """A closed form is the copies one by one; copies folded into one record are what they were."""
    made = [setup({"batch": 3, "attention": attention}, tuple(OPTIONS), "") for attention in ATTENTIONS]
    names = ("activation_memory", "inference_memory", "training_flops", "bytes_moved", "kv_cache")
    checked, untold = 0, set()
    for number in range(chunk, BLOCKS, 10):
        rng = random.Random(f"{SEED}:{number}")
        text = FOUND[number] if number < len(FOUND) else draw(rng)
        text = re.sub(r"attention\(([^()@]*)\)", r"attention(\1, causal)", text)  # so that there is a cache
        try:
            net = pm.net(text)
        except pm.NetError:
            continue
        formulas = {}
        for name in names:
            for it in made:
                try:
                    formulas[name, it] = COSTS[name].rule(net.traced, it)
                except pm.NetError as error:
                    # at which copy it is worst; or there is no attention
                    untold.add(name if name != "kv_cache" else error.message)
        for n in (1, 2, 3, 4):
            values = {name: n if name == "n" else rng.randint(1, 6) for name in net.order}
            if not all(held.holds(**values) for held in minimal([*net.tracer.needs, *net.traced.needs])):
                continue
            try:
                written = net.at(**values)
            except pm.NetError:
                continue
            for (name, it), formula in formulas.items():
                if name == "kv_cache" and not any(op.kind == "attention" for op in every(written.traced.ops)):
                    assert evaluate(formula, values) == 0  # no copy is left, and the network by itself has no cache
                    continue
                one_by_one = COSTS[name].rule(written.traced, it)
                assert evaluate(formula, values) == one_by_one, f"{name} of block {number} at {values}: {text}"
            widths = Widths(4, 3)
            whole = Scope(widths).run(folded(written.traced), written.traced.inputs).bytes()
            assert whole == kept(written.traced, widths), f"block {number} at {values}: {text}"
            checked += 1
    assert checked > BLOCKS / 20
    assert untold <= {"inference_memory", "no attention layer was found, so that there are no keys and values to count"}


EXPERTS = (
    "linear(8, relu)*n", "linear(16, relu)*n -> linear(8)", "residual(linear(8) -> dropout(0.1))*n",
    "(linear(8, relu) | id) -> linear(8)*n -> relu",
)  # fmt: skip


@pytest.mark.parametrize("expert", EXPERTS)
def test_copies_of_an_expert_run_as_often_as_it_is_active(expert: str) -> None:
    for head in ("", " -> linear(8)"):
        net = pm.net(f"assume n >= 3\n(T,8){head} -> moe({expert}, 4, active=2) -> linear(3)")
        for name in ("activation_memory", "inference_memory", "training_flops", "bytes_moved"):
            closed = cost(net, name, batch=3)
            for n in (3, 4, 7):
                written = cost(net.at(n=n, T=5), name, batch=3)
                assert evaluate(closed, {"n": n, "T": 5}) == written, f"{name} of {net.text} at n={n}"


def test_nothing_is_negative_and_more_is_kept_where_attention_is_written_out() -> None:
    for text in ("resnet18", "gpt2", "transformer_base", "mobilenet_v2", "vit_b_16"):
        net = pm.net(text)
        if net.order:
            net = net.at(**dict.fromkeys(net.order, 64))
        kept_fused, kept_written = (cost(net, "activation_memory", attention=it) for it in ATTENTIONS)
        assert 0 < kept_fused <= kept_written
        assert cost(net, "inference_memory") >= 4 * net.params
        assert Fraction(cost(net, "intensity")) > 0


def test_an_encoder_is_before_its_decoder() -> None:
    """6 layers of 4 kernels, then from the first cross attention 2 + 2, five layers of 6 and the last product."""
    assert pm.net("transformer_base").depth == 6 * 4 + 4 + 5 * 6 + 1
    net = pm.net("enc: (S,48) -> linear(48)*3\n(T,48) -> attention(6, over=@enc)")
    assert (net.depth, *map(str, net.receptive_field)) == (5, "T", "S")


# Words and mistakes.


def test_the_words_of_the_language_are_the_costs() -> None:
    assert tuple(COSTS) == WORDS
    assert {option for it in COSTS.values() for option in it.options} <= set(OPTIONS)
    assert set(CHOICES) <= set(OPTIONS)


def test_every_word_of_an_option_is_known_from_python() -> None:
    net = pm.net("(784) -> dense(h, relu) -> dense(10)")
    for option, choices in CHOICES.items():
        for word in choices:
            assert net.memory(**{option: word}).total == net.ask(f"memory(net, {option}={word}) + 0").value
    assert {str(symbol) for symbol in net.memory(batch="steps").total.free_symbols} == {"h", "steps"}
    with pytest.raises(pm.NetError, match="nothing is asked"):
        net.ask("")


MISTAKES = {
    "memory((9) -> dense(9), «optimzer=adam»)": ("memory has no option 'optimzer'", "did you mean 'optimizer'?"),
    "memory((9) -> dense(9), «optimizer=adan»)": ("optimizer is not 'adan'", "did you mean 'adam'?"),
    "memory((9) -> dense(9), «dtype=float32»)": ("dtype is not 'float32'", "write fp32"),
    "memory((9) -> dense(9), «attention=flash»)": ("attention is not 'flash'", "write fused"),
    "memory((9) -> dense(9), batch=«0»)": ("the batch is at least 1, not 0", ""),
    "memory((9) -> dense(9), batch=«1/2»)": ("the batch is not whole: 1/2", ""),
    "memory((9) -> dense(9), batch=2, «batch=3»)": ("the option 'batch' is given twice", ""),
    "memory((9) -> dense(9), «8»)": ("memory takes one network, and options", "write batch=8"),
    "«memory(batch=8)»": ("memory takes one network: memory(net)", ""),
    "«activation_memory((9) -> dense(9), checkpoint=2)»": (
        "checkpoint divides the copies of a repetition, and there is none", "write block*12",
    ),
    "solve memory((9) -> dense(9), batch=B) <= 1Mi for B where «L == 2^n»": (
        "this depends on n too", "give n a number: n = … on a line of its own",
    ),
    "latex(«((9) -> dense(9), 3)»)": ("latex takes a number or a shape, not a network", ""),
    "«intensity((3) -> flatten)»": ("this network moves nothing, so that there are no operations for each byte", ""),
    "«roofline((9) -> dense(9))»": (
        "roofline takes the peak and the bandwidth of a machine",
        "roofline(net, peak=312T, bandwidth=2T): operations and bytes a second",
    ),
}  # fmt: skip


@pytest.mark.parametrize("marked", MISTAKES)
def test_mistakes_are_told_where_they_are(marked: str) -> None:
    text = marked.replace("«", "").replace("»", "")
    with pytest.raises(pm.NetError) as caught:
        answers(read(text), {})
    error = caught.value
    place = text[: error.span.start] + "«" + text[error.span.start : error.span.end] + "»" + text[error.span.end :]
    assert (place, error.message, error.hint) == (marked, *MISTAKES[marked])

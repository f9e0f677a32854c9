"""The library against what PyTorch, Keras, timm and transformers build, against its papers, and against closed forms.

truth/networks.json, sequences.json and library.json hold what was measured: the trained numbers, those kept but not
trained, the multiply–accumulates of convolutions, linear layers and attention products, and for some the shapes of all
trained tensors. truth/measure_library.py says how.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import ceil
from random import Random
from typing import Any

import pytest

import paramula as pm
from paramula.algebra.substitution import evaluate, symbols
from paramula.engine import program
from paramula.language import tree
from paramula.layers.words import QUANTITIES
from paramula.questions.statements import answers, read
from places import TESTS
from published import family, network

SEQUENCES: dict[str, Any] = json.loads((TESTS / "truth" / "sequences.json").read_text("utf-8"))
ROWS: list[dict[str, Any]] = [
    *json.loads((TESTS / "truth" / "networks.json").read_text("utf-8")),
    *SEQUENCES["networks"],
    *json.loads((TESTS / "truth" / "library.json").read_text("utf-8")),
]

# What a measured network is called here, where it is not called the same.
SAID = {
    "googlenet@aux_logits=False": "googlenet",
    "googlenet@aux_logits=True": "googlenet_aux",
    "inception_v3@aux_logits=False": "inception_v3",
    "inception_v3@aux_logits=True": "inception_v3_aux",
    **{
        f"{name}_resnet{n}@input=520": f"{name}_resnet{n}((520,520,3))"
        for name in ("fcn", "deeplabv3")
        for n in (50, 101)
    },
    **{f"timm seresnet{n}": f"se_resnet{n}" for n in (50, 101, 152)},
    "timm seresnext50_32x4d": "se_resnext50_32x4d",
    "keras VGG16": "vgg16",
    "keras MobileNet": "mobilenet_v1",
    **{f"keras MobileNet alpha={w}": f"mobilenet_v1(w={w})" for w in ("0.25", "0.5", "0.75")},
    "keras MobileNetV2": "mobilenet_v2",
    "keras MobileNetV3Large": "mobilenet_v3_large",
    "keras MobileNetV3Small": "mobilenet_v3_small",
    "keras Xception": "xception",
    **{f"keras DenseNet{n}": f"densenet{n}" for n in (121, 169, 201)},
    **{f"keras ResNet{n}": f"resnet{n}_keras" for n in (50, 101, 152)},
    **{f"keras ResNet{n}V2": f"resnet{n}v2" for n in (50, 101, 152)},
    "bert-base-uncased/BertModel": "bert_base",
    "bert-large-uncased/BertModel": "bert_large",
    **{f"albert-{n}-v2/AlbertModel": f"albert_{n}" for n in ("base", "large", "xlarge", "xxlarge")},
    "gpt2/GPT2LMHeadModel": "gpt2_small",
    **{f"gpt2-{n}/GPT2LMHeadModel": f"gpt2_{n}" for n in ("medium", "large", "xl")},
    **{f"t5-{n}/T5ForConditionalGeneration": f"t5_{n}" for n in ("small", "base", "large", "3b", "11b")},
    **{f"llama-{n}/LlamaForCausalLM": f"llama_{n.replace('-', '_')}" for n in ("7b", "13b", "2-70b", "3-8b")},
    "mistral-7b/MistralForCausalLM": "mistral_7b",
    "mixtral-8x7b/MixtralForCausalLM": "mixtral_8x7b",
    "vit-base-patch16-224/ViTForImageClassification": "vit_b_16",
    "torch.nn.LSTM language model": "lstm_lm(b=2)",
    "torch.nn.GRU language model": "gru_lm_ptb",
    "torch.nn.LSTM(650, 650)": "(T,650) -> lstm(650, seq, biases=2)",
    "torch.nn.GRU(650, 650)": "(T,650) -> gru(650, seq, biases=2)",
    "roberta-base/RobertaModel": (
        "use transformer\n(T) -> embed(50265, 768) + embed(1, 768) -> pos(514) -> ln"
        " -> encoder(12, 3072, gelu, b=1)*12 -> first -> dense(768, tanh)"
    ),
    "torch.nn.Transformer base": (
        "use transformer\nmemory = (S,512) -> encoder(8, 2048, b=1)*6 -> ln\n"
        "(T,512) -> decoder(8, 2048, memory, b=1)*6 -> ln"
    ),
}
UNSAID = {
    "keras EfficientNetB0": "keeps mean, variance and a counter of its input: 7 numbers of its state",
    "keras InceptionV3": "its batch normalization has no scale; inception_v3.net asserts its params",
    "bert-base-uncased/BertForMaskedLM": "BERT with a head that the library does not have",
    **dict.fromkeys(
        (f"timm {name}" for name in (
            "seresnet18", "seresnet34", "legacy_seresnet18", "legacy_seresnet34", "legacy_seresnet50",
            "legacy_seresnet101", "legacy_seresnet152", "legacy_seresnext50_32x4d", "legacy_senet154",
        )), "another variant of SE-ResNet"
    ),
    **dict.fromkeys(
        (f"{name}_mobilenet_v3_large{at}" for name in ("deeplabv3", "lraspp") for at in ("", "@input=520")),
        "a segmentation network on MobileNetV3, not in the library",
    ),
}  # fmt: skip
MEASURED = {row["name"]: SAID.get(row["name"], row["name"]) for row in ROWS if row["name"] not in UNSAID}


def sizes(shape: Any) -> tuple[int, ...]:
    """A tensor's sizes, however its axes are ordered."""
    return tuple(sorted(int(n) for n in shape if n != 1))


# ------------------------------------------------------------------------------------------------------------ measured


def test_every_network_that_was_measured_is_said_or_has_a_reason() -> None:
    assert not SAID.keys() & UNSAID.keys()
    assert {row["name"] for row in ROWS} == MEASURED.keys() | UNSAID.keys()


@pytest.mark.parametrize("row", [row for row in ROWS if row["name"] in MEASURED], ids=lambda row: row["name"])
def test_it_counts_what_was_measured(row: dict[str, Any]) -> None:
    net = network(MEASURED[row["name"]])
    tokens = {str(s): row.get("tokens", 0) for s in net.symbols}
    if tokens and row.get("tokens"):
        net = net.at(**tokens)
    said = {name: getattr(net, name) for name in ("params", "state", "macs") if row.get(name) is not None}
    assert said == {name: row[name] for name in said}


def split(row: dict[str, Any]) -> Counter[tuple[int, ...]]:
    """The sizes of a network's tensors; PyTorch keeps queries, keys and values in one where ours are three."""
    out: Counter[tuple[int, ...]] = Counter()
    for weight in row["weights"]:
        name, shape, count = weight if weight and isinstance(weight[0], str) else ("", weight, 1)
        joined = ".in_proj_" in name or (row["name"].startswith("swin") and shape[0] == 3 * shape[-1])
        for _ in range(3 if joined else 1):
            out[sizes([shape[0] // 3, *shape[1:]] if joined else shape)] += count
    return out


NARROWER = ("vit_l_32", "vit_h_14", "swin", "torch.nn.Transformer")  # packed or indexed tensors, without their names


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["name"] in MEASURED and "weights" in row], ids=lambda row: row["name"]
)
def test_it_owns_the_tensors_that_were_measured(row: dict[str, Any]) -> None:
    if row["name"].startswith(NARROWER):
        pytest.skip("its queries, keys and values are one tensor, and its name was not kept")
    owned: Counter[tuple[int, ...]] = Counter()
    for tensor in network(MEASURED[row["name"]]).tensors:
        if tensor.role != "state":
            twice = tensor.role == "bias" and len(tensor.shape) == 2  # PyTorch keeps the two biases of a gate apart
            shape, copies = (tensor.shape[1:], tensor.shape[0]) if twice else (tensor.shape, 1)
            owned[sizes(shape)] += int(tensor.copies * copies)
    assert owned == split(row)


@pytest.mark.parametrize(("file", "name", "quantity", "rounded", "source"), SEQUENCES["papers"])
def test_as_the_paper_rounds(file: str, name: str, quantity: str, rounded: str, source: str) -> None:
    digits, unit = Decimal(rounded[:-1]), {"M": 10**6, "G": 10**9}[rounded[-1]]
    said = Decimal(int(getattr(network(name), quantity))) / unit
    assert round(said, -int(digits.as_tuple().exponent)) == digits


# --------------------------------------------------------------------------------------------------------------- files

NETWORKS = [*program.files()]


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("file", NETWORKS)
def test_a_file_holds_what_it_asserts(file: str) -> None:
    """A failed assertion is an error; the last line is the family in symbols, or the network itself."""
    net = pm.load(program.LIBRARY / f"{file}.net")
    assert net.params != 0
    assert program.stated(file), "a file states the parameters of its networks"


@pytest.mark.parametrize("file", NETWORKS)
def test_a_file_begins_with_its_source_and_that_of_its_numbers(file: str) -> None:
    head = program.files()[file].split("\n\n")[0].splitlines()
    comment = " ".join(line.removeprefix("# ") for line in head if line.startswith("# "))
    assert re.search(r" (19|20)\d\d, ", comment), comment
    assert "Numbers: " in comment
    assert max(map(len, program.files()[file].splitlines())) <= 120


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("file", NETWORKS)
def test_definitions_have_no_symbols_but_the_length_of_a_sequence(file: str) -> None:
    """A free name in a definition would be a symbol of whoever uses it: only T and S are meant."""
    for name in program.stated(file):
        assert {str(s) for s in network(name).symbols} <= {"T", "S"}, name


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("file", NETWORKS)
def test_a_network_on_images_takes_other_images_and_classes(file: str) -> None:
    for name in program.stated(file):
        params = [p for p, _ in program.library(file).definitions[name].node.params or []]
        if "classes" in params:
            other = network(f"{name}(classes=7)")
            assert all(shape[-1] == 7 for shape in outputs(other.shape)), name
        if "image" in params and not file.startswith("swin"):  # its windows are cut by number
            assert "H" in {str(s) for s in network(f"{name}(image=(H,W,{channels(name)}))").symbols}


def outputs(shape: Any) -> list[Any]:
    return [s for part in shape for s in outputs(part)] if isinstance(shape[0], tuple) else [shape]


def channels(name: str) -> Any:
    return network(name).traced.inputs[0].shape[-1]


def test_the_networks_of_the_literature_are_there() -> None:
    """What the library promises to hold, by the names of its files."""
    promised = """
        lenet alexnet vgg nin googlenet inception_v3 resnet preact_resnet wide_resnet resnet_cifar densenet
        densenet_cifar squeezenet mobilenet_v1 mobilenet_v2 mobilenet_v3 shufflenet_v2 mnasnet efficientnet
        efficientnet_v2 convnext xception se_resnet unet fcn deeplab tcn lstm_lm gru_lm seq2seq transformer bert albert
        gpt2 gpt3 t5 vit swin llama mistral mixtral
    """
    assert set(promised.split()) <= set(NETWORKS)


BLOCKS = "ffn swiglu encoder decoder se bottleneck basic mbconv inception dense_layer"


@pytest.mark.parametrize("block", BLOCKS.split())
def test_the_blocks_of_the_catalogue_are_defined(block: str) -> None:
    assert program.defining(block)


def test_no_name_is_published_twice() -> None:
    named = [name for file in NETWORKS for name in program.stated(file)]
    assert len(named) == len(set(named))
    assert set(named) <= program.published().keys()


def test_no_definition_has_the_name_of_a_size() -> None:
    """`use` brings definitions under their names, which are no symbols any more."""
    assert all(len(name) > 1 for file in NETWORKS for name in program.library(file).definitions)


def test_every_definition_is_used_or_published() -> None:
    for file in NETWORKS:
        home = program.library(file)
        used = {n.name for n in tree.walk(home.root) if isinstance(n, (tree.Name, tree.Call))}
        used |= {n.name for other in NETWORKS if f"use {file}\n" in program.files()[other]
                 for n in tree.walk(program.library(other).root) if isinstance(n, (tree.Name, tree.Call))}  # fmt: skip
        own = {name for name, it in home.definitions.items() if it.home is home}
        assert own <= used, (file, own - used)


# -------------------------------------------------------------------------------------------------------- closed forms


def gpt2(V: int, T: int, d: int, L: int, **_: int) -> int:
    return V * d + T * d + L * (12 * d**2 + 13 * d) + 2 * d


def bert(V: int, d: int, L: int, **_: int) -> int:
    return (V + 2 + 512) * d + 2 * d + L * (12 * d**2 + 13 * d) + d**2 + d


def albert(V: int, e: int, d: int, **_: int) -> int:
    return (V + 2 + 512) * e + 2 * e + e * d + d + (12 * d**2 + 13 * d) + d**2 + d


def llama(V: int, d: int, L: int, h: int, kv: int, f: int, **_: int) -> int:
    return 2 * V * d + L * (2 * d**2 + 2 * d * kv * (d // h) + 3 * d * f + 2 * d) + d


def mixtral(V: int, d: int, L: int, h: int, kv: int, f: int, E: int, **_: int) -> int:
    return 2 * V * d + L * (2 * d**2 + 2 * d * kv * (d // h) + E * 3 * d * f + d * E + 2 * d) + d


def vit(p: int, d: int, L: int, m: int, H: int, W: int, K: int, **_: int) -> int:
    N = (H // p) * (W // p) + 1
    return 3 * p**2 * d + 2 * d + N * d + L * (4 * d**2 + 4 * d + 2 * d * m + m + d + 4 * d) + 2 * d + K * d + K


def t5(V: int, d: int, f: int, h: int, L: int, **_: int) -> int:
    attention, ffn = 4 * d * 64 * h, 2 * d * f
    encoder = 32 * h + L * (attention + ffn + 2 * d) + d
    decoder = 32 * h + L * (2 * attention + ffn + 3 * d) + d
    return V * d + encoder + decoder


def transformer(V: int, d: int, f: int, L: int, **_: int) -> int:
    attention, ffn = 4 * d**2, 2 * d * f + f + d
    return V * d + L * (attention + ffn + 2 * 2 * d) + L * (2 * attention + ffn + 3 * 2 * d)


def lstm_lm(V: int, d: int, L: int, **_: int) -> int:
    return V * d + L * 4 * (d * d + d * d + d) + d * V + V


def gru_lm(V: int, d: int, L: int, e: int, **_: int) -> int:
    return V * e + 3 * (e * d + d * d + 2 * d) + (L - 1) * 3 * (2 * d * d + 2 * d) + d * V + V


def resnet_cifar(n: int, w: int, K: int, **_: int) -> int:
    """/n/ units of two convolutions at each of the widths w, 2w and 4w, without parameters in the shortcuts."""
    conv = lambda a, b: 9 * a * b + 2 * b  # noqa: E731
    stages = [(w, w), (w, 2 * w), (2 * w, 4 * w)]
    return conv(3, w) + sum(conv(a, b) + (2 * n - 1) * conv(b, b) for a, b in stages) + 4 * w * K + K


def wide_resnet(n: int, k: int, K: int, **_: int) -> int:
    """n units before activation at each of the widths 16k, 32k and 64k, the first of each with a 1x1 shortcut."""
    total = 27 * 16
    c = 16
    for w in (16 * k, 32 * k, 64 * k):
        for unit in range(n):
            total += 2 * c + 9 * c * w + 2 * w + 9 * w * w + (c * w if unit == 0 else 0)
            c = w
    return total + 2 * c + c * K + K


def densenet_cifar(n: int, k: int, K: int, **_: int) -> int:
    c, total = 16, 27 * 16
    for block in range(3):
        for _layer in range(n):
            total += 2 * c + 9 * c * k
            c += k
        total += 2 * c + c * c if block < 2 else 2 * c
    return total + c * K + K


def vgg(a: int, b: int, c: int, d: int, e: int, H: int, W: int, K: int, **_: int) -> int:
    total, before = 0, 3
    for f, n in ((64, a), (128, b), (256, c), (512, d), (512, e)):
        for _conv in range(n):
            total += 9 * before * f + f
            before = f
    return total + (512 * (H // 32) * (W // 32) + 1) * 4096 + 4097 * 4096 + 4097 * K


def unet(n: int, c: int, K: int, **_: int) -> int:
    total, before = 0, 1
    for i in range(n):  # down, and the transposed convolution and two more on the way back
        w = c * 2**i
        total += 9 * before * w + w + 9 * w * w + w + 4 * 2 * w * w + w + 9 * 2 * w * w + w + 9 * w * w + w
        before = w
    w = c * 2**n
    return total + 9 * before * w + w + 9 * w * w + w + c * K + K


def tcn(n: int, c: int, k: int, i: int, **_: int) -> int:
    """Two causal convolutions a level with a gain for each channel, and a 1x1 where the width changes."""
    first = k * i * c + 2 * c + k * c * c + 2 * c + i * c + c
    return first + (n - 1) * 2 * (k * c * c + 2 * c)


def mobilenet_v1(w: int, K: int, **_: int) -> int:
    total, before = 27 * 32 * w + 2 * 32 * w, 32 * w
    for f in (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024):
        total += 9 * before + 2 * before + before * f * w + 2 * f * w
        before = f * w
    return total + before * K + K


FORMS: dict[str, Callable[..., int]] = {
    "gpt2": gpt2,
    "bert": bert,
    "albert": albert,
    "llama": llama,
    "mistral": llama,
    "mixtral": mixtral,
    "vit": vit,
    "t5": t5,
    "transformer": transformer,
    "lstm_lm": lstm_lm,
    "gru_lm": gru_lm,
    "resnet_cifar": resnet_cifar,
    "wide_resnet": wide_resnet,
    "densenet_cifar": densenet_cifar,
    "vgg": vgg,
    "unet": unet,
    "tcn": tcn,
    "mobilenet_v1": mobilenet_v1,
}


def point(random: Random) -> dict[str, int]:
    """Sizes for all families at once: heads divide the width, the heads of keys and values divide the heads."""
    kv = random.randint(1, 4)
    h = kv * random.randint(1, 4)
    E = random.randint(2, 8)
    p = random.randint(2, 16)
    return {
        "V": random.randint(10, 60000),
        "T": random.choice([128, 256, 512]),
        "S": random.choice([128, 256, 512]),
        "d": h * random.randint(1, 64),
        "f": random.randint(16, 4096),
        "m": random.randint(16, 4096),
        "e": random.randint(8, 128),
        "L": random.randint(2, 40),
        "h": h,
        "kv": kv,
        "E": E,
        "A": random.randint(1, E),
        "p": p,
        "H": random.randint(2, 9) * 32 + random.randrange(p),
        "W": random.randint(2, 9) * 32 + random.randrange(p),
        "K": random.randint(2, 1000),
        "n": random.randint(2, 9),
        "w": random.randint(1, 64),
        "k": random.randint(2, 40),
        "i": random.randint(1, 9),
        "c": random.randint(1, 9),
        "a": random.randint(1, 9),
        "b": random.randint(1, 9),
    }


@pytest.mark.slow(but_every=6)
@pytest.mark.parametrize("file", FORMS)
def test_closed_form(file: str) -> None:
    """Given to the network, put into its formula, and by hand: the same number."""
    net, random = family(file), Random(2017)
    names = [str(s) for s in net.symbols]
    assert {s.name for s in symbols(net.quantity("params"))} <= set(names)
    for _ in range(20):
        everything = point(random) | ({"h": 2, "w": 2} if file == "unet" else {})
        given = {name: everything[name] for name in names}
        expected = FORMS[file](**everything)
        assert net.at(**given).params == expected, given
        assert net.params.subs({s: given[str(s)] for s in net.symbols}) == expected, given


def test_mixtral_active_params() -> None:
    """As many experts as are active: of the router, all of it."""
    net, random = family("mixtral"), Random(2024)
    for _ in range(20):
        everything = point(random)
        given = {name: everything[name] for name in ["V", "d", "L", "h", "kv", "f", "E", "A"]}
        idle = given["L"] * (given["E"] - given["A"]) * 3 * given["d"] * given["f"]
        assert net.at(**given).active_params == mixtral(**given) - idle


@pytest.mark.slow(but_every=8)
@pytest.mark.parametrize("file", NETWORKS)
def test_a_family_in_symbols_is_the_network_with_numbers(file: str) -> None:
    """Every quantity, in three points that meet the printed conditions."""
    net, random = family(file), Random(file)
    answers = {}
    for name in QUANTITIES:
        try:
            answers[name] = net.quantity(name)
        except pm.NetError:
            continue  # a field or a stride that cannot be stated
    tried = 0
    for _ in range(200):
        everything = {**point(random), "l": random.randint(1, 9), "r": 2 ** random.randint(0, 5), "y": 5}
        everything |= {"d": random.randint(1, 4)} if file == "efficientnet" else {}  # how much deeper than B0
        everything |= (
            {"H": 32 * random.randint(7, 12), "W": 32 * random.randint(7, 12)} if random.random() < 0.5 else {}
        )
        given = {name: everything[name] for name in net.order}
        if not all(condition.holds(**given) for condition in net.conditions):
            continue
        written = net.at(**given)
        for name, formula in answers.items():
            want = written.quantity(name)
            pairs = zip(formula, want, strict=True) if isinstance(formula, tuple) else [(formula, want)]
            assert all(evaluate(a, given) == b for a, b in flat(pairs)), (name, given)
        tried += 1
        if tried == 3:
            return
    assert tried or not net.order, "no point meets the conditions"


def flat(pairs: Any) -> Any:
    for a, b in pairs:
        yield from flat(zip(a, b, strict=True)) if isinstance(a, tuple) else [(a, b)]


# --------------------------------------------------------- families whose papers widen and deepen them by fractions


def divisible(v: Fraction) -> int:
    """The make_divisible of the MobileNet papers' code, for eighths."""
    near = max(8, int(v + 4) // 8 * 8)
    return near if near >= Fraction(9, 10) * v else near + 8


def inverted(t: int, k: int, i: int, c: int, squeezed: int = 0) -> int:
    """An inverted residual: expansion, filter, squeeze-and-excitation, projection, each convolution with its norm."""
    e = t * i
    excite = e * squeezed + squeezed + squeezed * e + e if squeezed else 0
    return (i * e + 2 * e if t > 1 else 0) + k * k * e + 2 * e + excite + e * c + 2 * c


def stacked(stages: list[tuple[int, int, int, int]], w: Fraction, d: Fraction = Fraction(1), se: bool = False) -> int:
    """A stem of 32 channels and the stages (t, k, c, n)."""
    i = divisible(32 * w)
    params = 27 * i + 2 * i
    for t, k, c, n in stages:
        for _ in range(ceil(n * d)):
            params += inverted(t, k, i, divisible(c * w), i // 4 if se else 0)
            i = divisible(c * w)
    return params


def mobilenet_v1(w: Fraction, d: Fraction) -> int:
    i, params = int(32 * w), 29 * int(32 * w)
    for f in [64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]:
        params += 9 * i + 2 * i + i * int(f * w) + 2 * int(f * w)
        i = int(f * w)
    return params + i * 1000 + 1000


def mobilenet_v2(w: Fraction, d: Fraction) -> int:
    stages = [(1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)]
    i, f = divisible(320 * w), divisible(1280 * max(Fraction(1), w))
    return stacked([(t, 3, c, n) for t, c, n in stages], w) + i * f + 2 * f + f * 1000 + 1000


def mnasnet(w: Fraction, d: Fraction) -> int:
    stages = [(1, 3, 16, 1), (3, 3, 24, 3), (3, 5, 40, 3), (6, 5, 80, 3), (6, 3, 96, 2), (6, 5, 192, 4), (6, 3, 320, 1)]
    i = divisible(320 * w)
    return stacked(stages, w) + i * 1280 + 2 * 1280 + 1280 * 1000 + 1000


def efficientnet(w: Fraction, d: Fraction) -> int:
    stages = [
        (1, 3, 16, 1),
        (6, 3, 24, 2),
        (6, 5, 40, 2),
        (6, 3, 80, 3),
        (6, 5, 112, 3),
        (6, 5, 192, 4),
        (6, 3, 320, 1),
    ]
    i = divisible(320 * w)
    return stacked(stages, w, d, se=True) + i * 4 * i + 2 * 4 * i + 4 * i * 1000 + 1000


SCALED = {"mobilenet_v1": mobilenet_v1, "mobilenet_v2": mobilenet_v2, "mnasnet": mnasnet, "efficientnet": efficientnet}


@pytest.mark.slow
@pytest.mark.parametrize("file", SCALED)
def test_a_family_at_fractions_is_the_papers_rule(file: str) -> None:
    """Written as a decimal, as a fraction, and as a symbol over a number, against the rule by itself."""
    random, deep = Random(1905), file == "efficientnet"
    parts = pm.net(f"{file}(w=w/20, d=d/20)" if deep else f"{file}(w=w/20)")
    for w in [20, 25, *(random.randint(6, 45) for _ in range(8 if deep else 14))]:
        d = random.randint(15, 65)
        want = SCALED[file](Fraction(w, 20), Fraction(d, 20))
        for said in (f"w={w}/20", f"w={w * 5 / 100}"):
            assert pm.net(f"{file}({said}, d={d}/20)" if deep else f"{file}({said})").params == want, (w, d)
        given = {"w": w, "d": d} if deep else {"w": w}
        assert parts.at(**given).params == want
        assert evaluate(parts.quantity("params"), given) == want


# Table 1 of the paper, and the coefficients of the authors' code: B0 to B7.
WIDER = ["1.0", "1.0", "1.1", "1.2", "1.4", "1.6", "1.8", "2.0"]
DEEPER = ["1.0", "1.1", "1.2", "1.4", "1.8", "2.2", "2.6", "3.1"]


@pytest.mark.parametrize("n", range(8))
def test_the_efficientnets_are_their_family_at_the_papers_coefficients(n: int) -> None:
    net = pm.net(f"efficientnet({WIDER[n]}, {DEEPER[n]})")
    assert net.params == efficientnet(Fraction(WIDER[n]), Fraction(DEEPER[n])) == pm.net(f"efficientnet_b{n}").params


WHOLE_WIDTHS = [  # and whether a fraction would be rounded, where a symbol may stand for one
    ("f(k) = dense(floor(k))\n(3) -> f(n)", True),
    ("f(k) = dense(round_to(k, 1))\n(3) -> f(2*n)", True),
    ("f(k) = dense(floor(k))\n(3) -> f(7)", False),
    ("f(k) = dense(floor(k/2))\n(3) -> f(n)", False),  # rounded as it is
    ("f(k) = dense(floor(k))\n(3) -> f(n) -> dense(floor(n/2))", False),
    ("(n) -> dense(floor(n))", False),  # no call to write a fraction in
]


@pytest.mark.parametrize(("text", "said"), WHOLE_WIDTHS)
def test_a_symbol_is_said_to_be_whole_where_a_fraction_would_be_rounded(text: str, said: bool) -> None:
    assert any("n is a whole number here" in note for note in pm.net(text).assumptions) == said


@pytest.mark.slow
def test_a_whole_width_is_said_where_a_fraction_would_be_rounded() -> None:
    said = "here, so that nothing is rounded"
    for file in SCALED:
        assert any(said in note for note in pm.net(f"{file}(w=w)").assumptions), file
        assert not any(said in note for note in pm.net(f"{file}(w=w/10)").assumptions), file
        assert not any(said in note for note in pm.net(f"{file}(w=1)").assumptions), file
        hint = r"write 6/5 in the call, or w/5 there and w=6 here"
        for value in (1.2, "6/5", "1.2"):
            with pytest.raises(pm.NetError, match=hint):
                pm.net(f"{file}(w=w)").at(w=value)
        with pytest.raises(pm.NetError, match=hint):
            answers(read(f"params({file}(w=w)) at w=1.2"), {})
    rounds = [file for file in NETWORKS if re.search(r"\b(round_to|floor|ceil)\(", program.files()[file])]
    files = [file for file in rounds if said in " ".join(family(file).assumptions)]
    assert files == sorted(SCALED)

"""Sequence networks of zoo/: each member against its measured count, each family against its closed form.

Expected numbers stand in truth/sequences.json; the closed forms below are written from the papers' equations.
"""

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

import paramula as pm

HERE = Path(__file__).parent
TRUTH: dict[str, Any] = json.loads((HERE / "truth" / "sequences.json").read_text("utf-8"))
ROWS: dict[str, dict[str, Any]] = {row["name"]: row for row in TRUTH["networks"]}

# Each measured network -> the file and the member that says it.
MEMBERS = {
    "vit_b_16": ("vit", "vit_b_16"),
    "vit_b_32": ("vit", "vit_b_32"),
    "vit_l_16": ("vit", "vit_l_16"),
    "vit-base-patch16-224/ViTForImageClassification": ("vit", "vit_b_16"),
    "bert-base-uncased/BertModel": ("bert", "bert_base"),
    "bert-large-uncased/BertModel": ("bert", "bert_large"),
    "gpt2/GPT2LMHeadModel": ("gpt2", "gpt2_small"),
    "gpt2-medium/GPT2LMHeadModel": ("gpt2", "gpt2_medium"),
    "gpt2-large/GPT2LMHeadModel": ("gpt2", "gpt2_large"),
    "gpt2-xl/GPT2LMHeadModel": ("gpt2", "gpt2_xl"),
    "t5-small/T5ForConditionalGeneration": ("t5", "t5_small"),
    "t5-base/T5ForConditionalGeneration": ("t5", "t5_base"),
    "llama-7b/LlamaForCausalLM": ("llama", "llama_7b"),
    "llama-13b/LlamaForCausalLM": ("llama", "llama_13b"),
    "llama-2-70b/LlamaForCausalLM": ("llama", "llama_2_70b"),
    "llama-3-8b/LlamaForCausalLM": ("llama", "llama_3_8b"),
    "mistral-7b/MistralForCausalLM": ("mistral", "mistral_7b"),
    "mixtral-8x7b/MixtralForCausalLM": ("mixtral", "mixtral_8x7b"),
}


@cache
def family(file: str) -> pm.Network:
    """The program's own network: the family in symbols."""
    return pm.load(HERE / "zoo" / f"{file}.net")


@cache
def member(file: str, name: str) -> pm.Network:
    return pm.net((HERE / "zoo" / f"{file}.net").read_text("utf-8") + f"\n{name}\n")


# ------------------------------------------------------------------------------------------------------------ measured


def test_every_measured_network_is_said() -> None:
    assert set(MEMBERS) == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("quantity", ["params", "macs", "state"])
def test_measured(name: str, quantity: str) -> None:
    if quantity in ROWS[name]:
        assert getattr(member(*MEMBERS[name]), quantity) == ROWS[name][quantity]


def sizes(shape: list[int]) -> tuple[int, ...]:
    """The sizes of a tensor whatever the order of its axes."""
    return tuple(sorted(size for size in shape if size != 1))


def unpacked(name: str, shape: list[int]) -> list[list[int]]:
    """PyTorch keeps queries, keys and values in one tensor, ours are three."""
    return [[shape[0] // 3, *shape[1:]]] * 3 if ".in_proj_" in name else [shape]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if "weights" in row])
def test_tensors(name: str) -> None:
    expected: Counter[tuple[int, ...]] = Counter()
    for tensor, shape, count in ROWS[name]["weights"]:
        for part in unpacked(tensor, shape):
            expected[sizes(part)] += count
    ours: Counter[tuple[int, ...]] = Counter()
    for owned in member(*MEMBERS[name]).tensors:
        ours[sizes(owned.shape)] += owned.copies
    assert ours == expected


@pytest.mark.parametrize(("file", "name", "quantity", "rounded", "source"), TRUTH["papers"])
def test_as_the_paper_rounds(file: str, name: str, quantity: str, rounded: str, source: str) -> None:
    digits, unit = Decimal(rounded[:-1]), {"M": 10**6, "G": 10**9}[rounded[-1]]
    assert round(Decimal(int(getattr(member(file, name), quantity))) / unit, -digits.as_tuple().exponent) == digits


def test_transformer_layers_as_in_table_3() -> None:
    """36M with 2 layers, 80M with 8: the difference, 44M up to both roundings, does not depend on the vocabulary."""
    base = family("transformer").at(d=512, f=2048, h=8, V=37000)
    assert abs(base.at(N=8).params - base.at(N=2).params - 44 * 10**6) < 10**6


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


def vit(p: int, d: int, L: int, m: int, H: int, **_: int) -> int:
    N = (H // p) ** 2 + 1
    return 3 * p**2 * d + 2 * d + N * d + L * (4 * d**2 + 4 * d + 2 * d * m + m + d + 4 * d) + 2 * d + 1000 * d + 1000


def t5(V: int, d: int, f: int, h: int, L: int, **_: int) -> int:
    attention, ffn = 4 * d * 64 * h, 2 * d * f
    encoder = 32 * h + L * (attention + ffn + 2 * d) + d
    decoder = 32 * h + L * (2 * attention + ffn + 3 * d) + d
    return V * d + encoder + decoder


def transformer(V: int, d: int, f: int, N: int, **_: int) -> int:
    attention, ffn = 4 * d**2, 2 * d * f + f + d
    return V * d + N * (attention + ffn + 2 * 2 * d) + N * (2 * attention + ffn + 3 * 2 * d)


def lstm_lm(V: int, d: int, L: int, **_: int) -> int:
    return V * d + L * 4 * (d * d + d * d + d) + V


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
}


def point(random: Random) -> dict[str, int]:
    """Sizes for all families at once: heads divide the width, the heads of keys and values divide the heads."""
    kv = random.randint(1, 4)
    h = kv * random.randint(1, 4)
    E = random.randint(2, 8)
    p = random.randint(2, 16)
    return {
        "V": random.randint(10, 60000),
        "T": random.choice([128, 512, 1024]),
        "d": h * random.randint(1, 64),
        "e": random.randint(8, 128),
        "f": random.randint(16, 4096),
        "m": random.randint(16, 4096),
        "L": random.randint(1, 40),
        "N": random.randint(1, 12),
        "h": h,
        "kv": kv,
        "E": E,
        "A": random.randint(1, E),
        "p": p,
        "H": p * random.randint(1, 14) + random.randrange(p),
    }


@pytest.mark.parametrize("file", FORMS)
def test_closed_form(file: str) -> None:
    """Given to the network, put into its formula, and by hand: the same number. GPT-2's own context too."""
    net, random = family(file), Random(2017)
    for turn in range(20):
        everything = point(random) | ({"T": 1024} if file == "gpt2" and turn < 10 else {})
        wanted = {str(symbol) for symbol in net.symbols}
        given = {name: size for name, size in everything.items() if name in wanted and (name != "T" or file == "gpt2")}
        expected = FORMS[file](**everything)
        assert net.at(**given).params == expected, given
        assert net.params.subs({s: given[str(s)] for s in net.symbols if str(s) in given}) == expected, given


def test_mixtral_active_params() -> None:
    """As many experts as are active: of the router, all of it."""
    net, random = family("mixtral"), Random(2024)
    for _ in range(20):
        everything = point(random)
        given = {name: everything[name] for name in ["V", "d", "L", "h", "kv", "f", "E", "A"]}
        idle = given["L"] * (given["E"] - given["A"]) * 3 * given["d"] * given["f"]
        assert net.at(**given).active_params == mixtral(**given) - idle


@pytest.mark.parametrize("file", FORMS)
def test_head(file: str) -> None:
    """A file begins with its source, and with where its numbers come from."""
    head = (HERE / "zoo" / f"{file}.net").read_text("utf-8").split("\n\n")[0].splitlines()
    assert all(line.startswith("# ") for line in head), head
    assert any(f" {year}, " in head[0] for year in range(2014, 2026)), head
    assert any(line.startswith("# Numbers: ") for line in head), head

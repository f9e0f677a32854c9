"""What training and serving cost: against what PyTorch keeps, papers, and the copies written out.

    pytest tests/test_costs.py                      300 random blocks
    PARAMULA_LONG=1 pytest tests/test_costs.py      3,000 random blocks
"""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from test_repeat import BLOCKS, FOUND, SEED, draw

import paramula as pm
from paramula.algebra.conditions import minimal
from paramula.algebra.given import evaluate
from paramula.costs import COSTS, optimizer_state
from paramula.kept import Scope, Widths, kept
from paramula.queries import answers, read
from paramula.segments import folded
from paramula.setup import CHOICES, OPTIONS, RECIPES, Setup, in_bytes, setup
from paramula.words import COSTS as WORDS

TRUTH = json.loads((Path(__file__).parent / "truth" / "memory.json").read_text("utf-8"))


def asked(text: str) -> list[object]:
    """The numbers that a program's lines are."""
    return [getattr(line, "total", None) or line.value for line in answers(read(text), {}).lines]


def cost(net: pm.Network, name: str, **options: object) -> object:
    return COSTS[name].rule(net.traced, setup(options, COSTS[name].options, name))


# What PyTorch keeps for the backward pass, layer by layer.

# The sentence is the same, the code is not: what PyTorch keeps in another form of the layer, and why.
OTHER_CODE = {
    "inplace": "written over what comes in, of which some keep a copy",
    "written out": "each operation of the formula keeps its own",
    "chunk, sigmoid, product": "the same",
    "eval()": "no statistics are computed",
    "native_dropout, as on CUDA": "",
    "padding='same'": "an even window is padded by hand: the padded copy is kept",
    "pad, Conv1d": "the padded copy is kept",
    "amax": "keeps its output instead of indices",
    "LlamaRMSNorm": "keeps the normed numbers, too",
    "RMSNorm": "on the CPU it is composed of others, and keeps the normed numbers, too; fused it does not",
    "oneDNN": "a work space of its own",
    "nonlinearity='relu'": "here the relu is a layer behind the rnn",
}

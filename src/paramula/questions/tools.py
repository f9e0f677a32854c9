"""What other tools count for the same network, and where they differ from us. Knows no format.

A tool is a table: each number that it prints is our nearest quantity with what it counts beside it or leaves out, each
of these a rule for one operation. So an explanation is complete by its making. The rules are read off the sources of
the versions that the conventions name, and agree with what the tools print (tests/truth/tools.json and
tools_measured.json). Where a number depends on how PyTorch code is written, a layer is taken to be the module of
torch.nn that its documentation names, with its padding in numbers, joins are operators (x + y), and attention is
nn.MultiheadAttention called as it comes, so that it gives out its weights, too; a number "attention with
need_weights=False" is for a call that does not ask for them, and "attention written out" for two matmul and a softmax
function between linear modules. An option that is left open is as the tool's framework sets it (`Facts.usual`).
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import NamedTuple

from ..algebra.poly import Size, total
from ..engine.model import Model, backstop, uncollected
from ..errors import word_of
from ..layers.facts import KERAS, PYTORCH
from ..measures.quantities import ADDITIVE, each, folded
from ..measures.traced import Op, Traced, every
from .tool_rules import (
    Extra,
    Rule,
    added_in_module,
    also,
    bias_as_conv,
    bias_size,
    biased,
    biases_used,
    by_gates,
    came,
    doubled,
    elements,
    given,
    groups_again,
    in_plane,
    is_lstm,
    kernel_at_output,
    macs,
    on,
    params,
    scaled,
    scaled_queries,
    scores_and_mix,
    softmaxed,
    tied,
    times,
    without,
)


class Count(NamedTuple):
    """A number that a tool prints: its own word, the value, our quantity that is nearest, and what that is."""

    word: str
    value: Size
    quantity: str
    ours: Size


class Term(NamedTuple):
    """A reason why a count is not ours, and by how much; the terms of a word sum to its count minus ours."""

    word: str
    why: str
    amount: Size


class Told(NamedTuple):
    """What a tool would print for a network: its convention, its counts, and for each of them where it differs."""

    tool: str
    convention: str
    counts: tuple[Count, ...]
    terms: tuple[Term, ...]


class Printed(NamedTuple):
    """A number of a tool: our nearest quantity and what is counted otherwise.

    A variant stands behind the usual number, and is told only where it is another."""

    word: str
    quantity: str
    extras: tuple[Extra, ...] = ()
    variant: bool = False


class Tool(NamedTuple):
    convention: str
    printed: tuple[Printed, ...]
    framework: str = PYTORCH


def as_tool(net: Model, tool: str) -> Told:
    """What a tool would print for a network and which terms differ; raises NetError for a tool that is not known."""
    word_of(tool, "tool called", TOOLS)
    convention, numbers, framework = TOOLS[tool]
    counts: list[Count] = []
    terms: list[Term] = []
    usual: Size = 0
    with backstop(net.program.source), uncollected():
        usual_there = _usual(net.traced.ops, framework)
        for printed in numbers:
            value = _value(net.traced, printed, framework)
            if printed.variant and value == usual:
                continue
            usual = usual if printed.variant else value
            counts.append(Count(printed.word, value, printed.quantity, net.quantity(printed.quantity)))
            extras = [Extra(why, _made(rule, framework), per) for why, rule, per in printed.extras]
            left_open = [_left_open(why, printed.quantity, framework) for why in usual_there]
            amounts = [(why, folded(net.traced, per, rule)) for why, rule, per in (*left_open, *extras)]
            terms += [Term(printed.word, why, amount) for why, amount in amounts if amount != 0]
    return Told(tool, convention, tuple(counts), tuple(terms))


def _value(traced: Traced, printed: Printed, framework: str) -> Size:
    """A tool's number as the tool makes it: operation by operation."""
    own = ADDITIVE[printed.quantity]

    def of(per: str) -> Size:
        rules = [extra.rule for extra in printed.extras if extra.per == per]
        rules += [lambda op: each(op, printed.quantity)] if per == own else []
        return folded(traced, per, _made(lambda op: total(rule(op) for rule in rules), framework))

    return total(of(per) for per in ("copies", "times"))


def _made(rule: Rule, framework: str) -> Rule:
    """A rule for an operation as a framework makes its layer where an option was left open."""

    def of(op: Op) -> Size:
        if framework in op.facts.usual:
            op = copy(op)
            op.facts = op.facts.as_made_by(framework)
        return rule(op)

    return of


def _usual(ops: Iterable[Op], framework: str) -> dict[str, None]:
    """Why a framework makes layers of a network otherwise than we do, each reason once."""
    return dict.fromkeys(op.facts.usual[framework].why for op in every(ops) if framework in op.facts.usual)


def _left_open(why: str, quantity: str, framework: str) -> Extra:
    """What layers for which a framework has this reason count more there, or less."""

    def rule(op: Op) -> Size:
        usual = op.facts.usual.get(framework)
        return 0 if usual is None or usual.why != why else _made(ours, framework)(op) - ours(op)

    def ours(op: Op) -> Size:
        return each(op, quantity)

    return Extra(why, rule, ADDITIVE[quantity])


# ------------------------------------------------------------------------------------------ rules for one operation


# ------------------------------------------------------------------------------------------------ kinds of layers

CONVS = "conv dwconv sepconv patch"
LINEAR = "linear dense unembed router"
POOLS = "pool maxpool avgpool gap gmp adaptive"
RECURRENT = "rnn gru lstm bi"
BARE = "pos cls param scale shift"  # nn.Parameter without a module of its own

# ------------------------------------------------------------------------------------------------------ the tools

AS_MODULES = "Layers are taken to be modules of torch.nn, joins operators, attention nn.MultiheadAttention as it comes."
WRITTEN = ", attention written out"
WITHOUT_WEIGHTS = ", attention with need_weights=False"

SAME_PARAMS = Printed("params", "params")

CONV_BIAS = Extra("the bias of a convolution counts 1 for each element that it gives out", on(f"{CONVS} tconv", biased))
LINEAR_BIAS = Extra("the bias of a linear layer counts 1 for each element that it gives out", on(LINEAR, biased))
FUSED = Extra(
    "attention's scores and mix are one fused operator, which counts 0", on("attention", without(scores_and_mix))
)
UNCOUNTED = FUSED._replace(why="attention's scores and mix are functions, which count 0")
ATTENTION_BIASES = Extra("the biases of attention's projections count at every place", on("attention", biases_used))
SOFTMAX = Extra("attention's softmax counts 1 for each score", on("attention", softmaxed))
RECURRENT_BIASES = Extra("the biases of a recurrent layer count at every step", on(RECURRENT, biases_used))
NO_RECURRENT = Extra("a recurrent layer counts 0", on(RECURRENT, without(macs)))
NO_LSTM = Extra(
    "an lstm is one fused operator on the CPU, which counts 0",
    on(RECURRENT, lambda op: -macs(op) if is_lstm(op) else 0),
)

TORCHINFO_LAYERS = (
    CONV_BIAS,
    Extra(
        "a transposed convolution's kernel counts at the places that go out, not at those that come in",
        on("tconv", kernel_at_output),
    ),
    Extra(
        "a linear layer's kernel counts once, not at every place", on(LINEAR, lambda op: each(op, "weights") - macs(op))
    ),
    Extra("a linear layer's bias counts once", on(LINEAR, bias_size)),
    Extra(
        "a norm, a PReLU and an embedding count each of their params once",
        on("bn ln rms gn instancenorm prelu embed", params),
    ),
    RECURRENT_BIASES,
)
FVCORE_LAYERS = (
    Extra("batch normalization counts 2 for each element, 1 without scale and shift", on("bn", scaled(1, 2))),
    Extra(
        "layer, group and instance normalization count 5 for each element, 4 without scale and shift",
        on("ln gn instancenorm", scaled(4, 5)),
    ),
    Extra(
        "an average over the places of an image (adaptive_avg_pool2d) counts 1 for each element that comes in",
        on("gap adaptive", in_plane(came)),
    ),
    Extra("upsampling an image counts 1 for each element that it gives out", on("up", in_plane(given))),
    NO_RECURRENT,
)
PTFLOPS_LAYERS = (
    CONV_BIAS,
    LINEAR_BIAS,
    Extra(
        "batch, group and instance normalization count 2 for each element, 1 without scale and shift",
        on("bn gn instancenorm", scaled(1, 2)),
    ),
    Extra("layer normalization counts 1 for each element", on("ln", came)),
    Extra(
        "relu, gelu, elu and prelu count 2 for each element: the module 1, the function that it calls 1 more",
        on("relu gelu elu prelu", times(2, came)),
    ),
    Extra("leaky, relu6, silu and softmax count 1 for each element", on("leaky relu6 silu softmax", came)),
    Extra(
        "a pool counts 2 for each element that comes in: the module 1, the function that it calls 1 more",
        on(POOLS, times(2, came)),
    ),
    Extra("upsampling counts 2 for each element that it gives out, for the same reason", on("up", times(2, given))),
    RECURRENT_BIASES,
    Extra(
        "a recurrent step counts its sums and gates, too: 1 for each unit (rnn), 7 (gru), 10 (lstm)",
        on(RECURRENT, by_gates(1, 7, 10)),
    ),
    SOFTMAX,
)
PTFLOPS_ATTENTION = (
    Extra("attention's queries are scaled, 1 for each element", on("attention", scaled_queries)),
    Extra(
        "the biases of attention's projections count at every place, that of the last one always",
        on("attention", added_in_module),
    ),
)
PTFLOPS_AGAIN = Extra(
    "attention's scores, softmax and mix count twice: in the module, and as the functions that it calls",
    on("attention", also(scores_and_mix, softmaxed)),
)
ATEN_LAYERS = (
    CONV_BIAS,
    LINEAR_BIAS,
    ATTENTION_BIASES,
    NO_LSTM,
    RECURRENT_BIASES._replace(rule=on(RECURRENT, lambda op: 0 if is_lstm(op) else biases_used(op))),
)
THOP_LAYERS = (
    Extra(
        "a transposed convolution's kernel counts at the places that go out, not at those that come in",
        on("tconv", kernel_at_output),
    ),
    Extra(
        "batch, layer and instance normalization count 4 for each element, 2 without scale and shift",
        on("bn ln instancenorm", scaled(2, 4)),
    ),
    Extra("prelu counts 1 for each element", on("prelu", came)),
    Extra(
        "a softmax counts 3 for each element less 1 for each sum",
        on("softmax", lambda op: 3 * came(op) - elements(op.inputs[0].shape[:-1])),
    ),
    Extra("an average pool counts 1 for each element that it gives out", on("avgpool", given)),
    Extra(
        "an adaptive average pool counts 1 for each element that comes in and 1 for each that goes out",
        on("gap adaptive", also(came, given)),
    ),
    Extra("upsampling counts 1 for each element that it gives out", on("up", given)),
    RECURRENT_BIASES,
    Extra(
        "a recurrent step counts its sums and gates, too: 1 for each unit (rnn), 7 (gru), 8 (lstm)",
        on(RECURRENT, by_gates(1, 7, 8)),
    ),
)
THOP_PARAMS = (
    Extra(
        "params that stand in no module, or in a module without a rule, do not count: embeddings, positions, tokens, "
        "factors, gn, rms",
        on(f"{BARE} embed unembed gn rms", without(params)),
        "copies",
    ),
    Extra("a linear layer that shares an embedding's table counts it", on("unembed", tied)),
)
CALFLOPS_TCONV = Extra(
    "a transposed convolution in groups counts f/g² filters, not f/g: it is divided twice", on("tconv", groups_again)
)
CALFLOPS_LAYERS = (
    Extra("the bias of a convolution counts 1 for each element that it gives out", on(CONVS, biased)),
    Extra(
        "the bias of a transposed convolution counts at the places that a plain convolution would have",
        on("tconv", bias_as_conv),
    ),
    CALFLOPS_TCONV._replace(rule=times(2, CALFLOPS_TCONV.rule)),
    Extra("batch normalization counts 2 for each element, 1 without scale and shift", on("bn", scaled(1, 2))),
    Extra(
        "layer, group and instance normalization count 5 for each element, 4 without scale and shift",
        on("ln gn instancenorm", scaled(4, 5)),
    ),
    Extra(
        "relu, gelu, silu, elu, leaky, prelu and softmax count 1 for each element",
        on("relu gelu silu elu leaky prelu softmax", came),
    ),
    Extra("a pool counts 1 for each element that comes in", on(POOLS, came)),
    Extra("upsampling counts 1 for each element that comes in", on("up", came)),
    Extra(
        "a product of a recurrent layer counts one addition less, 2 for each gate, unit and step",
        on(RECURRENT, by_gates(-2, -6, -8)),
    ),
    RECURRENT_BIASES,
    Extra(
        "a recurrent step counts its sums and gates, too: 1 for each unit (rnn), 7 (gru), 10 (lstm)",
        on(RECURRENT, by_gates(1, 7, 10)),
    ),
)


TOOLS = {
    "torchinfo": Tool(
        "torchinfo 1.8.0: total_mult_adds counts the params of each module, those of a convolution once for each place"
        " of its output, those of a recurrent layer once for each step, all others once for each example: a linear"
        " layer at many places, too (its issue 77), nn.MultiheadAttention not at all (226), 0 if no input is given. "
        + AS_MODULES,
        (
            Printed(
                "total_params",
                "params",
                (Extra("a linear layer that shares an embedding's table counts it again", on("unembed", tied)),),
            ),
            Printed(
                "total_mult_adds",
                "macs",
                (
                    *TORCHINFO_LAYERS,
                    Extra(
                        "attention counts 0: its params are not in modules that are called",
                        on("attention", without(macs)),
                    ),
                ),
            ),
            Printed(
                f"total_mult_adds{WRITTEN}",
                "macs",
                (
                    *TORCHINFO_LAYERS,
                    Extra(
                        "attention's params count once, its scores and mix not at all",
                        on("attention", lambda op: params(op) - macs(op)),
                    ),
                ),
                variant=True,
            ),
        ),
    ),
    "fvcore": Tool(
        "fvcore 0.1.5 FlopCountAnalysis in eval(): one for each multiply–accumulate of the operators that it knows, and"
        " estimates for norms; an operator that it does not know counts 0: scaled_dot_product_attention, activations,"
        " other pools, sums, recurrent layers, and a convolution whose padding is the word 'same'. " + AS_MODULES,
        (
            Printed("total", "macs", FVCORE_LAYERS),
            Printed(f"total{WITHOUT_WEIGHTS}", "macs", (*FVCORE_LAYERS, FUSED), variant=True),
        ),
    ),
    "keras": Tool(
        "Keras 3 count_params and summary: every number that a layer keeps; moving means and variances are"
        " non-trainable. Keras counts no work.",
        (
            Printed(
                "total_params",
                "params",
                (Extra("moving means and variances count as params", lambda op: each(op, "state"), "copies"),),
            ),
            Printed("trainable_params", "params"),
            Printed("non_trainable_params", "state"),
        ),
        KERAS,
    ),
    "ptflops": Tool(
        "ptflops 0.7.5 on the CPU: multiply–accumulates with every bias; the backend pytorch adds norms, activations"
        " and pools, some of which count twice (its issue 139), aten counts convolutions and matrix products only. "
        + AS_MODULES,
        (
            SAME_PARAMS,
            Printed("macs, pytorch", "macs", (*PTFLOPS_LAYERS, *PTFLOPS_ATTENTION, PTFLOPS_AGAIN)),
            Printed(f"macs, pytorch{WITHOUT_WEIGHTS}", "macs", (*PTFLOPS_LAYERS, *PTFLOPS_ATTENTION), variant=True),
            Printed(f"macs, pytorch{WRITTEN}", "macs", (*PTFLOPS_LAYERS, ATTENTION_BIASES), variant=True),
            Printed("macs, aten", "macs", ATEN_LAYERS),
            Printed(f"macs, aten{WITHOUT_WEIGHTS}", "macs", (*ATEN_LAYERS, FUSED), variant=True),
        ),
    ),
    "thop": Tool(
        "thop 0.1.1 profile: multiply–accumulates of modules that have a rule, without bias, and estimates for norms"
        " and average pools; a module without a rule, such as nn.MultiheadAttention (its issue 197) and nn.Embedding,"
        " has neither operations nor params. " + AS_MODULES,
        (
            Printed("macs", "macs", (*THOP_LAYERS, Extra("attention counts 0", on("attention", without(macs))))),
            Printed(
                f"macs{WRITTEN}",
                "macs",
                (*THOP_LAYERS, UNCOUNTED),
                variant=True,
            ),
            Printed(
                "params",
                "params",
                (
                    *THOP_PARAMS,
                    Extra("the params of attention do not count", on("attention", without(params)), "copies"),
                ),
            ),
            Printed(f"params{WRITTEN}", "params", THOP_PARAMS, variant=True),
        ),
    ),
    "calflops": Tool(
        "calflops 0.3.2: macs of convolutions, linear layers and matmul; flops are twice that, and the biases of"
        " convolutions, norms, activations and pools as estimates; a recurrent layer has flops and no macs. "
        + AS_MODULES,
        (
            Printed("flops", "flops", (*CALFLOPS_LAYERS, SOFTMAX, doubled(UNCOUNTED))),
            Printed(f"flops{WITHOUT_WEIGHTS}", "flops", (*CALFLOPS_LAYERS, doubled(FUSED)), variant=True),
            Printed(f"flops{WRITTEN}", "flops", (*CALFLOPS_LAYERS, SOFTMAX), variant=True),
            Printed("macs", "macs", (CALFLOPS_TCONV, NO_RECURRENT, UNCOUNTED)),
            Printed(f"macs{WRITTEN}", "macs", (CALFLOPS_TCONV, NO_RECURRENT), variant=True),
            SAME_PARAMS,
        ),
    ),
    "flopcounter": Tool(
        "torch.utils.flop_counter of PyTorch 2.13: two for each multiply–accumulate of convolutions, matrix products"
        " and attention, counted on the meta device; on the CPU, with gradients, an lstm counts 0, and attention's"
        " products where need_weights=False. " + AS_MODULES,
        (
            Printed("total_flops", "flops"),
            Printed("total_flops, on the CPU", "flops", (doubled(NO_LSTM),), variant=True),
            Printed(
                f"total_flops, on the CPU{WITHOUT_WEIGHTS}", "flops", (doubled(FUSED), doubled(NO_LSTM)), variant=True
            ),
        ),
    ),
}

"""Bounded, and whole: every network of up to three calls, every repeat of up to two, at every small point.

A network is accepted exactly where its printed conditions hold, and there its closed forms are what the second
evaluator (`evaluator.py`, in plain integers) counts.

    pytest tests/test_bounded.py                     a sample
    PARAMULA_LONG=1 pytest tests/test_bounded.py     all of it
    python tests/test_bounded.py '(H,c) -> pool(2) -> unshuffle(2)'      one network, whatever it is

A failure prints the networks that differ; each can be rerun by its text.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import sys
from functools import cache

import pytest

import paramula as pm
from evaluator import ACTIVATIONS, Text, claim, closed
from networks import random_network
from paramula.layers import CATALOGUE
from paramula.layers.words import STRUCTURES
from simulator import Refused, simulate

LONG = bool(os.environ.get("PARAMULA_LONG"))
SEED = 12
SHOWN = 10
FIELDS = ["receptive_field", "stride"]
QUANTITIES = ["shape", "params", "macs", "activations", "outputs", "depth", *FIELDS]

STATEMENTS = {  # of the names that calls use
    "s": "shared s = linear(4)",
    "words": "shared words = embed(5,4)",
    "echo": "echo = (a: linear(4)) -> concat(id,@a)",
}
CALLS = [
    # Windows: what rounds, strides, pads, shares by groups.
    "conv(3,4)", "conv(2,4,s=2)", "conv(3,4,same,s=2)", "conv(1,4,g=2)", "conv(3,c,same,relu)", "conv(2,4,causal)",
    "dwconv(2,s=2,multiplier=2)", "sepconv(3,4,same)", "tconv(2,4,s=2)", "tconv(3,4,s=2,p=1,output_pad=1)", "pool(2)",
    "maxpool(3,s=2)", "avgpool(3,2,1)", "pool(3,ceil,s=2,p=1)", "gap", "adaptive(3)", "up(3/2)", "shuffle(2)",
    "unshuffle(2)", "unshuffle(c)", "widen(6)", "pad(1)", "crop(1)", "crop(c)", "patch(2,4)",
    # Dense, tokens, scale: what divides its width.
    "dense(3)", "linear(c/2)", "linear(c//2)", "linear(max(c/3,4))", "linear(c-2)", "embed(5,4)", "pos(6)", "cls(2)",
    "param(2,c)", "(scale -> shift)", "unembed(words)",
    # Norms, activations, recurrent.
    "(bn -> rms(noscale) -> instancenorm(affine))", "ln(axes=2)", "gn(2)", "gn(c)", "glu", "(prelu -> prelu(shared))",
    "(" + " -> ".join(ACTIVATIONS[:14]) + " -> dropout(0.5) -> droppath(0.1))", "rnn(2,seq,biases=2)",
    "gru(3,biases=2)", "bi(lstm(2,seq))",
    # Attention and experts.
    "attention(2)", "attention(4,nobias,kv=2,dim=3)", "attention(c)", "attention(1,over=@x)",
    "moe(linear(4),3,active=2)",
    # Views.
    "flatten", "flatten(space)", "reshape(2,-1)", "reshape(H,4)", "permute(1,0)", "slice(1,4)", "last", "mean(0)",
    # Structure: branches that look elsewhere, and what must agree.
    "(...,4)", "((_,k) -> linear(k//2))", "concat(id,@x)", "(id | (pool(2) -> up(2)))", "concat(id,pool(2),axis=0)",
    "mul(id,gap)", "residual(linear(4))", "residual(conv(3,4,same,s=2),pool(2))",
    "(unshuffle(2) | (pool(2) -> linear(3)))", "s", "[linear(i*c) for i in 1..2]",
]  # fmt: skip
VARIANTS = [  # beside these, in networks of two calls
    "conv(3,2,p=1)", "conv(2,4,nobias,d=2)", "conv(c,4)", "tconv(2,c,same,s=3)", "pool(2,ceil)", "pool(c)", "gmp",
    "up(2)", "dense(c/2)", "linear(4)", "pos", "words", "(ln -> relu)", "lstm(2,nobias,seq)", "id", "reshape(-1,4)",
    "attention(2,qkvbias,over=(@x -> pool(2) -> linear(3)))", "permute(0,2,1)", "slice(0,c)", "first", "mean(1)",
    "(id + @x)", "(linear(3) + linear(3))", "add(id,mean(0))", "fork(id,linear(2))", "shared(linear(4))*2",
    "conv(2,4,s=2)*2",
]  # fmt: skip
INPUTS = ["(H,4)", "(H,c)", "(c)", "(H,W,4)", "(H,H,c)", "(5,H,c)", "(2*H,c+1)", "(H-2,6)"]
DEEP = ["(H,4)", "(H,c)", "(H,H,c)"]  # of networks of three calls, which take them in turn

REPEATED = [
    "conv(3,4)", "conv(2,c,s=2)", "conv(3,4,same,s=2)", "conv(3,4,s=2,p=1)", "conv(i,4,same)", "conv(i+1,c)",
    "conv(1,c,g=2)", "dwconv(2,multiplier=2)", "sepconv(2,i,same)", "tconv(2,4,s=2)", "tconv(3,c,s=2,p=1)", "pool(2)",
    "maxpool(3,s=2)", "avgpool(3,2,1)", "pool(3,ceil,s=2)", "up(2)", "shuffle(2)", "unshuffle(2)", "widen(c+i)",
    "pad(1)", "crop(1)", "crop(i)", "linear(4)", "linear(c)", "linear(2*i)", "linear(c*2^i)", "linear(c//2^i)",
    "linear(c-i)", "dense(i)", "dense(3)", "cls", "pos", "param(i,2)", "bn", "gn(2)", "ln", "glu", "prelu", "gelu",
    "lstm(2,seq)", "gru(i,seq,biases=2)", "bi(rnn(c,seq))", "attention(2)", "attention(i,dim=2)",
    "attention(1,over=@x)",
    "moe(linear(4),3,active=2)", "permute(1,0)", "slice(0,i)", "slice(1,c)", "flatten(space)", "reshape(2,-1)", "id",
    "((_,k) -> linear(k+2))", "((_,k) -> linear(2*k))", "((_,k) -> linear(k//2))", "(id | linear(c))",
    "(id | (pool(2) -> up(2)))", "(id + linear(4))", "concat(id,@x)", "residual(conv(3,4,same,s=2),pool(2))",
    "concat(id,pool(2),axis=0)", "s", "shared(linear(c))", "echo",
]  # fmt: skip
ALIKE = ["1..n", "0..n-1", "2..n+1", "1..n-m"]  # without the index: *n, *(n-m)
RANGES = ["*n", "*(n+1)", "*(n-m)", "*(n//2)", "m..n", "0..n//2", "n..3", "n-1..2*n", *ALIKE]
AROUND = [
    "conv(3,c*2^i,same) -> (id | (pool(2) -> inner -> tconv(2,c*2^i,s=2)))", "pool(2) -> inner -> up(2)",
    "unshuffle(2) -> inner -> shuffle(2)", "linear(c-i) -> inner",
    "(id + (conv(3,4,same,s=2) -> inner -> tconv(2,4,s=2)))",
]  # fmt: skip
HEADS = ["(H,4)", "(H,c)", "(h*2^n,4)", "(h*2^n,c)", "(H,H,4)", "(c*2^n)"]
TAILS = ["", "conv(2,3)", "unshuffle(2)", "dense(3)"]

# The small sizes of a symbol: where it is alone, where there is another, where there are more.
ALONE = {"H": range(1, 25), "W": range(1, 25), "c": range(1, 25), "n": range(1, 7), "h": range(1, 9), "m": range(1, 5)}
TOGETHER = {
    "H": range(1, 12),
    "W": range(1, 9),
    "c": (1, 2, 3, 4, 6, 8),
    "n": (1, 2, 3, 4),
    "h": (1, 2, 3, 4, 6),
    "m": (1, 2, 3),
}
MANY = {"H": range(1, 8), "W": range(1, 6), "c": (1, 2, 4), "n": (1, 2, 3, 4), "h": (1, 2, 3), "m": (1, 2, 3)}
TALL = [*range(1, 10), 12, 16, 33]  # the size of what may be halved at every copy


# Texts ----------------------------------------------------------------------------------------------------------------


def sentence(head, steps):
    """The program of an input and the calls behind it, with what these look at in front."""
    words = set(re.findall(r"@?\w+", " ".join(re.sub(r"\bs=", "", step) for step in steps)))
    before = "".join(f"{statement}\n" for word, statement in STATEMENTS.items() if word in words)
    return before + " -> ".join([head, *["x: id"] * ("@x" in words), *filter(None, steps)])


def repeated(head, block, span, tail):
    """A repeat of a block of calls, so many times or for each index, and a call behind it."""
    body = " -> ".join(block)
    return sentence(head, [f"({body}){span}" if span.startswith("*") else f"[{body} for i in {span}]", tail])


def points(text):
    """Every small point of the symbols of a text."""
    names = [name for name in ALONE if re.search(rf"(?<![A-Za-z_]){name}(?![A-Za-z_])", text)]
    sizes = dict((ALONE, TOGETHER, MANY)[min(len(names), 3) - 1])
    if "n" in names and len(names) < 4:
        sizes["H"] = TALL
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*(sizes[name] for name in names))]


# One network ----------------------------------------------------------------------------------------------------------


def simulated(program, places):
    """What the evaluator says at each of these points: quantities, or None where it refuses."""
    found = []
    for point in places:
        try:
            found.append(program.simulate(**point))
        except Refused:
            found.append(None)
    return found


def faults(text, sampled=1):
    """All that is wrong with a network, each kind once: (kind, where and what). `sampled` points are traced, too."""
    program, places = Text(text), points(text)
    answers = list(zip(places, simulated(program, places), strict=True))
    try:
        net = pm.net(text)
        conditions = [claim(str(condition)) for condition in net.conditions]
    except pm.NetError as error:
        return refusal(program, [point for point, facts in answers if facts], str(error).splitlines()[0])
    except Exception as error:  # whatever comes, the sentence must be shown with it
        return [("raises", f"{type(error).__name__}: {error}")]
    wrong = {}
    for each in conditions:
        if not each.names:
            wrong["constant condition"] = f"{conditions}"
        if each.names - set(places[0]):
            return [("unbound", f"{sorted(each.names - set(places[0]))} in {conditions}")]
    forms = {}
    for name in QUANTITIES:
        try:
            forms[name] = closed(getattr(net, name))
        except pm.NetError as error:
            if name not in FIELDS or "stride" not in str(error):  # that has no single one
                wrong[f"no {name}"] = str(error)
        except Exception as error:
            wrong[name] = f"{type(error).__name__}: {error}"
    failing = [[each for each in conditions if not each.holds(point)] for point in places]
    told = {counts(point) for point, broken in zip(places, failing, strict=True) if not broken}
    for (point, facts), broken in zip(answers, failing, strict=True):
        few = counts(point) not in told and min(program.copies(**point), default=2) <= 1
        if not facts and not broken:
            wrong.setdefault("too weak", f"{point}: impossible, though {conditions} hold")
        elif facts and broken and not few:  # a closed form with its first copy apart excludes fewer copies
            wrong.setdefault("too strong", f"{point}: possible, though {broken} fail")
        elif facts and not broken:
            for name in forms.keys() & facts.keys():
                compared(wrong, name, point, forms[name], facts)
    for point, facts in random.Random(text).sample(answers, min(sampled, len(answers))):
        written(wrong, net, point, facts)
    return list(wrong.items())


def compared(wrong, name, point, answer, facts, way=""):
    """Enter a difference between a quantity's closed form at a point and what it must be."""
    try:
        got = answer(point)
    except Exception as error:
        got = f"{type(error).__name__}: {error}"
    if got != facts[name]:
        wrong.setdefault(name + way, f"{point}: {got}, not {facts[name]}")


def written(wrong, net, point, facts):
    """The same with the numbers put in their places."""
    try:
        there = net.at(**{str(symbol): point[str(symbol)] for symbol in net.symbols})
    except pm.NetError as error:
        if facts:
            wrong.setdefault("refused at", f"{point}: {str(error).splitlines()[0]}")
        return
    except Exception as error:
        wrong.setdefault("raises at", f"{point}: {type(error).__name__}: {error}")
        return
    if not facts:
        wrong.setdefault("accepted at", f"{point}")
        return
    for name in set(QUANTITIES) & facts.keys():
        compared(wrong, name, point, lambda _, name=name: closed(getattr(there, name))({}), facts, " at")


def refusal(program, accepted, message):
    """What is wrong with a refusal: nothing where the network is nowhere possible, or asks for a written count.

    A block that cannot follow itself is refused where its count is a symbol, and so are shared weights of no one shape.
    """
    if message.startswith("internal error"):
        return [("raises", message)]
    documented = "follow no rule" in message or "would differ from copy to copy" in message
    if documented or all(min(program.copies(**point), default=2) <= 1 for point in accepted):
        return []
    return [("refused", f"possible at {accepted[0]}: {message}")]


def counts(point):
    """What a point says of the number of copies."""
    return point.get("n"), point.get("m")


# All of them ----------------------------------------------------------------------------------------------------------


@cache
def accepted(text):
    """Whether a text is a network at all: what is refused in front is refused with more behind it."""
    try:
        return bool(pm.net(text))
    except pm.NetError:
        return False


def chains(calls, heads):
    """The networks of one and two calls on each of these inputs."""
    for head, call in itertools.product(heads, calls):
        yield sentence(head, [call])
        if accepted(sentence(head, [call])) and not call.startswith("fork"):
            yield from (sentence(head, [call, other]) for other in calls)


def triples(first):
    """The networks of three calls that begin with this one; the inputs take turns."""
    for number, (second, third) in enumerate(itertools.product(CALLS, CALLS)):
        head = DEEP[(number + CALLS.index(first)) % len(DEEP)]
        if accepted(sentence(head, [first, second])):
            yield sentence(head, [first, second, third])


def repeats(span):
    """The repeats over this range: single calls on all inputs with all calls behind, two calls in turn.

    Two calls that do without the index stand in one of the ranges that begin and end alike.
    """
    calls = [call for call in REPEATED if not span.startswith("*") or not indexed([call])]
    yield from (repeated(*each) for each in itertools.product(HEADS, [[call] for call in calls], [span], TAILS))
    for number, block in enumerate(itertools.product(calls, calls)):
        if span not in ALIKE or indexed(block):
            yield repeated(HEADS[number % len(HEADS)], block, span, TAILS[number // len(HEADS) % len(TAILS)])
    if not span.startswith("*"):
        for head, level in itertools.product(HEADS, AROUND):
            yield sentence(head, [f"[{level} for i in {span} around inner = linear(4)]"])


def indexed(block):
    """Whether the index stands in a block."""
    return any(re.search(r"\bi\b", call) for call in block)


def sample(rng, calls):
    """A chain of up to three calls, drawn so that most are possible somewhere."""
    head, steps = rng.choice(INPUTS), []
    for _ in range(rng.choice([1, 2, 2, 3, 3, 3])):
        for call in rng.choices(calls, k=5):
            text = sentence(head, [*steps, call])
            if any(simulated(Text(text), points(text)[-12:])):
                steps.append(call)
                break
        if steps and steps[-1].startswith("fork"):
            break
    return sentence(head, [*steps, rng.choice(calls)][:3] if not steps or not steps[-1].startswith("fork") else steps)


def checked(texts, sampled=1):
    """Fail with the networks that are wrong."""
    wrong = [(text, kinds) for text in texts if (kinds := faults(text, sampled))]
    shown = "\n".join(
        f"{text}\n" + "\n".join(f"    {kind}: {what}" for kind, what in kinds) for text, kinds in wrong[:SHOWN]
    )
    assert not wrong, f"{len(wrong)} networks are wrong\n{shown}"


long = pytest.mark.skipif(not LONG, reason="PARAMULA_LONG=1 runs it")


@pytest.mark.slow(but_every=4)
@pytest.mark.parametrize("chunk", range(4))
def test_some_chains_against_the_evaluator(chunk):
    rng = random.Random(f"{SEED}:{chunk}")
    checked(sample(rng, CALLS + VARIANTS) for _ in range(60))


@pytest.mark.slow(but_every=4)
@pytest.mark.parametrize("chunk", range(4))
def test_some_repeats_against_the_evaluator(chunk):
    rng = random.Random(f"{SEED}:{chunk}")
    texts = []
    while len(texts) < 40:
        span, block = rng.choice(RANGES), rng.choices(REPEATED, k=rng.choice([1, 2]))
        if not span.startswith("*") or not indexed(block):
            texts.append(repeated(rng.choice(HEADS), block, span, rng.choice(TAILS)))
    checked(texts)


@long
@pytest.mark.parametrize("head", INPUTS)
def test_all_of_two_calls_against_the_evaluator(head):
    checked(chains(CALLS + VARIANTS, [head]))


@long
@pytest.mark.parametrize("first", CALLS)
def test_all_of_three_calls_against_the_evaluator(first):
    checked(triples(first), 0)


@long
@pytest.mark.parametrize("span", RANGES)
def test_all_repeats_against_the_evaluator(span):
    checked(repeats(span))


@pytest.mark.parametrize(
    ("said", "point", "holds"),
    [
        ("H >= 9", {"H": 9}, True),
        ("floor((W - 1)/2) % 2 == 0", {"W": 4}, False),
        ("(H - 2) % c == 0", {"H": 3, "c": 0}, False),  # nothing is divided by 0
        ("(H*2^(-n)) % 1 == 0", {"H": 4, "n": 3}, False),
        ("H % 2^i == 0 for i in 1..n - 1", {"H": 4, "n": 3}, True),
        ("H % 2^i == 0 for i in 1..n - 1", {"H": 4, "n": 4}, False),
        ("H >= i for i in 1..floor((n + 1)/2) - 1", {"H": 1, "n": 5}, False),
        ("i*j >= H for i in 1..2, j in i..3", {"H": 2}, False),
        ("sum(ceil(H/2^i) for i in 0..n) == 8", {"H": 5, "n": 1}, True),
        ("max(H, round_to(100, 8)) <= gcd(208, 312)", {"H": 1}, True),
    ],
)
def test_claims_by_hand(said, point, holds):
    assert claim(said).holds(point) is holds


def test_the_reader_against_the_trees_of_random_networks():
    read = 0
    for number in range(300):
        drawn = random_network(random.Random(f"{SEED}:{number}"))
        try:
            answer = simulated(Text(drawn.text), [{}])[0]
        except (SyntaxError, KeyError):  # a tower, or a definition with parameters
            continue
        read += 1
        try:
            assert answer == simulate(drawn.net, drawn.shape), drawn.text
        except Refused:
            assert answer is None, drawn.text
    assert read > 150


# Networks that once had weak or strong conditions, or wrong sizes, each with a point where it showed: shape, parameters
# and multiply–accumulates there, or why it is impossible.
FOUND = [
    ("(H-2,6) -> unshuffle(c)", {"H": 2, "c": 1}, None),  # an input of (0, 6)
    ("(H,4) -> conv(3,4) -> unshuffle(c)", {"H": 2, "c": 1}, None),  # a window of 3 on 2
    ("(H,4) -> pool(c) -> unshuffle(c)", {"H": 4, "c": 2}, ((1, 8), 0, 0)),
    ("(H,4) -> unshuffle(c) -> crop(1)", {"H": 6, "c": 2}, ((1, 8), 0, 0)),
    ("(H,4) -> linear(c-2) -> gn(c)", {"H": 1, "c": 2}, None),  # c - 2 is 0
    ("(H,c) -> conv(2,4,s=2) -> unshuffle(2) -> patch(2,4)", {"H": 4, "c": 1}, None),  # a window of 2 on 1
    (
        "(H,c) -> conv(2,4,s=2) -> (unshuffle(2) | (pool(2) -> linear(3))) -> conv(3,4)",
        {"H": 8, "c": 1}, None,  # a window of 3 on 2
    ),
    ("(c) -> linear(max(c/3,4))", {"c": 13}, None),  # max(c / 3, 4) is 13/3
    ("(H,4) -> unshuffle(c) -> unshuffle(c)", {"H": 12, "c": 2}, ((3, 16), 0, 0)),
    ("(h*2^n,4) -> pool(2)*(n+1)", {"h": 3, "n": 1}, ((1, 4), 0, 0)),
    ("(h*2^n,4) -> (conv(3,4,s=2,p=1) -> id)*(n+1) -> dense(3)", {"h": 1, "n": 1}, ((3,), 119, 108)),
    ("(h*2^n,c) -> [pool(2) -> avgpool(3,2,1) for i in 0..n//2] -> dense(3)", {"h": 1, "c": 1, "n": 1}, ((3,), 6, 3)),
    ("(H,4) -> glu*(n-m)", {"H": 1, "n": 4, "m": 1}, None),  # glu of 1 channels
    ("(H,c) -> unshuffle(2)*(n-m)", {"H": 4, "c": 1, "n": 3, "m": 1}, ((1, 4), 0, 0)),
    ("(H,4) -> glu*(n//2) -> unshuffle(2)", {"H": 2, "n": 4}, ((1, 2), 0, 0)),
    ("(H,c) -> [tconv(3,c,s=2) for i in m..n] -> unshuffle(2)", {"H": 2, "c": 1, "m": 2, "n": 1}, ((1, 2), 0, 0)),
    ("(H,4) -> (unshuffle(2) -> unshuffle(2))*n -> conv(2,3)", {"H": 4, "n": 1}, None),  # a window of 2 on 1
    (
        "(h*2^n,4) -> [linear(c*2^i) -> residual(conv(3,4,same,s=2),pool(2)) for i in m..n]",
        {"h": 1, "c": 1, "n": 2, "m": 1}, None,  # adding (2, 4) and (2, 2)
    ),
    (
        "(H,c) -> [(id | (pool(2) -> up(2))) -> avgpool(3,2,1) for i in n..3]",
        {"H": 4, "c": 1, "n": 2}, ((1, 4), 0, 0),
    ),
    ("(H,4) -> [linear(c//2^i) for i in 0..n-1]", {"H": 1, "c": 6, "n": 2}, ((1, 3), 51, 42)),
    ("(H,4) -> (id | (pool(2) -> up(2)))*(n-m)", {"H": 1, "n": 1, "m": 1}, ((1, 4), 0, 0)),
    ("shared s = linear(4)\n(H,c) -> s*n", {"H": 1, "c": 3, "n": 1}, ((1, 4), 16, 12)),
    (
        "(H,4) -> [glu -> ((_,k) -> linear(k//2)) for i in m..n] -> conv(2,3)",
        {"H": 2, "m": 1, "n": 1}, ((1, 3), 12, 10),
    ),
    (
        "(h*2^n,4) -> [linear(c//2^i) -> slice(1,c) for i in 0..n-1] -> conv(2,3)",
        {"h": 1, "c": 3, "n": 1}, ((1, 3), 30, 36),
    ),
    (
        "(h*2^n,4) -> (tconv(3,c,s=2,p=1) -> ln)*(n-m) -> unshuffle(2)",
        {"h": 1, "c": 1, "n": 1, "m": 1}, ((1, 8), 0, 0),
    ),
    ("(W,5) -> pool(3,s=2) -> unshuffle(2) -> conv(2,1)", {"W": 5}, None),  # a window of 2 on 1
    (
        "(H,c) -> (((_,k) -> linear(2*k)) -> (id + linear(4)))*(n+1)",
        {"H": 1, "c": 2, "n": 1}, None,  # adding (1, 8) and (1, 4)
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "answer"), FOUND)
def test_what_was_found_at_a_point_by_hand_and_everywhere_against_the_evaluator(text, point, answer):
    (facts,) = simulated(Text(text), [point])
    assert (facts and tuple(facts[name] for name in ("shape", "params", "macs"))) == answer
    assert not faults(text, 5)


def test_every_layer_and_join_is_among_the_calls():
    words = set(re.findall(r"\w+", " ".join(CALLS + VARIANTS)))
    assert {*CATALOGUE, *STRUCTURES} - {"input"} <= words
    assert len(CALLS) >= 60


if __name__ == "__main__":
    for program in sys.argv[1:]:
        print(program, *(faults(program, 10**9) or ["is right"]), sep="\n    ")

"""What can stand at the cursor: tables by hand, and laws over every prefix of the programs. `‸` is the cursor."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

import paramula as pm
from paramula.engine.program import Program, files, published, tower
from paramula.errors import NetError, Source
from paramula.language import tree
from paramula.language.lexer import Word
from paramula.language.parser import machine, parse, reserved
from paramula.layers import CATALOGUE
from paramula.layers.words import FLAGS, FUNCTIONS, PADDINGS, QUANTITIES, STRUCTURES, UNITS
from paramula.measures.costs import COSTS, ROOFLINE
from paramula.measures.setup import CHOICES
from paramula.surfaces.colon_commands import COMMANDS
from paramula.surfaces.complete import Completion, completions
from paramula.surfaces.help import about
from paramula.surfaces.session import Session
from places import CASES
from texts import GOOD, drawn

PROGRAMS = [*files().values(), *(p.read_text("utf-8") for p in CASES), *GOOD]
LAYERS = set(CATALOGUE)
ACTIVATIONS = {name for name, layer in CATALOGUE.items() if layer.plain}
SCOPE = """
net = (H,W,3) -> conv(3x3, f, same) -> gap -> dense(10)
block(c, s=1) = conv(3x3, c, same, s=s) -> bn
width = 4
image = (224,224,3)
act = relu
shared table = embed(V, d)
enc: (S) -> table
params(net)
"""
USAGES = {it.usage: it.meaning for it in COMMANDS.values()}


@cache
def session() -> Session:
    it = Session()
    list(it.run(SCOPE))
    return it


def offered(marked: str, scope: bool = True) -> list[Completion]:
    """What is offered at the mark, with the names of SCOPE or without."""
    cursor = marked.index("‸")
    text = marked.replace("‸", "")
    if not scope:
        return completions(text, cursor)
    definitions = {name: it.node for name, it in session().scope.definitions.items()}
    return completions(text, cursor, session().names(), definitions, USAGES)


def words(marked: str, scope: bool = True) -> set[str]:
    return {it.text for it in offered(marked, scope)}


NONE = "none"  # instead of words: nothing is offered
NUMBERS = "H W f width floor( sum( params("  # of SCOPE: what a number may be
NETWORKS = "conv( gap relu residual( id net block( table resnet50 @enc"


# A text, what must be among the offers, and what must not.
TABLE = [
    # the head of a sentence
    ("‸", "conv( gap net width H params( floor( latex( use assert solve sweep compare shared", "at to for in s="),
    ("co‸", "conv( concat( compare", "relu net"),
    ("CO‸", "conv( concat( compare", ""),
    ("-‸", NUMBERS, "conv( net use"),
    ("x = ‸", "conv( net width params( same", "use"),
    ("x: ‸", "conv( net image", "use same"),
    ("(8,8,3)\n‸", "at to conv( use", "for in"),
    ("(8,8,3) -> pool(2)\n-> ‸", NETWORKS, "at use"),
    ("(8,8,3) -> pool(2) # x\n  ‸", "at conv(", "to"),
    ("a = 1; ‸", "conv( a use", "at"),
    # steps
    ("(8,8,c) -> ‸", NETWORKS, "width image H c floor( params( same use at it( s="),
    ("(8,8,c) -> conv(3x3,8) + ‸", NETWORKS, "width c floor("),
    ("(8,8,c) -> conv(3x3,8) - ‸", NETWORKS, "width c"),
    ("(8,8,c) -> conv(3x3,8) | ‸", NETWORKS, "width c"),
    ("(8,8,c) -> (id | (pool(2) -> ‸", NETWORKS, "width c"),
    ("(8,8,c) -> conv(3x3,8) * ‸", "c width H sum(", "conv( net relu"),
    ("(8,8,c) -> net * 2 ^ ‸", "c width", "conv( net relu"),
    ("(8,8,c) -> width * ‸", NETWORKS, "floor("),
    ("(8,8,c) -> (‸", f"{NETWORKS} c width", "same use"),
    ("(8,8,c) -> (_, ‸", "c width", "conv( net same"),
    ("(8,8,c) -> residual(‸", NETWORKS, "c width floor( same"),
    ("(8,8,c) -> concat(id, ‸", f"{NETWORKS} axis=", "c width"),
    ("(8,8,c) -> concat(id, relu, axis=‸", "c width", "conv( same"),
    ("(8,8,c) -> shared(‸", NETWORKS, "c same"),
    ("(8,8,c) -> conv(3x3,8) ‸", "at", "to for in conv( use"),
    ("(8,8,c) -> conv(3x3,8)‸", NONE, ""),
    ("input(‸", "width floor(", "conv( same"),
    # labels
    ("top: pool(2) -> up(2) -> concat(id, @‸", "enc", "top conv("),
    ("(8,8,c) -> top: pool(2) -> up(2) -> concat(id, @‸", "top enc", "conv("),
    ("(8,8,c) -> top: concat(id, @‸", "enc", "top"),
    ("(8,8,c) -> (top: relu) -> ‸", "@top @enc", ""),
    ("(8,8,c) -> [top: relu -> id for i in 1..3] -> concat(id, @‸", "enc", "top"),
    ("other: (n) -> dense(3)\n@‸", "other enc", "conv("),
    # a layer's call
    ("(8,8,c) -> conv(‸", "k= f= s= stride= p= padding= same valid causal nobias bias= relu id c width",
     "conv( net gap ceil seq active= use axis="),
    ("(8,8,c) -> conv(3x3, ‸", "f= s= same relu c width H", "k="),
    ("(8,8,c) -> conv(3x3, 8, ‸", "s= same nobias relu act", "k= f= c H dense("),
    ("(8,8,c) -> conv(3x3, 8, same, ‸", "s= nobias", "same valid causal p= padding="),
    ("(8,8,c) -> conv(3x3, 8, p=1, ‸", "s=", "same valid causal p= padding="),
    ("(8,8,c) -> conv(3x3, 8, 2, 1, ‸", "d= g=", "same s= stride= p= k= f="),
    ("(8,8,c) -> conv(3x3, 8, padding=1, relu, nobias, ‸", "s=", "same p= relu gelu nobias bias="),
    ("(8,8,c) -> conv(f=8, ‸", "k= s=", "f="),
    ("(8,8,c) -> conv(3x3, 8, s=‸", "c width H floor(", "same relu s= conv("),
    ("(8,8,c) -> conv(3x3, 8, p=‸", "same valid causal c width", "relu p= nobias"),
    ("(8,8,c) -> conv(3x3, 2*‸", "c width", "same relu s="),
    ("(8,8,c) -> conv((‸", "c width", "conv( same s="),
    ("(8,8,c) -> conv((c, ‸", "c width", "conv( same s="),
    ("(8,8,c) -> conv(3x3, 8 ‸", NONE, ""),
    ("(8,8,c) -> gap(‸", "relu id act", "c width same s="),
    ("(8,8,c) -> relu(‸", NONE, ""),
    ("(8,8,c) -> prelu(‸", "shared", "relu"),
    ("(8,8,c) -> pool(2, ‸", "ceil s= same", "nobias f="),
    ("(8,8,c) -> bn(‸", "noaffine noscale", "nobias same s="),
    ("(8,8,c) -> ln(axes=2, ‸", "noaffine", "axes="),
    ("(T,8) -> lstm(8, ‸", "seq biases= nobias", "same u="),
    ("(T,8) -> bi(‸", "lstm( layer=", "width c same"),
    ("(T,8) -> moe(linear(8), 4, ‸", "active=", "n= expert="),
    ("(T,8) -> unembed(‸", "table", "net conv( @enc block( resnet50"),
    ("(T,8) -> attention(2, over=‸", "@enc", "width conv( net same"),
    ("(T,8) -> attention(2, over=@‸", "enc", "width conv("),
    ("(T,8) -> reshape(4, ‸", "T width", "sizes="),
    # a definition's call
    ("(8,8,c) -> block(‸", "c= s= width net relu same conv( @enc", "nobias= use"),
    ("(8,8,c) -> block(3, ‸", "s= width", "c="),
    ("(8,8,c) -> block(s=3, ‸", "c= width", "s="),
    ("gpt2(‸", "L= d= h= V=", "seq="),
    ("gpt2(L=3, ‸", "d= h=", "L="),
    ("b(c, k=3) = relu\n(8,8,1) -> b(‸", "c= k=", "s="),
    # writing a definition
    ("f(‸", NONE, ""),
    ("f(c, ‸", NONE, ""),
    ("f(c, k=‸", "c same relu width", "k"),
    ("shared ‸", NONE, ""),
    ("shared f(‸", NONE, ""),
    ("my(c, k=3, act=relu) = ‸", "c k act conv( width", "my my("),
    ("my(c, k=3, act=relu) = (h,w,d) -> conv(k, ‸", "c k h w d act", "my"),
    ("my(c, k=3, act=relu) = (h,w,d) -> conv(k, c, ‸", "c k h w d act s=", "H"),
    ("f(c, act) = (h,w,d) -> conv(3x3, c, 1, 1, 1, 1, ‸", "c act relu", "h w d width H"),
    ("f(c, act) = conv(3x3, c, ‸)", "act", ""),
    ("my(c, k=3) = conv(k, c)\n(8,8,1) -> ‸ -> relu\ng = my(3)", "my( g", "c k"),
    # copies
    ("[‸", NETWORKS, "width use"),
    ("[conv(3x3, 8) ‸", "for", "at to in"),
    ("[conv(3x3, 8) for ‸", NONE, ""),
    ("[conv(3x3, 8) for i ‸", "in", "for at"),
    ("[conv(3x3, 8*i) for i in ‸", "width H sum( params(", "i conv( net relu same"),
    ("[conv(3x3, 8*i) for i in 1..‸", "width", "i conv( net"),
    ("[conv(3x3, 8*i) for i in 1..3 ‸", "around step", "for in where"),
    ("[conv(3x3, c) for (c, n) in {(‸", "width relu", "c n"),
    ("[conv(3x3, ‸) for i in 1..3]", "i", ""),
    ("[conv(3x3, 8*i) -> inner for i in 1..3 around ‸", "inner=", "i= conv= width="),
    ("[conv(3x3, 8*i) -> ‸ for i in 1..3 around inner = bn]", "inner", "width"),
    ("[conv(3x3, 8*i) -> inner for i in 1..3 around inner = ‸", "conv( net", "inner i"),
    ("sum(i^2 ‸", "for", "at"),
    ("sum(i^2 for i in ‸", "width", "i conv("),
    ("(n) -> dense(8 ‸", NONE, ""),
    # queries
    ("params(‸", "net block( resnet50 @enc conv(", "width floor( H use same"),
    ("params(net) ‸", "at to", "for in where"),
    ("(params(net) ‸", "at", "to"),
    ("params(net) at ‸", "H= W= f= width=", "net= c= conv("),
    ("params(net) at f=32, ‸", "H= W=", "f="),
    ("params(conv(3x3, 8, s=2)) at ‸", "H= W=", "s="),
    ("params(net) at f=‸", "width H", "conv( net same"),
    ("params(net) at f=32 ‸", "to", "at"),
    ("params(net) at f=32 to ‸", "M MiB Ki B", "conv( H k="),
    ("params(net) * ‸", "width params(", ""),
    ("params(net) + ‸", "width params(", "conv( net"),
    ("assume ‸", "H width", "conv( net use"),
    ("assume H % 4 == 0, ‸", "W width", "conv("),
    ("assert params(net) == ‸", "width params(", "conv( net use"),
    ("solve ‸", "params(", "conv( net use"),
    ("solve params(net) <= 1M ‸", "for", "where at to"),
    ("solve params(net) <= 1M for ‸", "f H W", "net conv( params("),
    ("solve params(net) <= 1M for f, ‸", "H", "f net"),
    ("solve params(net) <= 1M for f ‸", "where", "for in at"),
    ("solve params(net) <= 1M for f where ‸", "f H", "conv( net"),
    ("solve params(net) = ‸", "params( width", "conv( net same"),
    ("sweep params(net), ‸", "macs( width", "conv( net"),
    ("sweep params(net) for ‸", "f H", "net conv("),
    ("sweep params(net) for f in ‸", "width", "f conv( same relu"),
    ("sweep params(net) for f in 8..128 ‸", "step where", "for around"),
    ("sweep params(net) for f in {8}, ‸", "H W", "f"),
    ("compare ‸", "net resnet50 block(", "width H floor("),
    ("compare net, ‸", "resnet50 block(", "width H"),
    ("use ‸", "resnet gpt2", "resnet50 conv( net"),
    ("use res‸", "resnet resnet_cifar", "gpt2"),
    ("use resnet\n(8,8,3) -> ‸", "basic bottleneck basics(", "frame imagenet"),
    ("use resnet\n(8,8,3) -> bottlenecks(64, ‸", "n= s= w= g=", "f="),
    # the prompt's commands
    (":‸", ":why :explain :tour :load :quit", "conv("),
    ("  :ex‸", ":explain", ":why"),
    (":explain ‸", "params macs net conv(", "use assert"),
    (":explain macs ‸", "net conv(", "use"),
    (":explain macs net -> ‸", "conv(", "use"),
    (":why ‸", "H W f", "net conv("),
    (":latex ‸", "formula derivation table figure appendix net conv(", "params use"),
    (":latex stages ‸", "net conv(", "formula"),
    (":table ‸", "table stages family net", "formula figure"),
    (":figure ‸", "net conv(", "formula"),
    (":forget ‸", "net block width", "conv( resnet50"),
    (":help ‸", "conv same floor params solve resnet50", ""),
    ("help co‸", "conv concat compare", "relu"),
    ("help = ‸", "conv(", ""),
    # no words stand here
    ("(8,8,3) -> conv(3x3, 8) # co‸", NONE, ""),
    ('x = "co‸', NONE, ""),
    ('x = "co‸nv"', NONE, ""),
    ("(8,8,3) -> conv(3‸", NONE, ""),
    ("(8,8,3) -> conv(3x‸", NONE, ""),
    ("(8,8,3) -> conv(3x3, 2k‸", NONE, ""),
    ("nn.‸", NONE, ""),
    ("nn.Lin‸", NONE, ""),
    ("1.‸", NONE, ""),
    ("(8,8,3) -> conv(3x3, 8)) -> ‸", NONE, ""),
    ("(8,8,3) -> conv(3x3 8, ‸", NONE, ""),
    ("(8,8,3) -> $ -> ‸", NONE, ""),
    ("1 + 2 = ‸", NONE, ""),
    # a mistake elsewhere is no hindrance
    ("conv(3x3 8)\n(8,8,3) -> conv(3x3, 8, sa‸", "same", ""),
    ("(8,8,3) -> conv(3x3, 8, sa‸\nconv(3x3 8); x $", "same", ""),
    # what stands behind the cursor is not said again
    ("(8,8,3) -> con‸(3x3, 8)", "conv", "conv("),
    ("(8,8,3) -> con‸v (3x3, 8)", "conv", "conv("),
    ("(8,8,3) -> conv(3x3, 8, st‸=2)", "stride", "stride="),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "there", "absent"), TABLE)
def test_the_table(marked: str, there: str, absent: str) -> None:
    found = words(marked)
    if there == NONE:
        assert not found
        return
    assert set(there.split()) - found == set()
    assert set(absent.split()) & found == set()


@pytest.mark.parametrize(
    ("marked", "first", "then"),
    [
        ("‸", "conv(", "net"),
        ("(8,8,3) -> ‸", "residual(", "net"),
        ("(8,8,3) -> ‸", "net", "resnet50"),
        ("params(‸", "net", "conv("),
        ("(8,8,3) -> conv(3x3, 8, ‸", "same", "s="),
        ("(8,8,3) -> conv(3x3, 8, ‸", "s=", "relu"),
        ("(8,8,3) -> conv(3x3, 8, ‸", "relu", "act"),
        ("(H,W,3) -> conv(H‸", "H", "hswish"),  # as it is typed, before what differs in case
        ("‸", "net", "use"),
    ],
)
def test_the_order(marked: str, first: str, then: str) -> None:
    found = [it.text for it in offered(marked)]
    assert found.index(first) < found.index(then)


@pytest.mark.parametrize(
    ("marked", "text", "meaning"),
    [
        ("(8,8,3) -> ga‸", "gap", "The mean (gap) or the greatest (gmp) over all places of each channel."),
        ("(8,8,3) -> conv(3x3, 8, ‸", "s=", "the stride: a number, or one for each axis, 1 unless given"),
        ("(8,8,3) -> conv(3x3, 8, sa‸", "same", "padding so that ⌈n/s⌉ places come out"),
        ("(8,8,3) -> bl‸", "block(", "block(c, s=1) = conv(3x3, c, same, s=s) -> bn"),
        ("(8,8,3) -> block(‸", "c=", "needed"),
        ("(8,8,3) -> block(‸", "s=", "1 unless given"),
        ("f(c) = conv(3x3, ‸", "c", "a parameter of f"),
        ("par‸", "params(", "trained numbers: kernels, biases, scales, tables; shared ones once"),
        ("use lenet‸", "lenet", "LeNet-5"),
        ("n to Ki‸", "KiB", "bytes; divides by 1,024"),
    ],
)
def test_meanings(marked: str, text: str, meaning: str) -> None:
    assert next(it.meaning for it in offered(marked) if it.text == text).startswith(meaning)


def test_everything_has_a_meaning_in_a_line() -> None:
    for marked, *_ in TABLE:
        for it in offered(marked):
            assert it.meaning, (marked, it)
            assert "\n" not in it.meaning, (marked, it)


def test_names_need_no_definitions() -> None:
    """A name of which nothing is known but its meaning may be anything."""
    found = completions("(8,8,3) -> ", 11, {"it": "the last result", "@enc": "a tower"})
    assert Completion("it", 11, "the last result") in found
    assert Completion("@enc", 11, "a tower") in found


# Every word of the catalogue, where it can stand.


def test_every_layer_is_offered_as_a_step_with_its_bracket_where_it_needs_one() -> None:
    found = words("(8,8,3) -> ‸", scope=False)
    for name, layer in CATALOGUE.items():
        assert name + "(" * any(p.required for p in layer.params) in found
    assert {word.rstrip("(") for word in found} == LAYERS | STRUCTURES | published().keys()


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_layers_call_offers_its_flags_and_options_and_no_others(name: str) -> None:
    layer = CATALOGUE[name]
    found = words(f"(8,8,3) -> {name}(‸", scope=False)
    padded = any(p.kind == "Padding" for p in layer.params)
    assert found & FLAGS == set(layer.flags) | (set(PADDINGS) if padded else set())
    options = {word[:-1] for word in found if word.endswith("=")}
    assert {p.name for p in layer.params if p.kind != "Flag" and not p.many} <= options
    spelled = {"s": "stride", "p": "padding", "d": "dilation", "g": "groups"}
    assert options <= {p.name for p in layer.params} | {spelled.get(p.name, "") for p in layer.params}


@pytest.mark.parametrize("name", CATALOGUE)
def test_what_is_given_is_not_offered_again(name: str) -> None:
    layer = CATALOGUE[name]
    given = [*layer.flags, *(f"{p.name}=1" for p in layer.params if p.kind != "Flag" and not p.many)]
    for words_given in given:
        found = words(f"(8,8,3) -> {name}({words_given}, ‸", scope=False)
        assert words_given.removesuffix("1") not in found


@pytest.mark.parametrize("name", [*COSTS, "roofline"])
def test_a_cost_offers_its_options_and_their_words(name: str) -> None:
    options = COSTS[name].options if name in COSTS else ROOFLINE
    offered = {f"{option}=" for option in options}
    assert words(f"{name}(resnet18, ‸", scope=False) == offered
    assert words(f"{name}(resnet18, batch=2, ‸", scope=False) == offered - {"batch="}
    assert "conv(" not in words(f"{name}(resnet18, batch=‸", scope=False)
    for option in set(options) & CHOICES.keys():
        assert words(f"{name}(resnet18, {option}=‸", scope=False) == set(CHOICES[option])


@pytest.mark.parametrize("name", sorted(LAYERS - {"moe", "bi", "unembed"}))  # whose arguments are networks
def test_what_a_call_offers_is_accepted(name: str) -> None:
    """In the example of each layer's help: a flag, an option or an activation more is never refused as unknown."""
    example = about(name).example
    at = example.index(name, example.index("->"))
    end = example.index(")", at) if example[at + len(name) : at + len(name) + 1] == "(" else at + len(name)
    before, behind = example[:end], example[end:]
    before += ", " if behind.startswith(")") else "("
    closing = "" if behind.startswith(")") else ")"
    for it in completions(before + closing + behind, len(before)):
        if it.text.endswith("("):
            continue
        value = "same" if it.text == "p=" else "1" if it.text.endswith("=") else ""
        said = refusal(before + it.text + value + closing + behind)
        unknown = ("has no", "takes no", "is given twice", "contradicts", "arguments by position", "cannot stand")
        assert not any(word in said for word in unknown), (it, said)


def refusal(text: str) -> str:
    """What paramula says to a text that it refuses."""
    try:
        pm.net(text)
    except NetError as error:
        return error.message
    return ""


def test_units_and_keywords_are_all_offered_somewhere() -> None:
    assert {*UNITS, *(f"{unit}B" for unit in UNITS), "B"} == words("n to ‸")
    found = {word for marked, *_ in TABLE for word in words(marked)}
    assert reserved() <= found


# Laws over the programs.


def places(texts: list[str], each: int) -> list[tuple[str, int]]:
    """Some places in each text, the same ones every time."""
    rng = random.Random(5)
    return [(text, rng.randint(0, len(text))) for text in texts for _ in range(each)]


def unfinished(text: str) -> bool:
    """Whether a text is a program, or the beginning of one."""
    try:
        parse(Source(text))
    except NetError as error:
        return error.unfinished
    return True


@pytest.mark.slow
def test_what_is_offered_can_stand_there() -> None:
    """A text with an offer put in is no mistake so far. Of offers that the grammar cannot tell apart, one is tried."""
    lexer = machine()[1]
    tried = 0
    for text, cursor in places(PROGRAMS, 6):
        alike = {}
        for it in completions(text[:cursor], cursor):
            parts = [match for match in lexer.pattern.finditer(it.text) if match.lastgroup]
            alike[tuple(lexer.keywords.get(part[0], part.lastgroup) for part in parts)] = it
        for it in alike.values():
            tried += 1
            assert unfinished(text[: it.start] + it.text), (text[: it.start][-200:], it)
    assert tried > 500


@pytest.mark.slow
def test_no_text_is_too_strange() -> None:
    for text, cursor in places([drawn(number) for number in range(0, 6000, 4)], 1):
        for it in completions(text, cursor, {"it": "x", "@a": "y"}, commands=USAGES):
            assert it.start <= cursor
            assert it.text.lower().startswith(text[it.start : cursor].lower())


def test_deep_and_circular_definitions_are_no_hindrance() -> None:
    circle = "a = b + 1\nb = a + 1\n"
    many = "f0 = 1\n" + "".join(f"f{i} = f{i - 1} + f{i - 1}\n" for i in range(1, 300))
    nested = "g0 = 1\n" + "".join(f"g{i} = {'(' * 90}g{i - 1}{' + 1)' * 90}\n" for i in range(1, 30))
    for text in (circle, many, nested):
        assert completions(text + "(8) -> dense(", len(text) + 13)


# The word that comes next is among the offers.


def truths(text: str) -> Iterator[tuple[Word, str]]:
    """The words of a program that are of the catalogue or have a meaning in it, and what they are."""
    source = Source(text)
    root = parse(source)
    defined = set(Program(source, root).definitions)
    every = machine()[1].words(source)[0]
    for statement in root.statements:
        inside = [i for i, word in enumerate(every) if statement.start <= word.start < statement.end]
        heads = heading(statement, [every[i] for i in inside])
        params = {name for name, _ in getattr(statement, "params", None) or ()}
        binders = {name for node in tree.walk(statement) if isinstance(node, tree.Binding) for name in node.names}
        binding = False  # between `for` and `in`, where names are made
        said: set[str] = set()
        for i in inside[heads:]:
            word, before, behind = every[i], every[i - 1].text if i else "", every[i + 1 : i + 2]
            sign = behind[0].text if behind else ""
            kind = named(word, before, sign, params, defined - binders) or ("said before" if word.text in said else "")
            binding = word.text == "for" or (binding and word.text != "in")
            if kind and (not binding or kind == "keyword") and (before, word.text) != ("@", tower(statement)):
                yield word, kind
            if word.kind == "NAME" and sign not in ("=", ":", "(") and word.text != "_":
                said.add(word.text)


def heading(statement: tree.Node, inside: list[Word]) -> int:
    """How many words a definition has before its body."""
    if not isinstance(statement, tree.Define):
        return 0
    return next(i for i, word in enumerate(inside) if word.start >= statement.body.start)


def named(word: Word, before: str, sign: str, params: set[str], defined: set[str]) -> str:
    """What a word is, nothing where it is none of the catalogue and stands for nothing that was said before."""
    if word.kind != "NAME":
        return "keyword" if word.text.isalpha() and word.text != "shared" else ""
    if before == "@" or before == "use" or before == "to":
        return before
    if sign == ":" or (sign == "=" and before == "around"):
        return ""
    if sign == "=" and before in ("(", ","):
        return "option"
    for kind, known in (("layer", CATALOGUE), ("structure", STRUCTURES), ("flag", FLAGS), ("function", FUNCTIONS)):
        if word.text in known:
            return kind
    if word.text in QUANTITIES and sign == "(":
        return "quantity"
    return "parameter" if word.text in params else "name" if word.text in defined else ""


def good() -> Iterator[tuple[str, Program]]:
    for text in PROGRAMS:
        try:
            yield text, Program(Source(text), parse(Source(text)))
        except NetError:
            continue


def recall(as_typed: bool, every: int) -> tuple[Counter[str], list[tuple[str, str]]]:
    """How many next words of each kind were offered, and those that were not: typing to the end, or in the middle."""
    met: Counter[str] = Counter()
    missed = []
    rng = random.Random(5)
    for text, program in good():
        definitions = {name: it.node for name, it in program.definitions.items()} if as_typed else {}
        names = dict.fromkeys((*definitions, *(f"@{name}" for name in program.towers)), "x") if as_typed else {}
        for word, kind in list(truths(text))[rng.randrange(every) :: every]:
            written = text[: word.start] if as_typed else text[: word.start] + text[word.end :]
            found = {it.text.strip("(=@") for it in completions(written, word.start, names, definitions)}
            met[kind] += 1
            if word.text not in found:
                missed.append((kind, text[: word.start].rpartition("\n")[2] + "‸" + word.text))
    return met, missed


@pytest.mark.slow
@pytest.mark.parametrize(("as_typed", "every"), [(True, 1), (False, 4)], ids=["at the end", "in the middle"])
def test_the_next_word_is_offered(as_typed: bool, every: int) -> None:
    """Every one of them: what is not offered is a fault."""
    met, missed = recall(as_typed, every)
    assert not missed
    assert all(met[kind] > 700 // every for kind in ("layer", "parameter", "name"))
    kinds = ("structure", "flag", "option", "function", "quantity", "keyword", "@", "use", "said before")
    assert all(met[kind] for kind in kinds)

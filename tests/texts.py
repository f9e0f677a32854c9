"""Texts by number: word soup, mutated sentences and every way to break one off."""

from __future__ import annotations

import random
import re
from functools import cache

from paramula.language.tables import load
from paramula.layers import CATALOGUE
from paramula.layers.foreign import FOREIGN
from paramula.layers.words import FLAGS, FUNCTIONS, QUANTITIES, STRUCTURES, UNITS

SEED = 11

GOOD = [
    "(28,28,1) -> conv(3x3,32) -> pool(2) -> dense(100) -> dense(10)",
    "(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(100,relu) -> dense(10,softmax)",
    "conv(3x3,32,same) -> pool(2) -> dense(100)",
    "784 -> flatten -> dense(10) -> softmax",
    "28x28x1 -> conv(5x5,5,relu) -> pool(3,2) -> conv(3x3,12,relu) -> pool(5,2) -> dense(128,relu) -> dense(10)",
    "assume H % 4 == 0, W % 4 == 0\n(H,W,3) -> conv(3x3,c,same,s=2) -> pool(2)",
    "(T,d) -> attention(h,kv=g,nobias)",
    "time: (e) -> dense(c,silu)\n(H,W,c) -> conv(3x3,c,same) + (@time -> linear(c)) -> relu",
    "(H,W,C) -> (conv(1x1,a) | (conv(1x1,b) -> conv(3x3,b,same)) | id)",
    "(H,W,c) -> sepconv(3x3,f,same) -> dwconv(3x3,multiplier=2) -> bn -> relu6",
    "(224*h, 224*h, 3) -> conv(7x7,64,s=2,p=3) -> pool(3,s=2,p=1) -> [conv(3x3,64,s=2,p=1) for i in 1..3]",
    "(H,W,C) -> conv(3x3,32,same) -> gap -> fork(dense(5), dense(2))",
    "(H,W,c) -> conv(3x3,f,same,g=g)",
    "(8*h,8*w,C) -> top: conv(3x3,c,same) -> pool(2) -> conv(3x3,c,same) -> up(2) -> concat(id, @top)",
    "shared table = embed(V,d)\n(T) -> table -> lstm(d,seq)*2 -> unembed(table) -> shift",
    "double(c) = conv(3x3,c,same,relu) -> conv(3x3,c,same,relu)\n"
    "level(c, inner) = double(c) -> (id | (pool(2) -> inner -> tconv(2,c,s=2))) -> double(c)\n"
    "(16*h,16*w,1) -> level(c, level(2*c, level(4*c, double(8*c)))) -> conv(1x1,2)",
    "(64,64,1) -> [conv(3x3,4*2^i,same) -> inner for i in 0..2 around inner = conv(3x3,32)]",
    "(T,c) -> [conv(2,c,causal,d=2^i) for i in 0..5]",
    "block(t,c,s) = (h,w,i) -> conv(1x1,t*i,nobias) -> bn -> relu6 -> dwconv(3x3,s=s,p=1,nobias) -> conv(1x1,c)\n"
    "stage(t,c,n,s) = block(t,c,s) -> residual(block(t,c,1))*(n-1)\n"
    "(64,64,16) -> [stage(t,c,n,s) for (t,c,n,s) in {(6,24,2,2), (6,32,3,2), (6,64,4,1)}] -> gap -> dense(1000)",
    "se(r) = (h,w,c) -> mul(id, gap -> dense(c/r,relu) -> dense(c,sigmoid))\n(H,W,c) -> se(4)",
    "(T) -> embed(V,d) -> bi(gru(u,seq)) -> lstm(u) -> dense(2)",
    "(T,7) -> bi(lstm(11,seq,biases=2)) -> bi(lstm(11,seq,biases=2)) -> last",
    "(d) -> dense(d,relu)*3 -> dense(10)",
    "(d) -> dense(d,relu)*n -> dense(10)",
    "down = (h,w,c) -> conv(3x3,2*c,same) -> pool(2)\n(h*2^n, w*2^n, c) -> down*n",
    "layer = (id | conv(3x3,k,same))\n(H,W,c) -> layer*4",
    "(H,W,3) -> [conv(3x3, w*2^i, same) for i in 0..4]",
    "(H,W,c) -> residual(conv(3x3,c,same,relu) -> conv(3x3,c,same)) -> relu",
    "(8,8,4) -> residual(conv(3x3,8,s=2,p=1), conv(1x1,8,s=2))",
    "shared f = dense(d,tanh)\n(d) -> f*3",
    "(8) -> shared(dense(8) -> relu) * 12",
    "shared f = conv(3x3,8,same,relu) -> gap -> dense(16)\nleft: (H,W,1) -> f\nright: (H,W,1) -> f\n"
    "mul(@left, @right) -> dense(1)",
    "(H,W,3) -> c(8) -> c(16) -> c(16,5)\nc(f, k=3) = conv(k,f,same)",
    "(H,W,3) -> conv(3x3, round_to(32*0.75,8), same) -> conv((k,1), max(3, f//2))",
    "(D,H,W,C) -> conv(3x3x3,f) -> instancenorm(affine) -> prelu(shared)",
    "(224,224,3) -> patch(16,768) -> cls -> pos -> (residual(ln -> attention(12)) -> residual(ln -> linear(3072,gelu)\n"
    "  -> linear(768)))*2 -> ln -> first -> dense(1000)",
    "(T,512) -> moe(linear(2048,silu) -> linear(512), 8, active=2) -> rms",
    "net = (784) -> dense(n)\nassert params(net) == 785*n, macs(net) <= 1M*n\nnet",
    "n = 4; (H,W,3) -> conv(3x3, 8*n, same) # a comment\n  -> gap",
    "enc: (S) -> embed(V,d) -> attention(8)\n(T) -> embed(V,d) -> attention(8, over=@enc) -> linear(V)",
    "(49,96) -> param(169, 3) -> attention(3) -> permute(1,0) -> reshape(96,7,7) -> slice(0,3) -> mean(0)",
    "(16,16,64) -> shuffle(2) -> unshuffle(2) -> widen(96) -> gn(32) -> glu -> crop(((1,2),(0,1))) -> pad(3)",
    "(n) -> dense(sum(i^2 for i in 1..4) + floor(n/2) - log2(8) + sqrt(16) + abs(-3) + n % 3 + min(n, 7))",
    "params(net) at f=32, H=224\nnet = (H,H,3) -> conv(3x3,f)",
    "net = (784) -> dense(n)\nsolve params(net) <= 1M for n where n % 8 == 0",
    "a = (784) -> dense(n)\nsweep params(a), macs(a) for n in 8..128 step 8\ncompare a, a\nparams(a) * 4 to MiB",
]

STRANGE = [
    "→", "×", "−", "–", "“", "”", "‘", "·", "≤", "…", "²", "½", "٣", "é", "漢", "🙂", "\u200b", "\u202e",
    "\u00a0", "\ufeff", "\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ud800", "α", "λ", "Σ", "\r",
    "\f", "\v", "'", "`", "$", "?", "&", "!", "~", "\\", "\\n", "{", "}", "%s", "{0}", "{a}", "[bold]",
    "__class__", "1" * 1200, "(" * 120, "-" * 120, "x" * 200,
]  # fmt: skip
SYMBOLS = [
    "H", "W", "c", "n", "k", "f", "T", "d", "a", "b", "x", "i", "E", "I", "S", "pi", "lambda", "_", "__", "net",
    "kxk", "θ",
]  # fmt: skip
NUMBERS = [
    "0", "1", "2", "3", "4", "7", "8", "16", "32", "64", "100", "224", "1000", "0.5", "0.75", "2.5", "1_000",
    "00", "9999999", "3x3", "1x1", "7x1", "2x2x2", "28x28x1", "0x0", "3×3", "10^9", "2^n", "-1", "-n", "n/2",
    "n//2", "1/3", "2k", "1.5M", "8h", "1e3", "3xk", "64Ki", "99999999999999999999", "9^9^9", "(k,k)",
    "((1,2),(3,4))", "(1,)", "n*0", "1/0", "n%2", "i",
]  # fmt: skip
OPTIONS = [
    "s=2", "s=(1,2)", "p=1", "p=same", "p=((1,0),(0,1))", "d=2", "g=4", "k=3", "f=8", "stride=2", "padding=1",
    "dim=3", "kv=2", "biases=2", "multiplier=2", "active=2", "axis=0", "axis=-1", "output_pad=1", "over=@enc",
    "axes=2", "s=0", "g=n", "x=1",
]  # fmt: skip


@cache
def pools() -> list[list[str]]:
    """The words that soup is made of, by kind, each kind as likely as another."""
    fixed = sorted(load().fixed.values())
    operators = ["+", "-", "*", "/", "//", "%", "^", "**", "==", "<=", ">", "!=", "->", "->", "|", ":", "=", "..", "@"]
    return [
        sorted(CATALOGUE),
        sorted({*CATALOGUE, *STRUCTURES, *FLAGS, *FUNCTIONS, *QUANTITIES, *UNITS}),
        sorted(FOREIGN)[:: max(1, len(FOREIGN) // 20)],
        fixed,
        operators,
        ["(", ")", "(", ")", "[", "]", "{", "}", ",", ",", ";", "\n", " ", "#", '"', '"a"'],
        SYMBOLS,
        NUMBERS,
        OPTIONS,
        STRANGE,
        ["-> "],
        [" -> ", ", ", "(", ")"],
    ]


def soup(rng: random.Random) -> str:
    """Words in any order; half of the time as calls in a chain, which get further."""
    if rng.random() < 0.5:
        return "".join(rng.choice(rng.choice(pools())) + rng.choice(["", " "]) for _ in range(rng.randint(1, 25)))
    head = rng.choice(
        ["", "(H,W,3) -> ", "(8,8,4) -> ", "(T,64) -> ", "(T) -> ", "(n) -> ", "(D,H,W,c) -> ", "(8) -> ", "784 -> "]
    )
    return head + " -> ".join(step(rng, 0) for _ in range(rng.randint(1, 5)))


def step(rng: random.Random, level: int) -> str:
    """A step of a chain that looks right, mostly."""
    draw = rng.random()
    if level < 3 and draw < 0.3:
        a, b = step(rng, level + 1), step(rng, level + 1)
        return rng.choice(
            [
                f"({a} + {b})", f"({a} | {b})", f"residual({a})", f"mul({a}, {b})", f"({a})*{rng.choice(NUMBERS)}",
                f"[{a} for i in 1..{rng.choice('0123n')}]", f"fork({a}, {b})", f"(x: {a}) -> ({b} | @x)",
                f"shared({a})*2", f"add({a}, {b})", f"concat({a}, {b}, axis={rng.randint(-3, 3)})", f"({a} -> {b})",
                f"({a} - {b})", f"bi({a})", f"moe({a}, 4, active=2)",
                f"[{a} -> inner for i in 0..1 around inner = {b}]", f"{a} + id", f"-{a}",
            ]
        )  # fmt: skip
    if draw < 0.4:
        return rng.choice(
            ["(h,w,c)", "(c)", "(...,c)", "(_,c)", "(_,_,4)", "(t,c)", "(h,h,c)", "@x", "id", "relu", "gap", "bn"]
        )
    name = rng.choice(sorted(CATALOGUE))
    arguments: list[str] = []
    for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 2, 3, 4])):
        pool = rng.choice(
            [NUMBERS, NUMBERS, NUMBERS, SYMBOLS, OPTIONS, sorted(FLAGS), ["relu", "same", "nobias", "3x3", "8", "16"]]
        )
        arguments.append(rng.choice(pool))
    return f"{name}({','.join(arguments)})" if arguments else name


def pieces(text: str) -> list[str]:
    """A text in words and the rest, as people would cut it."""
    return re.findall(r"\w+|->|//|\*\*|==|<=|>=|!=|\.\.|\s+|.", text, re.DOTALL)


def mutated(rng: random.Random) -> str:
    """A good sentence with a few words or characters dropped, doubled, swapped or replaced."""
    text = rng.choice(GOOD)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        parts = pieces(text) if rng.random() < 0.8 else list(text)
        if not parts:
            break
        i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
        match rng.randrange(7):
            case 0:
                del parts[i]
            case 1:
                parts.insert(i, parts[i])
            case 2:
                parts[i], parts[j] = parts[j], parts[i]
            case 3 | 4:
                parts[i] = rng.choice(rng.choice(pools()))
            case 5:
                parts.insert(i, rng.choice(rng.choice(pools())))
            case _:
                del parts[min(i, j) : min(max(i, j), min(i, j) + 8)]
        text = "".join(parts)
    return text


@cache
def truncations() -> list[str]:
    """Every beginning and every end of some good sentences."""
    texts = GOOD[::4]
    return [part for text in texts for i in range(len(text) + 1) for part in (text[:i], text[i:])]


def drawn(number: int) -> str:
    """The text with this number."""
    broken_off = truncations()
    if number % 4 == 0 and number // 4 < len(broken_off):
        # 3,000 texts should meet all sentences, so the order is shuffled once
        order = list(range(len(broken_off)))
        random.Random(SEED).shuffle(order)
        return broken_off[order[number // 4]]
    rng = random.Random(f"{SEED}:{number}")
    return soup(rng) if rng.random() < 0.4 else mutated(rng)

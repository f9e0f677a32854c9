"""Random blocks that are repeated a symbolic number of times, each in a program, and those that once went wrong."""

from __future__ import annotations

import os
import random

BLOCKS = 3_000 if os.environ.get("PARAMULA_LONG") else 300
SEED = 11

IMAGE = [
    "conv(3x3,{f},same)", "conv(1x1,{f},nobias)", "conv(3x3,{f})", "conv(3x3,{f},s=2,same)", "conv(2,{f},s=2)",
    "dwconv(3x3,same)", "bn", "relu", "pool(2)", "pool(3,1,same)", "pool(3,2,1)", "up(2)", "tconv(2,{f},s=2)", "pad(1)",
    "crop(1)", "(id | conv(3x3,{f},same))", "(id | (bn -> conv(1x1,{f})))",
    "residual(conv(3x3,{f},same), conv(1x1,{f}))",
    "((h,w,c) -> conv(1x1,2*c))",
    "((h,w,c) -> residual(conv(3x3,c,same)))", "((h,w,c) -> conv(1x1,c+{f}))",
    "((h,w,c) -> mul(id, gap -> dense({f}) -> dense(c)))", "shared(conv(1x1,{f}))",
    "(a: conv(3x3,{f},same)) -> concat(id, @a)", "((h,w,c) -> conv(1x1,r*c))", "conv(s,{f},s=s)",
]  # fmt: skip
SEQUENCE = [
    "linear({f})", "ln", "residual(ln -> linear({f}), linear({f}))", "((t,c) -> linear(2*c))", "lstm({f},seq)", "gelu",
    "bi(gru({f},seq))", "conv(3,{f},causal)", "cls", "((t,c) -> residual(attention(1)))", "((t,c) -> linear(c+{f}))",
    "attention(2,dim=3) -> scale", "(id | linear({f}))", "((t,c) -> moe(linear(c), 3, active=1))", "shift",
]  # fmt: skip
WIDTHS = ["5", "f", "2*f", "g+1"]
INDEXED = [*WIDTHS, "f*2^i", "i+1", "f*(i+1)", "3*i+f", "f*r^i"]
COUNTS = ["n", "n", "(n-1)", "(2*n+1)", "((n+2)/3)"]
DOWN = ["pool(2)", "conv(3x3,{c},same,s=2)", "conv(2,5,s=2)"]
UP = ["tconv(2,{c},s=2)", "up(2)", "tconv(2,{c},s=2,relu)"]
AROUND = [
    "(id | (DOWN -> inner -> UP))", "((DOWN -> inner -> UP -> conv(1x1,{c})) + conv(1x1,{c}))",
    "(DOWN -> inner -> UP -> conv(3x3,{c},same))", "(DOWN -> inner -> UP)",
]  # fmt: skip
FOUND = [
    "(60*c) -> [dense(60*c/i) for i in 1..n]",
    "(c) -> [dense(100//i) for i in 1..n]",
    "(8) -> [dense(floor(log2(i))+1) for i in 1..n]",
    "(8,8,1) -> [conv(3,i,same) for i in 1..n]",
    "(9) -> [dense(3)*i for i in 1..n]",
    "(9) -> [dense(3)*i -> dense(i) for i in 2..n+2]",
    "shared f = dense(9)\n(9) -> [f*i -> dense(9) for i in 1..n]",
    "level(inner) = shared(dense(3)) -> inner\n(3) -> [level(inner) for i in 1..n around inner = id]",
    "blk = shared(dense(d)) -> dense(d); level(inner) = blk -> inner -> blk\n"
    "(d) -> [level(inner) for i in 1..n around inner = level(dense(d))]",
    "shared f = dense(d)\n(d) -> f*(n-1)",
    "enc: (S,d) -> linear(d)\n(T,d) -> attention(1,over=@enc)*(n-1)",
    "(T,d) -> [attention(2^i) for i in 0..n]",
    "(H,W,c) -> [gn(2^(n-i)) for i in 0..n]",
    "(T,d) -> [attention(h, kv=2^i) for i in 0..n]",
    "(c) -> [dense(c/2^i) for i in 1..n]",
    "(T,d) -> [linear(d+i) -> attention(2) for i in 1..n]",
    "(T,8) -> [(pad((1,0)) -> rest -> crop((1,0))) for i in 1..n around rest = linear(8)]",
    "f = (w,_) -> [id + rest for i in 2..w/7 around rest = linear(8)]\n(21,8) -> f*n",
    "(T,C) -> (ln -> attention(2,dim=3) -> scale)*(n-1) -> relu",
    "(8) -> ((c) -> dense(2*c))*((n+2)/3)",
    "(T,8) -> moe(shared(linear(8))*n, 4, active=2)",
    "(T,8) -> moe([(linear(8) -> inner) for i in 1..n around inner = linear(8)], 4, active=2)",
    "b = x: id -> attention(2, over=(@x -> linear(8) -> gelu))\n(T,8) -> [b*i for i in 1..n]",
]


def draw(rng: random.Random) -> str:
    """A program with a block that is repeated n times, m times within that, for each index, or around itself."""
    if rng.random() < 0.1:
        return nest(rng)
    image = rng.random() < 0.6
    head = "(H*2^n,W*2^n,C)" if rng.random() < 0.5 else "(H+40,W+40,C)"
    listed = rng.random() < 0.5
    widths = INDEXED if listed else WIDTHS
    pieces = [p.format(f=rng.choice(widths)) for p in rng.choices(IMAGE if image else SEQUENCE, k=rng.randint(1, 3))]
    block = " -> ".join(pieces)
    if rng.random() < 0.15:
        block = f"({block})*{rng.choice(['m', '2'])}"
    again = (
        f"[{block} for i in {rng.choice(['0..n-1', '1..n', '0..n', '2..n+1'])}]"
        if listed
        else f"({block})*{rng.choice(COUNTS)}"
    )
    return f"{head if image else '(T,C)'} -> {again} -> {'gap -> ' if image and rng.random() < 0.3 else ''}relu"


def nest(rng: random.Random) -> str:
    """A network of n levels: in, down, the next level, up, out."""
    width = rng.choice(["c*2^i", "c", "c+2*i", "7"])
    before, after = (
        rng.choice([f"conv(3x3,{width},same) -> ", f"conv(5x5,{width},same,relu) -> bn -> ", ""]) for _ in "io"
    )
    around = rng.choice(AROUND).replace("DOWN", rng.choice(DOWN)).replace("UP", rng.choice(UP)).format(c=width)
    head = rng.choice(["(H*2^n,W*2^n,3)", "(H,W,3)", "(H*4^n,H*2^n,3)"])
    level = f"{before}{around} -> {after}conv(1x1,{width})"
    return f"{head} -> [{level} for i in 0..n-1 around inner = conv(3x3,{width.replace('i', 'n')},same)]"

"""The guided tour: three minutes through what a session can do. Sentences only; they are run where they are shown."""

from __future__ import annotations

STEPS = (
    (
        "A network is a sentence, read left to right: an image, layers, what comes out. Every row says what it gives "
        "out and how many parameters it has.",
        "(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)",
    ),
    ("Where does that come from? Each layer's formula, with its numbers put in:", ":explain"),
    (
        "Leave sizes open, and the answers are exact formulas, with the conditions under which they hold.",
        "(H,W,3) -> conv(5x5,f) -> pool(2) -> gap -> dense(10)",
    ),
    ("Who asks for a condition, and where does a size go?", ":why H"),
    (
        "Name things. A definition with parameters is a template: every use has new weights.",
        "block(c) = residual(conv(3x3,c,same,relu) -> conv(3x3,c,same)) -> relu",
    ),
    (
        "Depth may be a symbol, too: one closed form in width and depth.",
        "net = (H,W,3) -> conv(3x3,w,same) -> block(w)*n -> gap -> dense(10)",
    ),
    (
        "A quantity of a network is a number: compute with it, put numbers in, choose a unit.",
        "params(net)*4 at w=64, n=16 to MiB",
    ),
    (
        "Backwards: the largest width within a budget, and the next one as the proof.",
        "solve (params(net) at n=16) <= 1M for w",
    ),
    (
        "What if? A table over values of a symbol.",
        "sweep (params(net) at w=64), (macs(net) at w=64, H=32, W=32) for n in 2..8 step 2",
    ),
    ("Published networks are known by their names, with other classes if you like.", "params(resnet50(classes=10))"),
    ("Or as families, in symbols:", "params(gpt2(L,d,h))"),
    ("A mistake is answered with the place and the way out.", "(28,28,1) -> conv(3x3,32,smae)"),
    ("That is all you need. 'help conv' explains a word, Tab completes, ':quit' leaves. The commands:", ":help"),
)

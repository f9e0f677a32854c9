"""Writes the pages that are made: layers.md from the catalogue, families.md, library.md and gallery.md (with its
pictures) from the library.

`python docs/generate.py` rewrites them, `--check` only says whether they are fresh (exit status 1 where one is not).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from paramula.algebra.forms import form  # noqa: E402
from paramula.algebra.spelling import ascii_text  # noqa: E402
from paramula.engine import program  # noqa: E402
from paramula.formats.text import shape_text, size_text  # noqa: E402
from paramula.language import tree  # noqa: E402
from paramula.layers import CATALOGUE  # noqa: E402
from paramula.layers.words import FLAGS, FUNCTIONS  # noqa: E402
from paramula.network import network  # noqa: E402
from paramula.surfaces.help import EXAMPLES, about, flag, summary  # noqa: E402
from paramula.surfaces.help import families as words  # noqa: E402

HEAD = """\
# Layers

Every word of the language: how it is called, what it does, and an example with its shape and its parameters.
This page is made from the catalogue by `python docs/generate.py`. `paramula help NAME` shows the same for one word.

How to read a call: the names before the first `=` are required and may stand by position. `s=1` shows what holds where
nothing is said. Words at the end without `=` are flags. `…` after `=` says that there is no number by default, `n, …`
that more may follow. Where a layer takes `s`, `p`, `d` or `g` they may be written `stride`, `padding`, `dilation` and
`groups`, and an activation may stand among the flags of any layer. `c` is the number of channels that come in, `n` a
size along a spatial axis.
"""

FAMILIES_HEAD = """\
# Families

Whole architectures in symbols: depth, width, vocabulary, image and classes left open. Each is a definition of the
library; its parameters and its multiply–accumulates are closed forms, exact for every value that meets the conditions,
and its published members are the same definition with numbers. The tests compare each form with the network written
out, and each member with the framework or paper that its file names.

This page is made from the library by `python docs/generate.py`.
"""

# A title, the file of the library, and the family's sentence.
FAMILIES = [
    ("ResNet for CIFAR, 6n + 2 layers of width w", "resnet_cifar", "resnet_cifar(n, w, (H,W,3), K)"),
    ("Wide ResNet, 6n + 4 layers, k times as wide", "wide_resnet", "wide_resnet(n, k, (H,W,3), K)"),
    ("DenseNet, 3n + 4 layers, growth rate k", "densenet_cifar", "densenet_cifar(n, k, (H,W,3), K)"),
    ("DenseNet by its depth L", "densenet_cifar", "densenet_cifar((L - 4)/3, k)"),
    ("DenseNet-BC, 6n + 4 layers, growth rate k", "densenet_cifar", "densenet_bc_cifar(n, k, (H,W,3), K)"),
    ("DenseNet-BC by its depth L", "densenet_cifar", "densenet_bc_cifar((L - 4)/6, k)"),
    ("ResNet with bottlenecks", "resnet", "resnet(a, b, c, d, (H,W,3), K)"),
    ("VGG", "vgg", "vgg(a, b, c, d, e, (H,W,3), K)"),
    ("MobileNet in its width, f = 32 times the multiplier", "mobilenet_v1", "mobilenet_v1((H,W,3), K, f/32)"),
    ("U-Net of n levels, c channels in the first", "unet", "unet_same(n, c, (h*2^n,w*2^n,3), K)"),
    ("U-Net as published, without padding", "unet", "unet_valid(n, c, ((h+4)*2^n-4,(w+4)*2^n-4,1), K)"),
    ("Temporal convolutional network of n levels", "tcn", "tcn(n, c, k, i, T)"),
    ("Vision Transformer", "vit", "vit(L, d, h, m, p, (H,W,3), K)"),
    ("BERT", "bert", "bert(L, d, h, V)"),
    ("GPT-2", "gpt2", "gpt2(L, d, h, V, T)"),
    ("T5", "t5", "t5(L, d, h, f, V)"),
    ("Llama", "llama", "llama(L, d, h, f, V, kv)"),
    ("Mixtral", "mixtral", "mixtral(L, d, h, f, V, kv, E, A)"),
]
FORMS = ("params", "macs")
FIELDS = ("unet", "tcn", "resnet_cifar")  # the files of families whose receptive field is shown as well

LIBRARY_HEAD = """\
# Library

Published networks and the blocks they share, written in paramula's own language: one file each, which opens with its
source and asserts its published counts. `paramula library` lists them, `paramula library NAME` prints a file.

A published network is known by its name wherever a network must stand:

```paramula
resnet50(classes=10)
# params == 23528522
```

```paramula
gpt2(L=24, d=d, h=16)
# params == 288*d^2 + 51595*d
```

`use` brings the definitions of a file, never its network:

```paramula
use transformer
(T,512) -> encoder(8, 2048) * 6
# params == 18902016
```

A definition of the program wins over one of the library. A definition of the library sees the names of its own file.
Networks on images take `image` and `classes`: `resnet50(image=(H,W,3), classes=K)`.

This page is made from the files by `python docs/generate.py`.
"""


def families() -> str:
    """Every family: its sentence, its closed forms, its conditions and its members."""
    parts = [FAMILIES_HEAD]
    shown: set[str] = set()
    for title, file, sentence in FAMILIES:
        net = network(f"use {file}\n{sentence}")
        order = tuple(net.order)
        answers_ = [f"# {name} == {ascii_text(form(net.quantity(name), order))}" for name in FORMS]
        if file in FIELDS:
            answers_.append(f"# receptive_field == {shape_text(net.quantity('receptive_field'), order, ascii=True)}")
        parts.append(f"## {title}\n\n```paramula\nuse {file}\n{sentence}\n" + "\n".join(answers_) + "\n```\n")
        if net.conditions:
            parts.append("Conditions: " + ", ".join(f"`{condition}`" for condition in net.conditions) + ".\n")
        family = sentence.split("(")[0]
        if family not in shown:
            parts += members(file, family)
        shown.add(family)
    return "\n".join(parts)


def members(file: str, family: str) -> list[str]:
    """The published members of a family, as the file defines them, with what it states of them."""
    home = program.library(file)
    rows = []
    for name, numbers in program.stated(file).items():
        said = home.definitions[name].node.body
        first = said.steps[0] if isinstance(said, tree.Chain) else said
        if name == family or (isinstance(first, tree.Call) and first.name == family):
            text = f"{family}()" if name == family else tree.text(said).replace(", image, classes", "")
            rows.append(f"| `{name}` | `{text}` | {' | '.join(stated(numbers, q) for q in FORMS)} |")
    return ["| member | is | " + " | ".join(FORMS) + " |\n|---|---|---:|---:|", *rows, ""] if rows else []


def stated(numbers: dict[str, int], quantity: str) -> str:
    return f"{numbers[quantity]:,}" if quantity in numbers else ""


def shelf() -> str:
    """The files of the library and what they state."""
    parts = [LIBRARY_HEAD]
    for file in program.files():
        parts.append(f"## {file}\n\n{program.title(file)}\n")
        parts.append("| network | params | state | macs |\n|---|---:|---:|---:|")
        for name, numbers in program.stated(file).items():
            parts.append(f"| `{name}` | {' | '.join(stated(numbers, q) for q in ('params', 'state', 'macs'))} |")
        parts.append("")
    return "\n".join(parts)


def layers() -> str:
    """Every word of the language."""
    parts = [HEAD]
    for family, names in words().items():
        parts.append(f"## {family.capitalize()}\n")
        alike: dict[str, list[str]] = {}
        for name in names:
            alike.setdefault(summary(name), []).append(name)
        parts += [entry(group) for group in alike.values()]
    parts.append("## Flags\n")
    parts.append("| flag | meaning | of |\n|---|---|---|")
    parts += [f"| `{name}` | {flag(name)} | {takers(name)} |" for name in sorted(FLAGS)]
    parts.append("\nThe activations are flags of every layer, too: `conv(3x3, 64, relu)` is `conv(3x3, 64) -> relu`.\n")
    parts.append("## Functions\n")
    parts.append("Functions of numbers, for sizes and for queries.\n")
    parts.append("| function | gives | example |\n|---|---|---|")
    parts += [f"| `{name}` | {what} | {asked(name)} |" for name, (_, _, what) in FUNCTIONS.items()]
    return "\n".join(parts) + "\n"


def entry(names: list[str]) -> str:
    """Words that mean the same: their calls, their help, and the example of the first, answered."""
    first = about(names[0])
    title = ", ".join(f"`{name}`" for name in names)
    text = [paragraph.replace("\n", " ") for paragraph in first.text.split("\n\n")]
    calls = [about(name).call for name in names]
    shown = "" if calls == names else ", ".join(f"`{call}`" for call in calls) + "\n\n"
    example = f"```paramula\n{first.example}\n{answers(first.example)}\n```\n"
    return f"### {title}\n\n{shown}" + "\n\n".join([*text, example])


def answers(example: str) -> str:
    """The shape and the parameters of an example, as comments that the tests check."""
    net = network(example)
    order = tuple(net.order)
    params = size_text(net.quantity("params"), order, ascii=True).replace(",", "")
    return f"# shape == {shape_text(net.quantity('shape'), order, ascii=True)}\n# params == {params}"


def takers(flag: str) -> str:
    """The layers that a flag belongs to."""
    padding = ("same", "valid", "causal")
    names = [
        name
        for name, it in CATALOGUE.items()
        if flag in it.flags or (flag in padding and any(p.kind == "Padding" for p in it.params))
    ]
    return ", ".join(f"`{name}`" for name in names)


def asked(name: str) -> str:
    """An example of a function with its answer."""
    from paramula.questions.statements import answers, read

    ((said, value, order, *_),) = answers(read(EXAMPLES[name]), {}).lines
    return f"`{said}` is {size_text(value, order)}"


GALLERY_HEAD = """\
# Gallery

What [a paper takes](paper.md) of networks of the library: the figure that `paramula figure NAME` draws (`paramula latex
figure NAME` is the same in TikZ), the formulas of `paramula latex NAME`, the table of `paramula table stages NAME`.

This page and its pictures are made by `python docs/generate.py`.
"""
GALLERY = {
    "lenet5": "lenet5", "resnet50": "resnet50", "googlenet": "googlenet", "densenet121": "densenet121",
    "mobilenet_v2": "mobilenet_v2", "unet": "unet", "transformer": "transformer_base", "gpt2": "gpt2(L, d, h)",
    "vit": "vit_b_16",
}  # fmt: skip


def gallery() -> str:
    """Figure, formulas and stages of some networks."""
    parts = [GALLERY_HEAD]
    for name, sentence in GALLERY.items():
        net = network(sentence)
        formulas = net.latex("formula", env="plain").splitlines()[1:]
        table = net.table("stages").markdown()
        parts += [f"## `{sentence}`\n", f"![{sentence}](pictures/gallery/{name}.svg)\n"]
        parts += [f"$${formula}$$\n" for formula in formulas]
        parts.append(f"{table}\n")
    return "\n".join(parts)


def drawn(sentence: str) -> str:
    svg: str = network(sentence).figure(width="440pt").svg()
    return svg


PAGES: dict[str, Callable[[], str]] = {
    "layers.md": layers, "families.md": families, "library.md": shelf, "gallery.md": gallery,
    **{f"pictures/gallery/{name}.svg": partial(drawn, sentence) for name, sentence in GALLERY.items()},
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Writes the pages, or says which are stale; returns the exit status."""
    stale = 0
    for name, made in PAGES.items():
        path, fresh = ROOT / "docs" / name, made()
        if path.exists() and path.read_text("utf-8") == fresh:
            continue
        if "--check" in arguments:
            print(f"docs/{name} is stale: run python docs/generate.py")
            stale = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fresh, "utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

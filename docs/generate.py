"""Writes docs/layers.md from the catalogue: every word of the language, its call, its help and an example answered.

`python docs/generate.py` rewrites the page, `--check` only says whether it is fresh (exit status 1 where it is not).
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from paramula.help import FLAG_HELP, about, families, summary  # noqa: E402
from paramula.layers import CATALOGUE  # noqa: E402
from paramula.network import network  # noqa: E402
from paramula.render.text import shape_text, size_text  # noqa: E402
from paramula.words import FLAGS, FUNCTIONS  # noqa: E402

PAGE = ROOT / "docs" / "layers.md"
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

# What an example of a function shows: a query, answered below it.
QUERIES = {
    "floor": "floor(7/2)",
    "ceil": "ceil(7/2)",
    "round": "round(5/2)",
    "min": "min(3, 1, 2)",
    "max": "max(3, 1, 2)",
    "abs": "abs(2 - 5)",
    "log2": "log2(64)",
    "sqrt": "sqrt(144)",
    "round_to": "round_to(30, 8)",
    "sum": "sum(i^2 for i in 1..10)",
}


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for family, names in families().items():
        parts.append(f"## {family.capitalize()}\n")
        alike: dict[str, list[str]] = {}
        for name in names:
            alike.setdefault(summary(name), []).append(name)
        parts += [entry(group) for group in alike.values()]
    parts.append("## Flags\n")
    parts.append("| flag | meaning | of |\n|---|---|---|")
    parts += [f"| `{name}` | {FLAG_HELP[name]} | {takers(name)} |" for name in sorted(FLAGS)]
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
    from paramula.queries import answers, read

    ((said, value, order),) = answers(read(QUERIES[name]), {}).lines
    return f"`{said}` is {size_text(value, order)}"


def main(arguments: list[str]) -> int:
    """Writes the page, or says whether it is stale; returns the exit status."""
    fresh = page()
    if "--check" in arguments:
        if PAGE.exists() and PAGE.read_text("utf-8") == fresh:
            return 0
        print("docs/layers.md is stale: run python docs/generate.py")
        return 1
    PAGE.write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Measures paramula against its goals, and beside SymPy, PyTorch and torchinfo: `python tests/benchmarks/run.py`.

    run.py                     every measurement, in a table
    run.py NAME …              those whose name contains one of these words
    run.py --profile NAME      where the time of one goes: the functions of paramula with the largest own share

"Text to every total" is everything: reading the sentence, tracing it, and each quantity as paramula computes it (SymPy
expressions are made on request and not counted). "Warm" is the median of several runs in one process, in processor
time, so that what else runs on the machine counts less.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "src"), str(HERE.parent)]

import installed  # noqa: E402
import paramula  # noqa: E402
from paramula.layers.words import QUANTITIES  # noqa: E402
from paramula.surfaces.complete import completions  # noqa: E402
from paramula.surfaces.session import Session  # noqa: E402


class Measured(NamedTuple):
    """A measurement beside its goal, both in seconds; no goal: shown for comparison."""

    name: str
    seconds: float
    goal: float | None
    note: str = ""


# Networks.


def resnet152() -> str:
    """ResNet-152 written out flat, without a definition (He et al. 2015; stride in the 3x3, as torchvision)."""

    def conv(window: int, filters: int, stride: int = 1) -> str:
        rest = f", s={stride}" if stride > 1 else ""
        return f"conv({window}x{window}, {filters}, p={window // 2}{rest}, nobias) -> bn"

    steps = ["(224,224,3)", conv(7, 64, 2), "relu", "pool(3x3, s=2, p=1)"]
    for width, blocks, first in [(64, 3, 1), (128, 8, 2), (256, 36, 2), (512, 3, 2)]:
        for block in range(blocks):
            stride = first if block == 0 else 1
            body = f"({conv(1, width)} -> relu -> {conv(3, width, stride)} -> relu -> {conv(1, 4 * width)})"
            steps += [f"{body} + {f'({conv(1, 4 * width, stride)})' if block == 0 else 'id'}", "relu"]
    return " ->\n".join([*steps, "gap", "dense(1000)"])


def convolutions(layers: int, padding: str) -> str:
    """A chain of 3x3 convolutions with symbolic places and width."""
    return "(H,W,c) -> " + " -> ".join([f"conv(3x3, c, {padding})"] * layers)


def perceptron(layers: int) -> str:
    """A perceptron whose every width is a symbol of its own."""
    return f"(n0) -> {' -> '.join(f'dense(n{i})' for i in range(1, layers + 1))}"


DENSENET = """\
brc(w, f) = bn -> relu -> conv(w, f, same, nobias)
layer(k) = id | (brc(1x1, 4*k) -> brc(3x3, k))
transition = (_,_,c) -> brc(1x1, c/2) -> avgpool(2)
densenet(k, a, b, c, d, H, W) = (H,W,3)
    -> conv(7x7, 2*k, same, s=2, nobias) -> bn -> relu -> pool(3, 2, 1)
    -> [layer(k) * n -> transition for n in {a, b, c}] -> layer(k) * d -> bn -> relu -> gap -> dense(1000)
"""
RESNET = """\
cb(k, f, s=1) = conv(k, f, same, s=s, nobias) -> bn
bottleneck(f, s, way) = residual(cb(1x1, f) -> relu -> cb(3x3, f, s) -> relu -> cb(1x1, 4*f), way) -> relu
stage(f, n, s) = bottleneck(f, s, cb(1x1, 4*f, s)) -> bottleneck(f, 1, id) * (n - 1)
resnet(w, a, b, c, d, H, W) = (H,W,3) -> cb(7x7, w, 2) -> relu -> pool(3, 2, 1)
    -> [stage(f, n, s) for (f, n, s) in {(w,a,1), (2*w,b,2), (4*w,c,2), (8*w,d,2)}] -> gap -> dense(1000)
"""
GPT = """\
shared words(V, d) = embed(V, d)
block(d, h) = residual(ln -> attention(h, causal)) -> residual(ln -> linear(4*d, gelu) -> linear(d))
gpt(L, d, h, V, T) = (T) -> words(V, d) -> pos(T) -> block(d, h) * L -> ln -> unembed(words(V, d))
"""
UNET = """\
double(c) = conv(3x3, c, same, relu) * 2
level(c, inner) = double(c) -> (id | (pool(2) -> inner -> tconv(2, c, s=2))) -> double(c)
(h*2^n, w*2^n, 1) -> [level(c*2^i, inner) for i in 0..n-1 around inner = double(c*2^n)] -> conv(1x1, 2)
"""
# A published network with numbers, with symbolic widths and input, and as a family in symbolic depth; the parameters
# of the first from torchvision 0.28 and transformers 5.23.
PUBLISHED: dict[str, tuple[str, str, str, int]] = {
    "DenseNet-201": (
        f"{DENSENET}densenet(32, 6, 12, 48, 32, 224, 224)",
        f"{DENSENET}densenet(k, 6, 12, 48, 32, H, W)",
        f"{DENSENET}densenet(k, a, b, c, d, H, W)",
        20_013_928,
    ),
    "ResNet-152": (
        f"{RESNET}resnet(64, 3, 8, 36, 3, 224, 224)",
        f"{RESNET}resnet(w, 3, 8, 36, 3, H, W)",
        f"{RESNET}resnet(w, a, b, c, d, H, W)",
        60_192_808,
    ),
    "GPT-3": (
        f"{GPT}gpt(96, 12288, 96, 50257, 2048)",
        f"{GPT}gpt(96, d, h, V, T)",
        f"{GPT}gpt(L, d, h, V, T)",
        174_604_259_328,
    ),
}


# Measurements.


def totals(text: str) -> dict[str, Any]:
    """Every quantity of a network, from its text."""
    net = paramula.net(text)
    return {name: net.quantity(name) for name in QUANTITIES}


def warm(work: Callable[[], object], runs: int = 5) -> float:
    """The median time of some work, once everything is loaded."""
    work()
    return statistics.median(timed(work, time.process_time) for _ in range(runs))


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    work()
    return clock() - start


def check() -> None:
    """What is measured is the right network."""
    found = totals(resnet152())
    known = {"params": 60_192_808, "macs": 11_513_626_624}
    wrong = {name: found[name] for name in known if found[name] != known[name]}
    if wrong:
        raise SystemExit(f"ResNet-152 has {known}, but paramula says {wrong}")
    for name, (text, _, _, params) in PUBLISHED.items():
        if totals(text)["params"] != params:
            raise SystemExit(f"{name} has {params} parameters, but paramula says otherwise")


CONV = 1_000
WORK: dict[str, tuple[Callable[[], object], float | None]] = {
    "ResNet-152, flat": (lambda: totals(resnet152()), 0.060),
    "1,000 conv, same": (lambda: totals(convolutions(CONV, "same")), 0.150),
    "1,000 conv, valid": (lambda: totals(convolutions(CONV, "valid")), 0.150),
    "10,000 conv, same": (lambda: totals(convolutions(10 * CONV, "same")), 1.5),
    "10,000 conv, valid": (lambda: totals(convolutions(10 * CONV, "valid")), 1.5),
    "perceptron of 1,000 symbols": (lambda: totals(perceptron(999)), 0.150),
    "perceptron of 1,000 symbols, shown": (lambda: str(paramula.net(perceptron(999))), 1.0),
}
for _name, (_numbers, _widths, _family, _) in PUBLISHED.items():
    WORK |= {
        f"{_name}": (lambda text=_numbers: totals(text), 0.060),  # type: ignore[misc]
        f"{_name}, symbolic widths and input": (lambda text=_widths: totals(text), 0.120),  # type: ignore[misc]
        f"{_name}, family in symbolic depth": (lambda text=_family: totals(text), 0.050),  # type: ignore[misc]
    }
WORK["U-Net, family in symbolic depth"] = (lambda: totals(UNET), 0.050)
SENTENCE = "(224,224,3) -> " + " -> ".join(["conv(3x3, 64, same, relu)"] * 100) + " -> conv(3x3, 32, sa"


def completed() -> object:
    """What one more character at the prompt costs: the words that can stand there."""
    return completions(SENTENCE, len(SENTENCE), {})


def glanced() -> object:
    """And the shape and parameters of what is typed so far."""
    return Session().glance(SENTENCE, 1.0)


for _kind in ("derivation", "table", "figure", "appendix"):
    WORK[f"paper: {_kind} of ResNet-152"] = (
        lambda kind=_kind: paramula.net("resnet152").latex(kind),  # type: ignore[misc]
        1.0,
    )
WORK |= {
    "completion behind 100 layers": (completed, 0.020),
    "the line at the bottom, 100 layers": (glanced, 0.020),
}
READY = """
from prompt_toolkit.input import DummyInput
from prompt_toolkit.output import DummyOutput
from paramula.surfaces.repl import drawn
from paramula.surfaces.session import Session
drawn(Session(), input=DummyInput(), output=DummyOutput())
"""
COLD = {
    "numbers": "(28,28,1) -> conv(3x3,32,relu) -> pool(2) -> dense(10)",
    "formulas": "(H,W,3) -> conv(3x3,f,same) -> pool(2) -> gap -> dense(10)",
}


def cold() -> Iterator[Measured]:
    """One-liners of the installed wheel, each a fresh process, against Python with SymPy alone; the best of 15."""
    with tempfile.TemporaryDirectory(prefix="paramula-") as place:
        wheel, _ = installed.built(installed.copied(Path(place, "tree")), Path(place, "dist"))
        python = installed.environment(Path(place, "env"))
        command = installed.installed(python, wheel)
        commands: dict[str, list[str | Path]] = {
            "python": [python, "-c", "pass"],
            "sympy": [python, "-c", "import sympy"],
            "prompt": [python, "-c", READY],
            **{kind: [command, text] for kind, text in COLD.items()},
        }
        best = dict.fromkeys(commands, float("inf"))
        for _ in range(15):  # in turn, so that a busy moment meets all of them
            for name, words in commands.items():
                best[name] = min(best[name], timed(lambda words=words: installed.run(*words)))  # type: ignore[misc]
    yield Measured("cold: bare python", best["python"], None)
    yield Measured("cold: import sympy", best["sympy"], None)
    ratio = best["prompt"] / best["sympy"]
    yield Measured("cold: the prompt is ready", best["prompt"], 1.2 * best["sympy"], f"{ratio:.2f} of import sympy")
    for kind in COLD:
        ratio = best[kind] / best["sympy"]
        yield Measured(f"cold: a table of {kind}", best[kind], best["sympy"] / 2, f"{ratio:.2f} of import sympy")


def torch_resnet() -> Iterator[Measured]:
    """ResNet-152 built by PyTorch on the meta device and counted; with torchinfo, run through too."""
    if find_spec("torch") is None:
        print("PyTorch is not installed: its measurements are skipped", file=sys.stderr)
        return
    from torch import nn

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, before: int, width: int, stride: int) -> None:
            super().__init__()
            first, second = unit(before, width, 1), unit(width, width, 3, stride)
            self.body = nn.Sequential(*first, nn.ReLU(), *second, nn.ReLU(), *unit(width, 4 * width, 1))
            wider = before != 4 * width
            self.way = nn.Sequential(*unit(before, 4 * width, 1, stride)) if wider else nn.Identity()
            self.last = nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.last(self.body(x) + self.way(x))

    def unit(before: int, filters: int, window: int, stride: int = 1) -> list[nn.Module]:
        conv = nn.Conv2d(before, filters, window, stride, window // 2, bias=False, device="meta")
        return [conv, nn.BatchNorm2d(filters, device="meta")]

    def built() -> nn.Module:
        layers = [*unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        before = 64
        for width, blocks, first in [(64, 3, 1), (128, 8, 2), (256, 36, 2), (512, 3, 2)]:
            for block in range(blocks):
                layers.append(Block(before, width, first if block == 0 else 1))
                before = 4 * width
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1000, device="meta")]
        return nn.Sequential(*layers, *head)

    def counted() -> int:
        return sum(p.numel() for p in built().parameters())

    if counted() != 60_192_808:
        raise SystemExit(f"PyTorch's ResNet-152 is another network: {counted()} parameters")
    yield Measured("PyTorch: ResNet-152 built (meta) and counted", warm(counted), None)
    try:
        from torchinfo import summary
    except ImportError:
        print("torchinfo is not installed: its measurement is skipped", file=sys.stderr)
        return

    def summed() -> Any:
        return summary(built(), (1, 3, 224, 224), device="meta", verbose=0)

    yield Measured("torchinfo: ResNet-152 built (meta) and summed up", warm(summed, 3), None)


def torch_published() -> Iterator[Measured]:
    """DenseNet-201 of torchvision and a GPT-3 of transformers, built on the meta device and counted."""
    models: dict[str, Callable[[], Any]] = {}
    if find_spec("torch") is not None and find_spec("torchvision") is not None:
        import torchvision

        models["DenseNet-201"] = lambda: torchvision.models.densenet201(weights=None)
    else:
        print("torchvision is not installed: DenseNet-201 beside it is skipped", file=sys.stderr)
    if find_spec("torch") is not None and find_spec("transformers") is not None:
        from transformers import GPT2Config, GPT2LMHeadModel

        config = GPT2Config(n_layer=96, n_embd=12288, n_head=96, n_positions=2048)
        models["GPT-3"] = lambda: GPT2LMHeadModel(config)
    else:
        print("transformers is not installed: GPT-3 beside it is skipped", file=sys.stderr)
    for name, model in models.items():
        import torch

        def counted(model: Callable[[], Any] = model) -> int:
            with torch.device("meta"):
                return sum(p.numel() for p in model().parameters())

        if counted() != PUBLISHED[name][3]:
            raise SystemExit(f"PyTorch's {name} is another network: {counted()} parameters")
        yield Measured(f"PyTorch: {name} built (meta) and counted", warm(counted), None)


def measured(words: list[str]) -> Iterator[Measured]:
    def wanted(name: str) -> bool:
        return not words or any(word.lower() in name.lower() for word in words)

    check()
    if wanted("cold"):
        yield from cold()
    for name, (work, goal) in WORK.items():
        if wanted(name):
            layers = len(paramula.net(resnet152()).layers) if "flat" in name else 0
            yield Measured(name, warm(work), goal, f"{layers} layers" if layers else "")
    if wanted("pytorch torchinfo"):
        yield from torch_resnet()
        yield from torch_published()


def table(rows: Iterator[Measured]) -> bool:
    """Prints the measurements as they come; returns whether every goal is met."""
    met = True
    print(f"{'':50}{'ms':>10}{'goal':>10}{'ratio':>8}")
    for row in rows:
        goal = f"{row.goal * 1000:10.1f}{row.seconds / row.goal:8.2f}" if row.goal else " " * 18
        slow = row.goal is not None and row.seconds > row.goal
        met = met and not slow
        note = f"{row.note}  TOO SLOW" if slow else row.note
        print(f"{row.name:50}{row.seconds * 1000:10.1f}{goal}  {note}".rstrip(), flush=True)
    return met


def profile(name: str) -> None:
    """The functions of paramula in which the time of a measurement is spent, by their own share."""
    work = next((work for known, (work, _) in WORK.items() if name.lower() in known.lower()), None)
    if work is None:
        raise SystemExit(f"there is no measurement called '{name}'; there are {', '.join(WORK)}")
    work()
    seen = cProfile.Profile()
    seen.runcall(work)
    stats = pstats.Stats(seen)
    whole = stats.total_tt  # type: ignore[attr-defined]
    rows = sorted(stats.stats.items(), key=lambda item: -item[1][2])  # type: ignore[attr-defined]
    print(f"{'own':>6} {'with':>6} {'calls':>9}  function ({whole * 1000:.0f} ms under the profiler)")
    for (file, line, function), (_, calls, own, cumulative, _) in rows[:25]:
        place = f"{file.rpartition('paramula/')[2]}:{line} " if "paramula/" in file else ""
        print(f"{own / whole:6.1%} {cumulative / whole:6.1%} {calls:9,}  {place}{function}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--profile", metavar="NAME")
    args = parser.parse_args()
    if args.profile:
        profile(args.profile)
        return 0
    return 0 if table(measured(args.names)) else 1


if __name__ == "__main__":
    sys.exit(main())

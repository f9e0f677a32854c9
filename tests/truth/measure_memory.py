"""Measures what PyTorch keeps in memory for layers and networks and writes memory.json beside this file.

    python -m venv measure && . measure/bin/activate
    pip install torch==2.15.0 torchvision==0.29.2 transformers==5.23.0 lion-pytorch==0.2.5
    python measure_memory.py

A few minutes on the CPU; no weights are fetched. A row's name is a sentence of our language, its module is in
memory_modules.py. Bytes count each storage once and leave out parameters and buffers. Five tables, one row a line:

saved        What the forward pass of one layer saves for the backward pass (torch.autograd.graph.saved_tensors_hooks),
             batch 3, the input the output of another layer: the distinct storages, what they are (input, output,
             parameter, buffer, cast of a parameter, extra), the bytes of each, how many alike, and which slots of
             which nodes of the graph hold them. A storage that is kept through a view is kept whole. `scalars`, where
             there are any, are saved numbers without an axis, which do not count.
networks     The same for whole networks, batch 2, whose input needs no gradient: all bytes, those of the input and of
             the output among them, and [shape, type, how many] of what is saved on the CPU in float32.
inference    The peak of live tensors under no_grad and eval(), batch 2, float32, with the output that is being written
             while its inputs live. `kept` and `dropped`: the network's operators one by one, each tensor freed after
             its last use, the network's input kept by the caller or freed as any other; `at` and `live` are the
             operator and the shapes at the peak of `kept`. `python`: as the modules run; Python keeps the arguments
             of a call until it returns, so a block's input lives as long as the block. Work space inside of a kernel
             is not seen; what an operator returns besides (indices of max pooling, statistics of a norm) is.
checkpoint   torch.utils.checkpoint.checkpoint_sequential, not reentrant, on twelve equal blocks: saved bytes after the
             forward pass, the most while a segment runs again, and the most at any time. 0 segments: no checkpoints;
             the last segment never is one. Without the states of random generators.
optimizers   Numbers in an optimizer's state after one step, by key and type, for parameters in float32 and in
             bfloat16. Tensors without an axis (step counters) are only counted, as `scalars`.

The modes of `bytes`: cpu and cpu_bf16, where all parameters and inputs are float32 or bfloat16; cuda and cuda_bf16 on
fake tensors, which have shapes and types and go the way of a CUDA tensor, but no numbers, and need no card (attention
is told to take the flash kernel in bfloat16, the memory efficient one in float32, as a card would); cuda_autocast,
where parameters are float32 and torch.autocast is on: `casts` are then the bytes of the copies of parameters. null:
this mode cannot run it. `saved` has the other modes only where they differ from cpu in more than the type that was
asked for.
"""

from __future__ import annotations

import contextlib
import json
import operator
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import lion_pytorch
import torch
import torch.utils.checkpoint
import transformers
from memory_modules import CHAIN, GPT, LLAMA, D, N, T, attention, cbr, layers, networks, pre, residual
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers.optimization import Adafactor as AdafactorOfTransformers

warnings.filterwarnings("ignore")

Row = dict[str, Any]


# Where it runs, and in which type.

MODES = ("cpu", "cpu_bf16", "cuda", "cuda_bf16", "cuda_autocast")


def on_a_card(
    q: Tensor, k: Tensor, v: Tensor, *_: Any, dropout_p: float = 0.0, is_causal: bool = False, **__: Any
) -> Any:
    """The kernel that scaled_dot_product_attention takes on a card; on fake tensors it would take none."""
    if q.dtype == torch.bfloat16:
        return torch.ops.aten._scaled_dot_product_flash_attention(q, k, v, dropout_p, is_causal)[0]
    if k.shape[1] != q.shape[1]:  # the memory efficient kernel has no groups
        k, v = (t.repeat_interleave(q.shape[1] // k.shape[1], 1) for t in (k, v))
    return torch.ops.aten._scaled_dot_product_efficient_attention(q, k, v, None, True, dropout_p, is_causal)[0]


@contextlib.contextmanager
def running(mode: str) -> Iterator[None]:
    """Tensors made inside are of the mode's device and type."""
    torch.manual_seed(1)
    with contextlib.ExitStack() as stack:
        torch.set_default_dtype(torch.bfloat16 if mode.endswith("bf16") else torch.float32)
        stack.callback(torch.set_default_dtype, torch.float32)
        if mode.startswith("cuda"):
            stack.enter_context(FakeTensorMode())
            stack.enter_context(torch.device("cuda"))
            stack.enter_context(patch.object(functional, "scaled_dot_product_attention", on_a_card))
            stack.enter_context(patch.object(nn.init, "trunc_normal_"))  # looks at numbers
        yield


@contextlib.contextmanager
def autocast(mode: str) -> Iterator[None]:
    """torch.autocast would refuse without a card."""
    torch.set_autocast_dtype("cuda", torch.bfloat16)
    torch.set_autocast_enabled("cuda", mode == "cuda_autocast")
    yield
    torch.set_autocast_enabled("cuda", False)
    torch.clear_autocast_cache()


# What is saved for the backward pass.


def storage(tensor: Tensor) -> int:
    """A name of the storage; fake ones have no address of data."""
    name: int = tensor.untyped_storage()._cdata
    return name


def size(tensor: Tensor) -> int:
    return tensor.untyped_storage().nbytes()


def kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


class Saving(torch.autograd.graph.saved_tensors_hooks):
    """Keeps hold of everything that is saved while it is entered, in order, and says what is a cast of a parameter."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.casts: set[int] = set()
        super().__init__(self.pack, lambda tensor: tensor)

    def pack(self, tensor: Tensor) -> Tensor:
        self.tensors.append(tensor.detach())
        node = tensor.grad_fn
        while node is not None and node.name() in {
            "TBackward0",
            "TransposeBackward0",
            "ViewBackward0",
            "ToCopyBackward0",
        }:
            node = node.next_functions[0][0]
        if node is not None and node.name() == "torch::autograd::AccumulateGrad":
            self.casts.add(storage(tensor))
        return tensor


def nodes(*outputs: Tensor) -> Iterator[Any]:
    """The nodes of the graph behind the outputs, each once, the nearest first."""
    found, waiting = set(), [out.grad_fn for out in outputs]
    while waiting:
        node = waiting.pop(0)
        if node is not None and node not in found:
            found.add(node)
            yield node
            waiting += [after for after, _ in node.next_functions]


def savers(*outputs: Tensor) -> dict[int, list[str]]:
    """For each storage the slots of the nodes that hold it: ReluBackward0.result."""
    found: dict[int, list[str]] = {}
    for node in nodes(*outputs):
        for slot in dir(node):
            if not slot.startswith("_saved_"):
                continue
            held = getattr(node, slot)
            for tensor in held if isinstance(held, (tuple, list)) else [held]:
                if isinstance(tensor, Tensor) and tensor.numel():
                    by = found.setdefault(storage(tensor), [])
                    said = f"{node.name()}.{slot.removeprefix('_saved_')}"
                    if said not in by:
                        by.append(said)
    return found


def saved(model: nn.Module, given: list[Tensor], mode: str) -> tuple[list[Row], int, list[Tensor]]:
    """The distinct storages that a forward pass saves, how many numbers without an axis, and the outputs.

    What is given is copied first, so that it is no leaf; that saves nothing.
    """
    saving = Saving()
    with saving:
        inputs = [x.clone() for x in given]
        assert not saving.tensors
        with autocast(mode):
            out = model(*inputs)
    outputs = list(out) if isinstance(out, (tuple, list)) else [out]
    by = savers(*outputs)
    kinds = dict.fromkeys(saving.casts, "cast")
    kinds |= {storage(x): "input" for x in inputs}
    kinds |= {storage(out): "output" for out in outputs}  # in place, the input is the output
    kinds |= {storage(b): "buffer" for b in model.buffers()}
    kinds |= {storage(p): "parameter" for p in model.parameters()}
    rows: dict[int, Row] = {}
    scalars = 0
    for tensor in saving.tensors:
        at = storage(tensor)
        if at in rows or not tensor.numel():
            continue
        what = kinds.get(at, "extra")
        if tensor.dim() == 0 and what == "extra":  # a number of Python's, wrapped
            scalars += 1
            continue
        row = {"is": what, "dtype": kind(tensor), "shape": list(tensor.shape), "bytes": size(tensor)}
        rows[at] = row | {"by": by.get(at, [])}
    return gathered(rows.values()), scalars, outputs


def gathered(rows: Iterable[Row]) -> list[Row]:
    """Equal rows as one with a count."""
    found: list[Row] = []
    for row in rows:
        for known in found:
            if {**known, "count": 1} == {**row, "count": 1}:
                known["count"] += 1
                break
        else:
            found.append({"is": row["is"], "count": 1, **row})
    return found


def saved_rows() -> list[Row]:
    rows: dict[str, Row] = {}
    for mode in MODES[:-1]:
        with running(mode):
            for said, model, given in layers():
                row = rows.setdefault(said, {"name": said, "output": [], "bytes": {}, "saved": {}})
                if not runs(model, mode):
                    row["bytes"][mode] = None
                    continue
                found, scalars, (out, *_) = saved(model, given, mode)
                row["bytes"][mode] = activations(found)
                if mode == "cpu":
                    row |= {"output": list(out.shape)} | ({"scalars": scalars} if scalars else {})
                if mode == "cpu" or structure(found, mode) != structure(row["saved"]["cpu"], "cpu"):
                    row["saved"][mode] = found
    return list(rows.values())


def runs(model: nn.Module, mode: str) -> bool:
    """cuDNN's recurrent layers want a real card; transformers' models look at numbers; the CPU lacks a kernel."""
    real = (nn.RNNBase, transformers.PreTrainedModel)
    if mode.startswith("cuda"):
        return not any(isinstance(part, real) for part in model.modules())
    return not (mode == "cpu_bf16" and isinstance(model, nn.AvgPool3d))


def activations(rows: list[Row], *kinds: str) -> int:
    """Bytes of these kinds, or of all but parameters, their casts and buffers."""
    chosen = kinds or ("input", "output", "extra")
    return sum(row["count"] * row["bytes"] for row in rows if row["is"] in chosen)


def structure(rows: list[Row], mode: str) -> Any:
    """What does not depend on the type that was asked for."""
    asked = "bfloat16" if mode.endswith("bf16") else "float32"
    return sorted((r["is"], r["count"], r["dtype"].replace(asked, "asked"), r["shape"]) for r in rows)


def network_rows() -> list[Row]:
    rows: dict[str, Row] = {}
    for mode in MODES:
        with running(mode):
            for said, make, draw in networks():
                model = make().train()
                row = rows.setdefault(said, {"name": said, "params": params(model), "bytes": {}})
                if not runs(model, mode):
                    row["bytes"][mode] = None
                    continue
                found, _, (out, *_) = saved(model, draw(), mode)
                row["bytes"][mode] = activations(found)
                if mode == "cpu":
                    row |= {"input": activations(found, "input"), "output": activations(found, "output")}
                    row |= {"output_shape": list(out.shape), "saved": shapes(found)}
                if mode == "cuda_autocast":
                    row["casts"] = activations(found, "cast")
    return list(rows.values())


def params(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def shapes(rows: list[Row]) -> list[Any]:
    """[shape, type, how many] of what is no parameter and no buffer, the first that is saved first."""
    found: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row["is"] in {"input", "output", "extra"}:
            entry = found.setdefault((str(row["shape"]), row["dtype"]), [row["shape"], row["dtype"], 0])
            entry[2] += row["count"]
    return list(found.values())


# The peak of live tensors in inference.


class Living(TorchDispatchMode):
    """The bytes of all tensors that operators have given out and that still live, but those of `not_these`."""

    def __init__(self, *not_these: Tensor) -> None:
        super().__init__()
        self.known = {storage(t) for t in not_these}
        self.living: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0

    def add(self, *tensors: Any) -> None:
        for t in tensors:
            if isinstance(t, Tensor) and storage(t) not in self.known and storage(t) not in self.living:
                self.living[storage(t)] = (StorageWeakRef(t.untyped_storage()), size(t))

    def bytes(self) -> int:
        self.living = {at: entry for at, entry in self.living.items() if not entry[0].expired()}
        return sum(entry[1] for entry in self.living.values())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        self.add(*tree_leaves(out))
        self.peak = max(self.peak, self.bytes())
        return out


def owned(model: nn.Module) -> list[Tensor]:
    return [*model.parameters(), *model.buffers()]


@torch.no_grad()
def python_peak(model: nn.Module, given: list[Tensor]) -> int:
    living = Living(*owned(model))
    living.add(*given)
    with living:
        model(*given)
    return living.peak


@torch.no_grad()
def live_peak(model: nn.Module, given: list[Tensor], keep: bool) -> Row:
    """Runs the network's operators one by one, and frees each value after its last use."""
    graph = make_fx(model)(*given)
    graph.graph.eliminate_dead_code()
    last = {argument: node for node in graph.graph.nodes for argument in node.all_input_nodes}
    apart = {storage(t) for t in owned(model)}
    values: dict[Any, Any] = {}
    waiting = list(given)
    peak: Row = {"bytes": 0}
    for node in graph.graph.nodes:
        if node.op == "output":
            break
        if node.op == "placeholder":
            values[node] = waiting.pop(0)
        elif node.op == "get_attr":
            values[node] = operator.attrgetter(node.target)(graph)
        else:
            args, kwargs = torch.fx.map_arg((node.args, node.kwargs), values.__getitem__)
            values[node] = node.target(*args, **kwargs)
        tensors = {storage(t): t for t in tree_leaves(list(values.values())) if isinstance(t, Tensor)}
        live = [t for at, t in tensors.items() if at not in apart and size(t)]
        if sum(map(size, live)) > peak["bytes"]:
            peak = {"bytes": sum(map(size, live)), "at": str(node.target), "live": [[*t.shape] for t in live]}
        for argument in [*node.all_input_nodes, node]:
            if last.get(argument) in {node, None} and not (keep and argument.op == "placeholder"):
                values.pop(argument, None)
    return peak


def inference_rows() -> Iterator[Row]:
    torch.backends.mha.set_fastpath_enabled(False)  # one operator for a whole layer, which training does not have
    with running("cpu"):
        toys(4 * 2 * 3 * 5)
        for said, make, draw in networks():
            model, given = make().eval(), draw()
            row = {"name": said, "input": sum(map(size, given)), "python": python_peak(model, given)}
            try:
                kept, dropped = (live_peak(model, given, keep) for keep in (True, False))
            except RuntimeError:  # transformers looks at numbers, so its operators cannot be written down
                yield row | {"kept": None, "dropped": None}
                continue
            yield row | {"kept": kept["bytes"], "dropped": dropped["bytes"], "at": kept["at"], "live": kept["live"]}


def toys(n: int) -> None:
    """Peaks that are seen by hand. n is the bytes of x."""
    x = [torch.randn(2, 3, 5)]
    relu, sums = nn.ReLU(), residual(nn.ReLU())
    for model, kept, dropped, python in (
        (nn.Sequential(relu), 2, 2, 2),
        (nn.Sequential(relu, relu), 3, 2, 3),  # x, the first, the second; without x two
        (nn.Sequential(relu, relu, relu), 3, 2, 3),
        (sums, 3, 3, 3),  # x, relu(x), the sum
        (nn.Sequential(relu, sums), 4, 3, 4),  # and x below
        (nn.Sequential(relu, nn.Sequential(relu, relu)), 3, 2, 4),  # x and the inner Sequential's input, both held
        (nn.Sequential(nn.Flatten(), relu), 2, 2, 2),  # a view has no bytes
    ):
        found = (live_peak(model, x, True)["bytes"], live_peak(model, x, False)["bytes"], python_peak(model, x))
        assert found == (kept * n, dropped * n, python * n), (model, found, n)


# Checkpoints.

CHECKPOINTED: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = {
    "(7,48) -> (residual(ln -> attention(6)) -> residual(ln -> linear(192, gelu) -> linear(48))) * 12": (
        lambda: nn.Sequential(
            pre(attention(), nn.LayerNorm(D)),
            pre(nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D)), nn.LayerNorm(D)),
        ),
        lambda: torch.randn(N, T, D),
    ),
    "(9,9,8) -> (conv(3x3, 8, same, nobias) -> bn -> relu) * 12": (lambda: cbr(8, 8), lambda: torch.randn(N, 8, 9, 9)),
}


class Held(Saving):
    """The storages that are saved and still live; a checkpoint saves again in the backward pass."""

    def __init__(self, *not_these: Tensor) -> None:
        super().__init__()
        self.apart = {storage(t) for t in not_these}
        self.held: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = self.again = 0

    def add(self, tensor: Tensor) -> None:
        if storage(tensor) not in self.apart and tensor.dim():
            self.held[storage(tensor)] = (StorageWeakRef(tensor.untyped_storage()), size(tensor))

    def pack(self, tensor: Tensor) -> Tensor:
        self.add(tensor)
        self.bytes()
        return tensor

    def bytes(self) -> int:
        self.held = {at: entry for at, entry in self.held.items() if not entry[0].expired()}
        now = sum(entry[1] for entry in self.held.values())
        self.peak = max(self.peak, now)
        return now


def checkpointed(make: Callable[[], nn.Module], draw: Callable[[], Tensor], segments: int) -> Row:
    """0 segments: without checkpoints. The input is the output of a layer, as in the middle of a network."""
    model = nn.Sequential(*(make() for _ in range(12)))
    held = Held(*owned(model))
    again = torch.utils.checkpoint._recomputation_hook

    class Watched(again):  # type: ignore[misc, valid-type]
        """The hooks that take what the second forward pass saves."""

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            keeps = self.pack_hook

            def pack(x: Tensor) -> Any:
                held.add(x)
                held.again = max(held.again, held.bytes())
                return keeps(x)

            self.pack_hook = pack

    def called(function: Any, *given: Any, **options: Any) -> Any:
        held.add(given[0])  # a checkpoint keeps its input
        return once(function, *given, **options)

    once = torch.utils.checkpoint.checkpoint
    with patch.object(torch.utils.checkpoint, "_recomputation_hook", Watched), held:
        x = draw().requires_grad_().clone()
        with patch.object(torch.utils.checkpoint, "checkpoint", called):
            run = torch.utils.checkpoint.checkpoint_sequential
            out = run(model, segments, x, use_reentrant=False) if segments else model(x)
        del x
        total = out.sum()
        del out
        forward = held.bytes()
        total.backward()
    assert held.bytes() == 0, "all is freed"
    return {"segments": segments, "forward": forward, "again": held.again, "peak": held.peak}


def checkpoint_rows() -> Iterator[Row]:
    with running("cpu"):
        for said, (make, draw) in CHECKPOINTED.items():
            for segments in (0, 1, 2, 3, 4, 6, 12):
                yield {"name": said, "input": size(draw())} | checkpointed(make, draw, segments)


# Optimizers.

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "SGD(momentum=0.9)": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "SGD(momentum=0.9, nesterov)": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "Adam(amsgrad)": lambda p: torch.optim.Adam(p, amsgrad=True),
    "NAdam": torch.optim.NAdam,
    "RAdam": torch.optim.RAdam,
    "Adamax": torch.optim.Adamax,
    "Adagrad": torch.optim.Adagrad,
    "Adadelta": torch.optim.Adadelta,
    "RMSprop": torch.optim.RMSprop,
    "RMSprop(momentum=0.9)": lambda p: torch.optim.RMSprop(p, momentum=0.9),
    "RMSprop(momentum=0.9, centered)": lambda p: torch.optim.RMSprop(p, momentum=0.9, centered=True),
    "Adafactor": torch.optim.Adafactor,
    "Lion  # lion-pytorch": lion_pytorch.Lion,
    "Adafactor  # transformers": AdafactorOfTransformers,
    "Adafactor(beta1=0.9)  # transformers": lambda p: AdafactorOfTransformers(
        p, lr=0.1, beta1=0.9, relative_step=False, scale_parameter=False
    ),
}


def trained() -> Iterator[tuple[str, nn.Module]]:
    yield "(11,10) -> conv(3, 14)", nn.Conv1d(10, 14, 3)
    yield "(11,13,10) -> conv(3x2, 14)", nn.Conv2d(10, 14, (3, 2))
    yield "(11,13,10) -> conv(3x2, 14, g=2, nobias)", nn.Conv2d(10, 14, (3, 2), groups=2, bias=False)
    yield "(5,6,7,4) -> conv(3x2x3, 8)", nn.Conv3d(4, 8, (3, 2, 3))
    yield "(11,13,10) -> dwconv(3x2)", nn.Conv2d(10, 10, (3, 2), groups=10)
    yield "(11,13,10) -> tconv(3x2, 14, s=2)", nn.ConvTranspose2d(10, 14, (3, 2), 2)
    yield "(7,48) -> linear(17)", nn.Linear(48, 17)
    yield "(7) -> embed(50, 48)", nn.Embedding(50, 48)
    yield "(11,13,10) -> bn", nn.BatchNorm2d(10)
    yield "(7,48) -> ln", nn.LayerNorm(48)
    yield "(7,48) -> lstm(17, seq, biases=2)", nn.LSTM(48, 17)
    yield "(7,48) -> gru(17, seq, biases=2)", nn.GRU(48, 17)
    yield "(7,48) -> attention(6)  # MultiheadAttention", nn.MultiheadAttention(48, 6)
    chosen = {CHAIN, GPT.format(3), f"{LLAMA}  # RMSNorm", "use resnet\nresnet18((64,64,3))  # torchvision"}
    for said, make, _ in networks():
        if said in chosen:
            yield said, make()


def states(model: nn.Module, make: Callable[[Any], torch.optim.Optimizer]) -> tuple[dict[str, Any], int]:
    """How many numbers of which type under each key, and the tensors without an axis."""
    optimizer = make(list(model.parameters()))
    for p in model.parameters():
        p.grad = torch.randn_like(p)
    optimizer.step()
    found: dict[str, Any] = {}
    scalars = 0
    for state in optimizer.state.values():
        for key, value in state.items():
            if isinstance(value, Tensor) and value.dim():
                count = found[key][1] if key in found else 0
                found[key] = [kind(value), count + value.numel()]
            elif isinstance(value, Tensor):
                scalars += 1
    return found, scalars


def optimizer_rows() -> list[Row]:
    rows: dict[tuple[str, str], Row] = {}
    for mode in ("cpu", "cpu_bf16"):
        with running(mode):
            for said, model in trained():
                for name, make in OPTIMIZERS.items():
                    row = rows.setdefault((said, name), {"name": said, "params": params(model), "optimizer": name})
                    row["state" if mode == "cpu" else "state_bf16"], row["scalars"] = states(model, make)
    return list(rows.values())


def main() -> None:
    tables = {
        "saved": saved_rows(), "networks": network_rows(), "inference": list(inference_rows()),
        "checkpoint": list(checkpoint_rows()), "optimizers": optimizer_rows(),
    }  # fmt: skip
    versions = {name: version(name).split("+")[0] for name in ("torch", "torchvision", "transformers", "lion-pytorch")}
    parts = [f'  "versions": {json.dumps(versions)}']
    for name, rows in tables.items():
        lines = ",\n".join("    " + json.dumps(row, separators=(",", ":")) for row in rows)
        parts.append(f'  "{name}": [\n{lines}\n  ]')
    Path(__file__).with_name("memory.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()

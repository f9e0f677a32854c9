"""Measures networks of the library from the frameworks that build them and writes library.json beside this file.

    python -m venv measure && . measure/bin/activate
    pip install torch==2.13.0 torchvision==0.28.0 transformers==5.23.0 keras==3.15.1 timm==1.0.31
    python measure_library.py

About a minute; no weights are fetched, every configuration stands below. One row a network, as in networks.json:
    params   trained numbers, a shared tensor once
    state    kept but not trained: running mean and variance of every batch normalisation (no counters)
    macs     half of torch.utils.flop_counter (conv, linear and attention products, no bias, batch 1), null where not
             counted; Keras runs on PyTorch, and the same number follows from its layers' formulas
    weights  the shapes of all trained tensors in the framework's order, for one member of a family
`input` is the side of a square image of three channels, or the shape in Keras, or `tokens` the length of a sequence.
"""

import json
import os
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import timm
import torch
import torchvision
import transformers
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model

TORCH = f"PyTorch {torch.__version__.split('+')[0]}"
VISION = f"torchvision {torchvision.__version__.split('+')[0]}, {TORCH}"
TIMM = f"timm {timm.__version__}, {TORCH}"
KERAS = f"Keras {keras.__version__}"
HF = f"transformers {transformers.__version__}"

ROWS: list[dict[str, Any]] = []
Row = dict[str, Any]


def macs(model: Any, *inputs: Any, **named: Any) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(*inputs, **named)
    assert counter.get_total_flops() % 2 == 0
    return counter.get_total_flops() // 2


def row(name: str, source: str, model: nn.Module, given: Row, work: int | None, weights: bool, **more: Any) -> None:
    state = sum(b.numel() for n, b in model.named_buffers() if n.endswith(("running_mean", "running_var")))
    params = sum(p.numel() for p in model.parameters())
    found = {"name": name, "measured_from": source, **given, "params": params, "state": state, "macs": work, **more}
    if weights:
        found["weights"] = [list(p.shape) for p in model.parameters()]
    ROWS.append(found)
    print(*(found[k] for k in ("name", "params", "state", "macs")), sep="\t", flush=True)


# torchvision: name, side of the image, arguments. A name with @ tells members apart.

WITH_WEIGHTS = {
    *("densenet169", "wide_resnet50_2", "resnext101_32x8d"),
    *("inception_v3@aux_logits=True", "googlenet@aux_logits=True"),
    *("mobilenet_v3_large", "mobilenet_v3_small", "shufflenet_v2_x1_0", "mnasnet1_0", "efficientnet_v2_s"),
    *("convnext_tiny", "swin_s", "fcn_resnet50", "deeplabv3_resnet50", "lraspp_mobilenet_v3_large"),
}
IMAGENET = """densenet169 densenet201 wide_resnet50_2 wide_resnet101_2 resnext101_32x8d resnext101_64x4d
    mobilenet_v3_large mobilenet_v3_small shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0
    mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l
    convnext_tiny convnext_small convnext_base convnext_large swin_s swin_b vit_l_32 vit_h_14"""
DENSE = "fcn_resnet50 fcn_resnet101 deeplabv3_resnet50 deeplabv3_resnet101"
MOBILE_DENSE = "deeplabv3_mobilenet_v3_large lraspp_mobilenet_v3_large"


def image(side: int) -> torch.Tensor:
    return torch.empty(1, 3, side, side, device="meta")


def vision(name: str, side: int = 224, **arguments: Any) -> None:
    with torch.device("meta"):
        model = get_model(name.split("@")[0], weights=None, **arguments).eval()
    more = {}
    if arguments.get("aux_logits"):  # macs: the forward pass in training, with the auxiliary heads
        more["macs_without_aux"] = macs(model, image(side))
        model.training = True  # of the whole only: its batch normalisations can not be trained on one image
    row(name, VISION, model, {"input": side}, macs(model, image(side)), name in WITH_WEIGHTS, **more)


def all_vision() -> None:
    for name in IMAGENET.split():
        vision(name)
    for aux in (False, True):
        vision(f"inception_v3@aux_logits={aux}", 299, aux_logits=aux, init_weights=False)
    vision("googlenet@aux_logits=True", aux_logits=True, init_weights=False)
    for name in DENSE.split():
        for at in ("", "@input=520"):
            vision(name + at, 520 if at else 224, weights_backbone=None, num_classes=21, aux_loss=False)
    for name in MOBILE_DENSE.split():
        for at in ("", "@input=520"):
            vision(name + at, 520 if at else 224, weights_backbone=None, num_classes=21)


# timm. Both kinds have biases in the squeeze, whose width timm's own round to a multiple of 8 (18 and 34 layers: 8,
# not 4). "legacy" follow the paper's authors' Caffe: their 50, 101 and 152 layers halve the side in a block's first
# 1x1 convolution, not in its 3x3, and all pool the stem with ceil and no padding.

SQUEEZE = """seresnet18 seresnet34 seresnet50 seresnet101 seresnet152 seresnext50_32x4d
    legacy_seresnet18 legacy_seresnet34 legacy_seresnet50 legacy_seresnet101 legacy_seresnet152
    legacy_seresnext50_32x4d legacy_senet154"""


def all_timm() -> None:
    for name in SQUEEZE.split():
        with torch.device("meta"):
            model = timm.create_model(name, pretrained=False).eval()
        weights = name in {"seresnet50", "legacy_seresnet50"}
        row(f"timm {name}", TIMM, model, {"input": 224}, macs(model, image(224)), weights)


# Keras.


def formula(layer: Any) -> int:
    """Multiply–accumulates of one layer: outputs times what each sums."""
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return int(layer.kernel.shape[0] * layer.kernel.shape[1] * numbers(layer.output.shape))
    if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
        outputs = numbers(layer.output.shape)
        return outputs * numbers(layer.kernel.shape) // layer.kernel.shape[-1]
    assert isinstance(layer, keras.layers.BatchNormalization) or not layer.weights, layer
    return 0


def numbers(shape: Any) -> int:
    product = 1
    for size in shape:
        product *= size or 1
    return product


def application(name: str, side: int = 224, weights: bool = False, **arguments: Any) -> None:
    label = " ".join(["keras", name, *(f"{k}={v}" for k, v in arguments.items())])
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), **arguments)
    trained = [[int(n) for n in v.shape] for v in model.trainable_weights]
    work = sum(formula(layer) for layer in model.layers)
    assert work == macs(model, keras.ops.zeros((1, side, side, 3)), training=False), label
    found = {"name": label, "measured_from": KERAS, "input": [side, side, 3], "params": sum(map(numbers, trained))}
    found |= {"state": sum(numbers(v.shape) for v in model.non_trainable_weights), "macs": work}
    if weights:
        found["weights"] = trained
    ROWS.append(found)
    print(*(found[k] for k in ("name", "params", "state", "macs")), sep="\t", flush=True)


def all_keras() -> None:
    for alpha in (0.25, 0.5, 0.75):
        application("MobileNet", alpha=alpha)
    application("MobileNetV3Large", weights=True)
    application("MobileNetV3Small")
    application("DenseNet169")
    application("DenseNet201")
    application("InceptionV3", 299, weights=True)
    application("ResNet50V2", weights=True)
    for name in ("ResNet101V2", "ResNet152V2", "ResNet101", "ResNet152"):
        application(name)


# transformers. The published configurations, written out.

BERT_BASE: Row = {"vocab_size": 30522, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12}
BERT_BASE |= {"intermediate_size": 3072, "max_position_embeddings": 512, "type_vocab_size": 2}
ROBERTA = BERT_BASE | {"vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1}
SEQUENCES: list[tuple[str, str, str, Row]] = [
    ("bert-base-uncased", "Bert", "BertModel", BERT_BASE),
    ("bert-base-uncased", "Bert", "BertForMaskedLM", BERT_BASE),
    ("roberta-base", "Roberta", "RobertaModel", ROBERTA),
]
SEQUENCES += [
    (
        f"albert-{size}-v2",
        "Albert",
        "AlbertModel",
        {"vocab_size": 30000, "embedding_size": 128, "hidden_size": d, "num_hidden_layers": layers}
        | {"num_hidden_groups": 1, "inner_group_num": 1, "num_attention_heads": heads, "intermediate_size": 4 * d}
        | {"max_position_embeddings": 512, "type_vocab_size": 2},
    )
    for size, d, layers, heads in (
        ("base", 768, 12, 12),
        ("large", 1024, 24, 16),
        ("xlarge", 2048, 24, 16),
        ("xxlarge", 4096, 12, 64),
    )
]
SEQUENCES += [
    (
        f"t5-{size}",
        "T5",
        "T5ForConditionalGeneration",
        {"vocab_size": 32128, "d_model": 1024, "d_kv": kv, "d_ff": f, "num_layers": 24, "num_heads": heads}
        | {"feed_forward_proj": "relu", "tie_word_embeddings": True},
    )
    for size, kv, f, heads in (("large", 64, 4096, 16), ("3b", 128, 16384, 32), ("11b", 128, 65536, 128))
]
TOKENS = 512  # for macs; in T5 on both sides


def all_transformers() -> None:
    for name, family, head, sizes in SEQUENCES:
        config = getattr(transformers, f"{family}Config")(**sizes, attn_implementation="eager")
        with torch.device("meta"):
            model = getattr(transformers, head)(config).eval()
            tokens = torch.zeros(1, TOKENS, dtype=torch.long)
        named = {"input_ids": tokens, "use_cache": False} | ({"decoder_input_ids": tokens} if family == "T5" else {})
        if family == "Roberta":  # its positions are counted from the tokens
            named["position_ids"] = tokens
        work = macs(model, **named)
        weights = (head in {"BertModel", "AlbertModel"} and "base" in name) or name == "t5-large"
        row(f"{name}/{head}", HF, model, {"config": sizes, "tokens": TOKENS}, work, weights)


# Written by hand from modules of PyTorch.


class LanguageModel(nn.Module):
    """Words, two recurrent layers, and a linear map to words; PyTorch has two biases a gate."""

    def __init__(self, kind: type[nn.RNNBase], vocabulary: int, width: int, layers: int) -> None:
        super().__init__()
        self.encoder = nn.Embedding(vocabulary, width)
        self.rnn = kind(width, width, layers)
        self.decoder = nn.Linear(width, vocabulary)


def all_torch() -> None:
    with torch.device("meta"):
        whole = nn.Transformer(512, 8, 6, 6, 2048, batch_first=True).train()
        tokens = torch.empty(1, TOKENS, 512)
    # In training, so that no fused kernel hides its products.
    sizes: Row = {"d_model": 512, "nhead": 8, "num_encoder_layers": 6, "num_decoder_layers": 6, "dim_feedforward": 2048}
    work = macs(whole, tokens, tokens)
    row("torch.nn.Transformer base", TORCH, whole, {"config": sizes, "tokens": TOKENS}, work, True)
    sizes = {"vocabulary": 10000, "width": 650, "layers": 2}
    for kind in (nn.LSTM, nn.GRU):
        with torch.device("meta"):
            model = LanguageModel(kind, **sizes)
            alone = kind(650, 650, 1)
        row(f"torch.nn.{kind.__name__} language model", TORCH, model, {"config": sizes}, None, True)
        row(f"torch.nn.{kind.__name__}(650, 650)", TORCH, alone, {"config": {"width": 650, "layers": 1}}, None, True)


if __name__ == "__main__":
    all_vision()
    all_timm()
    all_transformers()
    all_torch()
    all_keras()
    lines = ",\n".join(json.dumps(found, separators=(",", ":")) for found in ROWS)
    Path(__file__).with_name("library.json").write_text(f"[\n{lines}\n]\n", "utf-8")

"""Attention, and a choice among experts."""

from __future__ import annotations

from ..algebra.needs import divides
from .facts import (
    BIAS,
    POINT,
    WHOLE,
    Count,
    Facts,
    Flag,
    Keeps,
    Misfit,
    Network,
    Shape,
    Tensor,
    Weight,
    Work,
    layer,
    places,
)  # fmt: skip
from .keeping import attended
from .windows import over as divided


@layer("attention and experts", "sequence", keeps=Keeps(inputs=True, own=attended))
def attention(
    x: Shape, heads: Count, *, kv: Count = None, dim: Count = None, over: Tensor = None,
    bias: Flag = True, qkvbias: Flag = False, outbias: Flag = False, causal: Flag = False,
) -> Facts:  # fmt: skip
    """Scaled dot-product attention with several heads (Vaswani et al. 2017), over itself or over another tensor.

    (…, d) -> (…, d); q (d, heads·dim), k and v (d_src, kv·dim), o (heads·dim, d), a bias on each unless `nobias`;
    `qkvbias`, `outbias` keep one side's only. dim is d/heads unless given; kv heads of keys and values must divide
    heads (Ainslie et al. 2023). Work: the projections, and 2·T·S·heads·dim for scores and mixing, the full T·S also
    where `causal`: that its keys and values are cached. PyTorch: MultiheadAttention. Keras: MultiHeadAttention,
    GroupQueryAttention.

    (T,768) -> attention(12)
    """
    if len(x) < 2:
        raise Misfit(
            "takes places of vectors (T,d), but {x} comes in",
            "a sequence is written (T,64), such as (T,64) -> attention(8)",
        )
    source = x if over is None else over
    if len(source) < 2:
        raise Misfit("looks over places of vectors (S,d), but the tensor it refers to is a vector")
    d, t, s = x[-1], places(x), places(source)
    needs = [] if dim is not None else [divides(heads, d, "the {b} heads do not divide the width {a}")]
    if kv is not None:
        needs.append(divides(kv, heads, "the {b} heads of keys and values do not divide the {a} heads"))
    kv = heads if kv is None else kv
    dim = divided(d, heads) if dim is None else dim
    wide, narrow = heads * dim, kv * dim
    inner = qkvbias or (bias and not outbias)
    outer = outbias or (bias and not qkvbias)
    weights = [
        Weight("q.kernel", (d, wide), uses=t, gives=t * wide),
        Weight("k.kernel", (source[-1], narrow), uses=s, gives=s * narrow),
        Weight("v.kernel", (source[-1], narrow), uses=s, gives=s * narrow),
        Weight("o.kernel", (wide, d), uses=t, gives=t * d),
    ]
    if inner:
        weights += [Weight(f"{part}.bias", (n,), BIAS) for part, n in (("q", wide), ("k", narrow), ("v", narrow))]
    if outer:
        weights.append(Weight("o.bias", (d,), BIAS))
    work = (Work("scores", t * s * wide, heads * t * s), Work("mix", t * s * wide, t * wide))
    seen = (WHOLE,) * (len(x) - 1) + (POINT,)
    kept = causal or over is not None
    return Facts(x, tuple(weights), work, windows=seen, needs=tuple(needs), depth=2, cached=kept)


@layer("attention and experts", "sequence", keeps="inputs")
def moe(x: Shape, expert: Network, n: Count, *, active: Count) -> Facts:
    """A choice among n experts: a router without bias picks `active` of them for each token (Shazeer et al. 2017).

    (…, d) -> as the expert; router (d, n) and n copies of the expert's tensors. Work: the router and the active
    experts for each token; the quantity `active_params` counts the active ones only.

    (T,512) -> moe(linear(2048, silu) -> linear(512), 8, active=2)
    """
    raise NotImplementedError("traced by the engine, since an expert is a network")

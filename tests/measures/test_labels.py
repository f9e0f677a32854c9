"""The engine against itself: a call that a row shows, alone behind the shape that came in, is the same layer."""

from __future__ import annotations

import pytest

import paramula as pm

NETWORKS = ["resnet18", "mobilenet_v2", "efficientnet_b0", "unet", "vit_b_16", "convnext_tiny"]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_shown_call_alone_is_the_same_layer(name: str) -> None:
    net = pm.net(name)
    tried = 0
    for row in net.traced.rows:
        called = [op.call for op in row.ops]
        if row.group or not called or None in called or not all(isinstance(n, int) for n in called[0].came):
            continue
        if any(p.kind in ("Network", "Tensor", "Table") for p in called[0].layer.params):
            continue  # such an argument is shown as it was written
        came = ",".join(map(str, called[0].came))
        alone = pm.net(f"({came}) -> {row.call}")
        (own,) = (it for it in net.layers if it.path == row.path)
        assert alone.quantity("shape") == row.shape, row.call
        assert (alone.params, alone.macs) == (own.params, own.macs), row.call
        tried += 1
    assert tried > 10

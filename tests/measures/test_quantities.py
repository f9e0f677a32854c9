"""Depths, fields and strides, worked out by hand on the paths and windows of each network."""

from __future__ import annotations

import pytest

import paramula as pm

# What an output place sees of each axis that comes in, and how far the next one is from it.
SEEN = [
    ("(H,W,3) -> flatten(space) -> conv(3,f)", "(H, W)", "(H, W)"),  # neighbours in a row may be far apart in the image
    ("(H,W,3) -> conv(3x3,f) -> flatten(space)", "(3, 3)", "(1, 1)"),  # the places are the same places
    ("(H,3) -> flatten(space) -> conv(3,f) -> conv(2,f)", "(4,)", "(1,)"),
    ("(T,c) -> permute(1,0) -> gap", "(1,)", "(1,)"),  # the mean over the channels of each place
    ("(T,c) -> conv(3,c,s=2) -> permute(1,0) -> gap", "(3,)", "(2,)"),
    ("(H,W,c) -> permute(2,0,1) -> gap", "(H, 1)", "(H, 1)"),
]


@pytest.mark.parametrize(("text", "field", "stride"), SEEN)
def test_fields_and_strides_by_hand(text: str, field: str, stride: str) -> None:
    net = pm.net(text)
    assert (str(net.receptive_field), str(net.stride)) == (field, stride)


@pytest.mark.parametrize(
    "text", ["(T,c) -> reshape(1,T*c)", "(T,4) -> reshape(1,4*T) -> conv(1,f)", "(T,c) -> flatten"]
)
def test_one_place_that_holds_all_numbers_sees_all_places(text: str) -> None:
    assert str(pm.net(text).receptive_field) == "(T,)"


def test_a_stride_that_differs_from_copy_to_copy_is_not_stated() -> None:
    """It is the product of the strides, 1·2·…·n, which has no formula."""
    net = pm.net("(1,c) -> [conv(1,c,s=i) for i in 1..n]")
    with pytest.raises(pm.NetError, match="no single field and stride that could be stated"):
        _ = net.stride
    assert [net.at(n=n).stride for n in (1, 2, 3, 4)] == [(1,), (2,), (6,), (24,)]


# Kernels on the longest path.
DEPTHS = [
    ("(8) -> [(dense(8) -> inner) for i in 1..m around inner = dense(8)]*n", "m*n + n"),
    ("(8) -> (id | [(dense(8) -> inner) for i in 1..m around inner = dense(8)])*n", "m*n + n"),
    ("(8) -> (dense(8) | [(dense(8) -> inner -> dense(8)) for i in 1..m around inner = id])*n", "2*m*n"),
]


@pytest.mark.parametrize(("text", "depth"), DEPTHS)
def test_depths_by_hand(text: str, depth: str) -> None:
    assert str(pm.net(text).depth) == depth

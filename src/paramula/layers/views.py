"""What only rearranges or selects: axes joined, moved and dropped."""

from __future__ import annotations

from typing import Any

from ..algebra.needs import at_least, divides, equal
from ..algebra.poly import product
from .facts import POINT, WHOLE, Facts, Flag, Index, Misfit, Shape, Window, layer, size
from .windows import over


@layer("views", "image", keeps="nothing")
def flatten(x: Shape, *, space: Flag = False) -> Facts:
    """Joins all axes into one; `flatten(space)` joins the places only.

    (…, c) -> (n), or (places, c). PyTorch: Flatten. Keras: Flatten.

    (7,7,512) -> flatten -> dense(10)
    """
    last = len(x) - 1
    if space:
        if not last:
            raise Misfit("joins the places, but {x} has none")
        return Facts((product(x[:-1]), x[-1]), axes=(tuple(range(last)), (last,)), view=True)
    return Facts((size(x),), axes=(tuple(range(len(x))),), view=True)


@layer("views", "image", keeps="nothing")
def reshape(x: Shape, *sizes: Index) -> Facts:
    """Gives the elements another shape; one size may be -1 and is inferred.

    (…) -> (sizes)

    (784) -> reshape(28, 28, 1) -> conv(3x3, 8)
    """
    inferred = [i for i, n in enumerate(sizes) if isinstance(n, int) and n == -1]
    if len(inferred) > 1:
        raise Misfit("takes -1 for one size only")
    given = product(n for i, n in enumerate(sizes) if i not in inferred)
    if not sizes or (isinstance(given, int) and given < 1):
        raise Misfit("takes sizes of at least 1, or -1 for one to be inferred")
    if inferred:
        need = divides(given, size(x), "{a} elements cannot be divided by {b}")
        shape = tuple(over(size(x), given) if i in inferred else n for i, n in enumerate(sizes))
    else:
        need = equal(size(x), given, "{a} elements come in, but the shape holds {b}")
        shape = sizes
    everything = tuple(range(len(x)))
    return Facts(shape, windows=_seen(x), axes=(everything,) * len(shape), needs=(need,), view=True)


def _seen(x: Shape) -> tuple[Window, ...]:
    return (WHOLE,) * (len(x) - 1) + (POINT,)


@layer("views", "image", keeps="nothing")
def permute(x: Shape, *axes: Index) -> Facts:
    """Puts the axes in another order; they count from 0, the batch left out (Keras counts from 1).

    (n0, n1, …) -> (n_axes[0], n_axes[1], …)

    (7,5,3) -> permute(2, 0, 1)
    """
    order = tuple(axis(x, a) for a in axes)
    if sorted(order) != list(range(len(x))):
        raise Misfit(
            f"names each of the {len(x)} axes of {{x}} once", f"such as permute({', '.join(map(str, range(len(x))))})"
        )
    return Facts(tuple(x[i] for i in order), axes=tuple((i,) for i in order), view=True)


def axis(x: Shape, a: Any) -> int:
    """The axis that a written number names; negative ones count from the end."""
    if not isinstance(a, int):
        raise Misfit("takes a written number as an axis")
    if not -len(x) <= a < len(x):
        raise Misfit(f"finds no axis {a} in {{x}}: they count from 0 to {len(x) - 1}")
    return a % len(x)


@layer("views", "sequence", keeps="nothing")
def slice(x: Shape, a: Index, b: Index) -> Facts:
    """Takes the numbers a up to but not including b of the last axis.

    (…, c) -> (…, b − a)

    (T,512) -> slice(0, 256)
    """
    needs = (
        at_least(a, 0, "the slice begins at {a}, before the first number"),
        at_least(b, a + 1, "the slice ends at {a}, not behind its beginning"),
        at_least(x[-1], b, "the slice ends at {b}, but only {a} numbers come in"),
    )
    return Facts((*x[:-1], b - a), needs=needs, view=True)


@layer("views", "sequence", names=("first", "last"), keeps="nothing")
def first(x: Shape) -> Facts:
    """Takes the first (or the last) place of the first axis.

    (T, …) -> (…)

    (197,768) -> first -> dense(1000)
    """
    if len(x) < 2:
        raise Misfit("takes one place of several, but {x} has none")
    return Facts(x[1:], axes=tuple((i,) for i in range(1, len(x))), view=True)


@layer("views", "sequence", keeps="nothing")
def mean(x: Shape, a: Index) -> Facts:
    """The mean along an axis, which is dropped; axes count from 0, the batch left out.

    (…, n, …) -> (…, …)

    (T,768) -> mean(0) -> dense(2)
    """
    at = axis(x, a)
    if len(x) < 2:
        raise Misfit("drops an axis, but {x} has only one")
    kept = tuple((i,) for i in range(len(x)) if i != at)
    return Facts(
        tuple(x[i] for (i,) in kept), windows=tuple(WHOLE if i == at else POINT for i in range(len(x))), axes=kept
    )

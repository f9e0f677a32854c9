"""The error for a name that nothing has: what may be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NetError, Span, did_you_mean, listed
from ..language import tree
from ..layers import CATALOGUE
from ..layers.foreign import instead
from ..layers.words import FLAGS, MEASURES, STRUCTURES, flag_in_place
from .program import defining, files, published, stated
from .values import SIZES, Env

if TYPE_CHECKING:
    from .evaluate import Evaluator


def unknown(to: Evaluator, name: str, node: tree.Node, env: Env, arrived: bool = False) -> NetError:
    """The error for a word that should be a layer and is none; what has not `arrived` may be an input."""
    place = Span(node.start, node.start + len(name)) if isinstance(node, tree.Call) else node.span
    called = isinstance(node, tree.Call)
    known = [*CATALOGUE, *STRUCTURES, *env.frame.home.definitions, *(MEASURES if called else ())]
    foreign = instead(name, called=True)
    hints = (
        foreign,
        name in FLAGS and f"'{name}' is a flag: {flag_in_place(name)}",
        (name in env.frame.home.towers or env.labels.find(name) is not None) and f"write @{name}",
        name in MEASURES and f"a quantity is asked of a network: {name}(net)",
        SIZES.fullmatch(name) and f"write ({','.join(name.split('x'))})",
        name in files() and f"{name} is a file of the library with {listed(stated(name), 'and')}",
        (homes := defining(name)) and f"the library defines it: use {listed(homes)}",
        did_you_mean(name, known) or did_you_mean(name, published()),
        "." in name and "names have no dots",
        not called and not arrived and f"write ({name}) for an input of {name} features",
        not called and f"define it on a line of its own: {name} = …",
    )
    message = f"there is no layer called '{name}'" + (", the name of another framework" if instead(name) else "")
    hint = next((hint for hint in hints if isinstance(hint, str) and hint), "")
    return NetError(message, place, hint=hint, source=env.frame.source)

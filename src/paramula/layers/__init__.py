"""The catalogue: every layer as a function from an incoming shape to facts. Knows no text and no network."""

from . import activations, attention, dense, norms, recurrent, views, windows
from .facts import CATALOGUE as CATALOGUE
from .facts import Facts as Facts
from .facts import Layer as Layer
from .facts import Misfit as Misfit
from .facts import Weight as Weight

__all__ = ["activations", "attention", "dense", "norms", "recurrent", "views", "windows"]

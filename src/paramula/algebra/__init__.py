"""Exact sizes and closed forms: numbers only, and nothing of networks. Never imports SymPy but in `to_sympy`."""

from . import functions as functions  # these five enter their rules (poly.RULES)
from . import known as known
from . import powers as powers
from . import rounding as rounding
from . import sums as sums

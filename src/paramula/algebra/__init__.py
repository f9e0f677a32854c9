"""Exact sizes and closed forms: numbers only, and nothing of networks. Never imports SymPy but in `to_sympy`."""

from . import poly as poly  # first: the other rooms and it need each other

"""Exact sizes and closed forms: numbers only, and nothing of networks. Never imports SymPy but in `to_sympy`."""

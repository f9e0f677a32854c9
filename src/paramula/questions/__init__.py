"""The questions that a network or a program answers, one module each, its record beside it."""

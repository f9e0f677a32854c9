"""The questions that a network or a program answers, one module each, its record beside it."""

from .calls import networks as networks
from .calls import question as question

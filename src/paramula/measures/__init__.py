"""From a traced network to numbers: parameters, multiply–accumulates, memory, costs."""

from .quantities import quantity as quantity

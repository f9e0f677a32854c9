"""From a traced network to numbers: parameters, multiply–accumulates, memory, costs."""

"""Sizes at many points at once, exactly: columns of numbers, the best and the Pareto front of a grid."""

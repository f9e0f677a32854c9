"""LaTeX that compiles, and is never wider than was asked for. The first line of each text names its packages."""

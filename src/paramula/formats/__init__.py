"""Records written: as text, HTML, JSON, SVG, LaTeX, tables, pictures, files of sweeps."""

from . import latex_call as latex_call  # latex(…) is a question that this package answers
